/* receipt.h - what a deliver_sm says about a message of ours. */
#pragma once

#include "channel/smpp/carrier.h"
#include "channel/smpp/pdu.h"

/*
 * A delivery receipt says so in esm_class (SMPP 3.4, 5.2.12) or carries receipted_message_id. A
 * text that merely looks like a receipt is none: anybody can send that from a handset.
 */
bool receipt_is(const struct pdu_deliver *d);

/* RC_INVALID: it names no message, by no id and no reference, or tells no state: useless. */
enum rc receipt_read(const struct pdu_deliver *d, enum smpp_id_form form,
                     struct smpp_receipt *out) MUST_CHECK;
