/* queue.c - queues and carriers by name and number, and what each was given a day. */
#include "store/queue.h"

#include <stdio.h>
#include <string.h>

#include "domain/mail_route.h"
#include "domain/route.h"

#define QUEUE_DEFAULT 1 /* made by the migration */

static const char SQL_QUEUE[] = "SELECT id FROM queue WHERE name = ?";
static const char SQL_QUEUE_NEW[] = "INSERT INTO queue (id, name, channel) VALUES (?, ?, ?)";
static const char SQL_CARRIER[] = "SELECT id FROM carrier WHERE name = ?";
static const char SQL_CARRIER_NEW[] = "INSERT INTO carrier (id, name, state) VALUES (?, ?, ?)";

static const char SQL_QUEUES[] = "SELECT id, name, state = 'held'"
                                 "  FROM queue"
                                 " WHERE channel = ?"
                                 " ORDER BY id"
                                 " LIMIT ?";

static const char SQL_DEPTHS[] =
    "SELECT q.id, q.name, q.state = 'held', s.class, s.state = 'held',"
    "       CAST(SUM(s.last_id + 1 - s.next_id) AS UNSIGNED),"
    "       MIN(IF(s.state = 'ready' AND s.due_at <= ?, s.due_at, NULL)),"
    "       q.channel = 'email'"
    "  FROM queue q"
    "  LEFT JOIN outbox_slice s ON s.queue_id = q.id AND s.state <> 'waiting'"
    " GROUP BY q.id, s.class, s.state = 'held'"
    " ORDER BY q.id";

static const char SQL_LATE[] = "SELECT q.name, MIN(s.due_at)"
                               "  FROM outbox_slice s"
                               "  JOIN queue q ON q.id = s.queue_id"
                               " WHERE s.state = 'ready' AND s.class IN ('alert', 'service')"
                               "   AND s.due_at < ? AND q.state <> 'held'"
                               " GROUP BY q.id, q.name"
                               " ORDER BY q.id"
                               " LIMIT 200";

/* "fr" and "fr 36000", not "france". */
static const char SQL_OF_ROUTE[] =
    "SELECT COUNT(*)"
    "  FROM queue"
    " WHERE name = ? OR LEFT(name, CHAR_LENGTH(?) + 1) = CONCAT(?, ' ')";
static const char SQL_HOLD[] =
    "UPDATE queue"
    "   SET state = ?"
    " WHERE (name = ? OR LEFT(name, CHAR_LENGTH(?) + 1) = CONCAT(?, ' ')) AND state <> ?";

static const char SQL_STATE[] = "SELECT state FROM carrier WHERE id = ?";
static const char SQL_HAS_CARRIER[] = "SELECT COUNT(*) FROM carrier WHERE name = ?";
static const char SQL_SET_STATE[] = "UPDATE carrier SET state = ? WHERE name = ?";

static const char SQL_CARRIER_TRAFFIC[] = "SELECT COALESCE(CAST(SUM(parts) AS UNSIGNED), 0)"
                                          "  FROM traffic_day"
                                          " WHERE day = ? AND carrier_id = ?";
static const char SQL_SENDER_TRAFFIC[] = "SELECT COALESCE(CAST(SUM(parts) AS UNSIGNED), 0)"
                                         "  FROM traffic_day"
                                         " WHERE day = ? AND sender = ?";

static const char *const state_names[] = {
    [CARRIER_ON] = "on",
    [CARRIER_DRAINED] = "drained",
    [CARRIER_STOPPED] = "stopped",
};

/* The row of a name; one of another node that was faster is as good. `more`: its third column. */
static enum rc open_row(struct db *db, const char *kind, const char *find, const char *make,
                        const char *name, const char *more, unsigned *id)
{
    uint64_t found;
    enum rc rc = db_query_u64(db, find, DB_IN(db_text(name)), &found);

    if (rc == RC_NOTFOUND) {
        rc = db_new_ids(db, kind, 1, &found);
        if (!rc)
            rc = db_run(db, make, DB_IN(db_u64(found), db_text(name), db_text(more)), NULL);
        if (rc == RC_CONFLICT)
            rc = db_query_u64(db, find, DB_IN(db_text(name)), &found);
    }
    if (!rc)
        *id = (unsigned)found;
    return rc;
}

enum rc queue_open(struct db *db, const char *name, enum channel channel, unsigned *id)
{
    return open_row(db, "queue", SQL_QUEUE, SQL_QUEUE_NEW, name, channel_name(channel), id);
}

enum rc carrier_open(struct db *db, const char *name, unsigned *id)
{
    return open_row(db, "carrier", SQL_CARRIER, SQL_CARRIER_NEW, name, state_names[CARRIER_ON], id);
}

enum rc queue_for(struct db *db, const struct route_table *routes, const struct route_question *q,
                  const char *sender, unsigned *id)
{
    char name[QUEUE_NAME_SIZE];
    uint64_t found = QUEUE_DEFAULT;
    enum rc rc = RC_OK;

    if (routes) {
        route_queue_name(routes, route_for(routes, q), sender, name);
        rc = db_query_u64(db, SQL_QUEUE, DB_IN(db_text(name)), &found);
    }
    if (rc && rc != RC_NOTFOUND)
        return rc;
    *id = (unsigned)found;
    return RC_OK;
}

enum rc queue_for_mail(struct db *db, const struct route_table *routes, const char *address,
                       unsigned *id)
{
    char name[QUEUE_NAME_SIZE];
    uint64_t found = QUEUE_MAIL;
    enum rc rc = RC_OK;

    mail_queue_name(routes, address, name);
    if (strcmp(name, MAIL_QUEUE) != 0)
        rc = db_query_u64(db, SQL_QUEUE, DB_IN(db_text(name)), &found);
    if (rc && rc != RC_NOTFOUND)
        return rc;
    *id = (unsigned)found;
    return RC_OK;
}

enum rc queue_list(struct db *db, enum channel channel, struct queue_row *out, size_t max,
                   size_t *n)
{
    struct db_rows *rows;
    size_t got = 0;
    enum rc rc =
        db_query(db, SQL_QUEUES, DB_IN(db_text(channel_name(channel)), db_u64(max)), &rows);

    if (rc)
        return rc;
    while (got < max && db_next(rows)) {
        struct queue_row *q = &out[got++];
        q->id = (unsigned)db_get_u64(rows, 0);
        snprintf(q->name, sizeof(q->name), "%s", db_get_text(rows, 1));
        q->held = db_get_u64(rows, 2) != 0;
    }
    rc = db_rows_end(rows);
    if (!rc)
        *n = got;
    return rc;
}

static void add_depth(struct queue_depth *d, const struct db_rows *rows)
{
    enum message_class class;
    utc_us due = db_get_time(rows, 6);

    if (db_is_null(rows, 3) || message_class_parse(db_get_text(rows, 3), &class))
        return; /* nothing waits in it */
    if (db_get_u64(rows, 4))
        d->paused += db_get_u64(rows, 5);
    else
        d->messages[class] += db_get_u64(rows, 5);
    if (due && (!d->oldest_due || due < d->oldest_due))
        d->oldest_due = due;
}

enum rc queue_depths(struct db *db, utc_us now,
                     void (*each)(void *arg, const struct queue_depth *depth), void *arg)
{
    struct queue_depth d = { .id = 0 };
    struct db_rows *rows;
    enum rc rc = db_query(db, SQL_DEPTHS, DB_IN(db_time(now)), &rows);

    if (rc)
        return rc;
    while (db_next(rows)) {
        if (d.id != db_get_u64(rows, 0)) {
            if (d.id)
                each(arg, &d);
            d = (struct queue_depth){ .id = (unsigned)db_get_u64(rows, 0),
                                      .channel = db_get_u64(rows, 7) ? CHANNEL_EMAIL : CHANNEL_SMS,
                                      .held = db_get_u64(rows, 2) != 0 };
            snprintf(d.name, sizeof(d.name), "%s", db_get_text(rows, 1));
        }
        add_depth(&d, rows);
    }
    if (d.id)
        each(arg, &d);
    return db_rows_end(rows);
}

enum rc queue_late_list(struct db *db, utc_us before,
                        void (*each)(void *arg, const char *name, utc_us oldest), void *arg)
{
    struct db_rows *rows;
    enum rc rc = db_query(db, SQL_LATE, DB_IN(db_time(before)), &rows);

    if (rc)
        return rc;
    while (db_next(rows))
        each(arg, db_get_text(rows, 0), db_get_time(rows, 1));
    return db_rows_end(rows);
}

enum rc queue_hold(struct db *db, const char *route, bool held, uint64_t *changed)
{
    const char *state = held ? "held" : "open";
    uint64_t there;
    enum rc rc = db_query_u64(db, SQL_OF_ROUTE,
                              DB_IN(db_text(route), db_text(route), db_text(route)), &there);

    if (!rc && !there)
        rc = RC_NOTFOUND;
    if (!rc)
        rc = db_run(
            db, SQL_HOLD,
            DB_IN(db_text(state), db_text(route), db_text(route), db_text(route), db_text(state)),
            changed);
    return rc;
}

/* --- carriers --- */

const char *carrier_state_name(enum carrier_state state)
{
    return state_names[state];
}

enum rc carrier_state_read(struct db *db, unsigned id, enum carrier_state *state)
{
    struct db_rows *rows;
    enum rc rc = db_query(db, SQL_STATE, DB_IN(db_u64(id)), &rows);

    if (rc)
        return rc;
    *state = CARRIER_ON;
    if (db_next(rows)) {
        for (int s = CARRIER_ON; s <= CARRIER_STOPPED; s++) {
            if (strcmp(state_names[s], db_get_text(rows, 0)) == 0)
                *state = (enum carrier_state)s;
        }
    }
    return db_rows_end(rows);
}

enum rc carrier_state_set(struct db *db, const char *name, enum carrier_state state)
{
    uint64_t there;
    enum rc rc = db_query_u64(db, SQL_HAS_CARRIER, DB_IN(db_text(name)), &there);

    if (!rc && !there)
        rc = RC_NOTFOUND;
    if (!rc)
        rc = db_run(db, SQL_SET_STATE, DB_IN(db_text(state_names[state]), db_text(name)), NULL);
    return rc;
}

enum rc traffic_read(struct db *db, const char *day, unsigned carrier_id, const char *sender,
                     uint64_t *parts)
{
    if (carrier_id)
        return db_query_u64(db, SQL_CARRIER_TRAFFIC, DB_IN(db_text(day), db_u64(carrier_id)),
                            parts);
    return db_query_u64(db, SQL_SENDER_TRAFFIC, DB_IN(db_text(day), db_text(sender)), parts);
}
