/*
 * import_orders.c - a chunk of orders with their customers, or of customers alone.
 *
 * Two look-ups tell what the database has of the chunk's customers and orders; import_plan decides
 * what changes; then each kind of change is one bulk statement. Rows whose content is as it was
 * cost their share of the look-ups and nothing else.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "store/contact_return.h"
#include "store/customer_match.h"
#include "store/db.h"
#include "store/id_stock.h"
#include "store/import_before.h"
#include "store/import_codes.h"
#include "store/import_joined.h"
#include "store/import_keys.h"
#include "store/import_kind.h"
#include "store/import_person.h"
#include "store/import_plan.h"
#include "store/import_undo_orders.h"
#include "store/occasion_note.h"
#include "store/standing.h"

enum {
    BULK_NEW_CUSTOMER,
    BULK_NEW_REF,
    BULK_CHANGED_CUSTOMER,
    BULK_CHANGED_REF,
    BULK_SUMMARY,
    BULK_NEW_CONTACT,
    BULK_NOT_PRIMARY,
    BULK_CHANGED_CONTACT,
    BULK_NEW_ORDER,
    BULK_CHANGED_ORDER,
    BULK_ORDER_RANGE,
    BULK_ORDER_EVENT,
    BULK_PERSON,
    BULK_CUSTOM,
    BULK_NEWS,
    BULK_COUNT
};

/* In the order in which they run. */
static const char *const statements[BULK_COUNT] = {
    [BULK_NEW_CUSTOMER] = "INSERT INTO customer (id, category_id, acquisition_source_id,\n"
                          "  first_name, last_name, company, language, street, postcode, city,\n"
                          "  country, last_order_at, order_count, order_cents, created_at,\n"
                          "  updated_at, sms_standing, sms_prefix, consent_at)\n"
                          "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    [BULK_NEW_REF] = "INSERT INTO customer_ref (partner_id, customer_number, customer_id,\n"
                     "  content_hash, joined)\n"
                     "VALUES (?, ?, ?, ?, ?)",
    [BULK_CHANGED_CUSTOMER] = "UPDATE customer\n"
                              "SET category_id = COALESCE(?, category_id),\n"
                              "  acquisition_source_id = COALESCE(?, acquisition_source_id),\n"
                              "  first_name = ?, last_name = ?, company = ?, language = ?,\n"
                              "  street = ?, postcode = ?, city = ?, country = ?,\n"
                              "  updated_at = ?\n"
                              "WHERE id = ?",
    [BULK_CHANGED_REF] = "UPDATE customer_ref\n"
                         "SET content_hash = ?\n"
                         "WHERE partner_id = ? AND customer_number = ?",
    [BULK_SUMMARY] = "UPDATE customer\n"
                     "SET order_count = GREATEST(CAST(order_count AS SIGNED) + ?, 0),\n"
                     "  order_cents = order_cents + ?,\n"
                     "  last_order_at = COALESCE(GREATEST(COALESCE(last_order_at, ?), ?),\n"
                     "    last_order_at)\n"
                     "WHERE id = ?",
    [BULK_NEW_CONTACT] = "INSERT INTO contact_point (customer_id, channel, address, created_at)\n"
                         "VALUES (?, ?, ?, ?)",
    [BULK_NOT_PRIMARY] = "UPDATE contact_point\n"
                         "SET is_primary = FALSE\n"
                         "WHERE customer_id = ? AND channel = ? AND address <> ?",
    [BULK_CHANGED_CONTACT] =
        "INSERT INTO contact_point (customer_id, channel, address, created_at)\n"
        "VALUES (?, ?, ?, ?)\n"
        "ON DUPLICATE KEY UPDATE is_primary = TRUE",
    [BULK_NEW_ORDER] = "INSERT INTO customer_order (id, partner_id, order_number, customer_id,\n"
                       "  status, goods, weight_g, window_from, window_to, collect_cents,\n"
                       "  currency, street, postcode, city, country, ordered_at, import_id,\n"
                       "  import_row, content_hash, heard_at, planned_at, moved_at, out_at,\n"
                       "  delivered_at, missed_at, cancelled_at)\n"
                       "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?,\n"
                       "  ?, ?, ?, ?, ?, ?, ?)",
    [BULK_CHANGED_ORDER] = "UPDATE customer_order\n"
                           "SET status_at = IF(status = ?, status_at, NULL), customer_id = ?,\n"
                           "  status = ?, goods = ?, weight_g = ?,\n"
                           "  window_from = ?, window_to = ?, collect_cents = ?, currency = ?,\n"
                           "  street = ?, postcode = ?, city = ?, country = ?,\n"
                           "  ordered_at = COALESCE(?, ordered_at), import_id = ?,\n"
                           "  import_row = ?, content_hash = ?,\n"
                           "  planned_at = COALESCE(?, planned_at),\n"
                           "  moved_at = COALESCE(?, moved_at), out_at = COALESCE(?, out_at),\n"
                           "  delivered_at = COALESCE(?, delivered_at),\n"
                           "  missed_at = COALESCE(?, missed_at),\n"
                           "  cancelled_at = COALESCE(?, cancelled_at)\n"
                           "WHERE id = ?",
    [BULK_ORDER_RANGE] = "UPDATE customer_order\n"
                         "SET product_range_id = ?\n"
                         "WHERE id = ?",
    [BULK_ORDER_EVENT] =
        "INSERT INTO order_event (id, order_id, partner_id, at, status, import_id,\n"
        "  recorded_at, was, was_at)\n"
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
    [BULK_PERSON] = person_sql,
    [BULK_CUSTOM] = custom_sql,
    [BULK_NEWS] = OCCASION_NOTE_SQL,
};

struct orders {
    const struct import_rules *rules;
    struct code_list categories, sources, ranges;
    struct person_fields fields;
    struct id_stock customers, orders, events;
    struct id_shelf order_events;
    struct row_codes codes[IMPORT_CHUNK_MAX];
    struct import_plan plan;
    struct db_bulk *bulks[BULK_COUNT];
    struct id_list before;
    struct buffer keys;                                    /* the look-ups' JSON */
    struct contact_address contacts[2 * IMPORT_CHUNK_MAX]; /* new, or once more */
    size_t n_contacts;
    struct occasion_wants wants;
    struct customer_match *match; /* NULL: the profile has no rules for it */
    struct import_joined *joined;

    /* one chunk */
    const struct import *imp;
    const struct import_chunk *chunk;
    struct plan_ids ids; /* how far the transaction got with the stock */
    utc_us now;
};

static unsigned count_parameters(const char *sql)
{
    unsigned n = 0;

    while ((sql = strchr(sql, '?')) != NULL) {
        sql++;
        n++;
    }
    return n;
}

static void orders_close(void *kind)
{
    struct orders *a = kind;

    for (int i = 0; i < BULK_COUNT; i++)
        db_bulk_free(a->bulks[i]);
    code_list_close(&a->categories);
    code_list_close(&a->sources);
    code_list_close(&a->ranges);
    buffer_close(&a->keys);
    id_list_close(&a->before);
    customer_match_free(a->match);
    import_joined_free(a->joined);
    free(a);
}

static void *orders_open(const struct import_rules *rules)
{
    struct orders *a = calloc(1, sizeof(*a));

    if (!a)
        return NULL;
    a->rules = rules;
    buffer_init(&a->keys, (size_t)4 << 20);
    id_list_init(&a->before, IMPORT_CHUNK_MAX);
    for (int i = 0; i < BULK_COUNT; i++) {
        a->bulks[i] = db_bulk_new(count_parameters(statements[i]));
        if (!a->bulks[i]) {
            orders_close(a);
            return NULL;
        }
    }
    a->joined = import_joined_new();
    if (rules->match.rule != MATCH_NEVER)
        a->match = customer_match_new(&rules->match);
    if (!a->joined || (rules->match.rule != MATCH_NEVER && !a->match)) {
        orders_close(a);
        return NULL;
    }
    return a;
}

/* --- before the transaction --- */

/* RC_OK also for one that is not to be had: then *codes says so. */
static enum rc find_code(struct db *db, enum code_kind kind, struct code_list *list,
                         const char *code, bool create, const char *field, uint64_t *id,
                         struct row_codes *codes)
{
    enum rc rc;

    if (codes->missing)
        return RC_OK;
    rc = code_find(db, kind, list, code, create, id);
    if (rc != RC_NOTFOUND)
        return rc;
    codes->missing = field;
    codes->missing_value = code;
    codes->code = FAULT_UNKNOWN_CODE;
    codes->reason = "not known here, and this profile may not make new ones";
    return RC_OK;
}

static void check_person(struct orders *a, const struct partner_row *row, struct row_codes *codes)
{
    size_t at = person_check(&a->fields, a->rules->mapping, row, &codes->code, &codes->reason);

    if (codes->missing || at == FIELD_CUSTOM_MAX)
        return;
    codes->missing = a->rules->mapping->custom[at];
    codes->missing_value = row->custom[at];
}

static enum rc find_codes(struct db *db, struct orders *a)
{
    const struct import_rules *rules = a->rules;
    enum rc rc = person_fields_read(db, rules->mapping, &a->fields);

    for (size_t i = 0; !rc && i < a->chunk->n_rows; i++) {
        const struct partner_row *row = &a->chunk->rows[i];
        struct row_codes *codes = &a->codes[i];

        *codes = (struct row_codes){ 0 };
        rc = find_code(db, CODE_CATEGORY, &a->categories, row->category, rules->create_categories,
                       "category", &codes->category_id, codes);
        if (!rc)
            rc = find_code(db, CODE_SOURCE, &a->sources, row->source, rules->create_sources,
                           "source", &codes->source_id, codes);
        if (!rc && *row->product_range)
            rc = find_code(db, CODE_RANGE, &a->ranges, row->product_range, rules->create_ranges,
                           "product_range", &codes->range_id, codes);
        if (!rc && row->has_person && !codes->missing)
            check_person(a, row, codes);
    }
    return rc;
}

/* --- what the database has --- */

static const char SQL_CUSTOMERS[] =
    "SELECT r.customer_number, r.customer_id, r.content_hash, c.erased_at, k.state, k.at,\n"
    "  (SELECT MIN(p.address) FROM contact_point p\n"
    "   WHERE p.customer_id = c.id AND p.channel = 'sms' AND p.is_primary), c.order_count,\n"
    "  r.joined, (SELECT MIN(p.address) FROM contact_point p\n"
    "   WHERE p.customer_id = c.id AND p.channel = 'email' AND p.is_primary)\n"
    "FROM JSON_TABLE(?, '$[*]' COLUMNS (number VARCHAR(64) PATH '$')) wanted\n"
    "STRAIGHT_JOIN customer_ref r ON r.partner_id = ?\n"
    "  AND r.customer_number = wanted.number COLLATE utf8mb4_bin\n"
    "STRAIGHT_JOIN customer c ON c.id = r.customer_id\n"
    "LEFT JOIN consent_current k ON k.customer_id = c.id AND k.channel = 'sms'\n"
    "  AND k.purpose = 'promo'";

static const char SQL_ORDERS[] =
    "SELECT o.order_number, o.id, o.content_hash, o.customer_id, o.collect_cents,\n"
    "  o.status, o.window_from, o.status_at\n"
    "FROM JSON_TABLE(?, '$[*]' COLUMNS (number VARCHAR(64) PATH '$')) wanted\n"
    "STRAIGHT_JOIN customer_order o ON o.partner_id = ?\n"
    "  AND o.order_number = wanted.number COLLATE utf8mb4_bin";

static void add_json_text(struct buffer *out, const char *text)
{
    buffer_add_text(out, out->len > 1 ? ",\"" : "\"");
    for (; *text; text++) {
        if (*text == '"' || *text == '\\')
            buffer_printf(out, "\\%c", *text);
        else if ((unsigned char)*text < ' ')
            buffer_printf(out, "\\u%04x", (unsigned)*text);
        else
            buffer_add(out, text, 1);
    }
    buffer_add_text(out, "\"");
}

static void copy_hash(uint8_t out[HASH_SIZE], const struct db_rows *rows, unsigned col)
{
    size_t len;
    const void *hash = db_get_bytes(rows, col, &len);

    memset(out, 0, HASH_SIZE);
    if (len == HASH_SIZE)
        memcpy(out, hash, len);
}

static enum rc look_up_customers(struct db *db, struct orders *a)
{
    struct db_rows *rows = NULL;
    enum rc rc;

    buffer_reset(&a->keys);
    buffer_add_text(&a->keys, "[");
    for (size_t i = 0; i < a->plan.n_customers; i++)
        add_json_text(&a->keys, a->plan.customers[i].number);
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
        if (!db_is_null(rows, 4))
            slot->had = (struct sms_word){
                .state = strcmp(db_get_text(rows, 4), "granted") == 0 ? CONSENT_GRANTED
                                                                      : CONSENT_WITHDRAWN,
                .at = db_get_time(rows, 5),
            };
        slot->has = slot->had;
        snprintf(slot->phone, sizeof(slot->phone), "%s", db_get_text(rows, 6));
        slot->had_orders = db_get_u64(rows, 7);
        slot->joined = db_get_u64(rows, 8) != 0;
        snprintf(slot->mail, sizeof(slot->mail), "%s", db_get_text(rows, 9));
    }
    return db_rows_end(rows);
}

static enum order_status status_of(const char *name)
{
    enum order_status s = ORDER_PLANNED;

    while (s < ORDER_CANCELLED && strcmp(order_status_name(s), name) != 0)
        s++;
    return s;
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
        add_json_text(&a->keys, a->plan.orders[i].number);
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
        slot->was = status_of(db_get_text(rows, 5));
        slot->was_from = db_get_time(rows, 6);
        slot->was_at = db_get_time(rows, 7);
    }
    return db_rows_end(rows);
}

/* --- from the plan to the bulks --- */

static struct db_value id_or_null(uint64_t id)
{
    return id ? db_u64(id) : db_null();
}

static enum rc put(struct orders *a, int bulk, const struct db_value *row)
{
    return db_bulk_add(a->bulks[bulk], row);
}
#define PUT(a, bulk, ...) put((a), (bulk), (const struct db_value[]){ __VA_ARGS__ })

static enum rc put_contacts(struct orders *a, const struct customer_slot *slot)
{
    const char *const addresses[] = {
        [CHANNEL_SMS] = slot->row->phone, [CHANNEL_EMAIL] = slot->row->email
    };
    enum rc rc = RC_OK;

    for (enum channel c = CHANNEL_SMS; !rc && c <= CHANNEL_EMAIL; c++) {
        const struct db_value id = db_u64(slot->id), channel = db_text(channel_name(c)),
                              address = db_text(addresses[c]), now = db_time(a->now);

        if (!*addresses[c])
            continue; /* what we knew before may still be right */
        if (strcmp(addresses[c], c == CHANNEL_SMS ? slot->phone : slot->mail) == 0)
            continue; /* it is the primary one already */
        a->contacts[a->n_contacts++] = (struct contact_address){ c, addresses[c] };
        if (!slot->known) {
            rc = PUT(a, BULK_NEW_CONTACT, id, channel, address, now);
            continue;
        }
        rc = PUT(a, BULK_NOT_PRIMARY, id, channel, address);
        if (!rc)
            rc = PUT(a, BULK_CHANGED_CONTACT, id, channel, address, now);
    }
    return rc;
}

/* When nobody else has the number and no STOP came from it: see refresh_standing(). */
static const char *standing_of_new(const struct customer_slot *slot)
{
    if (!*slot->row->phone)
        return exclusion_name(EXCLUDED_NO_CONTACT_POINT);
    switch (slot->has.state) {
    case CONSENT_UNKNOWN:
        return exclusion_name(EXCLUDED_NO_CONSENT);
    case CONSENT_WITHDRAWN:
        return exclusion_name(EXCLUDED_WITHDRAWN);
    case CONSENT_GRANTED:
        break;
    }
    return "";
}

static enum rc put_person(struct orders *a, const struct customer_slot *slot)
{
    return person_put(&a->fields, a->rules->mapping, slot->id, slot->row, a->bulks[BULK_PERSON],
                      a->bulks[BULK_CUSTOM]);
}

static enum rc put_new_ref(struct orders *a, const struct customer_slot *slot)
{
    return PUT(a, BULK_NEW_REF, db_u64(a->imp->partner_id), db_text(slot->number), db_u64(slot->id),
               db_bytes(slot->hash, HASH_SIZE), db_u64(slot->joined));
}

static enum rc put_changed_ref(struct orders *a, const struct customer_slot *slot)
{
    return PUT(a, BULK_CHANGED_REF, db_bytes(slot->hash, HASH_SIZE), db_u64(a->imp->partner_id),
               db_text(slot->number));
}

static enum rc put_summary(struct orders *a, const struct customer_slot *slot)
{
    if (!slot->count_delta && !slot->cents_delta && !slot->last_order_at)
        return RC_OK;
    return PUT(a, BULK_SUMMARY, db_i64(slot->count_delta), db_i64(slot->cents_delta),
               db_time(slot->last_order_at), db_time(slot->last_order_at), db_u64(slot->id));
}

static enum rc put_new_customer(struct orders *a, const struct customer_slot *slot)
{
    const struct partner_row *r = slot->row;
    enum rc rc =
        PUT(a, BULK_NEW_CUSTOMER, db_u64(slot->id), id_or_null(slot->category_id),
            id_or_null(slot->source_id), db_text(r->first_name), db_text(r->last_name),
            db_text(r->company), db_text(r->language), db_text(r->street), db_text(r->postcode),
            db_text(r->city), db_text(r->country), db_time(slot->last_order_at),
            db_i64(slot->count_delta), db_i64(slot->cents_delta), db_time(a->now), db_time(a->now),
            db_text(standing_of_new(slot)), db_u64(standing_prefix(r->phone)),
            db_time(slot->has.state == CONSENT_GRANTED ? slot->has.at : 0));

    if (!rc)
        rc = put_new_ref(a, slot);
    if (!rc && r->has_person)
        rc = put_person(a, slot);
    return rc ? rc : put_contacts(a, slot);
}

static enum rc put_known_customer(struct orders *a, const struct customer_slot *slot)
{
    const struct partner_row *r = slot->row;
    enum rc rc = RC_OK;

    if (r)
        rc =
            PUT(a, BULK_CHANGED_CUSTOMER, id_or_null(slot->category_id),
                id_or_null(slot->source_id), db_text(r->first_name), db_text(r->last_name),
                db_text(r->company), db_text(r->language), db_text(r->street), db_text(r->postcode),
                db_text(r->city), db_text(r->country), db_time(a->now), db_u64(slot->id));
    if (!rc && r)
        rc = put_changed_ref(a, slot);
    if (!rc && r)
        rc = put_contacts(a, slot);
    if (!rc && r && r->has_person)
        rc = put_person(a, slot);
    return rc ? rc : put_summary(a, slot);
}

/* Known before its number came: what is known stays, what is missing is added. */
static enum rc put_joined_customer(struct orders *a, const struct import_step *step,
                                   const struct customer_slot *slot)
{
    enum rc rc = RC_OK;

    if (slot->row)
        rc = slot->known ? put_changed_ref(a, slot) : put_new_ref(a, slot);
    if (!rc && slot->row)
        rc = import_joined_put(a->joined, step, &a->fields, slot, a->contacts, &a->n_contacts);
    return rc ? rc : put_summary(a, slot);
}

static struct order_change change_of(struct orders *a, const struct order_slot *slot)
{
    const struct partner_row *r = slot->row;
    struct customer_slot *customer = plan_customer(&a->plan, r->customer_number);
    const struct order_change change = {
        .order_id = slot->id,
        .customer_id = slot->customer_id,
        .known = slot->known,
        .first = !slot->known && customer && !customer->had_orders,
        .was = slot->was,
        .is = r->status,
        .was_from = slot->was_from,
        .window_from = r->window_from,
        .window_to = r->window_to,
        .ordered_at = r->ordered_at ? r->ordered_at : a->imp->received_at,
    };

    if (change.first)
        customer->had_orders = 1;
    return change;
}

/* Now, when that is what the row has news of. */
static struct db_value now_if(const struct orders *a, bool news)
{
    return news ? db_time(a->now) : db_null();
}

static enum rc put_order(struct orders *a, const struct order_slot *slot)
{
    const struct partner_row *r = slot->row;
    const struct order_change change = change_of(a, slot);
    const unsigned news = order_news(&change);
    const struct db_value planned = now_if(a, news & 1u << OCCASION_DELIVERY_ANNOUNCED),
                          moved = now_if(a, news & 1u << OCCASION_DELIVERY_MOVED),
                          out = now_if(a, news & 1u << OCCASION_DELIVERY_OUT),
                          delivered = now_if(a, news & 1u << OCCASION_DELIVERY_DONE),
                          missed = now_if(a, news & 1u << OCCASION_DELIVERY_MISSED),
                          cancelled = now_if(a, r->status == ORDER_CANCELLED &&
                                                    (!slot->known || slot->was != r->status));
    const struct db_value weight = r->has_weight ? db_u64(r->weight_g) : db_null();
    const struct db_value status = db_text(order_status_name(r->status));
    enum rc rc = occasion_note(&a->wants, &change, a->now, a->bulks[BULK_NEWS]);

    if (rc)
        return rc;
    if (slot->known)
        return PUT(a, BULK_CHANGED_ORDER, status, db_u64(slot->customer_id), status,
                   db_text(r->goods), weight, db_time(r->window_from), db_time(r->window_to),
                   db_i64(r->collect_cents), db_text(r->currency), db_text(r->street),
                   db_text(r->postcode), db_text(r->city), db_text(r->country),
                   db_time(r->ordered_at), db_u64(a->imp->id), db_u64(r->row_no),
                   db_bytes(slot->hash, HASH_SIZE), planned, moved, out, delivered, missed,
                   cancelled, db_u64(slot->id));
    return PUT(a, BULK_NEW_ORDER, db_u64(slot->id), db_u64(a->imp->partner_id),
               db_text(slot->number), db_u64(slot->customer_id), status, db_text(r->goods), weight,
               db_time(r->window_from), db_time(r->window_to), db_i64(r->collect_cents),
               db_text(r->currency), db_text(r->street), db_text(r->postcode), db_text(r->city),
               db_text(r->country), db_time(r->ordered_at ? r->ordered_at : a->imp->received_at),
               db_u64(a->imp->id), db_u64(r->row_no), db_bytes(slot->hash, HASH_SIZE),
               db_time(a->now), planned, moved, out, delivered, missed, cancelled);
}

/* A new order is planned unless its row says something else, and that is news, too. */
static enum rc put_order_event(struct orders *a, const struct order_slot *slot)
{
    const enum order_status was = slot->known ? slot->was : ORDER_PLANNED, is = slot->row->status;

    if (was == is)
        return RC_OK;
    return PUT(a, BULK_ORDER_EVENT,
               db_u64(a->order_events.next + db_bulk_rows(a->bulks[BULK_ORDER_EVENT])),
               db_u64(slot->id), db_u64(a->imp->partner_id), db_time(a->now),
               db_text(order_status_name(is)), db_u64(a->imp->id), db_time(a->now),
               db_text(order_status_name(was)), db_time(slot->was_at));
}

static enum rc fill_bulks(struct orders *a, const struct import_step *step)
{
    const struct import_plan *plan = &a->plan;
    enum rc rc = RC_OK;

    for (int i = 0; i < BULK_COUNT; i++)
        db_bulk_reset(a->bulks[i]);
    import_joined_reset(a->joined);
    a->n_contacts = 0;
    for (size_t i = 0; !rc && i < plan->n_customers; i++) {
        const struct customer_slot *slot = &plan->customers[i];

        if (slot->joined)
            rc = put_joined_customer(a, step, slot);
        else if (slot->known)
            rc = put_known_customer(a, slot);
        else if (slot->row)
            rc = put_new_customer(a, slot);
    }
    for (size_t i = 0; !rc && i < plan->n_losses; i++)
        rc = PUT(a, BULK_SUMMARY, db_i64(-1), db_i64(-plan->losses[i].cents), db_null(), db_null(),
                 db_u64(plan->losses[i].customer_id));
    for (size_t i = 0; !rc && i < plan->n_orders; i++) {
        if (plan->orders[i].row)
            rc = put_order(a, &plan->orders[i]);
        if (!rc && plan->orders[i].row)
            rc = put_order_event(a, &plan->orders[i]);
        if (!rc && plan->orders[i].row && plan->orders[i].range_id)
            rc = PUT(a, BULK_ORDER_RANGE, db_u64(plan->orders[i].range_id),
                     db_u64(plan->orders[i].id));
    }
    return rc;
}

/* --- the transaction --- */

/* Of what the chunk changed. Ids of new customers are taken in order: they are a range. */
static enum rc refresh_standing(struct db *db, const struct orders *a)
{
    uint64_t ids[IMPORT_CHUNK_MAX], first = UINT64_MAX, last = 0;
    size_t n = 0;
    enum rc rc = RC_OK;

    for (size_t i = 0; i < a->plan.n_customers; i++) {
        const struct customer_slot *slot = &a->plan.customers[i];

        if (slot->same_as ? slot->joined && slot->row
                          : (slot->known || slot->joined) && plan_moves_standing(slot))
            ids[n++] = slot->id;
        if (!slot->known && !slot->joined && slot->row && *slot->row->phone) {
            first = slot->id < first ? slot->id : first;
            last = slot->id > last ? slot->id : last;
        }
    }
    if (last)
        rc = standing_refresh_new(db, first, last);
    return rc ? rc : standing_refresh(db, ids, n);
}

static void make_plan(struct orders *a)
{
    for (size_t i = 0; i < a->chunk->n_rows; i++)
        plan_row(&a->plan, a->imp, &a->chunk->rows[i], &a->codes[i], &a->ids);
}

static enum rc look_up(struct db *db, struct orders *a)
{
    enum rc rc;

    plan_reset(&a->plan);
    a->ids = (struct plan_ids){ a->customers.next, a->orders.next };
    for (size_t i = 0; i < a->chunk->n_rows; i++)
        plan_add_keys(&a->plan, &a->chunk->rows[i]);
    rc = look_up_customers(db, a);
    return rc ? rc : look_up_orders(db, a);
}

static enum rc refuse_planned(struct import_step *step, const struct import_plan *plan)
{
    enum rc rc = RC_OK;

    for (size_t i = 0; !rc && i < plan->n_refusals; i++) {
        const struct plan_refusal *r = &plan->refusals[i];

        rc = import_refuse(step, r->row, r->field, r->code, r->value, r->reason);
    }
    return rc;
}

/* As they are before the chunk: customers and orders that it is about to change. */
static enum rc note_before(struct db *db, struct orders *a, const struct import_step *step)
{
    const struct import_plan *plan = &a->plan;
    enum rc rc;

    id_list_reset(&a->before);
    for (size_t i = 0; i < plan->n_customers; i++) {
        const struct customer_slot *slot = &plan->customers[i];

        if ((slot->known || slot->joined) && slot->row)
            id_list_add(&a->before, slot->id);
    }
    rc = import_before_customers(db, step, &a->before);
    id_list_reset(&a->before);
    for (size_t i = 0; i < plan->n_orders; i++) {
        if (plan->orders[i].known && plan->orders[i].row)
            id_list_add(&a->before, plan->orders[i].id);
    }
    return rc ? rc : import_before_orders(db, step, &a->before);
}

static enum rc orders_apply(struct db *db, void *kind, struct import_step *step)
{
    struct orders *a = kind;
    enum rc rc = look_up(db, a);

    if (!rc && a->match)
        rc = customer_match_find(db, a->match, &a->plan, step, a->codes);
    if (rc)
        return rc;
    make_plan(a);
    rc = refuse_planned(step, &a->plan);
    if (!rc)
        rc = occasion_wants_read(db, &a->wants);
    if (!rc)
        rc = fill_bulks(a, step);
    if (!rc)
        rc = note_before(db, a, step);
    for (int i = 0; !rc && i < BULK_COUNT; i++)
        rc = db_bulk_run(db, statements[i], a->bulks[i], NULL);
    if (!rc)
        rc = import_joined_run(db, a->joined);
    if (!rc && a->match)
        rc = customer_match_ask(db, a->match, step);
    if (!rc)
        rc = contact_return(db, a->contacts, a->n_contacts);
    if (!rc && a->plan.n_consents)
        rc = consent_append(db, a->plan.consents, a->plan.n_consents, a->events.next);
    if (!rc)
        rc = refresh_standing(db, a);
    step->customers = (struct import_made){ a->customers.next, a->ids.customer };
    step->orders = (struct import_made){ a->orders.next, a->ids.order };
    step->taken = a->plan.taken;
    step->unchanged = a->plan.unchanged;
    return rc;
}

/* --- around the transaction --- */

static enum rc orders_prepare(struct db *db, void *kind, const struct import_step *step)
{
    struct orders *a = kind;
    const size_t n = step->chunk->n_rows;
    enum rc rc;

    a->imp = step->imp;
    a->chunk = step->chunk;
    a->now = step->now;
    rc = find_codes(db, a);
    if (!rc)
        rc = id_stock_fill(db, &a->customers, "customer", n);
    if (!rc && a->match)
        rc = customer_match_prepare(db, a->match, n);
    if (!rc)
        rc = id_stock_fill(db, &a->orders, "order", n);
    if (!rc)
        rc = id_stock_fill(db, &a->events, "consent_event", 2 * n);
    return rc ? rc : id_shelf_fill(db, &a->order_events, "order_event", n, true);
}

static void orders_committed(void *kind)
{
    struct orders *a = kind;

    a->customers.next = a->ids.customer;
    a->orders.next = a->ids.order;
    a->events.next += a->plan.n_consents;
    a->order_events.next += db_bulk_rows(a->bulks[BULK_ORDER_EVENT]);
    if (a->match)
        customer_match_committed(a->match);
}

static void orders_withdrawn(const void *kind, void (*each)(void *arg, const char *number),
                             void *arg)
{
    const struct orders *a = kind;

    for (size_t i = 0; i < a->plan.n_consents; i++) {
        const struct consent_change *c = &a->plan.consents[i];

        if (c->channel == CHANNEL_SMS && c->state == CONSENT_WITHDRAWN && *c->address)
            each(arg, c->address);
    }
    for (size_t i = 0; i < a->plan.n_customers; i++) {
        const struct customer_slot *slot = &a->plan.customers[i];

        /* The row's number need not be the one that is written to. */
        if (slot->joined && slot->has.state == CONSENT_WITHDRAWN && *slot->phone &&
            slot->had.state != CONSENT_WITHDRAWN)
            each(arg, slot->phone);
    }
}

const struct import_kind_ops import_orders = {
    .in_pairs = true,
    .open = orders_open,
    .close = orders_close,
    .prepare = orders_prepare,
    .apply = orders_apply,
    .committed = orders_committed,
    .undo = import_orders_undo,
    .withdrawn = orders_withdrawn,
};
