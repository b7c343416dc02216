/*
 * pace.c - the rate a carrier accepts, found by what it refuses.
 *
 * Some refusals say nothing about the rate: a carrier with a hiccup throttles one submit in a
 * hundred at any speed, and slowing down for each of these ends at a trickle. So a small share of
 * refusals is borne, and only more than that slows. What was accepted in the last second is the
 * carrier's rate only if we were sending all the time: after a link that was cut it is anything, so
 * that one refusal never does more than halve the rate, and seconds without one make it grow faster
 * and faster.
 */
#include "flow/pace.h"

#include "base/clock.h"

#define RATE_MIN      1.0
#define FORGET_US     (60 * USEC_PER_SEC)
#define SETTLE_US     (300 * USEC_PER_MSEC) /* a window is refused together: that counts once */
#define GLANCE_US     (100 * USEC_PER_MSEC) /* what was sent in less says little about a rate */
#define BORNE_PERCENT 3
#define GROWTH_FIRST  0.05
#define GROWTH_MAX    1.0

void pace_init(struct pace *p, int64_t now)
{
    *p = (struct pace){ .refilled_at = now, .second_at = now, .slowed_at = -FORGET_US };
}

static void count_second(struct pace *p, int64_t now)
{
    static const struct pace_count none;
    int64_t passed = now - p->second_at;

    if (passed < USEC_PER_SEC)
        return;
    p->before = passed < 2 * USEC_PER_SEC ? p->count : none;
    p->count = none;
    p->second_at = now;
    if (p->rate > 0 && now - p->slowed_at > SETTLE_US) {
        p->rate *= 1 + p->growth;
        p->growth = p->growth * 2 < GROWTH_MAX ? p->growth * 2 : GROWTH_MAX;
    }
}

uint32_t pace_room(struct pace *p, int64_t now)
{
    double burst;

    count_second(p, now);
    if (p->rate > 0 && now - p->slowed_at > FORGET_US)
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
    p->count.sent++;
    if (p->rate > 0)
        p->tokens -= 1;
}

void pace_accepted(struct pace *p, int64_t now)
{
    count_second(p, now);
    p->count.accepted++;
}

static double sending_rate(const struct pace *p, int64_t now)
{
    int64_t glance = now - p->second_at > GLANCE_US ? now - p->second_at : GLANCE_US;
    double rate = (double)p->count.sent * (double)USEC_PER_SEC / (double)glance;

    return rate > p->before.sent ? rate : p->before.sent;
}

static void slow_down(struct pace *p, int64_t now)
{
    double seen = p->count.accepted > p->before.accepted ? p->count.accepted : p->before.accepted;
    double rate = p->rate > 0 ? p->rate : sending_rate(p, now);

    p->rate = 0.9 * (seen < rate ? seen : rate);
    if (p->rate < rate / 2)
        p->rate = rate / 2;
    if (p->rate < RATE_MIN)
        p->rate = RATE_MIN;
    p->growth = GROWTH_FIRST;
    p->slowed_at = p->refilled_at = now;
    p->tokens = 0;
    p->count.refused = p->before.refused = 0;
}

void pace_throttled(struct pace *p, int64_t now)
{
    unsigned refused, answered;

    count_second(p, now);
    if (now - p->slowed_at < SETTLE_US)
        return;
    p->count.refused++;
    refused = p->count.refused + p->before.refused;
    answered = refused + p->count.accepted + p->before.accepted;
    if (refused * 100 > answered * BORNE_PERCENT)
        slow_down(p, now);
}
