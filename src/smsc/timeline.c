/* timeline.c - a heap with four children a node: half the levels of a binary one, and the children
 * of a node share cache lines. */
#include "smsc/timeline.h"

#include <stdlib.h>
#include <string.h>

#define CHILDREN  4
#define FIRST_CAP 1024

struct timeline_entry {
    int64_t due_us;
    uint64_t serial;
    struct task *task;
};

void timeline_init(struct timeline *t)
{
    memset(t, 0, sizeof(*t));
}

void timeline_close(struct timeline *t)
{
    free(t->heap);
    timeline_init(t);
}

static bool before(const struct timeline_entry *a, const struct timeline_entry *b)
{
    return a->due_us != b->due_us ? a->due_us < b->due_us : a->serial < b->serial;
}

static bool make_room(struct timeline *t)
{
    size_t cap = t->cap ? 2 * t->cap : FIRST_CAP;
    struct timeline_entry *heap;

    if (t->n < t->cap)
        return true;
    heap = realloc(t->heap, cap * sizeof(*heap));
    if (!heap)
        return false;
    t->heap = heap;
    t->cap = cap;
    return true;
}

bool timeline_add(struct timeline *t, int64_t due_us, struct task *task)
{
    struct timeline_entry entry = { due_us, t->serial, task };
    size_t at = t->n;

    if (!make_room(t))
        return false;
    t->serial++;
    t->n++;
    while (at > 0 && before(&entry, &t->heap[(at - 1) / CHILDREN])) {
        t->heap[at] = t->heap[(at - 1) / CHILDREN];
        at = (at - 1) / CHILDREN;
    }
    t->heap[at] = entry;
    return true;
}

/* The entry finds its place from the top; the first of the children moves up past it. */
static void sink(struct timeline *t, struct timeline_entry entry)
{
    size_t at = 0, child, first;

    while ((child = CHILDREN * at + 1) < t->n) {
        first = child;
        for (size_t i = child + 1; i < child + CHILDREN && i < t->n; i++) {
            if (before(&t->heap[i], &t->heap[first]))
                first = i;
        }
        if (!before(&t->heap[first], &entry))
            break;
        t->heap[at] = t->heap[first];
        at = first;
    }
    t->heap[at] = entry;
}

struct task *timeline_take(struct timeline *t, int64_t now_us)
{
    struct task *task;

    if (t->n == 0 || t->heap[0].due_us > now_us)
        return NULL;
    task = t->heap[0].task;
    t->n--;
    if (t->n > 0)
        sink(t, t->heap[t->n]);
    return task;
}

int64_t timeline_next(const struct timeline *t)
{
    return t->n > 0 ? t->heap[0].due_us : INT64_MAX;
}
