/*
 * export_seal.h - the form of a signed export of the ledger: what is written, and what is
 * checked.
 *
 * A file of JSON lines. It consists of pages, each of which ends with a line of kind "signature"
 * over all of its bytes and over the signature of the page before it: so nothing can be changed,
 * left out or put elsewhere, and what was cut off at the end is missed, for only the last page says
 * that it is the last. In between stand lines of kind
 *   export   first of the file: what it is of, since when, by which key
 *   event    a line of the ledger with every column, its hash and that of the line before it
 *   head     the end of a chain: how long it is, and its hash
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "store/consent.h"

#define CONSENT_EXPORT_VERSION 1

/* What a page's signature is over. */
struct export_seal {
    uint64_t page, events; /* page: from 1; events: in this page */
    bool last;
    unsigned char previous[CONSENT_HASH_SIZE]; /* the seal of the page before; zeros for page 1 */
    unsigned char digest[CONSENT_HASH_SIZE];   /* BLAKE2b-256 of the page's lines */
};

#define EXPORT_SEAL_BYTES (24 + 8 + 8 + 1 + 2 * CONSENT_HASH_SIZE)
void export_seal_bytes(const struct export_seal *seal, unsigned char out[EXPORT_SEAL_BYTES]);
/* What the next page names as `previous`. */
void export_seal_hash(const unsigned char bytes[EXPORT_SEAL_BYTES],
                      const unsigned char signature[64], unsigned char out[CONSENT_HASH_SIZE]);
