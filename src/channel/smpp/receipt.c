/*
 * receipt.c - delivery receipts, by their text and by their optional parameters.
 *
 * The text is by SMPP 3.4, appendix B only an example, and every carrier has its own: any order,
 * any case, fields missing or empty, commas, underscores. So this looks for known words that are
 * followed by a colon, and takes of each the first.
 */
#include "channel/smpp/receipt.h"

#include <ctype.h>
#include <smpp34.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "channel/smpp/message_id.h"

#define ESM_RECEIPT      0x04
#define ESM_INTERMEDIATE 0x20
#define DATA_CODING_UCS2 0x08
#define TEXT_MAX         512 /* of a receipt; what is behind cannot matter */
#define VALUE_MAX        80

enum field { FIELD_ID, FIELD_STAT, FIELD_ERR, FIELD_SUBMIT, FIELD_DONE, FIELD_TEXT, FIELD_OTHER };
#define FIELDS FIELD_TEXT /* those with a value to keep come first */

static const struct {
    const char *word; /* lower case; a space stands for space, underscore or nothing */
    enum field field;
} words[] = {
    { "id", FIELD_ID },       { "message id", FIELD_ID },      { "sub", FIELD_OTHER },
    { "dlvrd", FIELD_OTHER }, { "submit date", FIELD_SUBMIT }, { "done date", FIELD_DONE },
    { "stat", FIELD_STAT },   { "status", FIELD_STAT },        { "err", FIELD_ERR },
    { "error", FIELD_ERR },   { "text", FIELD_TEXT },
};

static const struct {
    const char *begin; /* DELIVRD and DELIVERED are both about */
    enum smpp_receipt_state state;
    bool final;
} states[] = {
    { "DELIV", SMPP_RECEIPT_DELIVERED, true },    { "EXPIR", SMPP_RECEIPT_EXPIRED, true },
    { "DELET", SMPP_RECEIPT_DELETED, true },      { "UNDEL", SMPP_RECEIPT_UNDELIVERABLE, true },
    { "FAIL", SMPP_RECEIPT_UNDELIVERABLE, true }, { "ACCEP", SMPP_RECEIPT_ACCEPTED, false },
    { "UNKN", SMPP_RECEIPT_UNKNOWN, true },       { "REJEC", SMPP_RECEIPT_REJECTED, true },
    { "SKIPP", SMPP_RECEIPT_REJECTED, true },     { "ENROU", SMPP_RECEIPT_ENROUTE, false },
    { "SCHED", SMPP_RECEIPT_ENROUTE, false },     { "BUFF", SMPP_RECEIPT_ENROUTE, false },
};

/* message_state, SMPP 3.4, 5.2.28; 0 and 9 are of SMPP 5.0. */
static const char *const state_words[] = {
    "SCHEDULED", "ENROUTE", "DELIVERED", "EXPIRED",  "DELETED",
    "UNDELIV",   "ACCEPTD", "UNKNOWN",   "REJECTED", "SKIPPED",
};

struct span {
    const char *at;
    size_t len;
};

bool receipt_is(const struct pdu_deliver *d)
{
    uint8_t type = d->esm_class & PDU_ESM_TYPE_MASK;

    return type == ESM_RECEIPT || type == ESM_INTERMEDIATE || d->tlvs.receipted_id != NULL;
}

/* Into one byte a character: without header, UCS-2 brought down to ASCII. Returns the length. */
static size_t plain_text(const struct pdu_deliver *d, char *out)
{
    const uint8_t *p = d->text;
    size_t len = d->text_len, n = 0, step = 1;

    if (d->esm_class & SMPP_ESM_UDHI && len > 0) {
        size_t header = 1 + (size_t)p[0];
        if (header > len)
            header = len;
        p += header;
        len -= header;
    }
    if (d->data_coding == DATA_CODING_UCS2 || (len >= 2 && p[0] == 0))
        step = 2;
    for (size_t i = step - 1; i < len && n < TEXT_MAX; i += step)
        out[n++] = (char)p[i];
    return n;
}

/* How many characters of `text` are `word` and the colon behind it; 0: they are not. */
static size_t match_word(const char *text, size_t len, const char *word)
{
    size_t i = 0;

    for (; *word; word++) {
        if (*word == ' ') {
            if (i < len && (text[i] == ' ' || text[i] == '_'))
                i++;
        } else if (i < len && tolower((unsigned char)text[i]) == *word) {
            i++;
        } else {
            return 0;
        }
    }
    while (i < len && text[i] == ' ')
        i++;
    return i < len && (text[i] == ':' || text[i] == '=') ? i + 1 : 0;
}

static size_t match_any(const char *text, size_t len, enum field *field)
{
    for (size_t w = 0; w < sizeof(words) / sizeof(words[0]); w++) {
        size_t n = match_word(text, len, words[w].word);
        if (n > 0) {
            *field = words[w].field;
            return n;
        }
    }
    return 0;
}

static bool ends_value(char c)
{
    return isspace((unsigned char)c) || c == ',' || c == ';' || c == '\0';
}

static void find_fields(const char *text, size_t len, struct span found[FIELDS])
{
    size_t at = 0;

    while (at < len) {
        enum field field, next;
        size_t n = match_any(text + at, len - at, &field);
        if (n == 0) {
            /* on to the next word */
            while (at < len && !ends_value(text[at]))
                at++;
            while (at < len && ends_value(text[at]))
                at++;
            continue;
        }
        at += n;
        while (at < len && (text[at] == ' ' || text[at] == '"'))
            at++;
        /* What follows "text:" is the sender's, and could look like anything. */
        if (field == FIELD_TEXT && (found[FIELD_ID].at || found[FIELD_STAT].at))
            return;
        if (field < FIELDS && !found[field].at && match_any(text + at, len - at, &next) == 0) {
            size_t from = at;
            while (at < len && at - from < VALUE_MAX && !ends_value(text[at]) && text[at] != '"')
                at++;
            found[field] = (struct span){ text + from, at - from };
            while (at < len && text[at] == '"')
                at++;
        }
    }
}

static void copy_span(char *out, size_t size, struct span s)
{
    size_t n = 0;

    for (size_t i = 0; i < s.len && n < size - 1; i++) {
        if (isgraph((unsigned char)s.at[i]))
            out[n++] = s.at[i];
    }
    out[n] = '\0';
}

static int two_digits(const char *p)
{
    return (p[0] - '0') * 10 + (p[1] - '0');
}

/* YYMMDDhhmm, YYMMDDhhmmss, YYYYMMDDhhmm or YYYYMMDDhhmmss; 0 for anything else. */
static utc_us read_time(struct span s)
{
    struct civil c = { 0 };
    bool century = s.len == 14;
    const char *p = s.at;

    if (s.len != 10 && s.len != 12 && s.len != 14)
        return 0;
    for (size_t i = 0; i < s.len; i++) {
        if (!isdigit((unsigned char)p[i]))
            return 0;
    }
    if (s.len == 12 && (two_digits(p + 2) > 12 || two_digits(p + 2) == 0))
        century = true; /* "20" and a year that is no month */
    c.year = century ? two_digits(p) * 100 + two_digits(p + 2) : 2000 + two_digits(p);
    p += century ? 4 : 2;
    c.month = two_digits(p);
    c.day = two_digits(p + 2);
    c.hour = two_digits(p + 4);
    c.minute = two_digits(p + 6);
    if (p + 8 < s.at + s.len)
        c.second = two_digits(p + 8);
    if (c.year < 1970 || c.month < 1 || c.month > 12 || c.day < 1 || c.day > 31 || c.hour > 23 ||
        c.minute > 59 || c.second > 59)
        return 0;
    return clock_from_civil(&c);
}

static bool read_state(const char *word, struct smpp_receipt *r)
{
    for (size_t i = 0; i < sizeof(states) / sizeof(states[0]); i++) {
        if (strncasecmp(word, states[i].begin, strlen(states[i].begin)) == 0) {
            r->state = states[i].state;
            r->final = states[i].final;
            return true;
        }
    }
    return false;
}

static void read_error(const struct pdu_tlvs *t, struct span err, struct smpp_receipt *r)
{
    char *end;
    unsigned long code;

    if (err.len == 0 && t->has_network_error) {
        snprintf(r->err, sizeof(r->err), "%u:%u", t->network_type, t->network_error);
        r->code = t->network_error;
        return;
    }
    copy_span(r->err, sizeof(r->err), err);
    if (!isdigit((unsigned char)r->err[0]))
        return;
    code = strtoul(r->err, &end, strncasecmp(r->err, "0x", 2) == 0 ? 16 : 10);
    if (*end == '\0' && code <= UINT32_MAX)
        r->code = (uint32_t)code;
}

enum rc receipt_read(const struct pdu_deliver *d, enum smpp_id_form form, struct smpp_receipt *out)
{
    char text[TEXT_MAX];
    struct span found[FIELDS] = { { 0 } };
    const struct pdu_tlvs *t = &d->tlvs;
    struct smpp_receipt r = { .state = SMPP_RECEIPT_UNKNOWN, .reference = t->reference };
    bool told = false;

    find_fields(text, plain_text(d, text), found);
    if (t->receipted_id_len > 0)
        message_id_read(r.message_id, (const char *)t->receipted_id, t->receipted_id_len, form);
    if (r.message_id[0] == '\0')
        message_id_read(r.message_id, found[FIELD_ID].at, found[FIELD_ID].len, form);
    if (form == SMPP_ID_MIXED)
        (void)!message_id_other(r.message_id, r.other_id);
    copy_span(r.stat, sizeof(r.stat), found[FIELD_STAT]);
    if (t->message_state >= 0 &&
        t->message_state < (int)(sizeof(state_words) / sizeof(*state_words)))
        told = read_state(state_words[t->message_state], &r);
    if (!told && !read_state(r.stat, &r) && (d->esm_class & PDU_ESM_TYPE_MASK) == ESM_INTERMEDIATE)
        r.state = SMPP_RECEIPT_ENROUTE;
    if ((!r.message_id[0] && !r.reference) ||
        (!told && !r.stat[0] && r.state == SMPP_RECEIPT_UNKNOWN))
        return RC_INVALID;
    read_error(t, found[FIELD_ERR], &r);
    r.submit_at = read_time(found[FIELD_SUBMIT]);
    r.done_at = read_time(found[FIELD_DONE]);
    pdu_address_in(d->source_ton, d->source, r.address);
    pdu_address_in(d->dest_ton, d->destination, r.sender);
    *out = r;
    return RC_OK;
}
