/*
 * charset.h - bytes of the outside as UTF-8, whatever they say they are written in.
 *
 * A label is often missing, unknown, or a lie: "utf-8" on windows-1252, "us-ascii" with bytes above
 * 127, "gb2312" on characters that only gb18030 has. What the bytes themselves show goes before
 * what is said of them.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct buffer;

enum charset_note {
    CHARSET_AS_SAID,
    CHARSET_GUESSED, /* no label, or one that nobody knows */
    CHARSET_LIED,    /* the bytes were not what the label says, and read as something else */
    CHARSET_BROKEN,  /* some of it could not be read: U+FFFD stands there */
};

/* Adds the text to `out`, as valid UTF-8. `label`: as it was declared; NULL or "": it was not. */
enum charset_note charset_to_utf8(const char *label, const char *bytes, size_t len,
                                  struct buffer *out);
