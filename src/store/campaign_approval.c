/* campaign_approval.c - asked, approved, refused: the state by compare-and-set, and what was noted.
 */
#include "store/campaign_approval.h"

#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "store/audit.h"
#include "store/campaign_row.h"

#define GROWTH_PERCENT 10

/* With the time to start at, if there is one. */
static const char SQL_WAIT[] = "UPDATE campaign"
                               "   SET state = 'waiting approval', start_at = ?,"
                               "       start_within_s = COALESCE(?, start_within_s)"
                               " WHERE id = ? AND state IN ('draft', 'scheduled')";

static const char SQL_WAIT_DUE[] = "UPDATE campaign"
                                   "   SET state = 'waiting approval', start_at = NULL"
                                   " WHERE id = ? AND state = 'scheduled' AND start_at <= ?";

static const char SQL_DUE[] = "SELECT id"
                              "  FROM campaign"
                              " WHERE state = 'scheduled' AND start_at <= ?"
                              " ORDER BY start_at, id"
                              " LIMIT 1";

static const char SQL_CANNOT[] = "UPDATE campaign"
                                 "   SET state = 'paused', pause_reason = 'cannot_start'"
                                 " WHERE id = ? AND state = 'scheduled' AND start_at <= ?";

static const char SQL_FORGET[] = "DELETE FROM campaign_approval WHERE campaign_id = ?";

static const char SQL_ASK[] =
    "INSERT INTO campaign_approval (campaign_id, asked_by, asked_at, audience_n, recipient_n,"
    "                               segment_n, cost_cents, currency)"
    "VALUES (?, ?, ?, ?, ?, ?, ?, ?)";

/* The figures that were looked at are compared, so that nobody approves others unseen. */
static const char SQL_AGAIN[] =
    "UPDATE campaign_approval"
    "   SET audience_n = ?, recipient_n = ?, segment_n = ?, cost_cents = ?, asked_at = ?"
    " WHERE campaign_id = ? AND verdict = '' AND asked_at = ?";

static const char SQL_DECIDE[] = "UPDATE campaign_approval"
                                 "   SET verdict = ?, decided_by = ?, decided_at = ?, why = ?"
                                 " WHERE campaign_id = ? AND verdict = '' AND asked_at = ?";

/* Now, or at the time that was asked for. */
static const char SQL_START[] = "UPDATE campaign"
                                "   SET state = IF(start_at > ?, 'scheduled', 'expanding'),"
                                "       started_at = IF(start_at > ?, NULL, ?)"
                                " WHERE id = ? AND state = 'waiting approval'";

static const char SQL_DRAFT[] = "UPDATE campaign"
                                "   SET state = 'draft', start_at = NULL"
                                " WHERE id = ? AND state = 'waiting approval'";

static const char SQL_READ[] =
    "SELECT asked_by, asked_at, audience_n, recipient_n, segment_n, cost_cents, currency, verdict,"
    "       decided_by, decided_at, why"
    "  FROM campaign_approval"
    " WHERE campaign_id = ?";

enum rc campaign_approval_read(struct db *db, uint64_t id, struct campaign_approval *out)
{
    struct db_rows *rows;
    bool found;
    enum rc rc = db_query(db, SQL_READ, DB_IN(db_u64(id)), &rows);

    if (rc)
        return rc;
    found = db_next(rows);
    if (found) {
        *out = (struct campaign_approval){
            .asked_at = db_get_time(rows, 1),
            .audience = db_get_u64(rows, 2),
            .recipients = db_get_u64(rows, 3),
            .segments = db_get_u64(rows, 4),
            .cost_cents = db_get_i64(rows, 5),
            .approved = strcmp(db_get_text(rows, 7), "approved") == 0,
            .decided_at = db_get_time(rows, 9),
        };
        snprintf(out->asked_by, sizeof(out->asked_by), "%s", db_get_text(rows, 0));
        snprintf(out->currency, sizeof(out->currency), "%s", db_get_text(rows, 6));
        snprintf(out->decided_by, sizeof(out->decided_by), "%s", db_get_text(rows, 8));
        snprintf(out->why, sizeof(out->why), "%s", db_get_text(rows, 10));
    }
    rc = db_rows_end(rows);
    return rc ? rc : found ? RC_OK : RC_NOTFOUND;
}

/* --- what all of them do: move the state, note, write it into the book --- */

struct step {
    uint64_t id, audit_id;
    const char *who, *verb, *why;
    const char *verdict;                    /* of a decision */
    const struct campaign_preview *preview; /* of a question */
    utc_us asked_at;                        /* which question a decision answers */
    utc_us start_at;                        /* what a question is about; 0: now */
    int64_t within_s;
    bool due; /* the question of relaisd, when the time came */
    utc_us now;
    bool moved;
};

static enum rc note(struct db *db, const struct step *s, uint64_t *changed)
{
    const struct campaign_preview *p = s->preview;
    enum rc rc;

    if (!p)
        return db_run(db, SQL_DECIDE,
                      DB_IN(db_text(s->verdict), db_text(s->who), db_time(s->now), db_text(s->why),
                            db_u64(s->id), db_time(s->asked_at)),
                      changed);
    if (s->asked_at)
        return db_run(db, SQL_AGAIN,
                      DB_IN(db_u64(p->audience), db_u64(p->recipients), db_u64(p->bill.segments),
                            db_i64(p->bill.cents), db_time(s->now), db_u64(s->id),
                            db_time(s->asked_at)),
                      changed);
    rc = db_run(db, SQL_FORGET, DB_IN(db_u64(s->id)), NULL);
    return rc ? rc
              : db_run(db, SQL_ASK,
                       DB_IN(db_u64(s->id), db_text(s->who), db_time(s->now), db_u64(p->audience),
                             db_u64(p->recipients), db_u64(p->bill.segments), db_i64(p->bill.cents),
                             db_text(p->currency)),
                       changed);
}

static enum rc move_state(struct db *db, const struct step *s, uint64_t *changed)
{
    if (s->preview && s->asked_at) { /* it waits as before */
        *changed = 1;
        return RC_OK;
    }
    if (s->due)
        return db_run(db, SQL_WAIT_DUE, DB_IN(db_u64(s->id), db_time(s->now)), changed);
    if (s->preview)
        return db_run(db, SQL_WAIT,
                      DB_IN(db_time(s->start_at), s->start_at ? db_i64(s->within_s) : db_null(),
                            db_u64(s->id)),
                      changed);
    if (strcmp(s->verdict, "approved") == 0)
        return db_run(db, SQL_START,
                      DB_IN(db_time(s->now), db_time(s->now), db_time(s->now), db_u64(s->id)),
                      changed);
    return db_run(db, SQL_DRAFT, DB_IN(db_u64(s->id)), changed);
}

static enum rc step_body(struct db *db, void *arg)
{
    struct step *s = arg;
    uint64_t changed = 0;
    enum rc rc = move_state(db, s, &changed);

    s->moved = false;
    if (rc || !changed)
        return rc;
    rc = note(db, s, &changed);
    if (!rc && !changed)
        return RC_CONFLICT; /* another question by now: rolled back */
    if (rc)
        return rc;
    s->moved = true;
    return audit_write(db, &(struct audit_entry){ .id = s->audit_id,
                                                  .at = s->now,
                                                  .who = s->who,
                                                  .verb = s->verb,
                                                  .subject = AUDIT_CAMPAIGN,
                                                  .subject_id = s->id,
                                                  .detail = s->why });
}

static enum rc take_step(struct db *db, struct step *s, struct error *err)
{
    enum rc rc = audit_new_id(db, &s->audit_id);

    s->now = clock_now();
    if (!rc)
        rc = db_transaction(db, step_body, s);
    if (rc == RC_CONFLICT || (!rc && !s->moved))
        return error_set(err, RC_CONFLICT,
                         "campaign %llu was changed by somebody else meanwhile: look at it again",
                         (unsigned long long)s->id);
    return rc;
}

static enum rc look_at(struct db *db, uint64_t id, const struct campaign_settings *settings,
                       struct arena *arena, struct campaign *campaign,
                       struct campaign_preview *preview, struct error *err)
{
    enum rc rc = campaign_read(db, id, campaign);

    if (rc == RC_NOTFOUND)
        return error_set(err, rc, "there is no campaign %llu", (unsigned long long)id);
    return rc ? rc : campaign_preview(db, id, settings, arena, preview, err);
}

/* --- ask --- */

static bool grown(const struct campaign_approval *a, const struct campaign_preview *preview)
{
    return preview->recipients * 100 > a->recipients * (100 + GROWTH_PERCENT);
}

/* Whether somebody must look at these figures first. */
static enum rc needs_approval(struct db *db, uint64_t id, const struct campaign_settings *settings,
                              const struct campaign_preview *preview, bool *needs)
{
    struct campaign_approval last;
    enum rc rc;

    *needs = preview->recipients > settings->approval_above;
    if (!*needs)
        return RC_OK;
    rc = campaign_approval_read(db, id, &last);
    if (rc == RC_NOTFOUND)
        return RC_OK;
    *needs = !last.approved || grown(&last, preview);
    return rc;
}

/* With `step->who` as the one who asks. */
static enum rc ask(struct db *db, struct step *step, const struct campaign_preview *preview,
                   struct error *err)
{
    char why[100];

    snprintf(why, sizeof(why), "%llu recipients, %lld cents",
             (unsigned long long)preview->recipients, (long long)preview->bill.cents);
    step->verb = "ask approval";
    step->preview = preview;
    step->why = why;
    return take_step(db, step, err);
}

static enum rc ask_or_do(struct db *db, struct step *step, const struct campaign_settings *settings,
                         struct error *err)
{
    struct campaign_preview preview;
    struct campaign campaign;
    struct arena arena;
    bool needs = false;
    enum rc rc = RC_OK;

    arena_init(&arena);
    if (settings->approval_above) {
        rc = look_at(db, step->id, settings, &arena, &campaign, &preview, err);
        if (!rc && (campaign.state == CAMPAIGN_DRAFT || campaign.state == CAMPAIGN_SCHEDULED))
            rc = needs_approval(db, step->id, settings, &preview, &needs);
    }
    if (!rc && needs)
        rc = ask(db, step, &preview, err);
    else if (!rc && step->start_at)
        rc = campaign_schedule(db, step->id, step->start_at, step->within_s, step->who, err);
    else if (!rc)
        rc = campaign_start(db, step->id, step->who, err);
    arena_close(&arena);
    return rc;
}

enum rc campaign_ask_start(struct db *db, uint64_t id, const struct campaign_settings *settings,
                           const char *who, struct error *err)
{
    struct step step = { .id = id, .who = who };

    return ask_or_do(db, &step, settings, err);
}

enum rc campaign_ask_schedule(struct db *db, uint64_t id, utc_us at, int64_t within_s,
                              const struct campaign_settings *settings, const char *who,
                              struct error *err)
{
    struct step step = { .id = id, .who = who, .start_at = at, .within_s = within_s };

    if (at <= clock_now())
        return error_set(err, RC_INVALID,
                         "start_at: that time is over; campaign start starts it now");
    return ask_or_do(db, &step, settings, err);
}

enum rc campaign_ask_due(struct db *db, const struct campaign_settings *settings, utc_us now,
                         uint64_t *kept)
{
    struct campaign_preview preview;
    struct campaign_life life;
    struct campaign campaign;
    struct step step = { .due = true };
    struct arena arena;
    bool needs = false;
    enum rc rc = RC_NOTFOUND;

    *kept = 0;
    if (settings->approval_above)
        rc = db_query_u64(db, SQL_DUE, DB_IN(db_time(now)), &step.id);
    if (rc)
        return rc == RC_NOTFOUND ? RC_OK : rc;
    arena_init(&arena);
    rc = look_at(db, step.id, settings, &arena, &campaign, &preview, NULL);
    if (!rc)
        rc = needs_approval(db, step.id, settings, &preview, &needs);
    if (!rc && needs)
        rc = campaign_life_read(db, step.id, &arena, &life);
    if (!rc && needs) {
        step.who = *life.created_by ? life.created_by : "relaisd";
        rc = ask(db, &step, &preview, NULL);
    } else if (rc == RC_INVALID) { /* its rule or its text cannot be read any more */
        rc = db_run(db, SQL_CANNOT, DB_IN(db_u64(step.id), db_time(now)), NULL);
        needs = true;
    }
    if (!rc && needs)
        *kept = step.id;
    arena_close(&arena);
    return rc;
}

/* --- decide --- */

/* The campaign, what was asked, and whether `who` may answer it. */
static enum rc check_decision(struct db *db, uint64_t id, const char *who, const char *participle,
                              struct campaign_approval *asked, struct error *err)
{
    struct campaign_life life;
    struct campaign campaign;
    struct arena arena;
    enum rc rc = campaign_read(db, id, &campaign);

    if (rc == RC_NOTFOUND)
        return error_set(err, rc, "there is no campaign %llu", (unsigned long long)id);
    if (!rc && campaign.state != CAMPAIGN_WAITING)
        return error_set(err, RC_CONFLICT, "campaign %llu is %s: there is nothing to be %s",
                         (unsigned long long)id, campaign_state_name(campaign.state), participle);
    if (!rc)
        rc = campaign_approval_read(db, id, asked);
    if (rc)
        return rc;
    arena_init(&arena);
    rc = campaign_life_read(db, id, &arena, &life);
    arena_close(&arena);
    if (!rc && (strcmp(who, asked->asked_by) == 0 || strcmp(who, life.created_by) == 0))
        return error_set(err, RC_CONFLICT,
                         "campaign %llu was %s by %s: somebody else must look at it",
                         (unsigned long long)id,
                         strcmp(who, life.created_by) == 0 ? "created" : "to be started", who);
    return rc;
}

/* The figures are others by now: they are noted, and must be looked at. */
static enum rc ask_again(struct db *db, uint64_t id, const struct campaign_approval *asked,
                         const struct campaign_preview *preview, const char *who, struct error *err)
{
    char why[120];
    struct step step = { .id = id,
                         .who = who,
                         .verb = "ask approval",
                         .why = why,
                         .preview = preview,
                         .asked_at = asked->asked_at };
    enum rc rc;

    snprintf(why, sizeof(why), "grown from %llu to %llu recipients",
             (unsigned long long)asked->recipients, (unsigned long long)preview->recipients);
    rc = take_step(db, &step, err);
    if (rc)
        return rc;
    return error_set(err, RC_CONFLICT,
                     "campaign %llu has %s since approval was asked for: nothing was started; "
                     "look at the preview and approve it again",
                     (unsigned long long)id, why);
}

enum rc campaign_approve(struct db *db, uint64_t id, const struct campaign_settings *settings,
                         const char *who, struct error *err)
{
    struct step step = { .id = id, .who = who, .verb = "approve", .verdict = "approved" };
    struct campaign_approval asked;
    struct campaign_preview preview;
    struct campaign campaign;
    struct arena arena;
    char why[100];
    enum rc rc = check_decision(db, id, who, "approved", &asked, err);

    if (rc)
        return rc;
    arena_init(&arena);
    rc = look_at(db, id, settings, &arena, &campaign, &preview, err);
    if (!rc && grown(&asked, &preview)) {
        rc = ask_again(db, id, &asked, &preview, who, err);
    } else if (!rc) {
        snprintf(why, sizeof(why), "%llu recipients, asked for by %s",
                 (unsigned long long)preview.recipients, asked.asked_by);
        step.why = why;
        step.asked_at = asked.asked_at;
        rc = take_step(db, &step, err);
    }
    arena_close(&arena);
    return rc;
}

enum rc campaign_refuse(struct db *db, uint64_t id, const char *who, const char *why,
                        struct error *err)
{
    struct step step = { .id = id, .who = who, .verb = "refuse", .verdict = "refused", .why = why };
    struct campaign_approval asked;
    enum rc rc;

    if (!*why)
        return error_set(err, RC_INVALID, "why: say it in a few words");
    rc = check_decision(db, id, who, "refused", &asked, err);
    step.asked_at = asked.asked_at;
    return rc ? rc : take_step(db, &step, err);
}
