/* lease.c - take, keep and give back a lease row. */
#include "store/lease.h"

#include <stdio.h>

#include "store/db.h"

static const char SQL_RENEW[] = "UPDATE lease"
                                "   SET expires_at = ?"
                                " WHERE name = ? AND node_id = ? AND fence = ?";

/* A node's own lease is what its last run left behind: it need not wait for it. One that lasts
 * longer than any may was taken by a clock that was wrong. */
static const char SQL_TAKE_OVER[] = "UPDATE lease"
                                    "   SET node_id = ?, fence = fence + 1, expires_at = ?"
                                    " WHERE name = ?"
                                    "   AND (expires_at <= ? OR expires_at > ? OR node_id = ?)";

static const char SQL_FENCE[] = "SELECT fence FROM lease WHERE name = ?";

static const char SQL_FIRST[] = "INSERT INTO lease (name, node_id, fence, expires_at)"
                                "VALUES (?, ?, 1, ?)";

static const char SQL_RELEASE[] = "UPDATE lease"
                                  "   SET expires_at = ?"
                                  " WHERE name = ? AND node_id = ? AND fence = ?";

struct taking {
    struct lease *lease;
    utc_us now, until;
    uint64_t fence;
};

void lease_init(struct lease *lease, const char *name)
{
    *lease = (struct lease){ 0 };
    snprintf(lease->name, sizeof(lease->name), "%s", name);
}

static enum rc take_body(struct db *db, void *arg)
{
    struct taking *t = arg;
    uint64_t changed;
    enum rc rc =
        db_run(db, SQL_TAKE_OVER,
               DB_IN(db_u64(db_node(db)), db_time(t->until), db_text(t->lease->name),
                     db_time(t->now), db_time(t->now + LEASE_TERM_MAX_US), db_u64(db_node(db))),
               &changed);

    if (rc)
        return rc;
    if (changed)
        return db_query_u64(db, SQL_FENCE, DB_IN(db_text(t->lease->name)), &t->fence);
    t->fence = 1;
    /* RC_CONFLICT: the row is there and it is another's. */
    return db_run(db, SQL_FIRST,
                  DB_IN(db_text(t->lease->name), db_u64(db_node(db)), db_time(t->until)), NULL);
}

enum rc lease_hold(struct db *db, struct lease *lease, int64_t ttl_us)
{
    utc_us now = clock_now();
    struct taking t = { .lease = lease, .now = now, .until = now + ttl_us };
    uint64_t changed = 0;
    enum rc rc;

    if (lease->fence) {
        rc = db_run(db, SQL_RENEW,
                    DB_IN(db_time(t.until), db_text(lease->name), db_u64(db_node(db)),
                          db_u64(lease->fence)),
                    &changed);
        if (rc)
            return rc;
        if (changed) {
            lease->expires_at = t.until;
            return RC_OK;
        }
        lease->fence = 0;
    }
    rc = db_transaction(db, take_body, &t);
    if (rc)
        return rc;
    lease->fence = t.fence;
    lease->expires_at = t.until;
    return RC_OK;
}

enum rc lease_keep(struct db *db, struct lease *lease, int64_t ttl_us)
{
    const int64_t left = lease->expires_at - clock_now();
    enum rc rc;

    if (lease->fence && left > ttl_us / 2 && left <= ttl_us)
        return RC_OK;
    if (!lease->fence && clock_monotonic_us() < lease->rest_until)
        return RC_CONFLICT;
    rc = lease_hold(db, lease, ttl_us);
    if (rc == RC_CONFLICT)
        lease->rest_until = clock_monotonic_us() + ttl_us / 2;
    return rc;
}

enum rc lease_release(struct db *db, struct lease *lease)
{
    enum rc rc;

    if (!lease->fence)
        return RC_OK;
    rc = db_run(db, SQL_RELEASE,
                DB_IN(db_time(clock_now()), db_text(lease->name), db_u64(db_node(db)),
                      db_u64(lease->fence)),
                NULL);
    if (!rc)
        lease->fence = 0;
    return rc;
}
