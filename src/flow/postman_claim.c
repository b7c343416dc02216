/* postman_claim.c - takes from each queue what the sessions can say soon. */
#include "flow/claim.h"
#include "flow/postman_private.h"

#define LOG_PART "postman"
#include "base/log.h"

#define CLAIM_GAP_US (50 * USEC_PER_MSEC) /* wait this long for a round's worth */
#define AHEAD        2 /* rounds claimed for each session: the one it says, and the next */

static struct metric claimed_total =
    METRIC_COUNTER("relais_mails_claimed_total", "Mails taken from the queue to be sent.");
static struct metric withheld_total = METRIC_COUNTER(
    "relais_mails_withheld_total", "Mails not sent at the last moment: no right to any more.");

void postman_claim_metrics(void)
{
    metric_register(&claimed_total);
    metric_register(&withheld_total);
}

static void take_flight(void *owner, struct flight *f)
{
    struct postman *p = owner;

    postman_queue_of(p, f->message->queue_id)->flying++;
    postman_make_ready(p, f, false);
}

static void doubt(struct postman *p)
{
    if (p->state == POSTMAN_RUNNING)
        p->state = POSTMAN_IN_DOUBT;
}

static void look_later(struct postman *p, const struct claim *c)
{
    for (size_t i = 0; i < c->n; i++) {
        struct postman_queue *q = postman_queue_of(p, c->requests[i].queue_id);
        q->look[POSTMAN_URGENT] |= c->requests[i].more_urgent;
        q->look[POSTMAN_PROMO] |= c->requests[i].more_promo;
    }
}

static void on_claimed(struct claim *c)
{
    struct postman *p = c->owner;

    p->job_out = false;
    switch (c->rc) {
    case RC_OK:
        look_later(p, c);
        if (!claim_take(c, p->flights, p->recorder, take_flight))
            doubt(p);
        metric_add(&claimed_total, (int64_t)c->taken.n);
        metric_add(&withheld_total, (int64_t)c->taken.withheld);
        break;
    case RC_UNKNOWN:
        log_warn("claim outcome=unknown effect=\"no claims until all sessions are over\"");
        doubt(p);
        break;
    case RC_AGAIN:
    case RC_NOTFOUND:
    case RC_CONFLICT:
    case RC_INVALID:
    case RC_FAIL:
        break; /* the store said why; every queue is looked at again after poll_ms */
    }
    claim_free(c);
    postman_pump(p);
}

/* How many mails of a queue may be claimed at once: so many are in doubt when all goes wrong. */
static size_t window_of(const struct postman_queue *q)
{
    const size_t window = (size_t)AHEAD * POSTMAN_ROUND * q->sessions_max;
    const size_t paced = AHEAD * (size_t)q->per_second;

    return q->per_second && paced < window ? paced : window;
}

static unsigned room(size_t most, size_t taken)
{
    return most > taken ? (unsigned)(most - taken) : 0;
}

static unsigned smaller(unsigned a, unsigned b)
{
    return a < b ? a : b;
}

/* Whether this queue is worth a look, and for how much. Of what is free, a round is kept for urgent
 * mails. */
static bool fill_request(struct postman *p, struct postman_queue *q, unsigned budget, int64_t now,
                         struct outbox_request *request)
{
    const size_t window = window_of(q);
    unsigned urgent, promo;

    if (now - q->looked_at >= p->settings->poll_ms * USEC_PER_MSEC)
        q->look[POSTMAN_URGENT] = q->look[POSTMAN_PROMO] = true;
    if (q->held || (!q->look[POSTMAN_URGENT] && !q->look[POSTMAN_PROMO]))
        return false;
    urgent = smaller(room(window + POSTMAN_ROUND, q->flying), budget);
    promo = q->look[POSTMAN_PROMO] ? room(window, q->flying) : 0;
    promo = smaller(promo, budget > POSTMAN_ROUND ? budget - POSTMAN_ROUND : 0);
    *request = (struct outbox_request){ .queue_id = q->id,
                                        .limit = urgent,
                                        .limit_promo = promo,
                                        .consents_since = postman_consents_since(p) };
    return promo || (urgent && q->look[POSTMAN_URGENT]);
}

static size_t fill_requests(struct postman *p, struct outbox_request *requests, int64_t now,
                            unsigned *promo, bool *urgent)
{
    unsigned budget = room((AHEAD * p->n_rounds + 1) * POSTMAN_ROUND, flights_count(p->flights));
    size_t n = 0;

    budget = smaller(budget, OUTBOX_CLAIM_MAX);
    *promo = 0;
    *urgent = false;
    for (size_t i = 0; i < p->n_queues && n < CLAIM_REQUESTS_MAX && budget; i++) {
        struct postman_queue *q = p->queues[(p->next_queue + i) % p->n_queues];
        if (!fill_request(p, q, budget, now, &requests[n]))
            continue;
        *urgent |= q->look[POSTMAN_URGENT];
        *promo += requests[n].limit_promo;
        budget -= requests[n].limit;
        n++;
    }
    return n;
}

static void post_claim(struct postman *p, struct claim *c, int64_t now)
{
    if (!claim_post(c, p->lanes, POSTMAN_KEY_CLAIM, now)) {
        postman_arm(p, POSTMAN_TICK_MS);
        return;
    }
    p->job_out = true;
    p->claimed_at = now;
    p->next_queue++; /* another one is asked first the next time */
    for (size_t i = 0; i < c->n; i++) {
        struct postman_queue *q = postman_queue_of(p, c->requests[i].queue_id);
        q->look[POSTMAN_URGENT] = false;
        q->look[POSTMAN_PROMO] &= c->requests[i].limit_promo == 0;
        q->looked_at = now;
    }
}

/* Small claims cost as much as large ones: promotions wait a moment for a round's worth, urgent
 * mails do not. */
void postman_maybe_claim(struct postman *p, int64_t now)
{
    struct claim *c;
    unsigned promo;
    bool urgent;

    if (now < p->paused_until || recorder_backlog(p->recorder) > POSTMAN_BACKLOG ||
        recorder_failing(p->recorder))
        return;
    c = claim_new(p, on_claimed, p->windows);
    if (!c)
        return;
    c->n = fill_requests(p, c->requests, now, &promo, &urgent);
    if (c->n == 0 || (promo < POSTMAN_ROUND && !urgent && flights_count(p->flights) &&
                      now - p->claimed_at < CLAIM_GAP_US))
        claim_free(c);
    else
        post_claim(p, c, now);
}
