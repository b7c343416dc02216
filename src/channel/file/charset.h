/* charset.h - the eight-bit encodings that partners still use, as UTF-8. */
#pragma once

#include "base/buffer.h"
#include "channel/file/profile.h"

/* "UTF-8", "windows-1252" ...; of ENCODING_AUTO "ASCII": nothing beyond it was seen. */
const char *charset_name(enum file_encoding encoding);
bool charset_is_ascii(const char *text, size_t len);
/*
 * What a file seems to be that does not say how its letters are coded. The first text that is not
 * pure ASCII tells UTF-8 from the eight-bit encodings: one broken byte later is then a fault of its
 * own row, and does not turn every accent of the file into two letters. Of these, windows-1252 is
 * what western partners write; only a byte that is the euro sign in ISO-8859-15, and a sign that
 * nobody uses in the other, makes it that, unless bytes that only windows-1252 has came before.
 */
struct charset_guess {
    enum file_encoding encoding; /* ENCODING_AUTO: only ASCII so far */
    bool sure;
};
void charset_guess_more(struct charset_guess *g, const char *text, size_t len);
/*
 * Adds `text` to `out` as UTF-8. False: a byte that is no letter in this encoding (then `out` has
 * what came before it). For ENCODING_UTF8 the bytes are checked and copied.
 */
bool charset_decode(enum file_encoding encoding, const char *text, size_t len, struct buffer *out);
