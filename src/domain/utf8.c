/* utf8.c - decoding and encoding by the table of RFC 3629, section 4. */
#include "domain/utf8.h"

static bool follows(unsigned char c)
{
    return (c & 0xc0) == 0x80;
}

uint32_t utf8_next(const char *text, size_t len, size_t *at)
{
    const unsigned char *s = (const unsigned char *)text + *at;
    size_t left = len - *at;
    uint32_t c;

    if (s[0] < 0x80) {
        *at += 1;
        return s[0];
    }
    if (s[0] >= 0xc2 && s[0] < 0xe0) {
        if (left < 2 || !follows(s[1]))
            return UTF8_BAD;
        *at += 2;
        return (uint32_t)(s[0] & 0x1f) << 6 | (s[1] & 0x3f);
    }
    if (s[0] >= 0xe0 && s[0] < 0xf0) {
        if (left < 3 || !follows(s[1]) || !follows(s[2]))
            return UTF8_BAD;
        c = (uint32_t)(s[0] & 0x0f) << 12 | (uint32_t)(s[1] & 0x3f) << 6 | (s[2] & 0x3f);
        if (c < 0x800 || (c >= 0xd800 && c < 0xe000))
            return UTF8_BAD;
        *at += 3;
        return c;
    }
    if (s[0] < 0xf0 || s[0] > 0xf4 || left < 4)
        return UTF8_BAD;
    if (!follows(s[1]) || !follows(s[2]) || !follows(s[3]))
        return UTF8_BAD;
    c = (uint32_t)(s[0] & 0x07) << 18 | (uint32_t)(s[1] & 0x3f) << 12 |
        (uint32_t)(s[2] & 0x3f) << 6 | (s[3] & 0x3f);
    if (c < 0x10000 || c > 0x10ffff)
        return UTF8_BAD;
    *at += 4;
    return c;
}

size_t utf8_put(char out[UTF8_CHAR_MAX], uint32_t c)
{
    if (c > 0x10ffff || (c >= 0xd800 && c < 0xe000))
        c = UTF8_REPLACEMENT;
    if (c < 0x80) {
        out[0] = (char)c;
        return 1;
    }
    if (c < 0x800) {
        out[0] = (char)(0xc0 | c >> 6);
        out[1] = (char)(0x80 | (c & 0x3f));
        return 2;
    }
    if (c < 0x10000) {
        out[0] = (char)(0xe0 | c >> 12);
        out[1] = (char)(0x80 | (c >> 6 & 0x3f));
        out[2] = (char)(0x80 | (c & 0x3f));
        return 3;
    }
    out[0] = (char)(0xf0 | c >> 18);
    out[1] = (char)(0x80 | (c >> 12 & 0x3f));
    out[2] = (char)(0x80 | (c >> 6 & 0x3f));
    out[3] = (char)(0x80 | (c & 0x3f));
    return 4;
}

bool utf8_valid(const char *text, size_t len, size_t *bad_at)
{
    for (size_t at = 0; at < len;) {
        if (utf8_next(text, len, &at) == UTF8_BAD) {
            if (bad_at)
                *bad_at = at;
            return false;
        }
    }
    return true;
}

size_t utf8_length(const char *text, size_t len)
{
    size_t n = 0;

    for (size_t i = 0; i < len; i++)
        n += !follows((unsigned char)text[i]);
    return n;
}

size_t utf8_cut(const char *text, size_t len, size_t max)
{
    if (len <= max)
        return len;
    while (max > 0 && follows((unsigned char)text[max]))
        max--;
    return max;
}
