/* text.c - GSM 7-bit default alphabet and its extension table, 3GPP TS 23.038, 6.2.1. */
#include "smsc/text.h"

#include <stdio.h>
#include <string.h>

#define ESCAPE      0x1B
#define REPLACEMENT 0xFFFDu
#define CODING_GSM  0
#define CODING_UCS2 8

/* By septet; 0 stands for the escape. */
static const uint16_t alphabet[128] = {
    '@',    0x00A3, '$',    0x00A5, 0x00E8, 0x00E9, 0x00F9, 0x00EC, 0x00F2, 0x00C7, '\n',   0x00D8,
    0x00F8, '\r',   0x00C5, 0x00E5, 0x0394, '_',    0x03A6, 0x0393, 0x039B, 0x03A9, 0x03A0, 0x03A8,
    0x03A3, 0x0398, 0x039E, 0,      0x00C6, 0x00E6, 0x00DF, 0x00C9, ' ',    '!',    '"',    '#',
    0x00A4, '%',    '&',    '\'',   '(',    ')',    '*',    '+',    ',',    '-',    '.',    '/',
    '0',    '1',    '2',    '3',    '4',    '5',    '6',    '7',    '8',    '9',    ':',    ';',
    '<',    '=',    '>',    '?',    0x00A1, 'A',    'B',    'C',    'D',    'E',    'F',    'G',
    'H',    'I',    'J',    'K',    'L',    'M',    'N',    'O',    'P',    'Q',    'R',    'S',
    'T',    'U',    'V',    'W',    'X',    'Y',    'Z',    0x00C4, 0x00D6, 0x00D1, 0x00DC, 0x00A7,
    0x00BF, 'a',    'b',    'c',    'd',    'e',    'f',    'g',    'h',    'i',    'j',    'k',
    'l',    'm',    'n',    'o',    'p',    'q',    'r',    's',    't',    'u',    'v',    'w',
    'x',    'y',    'z',    0x00E4, 0x00F6, 0x00F1, 0x00FC, 0x00E0,
};

static const struct extension {
    uint8_t septet;
    uint16_t character;
} extensions[] = {
    { 0x0A, 0x000C }, { 0x14, '^' }, { 0x28, '{' }, { 0x29, '}' }, { 0x2F, '\\' },
    { 0x3C, '[' },    { 0x3D, '~' }, { 0x3E, ']' }, { 0x40, '|' }, { 0x65, 0x20AC },
};
#define EXTENSIONS (sizeof(extensions) / sizeof(extensions[0]))

uint32_t text_next(const char **text)
{
    static const uint32_t least[] = { 0, 0x80, 0x800, 0x10000 };
    const unsigned char *p = (const unsigned char *)*text;
    unsigned more = p[0] < 0xC0 ? 0 : p[0] < 0xE0 ? 1 : p[0] < 0xF0 ? 2 : 3;
    uint32_t c = p[0];

    if (!c)
        return 0;
    *text += 1;
    if (c < 0x80)
        return c;
    if (c < 0xC0 || c > 0xF4)
        return REPLACEMENT;
    c &= 0x3Fu >> more;
    for (unsigned i = 1; i <= more; i++) {
        if ((p[i] & 0xC0) != 0x80)
            return REPLACEMENT;
        c = c << 6 | (p[i] & 0x3Fu);
    }
    *text += more;
    if (c < least[more] || c > 0x10FFFF || (c >= 0xD800 && c < 0xE000))
        return REPLACEMENT;
    return c;
}

/* One or two septets; 0: the alphabet has no such character. */
static size_t to_gsm(uint32_t c, uint8_t *out)
{
    for (uint8_t i = 0; i < 128; i++) {
        if (alphabet[i] == c && i != ESCAPE) {
            out[0] = i;
            return 1;
        }
    }
    for (size_t i = 0; i < EXTENSIONS; i++) {
        if (extensions[i].character == c) {
            out[0] = ESCAPE;
            out[1] = extensions[i].septet;
            return 2;
        }
    }
    return 0;
}

static size_t to_ucs2(uint32_t c, uint8_t *out)
{
    uint32_t high = 0xD800 + ((c - 0x10000) >> 10), low = 0xDC00 + ((c - 0x10000) & 0x3FF);

    if (c < 0x10000) {
        out[0] = (uint8_t)(c >> 8);
        out[1] = (uint8_t)c;
        return 2;
    }
    out[0] = (uint8_t)(high >> 8);
    out[1] = (uint8_t)high;
    out[2] = (uint8_t)(low >> 8);
    out[3] = (uint8_t)low;
    return 4;
}

static bool fits_gsm(const char *text)
{
    uint8_t septets[2];
    uint32_t c;

    while ((c = text_next(&text)) != 0) {
        if (to_gsm(c, septets) == 0)
            return false;
    }
    return true;
}

static size_t encode(const char *text, size_t (*to)(uint32_t c, uint8_t *out), uint8_t *out,
                     size_t size)
{
    size_t len = 0, n;
    uint8_t one[4];
    uint32_t c;

    while ((c = text_next(&text)) != 0) {
        n = to(c, one);
        if (len + n > size)
            break;
        memcpy(out + len, one, n);
        len += n;
    }
    return len;
}

size_t text_encode(const char *text, uint8_t *out, size_t size, uint8_t *data_coding)
{
    bool gsm = fits_gsm(text);

    *data_coding = gsm ? CODING_GSM : CODING_UCS2;
    return encode(text, gsm ? to_gsm : to_ucs2, out, size);
}

size_t text_ucs2(const char *text, uint8_t *out, size_t size)
{
    return encode(text, to_ucs2, out, size);
}

size_t text_cut(const uint8_t *data, size_t len, size_t max, uint8_t data_coding)
{
    if (len <= max)
        return len;
    if (data_coding == CODING_UCS2) {
        max -= max % 2;
        return max >= 2 && (data[max - 2] & 0xFC) == 0xD8 ? max - 2 : max;
    }
    return max > 0 && data[max - 1] == ESCAPE ? max - 1 : max;
}

/* --- decoding --- */

struct out {
    char *p, *end; /* one byte is left behind the end, for the NUL */
};

static void put(struct out *o, const char *s, size_t n)
{
    if ((size_t)(o->end - o->p) >= n) {
        memcpy(o->p, s, n);
        o->p += n;
    }
}

static void put_hex(struct out *o, uint8_t byte)
{
    char hex[8];

    put(o, hex, (size_t)snprintf(hex, sizeof(hex), "\\x%02x", byte));
}

static void put_character(struct out *o, uint32_t c)
{
    char utf8[4];
    size_t n = 0;

    if (c == '\n' || c == '\r' || c == '\t') {
        put(o, c == '\n' ? "\\n" : c == '\r' ? "\\r" : "\\t", 2);
        return;
    }
    if (c < 0x20 || c == 0x7F) {
        put_hex(o, (uint8_t)c);
        return;
    }
    if (c < 0x80) {
        utf8[n++] = (char)c;
    } else if (c < 0x800) {
        utf8[n++] = (char)(0xC0 | c >> 6);
    } else {
        if (c < 0x10000) {
            utf8[n++] = (char)(0xE0 | c >> 12);
        } else {
            utf8[n++] = (char)(0xF0 | c >> 18);
            utf8[n++] = (char)(0x80 | (c >> 12 & 0x3F));
        }
        utf8[n++] = (char)(0x80 | (c >> 6 & 0x3F));
    }
    if (c >= 0x80)
        utf8[n++] = (char)(0x80 | (c & 0x3F));
    put(o, utf8, n);
}

static uint32_t extension_of(uint8_t septet)
{
    for (size_t i = 0; i < EXTENSIONS; i++) {
        if (extensions[i].septet == septet)
            return extensions[i].character;
    }
    return alphabet[septet]; /* 6.2.1.1: an unknown extension shows the plain character */
}

static void decode_gsm(struct out *o, const uint8_t *data, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if (data[i] > 127)
            put_hex(o, data[i]);
        else if (data[i] != ESCAPE)
            put_character(o, alphabet[data[i]]);
        else if (i + 1 < len && data[i + 1] <= 127 && data[i + 1] != ESCAPE)
            put_character(o, extension_of(data[++i]));
        else
            put_character(o, ' ');
    }
}

static void decode_ucs2(struct out *o, const uint8_t *data, size_t len)
{
    for (size_t i = 0; i + 1 < len; i += 2) {
        uint32_t c = (uint32_t)data[i] << 8 | data[i + 1];
        if ((c & 0xFC00) == 0xD800 && i + 3 < len && (data[i + 2] & 0xFC) == 0xDC) {
            c = 0x10000 + ((c & 0x3FF) << 10) + ((uint32_t)(data[i + 2] & 3) << 8 | data[i + 3]);
            i += 2;
        }
        put_character(o, (c & 0xFFFFF800u) == 0xD800 ? REPLACEMENT : c);
    }
    if (len % 2)
        put_hex(o, data[len - 1]);
}

size_t text_unpack(const uint8_t *data, size_t len, size_t header, uint8_t *out)
{
    unsigned fill = (unsigned)(7 - header * 8 % 7) % 7, have = 0, bits = 0;
    size_t n = 0;

    for (size_t i = 0; i < len; i++) {
        bits |= (unsigned)data[i] << have;
        have += 8;
        if (fill) {
            bits >>= fill;
            have -= fill;
            fill = 0;
        }
        for (; have >= 7; have -= 7, bits >>= 7)
            out[n++] = bits & 0x7F;
    }
    /* 6.1.2.3.1: a CR as the last septet of a last octet that it fills was put there */
    return n > 0 && have == 0 && out[n - 1] == '\r' ? n - 1 : n;
}

size_t text_pack(const uint8_t *septets, size_t n, size_t header, uint8_t *out)
{
    unsigned have = (unsigned)(7 - header * 8 % 7) % 7, bits = 0;
    size_t len = 0;

    for (size_t i = 0; i < n; i++) {
        bits |= (unsigned)septets[i] << have;
        have += 7;
        if (have >= 8) {
            out[len++] = bits & 0xFF;
            bits >>= 8;
            have -= 8;
        }
    }
    if (have == 1)
        bits |= '\r' << 1;
    if (have > 0)
        out[len++] = bits & 0xFF;
    return len;
}

bool text_bytes(const char *text, uint32_t limit, uint8_t *out, size_t size, size_t *len)
{
    uint32_t c;

    for (*len = 0; (c = text_next(&text)) != 0; (*len)++) {
        if (c >= limit || *len == size)
            return false;
        out[*len] = (uint8_t)c;
    }
    return true;
}

size_t text_decode(const uint8_t *data, size_t len, uint8_t data_coding, char *out, size_t size)
{
    struct out o = { out, out + size - 1 };

    switch (data_coding) {
    case 0:
        decode_gsm(&o, data, len);
        break;
    case 1: /* IA5 */
    case 3: /* Latin-1 */
        for (size_t i = 0; i < len; i++)
            put_character(&o, data[i]);
        break;
    case CODING_UCS2:
        decode_ucs2(&o, data, len);
        break;
    default:
        for (size_t i = 0; i < len; i++)
            put_hex(&o, data[i]);
        break;
    }
    *o.p = '\0';
    return (size_t)(o.p - out);
}
