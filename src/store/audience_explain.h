/* audience_explain.h - why a customer is in an audience, or is not: test by test. */
#pragma once

#include "store/audience.h"

/* One part of the rule, and what it comes to for the customer. A saved audience has its rule as its
 * one child. */
struct audience_verdict {
    const struct audience_node *node;
    bool holds;
    const char *rule;  /* the part, as it is written */
    const char *value; /* of a test: what the customer has; NULL: there is no more to say */
    struct audience_verdict *first_child, *next;
};

/*
 * *out is NULL when the rule is for everybody; all of it lives in `arena`. RC_NOTFOUND: no such
 * customer. The very SQL of a campaign answers, so that it can never be explained otherwise than it
 * was decided.
 */
enum rc audience_explain(struct db *db, const struct audience_rule *rule,
                         const struct audience_moment *moment, uint64_t customer_id,
                         struct arena *arena, struct audience_verdict **out,
                         struct error *err) MUST_CHECK;

/* What the expansion of a campaign made of the customer: "recipient", the name of an exclusion, or
 * "" when it has not come to it, or did not find it in its audience. */
#define AUDIENCE_OUTCOME_SIZE 32
enum rc audience_campaign_outcome(struct db *db, uint64_t campaign_id, uint64_t customer_id,
                                  char out[AUDIENCE_OUTCOME_SIZE]) MUST_CHECK;
