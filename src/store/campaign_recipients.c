/* campaign_recipients.c - pages by the primary keys, each call bounded in what it reads. */
#include "store/campaign_recipients.h"

#include <string.h>

#include "store/db.h"
#include "store/replied_sql.h"
#include "store/timed_id.h"

#define WINDOW  10000 /* messages looked at by one statement */
#define WINDOWS 10    /* and statements of one call */

static const char SQL_RANGE[] = "SELECT first_message, last_message FROM campaign WHERE id = ?";

static const char SQL_WINDOW_END[] = "SELECT id"
                                     "  FROM message"
                                     " WHERE id > ? AND id <= ?"
                                     " ORDER BY id"
                                     " LIMIT 1 OFFSET ?";

static const char SQL_PAGE[] =
    "SELECT m.id, m.customer_id, m.address, m.state, m.reason, m.attempts, m.parts, m.created_at,"
    "       (SELECT MAX(e.at) FROM message_event e WHERE e.message_id = m.id),"
    "       (SELECT r.variant FROM campaign_recipient r"
    "         WHERE r.campaign_id = m.campaign_id AND r.customer_id = m.customer_id),"
    "       (SELECT COUNT(*) FROM inbound_message i"
    "         WHERE i.from_address = m.address AND i.id >= ? AND i.answers_message_id = m.id"
    "           AND i.keyword <> 'stop'" BY_A_PERSON "),"
    "       (SELECT COUNT(*) FROM link_visit v WHERE v.message_id = m.id AND v.class = 'human'),"
    "       (SELECT COUNT(*) FROM customer_order o"
    "         WHERE o.customer_id = m.customer_id AND o.ordered_at >= m.created_at"
    "           AND o.ordered_at < m.created_at + INTERVAL ? DAY AND o.status <> 'cancelled'),"
    "       m.channel"
    "  FROM message m"
    " WHERE m.id > ? AND m.id <= ? AND m.campaign_id = ?"
    "   AND (? = '' OR m.state = ?) AND (? = '' OR m.reason = ?)"
    " ORDER BY m.id"
    " LIMIT ?";

static const char SQL_EXCLUDED[] =
    "SELECT x.customer_id, x.reason,"
    "       (SELECT p.address FROM contact_point p"
    "         WHERE p.customer_id = x.customer_id"
    "           AND p.channel = (SELECT IF(k.channels IN ('email', 'email,sms'), 'email', 'sms')"
    "                              FROM campaign k WHERE k.id = x.campaign_id)"
    "         ORDER BY p.is_primary DESC, p.address"
    "         LIMIT 1)"
    "  FROM campaign_exclusion x"
    " WHERE x.campaign_id = ? AND x.customer_id > ? AND (? = '' OR x.reason = ?)"
    " ORDER BY x.customer_id"
    " LIMIT ?";

struct reading {
    const struct recipients_query *query;
    void (*each)(void *arg, const struct campaign_recipient *recipient);
    void *arg;
    size_t found;
    uint64_t reached; /* the last id told */
};

static enum rc read_range(struct db *db, uint64_t id, uint64_t *first, uint64_t *last)
{
    struct db_rows *rows;
    bool found;
    enum rc rc = db_query(db, SQL_RANGE, DB_IN(db_u64(id)), &rows);

    if (rc)
        return rc;
    found = db_next(rows);
    if (found) {
        *first = db_get_u64(rows, 0);
        *last = db_get_u64(rows, 1);
    }
    rc = db_rows_end(rows);
    return rc ? rc : found ? RC_OK : RC_NOTFOUND;
}

static enum rc read_window(struct db *db, struct reading *r, uint64_t after, uint64_t end)
{
    const struct recipients_query *q = r->query;
    struct db_rows *rows;
    enum rc rc =
        db_query(db, SQL_PAGE,
                 DB_IN(db_u64(timed_id_since(after)), db_u64(q->order_days), db_u64(after),
                       db_u64(end), db_u64(q->campaign_id), db_text(q->state), db_text(q->state),
                       db_text(q->reason), db_text(q->reason), db_u64(q->limit - r->found)),
                 &rows);

    if (rc)
        return rc;
    while (db_next(rows)) {
        const struct campaign_recipient recipient = {
            .message_id = db_get_u64(rows, 0),
            .customer_id = db_get_u64(rows, 1),
            .address = db_get_text(rows, 2),
            .channel = db_get_text(rows, 13),
            .state = db_get_text(rows, 3),
            .reason = db_get_text(rows, 4),
            .attempts = (unsigned)db_get_u64(rows, 5),
            .parts = (unsigned)db_get_u64(rows, 6),
            .queued_at = db_get_time(rows, 7),
            .last_event_at = db_get_time(rows, 8),
            .variant = (unsigned)db_get_u64(rows, 9),
            .replies = db_get_u64(rows, 10),
            .visits = db_get_u64(rows, 11),
            .orders = db_get_u64(rows, 12),
        };
        r->reached = recipient.message_id;
        r->found++;
        r->each(r->arg, &recipient);
    }
    return db_rows_end(rows);
}

static enum rc read_messages(struct db *db, struct reading *r, uint64_t *next)
{
    uint64_t first, last, after, end;
    enum rc rc = read_range(db, r->query->campaign_id, &first, &last);

    if (rc)
        return rc;
    after = r->query->after;
    if (first && after < first)
        after = first - 1;
    for (int i = 0; i < WINDOWS && after < last && r->found < r->query->limit; i++) {
        rc = db_query_u64(db, SQL_WINDOW_END,
                          DB_IN(db_u64(after), db_u64(last), db_u64(WINDOW - 1)), &end);
        if (rc == RC_NOTFOUND) {
            end = last;
            rc = RC_OK;
        }
        if (!rc)
            rc = read_window(db, r, after, end);
        if (rc)
            return rc;
        after = r->found < r->query->limit ? end : r->reached;
    }
    *next = after < last ? after : 0;
    return RC_OK;
}

static enum rc read_excluded(struct db *db, struct reading *r, uint64_t *next)
{
    const struct recipients_query *q = r->query;
    uint64_t first, last;
    struct db_rows *rows;
    enum rc rc = read_range(db, q->campaign_id, &first, &last);

    if (!rc)
        rc = db_query(db, SQL_EXCLUDED,
                      DB_IN(db_u64(q->campaign_id), db_u64(q->after), db_text(q->reason),
                            db_text(q->reason), db_u64(q->limit)),
                      &rows);
    if (rc)
        return rc;
    while (db_next(rows)) {
        const struct campaign_recipient recipient = {
            .customer_id = db_get_u64(rows, 0),
            .address = db_get_text(rows, 2),
            .channel = "",
            .state = "excluded",
            .reason = db_get_text(rows, 1),
        };
        r->reached = recipient.customer_id;
        r->found++;
        r->each(r->arg, &recipient);
    }
    *next = r->found == q->limit ? r->reached : 0;
    return db_rows_end(rows);
}

enum rc campaign_recipients(struct db *db, const struct recipients_query *query,
                            void (*each)(void *arg, const struct campaign_recipient *recipient),
                            void *arg, uint64_t *next)
{
    struct reading r = { .query = query, .each = each, .arg = arg };

    if (strcmp(query->state, "excluded") == 0)
        return read_excluded(db, &r, next);
    return read_messages(db, &r, next);
}
