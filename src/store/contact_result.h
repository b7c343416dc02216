/*
 * contact_result.h - what came of a contact: an outcome of the house's catalogue, a note, the next
 * date. One transaction records it, ends the task and its matter, and has the outcome's effect: a
 * wrong number is no contact point any more, who wants no contact gets none.
 */
#pragma once

#include "domain/types.h"

struct db;

enum contact_effect {
    CONTACT_EFFECT_NONE,
    CONTACT_EFFECT_CALL_BACK,      /* needs a next date */
    CONTACT_EFFECT_WRONG_NUMBER,   /* the number is invalid from now on */
    CONTACT_EFFECT_DO_NOT_CONTACT, /* customer.do_not_contact, and every consent is withdrawn */
    CONTACT_EFFECT_ORDER,
    CONTACT_EFFECTS
};
const char *contact_effect_name(enum contact_effect e);

enum contact_via {
    CONTACT_BY_CONSOLE,
    CONTACT_BY_API,
    CONTACT_BY_SMS,
    CONTACT_BY_MAIL,
    CONTACT_BY_LINK
};

#define CONTACT_OUTCOMES_MAX 64
#define CONTACT_NOTE_MAX     1000 /* characters */

struct contact_outcome {
    unsigned id;
    char code[33], label_fr[241], label_en[241], words[1201];
    bool reached, on;
    enum contact_effect effect;
    unsigned next_days;
};
struct contact_outcomes {
    struct contact_outcome list[CONTACT_OUTCOMES_MAX];
    size_t n;
};
enum rc contact_outcomes_read(struct db *db, struct contact_outcomes *out) MUST_CHECK;

struct contact_report {
    uint64_t task_id;     /* 0: nobody had planned it, and ... */
    uint64_t customer_id; /* ... this is the customer */
    const char *outcome;  /* a code of the catalogue */
    const char *note;     /* "": none */
    utc_us next_at;       /* 0: none was agreed */
    unsigned staff_id;    /* who made the contact; 0: whose task it is */
    enum contact_via via;
    uint64_t via_id;
    const char *who;
    utc_us at;
};
struct contact_recorded {
    uint64_t id, task_id, next_task_id; /* 0: none */
    bool corrected;                     /* it had a result before: this one counts now */
    bool late;
    const char *stopped; /* a number that gets no promotion any more, in the db's report; "" */
};

/* Ids that a result may need, taken before the transaction. */
struct contact_result_ids {
    uint64_t result, task, audit, consent;
    size_t consents;
};
enum rc contact_result_take_ids(struct db *db, const struct contact_report *report,
                                struct contact_result_ids *ids) MUST_CHECK;
/*
 * Part of the caller's transaction (contact_result_record() is one by itself). RC_NOTFOUND: no such
 * task or customer. RC_INVALID: err says why: an outcome that the catalogue does not have, a next
 * date that is missing or past. RC_CONFLICT: the task was cancelled.
 */
enum rc contact_result_put(struct db *db, const struct contact_report *report,
                           const struct contact_result_ids *ids, struct contact_recorded *out,
                           struct error *err) MUST_CHECK;
enum rc contact_result_record(struct db *db, const struct contact_report *report,
                              struct contact_recorded *out, struct error *err) MUST_CHECK;
