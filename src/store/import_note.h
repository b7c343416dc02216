/*
 * import_note.h - what a chunk of statuses, products, invoices or payments made, and what it is
 * about to change, as it is before: for undoing it (import_undo_kinds.c). For store/import_*.c
 * only.
 */
#pragma once

#include "base/buffer.h"
#include "store/import_kind.h"

struct import_notes {
    struct buffer changed, made; /* ids, as JSON */
};

void import_notes_init(struct import_notes *notes);
void import_notes_close(struct import_notes *notes);
void import_notes_reset(struct import_notes *notes);
void import_note_changed(struct import_notes *notes, uint64_t id);
void import_note_made(struct import_notes *notes, uint64_t id);
/*
 * Part of the chunk's transaction, before its changes. `before` is an INSERT into import_before of
 * what the changed ones are (NULL: none is ever changed): values import, run, first row, and the
 * ids for IMPORT_NOTED.
 */
enum rc import_notes_write(struct db *db, const struct import_step *step, const char *before,
                           struct import_notes *notes) MUST_CHECK;
#define IMPORT_NOTE                                                                         \
    "INSERT INTO import_before (import_id, run, first_row, kind, subject_id, was)\nSELECT " \
    "?, ?, ?, 'other', "
#define IMPORT_NOTED "FROM JSON_TABLE(?, '$[*]' COLUMNS (id BIGINT UNSIGNED PATH '$')) w\n"

/* As import_kind_ops.undo. */
enum rc import_statuses_undo(struct db *db, struct import_undo *undo) MUST_CHECK;
enum rc import_products_undo(struct db *db, struct import_undo *undo) MUST_CHECK;
enum rc import_invoices_undo(struct db *db, struct import_undo *undo) MUST_CHECK;
enum rc import_payments_undo(struct db *db, struct import_undo *undo) MUST_CHECK;
enum rc import_suppressions_undo(struct db *db, struct import_undo *undo) MUST_CHECK;
