/* occasion_rig.h - occasions on the test database: orders as an import brings them, the clock
 * turned, and what the runner does. */
#pragma once

#include "domain/template.h"
#include "store/occasion.h"

struct db;

extern struct occasion_settings rig_settings; /* for Paris, without hours or anything added */
extern struct db *rig_db;
extern const char *rig_language; /* of the customers to come */

/* As setup and teardown of a test: an empty database, on Monday 2 November 2026, 08:00 UTC. */
int rig_open(void **state);
int rig_close(void **state);

/* From then on with routes, a queue of its own for gmail.com and, if mails go out, an address that
 * they come from. */
void rig_by_mail(bool mails);
/* Of mails; the test fails when it is refused. */
void rig_mail_template(const char *name, enum template_kind kind, const char *subject,
                       const char *body);

/* --- the clock, in UTC --- */

utc_us at(int year, int month, int day, int hour, int minute);
void set_clock(utc_us now);
/* What the runner does until nothing is left to do; how many messages it made. */
uint64_t tick(void);
/* A look every hour, as if relaisd ran. */
uint64_t live_until(utc_us end);

/* --- news --- */

struct delivery {
    const char *customer, *order, *phone;
    enum order_status status;
    utc_us from; /* the window, of two hours; 0: none */
    utc_us ordered_at;
};
void take(const struct delivery *delivery);
/* The order C1 is customer KC1's. */
void order_is(const char *order, enum order_status status, utc_us from);
/* An order at noon of a past day, as an import would have left it. */
void order_of_day(uint64_t customer, const char *day);

/* --- occasions --- */

uint64_t set(const struct occasion_plan *plan); /* days and expires_s 0: not given */
uint64_t set_on(const struct occasion_plan *plan);

#define COUNT(what) crowd_count("SELECT COUNT(*) FROM " what)
/* The newest message says so. */
void assert_text(const char *expected);
