/*
 * contact_return.h - what is known of an address before it becomes somebody's contact point: a
 * carrier said that it is nobody's, or somebody who was erased since had objected.
 */
#pragma once

#include "domain/types.h"

struct db;

struct contact_address {
    enum channel channel;
    const char *address;
};

/*
 * Part of the transaction that made them contact points, after it did: those that are suppressed
 * become so, and objections of erased customers are on opt_out again. standing_refresh() is still
 * due. Costs one small question when nothing of the kind is known.
 */
enum rc contact_return(struct db *db, const struct contact_address *list, size_t n) MUST_CHECK;

/* Part of the caller's transaction: an objection of an erased customer is kept under the address's
 * pseudonym; START lifts it. `sender` as in opt_out: "" for all senders. */
enum rc objection_keep(struct db *db, const struct contact_address *address, const char *sender,
                       utc_us at) MUST_CHECK;
enum rc objection_lift(struct db *db, const struct contact_address *address,
                       const char *sender) MUST_CHECK;
