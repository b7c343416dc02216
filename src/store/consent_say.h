/* consent_say.h - what a form, a letter, staff or another system say of one person's consent. */
#pragma once

#include "base/arena.h"
#include "domain/consent.h"
#include "store/consent.h"

#define CONSENT_SHARERS_MAX 100 /* who share an address that a grant is said with */

struct consent_statement {
    uint64_t customer_id; /* 0: everybody who has `address` */
    const char *address;  /* "": the customer's own */
    enum channel channel;
    enum purpose purpose;
    enum consent_state state;
    utc_us at;
    enum consent_source source;
    const char *source_ref, *wording;
    struct consent_evidence evidence;
};

struct consent_outcome {
    uint64_t
        event_id; /* the first of as many as there are customers; 0: the number is a stranger's */
    size_t n;     /* customers */
    enum consent_ruling ruling;
    bool number_refused;  /* the ruling is that of the number's own STOP, and this its time */
    utc_us refused_at;    /* of the refusal that stands in the way */
    const char **stopped; /* withdrawn: numbers that get no promotion any more; in the arena */
    size_t n_stopped;
};

/*
 * A transaction of its own: into the ledger in any case, and folded by domain/consent.h; what came
 * of it is the outcome. A withdrawal with an address puts it on opt_out, as a STOP does, and a
 * grant that counts takes it from there. RC_NOTFOUND: no such customer, or for a grant nobody with
 * that address. RC_INVALID says why in err.
 */
enum rc consent_say(struct db *db, const struct consent_statement *statement, struct arena *arena,
                    struct consent_outcome *out, struct error *err) MUST_CHECK;
