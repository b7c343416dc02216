/* import_known.c - counts, by the keys of which an import would look them up. */
#include "store/import_known.h"

#include "store/db.h"

#define WANTED                                                                                   \
    "JSON_TABLE(?, '$[*]' COLUMNS (number VARCHAR(64) PATH '$[0]', hash CHAR(32) PATH '$[1]')) " \
    "wanted\n"

static const char SQL_CUSTOMERS[] =
    "SELECT COUNT(*), CAST(COALESCE(SUM(r.content_hash = UNHEX(wanted.hash)), 0) AS UNSIGNED)\n"
    "FROM " WANTED "JOIN partner p ON p.code = ?\n"
    "STRAIGHT_JOIN customer_ref r ON r.partner_id = p.id\n"
    "  AND r.customer_number = wanted.number COLLATE utf8mb4_bin";

static const char SQL_ORDERS[] =
    "SELECT COUNT(*), CAST(COALESCE(SUM(o.content_hash = UNHEX(wanted.hash)), 0) AS UNSIGNED)\n"
    "FROM " WANTED "JOIN partner p ON p.code = ?\n"
    "STRAIGHT_JOIN customer_order o ON o.partner_id = p.id\n"
    "  AND o.order_number = wanted.number COLLATE utf8mb4_bin";

static enum rc count(struct db *db, const char *sql, const char *partner, const char *keys,
                     struct import_known *out)
{
    struct import_known found = { 0 };
    struct db_rows *rows = NULL;
    enum rc rc = db_query(db, sql, DB_IN(db_text(keys), db_text(partner)), &rows);

    if (rc)
        return rc;
    if (db_next(rows)) {
        found.known = db_get_u64(rows, 0);
        found.unchanged = db_get_u64(rows, 1);
    }
    rc = db_rows_end(rows);
    if (!rc)
        *out = found;
    return rc;
}

enum rc import_known_customers(struct db *db, const char *partner, const char *keys,
                               struct import_known *out)
{
    return count(db, SQL_CUSTOMERS, partner, keys, out);
}

enum rc import_known_orders(struct db *db, const char *partner, const char *keys,
                            struct import_known *out)
{
    return count(db, SQL_ORDERS, partner, keys, out);
}
