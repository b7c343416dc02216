/* merger.c - one job at a time, another as long as there is more. */
#include "flow/merger.h"

#include <event2/event.h>
#include <stdlib.h>

#include "base/lane.h"
#include "store/customer_double.h"
#include "store/customer_merge.h"

#define LOG_PART "merger"
#include "base/log.h"
#include "base/metric.h"

#define LANE_KEY     UINT64_C(0x6d6572676572) /* any */
#define LOOK_EVERY_S 30
#define SEARCH_PAGE  1000 /* customers a step */

static struct metric merged =
    METRIC_COUNTER("relais_customers_merged_total",
                   "Customers of whom all was moved to whom they were found to be.");

struct merger_job {
    struct job job;
    struct merger *merger; /* for done(); run() leaves it alone */
    struct merge_done result;
    bool more;
};

struct merger {
    struct lane_pool *work;
    struct event *timer;
    struct merger_job job;
    bool busy, again, stopped;
};

/* When the database is away, db says so. */
static void warn(enum rc rc, const char *what, uint64_t customer)
{
    if (rc && rc != RC_AGAIN)
        log_warn("%s step=failed rc=%s customer=%llu effect=\"tried again\"", what, rc_name(rc),
                 (unsigned long long)customer);
}

static void job_run(struct job *base, void *db)
{
    struct merger_job *job = (struct merger_job *)base;
    bool searching = false;
    enum rc rc;

    job->result = (struct merge_done){ 0 };
    job->more = false;
    rc = customer_merge_step(db, clock_now(), &job->result);
    warn(rc, "merge", job->result.customer_id);
    if (rc == RC_AGAIN)
        return;
    if (job->result.finished)
        log_info("customer=%llu merge=finished", (unsigned long long)job->result.customer_id);
    rc = double_search_step(db, clock_now(), SEARCH_PAGE, &searching);
    warn(rc, "search", 0);
    job->more = rc != RC_AGAIN && (job->result.customer_id || (!rc && searching));
}

static void look(struct merger *m)
{
    m->again = m->busy;
    if (!m->busy && !m->stopped)
        m->busy = lane_post(m->work, LANE_KEY, &m->job.job) == RC_OK; /* if not: the timer comes */
}

static void job_done(struct job *base)
{
    struct merger *m = ((struct merger_job *)base)->merger;

    m->busy = false;
    if (m->job.result.finished)
        metric_add(&merged, 1);
    if (m->job.more || m->again)
        look(m);
}

static void on_timer(evutil_socket_t fd, short what, void *arg)
{
    (void)fd;
    (void)what;
    look(arg);
}

struct merger *merger_new(struct event_base *base, struct lane_pool *work)
{
    const struct timeval every = { .tv_sec = LOOK_EVERY_S };
    struct merger *m = calloc(1, sizeof(*m));

    if (!m)
        return NULL;
    m->work = work;
    m->job.job.run = job_run;
    m->job.job.done = job_done;
    m->job.merger = m;
    metric_register(&merged);
    m->timer = event_new(base, -1, EV_PERSIST, on_timer, m);
    if (!m->timer || event_add(m->timer, &every)) {
        merger_free(m);
        return NULL;
    }
    look(m);
    return m;
}

void merger_kick(struct merger *m)
{
    look(m);
}

void merger_stop(struct merger *m)
{
    m->stopped = true;
    event_del(m->timer);
}

bool merger_busy(const struct merger *m)
{
    return m->busy;
}

void merger_free(struct merger *m)
{
    if (!m)
        return;
    if (m->timer)
        event_free(m->timer);
    free(m);
}
