/* mail_document.c - rows of mail_document. */
#include "store/mail_document.h"

#include <stdlib.h>
#include <string.h>

#include "domain/value.h"
#include "store/db.h"

static const char SQL_ADD[] =
    "INSERT INTO mail_document"
    "       (mail_id, n, document_id, name, declared, type, size, is_inline, lies, why)"
    "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";

static const char SQL_EACH[] = "SELECT n, document_id, name, declared, type, size, is_inline,"
                               "       lies, why"
                               "  FROM mail_document"
                               " WHERE mail_id = ?"
                               " ORDER BY n"
                               " LIMIT ?";

/* The first `max` characters. */
static struct db_value cut(const char *text, size_t max)
{
    return db_bytes(text, text_prefix(text, strlen(text), max));
}

static enum rc add_row(struct db_bulk *rows, uint64_t mail_id, size_t n,
                       const struct mail_document *d)
{
    return db_bulk_add(
        rows, (const struct db_value[]){ db_u64(mail_id), db_u64(n),
                                         d->document_id ? db_u64(d->document_id) : db_null(),
                                         cut(d->name, DOCUMENT_NAME_MAX), cut(d->declared, 100),
                                         cut(d->type, FILE_TYPE_SIZE - 1), db_u64(d->size),
                                         db_u64(d->is_inline), db_u64(d->lies), db_text(d->why) });
}

/* All that were kept. */
static enum rc hold(struct db *db, const struct mail_documents *mails, size_t n, size_t documents)
{
    uint64_t *ids = malloc((documents + 1) * sizeof(*ids));
    size_t kept = 0;
    enum rc rc = RC_FAIL;

    for (size_t i = 0; ids && i < n; i++) {
        for (size_t k = 0; k < mails[i].n; k++) {
            if (mails[i].documents[k].document_id)
                ids[kept++] = mails[i].documents[k].document_id;
        }
    }
    if (ids)
        rc = document_hold_all(db, ids, kept);
    free(ids);
    return rc;
}

enum rc mail_documents_add(struct db *db, const struct mail_documents *mails, size_t n)
{
    struct db_bulk *rows = db_bulk_new(10);
    enum rc rc = rows ? RC_OK : RC_FAIL;

    for (size_t i = 0; !rc && i < n; i++) {
        for (size_t k = 0; !rc && k < mails[i].n; k++)
            rc = add_row(rows, mails[i].mail_id, k + 1, &mails[i].documents[k]);
    }
    if (!rc)
        rc = hold(db, mails, n, db_bulk_rows(rows));
    if (!rc)
        rc = db_bulk_run(db, SQL_ADD, rows, NULL);
    db_bulk_free(rows);
    return rc;
}

enum rc mail_documents_each(struct db *db, uint64_t mail_id,
                            void (*each)(void *arg, unsigned n, const struct mail_document *d),
                            void *arg)
{
    struct db_rows *rows;
    const enum rc rc =
        db_query(db, SQL_EACH, DB_IN(db_u64(mail_id), db_u64(MAIL_DOCUMENTS_MAX)), &rows);

    if (rc)
        return rc;
    while (db_next(rows)) {
        const struct mail_document d = {
            .document_id = db_get_u64(rows, 1),
            .name = db_get_text(rows, 2),
            .declared = db_get_text(rows, 3),
            .type = db_get_text(rows, 4),
            .size = db_get_u64(rows, 5),
            .is_inline = db_get_u64(rows, 6),
            .lies = db_get_u64(rows, 7),
            .why = db_get_text(rows, 8),
        };
        each(arg, (unsigned)db_get_u64(rows, 0), &d);
    }
    return db_rows_end(rows);
}
