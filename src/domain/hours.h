/* hours.h - opening hours of a week, as a person writes them: "mon-fri 08:00-20:00". Pure. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/rc.h"

#define HOURS_SPANS_MAX 8

struct hours {
    size_t n; /* 0: always open */
    struct hours_span {
        uint8_t days;      /* a bit each, Monday first */
        uint16_t from, to; /* minutes of the day; `to` is the first one outside, up to 24:00 */
    } spans[HOURS_SPANS_MAX];
};

/* Adds one span: "mon-fri 08:00-20:00", "sat 9:00-12:30", "08:00-20:00" (every day). RC_INVALID: it
 * cannot be read, ends before it begins, or is one too many; err says what was expected. */
enum rc hours_add(struct hours *hours, const char *text, struct error *err) MUST_CHECK;

/* Several with commas between them, in one text; one without days has those of the one before:
 * "mon-fri 10:00-12:00,14:00-18:00". "": none is added. */
enum rc hours_add_list(struct hours *hours, const char *text, struct error *err) MUST_CHECK;

/* `wall`: what the clock on the wall shows there. */
bool hours_are_open(const struct hours *hours, const struct civil *wall);

/* 0 is Monday. Of a date in the Gregorian calendar. */
unsigned hours_weekday(const struct civil *date);
