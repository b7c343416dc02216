/*
 * latency.h - how long answers took, as quantiles: counted in buckets, without a list of them.
 *
 * Buckets grow with what they hold, 16 for each doubling, so a quantile is at most a sixteenth too
 * high and never too low.
 */
#pragma once

#include <stdint.h>

#define LATENCY_BUCKETS 448 /* up to half an hour; what took longer counts as that */

struct latency {
    uint64_t n;
    int64_t max_us;
    uint32_t buckets[LATENCY_BUCKETS];
};

void latency_add(struct latency *l, int64_t us);
/* What so many of a thousand answers did not exceed; 0: there were none. */
int64_t latency_quantile(const struct latency *l, unsigned per_mille);
