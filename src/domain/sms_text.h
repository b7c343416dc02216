/*
 * sms_text.h - what a text costs as an SMS, how it is cut into parts, and back again.
 *
 * A text whose characters are all in the GSM alphabet (3GPP TS 23.038: basic table and extension
 * table) is counted in septets, 160 in one SMS or 153 a part; an extension character ( ^ { } \ [ ~
 * ] | and the euro sign) counts two, and its pair is never cut. Any other character makes the whole
 * text UCS-2: 70 units in one SMS or 67 a part; a surrogate pair (an emoji) counts two and is never
 * cut, nor is a grapheme (a letter with its marks, a family of emoji) unless it is longer than a
 * part.
 */
#pragma once

#include "domain/types.h"

enum sms_encoding { SMS_GSM7, SMS_UCS2 };
const char *sms_encoding_name(enum sms_encoding e); /* "gsm7", "ucs2" */

#define SMS_PARTS_MAX  10
#define SMS_PART_BYTES 160 /* of a part's user data, the concatenation header not counted */
#define SMS_UDH_SIZE   6
#define SMS_TEXT_SIZE  3061 /* holds any text of SMS_PARTS_MAX parts in UTF-8, and its NUL */

struct sms_measure {
    enum sms_encoding encoding;
    unsigned characters;
    unsigned units;     /* septets (SMS_GSM7) or UTF-16 units (SMS_UCS2) */
    unsigned parts;     /* 1 for an empty text; may exceed SMS_PARTS_MAX, then it cannot be sent */
    uint32_t forced_by; /* the first character that is not GSM; 0: there is none */
    size_t forced_at;   /* its byte */
    size_t forced_length; /* and how many bytes it has: text + forced_at, to quote it */
    size_t bad_at;        /* with RC_INVALID: the byte where the text is not UTF-8 */
};

/* RC_INVALID: not UTF-8; nothing but m->bad_at was written. */
enum rc sms_text_measure(const char *utf8, struct sms_measure *m) MUST_CHECK;

struct sms_split {
    enum sms_encoding encoding;
    unsigned parts;
    struct sms_part {
        uint8_t length;
        uint8_t data[SMS_PART_BYTES]; /* as short_message wants it, without header */
    } part[SMS_PARTS_MAX];
};

/*
 * Cuts a text into user data: GSM as one octet a septet (unpacked, data_coding 0), UCS-2 as
 * UTF-16BE (data_coding 8). When parts > 1 the caller puts sms_udh() in front of each. RC_INVALID:
 * not UTF-8, or more than SMS_PARTS_MAX parts.
 */
enum rc sms_text_split(const char *utf8, struct sms_split *out) MUST_CHECK;

/* Where the parts of a text end, in bytes, at most `max` of them; returns how many. */
size_t sms_text_cuts(const char *utf8, size_t *ends, size_t max);
/* The units that its parts could hold. */
unsigned sms_text_room(const struct sms_measure *m);

/* Header of part `part` (from 1) of `parts`: 05 00 03 ref parts part (3GPP TS 23.040, 9.2.3.24.1).
 */
void sms_udh(uint8_t out[SMS_UDH_SIZE], uint8_t ref, unsigned parts, unsigned part);

/* A character that makes a text UCS-2. */
struct sms_forcing {
    uint32_t c;
    size_t at, length;  /* where its bytes are first */
    unsigned character; /* the same in characters, from 0 */
    unsigned times;
};

/* The different ones of a text, in the order of their first place; at most `max`, returns how many.
 */
size_t sms_text_forcing(const char *utf8, struct sms_forcing *list, size_t max);

/* --- inbound (sms_text_decode.c) --- */

/* One part as a carrier delivered it. */
struct sms_user_data {
    uint8_t data_coding;
    const uint8_t *udh; /* its header, with its length byte; NULL: none */
    size_t udh_len;
    const uint8_t *bytes; /* behind the header; NULL: the part is missing */
    size_t len;
};

#define SMS_GAP "[...]" /* for the text of missing parts */
/* Always enough for one part of `len` bytes. */
#define SMS_DECODED_SIZE(len) (3 * (size_t)(len) + sizeof(SMS_GAP))

/*
 * A message as UTF-8, from its `n` parts in their order: they are joined before they are read,
 * since a pair may be cut between two. data_coding 0 and the GSM class codings are GSM, with the
 * national language tables that the header announces; 3 is Latin-1, 8 UTF-16BE; for anything else
 * the bytes are taken as UTF-8 where they are that, else as Latin-1. Whatever comes in, `out` is
 * valid UTF-8 with a NUL, without control characters but \n \r \t, cut between characters when
 * `size` (at least 1) is small. Returns its length.
 */
size_t sms_text_decode(const struct sms_user_data *parts, size_t n, char *out, size_t size);
