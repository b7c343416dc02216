/*
 * contact_list.c (flow) - one job at a time: a look at what there is to do, a page of a walk, a
 * page of tasks, or some news; the next one at once while there is more, within seconds otherwise.
 */
#include "flow/contact_list.h"

#include <event2/event.h>
#include <stdlib.h>

#include "base/lane.h"
#include "store/contact_orphan.h"
#include "store/lease.h"

#define LOG_PART "contact"
#include "base/log.h"
#include "base/metric.h"

#define LEASE_US     (60 * USEC_PER_SEC) /* longer than any page may take */
#define LOOK_EVERY_S 2
#define ORPHANS_US   (60 * USEC_PER_SEC)        /* between two looks at tasks that are nobody's */
#define LANE_KEY     UINT64_C(0x636f6e74616374) /* any: all jobs of the runner are on one lane */

static struct metric lists_total =
    METRIC_COUNTER("relais_contact_lists_made_total", "Daily lists of contacts that were made.");
static struct metric listed_total =
    METRIC_COUNTER("relais_contact_listed_total", "Contacts that were put on a daily list.");
static struct metric news_total = METRIC_COUNTER(
    "relais_contact_news_total", "Customers who were looked at because something had changed.");
static struct metric last_seconds =
    METRIC_GAUGE("relais_contact_list_last_seconds", "How long the last making of lists took.");

struct contact_list_job {
    struct job job;
    struct contact_list_runner *runner; /* for done(); run() leaves it alone */
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
    struct lane_pool *lanes;
    struct event *timer;
    void (*listed)(void *arg);
    void *arg;
    struct contact_list_job job;
    bool busy, again, stopped;
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

static enum rc look_for_work(struct db *db, struct contact_list_job *job,
                             struct contact_list_work *work)
{
    enum rc rc = contact_list_find_work(db, job->settings, clock_now(), work);

    if (!rc && !work->make && !work->news && clock_monotonic_us() < job->orphans_at)
        return lease_release(db, &job->lease);
    return rc ? rc : lease_hold(db, &job->lease, LEASE_US);
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

static void job_run(struct job *base, void *resource)
{
    struct contact_list_job *job = (struct contact_list_job *)base;
    struct db *db = resource;
    enum rc rc;

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
}

/* --- on the loop --- */

static void look(struct contact_list_runner *r)
{
    if (r->stopped)
        return;
    if (r->busy) {
        r->again = true;
        return;
    }
    r->again = false;
    r->job.lists = r->job.listed = r->job.news = 0;
    r->job.took_s = -1;
    r->job.more = false;
    r->busy = lane_post(r->lanes, LANE_KEY, &r->job.job) == RC_OK; /* if not: the timer comes */
}

static void job_done(struct job *base)
{
    struct contact_list_job *job = (struct contact_list_job *)base;
    struct contact_list_runner *r = job->runner;

    r->busy = false;
    metric_add(&lists_total, (int64_t)job->lists);
    metric_add(&listed_total, (int64_t)job->listed);
    metric_add(&news_total, (int64_t)job->news);
    if (job->took_s >= 0)
        metric_set(&last_seconds, job->took_s);
    if (job->listed && !r->stopped && r->listed)
        r->listed(r->arg);
    if (job->more || r->again)
        look(r);
}

static void on_timer(evutil_socket_t fd, short what, void *arg)
{
    (void)fd;
    (void)what;
    if (!((struct contact_list_runner *)arg)->busy)
        look(arg);
}

struct contact_list_runner *contact_list_runner_new(struct event_base *base,
                                                    struct lane_pool *lanes,
                                                    const struct contact_list_settings *settings,
                                                    void (*listed)(void *arg), void *arg)
{
    const struct timeval every = { .tv_sec = LOOK_EVERY_S };
    struct contact_list_runner *r = calloc(1, sizeof(*r));

    if (!r)
        return NULL;
    r->lanes = lanes;
    r->listed = listed;
    r->arg = arg;
    r->job.job.run = job_run;
    r->job.job.done = job_done;
    r->job.runner = r;
    r->job.settings = settings;
    lease_init(&r->job.lease, "contact_list");
    metric_register(&lists_total);
    metric_register(&listed_total);
    metric_register(&news_total);
    metric_register(&last_seconds);
    r->timer = event_new(base, -1, EV_PERSIST, on_timer, r);
    if (!r->timer || event_add(r->timer, &every)) {
        contact_list_runner_free(r);
        return NULL;
    }
    look(r);
    return r;
}

void contact_list_runner_kick(struct contact_list_runner *runner)
{
    look(runner);
}

void contact_list_runner_stop(struct contact_list_runner *runner)
{
    runner->stopped = true;
    event_del(runner->timer);
}

bool contact_list_runner_busy(const struct contact_list_runner *runner)
{
    return runner->busy;
}

void contact_list_runner_free(struct contact_list_runner *runner)
{
    if (!runner)
        return;
    contact_making_free(runner->job.making);
    if (runner->timer)
        event_free(runner->timer);
    free(runner);
}
