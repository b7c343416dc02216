/*
 * contact_result.h - what came of a contact: an outcome of the house's catalogue, a note, the next
 * date. One transaction records it, ends the task and its matter, and has the outcome's effect: a
 * wrong number is no contact point any more, who wants no contact gets none.
 */
#pragma once

#include "domain/contact_due.h"

struct db;

enum contact_effect {
    CONTACT_EFFECT_NONE,
    CONTACT_EFFECT_CALL_BACK,      /* needs a next date, unless next_days gives it one */
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
const char *contact_via_name(enum contact_via v);

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

/* Whose clock a next date is reckoned by when neither person nor team has one. */
struct contact_house {
    const char *timezone;
    struct holiday_book *holidays; /* of other countries than France; NULL: none */
};

#define CONTACT_NEXT_YEARS 2 /* a next date is not further away */

struct contact_report {
    uint64_t task_id;     /* 0: nobody had planned it, and ... */
    uint64_t customer_id; /* ... this is the customer */
    const char *outcome;  /* a code of the catalogue */
    const char *note;     /* "": none */
    utc_us next_at;       /* 0: no hour was agreed ... */
    int next_day;         /* ... but perhaps a day, staff_day(); 0: neither */
    unsigned staff_id;    /* who made the contact; 0: whose task it is */
    bool first_only;      /* it corrects no result of anybody else */
    enum contact_via via;
    uint64_t via_id;
    const char *who;
    utc_us at;                         /* when it was made; 0: now */
    const struct contact_house *house; /* NULL: UTC, and France's holidays */
};

#define CONTACT_STOPPED_MAX 8
#define CONTACT_OTHERS_MAX  3

/* A task of somebody else's for the same customer. */
struct contact_other {
    uint64_t id;
    char login[STAFF_LOGIN_SIZE], name[STAFF_NAME_SIZE]; /* "": nobody's yet */
};

struct contact_recorded {
    uint64_t id, task_id, customer_id, next_task_id; /* 0: none */
    utc_us next_at;                                  /* when that is due */
    struct contact_agreed agreed; /* rest: it was agreed on for a moment without work */
    struct contact_other others[CONTACT_OTHERS_MAX]; /* open; the first that are due */
    size_t n_others, all_others;
    enum contact_effect effect;
    bool corrected; /* it had a result before: this one counts now */
    bool repeated;  /* the same had been said before, and nothing was written */
    bool late;
    /* Numbers that get no promotion any more: the gateway is to be told after the commit. */
    char stopped[CONTACT_STOPPED_MAX][E164_SIZE];
    size_t n_stopped;
};

/* What a result may need, taken and reckoned before the transaction. */
struct contact_result_ids {
    uint64_t result, task, audit, consent, event;
    struct contact_next {
        int day; /* 0: there is none */
        utc_us due_at;
        struct contact_agreed agreed; /* if a date was said */
        utc_us asked_at;              /* that date, as it was said; 0: none was */
        unsigned team_id, staff_id;   /* staff 0: nobody's yet */
    } next;
};
/* What is wrong with the report is left for contact_result_put() to say. */
enum rc contact_result_take_ids(struct db *db, const struct contact_report *report,
                                struct contact_result_ids *ids) MUST_CHECK;
/*
 * Part of the caller's transaction (contact_result_record() is one by itself). RC_NOTFOUND: no such
 * task or customer. RC_INVALID: an outcome that the catalogue does not have, a next date that is
 * missing or past. RC_CONFLICT: a person withdrew the task, it has a result that the report may not
 * correct, or the customer was erased. err says why. The same said once more changes nothing.
 */
enum rc contact_result_put(struct db *db, const struct contact_report *report,
                           const struct contact_result_ids *ids, struct contact_recorded *out,
                           struct error *err) MUST_CHECK;
enum rc contact_result_record(struct db *db, const struct contact_report *report,
                              struct contact_recorded *out, struct error *err) MUST_CHECK;
