/* arena.h - memory that dies all at once: with a job, a request, a parsed file. */
#pragma once

#include <stddef.h>

struct arena_block;
struct arena {
    struct arena_block *blocks;
    size_t used; /* bytes handed out since init, for limits */
};

void arena_init(struct arena *a);
void arena_close(struct arena *a);
void *arena_alloc(struct arena *a, size_t size); /* zeroed, aligned for any type; NULL: no memory */
char *arena_copy(struct arena *a, const char *text, size_t len); /* NUL-terminated copy */
