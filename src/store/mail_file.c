/* mail_file.c - rows of mail_file, from noted to placed. */
#include "store/mail_file.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "domain/file_name.h"
#include "domain/utf8.h"
#include "domain/value.h"
#include "store/db.h"

static const char SQL_ADD[] =
    "INSERT INTO mail_file (mail_id, n, partner, name, document_id)"
    "VALUES (?, ?, ?, ?, ?)"
    "    ON DUPLICATE KEY UPDATE settled_at = IF(state = 'failed', NULL, settled_at),"
    "                            state = IF(state = 'failed', 'pending', state)";

static const char SQL_NEXT[] = "SELECT mail_id, n, partner, name, document_id"
                               "  FROM mail_file"
                               " WHERE state = 'pending' AND (mail_id, n) > (?, ?)"
                               " ORDER BY mail_id, n"
                               " LIMIT 1";

static const char SQL_SETTLE[] = "UPDATE mail_file"
                                 "   SET state = ?, reason = ?, settled_at = ?"
                                 " WHERE mail_id = ? AND n = ? AND state = 'pending'";

static const char SQL_DELAY[] = "UPDATE mail_file"
                                "   SET reason = ?"
                                " WHERE mail_id = ? AND n = ? AND state = 'pending'";

static const char SQL_REVIEW[] =
    "INSERT INTO mail_review (id, why, opened_at)"
    "VALUES (?, 'not_placed', ?)"
    "    ON DUPLICATE KEY UPDATE why = VALUE(why), state = 'open', opened_at = VALUE(opened_at),"
    "                            closed_at = NULL, closed_by = ''";

static const char SQL_EACH[] = "SELECT n, partner, name, state, reason, document_id, settled_at"
                               "  FROM mail_file"
                               " WHERE mail_id = ?"
                               " ORDER BY n"
                               " LIMIT ?";

/* --- which are files --- */

/* Outlook packs what is attached into one part that nobody else reads: winmail.dat. */
#define PACKED "application/ms-tnef"

/* Parts that mail programs add by themselves. */
static bool is_of_the_mail(const char *type)
{
    static const char *const types[] = { "application/pkcs7-signature",
                                         "application/x-pkcs7-signature",
                                         "application/pgp-signature", "application/pgp-keys" };

    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
        if (strcasecmp(type, types[i]) == 0)
            return true;
    }
    return false;
}

static bool is_picture_in_the_text(const struct mail_document *d)
{
    return d->is_inline && strncasecmp(d->declared, "image/", 6) == 0;
}

bool mail_file_is_one(const struct mail_document *d)
{
    return d->document_id && *d->name && !is_of_the_mail(d->declared) &&
           strcasecmp(d->declared, PACKED) != 0 && !is_picture_in_the_text(d);
}

/* Without a name: a footer, or the cover of a mail that was forwarded whole, whose files count for
 * themselves. All else may be what the partner meant. */
static bool may_be_lost(const struct mail_document *d)
{
    if (is_of_the_mail(d->declared) || is_picture_in_the_text(d) || mail_file_is_one(d))
        return false;
    return *d->why || *d->name ||
           (strcasecmp(d->declared, "text/plain") != 0 &&
            strncasecmp(d->declared, "text/html", 9) &&
            strncasecmp(d->declared, "message/", 8) != 0);
}

bool mail_files_lost(const struct mail_document *documents, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (may_be_lost(&documents[i]))
            return true;
    }
    return false;
}

size_t mail_files_among(const struct mail_document *documents, size_t n)
{
    size_t files = 0;

    for (size_t i = 0; i < n; i++)
        files += mail_file_is_one(&documents[i]);
    return files;
}

/* --- from noted to placed --- */

/*
 * The name that its partner gave it, because profiles choose files by it. No path, nothing hidden,
 * no control character; and behind an ending that stands for a file that is still written, a "_".
 */
static void name_for_disk(char out[MAIL_FILE_NAME_SIZE], const char *name)
{
    const char *slash = strrchr(name, '/'), *back = strrchr(name, '\\');
    size_t len;

    if (back > slash)
        slash = back;
    name = slash ? slash + 1 : name;
    while (*name == '.' || *name == ' ')
        name++;
    snprintf(out, MAIL_FILE_NAME_SIZE, "%.*s", (int)text_prefix(name, strlen(name), 180), name);
    len = utf8_cut(out, strlen(out), MAIL_FILE_NAME_SIZE - 40);
    while (len && out[len - 1] == ' ')
        len--;
    out[len] = '\0';
    for (char *c = out; *c; c++) {
        if ((unsigned char)*c < ' ' || *c == 0x7f)
            *c = '_';
    }
    if (!*out)
        snprintf(out, MAIL_FILE_NAME_SIZE, "file");
    if (file_name_is_unfinished(out))
        strcat(out, "_");
}

enum rc mail_files_add(struct db *db, uint64_t mail_id, const char *partner,
                       const struct mail_document *documents, size_t n, size_t *added)
{
    struct db_bulk *rows = db_bulk_new(5);
    char name[MAIL_FILE_NAME_SIZE];
    enum rc rc = rows ? RC_OK : RC_FAIL;

    for (size_t i = 0; !rc && i < n; i++) {
        if (!mail_file_is_one(&documents[i]))
            continue;
        name_for_disk(name, documents[i].name);
        rc = db_bulk_add(rows, (const struct db_value[]){ db_u64(mail_id), db_u64(i + 1),
                                                          db_text(partner), db_text(name),
                                                          db_u64(documents[i].document_id) });
    }
    if (!rc)
        rc = db_bulk_run(db, SQL_ADD, rows, NULL);
    if (!rc && added)
        *added = db_bulk_rows(rows);
    db_bulk_free(rows);
    return rc;
}

enum rc mail_file_next(struct db *db, uint64_t after_mail, unsigned after_n,
                       struct partner_file *out)
{
    struct db_rows *rows;
    bool found;
    enum rc rc = db_query(db, SQL_NEXT, DB_IN(db_u64(after_mail), db_u64(after_n)), &rows);

    if (rc)
        return rc;
    found = db_next(rows);
    if (found) {
        out->mail_id = db_get_u64(rows, 0);
        out->n = (unsigned)db_get_u64(rows, 1);
        snprintf(out->partner, sizeof(out->partner), "%s", db_get_text(rows, 2));
        snprintf(out->name, sizeof(out->name), "%s", db_get_text(rows, 3));
        out->document_id = db_get_u64(rows, 4);
    }
    rc = db_rows_end(rows);
    return rc ? rc : found ? RC_OK : RC_NOTFOUND;
}

static enum rc settle(struct db *db, const struct partner_file *f, const char *state,
                      const char *reason, utc_us now)
{
    return db_run(db, SQL_SETTLE,
                  DB_IN(db_text(state), db_bytes(reason, text_prefix(reason, strlen(reason), 200)),
                        db_time(now), db_u64(f->mail_id), db_u64(f->n)),
                  NULL);
}

enum rc mail_file_placed(struct db *db, const struct partner_file *f, utc_us now)
{
    return settle(db, f, "placed", "", now);
}

struct failure {
    const struct partner_file *f;
    const char *reason;
    utc_us now;
};

static enum rc failed_body(struct db *db, void *arg)
{
    const struct failure *x = arg;
    const enum rc rc = settle(db, x->f, "failed", x->reason, x->now);

    return rc ? rc : db_run(db, SQL_REVIEW, DB_IN(db_u64(x->f->mail_id), db_time(x->now)), NULL);
}

enum rc mail_file_failed(struct db *db, const struct partner_file *f, const char *reason,
                         utc_us now)
{
    return db_transaction(db, failed_body, &(struct failure){ f, reason, now });
}

enum rc mail_file_delayed(struct db *db, const struct partner_file *f, const char *reason)
{
    return db_run(db, SQL_DELAY,
                  DB_IN(db_bytes(reason, text_prefix(reason, strlen(reason), 200)),
                        db_u64(f->mail_id), db_u64(f->n)),
                  NULL);
}

enum rc mail_files_each(struct db *db, uint64_t mail_id,
                        void (*each)(void *arg, const struct mail_file_view *v), void *arg)
{
    struct db_rows *rows;
    const enum rc rc =
        db_query(db, SQL_EACH, DB_IN(db_u64(mail_id), db_u64(MAIL_DOCUMENTS_MAX)), &rows);

    if (rc)
        return rc;
    while (db_next(rows)) {
        const struct mail_file_view v = {
            .n = (unsigned)db_get_u64(rows, 0),
            .partner = db_get_text(rows, 1),
            .name = db_get_text(rows, 2),
            .state = db_get_text(rows, 3),
            .reason = db_get_text(rows, 4),
            .document_id = db_get_u64(rows, 5),
            .settled_at = db_get_time(rows, 6),
        };
        each(arg, &v);
    }
    return db_rows_end(rows);
}
