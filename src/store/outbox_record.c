/*
 * outbox_record.c - append what happened, fold it into the messages, queue again what must be.
 *
 * Appending narrow rows in bulk costs a fraction of one UPDATE a message, so the fold does as
 * little as it can. An acceptance is no news for long: its receipt comes soon after. In a large
 * batch the acceptances of one-part messages are appended and not folded; the receipt's fold
 * implies them, and those whose receipt is late are folded when their slice is closed, or
 * recovered. Meanwhile such a row says `submitting`, which is the careful reading of it. A mail has
 * no receipt to come: that it was accepted is set at once, by lists of ids. A one-part message that
 * is delivered needs no look at its other events: it is the last word, set by ranges and lists of
 * ids. Everything else takes the general way, SQL_FOLD. A part is a bit of a mask, so an event that
 * comes twice changes nothing.
 */
#include <stdlib.h>
#include <string.h>

#include "store/outbox_private.h"
#include "store/queue.h"
#include "store/suppression.h"

#define Q8  "?, ?, ?, ?, ?, ?, ?, ?"
#define Q64 Q8 ", " Q8 ", " Q8 ", " Q8 ", " Q8 ", " Q8 ", " Q8 ", " Q8
#define IDS 64 /* as many as Q64 has; a shorter list repeats its last id */
#define RUN 32 /* so many consecutive ids are told as a range */

static const char SQL_APPEND[] =
    "INSERT INTO message_event"
    "       (message_id, id, part, kind, at, carrier_id, smsc_message_id, code, detail)"
    "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)";

static const char SQL_DELIVERED_RANGE[] =
    "UPDATE message"
    "   SET state = 'delivered', accepted_parts = 1, delivered_parts = 1"
    " WHERE id BETWEEN ? AND ? AND parts = 1";

static const char SQL_DELIVERED_LIST[] =
    "UPDATE message"
    "   SET state = 'delivered', accepted_parts = 1, delivered_parts = 1"
    " WHERE id IN (" Q64 ") AND parts = 1";

static const char SQL_ACCEPTED_LIST[] =
    "UPDATE message"
    "   SET state = 'accepted', accepted_parts = 1"
    " WHERE id IN (" Q64 ") AND parts = 1 AND state IN ('submitting', 'unknown')";

/*
 * One pass over the events just appended; for a message of one part these are the moves of
 * domain/message.c. All parts delivered is the last word; a part that failed fails the message; all
 * parts accepted is accepted. The masks are OR-ed, so it does not matter in which order MariaDB
 * assigns the columns of a multi-table UPDATE. Part 255 stands for all parts. An end that a carrier
 * tells (carrier_id) proves that it had the part; one that we decide does not.
 */
static const char SQL_FOLD[] =
    "UPDATE message m"
    "  JOIN (SELECT message_id,"
    "               BIT_OR(IF(kind IN ('accepted', 'progress', 'delivered')"
    "                         OR (kind IN ('failed', 'expired') AND carrier_id <> 0),"
    "                         IF(part = 255, 4294967295, 1 << part), 0)) AS accepted,"
    "               BIT_OR(IF(kind = 'delivered',"
    "                         IF(part = 255, 4294967295, 1 << part), 0)) AS delivered,"
    "               BIT_OR(IF(kind IN ('refused', 'failed', 'expired'),"
    "                         IF(part = 255, 4294967295, 1 << part), 0)) AS failed,"
    "               MAX(kind = 'expired') AS expired,"
    "               MAX(kind = 'unknown') AS unknown,"
    "               MAX(kind = 'requeued') AS requeued,"
    "               MAX(kind = 'cancelled') AS cancelled,"
    "               MAX(IF(kind IN ('refused', 'failed', 'expired', 'unknown', 'cancelled'),"
    "                      detail, '')) AS why"
    "          FROM message_event"
    "         WHERE message_id IN (" Q64 ") AND id BETWEEN ? AND ?"
    "         GROUP BY message_id) e ON e.message_id = m.id"
    "   SET m.state ="
    "         CASE WHEN (m.delivered_parts | e.delivered) & ((1 << m.parts) - 1)"
    "                   = (1 << m.parts) - 1 THEN 'delivered'"
    "              WHEN m.state NOT IN ('submitting', 'unknown', 'accepted') THEN m.state"
    "              WHEN e.expired THEN 'expired'"
    "              WHEN e.failed <> 0 THEN 'failed'"
    "              WHEN m.state = 'accepted' THEN m.state"
    "              WHEN (m.accepted_parts | e.accepted) & ((1 << m.parts) - 1)"
    "                   = (1 << m.parts) - 1 THEN 'accepted'"
    "              WHEN e.unknown OR m.state = 'unknown' THEN 'unknown'"
    "              WHEN e.cancelled THEN 'cancelled'"
    "              WHEN e.requeued THEN 'queued'"
    "              ELSE m.state END,"
    "       m.accepted_parts = (m.accepted_parts | e.accepted) & ((1 << m.parts) - 1),"
    "       m.delivered_parts = (m.delivered_parts | e.delivered) & ((1 << m.parts) - 1),"
    "       m.failed_parts = (m.failed_parts | e.failed) & ((1 << m.parts) - 1),"
    "       m.reason = IF(e.why <> '', e.why, m.reason)";

/*
 * A paused campaign's message waits with it; a cancelled one's is cancelled below. An alert of
 * unknown fate goes once more at once, a service message once more after settling, a promotion
 * never. IGNORE: the same round again means that a COMMIT without an answer had worked after all.
 */
static const char SQL_REQUEUE[] =
    "INSERT IGNORE"
    "  INTO outbox_slice (id, round, queue_id, last_id, next_id, class, state, due_at, campaign_id,"
    "                     window_id)"
    "SELECT m.id, m.attempts, m.queue_id, m.id, m.id, m.class,"
    "       IF(k.state = 'paused', 'held', 'ready'),"
    "       IF(m.state = 'unknown' AND m.class = 'alert', ?, ?), m.campaign_id, m.window_id"
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

static const char SQL_WAS_RECORDED[] =
    "SELECT (SELECT COUNT(*) FROM message_event WHERE message_id = ? AND id = ?)"
    "       + (SELECT COUNT(*) FROM stray_receipt WHERE id = ?)";

static const char SQL_UNKNOWN[] =
    "INSERT INTO message_unknown (message_id, part, carrier_id, address, reference, at)"
    "VALUES (?, ?, ?, ?, ?, ?)"
    "    ON DUPLICATE KEY UPDATE"
    "       carrier_id = IF(carrier_id = VALUES(carrier_id), carrier_id, 0),"
    "       reference = VALUES(reference), at = VALUES(at)";

static const char SQL_SETTLED[] = "DELETE FROM message_unknown"
                                  " WHERE message_id = ? AND (part = ? OR ?)";

static const char SQL_TRAFFIC[] = "INSERT INTO traffic_day (day, carrier_id, sender, parts)"
                                  "VALUES (?, ?, ?, ?)"
                                  "    ON DUPLICATE KEY UPDATE parts = parts + VALUES(parts)";

/* Events; of fewer all are folded at once, so that a quiet system is up to date. */
#define LAZY_BATCH 200

struct recording {
    struct outbox_batch *batch;
    struct db_bulk *rows, *unknown;
    struct strike *strikes; /* NULL: none */
    size_t n_strikes;
    /* ids of messages to fold: the short ways, the general way */
    uint64_t *delivered, *accepted, *others;
    size_t n_delivered, n_accepted, n_others;
    const struct outbox_adoption *adoption;
};

/* --- which way each event takes --- */

static bool is_delivery(const struct outbox_event *e)
{
    return e->kind == OUTBOX_DELIVERED && e->single;
}

static bool is_acceptance(const struct outbox_event *e)
{
    return e->kind == OUTBOX_ACCEPTED && e->single && !e->late;
}

static bool waits(const struct outbox_event *e, size_t n)
{
    return is_acceptance(e) && e->carrier_id != CARRIER_MAIL && n >= LAZY_BATCH;
}

static int compare_ids(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

    return (x > y) - (x < y);
}

static size_t sort_unique(uint64_t *ids, size_t n)
{
    size_t kept = 0;

    if (n)
        qsort(ids, n, sizeof(*ids), compare_ids);
    for (size_t i = 0; i < n; i++) {
        if (!kept || ids[kept - 1] != ids[i])
            ids[kept++] = ids[i];
    }
    return kept;
}

static void sort_out(struct recording *r)
{
    const struct outbox_batch *b = r->batch;

    for (size_t i = 0; i < b->n; i++) {
        const struct outbox_event *e = &b->events[i];
        if (!e->message_id || waits(e, b->n))
            continue;
        if (is_delivery(e))
            r->delivered[r->n_delivered++] = e->message_id;
        else if (is_acceptance(e) && e->carrier_id == CARRIER_MAIL)
            r->accepted[r->n_accepted++] = e->message_id;
        else
            r->others[r->n_others++] = e->message_id;
    }
    r->n_delivered = sort_unique(r->delivered, r->n_delivered);
    r->n_accepted = sort_unique(r->accepted, r->n_accepted);
    r->n_others = sort_unique(r->others, r->n_others);
}

/* --- rows --- */

static enum rc add_row(struct recording *r, const struct outbox_event *e, uint64_t id)
{
    /* A receipt that found its message by reference teaches the carrier's id for those to come. */
    bool names_it = e->smsc_message_id[0] && (e->kind == OUTBOX_ACCEPTED || e->late);

    return db_bulk_add(r->rows, (const struct db_value[]){
                                    db_u64(e->message_id),
                                    db_u64(id),
                                    db_u64(e->part),
                                    db_u64(outbox_kind_number(e->kind)),
                                    db_time(e->at),
                                    db_u64(e->carrier_id),
                                    names_it ? db_text(e->smsc_message_id) : db_null(),
                                    db_u64(e->code),
                                    db_text(e->detail),
                                });
}

static enum rc add_unknown(struct recording *r, const struct outbox_event *e)
{
    if (e->kind != OUTBOX_UNKNOWN || !e->reference)
        return RC_OK;
    return db_bulk_add(r->unknown,
                       (const struct db_value[]){ db_u64(e->message_id), db_u64(e->part),
                                                  db_u64(e->carrier_id), db_text(e->address),
                                                  db_u64(e->reference), db_time(e->at) });
}

/* Strays have no row here; the id of one stays unused. */
static enum rc fill_rows(struct recording *r)
{
    const struct outbox_batch *b = r->batch;
    enum rc rc = RC_OK;

    for (size_t i = 0; !rc && i < b->n; i++) {
        if (!b->events[i].message_id)
            continue;
        rc = add_row(r, &b->events[i], b->first_id + i);
        if (!rc)
            rc = add_unknown(r, &b->events[i]);
    }
    return rc;
}

/* Few, if any: those that a carrier says are to nobody. */
static enum rc fill_strikes(struct recording *r)
{
    const struct outbox_batch *b = r->batch;

    for (size_t i = 0; i < b->n; i++) {
        const struct outbox_event *e = &b->events[i];

        if (!e->suppress_after || !e->message_id)
            continue;
        if (!r->strikes)
            r->strikes = calloc(b->n - i, sizeof(*r->strikes));
        if (!r->strikes)
            return RC_FAIL;
        r->strikes[r->n_strikes++] = (struct strike){
            .message_id = e->message_id,
            .carrier_id = e->carrier_id,
            .after = e->suppress_after,
            .reason = e->detail,
        };
    }
    return RC_OK;
}

/* --- the fold --- */

/* The next IDS of a sorted list into values[0..IDS), the last one repeated. Returns how many. */
static size_t take_ids(struct db_value values[IDS], const uint64_t *ids, size_t n)
{
    size_t taken = n < IDS ? n : IDS;

    for (size_t i = 0; i < IDS; i++)
        values[i] = db_u64(ids[i < taken ? i : taken - 1]);
    return taken;
}

static size_t run_length(const uint64_t *ids, size_t n)
{
    size_t len = 1;

    while (len < n && ids[len] == ids[0] + len)
        len++;
    return len;
}

static enum rc fold_list(struct db *db, const char *sql, const uint64_t *ids, size_t n)
{
    struct db_value values[IDS];
    enum rc rc = RC_OK;

    for (size_t at = 0; !rc && at < n;) {
        at += take_ids(values, ids + at, n - at);
        rc = db_run(db, sql, values, IDS, NULL);
    }
    return rc;
}

/* Long runs of ids by their ends, what lies between them by lists. */
static enum rc fold_delivered(struct db *db, const struct recording *r)
{
    const uint64_t *ids = r->delivered;
    size_t done = 0, at = 0;
    enum rc rc = RC_OK;

    while (!rc && at < r->n_delivered) {
        size_t run = run_length(ids + at, r->n_delivered - at);
        if (run >= RUN) {
            rc = fold_list(db, SQL_DELIVERED_LIST, ids + done, at - done);
            if (!rc)
                rc = db_run(db, SQL_DELIVERED_RANGE,
                            DB_IN(db_u64(ids[at]), db_u64(ids[at] + run - 1)), NULL);
            done = at + run;
        }
        at += run;
    }
    return rc ? rc : fold_list(db, SQL_DELIVERED_LIST, ids + done, r->n_delivered - done);
}

static enum rc fold_others(struct db *db, const struct recording *r)
{
    struct db_value values[IDS + 2];
    enum rc rc = RC_OK;

    for (size_t at = 0; !rc && at < r->n_others;) {
        at += take_ids(values, r->others + at, r->n_others - at);
        values[IDS] = db_u64(r->batch->first_id);
        values[IDS + 1] = db_u64(r->batch->first_id + r->batch->n - 1);
        rc = db_run(db, SQL_FOLD, values, IDS + 2, NULL);
    }
    return rc;
}

enum rc outbox_fold_accepted(struct db *db, uint64_t first, uint64_t last)
{
    return db_run(db, SQL_FOLD_ACCEPTED, DB_IN(db_u64(first), db_u64(last)), NULL);
}

/* --- what follows from an event --- */

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

/* Its slice is closed: that it was sent after all is summed up by itself. */
static enum rc settle(struct db *db, const struct outbox_event *e)
{
    enum rc rc;

    if (!e->late || !e->message_id)
        return RC_OK;
    rc = db_run(db, SQL_SETTLED,
                DB_IN(db_u64(e->message_id), db_u64(e->part), db_u64(e->part == OUTBOX_ALL_PARTS)),
                NULL);
    return rc ? rc
              : db_run(db, SQL_CONTACT_DUE, DB_IN(db_u64(e->message_id), db_u64(e->message_id)),
                       NULL);
}

static enum rc follow_up(struct db *db, const struct outbox_batch *b, size_t i)
{
    const struct outbox_event *e = &b->events[i];
    enum rc rc = e->message_id ? settle(db, e) : outbox_keep_stray(db, b->first_id + i, e);

    return rc ? rc : requeue(db, e);
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

static enum rc count_traffic(struct db *db, const struct outbox_batch *b)
{
    enum rc rc = RC_OK;

    for (size_t i = 0; !rc && i < b->n_traffic; i++)
        rc = db_run(db, SQL_TRAFFIC,
                    DB_IN(db_text(b->day), db_u64(b->traffic[i].carrier_id),
                          db_text(b->traffic[i].sender), db_u64(b->traffic[i].parts)),
                    NULL);
    return rc;
}

static enum rc record_body(struct db *db, void *arg)
{
    struct recording *r = arg;
    const struct outbox_batch *b = r->batch;
    enum rc rc = r->adoption ? outbox_drop_strays(db, r->adoption) : RC_OK;

    if (!rc)
        rc = db_bulk_run(db, SQL_APPEND, r->rows, NULL);
    if (!rc)
        rc = db_bulk_run(db, SQL_UNKNOWN, r->unknown, NULL);
    if (!rc)
        rc = fold_others(db, r);
    if (!rc)
        rc = fold_list(db, SQL_ACCEPTED_LIST, r->accepted, r->n_accepted);
    if (!rc)
        rc = fold_delivered(db, r);
    if (!rc)
        rc = suppression_strike(db, r->strikes, r->n_strikes, clock_now());
    for (size_t i = 0; !rc && i < b->n; i++)
        rc = follow_up(db, b, i);
    for (size_t i = 0; !rc && i < b->n_closed; i++)
        rc = close_slice(db, &b->closed[i]);
    return rc ? rc : count_traffic(db, b);
}

static enum rc recording_fill(struct recording *r, struct outbox_batch *batch)
{
    enum rc rc;

    *r = (struct recording){ .batch = batch };
    r->rows = db_bulk_new(9);
    r->unknown = db_bulk_new(6);
    r->delivered = calloc(batch->n + 1, sizeof(*r->delivered));
    r->accepted = calloc(batch->n + 1, sizeof(*r->accepted));
    r->others = calloc(batch->n + 1, sizeof(*r->others));
    if (!r->rows || !r->unknown || !r->delivered || !r->accepted || !r->others)
        return RC_FAIL;
    sort_out(r);
    rc = fill_rows(r);
    return rc ? rc : fill_strikes(r);
}

static void recording_close(struct recording *r)
{
    db_bulk_free(r->rows);
    db_bulk_free(r->unknown);
    free(r->strikes);
    free(r->delivered);
    free(r->accepted);
    free(r->others);
}

enum rc outbox_write(struct db *db, struct outbox_batch *batch,
                     const struct outbox_adoption *adoption)
{
    struct recording r;
    enum rc rc = RC_OK;

    if (batch->n && !batch->first_id)
        rc = db_new_timed_ids(db, "message_event", batch->n, &batch->first_id);
    if (rc)
        return rc;
    rc = recording_fill(&r, batch);
    r.adoption = adoption;
    if (!rc)
        rc = db_transaction(db, record_body, &r);
    recording_close(&r);
    return rc;
}

enum rc outbox_record_within(struct db *db, struct outbox_batch *batch)
{
    struct recording r;
    enum rc rc;

    if (!batch->n)
        return RC_OK;
    rc = recording_fill(&r, batch);
    if (!rc)
        rc = record_body(db, &r);
    recording_close(&r);
    return rc;
}

/* By the row of the batch's first event, which may have become a stray. */
static enum rc was_recorded(struct db *db, const struct outbox_batch *b, bool *recorded)
{
    uint64_t n = 0;
    enum rc rc = RC_OK;

    if (b->first_id)
        rc = db_query_u64(
            db, SQL_WAS_RECORDED,
            DB_IN(db_u64(b->events[0].message_id), db_u64(b->first_id), db_u64(b->first_id)), &n);
    *recorded = n != 0;
    return rc;
}

enum rc outbox_record(struct db *db, struct outbox_batch *batch, size_t *strays)
{
    bool recorded;
    size_t lost = 0;
    enum rc rc = was_recorded(db, batch, &recorded);

    for (size_t i = 0; !rc && !recorded && i < batch->n; i++) {
        if (!batch->events[i].message_id)
            rc = outbox_find_message(db, &batch->events[i]);
        lost += !batch->events[i].message_id;
    }
    if (!rc && !recorded)
        rc = outbox_write(db, batch, NULL);
    if (!rc)
        *strays = lost;
    return rc;
}
