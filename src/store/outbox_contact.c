/* outbox_contact.c - after the sending: when was each customer last contacted? */
#include "store/outbox.h"

#define RUNS_MAX     256
#define MESSAGES_MAX 1000 /* a transaction; some 15 ms */

static const char SQL_DUE[] = "SELECT first_id, last_id"
                              "  FROM contact_due"
                              " ORDER BY first_id"
                              " LIMIT ?"
                              "   FOR UPDATE SKIP LOCKED";

static const char SQL_CONTACTED[] =
    "UPDATE customer c"
    "  JOIN message m ON m.customer_id = c.id"
    "   SET c.last_contact_at = GREATEST(COALESCE(c.last_contact_at, m.created_at), m.created_at)"
    " WHERE m.id BETWEEN ? AND ? AND m.accepted_parts <> 0";

static const char SQL_DONE[] = "DELETE FROM contact_due WHERE first_id = ?";
static const char SQL_PARTLY_DONE[] = "UPDATE contact_due SET first_id = ? WHERE first_id = ?";

struct run {
    uint64_t first, last; /* to do now */
    bool rest;            /* there is more behind it */
};

struct contacting {
    struct run runs[RUNS_MAX];
    size_t n;
    bool more;
};

static enum rc read_runs(struct db *db, struct contacting *c)
{
    uint64_t room = MESSAGES_MAX;
    struct db_rows *rows;
    enum rc rc = db_query(db, SQL_DUE, DB_IN(db_u64(RUNS_MAX)), &rows);

    if (rc)
        return rc;
    c->n = 0;
    while (room && db_next(rows)) {
        struct run run = { .first = db_get_u64(rows, 0), .last = db_get_u64(rows, 1) };
        run.rest = run.last - run.first >= room;
        if (run.rest)
            run.last = run.first + room - 1;
        room -= run.last - run.first + 1;
        c->runs[c->n++] = run;
    }
    c->more = !room || c->n == RUNS_MAX;
    return db_rows_end(rows);
}

static enum rc contacts_body(struct db *db, void *arg)
{
    struct contacting *c = arg;
    enum rc rc = read_runs(db, c);

    for (size_t i = 0; !rc && i < c->n; i++) {
        rc = db_run(db, SQL_CONTACTED, DB_IN(db_u64(c->runs[i].first), db_u64(c->runs[i].last)),
                    NULL);
        if (!rc && c->runs[i].rest)
            rc = db_run(db, SQL_PARTLY_DONE,
                        DB_IN(db_u64(c->runs[i].last + 1), db_u64(c->runs[i].first)), NULL);
        else if (!rc)
            rc = db_run(db, SQL_DONE, DB_IN(db_u64(c->runs[i].first)), NULL);
    }
    return rc;
}

enum rc outbox_contacts(struct db *db, bool *more)
{
    struct contacting c = { .n = 0 };
    enum rc rc = db_transaction(db, contacts_body, &c);

    if (!rc)
        *more = c.more;
    return rc;
}
