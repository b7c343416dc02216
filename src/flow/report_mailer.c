/* report_mailer.c - one job at a time, each one report; the next one at once while one is due. */
#include "flow/report_mailer.h"

#include <stdlib.h>

#include "base/runner.h"
#include "store/lease.h"

#define LEASE_US      (120 * USEC_PER_SEC)
#define LOOK_EVERY_US (5 * USEC_PER_SEC)
#define LANE_KEY      UINT64_C(0x7265706f727473) /* any: all jobs are on one lane */

struct mailer_job {
    const struct report_settings *settings;
    struct lease lease;
    bool did; /* there was one that was due */
};

struct report_mailer {
    struct runner jobs;
    void (*queued)(void *arg);
    void *arg;
    struct mailer_job job;
};

static utc_us job_run(void *work, void *resource)
{
    struct mailer_job *job = work;
    struct db *db = resource;

    job->did = false;
    /* When not: the database is away (db says so), or another node is at it. */
    if (lease_hold(db, &job->lease, LEASE_US) == RC_OK &&
        report_mail_due(db, job->settings, &job->did))
        job->did = false;
    return job->did ? RUNNER_MORE : RUNNER_IDLE;
}

static void job_done(void *owner)
{
    struct report_mailer *m = owner;

    if (m->job.did && !runner_stopped(&m->jobs))
        m->queued(m->arg);
}

static const struct runner_ops ops = {
    .key = LANE_KEY,
    .every_us = LOOK_EVERY_US,
    .run = job_run,
    .done = job_done,
};

struct report_mailer *report_mailer_new(struct event_base *base, struct lane_pool *lanes,
                                        const struct report_settings *settings,
                                        void (*queued)(void *arg), void *arg)
{
    struct report_mailer *m = calloc(1, sizeof(*m));

    if (!m)
        return NULL;
    m->queued = queued;
    m->arg = arg;
    m->job.settings = settings;
    lease_init(&m->job.lease, "report");
    if (runner_init(&m->jobs, base, lanes, &ops, &m->job, m)) {
        report_mailer_free(m);
        return NULL;
    }
    runner_kick(&m->jobs);
    return m;
}

void report_mailer_stop(struct report_mailer *mailer)
{
    runner_stop(&mailer->jobs);
}

bool report_mailer_busy(const struct report_mailer *mailer)
{
    return runner_busy(&mailer->jobs);
}

void report_mailer_free(struct report_mailer *mailer)
{
    if (!mailer)
        return;
    runner_close(&mailer->jobs);
    free(mailer);
}
