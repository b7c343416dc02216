/*
 * pdu_library.c - everything that libsmpp34 does for us, and the only file that calls it: binds on
 * the way out, what handsets send on the way in.
 *
 * Its habits (1.14.1): a struct must be zeroed first; it packs no sequence_number 0, wants spare
 * bytes behind the PDU, and reads on past a string without NUL. On the way in it is handed bytes
 * that our scan has walked.
 */
#include "channel/smpp/pdu.h"

#include <smpp34.h>
#include <smpp34_structs.h>
#include <stdio.h>
#include <string.h>

#include "channel/smpp/octets.h"

/* Packs one of the library's structs. The sequence number is written here, behind its back. */
static enum rc pack(struct pdu_buffer *out, void *pdu, uint32_t sequence)
{
    int len = 0;

    if (smpp34_pack2(out->bytes, sizeof(out->bytes), &len, pdu) != 0 || len < PDU_HEADER_SIZE)
        return RC_INVALID;
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
    return pack(out, &b, sequence);
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
