/*
 * outbox_record.c - append what happened, fold it into the messages, queue again what must be.
 *
 * Appending narrow rows in bulk and folding them by a range of their ids costs a fraction of one
 * UPDATE a message. A part is a bit of a mask, so an event that comes twice changes nothing.
 *
 * An acceptance is no news for long: its receipt comes soon after. In a large batch the acceptances
 * of one-part messages are appended and not folded; the receipt's fold implies them, and those
 * whose receipt is late are folded when their slice is closed, or recovered. Meanwhile such a row
 * says `submitting`, which is the careful reading of it.
 */
#include "store/outbox.h"

#include <stdlib.h>
#include <string.h>

static const char *const kind_names[] = {
    [OUTBOX_ACCEPTED] = "accepted",   [OUTBOX_REFUSED] = "refused",
    [OUTBOX_DELIVERED] = "delivered", [OUTBOX_FAILED] = "failed",
    [OUTBOX_EXPIRED] = "expired",     [OUTBOX_UNKNOWN] = "unknown",
    [OUTBOX_REQUEUED] = "requeued",   [OUTBOX_CANCELLED] = "cancelled",
    [OUTBOX_PROGRESS] = "progress",
};

static const char SQL_FIND_ACCEPTED[] =
    "SELECT message_id, part"
    "  FROM message_event"
    " WHERE smsc_message_id = ? AND carrier_id = ? AND kind = 'accepted'"
    " ORDER BY id DESC"
    " LIMIT 1";

static const char SQL_APPEND[] =
    "INSERT INTO message_event"
    "       (id, message_id, part, kind, at, carrier_id, smsc_message_id, code, detail)"
    "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)";

/*
 * One pass over the events just appended; for a message of one part these are the moves of
 * domain/message.c. All parts delivered is the last word; a part that failed fails the message; all
 * parts accepted is accepted. The masks are OR-ed, so it does not matter in
 * which order MariaDB assigns the columns of a multi-table UPDATE.
 */
static const char SQL_FOLD[] =
    "UPDATE message m"
    "  JOIN (SELECT message_id,"
    "               BIT_OR(IF(kind IN ('accepted', 'progress', 'delivered')"
    "                         OR (kind IN ('failed', 'expired') AND smsc_message_id IS NOT NULL),"
    "                         1 << part, 0)) AS accepted,"
    "               BIT_OR(IF(kind = 'delivered', 1 << part, 0)) AS delivered,"
    "               BIT_OR(IF(kind IN ('refused', 'failed', 'expired'), 1 << part, 0)) AS failed,"
    "               MAX(kind = 'expired') AS expired,"
    "               MAX(kind = 'unknown') AS unknown,"
    "               MAX(kind = 'requeued') AS requeued,"
    "               MAX(kind = 'cancelled') AS cancelled,"
    "               MAX(IF(kind IN ('refused', 'failed', 'expired', 'unknown', 'cancelled'), "
    "detail, '')) AS why"
    "          FROM message_event"
    "         WHERE id BETWEEN ? AND ?"
    "         GROUP BY message_id) e ON e.message_id = m.id"
    "   SET m.state ="
    "         CASE WHEN m.delivered_parts | e.delivered = (1 << m.parts) - 1 THEN 'delivered'"
    "              WHEN m.state NOT IN ('submitting', 'unknown', 'accepted') THEN m.state"
    "              WHEN e.expired THEN 'expired'"
    "              WHEN e.failed <> 0 THEN 'failed'"
    "              WHEN m.state = 'accepted' THEN m.state"
    "              WHEN m.accepted_parts | e.accepted = (1 << m.parts) - 1 THEN 'accepted'"
    "              WHEN e.unknown OR m.state = 'unknown' THEN 'unknown'"
    "              WHEN e.cancelled THEN 'cancelled'"
    "              WHEN e.requeued THEN 'queued'"
    "              ELSE m.state END,"
    "       m.accepted_parts = m.accepted_parts | e.accepted,"
    "       m.delivered_parts = m.delivered_parts | e.delivered,"
    "       m.failed_parts = m.failed_parts | e.failed,"
    "       m.reason = IF(e.why <> '', e.why, m.reason)";

/*
 * A paused campaign's message waits with it; a cancelled one's is cancelled below. An alert of
 * unknown fate goes once more at once, a service message once more after settling, a promotion
 * never. IGNORE: the same round again means that a COMMIT without an answer had worked after all.
 */
static const char SQL_REQUEUE[] =
    "INSERT IGNORE"
    "  INTO outbox_slice (id, round, last_id, next_id, class, state, due_at, campaign_id)"
    "SELECT m.id, m.attempts, m.id, m.id, m.class, IF(k.state = 'paused', 'held', 'ready'),"
    "       IF(m.state = 'unknown' AND m.class = 'alert', ?, ?), m.campaign_id"
    "  FROM message m"
    "  LEFT JOIN campaign k ON k.id = m.campaign_id"
    " WHERE m.id = ?"
    "   AND (m.state = 'queued'"
    "        OR (m.state = 'unknown' AND m.class <> 'promo'"
    "            AND (SELECT COUNT(*) FROM message_event e"
    "                  WHERE e.message_id = m.id AND e.kind = 'unknown') < 2 * m.parts))"
    "   AND (k.state IS NULL OR k.state <> 'cancelled')"
    "  LOCK IN SHARE MODE"; /* a pause that commits meanwhile must not miss this slice */

static const char SQL_CANCEL_LATE[] =
    "UPDATE message m"
    "  JOIN campaign k ON k.id = m.campaign_id"
    "   SET m.state = 'cancelled', m.reason = 'campaign_cancelled'"
    " WHERE m.id = ? AND m.state = 'queued' AND k.state = 'cancelled'";

static const char SQL_FOLD_ACCEPTED[] =
    "UPDATE message m"
    "  JOIN message_event e ON e.message_id = m.id AND e.kind = 'accepted'"
    "   SET m.state = 'accepted', m.accepted_parts = 1"
    " WHERE m.id BETWEEN ? AND ? AND m.state = 'submitting' AND m.parts = 1";

static const char SQL_SLICE_END[] = "SELECT last_id FROM outbox_slice WHERE id = ? AND round = ?";

static const char SQL_CONTACT_DUE[] =
    "INSERT IGNORE INTO contact_due (first_id, last_id) VALUES (?, ?)";

static const char SQL_CLOSE[] = "DELETE FROM outbox_slice"
                                " WHERE id = ? AND round = ? AND state = 'waiting'";

static const char SQL_WAS_RECORDED[] = "SELECT COUNT(*) FROM message_event WHERE id = ?";

static const char SQL_STRAYS[] =
    "SELECT o.id, o.kind, o.at, o.carrier_id, o.smsc_message_id, o.code, o.detail,"
    "       a.message_id, a.part"
    "  FROM message_event o"
    "  LEFT JOIN message_event a"
    "         ON a.id = (SELECT MAX(x.id) FROM message_event x"
    "                     WHERE x.smsc_message_id = o.smsc_message_id"
    "                       AND x.carrier_id = o.carrier_id AND x.kind = 'accepted')"
    " WHERE o.message_id = 0 AND o.id > ? AND o.smsc_message_id IS NOT NULL"
    " ORDER BY o.id DESC"
    " LIMIT 1000";

static const char SQL_DROP_STRAY[] = "DELETE FROM message_event WHERE id = ? AND message_id = 0";

#define LAZY_BATCH                                                                \
    200 /* events; fewer are folded at once, so that a quiet system is up to date \
         */
#define STRAY_LIFE_S (3 * SEC_PER_DAY)   /* carriers repeat a receipt for 72 hours at most */
#define ID_EPOCH_S   INT64_C(1704067200) /* 2024-01-01, see db_new_timed_ids() */

struct recording {
    struct outbox_event *events;
    size_t n, n_lazy; /* the first n_lazy are not folded */
    const struct outbox_slice_key *closed;
    size_t n_closed;
    uint64_t first_id;
    struct db_bulk *rows;
    const uint64_t *dropped; /* strays that these events replace */
    size_t n_dropped;
};

static enum rc find_message(struct db *db, struct outbox_event *e)
{
    struct db_rows *rows;
    enum rc rc = db_query(db, SQL_FIND_ACCEPTED,
                          DB_IN(db_text(e->smsc_message_id), db_u64(e->carrier_id)), &rows);

    if (rc)
        return rc;
    if (db_next(rows)) {
        e->message_id = db_get_u64(rows, 0);
        e->part = (unsigned)db_get_u64(rows, 1);
    }
    return db_rows_end(rows);
}

static enum rc fill_rows(struct recording *r)
{
    for (size_t i = 0; i < r->n; i++) {
        const struct outbox_event *e = &r->events[i];
        const struct db_value row[] = {
            db_u64(r->first_id + i),
            db_u64(e->message_id),
            db_u64(e->part),
            db_text(kind_names[e->kind]),
            db_time(e->at),
            db_u64(e->carrier_id),
            e->smsc_message_id[0] ? db_text(e->smsc_message_id) : db_null(),
            db_u64(e->code),
            db_text(e->detail),
        };
        enum rc rc = db_bulk_add(r->rows, row);
        if (rc)
            return rc;
    }
    return RC_OK;
}

static enum rc requeue(struct db *db, const struct outbox_event *e)
{
    enum rc rc;

    if (!e->due_at || (e->kind != OUTBOX_REQUEUED && e->kind != OUTBOX_UNKNOWN))
        return RC_OK;
    rc = db_run(db, SQL_REQUEUE, DB_IN(db_time(e->at), db_time(e->due_at), db_u64(e->message_id)),
                NULL);
    if (!rc && e->kind == OUTBOX_REQUEUED)
        rc = db_run(db, SQL_CANCEL_LATE, DB_IN(db_u64(e->message_id)), NULL);
    return rc;
}

static enum rc close_slice(struct db *db, const struct outbox_slice_key *key)
{
    uint64_t last;
    enum rc rc = db_query_u64(db, SQL_SLICE_END, DB_IN(db_u64(key->id), db_u64(key->round)), &last);

    if (rc == RC_NOTFOUND)
        return RC_OK; /* closed before a COMMIT whose answer was lost */
    if (!rc)
        rc = outbox_fold_accepted(db, key->id, last);
    if (!rc)
        rc = db_run(db, SQL_CONTACT_DUE, DB_IN(db_u64(key->id), db_u64(last)), NULL);
    if (!rc)
        rc = db_run(db, SQL_CLOSE, DB_IN(db_u64(key->id), db_u64(key->round)), NULL);
    return rc;
}

static enum rc record_body(struct db *db, void *arg)
{
    struct recording *r = arg;
    enum rc rc = RC_OK;

    for (size_t i = 0; !rc && i < r->n_dropped; i++)
        rc = db_run(db, SQL_DROP_STRAY, DB_IN(db_u64(r->dropped[i])), NULL);
    if (!rc)
        rc = db_bulk_run(db, SQL_APPEND, r->rows, NULL);
    if (!rc && r->n > r->n_lazy)
        rc = db_run(db, SQL_FOLD,
                    DB_IN(db_u64(r->first_id + r->n_lazy), db_u64(r->first_id + r->n - 1)), NULL);
    for (size_t i = 0; !rc && i < r->n; i++)
        rc = requeue(db, &r->events[i]);
    for (size_t i = 0; !rc && i < r->n_closed; i++)
        rc = close_slice(db, &r->closed[i]);
    return rc;
}

static bool is_lazy(const struct outbox_event *e)
{
    return e->kind == OUTBOX_ACCEPTED && e->whole;
}

/* Brings what need not be folded to the front; the order of the rest stays. */
static enum rc put_lazy_first(struct recording *r)
{
    struct outbox_event *sorted;
    size_t at = 0;

    if (r->n < LAZY_BATCH)
        return RC_OK;
    sorted = malloc(r->n * sizeof(*sorted));
    if (!sorted)
        return RC_FAIL;
    for (size_t i = 0; i < r->n; i++) {
        if (is_lazy(&r->events[i]))
            sorted[at++] = r->events[i];
    }
    r->n_lazy = at;
    for (size_t i = 0; i < r->n; i++) {
        if (!is_lazy(&r->events[i]))
            sorted[at++] = r->events[i];
    }
    memcpy(r->events, sorted, r->n * sizeof(*sorted));
    free(sorted);
    return RC_OK;
}

static enum rc record(struct db *db, struct recording *r)
{
    enum rc rc = put_lazy_first(r);

    if (rc)
        return rc;

    r->rows = db_bulk_new(9);
    if (!r->rows)
        return RC_FAIL;
    if (r->n && !r->first_id)
        rc = db_new_timed_ids(db, "message_event", r->n, &r->first_id);
    if (!rc)
        rc = fill_rows(r);
    if (!rc)
        rc = db_transaction(db, record_body, r);
    db_bulk_free(r->rows);
    return rc;
}

enum rc outbox_fold_accepted(struct db *db, uint64_t first, uint64_t last)
{
    return db_run(db, SQL_FOLD_ACCEPTED, DB_IN(db_u64(first), db_u64(last)), NULL);
}

enum rc outbox_record(struct db *db, struct outbox_event *events, size_t n,
                      const struct outbox_slice_key *closed, size_t n_closed, uint64_t *first_id,
                      size_t *strays)
{
    struct recording r = {
        .events = events, .n = n, .closed = closed, .n_closed = n_closed, .first_id = *first_id
    };
    uint64_t there = 0;
    size_t lost = 0;
    enum rc rc = RC_OK;

    if (*first_id)
        rc = db_query_u64(db, SQL_WAS_RECORDED, DB_IN(db_u64(*first_id)), &there);
    for (size_t i = 0; !rc && i < n; i++) {
        if (!events[i].message_id && !there)
            rc = find_message(db, &events[i]);
        lost += events[i].message_id == 0;
    }
    if (!rc && !there)
        rc = record(db, &r);
    *first_id = r.first_id;
    if (!rc)
        *strays = lost;
    return rc;
}

static enum outbox_event_kind kind_parse(const char *name)
{
    for (size_t i = 0; i < sizeof(kind_names) / sizeof(kind_names[0]); i++) {
        if (strcmp(kind_names[i], name) == 0)
            return (enum outbox_event_kind)i;
    }
    return OUTBOX_PROGRESS;
}

/* One stray receipt and, when it was found, its message. */
static void read_stray(const struct db_rows *rows, struct outbox_event *e)
{
    *e = (struct outbox_event){
        .kind = kind_parse(db_get_text(rows, 1)),
        .at = db_get_time(rows, 2),
        .carrier_id = (unsigned)db_get_u64(rows, 3),
        .code = (uint32_t)db_get_u64(rows, 5),
        .message_id = db_get_u64(rows, 7),
        .part = (unsigned)db_get_u64(rows, 8),
    };
    strncpy(e->smsc_message_id, db_get_text(rows, 4), sizeof(e->smsc_message_id) - 1);
    strncpy(e->detail, db_get_text(rows, 6), sizeof(e->detail) - 1);
}

enum rc outbox_adopt(struct db *db, utc_us now, size_t *adopted, size_t *left)
{
    uint64_t since = (uint64_t)(now / USEC_PER_SEC - ID_EPOCH_S - STRAY_LIFE_S) << 20;
    struct arena arena;
    struct recording r = { 0 };
    struct db_rows *rows;
    uint64_t *dropped;
    size_t missing = 0;
    enum rc rc;

    arena_init(&arena);
    r.events = arena_alloc(&arena, 1000 * sizeof(*r.events));
    dropped = arena_alloc(&arena, 1000 * sizeof(*dropped));
    rc = r.events && dropped ? db_query(db, SQL_STRAYS, DB_IN(db_u64(since)), &rows) : RC_FAIL;
    if (rc)
        goto out;
    while (db_next(rows)) {
        if (db_is_null(rows, 7)) {
            missing++;
            continue;
        }
        dropped[r.n] = db_get_u64(rows, 0);
        read_stray(rows, &r.events[r.n++]);
    }
    rc = db_rows_end(rows);
    r.dropped = dropped;
    r.n_dropped = r.n;
    if (!rc && r.n)
        rc = record(db, &r);
    if (!rc) {
        *adopted = r.n;
        *left = missing;
    }
out:
    arena_close(&arena);
    return rc;
}
