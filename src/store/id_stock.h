/* id_stock.h - ids of one kind, taken many at a time and used one by one. */
#pragma once

#include <stdint.h>

#include "base/rc.h"

struct db;

struct id_stock { /* all zero: empty */
    uint64_t next, end;
};

/* Makes sure that `wanted` ids stand in a row from stock->next on; at most 10,000. Not for a
 * transaction: what is left over of the last ones is given up. `kind`: as for db_new_ids(). */
enum rc id_stock_fill(struct db *db, struct id_stock *stock, const char *kind,
                      uint64_t wanted) MUST_CHECK;
