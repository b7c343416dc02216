/*
 * erase.h - a customer asked to be forgotten (GDPR art. 17).
 *
 * erase_begin() is one transaction: from its COMMIT on the customer has no name and no contact
 * point, no audience has them, and nothing queued for them is claimed any more. What may be much
 * (messages, replies) follows in short steps, each with its checkpoint; an hour later those that
 * were being written meanwhile are looked for once more.
 *
 * What stays says nothing of who it was: ids, times, states, sums. Addresses become pseudonyms
 * (store/pseudonym.h); an objection is kept under one, so that it still holds when the address
 * comes again.
 */
#pragma once

#include "domain/types.h"

struct db;

#define ERASE_REASON_MAX 200 /* characters, as audit_entry.detail */

/* What there is of a customer. */
struct erase_count {
    uint64_t contact_points, fields, numbers, orders, consents, messages, queued, inbound;
    uint64_t objections; /* addresses that stay blocked */
    char name[400];      /* whom it is about */
};
/* RC_NOTFOUND: no such customer. */
enum rc erase_count(struct db *db, uint64_t customer_id, struct erase_count *out) MUST_CHECK;

/* RC_NOTFOUND: no such customer. RC_CONFLICT: erased already. */
enum rc erase_begin(struct db *db, uint64_t customer_id, const char *who,
                    const char *reason) MUST_CHECK;

struct erase_progress {
    uint64_t message_total, messages, cancelled, inbound;
    utc_us asked_at, finished_at; /* finished_at 0: not yet */
    char who[65], reason[ERASE_REASON_MAX * 4 + 1];
};
/* RC_NOTFOUND: it was never asked for. */
enum rc erase_progress(struct db *db, uint64_t customer_id, struct erase_progress *out) MUST_CHECK;

#define ERASE_PAGE 500 /* messages or replies a step */

struct erase_done {
    uint64_t customer_id; /* 0: there was nothing to do */
    bool finished;        /* with this step */
};
/* The next step of an erasure that is due: one transaction. */
enum rc erase_step(struct db *db, utc_us now, struct erase_done *done) MUST_CHECK;
