/*
 * timetable.h - at which instants something is due: at hours of the wall clock on days of the week,
 * or every so often. Pure but for the time zones' data (domain/local_time.h).
 *
 * It is asked backwards, "what was due last?", so that whoever was away at the hour finds it when
 * he is back, and finds it once.
 */
#pragma once

#include "domain/holidays.h"
#include "domain/local_time.h"

#define TIMETABLE_TIMES_MAX 24

struct timetable {
    int64_t every_us; /* 0: at the times below; else from one UTC multiple of it to the next */
    uint16_t minutes[TIMETABLE_TIMES_MAX]; /* of the day, ascending */
    size_t n_minutes;
    uint8_t days;        /* a bit each, Monday first */
    const char *country; /* whose holidays are no days; NULL: holidays are days like others */
    const struct holiday_book *book;
};

/* "06:00" or "06:00, 18:30". RC_INVALID: err says what was expected. */
enum rc timetable_set_times(struct timetable *t, const char *text, struct error *err) MUST_CHECK;
/* "mon-fri", "mon, wed, fri-sun"; "" is every day. */
enum rc timetable_set_days(struct timetable *t, const char *text, struct error *err) MUST_CHECK;

/*
 * The latest instant at or before `at` at which it was due. An hour that summer time skips is due
 * an hour later, one that comes twice the first time. RC_NOTFOUND: never in the 400 days before.
 */
enum rc timetable_last(const struct timetable *t, struct local_zone *zone, utc_us at,
                       utc_us *due) MUST_CHECK;
