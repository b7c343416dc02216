/* reply.h - what a relay's answer means for a letter. Pure. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "channel/mail/sender.h"

enum reply_stage { REPLY_TO_MAIL, REPLY_TO_RCPT, REPLY_TO_DATA };

/* Of a reply that is no consent (RFC 5321, 4.2): later, or never? */
enum letter_fate reply_fate(enum reply_stage stage, unsigned code);

/* Whether a refusal tells of the relay, or of our standing with it, and nothing of the letter: the
 * next relay may take it. */
bool reply_is_about_relay(enum reply_stage stage, unsigned code);

/* A relay's words as one line of printable text: lines are joined, strange bytes become '?'. */
void reply_words(const char *text, char *out, size_t size);
/* The last line of `len` bytes that came from a relay. Returns its code, 0: there was no reply. */
unsigned reply_last(const char *bytes, size_t len, char *words, size_t size);
