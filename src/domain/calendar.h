/*
 * calendar.h - when a message may be sent: hours of the week, no holidays, by the wall clock of
 * whoever receives it. Pure but for the time zones' data (domain/local_time.h).
 *
 * An instant is open when the clock on the wall shows an open hour of a day that is no holiday. So
 * an hour that summer time skips is never open, and one that comes twice is open twice.
 */
#pragma once

#include "domain/holidays.h"
#include "domain/hours.h"
#include "domain/local_time.h"

#define CALENDAR_NEVER INT64_MAX

/* What the house says of promotions. */
struct calendar_rules {
    struct hours hours;
    bool on_holidays;          /* they are days like others */
    bool regional;             /* holidays of a department count */
    struct holiday_book *book; /* of other countries */
};

struct calendar {
    struct local_zone *zone;
    const struct calendar_rules *rules; /* NULL: all hours of all days */
    char country[3], region[4];
    struct hours own; /* of the campaign; both must be open */
};

bool calendar_is_open(const struct calendar *c, utc_us at);
/* `at`, or the first instant after it that is open; CALENDAR_NEVER: none for over two years. */
utc_us calendar_next_open(const struct calendar *c, utc_us at);
/* The first instant that is not open, from an open `at` on; CALENDAR_NEVER as above. */
utc_us calendar_next_close(const struct calendar *c, utc_us at);
/* The instant at which it has been open for `us` since `from`. */
utc_us calendar_add_open(const struct calendar *c, utc_us from, int64_t us);
