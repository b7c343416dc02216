/* bucket.h - a token bucket: so many a second, at most a tenth of a second's worth at once. Times
 * are of clock_monotonic_us(). */
#pragma once

#include <stdint.h>

#include "base/clock.h"

struct bucket {
    int64_t per_second; /* 0: unlimited */
    double tokens;
    int64_t refilled_at;
};

static inline uint32_t bucket_room(struct bucket *b, int64_t now)
{
    double most = (double)b->per_second / 10;

    if (b->per_second == 0)
        return UINT32_MAX;
    b->tokens += (double)b->per_second * (double)(now - b->refilled_at) / (double)USEC_PER_SEC;
    b->refilled_at = now;
    if (b->tokens > (most > 1 ? most : 1))
        b->tokens = most > 1 ? most : 1;
    return b->tokens >= 1 ? (uint32_t)b->tokens : 0;
}

static inline void bucket_take(struct bucket *b)
{
    b->tokens -= b->per_second != 0;
}
