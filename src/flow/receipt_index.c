/* receipt_index.c - a ring of entries, chained from a hash table. */
#include "flow/receipt_index.h"

#include <stdlib.h>
#include <string.h>

#define ID_SIZE 41
#define NONE    UINT32_MAX

struct entry {
    struct receipt_target target; /* message_id 0: never used */
    uint32_t next;                /* in its bucket */
    uint16_t carrier_id;
    char id[ID_SIZE];
};

struct receipt_index {
    size_t capacity, newest;
    uint32_t *buckets;
    struct entry entries[];
};

/* FNV-1a: the ids come from carriers that we chose, and a bad spread only costs them time. */
static size_t bucket_of(const struct receipt_index *x, unsigned carrier_id, const char *id)
{
    uint64_t h = UINT64_C(0xcbf29ce484222325) ^ carrier_id;

    for (; *id; id++)
        h = (h ^ (unsigned char)*id) * UINT64_C(0x100000001b3);
    return (size_t)(h ^ h >> 32) & (x->capacity - 1);
}

struct receipt_index *receipt_index_new(size_t capacity)
{
    struct receipt_index *x = calloc(1, sizeof(*x) + capacity * sizeof(x->entries[0]));

    if (!x)
        return NULL;
    x->capacity = capacity;
    x->buckets = malloc(capacity * sizeof(*x->buckets));
    if (!x->buckets) {
        free(x);
        return NULL;
    }
    memset(x->buckets, 0xff, capacity * sizeof(*x->buckets));
    return x;
}

void receipt_index_free(struct receipt_index *x)
{
    if (!x)
        return;
    free(x->buckets);
    free(x);
}

static void unchain(struct receipt_index *x, uint32_t slot)
{
    struct entry *e = &x->entries[slot];
    uint32_t *at = &x->buckets[bucket_of(x, e->carrier_id, e->id)];

    while (*at != slot)
        at = &x->entries[*at].next;
    *at = e->next;
}

void receipt_index_add(struct receipt_index *x, unsigned carrier_id, const char *smsc_message_id,
                       const struct receipt_target *target)
{
    size_t len = strlen(smsc_message_id);
    uint32_t slot = (uint32_t)x->newest;
    struct entry *e = &x->entries[slot];
    uint32_t *bucket;

    if (len == 0 || len >= ID_SIZE)
        return;
    if (e->target.message_id)
        unchain(x, slot);
    x->newest = (x->newest + 1) & (x->capacity - 1);
    e->target = *target;
    e->carrier_id = (uint16_t)carrier_id;
    memcpy(e->id, smsc_message_id, len + 1);
    bucket = &x->buckets[bucket_of(x, carrier_id, e->id)];
    e->next = *bucket;
    *bucket = slot;
}

bool receipt_index_find(const struct receipt_index *x, unsigned carrier_id,
                        const char *smsc_message_id, struct receipt_target *target)
{
    uint32_t slot = x->buckets[bucket_of(x, carrier_id, smsc_message_id)];

    for (; slot != NONE; slot = x->entries[slot].next) {
        const struct entry *e = &x->entries[slot];
        if (e->carrier_id == carrier_id && strcmp(e->id, smsc_message_id) == 0) {
            *target = e->target;
            return true;
        }
    }
    return false;
}
