/* relaisd_plan.c - the part that does the steps of contact plans. */
#include "relaisd.h"

static void on_handed(void *arg)
{
    struct relaisd *r = arg;

    occasion_runner_kick(r->occasions);
}

enum rc relaisd_plans_start(struct relaisd *r, struct error *err)
{
    r->plan_settings = (struct contact_plan_settings){ .occasions = &r->occasion_settings };
    r->plans = contact_plan_runner_new(r->base, r->work_lanes, &r->plan_settings, on_handed, r);
    return r->plans ? RC_OK : error_set(err, RC_FAIL, "no memory");
}

void relaisd_plans_stop(struct relaisd *r)
{
    contact_plan_runner_stop(r->plans);
}

bool relaisd_plans_busy(const struct relaisd *r)
{
    return contact_plan_runner_busy(r->plans);
}

void relaisd_plans_close(struct relaisd *r)
{
    contact_plan_runner_free(r->plans);
}
