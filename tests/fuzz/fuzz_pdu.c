/* fuzz_pdu.c - whatever a carrier sends, reading it stays within its bytes; and where libsmpp34 and
 * our scan both read a deliver_sm, they agree. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "channel/smpp/carrier.h"
#include "channel/smpp/message_id.h"
#include "channel/smpp/pdu.h"
#include "channel/smpp/pdu_strict.h"
#include "channel/smpp/receipt.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void hold(int fact)
{
    if (!fact)
        abort();
}

static void compare_readings(const struct pdu *pdu)
{
    struct pdu_deliver scanned, library;
    size_t mandatory;

    if (pdu_scan_deliver(pdu, &scanned, &mandatory) != RC_OK)
        return;
    hold(mandatory <= pdu->body_len);
    hold(scanned.text_len == 0 || (scanned.text >= pdu->body &&
                                   scanned.text + scanned.text_len <= pdu->body + pdu->body_len));
    library = scanned;
    if (pdu_library_deliver(pdu, mandatory, &library) != RC_OK)
        return;
    hold(strcmp(library.source, scanned.source) == 0);
    hold(strcmp(library.destination, scanned.destination) == 0);
    hold(library.source_ton == scanned.source_ton && library.source_npi == scanned.source_npi);
    hold(library.dest_ton == scanned.dest_ton && library.dest_npi == scanned.dest_npi);
    hold(library.esm_class == scanned.esm_class && library.data_coding == scanned.data_coding);
    hold(library.text == scanned.text && library.text_len == scanned.text_len);
}

/* What keeps to the standard is also read, and a violation has a status and a name. */
static void check_violation(const struct pdu *pdu)
{
    struct pdu_deliver d;
    const char *what;
    uint32_t status = pdu_violation(pdu, &what);

    hold((status != 0) == (what != NULL));
    if (pdu->command_id == 5 && status == 0)
        hold(pdu_read_deliver(pdu, &d) == RC_OK && !d.text_cut && !d.tlvs.cut);
}

/* Both ways and back: a number in another base is the same number. */
static void check_other(const char *id)
{
    char other[SMPP_MESSAGE_ID_SIZE], back[SMPP_MESSAGE_ID_SIZE];

    if (message_id_other(id, other))
        hold(message_id_other(other, back) && strcmp(back, id) == 0);
}

static void read_one(const struct pdu *pdu)
{
    struct pdu_deliver d;
    struct smpp_receipt receipt;
    char text[PDU_FIELD_SIZE], id[SMPP_MESSAGE_ID_SIZE];

    compare_readings(pdu);
    check_violation(pdu);
    if (pdu_read_deliver(pdu, &d) == RC_OK && receipt_is(&d))
        (void)!receipt_read(&d, SMPP_ID_HEX, &receipt);
    pdu_read_text(pdu, text, sizeof(text));
    message_id_read(id, text, strlen(text), SMPP_ID_HEX);
    message_id_read(id, text, strlen(text), SMPP_ID_MIXED);
    check_other(id);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct pdu pdu;
    struct pdu_tlvs tlvs;
    size_t at = 0;

    /* as a stream */
    while (pdu_take(data + at, size - at, &pdu) == PDU_WHOLE) {
        read_one(&pdu);
        at += pdu.length;
    }
    /* as the body of one deliver_sm, and as nothing but optional parameters */
    pdu = (struct pdu){ .length = (uint32_t)size + PDU_HEADER_SIZE,
                        .command_id = 5,
                        .sequence = 1,
                        .body = data,
                        .body_len = size };
    read_one(&pdu);
    pdu_read_tlvs(data, size, &tlvs);
    return 0;
}
