/*
 * link_code.h - the short code of a link in a message: which message, which link, nobody else's.
 *
 * 57 bits (the message's id and the link's number) and one that must be 0 are shuffled by a keyed
 * permutation and written in base 62: always ten characters, all of the GSM alphabet, and nothing
 * in them to count up. The permutation is what guards them: a code made up names a random message
 * id. Ids carry their time and are scattered over 2^53, so that one in a thousand is of the past at
 * all, and with 100 million messages one in four hundred million is one of ours.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LINK_CODE_LENGTH 10
#define LINK_CODE_LINKS  16 /* links of one campaign, over all of its texts */
#define LINK_CODE_KEY    16

void link_code_write(const uint8_t key[LINK_CODE_KEY], uint64_t message_id, unsigned n,
                     char out[LINK_CODE_LENGTH]);
/* false: nothing that link_code_write() makes. */
bool link_code_read(const uint8_t key[LINK_CODE_KEY], const char *text, size_t len,
                    uint64_t *message_id, unsigned *n);
