/* flight.c - slots, generations, and the count of what each slice still has out. */
#include "flow/flight.h"

#include <stdlib.h>

#define CHUNK         1024
#define CHUNKS_MAX    256
#define SLICE_BUCKETS 1024

/* Flights live in chunks that never move, so that a pointer stays good while the loop handles one.
 */
struct flights {
    struct flight *chunks[CHUNKS_MAX];
    size_t n_chunks, count;
    STAILQ_HEAD(, flight) free;
    LIST_HEAD(, open_slice) slices[SLICE_BUCKETS];
};

struct flights *flights_new(void)
{
    struct flights *t = calloc(1, sizeof(*t));

    if (t)
        STAILQ_INIT(&t->free);
    return t;
}

void flights_free(struct flights *t)
{
    if (!t)
        return;
    for (size_t i = 0; i < t->n_chunks * CHUNK; i++) {
        struct flight *f = &t->chunks[i / CHUNK][i % CHUNK];
        if (f->used)
            claim_hold_drop(f->hold);
    }
    for (size_t i = 0; i < t->n_chunks; i++)
        free(t->chunks[i]);
    for (size_t i = 0; i < SLICE_BUCKETS; i++) {
        struct open_slice *s;
        while ((s = LIST_FIRST(&t->slices[i]))) {
            LIST_REMOVE(s, link);
            free(s);
        }
    }
    free(t);
}

size_t flights_count(const struct flights *t)
{
    return t->count;
}

void claim_hold_drop(struct claim_hold *hold)
{
    if (--hold->users)
        return;
    arena_close(&hold->arena);
    free(hold);
}

static bool add_chunk(struct flights *t)
{
    struct flight *chunk;

    if (t->n_chunks == CHUNKS_MAX || !(chunk = calloc(CHUNK, sizeof(*chunk))))
        return false;
    for (size_t i = 0; i < CHUNK; i++) {
        chunk[i].slot = (uint32_t)(t->n_chunks * CHUNK + i);
        STAILQ_INSERT_TAIL(&t->free, &chunk[i], ready_link);
    }
    t->chunks[t->n_chunks++] = chunk;
    return true;
}

static struct open_slice *slice_get(struct flights *t, const struct outbox_slice_key *key)
{
    size_t bucket = (size_t)(key->id ^ key->id >> 10 ^ key->round) % SLICE_BUCKETS;
    struct open_slice *s;

    LIST_FOREACH (s, &t->slices[bucket], link) {
        if (s->key.id == key->id && s->key.round == key->round)
            return s;
    }
    s = calloc(1, sizeof(*s));
    if (s) {
        s->key = *key;
        LIST_INSERT_HEAD(&t->slices[bucket], s, link);
    }
    return s;
}

static bool slice_closed(struct open_slice *s, struct outbox_slice_key *key)
{
    if (s->outstanding)
        return false;
    *key = s->key;
    if (!s->exhausted)
        return false;
    LIST_REMOVE(s, link);
    free(s);
    return true;
}

struct flight *flight_new(struct flights *t, struct claim_hold *hold,
                          const struct outbox_message *message)
{
    struct open_slice *slice = slice_get(t, &message->slice);
    struct flight *f;
    uint32_t slot, generation;

    if (!slice || (STAILQ_EMPTY(&t->free) && !add_chunk(t)))
        return NULL;
    f = STAILQ_FIRST(&t->free);
    STAILQ_REMOVE_HEAD(&t->free, ready_link);
    slot = f->slot;
    generation = f->generation + 1;
    *f = (struct flight){
        .slot = slot,
        .generation = generation,
        .used = true,
        .hold = hold,
        .message = message,
        .slice = slice,
        .waiting = (uint32_t)((UINT64_C(1) << message->parts) - 1),
    };
    hold->users++;
    slice->outstanding++;
    t->count++;
    return f;
}

bool flight_end(struct flights *t, struct flight *f, struct outbox_slice_key *key)
{
    struct open_slice *slice = f->slice;

    claim_hold_drop(f->hold);
    f->used = false;
    f->hold = NULL;
    f->message = NULL;
    f->slice = NULL;
    t->count--;
    STAILQ_INSERT_TAIL(&t->free, f, ready_link);
    slice->outstanding--;
    return slice_closed(slice, key);
}

bool flights_slice_claimed(struct flights *t, const struct outbox_slice_claim *claim,
                           struct outbox_slice_key *key)
{
    struct open_slice *s = slice_get(t, &claim->key);

    if (!s)
        return false; /* it stays in the database and is closed by the next start */
    s->exhausted = claim->exhausted;
    return slice_closed(s, key);
}

uint64_t flight_token(const struct flight *f, unsigned part)
{
    return (uint64_t)f->generation << 32 | (uint64_t)f->slot << 8 | part;
}

struct flight *flight_find(struct flights *t, uint64_t token, unsigned *part)
{
    uint32_t slot = (uint32_t)(token >> 8) & 0xffffff;
    struct flight *f;

    if (slot >= t->n_chunks * CHUNK)
        return NULL;
    f = &t->chunks[slot / CHUNK][slot % CHUNK];
    if (!f->used || f->generation != (uint32_t)(token >> 32))
        return NULL;
    *part = (unsigned)(token & 0xff);
    return f;
}
