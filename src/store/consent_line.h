/* consent_line.h - one line of the ledger and its hash; for the files of the ledger only. */
#pragma once

#include "domain/types.h"
#include "store/consent.h"

struct consent_line {
    uint64_t chain, seq, id, customer_id;
    const char *channel, *purpose, *state, *address;
    utc_us at, recorded_at;
    const char *source, *source_ref, *wording;
};

/* BLAKE2b-256 of the previous line's hash and of every column, each with its length in front, so
 * that no two different lines read the same. `out` may be `prev`. */
void consent_line_hash(const unsigned char prev[CONSENT_HASH_SIZE], const struct consent_line *line,
                       unsigned char out[CONSENT_HASH_SIZE]);
