/* partner_query.c - sums over table import, by partner. */
#include "store/partner_query.h"

#include <stdio.h>
#include <stdlib.h>

#include "store/db.h"
#include "store/import_row.h"

static const char SQL_LAST[] = "SELECT " IMPORT_COLUMNS "\n"
                               "FROM partner p\n"
                               "JOIN import i ON i.id = (SELECT MAX(x.id) FROM import x\n"
                               "  WHERE x.partner_id = p.id)\n"
                               "WHERE p.code = ?";

static const char SQL_SUMS[] =
    "SELECT p.code, COUNT(i.id), CAST(COALESCE(SUM(i.state = 'failed'), 0) AS UNSIGNED),\n"
    "       CAST(COALESCE(SUM(i.rows_taken + i.rows_unchanged), 0) AS UNSIGNED),\n"
    "       CAST(COALESCE(SUM(i.rows_refused), 0) AS UNSIGNED),\n"
    "       (SELECT COUNT(*) FROM import x\n"
    "         WHERE x.state IN ('checking', 'applying') AND x.partner_id = p.id)\n"
    "FROM partner p\n"
    "LEFT JOIN import i ON i.partner_id = p.id AND i.received_at >= ?\n"
    "WHERE ? = '' OR p.code = ?\n"
    "GROUP BY p.id, p.code\n"
    "ORDER BY p.code\n"
    "LIMIT 1000";

struct list {
    struct partner_files all[1000];
    size_t n;
};

static enum rc read_last(struct db *db, struct partner_files *f)
{
    struct db_rows *rows = NULL;
    enum rc rc = db_query(db, SQL_LAST, DB_IN(db_text(f->code)), &rows);

    if (rc)
        return rc;
    if (db_next(rows))
        import_from_row(rows, &f->last);
    return db_rows_end(rows);
}

static enum rc read_sums(struct db *db, const char *partner, utc_us since, struct list *list)
{
    struct db_rows *rows = NULL;
    enum rc rc =
        db_query(db, SQL_SUMS, DB_IN(db_time(since), db_text(partner), db_text(partner)), &rows);

    if (rc)
        return rc;
    while (list->n < sizeof(list->all) / sizeof(list->all[0]) && db_next(rows)) {
        struct partner_files *f = &list->all[list->n++];

        snprintf(f->code, sizeof(f->code), "%s", db_get_text(rows, 0));
        f->imports = db_get_u64(rows, 1);
        f->failed = db_get_u64(rows, 2);
        f->rows_taken = db_get_u64(rows, 3);
        f->rows_refused = db_get_u64(rows, 4);
        f->under_way = db_get_u64(rows, 5);
    }
    return db_rows_end(rows);
}

enum rc partner_files_read(struct db *db, const char *partner, utc_us since,
                           void (*each)(void *arg, const struct partner_files *files), void *arg)
{
    struct list *list = calloc(1, sizeof(*list));
    enum rc rc = list ? read_sums(db, partner, since, list) : RC_FAIL;

    for (size_t i = 0; !rc && i < list->n; i++) {
        rc = read_last(db, &list->all[i]);
        if (!rc)
            each(arg, &list->all[i]);
    }
    free(list);
    return rc;
}
