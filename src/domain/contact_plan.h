/*
 * contact_plan.h - what the house does for a customer over weeks, as lines that a person writes:
 *
 *     enrol new customers
 *     for category = shop
 *
 *     day 0: sms
 *         template bienvenue
 *     day 3: call
 *         title Appel de bienvenue
 *         within 2 days
 *     day 30 at 11:00: sms
 *         text Bonjour {{first_name}}, ...
 *         when last_order > 30d ago
 *         when outcome no_answer
 *
 * doc/contact-plan.md is the guide for those who write plans. Empty lines, and lines that begin
 * with `#`, say nothing. Pure: no I/O, no clock.
 */
#pragma once

#include "domain/reach.h"

#define CONTACT_PLAN_NAME_MAX     24          /* characters */
#define CONTACT_PLAN_TEXT_MAX     (64 * 1024) /* bytes of a plan */
#define CONTACT_PLAN_STEPS_MAX    50
#define CONTACT_PLAN_DAY_MAX      3650
#define CONTACT_PLAN_WITHIN_MAX   60
#define CONTACT_PLAN_LATE_DEFAULT 3 /* days */
#define CONTACT_PLAN_LATE_MAX     60
#define CONTACT_PLAN_OUTCOMES_MAX 200 /* bytes of a list of outcomes */
#define CONTACT_PLAN_AT_ANY       (-1)

struct arena;
struct buffer;
struct local_zone;

enum plan_enrols { PLAN_BY_HAND, PLAN_NEW_CUSTOMER, PLAN_FIRST_ORDER };
const char *plan_enrols_name(enum plan_enrols e);
enum rc plan_enrols_parse(const char *name, enum plan_enrols *e) MUST_CHECK;

enum plan_step_kind { PLAN_WRITE, PLAN_CALL };

/* Texts that were not given are "". */
struct plan_step {
    enum plan_step_kind kind;
    bool after; /* days count from when the step before was done (of a call: its result); else from
                   the beginning */
    unsigned days;
    int at_minute; /* of the customer's day; CONTACT_PLAN_AT_ANY: see contact_plan_moment() */
    unsigned line; /* where it begins in the text */
    /* Of PLAN_WRITE. */
    enum reach reach;
    const char *template, *text, *sender; /* one of template and text */
    const char *mail_template;            /* of two channels; of mail alone it may stand for both */
    bool has_class;                       /* else that of its template; promo for a text */
    enum message_class class;
    /* Of PLAN_CALL. */
    const char *title, *expected, *policy;
    unsigned within; /* working days that it may take, the first one counted */
    /* When it is done at all. */
    const char *rule;     /* an audience's, of the customer at that moment */
    const char *outcomes; /* codes with ", " between them: the last call came to one of these */
};

/* What a step is: "call", or by which channels it writes ("sms", "email,sms"). RC_INVALID: it is
 * none of these; a person is told PLAN_KINDS. */
#define PLAN_KINDS "sms, email, \"sms,email\", \"email,sms\" or call"
const char *plan_step_name(const struct plan_step *step);
enum rc plan_step_parse(const char *name, struct plan_step *step) MUST_CHECK;

struct contact_plan_text {
    enum plan_enrols enrols;
    const char *rule;   /* who is enrolled by themselves; "": each */
    const char *team;   /* code; whose tasks they are when nobody looks after the customer */
    unsigned late_days; /* a message that is later than that is not made up */
    struct plan_step *steps;
    size_t n_steps;
};

/* All in `arena`. RC_INVALID: err begins with the line ("line 7: ..."), and says what was expected
 * there. */
enum rc contact_plan_parse(const char *text, struct arena *arena, struct contact_plan_text *out,
                           struct error *err) MUST_CHECK;
/* The same plan as lines, which read back give the same. Texts with line ends cannot be said. */
void contact_plan_print(const struct contact_plan_text *plan, struct buffer *out);

/* Does an outcome's code stand in the list? */
bool plan_outcomes_have(const char *outcomes, const char *code);

/*
 * When a step is due, not before the moment its days count from. Without a time of day: a message
 * of the same day at once, else at 10:00; a call as its day begins.
 */
utc_us contact_plan_moment(const struct plan_step *step, utc_us start, utc_us before,
                           struct local_zone *zone);

/* The nth step (from 0), as a day of the plan when everything is done at once. */
unsigned contact_plan_day(const struct contact_plan_text *plan, size_t step);
/* Who is about to do step `step` (from 0) of one version goes on with which of another one: the
 * first of that day or later, not counting as many of the same day as were done; n_steps: with
 * none. */
size_t contact_plan_same_place(const struct contact_plan_text *from, size_t step,
                               const struct contact_plan_text *to);
