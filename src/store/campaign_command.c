/* campaign_command.c - a campaign is started, paused, resumed, cancelled: its state by
 * compare-and-set, its slices with it, and a line in the book of who did it. */
#include "store/audit.h"
#include "store/campaign_row.h"

static const char SQL_START[] = "UPDATE campaign"
                                "   SET state = 'expanding', started_at = ?"
                                " WHERE id = ? AND state = 'draft'";

static const char SQL_PAUSE[] = "UPDATE campaign"
                                "   SET state = 'paused'"
                                " WHERE id = ? AND state IN ('expanding', 'sending', 'testing')";

static const char SQL_RESUME[] =
    "UPDATE campaign"
    "   SET state = CASE WHEN next_customer <> ? THEN 'expanding'"
    "                    WHEN test_share > 0 AND winner IS NULL THEN 'testing'"
    "                    ELSE 'sending' END"
    " WHERE id = ? AND state = 'paused'";

static const char SQL_CANCEL[] =
    "UPDATE campaign"
    "   SET state = 'cancelled', finished_at = ?"
    " WHERE id = ? AND state IN ('draft', 'waiting approval', 'expanding', 'testing', 'sending',"
    "                            'paused')";

static const char SQL_SLICES[] = "UPDATE outbox_slice"
                                 "   SET state = ?"
                                 " WHERE campaign_id = ? AND state = ?";

struct command {
    const char *verb, *participle;
    const char *move; /* the statement that compares and sets the state */
    struct db_value first, id;
    const char *slices_from, *slices_to; /* NULL: they stay */
    const char *who;
    uint64_t audit_id;
    uint64_t moved;
};

/* The row is locked from here to COMMIT, so a step of the expansion is either seen or too late. */
static enum rc command_body(struct db *db, void *arg)
{
    struct command *c = arg;
    const struct db_value both[] = { c->first, c->id };
    bool one = c->first.type == DB_TYPE_NULL;
    enum rc rc = db_run(db, c->move, one ? &c->id : both, one ? 1 : 2, &c->moved);

    if (rc || !c->moved)
        return rc;
    if (c->slices_to)
        rc = db_run(db, SQL_SLICES, DB_IN(db_text(c->slices_to), c->id, db_text(c->slices_from)),
                    NULL);
    if (rc)
        return rc;
    return audit_write(db, &(struct audit_entry){ .id = c->audit_id,
                                                  .at = clock_now(),
                                                  .who = c->who,
                                                  .verb = c->verb,
                                                  .subject = AUDIT_CAMPAIGN,
                                                  .subject_id = c->id.u64 });
}

static enum rc command(struct db *db, struct command *c, struct error *err)
{
    struct campaign now;
    enum rc rc = audit_new_id(db, &c->audit_id);

    if (!rc)
        rc = db_transaction(db, command_body, c);
    if (rc || c->moved)
        return rc;
    rc = campaign_read(db, c->id.u64, &now);
    if (rc == RC_NOTFOUND)
        return error_set(err, rc, "there is no campaign %llu", (unsigned long long)c->id.u64);
    if (rc)
        return rc;
    return error_set(err, RC_CONFLICT, "campaign %llu is %s: it cannot be %s",
                     (unsigned long long)c->id.u64, campaign_state_name(now.state), c->participle);
}

enum rc campaign_start(struct db *db, uint64_t id, const char *who, struct error *err)
{
    struct command c = { .verb = "start",
                         .participle = "started",
                         .who = who,
                         .move = SQL_START,
                         .first = db_time(clock_now()),
                         .id = db_u64(id) };

    return command(db, &c, err);
}

enum rc campaign_pause(struct db *db, uint64_t id, const char *who, struct error *err)
{
    struct command c = { .verb = "pause",
                         .participle = "paused",
                         .who = who,
                         .move = SQL_PAUSE,
                         .first = db_null(),
                         .id = db_u64(id),
                         .slices_from = "ready",
                         .slices_to = "held" };

    return command(db, &c, err);
}

enum rc campaign_resume(struct db *db, uint64_t id, const char *who, struct error *err)
{
    struct command c = { .verb = "resume",
                         .participle = "resumed",
                         .who = who,
                         .move = SQL_RESUME,
                         .first = db_u64(CAMPAIGN_EXPANDED),
                         .id = db_u64(id),
                         .slices_from = "held",
                         .slices_to = "ready" };

    return command(db, &c, err);
}

enum rc campaign_cancel(struct db *db, uint64_t id, const char *who, struct error *err)
{
    struct command c = { .verb = "cancel",
                         .participle = "cancelled",
                         .who = who,
                         .move = SQL_CANCEL,
                         .first = db_time(clock_now()),
                         .id = db_u64(id),
                         .slices_from = "ready",
                         .slices_to = "held" };

    return command(db, &c, err);
}
