/* matter_anew.c - the first step again, or the next one. The update locks the row first, as in
 * matter.c. */
#include "store/matter_anew.h"

#include "store/db.h"
#include "store/notice.h"

#define ANEW                                                                                    \
    "UPDATE matter"                                                                             \
    "   SET policy_id = ?, team_id = ?, staff_id = ?, urgent = ?, turn = turn + 1, step = 0,"   \
    "       round = 0, base_at = ?, at_once = FALSE, next_at = ?, wait_until = NULL, why = ''," \
    "       ended_at = NULL, events = events + 1, version = version + 1"
#define NOBODY_IS_AT_IT ", ack_at = NULL, ack_by = '', state = 'open'"
#define WHICH           " WHERE kind = ? AND subject_id = ?"

static const char SQL_THERE[] =
    ANEW NOBODY_IS_AT_IT WHICH " AND state = 'settled' AND why = '" MATTER_RULE_REMOVED "'";

static const char SQL_CHANGED[] =
    ANEW NOBODY_IS_AT_IT WHICH " AND (state IN ('open', 'exhausted')"
                               "  OR (state = 'settled' AND why = '" MATTER_RULE_REMOVED "'))";

/* Looked at at once: how long somebody may be at it is another time now. */
static const char SQL_CHANGED_MEANWHILE[] = ANEW WHICH " AND state = 'acknowledged'";

static const char SQL_AGAIN[] = ANEW NOBODY_IS_AT_IT WHICH " AND state <> 'open'";

/* If a rule still has its policy, and nobody was spared a notice because it was over. */
static const char SQL_GO_ON[] =
    "UPDATE matter"
    "   SET state = IF(ack_at IS NULL, 'open', 'acknowledged'),"
    "       next_at = GREATEST(?, COALESCE(wait_until, ?)), why = '', ended_at = NULL,"
    "       events = events + 1, version = version + 1" WHICH
    "   AND state = 'settled' AND why = '" MATTER_OVER "'"
    "   AND EXISTS (SELECT 1 FROM alert_rule r WHERE r.policy_id = matter.policy_id)"
    "   AND NOT EXISTS (SELECT 1"
    "                     FROM notice_matter w"
    "                     JOIN notice n ON n.id = w.notice_id"
    "                    WHERE w.kind = matter.kind AND w.subject_id = matter.subject_id"
    "                      AND w.withdrawn <> 'no' AND n.at >= matter.base_at)";

static const char SQL_EVENT[] =
    "INSERT INTO matter_event (kind, subject_id, n, at, what, who, detail)"
    "SELECT kind, subject_id, events, ?, 'reopened', '', ?"
    "  FROM matter" WHICH;

static const char *const causes[] = { [MATTER_RULE_THERE] = "there is a rule again",
                                      [MATTER_RULE_CHANGED] = "the rule was changed",
                                      [MATTER_HAPPENED_AGAIN] = "it happened again" };

static enum rc begin(struct db *db, const struct matter_draft *d, const char *sql,
                     enum matter_cause cause)
{
    const struct db_value kind = db_text(matter_kind_name(d->kind)), id = db_u64(d->subject_id);
    uint64_t changed = 0;
    enum rc rc = db_run(db, sql,
                        DB_IN(db_u64(d->policy_id), db_u64(d->team_id), db_u64(d->staff_id),
                              db_u64(d->urgent), db_time(d->from), db_time(d->from), kind, id),
                        &changed);

    if (rc || !changed)
        return rc;
    rc = db_run(db, SQL_EVENT, DB_IN(db_time(clock_now()), db_text(causes[cause]), kind, id), NULL);
    return rc ? rc : notice_withdraw(db, d->kind, d->subject_id);
}

enum rc matter_begin_anew(struct db *db, const struct matter_draft *draft, enum matter_cause cause)
{
    enum rc rc = RC_FAIL;

    switch (cause) {
    case MATTER_RULE_THERE:
        rc = begin(db, draft, SQL_THERE, cause);
        break;
    case MATTER_RULE_CHANGED:
        rc = begin(db, draft, SQL_CHANGED_MEANWHILE, cause);
        if (!rc)
            rc = begin(db, draft, SQL_CHANGED, cause);
        break;
    case MATTER_HAPPENED_AGAIN:
        rc = begin(db, draft, SQL_AGAIN, cause);
        break;
    }
    return rc ? rc : matter_open(db, draft, 1);
}

enum rc matter_go_on(struct db *db, enum matter_kind kind, uint64_t subject_id, bool *goes_on)
{
    const struct db_value name = db_text(matter_kind_name(kind)), id = db_u64(subject_id);
    const utc_us now = clock_now();
    uint64_t changed = 0;
    enum rc rc = db_run(db, SQL_GO_ON, DB_IN(db_time(now), db_time(now), name, id), &changed);

    *goes_on = !rc && changed;
    if (!*goes_on)
        return rc;
    return db_run(db, SQL_EVENT, DB_IN(db_time(now), db_text("it is not over"), name, id), NULL);
}
