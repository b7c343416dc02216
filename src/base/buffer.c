/* buffer.c - text that grows by doubling. */
#include "base/buffer.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void buffer_init(struct buffer *b, size_t limit)
{
    *b = (struct buffer){ .limit = limit };
}

void buffer_close(struct buffer *b)
{
    free(b->data);
    b->data = NULL;
    b->len = b->cap = 0;
}

void buffer_reset(struct buffer *b)
{
    b->len = 0;
    b->full = b->starved = false;
    if (b->data)
        b->data[0] = '\0';
}

static bool buffer_room(struct buffer *b, size_t extra)
{
    size_t cap = b->cap ? b->cap : 64;
    char *grown;

    if (b->full || extra > b->limit || b->len > b->limit - extra) {
        b->full = true;
        return false;
    }
    if (b->len + extra < b->cap)
        return true;
    while (cap <= b->len + extra)
        cap *= 2;
    grown = realloc(b->data, cap);
    if (!grown) {
        b->full = b->starved = true;
        return false;
    }
    b->data = grown;
    b->cap = cap;
    return true;
}

void buffer_add(struct buffer *b, const void *data, size_t len)
{
    if (!buffer_room(b, len))
        return;
    if (len)
        memcpy(b->data + b->len, data, len);
    b->len += len;
    b->data[b->len] = '\0';
}

void buffer_add_text(struct buffer *b, const char *text)
{
    buffer_add(b, text, strlen(text));
}

void buffer_printf(struct buffer *b, const char *fmt, ...)
{
    va_list ap;
    int len;

    va_start(ap, fmt);
    len = vsnprintf(NULL, 0, fmt, ap);
    va_end(ap);
    if (len < 0 || !buffer_room(b, (size_t)len))
        return;
    va_start(ap, fmt);
    vsnprintf(b->data + b->len, (size_t)len + 1, fmt, ap);
    va_end(ap);
    b->len += (size_t)len;
}

const char *buffer_text(const struct buffer *b)
{
    return b->data ? b->data : "";
}
