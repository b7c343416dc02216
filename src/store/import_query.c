/* import_query.c - looking at imports. */
#include "store/import_query.h"

#include <stdio.h>

#include "store/db.h"
#include "store/import_row.h"

#define FROM_IMPORT               \
    "SELECT " IMPORT_COLUMNS "\n" \
    "FROM import i\n"             \
    "JOIN partner p ON p.id = i.partner_id\n"

static const char SQL_GET[] = FROM_IMPORT "WHERE i.id = ?";

static const char SQL_LIST[] =
    FROM_IMPORT "WHERE (? = '' OR p.code = ?) AND (? = '' OR i.state = ?) AND i.received_at >= ?\n"
                "AND i.id < ?\n"
                "ORDER BY i.id DESC\n"
                "LIMIT ?";

static const char SQL_UNFINISHED[] =
    FROM_IMPORT "WHERE i.state IN ('checking', 'applying') AND i.partner_id = ? AND i.id > ?\n"
                "AND i.node_id IN (0, ?)\n"
                "ORDER BY i.id\n"
                "LIMIT ?";

/* *n in: room, out: how many there were. */
static enum rc read_imports(struct db *db, const char *sql, const struct db_value *in, size_t n_in,
                            struct import *list, size_t *n)
{
    struct db_rows *rows = NULL;
    size_t got = 0;
    enum rc rc = db_query(db, sql, in, n_in, &rows);

    if (rc)
        return rc;
    while (got < *n && db_next(rows))
        import_from_row(rows, &list[got++]);
    rc = db_rows_end(rows);
    if (!rc)
        *n = got;
    return rc;
}

enum rc import_get(struct db *db, uint64_t id, struct import *imp)
{
    size_t n = 1;
    enum rc rc = read_imports(db, SQL_GET, DB_IN(db_u64(id)), imp, &n);

    return rc ? rc : n ? RC_OK : RC_NOTFOUND;
}

enum rc import_list(struct db *db, const struct import_filter *filter, uint64_t before,
                    struct import *list, size_t *n)
{
    const char *partner = filter->partner ? filter->partner : "";
    const char *state = filter->state ? filter->state : "";

    return read_imports(db, SQL_LIST,
                        DB_IN(db_text(partner), db_text(partner), db_text(state), db_text(state),
                              db_time(filter->since > 0 ? filter->since : USEC_PER_SEC),
                              db_u64(before ? before : INT64_MAX), db_u64(*n)),
                        list, n);
}

enum rc import_unfinished(struct db *db, unsigned partner_id, uint64_t after, struct import *list,
                          size_t *n)
{
    return read_imports(db, SQL_UNFINISHED,
                        DB_IN(db_u64(partner_id), db_u64(after), db_u64(db_node(db)), db_u64(*n)),
                        list, n);
}

static const char SQL_REJECTS[] = "SELECT row_no, line, field, code, value, reason, entry\n"
                                  "FROM import_reject\n"
                                  "WHERE import_id = ? AND row_no > ?\n"
                                  "ORDER BY row_no\n"
                                  "LIMIT ?";

enum rc import_rejects(struct db *db, uint64_t id, uint64_t after, struct import_reject_row *list,
                       size_t *n)
{
    struct db_rows *rows = NULL;
    size_t got = 0;
    enum rc rc = db_query(db, SQL_REJECTS, DB_IN(db_u64(id), db_u64(after), db_u64(*n)), &rows);

    if (rc)
        return rc;
    while (got < *n && db_next(rows)) {
        struct import_reject_row *r = &list[got++];

        r->row_no = db_get_u64(rows, 0);
        r->line = db_get_u64(rows, 1);
        snprintf(r->field, sizeof(r->field), "%s", db_get_text(rows, 2));
        snprintf(r->code, sizeof(r->code), "%s", db_get_text(rows, 3));
        snprintf(r->value, sizeof(r->value), "%s", db_get_text(rows, 4));
        snprintf(r->reason, sizeof(r->reason), "%s", db_get_text(rows, 5));
        snprintf(r->entry, sizeof(r->entry), "%s", db_get_text(rows, 6));
    }
    rc = db_rows_end(rows);
    if (!rc)
        *n = got;
    return rc;
}
