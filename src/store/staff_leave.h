/*
 * staff_leave.h - somebody leaves: on that day customers, open tasks and people go to another, a
 * page at a time. What was moved needs no checkpoint: the rest is what is still theirs.
 */
#pragma once

#include "domain/staff.h"

struct db;

struct staff_leave_plan {
    const char *login, *on, *to; /* on: "2026-12-31", the first day without; to: a login */
    const char *house;           /* the time zone of people and teams that have none of their own */
    bool past_too;
};
/* One transaction, in the audit; said again, it is changed. RC_INVALID: err and *field say why. A
 * day that is past needs past_too, since all of it would happen at once: err says what. */
enum rc staff_leave(struct db *db, const struct staff_leave_plan *plan, const char *who,
                    const char **field, struct error *err) MUST_CHECK;

struct staff_leaving {
    unsigned staff_id, to_id;
    int on_day;
    uint64_t customers, tasks; /* handed on */
    uint64_t customers_left, tasks_left;
    utc_us finished_at; /* 0: not yet */
};
/* RC_NOTFOUND: the person does not leave. */
enum rc staff_leave_read(struct db *db, unsigned staff_id, struct staff_leaving *out) MUST_CHECK;

struct staff_leave_done {
    unsigned staff_id; /* 0: nothing was due */
    bool finished;
};
/* The next page of whoever leaves or has left, of `page` customers or tasks; several nodes may be
 * at it. Days begin where that person works, or by the clock of the `house`. Where nobody is there
 * to take over, it is tried again after all others. */
enum rc staff_leave_step(struct db *db, const char *house, utc_us now, size_t page,
                         struct staff_leave_done *out) MUST_CHECK;
