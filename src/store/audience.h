/*
 * audience.h (store) - an audience's rule as a condition of SQL over `customer c`.
 *
 * The text of the condition is put together from this room's own constants alone; all that a user
 * wrote is bound by `?`. So no rule, whatever is in it, can say anything else to the database.
 */
#pragma once

#include "base/buffer.h"
#include "domain/audience.h"
#include "store/db.h"

#define AUDIENCE_VALUES_MAX    1024 /* bound by one rule, those of saved audiences in it included */
#define AUDIENCE_CAMPAIGNS_MAX 16   /* that one rule may ask `received campaign` about */
#define AUDIENCE_BOUND_MAX     (2 * AUDIENCE_VALUES_MAX + AUDIENCE_CAMPAIGNS_MAX) /* joins and all */

/* What is asked of many customers in one statement goes through tables by their own indexes; what
 * is asked of a page of them, or of one, looks into these tables customer by customer. */
enum audience_form { AUDIENCE_FOR_ALL, AUDIENCE_FOR_PAGE };

struct audience_moment {
    utc_us now;           /* "30d ago" counts from here */
    const char *timezone; /* whose midnight begins a day: "Europe/Paris"; NULL: UTC */
};

#define AUDIENCE_SETS_MAX 8 /* of customers that a rule finds in other tables, as joins */

struct audience_sql {
    struct buffer joins; /* "  LEFT JOIN ... ", to stand behind `FROM customer c`; or nothing */
    struct buffer text;  /* "(c.city = ? AND ...)", or "TRUE" */
    struct db_value join_values[AUDIENCE_CAMPAIGNS_MAX + AUDIENCE_VALUES_MAX];
    size_t n_join_values;
    size_t
        range_at[AUDIENCE_SETS_MAX]; /* where in these the first and last customer of a set stand */
    size_t n_sets;
    struct db_value values[AUDIENCE_VALUES_MAX]; /* texts among them belong to the rule */
    size_t n;
};

/*
 * Reads a rule and the saved audiences that it speaks of, all in `arena`. RC_INVALID: it cannot be
 * read, an audience that it names does not exist (err names those that do), or one contains itself.
 */
enum rc audience_open(struct db *db, const char *text, struct arena *arena,
                      struct audience_rule **out, struct error *err) MUST_CHECK;

/*
 * Codes, campaigns and fields become their ids: RC_INVALID points at one that does not exist, and
 * names those that do. Close `out` in every case.
 */
enum rc audience_compile(struct db *db, const struct audience_rule *rule,
                         const struct audience_moment *moment, enum audience_form form,
                         struct audience_sql *out, struct error *err) MUST_CHECK;
/* One part of the rule, by itself. */
enum rc audience_compile_node(struct db *db, const struct audience_rule *rule,
                              const struct audience_node *node,
                              const struct audience_moment *moment, enum audience_form form,
                              struct audience_sql *out, struct error *err) MUST_CHECK;
void audience_sql_close(struct audience_sql *sql);

/* Adds the joins to a statement's text behind its FROM, and their values to `values`, of which *n
 * are filled: those of the joins come before those of the condition. */
void audience_sql_add_joins(const struct audience_sql *sql, struct buffer *text,
                            struct db_value *values, size_t *n);
/* The same for a statement that asks of customers `first` to `last` alone. */
void audience_sql_add_joins_between(const struct audience_sql *sql, uint64_t first, uint64_t last,
                                    struct buffer *text, struct db_value *values, size_t *n);
