/*
 * import_undo_orders.c - takes back what a chunk of orders with their customers did.
 *
 * First the orders, then what the ledger heard, then the customers; at the end the summaries of all
 * whom that concerned are made anew from what is there. What somebody else changed since stays as
 * it is: an order bears the import and row of its last change, a customer the time. An earlier
 * chunk's changes come back with their marks, so that chunk is then found as it was left.
 */
#include "store/import_undo_orders.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/consent.h"
#include "store/db.h"
#include "store/id_list.h"
#include "store/import_undo_contact.h"
#include "store/standing.h"

/* A list of ids, `w`, and what import_before has of them, `b`. */
#define BEFORE \
    "STRAIGHT_JOIN import_before b ON b.import_id = ? AND b.run = ? AND b.first_row = ?\n"
#define ORDERS_BEFORE    ID_LIST " w\n" BEFORE "  AND b.kind = 'order' AND b.subject_id = w.id\n"
#define CUSTOMER_BEFORE  BEFORE "  AND b.kind = 'customer' AND b.subject_id = w.id\n"
#define CUSTOMERS_BEFORE ID_LIST " w\n" CUSTOMER_BEFORE
#define WORDS_MAX        ((size_t)2 * IMPORT_CHUNK_MAX) /* of consent: as many as the chunk could say */

/* Of `o`: parameters import, first row, next row, import. */
#define ORDER_KEPT                                                                           \
    "CASE\n"                                                                                 \
    "  WHEN o.import_id <> ? OR o.import_row < ? OR o.import_row >= ?\n"                     \
    "    OR EXISTS (SELECT 1 FROM order_event e\n"                                           \
    "               WHERE e.order_id = o.id AND (e.import_id IS NULL OR e.import_id <> ?)\n" \
    "                 AND e.recorded_at > ?)\n"                                              \
    "  THEN 'order_changed_since'\n"
#define ORDER_MESSAGES                                                             \
    "  WHEN EXISTS (SELECT 1 FROM occasion c\n"                                    \
    "               JOIN occasion_sent s ON s.occasion_id = c.id\n"                \
    "                 AND s.customer_id = o.customer_id AND s.subject_id = o.id\n" \
    "               WHERE s.message_id IS NOT NULL)\n"                             \
    "  THEN 'order_has_messages'\n"

static const char SQL_NEW_ORDERS[] =
    "SELECT o.id, o.customer_id, 0,\n" ORDER_KEPT "  WHEN EXISTS (SELECT 1 FROM invoice i\n"
    "               WHERE i.customer_id = o.customer_id AND i.order_id = o.id)\n"
    "  THEN 'order_has_invoice'\n" ORDER_MESSAGES "  ELSE '' END\n"
    "FROM customer_order o\n"
    "WHERE o.id >= ? AND o.id < ?\n"
    "FOR UPDATE";

static const char SQL_CHANGED_ORDERS[] =
    "SELECT o.id, o.customer_id, JSON_VALUE(b.was, '$.customer'),\n" ORDER_KEPT
    "  WHEN NOT EXISTS (SELECT 1 FROM customer c\n"
    "                   WHERE c.id = JSON_VALUE(b.was, '$.customer') AND c.erased_at IS NULL)\n"
    "  THEN 'order_customer_gone'\n"
    "  ELSE '' END\n"
    "FROM import_before b\n"
    "STRAIGHT_JOIN customer_order o ON o.id = b.subject_id\n"
    "WHERE b.import_id = ? AND b.run = ? AND b.first_row = ? AND b.kind = 'order'\n"
    "FOR UPDATE";

static const char SQL_REMOVE_ORDERS[] = "DELETE o\n"
                                        "FROM " ID_LIST " w\n"
                                        "STRAIGHT_JOIN customer_order o ON o.id = w.id";

static const char SQL_REMOVE_EVENTS[] = "DELETE e\n"
                                        "FROM " ID_LIST " w\n"
                                        "STRAIGHT_JOIN order_event e ON e.order_id = w.id\n"
                                        "WHERE e.import_id = ? AND e.recorded_at = ?";

static const char SQL_REMOVE_NEWS[] =
    "DELETE e\n"
    "FROM JSON_TABLE(?, '$[*]' COLUMNS (customer BIGINT UNSIGNED PATH '$[0]',\n"
    "                                   id BIGINT UNSIGNED PATH '$[1]')) w\n"
    "STRAIGHT_JOIN occasion c\n"
    "STRAIGHT_JOIN occasion_event e ON e.occasion_id = c.id AND e.customer_id = w.customer\n"
    "  AND e.subject_id = w.id";

static const char SQL_RESTORE_ORDERS[] =
    "UPDATE " ORDERS_BEFORE "STRAIGHT_JOIN customer_order o ON o.id = w.id\n"
    "SET o.customer_id = JSON_VALUE(b.was, '$.customer'),\n"
    "  o.status = JSON_VALUE(b.was, '$.status'),\n"
    "  o.row_status = JSON_VALUE(b.was, '$.said'),\n"
    "  o.status_at = JSON_VALUE(b.was, '$.status_at'),\n"
    "  o.goods = JSON_VALUE(b.was, '$.goods'),\n"
    "  o.weight_g = JSON_VALUE(b.was, '$.weight'),\n"
    "  o.window_from = JSON_VALUE(b.was, '$.from'),\n"
    "  o.window_to = JSON_VALUE(b.was, '$.to'),\n"
    "  o.collect_cents = JSON_VALUE(b.was, '$.cents'),\n"
    "  o.currency = JSON_VALUE(b.was, '$.currency'),\n"
    "  o.street = JSON_VALUE(b.was, '$.street'),\n"
    "  o.postcode = JSON_VALUE(b.was, '$.postcode'),\n"
    "  o.city = JSON_VALUE(b.was, '$.city'),\n"
    "  o.country = JSON_VALUE(b.was, '$.country'),\n"
    "  o.ordered_at = JSON_VALUE(b.was, '$.ordered'),\n"
    "  o.import_id = JSON_VALUE(b.was, '$.import'),\n"
    "  o.import_row = JSON_VALUE(b.was, '$.row'),\n"
    "  o.content_hash = UNHEX(JSON_VALUE(b.was, '$.hash')),\n"
    "  o.product_range_id = JSON_VALUE(b.was, '$.range'),\n"
    "  o.planned_at = JSON_VALUE(b.was, '$.planned'),\n"
    "  o.moved_at = JSON_VALUE(b.was, '$.moved'),\n"
    "  o.out_at = JSON_VALUE(b.was, '$.out'),\n"
    "  o.delivered_at = JSON_VALUE(b.was, '$.delivered'),\n"
    "  o.missed_at = JSON_VALUE(b.was, '$.missed'),\n"
    "  o.cancelled_at = JSON_VALUE(b.was, '$.cancelled')";

/* --- consents --- */

/* Parameters: import, first row, next row. */
#define GRANTED_BY                                                              \
    "WHERE e.source = 'import' AND SUBSTRING_INDEX(e.source_ref, ':', 1) = ?\n" \
    "  AND CAST(SUBSTRING_INDEX(e.source_ref, ':', -1) AS UNSIGNED) >= ?\n"     \
    "  AND CAST(SUBSTRING_INDEX(e.source_ref, ':', -1) AS UNSIGNED) < ?\n"

static const char SQL_GRANTS[] =
    "SELECT k.customer_id, k.channel, k.purpose, e.address, e.source_ref\n"
    "FROM " ID_LIST " w\n"
    "STRAIGHT_JOIN consent_current k ON k.customer_id = w.id AND k.state = 'granted'\n"
    "STRAIGHT_JOIN consent_event e ON e.id = k.event_id\n" GRANTED_BY
    "GROUP BY k.customer_id, k.channel, k.purpose";

static const char SQL_FORGET_WORD[] = "DELETE FROM consent_current\n"
                                      "WHERE customer_id = ? AND channel = ? AND purpose = ?";

/* What counted before, if anything did. */
static const char SQL_WORDS_BEFORE[] =
    "INSERT INTO consent_current (customer_id, channel, purpose, state, event_id, at)\n"
    "SELECT w.id, k.channel, k.purpose, k.state, k.event_id, k.at\n"
    "FROM JSON_TABLE(?, '$[*]' COLUMNS (id BIGINT UNSIGNED PATH '$[0]',\n"
    "  channel VARCHAR(5) PATH '$[1]', purpose VARCHAR(8) PATH '$[2]')) w\n" CUSTOMER_BEFORE
    "JOIN JSON_TABLE(b.was, '$.words[*]' COLUMNS (channel VARCHAR(5) PATH '$[0]', purpose "
    "VARCHAR(8) PATH '$[1]',\n"
    "  state VARCHAR(10) PATH '$[2]', event_id BIGINT UNSIGNED PATH '$[3]',\n"
    "  at DATETIME(6) PATH '$[4]')) k\n"
    "WHERE k.channel = w.channel AND k.purpose = w.purpose";

/*
 * Customers of the chunk who were put together with somebody since, and with whom. What that one
 * was told with them goes back to what this file said, however often they were put together: an
 * event by a merge names the one that it repeats.
 */
static const char SQL_MERGED[] =
    "SELECT g.customer_id, g.into_id\n"
    "FROM customer_merged g\n"
    "WHERE g.customer_id >= ? AND g.customer_id < ? AND g.step <> 'undone'\n"
    "UNION\n"
    "SELECT g.customer_id, g.into_id\n"
    "FROM import_before b\n"
    "STRAIGHT_JOIN customer_merged g ON g.customer_id = b.subject_id\n"
    "WHERE b.import_id = ? AND b.run = ? AND b.first_row = ?\n"
    "  AND b.kind = 'customer' AND g.step <> 'undone'";

static const char SQL_MERGED_GRANTS[] =
    "WITH RECURSIVE told AS (\n"
    "  SELECT k.customer_id, k.channel, k.purpose, e.address, e.source, e.source_ref\n"
    "  FROM " ID_LIST " w\n"
    "  STRAIGHT_JOIN consent_current k ON k.customer_id = w.id AND k.state = 'granted'\n"
    "  STRAIGHT_JOIN consent_event e ON e.id = k.event_id\n"
    "  WHERE e.source = 'merge'\n"
    "  UNION ALL\n"
    "  SELECT t.customer_id, t.channel, t.purpose, t.address, e.source, e.source_ref\n"
    "  FROM told t\n"
    "  JOIN consent_event e\n"
    "    ON e.id = CAST(SUBSTRING_INDEX(t.source_ref, ':', -1) AS UNSIGNED)\n"
    "  WHERE t.source = 'merge')\n"
    "SELECT e.customer_id, e.channel, e.purpose, e.address, e.source_ref\n"
    "FROM told e\n" GRANTED_BY "GROUP BY e.customer_id, e.channel, e.purpose";

/* --- customers --- */

static const char SQL_CONCERNED[] =
    "SELECT c.id FROM customer c WHERE c.id >= ? AND c.id < ?\n"
    "UNION\n"
    "SELECT b.subject_id FROM import_before b\n"
    "WHERE b.import_id = ? AND b.run = ? AND b.first_row = ? AND b.kind = 'customer'";

static const char SQL_NEW_CUSTOMERS[] =
    "SELECT c.id,\n"
    "  CASE WHEN c.erased_at IS NOT NULL THEN 'customer_erased'\n"
    "  WHEN c.updated_at <> ? THEN 'customer_changed_since'\n"
    "  WHEN EXISTS (SELECT 1 FROM customer_order o WHERE o.customer_id = c.id)\n"
    "  THEN 'customer_has_orders'\n"
    "  WHEN (SELECT COUNT(*) FROM customer_ref r WHERE r.customer_id = c.id) > 1\n"
    "    OR EXISTS (SELECT 1 FROM customer_merged g WHERE g.into_id = c.id)\n"
    "  THEN 'customer_of_others'\n"
    "  WHEN EXISTS (SELECT 1 FROM message m WHERE m.customer_id = c.id)\n"
    "    OR EXISTS (SELECT 1 FROM inbound_message m WHERE m.customer_id = c.id)\n"
    "  THEN 'customer_has_messages'\n"
    "  WHEN EXISTS (SELECT 1 FROM invoice i WHERE i.customer_id = c.id)\n"
    "  THEN 'customer_has_invoices'\n"
    /* What people said or planned; lists and plans made the rest by themselves. */
    "  WHEN EXISTS (SELECT 1 FROM contact_result x WHERE x.customer_id = c.id)\n"
    "    OR EXISTS (SELECT 1 FROM contact_note x WHERE x.customer_id = c.id)\n"
    "    OR EXISTS (SELECT 1 FROM contact_task x\n"
    "               WHERE x.customer_id = c.id AND x.source IN ('manager', 'call_back'))\n"
    "    OR EXISTS (SELECT 1 FROM contact_enrolment x WHERE x.customer_id = c.id AND x.again <> "
    "0)\n"
    "  THEN 'customer_has_contacts'\n"
    "  WHEN EXISTS (SELECT 1 FROM consent_event e\n"
    "               WHERE e.customer_id = c.id AND (e.source <> 'import'\n"
    "                 OR SUBSTRING_INDEX(e.source_ref, ':', 1) <> ?\n"
    "                 OR (e.state = 'withdrawn' AND e.source_ref NOT LIKE '%undone')))\n"
    "  THEN 'customer_has_consents'\n"
    "  ELSE '' END\n"
    "FROM customer c\n"
    "WHERE c.id >= ? AND c.id < ?\n"
    "FOR UPDATE";

static const char SQL_CHANGED_CUSTOMERS[] =
    "SELECT c.id,\n"
    "  CASE WHEN c.erased_at IS NOT NULL THEN 'customer_erased'\n"
    "  WHEN c.updated_at <> ? THEN 'customer_changed_since'\n"
    "  ELSE '' END\n"
    "FROM import_before b\n"
    "STRAIGHT_JOIN customer c ON c.id = b.subject_id\n"
    "WHERE b.import_id = ? AND b.run = ? AND b.first_row = ? AND b.kind = 'customer'\n"
    "FOR UPDATE";

/* In this order; each takes the ids. */
static const char *const SQL_REMOVE_CUSTOMERS[] = {
    "DELETE x FROM " ID_LIST " w STRAIGHT_JOIN customer_field x ON x.customer_id = w.id",
    "DELETE x FROM " ID_LIST " w STRAIGHT_JOIN contact_point x ON x.customer_id = w.id",
    "DELETE x FROM " ID_LIST " w STRAIGHT_JOIN consent_current x ON x.customer_id = w.id",
    "DELETE x FROM " ID_LIST " w STRAIGHT_JOIN customer_ref x ON x.customer_id = w.id",
    "DELETE x FROM " ID_LIST " w STRAIGHT_JOIN customer_double x ON x.low_id = w.id",
    "DELETE x FROM " ID_LIST " w STRAIGHT_JOIN customer_double x ON x.high_id = w.id",
    "DELETE x FROM " ID_LIST " w STRAIGHT_JOIN customer x ON x.id = w.id",
};

/* The next file that says the same is to be heard: what is kept is no longer what it said. */
static const char SQL_FORGET_CONTENT[] =
    "UPDATE " ID_LIST " w\n"
    "STRAIGHT_JOIN customer_ref r ON r.customer_id = w.id AND r.partner_id = ?\n"
    "SET r.content_hash = REPEAT(CHAR(0), 16)";

static const char SQL_RESTORE_CUSTOMERS[] =
    "UPDATE " CUSTOMERS_BEFORE "STRAIGHT_JOIN customer c ON c.id = w.id\n"
    "SET c.category_id = JSON_VALUE(b.was, '$.category'),\n"
    "  c.acquisition_source_id = JSON_VALUE(b.was, '$.source'),\n"
    "  c.first_name = JSON_VALUE(b.was, '$.first_name'),\n"
    "  c.last_name = JSON_VALUE(b.was, '$.last_name'),\n"
    "  c.company = JSON_VALUE(b.was, '$.company'),\n"
    "  c.language = JSON_VALUE(b.was, '$.language'),\n"
    "  c.street = JSON_VALUE(b.was, '$.street'),\n"
    "  c.postcode = JSON_VALUE(b.was, '$.postcode'),\n"
    "  c.city = JSON_VALUE(b.was, '$.city'),\n"
    "  c.country = JSON_VALUE(b.was, '$.country'),\n"
    "  c.birth_date = JSON_VALUE(b.was, '$.birth_date'),\n"
    "  c.minor = JSON_VALUE(b.was, '$.minor'),\n"
    "  c.timezone = JSON_VALUE(b.was, '$.timezone'),\n"
    "  c.owner_id = IF(JSON_EXISTS(b.was, '$.owner'), JSON_VALUE(b.was, '$.owner'), c.owner_id),\n"
    "  c.updated_at = JSON_VALUE(b.was, '$.updated_at')";

/* Whom somebody else looks after again: news for the lists of contacts. */
static const char SQL_OWNER_NEWS[] =
    "INSERT INTO contact_news (customer_id, at)\n"
    "SELECT c.id, ?\n"
    "FROM " CUSTOMERS_BEFORE "STRAIGHT_JOIN customer c ON c.id = w.id\n"
    "WHERE JSON_EXISTS(b.was, '$.owner') AND NOT c.owner_id <=> JSON_VALUE(b.was, '$.owner')\n"
    "  AND EXISTS (SELECT 1 FROM contact_policy WHERE is_on)\n"
    "ON DUPLICATE KEY UPDATE at = VALUE(at)";

static const char SQL_REMOVE_CONTACTS[] = "DELETE p FROM " ID_LIST " w\n"
                                          "STRAIGHT_JOIN contact_point p ON p.customer_id = w.id\n"
                                          "WHERE p.created_at = ?";

static const char SQL_RESTORE_CONTACTS[] =
    "UPDATE " CUSTOMERS_BEFORE
    "JOIN JSON_TABLE(b.was, '$.contacts[*]' COLUMNS (channel VARCHAR(5) PATH '$[0]', address "
    "VARCHAR(254) PATH '$[1]',\n"
    "  is_primary INT PATH '$[2]')) x\n"
    "JOIN contact_point p ON p.customer_id = w.id\n"
    "  AND p.channel = x.channel COLLATE utf8mb4_bin\n"
    "  AND p.address = LOWER(x.address) COLLATE utf8mb4_bin\n"
    "SET p.is_primary = x.is_primary";

static const char SQL_REMOVE_FIELDS[] =
    "DELETE x FROM " ID_LIST " w STRAIGHT_JOIN customer_field x ON x.customer_id = w.id";

static const char SQL_RESTORE_FIELDS[] =
    "INSERT INTO customer_field (customer_id, field_id, value, number)\n"
    "SELECT w.id, x.field, x.value, x.number\n"
    "FROM " CUSTOMERS_BEFORE
    "JOIN JSON_TABLE(b.was, '$.fields[*]' COLUMNS (field INT PATH '$[0]', value TEXT PATH '$[1]',\n"
    "  number BIGINT PATH '$[2]')) x\n";

/* Numbers of this partner that the chunk gave to the customer go; the others say what they said. */
static const char SQL_REMOVE_REFS[] =
    "DELETE r FROM " CUSTOMERS_BEFORE
    "STRAIGHT_JOIN customer_ref r ON r.customer_id = w.id AND r.partner_id = ?\n"
    "WHERE NOT COALESCE(JSON_CONTAINS(JSON_EXTRACT(b.was, '$.refs[*][0]'),\n"
    "                                 JSON_QUOTE(r.customer_number)), FALSE)";

static const char SQL_RESTORE_REFS[] =
    "UPDATE " CUSTOMERS_BEFORE
    "JOIN JSON_TABLE(b.was, '$.refs[*]' COLUMNS (number VARCHAR(64) PATH '$[0]', hash VARCHAR(32) "
    "PATH '$[1]')) x\n"
    "JOIN customer_ref r ON r.partner_id = ? AND r.customer_number = x.number COLLATE "
    "utf8mb4_bin\n"
    "SET r.content_hash = UNHEX(x.hash)";

static const char SQL_SUMMARIES[] =
    "UPDATE " ID_LIST " w\n"
    "STRAIGHT_JOIN customer c ON c.id = w.id\n"
    "SET c.order_count = (SELECT COUNT(*) FROM customer_order o WHERE o.customer_id = c.id),\n"
    "  c.order_cents = (SELECT COALESCE(SUM(o.collect_cents), 0) FROM customer_order o\n"
    "                   WHERE o.customer_id = c.id),\n"
    "  c.last_order_at = (SELECT MAX(o.ordered_at) FROM customer_order o\n"
    "                     WHERE o.customer_id = c.id)";

#define CHUNK(u) db_u64((u)->imp->id), db_u64((u)->imp->run), db_u64((u)->first_row)

/* All that one chunk needs. */
struct undoing {
    struct import_undo *undo;
    struct id_list undone, kept;        /* of one kind of things */
    struct id_list concerned;           /* customers whose summaries are made anew */
    struct id_list merged;              /* who has what was the chunk's customers' */
    uint64_t ids[6 * IMPORT_CHUNK_MAX]; /* the same */
    size_t n_ids;
    struct buffer pairs; /* orders that go, as [customer, order] */
};

static void concern(struct undoing *u, uint64_t customer_id)
{
    if (!customer_id || u->n_ids == sizeof(u->ids) / sizeof(u->ids[0]))
        return;
    u->ids[u->n_ids++] = customer_id;
    id_list_add(&u->concerned, customer_id);
}

static enum rc count(struct undoing *u, const char *what, uint64_t n)
{
    return n ? import_undo_count_add(u->undo, what, n) : RC_OK;
}

/* Why things are left, a name each. */
struct reasons {
    char names[8][32];
    uint64_t n[8];
};

static void note_reason(struct reasons *r, const char *name)
{
    for (int i = 0; i < 8; i++) {
        if (!*r->names[i])
            snprintf(r->names[i], sizeof(r->names[i]), "%s", name);
        if (strcmp(r->names[i], name) == 0) {
            r->n[i]++;
            return;
        }
    }
}

static enum rc count_reasons(struct undoing *u, const struct reasons *r)
{
    enum rc rc = RC_OK;

    for (int i = 0; !rc && i < 8 && *r->names[i]; i++)
        rc = count(u, r->names[i], r->n[i]);
    return rc;
}

static enum rc close_lists(struct undoing *u)
{
    enum rc rc = id_list_text(&u->undone);

    return rc ? rc : id_list_text(&u->kept);
}

/* --- orders --- */

/* Rows: order, whose it is, whose it was, why it is left. */
static enum rc sort_orders(struct undoing *u, struct db_rows *rows)
{
    struct reasons reasons = { 0 };
    enum rc rc;

    id_list_reset(&u->undone);
    id_list_reset(&u->kept);
    buffer_reset(&u->pairs);
    buffer_add_text(&u->pairs, "[");
    while (db_next(rows)) {
        const uint64_t id = db_get_u64(rows, 0), customer = db_get_u64(rows, 1);

        if (*db_get_text(rows, 3)) {
            note_reason(&reasons, db_get_text(rows, 3));
            continue;
        }
        buffer_printf(&u->pairs, "%s[%" PRIu64 ",%" PRIu64 "]", u->undone.n ? "," : "", customer,
                      id);
        id_list_add(&u->undone, id);
        concern(u, customer);
        concern(u, db_get_u64(rows, 2));
    }
    buffer_add_text(&u->pairs, "]");
    rc = db_rows_end(rows);
    if (!rc)
        rc = u->pairs.full ? RC_FAIL : close_lists(u);
    return rc ? rc : count_reasons(u, &reasons);
}

static enum rc remove_orders(struct db *db, struct undoing *u)
{
    const struct import_undo *undo = u->undo;
    const struct db_value import = db_u64(undo->imp->id);
    struct db_rows *rows = NULL;
    enum rc rc;

    if (undo->orders.first == undo->orders.end)
        return RC_OK;
    rc = db_query(db, SQL_NEW_ORDERS,
                  DB_IN(import, db_u64(undo->first_row), db_u64(undo->next_row), import,
                        db_time(undo->at), db_u64(undo->orders.first), db_u64(undo->orders.end)),
                  &rows);
    if (!rc)
        rc = sort_orders(u, rows);
    if (!rc)
        rc = db_run(db, SQL_REMOVE_EVENTS, DB_IN(ID_LIST_IN(&u->undone), import, db_time(undo->at)),
                    NULL);
    if (!rc)
        rc = db_run(db, SQL_REMOVE_NEWS, DB_IN(db_bytes(u->pairs.data, u->pairs.len)), NULL);
    if (!rc)
        rc = db_run(db, SQL_REMOVE_ORDERS, DB_IN(ID_LIST_IN(&u->undone)), NULL);
    return rc ? rc : count(u, "orders_removed", u->undone.n);
}

static enum rc restore_orders(struct db *db, struct undoing *u)
{
    const struct import_undo *undo = u->undo;
    const struct db_value import = db_u64(undo->imp->id);
    struct db_rows *rows = NULL;
    enum rc rc;

    rc = db_query(db, SQL_CHANGED_ORDERS,
                  DB_IN(import, db_u64(undo->first_row), db_u64(undo->next_row), import,
                        db_time(undo->at), CHUNK(undo)),
                  &rows);
    if (!rc)
        rc = sort_orders(u, rows);
    if (!rc)
        rc = db_run(db, SQL_REMOVE_EVENTS, DB_IN(ID_LIST_IN(&u->undone), import, db_time(undo->at)),
                    NULL);
    if (!rc)
        rc = db_run(db, SQL_RESTORE_ORDERS, DB_IN(ID_LIST_IN(&u->undone), CHUNK(undo)), NULL);
    return rc ? rc : count(u, "orders_restored", u->undone.n);
}

/* --- consents --- */

struct grant {
    uint64_t customer_id;
    char channel[8], purpose[8], address[ADDRESS_SIZE], ref[64];
};

/* Adds to the `n` that there are. */
static enum rc read_grants(struct db *db, const struct undoing *u, const char *sql,
                           const struct id_list *whose, struct grant *grants, size_t *n)
{
    const struct import_undo *undo = u->undo;
    char id[24];
    struct db_rows *rows = NULL;
    enum rc rc;

    snprintf(id, sizeof(id), "%" PRIu64, undo->imp->id);
    rc = db_query(
        db, sql,
        DB_IN(ID_LIST_IN(whose), db_text(id), db_u64(undo->first_row), db_u64(undo->next_row)),
        &rows);
    if (rc)
        return rc;
    for (; *n < WORDS_MAX && db_next(rows); (*n)++) {
        struct grant *g = &grants[*n];

        g->customer_id = db_get_u64(rows, 0);
        snprintf(g->channel, sizeof(g->channel), "%s", db_get_text(rows, 1));
        snprintf(g->purpose, sizeof(g->purpose), "%s", db_get_text(rows, 2));
        snprintf(g->address, sizeof(g->address), "%s", db_get_text(rows, 3));
        snprintf(g->ref, sizeof(g->ref), "%.50s, undone", db_get_text(rows, 4));
    }
    return db_rows_end(rows);
}

/* What counted before the file came counts again. */
static enum rc put_words_back(struct db *db, struct undoing *u, const struct grant *grants,
                              size_t n)
{
    struct db_bulk *words = db_bulk_new(3);
    struct buffer list;
    enum rc rc = words ? RC_OK : RC_FAIL;

    buffer_init(&list, n * 64 + 2);
    buffer_add_text(&list, "[");
    for (size_t i = 0; !rc && i < n; i++) {
        const struct grant *g = &grants[i];

        buffer_printf(&list, "%s[%" PRIu64 ",\"%s\",\"%s\"]", i ? "," : "", g->customer_id,
                      g->channel, g->purpose);
        rc = db_bulk_add(words,
                         (const struct db_value[]){ db_u64(g->customer_id), db_text(g->channel),
                                                    db_text(g->purpose) });
    }
    buffer_add_text(&list, "]");
    if (!rc)
        rc = list.full ? RC_FAIL : db_bulk_run(db, SQL_FORGET_WORD, words, NULL);
    if (!rc)
        rc = db_run(db, SQL_WORDS_BEFORE, DB_IN(db_bytes(list.data, list.len), CHUNK(u->undo)),
                    NULL);
    buffer_close(&list);
    db_bulk_free(words);
    return rc;
}

/* The ledger hears that the grants are taken back; that is no refusal of the person's. */
static enum rc take_back(struct db *db, struct undoing *u, const struct grant *grants, size_t n)
{
    struct consent_change *changes = calloc(n, sizeof(*changes));
    enum rc rc = changes ? RC_OK : RC_FAIL;

    for (size_t i = 0; !rc && i < n; i++)
        changes[i] = (struct consent_change){
            .customer_id = grants[i].customer_id,
            .channel = strcmp(grants[i].channel, "sms") == 0 ? CHANNEL_SMS : CHANNEL_EMAIL,
            .purpose = strcmp(grants[i].purpose, "promo") == 0 ? PURPOSE_PROMO : PURPOSE_SERVICE,
            .state = CONSENT_WITHDRAWN,
            .address = grants[i].address,
            .at = clock_now(),
            .source = CONSENT_BY_IMPORT,
            .source_ref = grants[i].ref,
            .wording = "the import that brought the consent was undone; the person said nothing",
        };
    if (!rc)
        rc = consent_append(db, changes, n, u->undo->event_id);
    u->undo->event_id += n;
    if (!rc)
        rc = put_words_back(db, u, grants, n);
    free(changes);
    return rc ? rc : count(u, "consents_taken_back", n);
}

static enum rc undo_consents(struct db *db, struct undoing *u)
{
    struct grant *grants = calloc(WORDS_MAX, sizeof(*grants));
    size_t n = 0;
    enum rc rc = grants ? id_list_text(&u->concerned) : RC_FAIL;

    if (!rc)
        rc = id_list_text(&u->merged);
    if (!rc)
        rc = read_grants(db, u, SQL_GRANTS, &u->concerned, grants, &n);
    if (!rc && u->merged.n)
        rc = read_grants(db, u, SQL_MERGED_GRANTS, &u->merged, grants, &n);
    if (!rc && n)
        rc = take_back(db, u, grants, n);
    free(grants);
    return rc;
}

/* --- customers --- */

static enum rc find_concerned(struct db *db, struct undoing *u)
{
    const struct import_undo *undo = u->undo;
    struct db_rows *rows = NULL;
    enum rc rc = db_query(
        db, SQL_CONCERNED,
        DB_IN(db_u64(undo->customers.first), db_u64(undo->customers.end), CHUNK(undo)), &rows);

    if (rc)
        return rc;
    while (db_next(rows))
        concern(u, db_get_u64(rows, 0));
    return db_rows_end(rows);
}

/* They stay with whom they were put together, and a file that has them again is heard. */
static enum rc find_merged(struct db *db, struct undoing *u)
{
    const struct import_undo *undo = u->undo;
    struct db_rows *rows = NULL;
    enum rc rc = db_query(
        db, SQL_MERGED,
        DB_IN(db_u64(undo->customers.first), db_u64(undo->customers.end), CHUNK(undo)), &rows);
    uint64_t n = 0;

    if (rc)
        return rc;
    for (; db_next(rows); n++) {
        id_list_add(&u->merged, db_get_u64(rows, 1));
        concern(u, db_get_u64(rows, 1));
    }
    rc = db_rows_end(rows);
    if (!rc)
        rc = id_list_text(&u->merged);
    if (!rc && n)
        rc = db_run(db, SQL_FORGET_CONTENT,
                    DB_IN(ID_LIST_IN(&u->merged), db_u64(undo->imp->partner_id)), NULL);
    return rc ? rc : count(u, "customer_merged", n);
}

/* Rows: customer, why they are left. */
static enum rc sort_customers(struct db *db, struct undoing *u, struct db_rows *rows)
{
    struct reasons reasons = { 0 };
    enum rc rc;

    id_list_reset(&u->undone);
    id_list_reset(&u->kept);
    while (db_next(rows)) {
        if (*db_get_text(rows, 1)) {
            note_reason(&reasons, db_get_text(rows, 1));
            id_list_add(&u->kept, db_get_u64(rows, 0));
        } else {
            id_list_add(&u->undone, db_get_u64(rows, 0));
        }
    }
    rc = db_rows_end(rows);
    if (!rc)
        rc = close_lists(u);
    if (!rc && u->kept.n)
        rc = db_run(db, SQL_FORGET_CONTENT,
                    DB_IN(ID_LIST_IN(&u->kept), db_u64(u->undo->imp->partner_id)), NULL);
    return rc ? rc : count_reasons(u, &reasons);
}

static enum rc remove_customers(struct db *db, struct undoing *u)
{
    const struct import_undo *undo = u->undo;
    const size_t n_statements = sizeof(SQL_REMOVE_CUSTOMERS) / sizeof(SQL_REMOVE_CUSTOMERS[0]);
    char id[24];
    struct db_rows *rows = NULL;
    enum rc rc;

    if (undo->customers.first == undo->customers.end)
        return RC_OK;
    snprintf(id, sizeof(id), "%" PRIu64, undo->imp->id);
    rc = db_query(db, SQL_NEW_CUSTOMERS,
                  DB_IN(db_time(undo->at), db_text(id), db_u64(undo->customers.first),
                        db_u64(undo->customers.end)),
                  &rows);
    if (!rc)
        rc = sort_customers(db, u, rows);
    if (!rc && u->undone.n)
        rc = import_undo_contacts(db, &u->undone);
    for (size_t i = 0; !rc && u->undone.n && i < n_statements; i++)
        rc = db_run(db, SQL_REMOVE_CUSTOMERS[i], DB_IN(ID_LIST_IN(&u->undone)), NULL);
    return rc ? rc : count(u, "customers_removed", u->undone.n);
}

static enum rc restore_lists(struct db *db, struct undoing *u)
{
    const struct import_undo *undo = u->undo;
    const struct db_value ids = ID_LIST_IN(&u->undone), partner = db_u64(undo->imp->partner_id);
    enum rc rc = db_run(db, SQL_REMOVE_CONTACTS, DB_IN(ids, db_time(undo->at)), NULL);

    if (!rc)
        rc = db_run(db, SQL_RESTORE_CONTACTS, DB_IN(ids, CHUNK(undo)), NULL);
    if (!rc)
        rc = db_run(db, SQL_REMOVE_FIELDS, DB_IN(ids), NULL);
    if (!rc)
        rc = db_run(db, SQL_RESTORE_FIELDS, DB_IN(ids, CHUNK(undo)), NULL);
    if (!rc)
        rc = db_run(db, SQL_REMOVE_REFS, DB_IN(ids, CHUNK(undo), partner), NULL);
    return rc ? rc : db_run(db, SQL_RESTORE_REFS, DB_IN(ids, CHUNK(undo), partner), NULL);
}

static enum rc restore_customers(struct db *db, struct undoing *u)
{
    const struct import_undo *undo = u->undo;
    struct db_rows *rows = NULL;
    enum rc rc = db_query(db, SQL_CHANGED_CUSTOMERS, DB_IN(db_time(undo->at), CHUNK(undo)), &rows);

    if (!rc)
        rc = sort_customers(db, u, rows);
    if (!rc && u->undone.n)
        rc = restore_lists(db, u);
    if (!rc && u->undone.n)
        rc = db_run(db, SQL_OWNER_NEWS,
                    DB_IN(db_time(clock_now()), ID_LIST_IN(&u->undone), CHUNK(undo)), NULL);
    if (!rc && u->undone.n)
        rc = db_run(db, SQL_RESTORE_CUSTOMERS, DB_IN(ID_LIST_IN(&u->undone), CHUNK(undo)), NULL);
    return rc ? rc : count(u, "customers_restored", u->undone.n);
}

static enum rc sum_up(struct db *db, struct undoing *u)
{
    enum rc rc = id_list_text(&u->concerned);

    if (!rc && u->n_ids)
        rc = db_run(db, SQL_SUMMARIES, DB_IN(ID_LIST_IN(&u->concerned)), NULL);
    return rc ? rc : standing_refresh(db, u->ids, u->n_ids);
}

enum rc import_orders_undo(struct db *db, struct import_undo *undo)
{
    const size_t most = sizeof(((struct undoing *)0)->ids) / sizeof(uint64_t);
    struct undoing *u = calloc(1, sizeof(*u));
    enum rc rc = RC_OK;

    if (!u)
        return RC_FAIL;
    u->undo = undo;
    id_list_init(&u->undone, most);
    id_list_init(&u->kept, most);
    id_list_init(&u->concerned, most);
    id_list_init(&u->merged, most);
    buffer_init(&u->pairs, most * 48);
    rc = remove_orders(db, u);
    if (!rc)
        rc = restore_orders(db, u);
    if (!rc)
        rc = find_concerned(db, u);
    if (!rc)
        rc = find_merged(db, u);
    if (!rc)
        rc = undo_consents(db, u);
    if (!rc)
        rc = restore_customers(db, u);
    if (!rc)
        rc = remove_customers(db, u);
    if (!rc)
        rc = sum_up(db, u);
    id_list_close(&u->undone);
    id_list_close(&u->kept);
    id_list_close(&u->concerned);
    id_list_close(&u->merged);
    buffer_close(&u->pairs);
    free(u);
    return rc;
}
