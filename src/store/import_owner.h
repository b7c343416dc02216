/*
 * import_owner.h - whom a file names to look after a customer: found by the login, then set,
 * audited and told to the lists of contacts where that is somebody else than before. Files without
 * the field cost nothing here.
 */
#pragma once

#include "store/import_keys.h"
#include "store/import_kind.h"
#include "store/staff.h"

#define OWNERS_KEPT 64 /* logins whose people are remembered during an import */

struct import_owner {
    struct {
        char login[STAFF_LOGIN_SIZE];
        unsigned staff_id; /* 0: nobody of it works here */
    } known[OWNERS_KEPT];
    size_t n_known, next_known;

    /* one chunk */
    struct import_owner_said {
        uint64_t customer_id;
        unsigned staff_id;
        const char *login;
        bool made;  /* the chunk makes the customer */
        bool fills; /* an owner whom the customer has stays */
    } said[IMPORT_CHUNK_MAX];
    size_t n_said;
    struct id_shelf audits;
};

/* Before the transaction. Ids for the audit, when rows name somebody. */
enum rc import_owner_prepare(struct db *db, struct import_owner *o,
                             const struct import_step *step) MUST_CHECK;
/* *staff_id 0: nobody of that login works here. "" is nobody, too. */
enum rc import_owner_find(struct db *db, struct import_owner *o, const struct import_step *step,
                          const char *login, unsigned *staff_id) MUST_CHECK;

/* In the transaction: empties the chunk's list; adds to it; and writes what it changes, once the
 * customers themselves are written. `news`: lists of contacts are kept up to date. */
void import_owner_reset(struct import_owner *o);
void import_owner_add(struct import_owner *o, const struct import_owner_said *said);
enum rc import_owner_run(struct db *db, struct import_owner *o, const struct import_step *step,
                         bool news) MUST_CHECK;
