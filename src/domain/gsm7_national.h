/*
 * gsm7_national.h - the national language tables of the GSM 7-bit alphabet (3GPP TS 23.038, A.2 and
 * A.3), as inbound messages announce them. For the files of this room.
 */
#pragma once

#include <stdint.h>

/* National language identifiers, TS 23.038, 6.2.1.2.4. */
#define GSM7_DEFAULT       0
#define GSM7_TURKISH       1
#define GSM7_SPANISH       2
#define GSM7_PORTUGUESE    3
#define GSM7_BENGALI       4
#define GSM7_URDU          13
#define GSM7_LANGUAGES_END 14

/* The character of a septet in a language's locking shift table; 0: none. A language without such a
 * table (Spanish), or one that we do not know, has the default alphabet. */
uint32_t gsm7_locking(uint8_t language, uint8_t septet);
/* The character of an escape and a septet in a language's single shift table; 0: none. A language
 * that we do not know has the default extension table. */
uint32_t gsm7_single(uint8_t language, uint8_t septet);
