/*
 * suppression_listing.h - addresses that partners say are not to be written to.
 *
 * A partner's word is a row of suppression_listing, with its reason and perhaps an end. The address
 * is suppressed (store/suppression.h) for as long as some partner lists it or carriers said often
 * enough that it is nobody's; only when the last of these is gone may it be written to again. A
 * person's lift takes the listings away, too.
 */
#pragma once

#include <stdbool.h>

#include "domain/types.h"
#include "store/contact_return.h"

struct db;

/*
 * Part of the caller's transaction, after listings of these addresses were added: they are
 * suppressed from now on, and so are the contact points that they are. At most 1,000 addresses.
 */
enum rc suppression_listed(struct db *db, const struct contact_address *list, const char **reasons,
                           size_t n, utc_us now) MUST_CHECK;
/* The same after a listing went: is the address still suppressed? If not, its contact points may be
 * written to again. */
enum rc suppression_settle(struct db *db, const struct contact_address *address) MUST_CHECK;

/* A transaction: listings whose end has passed go. *more: call again. */
enum rc suppression_expire(struct db *db, utc_us now, bool *more) MUST_CHECK;
