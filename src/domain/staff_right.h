/*
 * staff_right.h - who of those who work here may do what, to whose contact, alert, customer or
 * absence. Pure. The one rule for calls of the API and for answers to reminders; the same as words
 * stands in doc/contact-plan.md.
 */
#pragma once

#include "domain/staff.h"

enum staff_deed {
    STAFF_DOES,     /* records a result, takes it, puts it off, hands it on; closes an alert */
    STAFF_CORRECTS, /* records another result than the one that is there */
    STAFF_ENDS,     /* so that nobody is told: stops, cancels, gives the customer to another */
    STAFF_PLANS,    /* enters an absence, or takes it back */
};

/* What it is about. */
struct staff_subject {
    unsigned staff_id;   /* whose it is; 0: nobody's */
    unsigned team_id;    /* whose people look after it; 0: any team's, as of an alert */
    const char *done_by; /* whose result it has, a login; NULL or "": nobody's */
    bool told;           /* the person was told of it by a reminder */
};

/* `today`: staff_day() by the person's calendar. Who works here no more may do nothing. */
bool staff_may(const struct staff_book *book, const struct staff_member *me, enum staff_deed deed,
               const struct staff_subject *subject, int today);
