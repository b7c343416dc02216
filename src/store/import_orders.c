/*
 * import_orders.c - a chunk of orders with their customers, or of customers alone.
 *
 * Two look-ups tell what the database has of the chunk's customers and orders; import_plan decides
 * what changes; then each kind of change is one bulk statement. Rows whose content is as it was
 * cost their share of the look-ups and nothing else.
 */
#include <stdlib.h>
#include <string.h>

#include "store/contact_news.h"
#include "store/db.h"
#include "store/import_before.h"
#include "store/import_orders.h"
#include "store/import_undo_orders.h"
#include "store/standing.h"

static void orders_close(void *kind)
{
    struct orders *a = kind;

    orders_bulks_free(a);
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
    a->joined = import_joined_new();
    if (rules->match.rule != MATCH_NEVER)
        a->match = customer_match_new(&rules->match);
    if (orders_bulks_new(a) || !a->joined || (rules->match.rule != MATCH_NEVER && !a->match)) {
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

/* As a code that may not be made; where the profile ignores what makes no sense, as nobody. */
static enum rc find_owner(struct db *db, struct orders *a, const struct import_step *step,
                          const struct partner_row *row, struct row_codes *codes)
{
    const struct mapping_rules *mapping = a->rules->mapping;
    enum rc rc = import_owner_find(db, &a->owner, step, row->owner, &codes->owner_id);

    if (rc || codes->owner_id || !*row->owner ||
        (mapping && mapping->fields[FIELD_OWNER].ignore_faulty))
        return rc;
    codes->missing = "owner";
    codes->missing_value = row->owner;
    codes->code = FAULT_UNKNOWN_CODE;
    codes->reason = "nobody of this login works here";
    return RC_OK;
}

static enum rc find_codes(struct db *db, struct orders *a, const struct import_step *step)
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
        if (!rc && row->has_person && !codes->missing)
            rc = find_owner(db, a, step, row, codes);
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
        if (!slot->known && !slot->joined && slot->row &&
            (*slot->row->phone || *slot->row->email)) {
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
    plan_reset(&a->plan);
    a->ids = (struct plan_ids){ a->customers.next, a->orders.next };
    for (size_t i = 0; i < a->chunk->n_rows; i++)
        plan_add_keys(&a->plan, &a->chunk->rows[i]);
    return orders_look_up(db, a);
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

/* Of whom the file is the first to say that they want no contact. */
static enum rc find_refusers(struct db *db, struct orders *a)
{
    enum rc rc;

    id_list_reset(&a->before);
    for (size_t i = 0; i < a->plan.n_customers; i++) {
        const struct customer_slot *slot = &a->plan.customers[i];

        if ((slot->known || slot->joined) && slot->row && slot->row->do_not_contact == ROW_SAYS_YES)
            id_list_add(&a->before, slot->id);
    }
    rc = contact_refusers_find(db, &a->before, a->refusers, &a->n_refusers);
    for (size_t i = 0; !rc && a->contact_news && i < a->n_refusers; i++)
        rc = contact_news_add(a->bulks[BULK_CONTACT_NEWS], a->refusers[i].customer_id, a->now);
    return rc;
}

static enum rc end_contacts(struct db *db, const struct orders *a)
{
    enum rc rc = RC_OK;

    for (size_t i = 0; !rc && i < a->n_refusers; i++) {
        if (a->refusers[i].planned)
            rc = contact_refuse(db, a->refusers[i].customer_id, 0, a->now);
    }
    return rc;
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
        rc = contact_news_wanted(db, &a->contact_news);
    if (!rc)
        rc = plan_wants_read(db, &a->plan_wants);
    if (!rc)
        rc = orders_fill_bulks(a, step);
    if (!rc)
        rc = find_refusers(db, a);
    if (!rc)
        rc = note_before(db, a, step);
    if (!rc)
        rc = orders_bulks_run(db, a);
    if (!rc)
        rc = import_joined_run(db, a->joined);
    if (!rc)
        rc = import_owner_run(db, &a->owner, step, a->contact_news);
    if (!rc)
        rc = end_contacts(db, a);
    if (!rc)
        rc = import_joined_keep_own(db, a->joined, &a->plan);
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
    rc = find_codes(db, a, step);
    if (!rc)
        rc = id_stock_fill(db, &a->customers, "customer", n);
    if (!rc)
        rc = import_owner_prepare(db, &a->owner, step);
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
        if (slot->joined && slot->has[CHANNEL_SMS].state == CONSENT_WITHDRAWN && *slot->phone &&
            slot->had[CHANNEL_SMS].state != CONSENT_WITHDRAWN)
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
    .alone = orders_alone,
    .undo = import_orders_undo,
    .withdrawn = orders_withdrawn,
};
