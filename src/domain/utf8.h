/* utf8.h - one character at a time out of UTF-8 that nobody has checked yet. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define UTF8_BAD         UINT32_MAX
#define UTF8_REPLACEMENT 0xfffd
#define UTF8_CHAR_MAX    4 /* bytes */

/*
 * The character at *at, which moves behind it. UTF8_BAD and *at unmoved when the bytes there are no
 * character (RFC 3629: overlong forms, surrogates, beyond U+10FFFF). Needs *at < len.
 */
uint32_t utf8_next(const char *text, size_t len, size_t *at);
/* Writes `c` as 1 to 4 bytes, returns how many. Anything that is no character becomes U+FFFD. */
size_t utf8_put(char out[UTF8_CHAR_MAX], uint32_t c);

/* Is it all valid? If not, *bad_at (may be NULL) is the byte where it stops being so. */
bool utf8_valid(const char *text, size_t len, size_t *bad_at);
/* In characters; for valid text. */
size_t utf8_length(const char *text, size_t len);
/* The longest prefix of `text` that has at most `max` bytes and does not end within a character. */
size_t utf8_cut(const char *text, size_t len, size_t max);
