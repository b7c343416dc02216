/* goods.h - looking at what partners told of their products, prices and invoices. */
#pragma once

#include "base/clock.h"
#include "base/rc.h"

struct db;

/* Texts live until the next one is shown. */
struct goods_product {
    uint64_t id;
    const char *partner, *code, *label, *range;
    const char *prices; /* in force and to come: "12.90 EUR from 2026-11-26, ..." */
    utc_us withdrawn_at;
};
/* By id, behind `after`. */
enum rc goods_products(struct db *db, uint64_t after, uint64_t limit,
                       void (*each)(void *arg, const struct goods_product *p),
                       void *arg) MUST_CHECK;

struct goods_invoice {
    uint64_t id, customer_id;
    const char *partner, *number, *state; /* "open", "paid", "cancelled" */
    const char *issued_on, *due_on;       /* days; "": nobody said */
    const char *amount, *paid, *currency; /* "49.90" */
};
enum rc goods_invoices(struct db *db, uint64_t after, uint64_t limit,
                       void (*each)(void *arg, const struct goods_invoice *i),
                       void *arg) MUST_CHECK;
