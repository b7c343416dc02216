/*
 * holidays.h - is a date a public holiday? France is reckoned, with Easter and what departments
 * add; other countries are lines of a file. Pure: no I/O, no clock.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/clock.h"
#include "base/error.h"

#define HOLIDAYS_MAX          200 /* lines of a country */
#define HOLIDAY_COUNTRIES_MAX 64

struct holiday {
    short year, month, day; /* year 0: every year; month 0: `day` counts from Easter Sunday */
};

struct holiday_country {
    char code[3];
    struct holiday days[HOLIDAYS_MAX];
    size_t n;
};

/* What the files said. Zeroed: they said nothing. */
struct holiday_book {
    struct holiday_country countries[HOLIDAY_COUNTRIES_MAX];
    size_t n;
};

/*
 * One line of a country's file: "2026-12-26 name", "*-01-01 name" (every year), "easter+1 name",
 * "easter-2 name"; what is empty or begins with # is passed by. RC_INVALID: err says what was
 * expected.
 */
enum rc holiday_book_add(struct holiday_book *book, const char *country, const char *line,
                         struct error *err) MUST_CHECK;

/* Easter Sunday of a year of the Gregorian calendar. */
struct civil easter_sunday(int year);

/* False: it is none of the regions of that country, all of which are known. "": good anywhere. */
bool holiday_region_is_good(const char *country, const char *region);

/*
 * `region`: of France, a department with a day of its own ("974"), or "AM" for Alsace and Moselle;
 * "" for none. `book` NULL: none.
 */
bool holiday_is(const struct holiday_book *book, const char *country, const char *region,
                const struct civil *date);
