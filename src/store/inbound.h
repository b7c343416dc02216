/* inbound.h - messages from customers, what a keyword among them changes, and its one answer. */
#pragma once

#include <stddef.h>

#include "domain/keyword.h"
#include "domain/types.h"
#include "store/db.h"

struct route_table;

struct inbound_item {
    utc_us at;
    unsigned carrier_id;
    const char *from, *to, *text;
    enum keyword keyword;
};

struct inbound_answers {
    const char *stop, *start, *help; /* texts; "": no answer */
    const char *sender;              /* when the message came to a number that cannot send */
    int64_t expires_s;
    const struct route_table *routes; /* NULL: one queue for all */
};

/*
 * Records all `n` in one transaction, with what follows from them: STOP and START change the
 * consents of everybody who has the number; a change is answered once, HELP at most once an hour.
 * *answered: how many answers were queued. *first_id is 0 for a new batch, and becomes the id of
 * its first message: a batch that failed is given again with it, and is not recorded twice.
 */
enum rc inbound_record(struct db *db, const struct inbound_item *items, size_t n,
                       const struct inbound_answers *answers, utc_us now, uint64_t *first_id,
                       size_t *answered) MUST_CHECK;
