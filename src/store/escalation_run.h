/*
 * escalation_run.h - does what policies say: who is told of what, as it falls due.
 *
 * A run takes what is due at one moment and decides all of it first, so that what one person is to
 * be told is in one notice; then it is carried out a page at a time. Each page is one transaction:
 * the matters are locked and looked at again, and whatever was settled, acknowledged or changed
 * meanwhile is passed over; the others move on, with their steps, notices and messages. So a step
 * happens once, whoever dies and however many do it.
 */
#pragma once

#include "domain/escalation_time.h"

struct db;
struct escalation_run;
struct route_table;

struct escalation_settings {
    const char *timezone; /* of the house */
    struct holiday_book *holidays;
    const struct route_table *routes;
    const char *sender;      /* of notices by SMS */
    const char *link;        /* a notice's page, its token behind it; "": there is none */
    const uint8_t *mail_key; /* of these tokens */
    bool may_reply;          /* answers by mail are read */
    /* No relay, or no carrier, is set up: nobody is told that way, as if they had no address. */
    bool no_mail, no_sms;
};

struct arena;
struct staff_book;
/* Who can be told, and how. */
enum rc escalation_book_read(struct db *db, const struct escalation_settings *settings,
                             struct arena *arena, struct staff_book *out) MUST_CHECK;

#define ESCALATION_RUN_MAX  10000 /* matters of a run; what else is due is the next one's */
#define ESCALATION_PAGE     500   /* of a page, and as many as the last person's notices need */
#define ESCALATION_PAGE_MAX 1000

struct escalation_done {
    size_t told, skipped, nobody, late; /* steps; late: of those told */
    size_t notices, exhausted;
};

/* What is due at `now`. NULL in *run: nothing is. */
enum rc escalation_run_begin(struct db *db, const struct escalation_settings *settings, utc_us now,
                             struct escalation_run **run) MUST_CHECK;
/* The next page of it. *more: there is another one. */
enum rc escalation_run_page(struct db *db, struct escalation_run *run, struct escalation_done *done,
                            bool *more) MUST_CHECK;
/* It was as much as a run takes: there may be more due. */
bool escalation_run_was_full(const struct escalation_run *run);
void escalation_run_free(struct escalation_run *run); /* NULL is fine */

/* The clock may have been ahead: what was reckoned from then is reckoned anew, so that nothing
 * sleeps until that time comes. */
enum rc escalation_set_back(struct db *db, utc_us now) MUST_CHECK;

/* When the next matter is to be looked at; CALENDAR_NEVER: none is. */
enum rc escalation_next(struct db *db, utc_us *at) MUST_CHECK;
