/* occasion_words.h - an order in the words of its customer: what {{delivery_window}} and the like
 * become. */
#pragma once

#include "base/clock.h"

#include "domain/template.h"

struct local_zone;

struct order_values {
    const char *number;
    const char *invoice;           /* its number; NULL or "": none */
    utc_us window_from, window_to; /* 0: none */
    int64_t cents;                 /* 0: nothing to say */
    const char *currency;
};

struct order_words {
    char number[260], invoice[260], date[24], window[24], amount[40]; /* "": there is none */
};

/* `language`: "fr", "en" ...; dates and sums are written as there, in French where not known. */
void order_words_fill(const struct order_values *order, const char *language,
                      struct local_zone *zone, struct order_words *out);
void order_words_use(const struct order_words *words, const char *values[TEMPLATE_FIELD_COUNT]);
