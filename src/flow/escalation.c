/*
 * escalation.c (flow) - one job at a time, each one page of what is due; the next one at once while
 * there is more. Else it looks when the next matter is due, which costs one row of an index, and at
 * least once a second, since others open matters and the clock may be turned.
 */
#include "flow/escalation.h"

#include <event2/event.h>
#include <stdlib.h>

#include "base/lane.h"
#include "store/lease.h"
#include "store/matter_view.h"

#define LOG_PART "escalation"
#include "base/log.h"
#include "base/metric.h"

#define LEASE_US       (15 * USEC_PER_SEC)
#define LOOK_EVERY_US  USEC_PER_SEC
#define COUNT_EVERY_US (60 * USEC_PER_SEC)
#define LOOK_SOON_US   (10 * USEC_PER_MSEC)         /* not sooner, however near the next one is */
#define LANE_KEY       UINT64_C(0x657363616c617465) /* any: all jobs of the runner are on one lane */

static struct metric told_total =
    METRIC_COUNTER("relais_escalation_told_total", "Steps of policies by which somebody was told.");
static struct metric late_total = METRIC_COUNTER(
    "relais_escalation_late_total", "Of these, later than five minutes after their time.");
static struct metric skipped_total =
    METRIC_COUNTER("relais_escalation_skipped_total",
                   "Steps that came too late and were skipped by their policy.");
static struct metric nobody_total =
    METRIC_COUNTER("relais_escalation_nobody_total", "Steps for which there was nobody to tell.");
static struct metric exhausted_total = METRIC_COUNTER(
    "relais_escalation_exhausted_total", "Matters whose last step was done without an answer.");
static struct metric notices_total =
    METRIC_COUNTER("relais_escalation_notices_total", "SMS and mails to people who work here.");

static struct metric open_now =
    METRIC_GAUGE("relais_matters_open", "Contacts and alerts that people are reminded of.");
static struct metric acknowledged_now =
    METRIC_GAUGE("relais_matters_acknowledged", "Contacts and alerts that somebody is at.");
static struct metric exhausted_now = METRIC_GAUGE(
    "relais_matters_exhausted", "Contacts and alerts that were told to the end without an answer.");

static struct metric *const metrics[] = { &told_total,   &late_total,       &skipped_total,
                                          &nobody_total, &exhausted_total,  &notices_total,
                                          &open_now,     &acknowledged_now, &exhausted_now };

struct escalation_job {
    struct job job;
    struct escalation_runner *runner; /* for done(); run() leaves it alone */
    const struct escalation_settings *settings;
    struct lease lease;
    struct escalation_run *run; /* between jobs; only run() looks at it */
    struct escalation_done done;
    bool more;
    utc_us next_at;
    int64_t counted_at; /* of clock_monotonic_us(); 0: never */
};

struct escalation_runner {
    struct lane_pool *work;
    struct event *timer;
    void (*queued)(void *arg);
    void *arg;
    struct escalation_job job;
    bool busy, again, stopped;
};

/* --- on the lane --- */

static void drop(struct escalation_job *job)
{
    escalation_run_free(job->run);
    job->run = NULL;
}

/* The lease first: what is due is reckoned by the one node that does it. */
static enum rc begin(struct db *db, struct escalation_job *job)
{
    const utc_us now = clock_now();
    utc_us next;
    enum rc rc = escalation_next(db, &next);

    if (rc || next > now)
        return rc;
    rc = lease_hold(db, &job->lease, LEASE_US);
    return rc ? rc : escalation_run_begin(db, job->settings, now, &job->run);
}

static enum rc do_page(struct db *db, struct escalation_job *job)
{
    const bool full = escalation_run_was_full(job->run);
    bool more = false;
    enum rc rc = lease_hold(db, &job->lease, LEASE_US);

    if (!rc)
        rc = escalation_run_page(db, job->run, &job->done, &more);
    if (rc || !more)
        drop(job);
    job->more = !rc && (more || full);
    return rc;
}

/* Every minute. */
static enum rc count_matters(struct db *db, struct escalation_job *job)
{
    const int64_t now = clock_monotonic_us();
    struct matter_counts counts;
    enum rc rc;

    if (job->counted_at && now - job->counted_at < COUNT_EVERY_US)
        return RC_OK;
    job->counted_at = now;
    rc = matter_count(db, &counts);
    if (rc)
        return rc;
    metric_set(&open_now, (int64_t)counts.open);
    metric_set(&acknowledged_now, (int64_t)counts.acknowledged);
    metric_set(&exhausted_now, (int64_t)counts.exhausted);
    return RC_OK;
}

static void job_run(struct job *base, void *resource)
{
    struct escalation_job *job = (struct escalation_job *)base;
    struct db *db = resource;
    enum rc rc = RC_OK;

    if (!job->run)
        rc = begin(db, job);
    if (!rc && job->run)
        rc = do_page(db, job);
    else if (!rc)
        rc = lease_release(db, &job->lease);
    if (!rc && !job->more)
        rc = count_matters(db, job);
    if (!rc && !job->more)
        rc = escalation_next(db, &job->next_at);
    /* RC_AGAIN: db has said why. RC_CONFLICT: another node is at it. */
    if (rc && rc != RC_AGAIN && rc != RC_CONFLICT)
        log_warn("escalation=page rc=%s effect=\"tried again\"", rc_name(rc));
}

/* --- on the loop --- */

static void look(struct escalation_runner *r)
{
    if (r->stopped)
        return;
    if (r->busy) {
        r->again = true;
        return;
    }
    r->again = false;
    r->job.done = (struct escalation_done){ .told = 0 };
    r->job.more = false;
    r->job.next_at = CALENDAR_NEVER;
    r->busy = lane_post(r->work, LANE_KEY, &r->job.job) == RC_OK; /* if not: the timer comes */
}

static void wait_for(struct escalation_runner *r, utc_us next_at)
{
    const utc_us now = clock_now();
    int64_t us = LOOK_EVERY_US;

    if (next_at < now + us)
        us = next_at > now + LOOK_SOON_US ? next_at - now : LOOK_SOON_US;
    event_add(r->timer,
              &(struct timeval){ .tv_sec = us / USEC_PER_SEC, .tv_usec = us % USEC_PER_SEC });
}

static void count(const struct escalation_done *done)
{
    metric_add(&told_total, (int64_t)done->told);
    metric_add(&late_total, (int64_t)done->late);
    metric_add(&skipped_total, (int64_t)done->skipped);
    metric_add(&nobody_total, (int64_t)done->nobody);
    metric_add(&exhausted_total, (int64_t)done->exhausted);
    metric_add(&notices_total, (int64_t)done->notices);
    if (done->told || done->skipped || done->nobody || done->exhausted)
        log_info("escalation=page told=%zu notices=%zu late=%zu skipped=%zu nobody=%zu "
                 "exhausted=%zu",
                 done->told, done->notices, done->late, done->skipped, done->nobody,
                 done->exhausted);
}

static void job_done(struct job *base)
{
    struct escalation_job *job = (struct escalation_job *)base;
    struct escalation_runner *r = job->runner;

    r->busy = false;
    count(&job->done);
    if (r->stopped)
        return;
    if (job->done.notices)
        r->queued(r->arg);
    if (job->more || r->again)
        look(r);
    if (!r->busy)
        wait_for(r, job->next_at);
}

static void on_timer(evutil_socket_t fd, short what, void *arg)
{
    struct escalation_runner *r = arg;

    (void)fd;
    (void)what;
    if (r->busy)
        return;
    look(r);
    if (!r->busy)
        wait_for(r, CALENDAR_NEVER);
}

struct escalation_runner *escalation_runner_new(struct event_base *base, struct lane_pool *work,
                                                const struct escalation_settings *settings,
                                                void (*queued)(void *arg), void *arg)
{
    struct escalation_runner *r = calloc(1, sizeof(*r));

    if (!r)
        return NULL;
    r->work = work;
    r->queued = queued;
    r->arg = arg;
    r->job.job.run = job_run;
    r->job.job.done = job_done;
    r->job.runner = r;
    r->job.settings = settings;
    lease_init(&r->job.lease, "escalation");
    for (size_t i = 0; i < sizeof(metrics) / sizeof(metrics[0]); i++)
        metric_register(metrics[i]);
    r->timer = evtimer_new(base, on_timer, r);
    if (!r->timer) {
        escalation_runner_free(r);
        return NULL;
    }
    wait_for(r, 0);
    return r;
}

void escalation_runner_kick(struct escalation_runner *runner)
{
    if (runner)
        look(runner);
}

void escalation_runner_stop(struct escalation_runner *runner)
{
    runner->stopped = true;
    event_del(runner->timer);
}

bool escalation_runner_busy(const struct escalation_runner *runner)
{
    return runner->busy;
}

void escalation_runner_free(struct escalation_runner *runner)
{
    if (!runner)
        return;
    if (runner->timer)
        event_free(runner->timer);
    escalation_run_free(runner->job.run);
    free(runner);
}
