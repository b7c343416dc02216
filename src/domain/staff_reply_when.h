/*
 * staff_reply_when.h - days and hours as people write them: "14h", "demain 9h30", "lundi matin",
 * "le 3 à 10h", "12/12 14:30", "dans 2 jours", "tomorrow 3pm", "in 2 hours". Pure.
 *
 * A day without an hour is 9 o'clock of it, an hour without a day is today's. A moment is in the
 * future: what is over is nothing that anybody meant.
 */
#pragma once

#include "domain/local_time.h"
#include "domain/reply_text.h"

struct reply_clock {
    struct local_zone *zone; /* of whoever writes */
    utc_us now;
    bool english; /* 3/12 may be the twelfth of March */
};

enum reply_when {
    REPLY_WHEN_NONE,    /* no time stands there */
    REPLY_WHEN_GIVEN,   /* *out is it */
    REPLY_WHEN_UNCLEAR, /* one does, and it can be read in two ways, or is none that exists */
    REPLY_WHEN_PAST,
};

/* A day, an hour, or both, from the *at'th token on, which moves behind them. */
enum reply_when reply_when_moment(const struct reply_text *t, size_t *at,
                                  const struct reply_clock *clock, utc_us *out);
/* The same, or how long from now: "2h", "30 min", "1 jour". */
enum reply_when reply_when_until(const struct reply_text *t, size_t *at,
                                 const struct reply_clock *clock, utc_us *out);
