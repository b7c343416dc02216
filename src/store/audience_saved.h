/* audience_saved.h - audiences that have a name. */
#pragma once

#include "store/audience.h"

#define AUDIENCES_MAX 1000 /* that are listed */

struct audience_row {
    uint64_t id;
    const char *name, *rule, *who;
    utc_us created_at, updated_at;
};

/* Checks the rule and keeps it in its canonical spelling, under a new name or under an old one.
 * RC_INVALID: the place is in err, or the rule would contain itself. */
enum rc audience_put(struct db *db, const char *name, const char *rule, const char *who,
                     uint64_t *id, struct error *err) MUST_CHECK;
/* Texts live in `arena`. RC_NOTFOUND: no such name. */
enum rc audience_read(struct db *db, const char *name, struct arena *arena,
                      struct audience_row *out) MUST_CHECK;
/* All of them by name, at most AUDIENCES_MAX. The row lives during the call. */
enum rc audience_list(struct db *db, void (*each)(void *arg, const struct audience_row *row),
                      void *arg) MUST_CHECK;
/* RC_CONFLICT: the rule of another one speaks of it; err says which. */
enum rc audience_delete(struct db *db, const char *name, struct error *err) MUST_CHECK;

struct audience_size {
    uint64_t customers, reachable; /* found; of these, who may be sent a promotional SMS */
};
/* How many customers a rule finds now. */
enum rc audience_count(struct db *db, const struct audience_rule *rule,
                       const struct audience_moment *moment, struct audience_size *out,
                       struct error *err) MUST_CHECK;
