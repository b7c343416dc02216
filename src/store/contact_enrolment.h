/*
 * contact_enrolment.h - customers under way in plans: who is where, and what a person or a result
 * does to it.
 */
#pragma once

#include "store/contact_plan.h"

enum enrolment_state {
    ENROLMENT_ACTIVE,
    ENROLMENT_PAUSED,
    ENROLMENT_DONE,
    ENROLMENT_STOPPED,
};
const char *enrolment_state_name(enum enrolment_state s);
enum rc enrolment_state_parse(const char *name, enum enrolment_state *s) MUST_CHECK;

/* RC_CONFLICT: err says why: under way already, erased, wants no contact; none of those whom the
 * plan is for, without `outside_too`. RC_NOTFOUND: no such customer. */
enum rc contact_enrol(struct db *db, uint64_t plan_id, uint64_t customer_id, bool outside_too,
                      const struct contact_plan_settings *settings, const char *who, uint64_t *id,
                      struct error *err) MUST_CHECK;

/* A transaction each, in the audit. RC_NOTFOUND: no such enrolment. RC_CONFLICT: it is not in a
 * state that allows it (err says which). */
/* For good: its open task is cancelled, and so is what no carrier has of its messages. */
enum rc contact_enrolment_stop(struct db *db, uint64_t id, const char *why, const char *who,
                               struct error *err) MUST_CHECK;
/* No further step, and no message of one that is not in the queue yet; days count on when it is
 * resumed. */
enum rc contact_enrolment_pause(struct db *db, uint64_t id, const char *who,
                                struct error *err) MUST_CHECK;
enum rc contact_enrolment_resume(struct db *db, uint64_t id, const char *who,
                                 struct error *err) MUST_CHECK;
/* The next step is not done, and the one behind it comes in its time. */
enum rc contact_enrolment_skip(struct db *db, uint64_t id, const char *who,
                               struct error *err) MUST_CHECK;

/* Part of the caller's transaction: a task of a plan is not open any more. */
enum rc contact_enrolment_heard(struct db *db, uint64_t task_id, utc_us now) MUST_CHECK;
/* Part of the caller's transaction: every plan of the customer ends here, and what no carrier has
 * of their messages does not go out. Tasks are the caller's. */
enum rc contact_enrolment_stop_all(struct db *db, uint64_t customer_id, const char *why,
                                   utc_us now) MUST_CHECK;

/* Part of the caller's transaction: two customers are one. What `gone` is under way in, and `keep`
 * too, ends. */
enum rc contact_enrolment_meet(struct db *db, uint64_t keep, uint64_t gone, utc_us now) MUST_CHECK;

/* --- look --- */

struct contact_enrolment {
    uint64_t id, plan_id, customer_id, task_id; /* task 0: none */
    const char *plan, *customer, *why, *created_by;
    unsigned version, step; /* the next one; of one that is over, where it ended */
    enum enrolment_state state;
    utc_us started_at, next_at, ended_at; /* next_at 0: waits for the result of its task */
};
struct contact_enrolment_query {
    uint64_t plan_id, customer_id; /* 0: any */
    const char *state;             /* "": any */
    uint64_t after;                /* ids above it */
    size_t limit;
};
enum rc contact_enrolment_list(struct db *db, const struct contact_enrolment_query *query,
                               void (*each)(void *arg, const struct contact_enrolment *e),
                               void *arg) MUST_CHECK;
/* The one under way of that customer in that plan. RC_NOTFOUND: none. */
enum rc contact_enrolment_find(struct db *db, uint64_t plan_id, uint64_t customer_id,
                               uint64_t *id) MUST_CHECK;

struct contact_enrolment_entry { /* a step that was done, or not */
    unsigned version, step;
    utc_us at, planned_at;
    const char *what, *reason, *who;
    uint64_t task_id, message_id; /* 0: none */
    const char *message;          /* its state; "left out": none was made, and reason says why */
};
/* Oldest first, at most 200. */
enum rc contact_enrolment_log(struct db *db, uint64_t id,
                              void (*each)(void *arg, const struct contact_enrolment_entry *e),
                              void *arg) MUST_CHECK;
