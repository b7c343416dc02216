/*
 * outbox.h - the queue of messages to send, and the book of what became of each.
 *
 * The queue is outbox_slice: runs of consecutive message ids. A claim takes messages from the front
 * of the most urgent slices and commits them as `submitting` before anybody may put them on a wire;
 * what then happens to them is appended to message_event and folded into the message rows in the
 * same transaction. A slice's row goes when all of its messages were answered, so after a crash the
 * open slices of a node lead to every message whose fate nobody knows.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/rc.h"
#include "domain/types.h"
#include "store/db.h"

#define SMSC_MESSAGE_ID_SIZE 66 /* SMPP 3.4, 5.2.23: at most 65 octets with its NUL */

/* --- enqueue --- */

struct outbox_draft {
    enum message_class class; /* alert or service: promotions are made by campaigns */
    uint64_t customer_id;     /* 0: nobody we know */
    const char *address, *sender, *text;
    const char *encoding; /* "gsm7" or "ucs2" */
    unsigned parts;
    const char *legal_basis;
    utc_us due_at, expires_at;
};

/* Part of the caller's transaction; `message_id` was taken before it with
 * db_new_timed_ids("message"). */
enum rc outbox_enqueue(struct db *db, uint64_t message_id, utc_us now,
                       const struct outbox_draft *draft) MUST_CHECK;

/* --- claim --- */

struct outbox_slice_key {
    uint64_t id;
    unsigned round;
};

struct outbox_message {
    uint64_t id;
    struct outbox_slice_key slice;
    enum message_class class;
    bool ucs2;
    unsigned parts, attempts; /* attempts: this one included */
    utc_us expires_at;
    const char *address, *sender, *text; /* in the claim's arena */
};

/* What became of a slice in this claim. */
struct outbox_slice_claim {
    struct outbox_slice_key key;
    unsigned claimed; /* messages of it in this claim */
    bool exhausted;   /* nothing is left in it: when all are answered it can be closed */
};

struct outbox_claim {
    struct outbox_message *messages;
    size_t n;
    struct outbox_slice_claim *slices;
    size_t n_slices;
    size_t withheld; /* not sent: no right to send any more, or expired */
    bool more;       /* the limit was met: ask again */
};

/*
 * Claims at most `limit` messages due at `now`, the most urgent class first: one transaction. Those
 * that lost their right to be sent since they were queued become `cancelled`, stale ones `expired`.
 * RC_UNKNOWN: nobody knows whether the claim was committed; nothing of it may be sent, and
 * outbox_recover() puts it back once nothing else is on the wire.
 */
enum rc outbox_claim(struct db *db, unsigned limit, utc_us now, struct arena *arena,
                     struct outbox_claim *claim) MUST_CHECK;

/* --- record --- */

enum outbox_event_kind {
    OUTBOX_ACCEPTED,
    OUTBOX_REFUSED, /* by the carrier, for good */
    OUTBOX_DELIVERED,
    OUTBOX_FAILED,
    OUTBOX_EXPIRED,
    OUTBOX_UNKNOWN,  /* written to the wire and never answered */
    OUTBOX_REQUEUED, /* provably not taken: to be sent again at due_at */
    OUTBOX_CANCELLED,
    OUTBOX_PROGRESS, /* a receipt that is not final */
};

struct outbox_event {
    uint64_t message_id; /* 0: a receipt to be found by carrier and smsc_message_id */
    bool whole;          /* its message has one part */
    enum outbox_event_kind kind;
    unsigned part; /* from 0 */
    unsigned carrier_id;
    uint32_t code;
    utc_us at;
    utc_us
        due_at; /* OUTBOX_REQUEUED; and OUTBOX_UNKNOWN of service and alerts: when to try again */
    char smsc_message_id[SMSC_MESSAGE_ID_SIZE];
    char detail[32];
};

/*
 * Appends the events, folds them into their messages, queues again what must be, and closes the
 * slices given (all of whose messages are answered): one transaction. Events with message_id 0 are
 * looked up; what is not found is kept, and *strays says how many, for outbox_adopt().
 *
 * *first_id is 0 for a new batch, and becomes the id of its first event. A batch that failed is
 * given again as it is: by that id it is seen whether a COMMIT without an answer had worked after
 * all.
 */
enum rc outbox_record(struct db *db, struct outbox_event *events, size_t n,
                      const struct outbox_slice_key *closed, size_t n_closed, uint64_t *first_id,
                      size_t *strays) MUST_CHECK;

/*
 * Brings customer.last_contact_at up to date for messages of closed slices, some thousands at a
 * time; *more: call again. Kept apart from outbox_record() because it costs as much as all the
 * rest, and nobody waits for it.
 */
enum rc outbox_contacts(struct db *db, bool *more) MUST_CHECK;

/* Finds the messages of receipts that came before their submit_sm_resp was recorded. *left: how
 * many of the last three days remain without a message. */
enum rc outbox_adopt(struct db *db, utc_us now, size_t *adopted, size_t *left) MUST_CHECK;

/* Messages of [first, last] that the carrier has and whose rows do not say so yet become
 * `accepted`: the fold of acceptances is put off while a slice is being sent. Of its caller's
 * transaction, or one of its own. */
enum rc outbox_fold_accepted(struct db *db, uint64_t first, uint64_t last) MUST_CHECK;

/* --- recover --- */

enum outbox_fate { OUTBOX_MAYBE_SENT, OUTBOX_NEVER_SENT };

/*
 * After a crash (MAYBE_SENT), or when a claim's COMMIT had no answer and nothing is on the wire
 * (NEVER_SENT): messages that this node left in `submitting` become `unknown`, or go back to the
 * queue; unknown service messages and alerts are queued once more for `settle_at`. Promotions never
 * are. *n: how many messages were touched.
 */
enum rc outbox_recover(struct db *db, enum outbox_fate fate, utc_us now, utc_us settle_at,
                       size_t *n) MUST_CHECK;

/* --- look --- */

struct outbox_depth {
    uint64_t slices[3], messages[3]; /* by message class: waiting to be claimed */
    uint64_t held;
    utc_us oldest_due; /* 0: nothing is due */
};
enum rc outbox_depth_read(struct db *db, utc_us now, struct outbox_depth *depth) MUST_CHECK;

/* The number of a carrier in the database, made at its first use. */
enum rc outbox_carrier_id(struct db *db, const char *name, unsigned *id) MUST_CHECK;
