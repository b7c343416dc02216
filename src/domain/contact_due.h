/* contact_due.h - by when a contact of a day is to be made. Pure but for the time zones' data. */
#pragma once

#include "domain/work_time.h"

/* The end of work on that day: the first instant after the last open one. A day without work ends
 * at its midnight. */
utc_us contact_due(const struct work_time *w, int day);

/* From that day on, the first working day that is not over yet: a contact that is asked for after
 * closing is one of the next day. 0: none, they never work. */
int contact_day_left(const struct work_time *w, int day, utc_us now);
