/*
 * customer_merge_step.c - what is left of a merge, a page a transaction; and the end of what was
 * kept for an undoing. The row of customer_merged is the checkpoint: locked, worked on, moved on in
 * the same COMMIT.
 */
#include <stdio.h>
#include <string.h>

#include "store/customer_merge_private.h"
#include "store/standing.h"

/* Longer than any transaction that read the customer before the merge and wrote after it. */
#define LOOK_AGAIN_US (3600 * USEC_PER_SEC)
#define PUT_OFF_US    (600 * USEC_PER_SEC)
#define FORGET_PAGE   5000 /* rows of the journal */

static const char SQL_DUE[] = "SELECT customer_id"
                              "  FROM customer_merged"
                              " WHERE step IN ('moving', 'waiting') AND due_at <= ?"
                              " ORDER BY due_at"
                              " LIMIT 1";

static const char SQL_LOCK[] = "SELECT into_id, step, who"
                               "  FROM customer_merged"
                               " WHERE customer_id = ? AND step IN ('moving', 'waiting')"
                               "   AND due_at <= ?"
                               "   FOR UPDATE";

static const char SQL_MOVE[] =
    "UPDATE customer_merged SET step = ?, due_at = ? WHERE customer_id = ?";

static const char SQL_PUT_OFF[] =
    "UPDATE customer_merged SET due_at = ?"
    " WHERE customer_id = ? AND step IN ('moving', 'waiting') AND due_at <= ?";

static const char SQL_ERASED[] = "SELECT erased_at IS NOT NULL FROM customer WHERE id = ?";

static const char *const sql_erase[] = { "DELETE FROM contact_point WHERE customer_id = ?",
                                         "DELETE FROM customer_field WHERE customer_id = ?" };

static const char SQL_OLD[] =
    "SELECT customer_id FROM customer_merged WHERE undo_until <= ? LIMIT 1";

static const char SQL_JOURNAL_GONE[] = "DELETE FROM customer_moved WHERE customer_id = ? LIMIT ?";

static const char SQL_KEPT_GONE[] = "UPDATE customer_merged"
                                    "   SET kept = NULL, undo_until = NULL"
                                    " WHERE customer_id = ? AND undo_until <= ?";

struct stepping {
    struct merging m;
    char who[65];
    bool finished;
};

/* RC_NOTFOUND: another node was faster. */
static enum rc lock(struct db *db, struct stepping *s)
{
    struct db_rows *rows;
    bool found;
    enum rc rc = db_query(db, SQL_LOCK, DB_IN(db_u64(s->m.gone), db_time(s->m.now)), &rows);

    if (rc)
        return rc;
    found = db_next(rows);
    if (found) {
        s->m.keep = db_get_u64(rows, 0);
        s->m.late = strcmp(db_get_text(rows, 1), "waiting") == 0;
        snprintf(s->who, sizeof(s->who), "%s", db_get_text(rows, 2));
    }
    rc = db_rows_end(rows);
    return rc ? rc : found ? RC_OK : RC_NOTFOUND;
}

/* Who was erased meanwhile is not given anything. The erasure itself sees to messages, an hour
 * later, too. */
static enum rc erase_late(struct db *db, uint64_t keep)
{
    uint64_t erased = 0;
    enum rc rc = db_query_u64(db, SQL_ERASED, DB_IN(db_u64(keep)), &erased);

    for (int i = 0; !rc && erased && i < 2; i++)
        rc = db_run(db, sql_erase[i], DB_IN(db_u64(keep)), NULL);
    return rc == RC_NOTFOUND ? RC_OK : rc;
}

static enum rc step_body(struct db *db, void *arg)
{
    struct stepping *s = arg;
    const char *next = "moving";
    enum rc rc = lock(db, s);

    if (rc)
        return rc;
    s->m.who = s->who;
    s->m.next_message_event = s->m.first_message_event;
    s->m.more = false;
    rc = merge_move_words(db, &s->m);
    if (!rc)
        rc = merge_move_person(db, &s->m);
    if (!rc)
        rc = erase_late(db, s->m.keep);
    if (!rc)
        rc = merge_move_history(db, &s->m);
    if (!rc)
        rc = standing_refresh(db, &s->m.keep, 1);
    s->finished = s->m.late && !s->m.more;
    if (!s->m.more)
        next = s->m.late ? "done" : "waiting";
    else if (s->m.late)
        next = "waiting";
    return rc ? rc
              : db_run(db, SQL_MOVE,
                       DB_IN(db_text(next),
                             db_time(s->m.now + (s->m.more || s->m.late ? 0 : LOOK_AGAIN_US)),
                             db_u64(s->m.gone)),
                       NULL);
}

struct forgetting {
    uint64_t id;
    utc_us now;
};

static enum rc forget_body(struct db *db, void *arg)
{
    const struct forgetting *f = arg;
    uint64_t gone;
    enum rc rc = db_run(db, SQL_JOURNAL_GONE, DB_IN(db_u64(f->id), db_u64(FORGET_PAGE)), &gone);

    if (!rc && gone < FORGET_PAGE)
        rc = db_run(db, SQL_KEPT_GONE, DB_IN(db_u64(f->id), db_time(f->now)), NULL);
    return rc;
}

static enum rc forget_one(struct db *db, utc_us now, struct merge_done *done)
{
    struct forgetting f = { .now = now };
    enum rc rc = db_query_u64(db, SQL_OLD, DB_IN(db_time(now)), &f.id);

    if (!rc)
        rc = db_transaction(db, forget_body, &f);
    done->customer_id = rc ? 0 : f.id;
    return rc == RC_NOTFOUND ? RC_OK : rc;
}

/* It is the transaction that the database will not have: those behind it need not wait for that. */
static void put_off(struct db *db, const struct merging *m, struct merge_done *done)
{
    const enum rc rc =
        db_run(db, SQL_PUT_OFF,
               DB_IN(db_time(m->now + PUT_OFF_US), db_u64(m->gone), db_time(m->now)), NULL);

    if (!rc)
        done->customer_id = m->gone;
}

enum rc customer_merge_step(struct db *db, utc_us now, struct merge_done *done)
{
    struct stepping s = { .m = { .now = now } };
    enum rc rc = db_query_u64(db, SQL_DUE, DB_IN(db_time(now)), &s.m.gone);

    *done = (struct merge_done){ 0 };
    if (rc == RC_NOTFOUND)
        return forget_one(db, now, done);
    if (!rc)
        rc = merge_take_ids(db, &s.m);
    if (rc)
        return rc;
    rc = db_transaction(db, step_body, &s);
    if (rc == RC_FAIL || rc == RC_INVALID)
        put_off(db, &s.m, done);
    if (rc)
        return rc == RC_NOTFOUND ? RC_OK : rc;
    *done = (struct merge_done){ s.m.gone, s.finished };
    return RC_OK;
}
