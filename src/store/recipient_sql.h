/*
 * recipient_sql.h - the pieces of SQL of which every question about recipients is made: who is left
 * out and why, what has to be joined to know it, and the rule. For the files recipient*.c alone.
 *
 * Where messages are written, rights are read from the tables that say what is true. Where
 * customers are counted, from the summary of these (store/standing.h). All other reasons are the
 * same text.
 */
#pragma once

#include "store/recipient.h"

enum recipients_by { BY_TRUTH, BY_STANDING };

#define QUESTION_OWN_VALUES (RECIPIENTS_SOME + 128) /* besides those of the rule */

/* A statement and its values, in the order in which both are added. */
struct question {
    struct buffer sql;
    struct db_value values[AUDIENCE_BOUND_MAX + QUESTION_OWN_VALUES];
    size_t n;
    enum audience_form form; /* of the rule in it: for a page, unless it is said otherwise */
    uint64_t first, last;    /* for all: of these customers alone, which the statement says, too */
    bool refusals;           /* by standing: the sender's own are looked at, too */
};

void question_init(struct question *q);
void question_close(struct question *q);
void question_add(struct question *q, const char *sql);
void question_add_value(struct question *q, struct db_value value);
enum rc question_ask(struct db *db, struct question *q, struct db_rows **rows) MUST_CHECK;

/* A number for recipients_reason(). By standing, who refuses this sender alone is not among those
 * who are opted out, unless the question says so. */
void question_add_reason(struct question *q, const struct recipients *r, enum recipients_by by);
/* Behind `FROM customer c`. By truth, p is the primary number and k the consent; of mail, mp and
 * mk. */
void question_add_joins(struct question *q, const struct recipients *r, enum recipients_by by);
void question_add_rule(struct question *q, const struct recipients *r);

#define REASON_MAX 63
/* Is the customer left out? Then *why. */
bool recipients_reason(uint64_t number, enum exclusion *why);
/* By which of the channels, for one who is not: 0 or 1. */
unsigned recipients_way(uint64_t number);
/* The same as a condition on a column: "IN (0, 63)". */
#define RECIPIENTS_REACHED " IN (0, 63)"

/* By truth: "p.address, k.event_id"; and whether others have the address: "c.sms_shared". */
const char *recipients_columns(enum channel channel);
const char *recipients_shared(enum channel channel);
/* The spec's sender as refusals name it. */
const char *recipients_refused_sender(const struct recipients *r);

/* --- of several texts --- */

/* Text A (0), or one of the others. */
const struct wording *recipients_wording(const struct recipients *r, unsigned variant);
/* Of a channel, where there are two; each has one text then. */
const struct wording *recipients_words(const struct recipients *r, enum channel channel,
                                       unsigned variant);
/* How many texts somebody may get, and the first of them. */
unsigned recipients_texts(const struct recipients *r, unsigned *first);
