/*
 * contact_plan.h (store) - plans: templates of steps, in versions; and what the runner does.
 *
 * A plan is text (domain/contact_plan.h). Each change makes a version, which is never changed: a
 * customer under way (store/contact_enrolment.h) goes on with the version they began with, unless
 * all are moved. The messages of a step are made by an occasion of its own (kind plan_step), so
 * that consents, caps, hours, results and dossiers are as they are for any campaign; the steps for
 * people become contact tasks.
 *
 * A step is done by one transaction: it moves the enrolment on by compare-and-set, and leaves a
 * line of contact_plan_log, whose key is why it happens once, with the event of the occasion or the
 * task that follow from it.
 */
#pragma once

#include "domain/contact_plan.h"
#include "store/occasion.h"

#define CONTACT_PLAN_PAGE 200 /* enrolments a step */

struct contact_plan_settings {
    const struct occasion_settings *occasions;
};

/* --- set up --- */

struct contact_plan_change {
    const char *name, *text;
    bool move; /* who is under way goes on with this version */
    const char *who;
};
struct contact_plan_made {
    uint64_t id;
    unsigned version;
    bool changed; /* else it says what it said, and there is no new version */
};
/* Creates the plan (off), or makes its next version. RC_INVALID: err says what is wrong, and in
 * which line. RC_CONFLICT: somebody changed it just now. */
enum rc contact_plan_set(struct db *db, const struct contact_plan_change *change,
                         const struct contact_plan_settings *settings,
                         struct contact_plan_made *out, struct error *err) MUST_CHECK;
/* Off: nobody begins, and no step is done; what is due then waits. On: at most `most` customers
 * begin by themselves in a day, else it switches itself off (0: any number; below 0: as it was).
 * RC_CONFLICT: it is so. */
#define CONTACT_PLAN_MOST_MAX 1000000000
enum rc contact_plan_switch(struct db *db, uint64_t id, bool on, int64_t most, const char *who,
                            struct error *err) MUST_CHECK;

/* --- look --- */

struct contact_plan {
    uint64_t id;
    const char *name;
    bool on;
    unsigned version;
    enum plan_enrols enrols;
    const char *text;    /* "" of contact_plan_list() */
    unsigned most_a_day; /* begin by themselves; 0: any number */
    const char *why;     /* it switched itself off; "": it did not */
    uint64_t active, paused, done, stopped;
    utc_us created_at, updated_at;
};
enum rc contact_plan_find(struct db *db, const char *name, uint64_t *id) MUST_CHECK;
/* Strings in `arena`; version 0: the newest. */
enum rc contact_plan_read(struct db *db, uint64_t id, unsigned version, struct arena *arena,
                          struct contact_plan *out) MUST_CHECK;
/* All of them by name; the row lives during the call. */
enum rc contact_plan_list(struct db *db, void (*each)(void *arg, const struct contact_plan *p),
                          void *arg) MUST_CHECK;

struct contact_plan_figures { /* of a step of one version */
    unsigned version, step;
    uint64_t messages, tasks, skipped;
    uint64_t left_out; /* of the messages: not sent, or never made */
    uint64_t waiting;  /* whose next step it is */
};
enum rc contact_plan_figures(struct db *db, uint64_t id, unsigned version,
                             void (*each)(void *arg, const struct contact_plan_figures *f),
                             void *arg) MUST_CHECK;

/* --- many at once --- */

struct contact_plan_walk {
    uint64_t id, found, changed;
    bool moves, running, refused;
    const char *rule, *why, *who;
    unsigned percent;
    utc_us created_at, ended_at;
};
/* All customers of an audience who never were in the plan begin it, a page at a time. */
enum rc contact_plan_enrol_audience(struct db *db, uint64_t id, const char *rule, const char *who,
                                    uint64_t *walk_id, struct error *err) MUST_CHECK;
/* The last 20, the newest first. */
enum rc contact_plan_walks(struct db *db, uint64_t id,
                           void (*each)(void *arg, const struct contact_plan_walk *w),
                           void *arg) MUST_CHECK;

/* --- what the runner does, a bounded step at a time --- */

#define CONTACT_PLAN_WORK_MAX 16
struct contact_plan_work {
    bool news;                             /* contact_plan_take_news() */
    uint64_t walks[CONTACT_PLAN_WORK_MAX]; /* contact_plan_walk_on() */
    uint64_t plans[CONTACT_PLAN_WORK_MAX]; /* contact_plan_step() */
    size_t n_walks, n_plans;
};
enum rc contact_plan_find_work(struct db *db, utc_us now, struct contact_plan_work *out) MUST_CHECK;

struct contact_plan_done {
    size_t messages, tasks, skipped, ended, enrolled;
    bool more; /* call again at once */
};
/* A page of what is due. RC_CONFLICT: something was changed meanwhile; it is looked at again.
 * RC_INVALID (logged): a version cannot be read any more, and the plan was switched off. */
enum rc contact_plan_step(struct db *db, uint64_t id, const struct contact_plan_settings *settings,
                          struct contact_plan_done *out) MUST_CHECK;
enum rc contact_plan_walk_on(struct db *db, uint64_t walk_id,
                             const struct contact_plan_settings *settings,
                             struct contact_plan_done *out) MUST_CHECK;
enum rc contact_plan_take_news(struct db *db, const struct contact_plan_settings *settings,
                               struct contact_plan_done *out) MUST_CHECK;
