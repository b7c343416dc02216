/* goods.c - see goods.h. */
#include "store/goods.h"

#include "store/db.h"

/* Cents as people write them. */
#define MONEY(cents) "CAST(CAST(" cents " / 100 AS DECIMAL(20, 2)) AS CHAR)"

/* Of a currency, the price that began last and those that are still to begin. */
static const char SQL_PRODUCTS[] =
    "SELECT p.id, r.code, p.code, p.label, COALESCE(g.code, ''), p.withdrawn_at,"
    "       COALESCE((SELECT GROUP_CONCAT(" MONEY(
        "x.cents") ", ' ', x.currency, ' from ',"
                   "                                     x.valid_from,"
                   "                                     IF(x.valid_to IS NULL, '', CONCAT(' to ', "
                   "x.valid_to))"
                   "                                     ORDER BY x.currency, x.valid_from "
                   "SEPARATOR ', ')"
                   "          FROM product_price x"
                   "         WHERE x.product_id = p.id"
                   "           AND (x.valid_to IS NULL OR x.valid_to >= UTC_DATE())"
                   "           AND NOT EXISTS (SELECT 1 FROM product_price y"
                   "                            WHERE y.product_id = x.product_id AND y.currency = "
                   "x.currency"
                   "                              AND y.valid_from > x.valid_from"
                   "                              AND y.valid_from <= UTC_DATE())), '')"
                   "  FROM product p"
                   "  JOIN partner r ON r.id = p.partner_id"
                   "  LEFT JOIN product_range g ON g.id = p.product_range_id"
                   " WHERE p.id > ?"
                   " ORDER BY p.id"
                   " LIMIT ?";

static const char SQL_INVOICES[] =
    "SELECT i.id, i.customer_id, COALESCE(r.code, ''), i.number,"
    "       CASE WHEN i.cancelled_at IS NOT NULL THEN 'cancelled'"
    "            WHEN i.paid_at IS NOT NULL THEN 'paid'"
    "            ELSE 'open' END,"
    "       COALESCE(CAST(i.issued_on AS CHAR), ''), COALESCE(CAST(i.due_on AS CHAR), ''),"
    "       " MONEY("i.amount_cents") ", " MONEY(
        "i.paid_cents") ", i.currency"
                        "  FROM invoice i"
                        "  LEFT JOIN partner r ON r.id = i.partner_id"
                        " WHERE i.id > ?"
                        " ORDER BY i.id"
                        " LIMIT ?";

enum rc goods_products(struct db *db, uint64_t after, uint64_t limit,
                       void (*each)(void *arg, const struct goods_product *p), void *arg)
{
    struct db_rows *rows;
    enum rc rc = db_query(db, SQL_PRODUCTS, DB_IN(db_u64(after), db_u64(limit)), &rows);

    if (rc)
        return rc;
    while (db_next(rows)) {
        const struct goods_product p = {
            .id = db_get_u64(rows, 0),
            .partner = db_get_text(rows, 1),
            .code = db_get_text(rows, 2),
            .label = db_get_text(rows, 3),
            .range = db_get_text(rows, 4),
            .withdrawn_at = db_get_time(rows, 5),
            .prices = db_get_text(rows, 6),
        };
        each(arg, &p);
    }
    return db_rows_end(rows);
}

enum rc goods_invoices(struct db *db, uint64_t after, uint64_t limit,
                       void (*each)(void *arg, const struct goods_invoice *i), void *arg)
{
    struct db_rows *rows;
    enum rc rc = db_query(db, SQL_INVOICES, DB_IN(db_u64(after), db_u64(limit)), &rows);

    if (rc)
        return rc;
    while (db_next(rows)) {
        const struct goods_invoice i = {
            .id = db_get_u64(rows, 0),
            .customer_id = db_get_u64(rows, 1),
            .partner = db_get_text(rows, 2),
            .number = db_get_text(rows, 3),
            .state = db_get_text(rows, 4),
            .issued_on = db_get_text(rows, 5),
            .due_on = db_get_text(rows, 6),
            .amount = db_get_text(rows, 7),
            .paid = db_get_text(rows, 8),
            .currency = db_get_text(rows, 9),
        };
        each(arg, &i);
    }
    return db_rows_end(rows);
}
