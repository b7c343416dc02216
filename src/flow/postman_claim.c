/* postman_claim.c - takes from each queue what the sessions can say soon. */
#include <stdlib.h>

#include "flow/postman_private.h"

#define LOG_PART "postman"
#include "base/log.h"

#define CLAIM_GAP_US (50 * USEC_PER_MSEC) /* wait this long for a round's worth */
#define AHEAD        2 /* rounds claimed for each session: the one it says, and the next */
#define REQUESTS_MAX 32

static struct metric claimed_total =
    METRIC_COUNTER("relais_mails_claimed_total", "Mails taken from the queue to be sent.");
static struct metric withheld_total = METRIC_COUNTER(
    "relais_mails_withheld_total", "Mails not sent at the last moment: no right to any more.");

void postman_claim_metrics(void)
{
    metric_register(&claimed_total);
    metric_register(&withheld_total);
}

struct claim_job {
    struct job job;
    struct postman *postman;
    struct claim_hold *hold;
    struct outbox_request requests[REQUESTS_MAX];
    size_t n;
    utc_us now;
    struct send_windows *windows; /* one claim is out at a time, and no other job knows them */
    int64_t posted_at;            /* monotonic */
    enum rc rc;
    struct outbox_claim claim;
};

static void claim_run(struct job *job, void *db)
{
    struct claim_job *j = (struct claim_job *)job;

    j->rc = outbox_claim(db, j->requests, j->n, j->now, j->windows, &j->hold->arena, &j->claim);
}

static void take_claim(struct postman *p, struct claim_job *j)
{
    struct outbox_slice_key key;
    bool failed = false;

    for (size_t i = 0; i < j->claim.n; i++) {
        struct flight *f = flight_new(p->flights, j->hold, &j->claim.messages[i]);
        if (!f) { /* it stays `submitting`, and is settled as never sent once all is quiet */
            failed = true;
            continue;
        }
        f->claimed_at = j->posted_at;
        postman_queue_of(p, f->message->queue_id)->flying++;
        postman_make_ready(p, f, false);
    }
    for (size_t i = 0; i < j->claim.n_slices; i++) {
        if (failed) /* none of them is closed before that */
            j->claim.slices[i].exhausted = false;
        if (flights_slice_claimed(p->flights, &j->claim.slices[i], &key))
            recorder_close_slice(p->recorder, &key);
    }
    if (failed && p->state == POSTMAN_RUNNING)
        p->state = POSTMAN_IN_DOUBT;
    metric_add(&claimed_total, (int64_t)j->claim.n);
    metric_add(&withheld_total, (int64_t)j->claim.withheld);
}

static void look_later(struct postman *p, const struct claim_job *j)
{
    for (size_t i = 0; i < j->n; i++) {
        struct postman_queue *q = postman_queue_of(p, j->requests[i].queue_id);
        q->look[POSTMAN_URGENT] |= j->requests[i].more_urgent;
        q->look[POSTMAN_PROMO] |= j->requests[i].more_promo;
    }
}

static void claim_done(struct job *job)
{
    struct claim_job *j = (struct claim_job *)job;
    struct postman *p = j->postman;

    p->job_out = false;
    switch (j->rc) {
    case RC_OK:
        look_later(p, j);
        take_claim(p, j);
        break;
    case RC_UNKNOWN:
        log_warn("claim outcome=unknown effect=\"no claims until all sessions are over\"");
        if (p->state == POSTMAN_RUNNING)
            p->state = POSTMAN_IN_DOUBT;
        break;
    case RC_AGAIN:
    case RC_NOTFOUND:
    case RC_CONFLICT:
    case RC_INVALID:
    case RC_FAIL:
        break; /* the store said why; every queue is looked at again after poll_ms */
    }
    claim_hold_drop(j->hold);
    free(j);
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
    for (size_t i = 0; i < p->n_queues && n < REQUESTS_MAX && budget; i++) {
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

static void post_claim(struct postman *p, struct claim_job *j, int64_t now)
{
    struct claim_hold *hold = calloc(1, sizeof(*hold));

    if (!hold)
        goto full;
    arena_init(&hold->arena);
    hold->users = 1; /* the job */
    j->job.run = claim_run;
    j->job.done = claim_done;
    j->postman = p;
    j->hold = hold;
    j->now = clock_now();
    j->windows = p->windows;
    j->posted_at = now;
    if (lane_post(p->lanes, POSTMAN_KEY_CLAIM, &j->job))
        goto full;
    p->job_out = true;
    p->claimed_at = now;
    p->next_queue++; /* another one is asked first the next time */
    for (size_t i = 0; i < j->n; i++) {
        struct postman_queue *q = postman_queue_of(p, j->requests[i].queue_id);
        q->look[POSTMAN_URGENT] = false;
        q->look[POSTMAN_PROMO] &= j->requests[i].limit_promo == 0;
        q->looked_at = now;
    }
    return;
full:
    free(hold);
    free(j);
    postman_arm(p, POSTMAN_TICK_MS);
}

/* Small claims cost as much as large ones: promotions wait a moment for a round's worth, urgent
 * mails do not. */
void postman_maybe_claim(struct postman *p, int64_t now)
{
    struct claim_job *j;
    unsigned promo;
    bool urgent;

    if (now < p->paused_until || recorder_backlog(p->recorder) > POSTMAN_BACKLOG ||
        recorder_failing(p->recorder))
        return;
    j = calloc(1, sizeof(*j));
    if (!j)
        return;
    j->n = fill_requests(p, j->requests, now, &promo, &urgent);
    if (j->n == 0 || (promo < POSTMAN_ROUND && !urgent && flights_count(p->flights) &&
                      now - p->claimed_at < CLAIM_GAP_US))
        free(j);
    else
        post_claim(p, j, now);
}
