/* inbound_private.h - what the files inbound*.c share: one transaction's recording. */
#pragma once

#include "store/consent.h"
#include "store/inbound.h"

/* A message that is all there, or all there will be. */
struct inbound_message {
    uint64_t id;
    utc_us at;
    unsigned carrier_id, parts;
    const char *from, *to, *text;
    struct keyword_found keyword;
    bool incomplete;
};

/* Of a message in this transaction. */
struct inbound_answered {
    const char *from, *keyword;
};

struct recording {
    const struct inbound_rules *rules;
    utc_us now;
    struct arena *arena;
    uint64_t message_id;               /* the next id for an answer */
    size_t message_ids;                /* that are left */
    struct inbound_answered *answered; /* room for one a message */
    size_t n_answered;
    struct inbound_outcome *out;
};

/* `max` messages at most. */
enum rc recording_open(struct recording *r, size_t max) MUST_CHECK;
void recording_begin(struct recording *r); /* of each try of the transaction */
/* What follows from the message, and its row; `ids` for the consents that it may change. */
enum rc recording_add(struct db *db, struct recording *r, const struct inbound_message *m,
                      const struct consent_ids *ids) MUST_CHECK;

/* Keeps a part. It was the last that was missing: *m is the message, and *complete. `spare_id`: for
 * the message, or for one that has to be given up because its sender has too many open. */
enum rc parts_take(struct db *db, struct recording *r, const struct inbound_item *item,
                   uint64_t spare_id, struct inbound_message *m, bool *complete) MUST_CHECK;

/* Part of a transaction: gives up at most `max` whose time is over; ids for them from `first_id`.
 * *n: how many were looked at. */
enum rc parts_give_up(struct db *db, struct recording *r, utc_us before, uint64_t first_id,
                      size_t max, size_t *n) MUST_CHECK;
enum rc parts_count_old(struct db *db, utc_us before, size_t max, size_t *n) MUST_CHECK;
