/* notice_lines.c - names and titles of tasks and alerts, many at a time. */
#include "store/notice_lines.h"

#include <string.h>

#include "base/arena.h"
#include "store/calling_sql.h"
#include "store/db.h"
#include "store/id_list.h"

static const char SQL_TASKS[] =
    "SELECT t.id, COALESCE(NULLIF(TRIM(CONCAT(c.first_name, ' ', c.last_name)), ''), c.company, "
    "''),"
    "       t.title, COALESCE(" NUMBER_TO_CALL ", ''), COALESCE(s.name, ''),"
    "       COALESCE(t.staff_id, 0), t.day + 0, t.reasons, COALESCE(c.company, '')"
    "  FROM " ID_LIST " w"
    "  JOIN contact_task t ON t.id = w.id"
    "  LEFT JOIN customer c ON c.id = t.customer_id AND c.erased_at IS NULL"
    "  LEFT JOIN staff s ON s.id = t.staff_id";

static const char SQL_ALERTS[] = "SELECT a.id, a.text"
                                 "  FROM " ID_LIST " w"
                                 "  JOIN alert a ON a.id = w.id";

struct line_reader {
    const struct notice_subject *subjects;
    size_t n;
    struct arena *arena;
    struct notice_line *lines;
};

static const char *keep(const struct line_reader *r, const struct db_rows *rows, unsigned col)
{
    const char *text = db_get_text(rows, col);
    const char *copy = arena_copy(r->arena, text, strlen(text));

    return copy ? copy : "";
}

static void take_row(const struct line_reader *r, enum matter_kind kind, const struct db_rows *rows,
                     size_t i)
{
    struct notice_line *line = &r->lines[i];

    line->name = keep(r, rows, 1);
    if (kind == MATTER_ALERT)
        return;
    line->title = keep(r, rows, 2);
    line->phone = keep(r, rows, 3);
    line->whose = keep(r, rows, 4);
    line->whose_id = (unsigned)db_get_u64(rows, 5);
    line->day = (int)db_get_u64(rows, 6);
    line->reasons = keep(r, rows, 7);
    line->company = keep(r, rows, 8);
}

/* Rows may come in any order, subjects stand in any order: there are a few hundred at most. */
static void find_row(const struct line_reader *r, enum matter_kind kind, const struct db_rows *rows)
{
    const uint64_t id = db_get_u64(rows, 0);

    for (size_t i = 0; i < r->n; i++) {
        if (r->subjects[i].kind == kind && r->subjects[i].id == id)
            take_row(r, kind, rows, i);
    }
}

static enum rc read_kind(struct db *db, const struct line_reader *r, enum matter_kind kind,
                         const char *sql)
{
    struct db_rows *rows;
    struct id_list ids;
    enum rc rc;

    id_list_init(&ids, r->n);
    for (size_t i = 0; i < r->n; i++) {
        if (r->subjects[i].kind == kind)
            id_list_add(&ids, r->subjects[i].id);
    }
    rc = ids.n ? id_list_text(&ids) : RC_OK;
    if (!rc && ids.n) {
        rc = db_query(db, sql, DB_IN(ID_LIST_IN(&ids)), &rows);
        while (!rc && db_next(rows))
            find_row(r, kind, rows);
        if (!rc)
            rc = db_rows_end(rows);
    }
    id_list_close(&ids);
    return rc;
}

enum rc notice_lines_read(struct db *db, const struct notice_subject *subjects, size_t n,
                          struct arena *arena, struct notice_line *lines)
{
    const struct line_reader r = { subjects, n, arena, lines };
    enum rc rc;

    for (size_t i = 0; i < n; i++)
        lines[i] = (struct notice_line){ .alert = subjects[i].kind == MATTER_ALERT,
                                         .number = subjects[i].id,
                                         .name = "",
                                         .title = "",
                                         .phone = "",
                                         .reasons = "",
                                         .company = "",
                                         .whose = "" };
    rc = read_kind(db, &r, MATTER_TASK, SQL_TASKS);
    return rc ? rc : read_kind(db, &r, MATTER_ALERT, SQL_ALERTS);
}

struct notice_line notice_line_for(const struct notice_line *line, unsigned reader)
{
    struct notice_line own = *line;

    if (own.whose_id == reader)
        own.whose = "";
    return own;
}
