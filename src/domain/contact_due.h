/* contact_due.h - by when a contact of a day is to be made. Pure but for the time zones' data. */
#pragma once

#include "domain/work_time.h"

/* The end of work on that day: the first instant after the last open one. A day without work ends
 * at its midnight. */
utc_us contact_due(const struct work_time *w, int day);
