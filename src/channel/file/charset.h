/* charset.h - the eight-bit encodings that partners still use, as UTF-8. */
#pragma once

#include "base/buffer.h"
#include "channel/file/profile.h"

/* "UTF-8", "windows-1252" ...; of ENCODING_AUTO "ASCII": nothing beyond it was seen. */
const char *charset_name(enum file_encoding encoding);
bool charset_is_ascii(const char *text, size_t len);
/*
 * Adds `text` to `out` as UTF-8. False: a byte that is no letter in this encoding (then `out` has
 * what came before it). For ENCODING_UTF8 the bytes are checked and copied.
 */
bool charset_decode(enum file_encoding encoding, const char *text, size_t len, struct buffer *out);
