/* template.c (store) - the catalogue of texts, read. */
#include "store/template.h"

#include <string.h>

#include "base/arena.h"
#include "domain/utf8.h"
#include "store/db.h"

/* A version beside its template, with the text of the template's own language. */
#define VERSION                                                                            \
    "SELECT t.id, v.version, v.kind, t.name, v.who, v.language, x.body,"                   \
    "       t.deleted_at IS NOT NULL, t.created_at, v.created_at,"                         \
    "       (SELECT GROUP_CONCAT(l.language ORDER BY l.language <> v.language, l.language" \
    "                            SEPARATOR ', ')"                                          \
    "          FROM template_text l"                                                       \
    "         WHERE l.template_id = t.id AND l.version = v.version),"                      \
    "       t.channel, x.subject"                                                          \
    "  FROM template t"                                                                    \
    "  JOIN template_version v ON v.template_id = t.id"                                    \
    "  JOIN template_text x"                                                               \
    "    ON x.template_id = t.id AND x.version = v.version AND x.language = v.language"

static const char SQL_READ[] = VERSION " WHERE t.name = ? AND v.version = IF(? = 0, t.version, ?)";

static const char SQL_LIST[] = VERSION " WHERE t.deleted_at IS NULL AND v.version = t.version"
                                       " ORDER BY t.name"
                                       " LIMIT 1000";

static const char SQL_HISTORY[] = VERSION " WHERE t.name = ?"
                                          " ORDER BY v.version DESC"
                                          " LIMIT 1000";

static const char SQL_TEXTS[] =
    "SELECT x.language, x.body, x.subject"
    "  FROM template_text x"
    "  JOIN template_version v ON v.template_id = x.template_id AND v.version = x.version"
    " WHERE x.template_id = ? AND x.version = ?"
    " ORDER BY x.language <> v.language, x.language";

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

/* Texts live until the next row. */
static void map_row(const struct db_rows *rows, struct template_row *t)
{
    *t = (struct template_row){
        .id = db_get_u64(rows, 0),
        .version = (unsigned)db_get_u64(rows, 1),
        .name = db_get_text(rows, 3),
        .who = db_get_text(rows, 4),
        .language = db_get_text(rows, 5),
        .body = db_get_text(rows, 6),
        .subject = db_get_text(rows, 12),
        .deleted = db_get_u64(rows, 7) != 0,
        .created_at = db_get_time(rows, 8),
        .updated_at = db_get_time(rows, 9),
    };
    (void)!template_kind_parse(db_get_text(rows, 2), &t->kind);
    (void)!channel_parse(db_get_text(rows, 11), &t->channel);
}

static bool keep(struct arena *arena, const char **text)
{
    *text = arena_copy(arena, *text, strlen(*text));
    return *text;
}

enum rc template_texts(struct db *db, uint64_t id, unsigned version, struct arena *arena,
                       struct template_text **texts, size_t *n)
{
    struct template_text *list = arena_alloc(arena, WORDING_TEXTS_MAX * sizeof(*list));
    struct db_rows *rows;
    bool kept = true;
    enum rc rc;

    *n = 0;
    *texts = list;
    if (!list)
        return RC_FAIL;
    rc = db_query(db, SQL_TEXTS, DB_IN(db_u64(id), db_u64(version)), &rows);
    if (rc)
        return rc;
    while (kept && *n < WORDING_TEXTS_MAX && db_next(rows)) {
        list[*n] = (struct template_text){ .language = db_get_text(rows, 0),
                                           .body = db_get_text(rows, 1),
                                           .subject = db_get_text(rows, 2) };
        kept = keep(arena, &list[*n].language) && keep(arena, &list[*n].body) &&
               keep(arena, &list[*n].subject);
        (*n)++;
    }
    rc = db_rows_end(rows);
    return rc ? rc : kept ? RC_OK : RC_FAIL;
}

enum rc template_read_version(struct db *db, const char *name, unsigned version,
                              struct arena *arena, struct template_row *out)
{
    struct template_row row = { 0 };
    struct db_rows *rows;
    bool found, kept = true;
    enum rc rc =
        db_query(db, SQL_READ, DB_IN(db_text(name), db_u64(version), db_u64(version)), &rows);

    if (rc)
        return rc;
    found = db_next(rows);
    if (found) {
        map_row(rows, &row);
        kept = keep(arena, &row.name) && keep(arena, &row.who) && keep(arena, &row.language) &&
               keep(arena, &row.body) && keep(arena, &row.subject);
    }
    rc = db_rows_end(rows);
    if (!rc && !found)
        rc = RC_NOTFOUND;
    if (!rc)
        rc = kept ? template_texts(db, row.id, row.version, arena, &row.texts, &row.n_texts)
                  : RC_FAIL;
    if (!rc)
        *out = row;
    return rc;
}

enum rc template_read(struct db *db, const char *name, struct arena *arena,
                      struct template_row *out)
{
    struct template_row row;
    enum rc rc = template_read_version(db, name, 0, arena, &row);

    if (!rc && row.deleted)
        return RC_NOTFOUND;
    if (!rc)
        *out = row;
    return rc;
}

static enum rc
tell_each(struct db_rows *rows,
          void (*each)(void *arg, const struct template_row *t, const char *languages), void *arg)
{
    while (db_next(rows)) {
        struct template_row row;
        map_row(rows, &row);
        each(arg, &row, db_get_text(rows, 10));
    }
    return db_rows_end(rows);
}

enum rc template_list(struct db *db,
                      void (*each)(void *arg, const struct template_row *t, const char *languages),
                      void *arg)
{
    struct db_rows *rows;
    enum rc rc = db_query(db, SQL_LIST, DB_NO_INPUT, &rows);

    return rc ? rc : tell_each(rows, each, arg);
}

enum rc template_history(struct db *db, const char *name,
                         void (*each)(void *arg, const struct template_row *t,
                                      const char *languages),
                         void *arg)
{
    struct db_rows *rows;
    enum rc rc = db_query(db, SQL_HISTORY, DB_IN(db_text(name)), &rows);

    return rc ? rc : tell_each(rows, each, arg);
}
