/* said_once.c - hashes of what was said at the last look and at this one. */
#include "channel/file/said_once.h"

#include <string.h>

void said_begin(struct said_once *s)
{
    s->n_now = 0;
}

/* FNV-1a; a clash would only swallow a line of the log. */
static uint64_t hash(uint64_t h, const char *text)
{
    for (; *text; text++)
        h = (h ^ (unsigned char)*text) * UINT64_C(0x100000001b3);
    return h * UINT64_C(0x100000001b3);
}

static bool has(const uint64_t *list, size_t n, uint64_t one)
{
    for (size_t i = 0; i < n; i++) {
        if (list[i] == one)
            return true;
    }
    return false;
}

bool said_is_new(struct said_once *s, const char *what, const char *name)
{
    const uint64_t one = hash(hash(UINT64_C(0xcbf29ce484222325), what), name);
    const bool known = has(s->before, s->n_before, one) || has(s->now, s->n_now, one);

    if (s->n_now == SAID_MAX)
        return false;
    s->now[s->n_now++] = one;
    return !known;
}

void said_end(struct said_once *s)
{
    memcpy(s->before, s->now, sizeof(s->now));
    s->n_before = s->n_now;
}
