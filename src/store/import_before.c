/* import_before.c - one statement a table: it reads and keeps in one go. */
#include "store/import_before.h"

#include "store/db.h"

static const char SQL_CUSTOMERS[] =
    "INSERT IGNORE INTO import_before (import_id, run, first_row, kind, subject_id, was)\n"
    "SELECT ?, ?, ?, 'customer', c.id, JSON_OBJECT(\n"
    "  'category', c.category_id, 'source', c.acquisition_source_id,\n"
    "  'first_name', c.first_name, 'last_name', c.last_name, 'company', c.company,\n"
    "  'language', c.language, 'street', c.street, 'postcode', c.postcode, 'city', c.city,\n"
    "  'country', c.country, 'birth_date', c.birth_date, 'minor', c.minor,\n"
    "  'timezone', c.timezone, 'owner', c.owner_id, 'updated_at', c.updated_at,\n"
    "  'refs', (SELECT JSON_ARRAYAGG(JSON_ARRAY(r.customer_number, HEX(r.content_hash)))\n"
    "           FROM customer_ref r WHERE r.customer_id = c.id AND r.partner_id = ?),\n"
    "  'contacts', (SELECT JSON_ARRAYAGG(JSON_ARRAY(p.channel, p.address, p.is_primary))\n"
    "               FROM contact_point p WHERE p.customer_id = c.id),\n"
    "  'fields', (SELECT JSON_ARRAYAGG(JSON_ARRAY(f.field_id, f.value, f.number))\n"
    "             FROM customer_field f WHERE f.customer_id = c.id),\n"
    "  'words', (SELECT JSON_ARRAYAGG(JSON_ARRAY(k.channel, k.purpose, k.state, k.event_id,\n"
    "                                            k.at))\n"
    "            FROM consent_current k WHERE k.customer_id = c.id))\n"
    "FROM " ID_LIST " w\n"
    "STRAIGHT_JOIN customer c ON c.id = w.id";

static const char SQL_ORDERS[] =
    "INSERT IGNORE INTO import_before (import_id, run, first_row, kind, subject_id, was)\n"
    "SELECT ?, ?, ?, 'order', o.id, JSON_OBJECT(\n"
    "  'customer', o.customer_id, 'status', o.status, 'said', o.row_status, 'goods', o.goods, "
    "'weight', o.weight_g,\n"
    "  'from', o.window_from, 'to', o.window_to, 'cents', o.collect_cents,\n"
    "  'currency', o.currency, 'street', o.street, 'postcode', o.postcode, 'city', o.city,\n"
    "  'country', o.country, 'ordered', o.ordered_at, 'import', o.import_id,\n"
    "  'row', o.import_row, 'hash', HEX(o.content_hash), 'range', o.product_range_id, 'status_at', "
    "o.status_at,\n"
    "  'planned', o.planned_at, 'moved', o.moved_at, 'out', o.out_at,\n"
    "  'delivered', o.delivered_at, 'missed', o.missed_at, 'cancelled', o.cancelled_at)\n"
    "FROM " ID_LIST " w\n"
    "STRAIGHT_JOIN customer_order o ON o.id = w.id";

#define CHUNK(step) db_u64((step)->imp->id), db_u64((step)->imp->run), db_u64((step)->first_row)

enum rc import_before_customers(struct db *db, const struct import_step *step, struct id_list *ids)
{
    enum rc rc = id_list_text(ids);

    if (rc || !ids->n)
        return rc;
    return db_run(db, SQL_CUSTOMERS,
                  DB_IN(CHUNK(step), db_u64(step->imp->partner_id), ID_LIST_IN(ids)), NULL);
}

enum rc import_before_orders(struct db *db, const struct import_step *step, struct id_list *ids)
{
    enum rc rc = id_list_text(ids);

    if (rc || !ids->n)
        return rc;
    return db_run(db, SQL_ORDERS, DB_IN(CHUNK(step), ID_LIST_IN(ids)), NULL);
}
