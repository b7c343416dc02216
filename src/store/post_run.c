/* post_run.c - see post_run.h. */
#include "store/post_run.h"

#include <stdio.h>

#include "store/db.h"

static const char SQL_READ[] = "SELECT run FROM post_run WHERE node_id = ?";

static const char SQL_SET[] = "INSERT INTO post_run (node_id, run) VALUES (?, ?)"
                              "    ON DUPLICATE KEY UPDATE run = VALUES(run)";

enum rc post_run_read(struct db *db, char out[POST_RUN_SIZE])
{
    struct db_rows *rows;
    enum rc rc = db_query(db, SQL_READ, DB_IN(db_u64(db_node(db))), &rows);

    if (rc)
        return rc;
    out[0] = '\0';
    if (db_next(rows))
        snprintf(out, POST_RUN_SIZE, "%s", db_get_text(rows, 0));
    return db_rows_end(rows);
}

enum rc post_run_set(struct db *db, const char *run)
{
    return db_run(db, SQL_SET, DB_IN(db_u64(db_node(db)), db_text(run)), NULL);
}
