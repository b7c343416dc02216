/* staff_leaver.c - a page, another as long as there is more; a look every minute for whose day has
 * come. */
#include "flow/staff_leaver.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/runner.h"
#include "domain/zone_shelf.h"
#include "store/staff_leave.h"

#define LOG_PART "staff"
#include "base/log.h"

#define LANE_KEY      UINT64_C(0x6c6561766572) /* any */
#define LOOK_EVERY_US (60 * USEC_PER_SEC)
#define PAGE          200 /* so short that others do not wait for its locks */

struct staff_leaver {
    struct runner jobs;
    char timezone[ZONE_NAME_SIZE]; /* of the house; set once, so that a job may read it */
};

static utc_us job_run(void *work, void *db)
{
    struct staff_leave_done done;
    enum rc rc = staff_leave_step(db, work, clock_now(), PAGE, &done);

    if (rc && rc != RC_AGAIN) /* when the database is away, db says so */
        log_warn("leave step=failed rc=%s effect=\"tried again\"", rc_name(rc));
    if (done.finished)
        log_info("staff=%u leave=finished", done.staff_id);
    return !rc && done.staff_id ? RUNNER_MORE : RUNNER_IDLE;
}

static const struct runner_ops ops = {
    .key = LANE_KEY,
    .every_us = LOOK_EVERY_US,
    .run = job_run,
};

struct staff_leaver *staff_leaver_new(struct event_base *base, struct lane_pool *work,
                                      const char *timezone)
{
    struct staff_leaver *l = calloc(1, sizeof(*l));

    if (!l)
        return NULL;
    snprintf(l->timezone, sizeof(l->timezone), "%s", timezone);
    if (runner_init(&l->jobs, base, work, &ops, l->timezone, NULL)) {
        staff_leaver_free(l);
        return NULL;
    }
    runner_kick(&l->jobs);
    return l;
}

void staff_leaver_kick(struct staff_leaver *l)
{
    runner_kick(&l->jobs);
}

void staff_leaver_stop(struct staff_leaver *l)
{
    runner_stop(&l->jobs);
}

bool staff_leaver_busy(const struct staff_leaver *l)
{
    return runner_busy(&l->jobs);
}

void staff_leaver_free(struct staff_leaver *l)
{
    if (!l)
        return;
    runner_close(&l->jobs);
    free(l);
}
