/*
 * bounce_words.h - why a mail was not delivered, by the words of mail systems. Pure.
 *
 * Whoever is called a false "nobody is there" is not written to again: where words can be read both
 * ways, they are read as a refusal.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "channel/mail/bounce.h"

enum bounce_why {
    WHY_UNSAID,
    WHY_NO_SUCH_USER,
    WHY_NO_SUCH_DOMAIN,
    WHY_DISABLED,
    WHY_MOVED,
    WHY_BAD_ADDRESS,
    WHY_SPAM,
    WHY_BLOCKED,
    WHY_NOT_AUTHENTICATED,
    WHY_SENDER,
    WHY_CONTENT,
    WHY_TOO_BIG,
    WHY_RELAYING,
    WHY_NOT_ALLOWED,
    WHY_POLICY,
    WHY_PROTOCOL,
    WHY_LOOP,
    WHY_FULL,
    WHY_BUSY,
    WHY_NOT_REACHED,
    WHY_EXPIRED,
    WHY_SYSTEM,
    WHY_COUNT
};
const char *bounce_why_name(enum bounce_why w);
enum bounce_kind bounce_why_kind(enum bounce_why w); /* once it is for good */

/* Every run of blanks, line breaks and control characters becomes one blank; cut at `size`. */
void bounce_squeeze(const char *text, size_t len, char *out, size_t size);
/* ASCII in lower case, in place: what the functions below read, as long as what it was before. */
void bounce_fold(char *text);

/* Of a folded text. *at: where it says so. */
enum bounce_why bounce_words_find(const char *folded, const char **at);
/* The same by words that say little; for what neither those above nor a status explain. */
enum bounce_why bounce_words_guess(const char *folded, const char **at);
bool bounce_words_of_delay(const char *folded);   /* it is still being tried */
bool bounce_words_of_success(const char *folded); /* it was delivered */
/* How reports begin: "could not be delivered to one or more recipients". */
bool bounce_words_of_report(const char *folded);
