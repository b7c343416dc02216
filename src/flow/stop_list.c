/* stop_list.c - a hash of addresses, each kept for two minutes. */
#include "flow/stop_list.h"

#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "base/clock.h"

#define BUCKETS  1024
#define KEEP_US  (120 * USEC_PER_SEC) /* far longer than a claim takes */
#define SLACK_US (2 * USEC_PER_SEC)   /* from a STOP's arrival to its commit */

struct stopped {
    TAILQ_ENTRY(stopped) by_age;
    LIST_ENTRY(stopped) in_bucket;
    int64_t at;
    char address[];
};

struct stop_list {
    TAILQ_HEAD(, stopped) ages;
    LIST_HEAD(, stopped) buckets[BUCKETS];
};

static unsigned bucket_of(const char *address)
{
    uint32_t h = 2166136261u;

    for (; *address; address++)
        h = (h ^ (unsigned char)*address) * 16777619u;
    return h % BUCKETS;
}

struct stop_list *stop_list_new(void)
{
    struct stop_list *l = calloc(1, sizeof(*l));

    if (l)
        TAILQ_INIT(&l->ages);
    return l;
}

static void drop(struct stop_list *l, struct stopped *s)
{
    TAILQ_REMOVE(&l->ages, s, by_age);
    LIST_REMOVE(s, in_bucket);
    free(s);
}

void stop_list_free(struct stop_list *l)
{
    if (!l)
        return;
    while (!TAILQ_EMPTY(&l->ages))
        drop(l, TAILQ_FIRST(&l->ages));
    free(l);
}

void stop_list_add(struct stop_list *l, const char *address, int64_t monotonic_now)
{
    size_t size = strlen(address) + 1;
    struct stopped *s;

    while ((s = TAILQ_FIRST(&l->ages)) && monotonic_now - s->at > KEEP_US)
        drop(l, s);
    s = malloc(sizeof(*s) + size);
    if (!s)
        return; /* the claim's own check remains */
    memcpy(s->address, address, size);
    s->at = monotonic_now;
    TAILQ_INSERT_TAIL(&l->ages, s, by_age);
    LIST_INSERT_HEAD(&l->buckets[bucket_of(address)], s, in_bucket);
}

bool stop_list_has(struct stop_list *l, const char *address, int64_t claimed_at)
{
    struct stopped *s;

    if (TAILQ_EMPTY(&l->ages))
        return false;
    LIST_FOREACH (s, &l->buckets[bucket_of(address)], in_bucket) {
        if (claimed_at <= s->at + SLACK_US && strcmp(s->address, address) == 0)
            return true;
    }
    return false;
}
