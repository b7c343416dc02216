/*
 * contact_plan.c (flow) - one job at a time, each one page for every plan and walk that has
 * something to do; the next one at once while there is more, within a second otherwise.
 */
#include "flow/contact_plan.h"

#include <event2/event.h>
#include <stdlib.h>

#include "base/lane.h"
#include "store/lease.h"

#define LOG_PART "plan"
#include "base/log.h"
#include "base/metric.h"

#define LEASE_US     (15 * USEC_PER_SEC)
#define LOOK_EVERY_S 1
#define LANE_KEY     UINT64_C(0x636f6e74706c616e) /* any: all jobs of the runner are on one lane */

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
    struct job job;
    struct contact_plan_runner *runner; /* for done(); run() leaves it alone */
    const struct contact_plan_settings *settings;
    struct lease lease;
    struct contact_plan_done sum; /* what run() did */
};

struct contact_plan_runner {
    struct lane_pool *work;
    struct event *timer;
    void (*handed)(void *arg);
    void *arg;
    struct plan_job job;
    bool busy, again, stopped;
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

static void job_run(struct job *base, void *resource)
{
    struct plan_job *job = (struct plan_job *)base;
    struct contact_plan_work work = { .n_plans = 0 };
    struct db *db = resource;
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

/* --- on the loop --- */

static void look(struct contact_plan_runner *r)
{
    if (r->stopped)
        return;
    if (r->busy) {
        r->again = true;
        return;
    }
    r->again = false;
    r->job.sum = (struct contact_plan_done){ .more = false };
    r->busy = lane_post(r->work, LANE_KEY, &r->job.job) == RC_OK; /* if not: the timer comes */
}

static void job_done(struct job *base)
{
    struct plan_job *job = (struct plan_job *)base;
    struct contact_plan_runner *r = job->runner;

    r->busy = false;
    metric_add(&messages_total, (int64_t)job->sum.messages);
    metric_add(&tasks_total, (int64_t)job->sum.tasks);
    metric_add(&skipped_total, (int64_t)job->sum.skipped);
    metric_add(&enrolled_total, (int64_t)job->sum.enrolled);
    if (job->sum.messages && !r->stopped)
        r->handed(r->arg);
    if (job->sum.more || r->again)
        look(r);
}

static void on_timer(evutil_socket_t fd, short what, void *arg)
{
    (void)fd;
    (void)what;
    if (!((struct contact_plan_runner *)arg)->busy)
        look(arg);
}

struct contact_plan_runner *contact_plan_runner_new(struct event_base *base, struct lane_pool *work,
                                                    const struct contact_plan_settings *settings,
                                                    void (*handed)(void *arg), void *arg)
{
    const struct timeval every = { .tv_sec = LOOK_EVERY_S };
    struct contact_plan_runner *r = calloc(1, sizeof(*r));

    if (!r)
        return NULL;
    r->work = work;
    r->handed = handed;
    r->arg = arg;
    r->job.job.run = job_run;
    r->job.job.done = job_done;
    r->job.runner = r;
    r->job.settings = settings;
    lease_init(&r->job.lease, "contact_plan");
    metric_register(&messages_total);
    metric_register(&tasks_total);
    metric_register(&skipped_total);
    metric_register(&enrolled_total);
    r->timer = event_new(base, -1, EV_PERSIST, on_timer, r);
    if (!r->timer || event_add(r->timer, &every)) {
        contact_plan_runner_free(r);
        return NULL;
    }
    look(r);
    return r;
}

void contact_plan_runner_kick(struct contact_plan_runner *runner)
{
    look(runner);
}

void contact_plan_runner_stop(struct contact_plan_runner *runner)
{
    runner->stopped = true;
    event_del(runner->timer);
}

bool contact_plan_runner_busy(const struct contact_plan_runner *runner)
{
    return runner->busy;
}

void contact_plan_runner_free(struct contact_plan_runner *runner)
{
    if (!runner)
        return;
    if (runner->timer)
        event_free(runner->timer);
    free(runner);
}
