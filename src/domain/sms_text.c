/* sms_text.c - measuring, cutting and reading short messages: one pass over direct tables. */
#include "domain/sms_text.h"

#include <string.h>

#include "domain/gsm7.h"
#include "domain/utf8.h"

/* What an encoding allows in a message that is one part, and in each of several (TS 23.040). */
static const struct capacity {
    unsigned alone, in_part;
} capacities[] = {
    [SMS_GSM7] = { 160, 153 },
    [SMS_UCS2] = { 70, 67 },
};

const char *sms_encoding_name(enum sms_encoding e)
{
    static const char *const names[] = { [SMS_GSM7] = "gsm7", [SMS_UCS2] = "ucs2" };

    return names[e];
}

static unsigned units_of(enum sms_encoding encoding, uint32_t c)
{
    if (encoding == SMS_UCS2)
        return c > 0xffff ? 2 : 1;
    return gsm7_septet(c) & GSM7_EXTENDED ? 2 : 1;
}

/* Only for texts that need several parts: where a pair does not fit, its part stays a unit short.
 */
static unsigned count_parts(const char *text, size_t len, enum sms_encoding encoding)
{
    unsigned parts = 1, used = 0;

    for (size_t at = 0; at < len;) {
        unsigned units = units_of(encoding, utf8_next(text, len, &at));
        if (used + units > capacities[encoding].in_part) {
            parts++;
            used = 0;
        }
        used += units;
    }
    return parts;
}

enum rc sms_text_measure(const char *utf8, struct sms_measure *m)
{
    struct sms_measure found = { .encoding = SMS_GSM7 };
    unsigned extended = 0, astral = 0;
    size_t len = strlen(utf8);

    for (size_t at = 0; at < len; found.characters++) {
        size_t before = at;
        uint32_t c = utf8_next(utf8, len, &at);
        uint8_t septet;

        if (c == UTF8_BAD) {
            m->bad_at = before;
            return RC_INVALID;
        }
        septet = gsm7_septet(c);
        if (septet == GSM7_NONE) {
            astral += c > 0xffff;
            if (found.encoding == SMS_GSM7) {
                found.encoding = SMS_UCS2;
                found.forced_by = c;
                found.forced_at = before;
                found.forced_length = at - before;
            }
        } else {
            extended += septet >> 7;
        }
    }
    found.units = found.characters + (found.encoding == SMS_GSM7 ? extended : astral);
    found.parts = 1;
    if (found.units > capacities[found.encoding].alone)
        found.parts = count_parts(utf8, len, found.encoding);
    *m = found;
    return RC_OK;
}

/* The octets of one character; returns how many. */
static unsigned encode(enum sms_encoding encoding, uint32_t c, uint8_t out[4])
{
    uint8_t septet;

    if (encoding == SMS_GSM7) {
        septet = gsm7_septet(c);
        if (!(septet & GSM7_EXTENDED)) {
            out[0] = septet;
            return 1;
        }
        out[0] = GSM7_ESCAPE;
        out[1] = septet & 0x7f;
        return 2;
    }
    if (c > 0xffff) {
        uint32_t high = 0xd800 + ((c - 0x10000) >> 10), low = 0xdc00 + (c & 0x3ff);
        out[0] = (uint8_t)(high >> 8);
        out[1] = (uint8_t)high;
        out[2] = (uint8_t)(low >> 8);
        out[3] = (uint8_t)low;
        return 4;
    }
    out[0] = (uint8_t)(c >> 8);
    out[1] = (uint8_t)c;
    return 2;
}

enum rc sms_text_split(const char *utf8, struct sms_split *out)
{
    struct sms_measure m;
    struct sms_part *part = out->part;
    size_t len = strlen(utf8);
    unsigned room;

    if (sms_text_measure(utf8, &m) || m.parts > SMS_PARTS_MAX)
        return RC_INVALID;
    room = m.parts > 1 ? capacities[m.encoding].in_part : capacities[m.encoding].alone;
    if (m.encoding == SMS_UCS2)
        room *= 2;
    out->encoding = m.encoding;
    out->parts = m.parts;
    part->length = 0;
    for (size_t at = 0; at < len;) {
        uint8_t octets[4];
        unsigned n = encode(m.encoding, utf8_next(utf8, len, &at), octets);
        if (part->length + n > room) {
            part++;
            part->length = 0;
        }
        memcpy(part->data + part->length, octets, n);
        part->length = (uint8_t)(part->length + n);
    }
    return RC_OK;
}

void sms_udh(uint8_t out[SMS_UDH_SIZE], uint8_t ref, unsigned parts, unsigned part)
{
    const uint8_t header[SMS_UDH_SIZE] = { 5, 0, 3, ref, (uint8_t)parts, (uint8_t)part };

    memcpy(out, header, sizeof(header));
}

/* --- inbound --- */

struct sink {
    char *out;
    size_t size, len;
    bool full;
};

static void sink_put(struct sink *s, uint32_t c)
{
    char bytes[UTF8_CHAR_MAX];
    size_t n;

    if ((c < 0x20 && c != '\n' && c != '\r' && c != '\t') || (c >= 0x7f && c < 0xa0))
        c = ' ';
    n = utf8_put(bytes, c);
    if (s->full || s->len + n >= s->size) {
        s->full = true;
        return;
    }
    memcpy(s->out + s->len, bytes, n);
    s->len += n;
}

/* Handsets and gateways that say Latin-1 send Windows-1252: there are no control characters to
 * mean. */
static uint32_t latin1_char(uint8_t byte)
{
    static const uint16_t windows[32] = {
        0x20ac, 0xfffd, 0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021, 0x02c6, 0x2030, 0x0160,
        0x2039, 0x0152, 0xfffd, 0x017d, 0xfffd, 0xfffd, 0x2018, 0x2019, 0x201c, 0x201d, 0x2022,
        0x2013, 0x2014, 0x02dc, 0x2122, 0x0161, 0x203a, 0x0153, 0xfffd, 0x017e, 0x0178,
    };

    return byte >= 0x80 && byte < 0xa0 ? windows[byte - 0x80] : byte;
}

static void decode_latin1(const uint8_t *bytes, size_t len, struct sink *s)
{
    for (size_t i = 0; i < len; i++)
        sink_put(s, latin1_char(bytes[i]));
}

/* An undefined extension is shown as the basic character (TS 23.038, 6.2.1.1). A high bit has no
 * meaning in a septet: whoever sets it sends Latin-1. */
static void decode_gsm7(const uint8_t *bytes, size_t len, struct sink *s)
{
    for (size_t i = 0; i < len; i++) {
        uint32_t c = 0;

        if (bytes[i] & 0x80) {
            sink_put(s, latin1_char(bytes[i]));
            continue;
        }
        if (bytes[i] == GSM7_ESCAPE && i + 1 < len)
            c = gsm7_extension(bytes[++i]);
        sink_put(s, c ? c : gsm7_basic[bytes[i] & 0x7f]);
    }
}

static void decode_ucs2(const uint8_t *bytes, size_t len, struct sink *s)
{
    for (size_t i = 0; i + 1 < len; i += 2) {
        uint32_t c = (uint32_t)bytes[i] << 8 | bytes[i + 1];

        if (c >= 0xd800 && c < 0xdc00 && i + 3 < len && bytes[i + 2] >= 0xdc &&
            bytes[i + 2] < 0xe0) {
            c = 0x10000 + ((c - 0xd800) << 10) +
                (((uint32_t)bytes[i + 2] << 8 | bytes[i + 3]) - 0xdc00);
            i += 2;
        }
        if (i > 0 || c != 0xfeff) /* a byte order mark says nothing here */
            sink_put(s, c);
    }
    if (len % 2)
        sink_put(s, UTF8_REPLACEMENT);
}

static void decode_guess(const uint8_t *bytes, size_t len, struct sink *s)
{
    const char *text = (const char *)bytes;

    if (!utf8_valid(text, len, NULL)) {
        decode_latin1(bytes, len, s);
        return;
    }
    for (size_t at = 0; at < len;)
        sink_put(s, utf8_next(text, len, &at));
}

/* Lengths of a header that lies are no reason to lose the text: it is then taken as text. */
static size_t read_udh(const uint8_t *bytes, size_t len, struct sms_concat *concat)
{
    size_t end = len ? 1 + (size_t)bytes[0] : 0;

    if (end > len)
        return 0;
    for (size_t at = 1; at + 2 <= end; at += 2 + (size_t)bytes[at + 1]) {
        const uint8_t *e = bytes + at;
        struct sms_concat found = { 0 };

        if (at + 2 + e[1] > end)
            break;
        if (e[0] == 0x00 && e[1] == 3) /* TS 23.040, 9.2.3.24.1: 8-bit reference */
            found = (struct sms_concat){ .ref = e[2], .parts = e[3], .part = e[4] };
        else if (e[0] == 0x08 && e[1] == 4) /* 9.2.3.24.8: 16-bit reference */
            found = (struct sms_concat){ .ref = (uint16_t)(e[2] << 8 | e[3]),
                                         .parts = e[4],
                                         .part = e[5] };
        if (found.parts > 1 && found.part >= 1 && found.part <= found.parts)
            *concat = found;
    }
    return end;
}

/* SMPP 3.4, 5.2.19, and the coding groups of TS 23.038, section 4, that it lets through. */
static const struct coding {
    uint8_t first, last;
    void (*decode)(const uint8_t *bytes, size_t len, struct sink *s);
} codings[] = {
    { 0x00, 0x00, decode_gsm7 }, { 0x03, 0x03, decode_latin1 }, { 0x08, 0x08, decode_ucs2 },
    { 0x10, 0x13, decode_gsm7 }, { 0x18, 0x1b, decode_ucs2 },   { 0xc0, 0xdf, decode_gsm7 },
    { 0xe0, 0xef, decode_ucs2 }, { 0xf0, 0xf3, decode_gsm7 },   { 0x00, 0xff, decode_guess },
};

size_t sms_text_decode(uint8_t data_coding, const uint8_t *bytes, size_t len, bool has_udh,
                       char *out, size_t size, struct sms_concat *concat)
{
    struct sms_concat found = { 0 };
    struct sink s = { .out = out, .size = size };
    const struct coding *coding = codings;
    size_t skip = has_udh ? read_udh(bytes, len, &found) : 0;

    while (data_coding < coding->first || data_coding > coding->last)
        coding++;
    coding->decode(bytes + skip, len - skip, &s);
    out[s.len] = '\0';
    if (concat)
        *concat = found;
    return s.len;
}
