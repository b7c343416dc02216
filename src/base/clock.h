/*
 * clock.h - the one place that tells the time, so that tests can turn it.
 *
 * Wall time is UTC in microseconds since the epoch. clock_shift() moves it (for tests and drills);
 * monotonic time never moves and is for measuring durations only.
 */
#pragma once

#include <stdint.h>

typedef int64_t utc_us; /* microseconds since 1970-01-01T00:00:00Z */

#define USEC_PER_SEC  INT64_C(1000000)
#define USEC_PER_MSEC INT64_C(1000)
#define SEC_PER_DAY   INT64_C(86400)

#define CLOCK_TEXT_SIZE 28 /* "2026-11-23T08:00:00.123456Z" and its NUL */

utc_us clock_now(void);
int64_t clock_monotonic_us(void);
void clock_shift(int64_t us); /* added to whatever the shift already is */

/* RFC 3339 in UTC with microseconds; returns buf. */
const char *clock_format(utc_us at, char buf[CLOCK_TEXT_SIZE]);
/* For people, to the minute: "2026-11-23 08:00"; UTC, too. Returns buf. */
const char *clock_minute(utc_us at, char buf[CLOCK_TEXT_SIZE]);
/* The civil date and time of `at` in UTC and back (proleptic Gregorian, years 1 to 9999). */
struct civil {
    int year, month, day, hour, minute, second, usec;
};
struct civil clock_civil(utc_us at);
utc_us clock_from_civil(const struct civil *c);
