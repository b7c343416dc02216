/*
 * campaign.c (flow) - one job at a time, each one step for every campaign that has work; the next
 * one at once while there is progress, within a second otherwise.
 */
#include "flow/campaign.h"

#include <stdlib.h>

#include "base/runner.h"
#include "store/campaign_approval.h"
#include "store/campaign_life.h"
#include "store/campaign_pace.h"
#include "store/campaign_retry.h"
#include "store/lease.h"
#include "store/send_window.h"

#define LOG_PART "campaign"
#include "base/log.h"
#include "base/metric.h"

#define PAGES_A_JOB   4
#define WORK_A_JOB    16
#define CLEAR_A_JOB   10 /* steps of a cancelled campaign, some thousands of messages each */
#define PIECES_A_JOB  10 /* of a campaign with a rate or a budget */
#define RETRY_A_JOB   10 /* pages of a campaign that is tried again */
#define LEASE_US      (15 * USEC_PER_SEC)
#define LOOK_EVERY_US USEC_PER_SEC
#define LANE_KEY      UINT64_C(0x63616d706169676e) /* any: all jobs of the runner are on one lane */

static struct metric queued_total =
    METRIC_COUNTER("relais_campaign_messages_queued_total", "Messages that campaigns queued.");

struct campaign_job {
    const struct campaign_settings *settings;
    struct campaign_ahead *ahead; /* run()'s own: the next page of the one that is expanded */
    struct send_windows *windows; /* run()'s own; NULL: not yet, or there are no rules */
    struct lease lease;
    uint64_t queued; /* what run() did */
    bool progress;
};

struct campaign_runner {
    struct runner jobs;
    void (*queued)(void *arg);
    void *arg;
    struct campaign_job job;
};

/* --- on the lane --- */

/* Alone, it may take some pages, and reads ahead. */
static enum rc expand(struct db *db, struct campaign_job *job, uint64_t id, bool alone)
{
    struct campaign_step step = { .complete = false };
    enum rc rc = RC_OK;

    for (int i = 0; !rc && !step.complete && i < (alone ? PAGES_A_JOB : 1); i++) {
        rc = alone ? campaign_expand_next(db, id, job->settings, job->ahead, &step)
                   : campaign_expand_step(db, id, job->settings, &step);
        if (!rc)
            job->queued += step.messages;
    }
    if (rc == RC_INVALID) {
        log_error("campaign=%llu state=paused reason=\"its audience cannot be asked any more\"",
                  (unsigned long long)id);
        return campaign_pause(db, id, "relaisd", NULL);
    }
    if (rc)
        return rc;
    job->progress = true;
    if (step.complete)
        log_info("campaign=%llu state=sending", (unsigned long long)id);
    return RC_OK;
}

static enum rc test(struct db *db, struct campaign_job *job, uint64_t id)
{
    bool decided = false;
    enum rc rc = campaign_trial_step(db, id, job->settings, &decided);

    job->progress |= !rc && decided;
    return rc;
}

static enum rc finish(struct db *db, uint64_t id)
{
    bool done;
    enum rc rc = campaign_finish(db, id, &done);

    if (!rc && done)
        log_info("campaign=%llu state=done", (unsigned long long)id);
    return rc;
}

static enum rc clear(struct db *db, struct campaign_job *job, uint64_t id)
{
    bool more = true;
    enum rc rc = RC_OK;

    for (int i = 0; !rc && more && i < CLEAR_A_JOB; i++)
        rc = campaign_clear_step(db, id, &more);
    job->progress |= !rc && more;
    return rc;
}

static enum rc give_out(struct db *db, struct campaign_job *job, uint64_t id)
{
    struct campaign_piece piece = { .more = true };
    enum rc rc = RC_OK;

    if (job->settings->rules && !job->windows)
        job->windows = send_windows_new(job->settings->rules);
    if (job->settings->rules && !job->windows)
        return RC_FAIL;
    for (int i = 0; !rc && piece.more && i < PIECES_A_JOB; i++) {
        rc = campaign_pace_step(db, id, job->settings, job->windows, clock_now(), &piece);
        if (!rc)
            job->queued += piece.given;
    }
    if (!rc && piece.paused)
        log_warn("campaign=%llu state=paused reason=budget", (unsigned long long)id);
    job->progress |= !rc && piece.more;
    return rc;
}

static enum rc prolong(struct db *db, struct campaign_job *job, uint64_t id)
{
    bool over = false;
    enum rc rc = RC_OK;

    for (int i = 0; !rc && !over && i < CLEAR_A_JOB; i++)
        rc = campaign_extend_step(db, id, &over);
    job->progress |= !rc && !over;
    return rc;
}

/* Scheduled campaigns whose time has come. */
static enum rc start_due(struct db *db, struct campaign_job *job)
{
    uint64_t id = 0, kept;
    utc_us now = clock_now();
    enum rc rc = campaign_ask_due(db, job->settings, now, &kept);

    if (!rc && kept)
        log_warn(
            "campaign=%llu start=kept reason=\"it needs approval, or cannot be read any more\"",
            (unsigned long long)kept);
    else if (!rc)
        rc = campaign_start_due(db, now, &id);
    if (!rc && !kept)
        log_info("campaign=%llu start=scheduled", (unsigned long long)id);
    job->progress |= !rc;
    if (rc && rc != RC_NOTFOUND && rc != RC_CONFLICT && rc != RC_AGAIN)
        log_warn("campaign=%llu start=failed rc=%s effect=\"tried again\"", (unsigned long long)id,
                 rc_name(rc)); /* the others go on */
    return rc == RC_AGAIN ? rc : RC_OK;
}

/* Goes on with what an operator asked for: messages of a campaign are queued again. */
static enum rc try_again(struct db *db, struct campaign_job *job, uint64_t id)
{
    uint64_t queued;
    bool over = false;
    enum rc rc = RC_OK;

    for (int i = 0; !rc && !over && i < RETRY_A_JOB; i++) {
        rc = campaign_retry_step(db, id, &queued, &over);
        if (!rc)
            job->queued += queued;
    }
    if (!rc && over)
        log_info("campaign=%llu retry=done", (unsigned long long)id);
    job->progress |= !rc;
    return rc;
}

static enum rc one_step(struct db *db, struct campaign_job *job, const struct campaign_work *work,
                        bool alone)
{
    switch (work->state) {
    case CAMPAIGN_EXPANDING:
        return expand(db, job, work->id, alone);
    case CAMPAIGN_SENDING:
        return finish(db, work->id);
    case CAMPAIGN_CANCELLED:
        return clear(db, job, work->id);
    case CAMPAIGN_TESTING:
        return test(db, job, work->id);
    case CAMPAIGN_DRAFT:
    case CAMPAIGN_WAITING:
    case CAMPAIGN_PAUSED:
    case CAMPAIGN_DONE:
    case CAMPAIGN_SCHEDULED:
    case CAMPAIGN_STATE_COUNT:
        break;
    }
    return RC_OK;
}

/* RC_CONFLICT: paused, cancelled or done by another meanwhile. RC_AGAIN: db has said why. */
static void tell(uint64_t id, enum rc rc)
{
    if (rc && rc != RC_CONFLICT && rc != RC_AGAIN)
        log_warn("campaign=%llu step=failed rc=%s effect=\"tried again\"", (unsigned long long)id,
                 rc_name(rc));
}

/* What there is to do, and for whom. */
struct todo {
    struct campaign_work work[WORK_A_JOB];
    uint64_t paced[WORK_A_JOB];
    size_t n, n_paced;
    uint64_t retry, extend; /* 0: none */
};

static enum rc find_todo(struct db *db, struct todo *t)
{
    enum rc rc = campaign_find_work(db, t->work, WORK_A_JOB, &t->n);

    if (!rc)
        rc = campaign_pace_find(db, clock_now(), t->paced, WORK_A_JOB, &t->n_paced);
    if (!rc)
        rc = campaign_retry_next(db, &t->retry);
    if (!rc || rc == RC_NOTFOUND)
        rc = campaign_extend_next(db, &t->extend);
    return rc == RC_NOTFOUND ? RC_OK : rc;
}

static void look(struct db *db, struct campaign_job *job)
{
    struct todo t = { .n = 0 };
    enum rc rc = start_due(db, job);

    if (!rc)
        rc = find_todo(db, &t);
    if (!rc && !t.n && !t.n_paced && !t.retry && !t.extend) {
        rc = lease_release(db, &job->lease);
        return;
    }
    if (!rc)
        rc = lease_hold(db, &job->lease, LEASE_US);
    if (rc)
        return; /* the database is away (db says so), or another node is at it */
    for (size_t i = 0; rc != RC_AGAIN && i < t.n; i++) {
        rc = one_step(db, job, &t.work[i], t.n == 1);
        tell(t.work[i].id, rc);
    }
    for (size_t i = 0; rc != RC_AGAIN && i < t.n_paced; i++) {
        rc = give_out(db, job, t.paced[i]);
        tell(t.paced[i], rc);
    }
    if (t.extend && rc != RC_AGAIN)
        tell(t.extend, prolong(db, job, t.extend));
    if (t.retry && rc != RC_AGAIN)
        tell(t.retry, try_again(db, job, t.retry));
}

static utc_us job_run(void *work, void *resource)
{
    struct campaign_job *job = work;

    job->queued = 0;
    job->progress = false;
    look(resource, job);
    return job->progress ? RUNNER_MORE : RUNNER_IDLE;
}

/* --- on the loop --- */

static void job_done(void *owner)
{
    struct campaign_runner *r = owner;
    struct campaign_job *job = &r->job;

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

struct campaign_runner *campaign_runner_new(struct event_base *base, struct lane_pool *work,
                                            const struct campaign_settings *settings,
                                            void (*queued)(void *arg), void *arg)
{
    struct campaign_runner *r = calloc(1, sizeof(*r));

    if (!r)
        return NULL;
    r->queued = queued;
    r->arg = arg;
    r->job.settings = settings;
    r->job.ahead = campaign_ahead_new();
    lease_init(&r->job.lease, "campaign");
    metric_register(&queued_total);
    if (!r->job.ahead || runner_init(&r->jobs, base, work, &ops, &r->job, r)) {
        campaign_runner_free(r);
        return NULL;
    }
    runner_kick(&r->jobs);
    return r;
}

void campaign_runner_kick(struct campaign_runner *runner)
{
    runner_kick(&runner->jobs);
}

void campaign_runner_stop(struct campaign_runner *runner)
{
    runner_stop(&runner->jobs);
}

bool campaign_runner_busy(const struct campaign_runner *runner)
{
    return runner_busy(&runner->jobs);
}

void campaign_runner_free(struct campaign_runner *runner)
{
    if (!runner)
        return;
    runner_close(&runner->jobs);
    campaign_ahead_free(runner->job.ahead);
    send_windows_free(runner->job.windows);
    free(runner);
}
