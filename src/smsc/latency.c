/* latency.c - see latency.h. */
#include "smsc/latency.h"

#define STEP_BITS 4 /* of each doubling */
#define STEPS     (1 << STEP_BITS)

/* Below STEPS each microsecond has a bucket; above, the leading bits say which. */
static unsigned bucket_of(uint64_t us)
{
    unsigned shift = 0;

    while (us >> shift >= 2 * STEPS)
        shift++;
    shift = shift * STEPS + (unsigned)(us >> shift);
    return shift < LATENCY_BUCKETS ? shift : LATENCY_BUCKETS - 1;
}

static int64_t highest_in(unsigned bucket)
{
    unsigned shift = bucket < STEPS ? 0 : bucket / STEPS - 1;

    return ((int64_t)(bucket - shift * STEPS) + 1) * (INT64_C(1) << shift) - 1;
}

void latency_add(struct latency *l, int64_t us)
{
    if (us < 0)
        us = 0;
    if (us > l->max_us)
        l->max_us = us;
    l->buckets[bucket_of((uint64_t)us)]++;
    l->n++;
}

int64_t latency_quantile(const struct latency *l, unsigned per_mille)
{
    uint64_t wanted = (l->n * per_mille + 999) / 1000, seen = 0;

    for (unsigned i = 0; wanted && i < LATENCY_BUCKETS; i++) {
        seen += l->buckets[i];
        if (seen >= wanted)
            return highest_in(i) < l->max_us ? highest_in(i) : l->max_us;
    }
    return 0;
}
