/*
 * likeness.h - are these two the same person, by what is known of them besides a phone number or a
 * mail address that both have? Pure: no I/O, no clock.
 *
 * A family shares a number, a shop has one for all its customers: the address alone says nothing.
 * `same` is said only when nobody would ask back: the same names, whatever accents, capitals and
 * signs, in whatever order, or one of them with an initial. What a person would have to decide is
 * `alike`; names that do not go together, or other birth dates, are `different`.
 */
#pragma once

struct likeness_person { /* texts, "" where nothing is known */
    const char *first_name, *last_name, *company;
    const char *birth_date; /* 1990-05-01 */
};

enum likeness { LIKENESS_SAME, LIKENESS_ALIKE, LIKENESS_DIFFERENT };
const char *likeness_name(enum likeness l);

struct likeness_verdict {
    enum likeness likeness;
    unsigned score;     /* 0 to 100, to put the likeliest first */
    const char *reason; /* a sentence that names nobody: "the same name, one with an initial" */
};

struct likeness_verdict likeness_of(const struct likeness_person *a,
                                    const struct likeness_person *b);
