/* retention.c - old rows of the tables that are not cut by month, a batch at a time. */
#include "store/retention.h"

#include "store/db.h"

/* The figures are kept first: campaign_figures_keep() counts what is removed here. Ids rise with
 * time, so the lowest one that is left bounds the search. */
static const char SQL_OF_RECIPIENTS[] =
    "SELECT c.id"
    "  FROM campaign c"
    " WHERE c.id >= (SELECT MIN(campaign_id) FROM campaign_recipient)"
    "   AND c.finished_at < ? AND c.figures_at IS NOT NULL"
    "   AND EXISTS (SELECT 1 FROM campaign_recipient r WHERE r.campaign_id = c.id)"
    " ORDER BY c.id"
    " LIMIT 1";

static const char SQL_RECIPIENTS[] = "DELETE FROM campaign_recipient"
                                     " WHERE campaign_id = ?"
                                     " ORDER BY customer_id"
                                     " LIMIT ?";

static const char SQL_OF_SHARED[] =
    "SELECT c.id"
    "  FROM campaign c"
    " WHERE c.id >= (SELECT MIN(campaign_id) FROM campaign_shared_address)"
    "   AND c.finished_at < ? AND c.figures_at IS NOT NULL"
    "   AND EXISTS (SELECT 1 FROM campaign_shared_address s WHERE s.campaign_id = c.id)"
    " ORDER BY c.id"
    " LIMIT 1";

static const char SQL_SHARED[] = "DELETE FROM campaign_shared_address"
                                 " WHERE campaign_id = ?"
                                 " ORDER BY address"
                                 " LIMIT ?";

static const char SQL_OF_EXCLUSIONS[] =
    "SELECT c.id"
    "  FROM campaign c"
    " WHERE c.id >= (SELECT MIN(campaign_id) FROM campaign_exclusion)"
    "   AND c.finished_at < ? AND c.figures_at IS NOT NULL"
    "   AND EXISTS (SELECT 1 FROM campaign_exclusion x WHERE x.campaign_id = c.id)"
    " ORDER BY c.id"
    " LIMIT 1";

static const char SQL_EXCLUSIONS[] = "DELETE FROM campaign_exclusion"
                                     " WHERE campaign_id = ?"
                                     " ORDER BY customer_id"
                                     " LIMIT ?";

static const char SQL_OF_REJECTS[] =
    "SELECT i.id"
    "  FROM import i"
    " WHERE i.id >= (SELECT MIN(import_id) FROM import_reject)"
    "   AND i.finished_at < ? AND i.state IN ('done', 'failed')"
    "   AND EXISTS (SELECT 1 FROM import_reject r WHERE r.import_id = i.id)"
    " ORDER BY i.id"
    " LIMIT 1";

static const char SQL_REJECTS[] = "DELETE FROM import_reject"
                                  " WHERE import_id = ?"
                                  " ORDER BY row_no"
                                  " LIMIT ?";

static enum rc prune(struct db *db, const char *of, const char *remove, utc_us before, uint64_t *n)
{
    uint64_t owner;
    enum rc rc = db_query_u64(db, of, DB_IN(db_time(before)), &owner);

    if (rc == RC_NOTFOUND) {
        *n = 0;
        return RC_OK;
    }
    return rc ? rc : db_run(db, remove, DB_IN(db_u64(owner), db_u64(RETENTION_BATCH)), n);
}

enum rc retention_prune_recipients(struct db *db, utc_us before, uint64_t *n)
{
    return prune(db, SQL_OF_RECIPIENTS, SQL_RECIPIENTS, before, n);
}

enum rc retention_prune_shared_addresses(struct db *db, utc_us before, uint64_t *n)
{
    return prune(db, SQL_OF_SHARED, SQL_SHARED, before, n);
}

enum rc retention_prune_exclusions(struct db *db, utc_us before, uint64_t *n)
{
    return prune(db, SQL_OF_EXCLUSIONS, SQL_EXCLUSIONS, before, n);
}

enum rc retention_prune_rejects(struct db *db, utc_us before, uint64_t *n)
{
    return prune(db, SQL_OF_REJECTS, SQL_REJECTS, before, n);
}
