/* relaisd_contact.c - the part that makes the daily lists of contacts. */
#include "relaisd.h"

enum rc relaisd_contact_start(struct relaisd *r, struct error *err)
{
    r->contact_list_settings =
        (struct contact_list_settings){ .timezone = r->settings->sms.timezone,
                                        .holidays = r->settings->rules.promo.book };
    r->contact_lists =
        contact_list_runner_new(r->base, r->contact_lanes, &r->contact_list_settings, NULL, NULL);
    return r->contact_lists ? RC_OK : error_set(err, RC_FAIL, "no memory");
}

void relaisd_contact_stop(struct relaisd *r)
{
    contact_list_runner_stop(r->contact_lists);
}

bool relaisd_contact_busy(const struct relaisd *r)
{
    return contact_list_runner_busy(r->contact_lists);
}

void relaisd_contact_close(struct relaisd *r)
{
    contact_list_runner_free(r->contact_lists);
}
