/*
 * sms_text.c - measuring and cutting short messages: one pass over direct tables. ICU is asked only
 * where a cut falls beside a character that may belong to another.
 */
#include "domain/sms_text.h"

#include <string.h>

#include <unicode/ubrk.h>
#include <unicode/utf16.h>

#include "domain/gsm7.h"
#include "domain/utf8.h"

#define FIRST_JOINER 0x300
#define UNITS_MAX    160 /* of a part and the character after it: 153 and 2 */

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

/* --- where a part ends --- */

/* A boundary without a doubt: nothing below U+0300 joins what is before it (UAX #29), but CR LF. */
static bool is_plain_boundary(uint32_t before, uint32_t after)
{
    return before < FIRST_JOINER && after < FIRST_JOINER && !(before == '\r' && after == '\n');
}

/*
 * The last boundary between graphemes in text[from, to], given the character that begins at `to`;
 * `to` itself when there is none behind `from`: a grapheme longer than a part is cut all the same.
 */
static size_t last_boundary(const char *text, size_t len, size_t from, size_t to)
{
    UErrorCode status = U_ZERO_ERROR;
    UChar units[UNITS_MAX];
    size_t at_byte[UNITS_MAX]; /* where the character of a unit begins */
    UBreakIterator *graphemes;
    int32_t n = 0, end = 0, cut;

    for (size_t at = from; at < len && at <= to && n + 2 <= UNITS_MAX;) {
        size_t before = at;
        uint32_t c = utf8_next(text, len, &at);

        if (before == to)
            end = n;
        at_byte[n] = at_byte[n + 1] = before;
        U16_APPEND_UNSAFE(units, n, c);
    }
    graphemes = ubrk_open(UBRK_CHARACTER, "", units, n, &status);
    if (U_FAILURE(status))
        return to;
    cut = ubrk_isBoundary(graphemes, end) ? end : ubrk_preceding(graphemes, end);
    ubrk_close(graphemes);
    return cut > 0 ? at_byte[cut] : to;
}

/* The end of the part that begins at `from`, for a text that needs several. A pair is never cut:
 * where it does not fit, the part stays a unit short. */
static size_t part_end(const char *text, size_t len, enum sms_encoding encoding, size_t from)
{
    unsigned room = capacities[encoding].in_part;
    uint32_t before = 0, c = 0;
    size_t at = from;

    while (at < len) {
        size_t here = at;
        unsigned units;

        c = utf8_next(text, len, &at);
        units = units_of(encoding, c);
        if (units > room) {
            if (is_plain_boundary(before, c))
                return here;
            return last_boundary(text, len, from, here);
        }
        room -= units;
        before = c;
    }
    return len;
}

static unsigned count_parts(const char *text, size_t len, enum sms_encoding encoding)
{
    unsigned parts = 0;

    for (size_t at = 0; at < len; at = part_end(text, len, encoding, at))
        parts++;
    return parts;
}

/* --- measuring and splitting --- */

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

/* Puts the octets of one character, at most 4; returns how many. */
static unsigned encode(enum sms_encoding encoding, uint32_t c, uint8_t *out)
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
    size_t len = strlen(utf8), at = 0;

    if (sms_text_measure(utf8, &m) || m.parts > SMS_PARTS_MAX)
        return RC_INVALID;
    out->encoding = m.encoding;
    out->parts = m.parts;
    for (unsigned i = 0; i < m.parts; i++) {
        struct sms_part *part = &out->part[i];
        size_t end = m.parts > 1 ? part_end(utf8, len, m.encoding, at) : len;

        part->length = 0;
        while (at < end) {
            uint32_t c = utf8_next(utf8, len, &at);
            part->length =
                (uint8_t)(part->length + encode(m.encoding, c, part->data + part->length));
        }
    }
    return RC_OK;
}

size_t sms_text_cuts(const char *utf8, size_t *ends, size_t max)
{
    struct sms_measure m;
    size_t len = strlen(utf8), n = 0;

    if (sms_text_measure(utf8, &m))
        return 0;
    for (size_t at = 0; n < max && n < m.parts; n++)
        ends[n] = at = m.parts > 1 ? part_end(utf8, len, m.encoding, at) : len;
    return n;
}

unsigned sms_text_room(const struct sms_measure *m)
{
    const struct capacity *c = &capacities[m->encoding];

    return m->parts > 1 ? m->parts * c->in_part : c->alone;
}

void sms_udh(uint8_t out[SMS_UDH_SIZE], uint8_t ref, unsigned parts, unsigned part)
{
    const uint8_t header[SMS_UDH_SIZE] = { 5, 0, 3, ref, (uint8_t)parts, (uint8_t)part };

    memcpy(out, header, sizeof(header));
}

size_t sms_text_forcing(const char *utf8, struct sms_forcing *list, size_t max)
{
    size_t len = strlen(utf8), n = 0;
    unsigned character = 0;

    for (size_t at = 0; at < len; character++) {
        size_t before = at, known = 0;
        uint32_t c = utf8_next(utf8, len, &at);

        if (c == UTF8_BAD)
            break;
        if (gsm7_septet(c) != GSM7_NONE)
            continue;
        while (known < n && list[known].c != c)
            known++;
        if (known < n)
            list[known].times++;
        else if (n < max)
            list[n++] = (struct sms_forcing){
                .c = c, .at = before, .length = at - before, .character = character, .times = 1
            };
    }
    return n;
}
