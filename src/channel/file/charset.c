/* charset.c - windows-1252, ISO-8859-15 and ISO-8859-1, which differ from Latin-1 in a few places
 * only. */
#include "channel/file/charset.h"

#include <stdint.h>
#include <string.h>

#include "domain/utf8.h"

/* Bytes 0x80 to 0x9F of windows-1252; 0: not a letter. */
static const uint16_t cp1252[32] = {
    0x20AC, 0,      0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160,
    0x2039, 0x0152, 0,      0x017D, 0,      0,      0x2018, 0x2019, 0x201C, 0x201D, 0x2022,
    0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0,      0x017E, 0x0178,
};

/* Where ISO-8859-15 is not Latin-1. */
static const struct {
    uint8_t byte;
    uint16_t letter;
} latin9[] = {
    { 0xA4, 0x20AC }, { 0xA6, 0x0160 }, { 0xA8, 0x0161 }, { 0xB4, 0x017D },
    { 0xB8, 0x017E }, { 0xBC, 0x0152 }, { 0xBD, 0x0153 }, { 0xBE, 0x0178 },
};

static uint32_t letter_of(enum file_encoding encoding, uint8_t byte)
{
    if (byte >= 0x80 && byte < 0xA0)
        return encoding == ENCODING_CP1252 ? cp1252[byte - 0x80] : 0;
    for (size_t i = 0; encoding == ENCODING_LATIN9 && i < sizeof(latin9) / sizeof(latin9[0]); i++) {
        if (latin9[i].byte == byte)
            return latin9[i].letter;
    }
    return byte;
}

const char *charset_name(enum file_encoding encoding)
{
    static const char *const names[] = {
        [ENCODING_AUTO] = "ASCII",          [ENCODING_UTF8] = "UTF-8",
        [ENCODING_CP1252] = "windows-1252", [ENCODING_LATIN9] = "ISO-8859-15",
        [ENCODING_LATIN1] = "ISO-8859-1",
    };

    return names[encoding];
}

bool charset_is_ascii(const char *text, size_t len)
{
    uint64_t eight;

    for (; len >= sizeof(eight); text += sizeof(eight), len -= sizeof(eight)) {
        memcpy(&eight, text, sizeof(eight));
        if (eight & UINT64_C(0x8080808080808080))
            return false;
    }
    for (; len; text++, len--) {
        if ((unsigned char)*text & 0x80)
            return false;
    }
    return true;
}

#define LATIN9_EURO 0xA4

static void tell_eight_bits_apart(struct charset_guess *g, const char *text, size_t len)
{
    bool euro = false;

    for (size_t i = 0; i < len && !g->sure; i++) {
        const uint8_t byte = (uint8_t)text[i];

        g->sure = byte >= 0x80 && byte < 0xA0;
        euro |= byte == LATIN9_EURO;
    }
    if (euro && !g->sure)
        *g = (struct charset_guess){ ENCODING_LATIN9, true };
}

void charset_guess_more(struct charset_guess *g, const char *text, size_t len)
{
    if (g->sure || charset_is_ascii(text, len))
        return;
    if (g->encoding == ENCODING_AUTO) {
        g->sure = utf8_valid(text, len, NULL);
        g->encoding = g->sure ? ENCODING_UTF8 : ENCODING_CP1252;
    }
    if (!g->sure)
        tell_eight_bits_apart(g, text, len);
}

bool charset_decode(enum file_encoding encoding, const char *text, size_t len, struct buffer *out)
{
    char put[UTF8_CHAR_MAX];

    if (charset_is_ascii(text, len)) {
        buffer_add(out, text, len);
        return true;
    }
    if (encoding == ENCODING_UTF8 || encoding == ENCODING_AUTO) {
        if (!utf8_valid(text, len, NULL))
            return false;
        buffer_add(out, text, len);
        return true;
    }
    for (size_t i = 0; i < len; i++) {
        const uint32_t letter = letter_of(encoding, (uint8_t)text[i]);

        if (!letter)
            return false;
        buffer_add(out, put, utf8_put(put, letter));
    }
    return true;
}
