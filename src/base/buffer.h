/* buffer.h - text that grows, up to a limit given at the start. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* `data` is NUL-terminated once anything was added; NULL before. A buffer that met its limit (or no
 * memory) keeps what it had and says so by `full`: check once, at the end. */
struct buffer {
    char *data;
    size_t len, cap, limit;
    bool full, starved; /* starved: for want of memory */
};

void buffer_init(struct buffer *b, size_t limit);
void buffer_close(struct buffer *b);
void buffer_reset(struct buffer *b); /* empties, keeps the memory */
void buffer_add(struct buffer *b, const void *data, size_t len);
void buffer_add_text(struct buffer *b, const char *text);
void buffer_printf(struct buffer *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
const char *buffer_text(const struct buffer *b); /* never NULL */
