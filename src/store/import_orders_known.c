/* import_orders_known.c - what the database has of a chunk's customers and orders: one look-up
 * each; and whether the chunk can be applied beside another. */
#include <stdio.h>
#include <string.h>

#include "store/db.h"
#include "store/import_orders.h"

static const char SQL_CUSTOMERS[] =
    "SELECT r.customer_number, r.customer_id, r.content_hash, c.erased_at, k.state, k.at,\n"
    "  (SELECT MIN(p.address) FROM contact_point p\n"
    "   WHERE p.customer_id = c.id AND p.channel = 'sms' AND p.is_primary), c.order_count,\n"
    "  r.joined, (SELECT MIN(p.address) FROM contact_point p\n"
    "   WHERE p.customer_id = c.id AND p.channel = 'email' AND p.is_primary),\n"
    "  mk.state, mk.at\n"
    "FROM JSON_TABLE(?, '$[*]' COLUMNS (number VARCHAR(64) PATH '$')) wanted\n"
    "STRAIGHT_JOIN customer_ref r ON r.partner_id = ?\n"
    "  AND r.customer_number = wanted.number COLLATE utf8mb4_bin\n"
    "STRAIGHT_JOIN customer c ON c.id = r.customer_id\n"
    "LEFT JOIN consent_current k ON k.customer_id = c.id AND k.channel = 'sms'\n"
    "  AND k.purpose = 'promo'\n"
    "LEFT JOIN consent_current mk ON mk.customer_id = c.id AND mk.channel = 'email'\n"
    "  AND mk.purpose = 'promo'";

static const char SQL_ORDERS[] =
    "SELECT o.order_number, o.id, o.content_hash, o.customer_id, o.collect_cents,\n"
    "  o.status, o.window_from, o.status_at, COALESCE(o.row_status, o.status)\n"
    "FROM JSON_TABLE(?, '$[*]' COLUMNS (number VARCHAR(64) PATH '$')) wanted\n"
    "STRAIGHT_JOIN customer_order o ON o.partner_id = ?\n"
    "  AND o.order_number = wanted.number COLLATE utf8mb4_bin";

static void copy_hash(uint8_t out[HASH_SIZE], const struct db_rows *rows, unsigned col)
{
    size_t len;
    const void *hash = db_get_bytes(rows, col, &len);

    memset(out, 0, HASH_SIZE);
    if (len == HASH_SIZE)
        memcpy(out, hash, len);
}

/* The state, and the time in the column after it. */
static struct channel_word read_word(const struct db_rows *rows, unsigned col)
{
    struct channel_word word = { .state = CONSENT_UNKNOWN };

    if (db_is_null(rows, col))
        return word;
    word.state =
        strcmp(db_get_text(rows, col), "granted") == 0 ? CONSENT_GRANTED : CONSENT_WITHDRAWN;
    word.at = db_get_time(rows, col + 1);
    return word;
}

static enum rc look_up_customers(struct db *db, struct orders *a)
{
    struct db_rows *rows = NULL;
    enum rc rc;

    buffer_reset(&a->keys);
    buffer_add_text(&a->keys, "[");
    for (size_t i = 0; i < a->plan.n_customers; i++)
        keys_json_text(&a->keys, a->keys.len > 1 ? "," : "", a->plan.customers[i].number);
    buffer_add_text(&a->keys, "]");
    if (a->keys.full)
        return RC_FAIL;
    rc = db_query(db, SQL_CUSTOMERS,
                  DB_IN(db_bytes(a->keys.data, a->keys.len), db_u64(a->imp->partner_id)), &rows);
    if (rc)
        return rc;
    while (db_next(rows)) {
        struct customer_slot *slot = plan_customer(&a->plan, db_get_text(rows, 0));

        if (!slot)
            continue;
        slot->known = true;
        slot->id = db_get_u64(rows, 1);
        copy_hash(slot->hash, rows, 2);
        slot->erased = !db_is_null(rows, 3);
        slot->had[CHANNEL_SMS] = slot->has[CHANNEL_SMS] = read_word(rows, 4);
        slot->had[CHANNEL_EMAIL] = slot->has[CHANNEL_EMAIL] = read_word(rows, 10);
        snprintf(slot->phone, sizeof(slot->phone), "%s", db_get_text(rows, 6));
        slot->had_orders = db_get_u64(rows, 7);
        slot->joined = db_get_u64(rows, 8) != 0;
        snprintf(slot->mail, sizeof(slot->mail), "%s", db_get_text(rows, 9));
    }
    return db_rows_end(rows);
}

static enum rc look_up_orders(struct db *db, struct orders *a)
{
    struct db_rows *rows = NULL;
    enum rc rc;

    if (a->plan.n_orders == 0)
        return RC_OK;
    buffer_reset(&a->keys);
    buffer_add_text(&a->keys, "[");
    for (size_t i = 0; i < a->plan.n_orders; i++)
        keys_json_text(&a->keys, a->keys.len > 1 ? "," : "", a->plan.orders[i].number);
    buffer_add_text(&a->keys, "]");
    if (a->keys.full)
        return RC_FAIL;
    rc = db_query(db, SQL_ORDERS,
                  DB_IN(db_bytes(a->keys.data, a->keys.len), db_u64(a->imp->partner_id)), &rows);
    if (rc)
        return rc;
    while (db_next(rows)) {
        struct order_slot *slot = plan_order(&a->plan, db_get_text(rows, 0));

        if (!slot)
            continue;
        slot->known = true;
        slot->id = db_get_u64(rows, 1);
        copy_hash(slot->hash, rows, 2);
        slot->customer_id = db_get_u64(rows, 3);
        slot->cents = db_get_i64(rows, 4);
        slot->was = order_status_of(db_get_text(rows, 5));
        slot->was_from = db_get_time(rows, 6);
        slot->was_at = db_get_time(rows, 7);
        slot->said = order_status_of(db_get_text(rows, 8));
    }
    return db_rows_end(rows);
}

enum rc orders_look_up(struct db *db, struct orders *a)
{
    const enum rc rc = look_up_customers(db, a);

    return rc ? rc : look_up_orders(db, a);
}

/* --- alone? --- */

/* A customer has one number of a partner that is not joined at most: where there is no joined one,
 * other numbers are other customers. Which customer a new number joins is not known before. */
static const char SQL_ALONE[] =
    "SELECT 1\n"
    "FROM JSON_TABLE(?, '$[*]' COLUMNS (number VARCHAR(64) PATH '$')) wanted\n"
    "LEFT JOIN customer_ref r ON r.partner_id = ?\n"
    "  AND r.customer_number = wanted.number COLLATE utf8mb4_bin\n"
    "WHERE r.joined OR (? AND r.customer_id IS NULL)\n"
    "LIMIT 1";

enum rc orders_alone(struct db *db, void *kind, const struct import *imp,
                     const struct partner_row *rows, size_t n, bool *alone)
{
    struct orders *a = kind;
    const bool joins = a->rules->match.rule == MATCH_SAME;
    uint64_t found = 0;
    enum rc rc;

    buffer_reset(&a->keys);
    buffer_add_text(&a->keys, "[");
    for (size_t i = 0; i < n; i++)
        keys_json_text(&a->keys, a->keys.len > 1 ? "," : "", rows[i].customer_number);
    buffer_add_text(&a->keys, "]");
    if (a->keys.full)
        return RC_FAIL;
    rc = db_query_u64(
        db, SQL_ALONE,
        DB_IN(db_bytes(a->keys.data, a->keys.len), db_u64(imp->partner_id), db_u64(joins)), &found);
    *alone = found != 0;
    return rc == RC_NOTFOUND ? RC_OK : rc;
}
