/* pdu_strict.c - see pdu_strict.h. Numbers in comments are sections of SMPP 3.4, issue 1.2. */
#include "channel/smpp/pdu_strict.h"

#include <smpp34.h>
#include <string.h>

#define SEQUENCE_LAST    0x7fffffffu /* 5.1.4 */
#define SERVICE_TYPE_MAX 6           /* 5.2.11 */
#define ADDRESS_MAX      21          /* 5.2.8 */
#define TON_LAST         6           /* 5.2.5 */
#define PRIORITY_LAST    3           /* 5.2.14 */
#define SM_LENGTH_LAST   254         /* 5.2.21 */
#define NPIS             0x4475bu    /* 5.2.6: 0, 1, 3, 4, 6, 8, 9, 10, 14, 18 */

struct walk {
    const uint8_t *at;
    size_t left;
    uint32_t status; /* of the first violation */
    const char *what;
};

static void fault(struct walk *w, uint32_t status, const char *what)
{
    if (w->status)
        return;
    w->status = status;
    w->what = what;
}

static unsigned octet(struct walk *w, unsigned last, uint32_t status, const char *what)
{
    unsigned value;

    if (w->left == 0) {
        fault(w, ESME_RINVCMDLEN, "too_short");
        return 0;
    }
    value = *w->at++;
    w->left--;
    if (value > last)
        fault(w, status, what);
    return value;
}

/* At most `size` octets with its NUL. */
static void text(struct walk *w, size_t size, uint32_t status, const char *what)
{
    const uint8_t *nul = w->left ? memchr(w->at, 0, w->left < size ? w->left : size) : NULL;

    if (!nul) {
        fault(w, status, what);
        w->left = 0;
        return;
    }
    w->left -= (size_t)(nul - w->at) + 1;
    w->at = nul + 1;
}

static void npi(struct walk *w, uint32_t status)
{
    unsigned value = octet(w, UINT8_MAX, ESME_ROK, NULL);

    if (value > 18 || !(NPIS >> value & 1))
        fault(w, status, "npi");
}

static bool has_length(uint16_t tag, size_t len)
{
    switch (tag) {
    case TLVID_message_state:
    case TLVID_sar_total_segments:
    case TLVID_sar_segment_seqnum:
        return len == 1;
    case TLVID_user_message_reference:
    case TLVID_sar_msg_ref_num:
        return len == 2;
    case TLVID_network_error_code:
        return len == 3;
    case TLVID_receipted_message_id:
        return len >= 1 && len <= 65;
    default:
        return true;
    }
}

static void tlvs(struct walk *w, bool has_text)
{
    while (w->left > 0) {
        uint16_t tag, len;
        if (w->left < 4) {
            fault(w, ESME_RINVOPTPARSTREAM, "tlv_cut");
            return;
        }
        tag = (uint16_t)(w->at[0] << 8 | w->at[1]);
        len = (uint16_t)(w->at[2] << 8 | w->at[3]);
        if (len > w->left - 4) {
            fault(w, ESME_RINVOPTPARSTREAM, "tlv_cut");
            return;
        }
        if (!has_length(tag, len))
            fault(w, ESME_RINVPARLEN, "tlv_length");
        if (tag == TLVID_message_payload && has_text) /* 4.6.1, the note on sm_length */
            fault(w, ESME_ROPTPARNOTALLWD, "two_texts");
        w->at += 4 + len;
        w->left -= 4 + (size_t)len;
    }
}

/* 4.6.1 */
static void deliver_sm(struct walk *w)
{
    unsigned len;

    text(w, SERVICE_TYPE_MAX, ESME_RINVSERTYP, "service_type");
    octet(w, TON_LAST, ESME_RINVSRCTON, "source_addr_ton");
    npi(w, ESME_RINVSRCNPI);
    text(w, ADDRESS_MAX, ESME_RINVSRCADR, "source_addr");
    octet(w, TON_LAST, ESME_RINVDSTTON, "dest_addr_ton");
    npi(w, ESME_RINVDSTNPI);
    text(w, ADDRESS_MAX, ESME_RINVDSTADR, "destination_addr");
    octet(w, UINT8_MAX, ESME_ROK, NULL); /* esm_class */
    octet(w, UINT8_MAX, ESME_ROK, NULL); /* protocol_id */
    octet(w, PRIORITY_LAST, ESME_RINVPRTFLG, "priority_flag");
    text(w, 1, ESME_RINVSCHED, "schedule_delivery_time");
    text(w, 1, ESME_RINVEXPIRY, "validity_period");
    octet(w, UINT8_MAX, ESME_ROK, NULL); /* registered_delivery */
    octet(w, 0, ESME_RINVREPFLAG, "replace_if_present_flag");
    octet(w, UINT8_MAX, ESME_ROK, NULL); /* data_coding */
    octet(w, 0, ESME_RINVDFTMSGID, "sm_default_msg_id");
    len = octet(w, SM_LENGTH_LAST, ESME_RINVMSGLEN, "sm_length");
    if (len > w->left) {
        fault(w, ESME_RINVMSGLEN, "sm_length");
        return;
    }
    w->at += len;
    w->left -= len;
    tlvs(w, len > 0);
}

uint32_t pdu_violation(const struct pdu *pdu, const char **what)
{
    struct walk w = { .at = pdu->body, .left = pdu->body_len };

    if (pdu->sequence == 0 || pdu->sequence > SEQUENCE_LAST)
        fault(&w, ESME_RUNKNOWNERR, "sequence_number");
    if (pdu->status != 0) /* 5.1.3: of a request it is NULL */
        fault(&w, ESME_RUNKNOWNERR, "command_status");
    switch (pdu->command_id) {
    case DELIVER_SM:
        deliver_sm(&w);
        break;
    case ENQUIRE_LINK:
    case UNBIND:
        if (pdu->body_len > 0)
            fault(&w, ESME_RINVCMDLEN, "body");
        break;
    default:
        break;
    }
    *what = w.what;
    return w.status;
}
