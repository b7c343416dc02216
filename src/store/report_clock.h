/*
 * report_clock.h - by whose clock a day of a report is counted: that of the house, and those of the
 * teams that live elsewhere. A stretch is so many days in which none of them is changed.
 */
#pragma once

#include "domain/local_time.h"
#include "domain/zone_shelf.h"

struct db;

#define REPORT_CLOCKS_MAX 16 /* teams of yet another time zone are counted by the house's */

struct report_clock {
    char name[ZONE_NAME_SIZE];
    struct local_zone *zone;
    /* In the stretch. */
    int64_t offset_s;     /* wall time less UTC */
    utc_us begins, until; /* its first midnight, and that after its last day */
};

struct report_clocks {
    struct report_clock list[REPORT_CLOCKS_MAX]; /* the first one is the house's */
    size_t n;
};

/* RC_INVALID: the time zone of the house is not known. One of a team that is not is the house's. */
enum rc report_clocks_open(struct db *db, const char *house, struct report_clocks *out,
                           struct error *err) MUST_CHECK;
void report_clocks_close(struct report_clocks *clocks);

/* The stretch that begins on that day: of at most `days` days, and before `end`. Returns the day
 * after it. */
struct civil report_clocks_stretch(struct report_clocks *clocks, const struct civil *first,
                                   const struct civil *end, int days);
