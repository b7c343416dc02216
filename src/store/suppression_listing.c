/* suppression_listing.c - from a partner's list to what is suppressed. */
#include "store/suppression_listing.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "store/db.h"
#include "store/standing.h"

#define KEYS_MAX ((size_t)1 << 20) /* of JSON */
#define AT_ONCE  200               /* ends a transaction */

/* The reason stays that of who came first: suppressed_at last, the others look at it as it was. */
static const char SQL_SUPPRESS[] =
    "INSERT INTO suppression (channel, address, strikes, last_message_id, carrier_id, reason, at,"
    "                         suppressed_at)"
    "VALUES (?, ?, 0, 0, 0, ?, ?, ?)"
    "    ON DUPLICATE KEY UPDATE"
    "       reason = IF(suppression.suppressed_at IS NULL, VALUE(reason), suppression.reason),"
    "       at = IF(suppression.suppressed_at IS NULL, VALUE(at), suppression.at),"
    "       suppressed_at = COALESCE(suppression.suppressed_at, VALUE(suppressed_at))";

/* Most addresses of such lists belong to nobody here. */
static const char SQL_POINTS_OF[] =
    "SELECT p.customer_id, wanted.n - 1"
    "  FROM JSON_TABLE(?, '$[*]' COLUMNS (n FOR ORDINALITY, channel VARCHAR(5) PATH '$[0]',"
    "                                     address VARCHAR(254) PATH '$[1]')) wanted"
    "  STRAIGHT_JOIN contact_point p ON p.address = wanted.address COLLATE utf8mb4_bin"
    "    AND p.channel = wanted.channel"
    " WHERE p.state = 'valid'"
    " LIMIT ?";

static const char SQL_POINT[] = "UPDATE contact_point"
                                "   SET state = 'suppressed'"
                                " WHERE customer_id = ? AND channel = ? AND address = ?";

static const char SQL_POINTS[] = "UPDATE contact_point"
                                 "   SET state = ?"
                                 " WHERE address = ? AND channel = ? AND state = ?";

static const char SQL_STANDS[] =
    "SELECT s.carrier_at IS NOT NULL"
    "       OR EXISTS (SELECT 1 FROM suppression_listing l"
    "                   WHERE l.channel = s.channel AND l.address = s.address),"
    "       s.strikes"
    "  FROM suppression s"
    " WHERE s.channel = ? AND s.address = ? AND s.suppressed_at IS NOT NULL"
    "   FOR UPDATE";

/* What carriers have said so far still counts. */
static const char SQL_LIFT[] = "UPDATE suppression"
                               "   SET suppressed_at = NULL"
                               " WHERE channel = ? AND address = ? AND strikes > 0";
static const char SQL_FORGET[] = "DELETE FROM suppression"
                                 " WHERE channel = ? AND address = ? AND strikes = 0";

static const char SQL_ENDED[] = "SELECT channel, address, partner_id"
                                "  FROM suppression_listing"
                                " WHERE until_at <= ?"
                                " ORDER BY until_at"
                                " LIMIT ?"
                                "   FOR UPDATE SKIP LOCKED";

static const char SQL_END[] = "DELETE FROM suppression_listing"
                              " WHERE channel = ? AND address = ? AND partner_id = ?";

static enum rc mark_points(struct db *db, const struct contact_address *a, const char *from,
                           const char *to)
{
    uint64_t changed = 0;
    enum rc rc = db_run(
        db, SQL_POINTS,
        DB_IN(db_text(to), db_text(a->address), db_text(channel_name(a->channel)), db_text(from)),
        &changed);

    return rc || !changed ? rc : standing_refresh_address(db, a->channel, a->address);
}

/* --- listed --- */

struct marking {
    const struct contact_address *list;
    struct buffer wanted; /* as JSON */
    struct db_bulk *points;
    uint64_t ids[STANDING_MAX];
    size_t n;
};

static void write_wanted(struct marking *m, size_t n)
{
    buffer_add_text(&m->wanted, "[");
    for (size_t i = 0; i < n; i++) {
        buffer_printf(&m->wanted, "%s[\"%s\",\"", i ? "," : "", channel_name(m->list[i].channel));
        for (const char *c = m->list[i].address; *c; c++)
            buffer_printf(&m->wanted, *c == '"' || *c == '\\' ? "\\%c" : "%c", *c);
        buffer_add_text(&m->wanted, "\"]");
    }
    buffer_add_text(&m->wanted, "]");
}

/* The next contact points that are on the list and do not say so yet. */
static enum rc find_points(struct db *db, struct marking *m, size_t n)
{
    struct db_rows *rows;
    enum rc rc = db_query(db, SQL_POINTS_OF,
                          DB_IN(db_bytes(m->wanted.data, m->wanted.len), db_u64(STANDING_MAX)),
                          &rows),
            end;

    m->n = 0;
    db_bulk_reset(m->points);
    if (rc)
        return rc;
    while (!rc && m->n < STANDING_MAX && db_next(rows)) {
        const uint64_t at = db_get_u64(rows, 1);

        m->ids[m->n++] = db_get_u64(rows, 0);
        if (at < n)
            rc = db_bulk_add(m->points,
                             (const struct db_value[]){ db_u64(m->ids[m->n - 1]),
                                                        db_text(channel_name(m->list[at].channel)),
                                                        db_text(m->list[at].address) });
    }
    end = db_rows_end(rows);
    return rc ? rc : end;
}

static enum rc mark_those_here(struct db *db, const struct contact_address *list, size_t n)
{
    struct marking m = { .list = list, .points = db_bulk_new(3), .n = STANDING_MAX };
    enum rc rc = m.points ? RC_OK : RC_FAIL;

    buffer_init(&m.wanted, KEYS_MAX);
    write_wanted(&m, n);
    if (m.wanted.full)
        rc = RC_FAIL;
    while (!rc && m.n == STANDING_MAX) {
        rc = find_points(db, &m, n);
        if (!rc)
            rc = db_bulk_run(db, SQL_POINT, m.points, NULL);
        if (!rc)
            rc = standing_refresh(db, m.ids, m.n);
    }
    buffer_close(&m.wanted);
    db_bulk_free(m.points);
    return rc;
}

enum rc suppression_listed(struct db *db, const struct contact_address *list, const char **reasons,
                           size_t n, utc_us now)
{
    struct db_bulk *rows = n ? db_bulk_new(5) : NULL;
    enum rc rc = RC_OK;

    if (!n)
        return RC_OK;
    if (!rows)
        return RC_FAIL;
    for (size_t i = 0; !rc && i < n; i++)
        rc = db_bulk_add(rows, (const struct db_value[]){
                                   db_text(channel_name(list[i].channel)), db_text(list[i].address),
                                   db_text(reasons[i]), db_time(now), db_time(now) });
    if (!rc)
        rc = db_bulk_run(db, SQL_SUPPRESS, rows, NULL);
    db_bulk_free(rows);
    return rc ? rc : mark_those_here(db, list, n);
}

/* --- no longer --- */

enum rc suppression_settle(struct db *db, const struct contact_address *a)
{
    const struct db_value channel = db_text(channel_name(a->channel)),
                          address = db_text(a->address);
    struct db_rows *rows;
    bool there, stands = false;
    enum rc rc = db_query(db, SQL_STANDS, DB_IN(channel, address), &rows);

    if (rc)
        return rc;
    there = db_next(rows);
    if (there)
        stands = db_get_u64(rows, 0) != 0;
    rc = db_rows_end(rows);
    if (rc || !there || stands)
        return rc;
    rc = db_run(db, SQL_LIFT, DB_IN(channel, address), NULL);
    if (!rc)
        rc = db_run(db, SQL_FORGET, DB_IN(channel, address), NULL);
    return rc ? rc : mark_points(db, a, "suppressed", "valid");
}

struct ending {
    utc_us now;
    size_t n;
    struct {
        enum channel channel;
        char address[ADDRESS_SIZE];
        unsigned partner_id;
    } list[AT_ONCE];
};

static enum rc read_ended(struct db *db, struct ending *e)
{
    struct db_rows *rows;
    enum rc rc = db_query(db, SQL_ENDED, DB_IN(db_time(e->now), db_u64(AT_ONCE)), &rows);

    e->n = 0;
    if (rc)
        return rc;
    while (db_next(rows)) {
        e->list[e->n].channel =
            strcmp(db_get_text(rows, 0), "email") == 0 ? CHANNEL_EMAIL : CHANNEL_SMS;
        snprintf(e->list[e->n].address, ADDRESS_SIZE, "%s", db_get_text(rows, 1));
        e->list[e->n++].partner_id = (unsigned)db_get_u64(rows, 2);
    }
    return db_rows_end(rows);
}

static enum rc expire_body(struct db *db, void *arg)
{
    struct ending *e = arg;
    enum rc rc = read_ended(db, e);

    for (size_t i = 0; !rc && i < e->n; i++) {
        const struct contact_address a = { e->list[i].channel, e->list[i].address };

        rc = db_run(db, SQL_END,
                    DB_IN(db_text(channel_name(a.channel)), db_text(a.address),
                          db_u64(e->list[i].partner_id)),
                    NULL);
        if (!rc)
            rc = suppression_settle(db, &a);
    }
    return rc;
}

enum rc suppression_expire(struct db *db, utc_us now, bool *more)
{
    struct ending e = { .now = now };
    enum rc rc = db_transaction(db, expire_body, &e);

    *more = !rc && e.n == AT_ONCE;
    return rc;
}
