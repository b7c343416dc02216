/*
 * contact_list.c (flow) - one job at a time: a look at what there is to do, a page of a walk, a
 * page of tasks, or some news; the next one at once while there is more, within seconds otherwise.
 */
#include "flow/contact_list.h"

#include <stdlib.h>

#include "base/runner.h"
#include "store/contact_orphan.h"
#include "store/lease.h"

#define LOG_PART "contact"
#include "base/log.h"
#include "base/metric.h"

#define LEASE_US      (60 * USEC_PER_SEC) /* longer than any page may take */
#define LOOK_EVERY_US (2 * USEC_PER_SEC)
#define ORPHANS_US    (60 * USEC_PER_SEC)        /* between two looks at tasks that are nobody's */
#define LANE_KEY      UINT64_C(0x636f6e74616374) /* any: all jobs of the runner are on one lane */

static struct metric lists_total =
    METRIC_COUNTER("relais_contact_lists_made_total", "Daily lists of contacts that were made.");
static struct metric listed_total =
    METRIC_COUNTER("relais_contact_listed_total", "Contacts that were put on a daily list.");
static struct metric news_total = METRIC_COUNTER(
    "relais_contact_news_total", "Customers who were looked at because something had changed.");
static struct metric last_seconds =
    METRIC_GAUGE("relais_contact_list_last_seconds", "How long the last making of lists took.");

struct contact_list_job {
    const struct contact_list_settings *settings;
    struct lease lease;
    struct contact_making *making; /* NULL: none is under way */
    int64_t began_us;              /* monotonic */
    uint64_t next_news, next_orphan;
    int64_t orphans_at;         /* monotonic: the next look at them */
    size_t lists, listed, news; /* what run() did */
    int64_t took_s;
    bool more;
};

struct contact_list_runner {
    struct runner jobs;
    void (*listed)(void *arg);
    void *arg;
    struct contact_list_job job;
};

/* --- on the lane --- */

static void drop_making(struct contact_list_job *job)
{
    contact_making_free(job->making);
    job->making = NULL;
}

static void tell_made(struct contact_list_job *job)
{
    struct contact_making_count count;

    contact_making_count(job->making, &count);
    job->took_s = (clock_monotonic_us() - job->began_us) / USEC_PER_SEC;
    job->lists += count.teams;
    job->listed += count.listed;
    log_info("list=%d event=made teams=%zu seen=%llu due=%llu listed=%llu took_ms=%lld", count.day,
             count.teams, (unsigned long long)count.seen, (unsigned long long)count.due,
             (unsigned long long)count.listed,
             (long long)((clock_monotonic_us() - job->began_us) / 1000));
}

static enum rc make_step(struct db *db, struct contact_list_job *job)
{
    bool over;
    enum rc rc = contact_making_step(db, job->making, &over);

    if (!rc && over)
        tell_made(job);
    if (rc || over)
        drop_making(job);
    job->more = !rc;
    return rc;
}

static enum rc news_step(struct db *db, struct contact_list_job *job)
{
    struct contact_news_count count;
    enum rc rc = contact_news_step(db, job->settings, &job->next_news, &count);

    if (rc)
        return rc;
    job->news += count.looked_at;
    job->listed += count.added;
    job->more = count.more;
    if (count.added || count.removed)
        log_info("list=today event=news looked_at=%zu added=%zu removed=%zu rated=%zu",
                 count.looked_at, count.added, count.removed, count.rated);
    return RC_OK;
}

static enum rc orphan_step(struct db *db, struct contact_list_job *job)
{
    struct contact_orphan_count count;
    enum rc rc = contact_orphan_step(db, job->settings, &job->next_orphan, &count);

    if (rc)
        return rc;
    job->more |= count.more;
    if (!count.more)
        job->orphans_at = clock_monotonic_us() + ORPHANS_US;
    if (count.given)
        log_info("list=today event=orphans given=%zu waiting=%zu", count.given, count.waiting);
    return RC_OK;
}

/* The lease first: one node looks. */
static enum rc look_for_work(struct db *db, struct contact_list_job *job,
                             struct contact_list_work *work)
{
    enum rc rc = lease_keep(db, &job->lease, LEASE_US);

    if (!rc)
        rc = contact_list_find_work(db, job->settings, clock_now(), work);
    if (rc || (!work->make && !work->news && clock_monotonic_us() < job->orphans_at))
        return rc;
    return lease_hold(db, &job->lease, LEASE_US);
}

static enum rc do_work(struct db *db, struct contact_list_job *job)
{
    struct contact_list_work work = { .make = false };
    enum rc rc = look_for_work(db, job, &work);

    if (!rc && work.make) {
        job->began_us = clock_monotonic_us();
        rc = contact_making_begin(db, job->settings, job->lease.fence, &job->making);
        job->more = !rc && job->making;
    }
    if (!rc && work.news && !job->making)
        rc = news_step(db, job);
    if (!rc && clock_monotonic_us() >= job->orphans_at)
        rc = orphan_step(db, job);
    return rc;
}

static utc_us job_run(void *work, void *resource)
{
    struct contact_list_job *job = work;
    struct db *db = resource;
    enum rc rc;

    job->lists = job->listed = job->news = 0;
    job->took_s = -1;
    job->more = false;
    if (job->making) {
        rc = lease_hold(db, &job->lease, LEASE_US);
        if (rc)
            drop_making(job);
        else
            rc = make_step(db, job);
    } else {
        rc = do_work(db, job);
    }
    /* RC_CONFLICT: another node is at it. RC_AGAIN: db has said why. */
    if (rc && rc != RC_CONFLICT && rc != RC_AGAIN)
        log_warn("step=failed rc=%s effect=\"tried again\"", rc_name(rc));
    return job->more ? RUNNER_MORE : RUNNER_IDLE;
}

/* --- on the loop --- */

static void job_done(void *owner)
{
    struct contact_list_runner *r = owner;
    struct contact_list_job *job = &r->job;

    metric_add(&lists_total, (int64_t)job->lists);
    metric_add(&listed_total, (int64_t)job->listed);
    metric_add(&news_total, (int64_t)job->news);
    if (job->took_s >= 0)
        metric_set(&last_seconds, job->took_s);
    if (job->listed && !runner_stopped(&r->jobs) && r->listed)
        r->listed(r->arg);
}

static const struct runner_ops ops = {
    .key = LANE_KEY,
    .every_us = LOOK_EVERY_US,
    .run = job_run,
    .done = job_done,
};

struct contact_list_runner *contact_list_runner_new(struct event_base *base,
                                                    struct lane_pool *lanes,
                                                    const struct contact_list_settings *settings,
                                                    void (*listed)(void *arg), void *arg)
{
    struct contact_list_runner *r = calloc(1, sizeof(*r));

    if (!r)
        return NULL;
    r->listed = listed;
    r->arg = arg;
    r->job.settings = settings;
    lease_init(&r->job.lease, "contact_list");
    metric_register(&lists_total);
    metric_register(&listed_total);
    metric_register(&news_total);
    metric_register(&last_seconds);
    if (runner_init(&r->jobs, base, lanes, &ops, &r->job, r)) {
        contact_list_runner_free(r);
        return NULL;
    }
    runner_kick(&r->jobs);
    return r;
}

void contact_list_runner_kick(struct contact_list_runner *runner)
{
    runner_kick(&runner->jobs);
}

void contact_list_runner_stop(struct contact_list_runner *runner)
{
    runner_stop(&runner->jobs);
}

bool contact_list_runner_busy(const struct contact_list_runner *runner)
{
    return runner_busy(&runner->jobs);
}

void contact_list_runner_free(struct contact_list_runner *runner)
{
    if (!runner)
        return;
    runner_close(&runner->jobs);
    contact_making_free(runner->job.making);
    free(runner);
}
