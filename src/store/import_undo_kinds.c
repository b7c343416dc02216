/*
 * import_undo_kinds.c - taking back a chunk of statuses, products, invoices, payments or
 * suppressions.
 *
 * import_before has a row for each thing that the chunk made ('{}') or changed (what it was). A
 * thing that another import changed since is left. Everything is done by statements over those
 * rows.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/db.h"
#include "store/import_note.h"
#include "store/invoice_settle.h"
#include "store/suppression_listing.h"

#define CHUNK_IS "b.import_id = ? AND b.run = ? AND b.first_row = ? AND b.kind = 'other'"

/* A statement over a chunk's rows, and what its rows are counted as. */
struct act {
    const char *sql;
    const char *count; /* NULL: not counted */
    unsigned imports;  /* how often the import's id stands behind the chunk */
    unsigned nows;     /* ... and how often the time in front of it */
};

static enum rc run_acts(struct db *db, struct import_undo *undo, const struct act *acts, size_t n)
{
    enum rc rc = RC_OK;

    for (size_t i = 0; !rc && i < n; i++) {
        struct db_value in[8];
        uint64_t changed = 0;
        size_t k = 0;

        for (unsigned t = 0; t < acts[i].nows; t++)
            in[k++] = db_time(clock_now());
        in[k++] = db_u64(undo->imp->id);
        in[k++] = db_u64(undo->imp->run);
        in[k++] = db_u64(undo->first_row);
        for (unsigned t = 0; t < acts[i].imports; t++)
            in[k++] = db_u64(undo->imp->id);
        rc = db_run(db, acts[i].sql, in, k, &changed);
        if (!rc && acts[i].count && changed)
            rc = import_undo_count_add(undo, acts[i].count, changed);
    }
    return rc;
}
#define RUN_ACTS(db, undo, acts) run_acts(db, undo, acts, sizeof(acts) / sizeof((acts)[0]))

/* A question over a chunk's rows that gives one number; counted as something that is left. The
 * import's id stands behind the chunk `imports` times, 0 or 1. */
static enum rc count_left(struct db *db, struct import_undo *undo, const char *sql,
                          unsigned imports, const char *count)
{
    const struct db_value in[] = { db_u64(undo->imp->id), db_u64(undo->imp->run),
                                   db_u64(undo->first_row), db_u64(undo->imp->id) };
    uint64_t n = 0;
    enum rc rc = db_query_u64(db, sql, in, 3 + imports, &n);

    return rc || !n ? rc : import_undo_count_add(undo, count, n);
}

/* --- statuses --- */

/* The last news that moved it are the chunk's, and it is still what they made of it. */
static const char SQL_ORDERS_BACK[] =
    "UPDATE import_before b\n"
    "JOIN customer_order o ON o.id = b.subject_id\n"
    "JOIN order_event e ON e.id = (SELECT MAX(x.id) FROM order_event x\n"
    "                              WHERE x.order_id = o.id AND x.was IS NOT NULL)\n"
    "SET o.status = JSON_VALUE(b.was, '$.status'),\n"
    "  o.status_at = JSON_VALUE(b.was, '$.status_at'),\n"
    "  o.planned_at = JSON_VALUE(b.was, '$.planned_at'),\n"
    "  o.out_at = JSON_VALUE(b.was, '$.out_at'),\n"
    "  o.delivered_at = JSON_VALUE(b.was, '$.delivered_at'),\n"
    "  o.missed_at = JSON_VALUE(b.was, '$.missed_at'),\n"
    "  o.cancelled_at = JSON_VALUE(b.was, '$.cancelled_at')\n"
    "WHERE " CHUNK_IS "\n"
    "  AND e.import_id = ? AND o.status = e.status AND o.status_at = e.at";

static const char SQL_ORDERS_LEFT[] =
    "SELECT COUNT(*)\n"
    "FROM import_before b\n"
    "JOIN customer_order o ON o.id = b.subject_id\n"
    "LEFT JOIN order_event e ON e.id = (SELECT MAX(x.id) FROM order_event x\n"
    "                                   WHERE x.order_id = o.id AND x.was IS NOT NULL)\n"
    "WHERE " CHUNK_IS "\n"
    "  AND NOT (e.import_id <=> ? AND o.status = e.status AND o.status_at <=> e.at)";

static const char SQL_EVENTS_GONE[] = "DELETE FROM order_event\n"
                                      "WHERE import_id = ? AND import_row >= ? AND import_row < ?";

enum rc import_statuses_undo(struct db *db, struct import_undo *undo)
{
    static const struct act acts[] = { { SQL_ORDERS_BACK, "orders_restored", 1, 0 } };
    uint64_t gone = 0;
    enum rc rc = count_left(db, undo, SQL_ORDERS_LEFT, 1, "order_changed_since");

    if (!rc)
        rc = RUN_ACTS(db, undo, acts);
    if (!rc)
        rc = db_run(db, SQL_EVENTS_GONE,
                    DB_IN(db_u64(undo->imp->id), db_u64(undo->first_row), db_u64(undo->next_row)),
                    &gone);
    return rc || !gone ? rc : import_undo_count_add(undo, "rows_undone", gone);
}

/* --- products --- */

/* What was the price of that day before is in the list `prices`: [currency, day, to, cents,
 * import]; `days` has the first two, put together. */
static const char SQL_PRICES_BACK[] =
    "INSERT INTO product_price (product_id, currency, valid_from, valid_to, cents, import_id)\n"
    "SELECT b.subject_id, w.currency, w.valid_from, w.valid_to, w.cents, w.import_id\n"
    "FROM import_before b\n"
    "JOIN JSON_TABLE(b.was, '$.prices[*]' COLUMNS (currency CHAR(3) PATH '$[0]',\n"
    "  valid_from DATE PATH '$[1]', valid_to DATE PATH '$[2]', cents BIGINT PATH '$[3]',\n"
    "  import_id BIGINT UNSIGNED PATH '$[4]')) w\n"
    "JOIN product_price q ON q.product_id = b.subject_id\n"
    "  AND q.currency = w.currency COLLATE utf8mb4_bin AND q.valid_from = w.valid_from\n"
    "WHERE " CHUNK_IS "\n"
    "  AND q.import_id = ?\n"
    "ON DUPLICATE KEY UPDATE valid_to = VALUE(valid_to), cents = VALUE(cents),\n"
    "  import_id = VALUE(import_id)";

static const char SQL_PRICES_GONE[] =
    "DELETE q\n"
    "FROM product_price q\n"
    "JOIN import_before b ON b.subject_id = q.product_id\n"
    "WHERE " CHUNK_IS "\n"
    "  AND q.import_id = ?\n"
    "  AND NOT COALESCE(JSON_CONTAINS(b.was, JSON_QUOTE(CONCAT(q.currency, q.valid_from)),\n"
    "                                 '$.days'), FALSE)";

static const char SQL_PRODUCTS_BACK[] = "UPDATE import_before b\n"
                                        "JOIN product p ON p.id = b.subject_id\n"
                                        "SET p.label = JSON_VALUE(b.was, '$.label'),\n"
                                        "  p.product_range_id = JSON_VALUE(b.was, '$.range'),\n"
                                        "  p.withdrawn_at = JSON_VALUE(b.was, '$.withdrawn_at'),\n"
                                        "  p.import_id = JSON_VALUE(b.was, '$.import'),\n"
                                        "  p.import_row = JSON_VALUE(b.was, '$.row'),\n"
                                        "  p.updated_at = JSON_VALUE(b.was, '$.updated_at')\n"
                                        "WHERE " CHUNK_IS "\n"
                                        "  AND p.import_id = ? AND b.was <> '{}'";

static const char SQL_PRODUCTS_GONE[] =
    "DELETE p\n"
    "FROM product p\n"
    "JOIN import_before b ON b.subject_id = p.id\n"
    "WHERE " CHUNK_IS "\n"
    "  AND p.import_id = ? AND b.was = '{}'\n"
    "  AND NOT EXISTS (SELECT 1 FROM product_price q WHERE q.product_id = p.id)";

static const char SQL_PRODUCTS_LEFT[] = "SELECT COUNT(*)\n"
                                        "FROM import_before b\n"
                                        "JOIN product p ON p.id = b.subject_id\n"
                                        "WHERE " CHUNK_IS "\n"
                                        "  AND b.was = '{}'";

enum rc import_products_undo(struct db *db, struct import_undo *undo)
{
    static const struct act acts[] = {
        { SQL_PRICES_GONE, NULL, 1, 0 },
        { SQL_PRICES_BACK, NULL, 1, 0 },
        { SQL_PRODUCTS_BACK, "rows_undone", 1, 0 },
        { SQL_PRODUCTS_GONE, "rows_undone", 1, 0 },
    };
    const enum rc rc = RUN_ACTS(db, undo, acts);

    return rc ? rc : count_left(db, undo, SQL_PRODUCTS_LEFT, 0, "row_changed_since");
}

/* --- invoices --- */

static const char SQL_INVOICES_LEFT[] =
    "SELECT COUNT(*)\n"
    "FROM import_before b\n"
    "JOIN invoice i ON i.id = b.subject_id\n"
    "WHERE " CHUNK_IS "\n"
    "  AND (NOT i.import_id <=> ?\n"
    "       OR (b.was = '{}' AND EXISTS (SELECT 1 FROM payment y WHERE y.invoice_id = i.id)))";

static const char SQL_INVOICES_BACK[] =
    "UPDATE import_before b\n"
    "JOIN invoice i ON i.id = b.subject_id\n"
    "SET i.customer_id = JSON_VALUE(b.was, '$.customer'),\n"
    "  i.order_id = JSON_VALUE(b.was, '$.order'),\n"
    "  i.issued_on = JSON_VALUE(b.was, '$.issued_on'),\n"
    "  i.due_on = JSON_VALUE(b.was, '$.due_on'),\n"
    "  i.amount_cents = JSON_VALUE(b.was, '$.cents'),\n"
    "  i.currency = JSON_VALUE(b.was, '$.currency'),\n"
    "  i.state = JSON_VALUE(b.was, '$.state'),\n"
    "  i.content_hash = UNHEX(JSON_VALUE(b.was, '$.hash')),\n"
    "  i.import_row = JSON_VALUE(b.was, '$.row'),\n"
    "  i.updated_at = JSON_VALUE(b.was, '$.updated_at'),\n"
    "  i.cancelled_at = JSON_VALUE(b.was, '$.cancelled_at'),\n"
    "  i.paid_at = IF(JSON_VALUE(b.was, '$.state') = 'paid'\n"
    "                   OR i.paid_cents >= JSON_VALUE(b.was, '$.cents'),\n"
    "                 COALESCE(JSON_VALUE(b.was, '$.paid_at'), ?), NULL),\n"
    "  i.import_id = JSON_VALUE(b.was, '$.import')\n"
    "WHERE " CHUNK_IS "\n"
    "  AND i.import_id = ? AND b.was <> '{}'";

static const char SQL_INVOICES_GONE[] =
    "DELETE i\n"
    "FROM invoice i\n"
    "JOIN import_before b ON b.subject_id = i.id\n"
    "WHERE " CHUNK_IS "\n"
    "  AND i.import_id = ? AND b.was = '{}'\n"
    "  AND NOT EXISTS (SELECT 1 FROM payment y WHERE y.invoice_id = i.id)";

enum rc import_invoices_undo(struct db *db, struct import_undo *undo)
{
    static const struct act acts[] = {
        { SQL_INVOICES_BACK, "rows_undone", 1, 1 },
        { SQL_INVOICES_GONE, "rows_undone", 1, 0 },
    };
    const enum rc rc = count_left(db, undo, SQL_INVOICES_LEFT, 1, "row_changed_since");

    return rc ? rc : RUN_ACTS(db, undo, acts);
}

/* --- payments --- */

static const char SQL_PAYMENTS_LEFT[] = "SELECT COUNT(*)\n"
                                        "FROM import_before b\n"
                                        "JOIN payment y ON y.id = b.subject_id\n"
                                        "WHERE " CHUNK_IS "\n"
                                        "  AND y.seen_import_id <> ?";

static const char SQL_PAYMENTS_BACK[] = "UPDATE import_before b\n"
                                        "JOIN payment y ON y.id = b.subject_id\n"
                                        "SET y.paid_on = JSON_VALUE(b.was, '$.paid_on'),\n"
                                        "  y.amount_cents = JSON_VALUE(b.was, '$.cents'),\n"
                                        "  y.seen_import_id = JSON_VALUE(b.was, '$.seen'),\n"
                                        "  y.seen_run = JSON_VALUE(b.was, '$.seen_run')\n"
                                        "WHERE " CHUNK_IS "\n"
                                        "  AND y.seen_import_id = ? AND b.was <> '{}'";

static const char SQL_PAYMENTS_GONE[] = "DELETE y\n"
                                        "FROM payment y\n"
                                        "JOIN import_before b ON b.subject_id = y.id\n"
                                        "WHERE " CHUNK_IS "\n"
                                        "  AND y.seen_import_id = ? AND b.was = '{}'";

static const char SQL_PAID_INVOICES[] = "SELECT DISTINCT y.invoice_id\n"
                                        "FROM import_before b\n"
                                        "JOIN payment y ON y.id = b.subject_id\n"
                                        "WHERE " CHUNK_IS;

static enum rc invoices_of(struct db *db, const struct import_undo *undo, struct db_bulk *sums)
{
    const struct db_value now = db_time(clock_now());
    struct db_rows *rows;
    enum rc rc = db_query(
                db, SQL_PAID_INVOICES,
                DB_IN(db_u64(undo->imp->id), db_u64(undo->imp->run), db_u64(undo->first_row)),
                &rows),
            end;

    if (rc)
        return rc;
    while (!rc && db_next(rows))
        rc = db_bulk_add(sums, (const struct db_value[]){ now, now, db_u64(db_get_u64(rows, 0)) });
    end = db_rows_end(rows);
    return rc ? rc : end;
}

enum rc import_payments_undo(struct db *db, struct import_undo *undo)
{
    static const struct act acts[] = {
        { SQL_PAYMENTS_BACK, "rows_undone", 1, 0 },
        { SQL_PAYMENTS_GONE, "rows_undone", 1, 0 },
    };
    struct db_bulk *sums = db_bulk_new(3);
    enum rc rc = sums ? RC_OK : RC_FAIL;

    if (!rc)
        rc = invoices_of(db, undo, sums);
    if (!rc)
        rc = count_left(db, undo, SQL_PAYMENTS_LEFT, 1, "row_changed_since");
    if (!rc)
        rc = RUN_ACTS(db, undo, acts);
    if (!rc)
        rc = db_bulk_run(db, invoice_sum_sql, sums, NULL);
    db_bulk_free(sums);
    return rc;
}

/* --- suppressions --- */

/* The import made it (`reason` NULL), or changed or ended it. */
static const char SQL_LISTED_BY[] =
    "SELECT JSON_VALUE(b.was, '$.channel'), JSON_VALUE(b.was, '$.address'),\n"
    "  JSON_VALUE(b.was, '$.reason'), JSON_VALUE(b.was, '$.until'),\n"
    "  JSON_VALUE(b.was, '$.import'), JSON_VALUE(b.was, '$.seen'),\n"
    "  JSON_VALUE(b.was, '$.listed'), l.seen_import_id\n"
    "FROM import_before b\n"
    "LEFT JOIN suppression_listing l\n"
    "  ON l.channel = JSON_VALUE(b.was, '$.channel') COLLATE utf8mb4_bin\n"
    "  AND l.address = JSON_VALUE(b.was, '$.address') COLLATE utf8mb4_bin\n"
    "  AND l.partner_id = ?\n"
    "WHERE " CHUNK_IS;

static const char SQL_UNLIST[] = "DELETE FROM suppression_listing\n"
                                 "WHERE channel = ? AND address = ? AND partner_id = ?";

static const char SQL_RELIST[] =
    "REPLACE INTO suppression_listing (channel, address, partner_id, reason, until_at, import_id,\n"
    "  seen_import_id, listed_at)\n"
    "VALUES (?, ?, ?, ?, ?, ?, ?, ?)";

struct listed {
    char channel[6], address[ADDRESS_SIZE];
    char reason[257], until[40], listed[40];
    uint64_t import_id, seen_id;
    bool was_there, is_there;
};

static enum rc read_listed(struct db *db, const struct import_undo *undo, struct listed *list,
                           size_t *n, uint64_t *left)
{
    struct db_rows *rows;
    enum rc rc = db_query(db, SQL_LISTED_BY,
                          DB_IN(db_u64(undo->imp->partner_id), db_u64(undo->imp->id),
                                db_u64(undo->imp->run), db_u64(undo->first_row)),
                          &rows);

    *n = *left = 0;
    if (rc)
        return rc;
    while (db_next(rows) && *n < 2 * IMPORT_CHUNK_MAX) {
        struct listed *l = &list[*n];

        *l = (struct listed){ .was_there = !db_is_null(rows, 2),
                              .is_there = !db_is_null(rows, 7),
                              .import_id = db_get_u64(rows, 4),
                              .seen_id = db_get_u64(rows, 5) };
        snprintf(l->channel, sizeof(l->channel), "%s", db_get_text(rows, 0));
        snprintf(l->address, sizeof(l->address), "%s", db_get_text(rows, 1));
        snprintf(l->reason, sizeof(l->reason), "%s", db_get_text(rows, 2));
        snprintf(l->until, sizeof(l->until), "%s", db_get_text(rows, 3));
        snprintf(l->listed, sizeof(l->listed), "%s", db_get_text(rows, 6));
        if (l->is_there && db_get_u64(rows, 7) != undo->imp->id)
            ++*left; /* the partner said so since, too */
        else if (l->was_there || l->is_there)
            ++*n;
    }
    return db_rows_end(rows);
}

static enum rc take_back(struct db *db, const struct import_undo *undo, const struct listed *l)
{
    const struct db_value channel = db_text(l->channel), address = db_text(l->address),
                          partner = db_u64(undo->imp->partner_id);
    const struct contact_address point = { strcmp(l->channel, "email") == 0 ? CHANNEL_EMAIL
                                                                            : CHANNEL_SMS,
                                           l->address };
    const char *reason = l->reason;
    enum rc rc;

    if (!l->was_there) {
        rc = db_run(db, SQL_UNLIST, DB_IN(channel, address, partner), NULL);
        return rc ? rc : suppression_settle(db, &point);
    }
    rc = db_run(db, SQL_RELIST,
                DB_IN(channel, address, partner, db_text(reason),
                      db_text(*l->until ? l->until : NULL), db_u64(l->import_id),
                      db_u64(l->seen_id), db_text(l->listed)),
                NULL);
    return rc || l->is_there ? rc : suppression_listed(db, &point, &reason, 1, clock_now());
}

enum rc import_suppressions_undo(struct db *db, struct import_undo *undo)
{
    struct listed *list = calloc(2 * IMPORT_CHUNK_MAX, sizeof(*list));
    uint64_t left = 0;
    size_t n = 0;
    enum rc rc = list ? read_listed(db, undo, list, &n, &left) : RC_FAIL;

    for (size_t i = 0; !rc && i < n; i++)
        rc = take_back(db, undo, &list[i]);
    if (!rc && n)
        rc = import_undo_count_add(undo, "rows_undone", n);
    if (!rc && left)
        rc = import_undo_count_add(undo, "row_changed_since", left);
    free(list);
    return rc;
}
