/* escalation_policy.h - the policies of reminders: set by a person, read as they are kept. */
#pragma once

#include "domain/escalation.h"

struct arena;
struct db;

struct escalation_policy_row {
    uint64_t id;
    const char *name;
    unsigned version;
    struct escalation_policy rules;
    utc_us updated_at;
};

/* One transaction, in the audit; made or changed. What is under way goes on by the new rules.
 * RC_INVALID: *field and err say what is wrong. */
enum rc escalation_policy_set(struct db *db, const char *name, const char *rules, const char *who,
                              uint64_t *id, const char **field, struct error *err) MUST_CHECK;
enum rc escalation_policy_find(struct db *db, const char *name, uint64_t *id) MUST_CHECK;
/* All of them by id, in `arena`. */
struct escalation_policies {
    struct escalation_policy_row *list;
    size_t n;
};
enum rc escalation_policies_read(struct db *db, struct arena *arena,
                                 struct escalation_policies *out) MUST_CHECK;
/* NULL: there is none of that id. */
const struct escalation_policy_row *
escalation_policies_get(const struct escalation_policies *policies, uint64_t id);
