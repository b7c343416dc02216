/* contact_calendar.c - a zone's offsets of the last years, laid side by side: asking the zone
 * itself for summer and winter in turn costs a look at the tz data each time. */
#include "domain/contact_calendar.h"

#define DAY_US (SEC_PER_DAY * USEC_PER_SEC)
/* What is longer ago has the offset of the first span: an hour more or less does not matter there.
 */
#define DAYS_BACK  800
#define DAYS_AHEAD 400

void contact_calendar_of(struct local_zone *zone, utc_us now, struct contact_calendar *out)
{
    utc_us at = now - DAYS_BACK * DAY_US;

    *out = (struct contact_calendar){ .now = now };
    while (zone && out->n < CONTACT_SPANS_MAX && at < now + DAYS_AHEAD * DAY_US) {
        utc_us until;

        out->spans[out->n].offset = local_zone_offset(zone, at, &until);
        out->spans[out->n++].until = until;
        at = until;
    }
}

int contact_calendar_day(const struct contact_calendar *c, utc_us at)
{
    size_t i = 0;

    while (i + 1 < c->n && at >= c->spans[i].until)
        i++;
    return (int)((at + (c->n ? c->spans[i].offset : 0)) / DAY_US);
}
