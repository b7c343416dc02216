/* late.c - see late.h. */
#include "channel/smpp/late.h"

#include <stdlib.h>

struct late_slot {
    uint32_t sequence; /* 0: free */
    uint64_t token;
};

void late_add(struct late *l, uint32_t sequence, uint64_t token)
{
    if (!l->slots)
        l->slots = calloc(LATE_MAX, sizeof(*l->slots));
    if (l->slots)
        l->slots[sequence % LATE_MAX] = (struct late_slot){ sequence, token };
}

bool late_take(struct late *l, uint32_t sequence, uint64_t *token)
{
    struct late_slot *slot = l->slots ? &l->slots[sequence % LATE_MAX] : NULL;

    if (!slot || sequence == 0 || slot->sequence != sequence)
        return false;
    slot->sequence = 0;
    *token = slot->token;
    return true;
}

void late_clear(struct late *l)
{
    free(l->slots);
    l->slots = NULL;
}
