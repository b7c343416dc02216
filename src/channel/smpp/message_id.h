/* message_id.h - a carrier's message ids brought to one form, so that response and receipt meet. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "channel/smpp/carrier.h"

/*
 * The one form: lower case, no leading zeros, at most 64 characters, spaces and bytes that cannot
 * be printed dropped. With SMPP_ID_HEX a hexadecimal number (with or without 0x) becomes decimal;
 * what is none, or would be longer than 64 digits, stays as it is. The other forms leave the digits
 * alone: two ids are never one because of a guess.
 */
void message_id_read(char out[SMPP_MESSAGE_ID_SIZE], const char *text, size_t len,
                     enum smpp_id_form form);

/*
 * `id` (in the one form of SMPP_ID_MIXED) in the other base, when it is certain which of the two is
 * hexadecimal because it has a letter: false for what is no number, and for a number that reads
 * both ways (one in forty of eight digits, fewer of longer ones).
 */
bool message_id_other(const char *id, char out[SMPP_MESSAGE_ID_SIZE]) MUST_CHECK;
