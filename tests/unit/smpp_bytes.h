/* smpp_bytes.h - PDUs written by hand for tests: no code in common with what is tested. */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct bytes {
    uint8_t data[70000];
    size_t len;
};

static inline void add8(struct bytes *b, unsigned v)
{
    b->data[b->len++] = (uint8_t)v;
}

static inline void add16(struct bytes *b, unsigned v)
{
    add8(b, v >> 8);
    add8(b, v & 0xff);
}

static inline void add32(struct bytes *b, uint32_t v)
{
    add16(b, v >> 16);
    add16(b, v & 0xffff);
}

static inline void add_bytes(struct bytes *b, const void *data, size_t len)
{
    if (len)
        memcpy(b->data + b->len, data, len);
    b->len += len;
}

static inline void add_text(struct bytes *b, const char *text)
{
    add_bytes(b, text, strlen(text) + 1);
}

static inline void add_tlv(struct bytes *b, unsigned tag, const void *value, size_t len)
{
    add16(b, tag);
    add16(b, (unsigned)len);
    add_bytes(b, value, len);
}

static inline void pdu_begin(struct bytes *b, uint32_t command, uint32_t status, uint32_t sequence)
{
    b->len = 0;
    add32(b, 0);
    add32(b, command);
    add32(b, status);
    add32(b, sequence);
}

static inline void pdu_end(struct bytes *b)
{
    size_t len = b->len;

    b->len = 0;
    add32(b, (uint32_t)len);
    b->len = len;
}

struct deliver_fields {
    unsigned source_ton, source_npi;
    const char *source, *destination;
    unsigned esm_class, data_coding;
    const char *schedule, *validity;
    const void *text;
    size_t text_len;
    unsigned sm_length; /* as claimed; 0: text_len */
};

/* Leaves the PDU open: TLVs may follow, then pdu_end(). */
static inline void deliver_begin(struct bytes *b, uint32_t sequence, const struct deliver_fields *f)
{
    pdu_begin(b, 0x00000005, 0, sequence);
    add_text(b, "");
    add8(b, f->source_ton);
    add8(b, f->source_npi);
    add_text(b, f->source ? f->source : "33600000001");
    add8(b, 1);
    add8(b, 1);
    add_text(b, f->destination ? f->destination : "36111");
    add8(b, f->esm_class);
    add8(b, 0);
    add8(b, 0);
    add_text(b, f->schedule ? f->schedule : "");
    add_text(b, f->validity ? f->validity : "");
    add8(b, 0);
    add8(b, 0);
    add8(b, f->data_coding);
    add8(b, 0);
    add8(b, f->sm_length ? f->sm_length : (unsigned)f->text_len);
    if (f->text_len)
        add_bytes(b, f->text, f->text_len);
}
