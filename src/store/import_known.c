/* import_known.c - counts, by the keys of which an import would look them up. */
#include "store/import_known.h"

#include "store/db.h"

#define WANTED                                                                                   \
    "JSON_TABLE(?, '$[*]' COLUMNS (number VARCHAR(64) PATH '$[0]', hash CHAR(32) PATH '$[1]')) " \
    "wanted\n"

/* How many are known, how many of those are the same, and of how many the customer was erased. */
#define COUNTS(same)                                                   \
    "SELECT COUNT(*), CAST(COALESCE(SUM(" same "), 0) AS UNSIGNED),\n" \
    "  CAST(COALESCE(SUM(c.erased_at IS NOT NULL), 0) AS UNSIGNED)\n"

static const char SQL_CUSTOMERS[] = COUNTS(
    "r.content_hash = UNHEX(wanted.hash)") "FROM " WANTED "JOIN partner p ON p.code = ?\n"
                                           "STRAIGHT_JOIN customer_ref r ON r.partner_id = p.id\n"
                                           "  AND r.customer_number = wanted.number COLLATE "
                                           "utf8mb4_bin\n"
                                           "JOIN customer c ON c.id = r.customer_id";

static const char SQL_ORDERS[] = COUNTS(
    "o.content_hash = UNHEX(wanted.hash)") "FROM " WANTED "JOIN partner p ON p.code = ?\n"
                                           "STRAIGHT_JOIN customer_order o ON o.partner_id = p.id\n"
                                           "  AND o.order_number = wanted.number COLLATE "
                                           "utf8mb4_bin\n"
                                           "JOIN customer c ON c.id = o.customer_id";

static const char SQL_INVOICES[] =
    COUNTS("0") "FROM " WANTED "JOIN partner p ON p.code = ?\n"
                "STRAIGHT_JOIN invoice i ON i.partner_id = p.id\n"
                "  AND i.number = wanted.number COLLATE utf8mb4_bin\n"
                "JOIN customer c ON c.id = i.customer_id";

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
        found.erased = db_get_u64(rows, 2);
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

enum rc import_known_invoices(struct db *db, const char *partner, const char *keys,
                              struct import_known *out)
{
    return count(db, SQL_INVOICES, partner, keys, out);
}
