/*
 * occasion_day.h - what befell on one day: its events, found again in what orders, customers and
 * invoices say of themselves. For the files of occasions only.
 */
#pragma once

#include "store/occasion_page.h"

struct occasion_day {
    const struct occasion *o;
    utc_us from, to;  /* the house's day */
    struct civil day; /* as the calendar has it */
};

/* The next candidates, by a key from *key on, at most OCCASION_PAGE, in list; *more: there may be
 * further ones. Those to be dropped are left out. */
enum rc occasion_day_read(struct db *db, const struct occasion_day *d, struct zone_shelf *zones,
                          uint64_t *key, struct candidate *list, size_t *n, bool *more) MUST_CHECK;
