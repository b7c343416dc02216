/* contact_outcome.h - the catalogue of outcomes, as a person changes it. What an outcome is stands
 * in store/contact_result.h. */
#pragma once

#include "domain/staff_reply.h"
#include "store/contact_result.h"

#define CONTACT_CODE_MAX      32  /* characters */
#define CONTACT_LABEL_MAX     60  /* the same */
#define CONTACT_WORDS_MAX     300 /* the same */
#define CONTACT_NEXT_DAYS_MAX 366

enum rc contact_effect_parse(const char *name, enum contact_effect *out) MUST_CHECK;
/* RC_NOTFOUND: the catalogue has none of that code. */
enum rc contact_outcome_find(struct db *db, const char *code,
                             struct contact_outcome *out) MUST_CHECK;

/* The catalogue as answers are read by it; it must outlive the list. NULL: no memory. */
struct staff_reply_outcome *contact_outcomes_words(const struct contact_outcomes *outcomes,
                                                   struct arena *arena);

/* What is NULL (below 0) stays as it is or, of a new one, becomes what is usual. */
struct contact_outcome_plan {
    const char *code, *label_fr, *label_en, *words, *effect;
    int reached, on;
    int64_t next_days;
};
/* One transaction, in the audit; made or changed. A word that is a command's or another outcome's
 * would be understood by nobody: it is refused. RC_INVALID: err and *field say what is wrong. */
enum rc contact_outcome_set(struct db *db, const struct contact_outcome_plan *plan, const char *who,
                            bool *created, const char **field, struct error *err) MUST_CHECK;
