/*
 * import_invoices.c - what customers have to pay.
 *
 * An invoice is its partner's, by its number. Its customer is named, or is that of its order. What
 * was paid is summed up from payments (import_payments.c) and is not of the row: an invoice that
 * comes again as open stays paid when its payments reach the sum.
 */
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "store/contact_news.h"
#include "store/db.h"
#include "store/import_keys.h"
#include "store/import_kind.h"
#include "store/import_note.h"
#include "store/invoice_settle.h"

#define HASH_SIZE 16

static const char SQL_INVOICES[] =
    "SELECT i.number, i.id, i.content_hash\n"
    "FROM JSON_TABLE(?, '$[*]' COLUMNS (number VARCHAR(64) PATH '$')) wanted\n"
    "STRAIGHT_JOIN invoice i ON i.partner_id = ?\n"
    "  AND i.number = wanted.number COLLATE utf8mb4_bin";

static const char SQL_CUSTOMERS[] =
    "SELECT r.customer_number, r.customer_id, r.customer_id, c.erased_at IS NOT NULL\n"
    "FROM JSON_TABLE(?, '$[*]' COLUMNS (number VARCHAR(64) PATH '$')) wanted\n"
    "STRAIGHT_JOIN customer_ref r ON r.partner_id = ?\n"
    "  AND r.customer_number = wanted.number COLLATE utf8mb4_bin\n"
    "JOIN customer c ON c.id = r.customer_id";

static const char SQL_ORDERS[] =
    "SELECT o.order_number, o.id, o.customer_id, c.erased_at IS NOT NULL\n"
    "FROM JSON_TABLE(?, '$[*]' COLUMNS (number VARCHAR(64) PATH '$')) wanted\n"
    "STRAIGHT_JOIN customer_order o ON o.partner_id = ?\n"
    "  AND o.order_number = wanted.number COLLATE utf8mb4_bin\n"
    "JOIN customer c ON c.id = o.customer_id";

static const char SQL_NEW[] =
    "INSERT INTO invoice (id, partner_id, customer_id, order_id, number, issued_on, due_on,\n"
    "  amount_cents, currency, state, created_at, updated_at, paid_at, cancelled_at, import_id,\n"
    "  import_row, content_hash)\n"
    "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";

static const char SQL_CHANGED[] =
    "UPDATE invoice\n"
    "SET customer_id = ?, order_id = COALESCE(?, order_id),\n"
    "  issued_on = COALESCE(?, issued_on), due_on = COALESCE(?, due_on), amount_cents = ?,\n"
    "  currency = ?, state = COALESCE(?, state), updated_at = ?, import_id = ?, import_row = ?,\n"
    "  content_hash = ?,\n" INVOICE_SETTLE "WHERE id = ?";

static const char SQL_BEFORE[] =
    IMPORT_NOTE "i.id, JSON_OBJECT('customer', i.customer_id, 'order', i.order_id,\n"
                "  'issued_on', i.issued_on, 'due_on', i.due_on, 'cents', i.amount_cents,\n"
                "  'currency', i.currency, 'state', i.state, 'hash', HEX(i.content_hash),\n"
                "  'row', i.import_row, 'updated_at', i.updated_at, 'paid_at', i.paid_at,\n"
                "  'cancelled_at', i.cancelled_at, 'import', i.import_id)\n" IMPORT_NOTED
                "STRAIGHT_JOIN invoice i ON i.id = w.id";

static const char SQL_CONTACT_NEWS[] = CONTACT_NEWS_SQL;

enum { BULK_NEW, BULK_CHANGED, BULK_CONTACT_NEWS, BULK_COUNT };
static const struct {
    const char *sql;
    unsigned columns;
} bulks[BULK_COUNT] = { { SQL_NEW, 17 },
                        { SQL_CHANGED, 14 },
                        { SQL_CONTACT_NEWS, CONTACT_NEWS_COLUMNS } };

/* A customer or an order that rows name. */
struct named {
    uint64_t id, customer_id; /* 0: not known */
    bool erased;
};

struct invoice {
    uint64_t id; /* 0: new, and no row was taken yet */
    bool known;
    uint8_t hash[HASH_SIZE];
    const struct partner_row *row; /* the last that changed it */
    uint64_t customer_id;
    /* What a row does not say stays as an earlier one said it. */
    uint64_t order_id;
    const char *issued_on, *due_on; /* NULL: none said it */
    enum invoice_state state;
};

struct invoices {
    unsigned partner_id; /* whose customers and orders they name */
    bool partner_known;
    struct id_shelf ids;
    struct db_bulk *bulks[BULK_COUNT];
    struct buffer keys;
    struct import_notes notes;
    /* one chunk */
    struct key_map numbers, customer_numbers, order_numbers;
    struct invoice invoices[IMPORT_CHUNK_MAX];
    struct named customers[IMPORT_CHUNK_MAX], orders[IMPORT_CHUNK_MAX];
    size_t n_new;
    bool contact_news; /* lists of contacts are kept up to date */
};

static void invoices_close(void *kind)
{
    struct invoices *v = kind;

    for (int i = 0; i < BULK_COUNT; i++)
        db_bulk_free(v->bulks[i]);
    buffer_close(&v->keys);
    import_notes_close(&v->notes);
    free(v);
}

static void *invoices_open(const struct import_rules *rules)
{
    struct invoices *v = calloc(1, sizeof(*v));
    bool good = true;

    (void)rules;
    if (!v)
        return NULL;
    buffer_init(&v->keys, KEYS_JSON_MAX);
    import_notes_init(&v->notes);
    for (int i = 0; i < BULK_COUNT; i++) {
        v->bulks[i] = db_bulk_new(bulks[i].columns);
        good = good && v->bulks[i];
    }
    if (good)
        return v;
    invoices_close(v);
    return NULL;
}

static enum rc invoices_prepare(struct db *db, void *kind, const struct import_step *step)
{
    struct invoices *v = kind;
    enum rc rc = RC_OK;

    if (!v->partner_known)
        rc = import_orders_of(db, step, &v->partner_id);
    v->partner_known = !rc;
    return rc ? rc : id_shelf_fill(db, &v->ids, "invoice", step->chunk->n_rows, false);
}

/* --- what the database has --- */

static enum rc look_up_named(struct db *db, struct invoices *v, const char *sql,
                             const struct key_map *numbers, struct named *list)
{
    struct db_rows *rows;
    enum rc rc = keys_json(&v->keys, numbers);

    if (rc || !numbers->n)
        return rc;
    rc =
        db_query(db, sql, DB_IN(db_bytes(v->keys.data, v->keys.len), db_u64(v->partner_id)), &rows);
    if (rc)
        return rc;
    while (db_next(rows)) {
        const size_t at = key_map_find(numbers, db_get_text(rows, 0));

        if (at != KEY_NONE)
            list[at] = (struct named){ .id = db_get_u64(rows, 1),
                                       .customer_id = db_get_u64(rows, 2),
                                       .erased = db_get_u64(rows, 3) != 0 };
    }
    return db_rows_end(rows);
}

static enum rc look_up_invoices(struct db *db, struct invoices *v, unsigned partner_id)
{
    struct db_rows *rows;
    enum rc rc = keys_json(&v->keys, &v->numbers);

    if (!rc)
        rc = db_query(db, SQL_INVOICES,
                      DB_IN(db_bytes(v->keys.data, v->keys.len), db_u64(partner_id)), &rows);
    if (rc)
        return rc;
    while (db_next(rows)) {
        const size_t at = key_map_find(&v->numbers, db_get_text(rows, 0));
        const void *hash;
        size_t len;

        if (at == KEY_NONE)
            continue;
        v->invoices[at].known = true;
        v->invoices[at].id = db_get_u64(rows, 1);
        hash = db_get_bytes(rows, 2, &len);
        if (len == HASH_SIZE)
            memcpy(v->invoices[at].hash, hash, len);
    }
    return db_rows_end(rows);
}

/* --- a row --- */

static void hash_text(crypto_generichash_state *state, const char *text)
{
    crypto_generichash_update(state, (const unsigned char *)text, strlen(text) + 1);
}

/* The ids, too: an order that was not known then is another content now. */
static void content_hash(const struct partner_row *row, uint64_t customer_id, uint64_t order_id,
                         uint8_t out[HASH_SIZE])
{
    const uint64_t numbers[] = { customer_id, order_id, (uint64_t)row->amount_cents,
                                 (uint64_t)row->state };
    crypto_generichash_state state;

    crypto_generichash_init(&state, NULL, 0, HASH_SIZE);
    hash_text(&state, row->issued_on);
    hash_text(&state, row->due_on);
    hash_text(&state, row->currency);
    crypto_generichash_update(&state, (const unsigned char *)numbers, sizeof(numbers));
    crypto_generichash_final(&state, out, HASH_SIZE);
}

/* Who is to pay, and for which order; or why that cannot be told. */
struct parties {
    struct named customer, order;
    const char *field, *code, *value, *reason; /* field NULL: it can */
};

static bool order_may_be_unknown(const struct import_step *step)
{
    return step->rules->mapping && step->rules->mapping->fields[FIELD_ORDER_NUMBER].ignore_faulty;
}

static struct parties find_parties(const struct invoices *v, const struct import_step *step,
                                   const struct partner_row *row)
{
    struct parties p = { .field = NULL };

    if (*row->customer_number)
        p.customer = v->customers[key_map_find(&v->customer_numbers, row->customer_number)];
    if (*row->order_number)
        p.order = v->orders[key_map_find(&v->order_numbers, row->order_number)];
    if (*row->customer_number && !p.customer.id) {
        p.field = "customer_number";
        p.code = FAULT_UNKNOWN_CUSTOMER;
        p.value = row->customer_number;
        p.reason = "there is no customer of that number";
    } else if (*row->order_number && !p.order.id &&
               !(*row->customer_number && order_may_be_unknown(step))) {
        p.field = "order_number";
        p.code = FAULT_UNKNOWN_ORDER;
        p.value = row->order_number;
        p.reason = "there is no order of that number";
    }
    if (!*row->customer_number)
        p.customer = (struct named){ p.order.customer_id, p.order.customer_id, p.order.erased };
    if (!p.field && p.customer.erased) {
        p.field = *row->customer_number ? "customer_number" : "order_number";
        p.code = FAULT_ERASED;
        p.value = *row->customer_number ? row->customer_number : row->order_number;
        p.reason = "this customer asked to be forgotten; send no more of their data";
    }
    return p;
}

static enum rc take_row(struct invoices *v, struct import_step *step, const struct partner_row *row)
{
    struct invoice *invoice = &v->invoices[key_map_find(&v->numbers, row->invoice_number)];
    const struct parties parties = find_parties(v, step, row);
    uint8_t hash[HASH_SIZE];

    if (parties.field)
        return import_refuse(step, row, parties.field, parties.code, parties.value, parties.reason);
    content_hash(row, parties.customer.id, parties.order.id, hash);
    if (invoice->id && memcmp(hash, invoice->hash, HASH_SIZE) == 0) {
        step->unchanged++;
        return RC_OK;
    }
    if (!invoice->id)
        invoice->id = v->ids.next + v->n_new++;
    memcpy(invoice->hash, hash, HASH_SIZE);
    invoice->row = row;
    invoice->customer_id = parties.customer.id;
    if (parties.order.id)
        invoice->order_id = parties.order.id;
    if (*row->issued_on)
        invoice->issued_on = row->issued_on;
    if (*row->due_on)
        invoice->due_on = row->due_on;
    if (row->state != INVOICE_NOT_SAID)
        invoice->state = row->state;
    step->taken++;
    return RC_OK;
}

/* --- the chunk --- */

static enum rc put_invoice(struct invoices *v, const struct import_step *step,
                           const struct invoice *k)
{
    const struct partner_row *r = k->row;
    const bool paid = k->state == INVOICE_PAID || r->amount_cents <= 0;
    const struct db_value order = k->order_id ? db_u64(k->order_id) : db_null(),
                          now = db_time(step->now), none = db_null(),
                          import = db_u64(step->imp->id), row_no = db_u64(r->row_no),
                          hash = db_bytes(k->hash, HASH_SIZE);
    const char *state = k->state == INVOICE_NOT_SAID ? NULL : invoice_state_name(k->state);

    if (k->known)
        import_note_changed(&v->notes, k->id);
    else
        import_note_made(&v->notes, k->id);
    if (k->known)
        return db_bulk_add(v->bulks[BULK_CHANGED],
                           (const struct db_value[]){ db_u64(k->customer_id), order,
                                                      db_text(k->issued_on), db_text(k->due_on),
                                                      db_i64(r->amount_cents), db_text(r->currency),
                                                      db_text(state), now, import, row_no, hash,
                                                      now, now, db_u64(k->id) });
    return db_bulk_add(v->bulks[BULK_NEW],
                       (const struct db_value[]){
                           db_u64(k->id), db_u64(step->imp->partner_id), db_u64(k->customer_id),
                           order, db_text(r->invoice_number), db_text(k->issued_on),
                           db_text(k->due_on), db_i64(r->amount_cents), db_text(r->currency),
                           db_text(state ? state : "open"), now, now, paid ? now : none,
                           k->state == INVOICE_CANCELLED ? now : none, import, row_no, hash });
}

static void reset(struct invoices *v, const struct import_chunk *chunk)
{
    key_map_reset(&v->numbers);
    key_map_reset(&v->customer_numbers);
    key_map_reset(&v->order_numbers);
    v->n_new = 0;
    import_notes_reset(&v->notes);
    for (int i = 0; i < BULK_COUNT; i++)
        db_bulk_reset(v->bulks[i]);
    memset(v->invoices, 0, sizeof(v->invoices));
    memset(v->customers, 0, sizeof(v->customers));
    memset(v->orders, 0, sizeof(v->orders));
    for (size_t i = 0; i < chunk->n_rows; i++) {
        const struct partner_row *row = &chunk->rows[i];

        key_map_add(&v->numbers, row->invoice_number);
        if (*row->customer_number)
            key_map_add(&v->customer_numbers, row->customer_number);
        if (*row->order_number)
            key_map_add(&v->order_numbers, row->order_number);
    }
}

static enum rc invoices_apply(struct db *db, void *kind, struct import_step *step)
{
    struct invoices *v = kind;
    enum rc rc;

    reset(v, step->chunk);
    rc = contact_news_wanted(db, &v->contact_news);
    if (!rc)
        rc = look_up_invoices(db, v, step->imp->partner_id);
    if (!rc)
        rc = look_up_named(db, v, SQL_CUSTOMERS, &v->customer_numbers, v->customers);
    if (!rc)
        rc = look_up_named(db, v, SQL_ORDERS, &v->order_numbers, v->orders);
    for (size_t i = 0; !rc && i < step->chunk->n_rows; i++)
        rc = take_row(v, step, &step->chunk->rows[i]);
    for (size_t i = 0; !rc && i < v->numbers.n; i++) {
        const struct invoice *k = &v->invoices[i];

        if (k->row)
            rc = put_invoice(v, step, k);
        if (!rc && k->row && v->contact_news)
            rc = contact_news_add(v->bulks[BULK_CONTACT_NEWS], k->customer_id, step->now);
    }
    if (!rc)
        rc = import_notes_write(db, step, SQL_BEFORE, &v->notes);
    for (int i = 0; !rc && i < BULK_COUNT; i++)
        rc = db_bulk_run(db, bulks[i].sql, v->bulks[i], NULL);
    return rc;
}

static void invoices_committed(void *kind)
{
    struct invoices *v = kind;

    v->ids.next += v->n_new;
}

const struct import_kind_ops import_invoices = { .open = invoices_open,
                                                 .close = invoices_close,
                                                 .prepare = invoices_prepare,
                                                 .apply = invoices_apply,
                                                 .committed = invoices_committed,
                                                 .undo = import_invoices_undo };
