/*
 * import_products.c - products and their prices.
 *
 * A price is known by its product, currency and first day. A row that does not say a first day
 * speaks of the price of today: the one that is valid now stays when it is the same, else a new one
 * begins with the day of the file. Old prices stay.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "domain/local_time.h"
#include "domain/value.h"
#include "store/db.h"
#include "store/import_codes.h"
#include "store/import_keys.h"
#include "store/import_kind.h"
#include "store/import_note.h"

#define PRICE_KEY_SIZE 300 /* code, currency, day */

static const char SQL_PRODUCTS[] =
    "SELECT p.code, p.id, p.label, COALESCE(p.product_range_id, 0), p.withdrawn_at IS NOT NULL\n"
    "FROM JSON_TABLE(?, '$[*]' COLUMNS (code VARCHAR(64) PATH '$')) wanted\n"
    "STRAIGHT_JOIN product p ON p.partner_id = ?\n"
    "  AND p.code = wanted.code COLLATE utf8mb4_bin";

/* The price that begins on that day, and the one that is valid on it. */
static const char SQL_PRICES[] =
    "SELECT wanted.n - 1, q.valid_from = wanted.day, q.cents, COALESCE(CAST(q.valid_to AS CHAR), "
    "'')\n"
    "FROM JSON_TABLE(?, '$[*]' COLUMNS (n FOR ORDINALITY, code VARCHAR(64) PATH '$[0]',\n"
    "    currency CHAR(3) PATH '$[1]', day DATE PATH '$[2]')) wanted\n"
    "STRAIGHT_JOIN product p ON p.partner_id = ? AND p.code = wanted.code COLLATE utf8mb4_bin\n"
    "STRAIGHT_JOIN product_price q ON q.product_id = p.id AND q.currency = wanted.currency\n"
    "  AND q.valid_from = (SELECT MAX(m.valid_from) FROM product_price m\n"
    "                      WHERE m.product_id = p.id AND m.currency = wanted.currency\n"
    "                        AND m.valid_from <= wanted.day)";

static const char SQL_NEW[] =
    "INSERT INTO product (id, partner_id, code, label, product_range_id, withdrawn_at, import_id,\n"
    "  import_row, created_at, updated_at)\n"
    "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";

static const char SQL_CHANGED[] =
    "UPDATE product\n"
    "SET label = ?, product_range_id = ?,\n"
    "  withdrawn_at = IF(?, COALESCE(withdrawn_at, ?), NULL), import_id = ?, import_row = ?,\n"
    "  updated_at = ?\n"
    "WHERE id = ?";

static const char SQL_PRICE[] =
    "INSERT INTO product_price (product_id, currency, valid_from, valid_to, cents, import_id)\n"
    "VALUES (?, ?, ?, ?, ?, ?)\n"
    "ON DUPLICATE KEY UPDATE valid_to = VALUE(valid_to), cents = VALUE(cents),\n"
    "  import_id = VALUE(import_id)";

static const char SQL_BEFORE[] =
    IMPORT_NOTE "p.id, JSON_OBJECT('label', p.label, 'range', p.product_range_id,\n"
                "  'withdrawn_at', p.withdrawn_at, 'import', p.import_id, 'row', p.import_row,\n"
                "  'updated_at', p.updated_at,\n"
                "  'prices', JSON_COMPACT((SELECT JSON_ARRAYAGG(JSON_ARRAY(q.currency,\n"
                "      q.valid_from, q.valid_to, q.cents, q.import_id))\n"
                "    FROM product_price q WHERE q.product_id = p.id)),\n"
                "  'days', JSON_COMPACT((SELECT JSON_ARRAYAGG(CONCAT(q.currency, q.valid_from))\n"
                "    FROM product_price q WHERE q.product_id = p.id)))\n" IMPORT_NOTED
                "STRAIGHT_JOIN product p ON p.id = w.id";

enum { BULK_NEW, BULK_CHANGED, BULK_PRICE, BULK_COUNT };
static const struct {
    const char *sql;
    unsigned columns;
} bulks[BULK_COUNT] = { { SQL_NEW, 10 }, { SQL_CHANGED, 8 }, { SQL_PRICE, 6 } };

struct product {
    bool known, withdrawn;
    uint64_t id, range_id;
    char label[801];               /* 200 characters, as the database has it */
    const char *said;              /* the label after the rows so far; NULL: as above */
    const struct partner_row *row; /* the last that changed it */
    bool has_news;                 /* it, or a price of it */
};

struct price {
    size_t product;
    const struct partner_row *row; /* the last that changed it */
    bool known, valid;             /* one begins that day; one is valid on it */
    int64_t cents;                 /* of either */
    char valid_to[DATE_TEXT_SIZE];
    char key[PRICE_KEY_SIZE];
    char day[DATE_TEXT_SIZE];
    char currency[4];
};

struct products {
    bool create_ranges;
    struct local_zone *zone; /* whose day a file without days means */
    struct code_list ranges;
    struct id_shelf ids;
    struct db_bulk *bulks[BULK_COUNT];
    struct buffer keys;
    struct import_notes notes;
    /* one chunk */
    uint64_t range_ids[IMPORT_CHUNK_MAX]; /* of the rows; UINT64_MAX: may not be made */
    struct key_map codes, price_keys;
    struct product products[IMPORT_CHUNK_MAX];
    struct price prices[IMPORT_CHUNK_MAX];
    size_t price_of[IMPORT_CHUNK_MAX]; /* of the rows that have one */
    size_t n_new;
};

static void products_close(void *kind)
{
    struct products *p = kind;

    for (int i = 0; i < BULK_COUNT; i++)
        db_bulk_free(p->bulks[i]);
    code_list_close(&p->ranges);
    local_zone_close(p->zone);
    buffer_close(&p->keys);
    import_notes_close(&p->notes);
    free(p);
}

static void *products_open(const struct import_rules *rules)
{
    struct products *p = calloc(1, sizeof(*p));
    bool good;

    if (!p)
        return NULL;
    p->create_ranges = rules->create_ranges;
    good =
        local_zone_open(rules->mapping ? rules->mapping->timezone : "UTC", &p->zone, NULL) == RC_OK;
    buffer_init(&p->keys, KEYS_JSON_MAX);
    import_notes_init(&p->notes);
    for (int i = 0; i < BULK_COUNT; i++) {
        p->bulks[i] = db_bulk_new(bulks[i].columns);
        good = good && p->bulks[i];
    }
    if (good)
        return p;
    products_close(p);
    return NULL;
}

static enum rc products_prepare(struct db *db, void *kind, const struct import_step *step)
{
    struct products *p = kind;
    enum rc rc = id_shelf_fill(db, &p->ids, "product", step->chunk->n_rows, false);

    for (size_t i = 0; !rc && i < step->chunk->n_rows; i++) {
        rc = code_find(db, CODE_RANGE, &p->ranges, step->chunk->rows[i].product_range,
                       p->create_ranges, &p->range_ids[i]);
        if (rc == RC_NOTFOUND) {
            p->range_ids[i] = UINT64_MAX;
            rc = RC_OK;
        }
    }
    return rc;
}

/* --- what the database has --- */

static enum rc look_up_products(struct db *db, struct products *p, unsigned partner_id)
{
    struct db_rows *rows;
    enum rc rc = keys_json(&p->keys, &p->codes);

    if (!rc)
        rc = db_query(db, SQL_PRODUCTS,
                      DB_IN(db_bytes(p->keys.data, p->keys.len), db_u64(partner_id)), &rows);
    if (rc)
        return rc;
    while (db_next(rows)) {
        const size_t at = key_map_find(&p->codes, db_get_text(rows, 0));
        struct product *product = &p->products[at == KEY_NONE ? 0 : at];

        if (at == KEY_NONE)
            continue;
        product->known = true;
        product->id = db_get_u64(rows, 1);
        snprintf(product->label, sizeof(product->label), "%s", db_get_text(rows, 2));
        product->range_id = db_get_u64(rows, 3);
        product->withdrawn = db_get_u64(rows, 4) != 0;
    }
    return db_rows_end(rows);
}

static enum rc look_up_prices(struct db *db, struct products *p, unsigned partner_id)
{
    struct db_rows *rows;
    enum rc rc;

    if (!p->price_keys.n)
        return RC_OK;
    buffer_reset(&p->keys);
    for (size_t i = 0; i < p->price_keys.n; i++) {
        keys_json_text(&p->keys, i ? ",[" : "[[", p->codes.keys[p->prices[i].product]);
        keys_json_text(&p->keys, ",", p->prices[i].currency);
        keys_json_text(&p->keys, ",", p->prices[i].day);
        buffer_add_text(&p->keys, "]");
    }
    buffer_add_text(&p->keys, "]");
    if (p->keys.full)
        return RC_FAIL;
    rc = db_query(db, SQL_PRICES, DB_IN(db_bytes(p->keys.data, p->keys.len), db_u64(partner_id)),
                  &rows);
    if (rc)
        return rc;
    while (db_next(rows)) {
        const uint64_t i = db_get_u64(rows, 0);

        if (i >= p->price_keys.n)
            continue;
        p->prices[i].known = db_get_u64(rows, 1) != 0;
        p->prices[i].valid = true;
        p->prices[i].cents = db_get_i64(rows, 2);
        snprintf(p->prices[i].valid_to, DATE_TEXT_SIZE, "%s", db_get_text(rows, 3));
    }
    return db_rows_end(rows);
}

/* --- a row --- */

/* True: it says something new of the product. */
static bool take_product(struct products *p, struct product *product, const struct partner_row *row,
                         uint64_t range_id)
{
    const char *label = product->said ? product->said : product->label;
    bool news = !product->known && !product->row;

    if (*row->label && strcmp(row->label, label) != 0) {
        product->said = row->label;
        news = true;
    }
    if (range_id && range_id != product->range_id) {
        product->range_id = range_id;
        news = true;
    }
    if (row->withdrawn != ROW_SAYS_NOTHING &&
        product->withdrawn != (row->withdrawn == ROW_SAYS_YES)) {
        product->withdrawn = row->withdrawn == ROW_SAYS_YES;
        news = true;
    }
    if (!product->id)
        product->id = p->ids.next + p->n_new++;
    if (news)
        product->row = row;
    return news;
}

/* The same: a price of that first day has it; or the row names no day, and the valid one has. */
static bool take_price(struct price *price, const struct partner_row *row)
{
    const bool there = price->known || price->row || (price->valid && !*row->valid_from);

    if (there && price->cents == row->price_cents && strcmp(price->valid_to, row->valid_to) == 0)
        return false;
    price->cents = row->price_cents;
    memcpy(price->valid_to, row->valid_to, DATE_TEXT_SIZE);
    price->row = row;
    return true;
}

static enum rc take_row(struct products *p, struct import_step *step, size_t i)
{
    const struct partner_row *row = &step->chunk->rows[i];
    bool news;

    if (p->range_ids[i] == UINT64_MAX)
        return import_refuse(step, row, "product_range", FAULT_UNKNOWN_CODE, row->product_range,
                             "not known here, and this profile may not make new ones");
    news = take_product(p, &p->products[key_map_find(&p->codes, row->code)], row, p->range_ids[i]);
    if (row->has_price && take_price(&p->prices[p->price_of[i]], row))
        news = true;
    if (news)
        p->products[key_map_find(&p->codes, row->code)].has_news = true;
    step->taken += news;
    step->unchanged += !news;
    return RC_OK;
}

/* --- the chunk --- */

static void add_price(struct products *p, const struct partner_row *row, size_t product,
                      const char *today, size_t *at)
{
    const char *day = *row->valid_from ? row->valid_from : today;
    struct price *next = &p->prices[p->price_keys.n];

    snprintf(next->key, sizeof(next->key), "%s\x1f%s\x1f%s", row->code, row->currency, day);
    *at = key_map_find(&p->price_keys, next->key);
    if (*at != KEY_NONE)
        return;
    *at = key_map_add(&p->price_keys, next->key);
    next->product = product;
    next->row = NULL;
    next->known = next->valid = false;
    snprintf(next->day, sizeof(next->day), "%s", day);
    snprintf(next->currency, sizeof(next->currency), "%s", row->currency);
}

static void reset(struct products *p, const struct import_step *step)
{
    const struct civil day = local_zone_civil(p->zone, step->imp->received_at);
    char today[DATE_TEXT_SIZE];

    value_date_text(&day, today);
    key_map_reset(&p->codes);
    key_map_reset(&p->price_keys);
    p->n_new = 0;
    import_notes_reset(&p->notes);
    for (int i = 0; i < BULK_COUNT; i++)
        db_bulk_reset(p->bulks[i]);
    memset(p->products, 0, sizeof(p->products));
    for (size_t i = 0; i < step->chunk->n_rows; i++) {
        const struct partner_row *row = &step->chunk->rows[i];
        const size_t at = key_map_add(&p->codes, row->code);

        if (row->has_price)
            add_price(p, row, at, today, &p->price_of[i]);
    }
}

static enum rc put_product(struct products *p, const struct import_step *step, size_t at)
{
    const struct product *k = &p->products[at];
    const char *code = p->codes.keys[at], *label = k->said ? k->said : *k->label ? k->label : code;
    const struct db_value range = k->range_id ? db_u64(k->range_id) : db_null(),
                          import = db_u64(step->imp->id), row_no = db_u64(k->row->row_no),
                          now = db_time(step->now);

    if (k->known)
        return db_bulk_add(p->bulks[BULK_CHANGED],
                           (const struct db_value[]){ db_text(label), range, db_u64(k->withdrawn),
                                                      now, import, row_no, now, db_u64(k->id) });
    return db_bulk_add(p->bulks[BULK_NEW],
                       (const struct db_value[]){ db_u64(k->id), db_u64(step->imp->partner_id),
                                                  db_text(code), db_text(label), range,
                                                  k->withdrawn ? now : db_null(), import, row_no,
                                                  now, now });
}

static enum rc put_price(struct products *p, const struct import_step *step,
                         const struct price *price)
{
    return db_bulk_add(p->bulks[BULK_PRICE],
                       (const struct db_value[]){
                           db_u64(p->products[price->product].id), db_text(price->currency),
                           db_text(price->day), db_text(*price->valid_to ? price->valid_to : NULL),
                           db_i64(price->cents), db_u64(step->imp->id) });
}

static enum rc products_apply(struct db *db, void *kind, struct import_step *step)
{
    struct products *p = kind;
    enum rc rc;

    reset(p, step);
    rc = look_up_products(db, p, step->imp->partner_id);
    if (!rc)
        rc = look_up_prices(db, p, step->imp->partner_id);
    for (size_t i = 0; !rc && i < step->chunk->n_rows; i++)
        rc = take_row(p, step, i);
    for (size_t i = 0; !rc && i < p->codes.n; i++) {
        if (p->products[i].has_news && p->products[i].known)
            import_note_changed(&p->notes, p->products[i].id);
        else if (p->products[i].has_news)
            import_note_made(&p->notes, p->products[i].id);
        if (p->products[i].row)
            rc = put_product(p, step, i);
    }
    for (size_t i = 0; !rc && i < p->price_keys.n; i++) {
        if (p->prices[i].row)
            rc = put_price(p, step, &p->prices[i]);
    }
    if (!rc)
        rc = import_notes_write(db, step, SQL_BEFORE, &p->notes);
    for (int i = 0; !rc && i < BULK_COUNT; i++)
        rc = db_bulk_run(db, bulks[i].sql, p->bulks[i], NULL);
    return rc;
}

static void products_committed(void *kind)
{
    struct products *p = kind;

    p->ids.next += p->n_new;
}

const struct import_kind_ops import_products = { .open = products_open,
                                                 .close = products_close,
                                                 .prepare = products_prepare,
                                                 .apply = products_apply,
                                                 .committed = products_committed,
                                                 .undo = import_products_undo };
