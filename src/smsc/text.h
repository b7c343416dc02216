/* text.h - UTF-8 to and from what a handset's message carries: the GSM alphabet and UCS-2. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Encodes `text` (UTF-8; a byte that is none becomes U+FFFD) with one septet a byte, or in UTF-16BE
 * when it needs a character outside the GSM alphabet. `out` takes at most `size` bytes; what is
 * beyond is cut between characters. Returns the bytes written; *data_coding is 0 or 8.
 */
size_t text_encode(const char *text, uint8_t *out, size_t size, uint8_t *data_coding);

/* In UTF-16BE whatever is in it. */
size_t text_ucs2(const char *text, uint8_t *out, size_t size);

/*
 * The other way: what `data` says under this data_coding, as UTF-8 in one line (control characters
 * become \n, \r, \t or \xNN). Binary codings give \xNN throughout. Always NUL-terminated; returns
 * the length. 4 bytes of `size` a byte of data are enough, and 1.
 */
size_t text_decode(const uint8_t *data, size_t len, uint8_t data_coding, char *out, size_t size);

/* Septets out of octets that hold them packed (3GPP TS 23.038, 6.1.2.1), behind `header` octets and
 * the fill bits that follow these; without the CR that only fills the last octet. `out` has room
 * for 8 a 7 octets and 1. Returns how many septets. */
size_t text_unpack(const uint8_t *data, size_t len, size_t header, uint8_t *out);

/* The other way. The seven bits that may be left over become a CR. `out` has room for 7 a 8 septets
 * and 2; returns the octets. */
size_t text_pack(const uint8_t *septets, size_t n, size_t header, uint8_t *out);

/* `text` with a byte a character, in ISO 8859-1 (`limit` 0x100) or ASCII (0x80). false: there are
 * others in it, or more than `size`. */
bool text_bytes(const char *text, uint32_t limit, uint8_t *out, size_t size, size_t *len);

/* Where to cut n bytes so that at most `max` remain in front and no character is split. */
size_t text_cut(const uint8_t *data, size_t len, size_t max, uint8_t data_coding);

/* One character from UTF-8, U+FFFD for a fault; *text moves on. 0 at the end. */
uint32_t text_next(const char **text);
