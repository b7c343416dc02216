/* alert_watch.c - two jobs, each on a lane of its own kind: the beat, which must be in time, and
 * the look, which may take its time. */
#include "flow/alert_watch.h"

#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/lane.h"
#include "base/metric.h"
#include "flow/alert_look.h"
#include "flow/gateway.h"
#include "store/db.h"
#include "store/lease.h"
#include "store/node_beat.h"

#define LOG_PART "alert"
#include "base/log.h"

#define CAMPAIGNS_EVERY 30 /* so many looks: their messages are counted */
#define LEASE_US        (120 * USEC_PER_SEC)
#define LANE_KEY        UINT64_C(0x62656174) /* any: all jobs of one kind are on one lane */

static struct metric beat_at =
    METRIC_GAUGE("relais_beat_timestamp_seconds",
                 "When this node last said in the database that it is alive; 0: not yet.");

struct beat_job {
    struct job job;
    struct alert_watch *watch; /* for done(); run() leaves it alone */
    struct alert_watch_settings settings;
    const char *host;
    bool started, last; /* last: the node stops */
    enum rc rc;
};

struct look_job {
    struct job job;
    struct alert_watch *watch;
    struct alert_watch_settings settings;
    struct lease lease;
    unsigned node;
    struct alert_carrier carriers[GATEWAY_CARRIERS_MAX];
    size_t n_carriers;
    struct alert_campaigns campaigns;
    unsigned looks; /* since they were looked at */
};

struct alert_watch {
    struct lane_pool *beats, *looks;
    const struct gateway *gateway;
    const struct alert_watch_settings *settings;
    struct event *timer;
    struct beat_job beat;
    struct look_job look;
    struct alert_carrier carriers[GATEWAY_CARRIERS_MAX]; /* as the loop saw them last */
    size_t n_carriers;
    bool beating, looking, stopped;
};

/* --- on the lanes --- */

static void beat_run(struct job *base, void *db)
{
    struct beat_job *job = (struct beat_job *)base;

    job->rc = RC_OK;
    if (!job->started && !job->last) {
        job->rc = alert_look_stopped(db, &job->settings);
        if (!job->rc)
            job->rc = node_beat_start(db, job->host);
        job->started = job->rc == RC_OK;
    } else if (job->started) {
        job->rc = job->last ? node_beat_stop(db) : node_beat_again(db);
        if (!job->rc && job->last)
            job->rc = alert_look_gone(db, db_node(db));
    }
    if (!job->rc)
        metric_set(&beat_at, clock_now() / USEC_PER_SEC);
}

/* Each look for itself: what keeps one from seeing does not blind the others. */
static void note(const char *look, enum rc rc)
{
    /* RC_AGAIN: the database is away, which db says. */
    if (rc && rc != RC_AGAIN)
        log_warn("look=%s rc=%s effect=\"tried again\"", look, rc_name(rc));
}

static void look_for_all(struct look_job *job, struct db *db)
{
    note("queues", alert_look_queues(db, &job->settings));
    note("nodes", alert_look_nodes(db, &job->settings));
    if (++job->looks < CAMPAIGNS_EVERY)
        return;
    job->looks = 0;
    note("campaigns", alert_look_campaigns(db, &job->settings, &job->campaigns));
}

static void look_run(struct job *base, void *db)
{
    struct look_job *job = (struct look_job *)base;
    enum rc rc;

    note("carriers",
         alert_look_carriers(db, job->node, job->carriers, job->n_carriers, &job->settings));
    rc = lease_hold(db, &job->lease, LEASE_US);
    if (!rc)
        look_for_all(job, db);
    else if (rc != RC_CONFLICT) /* another node does it */
        note("lease", rc);
}

/* --- on the loop --- */

static utc_us down_since(const struct alert_watch *w, const char *name, utc_us now)
{
    for (size_t i = 0; i < w->n_carriers; i++) {
        if (strcmp(w->carriers[i].name, name) == 0 && w->carriers[i].down_since)
            return w->carriers[i].down_since;
    }
    return now;
}

/* One that an operator drained or stopped is not missed. */
static void see_carriers(struct alert_watch *w, utc_us now)
{
    struct alert_carrier seen[GATEWAY_CARRIERS_MAX];
    struct gateway_status status;

    if (!w->gateway)
        return;
    gateway_status_read(w->gateway, &status);
    for (size_t i = 0; i < status.n_carriers; i++) {
        const struct gateway_carrier_status *c = &status.carriers[i];
        const bool down = c->smpp.bound == 0 && strcmp(c->wanted, "on") == 0;

        snprintf(seen[i].name, sizeof(seen[i].name), "%s", c->name);
        seen[i].down_since = down ? down_since(w, c->name, now) : 0;
    }
    memcpy(w->carriers, seen, status.n_carriers * sizeof(seen[0]));
    w->n_carriers = status.n_carriers;
}

static void post_look(struct alert_watch *w)
{
    struct look_job *job = &w->look;

    if (w->looking || w->stopped)
        return;
    job->settings = *w->settings;
    memcpy(job->carriers, w->carriers, sizeof(job->carriers));
    job->n_carriers = w->n_carriers;
    w->looking = lane_post(w->looks, LANE_KEY, &job->job) == RC_OK;
}

static void post_beat(struct alert_watch *w)
{
    if (w->beating)
        return;
    w->beat.settings = *w->settings;
    w->beat.last = w->stopped;
    w->beating = lane_post(w->beats, LANE_KEY, &w->beat.job) == RC_OK;
}

static void look_done(struct job *base)
{
    ((struct look_job *)base)->watch->looking = false;
}

static void beat_done(struct job *base)
{
    struct alert_watch *w = ((struct beat_job *)base)->watch;

    w->beating = false;
    if (w->stopped && !w->beat.last)
        post_beat(w);
}

static void on_timer(evutil_socket_t fd, short what, void *arg)
{
    struct alert_watch *w = arg;

    (void)fd, (void)what;
    see_carriers(w, clock_now());
    post_beat(w);
    post_look(w);
}

/* --- from start to stop --- */

struct alert_watch *alert_watch_new(struct event_base *base, struct lane_pool *beats,
                                    struct lane_pool *looks, const struct gateway *gateway,
                                    const struct alert_watch_settings *settings, unsigned node,
                                    const char *host)
{
    const struct timeval every = { .tv_sec = (time_t)(settings->every_us / USEC_PER_SEC),
                                   .tv_usec = (suseconds_t)(settings->every_us % USEC_PER_SEC) };
    struct alert_watch *w = calloc(1, sizeof(*w));

    if (!w)
        return NULL;
    w->beats = beats;
    w->looks = looks;
    w->gateway = gateway;
    w->settings = settings;
    w->beat = (struct beat_job){ .job = { .run = beat_run, .done = beat_done },
                                 .watch = w,
                                 .host = host };
    w->look = (struct look_job){ .job = { .run = look_run, .done = look_done },
                                 .watch = w,
                                 .node = node };
    lease_init(&w->look.lease, "alert_watch");
    metric_register(&beat_at);
    w->timer = event_new(base, -1, EV_PERSIST, on_timer, w);
    if (!w->timer || event_add(w->timer, &every)) {
        alert_watch_free(w);
        return NULL;
    }
    post_beat(w); /* a stop that was seen is told at once */
    return w;
}

void alert_watch_stop(struct alert_watch *w)
{
    w->stopped = true;
    event_del(w->timer);
    post_beat(w);
}

bool alert_watch_busy(const struct alert_watch *w)
{
    return w->beating || w->looking;
}

void alert_watch_free(struct alert_watch *w)
{
    if (!w)
        return;
    if (w->timer)
        event_free(w->timer);
    free(w);
}
