/* template_upload.c - the table template_upload: pieces in their order. */
#include "store/template_upload.h"

#include <string.h>

#include "base/arena.h"
#include "store/db.h"

static const char SQL_FORGET[] = "DELETE FROM template_upload"
                                 " WHERE (template = ? AND file = ?) OR at < ?";

static const char SQL_LENGTH[] = "SELECT COALESCE(SUM(LENGTH(bytes)), 0)"
                                 "  FROM template_upload"
                                 " WHERE template = ? AND file = ?";

static const char SQL_ADD[] = "INSERT INTO template_upload (template, file, begins, at, bytes)"
                              "VALUES (?, ?, ?, ?, ?)";

static const char SQL_READ[] = "SELECT bytes"
                               "  FROM template_upload"
                               " WHERE template = ? AND file = ?"
                               " ORDER BY begins";

struct adding {
    const struct template_upload *upload;
    bool whole;
};

static enum rc forget(struct db *db, const struct template_upload *u)
{
    const utc_us yesterday = clock_now() - SEC_PER_DAY * USEC_PER_SEC;

    return db_run(db, SQL_FORGET, DB_IN(db_text(u->template), db_text(u->file), db_time(yesterday)),
                  NULL);
}

static enum rc add(struct db *db, void *arg)
{
    struct adding *a = arg;
    const struct template_upload *u = a->upload;
    uint64_t length = 0;
    enum rc rc =
        u->at ? db_query_u64(db, SQL_LENGTH, DB_IN(db_text(u->template), db_text(u->file)), &length)
              : forget(db, u);

    if (rc)
        return rc;
    if (length != u->at || u->n > u->size - u->at)
        return RC_CONFLICT;
    a->whole = u->at + u->n == u->size;
    return db_run(db, SQL_ADD,
                  DB_IN(db_text(u->template), db_text(u->file), db_u64(u->at), db_time(clock_now()),
                        db_bytes(u->bytes, u->n)),
                  NULL);
}

enum rc template_upload_add(struct db *db, const struct template_upload *upload, bool *whole)
{
    struct adding a = { .upload = upload };
    enum rc rc = upload->at > upload->size ? RC_CONFLICT : db_transaction(db, add, &a);

    if (!rc)
        *whole = a.whole;
    return rc;
}

enum rc template_upload_take(struct db *db, const struct template_upload *upload,
                             struct arena *arena, const void **bytes, size_t *n)
{
    char *all = arena_alloc(arena, upload->size + 1);
    struct db_rows *rows;
    size_t length = 0;
    enum rc rc =
        all ? db_query(db, SQL_READ, DB_IN(db_text(upload->template), db_text(upload->file)), &rows)
            : RC_FAIL;

    if (rc)
        return rc;
    while (db_next(rows)) {
        size_t len;
        const void *piece = db_get_bytes(rows, 0, &len);
        if (len > upload->size - length)
            len = upload->size - length;
        memcpy(all + length, piece, len);
        length += len;
    }
    rc = db_rows_end(rows);
    if (!rc)
        rc = forget(db, upload);
    if (rc)
        return rc;
    *bytes = all;
    *n = length;
    return RC_OK;
}
