/*
 * receipt_file.h - the answer to a partner: out/<file>.<import id>.receipt.csv.
 *
 * Lines that begin with # say what became of the file, then there is a line for each refused row.
 * It is written under a hidden name and renamed when it is complete and synced, so a partner who
 * sees it can read all of it.
 */
#pragma once

#include "base/clock.h"
#include "base/error.h"

enum receipt_result { RECEIPT_TAKEN, RECEIPT_REFUSED, RECEIPT_TAKEN_BEFORE };

struct receipt_head {
    const char *file_name;
    uint64_t import_id; /* of the import that the counts belong to */
    enum receipt_result result;
    const char *reason; /* of RECEIPT_REFUSED */
    utc_us received_at, finished_at;
    uint64_t rows, taken, unchanged, refused;
};

struct receipt_row {
    uint64_t line, row_no;
    const char *field, *value, *code, *reason;
};

struct receipt_file;

/* `dir`: out/. `id` makes the name unique. RC_AGAIN: the disk will not have it now. */
enum rc receipt_file_begin(int dir, uint64_t id, const struct receipt_head *head,
                           struct receipt_file **file, struct error *err) MUST_CHECK;
void receipt_file_row(struct receipt_file *file, const struct receipt_row *row);
/* Frees `file` in any case. Writing the same receipt again replaces it. */
enum rc receipt_file_end(struct receipt_file *file, struct error *err) MUST_CHECK;
void receipt_file_abandon(struct receipt_file *file); /* NULL is fine */
