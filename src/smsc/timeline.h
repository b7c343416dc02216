/*
 * timeline.h - what is to happen later, in the order of its time.
 *
 * A heap of due times: a million receipts that wait cost 24 bytes each here and no timer of their
 * own. Tasks of the same time come out in the order they were put in.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The first member of whatever waits, so that who takes it out knows what it is. */
enum task_kind { TASK_ANSWER, TASK_DELIVERY, TASK_SCRIPT };
struct task {
    enum task_kind kind;
};

struct timeline_entry;

struct timeline {
    struct timeline_entry *heap;
    size_t n, cap;
    uint64_t serial;
};

void timeline_init(struct timeline *t);
void timeline_close(struct timeline *t); /* the tasks in it stay their owners' */
/* false: no memory, nothing was added. */
bool timeline_add(struct timeline *t, int64_t due_us, struct task *task);
/* The first task that is due at `now_us`, or NULL. */
struct task *timeline_take(struct timeline *t, int64_t now_us);
int64_t timeline_next(const struct timeline *t); /* when the first is due; INT64_MAX: none */
