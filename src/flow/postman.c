/* postman.c - the life of the postman, and the one place that decides what to do next. */
#include "flow/postman.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <event2/event.h>

#include "flow/postman_private.h"

#define LOG_PART "postman"
#include "base/log.h"

#define LOOK_EVERY_US (5 * USEC_PER_SEC)
#define PATIENCE_S    10 /* for a relay that hangs while relaisd stops */

static struct metric in_flight =
    METRIC_GAUGE("relais_mails_in_flight", "Mails claimed and not yet answered.");
static struct metric sessions_now =
    METRIC_GAUGE("relais_mail_sessions", "Sessions with relays that are under way.");

void postman_arm(struct postman *p, int64_t ms)
{
    const struct timeval tv = { ms / 1000, ms % 1000 * 1000 };

    event_add(p->tick, &tv);
}

struct postman_queue *postman_queue_of(struct postman *p, unsigned id)
{
    for (size_t i = 0; i < p->n_queues; i++) {
        if (p->queues[i]->id == id)
            return p->queues[i];
    }
    return NULL;
}

enum postman_urgency postman_urgency_of(const struct flight *f)
{
    return f->message->class == CLASS_PROMO ? POSTMAN_PROMO : POSTMAN_URGENT;
}

utc_us postman_consents_since(const struct postman *p)
{
    int64_t ms = p->settings->consent_ms;

    return ms ? clock_now() - ms * USEC_PER_MSEC : 0;
}

void postman_make_ready(struct postman *p, struct flight *f, bool first)
{
    struct postman_queue *q = postman_queue_of(p, f->message->queue_id);
    const enum postman_urgency u = postman_urgency_of(f);

    f->ready = true;
    q->n_ready[u]++;
    if (first)
        STAILQ_INSERT_HEAD(&q->ready[u], f, ready_link);
    else
        STAILQ_INSERT_TAIL(&q->ready[u], f, ready_link);
}

/* --- what to do next --- */

static void put_back_queue(struct postman *p, struct postman_queue *q)
{
    for (int u = POSTMAN_URGENT; u < POSTMAN_URGENCIES; u++) {
        struct flight *f;
        while ((f = STAILQ_FIRST(&q->ready[u]))) {
            STAILQ_REMOVE_HEAD(&q->ready[u], ready_link);
            q->n_ready[u]--;
            f->ready = false;
            postman_put_back(p, f);
        }
    }
}

/* What was claimed and has not begun to leave: all of it, or what stands in queues that are held.
 */
static void put_back(struct postman *p, bool all)
{
    for (size_t i = 0; i < p->n_queues; i++) {
        if (all || p->queues[i]->held)
            put_back_queue(p, p->queues[i]);
    }
}

static bool is_quiet(const struct postman *p)
{
    return !p->job_out && !p->alert.out && !p->n_busy && !flights_count(p->flights) &&
           recorder_idle(p->recorder);
}

static bool has_ready(const struct postman *p)
{
    for (size_t i = 0; i < p->n_queues; i++) {
        const struct postman_queue *q = p->queues[i];
        if (q->n_ready[POSTMAN_URGENT] || q->n_ready[POSTMAN_PROMO])
            return true;
    }
    return false;
}

static bool wants_look(const struct postman *p)
{
    for (size_t i = 0; i < p->n_queues; i++) {
        const struct postman_queue *q = p->queues[i];
        if (!q->held && (q->look[POSTMAN_URGENT] || q->look[POSTMAN_PROMO]))
            return true;
    }
    return false;
}

static void run_on(struct postman *p, int64_t now)
{
    put_back(p, false);
    postman_dispatch(p, now);
    if (!p->job_out) {
        if (now >= p->look_not_before && (p->look_again || now - p->looked_at > LOOK_EVERY_US))
            postman_look(p);
        else
            postman_maybe_claim(p, now);
    }
    postman_arm(p, has_ready(p) || wants_look(p) ? POSTMAN_TICK_MS : p->settings->poll_ms);
}

void postman_pump(struct postman *p)
{
    const int64_t now = clock_monotonic_us();

    metric_set(&in_flight, (int64_t)flights_count(p->flights));
    metric_set(&sessions_now, (int64_t)p->n_busy);
    switch (p->state) {
    case POSTMAN_OFF:
    case POSTMAN_STARTING:
        break;
    case POSTMAN_RUNNING:
        run_on(p, now);
        break;
    case POSTMAN_IN_DOUBT:
        put_back(p, true);
        if (is_quiet(p))
            postman_settle(p);
        else
            postman_arm(p, POSTMAN_TICK_MS);
        break;
    case POSTMAN_STOPPING:
        put_back(p, true);
        break;
    }
}

static void on_tick(evutil_socket_t fd, short what, void *arg)
{
    struct postman *p = arg;

    (void)fd;
    (void)what;
    if (p->state == POSTMAN_STARTING)
        postman_settle(p);
    else
        postman_pump(p);
}

static void on_recorded(void *arg)
{
    struct postman *p = arg;

    if (p->state == POSTMAN_IN_DOUBT || p->state == POSTMAN_STOPPING)
        postman_pump(p);
}

/* --- life --- */

static void on_patience(evutil_socket_t fd, short what, void *arg)
{
    struct postman *p = arg;

    (void)fd;
    (void)what;
    for (size_t i = 0; i < p->n_rounds; i++)
        mail_sender_stop(p->rounds[i].sender);
}

/* Without it each crash leaves more mails in doubt, and nothing else is wrong: the database knows
 * that the notes of an older run are no proof. */
static void open_journal(struct postman *p)
{
    struct error err;

    post_boot_read(p->boot);
    if (p->settings->journal && post_journal_open(p->settings->journal, p->boot, &p->journal, &err))
        log_warn("journal=none reason=\"%s\" effect=\"more mails are unknown after a crash\"",
                 err.text);
}

static enum rc open_rounds(struct postman *p, struct error *err)
{
    enum rc rc = RC_OK;

    p->rounds = calloc(p->settings->sessions, sizeof(p->rounds[0]));
    if (!p->rounds)
        return error_set(err, RC_FAIL, "no memory");
    for (size_t i = 0; !rc && i < p->settings->sessions; i++) {
        struct postman_round *r = &p->rounds[i];
        postman_round_init(r);
        r->postman = p;
        r->settings = p->settings;
        r->journal = p->journal;
        r->ending = &p->ending;
        r->lane = (unsigned)i;
        p->n_rounds++;
        rc = mail_sender_new(&p->settings->sender, &r->sender, err);
    }
    return rc;
}

enum rc postman_new(struct event_base *base, struct lane_pool *lanes,
                    const struct postman_settings *settings, struct postman **out,
                    struct error *err)
{
    struct postman *p = calloc(1, sizeof(*p));
    enum rc rc = RC_OK;

    if (!p)
        return error_set(err, RC_FAIL, "no memory");
    p->base = base;
    p->lanes = lanes;
    p->settings = settings;
    p->state = settings->sender.n_relays ? POSTMAN_STARTING : POSTMAN_OFF;
    atomic_init(&p->ending, false);
    p->tick = evtimer_new(base, on_tick, p);
    p->patience = evtimer_new(base, on_patience, p);
    p->recorder = recorder_new(base, lanes, POSTMAN_KEY_RECORD, NULL, on_recorded, p);
    p->flights = flights_new();
    p->windows = settings->rules ? send_windows_new(settings->rules) : NULL;
    if (!p->tick || !p->patience || !p->recorder || !p->flights || (settings->rules && !p->windows))
        rc = error_set(err, RC_FAIL, "no memory");
    if (!rc && p->state != POSTMAN_OFF) {
        open_journal(p);
        rc = open_rounds(p, err);
    }
    if (rc) {
        postman_free(p);
        return rc;
    }
    postman_claim_metrics();
    postman_answer_metrics();
    postman_trouble_init(p);
    metric_register(&in_flight);
    metric_register(&sessions_now);
    *out = p;
    return RC_OK;
}

void postman_start(struct postman *p)
{
    if (p->state == POSTMAN_STARTING)
        postman_settle(p);
}

void postman_kick(struct postman *p)
{
    if (!p)
        return;
    for (size_t i = 0; i < p->n_queues; i++)
        p->queues[i]->look[POSTMAN_URGENT] = p->queues[i]->look[POSTMAN_PROMO] = true;
    if (p->state == POSTMAN_RUNNING)
        postman_arm(p, 0);
}

void postman_refresh(struct postman *p)
{
    if (!p)
        return;
    p->look_again = true;
    postman_kick(p);
}

void postman_stop(struct postman *p)
{
    const struct timeval patience = { .tv_sec = PATIENCE_S };

    p->state = POSTMAN_STOPPING;
    atomic_store(&p->ending, true);
    recorder_finish(p->recorder);
    event_add(p->patience, &patience);
    postman_arm(p, 0);
}

bool postman_busy(const struct postman *p)
{
    return p->state == POSTMAN_STOPPING && !is_quiet(p);
}

void postman_free(struct postman *p)
{
    if (!p)
        return;
    for (size_t i = 0; i < p->n_rounds; i++)
        postman_round_close(&p->rounds[i]);
    free(p->rounds);
    for (size_t i = 0; i < p->n_queues; i++)
        free(p->queues[i]);
    if (p->tick)
        event_free(p->tick);
    if (p->patience)
        event_free(p->patience);
    recorder_free(p->recorder);
    flights_free(p->flights);
    send_windows_free(p->windows);
    post_journal_close(p->journal);
    free(p);
}

void postman_status_read(const struct postman *p, struct postman_status *status)
{
    static const char *const states[] = { "off", "starting", "running", "in doubt", "stopping" };

    *status = (struct postman_status){
        .state = states[p->state],
        .paused = p->pause_us != 0,
        .trouble = p->trouble,
        .claimed = flights_count(p->flights),
        .unrecorded = recorder_backlog(p->recorder),
        .n_queues = p->n_queues,
    };
    for (size_t i = 0; i < p->n_queues; i++) {
        const struct postman_queue *q = p->queues[i];
        struct postman_queue_status *s = &status->queues[i];
        snprintf(s->name, sizeof(s->name), "%s", q->name);
        s->held = q->held;
        s->per_second = q->per_second;
        s->claimed = q->flying;
        s->sessions = q->sessions;
    }
}
