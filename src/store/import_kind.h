/*
 * import_kind.h - what each kind of file does with a chunk's rows, a file each: import_orders.c
 * (customers, too) and so on. import_apply.c has the transaction around it. For store/import_*.c
 * only.
 */
#pragma once

#include "store/import.h"

struct db;
struct db_bulk;

/* Ids from `first` to before `end`. */
struct import_made {
    uint64_t first, end;
};

/* A chunk under way. */
struct import_step {
    const struct import_rules *rules;
    const struct import *imp;
    const struct import_chunk *chunk;
    utc_us now;
    uint64_t taken, unchanged, refused; /* counted by apply(); zero when it begins */
    struct db_bulk *rejects;
    uint64_t first_row; /* of the chunk: what was before is kept under it */
    /* What apply() makes has ids from `first` to before `end`. */
    struct import_made customers, orders;
};

/* A chunk that is taken back. */
struct import_undo {
    const struct import *imp;
    uint64_t first_row, next_row;
    utc_us at; /* step->now of its applying: what it changed bears this time */
    struct import_made customers, orders;
    uint64_t event_id; /* the next id for what the ledger is told, of 2 * IMPORT_CHUNK_MAX */
    struct import_undo_tally *tally;
};
/* What was undone, or why something is left: a name of import_undo.c's list. */
enum rc import_undo_count_add(struct import_undo *undo, const char *what, uint64_t n) MUST_CHECK;

struct import_kind_ops {
    bool in_pairs; /* see import_apply_in_pairs() */
    /* What lives as long as one import is being applied. NULL: no memory. */
    void *(*open)(const struct import_rules *rules);
    void (*close)(void *kind);
    /* Before the transaction: ids, codes that are not known yet. */
    enum rc (*prepare)(struct db *db, void *kind, const struct import_step *step);
    /* Part of the chunk's transaction, and called again when that is tried again. */
    enum rc (*apply)(struct db *db, void *kind, struct import_step *step);
    void (*committed)(void *kind);
    /* See import_apply_alone(). NULL: never. */
    enum rc (*alone)(struct db *db, void *kind, const struct import *imp,
                     const struct partner_row *rows, size_t n, bool *alone);
    /* Part of the transaction that takes a chunk back, the last chunk of an import first; called
     * again when that is tried again. Rows of import_before for it are removed afterwards. NULL:
     * files of this kind cannot be undone. */
    enum rc (*undo)(struct db *db, struct import_undo *undo);
    /* May be NULL; see import_apply_withdrawn(). */
    void (*withdrawn)(const void *kind, void (*each)(void *arg, const char *number), void *arg);
};

extern const struct import_kind_ops import_orders, import_statuses, import_products,
    import_invoices, import_payments, import_suppressions;

/* A row that only the database could tell to be faulty: counts it, and leaves a reject. The texts
 * must live until apply() has returned and a little longer: until the chunk is committed. */
enum rc import_refuse(struct import_step *step, const struct partner_row *row, const char *field,
                      const char *code, const char *value, const char *reason) MUST_CHECK;
/* The partner whose numbers of orders and customers the rows have: the profile may say another than
 * the file's own. *partner_id 0: there is no such partner. */
enum rc import_orders_of(struct db *db, const struct import_step *step,
                         unsigned *partner_id) MUST_CHECK;
/* NULL: there is none of that name. */
const struct import_kind_ops *import_kind_of(const char *name);
