/* import_known.h - which of a file's customers, orders and invoices we have: for a trial without
 * effect. */
#pragma once

#include "base/rc.h"

#include <stdint.h>

struct db;

struct import_known {
    uint64_t known;     /* of those asked about */
    uint64_t unchanged; /* of these: their content is the same (store/row_hash.h) */
    uint64_t erased;    /* of these: the customer asked to be forgotten */
};

/*
 * `keys`: a JSON array of pairs of texts, [["C-1", "content hash in hex"], ...], each number once.
 * A partner that is not known knows nobody.
 */
enum rc import_known_customers(struct db *db, const char *partner, const char *keys,
                               struct import_known *out) MUST_CHECK;
enum rc import_known_orders(struct db *db, const char *partner, const char *keys,
                            struct import_known *out) MUST_CHECK;
/* Their content is not compared: it depends on what was known when they came. */
enum rc import_known_invoices(struct db *db, const char *partner, const char *keys,
                              struct import_known *out) MUST_CHECK;
