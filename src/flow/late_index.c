/* late_index.c - a ring, searched from its newest end: late answers are few. */
#include "flow/late_index.h"

#include <stdlib.h>

#define CAPACITY 4096

struct late_index {
    struct late_part parts[CAPACITY];
    unsigned next;
};

struct late_index *late_index_new(void)
{
    return calloc(1, sizeof(struct late_index));
}

void late_index_free(struct late_index *x)
{
    free(x);
}

void late_index_add(struct late_index *x, const struct late_part *part)
{
    x->parts[x->next] = *part;
    x->next = (x->next + 1) % CAPACITY;
}

bool late_index_take(struct late_index *x, uint64_t token, struct late_part *part)
{
    for (unsigned i = 1; i <= CAPACITY; i++) {
        struct late_part *p = &x->parts[(x->next + CAPACITY - i) % CAPACITY];
        if (p->token == token) {
            *part = *p;
            p->token = 0;
            return true;
        }
    }
    return false;
}
