/* pool.h - many objects of one size, given out and taken back without asking malloc each time. */
#pragma once

#include <stddef.h>

struct pool_block;
struct pool_free;

struct pool {
    size_t size; /* of one object */
    size_t used; /* objects given out */
    struct pool_block *blocks;
    struct pool_free *free;
};

void pool_init(struct pool *p, size_t object_size);
void pool_close(struct pool *p); /* whatever is still out dies too */
void *pool_take(struct pool *p); /* zeroed; NULL: no memory */
void pool_give(struct pool *p, void *object);
