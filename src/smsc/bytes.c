/* bytes.c - see bytes.h. */
#include "smsc/bytes.h"

#include <stdlib.h>
#include <string.h>

#define FIRST_SIZE 4096

void bytes_init(struct bytes *b, size_t limit)
{
    memset(b, 0, sizeof(*b));
    b->limit = limit;
}

void bytes_close(struct bytes *b)
{
    free(b->data);
    bytes_init(b, b->limit);
}

static bool grow(struct bytes *b, size_t need)
{
    size_t cap = b->cap ? b->cap : FIRST_SIZE;
    uint8_t *data;

    while (cap < need)
        cap *= 2;
    data = realloc(b->data, cap);
    if (!data)
        return false;
    b->data = data;
    b->cap = cap;
    return true;
}

uint8_t *bytes_reserve(struct bytes *b, size_t n)
{
    size_t len = bytes_len(b);

    if (n > b->limit || len > b->limit - n) {
        b->full = true;
        return NULL;
    }
    if (b->start > 0 && b->end + n > b->cap) {
        memmove(b->data, b->data + b->start, len);
        b->start = 0;
        b->end = len;
    }
    if (b->end + n > b->cap && !grow(b, b->end + n)) {
        b->full = true;
        return NULL;
    }
    return b->data + b->end;
}

void bytes_commit(struct bytes *b, size_t n)
{
    b->end += n;
}

void bytes_add(struct bytes *b, const void *data, size_t n)
{
    uint8_t *to = bytes_reserve(b, n);

    if (to && n > 0) {
        memcpy(to, data, n);
        bytes_commit(b, n);
    }
}

void bytes_drop(struct bytes *b, size_t n)
{
    b->start += n;
    if (b->start == b->end)
        b->start = b->end = 0;
}

void bytes_clear(struct bytes *b)
{
    b->start = b->end = 0;
    b->full = false;
}
