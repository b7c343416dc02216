/*
 * staff_reply_amount.h - "57,58": two contacts, or an amount? Pure.
 *
 * Two numbers with a sign between them and no blank are two contacts when one of them is the
 * writer's. An amount is what is said to be one ("57,58 EUR", "1234 commande 57,58"), and what
 * names nobody's contact.
 */
#pragma once

#include "domain/staff_reply_book.h"

enum reply_pair {
    REPLY_PAIR_NONE,    /* no such two numbers stand there */
    REPLY_PAIR_NUMBERS, /* each is one of its own */
    REPLY_PAIR_AMOUNT,  /* neither is */
    REPLY_PAIR_EITHER,  /* it can be read in both ways */
};

/* Of the number at `at`, be it the first or the second of the two; *first is the token of the
 * first. */
enum reply_pair reply_pair_at(const struct reply_text *t, size_t at,
                              const struct staff_reply_context *context,
                              const struct reply_book *book, size_t *first);
