/*
 * contact_task.h - whom an employee is to contact: a row a contact, from the daily list, a plan, a
 * manager, or because somebody asked to be called back. It is open until a result is recorded
 * (store/contact_result.h), and as long as it is, it is a matter that is reminded of
 * (store/matter.h).
 */
#pragma once

#include "domain/types.h"

struct arena;
struct db;

enum contact_source { CONTACT_OF_LIST, CONTACT_OF_PLAN, CONTACT_OF_MANAGER, CONTACT_OF_CALL_BACK };
enum contact_state { CONTACT_OPEN, CONTACT_DONE, CONTACT_CANCELLED };
const char *contact_source_name(enum contact_source s);
const char *contact_state_name(enum contact_state s);
/* RC_INVALID for a name that is none of theirs. */
enum rc contact_source_parse(const char *name, enum contact_source *out) MUST_CHECK;
enum rc contact_state_parse(const char *name, enum contact_state *out) MUST_CHECK;

#define CONTACT_TITLE_MAX   200 /* characters */
#define CONTACT_REASONS_MAX 500 /* bytes */

struct contact_draft {
    uint64_t id; /* taken before the transaction, with contact_task_new_ids() */
    uint64_t customer_id;
    unsigned team_id, staff_id; /* staff 0: nobody yet */
    enum contact_source source;
    int day; /* staff_day(), in the team's calendar */
    utc_us due_at;
    const char *title, *expected, *reasons; /* expected, reasons: "" for none */
    int score;
    uint64_t plan_id; /* 0: none */
    unsigned plan_step;
    uint64_t policy_id; /* 0: that of the team */
    const char *created_by;
    unsigned by_staff_id; /* who makes it, besides the login in created_by; 0: not known */
};

enum rc contact_task_new_ids(struct db *db, uint64_t n, uint64_t *first) MUST_CHECK;
/*
 * Part of the caller's transaction: the tasks and their matters, in a few statements however many
 * they are. Whose person works here no more on its day is nobody's. A customer who has one of
 * source list on that day gets no other of that source: such drafts are passed over, and their bit
 * in `taken` (may be NULL; a bool each) is false. Who had the message of the day before, or gets a
 * contact from somebody else, is told (store/day_notice.h).
 */
enum rc contact_task_put(struct db *db, const struct contact_draft *drafts, size_t n,
                         bool *taken) MUST_CHECK;
/* Part of the caller's transaction: not to be done any more; its matter ends. RC_CONFLICT: it is
 * not open. */
enum rc contact_task_cancel(struct db *db, uint64_t id, const char *why) MUST_CHECK;
/* The same of what else is open for a customer: all but the task `except` (0: all); those of
 * managers only if `managers_too`. */
enum rc contact_task_cancel_others(struct db *db, uint64_t customer_id, uint64_t except,
                                   bool managers_too, const char *why) MUST_CHECK;
/* Part of the caller's transaction: another person is to do it, who must work here (RC_NOTFOUND).
 * The matter follows, and so does the team. RC_CONFLICT: it is not open. */
enum rc contact_task_hand_over(struct db *db, uint64_t id, unsigned staff_id,
                               const char *who) MUST_CHECK;

struct contact_task {
    uint64_t id, customer_id, plan_id, policy_id, result_id; /* 0: none */
    unsigned team_id, staff_id, plan_step;
    enum contact_source source;
    enum contact_state state;
    bool withdrawn; /* of a cancelled one: by a person */
    int day;
    utc_us due_at, created_at, done_at; /* done 0: not done */
    int score;
    const char *title, *expected, *reasons, *created_by, *outcome, *why; /* "": none */
    const char *customer_name, *phone, *staff, *team; /* staff: a login; team: a code */
    const char *done_by, *note, *via;                 /* of its result: a login ... */
    utc_us next_at, result_at; /* ... next contact that was agreed (0: none), when it was noted */
};
/* Strings in `arena`. */
enum rc contact_task_read(struct db *db, uint64_t id, struct arena *arena,
                          struct contact_task *out) MUST_CHECK;

struct contact_task_query {
    unsigned staff_id, team_id; /* 0: any */
    uint64_t customer_id;       /* 0: any */
    int from_day, to_day;       /* staff_day(); 0: no bound */
    bool open_only;
    bool nobodys;   /* only those without a person; staff_id 0 */
    uint64_t after; /* the task that was seen last; 0: from the first on */
    size_t limit;
    const char *state; /* a name; NULL: any */
    utc_us late_at;    /* only those that are open, and were due before then; 0: no matter */
};
/* By day, then the highest score first; the row lives during the call. */
enum rc contact_task_list(struct db *db, const struct contact_task_query *query,
                          void (*each)(void *arg, const struct contact_task *t),
                          void *arg) MUST_CHECK;
