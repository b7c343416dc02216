/* contact_task_command.h - what people do to tasks besides recording a result: one transaction
 * each, in the audit. */
#pragma once

#include "store/contact_task.h"

#define CONTACT_WHY_MAX      64   /* characters */
#define CONTACT_EXPECTED_MAX 200  /* the same */
#define CONTACT_REMARK_MAX   1000 /* the same */

/* Who looks after a customer; 0: nobody. RC_NOTFOUND: no such customer. */
enum rc contact_owner(struct db *db, uint64_t customer_id, unsigned *staff_id) MUST_CHECK;
/* A manager's task: draft->id and created_by need not be set. RC_NOTFOUND: no such customer.
 * RC_CONFLICT: erased, or does not want to be contacted. The same one said twice (of customer,
 * person, title and due time) is there once: *again, and *id is the one that is open already. */
enum rc contact_task_add(struct db *db, const struct contact_draft *draft, const char *who,
                         uint64_t *id, bool *again, struct error *err) MUST_CHECK;
/* RC_CONFLICT: it is not open. */
enum rc contact_task_withdraw(struct db *db, uint64_t id, const char *why, const char *who,
                              struct error *err) MUST_CHECK;
/* RC_CONFLICT: it is not open, or it is that person's already. RC_INVALID: that person does not
 * work here. */
enum rc contact_task_give(struct db *db, uint64_t id, unsigned staff_id, const char *who,
                          struct error *err) MUST_CHECK;
/* Something to know about a task, whatever its state. */
enum rc contact_task_remark(struct db *db, uint64_t id, const char *note, const char *who,
                            struct error *err) MUST_CHECK;

/* The same as part of the caller's transaction, with ids that were taken before it. */
struct contact_remark {
    uint64_t note_id, audit_id, task_id;
    const char *note, *who;
};
enum rc contact_task_remark_ids(struct db *db, struct contact_remark *out) MUST_CHECK;
enum rc contact_task_remark_put(struct db *db, const struct contact_remark *r) MUST_CHECK;

/* What happened to a task, in the order of time, at most CONTACT_HISTORY_MAX lines. */
#define CONTACT_HISTORY_MAX 200
struct contact_line {
    utc_us at;
    const char *kind; /* "result", "note", or the verb of a command: "add", "give" ... */
    const char *who, *staff, *outcome, *text; /* "": none */
    utc_us next_at;
};
enum rc contact_task_history(struct db *db, uint64_t id,
                             void (*each)(void *arg, const struct contact_line *line),
                             void *arg) MUST_CHECK;

/* What came of contacts with a customer, the newest first; before 0: from the newest on. */
struct contact_result_view {
    uint64_t id, task_id, next_task_id;                     /* 0: none */
    const char *outcome, *staff, *via, *who, *note, *title; /* "": none */
    utc_us at, next_at;
};
enum rc contact_results_list(struct db *db, uint64_t customer_id, uint64_t before, size_t limit,
                             void (*each)(void *arg, const struct contact_result_view *v),
                             void *arg) MUST_CHECK;
