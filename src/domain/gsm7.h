/*
 * gsm7.h - the GSM 7-bit default alphabet and its extension table (3GPP TS 23.038, 6.2.1), both
 * ways. For the files of this room; others use sms_text.h.
 */
#pragma once

#include <stdint.h>

#define GSM7_ESCAPE   0x1b
#define GSM7_EXTENDED 0x80 /* flag on a septet: an escape goes before it */
#define GSM7_NONE     0xff
#define GSM7_TABLE_SIZE                                                       \
    0x3c0 /* all of it but the euro sign is below: Latin-1 and Greek capitals \
           */

extern const uint16_t gsm7_basic[128]; /* septet -> character; the escape is U+00A0 here */
extern const uint8_t gsm7_of_char[GSM7_TABLE_SIZE]; /* character -> septet, 0: none but for '@' */

/* The septet of a character, with GSM7_EXTENDED where it needs the escape; GSM7_NONE: not there.
 * (0x7f is a-grave and 0xff would be its extension, which does not exist.) */
static inline uint8_t gsm7_septet(uint32_t c)
{
    uint8_t septet;

    if (c >= GSM7_TABLE_SIZE)
        return c == 0x20ac ? (GSM7_EXTENDED | 0x65) : GSM7_NONE;
    septet = gsm7_of_char[c];
    return septet || c == '@' ? septet : GSM7_NONE;
}

/* The character that an escape and this septet mean; 0: none is defined. */
uint32_t gsm7_extension(uint8_t septet);
