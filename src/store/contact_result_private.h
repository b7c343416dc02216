/* contact_result_private.h - what the files contact_result*.c share. */
#pragma once

#include "store/contact_result.h"
#include "store/db.h"

#define CONTACT_WORDS   4  /* of the ledger: each channel and purpose */
#define CONTACT_CANCELS 20 /* queued promotions that a wrong number takes back at most */

/* Before the transaction: when the next contact is due, and whose it is. out->day 0: there is none,
 * or it cannot be said whose. */
enum rc contact_next_reckon(struct db *db, const struct contact_report *report,
                            const struct contact_outcome *outcome,
                            struct contact_next *out) MUST_CHECK;

/* Part of the result's transaction: what an outcome does beyond its task. */
struct contact_affected {
    const struct contact_report *report;
    const struct contact_result_ids *ids;
    uint64_t customer_id, task_id;
    utc_us at;
    struct contact_recorded *out;
};
enum rc contact_effect_apply(struct db *db, const struct contact_affected *a,
                             enum contact_effect effect) MUST_CHECK;
/* A correction: what can be taken back of the earlier result's effect; `spoiled` is the number that
 * it made invalid, "" for none. */
enum rc contact_effect_undo(struct db *db, const struct contact_affected *a,
                            enum contact_effect effect, const char *spoiled) MUST_CHECK;

/* The same: the customer was spoken to. */
enum rc contact_talked(struct db *db, const struct contact_affected *a) MUST_CHECK;
/* A correction, once it counts: nobody was, as it turns out. When they were before is reckoned anew
 * from what else is on record. */
enum rc contact_not_talked(struct db *db, const struct contact_affected *a) MUST_CHECK;
