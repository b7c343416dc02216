/*
 * auth_results.h - who vouches for a mail's From (RFC 8601 Authentication-Results). Pure.
 *
 * Only headers of our own MTA count: those that begin with the authserv-id configured. What the
 * topmost of them says about a method holds, whatever stands below. A pass counts when it is
 * aligned: the domain that signed (DKIM), or that may send (SPF), is the domain of From or one
 * above it, or a DMARC pass says so.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

enum mail_proof {
    MAIL_UNPROVED,
    MAIL_BY_SPF,   /* aligned; a forwarder breaks it, and shared hosts weaken it */
    MAIL_BY_DKIM,  /* aligned */
    MAIL_BY_DMARC, /* the MTA's own word for either */
};
const char *mail_proof_name(enum mail_proof p); /* "", "spf", "dkim", "dmarc" */

/* `headers`: values, the topmost first. `authserv_id` "": nobody is trusted. The strongest of the
 * proofs. */
enum mail_proof auth_results_judge(const char *const *headers, size_t n, const char *authserv_id,
                                   const char *from_address);
