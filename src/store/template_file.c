/* template_file.c - the tables template_file and message_template. */
#include "store/template_file.h"

#include <string.h>

#include "base/arena.h"
#include "domain/utf8.h"
#include "store/db.h"
#include "store/document.h"

static const char SQL_LIST[] = "SELECT f.name, f.document_id, f.is_inline, d.size, d.type"
                               "  FROM template_file f"
                               "  JOIN document d ON d.id = f.document_id"
                               " WHERE f.template_id = ? AND f.version = ?"
                               " ORDER BY f.name";

static const char SQL_KEEP[] =
    "INSERT INTO template_file (template_id, version, name, document_id, is_inline)"
    "SELECT template_id, ?, name, document_id, is_inline"
    "  FROM template_file"
    " WHERE template_id = ? AND version = ? AND name NOT IN (?, ?)";

static const char SQL_ADD[] =
    "INSERT INTO template_file (template_id, version, name, document_id, is_inline)"
    "VALUES (?, ?, ?, ?, ?)";

static const char SQL_NOTE[] =
    "INSERT INTO message_template (message_id, template_id, template_version)"
    "VALUES (?, ?, ?)";

/* --- read --- */

static bool map_file(const struct db_rows *rows, struct arena *arena, struct template_file *f)
{
    const char *name = db_get_text(rows, 0), *type = db_get_text(rows, 4);

    *f = (struct template_file){ .name = arena_copy(arena, name, strlen(name)),
                                 .type = arena_copy(arena, type, strlen(type)),
                                 .document_id = db_get_u64(rows, 1),
                                 .is_inline = db_get_u64(rows, 2) != 0,
                                 .size = db_get_u64(rows, 3) };
    return f->name && f->type;
}

enum rc template_files_list(struct db *db, uint64_t template_id, unsigned version,
                            struct arena *arena, struct template_file **files, size_t *n)
{
    struct template_file *list = arena_alloc(arena, TEMPLATE_FILES_MAX * sizeof(*list));
    struct db_rows *rows;
    bool kept = true;
    size_t found = 0;
    enum rc rc =
        list ? db_query(db, SQL_LIST, DB_IN(db_u64(template_id), db_u64(version)), &rows) : RC_FAIL;

    if (rc)
        return rc;
    while (kept && found < TEMPLATE_FILES_MAX && db_next(rows))
        kept = map_file(rows, arena, &list[found++]);
    rc = db_rows_end(rows);
    if (!rc && !kept)
        rc = RC_FAIL;
    if (rc)
        return rc;
    *files = list;
    *n = found;
    return RC_OK;
}

enum rc template_files_read(struct db *db, uint64_t template_id, unsigned version,
                            struct arena *arena, struct template_file **files, size_t *n)
{
    enum rc rc = template_files_list(db, template_id, version, arena, files, n);

    for (size_t i = 0; !rc && i < *n; i++) {
        struct template_file *f = &(*files)[i];
        size_t size;
        rc = document_load(db, f->document_id, TEMPLATE_FILE_BYTES_MAX, arena, &f->bytes, &size);
        if (!rc)
            f->size = size;
    }
    return rc;
}

/* --- change --- */

/* A name that a text can hold as it is, and that means nothing to a computer it is saved on. */
static enum rc check_name(const char *name, struct error *err)
{
    const size_t len = strlen(name);

    if (!len || len > TEMPLATE_FILE_NAME_MAX || !utf8_valid(name, len, NULL))
        return error_set(err, RC_INVALID, "name: expected 1 to %d bytes of UTF-8",
                         TEMPLATE_FILE_NAME_MAX);
    for (size_t i = 0; i < len; i++) {
        if ((unsigned char)name[i] < ' ' || name[i] == 0x7f || strchr("/\\:*?\"<>|()[]{}", name[i]))
            return error_set(err, RC_INVALID,
                             "name: expected a plain one such as logo.png, got \"%s\"", name);
    }
    if (name[0] == '.' || name[0] == ' ' || name[len - 1] == ' ')
        return error_set(err, RC_INVALID,
                         "name: no dot or space at its beginning, no space at its "
                         "end");
    return RC_OK;
}

static bool is_picture(const char *type)
{
    return strcmp(type, "image/png") == 0 || strcmp(type, "image/jpeg") == 0 ||
           strcmp(type, "image/gif") == 0;
}

enum rc template_file_put(struct db *db, const struct template_file *file,
                          struct template_file *out, struct error *err)
{
    const size_t head = file->size < FILE_TYPE_HEAD ? file->size : FILE_TYPE_HEAD;
    const char *type = file_type_of(file->bytes, head);
    struct document document;
    enum rc rc = check_name(file->name, err);

    if (rc)
        return rc;
    if (!file->size || file->size > TEMPLATE_FILE_BYTES_MAX)
        return error_set(err, RC_INVALID, "file: expected 1 to %d bytes, got %llu",
                         TEMPLATE_FILE_BYTES_MAX, (unsigned long long)file->size);
    if (file_type_is_program(type, file->name))
        return error_set(err, RC_INVALID, "file: \"%s\" is a program, which no mail may carry",
                         file->name);
    if (file->is_inline && !is_picture(type))
        return error_set(err, RC_INVALID,
                         "file: expected a picture (PNG, JPEG or GIF) for a text to show, got %s",
                         type);
    rc = document_put_bytes(db, file->bytes, file->size, &document);
    if (rc)
        return rc;
    *out = *file;
    out->type = type;
    out->document_id = document.id;
    return RC_OK;
}

enum rc template_files_write(struct db *db, uint64_t template_id, unsigned version,
                             const struct template_file *attach, const char *detach)
{
    enum rc rc = db_run(db, SQL_KEEP,
                        DB_IN(db_u64(version), db_u64(template_id), db_u64(version - 1),
                              db_text(attach ? attach->name : ""), db_text(detach ? detach : "")),
                        NULL);

    if (rc || !attach)
        return rc;
    rc = document_hold(db, attach->document_id);
    if (rc)
        return rc;
    return db_run(db, SQL_ADD,
                  DB_IN(db_u64(template_id), db_u64(version), db_text(attach->name),
                        db_u64(attach->document_id), db_u64(attach->is_inline)),
                  NULL);
}

enum rc template_of_message_write(struct db *db, uint64_t message_id, uint64_t template_id,
                                  unsigned version)
{
    return db_run(db, SQL_NOTE, DB_IN(db_u64(message_id), db_u64(template_id), db_u64(version)),
                  NULL);
}
