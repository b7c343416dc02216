/*
 * escalation.c (flow) - one job at a time, each one page of what is due; the next one at once while
 * there is more. Else it looks when the next matter is due, which costs one row of an index, and at
 * least once a second, since others open matters and the clock may be turned.
 */
#include "flow/escalation.h"

#include <stdlib.h>

#include "base/runner.h"
#include "store/lease.h"
#include "store/matter_look.h"
#include "store/matter_view.h"
#include "store/notice_fate.h"

#define LOG_PART "escalation"
#include "base/log.h"
#include "base/metric.h"

#define LEASE_US       (15 * USEC_PER_SEC)
#define LOOK_EVERY_US  USEC_PER_SEC
#define COUNT_EVERY_US (60 * USEC_PER_SEC)
#define FATES_EVERY_US (5 * USEC_PER_SEC)
#define SET_BACK_US    (60 * USEC_PER_SEC)          /* by so much, it was wrong before */
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
static struct metric mailed_total =
    METRIC_COUNTER("relais_escalation_mailed_total",
                   "Notices by SMS that no carrier took or that did not arrive, told by mail.");
static struct metric not_told_total = METRIC_COUNTER(
    "relais_escalation_not_told_total",
    "Notices by SMS that did not arrive, to people without mail: they know nothing.");

static struct metric open_now =
    METRIC_GAUGE("relais_matters_open", "Contacts and alerts that people are reminded of.");
static struct metric acknowledged_now =
    METRIC_GAUGE("relais_matters_acknowledged", "Contacts and alerts that somebody is at.");
static struct metric exhausted_now = METRIC_GAUGE(
    "relais_matters_exhausted", "Contacts and alerts that were told to the end without an answer.");

static struct metric *const metrics[] = { &told_total,       &late_total,      &skipped_total,
                                          &nobody_total,     &exhausted_total, &notices_total,
                                          &mailed_total,     &not_told_total,  &open_now,
                                          &acknowledged_now, &exhausted_now };

struct escalation_job {
    const struct escalation_settings *settings;
    struct lease lease;
    struct escalation_run *run; /* between jobs; only run() looks at it */
    struct escalation_done done;
    struct notice_fates fates;
    bool more;
    uint64_t fates_cursor;
    int64_t counted_at, fates_at; /* of clock_monotonic_us(); 0: never */
    utc_us seen_at;               /* what the clock said before; 0: nothing yet */
};

struct escalation_runner {
    struct runner jobs;
    void (*queued)(void *arg);
    void *arg;
    struct escalation_job job;
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

/* Every few seconds a page; the next one at once as long as something is found. Whose fate it is is
 * decided by its row, so this needs no lease. */
static enum rc look_at_fates(struct db *db, struct escalation_job *job)
{
    const int64_t now = clock_monotonic_us();
    enum rc rc;

    if (job->fates_at && now - job->fates_at < FATES_EVERY_US)
        return RC_OK;
    rc = notice_fates_step(db, job->settings, clock_now(), &job->fates_cursor, &job->fates);
    if (rc)
        return rc;
    job->more = job->fates.more && job->fates.mailed + job->fates.lost > 0;
    job->fates_at = job->more ? 0 : now;
    return RC_OK;
}

/* At the start, too: it may have been set while nobody looked. */
static enum rc look_at_clock(struct db *db, struct escalation_job *job)
{
    const utc_us now = clock_now();
    enum rc rc = RC_OK;

    if (!job->seen_at || now < job->seen_at - SET_BACK_US)
        rc = escalation_set_back(db, now);
    if (!rc)
        job->seen_at = now;
    return rc;
}

/* Before anybody is told anything: what was decided before hours, people or policies were others is
 * decided again. */
static enum rc do_looks(struct db *db, struct escalation_job *job)
{
    struct matter_looks looks;
    enum rc rc = matter_look_step(db, clock_now(), &looks);

    if (looks.looked || looks.opened)
        log_info("matters=again looked=%zu opened=%zu", looks.looked, looks.opened);
    job->more = !rc && looks.more;
    if (rc && rc != RC_AGAIN && rc != RC_UNKNOWN) { /* no reason to tell nobody anything */
        log_error("matters=again rc=%s effect=\"tried again\"", rc_name(rc));
        rc = RC_OK;
    }
    return rc;
}

static enum rc tell(struct db *db, struct escalation_job *job)
{
    enum rc rc = RC_OK;

    if (!job->run)
        rc = begin(db, job);
    if (!rc && job->run)
        return do_page(db, job);
    return rc ? rc : lease_release(db, &job->lease);
}

static utc_us job_run(void *work, void *resource)
{
    struct escalation_job *job = work;
    struct db *db = resource;
    utc_us next_at = RUNNER_IDLE;
    enum rc rc = look_at_clock(db, job);

    job->done = (struct escalation_done){ .told = 0 };
    job->fates = (struct notice_fates){ .mailed = 0 };
    job->more = false;
    if (!rc)
        rc = do_looks(db, job);
    if (!rc && !job->more)
        rc = tell(db, job);
    if (!rc && !job->more)
        rc = count_matters(db, job);
    if (!rc && !job->more)
        rc = look_at_fates(db, job);
    if (!rc && !job->more)
        rc = escalation_next(db, &next_at);
    /* RC_AGAIN: db has said why. RC_CONFLICT: another node is at it. */
    if (rc && rc != RC_AGAIN && rc != RC_CONFLICT)
        log_warn("escalation=page rc=%s effect=\"tried again\"", rc_name(rc));
    return job->more ? RUNNER_MORE : next_at;
}

/* --- on the loop --- */

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

static void job_done(void *owner)
{
    struct escalation_runner *r = owner;

    count(&r->job.done);
    metric_add(&mailed_total, (int64_t)r->job.fates.mailed);
    metric_add(&not_told_total, (int64_t)r->job.fates.lost);
    if (r->job.done.notices + r->job.fates.mailed && !runner_stopped(&r->jobs))
        r->queued(r->arg);
}

static const struct runner_ops ops = {
    .key = LANE_KEY,
    .every_us = LOOK_EVERY_US,
    .run = job_run,
    .done = job_done,
};

struct escalation_runner *escalation_runner_new(struct event_base *base, struct lane_pool *work,
                                                const struct escalation_settings *settings,
                                                void (*queued)(void *arg), void *arg)
{
    struct escalation_runner *r = calloc(1, sizeof(*r));

    if (!r)
        return NULL;
    r->queued = queued;
    r->arg = arg;
    r->job.settings = settings;
    lease_init(&r->job.lease, "escalation");
    for (size_t i = 0; i < sizeof(metrics) / sizeof(metrics[0]); i++)
        metric_register(metrics[i]);
    if (runner_init(&r->jobs, base, work, &ops, &r->job, r)) {
        escalation_runner_free(r);
        return NULL;
    }
    runner_kick(&r->jobs);
    return r;
}

void escalation_runner_kick(struct escalation_runner *runner)
{
    if (runner)
        runner_kick(&runner->jobs);
}

void escalation_runner_stop(struct escalation_runner *runner)
{
    runner_stop(&runner->jobs);
}

bool escalation_runner_busy(const struct escalation_runner *runner)
{
    return runner_busy(&runner->jobs);
}

void escalation_runner_free(struct escalation_runner *runner)
{
    if (!runner)
        return;
    runner_close(&runner->jobs);
    escalation_run_free(runner->job.run);
    free(runner);
}
