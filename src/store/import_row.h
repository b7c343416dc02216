/* import_row.h - a row of table import as a struct; for the files import*.c only. */
#pragma once

#include "store/import.h"

struct db_rows;

/* SQL, of a row of `import` that is over: nothing that it did is left, if it ever did anything. */
#define IMPORT_IS_UNTOUCHED                                     \
    "(next_row = 1 AND rows_taken = 0 AND rows_unchanged = 0\n" \
    "    AND NOT EXISTS (SELECT 1 FROM import_chunk c WHERE c.import_id = import.id))"

#define IMPORT_COLUMNS                                                                   \
    "i.id, i.partner_id, p.code, i.file_name, i.sha256, i.bytes, i.state, i.reason,\n"   \
    "       i.next_row, i.rows_total, i.rows_taken, i.rows_unchanged, i.rows_refused,\n" \
    "       i.received_at, i.finished_at, i.node_id, i.profile, i.document_number,\n"    \
    "       i.same_as, i.source_name, i.final_name, i.dropped_at, i.turn, i.run"

void import_from_row(const struct db_rows *rows, struct import *imp);
