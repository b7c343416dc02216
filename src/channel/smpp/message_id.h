/* message_id.h - a carrier's message ids brought to one form, so that response and receipt meet. */
#pragma once

#include <stddef.h>

#include "channel/smpp/carrier.h"

/*
 * The one form: lower case, no leading zeros, at most 64 characters, spaces and bytes that cannot
 * be printed dropped. With SMPP_ID_HEX a hexadecimal number (with or without 0x) becomes decimal;
 * what is none, or would be longer than 64 digits, stays as it is.
 */
void message_id_read(char out[SMPP_MESSAGE_ID_SIZE], const char *text, size_t len,
                     enum smpp_id_form form);
