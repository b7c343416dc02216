/*
 * import_orders.h - what the parts of orders' imports share: import_orders.c has the transaction,
 * import_orders_known.c looks up what the database has, import_orders_put.c writes what the plan
 * says. For store/import_orders*.c only.
 */
#pragma once

#include "base/buffer.h"
#include "store/contact_plan_note.h"
#include "store/contact_refusal.h"
#include "store/contact_return.h"
#include "store/customer_match.h"
#include "store/id_list.h"
#include "store/id_stock.h"
#include "store/import_codes.h"
#include "store/import_joined.h"
#include "store/import_keys.h"
#include "store/import_kind.h"
#include "store/import_owner.h"
#include "store/import_person.h"
#include "store/import_plan.h"
#include "store/occasion_note.h"

enum { /* one statement each, in the order in which they run */
       BULK_NEW_CUSTOMER,
       BULK_NEW_REF,
       BULK_CHANGED_CUSTOMER,
       BULK_CHANGED_REF,
       BULK_SUMMARY,
       BULK_LOSS, /* of an order, to another customer; who lost it may be gone */
       BULK_NEW_CONTACT,
       BULK_NOT_PRIMARY,
       BULK_CHANGED_CONTACT,
       BULK_NEW_ORDER,
       BULK_CHANGED_ORDER,
       BULK_LAST_ORDER,
       BULK_ORDER_RANGE,
       BULK_ORDER_EVENT,
       BULK_PERSON,
       BULK_CUSTOM,
       BULK_NEWS,
       BULK_CONTACT_NEWS,
       BULK_PLAN_NEWS,
       BULK_COUNT
};

struct orders {
    const struct import_rules *rules;
    struct code_list categories, sources, ranges;
    struct person_fields fields;
    struct import_owner owner;
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
    bool contact_news; /* lists of contacts are kept up to date */
    struct plan_wants plan_wants;
    struct customer_match *match; /* NULL: the profile has no rules for it */
    struct import_joined *joined;
    struct contact_refuser refusers[IMPORT_CHUNK_MAX]; /* who wants no contact from now on */
    size_t n_refusers;

    /* one chunk */
    const struct import *imp;
    const struct import_chunk *chunk;
    struct plan_ids ids; /* how far the transaction got with the stock */
    utc_us now;
};

/* The chunk's customers and orders that the database knows: fills their slots. */
enum rc orders_look_up(struct db *db, struct orders *a) MUST_CHECK;
/* See import_apply_alone(). */
enum rc orders_alone(struct db *db, void *kind, const struct import *imp,
                     const struct partner_row *rows, size_t n, bool *alone) MUST_CHECK;

/* A bulk for each statement. RC_FAIL: no memory; orders_bulks_free() all the same. */
enum rc orders_bulks_new(struct orders *a) MUST_CHECK;
void orders_bulks_free(struct orders *a);
/* What the plan changes, row by row; orders_bulks_run() then writes it. */
enum rc orders_fill_bulks(struct orders *a, const struct import_step *step) MUST_CHECK;
enum rc orders_bulks_run(struct db *db, struct orders *a) MUST_CHECK;
