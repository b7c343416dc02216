/* local_time.c - a zone's offset, asked of ICU once an hour of wall time. */
#include "domain/local_time.h"

#include <stdlib.h>
#include <string.h>
#include <unicode/ucal.h>
#include <unicode/ustring.h>

struct local_zone {
    UCalendar *calendar;
    int64_t hour;  /* of wall time, since the epoch: the one that `offset` holds for */
    utc_us offset; /* wall time - UTC */
    utc_us span_from, span_until, span_offset; /* of the last local_zone_offset() */
};

enum rc local_zone_open(const char *name, struct local_zone **zone, struct error *err)
{
    struct local_zone *z = calloc(1, sizeof(*z));
    UErrorCode status = U_ZERO_ERROR;
    UChar id[64];
    int32_t len = 0;

    if (!z)
        return RC_FAIL;
    u_strFromUTF8(id, 64, &len, name, -1, &status);
    if (U_SUCCESS(status) && !local_zone_is_known(name))
        status = U_ILLEGAL_ARGUMENT_ERROR; /* ucal_open() would take it for GMT */
    if (U_SUCCESS(status))
        z->calendar = ucal_open(id, len, "en", UCAL_GREGORIAN, &status);
    if (U_FAILURE(status)) {
        local_zone_close(z);
        return error_set(err, RC_INVALID, "time zone \"%s\" is not known (\"Europe/Paris\" is)",
                         name);
    }
    ucal_setAttribute(z->calendar, UCAL_LENIENT, true);
    ucal_setAttribute(z->calendar, UCAL_REPEATED_WALL_TIME, UCAL_WALLTIME_FIRST);
    z->hour = INT64_MIN;
    *zone = z;
    return RC_OK;
}

void local_zone_close(struct local_zone *zone)
{
    if (!zone)
        return;
    if (zone->calendar)
        ucal_close(zone->calendar);
    free(zone);
}

utc_us local_zone_to_utc(struct local_zone *zone, const struct civil *wall)
{
    const utc_us as_utc = clock_from_civil(wall);
    const int64_t hour = as_utc / (3600 * USEC_PER_SEC);
    UErrorCode status = U_ZERO_ERROR;
    UDate ms;

    if (hour != zone->hour) {
        ucal_clear(zone->calendar);
        ucal_setDateTime(zone->calendar, wall->year, wall->month - 1, wall->day, wall->hour, 0, 0,
                         &status);
        ms = ucal_getMillis(zone->calendar, &status);
        if (U_FAILURE(status))
            return as_utc;
        zone->hour = hour;
        zone->offset = hour * 3600 * USEC_PER_SEC - (utc_us)ms * 1000;
    }
    return as_utc - zone->offset;
}

struct civil local_zone_civil(struct local_zone *zone, utc_us at)
{
    UErrorCode status = U_ZERO_ERROR;
    int32_t offset;

    ucal_setMillis(zone->calendar, (UDate)(at / 1000), &status);
    offset = ucal_get(zone->calendar, UCAL_ZONE_OFFSET, &status) +
             ucal_get(zone->calendar, UCAL_DST_OFFSET, &status);
    return clock_civil(U_FAILURE(status) ? at : at + (utc_us)offset * 1000);
}

utc_us local_zone_offset(struct local_zone *zone, utc_us at, utc_us *until)
{
    UErrorCode status = U_ZERO_ERROR;
    UDate change;
    bool changes;

    if (at >= zone->span_from && at < zone->span_until) {
        *until = zone->span_until;
        return zone->span_offset;
    }
    ucal_setMillis(zone->calendar, (UDate)(at / 1000), &status);
    zone->span_offset = (ucal_get(zone->calendar, UCAL_ZONE_OFFSET, &status) +
                         ucal_get(zone->calendar, UCAL_DST_OFFSET, &status)) *
                        INT64_C(1000);
    changes =
        ucal_getTimeZoneTransitionDate(zone->calendar, UCAL_TZ_TRANSITION_NEXT, &change, &status);
    zone->span_from = at;
    zone->span_until = changes && U_SUCCESS(status) ? (utc_us)change * 1000 : INT64_MAX;
    *until = zone->span_until;
    return zone->span_offset;
}

bool local_zone_is_known(const char *name)
{
    UErrorCode status = U_ZERO_ERROR;
    UChar id[64], canonical[64];
    int32_t len = 0;

    u_strFromUTF8(id, 64, &len, name, -1, &status);
    if (U_SUCCESS(status))
        ucal_getCanonicalTimeZoneID(id, len, canonical, 64, NULL, &status);
    return U_SUCCESS(status);
}
