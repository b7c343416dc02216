/*
 * lease.h - a thing that only one may do at a time, on any number of nodes.
 *
 * A lease is a row changed by compare-and-set; its fence grows with every new holder. It keeps
 * others from doing the same work, but a holder may be paused past its end: so what it writes is
 * guarded by a compare-and-set of its own, too.
 */
#pragma once

#include "domain/types.h"

struct db;

#define LEASE_TERM_MAX_US (INT64_C(3600) * USEC_PER_SEC)

struct lease {
    char name[65];
    uint64_t fence; /* 0: not held */
    utc_us expires_at;
    int64_t rest_until; /* of lease_keep(): monotonic */
};

void lease_init(struct lease *lease, const char *name);
/* Takes the lease for `ttl_us` (LEASE_TERM_MAX_US at most), or lengthens it when it is already
 * ours. RC_CONFLICT: another holder has it until it expires; ours was lost if we had it. */
enum rc lease_hold(struct db *db, struct lease *lease, int64_t ttl_us) MUST_CHECK;
/* The same for looks that go on all the time: no statement while more than half of the term is left
 * or, where another has it, for half a term. It may be lost by then: hold it before writing. */
enum rc lease_keep(struct db *db, struct lease *lease, int64_t ttl_us) MUST_CHECK;
/* Gives it back, so that the next one need not wait; not held: nothing happens. */
enum rc lease_release(struct db *db, struct lease *lease) MUST_CHECK;
