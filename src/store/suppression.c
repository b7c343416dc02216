/* suppression.c - see suppression.h. */
#include "store/suppression.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/buffer.h"
#include "store/audit.h"
#include "store/db.h"
#include "store/standing.h"
#include "store/timed_id.h"

#define AT_ONCE       200                              /* addresses a transaction */
#define COMES_BACK_US (5 * SEC_PER_DAY * USEC_PER_SEC) /* RFC 5321, 4.5.4.1 */

/*
 * Of the message's own row, so that nothing of it travels. The parts of a message are one strike,
 * and so is a receipt that comes twice. The look for a delivery since goes by the customer:
 * messages have no index on their address. Of mails hardly any is ever said to be delivered: one
 * that was taken, and did not come back while systems still try (some days), has arrived.
 */
static const char SQL_STRIKE[] =
    "INSERT INTO suppression (channel, address, strikes, last_message_id, carrier_id, reason, at,"
    "                         suppressed_at, carrier_at, pending)"
    "SELECT n.channel, n.address, n.strikes, n.id, n.carrier_id, n.reason, n.at,"
    "       IF(n.strikes >= n.after_n, n.at, NULL), IF(n.strikes >= n.after_n, n.at, NULL),"
    "       n.strikes >= n.after_n"
    "  FROM (SELECT j.carrier_id, j.reason, j.after_n, ? AS at,"
    "               m.channel, m.address, GREATEST(m.id, COALESCE(s.last_message_id, 0)) AS id,"
    "               CASE WHEN s.address IS NULL THEN 1"
    "                    WHEN s.last_message_id >= m.id THEN s.strikes"
    "                    WHEN EXISTS (SELECT 1 FROM message d"
    "                                  WHERE d.customer_id = m.customer_id"
    "                                    AND d.address = m.address AND d.id > s.last_message_id"
    "                                    AND (d.state = 'delivered'"
    "                                         OR (d.state = 'accepted' AND d.channel = 'email'"
    "                                             AND d.id < ? AND d.id <> m.id))) THEN 1"
    "                    ELSE LEAST(s.strikes + 1, 60000) END AS strikes"
    "          FROM JSON_TABLE(?, '$[*]' COLUMNS (id BIGINT UNSIGNED PATH '$[0]',"
    "                 carrier_id SMALLINT UNSIGNED PATH '$[1]', after_n INT PATH '$[2]',"
    "                 reason VARCHAR(64) PATH '$[3]')) j"
    "          STRAIGHT_JOIN message m ON m.id = j.id"
    "          LEFT JOIN suppression s ON s.channel = m.channel AND s.address = m.address"
    "         WHERE m.address NOT LIKE '~%'"
    "         ORDER BY m.id) n"
    "    ON DUPLICATE KEY UPDATE"
    "       strikes = VALUE(strikes), last_message_id = VALUE(last_message_id),"
    "       carrier_id = VALUE(carrier_id), reason = VALUE(reason), at = VALUE(at),"
    "       pending = suppression.pending"
    "                 OR (suppression.suppressed_at IS NULL AND VALUE(pending)),"
    "       carrier_at = COALESCE(suppression.carrier_at, VALUE(carrier_at)),"
    "       suppressed_at = COALESCE(suppression.suppressed_at, VALUE(suppressed_at))";

static const char SQL_PENDING[] = "SELECT channel, address"
                                  "  FROM suppression"
                                  " WHERE pending"
                                  " LIMIT ?"
                                  "   FOR UPDATE SKIP LOCKED";

static const char SQL_POINTS[] = "UPDATE contact_point"
                                 "   SET state = ?"
                                 " WHERE address = ? AND channel = ? AND state = ?";

static const char SQL_DONE[] =
    "UPDATE suppression SET pending = FALSE WHERE channel = ? AND address = ?";

static const char SQL_LIST[] =
    "SELECT s.channel, s.address, s.reason, COALESCE(c.name, ''), s.strikes, s.at,"
    "       s.suppressed_at, s.last_message_id,"
    "       COALESCE((SELECT MIN(p.customer_id) FROM contact_point p"
    "                  WHERE p.address = s.address AND p.channel = s.channel), 0),"
    "       (SELECT GROUP_CONCAT(p.code ORDER BY p.code SEPARATOR ' ')"
    "          FROM suppression_listing l"
    "          JOIN partner p ON p.id = l.partner_id"
    "         WHERE l.channel = s.channel AND l.address = s.address),"
    "       (SELECT IF(s.carrier_at IS NULL AND COUNT(*) = COUNT(l.until_at), MAX(l.until_at), "
    "NULL)"
    "          FROM suppression_listing l"
    "         WHERE l.channel = s.channel AND l.address = s.address)"
    "  FROM suppression s"
    "  LEFT JOIN carrier c ON c.id = s.carrier_id"
    " WHERE s.channel = ? AND s.address > ? AND s.suppressed_at IS NOT NULL"
    " ORDER BY s.address"
    " LIMIT ?";

static const char SQL_LIFT[] = "DELETE FROM suppression"
                               " WHERE channel = ? AND address = ? AND suppressed_at IS NOT NULL";

/* A person knows better than the lists, until they come again. */
static const char SQL_UNLIST[] =
    "DELETE FROM suppression_listing WHERE channel = ? AND address = ?";

static const char SQL_WHOSE[] = "SELECT COALESCE(MIN(customer_id), 0)"
                                "  FROM contact_point"
                                " WHERE address = ? AND channel = ?";

/* --- strikes --- */

enum rc suppression_strike(struct db *db, const struct strike *strikes, size_t n, utc_us at)
{
    struct buffer list;
    enum rc rc = RC_FAIL;

    if (!n)
        return RC_OK;
    buffer_init(&list, n * 128 + 16);
    for (size_t i = 0; i < n; i++)
        buffer_printf(&list, "%c[%" PRIu64 ",%u,%u,\"%.40s\"]", i ? ',' : '[',
                      strikes[i].message_id, strikes[i].carrier_id, strikes[i].after,
                      strikes[i].reason);
    buffer_add_text(&list, "]");
    if (!list.full)
        rc = db_run(db, SQL_STRIKE,
                    DB_IN(db_time(at), db_u64(timed_id_at(at - COMES_BACK_US)),
                          db_bytes(list.data, list.len)),
                    NULL);
    buffer_close(&list);
    return rc;
}

/* --- what follows --- */

struct pending {
    struct {
        char channel[6], address[ADDRESS_SIZE];
    } list[AT_ONCE];
    size_t n;
};

static enum rc read_pending(struct db *db, struct pending *p)
{
    struct db_rows *rows;
    enum rc rc = db_query(db, SQL_PENDING, DB_IN(db_u64(AT_ONCE)), &rows);

    p->n = 0;
    if (rc)
        return rc;
    while (db_next(rows)) {
        snprintf(p->list[p->n].channel, sizeof(p->list[0].channel), "%s", db_get_text(rows, 0));
        snprintf(p->list[p->n++].address, ADDRESS_SIZE, "%s", db_get_text(rows, 1));
    }
    return db_rows_end(rows);
}

static enum channel channel_of(const char *name)
{
    return strcmp(name, "email") == 0 ? CHANNEL_EMAIL : CHANNEL_SMS;
}

static enum rc mark_points(struct db *db, const char *channel, const char *address,
                           const char *from, const char *to)
{
    enum rc rc =
        db_run(db, SQL_POINTS,
               DB_IN(db_text(to), db_text(address), db_text(channel), db_text(from)), NULL);

    return rc ? rc : standing_refresh_address(db, channel_of(channel), address);
}

static enum rc follow_body(struct db *db, void *arg)
{
    struct pending *p = arg;
    enum rc rc = read_pending(db, p);

    for (size_t i = 0; !rc && i < p->n; i++) {
        const char *channel = p->list[i].channel, *address = p->list[i].address;

        rc = mark_points(db, channel, address, "valid", "suppressed");
        if (!rc)
            rc = db_run(db, SQL_DONE, DB_IN(db_text(channel), db_text(address)), NULL);
    }
    return rc;
}

enum rc suppression_follow(struct db *db, bool *more)
{
    static const char any[] = "SELECT EXISTS (SELECT 1 FROM suppression WHERE pending)";
    struct pending p = { .n = 0 };
    uint64_t there = 0;
    enum rc rc = db_query_u64(db, any, DB_NO_INPUT, &there);

    *more = false;
    if (!rc && there)
        rc = db_transaction(db, follow_body, &p);
    *more = !rc && p.n == AT_ONCE;
    return rc;
}

/* --- looking, and lifting --- */

/* Of one channel; *left: how many more are wanted. */
static enum rc list_channel(struct db *db, enum channel channel, const char *after, size_t *left,
                            void (*each)(void *arg, const struct suppression_view *v), void *arg)
{
    struct db_rows *rows;
    enum rc rc = db_query(
        db, SQL_LIST, DB_IN(db_text(channel_name(channel)), db_text(after), db_u64(*left)), &rows);

    if (rc)
        return rc;
    while (*left && db_next(rows)) {
        const struct suppression_view v = {
            .channel = db_get_text(rows, 0),
            .address = db_get_text(rows, 1),
            .reason = db_get_text(rows, 2),
            .carrier = db_get_text(rows, 3),
            .strikes = (unsigned)db_get_u64(rows, 4),
            .at = db_get_time(rows, 5),
            .suppressed_at = db_get_time(rows, 6),
            .message_id = db_get_u64(rows, 7),
            .customer_id = db_get_u64(rows, 8),
            .lists = db_get_text(rows, 9),
            .until = db_get_time(rows, 10),
        };
        each(arg, &v);
        --*left;
    }
    return db_rows_end(rows);
}

enum rc suppression_list(struct db *db, const char *after, size_t limit,
                         void (*each)(void *arg, const struct suppression_view *v), void *arg)
{
    enum rc rc = RC_OK;

    if (!strchr(after, '@')) {
        rc = list_channel(db, CHANNEL_SMS, after, &limit, each, arg);
        after = "";
    }
    return rc || !limit ? rc : list_channel(db, CHANNEL_EMAIL, after, &limit, each, arg);
}

struct lifting {
    const char *channel, *address, *who;
    uint64_t audit_id;
};

static enum rc lift_body(struct db *db, void *arg)
{
    const struct lifting *l = arg;
    uint64_t lifted, customer = 0;
    enum rc rc = db_run(db, SQL_LIFT, DB_IN(db_text(l->channel), db_text(l->address)), &lifted);

    if (rc || !lifted)
        return rc ? rc : RC_NOTFOUND;
    rc = db_run(db, SQL_UNLIST, DB_IN(db_text(l->channel), db_text(l->address)), NULL);
    if (!rc)
        rc = mark_points(db, l->channel, l->address, "suppressed", "valid");
    if (!rc)
        rc =
            db_query_u64(db, SQL_WHOSE, DB_IN(db_text(l->address), db_text(l->channel)), &customer);
    return rc ? rc
              : audit_write(db, &(struct audit_entry){ .id = l->audit_id,
                                                       .at = clock_now(),
                                                       .who = l->who,
                                                       .verb = "lift suppression",
                                                       .subject = AUDIT_CUSTOMER,
                                                       .subject_id = customer });
}

enum rc suppression_lift(struct db *db, enum channel channel, const char *address, const char *who)
{
    struct lifting l = { .channel = channel_name(channel), .address = address, .who = who };
    enum rc rc = audit_new_id(db, &l.audit_id);

    return rc ? rc : db_transaction(db, lift_body, &l);
}
