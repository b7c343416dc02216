/*
 * utf16.h - what spreadsheets call "Unicode text", as UTF-8. A file is UTF-16 if it says so by its
 * byte order mark; one without is refused for its zero bytes by whoever reads on.
 */
#pragma once

#include <stdint.h>

#include "base/buffer.h"
#include "base/error.h"

struct utf16 {
    bool big_endian, has_odd;
    unsigned char odd; /* the first half of a unit whose second half has not come yet */
    uint16_t high;     /* the first of two units, which waits for its second */
    uint64_t line;
};

/* Whether a file that begins so is UTF-16. */
bool utf16_detect(const char *head, size_t len, struct utf16 *u);
const char *utf16_name(const struct utf16 *u);
/* Adds the next bytes to `out`; the mark becomes that of UTF-8. RC_INVALID: "line 3: ...". */
enum rc utf16_decode(struct utf16 *u, const char *data, size_t len, struct buffer *out,
                     struct error *why) MUST_CHECK;
/* After the last byte: is anything half? */
enum rc utf16_end(const struct utf16 *u, struct error *why) MUST_CHECK;
