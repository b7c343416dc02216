/*
 * standing.h - customer.sms_standing, sms_shared, sms_prefix and consent_at, and the same of mail
 * (email_standing, email_shared, email_consent_at): what a million customers are counted by, so
 * that nothing need be joined.
 *
 * Each is a summary of contact_point, consent_current and opt_out, and every transaction that
 * changes one of these refreshes it before it commits. Whether a message may be written or sent is
 * never decided by a summary but by these tables. What depends on the campaign or the day is in no
 * summary: refusals of one sender alone, and consents that have ended (store/recipient.c).
 *
 * sms_shared and email_shared alone are relied on: who has it not is the only one with the address.
 * It may say shared when the other one has gone meanwhile, never the reverse.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/rc.h"
#include "domain/types.h"

struct db;

#define STANDING_MAX 1000 /* customers a statement; longer lists go in several */

/* Part of the caller's transaction, after its changes: these customers, and sms_shared and
 * email_shared of those who have their addresses, too. Locks their rows, in the order of their ids.
 */
enum rc standing_refresh(struct db *db, const uint64_t *ids, size_t n) MUST_CHECK;
/* The same for those who have the address: at most STANDING_MAX, the sweep sees to the others. */
enum rc standing_refresh_address(struct db *db, enum channel channel,
                                 const char *address) MUST_CHECK;
/* The same for customers `first` to `last`, who were inserted by this transaction with what they
 * are to have if nobody else has their addresses and no STOP came from these. */
enum rc standing_refresh_new(struct db *db, uint64_t first, uint64_t last) MUST_CHECK;

struct standing_sweep {
    uint64_t next;     /* customers below were looked at; 0 to begin, and again when it is over */
    uint64_t repaired; /* by the last step */
};
/* One transaction: looks at the next `limit` customers, and mends what differs from the truth. */
enum rc standing_sweep_step(struct db *db, struct standing_sweep *sweep, size_t limit) MUST_CHECK;

/* The number's first digits as customer.sms_prefix has them; 0 for "". */
#define STANDING_PREFIX_DIGITS 7
uint32_t standing_prefix(const char *address);
