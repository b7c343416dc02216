/* sms_text_decode.c - reading short messages: whatever a carrier delivers, as UTF-8. */
#include <string.h>

#include "domain/gsm7.h"
#include "domain/gsm7_national.h"
#include "domain/sms_text.h"
#include "domain/utf8.h"

/* What the most parts hold together (255 of 160 octets); also the most of one. */
#define JOINED_MAX 40960

struct coding;

/* How bytes are read. */
struct manner {
    const struct coding *coding;
    uint8_t single, locking; /* national languages */
};

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

static void decode_latin1(const struct manner *how, const uint8_t *bytes, size_t len,
                          struct sink *s)
{
    (void)how;
    for (size_t i = 0; i < len; i++)
        sink_put(s, latin1_char(bytes[i]));
}

/* An undefined extension is shown as the character of the main table (TS 23.038, 6.2.1.1). A high
 * bit has no meaning in a septet: whoever sets it sends Latin-1. */
static void decode_gsm7(const struct manner *how, const uint8_t *bytes, size_t len, struct sink *s)
{
    for (size_t i = 0; i < len; i++) {
        uint32_t c = 0;

        if (bytes[i] & 0x80) {
            sink_put(s, latin1_char(bytes[i]));
            continue;
        }
        if (bytes[i] == GSM7_ESCAPE && i + 1 < len)
            c = gsm7_single(how->single, bytes[++i]);
        sink_put(s, c ? c : gsm7_locking(how->locking, bytes[i] & 0x7f));
    }
}

static void decode_ucs2(const struct manner *how, const uint8_t *bytes, size_t len, struct sink *s)
{
    (void)how;
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

static void decode_guess(const struct manner *how, const uint8_t *bytes, size_t len, struct sink *s)
{
    (void)how;
    const char *text = (const char *)bytes;

    if (!utf8_valid(text, len, NULL)) {
        decode_latin1(how, bytes, len, s);
        return;
    }
    for (size_t at = 0; at < len;)
        sink_put(s, utf8_next(text, len, &at));
}

/* SMPP 3.4, 5.2.19, and the coding groups of TS 23.038, section 4, that it lets through. */
static const struct coding {
    uint8_t first, last;
    void (*decode)(const struct manner *how, const uint8_t *bytes, size_t len, struct sink *s);
} codings[] = {
    { 0x00, 0x00, decode_gsm7 }, { 0x03, 0x03, decode_latin1 }, { 0x08, 0x08, decode_ucs2 },
    { 0x10, 0x13, decode_gsm7 }, { 0x18, 0x1b, decode_ucs2 },   { 0xc0, 0xdf, decode_gsm7 },
    { 0xe0, 0xef, decode_ucs2 }, { 0xf0, 0xf3, decode_gsm7 },   { 0x00, 0xff, decode_guess },
};

/* --- parts --- */

/* The national languages that a header announces (TS 23.040, 9.2.3.24.15 and 16). */
static void read_languages(const uint8_t *udh, size_t len, struct manner *how)
{
    for (size_t at = 1; at + 2 < len; at += 2 + (size_t)udh[at + 1]) {
        if (udh[at + 1] != 1)
            continue;
        if (udh[at] == 0x24)
            how->single = udh[at + 2];
        else if (udh[at] == 0x25)
            how->locking = udh[at + 2];
    }
}

static struct manner manner_of(const struct sms_user_data *part)
{
    struct manner how = { .coding = codings };

    while (part->data_coding < how.coding->first || part->data_coding > how.coding->last)
        how.coding++;
    if (how.coding->decode == decode_gsm7)
        read_languages(part->udh, part->udh_len, &how);
    return how;
}

static bool same_manner(const struct manner *a, const struct manner *b)
{
    return a->coding == b->coding && a->single == b->single && a->locking == b->locking;
}

/* Decodes parts of one manner together, for a pair or a sequence may be cut between two of them;
 * returns how many there were. */
static size_t decode_run(const struct sms_user_data *parts, size_t n, struct sink *s)
{
    struct manner how = manner_of(&parts[0]);
    uint8_t joined[JOINED_MAX];
    size_t len = 0, run = 0;

    for (; run < n && parts[run].bytes; run++) {
        const struct sms_user_data *part = &parts[run];
        struct manner its = manner_of(part);
        size_t room = sizeof(joined) - len, take = part->len < room ? part->len : room;

        if (!same_manner(&its, &how))
            break;
        memcpy(joined + len, part->bytes, take);
        len += take;
    }
    how.coding->decode(&how, joined, len, s);
    return run;
}

size_t sms_text_decode(const struct sms_user_data *parts, size_t n, char *out, size_t size)
{
    struct sink s = { .out = out, .size = size };

    for (size_t i = 0; i < n;) {
        if (parts[i].bytes) {
            i += decode_run(parts + i, n - i, &s);
            continue;
        }
        for (const char *c = SMS_GAP; *c; c++)
            sink_put(&s, (uint8_t)*c);
        while (i < n && !parts[i].bytes)
            i++;
    }
    out[s.len] = '\0';
    return s.len;
}
