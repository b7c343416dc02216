/* codec.c - reading within bounds, writing into reserved room. */
#include "smsc/codec.h"

#include <stdio.h>
#include <string.h>

#define TLV_USER_MESSAGE_REFERENCE 0x0204
#define TLV_SAR_MSG_REF_NUM        0x020C
#define TLV_SAR_TOTAL_SEGMENTS     0x020E
#define TLV_SAR_SEGMENT_SEQNUM     0x020F
#define TLV_SC_INTERFACE_VERSION   0x0210
#define TLV_RECEIPTED_MESSAGE_ID   0x001E
#define TLV_MESSAGE_PAYLOAD        0x0424
#define TLV_MESSAGE_STATE          0x0427

/* The longest deliver_sm that codec_write_deliver() makes, with room to spare. */
#define DELIVER_SIZE_MAX 512

static const struct status_name {
    uint32_t status;
    const char *name;
} status_names[] = {
    { ESME_ROK, "ESME_ROK" },
    { ESME_RINVMSGLEN, "ESME_RINVMSGLEN" },
    { ESME_RINVCMDLEN, "ESME_RINVCMDLEN" },
    { ESME_RINVCMDID, "ESME_RINVCMDID" },
    { ESME_RINVBNDSTS, "ESME_RINVBNDSTS" },
    { ESME_RALYBND, "ESME_RALYBND" },
    { ESME_RSYSERR, "ESME_RSYSERR" },
    { ESME_RINVSRCADR, "ESME_RINVSRCADR" },
    { ESME_RINVDSTADR, "ESME_RINVDSTADR" },
    { ESME_RBINDFAIL, "ESME_RBINDFAIL" },
    { ESME_RINVPASWD, "ESME_RINVPASWD" },
    { ESME_RINVSYSID, "ESME_RINVSYSID" },
    { ESME_RMSGQFUL, "ESME_RMSGQFUL" },
    { ESME_RINVSERTYP, "ESME_RINVSERTYP" },
    { ESME_RTHROTTLED, "ESME_RTHROTTLED" },
    { ESME_RINVSCHED, "ESME_RINVSCHED" },
    { ESME_RINVEXPIRY, "ESME_RINVEXPIRY" },
    { ESME_RX_T_APPN, "ESME_RX_T_APPN" },
    { ESME_RINVTLV, "ESME_RINVOPTPARSTREAM" },
};

const char *codec_status_name(uint32_t status, char buf[STATUS_NAME_SIZE])
{
    for (size_t i = 0; i < sizeof(status_names) / sizeof(status_names[0]); i++) {
        if (status_names[i].status == status)
            return status_names[i].name;
    }
    snprintf(buf, STATUS_NAME_SIZE, "0x%08x", status);
    return buf;
}

static uint16_t get16(const uint8_t *p)
{
    return (uint16_t)(p[0] << 8 | p[1]);
}

static uint32_t get32(const uint8_t *p)
{
    return (uint32_t)get16(p) << 16 | get16(p + 2);
}

static uint8_t *put8(uint8_t *p, uint8_t value)
{
    *p = value;
    return p + 1;
}

static uint8_t *put16(uint8_t *p, uint16_t value)
{
    p[0] = (uint8_t)(value >> 8);
    p[1] = (uint8_t)value;
    return p + 2;
}

static uint8_t *put32(uint8_t *p, uint32_t value)
{
    return put16(put16(p, (uint16_t)(value >> 16)), (uint16_t)value);
}

static uint8_t *put_text(uint8_t *p, const char *text)
{
    size_t len = strlen(text) + 1;

    memcpy(p, text, len);
    return p + len;
}

static uint8_t *put_header(uint8_t *p, uint32_t command, uint32_t status, uint32_t sequence)
{
    p = put32(p, 0); /* the length, which finish() knows */
    p = put32(p, command);
    p = put32(p, status);
    return put32(p, sequence);
}

static void finish(struct bytes *b, uint8_t *start, const uint8_t *end)
{
    put32(start, (uint32_t)(end - start));
    bytes_commit(b, (size_t)(end - start));
}

/* --- reading --- */

enum frame codec_frame(const uint8_t *data, size_t len, struct pdu *pdu, size_t *size)
{
    uint32_t length;

    memset(pdu, 0, sizeof(*pdu));
    if (len < 4)
        return FRAME_PART;
    length = get32(data);
    if (len >= PDU_HEADER_SIZE) {
        pdu->command = get32(data + 4);
        pdu->status = get32(data + 8);
        pdu->sequence = get32(data + 12);
    }
    if (length < PDU_HEADER_SIZE || length > PDU_SIZE_MAX)
        return FRAME_BAD;
    if (len < length)
        return FRAME_PART;
    pdu->body = data + PDU_HEADER_SIZE;
    pdu->len = length - PDU_HEADER_SIZE;
    *size = length;
    return FRAME_WHOLE;
}

/* Takes fields from the front; after the first that is not there, `bad` stays set and nothing more
 * is read. */
struct reader {
    const uint8_t *p, *end;
    bool bad;
};

static uint8_t read8(struct reader *r)
{
    if (r->bad || r->p == r->end) {
        r->bad = true;
        return 0;
    }
    return *r->p++;
}

/* A C-octet string of at most size - 1 characters. */
static void read_text(struct reader *r, char *out, size_t size)
{
    size_t left = r->bad ? 0 : (size_t)(r->end - r->p);
    const uint8_t *nul = left ? memchr(r->p, 0, left < size ? left : size) : NULL;

    out[0] = '\0';
    if (!nul) {
        r->bad = true;
        return;
    }
    memcpy(out, r->p, (size_t)(nul - r->p) + 1);
    r->p = nul + 1;
}

static const uint8_t *read_octets(struct reader *r, size_t len)
{
    const uint8_t *at = r->p;

    if (r->bad || (size_t)(r->end - r->p) < len) {
        r->bad = true;
        return NULL;
    }
    r->p += len;
    return at;
}

static void read_address(struct reader *r, struct address *out)
{
    out->ton = read8(r);
    out->npi = read8(r);
    read_text(r, out->text, sizeof(out->text));
}

uint32_t codec_read_bind(const struct pdu *pdu, struct bind *out)
{
    struct reader r = { pdu->body, pdu->body + pdu->len, false };
    char system_type[14];

    memset(out, 0, sizeof(*out));
    read_text(&r, out->system_id, sizeof(out->system_id));
    if (r.bad)
        return ESME_RINVSYSID;
    read_text(&r, out->password, sizeof(out->password));
    if (r.bad)
        return ESME_RINVPASWD;
    read_text(&r, system_type, sizeof(system_type));
    out->version = read8(&r);
    /* addr_ton, addr_npi and address_range (4.1.1) are ignored, as most carriers do. */
    return r.bad ? ESME_RINVCMDLEN : ESME_ROK;
}

/* 3GPP TS 23.040, 9.2.3.24: elements of (id, length, data); 0x00 and 0x08 number the parts. */
static void read_user_data_header(struct submit *s)
{
    const uint8_t *p = s->data, *end;

    if (!(s->esm_class & ESM_CLASS_UDHI) || s->len == 0 || (size_t)p[0] + 1 > s->len)
        return;
    s->header_len = (size_t)p[0] + 1;
    end = p + s->header_len;
    for (p++; end - p >= 2 && end - p - 2 >= p[1]; p += 2 + p[1]) {
        if (p[0] == 0x00 && p[1] == 3) {
            s->concat_ref = p[2];
            s->parts = p[3];
            s->part = p[4];
        } else if (p[0] == 0x08 && p[1] == 4) {
            s->concat_ref = get16(p + 2);
            s->parts = p[4];
            s->part = p[5];
        }
    }
}

static void take_tlv(struct submit *s, uint16_t tag, const uint8_t *value, uint16_t len)
{
    switch (tag) {
    case TLV_USER_MESSAGE_REFERENCE:
        if (len == 2) {
            s->has_reference = true;
            s->reference = get16(value);
        }
        break;
    case TLV_SAR_MSG_REF_NUM:
        if (len == 2)
            s->concat_ref = get16(value);
        break;
    case TLV_SAR_TOTAL_SEGMENTS:
        if (len == 1)
            s->parts = value[0];
        break;
    case TLV_SAR_SEGMENT_SEQNUM:
        if (len == 1)
            s->part = value[0];
        break;
    case TLV_MESSAGE_PAYLOAD:
        s->data = value;
        s->len = len;
        break;
    default:
        break;
    }
}

static bool read_tlvs(struct reader *r, struct submit *s)
{
    while (!r->bad && r->p < r->end) {
        const uint8_t *head = read_octets(r, 4), *value;

        if (!head)
            break;
        value = read_octets(r, get16(head + 2));
        if (value)
            take_tlv(s, get16(head), value, get16(head + 2));
    }
    return !r->bad;
}

uint32_t codec_read_submit(const struct pdu *pdu, struct submit *out)
{
    struct reader r = { pdu->body, pdu->body + pdu->len, false };
    char text[17];

    memset(out, 0, sizeof(*out));
    read_text(&r, text, 6); /* service_type */
    if (r.bad)
        return ESME_RINVSERTYP;
    read_address(&r, &out->source);
    if (r.bad)
        return ESME_RINVSRCADR;
    read_address(&r, &out->destination);
    if (r.bad || !out->destination.text[0])
        return ESME_RINVDSTADR;
    out->esm_class = read8(&r);
    read8(&r);                         /* protocol_id */
    read8(&r);                         /* priority_flag */
    read_text(&r, text, sizeof(text)); /* schedule_delivery_time */
    if (r.bad)
        return ESME_RINVSCHED;
    read_text(&r, text, sizeof(text)); /* validity_period */
    if (r.bad)
        return ESME_RINVEXPIRY;
    out->registered_delivery = read8(&r);
    read8(&r); /* replace_if_present_flag */
    out->data_coding = read8(&r);
    read8(&r); /* sm_default_msg_id */
    out->len = read8(&r);
    out->data = read_octets(&r, out->len);
    if (r.bad || out->len > SHORT_MESSAGE_MAX)
        return ESME_RINVMSGLEN;
    if (!read_tlvs(&r, out))
        return ESME_RINVTLV;
    read_user_data_header(out);
    if (out->part == 0 || out->part > out->parts)
        out->part = out->parts = 0;
    return ESME_ROK;
}

/* --- writing --- */

void codec_write_header(struct bytes *b, uint32_t command, uint32_t status, uint32_t sequence)
{
    uint8_t *start = bytes_reserve(b, PDU_HEADER_SIZE);

    if (start)
        finish(b, start, put_header(start, command, status, sequence));
}

void codec_write_submit_resp(struct bytes *b, uint32_t status, uint32_t sequence,
                             const char *message_id)
{
    uint8_t *start = bytes_reserve(b, PDU_HEADER_SIZE + 65), *p;

    if (!start)
        return;
    p = put_header(start, SMPP_SUBMIT_SM | SMPP_RESPONSE, status, sequence);
    if (message_id)
        p = put_text(p, message_id);
    finish(b, start, p);
}

void codec_write_bind_resp(struct bytes *b, uint32_t command, uint32_t status, uint32_t sequence,
                           const char *system_id)
{
    uint8_t *start = bytes_reserve(b, PDU_HEADER_SIZE + SYSTEM_ID_SIZE + 5), *p;

    if (!start)
        return;
    p = put_header(start, command | SMPP_RESPONSE, status, sequence);
    if (status == ESME_ROK) {
        p = put_text(p, system_id);
        p = put16(p, TLV_SC_INTERFACE_VERSION);
        p = put16(p, 1);
        p = put8(p, 0x34);
    }
    finish(b, start, p);
}

static uint8_t *put_address(uint8_t *p, const struct address *a)
{
    p = put8(p, a->ton);
    p = put8(p, a->npi);
    return put_text(p, a->text);
}

void codec_write_deliver(struct bytes *b, uint32_t sequence, const struct deliver *d)
{
    uint8_t *start = bytes_reserve(b, DELIVER_SIZE_MAX), *p;

    if (!start)
        return;
    p = put_header(start, SMPP_DELIVER_SM, 0, sequence);
    p = put8(p, 0); /* service_type */
    p = put_address(p, d->source);
    p = put_address(p, d->destination);
    p = put8(p, d->esm_class);
    p = put32(p, 0); /* protocol_id, priority_flag, no schedule_delivery_time, no validity_period */
    p = put16(p, 0); /* registered_delivery, replace_if_present_flag */
    p = put8(p, d->data_coding);
    p = put8(p, 0); /* sm_default_msg_id */
    p = put8(p, (uint8_t)d->len);
    memcpy(p, d->data, d->len);
    p += d->len;
    if (d->has_reference)
        p = put16(put16(put16(p, TLV_USER_MESSAGE_REFERENCE), 2), d->reference);
    if (d->receipted_message_id) {
        p = put16(p, TLV_RECEIPTED_MESSAGE_ID);
        p = put16(p, (uint16_t)(strlen(d->receipted_message_id) + 1));
        p = put_text(p, d->receipted_message_id);
    }
    if (d->message_state)
        p = put8(put16(put16(p, TLV_MESSAGE_STATE), 1), d->message_state);
    finish(b, start, p);
}
