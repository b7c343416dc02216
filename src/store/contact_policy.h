/* contact_policy.h - whom to contact and why, as the house sets it: a policy for each category of
 * customers, and topics to tell them. */
#pragma once

#include "domain/contact_score.h"

struct arena;
struct db;

#define CONTACT_POLICIES_MAX   1000
#define CONTACT_TOPICS_MAX     200
#define CONTACT_TOPIC_NAME_MAX 40  /* characters */
#define CONTACT_TOPIC_TEXT_MAX 160 /* characters */

/* All policies, and the topics that are not over on the day of `now`; in `arena`. */
enum rc contact_book_read(struct db *db, utc_us now, struct arena *arena,
                          struct contact_book *out) MUST_CHECK;

/* What is NULL (below 0) stays as it is or, of a new one, becomes what is usual. */
struct contact_policy_plan {
    const char *category; /* a code, or CONTACT_OTHERS */
    const char *team;     /* a code; needed by a new one */
    const char *counts;
    int on;
    int64_t every_days, rest_days, value_points;
    const int64_t *priority;              /* may be below 0 */
    const char *weights[CONTACT_REASONS]; /* "50/14", as contact_weight_parse() reads it */
};
/* Each is one transaction, in the audit, and counts from the next list on. RC_INVALID: err and
 * *field say what is wrong; no such category or team is, too. */
enum rc contact_policy_set(struct db *db, const struct contact_policy_plan *plan, const char *who,
                           const char **field, struct error *err) MUST_CHECK;

struct contact_topic_plan {
    const char *name, *kind, *category, *text; /* category: a code; "": all of them */
    const char *from, *to;                     /* days: "2026-12-24"; from: today if not said */
    int today;                                 /* of the house: staff_day() */
};
enum rc contact_topic_set(struct db *db, const struct contact_topic_plan *plan, const char *who,
                          const char **field, struct error *err) MUST_CHECK;
/* Told no more, from that day on. RC_NOTFOUND: there is none of that name. */
enum rc contact_topic_end(struct db *db, const char *name, int today, const char *who) MUST_CHECK;

/* Codes beside the ids: for people. `each` hears of all; the row lives during the call. */
struct contact_policy_row {
    const struct contact_policy *policy;
    const char *category, *team;
};
enum rc contact_policies_list(struct db *db,
                              void (*each)(void *arg, const struct contact_policy_row *row),
                              void *arg) MUST_CHECK;
struct contact_topic_row {
    const char *name, *kind, *category, *text, *created_by;
    int from_day, to_day; /* staff_day() */
    unsigned id;
};
/* The newest first, those that are over, too; at most CONTACT_TOPICS_MAX. */
enum rc contact_topics_list(struct db *db,
                            void (*each)(void *arg, const struct contact_topic_row *row),
                            void *arg) MUST_CHECK;
