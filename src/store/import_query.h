/* import_query.h - looking at imports: for the control port, receipts and the start after a crash.
 */
#pragma once

#include "store/import.h"

enum rc import_get(struct db *db, uint64_t id, struct import *imp) MUST_CHECK;
struct import_filter {
    const char *partner, *state; /* a code, a name of import.h; NULL: all */
    utc_us since;                /* received then or later; 0: all */
};
/* The newest first; `before` 0: from the newest. *n in: room, out: how many. */
enum rc import_list(struct db *db, const struct import_filter *filter, uint64_t before,
                    struct import *list, size_t *n) MUST_CHECK;
/* Imports of one partner that this node is checking or applying, oldest first, after id `after`. */
enum rc import_unfinished(struct db *db, unsigned partner_id, uint64_t after, struct import *list,
                          size_t *n) MUST_CHECK;

struct import_reject_row {
    uint64_t row_no, line;
    char field[65], code[33], value[804], reason[1204], entry[IMPORT_NAME_SIZE * 4];
};
/* Refused rows in the order of the file, from row `after` + 1 on. */
enum rc import_rejects(struct db *db, uint64_t id, uint64_t after, struct import_reject_row *list,
                       size_t *n) MUST_CHECK;
