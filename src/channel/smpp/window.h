/*
 * window.h - the submits of one session that wait for their answer.
 *
 * An array of slots found by sequence number, so nothing is allocated for a message. It has at
 * least twice as many slots as may be taken, so a submit that waits long costs those behind it a
 * skipped number, not a search.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

#include "base/rc.h"

struct window_slot {
    uint32_t sequence; /* 0: free */
    uint64_t token;
    uint64_t offset; /* of its first byte in all that this connection was given to send */
    int64_t sent_us; /* monotonic */
    TAILQ_ENTRY(window_slot) link;
};

struct window {
    struct window_slot *slots;
    uint32_t mask;
    unsigned used, limit;
    TAILQ_HEAD(, window_slot) by_age;
};

enum rc window_init(struct window *w, unsigned limit) MUST_CHECK; /* RC_FAIL: no memory */
void window_close(struct window *w);
/* Takes the next sequence number after *sequence that has a free slot. NULL: the window is full. */
struct window_slot *window_add(struct window *w, uint32_t *sequence);
struct window_slot *window_find(struct window *w,
                                uint32_t sequence); /* NULL: nothing waits for it */
struct window_slot *window_oldest(struct window *w);
void window_remove(struct window *w, struct window_slot *slot);
uint32_t window_next_sequence(uint32_t sequence); /* 1 to 0x7fffffff, SMPP 3.4, 3.2 */
