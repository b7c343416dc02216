/* keyword_words.h - the lists that keyword.c reads by: which words order, and which change nothing.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "domain/keyword.h"

/* The longest phrase that fits is taken first. */
struct keyword_order {
    enum keyword keyword;
    const char *phrase;
    bool plain; /* can mean nothing else, so it may stand in a sentence */
};

extern const struct keyword_order keyword_orders[];
extern const size_t keyword_n_orders;

/* Words that change nothing about an order; NULL ends both lists. No number, no "ne", no "pas", no
 * "not": those do. */
extern const char *const keyword_small_change[];
/* Nor do these about a plain one. Beside a word such as "cancel" or "help" they would: "I want to
 * cancel" is for a human. */
extern const char *const keyword_sentence_words[];
