/* import_undo_orders.h - a chunk of orders with their customers, taken back. For store/import_*.c
 * only. */
#pragma once

#include "store/import_kind.h"

/* See struct import_kind_ops. */
enum rc import_orders_undo(struct db *db, struct import_undo *undo) MUST_CHECK;
