/*
 * pdu_library.c - everything that libsmpp34 does for us, and the only file that calls it.
 *
 * Its habits (1.14.1): a struct must be zeroed first; it packs no sequence_number 0, no status
 * outside its table and no short_message over 253 bytes, wants spare bytes behind the PDU, and
 * reads on past a string without NUL. On the way in it is handed bytes that our scan has walked.
 */
#include "channel/smpp/pdu.h"

#include <smpp34.h>
#include <smpp34_structs.h>
#include <stdio.h>
#include <string.h>

#define SHORT_MESSAGE_MAX 253
#define VALIDITY_SIZE     17
#define VALIDITY_MAX_S    (63 * 86400) /* what handsets' networks keep, 3GPP TS 23.040, 9.2.3.12 */

static void put16(uint8_t *p, uint16_t v)
{
    p[0] = (uint8_t)(v >> 8);
    p[1] = (uint8_t)v;
}

static void put32(uint8_t *p, uint32_t v)
{
    put16(p, (uint16_t)(v >> 16));
    put16(p + 2, (uint16_t)v);
}

/*
 * Packs one of the library's structs. Status and sequence number are written here, behind its back:
 * an answer must carry the number it was asked with, 0 too, and any status we choose.
 */
static enum rc pack(struct pdu_buffer *out, void *pdu, uint32_t status, uint32_t sequence)
{
    int len = 0;

    if (smpp34_pack2(out->bytes, sizeof(out->bytes), &len, pdu) != 0 || len < PDU_HEADER_SIZE)
        return RC_INVALID;
    put32(out->bytes + 8, status);
    put32(out->bytes + 12, sequence);
    out->len = (size_t)len;
    return RC_OK;
}

enum rc pdu_pack_bind(struct pdu_buffer *out, uint32_t command_id, uint32_t sequence,
                      const char *system_id, const char *password, const char *system_type)
{
    /* The three binds have the same fields, SMPP 3.4, 4.1. */
    bind_transceiver_t b = { .command_id = command_id, .sequence_number = 1 };

    _Static_assert(sizeof(bind_transceiver_t) == sizeof(bind_receiver_t), "one bind for all");
    _Static_assert(sizeof(bind_transceiver_t) == sizeof(bind_transmitter_t), "one bind for all");
    if (strlen(system_id) >= sizeof(b.system_id) || strlen(password) >= sizeof(b.password) ||
        strlen(system_type) >= sizeof(b.system_type))
        return RC_INVALID;
    snprintf((char *)b.system_id, sizeof(b.system_id), "%s", system_id);
    snprintf((char *)b.password, sizeof(b.password), "%s", password);
    snprintf((char *)b.system_type, sizeof(b.system_type), "%s", system_type);
    b.interface_version = SMPP_VERSION;
    return pack(out, &b, ESME_ROK, sequence);
}

/* A relative time, SMPP 3.4, 7.1.1: YYMMDDhhmmsstnnp. */
static void validity_text(char out[VALIDITY_SIZE], uint32_t seconds)
{
    unsigned days;

    if (seconds > VALIDITY_MAX_S)
        seconds = VALIDITY_MAX_S;
    days = seconds / 86400;
    snprintf(out, VALIDITY_SIZE, "00%02u%02u%02u%02u%02u000R", days / 30 % 100, days % 30,
             seconds / 3600 % 24, seconds / 60 % 60, seconds % 60);
}

/* Appends behind the mandatory part; the caller has seen to the room. */
static void append_tlv(struct pdu_buffer *out, uint16_t tag, const void *value, size_t len)
{
    uint8_t *at = out->bytes + out->len;

    put16(at, tag);
    put16(at + 2, (uint16_t)len);
    memcpy(at + 4, value, len);
    out->len += 4 + len;
    put32(out->bytes, (uint32_t)out->len);
}

static void append_tlv16(struct pdu_buffer *out, uint16_t tag, uint16_t value)
{
    uint8_t octets[2];

    put16(octets, value);
    append_tlv(out, tag, octets, sizeof(octets));
}

enum rc pdu_pack_submit(struct pdu_buffer *out, uint32_t sequence, const struct smpp_submit *submit,
                        const struct pdu_address *source, const struct pdu_address *destination)
{
    const struct smpp_piece *piece = &submit->piece;
    bool as_payload = piece->payload || piece->len > SHORT_MESSAGE_MAX;
    submit_sm_t s = {
        .command_id = SUBMIT_SM,
        .sequence_number = 1,
        .source_addr_ton = source->ton,
        .source_addr_npi = source->npi,
        .dest_addr_ton = destination->ton,
        .dest_addr_npi = destination->npi,
        .esm_class = piece->esm_class,
        .registered_delivery = submit->want_receipt,
        .data_coding = piece->data_coding,
    };
    enum rc rc;

    _Static_assert(sizeof(source->text) == sizeof(s.source_addr), "an address and its NUL");
    if (piece->len > SMPP_USER_DATA_MAX)
        return RC_INVALID;
    memcpy(s.source_addr, source->text, sizeof(s.source_addr));
    memcpy(s.destination_addr, destination->text, sizeof(s.destination_addr));
    if (submit->validity_s)
        validity_text((char *)s.validity_period, submit->validity_s);
    if (!as_payload && piece->len) {
        s.sm_length = (uint8_t)piece->len;
        memcpy(s.short_message, piece->user_data, piece->len);
    }
    rc = pack(out, &s, ESME_ROK, sequence);
    if (rc)
        return rc;
    if (submit->reference)
        append_tlv16(out, TLVID_user_message_reference, submit->reference);
    if (piece->sar_n) {
        append_tlv16(out, TLVID_sar_msg_ref_num, piece->sar_ref);
        append_tlv(out, TLVID_sar_total_segments, &piece->sar_n, 1);
        append_tlv(out, TLVID_sar_segment_seqnum, &piece->sar_i, 1);
    }
    if (as_payload)
        append_tlv(out, TLVID_message_payload, piece->user_data, piece->len);
    return RC_OK;
}

enum rc pdu_pack_simple(struct pdu_buffer *out, uint32_t command_id, uint32_t status,
                        uint32_t sequence)
{
    /* All of them are a header, and deliver_sm_resp has an empty message_id behind it. */
    deliver_sm_resp_t p = { .command_id = command_id, .sequence_number = 1 };

    return pack(out, &p, status, sequence);
}

enum rc pdu_library_deliver(const struct pdu *pdu, size_t mandatory_len, struct pdu_deliver *out)
{
    /* The longest mandatory part that our scan lets through, and a NUL behind it. */
    uint8_t copy[PDU_HEADER_SIZE + 5 * PDU_FIELD_SIZE + 12 + 255 + 1];
    size_t len = PDU_HEADER_SIZE + mandatory_len;
    deliver_sm_t d = { 0 };

    if (mandatory_len > pdu->body_len || len + 1 > sizeof(copy))
        return RC_INVALID;
    memcpy(copy + PDU_HEADER_SIZE, pdu->body, mandatory_len);
    put32(copy, (uint32_t)len);
    put32(copy + 4, pdu->command_id);
    put32(copy + 8, pdu->status);
    put32(copy + 12, pdu->sequence);
    copy[len] = 0;
    if (smpp34_unpack(DELIVER_SM, &d, copy, (int)len) != 0)
        return RC_INVALID;
    out->source_ton = d.source_addr_ton;
    out->source_npi = d.source_addr_npi;
    out->dest_ton = d.dest_addr_ton;
    out->dest_npi = d.dest_addr_npi;
    out->esm_class = d.esm_class;
    out->data_coding = d.data_coding;
    memcpy(out->source, d.source_addr, sizeof(d.source_addr));
    memcpy(out->destination, d.destination_addr, sizeof(d.destination_addr));
    if (d.sm_length) {
        out->text = pdu->body + mandatory_len - d.sm_length;
        out->text_len = d.sm_length;
    }
    return RC_OK;
}
