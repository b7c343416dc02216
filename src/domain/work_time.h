/*
 * work_time.h - when somebody works: hours of the week in a time zone, without public holidays and
 * without the days that the person is away. What deadlines and reminders are counted in.
 * Pure but for the time zones' data.
 */
#pragma once

#include "domain/calendar.h"
#include "domain/staff.h"
#include "domain/zone_shelf.h"

struct work_time {
    struct calendar calendar; /* its rules are those below */
    struct calendar_rules rules;
    const struct staff_book *staff; /* whose absences count; NULL: nobody's */
    unsigned staff_id;
};

/* Of a person: own hours and zone, else those of the team, else those of the house. It lives as
 * long as book, shelf and holidays, and its zone until the shelf needs the place
 * (zone_shelf_get()); a zone that the tz data does not know is the house's. RC_NOTFOUND: no such
 * person. RC_INVALID: the hours cannot be read (they were checked when they were set). It points
 * into itself: not to be copied. */
enum rc work_time_of_staff(const struct staff_book *book, unsigned staff_id,
                           struct zone_shelf *zones, struct holiday_book *holidays,
                           struct work_time *out) MUST_CHECK;
/* Of a team: nobody's absences count. */
enum rc work_time_of_team(const struct staff_book *book, unsigned team_id, struct zone_shelf *zones,
                          struct holiday_book *holidays, struct work_time *out) MUST_CHECK;

bool work_time_is_open(const struct work_time *w, utc_us at);
/* `at`, or the first working instant after it; CALENDAR_NEVER: none for over two years. */
utc_us work_time_next_open(const struct work_time *w, utc_us at);
/* The instant at which `us` of working time have passed since `from`. */
utc_us work_time_add(const struct work_time *w, utc_us from, int64_t us);
/* The day that the clock on the wall shows there, as staff_day(). */
int work_time_day(const struct work_time *w, utc_us at);
/* An hour of a day there, as UTC; minute 1440: the next midnight. */
utc_us work_time_at(const struct work_time *w, int day, unsigned minute);
/* The nth working day after that day (0: that day, or the next one that is one). 0: none. */
int work_time_day_after(const struct work_time *w, int day, unsigned n);
