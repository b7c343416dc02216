/*
 * import_plan.h - what a chunk's rows change, decided in memory from what the database has now.
 *
 * A customer or an order that is in several rows of the chunk has one slot: the last row wins, as
 * it would if the rows came in different files. For store/import_orders.c only.
 */
#pragma once

#include "store/consent.h"
#include "store/import.h"
#include "store/row_hash.h"

/* What a promotion by a channel depends on. */
struct channel_word {
    enum consent_state state; /* unknown: never asked */
    utc_us at;
};

struct customer_slot {
    const char *number;
    uint64_t id;
    uint8_t hash[HASH_SIZE];       /* of the content it has after the rows so far */
    const struct partner_row *row; /* the last row that changed it; NULL: none did */
    uint64_t category_id, source_id;
    unsigned owner_id;   /* 0: the row names nobody */
    bool known, erased;  /* was in the database before the chunk */
    uint64_t had_orders; /* then */
    int64_t count_delta, cents_delta;
    utc_us last_order_at; /* 0: no new order */
    /* By channel: before the chunk, and after the rows so far. */
    struct channel_word had[CHANNEL_EMAIL + 1], has[CHANNEL_EMAIL + 1];
    char phone[ADDRESS_SIZE]; /* the primary number before the chunk; "": none */

    /* store/customer_match.h: the customer was known before the number came. */
    bool joined;
    bool crowded;                  /* ... and several new numbers of the chunk are theirs */
    struct customer_slot *same_as; /* who is new in this chunk, too; NULL: not by that */
    char mail[ADDRESS_SIZE];       /* as `phone` */
};

struct order_slot {
    const char *number;
    uint64_t id;
    uint8_t hash[HASH_SIZE];
    const struct partner_row *row; /* as above */
    bool known;
    enum order_status was;   /* before the chunk, when it was known */
    enum order_status said;  /* by the last row that was taken of it */
    utc_us was_from, was_at; /* its window; when it became so, 0: not said */
    uint64_t customer_id;    /* whose it is now */
    uint64_t range_id;       /* 0: the row says none */
    int64_t cents;
};

/* Who lost an order to another: its share goes out of their summary. */
struct order_loss {
    uint64_t customer_id;
    int64_t cents;
};

/* Found only here: erased, unknown codes. */
struct plan_refusal {
    const struct partner_row *row;
    const char *field, *code, *value, *reason;
};

struct key_index { /* text -> slot, open addressing */
    uint16_t cells[4096];
};

struct import_plan {
    struct key_index by_customer, by_order;
    struct customer_slot customers[IMPORT_CHUNK_MAX];
    struct order_slot orders[IMPORT_CHUNK_MAX];
    struct order_loss losses[IMPORT_CHUNK_MAX];
    struct consent_change consents[2 * IMPORT_CHUNK_MAX];
    bool by_joined[2 * IMPORT_CHUNK_MAX];    /* of each consent: a joined number brought it */
    char consent_refs[IMPORT_CHUNK_MAX][48]; /* "import:row" */
    struct plan_refusal refusals[IMPORT_CHUNK_MAX];
    size_t n_customers, n_orders, n_losses, n_consents, n_refs, n_refusals;
    uint64_t taken, unchanged;
};

void plan_reset(struct import_plan *plan);
/* One slot for each customer and order number; call for all rows before the rest. */
void plan_add_keys(struct import_plan *plan, const struct partner_row *row);
struct customer_slot *plan_customer(struct import_plan *plan, const char *number);
struct order_slot *plan_order(struct import_plan *plan, const char *number);

/* The ids of one row's codes; 0: none. `missing`: the field whose code we do not have, or NULL. */
struct row_codes {
    uint64_t category_id, source_id, range_id;
    unsigned owner_id;
    const char *missing, *missing_value;
    const char *code, *reason; /* why `missing` cannot be taken */
};

/* Do the rows change what the customer is counted by (store/standing.h)? */
bool plan_moves_standing(const struct customer_slot *slot);

struct plan_ids { /* taken in stock before the transaction */
    uint64_t customer, order;
};
/* Works the row in. `ids` move on for what is new. */
void plan_row(struct import_plan *plan, const struct import *imp, const struct partner_row *row,
              const struct row_codes *codes, struct plan_ids *ids);
