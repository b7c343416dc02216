/*
 * migrate_lease.h - one node at a time changes the schema. For migrate.c.
 *
 * Why a row of its own and not something shorter: GET_LOCK() and row locks hold on one server only,
 * on a Galera cluster another node would take them as well; and the first DDL commits, so a lock of
 * the transaction would be gone. A row changed by compare-and-set is certified by all nodes: of two
 * that take it at once, one gets error 1213 at COMMIT, looks again and finds it taken. The table
 * `lease` cannot serve: it is made by the first migration.
 */
#pragma once

#include "base/error.h"
#include "store/db.h"

struct schema_lease {
    struct db *db;
    char holder[96];  /* host, process and a random number: nobody else's */
    int64_t renew_at; /* monotonic; 0: not held */
};

/* Waits while another holds it and keeps renewing it. RC_AGAIN: it took too long. */
enum rc schema_lease_take(struct schema_lease *lease, struct db *db, struct error *err) MUST_CHECK;
/* Call it often; renews when it is time. RC_CONFLICT: we were away too long and lost it. */
enum rc schema_lease_keep(struct schema_lease *lease, struct error *err) MUST_CHECK;
void schema_lease_release(struct schema_lease *lease);
