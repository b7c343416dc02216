/* relaisd_staff.c - parts that go on with something in pages: customers who are one person; what
 * somebody had who left. */
#include "relaisd.h"

/* --- customers who are one person --- */

enum rc relaisd_merger_start(struct relaisd *r, struct error *err)
{
    r->merger = merger_new(r->base, r->work_lanes);
    return r->merger ? RC_OK : error_set(err, RC_FAIL, "no memory");
}

void relaisd_merger_stop(struct relaisd *r)
{
    merger_stop(r->merger);
}

bool relaisd_merger_busy(const struct relaisd *r)
{
    return merger_busy(r->merger);
}

void relaisd_merger_close(struct relaisd *r)
{
    merger_free(r->merger);
}

/* --- who leaves --- */

enum rc relaisd_staff_start(struct relaisd *r, struct error *err)
{
    r->leaver = staff_leaver_new(r->base, r->work_lanes, r->settings->sms.timezone);
    return r->leaver ? RC_OK : error_set(err, RC_FAIL, "no memory");
}

void relaisd_staff_stop(struct relaisd *r)
{
    staff_leaver_stop(r->leaver);
}

bool relaisd_staff_busy(const struct relaisd *r)
{
    return staff_leaver_busy(r->leaver);
}

void relaisd_staff_close(struct relaisd *r)
{
    staff_leaver_free(r->leaver);
}
