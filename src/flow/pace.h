/*
 * pace.h - how fast one carrier may be fed: find its true rate when it says "throttled", and
 * recover.
 *
 * Unlimited until the first refusal. Then the rate that was being accepted, less a tenth, and a
 * twentieth more for every second without a refusal; unlimited again when a minute passed without
 * one. All times are of clock_monotonic_us(). No I/O, no clock of its own.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct pace {
    double rate;   /* per second; 0: unlimited */
    double tokens; /* may be fractions; at most a tenth of a second's worth */
    int64_t refilled_at;
    int64_t throttled_at;               /* the last refusal */
    int64_t second_at;                  /* start of the second being counted */
    unsigned accepted, accepted_before; /* in this second, in the one before */
};

void pace_init(struct pace *p, int64_t now);
/* How many may be sent now: a number, or UINT32_MAX when unlimited. */
uint32_t pace_room(struct pace *p, int64_t now);
void pace_sent(struct pace *p);
void pace_accepted(struct pace *p, int64_t now);
void pace_throttled(struct pace *p, int64_t now);
