/* arena.c - bump allocation in blocks. */
#include "base/arena.h"

#include <stdalign.h>
#include <stdlib.h>
#include <string.h>

#define BLOCK_SIZE (16 * 1024)

struct arena_block {
    struct arena_block *next;
    size_t used, size;
    alignas(max_align_t) char data[];
};

void arena_init(struct arena *a)
{
    *a = (struct arena){ 0 };
}

void arena_close(struct arena *a)
{
    struct arena_block *next;

    for (struct arena_block *b = a->blocks; b; b = next) {
        next = b->next;
        free(b);
    }
    *a = (struct arena){ 0 };
}

void *arena_alloc(struct arena *a, size_t size)
{
    const size_t align = alignof(max_align_t);
    struct arena_block *b = a->blocks;
    void *out;

    if (size > (size_t)1 << 40)
        return NULL;
    size = (size + align - 1) & ~(align - 1);
    if (!b || b->size - b->used < size) {
        size_t room = size > BLOCK_SIZE ? size : BLOCK_SIZE;
        b = malloc(sizeof(*b) + room);
        if (!b)
            return NULL;
        b->next = a->blocks;
        b->used = 0;
        b->size = room;
        a->blocks = b;
    }
    out = b->data + b->used;
    b->used += size;
    a->used += size;
    return memset(out, 0, size);
}

char *arena_copy(struct arena *a, const char *text, size_t len)
{
    char *out = arena_alloc(a, len + 1);

    if (out && len)
        memcpy(out, text, len);
    return out;
}
