/*
 * import_joined.h - what a chunk writes of customers who were known before their number came
 * (store/customer_match.h): it adds what is missing. For store/import_orders.c only.
 */
#pragma once

#include "store/contact_return.h"
#include "store/import_kind.h"
#include "store/import_person.h"
#include "store/import_plan.h"

struct import_joined;                          /* lives as long as one import is being applied */
struct import_joined *import_joined_new(void); /* NULL: no memory */
void import_joined_free(struct import_joined *j);
void import_joined_reset(struct import_joined *j);

/* What the slot's row says of its customer. Its new contact points go to `contacts`, too. */
enum rc import_joined_put(struct import_joined *j, const struct import_step *step,
                          const struct person_fields *fields, const struct customer_slot *slot,
                          struct contact_address *contacts, size_t *n_contacts) MUST_CHECK;
/* Part of the chunk's transaction, when its new customers are inserted. */
enum rc import_joined_run(struct db *db, const struct import_joined *j) MUST_CHECK;

/* Part of the same transaction, after all that it writes of addresses: takes those grants out of
 * the plan whose address did not come to be the primary one, or no longer is. Another row of the
 * chunk, or another file at the same time, may have brought that one. */
enum rc import_joined_keep_own(struct db *db, struct import_joined *j,
                               struct import_plan *plan) MUST_CHECK;

/* Does a consent in the row count, as far as the plan can tell? Not when it came with another
 * address than the one that is written to: a grant is never lent. */
bool import_joined_grants(const struct customer_slot *slot, enum channel channel,
                          const char *address);
