/*
 * encode.c - see encode.h.
 *
 * How many parts a text has was told to its author, counted in the GSM alphabet or UCS-2 with a
 * header of six octets (domain/sms_text.h). Whatever a carrier's settings, it is not sent in more.
 * A carrier that reads Latin-1 or ASCII still sends septets to the handset, so the parts are cut as
 * septets and then written in its alphabet.
 */
#include "channel/smpp/encode.h"

#include <string.h>

#include "domain/sms_text.h"
#include "domain/utf8.h"

#define ESCAPE     0x1b /* 3GPP TS 23.038, 6.2.1 */
#define CR         0x0d
#define OCTETS_MAX 140 /* of a part on the air, header and all */

/* In one part alone and in each of several, behind a header of six octets or of seven; UCS-2 in
 * octets. (TS 23.040, 9.2.3.24.1 and 9.2.3.24.8) */
#define UCS2_ALONE     140
#define UCS2_IN_PART   134
#define UCS2_IN_PART16 132
#define GSM_IN_PART16  152

_Static_assert(SMPP_PIECES_MAX == SMS_PARTS_MAX, "a piece a part");

/* The text, septets or UTF-16BE, and where each part begins. */
struct cut {
    bool ucs2;
    unsigned n;
    size_t begin[SMS_PARTS_MAX + 1]; /* the last one is the end */
    uint8_t data[SMS_PARTS_MAX * SMS_PART_BYTES];
};

static void take_split(const struct sms_split *split, struct cut *cut)
{
    size_t at = 0;

    cut->ucs2 = split->encoding == SMS_UCS2;
    cut->n = split->parts;
    for (unsigned i = 0; i < split->parts; i++) {
        cut->begin[i] = at;
        memcpy(cut->data + at, split->part[i].data, split->part[i].length);
        at += split->part[i].length;
    }
    cut->begin[cut->n] = at;
}

/* Cuts again, at most `room` octets a part, no pair in two. false: more than `parts` parts. */
static bool cut_again(struct cut *cut, size_t room, unsigned parts)
{
    size_t begin[SMS_PARTS_MAX + 1] = { 0 }, len = cut->begin[cut->n], at = 0;
    unsigned n = 0;

    while (at < len) {
        size_t end = len - at > room ? at + room : len;
        if (end < len && cut->ucs2 && (cut->data[end - 2] & 0xfc) == 0xd8)
            end -= 2;
        else if (end < len && !cut->ucs2 && cut->data[end - 1] == ESCAPE)
            end -= 1;
        if (n == parts)
            return false;
        begin[n++] = at;
        at = end;
    }
    begin[n] = len;
    cut->n = n;
    memcpy(cut->begin, begin, sizeof(begin));
    return true;
}

/* ISO 8859-1 and ASCII are both the beginning of Unicode. */
static bool all_below(const char *text, uint32_t limit)
{
    size_t len = strlen(text);

    for (size_t at = 0; at < len;) {
        uint32_t c = utf8_next(text, len, &at);
        if (c >= limit || (c >= 0x80 && c < 0xa0))
            return false;
    }
    return true;
}

/* A text that the GSM alphabet has (so there is no surrogate in it), in UCS-2 all the same. */
static bool as_ucs2(const char *text, unsigned parts, struct cut *cut)
{
    size_t len = strlen(text), n = 0;

    for (size_t at = 0; at < len; n += 2) {
        uint32_t c = utf8_next(text, len, &at);
        if (n + 2 > sizeof(cut->data))
            return false;
        cut->data[n] = (uint8_t)(c >> 8);
        cut->data[n + 1] = (uint8_t)c;
    }
    cut->ucs2 = true;
    cut->n = 1;
    cut->begin[0] = 0;
    cut->begin[1] = n;
    return n <= UCS2_ALONE || cut_again(cut, UCS2_IN_PART, parts);
}

size_t encode_pack(const uint8_t *septets, size_t n, size_t header, size_t max, uint8_t *out)
{
    size_t fill = (7 - header * 8 % 7) % 7, bits = fill + 7 * n, octets = (bits + 7) / 8;

    memset(out, 0, octets);
    for (size_t i = 0; i < n; i++) {
        size_t bit = fill + 7 * i;
        unsigned value = (unsigned)(septets[i] & 0x7f) << bit % 8;
        out[bit / 8] = (uint8_t)(out[bit / 8] | value);
        if (value > 0xff)
            out[bit / 8 + 1] = (uint8_t)(value >> 8);
    }
    if (bits % 8 == 1)
        out[octets - 1] |= CR << 1;
    else if (n > 0 && bits % 8 == 0 && septets[n - 1] == CR && header + octets < max)
        out[octets++] = CR;
    return octets;
}

size_t encode_unpack(const uint8_t *octets, size_t len, size_t header, uint8_t *out)
{
    size_t bit = (7 - header * 8 % 7) % 7, n = 0;

    for (; bit + 7 <= 8 * len; bit += 7) {
        unsigned pair = octets[bit / 8];
        if (bit / 8 + 1 < len)
            pair |= (unsigned)octets[bit / 8 + 1] << 8;
        out[n++] = pair >> bit % 8 & 0x7f;
    }
    /* Seven bits left over: a CR by the book, and nought from those who do not know it. */
    return n > 0 && bit == 8 * len && (out[n - 1] == CR || out[n - 1] == 0) ? n - 1 : n;
}

/* The characters of `n` septets, a byte each; *at moves through `text` with them. */
static size_t as_bytes(const uint8_t *septets, size_t n, const char *text, size_t *at, uint8_t *out)
{
    size_t len = strlen(text), octets = 0;

    for (size_t i = 0; i < n; i++) {
        if (septets[i] == ESCAPE)
            i++;
        out[octets++] = (uint8_t)utf8_next(text, len, at);
    }
    return octets;
}

uint8_t encode_data_coding(enum smpp_alphabet alphabet)
{
    static const uint8_t codings[] = {
        [SMPP_ALPHABET_GSM] = 0, [SMPP_ALPHABET_LATIN1] = 3, [SMPP_ALPHABET_ASCII] = 1
    };

    return codings[alphabet];
}

static uint8_t data_coding(const struct smpp_carrier_settings *set, bool ucs2)
{
    if (ucs2)
        return (uint8_t)set->ucs2_data_coding;
    return set->gsm_data_coding >= 0 ? (uint8_t)set->gsm_data_coding
                                     : encode_data_coding((enum smpp_alphabet)set->alphabet);
}

static size_t put_header(uint8_t *out, bool wide, uint16_t ref, unsigned n, unsigned i)
{
    if (!wide) {
        sms_udh(out, (uint8_t)ref, n, i);
        return SMS_UDH_SIZE;
    }
    out[0] = 6;
    out[1] = 8; /* TS 23.040, 9.2.3.24.8: concatenated short messages, 16-bit reference */
    out[2] = 4;
    out[3] = (uint8_t)(ref >> 8);
    out[4] = (uint8_t)ref;
    out[5] = (uint8_t)n;
    out[6] = (uint8_t)i;
    return SMS_UDH_SIZE + 1;
}

/* Writes the pieces of what was cut. `wide`: a header with a 16-bit reference. */
static void write_pieces(const struct smpp_carrier_settings *set, const char *text,
                         const struct cut *cut, bool wide, uint16_t ref, struct smpp_pieces *out)
{
    bool whole = cut->n == 1 || set->concatenation == SMPP_CONCAT_PAYLOAD;
    uint8_t *p = out->bytes;
    size_t at = 0;

    out->whole = whole;
    out->n = whole ? 1 : cut->n;
    for (unsigned i = 0; i < out->n; i++) {
        const uint8_t *data = cut->data + cut->begin[i];
        size_t len = cut->begin[whole ? cut->n : i + 1] - cut->begin[i], header = 0;
        struct smpp_piece *piece = &out->piece[i];
        *piece = (struct smpp_piece){ .data_coding = data_coding(set, cut->ucs2),
                                      .payload = cut->n > 1 && whole,
                                      .user_data = p };
        if (!whole && set->concatenation == SMPP_CONCAT_SAR) {
            piece->sar_ref = ref;
            piece->sar_n = (uint8_t)out->n;
            piece->sar_i = (uint8_t)(i + 1);
        } else if (!whole) {
            piece->esm_class = SMPP_ESM_UDHI;
            header = put_header(p, wide, ref, out->n, i + 1);
        }
        p += header;
        if (cut->ucs2 || (set->alphabet == SMPP_ALPHABET_GSM && !set->gsm_packed)) {
            memcpy(p, data, len);
            p += len;
        } else if (set->alphabet == SMPP_ALPHABET_GSM) {
            p += encode_pack(data, len, header, piece->payload ? SIZE_MAX : OCTETS_MAX, p);
        } else {
            p += as_bytes(data, len, text, &at, p);
        }
        piece->len = (size_t)(p - piece->user_data);
    }
}

enum rc encode_text(const struct smpp_carrier_settings *set, const char *text, unsigned parts,
                    uint64_t message_id, struct smpp_pieces *out)
{
    struct sms_split split;
    struct cut cut;
    bool wide = false;

    if (sms_text_split(text, &split) != RC_OK || split.parts != parts)
        return RC_INVALID;
    take_split(&split, &cut);
    if (!cut.ucs2 && set->alphabet != SMPP_ALPHABET_GSM &&
        !all_below(text, set->alphabet == SMPP_ALPHABET_LATIN1 ? 0x100 : 0x80) &&
        !as_ucs2(text, parts, &cut))
        return RC_CONFLICT;
    if (cut.n > 1 && set->concatenation == SMPP_CONCAT_UDH16)
        wide = cut_again(&cut, cut.ucs2 ? UCS2_IN_PART16 : GSM_IN_PART16, parts);
    write_pieces(set, text, &cut, wide, (uint16_t)message_id, out);
    return RC_OK;
}
