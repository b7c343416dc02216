/*
 * contact_list.h - the daily list: whom each employee is to contact today, and why.
 *
 * A list is a row (team, day), wanted by the clock or by a person, and tasks of source list
 * (store/contact_task.h). Making it is a walk over all customers in pages, which writes nothing,
 * then a sharing in memory, then pages of tasks, each a transaction. Whoever dies in between leaves
 * whole pages: the next one walks again, and what is on the list already has its place. All lists
 * that are wanted for one day are made by one walk.
 *
 * Afterwards news of customers (store/contact_news.h) are looked at one by one: who has become due
 * takes a free place, or that of somebody much less urgent; who is not due any more leaves.
 */
#pragma once

#include "domain/contact_score.h"
#include "domain/holidays.h"

struct arena;
struct db;

struct contact_list_settings {
    const char *timezone;          /* of the house, and of teams without one of their own */
    struct holiday_book *holidays; /* of other countries than France; NULL: none */
};

/* --- what the runner does, under the lease "contact_list" --- */

struct contact_list_work {
    bool make; /* lists are wanted: contact_making_begin() */
    bool news; /* contact_news_step() */
};
/* Notes the lists whose hour has come, too, and those that were made before the day began. No list
 * is wanted while no policy is on; what is on one then leaves it (news). */
enum rc contact_list_find_work(struct db *db, const struct contact_list_settings *settings,
                               utc_us now, struct contact_list_work *out) MUST_CHECK;

struct contact_making;
/* Takes all lists that are wanted for the earliest such day; `fence`: of the lease. NULL in *out:
 * there are none. */
enum rc contact_making_begin(struct db *db, const struct contact_list_settings *settings,
                             uint64_t fence, struct contact_making **out) MUST_CHECK;
/* A page of the walk, or of the tasks. *over: the lists are made. RC_CONFLICT: another one makes
 * them now. Anything but RC_OK: free it, and begin again. */
enum rc contact_making_step(struct db *db, struct contact_making *m, bool *over) MUST_CHECK;
struct contact_making_count {
    uint64_t seen, due, listed;
    int day;
    size_t teams;
};
void contact_making_count(const struct contact_making *m, struct contact_making_count *out);
void contact_making_free(struct contact_making *m); /* NULL is fine */

struct contact_news_count {
    size_t looked_at, added, removed, rated; /* rated: on the list with another score */
    bool more;
};
/* The next news from customer *next on, round and round; one transaction. */
enum rc contact_news_step(struct db *db, const struct contact_list_settings *settings,
                          uint64_t *next, struct contact_news_count *out) MUST_CHECK;

/* --- commands --- */

/* To be made (again) for that day, today's if 0: free places are filled. In the audit. RC_NOTFOUND:
 * no such team; RC_INVALID: a day that is past or too far, or no policy is on: err says so. */
enum rc contact_list_want(struct db *db, const struct contact_list_settings *settings,
                          const char *team, int day, const char *who, int *wanted_day,
                          struct error *err) MUST_CHECK;

struct contact_list_row {
    const char *team, *state, *wanted_by; /* wanted_by "": the clock */
    unsigned team_id;
    int day;
    utc_us wanted_at, made_at; /* made 0: not yet */
    uint64_t seen, due, listed;
    bool full;
    int cut_score; /* full: the best score that found no place */
};
/* The newest days first; `day` 0: the last ones, at most `limit` rows; team "": all. */
enum rc contact_lists_list(struct db *db, const char *team, int day, size_t limit,
                           void (*each)(void *arg, const struct contact_list_row *row),
                           void *arg) MUST_CHECK;

/* --- why is she on the list, or why not? --- */

struct contact_why {
    struct contact_facts facts;
    struct contact_score score;
    const struct contact_policy *policy;            /* NULL: none */
    const char *category, *owner, *stand_in, *team; /* codes and logins; "": none */
    const char *topics[CONTACT_REASONS];            /* the text of a topic that is a reason */
    const char *list_staff;                         /* on whose list; "": nobody's */
    int day;                                        /* the team's today */
    bool listed;                                    /* that day's list was made ... */
    bool full;
    int cut_score;  /* ... and had room for nobody below this */
    utc_us list_at; /* when it is made; 0: that day has none */
};
/* Texts in `arena`. RC_NOTFOUND: no such customer. */
enum rc contact_explain(struct db *db, const struct contact_list_settings *settings,
                        uint64_t customer_id, struct arena *arena,
                        struct contact_why *out) MUST_CHECK;
