/* audience_compiler.h - a condition being written, and the tests that are more than one column. For
 * the files audience*.c. */
#pragma once

#include "store/audience.h"

struct audience_compiler {
    struct db *db;
    const struct audience_rule *rule; /* the one being read: places count in it */
    const struct audience_moment *moment;
    enum audience_form form;
    struct audience_sql *out;
    struct error *err;
    uint64_t campaigns[AUDIENCE_CAMPAIGNS_MAX]; /* of the joins */
    size_t n_campaigns;
    unsigned tests, depth;
    bool in_set;   /* what is written now finds a set of customers, in the joins */
    bool optional; /* within `or` or `not`: the database cannot begin with this test */
    bool narrowed; /* another test, which must hold too, leaves few customers */
};

void audience_add(struct audience_compiler *c, const char *text);
enum rc audience_bind(struct audience_compiler *c, struct db_value value) MUST_CHECK;
/* A pattern of constants, its %s the column. */
void audience_add_pattern(struct audience_compiler *c, const char *pattern, const char *column);
extern const char *const audience_number_ops[]; /* " >= ?", by enum audience_op */

/* --- audience_days.c --- */

/* `months` before, on the month's last day where it has fewer. */
struct civil audience_months_before(struct civil day, int64_t months);
utc_us audience_moment_ago(const struct audience_compiler *c, const struct audience_node *test);
/* What the calendar on the wall shows. */
enum rc audience_today(const struct audience_compiler *c, struct civil *day) MUST_CHECK;
int64_t audience_date_number(const struct civil *day); /* 20260131 */
enum rc audience_add_age(struct audience_compiler *c, const struct audience_node *test) MUST_CHECK;
enum rc audience_add_minor(struct audience_compiler *c) MUST_CHECK;
enum rc audience_add_birthday(struct audience_compiler *c,
                              const struct audience_node *test) MUST_CHECK;

/* --- audience_past.c --- */

enum rc audience_add_received(struct audience_compiler *c,
                              const struct audience_node *test) MUST_CHECK;
enum rc audience_add_replied(struct audience_compiler *c,
                             const struct audience_node *test) MUST_CHECK;
enum rc audience_add_own(struct audience_compiler *c, const struct audience_node *test) MUST_CHECK;
