/*
 * flight.h - messages that were claimed and are not yet answered, and the slices they came from.
 *
 * A flight is found again by a token that names its slot, its generation and a part, never by a
 * pointer: an answer that comes after the flight's end finds nothing. Loop thread only.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

#include "base/arena.h"
#include "store/outbox.h"

struct gateway_carrier;
struct gateway_queue;

/* One claim's memory, gone with the last of its flights. */
struct claim_hold {
    struct arena arena;
    size_t users;
};

struct open_slice {
    LIST_ENTRY(open_slice) link;
    struct outbox_slice_key key;
    size_t outstanding;
    bool exhausted;
};

struct flight {
    STAILQ_ENTRY(flight) ready_link;
    uint32_t slot, generation;
    bool used, ready; /* ready: it is in the queue of those with parts to submit */
    struct claim_hold *hold;
    const struct outbox_message *message;
    struct open_slice *slice;
    struct gateway_queue *queue;
    struct gateway_carrier *carrier; /* all its parts go the same way; NULL: not chosen */
    unsigned parts_out;              /* on the wire */
    unsigned throttled;              /* how often the carrier said so */
    int64_t retry_ms;                /* what the carrier's refusal asks for; 0: the usual */
    unsigned tries_max;              /* likewise */
    int64_t claimed_at;              /* monotonic: its right to be sent was looked at then */
    /* Masks of parts. */
    uint32_t waiting; /* to be submitted */
    uint32_t accepted, refused, unknown, unsent, put_off;
    uint32_t unable; /* ways of the route whose carrier cannot say this text in so many parts */
};

struct flights;

struct flights *flights_new(void);
void flights_free(struct flights *t);
size_t flights_count(const struct flights *t);

/* NULL: no memory. */
struct flight *flight_new(struct flights *t, struct claim_hold *hold,
                          const struct outbox_message *message);
/* true: its slice has nothing more out and nothing more to give; *key is to be closed. */
bool flight_end(struct flights *t, struct flight *f, struct outbox_slice_key *key);
/* What a claim says of a slice. true: as above. */
bool flights_slice_claimed(struct flights *t, const struct outbox_slice_claim *claim,
                           struct outbox_slice_key *key);

/* The bits of a part; of OUTBOX_ALL_PARTS, all of them. */
static inline uint32_t flight_mask(const struct flight *f, unsigned part)
{
    return part == OUTBOX_ALL_PARTS ? (uint32_t)((UINT64_C(1) << f->message->parts) - 1)
                                    : 1u << part;
}

/* Some of it may be with a carrier already: the rest goes the same way, and cannot go back. */
static inline bool flight_has_begun(const struct flight *f)
{
    return f->parts_out || f->accepted || f->unknown;
}

uint64_t flight_token(const struct flight *f, unsigned part);
struct flight *flight_find(struct flights *t, uint64_t token, unsigned *part);

void claim_hold_drop(struct claim_hold *hold); /* one user less */
