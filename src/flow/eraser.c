/* eraser.c - one job at a time, another as long as there is more. */
#include "flow/eraser.h"

#include <event2/event.h>
#include <stdlib.h>

#include "base/lane.h"
#include "store/erase.h"

#define LOG_PART "eraser"
#include "base/log.h"
#include "base/metric.h"

#define LANE_KEY     UINT64_C(0x657261736572) /* any */
#define LOOK_EVERY_S 30

static struct metric erased =
    METRIC_COUNTER("relais_customers_erased_total", "Customers whose erasure was finished.");

struct eraser_job {
    struct job job;
    struct eraser *eraser; /* for done(); run() leaves it alone */
    struct erase_done result;
    bool more;
};

struct eraser {
    struct lane_pool *work;
    struct event *timer;
    struct eraser_job job;
    bool busy, again, stopped;
};

static void job_run(struct job *base, void *db)
{
    struct eraser_job *job = (struct eraser_job *)base;
    enum rc rc = erase_step(db, clock_now(), &job->result);

    if (rc && rc != RC_AGAIN) /* when the database is away, db says so */
        log_warn("erasure step=failed rc=%s effect=\"tried again\"", rc_name(rc));
    job->more = !rc && job->result.customer_id;
    if (job->more && job->result.finished)
        log_info("customer=%llu erasure=finished", (unsigned long long)job->result.customer_id);
}

static void look(struct eraser *e)
{
    e->again = e->busy;
    if (!e->busy && !e->stopped)
        e->busy = lane_post(e->work, LANE_KEY, &e->job.job) == RC_OK; /* if not: the timer comes */
}

static void job_done(struct job *base)
{
    struct eraser *e = ((struct eraser_job *)base)->eraser;

    e->busy = false;
    if (e->job.more && e->job.result.finished)
        metric_add(&erased, 1);
    if (e->job.more || e->again)
        look(e);
}

static void on_timer(evutil_socket_t fd, short what, void *arg)
{
    (void)fd;
    (void)what;
    look(arg);
}

struct eraser *eraser_new(struct event_base *base, struct lane_pool *work)
{
    const struct timeval every = { .tv_sec = LOOK_EVERY_S };
    struct eraser *e = calloc(1, sizeof(*e));

    if (!e)
        return NULL;
    e->work = work;
    e->job.job.run = job_run;
    e->job.job.done = job_done;
    e->job.eraser = e;
    metric_register(&erased);
    e->timer = event_new(base, -1, EV_PERSIST, on_timer, e);
    if (!e->timer || event_add(e->timer, &every)) {
        eraser_free(e);
        return NULL;
    }
    look(e);
    return e;
}

void eraser_kick(struct eraser *e)
{
    look(e);
}

void eraser_stop(struct eraser *e)
{
    e->stopped = true;
    event_del(e->timer);
}

bool eraser_busy(const struct eraser *e)
{
    return e->busy;
}

void eraser_free(struct eraser *e)
{
    if (!e)
        return;
    if (e->timer)
        event_free(e->timer);
    free(e);
}
