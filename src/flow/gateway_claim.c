/* gateway_claim.c - takes from each queue what its carriers have room for. */
#include "base/metric.h"
#include "flow/claim.h"
#include "flow/gateway_private.h"

#define LOG_PART "gateway"
#include "base/log.h"

#define CLAIM_GAP_US (10 * USEC_PER_MSEC) /* wait this long for a good part of the window */
#define BACKLOG_MAX  50000

static struct metric claimed_total =
    METRIC_COUNTER("relais_messages_claimed_total", "Messages taken from the queue to be sent");
static struct metric withheld_total =
    METRIC_COUNTER("relais_messages_withheld_total",
                   "Messages not sent at the last moment: consent withdrawn, or expired");

void gateway_claim_metrics(void)
{
    metric_register(&claimed_total);
    metric_register(&withheld_total);
}

static void note_closing(const struct flight *f)
{
    utc_us at = f->message->closes_at;
    struct gateway_queue *q = f->queue;

    if (at && (!q->closes_at || at < q->closes_at))
        q->closes_at = at;
}

static void take_flight(void *owner, struct flight *f)
{
    struct gateway *g = owner;

    f->queue = gateway_queue_of(g, f->message->queue_id);
    note_closing(f);
    gateway_make_ready(g, f, false);
}

static void doubt(struct gateway *g)
{
    if (g->state == GATEWAY_RUNNING)
        g->state = GATEWAY_IN_DOUBT;
}

static void look_later(struct gateway *g, const struct claim *c)
{
    for (size_t i = 0; i < c->n; i++) {
        struct gateway_queue *q = gateway_queue_of(g, c->requests[i].queue_id);
        q->look[GATEWAY_URGENT] |= c->requests[i].more_urgent;
        q->look[GATEWAY_PROMO] |= c->requests[i].more_promo;
    }
}

static void on_claimed(struct claim *c)
{
    struct gateway *g = c->owner;

    g->job_out = false;
    switch (c->rc) {
    case RC_OK:
        look_later(g, c);
        if (!claim_take(c, g->flights, g->answers, take_flight))
            doubt(g);
        metric_add(&claimed_total, (int64_t)c->taken.n);
        metric_add(&withheld_total, (int64_t)c->taken.withheld);
        break;
    case RC_UNKNOWN:
        log_warn("claim outcome=unknown effect=\"no claims until the wires are quiet\"");
        doubt(g);
        break;
    case RC_AGAIN:
    case RC_NOTFOUND:
    case RC_CONFLICT:
    case RC_INVALID:
    case RC_FAIL:
        break; /* the store said why; every queue is looked at again after poll_ms */
    }
    claim_free(c);
    gateway_pump(g);
}

static utc_us consents_since(const struct gateway *g)
{
    int64_t ms = g->settings->consent_ms;

    return ms ? clock_now() - ms * USEC_PER_MSEC : 0;
}

/* Whether this queue is worth a look, and for how much. */
static bool fill_request(struct gateway *g, struct gateway_queue *q, unsigned budget, int64_t now,
                         struct outbox_request *request)
{
    unsigned urgent, promo;
    unsigned ready_urgent = (unsigned)q->n_ready[GATEWAY_URGENT];
    unsigned ready = ready_urgent + (unsigned)q->n_ready[GATEWAY_PROMO];

    if (now - q->looked_at >= g->settings->poll_ms * USEC_PER_MSEC)
        q->look[GATEWAY_URGENT] = q->look[GATEWAY_PROMO] = true;
    if (!q->look[GATEWAY_URGENT] && !q->look[GATEWAY_PROMO])
        return false;
    urgent = gateway_queue_room(g, q, GATEWAY_URGENT, now);
    promo = q->look[GATEWAY_PROMO] ? gateway_queue_room(g, q, GATEWAY_PROMO, now) : 0;
    urgent = urgent > ready_urgent ? urgent - ready_urgent : 0;
    promo = promo > ready ? promo - ready : 0;
    if (urgent > budget)
        urgent = budget;
    if (promo > urgent)
        promo = urgent;
    *request = (struct outbox_request){ .queue_id = q->id,
                                        .limit = urgent,
                                        .limit_promo = promo,
                                        .consents_since = consents_since(g) };
    return promo || (urgent && q->look[GATEWAY_URGENT]);
}

static bool wants_look(const struct gateway *g)
{
    for (size_t i = 0; i < g->n_queues; i++) {
        const struct gateway_queue *q = g->queues[i];
        if ((q->look[GATEWAY_URGENT] || q->look[GATEWAY_PROMO]) && !gateway_queue_is_shut(g, q))
            return true;
    }
    return false;
}

static size_t fill_requests(struct gateway *g, struct outbox_request *requests, int64_t now,
                            unsigned *promo)
{
    size_t flying = flights_count(g->flights), n = 0;
    unsigned budget = g->window > flying ? g->window - (unsigned)flying : 0;

    if (budget > OUTBOX_CLAIM_MAX)
        budget = OUTBOX_CLAIM_MAX;
    *promo = 0;
    for (size_t i = 0; i < g->n_queues && n < CLAIM_REQUESTS_MAX && budget; i++) {
        struct gateway_queue *q = g->queues[(g->first_queue + i) % g->n_queues];
        if (!fill_request(g, q, budget, now, &requests[n]))
            continue;
        budget -= requests[n].limit;
        *promo += requests[n].limit_promo;
        n++;
    }
    return n;
}

static bool any_urgent(struct gateway *g, const struct outbox_request *requests, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (gateway_queue_of(g, requests[i].queue_id)->look[GATEWAY_URGENT])
            return true;
    }
    return false;
}

static void post_claim(struct gateway *g, struct claim *c, int64_t now)
{
    if (!claim_post(c, g->lanes, GATEWAY_KEY_CLAIM, now)) {
        gateway_arm(g, GATEWAY_TICK_MS);
        return;
    }
    g->job_out = true;
    g->claimed_at = now;
    for (size_t i = 0; i < c->n; i++) {
        struct gateway_queue *q = gateway_queue_of(g, c->requests[i].queue_id);
        q->look[GATEWAY_URGENT] = false;
        q->look[GATEWAY_PROMO] &= c->requests[i].limit_promo == 0;
        q->looked_at = now;
    }
}

/* Small claims cost as much as large ones: promotions wait a moment for a good part of the window,
 * urgent messages do not. */
void gateway_maybe_claim(struct gateway *g, int64_t now)
{
    struct claim *c;
    unsigned promo;

    if (gateway_backlog(g) > BACKLOG_MAX || recorder_failing(g->answers) ||
        recorder_failing(g->receipts)) {
        gateway_arm(g, GATEWAY_TICK_MS);
        return;
    }
    c = claim_new(g, on_claimed, g->windows);
    if (!c) {
        gateway_arm(g, GATEWAY_TICK_MS);
        return;
    }
    c->n = fill_requests(g, c->requests, now, &promo);
    if (c->n == 0) {
        claim_free(c);
        /* What waits for room may have it by the next tick: a rate fills up by itself. */
        gateway_arm(g, g->n_ready || wants_look(g) ? GATEWAY_TICK_MS : g->settings->poll_ms);
    } else if (promo < g->window / 4 && !any_urgent(g, c->requests, c->n) &&
               flights_count(g->flights) && now - g->claimed_at < CLAIM_GAP_US) {
        claim_free(c);
        gateway_arm(g, CLAIM_GAP_US / USEC_PER_MSEC);
    } else {
        post_claim(g, c, now);
    }
}
