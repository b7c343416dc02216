/* template.c (store) - the table of templates. */
#include "store/template.h"

#include <string.h>

#include "base/arena.h"
#include "domain/utf8.h"
#include "store/db.h"

static const char SQL_PUT[] =
    "INSERT INTO template (id, name, body, created_at, updated_at)"
    "VALUES (?, ?, ?, ?, ?)"
    "    ON DUPLICATE KEY UPDATE body = VALUE(body), updated_at = VALUE(updated_at)";

static const char SQL_ID[] = "SELECT id FROM template WHERE name = ?";

static const char SQL_READ[] = "SELECT id, name, body, created_at, updated_at"
                               "  FROM template"
                               " WHERE name = ?";

static const char SQL_LIST[] = "SELECT id, name, body, created_at, updated_at"
                               "  FROM template"
                               " ORDER BY name"
                               " LIMIT 1000";

enum rc template_name_check(const char *what, const char *name, struct error *err)
{
    size_t len = strlen(name);

    if (!len)
        return error_set(err, RC_INVALID, "%s: a name is needed", what);
    if (!utf8_valid(name, len, NULL) || utf8_length(name, len) > TEMPLATE_NAME_MAX)
        return error_set(err, RC_INVALID, "%s: expected at most %d characters of UTF-8", what,
                         TEMPLATE_NAME_MAX);
    for (size_t i = 0; i < len; i++) {
        if ((unsigned char)name[i] < ' ')
            return error_set(err, RC_INVALID, "%s: no control characters", what);
    }
    if (name[0] == ' ' || name[len - 1] == ' ')
        return error_set(err, RC_INVALID, "%s: no space at its ends", what);
    return RC_OK;
}

static enum rc body_check(const char *body, struct error *err)
{
    struct template *parsed;
    struct arena arena;
    enum rc rc;

    arena_init(&arena);
    rc = template_parse(body, &arena, &parsed, err);
    arena_close(&arena);
    if (!rc && !body[0])
        rc = error_set(err, RC_INVALID, "the text is empty");
    return rc;
}

enum rc template_put(struct db *db, const char *name, const char *body, uint64_t *id,
                     struct error *err)
{
    utc_us now = clock_now();
    uint64_t new_id;
    enum rc rc = template_name_check("template", name, err);

    if (!rc)
        rc = body_check(body, err);
    if (!rc)
        rc = db_new_ids(db, "template", 1, &new_id);
    if (!rc)
        rc = db_run(db, SQL_PUT,
                    DB_IN(db_u64(new_id), db_text(name), db_text(body), db_time(now), db_time(now)),
                    NULL);
    return rc ? rc : db_query_u64(db, SQL_ID, DB_IN(db_text(name)), id);
}

static void map_row(const struct db_rows *rows, struct template_row *t)
{
    *t = (struct template_row){
        .id = db_get_u64(rows, 0),
        .name = db_get_text(rows, 1),
        .body = db_get_text(rows, 2),
        .created_at = db_get_time(rows, 3),
        .updated_at = db_get_time(rows, 4),
    };
}

enum rc template_read(struct db *db, const char *name, struct arena *arena,
                      struct template_row *out)
{
    struct template_row row = { 0 };
    struct db_rows *rows;
    bool found;
    enum rc rc = db_query(db, SQL_READ, DB_IN(db_text(name)), &rows);

    if (rc)
        return rc;
    found = db_next(rows);
    if (found) {
        map_row(rows, &row);
        row.name = arena_copy(arena, row.name, strlen(row.name));
        row.body = arena_copy(arena, row.body, strlen(row.body));
    }
    rc = db_rows_end(rows);
    if (rc)
        return rc;
    if (!found)
        return RC_NOTFOUND;
    if (!row.name || !row.body)
        return RC_FAIL;
    *out = row;
    return RC_OK;
}

enum rc template_list(struct db *db, void (*each)(void *arg, const struct template_row *t),
                      void *arg)
{
    struct db_rows *rows;
    enum rc rc = db_query(db, SQL_LIST, DB_NO_INPUT, &rows);

    if (rc)
        return rc;
    while (db_next(rows)) {
        struct template_row row;
        map_row(rows, &row);
        each(arg, &row);
    }
    return db_rows_end(rows);
}
