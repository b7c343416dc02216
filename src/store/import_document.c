/* import_document.c - the unique key by_document decides who was first. */
#include "store/import_document.h"

#include <stdio.h>

#include "store/db.h"
#include "store/import_row.h"

static const char SQL_CLAIM[] = "UPDATE import\n"
                                "SET document_number = ?, same_as = NULL\n"
                                "WHERE id = ? AND state = 'checking'";

static const char SQL_HOLDER[] = "SELECT " IMPORT_COLUMNS "\n"
                                 "FROM import i\n"
                                 "JOIN partner p ON p.id = i.partner_id\n"
                                 "WHERE i.partner_id = ? AND i.profile = ? AND i.document_key = ?";

enum rc import_claim_document(struct db *db, struct import *imp, const char *number,
                              struct import *other)
{
    struct db_rows *rows = NULL;
    bool found;
    enum rc rc = db_run(db, SQL_CLAIM, DB_IN(db_text(number), db_u64(imp->id)), NULL);

    if (!rc) {
        snprintf(imp->document, sizeof(imp->document), "%s", number);
        imp->same_as = 0; /* of an earlier try */
    }
    if (rc != RC_CONFLICT)
        return rc;
    rc = db_query(db, SQL_HOLDER,
                  DB_IN(db_u64(imp->partner_id), db_text(imp->profile), db_text(number)), &rows);
    if (rc)
        return rc;
    found = db_next(rows);
    if (found)
        import_from_row(rows, other);
    rc = db_rows_end(rows);
    if (rc)
        return rc;
    return found ? RC_CONFLICT : RC_AGAIN; /* it failed just now */
}

static const char SQL_REPEATS[] =
    "UPDATE import\n"
    "SET state = 'failed', reason = ?, document_number = ?, same_as = ?,\n"
    "    finished_at = ?\n"
    "WHERE id = ? AND state = 'checking'";

enum rc import_repeats(struct db *db, struct import *imp, const struct import *other,
                       const char *reason)
{
    const utc_us now = clock_now();
    uint64_t changed = 0;
    const enum rc rc = db_run(db, SQL_REPEATS,
                              DB_IN(db_text(reason), db_text(other->document), db_u64(other->id),
                                    db_time(now), db_u64(imp->id)),
                              &changed);

    if (rc)
        return rc;
    if (!changed)
        return RC_CONFLICT;
    imp->state = IMPORT_FAILED;
    imp->finished_at = now;
    imp->same_as = other->id;
    snprintf(imp->document, sizeof(imp->document), "%s", other->document);
    snprintf(imp->reason, sizeof(imp->reason), "%s", reason);
    return RC_OK;
}
