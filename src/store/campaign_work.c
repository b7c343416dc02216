/*
 * campaign_work.c - which campaigns need the runner; how one is done; how a cancelled one is
 * settled.
 *
 * After a cancellation nothing of the campaign is claimed, and nothing comes back to the queue. Its
 * messages are then walked by id, a page a transaction with a checkpoint, so that each unsent one
 * says `cancelled`, those too that an operator held and no slice covers. Its slices go last.
 */
#include "store/campaign_row.h"

#define WORK_MAX   64
#define CLEAR_PAGE 5000 /* messages looked at in a step */

/* A sending one has work when its queue is empty and nothing will come back to it: to be done. */
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
    "                         WHERE r.campaign_id = c.id AND r.finished_at IS NULL))"
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
    "                    WHERE r.campaign_id = campaign.id AND r.finished_at IS NULL)";

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
