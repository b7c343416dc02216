/*
 * occasion.c (flow) - one job at a time, each one step for every occasion that has something to do;
 * the next one at once while there is more, within a second otherwise.
 */
#include "flow/occasion.h"

#include <event2/event.h>
#include <stdlib.h>

#include "base/lane.h"
#include "store/lease.h"

#define LOG_PART "occasion"
#include "base/log.h"
#include "base/metric.h"

#define WORK_A_JOB   16
#define LEASE_US     (15 * USEC_PER_SEC)
#define LOOK_EVERY_S 1
#define LANE_KEY     UINT64_C(0x6f63636173696f6e) /* any: all jobs of the runner are on one lane */

static struct metric queued_total =
    METRIC_COUNTER("relais_occasion_messages_queued_total", "Messages that occasions queued.");
static struct metric left_total =
    METRIC_COUNTER("relais_occasion_left_out_total",
                   "Events of occasions that became no message: excluded, expired, overtaken.");

struct occasion_job {
    struct job job;
    struct occasion_runner *runner; /* for done(); run() leaves it alone */
    const struct occasion_settings *settings;
    struct lease lease;
    size_t queued, left_out; /* what run() did */
    bool more;
};

struct occasion_runner {
    struct lane_pool *work;
    struct event *timer;
    void (*queued)(void *arg);
    void *arg;
    struct occasion_job job;
    bool busy, again, stopped;
};

/* --- on the lane --- */

static void tell(uint64_t id, const struct occasion_step *step)
{
    if (step->messages || step->left_out)
        log_info("occasion=%llu event=turn messages=%zu left_out=%zu", (unsigned long long)id,
                 step->messages, step->left_out);
    if (step->found)
        log_info("occasion=%llu event=pass found=%zu", (unsigned long long)id, step->found);
}

static enum rc do_one(struct db *db, struct occasion_job *job, const struct occasion_work *work)
{
    struct occasion_step step = { .events = 0 };
    enum rc rc = RC_OK;

    if (work->new_month)
        rc = occasion_leave_campaign(db, work->id, clock_now());
    if (!rc && work->pass) {
        rc = occasion_pass(db, work->id, job->settings, &step);
        if (!rc) {
            job->more = true; /* what it noted may be due */
            tell(work->id, &step);
        }
    }
    if (rc || !work->events)
        return rc;
    step = (struct occasion_step){ .events = 0 };
    rc = occasion_step(db, work->id, job->settings, &step);
    if (rc)
        return rc;
    job->queued += step.messages;
    job->left_out += step.left_out;
    job->more |= step.more;
    tell(work->id, &step);
    return RC_OK;
}

static void job_run(struct job *base, void *resource)
{
    struct occasion_job *job = (struct occasion_job *)base;
    struct occasion_work work[WORK_A_JOB];
    struct db *db = resource;
    size_t n = 0;
    enum rc rc = occasion_find_work(db, clock_now(), work, WORK_A_JOB, &n);

    if (!rc && n == 0) {
        rc = lease_release(db, &job->lease);
        return;
    }
    if (!rc)
        rc = lease_hold(db, &job->lease, LEASE_US);
    if (rc)
        return; /* the database is away (db says so), or another node is at it */
    for (size_t i = 0; rc != RC_AGAIN && i < n; i++) {
        rc = do_one(db, job, &work[i]);
        /* RC_CONFLICT: changed, paused or done by another meanwhile. RC_AGAIN: db has said why. */
        if (rc && rc != RC_CONFLICT && rc != RC_AGAIN && rc != RC_INVALID)
            log_warn("occasion=%llu step=failed rc=%s effect=\"tried again\"",
                     (unsigned long long)work[i].id, rc_name(rc));
    }
}

/* --- on the loop --- */

static void look(struct occasion_runner *r)
{
    if (r->stopped)
        return;
    if (r->busy) {
        r->again = true;
        return;
    }
    r->again = false;
    r->job.queued = r->job.left_out = 0;
    r->job.more = false;
    r->busy = lane_post(r->work, LANE_KEY, &r->job.job) == RC_OK; /* if not: the timer comes */
}

static void job_done(struct job *base)
{
    struct occasion_job *job = (struct occasion_job *)base;
    struct occasion_runner *r = job->runner;

    r->busy = false;
    metric_add(&left_total, (int64_t)job->left_out);
    if (job->queued) {
        metric_add(&queued_total, (int64_t)job->queued);
        if (!r->stopped)
            r->queued(r->arg);
    }
    if (job->more || r->again)
        look(r);
}

static void on_timer(evutil_socket_t fd, short what, void *arg)
{
    (void)fd;
    (void)what;
    if (!((struct occasion_runner *)arg)->busy)
        look(arg);
}

struct occasion_runner *occasion_runner_new(struct event_base *base, struct lane_pool *work,
                                            const struct occasion_settings *settings,
                                            void (*queued)(void *arg), void *arg)
{
    const struct timeval every = { .tv_sec = LOOK_EVERY_S };
    struct occasion_runner *r = calloc(1, sizeof(*r));

    if (!r)
        return NULL;
    r->work = work;
    r->queued = queued;
    r->arg = arg;
    r->job.job.run = job_run;
    r->job.job.done = job_done;
    r->job.runner = r;
    r->job.settings = settings;
    lease_init(&r->job.lease, "occasion");
    metric_register(&queued_total);
    metric_register(&left_total);
    r->timer = event_new(base, -1, EV_PERSIST, on_timer, r);
    if (!r->timer || event_add(r->timer, &every)) {
        occasion_runner_free(r);
        return NULL;
    }
    look(r);
    return r;
}

void occasion_runner_kick(struct occasion_runner *runner)
{
    look(runner);
}

void occasion_runner_stop(struct occasion_runner *runner)
{
    runner->stopped = true;
    event_del(runner->timer);
}

bool occasion_runner_busy(const struct occasion_runner *runner)
{
    return runner->busy;
}

void occasion_runner_free(struct occasion_runner *runner)
{
    if (!runner)
        return;
    if (runner->timer)
        event_free(runner->timer);
    free(runner);
}
