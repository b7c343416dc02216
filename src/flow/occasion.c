/*
 * occasion.c (flow) - one job at a time, each one step for every occasion that has something to do;
 * the next one at once while there is more, within a second otherwise.
 */
#include "flow/occasion.h"

#include <stdlib.h>

#include "base/runner.h"
#include "store/lease.h"

#define LOG_PART "occasion"
#include "base/log.h"
#include "base/metric.h"

#define WORK_A_JOB    16
#define LEASE_US      (15 * USEC_PER_SEC)
#define LOOK_EVERY_US USEC_PER_SEC
#define LANE_KEY      UINT64_C(0x6f63636173696f6e) /* any: all jobs of the runner are on one lane */

static struct metric queued_total =
    METRIC_COUNTER("relais_occasion_messages_queued_total", "Messages that occasions queued.");
static struct metric left_total =
    METRIC_COUNTER("relais_occasion_left_out_total",
                   "Events of occasions that became no message: excluded, expired, overtaken.");

struct occasion_job {
    const struct occasion_settings *settings;
    struct lease lease;
    size_t queued, left_out; /* what run() did */
    bool more;
};

struct occasion_runner {
    struct runner jobs;
    void (*queued)(void *arg);
    void *arg;
    struct occasion_job job;
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

static void look(struct db *db, struct occasion_job *job)
{
    struct occasion_work work[WORK_A_JOB];
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

static utc_us job_run(void *work, void *resource)
{
    struct occasion_job *job = work;

    job->queued = job->left_out = 0;
    job->more = false;
    look(resource, job);
    return job->more ? RUNNER_MORE : RUNNER_IDLE;
}

/* --- on the loop --- */

static void job_done(void *owner)
{
    struct occasion_runner *r = owner;
    struct occasion_job *job = &r->job;

    metric_add(&left_total, (int64_t)job->left_out);
    if (job->queued) {
        metric_add(&queued_total, (int64_t)job->queued);
        if (!runner_stopped(&r->jobs))
            r->queued(r->arg);
    }
}

static const struct runner_ops ops = {
    .key = LANE_KEY,
    .every_us = LOOK_EVERY_US,
    .run = job_run,
    .done = job_done,
};

struct occasion_runner *occasion_runner_new(struct event_base *base, struct lane_pool *work,
                                            const struct occasion_settings *settings,
                                            void (*queued)(void *arg), void *arg)
{
    struct occasion_runner *r = calloc(1, sizeof(*r));

    if (!r)
        return NULL;
    r->queued = queued;
    r->arg = arg;
    r->job.settings = settings;
    lease_init(&r->job.lease, "occasion");
    metric_register(&queued_total);
    metric_register(&left_total);
    if (runner_init(&r->jobs, base, work, &ops, &r->job, r)) {
        occasion_runner_free(r);
        return NULL;
    }
    runner_kick(&r->jobs);
    return r;
}

void occasion_runner_kick(struct occasion_runner *runner)
{
    runner_kick(&runner->jobs);
}

void occasion_runner_stop(struct occasion_runner *runner)
{
    runner_stop(&runner->jobs);
}

bool occasion_runner_busy(const struct occasion_runner *runner)
{
    return runner_busy(&runner->jobs);
}

void occasion_runner_free(struct occasion_runner *runner)
{
    if (!runner)
        return;
    runner_close(&runner->jobs);
    free(runner);
}
