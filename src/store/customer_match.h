/*
 * customer_match.h - a partner's customer number is new here: is the person?
 *
 * Part of an import's chunk (store/import_orders.c), for profiles with a section `match`. Whoever
 * has the phone or the mail of a new number is looked for, in the database and in the chunk itself.
 * When it is exactly one customer and the names agree (domain/likeness.h), the slot is `joined` to
 * that customer; when not, the number gets a customer of its own and the pair goes to the review
 * list (store/customer_double.h). Nobody is ever joined to a minor, nor to somebody erased, and a
 * number or address that ten have is nobody's in particular.
 *
 * Of a joined customer's contact points the primary ones stay: so nobody's consent is lent to
 * another address. A withdrawal in the row counts all the same.
 */
#pragma once

#include "domain/match.h"
#include "store/import_plan.h"

struct db;
struct import_step;

struct customer_match; /* lives as long as one import is being applied */
struct customer_match *customer_match_new(const struct match_rules *rules); /* NULL: no memory */
void customer_match_free(struct customer_match *m);                         /* NULL is fine */

/* Before the chunk's transaction: ids for the pairs it may find. */
enum rc customer_match_prepare(struct db *db, struct customer_match *m, size_t n_rows) MUST_CHECK;
/* In it, behind the look-ups and before the rows are planned: who the numbers that are not known
 * belong to. `codes`: of each row; rows with a `missing` one are not asked about. */
enum rc customer_match_find(struct db *db, struct customer_match *m, struct import_plan *plan,
                            const struct import_step *step,
                            const struct row_codes *codes) MUST_CHECK;
/* In it, when all customers are inserted: the pairs that a person has to decide. */
enum rc customer_match_ask(struct db *db, struct customer_match *m,
                           const struct import_step *step) MUST_CHECK;
void customer_match_committed(struct customer_match *m);
