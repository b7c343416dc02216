/* migrate_lease.c - the one row of schema_lock. */
#define _GNU_SOURCE
#include "store/migrate_lease.h"

#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <sodium.h>

#define LOG_PART "migrate"
#include "base/log.h"

#define RENEW_US      (4 * USEC_PER_SEC) /* a holder that died is waited for at most 15 s, see SQL */
#define LOOK_EVERY_US (100 * USEC_PER_MSEC)
#define PATIENCE_US   (30 * 60 * USEC_PER_SEC)

/* The database's clock measures the lease, so that the nodes' clocks need not agree. */
static const char SQL_TAKE[] = "UPDATE schema_lock"
                               " SET holder = ?, expires_at = UTC_TIMESTAMP(6) + INTERVAL 15 SECOND"
                               " WHERE id = 1"
                               " AND (holder IN ('', ?) OR expires_at < UTC_TIMESTAMP(6))";
static const char SQL_KEEP[] = "UPDATE schema_lock"
                               " SET expires_at = UTC_TIMESTAMP(6) + INTERVAL 15 SECOND"
                               " WHERE id = 1 AND holder = ?";
static const char SQL_RELEASE[] = "UPDATE schema_lock SET holder = '' WHERE id = 1 AND holder = ?";

static enum rc take(struct db *db, void *arg)
{
    const struct schema_lease *lease = arg;
    uint64_t changed;
    enum rc rc =
        db_run(db, SQL_TAKE, DB_IN(db_text(lease->holder), db_text(lease->holder)), &changed);

    return rc || changed ? rc : RC_CONFLICT;
}

static enum rc keep(struct db *db, void *arg)
{
    const struct schema_lease *lease = arg;
    uint64_t changed;
    enum rc rc = db_run(db, SQL_KEEP, DB_IN(db_text(lease->holder)), &changed);

    return rc || changed ? rc : RC_CONFLICT;
}

static enum rc release(struct db *db, void *arg)
{
    const struct schema_lease *lease = arg;

    return db_run(db, SQL_RELEASE, DB_IN(db_text(lease->holder)), NULL);
}

enum rc schema_lease_take(struct schema_lease *lease, struct db *db, struct error *err)
{
    const int64_t until = clock_monotonic_us() + PATIENCE_US;
    const struct timespec pause = { .tv_nsec = LOOK_EVERY_US * 1000 };
    char host[48] = "";
    bool told = false;
    enum rc rc;

    gethostname(host, sizeof(host) - 1);
    *lease = (struct schema_lease){ .db = db };
    snprintf(lease->holder, sizeof(lease->holder), "%s:%d:%08x", host, (int)getpid(),
             (unsigned)randombytes_random());
    /* A lost answer (RC_UNKNOWN) is as good as a repeat: the holder's name is ours alone. */
    while ((rc = db_transaction(db, take, lease)) != RC_OK && rc != RC_FAIL) {
        if (clock_monotonic_us() > until)
            return error_set(err, RC_AGAIN,
                             "another node has been changing the schema for %lld "
                             "minutes: see the table schema_lock",
                             (long long)(PATIENCE_US / USEC_PER_SEC / 60));
        if (rc == RC_CONFLICT && !told)
            log_info("schema=waiting reason=\"another node is changing it, or was when it died\"");
        told = true;
        nanosleep(&pause, NULL);
    }
    if (rc)
        return error_set(err, RC_FAIL, "cannot lock the schema: the log says why");
    lease->renew_at = clock_monotonic_us() + RENEW_US;
    return RC_OK;
}

enum rc schema_lease_keep(struct schema_lease *lease, struct error *err)
{
    enum rc rc;

    if (clock_monotonic_us() < lease->renew_at)
        return RC_OK;
    rc = db_transaction(lease->db, keep, lease);
    if (rc == RC_CONFLICT)
        return error_set(err, rc, "another node took over the change of the schema");
    if (!rc)
        lease->renew_at = clock_monotonic_us() + RENEW_US;
    return RC_OK; /* the database is away: the statement at work will say so */
}

void schema_lease_release(struct schema_lease *lease)
{
    if (lease->renew_at && db_transaction(lease->db, release, lease))
        log_warn("schema=still-locked effect=\"the next one waits 15 s\"");
    lease->renew_at = 0;
}
