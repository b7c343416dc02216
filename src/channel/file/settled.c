/* settled.c - two lists, of the last look and of this one. */
#include "channel/file/settled.h"

#include <stdbool.h>
#include <stdlib.h>

void settled_close(struct settled *s)
{
    free(s->before);
    free(s->now);
    *s = (struct settled){ 0 };
}

void settled_begin(struct settled *s)
{
    s->n_now = 0;
    s->hint = 0;
}

static bool is_same(const struct settled_file *f, const struct stat *st)
{
    return f->dev == st->st_dev && f->ino == st->st_ino && f->size == st->st_size &&
           f->mtime.tv_sec == st->st_mtim.tv_sec && f->mtime.tv_nsec == st->st_mtim.tv_nsec;
}

/* Directories are listed in the same order again, so the search begins behind the last find. */
static const struct settled_file *find(struct settled *s, const struct stat *st)
{
    for (size_t i = 0; i < s->n_before; i++) {
        const size_t at = (s->hint + i) % s->n_before;

        if (is_same(&s->before[at], st)) {
            s->hint = at + 1;
            return &s->before[at];
        }
    }
    return NULL;
}

static bool has_room(struct settled *s)
{
    const size_t wanted = s->cap_now ? 2 * s->cap_now : 64;
    struct settled_file *more;

    if (s->n_now < s->cap_now)
        return true;
    if (s->cap_now == SETTLED_MAX)
        return false;
    more = realloc(s->now, wanted * sizeof(*more));
    if (!more)
        return false;
    s->now = more;
    s->cap_now = wanted;
    return true;
}

int64_t settled_for_us(struct settled *s, const struct stat *st, int64_t now_us)
{
    const struct settled_file *known = find(s, st);
    const int64_t since_us = known ? known->since_us : now_us;

    if (!has_room(s))
        return known ? now_us - since_us : 0;
    s->now[s->n_now++] =
        (struct settled_file){ st->st_dev, st->st_ino, st->st_size, st->st_mtim, since_us };
    return now_us - since_us;
}

void settled_end(struct settled *s)
{
    struct settled_file *const list = s->before;
    const size_t cap = s->cap_before;

    s->before = s->now;
    s->n_before = s->n_now;
    s->cap_before = s->cap_now;
    s->now = list;
    s->cap_now = cap;
    s->n_now = 0;
}
