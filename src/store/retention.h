/*
 * retention.h - how long rows are kept, and getting rid of those that are not.
 *
 * The busy tables lose a month at a time (store/partition.h); the others lose some thousand rows a
 * transaction. The ledger of consents is not among them: it is the proof that a message was
 * allowed, and outlives the message.
 */
#pragma once

#include "domain/types.h"

struct campaign_settings;
struct db;

/* In milliseconds; 0: for ever. */
struct retention_settings {
    int64_t messages_ms, events_ms, inbound_ms;
    int64_t recipients_ms;                     /* who a campaign wrote to and whom it left out */
    int64_t rejects_ms;                        /* refused rows of partners' files */
    int64_t every_ms;                          /* how often to look */
    const struct campaign_settings *campaigns; /* by which their figures are counted at last */
};

#define RETENTION_BATCH 2000 /* rows a transaction */

/* Each removes at most a batch; *n: how many rows it was, 0: there are no more. */
enum rc retention_prune_recipients(struct db *db, utc_us before, uint64_t *n) MUST_CHECK;
enum rc retention_prune_shared_addresses(struct db *db, utc_us before, uint64_t *n) MUST_CHECK;
enum rc retention_prune_exclusions(struct db *db, utc_us before, uint64_t *n) MUST_CHECK;
enum rc retention_prune_rejects(struct db *db, utc_us before, uint64_t *n) MUST_CHECK;
/* What became of the events of occasions. */
enum rc retention_prune_occasions(struct db *db, utc_us before, uint64_t *n) MUST_CHECK;
