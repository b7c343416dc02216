/* contact_due.h - by when a contact of a day is to be made. Pure but for the time zones' data. */
#pragma once

#include "domain/work_time.h"

/* The end of work on that day: the first instant after the last open one. A day without work ends
 * at its midnight. */
utc_us contact_due(const struct work_time *w, int day);

/* From that day on, the first working day that is not over yet: a contact that is asked for after
 * closing is one of the next day. 0: none, they never work. */
int contact_day_left(const struct work_time *w, int day, utc_us now);

/* A customer may agree on a moment at which nobody works. */
enum contact_rest {
    CONTACT_AT_WORK,
    CONTACT_REST_DAY,  /* a day without work */
    CONTACT_REST_HOUR, /* before work, after it, at lunch */
};
const char *contact_rest_name(enum contact_rest rest); /* "": at work */

struct contact_agreed {
    enum contact_rest rest;
    struct civil wall; /* what was agreed, by the clock of whoever works */
    bool has_hour;     /* else a day */
    int day;           /* on whose list it stands, and ... */
    utc_us due_at;     /* ... by when it is to be made */
};
/* What is agreed for such a moment is due at the end of the first working day that is not over by
 * then; what is for a moment of work, at that moment. */
void contact_due_agreed(const struct work_time *w, utc_us at, struct contact_agreed *out);
/* The same of a day without an hour, and of one of work: at its end. */
void contact_due_agreed_day(const struct work_time *w, int day, struct contact_agreed *out);
