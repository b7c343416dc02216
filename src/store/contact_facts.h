/* contact_facts.h - what is known of customers that speaks for contacting them (domain/
 * contact_score.h), a range of customers at a time. */
#pragma once

#include "domain/contact_score.h"

struct db;

#define CONTACT_FACTS_MAX 10000 /* customers at a time */

/* Nothing that is longer ago than these is looked up, and a day or two more: calendars differ. */
struct contact_reach {
    utc_us now;                     /* the hour that is asked about, or up to a day before it */
    int day;                        /* staff_day() of the list that is asked about */
    unsigned days[CONTACT_REASONS]; /* the most that any policy wants */
};
void contact_reach_of(const struct contact_book *book, utc_us now, int day,
                      struct contact_reach *out);

/*
 * Customers from id `first` to `last`, by id, the first `max` of them (at most CONTACT_FACTS_MAX).
 * *n: how many there are in `list`; fewer than `max`: there are no more in that range.
 */
enum rc contact_facts_read(struct db *db, const struct contact_reach *reach, uint64_t first,
                           uint64_t last, size_t max, struct contact_facts *list,
                           size_t *n) MUST_CHECK;
