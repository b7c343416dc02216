/* gateway.c - the life of the gateway, and the one place that decides what to do next. */
#include "flow/gateway.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <event2/event.h>

#include "base/metric.h"
#include "flow/answer_journal.h"
#include "flow/gateway_private.h"
#include "flow/late_index.h"

#define LOG_PART "gateway"
#include "base/log.h"

#define INDEX_CAPACITY (128 * 1024)
#define LOOK_EVERY_US  (5 * USEC_PER_SEC)

static struct metric in_flight =
    METRIC_GAUGE("relais_messages_in_flight", "Messages claimed and not yet answered");

void gateway_arm(struct gateway *g, int64_t ms)
{
    const struct timeval tv = { ms / 1000, ms % 1000 * 1000 };

    event_add(g->tick, &tv);
}

size_t gateway_backlog(const struct gateway *g)
{
    return recorder_backlog(g->answers) + recorder_backlog(g->receipts);
}

static bool all_recorded(const struct gateway *g)
{
    return recorder_idle(g->answers) && recorder_idle(g->receipts);
}

static void finish_stop(struct gateway *g)
{
    void (*stopped)(void *) = g->stopped;

    for (size_t i = 0; i < g->n_carriers; i++) {
        if (!g->carriers[i]->stopped)
            return;
    }
    if (g->job_out || flights_count(g->flights) || !all_recorded(g) || !stopped)
        return;
    g->stopped = NULL;
    stopped(g->arg);
}

static void run_on(struct gateway *g, int64_t now)
{
    if (g->job_out)
        return;
    if (now >= g->look_not_before && (g->look_again || now - g->looked_at > LOOK_EVERY_US))
        gateway_look(g);
    else
        gateway_maybe_claim(g, now);
}

void gateway_pump(struct gateway *g)
{
    int64_t now = clock_monotonic_us();

    gateway_read_clock(g);
    if (g->state == GATEWAY_STOPPING || g->state == GATEWAY_IN_DOUBT)
        gateway_put_back_all(g);
    else if (g->n_ready)
        gateway_put_back_stuck(g, now);
    gateway_submit_ready(g, now);
    metric_set(&in_flight, (int64_t)flights_count(g->flights));
    switch (g->state) {
    case GATEWAY_STARTING:
        break;
    case GATEWAY_RUNNING:
        run_on(g, now);
        break;
    case GATEWAY_IN_DOUBT:
        if (!g->job_out && !flights_count(g->flights) && all_recorded(g))
            gateway_settle(g);
        break;
    case GATEWAY_STOPPING:
        finish_stop(g);
        return;
    }
    if (g->n_ready)
        gateway_arm(g, GATEWAY_TICK_MS);
}

static void on_tick(evutil_socket_t fd, short what, void *arg)
{
    struct gateway *g = arg;

    (void)fd;
    (void)what;
    if (g->state == GATEWAY_STARTING)
        gateway_settle(g);
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

static void open_journal(struct gateway *g)
{
    struct error err;

    if (g->settings->journal && answer_journal_open(g->settings->journal, &g->journal, &err))
        log_warn("journal=none reason=\"%s\" effect=\"more messages are unknown after a crash\"",
                 err.text);
}

struct gateway *gateway_new(struct event_base *base, struct lane_pool *lanes,
                            const struct gateway_settings *settings, struct local_zone *zone,
                            void (*stopped)(void *arg), void *arg)
{
    struct gateway *g = calloc(1, sizeof(*g));

    if (!g) {
        local_zone_close(zone);
        return NULL;
    }
    g->base = base;
    g->lanes = lanes;
    g->settings = settings;
    g->zone = zone;
    g->stopped = stopped;
    g->arg = arg;
    g->tick = evtimer_new(base, on_tick, g);
    open_journal(g);
    g->answers = recorder_new(base, lanes, GATEWAY_KEY_ANSWERS, g->journal, on_recorded, g);
    g->receipts = recorder_new(base, lanes, GATEWAY_KEY_RECEIPTS, NULL, on_recorded, g);
    g->index = receipt_index_new(INDEX_CAPACITY);
    g->late = late_index_new();
    g->stops = stop_list_new();
    g->flights = flights_new();
    g->windows = settings->rules ? send_windows_new(settings->rules) : NULL;
    if (!g->tick || !g->answers || !g->receipts || !g->index || !g->late || !g->stops ||
        !g->flights || (settings->rules && !g->windows)) {
        gateway_free(g);
        return NULL;
    }
    gateway_claim_metrics();
    metric_register(&in_flight);
    return g;
}

void gateway_set_inbox(struct gateway *g, struct inbox *inbox)
{
    g->inbox = inbox;
}

static void set_limits(struct gateway_limits *l, const struct gateway_bounds *bounds)
{
    l->hours = bounds->hours;
    l->daily_cap = (uint64_t)bounds->daily_cap;
}

enum rc gateway_add_carrier(struct gateway *g, const struct smpp_carrier_settings *settings,
                            const struct gateway_bounds *bounds)
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
    set_limits(&c->limits, bounds);
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

enum rc gateway_add_sender(struct gateway *g, const struct gateway_sender_settings *settings)
{
    struct gateway_sender *grown, *s;

    if (g->n_senders == GATEWAY_SENDERS_MAX)
        return RC_INVALID;
    grown = reallocarray(g->senders, g->n_senders + 1, sizeof(*g->senders));
    if (!grown)
        return RC_FAIL;
    g->senders = grown;
    s = &g->senders[g->n_senders++];
    *s = (struct gateway_sender){
        .bucket = { .per_second = settings->per_second, .refilled_at = clock_monotonic_us() },
    };
    snprintf(s->name, sizeof(s->name), "%s", settings->name);
    set_limits(&s->limits, &settings->bounds);
    return RC_OK;
}

void gateway_start(struct gateway *g)
{
    gateway_settle(g);
}

void gateway_kick(struct gateway *g)
{
    for (size_t i = 0; i < g->n_queues; i++)
        g->queues[i]->look[GATEWAY_URGENT] = g->queues[i]->look[GATEWAY_PROMO] = true;
    if (g->state == GATEWAY_RUNNING)
        gateway_arm(g, 0);
}

void gateway_refresh(struct gateway *g)
{
    g->look_again = true;
    gateway_kick(g);
}

void gateway_stop_address(struct gateway *g, const char *address)
{
    stop_list_add(g->stops, address, clock_monotonic_us());
}

void gateway_stop(struct gateway *g)
{
    bool was_starting = g->state == GATEWAY_STARTING;

    g->state = GATEWAY_STOPPING;
    recorder_finish(g->answers);
    recorder_finish(g->receipts);
    for (size_t i = 0; i < g->n_carriers; i++) {
        if (was_starting)
            g->carriers[i]->stopped = true;
        else
            smpp_carrier_stop(g->carriers[i]->smpp);
    }
    gateway_arm(g, 0);
}

void gateway_free(struct gateway *g)
{
    if (!g)
        return;
    for (size_t i = 0; i < g->n_carriers; i++) {
        smpp_carrier_free(g->carriers[i]->smpp);
        free(g->carriers[i]);
    }
    for (size_t i = 0; i < g->n_queues; i++)
        free(g->queues[i]);
    free(g->senders);
    if (g->tick)
        event_free(g->tick);
    recorder_free(g->answers);
    recorder_free(g->receipts);
    answer_journal_close(g->journal);
    receipt_index_free(g->index);
    late_index_free(g->late);
    stop_list_free(g->stops);
    flights_free(g->flights);
    send_windows_free(g->windows);
    local_zone_close(g->zone);
    free(g);
}

void gateway_status_read(const struct gateway *g, struct gateway_status *status)
{
    static const char *const states[] = { "starting", "running", "in doubt", "stopping" };
    int64_t now = clock_monotonic_us();

    *status = (struct gateway_status){
        .state = states[g->state],
        .claimed = flights_count(g->flights),
        .unrecorded = gateway_backlog(g),
        .n_carriers = g->n_carriers,
    };
    for (size_t i = 0; i < g->n_carriers; i++) {
        const struct gateway_carrier *c = g->carriers[i];
        struct gateway_carrier_status *s = &status->carriers[i];
        snprintf(s->name, sizeof(s->name), "%s", smpp_carrier_name(c->smpp));
        s->smpp = smpp_carrier_status(c->smpp);
        s->wanted = carrier_state_name(c->wanted);
        s->open = c->limits.open;
        s->slow = gateway_carrier_is_slow(c, now);
        s->rate_limit = c->pace.rate;
        s->day_parts = c->limits.day_parts;
        s->daily_cap = c->limits.daily_cap;
        s->receipts = c->receipts;
        s->echoes = c->echoes;
    }
}
