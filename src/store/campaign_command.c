/* campaign_command.c - a campaign is started, paused, resumed, cancelled: its state by
 * compare-and-set, its slices with it, and a line in the book of who did it. */
#include <stdio.h>
#include <string.h>

#include "store/audit.h"
#include "store/campaign_pace.h"
#include "store/campaign_row.h"

static const char SQL_START[] = "UPDATE campaign"
                                "   SET state = 'expanding', started_at = ?"
                                " WHERE id = ? AND state IN ('draft', 'scheduled')";

static const char SQL_SCHEDULE[] = "UPDATE campaign"
                                   "   SET state = 'scheduled', start_at = ?, start_within_s = ?"
                                   " WHERE id = ? AND state IN ('draft', 'scheduled')";

static const char SQL_UNSCHEDULE[] = "UPDATE campaign"
                                     "   SET state = 'draft', start_at = NULL"
                                     " WHERE id = ?"
                                     "   AND (state = 'scheduled'"
                                     "        OR (state = 'paused' AND started_at IS NULL))";

static const char SQL_DUE[] = "SELECT id"
                              "  FROM campaign"
                              " WHERE state = 'scheduled' AND start_at <= ?"
                              " ORDER BY start_at, id"
                              " LIMIT 1";

/* Its time, or a person who resumes it later. */
static const char SQL_START_DUE[] =
    "UPDATE campaign"
    "   SET state = IF(start_at + INTERVAL start_within_s SECOND < ?, 'paused', 'expanding'),"
    "       pause_reason = IF(state = 'paused', 'missed_start', ''),"
    "       started_at = IF(state = 'paused', NULL, ?)"
    " WHERE id = ? AND state = 'scheduled' AND start_at <= ?";

static const char SQL_PAUSE[] = "UPDATE campaign"
                                "   SET state = 'paused', pause_reason = ''"
                                " WHERE id = ? AND state IN ('expanding', 'sending', 'testing')";

static const char SQL_RESUME[] =
    "UPDATE campaign"
    "   SET state = CASE WHEN next_customer <> ? THEN 'expanding'"
    "                    WHEN test_share > 0 AND winner IS NULL THEN 'testing'"
    "                    ELSE 'sending' END,"
    "       pause_reason = '', started_at = COALESCE(started_at, ?)"
    " WHERE id = ? AND state = 'paused'";

static const char SQL_CANCEL[] =
    "UPDATE campaign"
    "   SET state = 'cancelled', finished_at = ?"
    " WHERE id = ? AND state IN ('draft', 'scheduled', 'waiting approval', 'expanding', 'testing',"
    "                            'sending', 'paused')";

/* Messages up to the last one there is now are told by campaign_extend_step(), others are made so.
 */
static const char SQL_EXTEND[] =
    "UPDATE campaign"
    "   SET expires_until = COALESCE(?, expires_until),"
    "       extend_next = IF(? AND first_message > 0, first_message, extend_next),"
    "       rate_per_hour = COALESCE(?, rate_per_hour),"
    "       spent_millicents = IF(?, NULL, spent_millicents),"
    "       budget_cents = IF(?, ?, budget_cents)"
    " WHERE id = ? AND state IN ('draft', 'scheduled', 'expanding', 'testing', 'sending', "
    "'paused')";

/* An end to the messages of an occasion is an end to the occasion. */
static const char SQL_OCCASION_OFF[] =
    "UPDATE occasion"
    "   SET state = 'off', since = NULL, pass_at = NULL, campaign_id = NULL, campaign_to = NULL,"
    "       version = version + 1"
    " WHERE campaign_id = ?";

static const char SQL_SLICES[] = "UPDATE outbox_slice"
                                 "   SET state = ?"
                                 " WHERE campaign_id = ? AND state = ?";

#define VALUES_MAX 8

struct command {
    const char *verb, *participle;
    const char *move; /* the statement that compares and sets the state */
    struct db_value values[VALUES_MAX];
    size_t n;
    uint64_t id;
    const char *slices_from, *slices_to; /* NULL: they stay */
    const char *also;                    /* a statement about the campaign; NULL: none */
    bool paces;                          /* its rate or budget may have changed */
    const char *who, *detail;
    uint64_t audit_id;
    uint64_t moved;
};

/* The row is locked from here to COMMIT, so a step of the expansion is either seen or too late. */
static enum rc command_body(struct db *db, void *arg)
{
    struct command *c = arg;
    enum rc rc = db_run(db, c->move, c->values, c->n, &c->moved);

    if (rc || !c->moved)
        return rc;
    if (c->slices_to)
        rc = db_run(db, SQL_SLICES,
                    DB_IN(db_text(c->slices_to), db_u64(c->id), db_text(c->slices_from)), NULL);
    if (!rc && c->also)
        rc = db_run(db, c->also, DB_IN(db_u64(c->id)), NULL);
    if (!rc && c->paces)
        rc = campaign_pace_apply(db, c->id);
    if (rc)
        return rc;
    return audit_write(db, &(struct audit_entry){ .id = c->audit_id,
                                                  .at = clock_now(),
                                                  .who = c->who,
                                                  .verb = c->verb,
                                                  .subject = AUDIT_CAMPAIGN,
                                                  .subject_id = c->id,
                                                  .detail = c->detail });
}

static enum rc command(struct db *db, struct command *c, struct error *err)
{
    struct campaign now;
    enum rc rc = audit_new_id(db, &c->audit_id);

    if (!rc)
        rc = db_transaction(db, command_body, c);
    if (rc || c->moved)
        return rc;
    rc = campaign_read(db, c->id, &now);
    if (rc == RC_NOTFOUND)
        return error_set(err, rc, "there is no campaign %llu", (unsigned long long)c->id);
    if (rc)
        return rc;
    return error_set(err, RC_CONFLICT, "campaign %llu is %s: it cannot be %s",
                     (unsigned long long)c->id, campaign_state_name(now.state), c->participle);
}

enum rc campaign_start(struct db *db, uint64_t id, const char *who, struct error *err)
{
    struct command c = { .verb = "start",
                         .participle = "started",
                         .who = who,
                         .move = SQL_START,
                         .values = { db_time(clock_now()), db_u64(id) },
                         .n = 2,
                         .id = id };

    return command(db, &c, err);
}

enum rc campaign_schedule(struct db *db, uint64_t id, utc_us at, int64_t within_s, const char *who,
                          struct error *err)
{
    char when[CLOCK_TEXT_SIZE];
    struct command c = { .verb = "schedule",
                         .participle = "scheduled",
                         .who = who,
                         .move = SQL_SCHEDULE,
                         .values = { db_time(at), db_i64(within_s), db_u64(id) },
                         .n = 3,
                         .id = id,
                         .detail = clock_format(at, when) };

    if (at <= clock_now())
        return error_set(err, RC_INVALID,
                         "start_at: that time is over; campaign start starts it "
                         "now");
    return command(db, &c, err);
}

enum rc campaign_unschedule(struct db *db, uint64_t id, const char *who, struct error *err)
{
    struct command c = { .verb = "unschedule",
                         .participle = "unscheduled",
                         .who = who,
                         .move = SQL_UNSCHEDULE,
                         .values = { db_u64(id) },
                         .n = 1,
                         .id = id };

    return command(db, &c, err);
}

enum rc campaign_start_due(struct db *db, utc_us now, uint64_t *id)
{
    struct command c = { .verb = "start",
                         .participle = "started",
                         .who = "relaisd",
                         .move = SQL_START_DUE,
                         .n = 4,
                         .detail = "scheduled" };
    enum rc rc = db_query_u64(db, SQL_DUE, DB_IN(db_time(now)), id);

    if (rc)
        return rc;
    c.id = *id;
    c.values[0] = c.values[1] = c.values[3] = db_time(now);
    c.values[2] = db_u64(*id);
    return command(db, &c, NULL);
}

enum rc campaign_pause(struct db *db, uint64_t id, const char *who, struct error *err)
{
    struct command c = { .verb = "pause",
                         .participle = "paused",
                         .who = who,
                         .move = SQL_PAUSE,
                         .values = { db_u64(id) },
                         .n = 1,
                         .id = id,
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
                         .values = { db_u64(CAMPAIGN_EXPANDED), db_time(clock_now()), db_u64(id) },
                         .n = 3,
                         .id = id,
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
                         .values = { db_time(clock_now()), db_u64(id) },
                         .n = 2,
                         .id = id,
                         .also = SQL_OCCASION_OFF,
                         .slices_from = "ready",
                         .slices_to = "held" };

    return command(db, &c, err);
}

enum rc campaign_extend(struct db *db, uint64_t id, const struct campaign_extension *e,
                        const char *who, struct error *err)
{
    char detail[160] = "", until[CLOCK_TEXT_SIZE];
    size_t len = 0;
    struct command c = {
        .verb = "extend",
        .participle = "extended",
        .who = who,
        .move = SQL_EXTEND,
        .values = { db_time(e->until), db_u64(e->until != 0),
                    e->has_rate ? db_i64(e->rate_per_hour) : db_null(), db_u64(e->has_budget),
                    db_u64(e->has_budget), e->budget_cents ? db_i64(e->budget_cents) : db_null(),
                    db_u64(id) },
        .n = 7,
        .id = id,
        .paces = e->has_rate || e->has_budget,
        .detail = detail,
    };

    if (!e->until && !e->has_rate && !e->has_budget)
        return error_set(err, RC_INVALID, "expected a new end, rate or budget");
    if (e->until && e->until <= clock_now())
        return error_set(err, RC_INVALID, "until: that time is over");
    if (e->until)
        len += (size_t)snprintf(detail, sizeof(detail), "until %s ", clock_format(e->until, until));
    if (e->has_rate)
        len += (size_t)snprintf(detail + len, sizeof(detail) - len, "rate %lld/h ",
                                (long long)e->rate_per_hour);
    if (e->has_budget)
        snprintf(detail + len, sizeof(detail) - len, "budget %lld cents",
                 (long long)e->budget_cents);
    return command(db, &c, err);
}
