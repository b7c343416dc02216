/*
 * contact_orphan.h - tasks that are nobody's: a plan's call for a day on which all of the team are
 * away, a call back agreed by somebody who has left since. On their day they go to whoever stands
 * in for the customer's owner, or has most room in the team; where nobody is there, they wait for
 * the first one who is, and an alert says so.
 */
#pragma once

#include "store/contact_list.h"

struct contact_orphan_count {
    size_t given, waiting;
    bool more;
};

/* Some of those from task *next on, round and round; one transaction. Under the lease
 * "contact_list". */
enum rc contact_orphan_step(struct db *db, const struct contact_list_settings *settings,
                            uint64_t *next, struct contact_orphan_count *out) MUST_CHECK;
