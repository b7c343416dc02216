/* pdu.c - frames, headers, optional parameters and response bodies, read within bounds. */
#include "channel/smpp/pdu.h"

#include <ctype.h>
#include <smpp34.h>
#include <stdio.h>
#include <string.h>

#include "channel/smpp/carrier.h"
#include "channel/smpp/octets.h"

#define SHORT_CODE_DIGITS 15 /* also the longest E.164 number */
#define ALPHANUMERIC_MAX  11 /* 3GPP TS 23.040, 9.1.2.5 */

enum pdu_frame pdu_take(const uint8_t *data, size_t len, struct pdu *pdu)
{
    *pdu = (struct pdu){ 0 };
    if (len < 4)
        return PDU_PARTIAL;
    pdu->length = get32(data);
    if (len >= 8)
        pdu->command_id = get32(data + 4);
    if (len >= PDU_HEADER_SIZE) {
        pdu->status = get32(data + 8);
        pdu->sequence = get32(data + 12);
    }
    if (pdu->length < PDU_HEADER_SIZE || pdu->length > PDU_SIZE_MAX)
        return PDU_BROKEN;
    if (len < pdu->length)
        return PDU_PARTIAL;
    pdu->body = data + PDU_HEADER_SIZE;
    pdu->body_len = pdu->length - PDU_HEADER_SIZE;
    return PDU_WHOLE;
}

const char *pdu_command_name(uint32_t command_id)
{
    static const struct {
        uint32_t id;
        const char *name;
    } names[] = {
        { BIND_RECEIVER, "bind_receiver" },
        { BIND_TRANSMITTER, "bind_transmitter" },
        { QUERY_SM, "query_sm" },
        { SUBMIT_SM, "submit_sm" },
        { DELIVER_SM, "deliver_sm" },
        { UNBIND, "unbind" },
        { REPLACE_SM, "replace_sm" },
        { CANCEL_SM, "cancel_sm" },
        { BIND_TRANSCEIVER, "bind_transceiver" },
        { OUTBIND, "outbind" },
        { ENQUIRE_LINK, "enquire_link" },
        { SUBMIT_MULTI, "submit_multi" },
        { ALERT_NOTIFICATION, "alert_notification" },
        { DATA_SM, "data_sm" },
        { GENERIC_NACK, "generic_nack" },
        { BIND_RECEIVER_RESP, "bind_receiver_resp" },
        { BIND_TRANSMITTER_RESP, "bind_transmitter_resp" },
        { SUBMIT_SM_RESP, "submit_sm_resp" },
        { DELIVER_SM_RESP, "deliver_sm_resp" },
        { UNBIND_RESP, "unbind_resp" },
        { BIND_TRANSCEIVER_RESP, "bind_transceiver_resp" },
        { ENQUIRE_LINK_RESP, "enquire_link_resp" },
    };

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (names[i].id == command_id)
            return names[i].name;
    }
    return "unknown";
}

static void take_tlv(struct pdu_tlvs *t, uint16_t tag, const uint8_t *value, size_t len)
{
    switch (tag) {
    case TLVID_receipted_message_id:
        t->receipted_id = value;
        t->receipted_id_len = len;
        break;
    case TLVID_message_state:
        if (len == 1)
            t->message_state = value[0];
        break;
    case TLVID_network_error_code:
        if (len == 3) {
            t->has_network_error = true;
            t->network_type = value[0];
            t->network_error = get16(value + 1);
        }
        break;
    case TLVID_user_message_reference:
        if (len == 2)
            t->reference = get16(value);
        break;
    case TLVID_message_payload:
        t->payload = value;
        t->payload_len = len;
        break;
    case TLVID_sar_msg_ref_num:
        if (len == 2)
            t->sar_ref = get16(value);
        break;
    case TLVID_sar_total_segments:
        if (len == 1)
            t->sar_n = value[0];
        break;
    case TLVID_sar_segment_seqnum:
        if (len == 1)
            t->sar_i = value[0];
        break;
    }
}

void pdu_read_tlvs(const uint8_t *data, size_t len, struct pdu_tlvs *tlvs)
{
    size_t at = 0;

    *tlvs = (struct pdu_tlvs){ .message_state = -1 };
    while (len - at >= 4) {
        size_t size = get16(data + at + 2);
        if (size > len - at - 4)
            break;
        take_tlv(tlvs, get16(data + at), data + at + 4, size);
        at += 4 + size;
    }
    tlvs->cut = at < len;
}

/* A reader over one body: once it fails it stays failed, so the caller looks once, at the end. */
struct scan {
    const uint8_t *data;
    size_t at, len;
    bool failed;
};

static uint8_t scan_byte(struct scan *s)
{
    if (s->failed || s->at >= s->len) {
        s->failed = true;
        return 0;
    }
    return s->data[s->at++];
}

/* A C-octet string of at most PDU_FIELD_SIZE - 1 characters; `out` NULL: only step over it. */
static void scan_text(struct scan *s, char *out)
{
    const uint8_t *from = s->data + s->at, *nul;
    size_t left = s->len - s->at;

    nul = s->failed || left == 0 ? NULL
                                 : memchr(from, 0, left < PDU_FIELD_SIZE ? left : PDU_FIELD_SIZE);
    if (!nul) {
        s->failed = true;
        return;
    }
    if (out)
        memcpy(out, from, (size_t)(nul - from) + 1);
    s->at += (size_t)(nul - from) + 1;
}

/* SMPP 3.4, 4.6.1 */
enum rc pdu_scan_deliver(const struct pdu *pdu, struct pdu_deliver *out, size_t *mandatory_len)
{
    struct scan s = { .data = pdu->body, .len = pdu->body_len };
    struct pdu_deliver d = { 0 };
    size_t sm_length;

    scan_text(&s, NULL); /* service_type */
    d.source_ton = scan_byte(&s);
    d.source_npi = scan_byte(&s);
    scan_text(&s, d.source);
    d.dest_ton = scan_byte(&s);
    d.dest_npi = scan_byte(&s);
    scan_text(&s, d.destination);
    d.esm_class = scan_byte(&s);
    (void)scan_byte(&s); /* protocol_id */
    (void)scan_byte(&s); /* priority_flag */
    scan_text(&s, NULL); /* schedule_delivery_time: empty by the standard, not by every carrier */
    scan_text(&s, NULL); /* validity_period: likewise */
    (void)scan_byte(&s); /* registered_delivery */
    (void)scan_byte(&s); /* replace_if_present_flag */
    d.data_coding = scan_byte(&s);
    (void)scan_byte(&s); /* sm_default_msg_id */
    sm_length = scan_byte(&s);
    if (s.failed)
        return RC_INVALID;
    d.text_cut = sm_length > s.len - s.at;
    d.text = s.data + s.at;
    d.text_len = d.text_cut ? s.len - s.at : sm_length;
    s.at += d.text_len;
    pdu_read_tlvs(s.data + s.at, s.len - s.at, &d.tlvs);
    if (sm_length == 0 && d.tlvs.payload) {
        d.text = d.tlvs.payload;
        d.text_len = d.tlvs.payload_len;
    }
    *out = d;
    *mandatory_len = s.at;
    return RC_OK;
}

enum rc pdu_read_deliver(const struct pdu *pdu, struct pdu_deliver *out)
{
    size_t mandatory_len;
    enum rc rc = pdu_scan_deliver(pdu, out, &mandatory_len);

    /* What the library refuses (TON 7, a validity_period, sequence 0) the scan has read; a receipt,
     * of which there is one for each message, has nothing that the scan does not tell. */
    if (!rc && !(out->esm_class & PDU_ESM_TYPE_MASK))
        (void)!pdu_library_deliver(pdu, mandatory_len, out);
    return rc;
}

void pdu_read_text(const struct pdu *pdu, char *out, size_t size)
{
    size_t len = pdu->body_len ? strnlen((const char *)pdu->body, pdu->body_len) : 0;

    if (len > size - 1)
        len = size - 1;
    if (len)
        memcpy(out, pdu->body, len);
    out[len] = '\0';
}

static bool all_digits(const char *text, size_t max)
{
    size_t n = strspn(text, "0123456789");

    return n > 0 && n <= max && text[n] == '\0';
}

enum rc pdu_address_out(const char *text, int ton_choice, uint8_t npi, struct pdu_address *out)
{
    bool plus = text[0] == '+';
    const char *digits = text + plus;
    struct pdu_address a = { .npi = npi };

    if (plus && !all_digits(digits, 15))
        return RC_INVALID;
    if (ton_choice != SMPP_TON_AUTO) {
        a.ton = (uint8_t)(ton_choice - SMPP_TON_FIRST);
    } else if (plus) {
        a.ton = TON_International;
    } else if (all_digits(digits, SHORT_CODE_DIGITS)) {
        a.ton = TON_Network_Specific;
        a.npi = NPI_Unknown;
    } else {
        if (strlen(text) > ALPHANUMERIC_MAX)
            return RC_INVALID;
        a.ton = TON_Alphanumeric;
        a.npi = NPI_Unknown;
    }
    if (digits[0] == '\0' || strlen(digits) >= sizeof(a.text))
        return RC_INVALID;
    snprintf(a.text, sizeof(a.text), "%s", digits);
    *out = a;
    return RC_OK;
}

void pdu_address_in(uint8_t ton, const char *text, char *out)
{
    bool plus = ton == TON_International && all_digits(text, SMPP_ADDRESS_SIZE);

    snprintf(out, SMPP_ADDRESS_SIZE, "%s%s", plus ? "+" : "", text);
    for (; *out; out++) {
        if (!isgraph((unsigned char)*out)) /* a carrier's 8-bit name is no UTF-8 */
            *out = '?';
    }
}
