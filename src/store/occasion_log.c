/* occasion_log.c - what became of an occasion's events, one by one and in sum. */
#include <stdio.h>
#include <string.h>

#include "store/occasion_row.h"

/* A message's month may be gone by now. */
static const char SQL_LOG[] =
    "SELECT s.id, s.customer_id, s.subject_id, s.round, s.at, COALESCE(s.message_id, 0), s.reason,"
    "       COALESCE(m.state, ''), COALESCE(m.channel, ''),"
    "       COALESCE(IF(k.kind = 'invoice_due',"
    "                   (SELECT i.number FROM invoice i WHERE i.id = s.subject_id),"
    "                   (SELECT o.order_number FROM customer_order o WHERE o.id = s.subject_id)),"
    "                '')"
    "  FROM occasion_sent s"
    "  JOIN occasion k ON k.id = s.occasion_id"
    "  LEFT JOIN message m ON m.id = s.message_id"
    " WHERE s.occasion_id = ? AND s.id < ?"
    "   AND (? = '' OR s.reason = IF(? = 'sent', '', ?))"
    " ORDER BY s.id DESC"
    " LIMIT ?";

static const char SQL_CAMPAIGNS[] = "SELECT id"
                                    "  FROM campaign"
                                    " WHERE occasion_id = ?"
                                    " ORDER BY id DESC"
                                    " LIMIT ?";

static const char SQL_LEFT_OUT[] = "SELECT reason, COUNT(*)"
                                   "  FROM occasion_sent"
                                   " WHERE occasion_id = ? AND message_id IS NULL"
                                   " GROUP BY reason"
                                   " ORDER BY COUNT(*) DESC"
                                   " LIMIT ?";

static const char SQL_WAITING[] = "SELECT COUNT(*) FROM occasion_event WHERE occasion_id = ?";

enum rc occasion_log(struct db *db, const struct occasion_log_query *q,
                     void (*each)(void *arg, const struct occasion_entry *entry), void *arg)
{
    const struct db_value reason = db_text(q->reason);
    struct db_rows *rows;
    enum rc rc = db_query(db, SQL_LOG,
                          DB_IN(db_u64(q->occasion_id), db_u64(q->before ? q->before : INT64_MAX),
                                reason, reason, reason, db_u64(q->limit)),
                          &rows);

    if (rc)
        return rc;
    while (db_next(rows)) {
        const struct occasion_entry entry = {
            .id = db_get_u64(rows, 0),
            .customer_id = db_get_u64(rows, 1),
            .subject_id = db_get_u64(rows, 2),
            .round = (unsigned)db_get_u64(rows, 3),
            .at = db_get_time(rows, 4),
            .message_id = db_get_u64(rows, 5),
            .reason = db_get_text(rows, 6),
            .state = db_get_text(rows, 7),
            .channel = db_get_text(rows, 8),
            .number = db_get_text(rows, 9),
        };
        each(arg, &entry);
    }
    return db_rows_end(rows);
}

static enum rc read_campaigns(struct db *db, uint64_t id, struct occasion_results *r)
{
    struct db_rows *rows;
    enum rc rc =
        db_query(db, SQL_CAMPAIGNS, DB_IN(db_u64(id), db_u64(OCCASION_REASONS_MAX)), &rows);

    if (rc)
        return rc;
    while (r->n_campaigns < OCCASION_REASONS_MAX && db_next(rows))
        r->campaigns[r->n_campaigns++] = db_get_u64(rows, 0);
    return db_rows_end(rows);
}

static enum rc read_left_out(struct db *db, uint64_t id, struct occasion_results *r)
{
    struct db_rows *rows;
    enum rc rc = db_query(db, SQL_LEFT_OUT, DB_IN(db_u64(id), db_u64(OCCASION_REASONS_MAX)), &rows);

    if (rc)
        return rc;
    while (r->n_left_out < OCCASION_REASONS_MAX && db_next(rows)) {
        snprintf(r->left_out[r->n_left_out].reason, sizeof(r->left_out[0].reason), "%s",
                 db_get_text(rows, 0));
        r->left_out[r->n_left_out++].n = db_get_u64(rows, 1);
    }
    return db_rows_end(rows);
}

enum rc occasion_results(struct db *db, uint64_t id, struct occasion_results *out)
{
    struct occasion_results r = { .n_campaigns = 0 };
    enum rc rc = read_campaigns(db, id, &r);

    if (!rc)
        rc = read_left_out(db, id, &r);
    if (!rc)
        rc = db_query_u64(db, SQL_WAITING, DB_IN(db_u64(id)), &r.waiting);
    if (!rc)
        *out = r;
    return rc;
}
