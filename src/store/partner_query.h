/* partner_query.h - what partners' files came to: the last one, and those of a day. */
#pragma once

#include "store/import.h"

struct partner_files {
    char code[33];
    uint64_t imports, failed, rows_taken, rows_refused; /* since `since` */
    uint64_t under_way;                                 /* whenever they began */
    struct import last;                                 /* last.id 0: there was none yet */
};

/* One call for each partner that the database knows, in the order of their codes; `partner` "":
 * all, else the one of this code. */
enum rc partner_files_read(struct db *db, const char *partner, utc_us since,
                           void (*each)(void *arg, const struct partner_files *files),
                           void *arg) MUST_CHECK;
