/* secret.c - the table of keys. */
#include "store/secret.h"

#include <string.h>

#include <sodium.h>

#include "store/db.h"

static const char SQL_MAKE[] = "INSERT INTO secret (name, bytes)"
                               "VALUES (?, ?)";

static const char SQL_READ[] = "SELECT bytes FROM secret WHERE name = ?";

static enum rc read_it(struct db *db, const char *name, uint8_t out[SECRET_SIZE])
{
    struct db_rows *rows;
    bool found = false;
    size_t len;
    enum rc rc = db_query(db, SQL_READ, DB_IN(db_text(name)), &rows);

    if (rc)
        return rc;
    if (db_next(rows)) {
        const void *bytes = db_get_bytes(rows, 0, &len);
        found = len == SECRET_SIZE;
        if (found)
            memcpy(out, bytes, SECRET_SIZE);
    }
    rc = db_rows_end(rows);
    return rc ? rc : found ? RC_OK : RC_NOTFOUND;
}

enum rc secret_read(struct db *db, const char *name, uint8_t out[SECRET_SIZE])
{
    uint8_t fresh[SECRET_SIZE];
    enum rc rc = read_it(db, name, out);

    if (rc != RC_NOTFOUND)
        return rc;
    randombytes_buf(fresh, sizeof(fresh));
    rc = db_run(db, SQL_MAKE, DB_IN(db_text(name), db_bytes(fresh, sizeof(fresh))), NULL);
    /* Another node may have been faster: whatever is there now holds. */
    return rc && rc != RC_CONFLICT ? rc : read_it(db, name, out);
}
