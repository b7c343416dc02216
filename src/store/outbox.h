/*
 * outbox.h - the queue of messages to send, and the book of what became of each.
 *
 * The queue is outbox_slice: runs of consecutive message ids. A claim takes messages from the front
 * of the most urgent slices and commits them as `submitting` before anybody may put them on a wire;
 * what then happens to them is appended to message_event and folded into the message rows in the
 * same transaction. A slice's row goes when all of its messages were answered, so after a crash the
 * open slices of a node lead to every message whose fate nobody knows.
 *
 * A slice belongs to a queue (store/queue.h): all of its messages leave by one route.
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

struct route_table;
struct send_windows;

#define SMSC_MESSAGE_ID_SIZE 66 /* SMPP 3.4, 5.2.23: at most 65 octets with its NUL */
#define OUTBOX_ADDRESS_SIZE  66 /* a handset as a carrier writes it */

/* --- enqueue --- */

struct outbox_draft {
    enum channel channel;
    enum message_class class; /* alert or service: promotions are made by campaigns */
    uint64_t customer_id;     /* 0: nobody we know */
    const char *address, *sender, *text;
    const char *subject;  /* of a mail; else NULL */
    const char *encoding; /* "gsm7" or "ucs2"; "utf8": a mail */
    unsigned parts;       /* of a mail: 1 */
    const char *legal_basis;
    const struct route_table *routes; /* NULL: the channel's default queue */
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
    unsigned queue_id;
    enum message_class class;
    unsigned parts, attempts; /* attempts: this one included */
    unsigned claims;          /* this one included; unlike attempts, a retry does not begin anew */
    unsigned put_offs;        /* how often a carrier refused it for now: an event with this word */
    utc_us put_off_since;     /* the first time; 0: never */
    utc_us expires_at;
    utc_us closes_at; /* not to leave from then on: its window closes; 0: it has none */
    /* In the claim's arena. The text of a mail is long, and read when it is its turn
     * (store/outbox_mail.h): here it is "". */
    const char *address, *sender, *text;
};

/* What became of a slice in this claim. */
struct outbox_slice_claim {
    struct outbox_slice_key key;
    unsigned claimed; /* messages of it in this claim */
    bool exhausted;   /* nothing is left in it: when all are answered it can be closed */
};

/* What one queue may give. */
struct outbox_request {
    unsigned queue_id;
    unsigned limit;        /* messages */
    unsigned limit_promo;  /* of these, promotions: the rest is kept free for what is urgent */
    utc_us consents_since; /* a consent whose last contact is older has ended; 0: none has */
    bool more_urgent, more_promo; /* told by the claim: the limit was met, ask again */
};

#define OUTBOX_CLAIM_MAX 2000 /* messages of one claim, over all requests */

struct outbox_claim {
    struct outbox_message *messages;
    size_t n;
    struct outbox_slice_claim *slices;
    size_t n_slices;
    size_t withheld; /* not sent: no right to send any more, or expired */
    size_t put_off;  /* slices whose window is shut: due at its next opening */
};

/*
 * Claims what is due at `now` for each request, the most urgent class of a queue first: one
 * transaction. Those that lost their right to be sent since they were queued become `cancelled`,
 * stale ones `expired`. A slice whose window is shut gives nothing and becomes due at the next
 * opening. `windows`: of this lane, NULL: everything may leave at any time. RC_UNKNOWN: nobody
 * knows whether the claim was committed; nothing of it may be sent, and outbox_recover() puts it
 * back once nothing else is on the wire.
 */
enum rc outbox_claim(struct db *db, struct outbox_request *requests, size_t n, utc_us now,
                     struct send_windows *windows, struct arena *arena,
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
    uint64_t message_id; /* 0: a receipt to be found by its carrier's id, or by its reference */
    bool single;         /* its message has one part */
    bool late;           /* it settles a part that was recorded as unknown */
    enum outbox_event_kind kind;
    bool whole_text; /* a receipt of a carrier that takes all parts of a text in one PDU */
    unsigned part;   /* from 0; OUTBOX_ALL_PARTS: one PDU stood for the whole message */
    unsigned carrier_id;
    unsigned suppress_after; /* so many answers like this one suppress the address; 0: none does */
    uint32_t code;
    utc_us at;
    utc_us
        due_at; /* OUTBOX_REQUEUED; and OUTBOX_UNKNOWN of service and alerts: when to try again */
    uint16_t
        reference; /* user_message_reference of an OUTBOX_UNKNOWN part, or of a receipt; 0: none */
    char address[OUTBOX_ADDRESS_SIZE];          /* the handset, where `reference` is given */
    char smsc_message_id[SMSC_MESSAGE_ID_SIZE]; /* of an acceptance, or of a receipt to be found */
    char other_id[SMSC_MESSAGE_ID_SIZE];        /* another reading of it, "" for none */
    char detail[32];
};
#define OUTBOX_ALL_PARTS 255

/* Parts that a carrier accepted for a sender since the last batch. */
struct outbox_traffic {
    unsigned carrier_id;
    char sender[21];
    unsigned parts;
};

/* What outbox_record() writes in one transaction. */
struct outbox_batch {
    struct outbox_event *events;
    size_t n;
    const struct outbox_slice_key *closed; /* slices all of whose messages are answered */
    size_t n_closed;
    const struct outbox_traffic *traffic;
    size_t n_traffic;
    const char *day; /* of the traffic: "2026-11-25" */
    /* 0 for a new batch; becomes the id of its first event. A batch that failed is given again as
     * it is: by that id it is seen whether a COMMIT without an answer had worked after all. */
    uint64_t first_id;
};

/*
 * Appends the events, folds them into their messages, queues again what must be, and closes the
 * slices: one transaction. Events with message_id 0 are looked up; what is not found is kept as a
 * stray receipt, and *strays says how many, for outbox_adopt().
 */
enum rc outbox_record(struct db *db, struct outbox_batch *batch, size_t *strays) MUST_CHECK;

/* The same as part of the caller's transaction, for events that name their messages; first_id was
 * taken before it with db_new_timed_ids("message_event"). */
enum rc outbox_record_within(struct db *db, struct outbox_batch *batch) MUST_CHECK;

/*
 * Brings customer.last_contact_at up to date for messages of closed slices, some thousands at a
 * time; *more: call again. Kept apart from outbox_record() because it costs as much as all the
 * rest, and nobody waits for it.
 */
enum rc outbox_contacts(struct db *db, bool *more) MUST_CHECK;

/*
 * Looks for the messages of stray receipts, a page of them above *cursor at a time; *cursor becomes
 * 0 behind the last page; *looked: strays of this page. Those older than three days are given up
 * and deleted.
 */
enum rc outbox_adopt(struct db *db, utc_us now, uint64_t *cursor, size_t *looked,
                     size_t *adopted) MUST_CHECK;

/* Messages of [first, last] that the carrier has and whose rows do not say so yet become
 * `accepted`: the fold of acceptances is put off while a slice is being sent. Of its caller's
 * transaction, or one of its own. */
enum rc outbox_fold_accepted(struct db *db, uint64_t first, uint64_t last) MUST_CHECK;

/* --- recover --- */

enum outbox_fate { OUTBOX_MAYBE_SENT, OUTBOX_NEVER_SENT };

/*
 * After a crash (MAYBE_SENT), or when a claim's COMMIT had no answer and nothing is on the wire
 * (NEVER_SENT): messages of this channel that this node left in `submitting` become `unknown`, or
 * go back to the queue; unknown service messages and alerts are queued once more for `settle_at`.
 * Promotions never are. *n: how many messages were touched.
 */
enum rc outbox_recover(struct db *db, enum channel channel, enum outbox_fate fate, utc_us now,
                       utc_us settle_at, size_t *n) MUST_CHECK;

/* What is known of an attempt to send a mail that nobody has recorded: of its claim of that number.
 */
enum outbox_attempt {
    OUTBOX_ATTEMPT_DOUBT,   /* it had begun, and was not answered */
    OUTBOX_ATTEMPT_NOTHING, /* it had not begun, or was refused for now */
    OUTBOX_ATTEMPT_TAKEN,
    OUTBOX_ATTEMPT_REFUSED, /* for good */
};
typedef enum outbox_attempt outbox_attempt_of(void *arg, uint64_t message_id, unsigned claim,
                                              uint32_t *code);
/* The same for mails after a crash of which it is known what had begun: what had not goes back to
 * the queue, promotions too. */
enum rc outbox_recover_known(struct db *db, utc_us now, utc_us settle_at, outbox_attempt_of *known,
                             void *arg, size_t *n) MUST_CHECK;

/*
 * Acceptances and refusals that a process got and died before it recorded them: those of messages
 * still `submitting`, whose part has no answer in the book, are recorded. Before outbox_recover().
 * *replayed: how many.
 */
enum rc outbox_replay(struct db *db, struct outbox_event *answers, size_t n,
                      size_t *replayed) MUST_CHECK;

/* --- look --- */

struct outbox_depth {
    uint64_t slices[3], messages[3]; /* by message class: waiting to be claimed */
    uint64_t held;
    utc_us oldest_due; /* 0: nothing is due */
};
/* `queue_id` 0: of all queues. */
enum rc outbox_depth_read(struct db *db, utc_us now, unsigned queue_id,
                          struct outbox_depth *depth) MUST_CHECK;

/* How many messages of the last days nobody knows about, and how many receipts have no message. */
enum rc outbox_doubts_read(struct db *db, uint64_t *unknown, uint64_t *strays) MUST_CHECK;
