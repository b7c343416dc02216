/* encode.h - a text as one carrier wants it: its alphabet, its packing, its way to join parts. */
#pragma once

#include "channel/smpp/carrier.h"

/*
 * The pieces of `text` (UTF-8), which its author was told has `parts` parts. See
 * smpp_carrier_encode() in carrier.h, which is this with a carrier's settings.
 */
enum rc encode_text(const struct smpp_carrier_settings *set, const char *text, unsigned parts,
                    uint64_t message_id, struct smpp_pieces *out) MUST_CHECK;

/*
 * Septets into octets, 3GPP TS 23.038, 6.1.2.1. The first goes behind `header` octets (of a user
 * data header with its length byte; 0: none) and the fill bits that bring it to a septet's border
 * (TS 23.040, 9.2.3.24). Seven bits left over would read as '@': they become a CR, and a text whose
 * own last CR would be taken for that gets another (6.1.2.3.1), where `max` octets leave room.
 * Returns how many octets were written to `out`, which has room for 7/8 of `n` and 2 more.
 */
size_t encode_pack(const uint8_t *septets, size_t n, size_t header, size_t max, uint8_t *out);
/* The way back: the septets of `len` octets that follow a header of `header` octets. `out` has room
 * for 8/7 of `len` and 1 more. A last '@' that fills its octet is taken for filling, as a CR is:
 * that would make another word of a STOP, and a text that ends so and so long is rare. */
size_t encode_unpack(const uint8_t *octets, size_t len, size_t header, uint8_t *out);

/* data_coding of a text in the carrier's alphabet when its settings say no other, SMPP 3.4, 5.2.19.
 */
uint8_t encode_data_coding(enum smpp_alphabet alphabet);
