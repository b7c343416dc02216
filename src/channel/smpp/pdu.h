/*
 * pdu.h - SMPP 3.4 protocol data units: framing, reading within bounds, packing.
 *
 * libsmpp34 packs our binds and unpacks the mandatory part of what handsets send, but it trusts
 * bytes that it must not trust, refuses PDUs that real carriers send, and is slow. So the frame,
 * the header, the optional parameters and the bodies of responses are read here, within bounds; the
 * library gets a copy cut behind the mandatory part, and what it refuses is read all the same. What
 * goes out for every message is packed in pdu_pack.c.
 *
 * Loop thread only: libsmpp34 keeps globals.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/rc.h"
#include "channel/smpp/smpp.h"

#define PDU_HEADER_SIZE 16
#define PDU_SIZE_MAX    65536
#define PDU_PACK_MAX                                                            \
    (16384 + 512) /* the largest that goes out: SMPP_USER_DATA_MAX and the rest \
                   */

struct pdu {
    uint32_t length, command_id, status, sequence;
    const uint8_t *body;
    size_t body_len;
};

enum pdu_frame { PDU_PARTIAL, PDU_WHOLE, PDU_BROKEN };

/* Finds one PDU at the start of `data`. PDU_BROKEN: its length cannot be; nothing behind it can be
 * trusted. `pdu` then holds as much of the header as there was. */
enum pdu_frame pdu_take(const uint8_t *data, size_t len, struct pdu *pdu);

/* "deliver_sm"; "unknown" for what SMPP 3.4 does not name. */
const char *pdu_command_name(uint32_t command_id);

/* The optional parameters that somebody here reads. */
struct pdu_tlvs {
    const uint8_t *receipted_id; /* NULL: absent */
    size_t receipted_id_len;
    int message_state; /* -1: absent */
    bool has_network_error;
    uint8_t network_type;
    uint16_t network_error;
    uint16_t reference; /* user_message_reference; 0: absent */
    const uint8_t *payload;
    size_t payload_len;
    uint16_t sar_ref;
    uint8_t sar_n, sar_i; /* 0: absent */
    bool cut;             /* the last one went past the end; those before it count */
};

/* Unknown tags and known ones of a wrong length are stepped over. */
void pdu_read_tlvs(const uint8_t *data, size_t len, struct pdu_tlvs *tlvs);

#define PDU_FIELD_SIZE 65 /* the standard says at most 21; carriers have their own ideas */

struct pdu_deliver {
    char source[PDU_FIELD_SIZE], destination[PDU_FIELD_SIZE];
    uint8_t source_ton, source_npi, dest_ton, dest_npi;
    uint8_t esm_class, data_coding;
    const uint8_t *text; /* short_message, or message_payload when that is empty */
    size_t text_len;
    bool text_cut; /* sm_length said more than there was */
    struct pdu_tlvs tlvs;
};

#define PDU_ESM_TYPE_MASK 0x3c /* SMPP 3.4, 5.2.12: bits 5 to 2; 0: an ordinary message */

/* RC_INVALID: the mandatory part does not hold together. */
enum rc pdu_read_deliver(const struct pdu *pdu, struct pdu_deliver *out) MUST_CHECK;

/* The two halves of pdu_read_deliver(), apart for the tests: our scan, which also tells where the
 * mandatory part ends in the body; and the library's reading of just that part. It refuses what it
 * does not know (RC_INVALID, nothing written); where both read, they agree. */
enum rc pdu_scan_deliver(const struct pdu *pdu, struct pdu_deliver *out,
                         size_t *mandatory_len) MUST_CHECK;
enum rc pdu_library_deliver(const struct pdu *pdu, size_t mandatory_len,
                            struct pdu_deliver *out) MUST_CHECK;

/* The C-octet string that a submit_sm_resp or bind response begins with: message id or system id.
 * Any status, any length, with or without NUL, TLVs behind it ignored; cut at `size` - 1. */
void pdu_read_text(const struct pdu *pdu, char *out, size_t size);

struct pdu_address {
    uint8_t ton, npi;
    char text[21];
};

/*
 * An address as the wire wants it. `ton_choice` is enum smpp_ton_choice: AUTO takes international
 * for "+33...", network specific for other digits, alphanumeric for the rest, and `npi` for
 * international only. RC_INVALID: empty, or too long for its kind.
 */
enum rc pdu_address_out(const char *text, int ton_choice, uint8_t npi,
                        struct pdu_address *out) MUST_CHECK;
/* The way back: "+" in front of an international number. `out` has SMPP_ADDRESS_SIZE bytes. */
void pdu_address_in(uint8_t ton, const char *text, char *out);

/* What goes out. Each writes one PDU and its length. RC_INVALID: it cannot be packed. */
struct pdu_buffer {
    size_t len;
    uint8_t bytes[PDU_PACK_MAX];
};

enum rc pdu_pack_bind(struct pdu_buffer *out, uint32_t command_id, uint32_t sequence,
                      const char *system_id, const char *password,
                      const char *system_type) MUST_CHECK;
enum rc pdu_pack_submit(struct pdu_buffer *out, uint32_t sequence, const struct smpp_submit *submit,
                        const struct pdu_address *source,
                        const struct pdu_address *destination) MUST_CHECK;
/* deliver_sm_resp, enquire_link(_resp), unbind(_resp), generic_nack: any status, any number. */
void pdu_pack_simple(struct pdu_buffer *out, uint32_t command_id, uint32_t status,
                     uint32_t sequence);
