/* import_plan.c - from rows to slots. */
#include "store/import_plan.h"

#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "domain/consent.h"
#include "store/import_joined.h"

#define EMPTY UINT16_MAX
#define CELLS (sizeof(((struct key_index *)0)->cells) / sizeof(uint16_t))

void plan_reset(struct import_plan *plan)
{
    memset(&plan->by_customer, 0xFF, sizeof(plan->by_customer));
    memset(&plan->by_order, 0xFF, sizeof(plan->by_order));
    plan->n_customers = plan->n_orders = plan->n_losses = 0;
    plan->n_consents = plan->n_refs = plan->n_refusals = 0;
    plan->taken = plan->unchanged = 0;
}

/* --- slots by number --- */

static size_t key_hash(const char *key)
{
    uint64_t h = UINT64_C(14695981039346656037); /* FNV-1a */

    for (; *key; key++)
        h = (h ^ (unsigned char)*key) * UINT64_C(1099511628211);
    return (size_t)(h ^ (h >> 32));
}

struct customer_slot *plan_customer(struct import_plan *plan, const char *number)
{
    for (size_t i = key_hash(number) % CELLS;; i = (i + 1) % CELLS) {
        const uint16_t at = plan->by_customer.cells[i];

        if (at == EMPTY)
            return NULL;
        if (strcmp(plan->customers[at].number, number) == 0)
            return &plan->customers[at];
    }
}

struct order_slot *plan_order(struct import_plan *plan, const char *number)
{
    for (size_t i = key_hash(number) % CELLS;; i = (i + 1) % CELLS) {
        const uint16_t at = plan->by_order.cells[i];

        if (at == EMPTY)
            return NULL;
        if (strcmp(plan->orders[at].number, number) == 0)
            return &plan->orders[at];
    }
}

static void index_add(struct key_index *index, const char *key, size_t at)
{
    size_t i = key_hash(key) % CELLS;

    while (index->cells[i] != EMPTY)
        i = (i + 1) % CELLS;
    index->cells[i] = (uint16_t)at;
}

void plan_add_keys(struct import_plan *plan, const struct partner_row *row)
{
    if (!plan_customer(plan, row->customer_number)) {
        index_add(&plan->by_customer, row->customer_number, plan->n_customers);
        plan->customers[plan->n_customers++] =
            (struct customer_slot){ .number = row->customer_number };
    }
    if (row->has_order && !plan_order(plan, row->order_number)) {
        index_add(&plan->by_order, row->order_number, plan->n_orders);
        plan->orders[plan->n_orders++] = (struct order_slot){ .number = row->order_number };
    }
}

/* --- one row --- */

static void plan_refuse(struct import_plan *plan, const struct partner_row *row, const char *field,
                        const char *code, const char *value, const char *reason)
{
    plan->refusals[plan->n_refusals++] = (struct plan_refusal){ row, field, code, value, reason };
}

/* As the ledger will fold it. */
static void fold_word(struct channel_word *word, enum consent_state state, utc_us at)
{
    const struct consent_word last = { word->state, word->at };
    const struct consent_said said = { .state = state, .source = CONSENT_BY_IMPORT, .at = at };

    if (consent_rule(&last, &said) == CONSENT_COUNTS)
        *word = (struct channel_word){ state, at };
}

static bool word_moved(const struct customer_slot *slot, enum channel c)
{
    return slot->had[c].state != slot->has[c].state || slot->had[c].at != slot->has[c].at;
}

bool plan_moves_standing(const struct customer_slot *slot)
{
    const struct partner_row *row = slot->row;

    return row && ((*row->phone && strcmp(row->phone, slot->phone) != 0) ||
                   (*row->email && strcmp(row->email, slot->mail) != 0) ||
                   word_moved(slot, CHANNEL_SMS) || word_moved(slot, CHANNEL_EMAIL));
}

static bool takes_consent(const struct customer_slot *slot, const struct partner_row *row,
                          enum channel c)
{
    return row->consent[c] == CONSENT_WITHDRAWN || !slot->joined ||
           import_joined_grants(slot, c, c == CHANNEL_SMS ? row->phone : row->email);
}

static void plan_consents(struct import_plan *plan, const struct import *imp,
                          const struct partner_row *row, struct customer_slot *slot)
{
    char *ref = plan->consent_refs[plan->n_refs];
    const char *const addresses[] = { [CHANNEL_SMS] = row->phone, [CHANNEL_EMAIL] = row->email };
    const utc_us at = row->consent_at ? row->consent_at : imp->received_at;

    if (row->consent[CHANNEL_SMS] == CONSENT_UNKNOWN &&
        row->consent[CHANNEL_EMAIL] == CONSENT_UNKNOWN)
        return;
    plan->n_refs++;
    snprintf(ref, sizeof(plan->consent_refs[0]), "%" PRIu64 ":%" PRIu64, imp->id, row->row_no);
    for (enum channel c = CHANNEL_SMS; c <= CHANNEL_EMAIL; c++) {
        if (row->consent[c] == CONSENT_UNKNOWN || !takes_consent(slot, row, c))
            continue;
        fold_word(&slot->has[c], row->consent[c], at);
        plan->by_joined[plan->n_consents] = slot->joined;
        plan->consents[plan->n_consents++] = (struct consent_change){
            .customer_id = slot->id,
            .channel = c,
            .purpose = PURPOSE_PROMO,
            .state = row->consent[c],
            .address = addresses[c],
            .at = at,
            .source = CONSENT_BY_IMPORT,
            .source_ref = ref,
            .wording = row->consent_wording,
        };
    }
}

/* True: the row says something new about the customer. */
static bool plan_customer_row(struct import_plan *plan, const struct import *imp,
                              const struct partner_row *row, const struct row_codes *codes,
                              struct customer_slot *slot, struct plan_ids *ids)
{
    uint8_t hash[HASH_SIZE];

    row_customer_hash(row, hash);
    if (!slot->id && slot->same_as) {
        slot->id = slot->same_as->id; /* none yet: all of its rows were refused */
        slot->joined = slot->id != 0;
    }
    if (!slot->id)
        slot->id = ids->customer++;
    else if (memcmp(hash, slot->hash, HASH_SIZE) == 0)
        return false;
    memcpy(slot->hash, hash, HASH_SIZE);
    slot->row = row;
    slot->category_id = codes->category_id;
    slot->source_id = codes->source_id;
    slot->owner_id = codes->owner_id;
    plan_consents(plan, imp, row, slot);
    return true;
}

static bool plan_order_row(struct import_plan *plan, const struct import *imp,
                           const struct partner_row *row, const struct row_codes *codes,
                           struct customer_slot *customer, struct plan_ids *ids)
{
    struct order_slot *slot = plan_order(plan, row->order_number);
    const utc_us ordered_at = row->ordered_at ? row->ordered_at : imp->received_at;
    uint8_t hash[HASH_SIZE];

    row_order_hash(row, hash);
    if (slot->id && memcmp(hash, slot->hash, HASH_SIZE) == 0)
        return false;
    if (!slot->id) {
        slot->id = ids->order++;
        customer->count_delta++;
        customer->cents_delta += row->collect_cents;
    } else if (slot->customer_id == customer->id) {
        customer->cents_delta += row->collect_cents - slot->cents;
    } else {
        plan->losses[plan->n_losses++] = (struct order_loss){ slot->customer_id, slot->cents };
        customer->count_delta++;
        customer->cents_delta += row->collect_cents;
    }
    if (ordered_at > customer->last_order_at && (row->ordered_at || !slot->known))
        customer->last_order_at = ordered_at;
    memcpy(slot->hash, hash, HASH_SIZE);
    slot->row = row;
    slot->range_id = codes->range_id;
    slot->customer_id = customer->id;
    slot->cents = row->collect_cents;
    return true;
}

void plan_row(struct import_plan *plan, const struct import *imp, const struct partner_row *row,
              const struct row_codes *codes, struct plan_ids *ids)
{
    struct customer_slot *customer = plan_customer(plan, row->customer_number);
    bool changed;

    if (codes->missing) {
        plan_refuse(plan, row, codes->missing, codes->code, codes->missing_value, codes->reason);
        return;
    }
    if (customer->erased) {
        plan_refuse(plan, row, "customer_number", FAULT_ERASED, row->customer_number,
                    "this customer asked to be forgotten; send no more of their data");
        return;
    }
    changed = plan_customer_row(plan, imp, row, codes, customer, ids);
    if (row->has_order && plan_order_row(plan, imp, row, codes, customer, ids))
        changed = true;
    plan->taken += changed;
    plan->unchanged += !changed;
}
