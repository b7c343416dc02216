/* fingerprint.h - is it the same text? Pure. */
#pragma once

#include <stdint.h>

/*
 * Of a template's text, as a number that is never 0: without regard to case, accents, how much
 * white space stands between the words, and typographic variants (full width, ligatures).
 * Placeholders are words like others. Bytes that are no UTF-8 count as they are.
 */
uint64_t text_fingerprint(const char *text);
/* The same of a mail: with another subject it is another mail. */
uint64_t mail_fingerprint(const char *subject, const char *text);
