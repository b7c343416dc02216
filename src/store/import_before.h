/*
 * import_before.h - what a chunk is about to change, noted as it is before: for undoing it. Only
 * what is changed costs anything; what a chunk makes is known by its ids. For store/import_*.c
 * only.
 */
#pragma once

#include "store/id_list.h"
#include "store/import_kind.h"

/* Part of the chunk's transaction, before its changes. An id may be in a list twice. */
enum rc import_before_customers(struct db *db, const struct import_step *step,
                                struct id_list *ids) MUST_CHECK;
enum rc import_before_orders(struct db *db, const struct import_step *step,
                             struct id_list *ids) MUST_CHECK;
