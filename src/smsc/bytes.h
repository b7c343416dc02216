/* bytes.h - bytes on their way to a socket: added behind, taken in front, never more than a limit.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct bytes {
    uint8_t *data;
    size_t start, end, cap, limit;
    bool full; /* something did not fit, or there was no memory */
};

void bytes_init(struct bytes *b, size_t limit);
void bytes_close(struct bytes *b);

static inline size_t bytes_len(const struct bytes *b)
{
    return b->end - b->start;
}

/* Room for n bytes behind what is there, to be written and then counted in by bytes_commit(). NULL:
 * the limit or the memory is used up, and `full` says so from now on. */
uint8_t *bytes_reserve(struct bytes *b, size_t n);
void bytes_commit(struct bytes *b, size_t n);
void bytes_add(struct bytes *b, const void *data, size_t n);
void bytes_drop(struct bytes *b, size_t n); /* the first n are gone */
void bytes_clear(struct bytes *b);
