/* gateway.c - claims messages and puts their parts on the carriers' wires. */
#include "flow/gateway.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <event2/event.h>

#include "base/metric.h"
#include "domain/sms_text.h"
#include "flow/gateway_private.h"

#define LOG_PART "gateway"
#include "base/log.h"

#define INDEX_CAPACITY (128 * 1024)
#define CLAIM_STALE_US                                                         \
    (10 * USEC_PER_SEC) /* what waits longer is looked at again by a new claim \
                         */
#define CLAIM_MAX      1000
#define CLAIM_GAP_US   (10 * USEC_PER_MSEC) /* wait this long for a good part of the window */
#define BACKLOG_MAX    50000
#define START_RETRY_MS 1000
#define TICK_MS        20

static struct metric claimed_total =
    METRIC_COUNTER("relais_messages_claimed_total", "Messages taken from the queue to be sent");
static struct metric withheld_total =
    METRIC_COUNTER("relais_messages_withheld_total",
                   "Messages not sent at the last moment: consent withdrawn, or expired");
static struct metric in_flight =
    METRIC_GAUGE("relais_messages_in_flight", "Messages claimed and not yet answered");

/* --- starting, and clearing up --- */

struct start_job {
    struct job job;
    struct gateway *gateway;
    enum outbox_fate fate;
    utc_us now, settle_at;
    size_t n_carriers;
    char names[GATEWAY_CARRIERS_MAX][64];
    unsigned ids[GATEWAY_CARRIERS_MAX];
    enum rc rc;
    size_t settled;
};

static void arm(struct gateway *g, int64_t ms)
{
    const struct timeval tv = { ms / 1000, ms % 1000 * 1000 };

    event_add(g->tick, &tv);
}

static void start_run(struct job *job, void *db)
{
    struct start_job *j = (struct start_job *)job;

    j->rc = RC_OK;
    for (size_t i = 0; !j->rc && i < j->n_carriers; i++)
        j->rc = outbox_carrier_id(db, j->names[i], &j->ids[i]);
    if (!j->rc)
        j->rc = outbox_recover(db, j->fate, j->now, j->settle_at, &j->settled);
}

static void start_done(struct job *job)
{
    struct start_job *j = (struct start_job *)job;
    struct gateway *g = j->gateway;
    bool first = g->state == GATEWAY_STARTING;

    g->job_out = false;
    if (j->rc) {
        free(j);
        if (g->state == GATEWAY_STOPPING)
            gateway_pump(g);
        else
            arm(g, START_RETRY_MS);
        return;
    }
    if (g->state != GATEWAY_STOPPING) {
        if (j->settled)
            log_warn("outbox settled messages=%zu as=%s", j->settled,
                     j->fate == OUTBOX_MAYBE_SENT ? "unknown" : "queued");
        g->state = GATEWAY_RUNNING;
        g->look = true;
        for (size_t i = 0; first && i < g->n_carriers; i++) {
            g->carriers[i]->id = j->ids[i];
            smpp_carrier_start(g->carriers[i]->smpp);
        }
        if (first)
            recorder_start(g->recorder);
    }
    free(j);
    gateway_pump(g);
}

static void post_start(struct gateway *g)
{
    struct start_job *j = g->job_out ? NULL : calloc(1, sizeof(*j));

    if (!j) {
        arm(g, START_RETRY_MS);
        return;
    }
    j->job.run = start_run;
    j->job.done = start_done;
    j->gateway = g;
    j->fate = g->state == GATEWAY_STARTING ? OUTBOX_MAYBE_SENT : OUTBOX_NEVER_SENT;
    j->now = clock_now();
    j->settle_at = j->now + g->settings->settle_ms * USEC_PER_MSEC;
    j->n_carriers = g->n_carriers;
    for (size_t i = 0; i < g->n_carriers; i++)
        snprintf(j->names[i], sizeof(j->names[i]), "%s", smpp_carrier_name(g->carriers[i]->smpp));
    if (lane_post(g->lanes, GATEWAY_KEY_CLAIM, &j->job)) {
        free(j);
        arm(g, START_RETRY_MS);
        return;
    }
    g->job_out = true;
}

/* --- claiming --- */

struct claim_job {
    struct job job;
    struct gateway *gateway;
    struct claim_hold *hold;
    unsigned limit;
    utc_us now;
    int64_t posted_at; /* monotonic */
    enum rc rc;
    struct outbox_claim claim;
};

static void claim_run(struct job *job, void *db)
{
    struct claim_job *j = (struct claim_job *)job;

    j->rc = outbox_claim(db, j->limit, j->now, &j->hold->arena, &j->claim);
}

static void take_claim(struct gateway *g, struct claim_job *j)
{
    struct outbox_slice_key key;
    bool failed = false;

    for (size_t i = 0; i < j->claim.n; i++) {
        struct flight *f = flight_new(g->flights, j->hold, &j->claim.messages[i]);
        if (!f) { /* it stays `submitting`, and is settled as never sent once the wires are quiet */
            failed = true;
            continue;
        }
        f->claimed_at = j->posted_at;
        gateway_make_ready(g, f, false);
    }
    for (size_t i = 0; i < j->claim.n_slices; i++) {
        if (failed) /* none of them is closed before that */
            j->claim.slices[i].exhausted = false;
        if (flights_slice_claimed(g->flights, &j->claim.slices[i], &key))
            recorder_close_slice(g->recorder, &key);
    }
    if (failed && g->state == GATEWAY_RUNNING)
        g->state = GATEWAY_IN_DOUBT;
    metric_add(&claimed_total, (int64_t)j->claim.n);
    metric_add(&withheld_total, (int64_t)j->claim.withheld);
}

static void claim_done(struct job *job)
{
    struct claim_job *j = (struct claim_job *)job;
    struct gateway *g = j->gateway;

    g->job_out = false;
    switch (j->rc) {
    case RC_OK:
        g->look |= j->claim.more; /* a kick may have come meanwhile */
        take_claim(g, j);
        break;
    case RC_UNKNOWN:
        log_warn("claim outcome=unknown effect=\"no claims until the wires are quiet\"");
        if (g->state == GATEWAY_RUNNING)
            g->state = GATEWAY_IN_DOUBT;
        break;
    case RC_AGAIN:
    case RC_NOTFOUND:
    case RC_CONFLICT:
    case RC_INVALID:
    case RC_FAIL:
        g->looked_at = clock_monotonic_us(); /* the store said why; look again after poll_ms */
        g->look = false;
        break;
    }
    claim_hold_drop(j->hold);
    free(j);
    gateway_pump(g);
}

static void post_claim(struct gateway *g, unsigned limit)
{
    struct claim_job *j = calloc(1, sizeof(*j));
    struct claim_hold *hold = calloc(1, sizeof(*hold));

    if (!j || !hold)
        goto full;
    arena_init(&hold->arena);
    hold->users = 1; /* the job */
    j->job.run = claim_run;
    j->job.done = claim_done;
    j->gateway = g;
    j->hold = hold;
    j->limit = limit < CLAIM_MAX ? limit : CLAIM_MAX;
    j->now = clock_now();
    j->posted_at = clock_monotonic_us();
    if (lane_post(g->lanes, GATEWAY_KEY_CLAIM, &j->job))
        goto full;
    g->job_out = true;
    g->look = false;
    g->claimed_at = g->looked_at = clock_monotonic_us();
    return;
full:
    free(hold);
    free(j);
    arm(g, TICK_MS);
}

/* --- the wires --- */

static unsigned carrier_room(struct gateway_carrier *c, int64_t now)
{
    unsigned room = smpp_carrier_room(c->smpp);
    uint32_t pace = c->up ? pace_room(&c->pace, now) : 0;

    return room < pace ? room : pace;
}

static unsigned total_room(struct gateway *g, int64_t now)
{
    unsigned room = 0;

    for (size_t i = 0; i < g->n_carriers; i++)
        room += carrier_room(g->carriers[i], now);
    return room;
}

/* Keeps the way a flight began unless that carrier went down before anything of it was sent. */
static struct gateway_carrier *choose_carrier(struct gateway *g, const struct flight *f,
                                              int64_t now)
{
    if (f->carrier && (f->carrier->up || f->parts_out || f->accepted || f->unknown))
        return carrier_room(f->carrier, now) ? f->carrier : NULL;
    for (size_t i = 0; i < g->n_carriers; i++) {
        struct gateway_carrier *c = g->carriers[(g->next_carrier + i) % g->n_carriers];
        if (carrier_room(c, now)) {
            g->next_carrier = (g->next_carrier + i + 1) % g->n_carriers;
            return c;
        }
    }
    return NULL;
}

/* Unique enough to tell two messages to one destination apart (SMPP 3.4, 5.3.2.17). */
static uint16_t reference_of(uint64_t message_id, unsigned part)
{
    uint16_t ref = (uint16_t)(message_id * SMS_PARTS_MAX + part);

    return ref ? ref : 1;
}

static enum rc submit_part(struct gateway_carrier *c, const struct flight *f,
                           const struct smpp_piece *piece, unsigned part, utc_us now)
{
    const struct outbox_message *m = f->message;
    int64_t validity_s = (m->expires_at - now) / USEC_PER_SEC;
    struct smpp_submit submit = {
        .token = flight_token(f, part),
        .source = m->sender,
        .destination = m->address,
        .piece = *piece,
        .reference = reference_of(m->id, part),
        .validity_s = validity_s < 60          ? 60
                      : validity_s > INT32_MAX ? INT32_MAX
                                               : (uint32_t)validity_s,
        .want_receipt = true,
    };

    return smpp_carrier_submit(c->smpp, &submit);
}

/* A reason not to send what was claimed a moment ago; NULL: send. */
static const char *last_look(struct gateway *g, const struct flight *f, utc_us now,
                             int64_t monotonic)
{
    const struct outbox_message *m = f->message;

    if (f->parts_out || f->accepted)
        return NULL; /* the rest of a message that has begun to leave */
    if (m->expires_at <= now)
        return "expired";
    if (m->class == CLASS_PROMO && stop_list_has(g->stops, m->address, monotonic))
        return "opted_out";
    return NULL;
}

static void give_up(struct gateway *g, struct flight *f, const char *why)
{
    bool expired = strcmp(why, "expired") == 0;

    f->waiting = 0;
    f->refused = 1;
    gateway_record(g, f, expired ? OUTBOX_EXPIRED : OUTBOX_CANCELLED, 0, 0, why);
    gateway_land(g, f);
}

/* Put back rather than sent: it waited so long that its right to be sent must be looked at again.
 */
static bool is_stale(const struct flight *f, int64_t monotonic)
{
    return !f->parts_out && !f->accepted && !f->unknown &&
           monotonic - f->claimed_at > CLAIM_STALE_US;
}

/* RC_AGAIN: no room for all of it; what could not go stays in f->waiting. */
static enum rc submit_flight(struct gateway *g, struct flight *f, utc_us now, int64_t monotonic)
{
    const char *why = last_look(g, f, now, monotonic);
    const struct outbox_message *m = f->message;
    struct gateway_carrier *encoded_for = NULL;
    struct smpp_pieces pieces;

    if (!why && is_stale(f, monotonic)) {
        f->unsent |= f->waiting;
        f->waiting = 0;
        gateway_land(g, f);
        return RC_OK;
    }
    if (why) {
        give_up(g, f, why);
        return RC_OK;
    }
    for (unsigned part = 0; part < m->parts; part++) {
        struct gateway_carrier *c;
        enum rc rc;

        if (!(f->waiting & 1u << part))
            continue;
        c = choose_carrier(g, f, monotonic);
        if (!c)
            return RC_AGAIN;
        if (c != encoded_for && smpp_carrier_encode(c->smpp, m->text, m->parts, m->id, &pieces)) {
            give_up(g, f, "text"); /* nothing of it is out: that would have kept its carrier */
            return RC_OK;
        }
        encoded_for = c;
        rc = submit_part(c, f, &pieces.piece[pieces.whole ? 0 : part], part, now);
        if (rc == RC_AGAIN)
            return RC_AGAIN;
        f->carrier = c;
        f->whole = pieces.whole;
        f->waiting &= ~flight_parts(f, part);
        if (rc) {
            f->refused |= flight_parts(f, part);
            gateway_record(g, f, OUTBOX_REFUSED, part, 0, "cannot_be_packed");
            continue;
        }
        f->parts_out++;
        pace_sent(&c->pace);
    }
    if (!f->parts_out)
        gateway_land(g, f);
    return RC_OK;
}

static void submit_ready(struct gateway *g, int64_t monotonic)
{
    STAILQ_HEAD(, flight) list = STAILQ_HEAD_INITIALIZER(list), blocked;
    utc_us now = clock_now();
    struct flight *f;

    STAILQ_INIT(&blocked); /* their carrier has no room: another one's may pass them */
    STAILQ_CONCAT(&list, &g->ready);
    while ((f = STAILQ_FIRST(&list)) && total_room(g, monotonic)) {
        STAILQ_REMOVE_HEAD(&list, ready_link);
        g->n_ready--;
        f->ready = false;
        if (submit_flight(g, f, now, monotonic)) {
            f->ready = true;
            g->n_ready++;
            STAILQ_INSERT_TAIL(&blocked, f, ready_link);
        }
    }
    STAILQ_CONCAT(&list, &g->ready); /* those that became ready meanwhile come last */
    STAILQ_CONCAT(&blocked, &list);
    STAILQ_CONCAT(&g->ready, &blocked);
}

void gateway_make_ready(struct gateway *g, struct flight *f, bool first)
{
    if (f->ready)
        return;
    f->ready = true;
    g->n_ready++;
    if (first)
        STAILQ_INSERT_HEAD(&g->ready, f, ready_link);
    else
        STAILQ_INSERT_TAIL(&g->ready, f, ready_link);
}

/* With no way out, what was claimed and is on no wire goes back to the queue. */
static void put_back_ready(struct gateway *g)
{
    STAILQ_HEAD(, flight) list = STAILQ_HEAD_INITIALIZER(list);
    struct flight *f;

    STAILQ_CONCAT(&list, &g->ready);
    g->n_ready = 0;
    while ((f = STAILQ_FIRST(&list))) {
        STAILQ_REMOVE_HEAD(&list, ready_link);
        f->ready = false;
        f->unsent |= f->waiting;
        f->waiting = 0;
        if (!f->parts_out)
            gateway_land(g, f); /* the rest of a message that has begun to leave stays ready */
    }
}

static bool any_carrier_up(const struct gateway *g)
{
    for (size_t i = 0; i < g->n_carriers; i++) {
        if (g->carriers[i]->up)
            return true;
    }
    return false;
}

static void maybe_claim(struct gateway *g, int64_t now)
{
    unsigned room = total_room(g, now);
    unsigned worth = g->window / 4;

    room = room > g->n_ready ? room - (unsigned)g->n_ready : 0;
    if (!g->look && now - g->looked_at < g->settings->poll_ms * USEC_PER_MSEC) {
        arm(g, g->settings->poll_ms);
        return;
    }
    if (room == 0 || recorder_backlog(g->recorder) > BACKLOG_MAX ||
        (room < worth && flights_count(g->flights) && now - g->claimed_at < CLAIM_GAP_US)) {
        arm(g, TICK_MS);
        return;
    }
    post_claim(g, room);
}

static void finish_stop(struct gateway *g)
{
    for (size_t i = 0; i < g->n_carriers; i++) {
        if (!g->carriers[i]->stopped)
            return;
    }
    if (g->job_out || flights_count(g->flights) || !recorder_idle(g->recorder) || !g->stopped)
        return;
    void (*stopped)(void *) = g->stopped;
    g->stopped = NULL;
    stopped(g->arg);
}

/* The one place that decides what to do next; called after anything that changed something. */
void gateway_pump(struct gateway *g)
{
    int64_t now = clock_monotonic_us();

    if (g->state == GATEWAY_STOPPING || !any_carrier_up(g))
        put_back_ready(g);
    else
        submit_ready(g, now);
    metric_set(&in_flight, (int64_t)flights_count(g->flights));
    switch (g->state) {
    case GATEWAY_STARTING:
        break;
    case GATEWAY_RUNNING:
        if (!g->job_out && any_carrier_up(g))
            maybe_claim(g, now);
        break;
    case GATEWAY_IN_DOUBT:
        if (!g->job_out && !flights_count(g->flights) && recorder_idle(g->recorder))
            post_start(g);
        break;
    case GATEWAY_STOPPING:
        finish_stop(g);
        return;
    }
    if (g->n_ready && any_carrier_up(g))
        arm(g, TICK_MS);
}

static void on_tick(evutil_socket_t fd, short what, void *arg)
{
    struct gateway *g = arg;

    (void)fd;
    (void)what;
    if (g->state == GATEWAY_STARTING)
        post_start(g);
    else
        gateway_pump(g);
}

static void on_recorded(void *arg)
{
    struct gateway *g = arg;

    if (g->state == GATEWAY_STOPPING || g->state == GATEWAY_IN_DOUBT)
        gateway_pump(g);
}

/* --- life --- */

struct gateway *gateway_new(struct event_base *base, struct lane_pool *lanes,
                            const struct gateway_settings *settings, void (*stopped)(void *arg),
                            void *arg)
{
    struct gateway *g = calloc(1, sizeof(*g));

    if (!g)
        return NULL;
    g->base = base;
    g->lanes = lanes;
    g->settings = settings;
    g->stopped = stopped;
    g->arg = arg;
    STAILQ_INIT(&g->ready);
    g->tick = evtimer_new(base, on_tick, g);
    g->recorder = recorder_new(base, lanes, GATEWAY_KEY_RECORD, on_recorded, g);
    g->index = receipt_index_new(INDEX_CAPACITY);
    g->stops = stop_list_new();
    g->flights = flights_new();
    if (!g->tick || !g->recorder || !g->index || !g->stops || !g->flights) {
        gateway_free(g);
        return NULL;
    }
    metric_register(&claimed_total);
    metric_register(&withheld_total);
    metric_register(&in_flight);
    return g;
}

void gateway_set_inbox(struct gateway *g, struct inbox *inbox)
{
    g->inbox = inbox;
}

enum rc gateway_add_carrier(struct gateway *g, const struct smpp_carrier_settings *settings)
{
    struct smpp_events events = gateway_events;
    struct gateway_carrier *c;

    if (g->n_carriers == GATEWAY_CARRIERS_MAX)
        return RC_INVALID;
    c = calloc(1, sizeof(*c));
    if (!c)
        return RC_FAIL;
    c->gateway = g;
    c->window = (unsigned)(settings->binds * settings->window);
    pace_init(&c->pace, clock_monotonic_us());
    events.arg = c;
    c->smpp = smpp_carrier_new(g->base, settings, &events);
    if (!c->smpp) {
        free(c);
        return RC_FAIL;
    }
    g->window += c->window;
    g->carriers[g->n_carriers++] = c;
    return RC_OK;
}

void gateway_start(struct gateway *g)
{
    post_start(g);
}

void gateway_kick(struct gateway *g)
{
    g->look = true;
    if (g->state == GATEWAY_RUNNING)
        arm(g, 0);
}

void gateway_stop_address(struct gateway *g, const char *address)
{
    stop_list_add(g->stops, address, clock_monotonic_us());
}

void gateway_stop(struct gateway *g)
{
    bool was_starting = g->state == GATEWAY_STARTING;

    g->state = GATEWAY_STOPPING;
    recorder_finish(g->recorder);
    for (size_t i = 0; i < g->n_carriers; i++) {
        if (was_starting)
            g->carriers[i]->stopped = true;
        else
            smpp_carrier_stop(g->carriers[i]->smpp);
    }
    arm(g, 0);
}

void gateway_free(struct gateway *g)
{
    if (!g)
        return;
    for (size_t i = 0; i < g->n_carriers; i++) {
        smpp_carrier_free(g->carriers[i]->smpp);
        free(g->carriers[i]);
    }
    if (g->tick)
        event_free(g->tick);
    recorder_free(g->recorder);
    receipt_index_free(g->index);
    stop_list_free(g->stops);
    flights_free(g->flights);
    free(g);
}

void gateway_status_read(const struct gateway *g, struct gateway_status *status)
{
    static const char *const states[] = { "starting", "running", "in doubt", "stopping" };

    *status = (struct gateway_status){
        .state = states[g->state],
        .claimed = flights_count(g->flights),
        .unrecorded = recorder_backlog(g->recorder),
        .n_carriers = g->n_carriers,
    };
    for (size_t i = 0; i < g->n_carriers; i++) {
        const struct gateway_carrier *c = g->carriers[i];
        snprintf(status->carriers[i].name, sizeof(status->carriers[i].name), "%s",
                 smpp_carrier_name(c->smpp));
        status->carriers[i].smpp = smpp_carrier_status(c->smpp);
        status->carriers[i].rate_limit = c->pace.rate;
    }
}
