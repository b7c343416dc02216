/*
 * contact_plan.c (flow) - one job at a time, each one page for every plan and walk that has
 * something to do; the next one at once while there is more, within a second otherwise.
 */
#include "flow/contact_plan.h"

#include <stdlib.h>

#include "base/runner.h"
#include "store/lease.h"

#define LOG_PART "plan"
#include "base/log.h"
#include "base/metric.h"

#define LEASE_US      (15 * USEC_PER_SEC)
#define LOOK_EVERY_US USEC_PER_SEC
#define LANE_KEY      UINT64_C(0x636f6e74706c616e) /* any: all jobs of the runner are on one lane */

static struct metric messages_total =
    METRIC_COUNTER("relais_plan_messages_total", "Messages that steps of contact plans asked for.");
static struct metric tasks_total =
    METRIC_COUNTER("relais_plan_tasks_total", "Tasks that steps of contact plans made.");
static struct metric skipped_total =
    METRIC_COUNTER("relais_plan_steps_skipped_total",
                   "Steps of contact plans whose condition did not hold, or too late.");
static struct metric enrolled_total =
    METRIC_COUNTER("relais_plan_enrolled_total", "Customers who began a contact plan.");

struct plan_job {
    const struct contact_plan_settings *settings;
    struct lease lease;
    struct contact_plan_done sum; /* what run() did */
};

struct contact_plan_runner {
    struct runner jobs;
    void (*handed)(void *arg);
    void *arg;
    struct plan_job job;
};

/* --- on the lane --- */

static void add_up(struct plan_job *job, const char *what, uint64_t id,
                   const struct contact_plan_done *d)
{
    struct contact_plan_done *sum = &job->sum;

    sum->messages += d->messages;
    sum->tasks += d->tasks;
    sum->skipped += d->skipped;
    sum->ended += d->ended;
    sum->enrolled += d->enrolled;
    sum->more |= d->more;
    if (d->messages || d->tasks || d->skipped || d->ended || d->enrolled)
        log_info("%s=%llu event=turn messages=%zu tasks=%zu skipped=%zu ended=%zu enrolled=%zu",
                 what, (unsigned long long)id, d->messages, d->tasks, d->skipped, d->ended,
                 d->enrolled);
}

/* RC_CONFLICT: changed, or done by another meanwhile. RC_INVALID: the store has said why. */
static bool goes_on(enum rc rc, const char *what, uint64_t id)
{
    if (rc && rc != RC_CONFLICT && rc != RC_AGAIN && rc != RC_INVALID)
        log_warn("%s=%llu step=failed rc=%s effect=\"tried again\"", what, (unsigned long long)id,
                 rc_name(rc));
    return rc != RC_AGAIN;
}

static void do_work(struct db *db, struct plan_job *job, const struct contact_plan_work *work)
{
    struct contact_plan_done done;
    bool on = true;
    enum rc rc;

    if (work->news) {
        done = (struct contact_plan_done){ .more = false };
        rc = contact_plan_take_news(db, job->settings, &done);
        on = goes_on(rc, "plan_news", 0);
        add_up(job, "plan_news", 0, &done);
        job->sum.more |= !rc; /* who began may have a step that is due */
    }
    for (size_t i = 0; on && i < work->n_walks; i++) {
        done = (struct contact_plan_done){ .more = false };
        rc = contact_plan_walk_on(db, work->walks[i], job->settings, &done);
        on = goes_on(rc, "plan_walk", work->walks[i]);
        add_up(job, "plan_walk", work->walks[i], &done);
        job->sum.more |= !rc;
    }
    for (size_t i = 0; on && i < work->n_plans; i++) {
        done = (struct contact_plan_done){ .more = false };
        rc = contact_plan_step(db, work->plans[i], job->settings, &done);
        on = goes_on(rc, "plan", work->plans[i]);
        add_up(job, "plan", work->plans[i], &done);
    }
}

static void look(struct db *db, struct plan_job *job)
{
    struct contact_plan_work work = { .n_plans = 0 };
    enum rc rc = contact_plan_find_work(db, clock_now(), &work);

    if (!rc && !work.news && !work.n_walks && !work.n_plans) {
        rc = lease_release(db, &job->lease);
        return;
    }
    if (!rc)
        rc = lease_hold(db, &job->lease, LEASE_US);
    if (!rc) /* else the database is away (db says so), or another node is at it */
        do_work(db, job, &work);
}

static utc_us job_run(void *work, void *resource)
{
    struct plan_job *job = work;

    job->sum = (struct contact_plan_done){ .more = false };
    look(resource, job);
    return job->sum.more ? RUNNER_MORE : RUNNER_IDLE;
}

/* --- on the loop --- */

static void job_done(void *owner)
{
    struct contact_plan_runner *r = owner;
    struct plan_job *job = &r->job;

    metric_add(&messages_total, (int64_t)job->sum.messages);
    metric_add(&tasks_total, (int64_t)job->sum.tasks);
    metric_add(&skipped_total, (int64_t)job->sum.skipped);
    metric_add(&enrolled_total, (int64_t)job->sum.enrolled);
    if (job->sum.messages && !runner_stopped(&r->jobs))
        r->handed(r->arg);
}

static const struct runner_ops ops = {
    .key = LANE_KEY,
    .every_us = LOOK_EVERY_US,
    .run = job_run,
    .done = job_done,
};

struct contact_plan_runner *contact_plan_runner_new(struct event_base *base, struct lane_pool *work,
                                                    const struct contact_plan_settings *settings,
                                                    void (*handed)(void *arg), void *arg)
{
    struct contact_plan_runner *r = calloc(1, sizeof(*r));

    if (!r)
        return NULL;
    r->handed = handed;
    r->arg = arg;
    r->job.settings = settings;
    lease_init(&r->job.lease, "contact_plan");
    metric_register(&messages_total);
    metric_register(&tasks_total);
    metric_register(&skipped_total);
    metric_register(&enrolled_total);
    if (runner_init(&r->jobs, base, work, &ops, &r->job, r)) {
        contact_plan_runner_free(r);
        return NULL;
    }
    runner_kick(&r->jobs);
    return r;
}

void contact_plan_runner_kick(struct contact_plan_runner *runner)
{
    runner_kick(&runner->jobs);
}

void contact_plan_runner_stop(struct contact_plan_runner *runner)
{
    runner_stop(&runner->jobs);
}

bool contact_plan_runner_busy(const struct contact_plan_runner *runner)
{
    return runner_busy(&runner->jobs);
}

void contact_plan_runner_free(struct contact_plan_runner *runner)
{
    if (!runner)
        return;
    runner_close(&runner->jobs);
    free(runner);
}
