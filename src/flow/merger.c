/* merger.c - one job at a time, another as long as there is more. */
#include "flow/merger.h"

#include <stdlib.h>

#include "base/runner.h"
#include "store/customer_double.h"
#include "store/customer_merge.h"

#define LOG_PART "merger"
#include "base/log.h"
#include "base/metric.h"

#define LANE_KEY      UINT64_C(0x6d6572676572) /* any */
#define LOOK_EVERY_US (30 * USEC_PER_SEC)
#define SEARCH_PAGE   1000 /* customers a step */

static struct metric merged =
    METRIC_COUNTER("relais_customers_merged_total",
                   "Customers of whom all was moved to whom they were found to be.");

struct merger {
    struct runner jobs;
};

/* When the database is away, db says so. */
static void warn(enum rc rc, const char *what, uint64_t customer)
{
    if (rc && rc != RC_AGAIN)
        log_warn("%s step=failed rc=%s customer=%llu effect=\"tried again\"", what, rc_name(rc),
                 (unsigned long long)customer);
}

static utc_us job_run(void *work, void *db)
{
    struct merge_done result = { 0 };
    bool searching = false;
    enum rc rc;

    (void)work;
    rc = customer_merge_step(db, clock_now(), &result);
    warn(rc, "merge", result.customer_id);
    if (rc == RC_AGAIN)
        return RUNNER_IDLE;
    if (result.finished) {
        metric_add(&merged, 1);
        log_info("customer=%llu merge=finished", (unsigned long long)result.customer_id);
    }
    rc = double_search_step(db, clock_now(), SEARCH_PAGE, &searching);
    warn(rc, "search", 0);
    return rc != RC_AGAIN && (result.customer_id || (!rc && searching)) ? RUNNER_MORE : RUNNER_IDLE;
}

static const struct runner_ops ops = {
    .key = LANE_KEY,
    .every_us = LOOK_EVERY_US,
    .run = job_run,
};

struct merger *merger_new(struct event_base *base, struct lane_pool *work)
{
    struct merger *m = calloc(1, sizeof(*m));

    if (!m)
        return NULL;
    metric_register(&merged);
    if (runner_init(&m->jobs, base, work, &ops, NULL, NULL)) {
        merger_free(m);
        return NULL;
    }
    runner_kick(&m->jobs);
    return m;
}

void merger_kick(struct merger *m)
{
    runner_kick(&m->jobs);
}

void merger_stop(struct merger *m)
{
    runner_stop(&m->jobs);
}

bool merger_busy(const struct merger *m)
{
    return runner_busy(&m->jobs);
}

void merger_free(struct merger *m)
{
    if (!m)
        return;
    runner_close(&m->jobs);
    free(m);
}
