/* fuzz_receipt.c - no text makes a receipt that overflows, lies about its length, or has an id that
 * could not be stored. Input: esm_class, data_coding, length of the TLVs, TLVs, text. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "channel/smpp/receipt.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void hold(int fact)
{
    if (!fact)
        abort();
}

static void check(const struct smpp_receipt *r)
{
    size_t len = strnlen(r->message_id, sizeof(r->message_id));

    hold(len < sizeof(r->message_id));
    for (size_t i = 0; i < len; i++)
        hold(r->message_id[i] > ' ' && r->message_id[i] < 0x7f);
    hold(strnlen(r->other_id, sizeof(r->other_id)) < sizeof(r->other_id));
    hold(!r->other_id[0] || strcmp(r->other_id, r->message_id) != 0);
    hold(memchr(r->stat, 0, sizeof(r->stat)) != NULL);
    hold(memchr(r->err, 0, sizeof(r->err)) != NULL);
    hold(r->message_id[0] || r->reference);
    hold(smpp_receipt_state_name(r->state) != NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct pdu_deliver d = { .source = "33612345678", .destination = "36111", .source_ton = 1 };
    struct smpp_receipt receipt;
    size_t tlvs;

    if (size < 3)
        return 0;
    d.esm_class = data[0];
    d.data_coding = data[1];
    tlvs = data[2] < size - 3 ? data[2] : size - 3;
    pdu_read_tlvs(data + 3, tlvs, &d.tlvs);
    d.text = data + 3 + tlvs;
    d.text_len = size - 3 - tlvs;
    (void)receipt_is(&d);
    for (int form = SMPP_ID_AS_IS; form <= SMPP_ID_MIXED; form++) {
        if (receipt_read(&d, (enum smpp_id_form)form, &receipt) == RC_OK)
            check(&receipt);
    }
    return 0;
}
