/* contact_calendar.h - which day an instant belongs to where a list's people work: "yesterday" ends
 * at their midnight. Made once a team, then asked for millions of instants. */
#pragma once

#include <stddef.h>

#include "domain/local_time.h"

#define CONTACT_SPANS_MAX 16 /* between two changes of the clock: those of some years */

struct contact_calendar {
    utc_us now; /* what is asked about; of a list made ahead: the hour of its day */
    struct {
        utc_us until, offset;
    } spans[CONTACT_SPANS_MAX];
    size_t n;
};

/* zone NULL: UTC. */
void contact_calendar_of(struct local_zone *zone, utc_us now, struct contact_calendar *out);
/* Days since the epoch on the wall there. */
int contact_calendar_day(const struct contact_calendar *c, utc_us at);
