/* mail_as_read.h - a mail in the words that its reader sees, for people who look at it; what is
 * stored is the source of domain/markup.h. */
#pragma once

#include "control/exchange.h"

/* The source with addresses in the places of links: for unsubscribing one of nobody's, and those of
 * an example lead nowhere. In `arena`; NULL: no memory. */
char *mail_source_filled(const struct exchange *x, const char *source, struct arena *arena);
/* The text part that is made of it, or the source itself if there is no memory. */
const char *mail_as_read(const struct exchange *x, const char *source, struct arena *arena);
/* "text", as it is read; of a mail ("email") "source", too: what is stored. */
void put_words(struct exchange *x, json_t *item, const char *channel, const char *text);
