/*
 * document_tidy.c - whoever refers to a document holds its row first (document_hold()), and here
 * the row is asked again when it is locked: so one that is being referred to is not dropped.
 */
#include "store/document_tidy.h"

#include "store/db.h"

#define LOOKED_AT 1000 /* documents a step */
#define DROPPED   100  /* of them at most: each is a transaction, as it may have many pieces */

#define UNUSED                                                                            \
    "used_at < ?"                                                                         \
    "   AND NOT EXISTS (SELECT 1 FROM mail_document m WHERE m.document_id = document.id)" \
    "   AND NOT EXISTS (SELECT 1 FROM mail_file f WHERE f.document_id = document.id)"     \
    "   AND NOT EXISTS (SELECT 1 FROM template_file t WHERE t.document_id = document.id)"

static const char SQL_PAGE_END[] =
    "SELECT COALESCE(MAX(p.id), 0)"
    "  FROM (SELECT d.id FROM document d WHERE d.id > ? ORDER BY d.id LIMIT ?) p";

static const char SQL_UNUSED[] = "SELECT id"
                                 "  FROM document"
                                 " WHERE id > ? AND id <= ? AND " UNUSED " ORDER BY id"
                                 " LIMIT ?";

static const char SQL_DROP[] = "DELETE FROM document WHERE id = ? AND " UNUSED;

static const char SQL_DROP_PIECES[] = "DELETE FROM document_piece WHERE document_id = ?";

struct dropping {
    uint64_t id;
    utc_us before;
    uint64_t dropped; /* 0 or 1 */
};

static enum rc drop_body(struct db *db, void *arg)
{
    struct dropping *d = arg;
    enum rc rc = db_run(db, SQL_DROP, DB_IN(db_u64(d->id), db_time(d->before)), &d->dropped);

    if (rc || !d->dropped)
        return rc;
    return db_run(db, SQL_DROP_PIECES, DB_IN(db_u64(d->id)), NULL);
}

enum rc document_tidy(struct db *db, utc_us before, uint64_t *cursor, uint64_t *n)
{
    uint64_t ids[DROPPED], end = 0;
    size_t found = 0;
    struct db_rows *rows;
    enum rc rc = db_query_u64(db, SQL_PAGE_END, DB_IN(db_u64(*cursor), db_u64(LOOKED_AT)), &end);

    *n = 0;
    if (rc)
        return rc;
    if (!end) {
        *cursor = 0;
        return RC_OK;
    }
    rc = db_query(db, SQL_UNUSED,
                  DB_IN(db_u64(*cursor), db_u64(end), db_time(before), db_u64(DROPPED)), &rows);
    if (rc)
        return rc;
    while (db_next(rows))
        ids[found++] = db_get_u64(rows, 0);
    rc = db_rows_end(rows);
    for (size_t i = 0; !rc && i < found; i++) {
        struct dropping d = { .id = ids[i], .before = before };

        rc = db_transaction(db, drop_body, &d);
        *n += d.dropped;
    }
    if (!rc)
        *cursor = found == DROPPED ? ids[found - 1] : end;
    return rc;
}
