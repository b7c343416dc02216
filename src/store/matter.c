/*
 * matter.c - rows of matter, and what people do to them. What the clock does to them is in
 * store/escalation_run.c.
 *
 * Whoever changes a matter locks its row first, then the slices and the rows of the messages that
 * still wait for it: in this order, which is that of the engine, too.
 */
#include "store/matter.h"

#include <stdio.h>
#include <string.h>

#include "domain/staff.h"
#include "store/db.h"
#include "store/matter_anew.h"
#include "store/matter_private.h"
#include "store/notice.h"

/* Of a matter that there was before, nothing changes: whoever comes again finds it as it is. */
static const char SQL_OPEN[] =
    "INSERT INTO matter (kind, subject_id, policy_id, team_id, staff_id, urgent, opened_at,"
    "                    base_at, next_at)"
    "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
    "ON DUPLICATE KEY UPDATE kind = VALUES(kind)";

static const char SQL_TEAM_POLICIES[] = "SELECT id, policy_id"
                                        "  FROM team"
                                        " WHERE policy_id IS NOT NULL"
                                        " ORDER BY id";

static const char SQL_LOCK[] =
    "SELECT m.state, m.events, m.ended_at IS NOT NULL,"
    "       (SELECT p.ack_minutes FROM escalation_policy p WHERE p.id = m.policy_id)"
    "  FROM matter m"
    " WHERE m.kind = ? AND m.subject_id = ?"
    "   FOR UPDATE";

static const char SQL_EVENT[] =
    "INSERT INTO matter_event (kind, subject_id, n, at, what, who, detail)"
    "VALUES (?, ?, ?, ?, ?, ?, ?)";

/* What is over may not be, after all: it is put off until then all the same. */
static const char SQL_SETTLE[] =
    "UPDATE matter"
    "   SET state = 'settled', next_at = NULL, ended_at = ?, why = ?,"
    "       wait_until = IF(why = '" MATTER_OVER "', wait_until, NULL),"
    "       events = events + 1, version = version + 1"
    " WHERE kind = ? AND subject_id = ? AND state <> 'settled'";

/* A contact is its new person's team's by now, and goes by that team's policy. */
static const char SQL_HAND_OVER[] =
    "UPDATE matter"
    "   SET state = 'open', staff_id = ?,"
    "       team_id = COALESCE((SELECT k.team_id FROM contact_task k"
    "                            WHERE matter.kind = 'task' AND k.id = matter.subject_id), "
    "team_id),"
    "       policy_id = COALESCE((SELECT COALESCE(k.policy_id, t.policy_id)"
    "                               FROM contact_task k"
    "                               JOIN team t ON t.id = k.team_id"
    "                              WHERE matter.kind = 'task' AND k.id = matter.subject_id),"
    "                            policy_id),"
    "       turn = turn + 1, step = 0, round = 0, base_at = ?,"
    "       at_once = FALSE, next_at = ?, wait_until = NULL, ack_at = NULL, ack_by = '', ended_at "
    "= NULL,"
    "       events = events + 1, version = version + 1"
    " WHERE kind = ? AND subject_id = ? AND state <> 'settled'";

static const char SQL_ACKNOWLEDGE[] =
    "UPDATE matter"
    "   SET state = 'acknowledged', ack_at = ?, ack_by = ?, next_at = ?, wait_until = NULL,"
    "       events = events + 1, version = version + 1"
    " WHERE kind = ? AND subject_id = ? AND state IN ('open', 'exhausted')";

static const char SQL_SNOOZE[] =
    "UPDATE matter"
    "   SET state = 'open', next_at = ?, wait_until = ?, ack_at = NULL, ack_by = '',"
    "       ended_at = NULL,"
    "       events = events + 1, version = version + 1"
    " WHERE kind = ? AND subject_id = ? AND state <> 'settled'";

/* Its steps are over, so they begin anew. */
static const char SQL_AGAIN[] =
    "UPDATE matter"
    "   SET turn = turn + 1, step = 0, round = 0, base_at = ?, at_once = FALSE"
    " WHERE kind = ? AND subject_id = ?";

static const char *const kind_names[] = { [MATTER_TASK] = "task", [MATTER_ALERT] = "alert" };

static const char *const state_names[] = { [MATTER_OPEN] = "open",
                                           [MATTER_ACKNOWLEDGED] = "acknowledged",
                                           [MATTER_SETTLED] = "settled",
                                           [MATTER_EXHAUSTED] = "exhausted" };

const char *matter_kind_name(enum matter_kind kind)
{
    return kind_names[kind];
}

const char *matter_state_name(enum matter_state state)
{
    return state_names[state];
}

enum matter_kind matter_kind_of(const char *name)
{
    return strcmp(name, kind_names[MATTER_ALERT]) == 0 ? MATTER_ALERT : MATTER_TASK;
}

enum matter_state matter_state_of(const char *name)
{
    for (size_t i = 0; i < sizeof(state_names) / sizeof(state_names[0]); i++) {
        if (strcmp(name, state_names[i]) == 0)
            return (enum matter_state)i;
    }
    return MATTER_SETTLED; /* no other is in the column */
}

/* --- opening --- */

struct team_policies {
    struct {
        unsigned team_id;
        uint64_t policy_id;
    } list[STAFF_TEAMS_MAX];
    size_t n;
};

static enum rc read_team_policies(struct db *db, struct team_policies *out)
{
    struct db_rows *rows;
    enum rc rc = db_query(db, SQL_TEAM_POLICIES, DB_NO_INPUT, &rows);

    out->n = 0;
    if (rc)
        return rc;
    while (out->n < STAFF_TEAMS_MAX && db_next(rows)) {
        out->list[out->n].team_id = (unsigned)db_get_u64(rows, 0);
        out->list[out->n++].policy_id = db_get_u64(rows, 1);
    }
    return db_rows_end(rows);
}

static uint64_t policy_of(const struct team_policies *teams, const struct matter_draft *d)
{
    for (size_t i = 0; !d->policy_id && i < teams->n; i++) {
        if (teams->list[i].team_id == d->team_id)
            return teams->list[i].policy_id;
    }
    return d->policy_id;
}

static enum rc add_draft(struct db_bulk *bulk, const struct matter_draft *d, uint64_t policy_id,
                         utc_us now)
{
    const struct db_value row[] = { db_text(kind_names[d->kind]),
                                    db_u64(d->subject_id),
                                    db_u64(policy_id),
                                    db_u64(d->team_id),
                                    db_u64(d->staff_id),
                                    db_u64(d->urgent),
                                    db_time(now),
                                    db_time(d->from),
                                    db_time(d->from) };

    return policy_id ? db_bulk_add(bulk, row) : RC_OK;
}

enum rc matter_open(struct db *db, const struct matter_draft *drafts, size_t n)
{
    const utc_us now = clock_now();
    struct team_policies teams;
    struct db_bulk *bulk;
    enum rc rc;

    if (!n)
        return RC_OK;
    rc = read_team_policies(db, &teams);
    bulk = db_bulk_new(9);
    if (!rc && !bulk)
        rc = RC_FAIL;
    for (size_t i = 0; !rc && i < n; i++)
        rc = add_draft(bulk, &drafts[i], policy_of(&teams, &drafts[i]), now);
    if (!rc)
        rc = db_bulk_run(db, SQL_OPEN, bulk, NULL);
    db_bulk_free(bulk);
    return rc;
}

/* --- changing --- */

struct matter_lock {
    enum matter_kind kind;
    uint64_t subject_id;
    enum matter_state state;
    unsigned events, ack_minutes;
    bool over; /* its steps are; somebody may have acknowledged it since */
};

static enum rc lock_matter(struct db *db, enum matter_kind kind, uint64_t subject_id,
                           struct matter_lock *out)
{
    struct db_rows *rows;
    bool found;
    enum rc rc =
        db_query(db, SQL_LOCK, DB_IN(db_text(kind_names[kind]), db_u64(subject_id)), &rows);

    if (rc)
        return rc;
    found = db_next(rows);
    if (found)
        *out = (struct matter_lock){ .kind = kind,
                                     .subject_id = subject_id,
                                     .state = matter_state_of(db_get_text(rows, 0)),
                                     .events = (unsigned)db_get_u64(rows, 1),
                                     .over = db_get_u64(rows, 2) != 0,
                                     .ack_minutes = (unsigned)db_get_u64(rows, 3) };
    rc = db_rows_end(rows);
    return rc ? rc : found ? RC_OK : RC_NOTFOUND;
}

/* What happened to it, and nothing that was to be sent about it is sent any more. */
static enum rc note(struct db *db, const struct matter_lock *m, const char *what, const char *who,
                    const char *detail)
{
    enum rc rc =
        db_run(db, SQL_EVENT,
               DB_IN(db_text(kind_names[m->kind]), db_u64(m->subject_id), db_u64(m->events + 1),
                     db_time(clock_now()), db_text(what), db_text(who), db_text(detail)),
               NULL);

    return rc ? rc : notice_withdraw(db, m->kind, m->subject_id);
}

static enum rc changed_once(enum rc rc, uint64_t changed)
{
    return rc ? rc : changed ? RC_OK : RC_CONFLICT;
}

enum rc matter_settle(struct db *db, enum matter_kind kind, uint64_t subject_id, const char *why,
                      const char *who)
{
    struct matter_lock m;
    uint64_t changed = 0;
    enum rc rc = lock_matter(db, kind, subject_id, &m);

    if (rc == RC_NOTFOUND || (!rc && m.state == MATTER_SETTLED))
        return notice_withdraw(db, kind,
                               subject_id); /* a contact of the day is told all the same */
    if (!rc)
        rc = db_run(db, SQL_SETTLE,
                    DB_IN(db_time(clock_now()), db_text(why), db_text(kind_names[kind]),
                          db_u64(subject_id)),
                    &changed);
    rc = changed_once(rc, changed);
    return rc ? rc : note(db, &m, "settled", who, why);
}

enum rc matter_hand_over(struct db *db, enum matter_kind kind, uint64_t subject_id,
                         unsigned staff_id, utc_us from, const char *who)
{
    struct matter_lock m;
    uint64_t changed = 0;
    char detail[32];
    enum rc rc = lock_matter(db, kind, subject_id, &m);

    if (rc)
        return rc;
    if (m.state == MATTER_SETTLED)
        return RC_CONFLICT;
    rc = db_run(db, SQL_HAND_OVER,
                DB_IN(db_u64(staff_id), db_time(from), db_time(from), db_text(kind_names[kind]),
                      db_u64(subject_id)),
                &changed);
    rc = changed_once(rc, changed);
    snprintf(detail, sizeof(detail), "%u", staff_id);
    return rc ? rc : note(db, &m, "handed_over", who, detail);
}

enum rc matter_acknowledge(struct db *db, enum matter_kind kind, uint64_t subject_id,
                           unsigned staff_id, const char *who)
{
    const utc_us now = clock_now();
    struct matter_lock m;
    uint64_t changed = 0;
    char detail[32];
    bool goes_on;
    enum rc rc = lock_matter(db, kind, subject_id, &m);

    if (rc)
        return rc;
    if (m.state == MATTER_SETTLED)
        return RC_CONFLICT;
    if (m.state == MATTER_ACKNOWLEDGED)
        return RC_OK; /* said twice */
    goes_on = m.ack_minutes && m.state == MATTER_OPEN;
    rc = db_run(db, SQL_ACKNOWLEDGE,
                DB_IN(db_time(now), db_text(who), db_time(goes_on ? now : 0),
                      db_text(kind_names[kind]), db_u64(subject_id)),
                &changed);
    rc = changed_once(rc, changed);
    snprintf(detail, sizeof(detail), "%u", staff_id);
    return rc ? rc : note(db, &m, "acknowledged", who, detail);
}

enum rc matter_snooze(struct db *db, enum matter_kind kind, uint64_t subject_id, utc_us until,
                      const char *who)
{
    struct matter_lock m;
    uint64_t changed = 0;
    char detail[32];
    enum rc rc = lock_matter(db, kind, subject_id, &m);

    if (rc)
        return rc;
    if (m.state == MATTER_SETTLED)
        return RC_CONFLICT;
    rc =
        db_run(db, SQL_SNOOZE,
               DB_IN(db_time(until), db_time(until), db_text(kind_names[kind]), db_u64(subject_id)),
               &changed);
    rc = changed_once(rc, changed);
    if (!rc && m.over)
        rc = db_run(db, SQL_AGAIN,
                    DB_IN(db_time(until), db_text(kind_names[kind]), db_u64(subject_id)), NULL);
    clock_format(until, detail);
    return rc ? rc : note(db, &m, "snoozed", who, detail);
}
