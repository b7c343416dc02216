/* consent_read.h - the ledger read: a customer's history, the proof of a message, pages for an
 * export, and whose consent ends soon. */
#pragma once

#include "base/arena.h"
#include "store/consent.h"
#include "store/consent_line.h"

struct db;

/* A line as it stands, with its hash and that of the line before it (zeros for the first). */
struct consent_stored {
    struct consent_line line; /* its texts live for the call, or in the arena that was given */
    unsigned char hash[CONSENT_HASH_SIZE], previous[CONSENT_HASH_SIZE];
};
typedef void consent_each(void *arg, const struct consent_stored *event);

/* The newest `limit` events of a customer, oldest of them first. */
enum rc consent_history(struct db *db, uint64_t customer_id, size_t limit, consent_each *each,
                        void *arg) MUST_CHECK;

struct consent_now {
    const char *channel, *purpose;
    bool granted;
    uint64_t event_id;
    utc_us at, last_reply_at, last_order_at;
};
enum rc consent_words_now(struct db *db, uint64_t customer_id,
                          void (*each)(void *arg, const struct consent_now *now),
                          void *arg) MUST_CHECK;

/* Opt-outs and requests of the customer's contact points. RC_NOTFOUND: no such customer. */
struct consent_address_state {
    const char *channel, *address;
    const char *sender;        /* opted out of; "": of all */
    const char *source, *form; /* how, as in the ledger */
    utc_us opted_out_at;       /* 0: this is a request */
    const char *request_state; /* "pending", "granted", "refused" */
    utc_us asked_at, expires_at, answered_at;
    uint64_t message_id;
};
enum rc consent_addresses(struct db *db, uint64_t customer_id,
                          void (*each)(void *arg, const struct consent_address_state *a),
                          void *arg) MUST_CHECK;

/* One event by its id, its texts in the arena. RC_NOTFOUND: there is none. */
enum rc consent_event_read(struct db *db, uint64_t id, struct arena *arena,
                           struct consent_stored *out) MUST_CHECK;
/* Refusals of the address itself since a time. */
enum rc consent_opt_outs_since(struct db *db, const char *channel, const char *address,
                               utc_us since,
                               void (*each)(void *arg, const struct consent_address_state *a),
                               void *arg) MUST_CHECK;

/* When the first part of a message was accepted by a carrier; 0: never. */
enum rc consent_sent_at(struct db *db, uint64_t message_id, utc_us *at) MUST_CHECK;

/* --- pages --- */

struct consent_end {
    unsigned chain;
    uint64_t length;
    unsigned char hash[CONSENT_HASH_SIZE];
};
/* The end of the first chain from `from` on. RC_NOTFOUND: no more. */
enum rc consent_next_end(struct db *db, unsigned from, struct consent_end *end) MUST_CHECK;
/* Events of a chain behind `after`, up to `until`, recorded at `since` or later. */
enum rc consent_chain_page(struct db *db, unsigned chain, uint64_t after, uint64_t until,
                           utc_us since, size_t limit, consent_each *each, void *arg) MUST_CHECK;
/* A customer's events with an id above `after`, by id. */
enum rc consent_customer_page(struct db *db, uint64_t customer_id, uint64_t after, utc_us since,
                              size_t limit, consent_each *each, void *arg) MUST_CHECK;

/* --- renewals --- */

struct consent_renewal {
    uint64_t customer_id;
    const char *first_name, *last_name, *company, *address;
    utc_us at, last_contact_at;
};
/* Customers behind `after`, by id, whose consent to promotional SMS had its last contact before
 * `before` and not before `not_before`. *next: where to go on, 0: there are no more. */
enum rc consent_renewals(struct db *db, utc_us not_before, utc_us before, uint64_t after,
                         size_t limit, void (*each)(void *arg, const struct consent_renewal *r),
                         void *arg, uint64_t *next) MUST_CHECK;
