/* window.c - slots by sequence number, in the order of their age. */
#include "channel/smpp/window.h"

#include <stdlib.h>

#define SEQUENCE_MAX 0x7fffffff

enum rc window_init(struct window *w, unsigned limit)
{
    uint32_t n = 2;

    while (n < 2 * limit)
        n *= 2;
    w->slots = calloc(n, sizeof(*w->slots));
    if (!w->slots)
        return RC_FAIL;
    w->mask = n - 1;
    w->used = 0;
    w->limit = limit;
    TAILQ_INIT(&w->by_age);
    return RC_OK;
}

void window_close(struct window *w)
{
    free(w->slots);
    w->slots = NULL;
}

uint32_t window_next_sequence(uint32_t sequence)
{
    return sequence >= SEQUENCE_MAX ? 1 : sequence + 1;
}

struct window_slot *window_add(struct window *w, uint32_t *sequence)
{
    struct window_slot *slot;
    uint32_t next = *sequence;

    if (w->used == w->limit)
        return NULL;
    do {
        next = window_next_sequence(next);
        slot = &w->slots[next & w->mask];
    } while (slot->sequence != 0);
    *sequence = next;
    slot->sequence = next;
    w->used++;
    TAILQ_INSERT_TAIL(&w->by_age, slot, link);
    return slot;
}

struct window_slot *window_find(struct window *w, uint32_t sequence)
{
    struct window_slot *slot = &w->slots[sequence & w->mask];

    return sequence != 0 && slot->sequence == sequence ? slot : NULL;
}

struct window_slot *window_oldest(struct window *w)
{
    return TAILQ_FIRST(&w->by_age);
}

void window_remove(struct window *w, struct window_slot *slot)
{
    TAILQ_REMOVE(&w->by_age, slot, link);
    slot->sequence = 0;
    w->used--;
}
