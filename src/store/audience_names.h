/* audience_names.h - the things that a rule calls by their names, and the faults when they are not
 * there. For the files audience*.c. */
#pragma once

#include "store/audience.h"

/* The id of a category, a source or a product range. RC_INVALID: unknown; err has the place and
 * those that are known. */
enum rc audience_code_id(struct db *db, const struct audience_rule *rule,
                         const struct audience_node *test, size_t i, uint64_t *id,
                         struct error *err) MUST_CHECK;

struct audience_campaign {
    uint64_t id, first_message, last_message;
};
enum rc audience_campaign_find(struct db *db, const struct audience_rule *rule,
                               const struct audience_node *test, size_t i,
                               struct audience_campaign *out, struct error *err) MUST_CHECK;

enum own_kind { OWN_TEXT, OWN_NUMBER, OWN_DATE };
struct audience_own {
    uint64_t id;
    enum own_kind kind;
};
enum rc audience_own_find(struct db *db, const struct audience_rule *rule,
                          const struct audience_node *test, struct audience_own *out,
                          struct error *err) MUST_CHECK;
/* A value of such a field as the number that is kept of it: that of a number; of a date year *
 * 10000 + month * 100 + day. RC_INVALID: it is none. */
enum rc audience_own_number(const struct audience_rule *rule, const struct audience_node *test,
                            size_t i, enum own_kind kind, int64_t *number,
                            struct error *err) MUST_CHECK;

/* "unknown WHAT "name"; known: a, b": `known_sql` selects one column of texts. */
enum rc audience_unknown(struct db *db, const struct audience_rule *rule, size_t at,
                         const char *what, const char *name, const char *known_sql,
                         struct error *err) MUST_CHECK;
