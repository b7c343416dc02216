/*
 * mail_address.h - is it a mail address that a form or a file may bring, and its one spelling.
 *
 * The everyday subset of RFC 5321 4.1.2: a dot-string of ASCII, at most 64 bytes, @, a domain name
 * with a dot; 254 bytes in all. No quoted local parts, no address literals, no comments.
 */
#pragma once

#include "domain/types.h"

enum mail_fault {
    MAIL_EMPTY,
    MAIL_TOO_LONG,
    MAIL_NO_AT,
    MAIL_BAD_LOCAL,  /* what stands before the @ */
    MAIL_BAD_DOMAIN, /* what stands behind it */
};
const char *mail_fault_name(enum mail_fault f);   /* "mail_bad_domain": a code for reject rows */
const char *mail_fault_reason(enum mail_fault f); /* "has no @" */

/* Trims blanks and brings it to lower case, in front of the @ too: RFC 5321 2.4 would let a system
 * tell A from a there, none does, and people write theirs in either. So an address is compared byte
 * by byte wherever a person or a refusal is looked for. RC_INVALID and *fault, or RC_OK and `out`.
 */
enum rc mail_address_normalise(const char *text, char out[ADDRESS_SIZE],
                               enum mail_fault *fault) MUST_CHECK;
