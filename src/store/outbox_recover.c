/* outbox_recover.c - what a node left in `submitting` when it died, or when a COMMIT had no answer.
 */
#define _GNU_SOURCE
#include <stdlib.h>
#include <string.h>

#include "domain/message.h"
#include "store/outbox_private.h"
#include "store/queue.h"
#include "store/slice.h"

#define LOG_PART "store"
#include "base/log.h"

/* Locking, so that it waits for the end of a claim that we gave up on and that the server may still
 * commit. */
static const char SQL_OPEN_SLICES[] =
    "SELECT id, round, next_id, last_id, state = 'waiting'"
    "  FROM outbox_slice"
    " WHERE node_id = ?"
    "   AND COALESCE((SELECT q.channel FROM queue q WHERE q.id = queue_id), 'sms') = ?"
    " ORDER BY id, round"
    " LIMIT 100000"
    "   FOR UPDATE";

/* Not those that another node has on its wire: its slice of them is newer than ours. One of one
 * message is, and among the others that of the higher round. */
static const char SQL_IN_DOUBT[] =
    "SELECT m.id, m.parts, m.accepted_parts, m.address, m.channel = 'email', m.claims"
    "  FROM message m"
    " WHERE m.id BETWEEN ? AND ? AND m.state = 'submitting'"
    "   AND NOT EXISTS (SELECT 1"
    "                     FROM outbox_slice s"
    "                    WHERE " SLICE_COVERS
    "                      AND s.next_id > m.id AND s.node_id NOT IN (0, ?)"
    "                      AND (" SLICE_OF_ONE ", s.round) > (?, ?))"
    " ORDER BY m.id"
    " LIMIT " SLICE_TEXT(SLICE_SPAN_MAX);

/* A slice whose front is settled and that still has messages to give goes on for anybody. */
static const char SQL_LET_GO[] =
    "UPDATE outbox_slice SET node_id = 0 WHERE id = ? AND round = ? AND state <> 'waiting'";

static const char SQL_NOT_RECORDED[] =
    "SELECT COUNT(*)"
    "  FROM message m"
    " WHERE m.id = ? AND m.state = 'submitting'"
    "   AND NOT EXISTS (SELECT 1"
    "                     FROM message_event e"
    "                    WHERE e.message_id = m.id AND e.part = ?"
    "                      AND e.kind IN ('accepted', 'refused'))";

#define REPLAY_BATCH 1000

/* What is known of whose fate nobody recorded. */
struct known {
    struct outbox_event like;   /* what is said of them */
    outbox_attempt_of *attempt; /* NULL: of all of them alike */
    void *arg;
};

struct doubt {
    struct outbox_event *events;
    size_t n, cap;
    size_t messages;
};

static enum rc doubt_add(struct doubt *d, const struct outbox_event *e)
{
    if (d->n == d->cap) {
        size_t cap = d->cap ? d->cap * 2 : 256;
        struct outbox_event *grown = realloc(d->events, cap * sizeof(*grown));
        if (!grown)
            return RC_FAIL;
        d->events = grown;
        d->cap = cap;
    }
    d->events[d->n++] = *e;
    return RC_OK;
}

struct open_slice {
    struct outbox_slice_key key;
    uint64_t next_id, last_id;
    bool waiting;
};

struct open_slices {
    enum channel channel;
    struct open_slice *items;
    size_t n, cap;
};

static enum rc open_slices_add(struct open_slices *o, const struct open_slice *slice)
{
    if (o->n == o->cap) {
        size_t cap = o->cap + 1024;
        struct open_slice *grown = reallocarray(o->items, cap, sizeof(*grown));
        if (!grown)
            return RC_FAIL;
        o->items = grown;
        o->cap = cap;
    }
    o->items[o->n++] = *slice;
    return RC_OK;
}

static enum rc read_open(struct db *db, void *arg)
{
    struct open_slices *o = arg;
    struct db_rows *rows;
    enum rc rc = db_query(db, SQL_OPEN_SLICES,
                          DB_IN(db_u64(db_node(db)), db_text(channel_name(o->channel))), &rows),
            end;

    if (rc)
        return rc;
    o->n = 0;
    while (!rc && db_next(rows)) {
        const struct open_slice slice = {
            .key = { .id = db_get_u64(rows, 0), .round = (unsigned)db_get_u64(rows, 1) },
            .next_id = db_get_u64(rows, 2),
            .last_id = db_get_u64(rows, 3),
            .waiting = db_get_u64(rows, 4) != 0,
        };
        rc = open_slices_add(o, &slice);
    }
    end = db_rows_end(rows);
    return rc ? rc : end;
}

static void never_sent(struct outbox_event *e)
{
    e->kind = OUTBOX_REQUEUED;
    e->due_at = e->at;
}

static void say_attempt(struct outbox_event *e, const struct known *known, unsigned claim)
{
    switch (known->attempt(known->arg, e->message_id, claim, &e->code)) {
    case OUTBOX_ATTEMPT_DOUBT:
        break;
    case OUTBOX_ATTEMPT_NOTHING:
        never_sent(e);
        break;
    case OUTBOX_ATTEMPT_TAKEN:
        e->kind = OUTBOX_ACCEPTED;
        e->carrier_id = CARRIER_MAIL;
        break;
    case OUTBOX_ATTEMPT_REFUSED:
        e->kind = OUTBOX_REFUSED;
        e->carrier_id = CARRIER_MAIL;
        break;
    }
}

/* An event for each part that no carrier is known to have; one for all when they were never sent.
 */
static enum rc doubt_message(struct doubt *d, const struct db_rows *rows, const struct known *known)
{
    struct outbox_event e = known->like;
    unsigned parts = (unsigned)db_get_u64(rows, 1);
    uint64_t accepted = db_get_u64(rows, 2);
    const char *address = db_get_text(rows, 3);
    const bool mail = db_get_u64(rows, 4) != 0;
    enum rc rc = RC_OK;

    e.message_id = db_get_u64(rows, 0);
    if (known->attempt)
        say_attempt(&e, known, (unsigned)db_get_u64(rows, 5));
    if (e.kind == OUTBOX_REQUEUED)
        return doubt_add(d, &e);
    if (!mail)
        memcpy(e.address, address, strnlen(address, sizeof(e.address) - 1));
    for (e.part = 0; !rc && e.part < parts; e.part++) {
        if (!mail) /* what comes back of a mail names it */
            e.reference = message_reference(e.message_id, e.part);
        if (!(accepted & UINT64_C(1) << e.part))
            rc = doubt_add(d, &e);
    }
    return rc;
}

static enum rc read_doubts(struct db *db, const struct open_slice *s, const struct known *known,
                           struct doubt *d)
{
    struct db_rows *rows;
    enum rc rc, end;

    rc = db_query(db, SQL_IN_DOUBT,
                  DB_IN(db_u64(s->key.id), db_u64(s->next_id - 1), db_u64(db_node(db)),
                        db_u64(s->key.round >= 1 && s->key.round < OPERATOR_ROUND),
                        db_u64(s->key.round)),
                  &rows);
    if (rc)
        return rc;
    while (!rc && db_next(rows)) {
        rc = doubt_message(d, rows, known);
        d->messages++;
    }
    end = db_rows_end(rows);
    return rc ? rc : end;
}

static enum rc recover_slice(struct db *db, const struct open_slice *s, const struct known *known,
                             size_t *n)
{
    struct doubt d = { 0 };
    struct outbox_batch batch = { .closed = &s->key, .n_closed = s->waiting };
    size_t strays;
    enum rc rc = RC_OK;

    if (s->next_id > s->key.id) {
        rc = outbox_fold_accepted(db, s->key.id, s->next_id - 1);
        if (!rc)
            rc = read_doubts(db, s, known, &d);
    }
    batch.events = d.events;
    batch.n = d.n;
    if (!rc)
        rc = outbox_record(db, &batch, &strays);
    if (!rc)
        rc = db_run(db, SQL_LET_GO, DB_IN(db_u64(s->key.id), db_u64(s->key.round)), NULL);
    if (!rc)
        *n += d.messages;
    free(d.events);
    return rc;
}

static enum rc recover(struct db *db, enum channel channel, const struct known *known, size_t *n)
{
    struct open_slices open = { .channel = channel };
    size_t touched = 0;
    enum rc rc = db_transaction(db, read_open, &open);

    for (size_t i = 0; !rc && i < open.n; i++)
        rc = recover_slice(db, &open.items[i], known, &touched);
    free(open.items);
    if (!rc)
        *n = touched;
    return rc;
}

enum rc outbox_recover(struct db *db, enum channel channel, enum outbox_fate fate, utc_us now,
                       utc_us settle_at, size_t *n)
{
    struct known known = { .like = { .at = now, .detail = "restart" } };

    switch (fate) {
    case OUTBOX_MAYBE_SENT:
        known.like.kind = OUTBOX_UNKNOWN;
        known.like.due_at = settle_at; /* the store queues a promotion for no time */
        break;
    case OUTBOX_NEVER_SENT:
        never_sent(&known.like);
        break;
    }
    return recover(db, channel, &known, n);
}

enum rc outbox_recover_known(struct db *db, utc_us now, utc_us settle_at,
                             outbox_attempt_of *attempt, void *arg, size_t *n)
{
    const struct known known = {
        .like = { .kind = OUTBOX_UNKNOWN, .at = now, .due_at = settle_at, .detail = "restart" },
        .attempt = attempt,
        .arg = arg,
    };

    return recover(db, CHANNEL_EMAIL, &known, n);
}

/* One batch: what the database has already is left out. */
static enum rc replay_some(struct db *db, struct outbox_event *answers, size_t n, size_t *replayed)
{
    struct outbox_batch batch = { .events = answers };
    size_t strays;
    enum rc rc = RC_OK;

    for (size_t i = 0; !rc && i < n; i++) {
        struct outbox_event answer = answers[i];
        uint64_t missing = 0;
        rc = db_query_u64(db, SQL_NOT_RECORDED,
                          DB_IN(db_u64(answer.message_id), db_u64(answer.part)), &missing);
        if (missing)
            answers[batch.n++] = answer;
    }
    if (!rc && batch.n)
        rc = outbox_record(db, &batch, &strays);
    if (!rc)
        *replayed += batch.n;
    return rc;
}

enum rc outbox_replay(struct db *db, struct outbox_event *answers, size_t n, size_t *replayed)
{
    size_t total = 0;
    enum rc rc = RC_OK;

    for (size_t at = 0; !rc && at < n; at += REPLAY_BATCH)
        rc = replay_some(db, answers + at, n - at < REPLAY_BATCH ? n - at : REPLAY_BATCH, &total);
    if (!rc)
        *replayed = total;
    return rc;
}
