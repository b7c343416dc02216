/*
 * promo_text.h - what every promotion must say: who we are, and how to refuse the next one. Pure.
 *
 * CPCE L34-5: a promotional SMS names its sender and a free way to refuse. A text that does not say
 * it itself gets it added, before it is counted.
 */
#pragma once

#include "domain/sender.h"
#include "domain/template.h"

struct promo_rules {
    const char *identity; /* "MaBoite"; "": nothing is asked for */
    const char *stop;     /* "STOP au 36123": what is added when it is not said */
    bool answerable;      /* the sender can be answered: STOP alone will do */
};

struct promo_added {
    char before[SENDER_IDENTITY_MAX + 3]; /* "MaBoite: "; "": it was there */
    char after[SENDER_STOP_MAX + 2];      /* " STOP SMS" */
};

/* Is the name in it, as a word? Case does not matter. */
bool promo_text_names(const char *text, size_t len, const char *identity);
/*
 * Does it say how to refuse? "STOP au 36123", "STOP to 36123" in any case; for a sender that can be
 * answered also STOP in capitals at the end (`end`), before SMS, pour, to, or after a word such as
 * repondez or reply; not "non stop". Rather no than a wrong yes: a mention too many costs a few
 * characters.
 */
bool promo_text_mentions_stop(const char *text, size_t len, bool end,
                              const struct promo_rules *rules);

/* Looks at the words of the template itself, not at values, and adds what is missing: *added, which
 * must outlive the template. */
void promo_text_complete(struct template *t, const struct promo_rules *rules,
                         struct promo_added *added);
