/*
 * codec.h - SMPP 3.4 on the wire, as the simulator needs it.
 *
 * Deliberately not libsmpp34 and not the code of channel/smpp: two ends that share a codec agree on
 * its faults. Section numbers are those of the SMPP 3.4 specification, issue 1.2.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "smsc/bytes.h"

/* 5.1.2.1 */
#define SMPP_RESPONSE         0x80000000u
#define SMPP_GENERIC_NACK     0x80000000u
#define SMPP_BIND_RECEIVER    0x00000001u
#define SMPP_BIND_TRANSMITTER 0x00000002u
#define SMPP_SUBMIT_SM        0x00000004u
#define SMPP_DELIVER_SM       0x00000005u
#define SMPP_UNBIND           0x00000006u
#define SMPP_BIND_TRANSCEIVER 0x00000009u
#define SMPP_ENQUIRE_LINK     0x00000015u

/* 5.1.3 */
#define ESME_ROK        0x00000000u
#define ESME_RINVMSGLEN 0x00000001u
#define ESME_RINVCMDLEN 0x00000002u
#define ESME_RINVCMDID  0x00000003u
#define ESME_RINVBNDSTS 0x00000004u
#define ESME_RALYBND    0x00000005u
#define ESME_RSYSERR    0x00000008u
#define ESME_RINVSRCADR 0x0000000Au
#define ESME_RINVDSTADR 0x0000000Bu
#define ESME_RBINDFAIL  0x0000000Du
#define ESME_RINVPASWD  0x0000000Eu
#define ESME_RINVSYSID  0x0000000Fu
#define ESME_RMSGQFUL   0x00000014u
#define ESME_RINVSERTYP 0x00000015u
#define ESME_RTHROTTLED 0x00000058u
#define ESME_RINVSCHED  0x00000061u
#define ESME_RINVEXPIRY 0x00000062u
#define ESME_RX_T_APPN  0x00000064u
#define ESME_RINVTLV    0x000000C0u /* 5.1.3: ESME_RINVOPTPARSTREAM */

/* "ESME_RTHROTTLED", or "0x00000400" for what the specification does not name. */
#define STATUS_NAME_SIZE 24
const char *codec_status_name(uint32_t status, char buf[STATUS_NAME_SIZE]);

#define PDU_HEADER_SIZE 16
#define PDU_SIZE_MAX    70000 /* a message_payload of 65,535 bytes fits (5.3.2.32) */

struct pdu {
    uint32_t command, status, sequence;
    const uint8_t *body;
    size_t len; /* of the body */
};

enum frame { FRAME_WHOLE, FRAME_PART, FRAME_BAD };

/* Looks for one PDU at the start of `data`. FRAME_WHOLE fills *pdu, which points into data, and
 * *size. FRAME_BAD: a command_length that cannot be; *pdu has the header, as far as it is there. */
enum frame codec_frame(const uint8_t *data, size_t len, struct pdu *pdu, size_t *size);

#define SYSTEM_ID_SIZE 17 /* 5.2.1: 16 characters and NUL */
/* 5.2.2 says 8 characters; clients send longer ones, and are told so by a refusal. */
#define PASSWORD_SIZE 65

struct bind {
    char system_id[SYSTEM_ID_SIZE];
    char password[PASSWORD_SIZE];
    uint8_t version;
};

#define ADDRESS_SIZE 21 /* 5.2.8: 20 characters and NUL */

struct address {
    uint8_t ton, npi;
    char text[ADDRESS_SIZE];
};

#define ESM_CLASS_RECEIPT   0x04 /* 5.2.12 */
#define ESM_CLASS_UDHI      0x40
#define RECEIPT_ALWAYS      1 /* 5.2.17: registered_delivery, bits 1 and 0 */
#define RECEIPT_FAILURE     2
#define RECEIPT_SUCCESS     3 /* reserved in 3.4, given this meaning by 5.0; carriers know it */
#define DATA_CODING_DEFAULT 0
#define DATA_CODING_UCS2    8
#define SHORT_MESSAGE_MAX   254

struct submit {
    struct address source, destination;
    uint8_t esm_class, data_coding, registered_delivery;
    const uint8_t *data; /* short_message or message_payload, header and all; in the PDU's body */
    size_t len;
    size_t header_len; /* of the user data header in front, with its length byte; 0: none */
    bool has_reference;
    uint16_t reference; /* user_message_reference */
    uint16_t concat_ref;
    uint8_t part, parts; /* of a long message, from 1; parts 0: a whole one */
};

/* Both return ESME_ROK, or the command_status to answer with; *out is then not to be used. */
uint32_t codec_read_bind(const struct pdu *pdu, struct bind *out);
uint32_t codec_read_submit(const struct pdu *pdu, struct submit *out);

/* What the simulator sends. Each adds one PDU; if it does not fit, nothing is added and b->full is
 * set. */
void codec_write_header(struct bytes *b, uint32_t command, uint32_t status, uint32_t sequence);
/* With a message id of at most 64 characters; NULL: a header alone. */
void codec_write_submit_resp(struct bytes *b, uint32_t status, uint32_t sequence,
                             const char *message_id);
void codec_write_bind_resp(struct bytes *b, uint32_t command, uint32_t status, uint32_t sequence,
                           const char *system_id);

/* A delivery in the words of the wire. */
struct deliver {
    const struct address *source, *destination;
    uint8_t esm_class, data_coding;
    const uint8_t *data;
    size_t len;                       /* at most SHORT_MESSAGE_MAX */
    const char *receipted_message_id; /* TLV 0x001E, 5.3.2.12; NULL: left out */
    uint8_t message_state;            /* TLV 0x0427, 5.3.2.35; 0: left out */
    bool has_reference;               /* TLV 0x0204, 5.3.2.17 */
    uint16_t reference;
};

void codec_write_deliver(struct bytes *b, uint32_t sequence, const struct deliver *d);
