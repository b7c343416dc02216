/*
 * campaign_work.c - which campaigns need the runner; how one is done; how a cancelled one is
 * settled.
 *
 * After a cancellation nothing of the campaign is claimed, and nothing comes back to the queue. Its
 * messages are then walked by id, a page a transaction with a checkpoint, so that each unsent one
 * says `cancelled`, those too that an operator held and no slice covers. Its slices go last.
 */
#include "store/campaign_row.h"

#define WORK_MAX    64
#define CLEAR_PAGE  5000 /* messages looked at in a step */
#define EXTEND_PAGE 5000

/* A sending one has work when its queue is empty and nothing will come (back) to it: to be done. */
static const char SQL_WORK[] =
    "SELECT c.id, c.state"
    "  FROM campaign c"
    " WHERE c.state = 'expanding'"
    "    OR (c.state = 'testing'"
    "        AND (c.test_until <= ?"
    "             OR (c.test_until IS NULL"
    "                 AND NOT EXISTS (SELECT 1 FROM outbox_slice s WHERE s.campaign_id = c.id))))"
    "    OR (c.state = 'sending'"
    "        AND NOT EXISTS (SELECT 1 FROM outbox_slice s WHERE s.campaign_id = c.id)"
    "        AND NOT EXISTS (SELECT 1 FROM campaign_retry r"
    "                         WHERE r.campaign_id = c.id AND r.finished_at IS NULL)"
    "        AND NOT EXISTS (SELECT 1 FROM occasion q WHERE q.campaign_id = c.id))"
    "    OR (c.state = 'cancelled'"
    "        AND ((c.first_message > 0 AND c.clear_next <= c.last_message)"
    "             OR EXISTS (SELECT 1"
    "                          FROM outbox_slice s"
    "                         WHERE s.campaign_id = c.id AND s.state <> 'waiting'"
    "                           AND s.next_id <= s.last_id)))"
    " ORDER BY c.id"
    " LIMIT ?";

static const char SQL_DONE[] =
    "UPDATE campaign"
    "   SET state = 'done', finished_at = ?"
    " WHERE id = ? AND state = 'sending'"
    "   AND NOT EXISTS (SELECT 1 FROM outbox_slice s WHERE s.campaign_id = campaign.id)"
    "   AND NOT EXISTS (SELECT 1 FROM campaign_retry r"
    "                    WHERE r.campaign_id = campaign.id AND r.finished_at IS NULL)"
    "   AND NOT EXISTS (SELECT 1 FROM occasion q WHERE q.campaign_id = campaign.id)";

static const char SQL_CHECKPOINT[] =
    "SELECT GREATEST(clear_next, first_message), last_message"
    "  FROM campaign"
    " WHERE id = ? AND state = 'cancelled' AND first_message > 0 AND clear_next <= last_message";

/* Ids are far apart: a page is so many messages, not so many numbers. */
static const char SQL_PAGE_END[] = "SELECT id"
                                   "  FROM message"
                                   " WHERE id BETWEEN ? AND ?"
                                   " ORDER BY id"
                                   " LIMIT 1 OFFSET ?";

static const char SQL_CANCEL_RANGE[] =
    "UPDATE message"
    "   SET state = 'cancelled', reason = 'campaign_cancelled'"
    " WHERE id BETWEEN ? AND ? AND campaign_id = ? AND state IN ('queued', 'held')";

static const char SQL_MOVE_ON[] = "UPDATE campaign"
                                  "   SET clear_next = ?"
                                  " WHERE id = ? AND clear_next <= ?";

static const char SQL_LEFT[] =
    "SELECT s.id, s.round, s.next_id"
    "  FROM outbox_slice s"
    "  JOIN campaign c ON c.id = s.campaign_id AND c.state = 'cancelled'"
    " WHERE s.campaign_id = ? AND s.state <> 'waiting' AND s.next_id <= s.last_id"
    " ORDER BY s.id, s.round"
    " LIMIT 1"
    "   FOR UPDATE";

static const char SQL_DROP_SLICE[] = "DELETE FROM outbox_slice"
                                     " WHERE id = ? AND round = ?";

/* Cut down to what was claimed, and claimable, so that the next claim finds it exhausted and
 * whoever waits for its answers closes it. */
static const char SQL_CUT_SLICE[] = "UPDATE outbox_slice"
                                    "   SET last_id = next_id - 1, state = 'ready'"
                                    " WHERE id = ? AND round = ?";

static const char SQL_EXTEND_NEXT[] =
    "SELECT id"
    "  FROM campaign"
    " WHERE extend_next IS NOT NULL"
    "   AND state IN ('expanding', 'testing', 'sending', 'paused')"
    " ORDER BY id"
    " LIMIT 1";

static const char SQL_EXTEND_AT[] = "SELECT extend_next, last_message, expires_until"
                                    "  FROM campaign"
                                    " WHERE id = ? AND extend_next IS NOT NULL"
                                    "   FOR UPDATE";

static const char SQL_PROLONG[] = "UPDATE message"
                                  "   SET expires_at = ?"
                                  " WHERE id BETWEEN ? AND ? AND campaign_id = ?"
                                  "   AND state IN ('queued', 'held') AND expires_at < ?";

static const char SQL_EXTENDED[] = "UPDATE campaign"
                                   "   SET extend_next = ?"
                                   " WHERE id = ? AND extend_next = ?";

enum rc campaign_find_work(struct db *db, struct campaign_work *work, size_t max, size_t *n)
{
    struct db_rows *rows;
    size_t got = 0;
    enum rc rc = db_query(
        db, SQL_WORK, DB_IN(db_time(clock_now()), db_u64(max < WORK_MAX ? max : WORK_MAX)), &rows);

    if (rc)
        return rc;
    while (got < max && db_next(rows)) {
        work[got++] = (struct campaign_work){
            .id = db_get_u64(rows, 0),
            .state = campaign_state_parse(db_get_text(rows, 1)),
        };
    }
    rc = db_rows_end(rows);
    if (!rc)
        *n = got;
    return rc;
}

enum rc campaign_finish(struct db *db, uint64_t id, bool *done)
{
    uint64_t changed;
    enum rc rc = db_run(db, SQL_DONE, DB_IN(db_time(clock_now()), db_u64(id)), &changed);

    if (!rc)
        *done = changed != 0;
    return rc;
}

/* --- a cancelled campaign --- */

struct clearing {
    uint64_t campaign_id;
    bool more;
};

/* *left: there were messages to look at. */
static enum rc clear_page(struct db *db, const struct clearing *c, bool *left)
{
    uint64_t from, last, end;
    struct db_rows *rows;
    enum rc rc = db_query(db, SQL_CHECKPOINT, DB_IN(db_u64(c->campaign_id)), &rows);

    if (rc)
        return rc;
    *left = db_next(rows);
    from = *left ? db_get_u64(rows, 0) : 0;
    last = *left ? db_get_u64(rows, 1) : 0;
    rc = db_rows_end(rows);
    if (rc || !*left)
        return rc;
    rc = db_query_u64(db, SQL_PAGE_END, DB_IN(db_u64(from), db_u64(last), db_u64(CLEAR_PAGE - 1)),
                      &end);
    if (rc == RC_NOTFOUND) {
        end = last;
        rc = RC_OK;
    }
    if (!rc)
        rc = db_run(db, SQL_CANCEL_RANGE, DB_IN(db_u64(from), db_u64(end), db_u64(c->campaign_id)),
                    NULL);
    if (!rc)
        rc = db_run(db, SQL_MOVE_ON, DB_IN(db_u64(end + 1), db_u64(c->campaign_id), db_u64(end)),
                    NULL);
    return rc;
}

static enum rc clear_slice(struct db *db, const struct clearing *c, bool *left)
{
    uint64_t id, round, next;
    struct db_rows *rows;
    enum rc rc = db_query(db, SQL_LEFT, DB_IN(db_u64(c->campaign_id)), &rows);

    if (rc)
        return rc;
    *left = db_next(rows);
    id = *left ? db_get_u64(rows, 0) : 0;
    round = *left ? db_get_u64(rows, 1) : 0;
    next = *left ? db_get_u64(rows, 2) : 0;
    rc = db_rows_end(rows);
    if (rc || !*left)
        return rc;
    return db_run(db, next == id ? SQL_DROP_SLICE : SQL_CUT_SLICE, DB_IN(db_u64(id), db_u64(round)),
                  NULL);
}

static enum rc clear_body(struct db *db, void *arg)
{
    struct clearing *c = arg;
    enum rc rc = clear_page(db, c, &c->more);

    if (rc || c->more)
        return rc;
    return clear_slice(db, c, &c->more);
}

enum rc campaign_clear_step(struct db *db, uint64_t id, bool *more)
{
    struct clearing c = { .campaign_id = id };
    enum rc rc = db_transaction(db, clear_body, &c);

    if (!rc)
        *more = c.more;
    return rc;
}

/* --- a later end --- */

enum rc campaign_extend_next(struct db *db, uint64_t *id)
{
    return db_query_u64(db, SQL_EXTEND_NEXT, DB_NO_INPUT, id);
}

struct extending {
    uint64_t id;
    bool over;
};

static enum rc extend_body(struct db *db, void *arg)
{
    struct extending *x = arg;
    uint64_t from = 0, last = 0, end, moved;
    utc_us until = 0;
    struct db_rows *rows;
    bool found;
    enum rc rc = db_query(db, SQL_EXTEND_AT, DB_IN(db_u64(x->id)), &rows);

    if (rc)
        return rc;
    found = db_next(rows);
    if (found) {
        from = db_get_u64(rows, 0);
        last = db_get_u64(rows, 1);
        until = db_get_time(rows, 2);
    }
    rc = db_rows_end(rows);
    if (rc || !found)
        return rc ? rc : RC_CONFLICT;
    rc = db_query_u64(db, SQL_PAGE_END, DB_IN(db_u64(from), db_u64(last), db_u64(EXTEND_PAGE - 1)),
                      &end);
    x->over = rc == RC_NOTFOUND;
    if (x->over) {
        end = last;
        rc = RC_OK;
    }
    if (!rc)
        rc = db_run(db, SQL_PROLONG,
                    DB_IN(db_time(until), db_u64(from), db_u64(end), db_u64(x->id), db_time(until)),
                    NULL);
    if (!rc)
        rc = db_run(db, SQL_EXTENDED,
                    DB_IN(x->over ? db_null() : db_u64(end + 1), db_u64(x->id), db_u64(from)),
                    &moved);
    return rc ? rc : moved ? RC_OK : RC_CONFLICT;
}

enum rc campaign_extend_step(struct db *db, uint64_t id, bool *over)
{
    struct extending x = { .id = id };
    enum rc rc = db_transaction(db, extend_body, &x);

    if (!rc)
        *over = x.over;
    return rc;
}
