/* partner_status.c - three tables that are only added to, walked by id. */
#include "store/partner_status.h"

#include "store/db.h"
#include "store/timed_id.h"

#define STRETCH   5000
#define SKEW_US   (2 * USEC_PER_SEC)   /* the clocks of two nodes */
#define COMMIT_US (120 * USEC_PER_SEC) /* from a chunk taking ids to its commit, retries too */

/* --- how far --- */

/* Of whatever partner: a carrier's files tell of the orders of others. */
static const char SQL_APPLYING[] = "SELECT COUNT(*)\n"
                                   "FROM import\n"
                                   "WHERE state IN ('checking', 'applying')";

/*
 * An import that begins later takes its ids later; so with none under way, what is older than a
 * clock's error is complete. Results of messages come at any time: those have to wait.
 */
enum rc status_safe_id(struct db *db, utc_us now, uint64_t *orders, uint64_t *messages)
{
    uint64_t applying = 0;
    enum rc rc = db_query_u64(db, SQL_APPLYING, DB_NO_INPUT, &applying);

    if (rc)
        return rc;
    *orders = timed_id_at(now - (applying ? COMMIT_US : SKEW_US));
    *messages = timed_id_at(now - COMMIT_US);
    return RC_OK;
}

/* --- what --- */

#define CUSTOMER_NUMBER                                               \
    "  COALESCE((SELECT MIN(r.customer_number) FROM customer_ref r\n" \
    "   WHERE r.customer_id = o.customer_id AND r.partner_id = o.partner_id), '')"

static const char SQL_ORDERS[] = "SELECT e.id, o.order_number,\n" CUSTOMER_NUMBER ",\n"
                                 "  e.status, e.at, e.place, e.note\n"
                                 "FROM order_event e\n"
                                 "JOIN customer_order o ON o.id = e.order_id\n"
                                 "WHERE e.partner_id = ? AND e.id > ? AND e.id <= ?\n"
                                 "ORDER BY e.id";

/* A message of several parts is told of once: sent with its first, delivered with its last. */
static const char SQL_MESSAGES[] =
    "SELECT e.id, o.order_number,\n" CUSTOMER_NUMBER ",\n"
    "  CASE e.kind WHEN 'accepted' THEN 'sent' WHEN 'delivered' THEN 'delivered'\n"
    "   ELSE 'failed' END, e.at, '', IF(e.kind IN ('accepted', 'delivered'), '', e.detail)\n"
    "FROM message_event e\n"
    "STRAIGHT_JOIN message m ON m.id = e.message_id\n"
    "STRAIGHT_JOIN campaign c ON c.id = m.campaign_id AND c.occasion_id IS NOT NULL\n"
    "STRAIGHT_JOIN occasion_sent s ON s.occasion_id = c.occasion_id\n"
    "  AND s.customer_id = m.customer_id AND s.message_id = m.id\n"
    "STRAIGHT_JOIN occasion k ON k.id = c.occasion_id AND k.kind LIKE 'delivery%'\n"
    "STRAIGHT_JOIN customer_order o ON o.id = s.subject_id AND o.partner_id = ?\n"
    "WHERE e.id > ? AND e.id <= ?\n"
    "  AND ((e.kind = 'delivered' AND e.part = m.parts)\n"
    "    OR (e.kind IN ('accepted', 'refused', 'failed', 'expired') AND e.part <= 1))\n"
    "ORDER BY e.id";

/* Who says STOP means all messages of the days before it. */
static const char SQL_REPLIES[] =
    "SELECT i.id, o.order_number,\n" CUSTOMER_NUMBER ", 'stop', i.at, '', ''\n"
    "FROM inbound_message i\n"
    "STRAIGHT_JOIN message m ON m.customer_id = i.customer_id AND m.id < i.id\n"
    "  AND m.id + (7 * 86400 << 20) > i.id\n"
    "STRAIGHT_JOIN campaign c ON c.id = m.campaign_id AND c.occasion_id IS NOT NULL\n"
    "STRAIGHT_JOIN occasion_sent s ON s.occasion_id = c.occasion_id\n"
    "  AND s.customer_id = m.customer_id AND s.message_id = m.id\n"
    "STRAIGHT_JOIN occasion k ON k.id = c.occasion_id AND k.kind LIKE 'delivery%'\n"
    "STRAIGHT_JOIN customer_order o ON o.id = s.subject_id AND o.partner_id = ?\n"
    "WHERE i.id > ? AND i.id <= ? AND i.keyword = 'stop'\n"
    "GROUP BY i.id, o.id\n"
    "ORDER BY i.id, o.id";

/* Where a stretch ends, so that no query takes long, however little of it is the partner's. */
#define SQL_END_OF(from)                           \
    "SELECT id FROM " from " id > ? AND id <= ?\n" \
    "ORDER BY id\n"                                \
    "LIMIT 1 OFFSET ?"
static const char SQL_END_OF_ORDERS[] = "SELECT id FROM order_event\n"
                                        "WHERE partner_id = ? AND id > ? AND id <= ?\n"
                                        "ORDER BY id\n"
                                        "LIMIT 1 OFFSET ?";
static const char SQL_END_OF_MESSAGES[] = SQL_END_OF("message_event WHERE ? > 0 AND");
static const char SQL_END_OF_REPLIES[] = SQL_END_OF("inbound_message WHERE ? > 0 AND");

static const struct {
    const char *end, *tell;
} sources[STATUS_SOURCES] = {
    [STATUS_OF_ORDER] = { SQL_END_OF_ORDERS, SQL_ORDERS },
    [STATUS_OF_MESSAGE] = { SQL_END_OF_MESSAGES, SQL_MESSAGES },
    [STATUS_OF_REPLY] = { SQL_END_OF_REPLIES, SQL_REPLIES },
};

enum rc status_tell(struct db *db, enum status_source source, unsigned partner_id, uint64_t *after,
                    uint64_t to, void (*each)(void *arg, const struct status_change *change),
                    void *arg)
{
    const struct db_value partner = db_u64(partner_id);
    struct db_rows *rows = NULL;
    uint64_t end = to;
    enum rc rc =
        db_query_u64(db, sources[source].end,
                     DB_IN(partner, db_u64(*after), db_u64(to), db_u64(STRETCH - 1)), &end);

    if (rc && rc != RC_NOTFOUND)
        return rc;
    rc = db_query(db, sources[source].tell, DB_IN(partner, db_u64(*after), db_u64(end)), &rows);
    if (rc)
        return rc;
    while (db_next(rows)) {
        const struct status_change change = { .source = source,
                                              .order_number = db_get_text(rows, 1),
                                              .customer_number = db_get_text(rows, 2),
                                              .status = db_get_text(rows, 3),
                                              .at = db_get_time(rows, 4),
                                              .place = db_get_text(rows, 5),
                                              .note = db_get_text(rows, 6) };

        each(arg, &change);
    }
    rc = db_rows_end(rows);
    if (!rc)
        *after = end;
    return rc;
}
