/* pace.c - additive increase, multiplicative decrease, on the rate a carrier accepts. */
#include "flow/pace.h"

#include "base/clock.h"

#define RATE_MIN        1.0
#define FORGET_US       (60 * USEC_PER_SEC)
#define SAME_REFUSAL_US (200 * USEC_PER_MSEC) /* a window of submits is refused together: once */

void pace_init(struct pace *p, int64_t now)
{
    *p = (struct pace){ .refilled_at = now, .second_at = now, .throttled_at = -FORGET_US };
}

static void count_second(struct pace *p, int64_t now)
{
    int64_t passed = now - p->second_at;

    if (passed < USEC_PER_SEC)
        return;
    p->accepted_before = passed < 2 * USEC_PER_SEC ? p->accepted : 0;
    p->accepted = 0;
    p->second_at = now;
    if (p->rate > 0 && now - p->throttled_at > USEC_PER_SEC)
        p->rate *= 1.05;
}

uint32_t pace_room(struct pace *p, int64_t now)
{
    double burst;

    count_second(p, now);
    if (p->rate > 0 && now - p->throttled_at > FORGET_US)
        p->rate = 0;
    if (p->rate <= 0)
        return UINT32_MAX;
    p->tokens += p->rate * (double)(now - p->refilled_at) / (double)USEC_PER_SEC;
    p->refilled_at = now;
    burst = p->rate / 10 > 1 ? p->rate / 10 : 1;
    if (p->tokens > burst)
        p->tokens = burst;
    return p->tokens >= 1 ? (uint32_t)p->tokens : 0;
}

void pace_sent(struct pace *p)
{
    if (p->rate > 0)
        p->tokens -= 1;
}

void pace_accepted(struct pace *p, int64_t now)
{
    count_second(p, now);
    p->accepted++;
}

void pace_throttled(struct pace *p, int64_t now)
{
    double seen;

    count_second(p, now);
    if (now - p->throttled_at < SAME_REFUSAL_US)
        return;
    p->throttled_at = now;
    seen = p->accepted > p->accepted_before ? p->accepted : p->accepted_before;
    if (p->rate <= 0 || seen < p->rate)
        p->rate = seen;
    p->rate *= 0.9;
    if (p->rate < RATE_MIN)
        p->rate = RATE_MIN;
    p->tokens = 0;
    p->refilled_at = now;
}
