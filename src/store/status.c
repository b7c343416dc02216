/* status.c (store) - counts of today, from narrow ranges of the newest ids. */
#include "store/status.h"

#include "store/db.h"
#include "store/timed_id.h"

static const char SQL_IMPORTS[] =
    "SELECT COUNT(*), CAST(COALESCE(SUM(rows_taken + rows_unchanged), 0) AS UNSIGNED),"
    "       CAST(COALESCE(SUM(rows_refused), 0) AS UNSIGNED),"
    "       CAST(COALESCE(SUM(state = 'failed'), 0) AS UNSIGNED)"
    "  FROM import"
    " WHERE received_at >= ?";

/* Ids of inbound messages carry their time. */
static const char SQL_INBOUND[] =
    "SELECT COUNT(*), CAST(COALESCE(SUM(keyword = 'stop'), 0) AS UNSIGNED)"
    "  FROM inbound_message"
    " WHERE id >= ?";

enum rc day_status_read(struct db *db, utc_us midnight, struct day_status *out)
{
    struct day_status s = { 0 };
    struct db_rows *rows;
    enum rc rc = db_query(db, SQL_IMPORTS, DB_IN(db_time(midnight)), &rows);

    if (rc)
        return rc;
    if (db_next(rows)) {
        s.imports = db_get_u64(rows, 0);
        s.import_rows = db_get_u64(rows, 1);
        s.import_refused = db_get_u64(rows, 2);
        s.imports_failed = db_get_u64(rows, 3);
    }
    rc = db_rows_end(rows);
    if (!rc)
        rc = db_query(db, SQL_INBOUND, DB_IN(db_u64(timed_id_at(midnight))), &rows);
    if (rc)
        return rc;
    if (db_next(rows)) {
        s.inbound = db_get_u64(rows, 0);
        s.stops = db_get_u64(rows, 1);
    }
    rc = db_rows_end(rows);
    if (!rc)
        *out = s;
    return rc;
}
