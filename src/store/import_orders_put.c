/* import_orders_put.c - from the plan of a chunk to rows, a bulk statement for each kind of
 * change. */
#include <string.h>

#include "store/contact_news.h"
#include "store/db.h"
#include "store/import_orders.h"
#include "store/standing.h"

#define FIRST_KEEP_S (7 * SEC_PER_DAY) /* an order that is older is nobody's first news */

/* In the order in which they run. */
static const char *const statements[BULK_COUNT] = {
    [BULK_NEW_CUSTOMER] = "INSERT INTO customer (id, category_id, acquisition_source_id,\n"
                          "  first_name, last_name, company, language, street, postcode, city,\n"
                          "  country, last_order_at, order_count, order_cents, created_at,\n"
                          "  updated_at, sms_standing, sms_prefix, consent_at,\n"
                          "  email_standing, email_consent_at)\n"
                          "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
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
    [BULK_LOSS] = "UPDATE customer\n"
                  "SET order_count = GREATEST(CAST(order_count AS SIGNED) - 1, 0),\n"
                  "  order_cents = order_cents + ?\n"
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
    [BULK_NEW_ORDER] =
        "INSERT INTO customer_order (id, partner_id, order_number, customer_id,\n"
        "  status, row_status, goods, weight_g, window_from, window_to, collect_cents,\n"
        "  currency, street, postcode, city, country, ordered_at, import_id,\n"
        "  import_row, content_hash, heard_at, planned_at, moved_at, out_at,\n"
        "  delivered_at, missed_at, cancelled_at)\n"
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?,\n"
        "  ?, ?, ?, ?, ?, ?, ?)",
    [BULK_CHANGED_ORDER] = "UPDATE customer_order\n"
                           "SET status_at = IF(status = ?, status_at, NULL), customer_id = ?,\n"
                           "  status = ?, row_status = ?, goods = ?, weight_g = ?,\n"
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
    /* Of who lost one: it may have been the last. */
    [BULK_LAST_ORDER] = "UPDATE customer\n"
                        "SET last_order_at = (SELECT MAX(o.ordered_at) FROM customer_order o\n"
                        "                     WHERE o.customer_id = ?)\n"
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
    [BULK_CONTACT_NEWS] = CONTACT_NEWS_SQL,
    [BULK_PLAN_NEWS] = PLAN_NOTE_SQL,
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

enum rc orders_bulks_new(struct orders *a)
{
    for (int i = 0; i < BULK_COUNT; i++) {
        a->bulks[i] = db_bulk_new(count_parameters(statements[i]));
        if (!a->bulks[i])
            return RC_FAIL;
    }
    return RC_OK;
}

void orders_bulks_free(struct orders *a)
{
    for (int i = 0; i < BULK_COUNT; i++)
        db_bulk_free(a->bulks[i]);
}

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

/* When nobody else has the address and no STOP came from it: see refresh_standing(). */
static const char *standing_of_new(const char *address, const struct channel_word *word)
{
    if (!*address)
        return exclusion_name(EXCLUDED_NO_CONTACT_POINT);
    switch (word->state) {
    case CONSENT_UNKNOWN:
        return exclusion_name(EXCLUDED_NO_CONSENT);
    case CONSENT_WITHDRAWN:
        return exclusion_name(EXCLUDED_WITHDRAWN);
    case CONSENT_GRANTED:
        break;
    }
    return "";
}

static struct db_value consent_of_new(const struct channel_word *word)
{
    return db_time(word->state == CONSENT_GRANTED ? word->at : 0);
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

static enum rc put_loss(struct orders *a, const struct order_loss *loss)
{
    const struct db_value id = db_u64(loss->customer_id);
    enum rc rc = PUT(a, BULK_LOSS, db_i64(-loss->cents), id);

    return rc ? rc : PUT(a, BULK_LAST_ORDER, id, id);
}

static enum rc put_new_customer(struct orders *a, const struct customer_slot *slot)
{
    const struct partner_row *r = slot->row;
    const struct channel_word *sms = &slot->has[CHANNEL_SMS], *mail = &slot->has[CHANNEL_EMAIL];
    enum rc rc =
        PUT(a, BULK_NEW_CUSTOMER, db_u64(slot->id), id_or_null(slot->category_id),
            id_or_null(slot->source_id), db_text(r->first_name), db_text(r->last_name),
            db_text(r->company), db_text(r->language), db_text(r->street), db_text(r->postcode),
            db_text(r->city), db_text(r->country), db_time(slot->last_order_at),
            db_i64(slot->count_delta), db_i64(slot->cents_delta), db_time(a->now), db_time(a->now),
            db_text(standing_of_new(r->phone, sms)), db_u64(standing_prefix(r->phone)),
            consent_of_new(sms), db_text(standing_of_new(r->email, mail)), consent_of_new(mail));

    if (!rc)
        rc = put_new_ref(a, slot);
    if (!rc)
        rc = plan_note(&a->plan_wants, slot->id, true, false, a->now, a->bulks[BULK_PLAN_NEWS]);
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

/* A row that repeats what the one before it said of the status says nothing new of it: what became
 * of the order meanwhile, others told. */
static enum order_status status_after(const struct order_slot *slot)
{
    return slot->known && slot->row->status == slot->said ? slot->was : slot->row->status;
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
        .is = status_after(slot),
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
                          cancelled = now_if(a, change.is == ORDER_CANCELLED &&
                                                    (!slot->known || slot->was != change.is));
    const struct db_value weight = r->has_weight ? db_u64(r->weight_g) : db_null();
    const struct db_value status = db_text(order_status_name(change.is)),
                          said = db_text(order_status_name(r->status));
    enum rc rc = occasion_note(&a->wants, &change, a->now, a->bulks[BULK_NEWS]);

    if (!rc && a->contact_news && news)
        rc = contact_news_add(a->bulks[BULK_CONTACT_NEWS], slot->customer_id, a->now);
    if (!rc && change.first &&
        !order_news_is_old(&change, OCCASION_FIRST_ORDER, a->now, FIRST_KEEP_S))
        rc = plan_note(&a->plan_wants, change.customer_id, false, true, a->now,
                       a->bulks[BULK_PLAN_NEWS]);
    if (rc)
        return rc;
    if (slot->known)
        return PUT(a, BULK_CHANGED_ORDER, status, db_u64(slot->customer_id), status, said,
                   db_text(r->goods), weight, db_time(r->window_from), db_time(r->window_to),
                   db_i64(r->collect_cents), db_text(r->currency), db_text(r->street),
                   db_text(r->postcode), db_text(r->city), db_text(r->country),
                   db_time(r->ordered_at), db_u64(a->imp->id), db_u64(r->row_no),
                   db_bytes(slot->hash, HASH_SIZE), planned, moved, out, delivered, missed,
                   cancelled, db_u64(slot->id));
    return PUT(a, BULK_NEW_ORDER, db_u64(slot->id), db_u64(a->imp->partner_id),
               db_text(slot->number), db_u64(slot->customer_id), status, said, db_text(r->goods),
               weight, db_time(r->window_from), db_time(r->window_to), db_i64(r->collect_cents),
               db_text(r->currency), db_text(r->street), db_text(r->postcode), db_text(r->city),
               db_text(r->country), db_time(r->ordered_at ? r->ordered_at : a->imp->received_at),
               db_u64(a->imp->id), db_u64(r->row_no), db_bytes(slot->hash, HASH_SIZE),
               db_time(a->now), planned, moved, out, delivered, missed, cancelled);
}

/* A new order is planned unless its row says something else, and that is news, too. */
static enum rc put_order_event(struct orders *a, const struct order_slot *slot)
{
    const enum order_status was = slot->known ? slot->was : ORDER_PLANNED, is = status_after(slot);

    if (was == is)
        return RC_OK;
    return PUT(a, BULK_ORDER_EVENT,
               db_u64(a->order_events.next + db_bulk_rows(a->bulks[BULK_ORDER_EVENT])),
               db_u64(slot->id), db_u64(a->imp->partner_id), db_time(a->now),
               db_text(order_status_name(is)), db_u64(a->imp->id), db_time(a->now),
               db_text(order_status_name(was)), db_time(slot->was_at));
}

enum rc orders_fill_bulks(struct orders *a, const struct import_step *step)
{
    const struct import_plan *plan = &a->plan;
    enum rc rc = RC_OK;

    for (int i = 0; i < BULK_COUNT; i++)
        db_bulk_reset(a->bulks[i]);
    import_joined_reset(a->joined);
    import_owner_reset(&a->owner);
    a->n_contacts = 0;
    for (size_t i = 0; !rc && i < plan->n_customers; i++) {
        const struct customer_slot *slot = &plan->customers[i];

        if (slot->joined)
            rc = put_joined_customer(a, step, slot);
        else if (slot->known)
            rc = put_known_customer(a, slot);
        else if (slot->row)
            rc = put_new_customer(a, slot);
        if (slot->row && slot->owner_id)
            import_owner_add(&a->owner, &(struct import_owner_said){
                                            .customer_id = slot->id,
                                            .staff_id = slot->owner_id,
                                            .login = slot->row->owner,
                                            .made = !slot->known && !slot->joined,
                                            .fills = slot->joined && !a->rules->match.overwrite });
    }
    for (size_t i = 0; !rc && i < plan->n_losses; i++)
        rc = put_loss(a, &plan->losses[i]);
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

/* A customer whom the look-up found may be gone since: another node undoes an import, or puts two
 * together. Then nothing of the chunk is written, and it begins again with its look-up. */
static bool needs_all(int bulk)
{
    return bulk == BULK_CHANGED_CUSTOMER || bulk == BULK_SUMMARY;
}

enum rc orders_bulks_run(struct db *db, struct orders *a)
{
    enum rc rc = RC_OK;

    for (int i = 0; !rc && i < BULK_COUNT; i++) {
        uint64_t found = 0;

        rc = db_bulk_run(db, statements[i], a->bulks[i], &found);
        if (!rc && needs_all(i) && found < db_bulk_rows(a->bulks[i]))
            rc = RC_CONFLICT;
    }
    return rc;
}
