/* eraser.c - one job at a time, another as long as there is more. */
#include "flow/eraser.h"

#include <stdlib.h>

#include "base/runner.h"
#include "store/erase.h"

#define LOG_PART "eraser"
#include "base/log.h"
#include "base/metric.h"

#define LANE_KEY      UINT64_C(0x657261736572) /* any */
#define LOOK_EVERY_US (30 * USEC_PER_SEC)

static struct metric erased =
    METRIC_COUNTER("relais_customers_erased_total", "Customers whose erasure was finished.");

struct eraser {
    struct runner jobs;
};

static utc_us job_run(void *work, void *db)
{
    struct erase_done result;
    enum rc rc = erase_step(db, clock_now(), &result);

    (void)work;
    if (rc && rc != RC_AGAIN) /* when the database is away, db says so */
        log_warn("erasure step=failed rc=%s effect=\"tried again\"", rc_name(rc));
    if (rc || !result.customer_id)
        return RUNNER_IDLE;
    if (result.finished) {
        metric_add(&erased, 1);
        log_info("customer=%llu erasure=finished", (unsigned long long)result.customer_id);
    }
    return RUNNER_MORE;
}

static const struct runner_ops ops = {
    .key = LANE_KEY,
    .every_us = LOOK_EVERY_US,
    .run = job_run,
};

struct eraser *eraser_new(struct event_base *base, struct lane_pool *work)
{
    struct eraser *e = calloc(1, sizeof(*e));

    if (!e)
        return NULL;
    metric_register(&erased);
    if (runner_init(&e->jobs, base, work, &ops, NULL, NULL)) {
        eraser_free(e);
        return NULL;
    }
    runner_kick(&e->jobs);
    return e;
}

void eraser_kick(struct eraser *e)
{
    runner_kick(&e->jobs);
}

void eraser_stop(struct eraser *e)
{
    runner_stop(&e->jobs);
}

bool eraser_busy(const struct eraser *e)
{
    return runner_busy(&e->jobs);
}

void eraser_free(struct eraser *e)
{
    if (!e)
        return;
    runner_close(&e->jobs);
    free(e);
}
