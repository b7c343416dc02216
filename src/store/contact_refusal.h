/* contact_refusal.h - a customer wants no contact any more, whoever said so: a person, a result, a
 * partner's file, the other half of a merge. */
#pragma once

#include "base/clock.h"
#include "base/rc.h"
#include "store/id_list.h"

struct db;

/* Part of the transaction that sets customer.do_not_contact: every open task but `except` (0: all)
 * is cancelled, every plan ends, and the daily list hears of it. */
enum rc contact_refuse(struct db *db, uint64_t customer_id, uint64_t except, utc_us now) MUST_CHECK;

/*
 * For writers of many, before they set it: which of `who` it is news of, in the order of their ids,
 * and whether something is planned with them: contact_refuse() is for those. One look, however many
 * they are. `found` has room for each of `who`.
 */
struct contact_refuser {
    uint64_t customer_id;
    bool planned;
};
enum rc contact_refusers_find(struct db *db, struct id_list *who, struct contact_refuser *found,
                              size_t *n) MUST_CHECK;
