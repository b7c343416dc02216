/* consent_line.h - one line of the ledger and its hash; for those who write, check and export it.
 */
#pragma once

#include "domain/types.h"
#include "store/consent.h"

#define CONSENT_LINE_VERSION 3 /* of the lines that are written now */

#define CONSENT_SALT_SIZE 16
#define CONSENT_SEAL_SIZE 32

struct consent_line {
    uint64_t chain, seq, id, customer_id;
    const char *channel, *purpose, *state, *address;
    utc_us at, recorded_at;
    const char *source, *source_ref, *wording;
    /* Since version 2; empty in a line of version 1, whose hash does not cover them. */
    unsigned version;
    const char *sender, *form, *page, *remote_address, *recorded_by, *request_ref;
    utc_us signed_at; /* 0: none */
    /*
     * Since version 3. What tells who it was and what was said (address, wording, page,
     * remote_address) is hashed as its seal: a BLAKE2b-256 with a salt. Salt and texts can be
     * erased and the seal kept in their place; the chain is intact, and nobody can guess a number
     * and try.
     */
    unsigned char seal[CONSENT_SEAL_SIZE]; /* the salt, or the seal */
    size_t seal_len; /* which of them it is: CONSENT_SALT_SIZE, ..._SEAL_SIZE */
};

/* The columns of consent_event in the order that consent_line_read() takes them from `col` on. */
#define CONSENT_LINE_COLUMNS                                                                  \
    "e.chain, e.seq, e.id, e.customer_id, e.channel, e.purpose, e.state, e.address, e.at,"    \
    " e.recorded_at, e.source, e.source_ref, e.wording, e.version, e.sender, e.form, e.page," \
    " e.remote_address, e.recorded_by, e.request_ref, e.signed_at, e.seal, e.hash"
#define CONSENT_LINE_WIDTH 23

struct db_rows;
/* Its texts live until the next row. *hash is all zeros where the column is not 32 bytes. */
void consent_line_read(const struct db_rows *rows, unsigned col, struct consent_line *line,
                       unsigned char hash[CONSENT_HASH_SIZE]);
/* The seal of a line's texts, by the salt in it or as it is. */
void consent_line_seal(const struct consent_line *line, unsigned char out[CONSENT_SEAL_SIZE]);
/* A version that nobody wrote, or something in a column that its version does not have. */
bool consent_line_is_odd(const struct consent_line *line);

/* BLAKE2b-256 of the previous line's hash and of every column, each with its length in front, so
 * that no two different lines read the same. `out` may be `prev`. */
void consent_line_hash(const unsigned char prev[CONSENT_HASH_SIZE], const struct consent_line *line,
                       unsigned char out[CONSENT_HASH_SIZE]);
