/* pool.c - blocks of objects and a list of the free ones. Memory goes back to the system only at
 * the end: the next wave of receipts wants it again. */
#include "smsc/pool.h"

#include <stdalign.h>
#include <stdlib.h>
#include <string.h>

#define BLOCK_OBJECTS 512

struct pool_block {
    struct pool_block *next;
    alignas(max_align_t) char objects[];
};

struct pool_free {
    struct pool_free *next;
};

void pool_init(struct pool *p, size_t object_size)
{
    size_t align = alignof(max_align_t);

    memset(p, 0, sizeof(*p));
    p->size = (object_size + align - 1) / align * align;
}

void pool_close(struct pool *p)
{
    struct pool_block *next;

    for (struct pool_block *b = p->blocks; b; b = next) {
        next = b->next;
        free(b);
    }
    p->blocks = NULL;
    p->free = NULL;
    p->used = 0;
}

static void put_free(struct pool *p, void *object)
{
    struct pool_free *f = object;

    f->next = p->free;
    p->free = f;
}

void *pool_take(struct pool *p)
{
    struct pool_free *object;

    if (!p->free) {
        struct pool_block *block = malloc(sizeof(*block) + BLOCK_OBJECTS * p->size);
        if (!block)
            return NULL;
        block->next = p->blocks;
        p->blocks = block;
        for (size_t i = BLOCK_OBJECTS; i-- > 0;)
            put_free(p, block->objects + i * p->size);
    }
    object = p->free;
    p->free = object->next;
    p->used++;
    return memset(object, 0, p->size);
}

void pool_give(struct pool *p, void *object)
{
    put_free(p, object);
    p->used--;
}
