/* list_rig.h - a house of two teams that makes daily lists: for tests of these, with the clock
 * turned. */
#pragma once

#include "store/contact_list.h"

struct db;

extern const struct contact_list_settings list_settings; /* Europe/Paris */
extern struct db *list_db;

/*
 * For cmocka: Anna (10) and Bruno (20) of team nord (1), Clara (30) of team sud (2); customers 1 to
 * 8 were spoken to on 1 November, and may be left alone for 30 days. It is Thursday 26 November
 * 2026, 05:00 in Paris.
 */
int list_scene(void **state);
int list_strike(void **state);

utc_us list_time(int month, int day, int hour, int minute); /* of 2026, UTC */
void list_clock(utc_us now);

void list_talk(unsigned customer, const char *day); /* was spoken to, at 10:00 UTC */
void list_own(unsigned customer, unsigned staff);
void list_missed(unsigned customer, const char *when); /* a delivery of an order of that number */

/* All lists that are wanted for the earliest such day. */
enum rc list_make(uint64_t fence);
/* What the runner does until nothing is left to do. */
struct contact_news_count list_tick(void);
/* Something changed for the customer. */
void list_note(uint64_t customer);
