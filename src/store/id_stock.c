/* id_stock.c - see id_stock.h. */
#include "store/id_stock.h"

#include "store/db.h"

#define AT_A_TIME 10000

enum rc id_stock_fill(struct db *db, struct id_stock *stock, const char *kind, uint64_t wanted)
{
    uint64_t first;
    enum rc rc;

    if (stock->end - stock->next >= wanted)
        return RC_OK;
    rc = db_new_ids(db, kind, AT_A_TIME, &first);
    if (rc)
        return rc;
    stock->next = first;
    stock->end = first + AT_A_TIME;
    return RC_OK;
}
