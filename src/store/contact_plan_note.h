/*
 * contact_plan_note.h - new customers and first orders are noted for the plans that begin with
 * them, in the transaction that brings them. For the writers of customers and orders only.
 */
#pragma once

#include "store/db.h"

struct plan_wants {
    bool new_customer, first_order;
};
/* Part of the caller's transaction; one look at a table of a few rows. */
enum rc plan_wants_read(struct db *db, struct plan_wants *out) MUST_CHECK;

#define PLAN_NOTE_SQL                                                             \
    "INSERT INTO contact_plan_news (customer_id, is_new, first_order, at)\n"      \
    "VALUES (?, ?, ?, ?)\n"                                                       \
    "ON DUPLICATE KEY UPDATE is_new = is_new OR VALUES(is_new),\n"                \
    "                        first_order = first_order OR VALUES(first_order),\n" \
    "                        at = VALUES(at)"
#define PLAN_NOTE_COLUMNS 4
/* Adds a row of PLAN_NOTE_SQL when a plan waits for it. */
enum rc plan_note(const struct plan_wants *wants, uint64_t customer_id, bool is_new,
                  bool first_order, utc_us now, struct db_bulk *bulk) MUST_CHECK;
/* Part of the caller's transaction: one new customer. */
enum rc plan_note_new(struct db *db, uint64_t customer_id, utc_us now) MUST_CHECK;
