/*
 * phone.h - phone numbers as people write them, brought to E.164. Over libphonenumber; safe from
 * several threads.
 */
#pragma once

#include "domain/types.h"

#ifdef __cplusplus
extern "C" {
#endif

#define PHONE_TEXT_MAX 64 /* bytes; longer input is no phone number */

enum phone_fault {
    PHONE_EMPTY,
    PHONE_NOT_A_NUMBER,
    PHONE_TOO_SHORT,
    PHONE_TOO_LONG,
    PHONE_INVALID, /* right length, but no such number in that country */
};
const char *phone_fault_name(enum phone_fault f);   /* "phone_too_short": a code for reject rows */
const char *phone_fault_reason(enum phone_fault f); /* "has too few digits for a phone number" */

/*
 * "06 12 34 56 78", "+33 (0)6 12 34 56 78" and "0033612345678" are all +33612345678 in `region`
 * "FR" (two capital letters: where a number without country code is). Valid numbers only.
 * RC_INVALID and *fault, or RC_OK and `out`.
 */
enum rc phone_to_e164(const char *text, const char *region, char out[E164_SIZE],
                      enum phone_fault *fault) MUST_CHECK;

/* A mobile number such as `region` has them, nobody's in particular, to reckon with. RC_NOTFOUND:
 * there is no such region. */
enum rc phone_example(const char *region, char out[E164_SIZE]) MUST_CHECK;

#ifdef __cplusplus
}
#endif
