/* window.c - a ring of slots by sequence_number: sequence numbers are handed out one after the
 * other, so their low bits find the slot. */
#include <stdlib.h>

#include "smsc/delivery.h"
#include "smsc/session.h"

#define SLOT_OF(sequence) ((sequence) & (WINDOW_SLOTS - 1))

struct delivery *window_take(struct session *s, uint32_t sequence, int64_t *sent_us)
{
    struct window_slot *slot = s->window ? &s->window[SLOT_OF(sequence)] : NULL;
    struct delivery *d;

    if (!slot || !slot->delivery || slot->sequence != sequence)
        return NULL;
    d = slot->delivery;
    *sent_us = slot->sent_us;
    slot->delivery = NULL;
    s->outstanding--;
    return d;
}

bool window_put(struct session *s, uint32_t sequence, struct delivery *d)
{
    struct window_slot *slot = &s->window[SLOT_OF(sequence)];

    if (slot->delivery)
        return false;
    *slot = (struct window_slot){ d, sequence, s->smsc->now_us };
    s->outstanding++;
    return true;
}

size_t window_return(struct session *s, int64_t before_us)
{
    struct delivery_queue unanswered = STAILQ_HEAD_INITIALIZER(unanswered);
    size_t n = 0;

    /* The slot that would be written next is the oldest. */
    for (uint32_t i = 0; s->outstanding > 0 && i < WINDOW_SLOTS; i++) {
        struct window_slot *slot = &s->window[SLOT_OF(s->next_sequence + i)];
        if (!slot->delivery || slot->sent_us >= before_us)
            continue;
        STAILQ_INSERT_TAIL(&unanswered, slot->delivery, link);
        slot->delivery = NULL;
        s->outstanding--;
        n++;
    }
    if (n > 0)
        delivery_return(s->account, &unanswered, n);
    return n;
}
