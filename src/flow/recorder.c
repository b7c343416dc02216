/* recorder.c - batches of message events on their way to the store. */
#include "flow/recorder.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <event2/event.h>

#include "base/lane.h"
#include "base/metric.h"
#include "channel/smpp/carrier.h"
#include "flow/answer_journal.h"
#include "store/suppression.h"

#define LOG_PART "gateway"
#include "base/log.h"

#define RETRY_MS       500
#define ADOPT_FIRST_MS 1000
#define ADOPT_LAST_MS  60000
#define CONTACTS_MS    250 /* while events keep coming, a little once in so long */
#define QUIET_US       USEC_PER_SEC
#define WARN_EVERY_US  (10 * USEC_PER_SEC)
#define DAY_SIZE       11

struct ack {
    struct smpp_carrier *carrier;
    struct smpp_ack ack;
};

struct batch {
    uint64_t first_id; /* the store's: whether it was written before */
    struct outbox_event *events;
    size_t n, cap;
    struct outbox_slice_key *closed;
    size_t n_closed, cap_closed;
    struct outbox_traffic *traffic;
    size_t n_traffic, cap_traffic;
    char day[DAY_SIZE];
    struct ack *acks;
    size_t n_acks, cap_acks;
    unsigned noted; /* of its events, in the journal */
};

struct recorder {
    struct lane_pool *pool;
    uint64_t key;
    struct answer_journal *journal; /* NULL: none */
    void (*idle)(void *arg);
    void *arg;
    struct batch open; /* being collected */
    struct batch out;  /* with the lane, or waiting to be written again */
    bool busy;         /* `out` holds a batch, or an adoption is out */
    bool failing;      /* `out` was refused and is tried again */
    int64_t warned_at;
    int64_t adopt_ms;
    uint64_t adopt_cursor; /* strays up to here were looked at in this round */
    bool adopted_any;      /* in this round */
    bool adopt_due;        /* a page is to be looked at as soon as the lane is free */
    int64_t recorded_at;
    bool finishing; /* only what must be written */
    struct event *retry, *adopt_timer, *contacts_timer;
};

static struct metric events_recorded =
    METRIC_COUNTER("relais_message_events_total", "Events of messages written to the database");
static struct metric strays =
    METRIC_COUNTER("relais_stray_receipts_total", "Receipts that came without a message");
static struct metric adopted_total =
    METRIC_COUNTER("relais_adopted_receipts_total", "Of these, those that found it later");

struct record_job {
    struct job job;
    struct recorder *recorder;
    struct batch *batch; /* the recorder's `out`, untouched while the job is out */
    enum rc rc;
    size_t strays;
};

struct contacts_job {
    struct job job;
    struct recorder *recorder;
    enum rc rc;
    bool more;
};

struct adopt_job {
    struct job job;
    struct recorder *recorder;
    utc_us now;
    uint64_t cursor;
    enum rc rc;
    size_t looked, adopted;
};

/* Room for one more; the loop cannot go on without this little memory, nor lose what it was told.
 */
static void *grow(void *items, size_t n, size_t *cap, size_t size)
{
    void *grown;

    if (n < *cap)
        return items;
    *cap = *cap ? *cap * 2 : 256;
    grown = reallocarray(items, *cap, size);
    if (!grown) {
        log_error("out_of_memory events=%zu effect=\"relaisd aborts; unrecorded events settle at "
                  "the next start\"",
                  n);
        abort();
    }
    return grown;
}

static void post_batch(struct recorder *r);
static void post_adopt(struct recorder *r);
static void recorder_go(struct recorder *r);

static void contacts_run(struct job *job, void *db)
{
    struct contacts_job *j = (struct contacts_job *)job;

    bool more = false;

    j->rc = outbox_contacts(db, &j->more);
    if (!j->rc)
        j->rc = suppression_follow(db, &more);
    j->more |= more;
}

/* At once when nothing is going on and nothing is wrong. */
static void contacts_later(struct recorder *r, enum rc rc)
{
    bool quiet = !rc && !r->busy && clock_monotonic_us() - r->recorded_at > QUIET_US;
    const struct timeval tv = { 0, quiet ? 0 : CONTACTS_MS * 1000 };

    if (!r->finishing && !event_pending(r->contacts_timer, EV_TIMEOUT, NULL))
        event_add(r->contacts_timer, &tv);
}

static void contacts_done(struct job *job)
{
    struct contacts_job *j = (struct contacts_job *)job;
    struct recorder *r = j->recorder;

    r->busy = false;
    if (j->rc || j->more)
        contacts_later(r, j->rc);
    free(j);
    recorder_go(r);
}

static void on_contacts_timer(evutil_socket_t fd, short what, void *arg)
{
    struct recorder *r = arg;
    struct contacts_job *j = r->busy ? NULL : calloc(1, sizeof(*j));

    (void)fd;
    (void)what;
    if (!j) {
        contacts_later(r, RC_AGAIN);
        return;
    }
    j->job.run = contacts_run;
    j->job.done = contacts_done;
    j->recorder = r;
    if (lane_post(r->pool, r->key, &j->job)) {
        free(j);
        contacts_later(r, RC_AGAIN);
        return;
    }
    r->busy = true;
}

static bool has_events(const struct recorder *r)
{
    return r->open.n || r->open.n_closed || r->open.n_acks;
}

static void recorder_go(struct recorder *r)
{
    if (r->busy)
        return;
    if (has_events(r)) {
        struct batch empty = r->out;
        r->out = r->open;
        r->open = empty;
        r->busy = true;
        post_batch(r);
    } else {
        r->idle(r->arg);
    }
}

static void retry_later(struct recorder *r)
{
    const struct timeval tv = { 0, RETRY_MS * 1000 };

    event_add(r->retry, &tv);
}

static void record_run(struct job *job, void *db)
{
    struct record_job *j = (struct record_job *)job;
    struct batch *b = j->batch;
    struct outbox_batch batch = {
        .events = b->events,
        .n = b->n,
        .closed = b->closed,
        .n_closed = b->n_closed,
        .traffic = b->traffic,
        .n_traffic = b->n_traffic,
        .day = b->day,
        .first_id = b->first_id,
    };

    j->rc = outbox_record(db, &batch, &j->strays);
    b->first_id = batch.first_id;
}

static void adopt_later(struct recorder *r)
{
    const struct timeval tv = { r->adopt_ms / 1000, r->adopt_ms % 1000 * 1000 };

    if (!event_pending(r->adopt_timer, EV_TIMEOUT, NULL))
        event_add(r->adopt_timer, &tv);
}

/* Once in ten seconds: it is tried twice a second for as long as it takes. */
static void warn_failing(struct recorder *r, enum rc rc)
{
    int64_t now = clock_monotonic_us();

    if (r->warned_at && now - r->warned_at < WARN_EVERY_US)
        return;
    r->warned_at = now;
    log_warn("record failed rc=%s events=%zu effect=\"tried again; nothing is claimed meanwhile\"",
             rc_name(rc), recorder_backlog(r));
}

static bool any_strike(const struct batch *b)
{
    for (size_t i = 0; i < b->n; i++) {
        if (b->events[i].suppress_after)
            return true;
    }
    return false;
}

static void record_done(struct job *job)
{
    struct record_job *j = (struct record_job *)job;
    struct recorder *r = j->recorder;
    struct batch *b = &r->out;

    r->failing = j->rc != RC_OK;
    if (j->rc) {
        warn_failing(r, j->rc);
        free(j);
        retry_later(r);
        return;
    }
    for (size_t i = 0; i < b->n_acks; i++)
        smpp_carrier_ack(b->acks[i].carrier, b->acks[i].ack, SMPP_STATUS_ROK);
    metric_add(&events_recorded, (int64_t)b->n);
    r->recorded_at = clock_monotonic_us();
    if (b->n_closed || any_strike(b))
        contacts_later(r, RC_OK);
    answer_journal_recorded(r->journal, b->noted);
    b->n = b->n_closed = b->n_acks = b->n_traffic = 0;
    b->noted = 0;
    b->first_id = 0;
    metric_add(&strays, (int64_t)j->strays);
    if (j->strays) /* not sooner than the last rounds without a find have taught */
        adopt_later(r);
    free(j);
    r->busy = false;
    if (r->adopt_due)
        post_adopt(r);
    recorder_go(r);
}

static void post_batch(struct recorder *r)
{
    struct record_job *j = calloc(1, sizeof(*j));

    if (j) {
        j->job.run = record_run;
        j->job.done = record_done;
        j->recorder = r;
        j->batch = &r->out;
        if (!lane_post(r->pool, r->key, &j->job))
            return;
    }
    free(j);
    retry_later(r);
}

static void on_retry(evutil_socket_t fd, short what, void *arg)
{
    (void)fd;
    (void)what;
    post_batch(arg);
}

/* --- receipts that came before what they are about was recorded --- */

void recorder_look_for_strays(struct recorder *r)
{
    r->adopt_ms = ADOPT_FIRST_MS;
    adopt_later(r);
}

static void adopt_run(struct job *job, void *db)
{
    struct adopt_job *j = (struct adopt_job *)job;

    j->rc = outbox_adopt(db, j->now, &j->cursor, &j->looked, &j->adopted);
}

/* A round is over: those whose message never appears cost less and less. */
static void end_round(struct recorder *r, bool any_left)
{
    if (r->adopted_any)
        r->adopt_ms = ADOPT_FIRST_MS;
    else if (r->adopt_ms < ADOPT_LAST_MS)
        r->adopt_ms *= 2;
    r->adopted_any = false;
    if (any_left)
        adopt_later(r);
}

static void adopt_done(struct job *job)
{
    struct adopt_job *j = (struct adopt_job *)job;
    struct recorder *r = j->recorder;

    r->busy = false;
    if (j->rc) {
        adopt_later(r);
    } else {
        r->adopt_cursor = j->cursor;
        r->adopted_any |= j->adopted > 0;
        metric_add(&adopted_total, (int64_t)j->adopted);
        if (j->adopted)
            log_info("receipts adopted=%zu", j->adopted);
        r->adopt_due = j->cursor != 0; /* the next page, after what waits to be recorded */
        if (!r->adopt_due)
            end_round(r, j->looked);
    }
    free(j);
    if (r->adopt_due && !has_events(r))
        post_adopt(r);
    recorder_go(r);
}

static void post_adopt(struct recorder *r)
{
    struct adopt_job *j = r->busy ? NULL : calloc(1, sizeof(*j));

    r->adopt_due = !j && !r->finishing;
    if (!j)
        return; /* after the batch that is out, or with the next one */
    j->job.run = adopt_run;
    j->job.done = adopt_done;
    j->recorder = r;
    j->cursor = r->adopt_cursor;
    j->now = clock_now();
    if (lane_post(r->pool, r->key, &j->job)) {
        free(j);
        adopt_later(r);
        return;
    }
    r->busy = true;
}

static void on_adopt_timer(evutil_socket_t fd, short what, void *arg)
{
    (void)fd;
    (void)what;
    post_adopt(arg);
}

struct recorder *recorder_new(struct event_base *base, struct lane_pool *pool, uint64_t key,
                              struct answer_journal *journal, void (*idle)(void *arg), void *arg)
{
    struct recorder *r = calloc(1, sizeof(*r));

    if (!r)
        return NULL;
    r->pool = pool;
    r->key = key;
    r->journal = journal;
    r->idle = idle;
    r->arg = arg;
    r->adopt_ms = ADOPT_FIRST_MS;
    r->retry = evtimer_new(base, on_retry, r);
    r->adopt_timer = evtimer_new(base, on_adopt_timer, r);
    r->contacts_timer = evtimer_new(base, on_contacts_timer, r);
    if (!r->retry || !r->adopt_timer || !r->contacts_timer) {
        recorder_free(r);
        return NULL;
    }
    metric_register(&events_recorded);
    metric_register(&strays);
    metric_register(&adopted_total);
    return r;
}

static void batch_close(struct batch *b)
{
    free(b->events);
    free(b->closed);
    free(b->traffic);
    free(b->acks);
}

void recorder_free(struct recorder *r)
{
    if (!r)
        return;
    if (r->retry)
        event_free(r->retry);
    if (r->adopt_timer)
        event_free(r->adopt_timer);
    if (r->contacts_timer)
        event_free(r->contacts_timer);
    batch_close(&r->open);
    batch_close(&r->out);
    free(r);
}

void recorder_add(struct recorder *r, const struct outbox_event *event)
{
    struct batch *b = &r->open;

    b->events = grow(b->events, b->n, &b->cap, sizeof(*b->events));
    b->events[b->n++] = *event;
    b->noted += answer_journal_note(r->journal, event);
    recorder_go(r);
}

void recorder_add_receipt(struct recorder *r, const struct outbox_event *event,
                          struct smpp_carrier *carrier, struct smpp_ack ack)
{
    struct batch *b = &r->open;

    b->acks = grow(b->acks, b->n_acks, &b->cap_acks, sizeof(*b->acks));
    b->acks[b->n_acks++] = (struct ack){ carrier, ack };
    recorder_add(r, event);
}

void recorder_count(struct recorder *r, const char *day, unsigned carrier_id, const char *sender,
                    unsigned parts)
{
    struct batch *b = &r->open;
    struct outbox_traffic *t;

    for (size_t i = 0; i < b->n_traffic; i++) {
        t = &b->traffic[i];
        if (t->carrier_id == carrier_id && strcmp(t->sender, sender) == 0) {
            t->parts += parts;
            return;
        }
    }
    b->traffic = grow(b->traffic, b->n_traffic, &b->cap_traffic, sizeof(*b->traffic));
    t = &b->traffic[b->n_traffic++];
    *t = (struct outbox_traffic){ .carrier_id = carrier_id, .parts = parts };
    snprintf(t->sender, sizeof(t->sender), "%s", sender);
    snprintf(b->day, sizeof(b->day), "%s", day);
}

void recorder_close_slice(struct recorder *r, const struct outbox_slice_key *key)
{
    struct batch *b = &r->open;

    b->closed = grow(b->closed, b->n_closed, &b->cap_closed, sizeof(*b->closed));
    b->closed[b->n_closed++] = *key;
    recorder_go(r);
}

void recorder_mark_contacts(struct recorder *r)
{
    contacts_later(r, RC_OK);
}

void recorder_finish(struct recorder *r)
{
    r->finishing = true;
    r->adopt_due = false;
    event_del(r->contacts_timer);
}

size_t recorder_backlog(const struct recorder *r)
{
    return r->open.n + r->out.n;
}

bool recorder_failing(const struct recorder *r)
{
    return r->failing;
}

bool recorder_idle(const struct recorder *r)
{
    return !r->busy && !has_events(r);
}
