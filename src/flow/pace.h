/*
 * pace.h - how fast one carrier may be fed: find its true rate when it says "throttled", and
 * recover.
 *
 * Unlimited until more than a few in a hundred are refused. Then the rate that was being accepted,
 * less a tenth, and from the next second on more and more, a twentieth at first, until that happens
 * again; unlimited again when it did not for a minute. All times are of clock_monotonic_us(). No
 * I/O, no clock of its own.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct pace_count {
    unsigned sent, accepted, refused;
};

struct pace {
    double rate;   /* per second; 0: unlimited */
    double tokens; /* may be fractions; at most a tenth of a second's worth */
    double growth; /* of the rate, in the next second without a reason to slow down */
    int64_t refilled_at;
    int64_t slowed_at;               /* the last time */
    int64_t second_at;               /* start of the second being counted */
    struct pace_count count, before; /* of this second, of the one before */
};

void pace_init(struct pace *p, int64_t now);
/* How many may be sent now: a number, or UINT32_MAX when unlimited. */
uint32_t pace_room(struct pace *p, int64_t now);
void pace_sent(struct pace *p);
void pace_accepted(struct pace *p, int64_t now);
void pace_throttled(struct pace *p, int64_t now);
