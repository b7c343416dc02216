/* contact_enrolment.c - a customer begins a plan, and what a person or a result does to that. */
#include "store/contact_enrolment.h"

#include <stdio.h>
#include <string.h>

#include "domain/place.h"
#include "store/audit.h"
#include "store/contact_plan_row.h"

static const char SQL_CUSTOMER[] =
    "SELECT c.erased_at IS NOT NULL, c.do_not_contact, c.timezone, c.country, c.postcode"
    "  FROM customer c"
    " WHERE c.id = ?";

static const char SQL_ENROL[] =
    "INSERT INTO contact_enrolment (id, plan_id, customer_id, version, started_at, next_at,"
    "                               created_at, created_by, again)"
    "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)";

static const char SQL_LOCK[] =
    "SELECT e.customer_id, e.plan_id, p.name, e.version, e.step, e.turn, e.state,"
    "       IF(t.state = 'open', t.id, 0)"
    "  FROM contact_enrolment e"
    "  JOIN contact_plan p ON p.id = e.plan_id"
    "  LEFT JOIN contact_task t ON t.id = e.task_id"
    " WHERE e.id = ?"
    "   FOR UPDATE";

static const char SQL_STOP[] = "UPDATE contact_enrolment"
                               "   SET state = 'stopped', why = ?, ended_at = ?, turn = turn + 1"
                               " WHERE id = ?";

static const char SQL_PAUSE[] = "UPDATE contact_enrolment"
                                "   SET state = 'paused', paused_at = ?, turn = turn + 1"
                                " WHERE id = ?";

/* Days go on where they stopped; when the next step is due then is reckoned anew. */
#define AND_THE_PAUSE " + INTERVAL TIMESTAMPDIFF(MICROSECOND, paused_at, ?) MICROSECOND"
static const char SQL_RESUME[] =
    "UPDATE contact_enrolment"
    "   SET state = 'active', started_at = started_at" AND_THE_PAUSE ","
    "       before_at = before_at" AND_THE_PAUSE ","
    "       next_at = IF(next_at IS NULL, NULL, ?),"
    "       paused_at = NULL, turn = turn + 1"
    " WHERE id = ?";

/* What was held is looked at again. */
static const char SQL_WAKE[] =
    "UPDATE contact_plan_log l"
    "  JOIN occasion_event v ON v.occasion_id = l.occasion_id AND v.customer_id = ?"
    "                       AND v.subject_id = l.enrolment_id AND v.round = l.turn"
    "   SET v.due_at = ?"
    " WHERE l.enrolment_id = ?";

/* What the steps of a customer handed over, in one plan (its enrolment) or in all that stopped. */
#define STEPS_OF_STOPPED         \
    "UPDATE contact_enrolment e" \
    "  JOIN contact_plan_log l ON l.enrolment_id = e.id AND l.occasion_id IS NOT NULL"
#define WHERE_STOPPED " WHERE e.customer_id = ? AND e.state = 'stopped' AND (? = 0 OR e.id = ?)"

/* Whoever is about to make a message of it looks again. */
static const char SQL_OVERTAKE[] = STEPS_OF_STOPPED
    "  JOIN occasion_event v ON v.occasion_id = l.occasion_id AND v.customer_id = e.customer_id"
    "                       AND v.subject_id = l.enrolment_id AND v.round = l.turn"
    "   SET v.due_at = ?" WHERE_STOPPED;

/* What waits in the queue, for the morning or for its carrier. A claim that has read it finds that
 * it is not queued any more, and gives up. */
static const char SQL_TAKE_BACK[] = STEPS_OF_STOPPED
    "  JOIN occasion_sent s ON s.occasion_id = l.occasion_id AND s.customer_id = e.customer_id"
    "                      AND s.subject_id = l.enrolment_id AND s.round = l.turn"
    "  JOIN message m ON m.id = s.message_id"
    "   SET m.state = 'cancelled', m.reason = 'plan_stopped'" WHERE_STOPPED
    "   AND m.state IN ('queued', 'held')";

static const char SQL_SKIP[] =
    "UPDATE contact_enrolment"
    "   SET step = step + 1, before_at = COALESCE(paused_at, ?), next_at = COALESCE(paused_at, ?),"
    "       turn = turn + 1"
    " WHERE id = ?";

static const char SQL_SKIPPED[] =
    "INSERT INTO contact_plan_log (enrolment_id, turn, version, step, at, planned_at, what, reason,"
    "                              who)"
    "VALUES (?, ?, ?, ?, ?, ?, 'skipped', 'by_hand', ?)";

/* The turn grows in any case: who has read that the task is open looks again. */
static const char SQL_HEARD[] = "UPDATE contact_enrolment"
                                "   SET next_at = COALESCE(next_at, paused_at, ?), turn = turn + 1"
                                " WHERE task_id = ? AND state IN ('active', 'paused')";

static const char SQL_STOP_ALL[] =
    "UPDATE contact_enrolment"
    "   SET state = 'stopped', why = ?, ended_at = ?, turn = turn + 1"
    " WHERE customer_id = ? AND state IN ('active', 'paused')";

/* Both began it by themselves: the second beginning counts as another one. */
static const char SQL_MEET[] =
    "UPDATE contact_enrolment g"
    "  JOIN contact_enrolment k ON k.customer_id = ? AND k.plan_id = g.plan_id AND k.again = 0"
    "   SET g.again = g.id"
    " WHERE g.customer_id = ? AND g.again = 0";

static const char SQL_MEET_LIVE[] =
    "UPDATE contact_enrolment g"
    "  JOIN contact_enrolment k ON k.customer_id = ? AND k.plan_id = g.plan_id AND k.live = 1"
    "   SET g.state = 'stopped', g.why = 'same_person', g.ended_at = ?, g.turn = g.turn + 1"
    " WHERE g.customer_id = ? AND g.live = 1";

static const char *const state_names[] = {
    [ENROLMENT_ACTIVE] = "active",
    [ENROLMENT_PAUSED] = "paused",
    [ENROLMENT_DONE] = "done",
    [ENROLMENT_STOPPED] = "stopped",
};
#define STATES (sizeof(state_names) / sizeof(state_names[0]))

const char *enrolment_state_name(enum enrolment_state s)
{
    return state_names[s];
}

enum rc enrolment_state_parse(const char *name, enum enrolment_state *s)
{
    for (size_t i = 0; i < STATES; i++) {
        if (strcmp(state_names[i], name) == 0) {
            *s = (enum enrolment_state)i;
            return RC_OK;
        }
    }
    return RC_INVALID;
}

/* --- begin --- */

struct beginning {
    uint64_t id, plan_id, customer_id, audit_id;
    unsigned version;
    bool outside_too;
    const char *plan, *who;
    utc_us now, first;
};

static enum rc begin_body(struct db *db, void *arg)
{
    const struct beginning *b = arg;
    const struct db_value now = db_time(b->now);
    enum rc rc =
        db_run(db, SQL_ENROL,
               DB_IN(db_u64(b->id), db_u64(b->plan_id), db_u64(b->customer_id), db_u64(b->version),
                     now, db_time(b->first), now, db_text(b->who), db_u64(b->id)),
               NULL);

    return rc ? rc
              : audit_write(db, &(struct audit_entry){ .id = b->audit_id,
                                                       .at = b->now,
                                                       .who = b->who,
                                                       .verb = "plan begin",
                                                       .subject = AUDIT_CUSTOMER,
                                                       .subject_id = b->customer_id,
                                                       .detail = b->plan });
}

/* May the customer begin, and by whose clock do they live? */
static enum rc look_at_customer(struct db *db, uint64_t id, struct place *place, struct error *err)
{
    struct db_rows *rows;
    bool erased = false, no_contact = false;
    enum rc rc = db_query(db, SQL_CUSTOMER, DB_IN(db_u64(id)), &rows), end;

    if (rc)
        return rc;
    rc = db_next(rows) ? RC_OK : RC_NOTFOUND;
    if (!rc) {
        erased = db_get_u64(rows, 0) != 0;
        no_contact = db_get_u64(rows, 1) != 0;
        place_of(&(struct place_question){ db_get_text(rows, 2), db_get_text(rows, 3),
                                           db_get_text(rows, 4), "", "" },
                 place);
    }
    end = db_rows_end(rows);
    if (rc || end)
        return end ? end : rc;
    if (erased || no_contact)
        return error_set(err, RC_CONFLICT, "customer %llu %s", (unsigned long long)id,
                         erased ? "was erased" : "wants no contact");
    return RC_OK;
}

/* Whoever begins by themselves is found by the plan's rule: a person who means another one says so.
 */
static enum rc check_rule(struct db *db, const struct beginning *b, const char *plan,
                          const char *rule, const char *timezone, struct arena *arena,
                          struct error *err)
{
    bool in = true;
    enum rc rc = b->outside_too
                     ? RC_OK
                     : plan_rule_ask(db, rule, 0, &b->customer_id, 1, timezone, arena, &in, err);

    if (rc || in)
        return rc;
    return error_set(err, RC_CONFLICT,
                     "customer %llu is none of those whom %s is for (%.200s); say --yes if that "
                     "is meant",
                     (unsigned long long)b->customer_id, plan, rule);
}

static enum rc read_first(struct db *db, struct beginning *b,
                          const struct contact_plan_settings *settings, struct arena *arena,
                          struct error *err)
{
    struct zone_shelf zones = { .n = 0 };
    struct plan_version version;
    struct contact_plan plan;
    struct place place;
    enum rc rc = contact_plan_read(db, b->plan_id, 0, arena, &plan);

    if (!rc)
        rc = look_at_customer(db, b->customer_id, &place, err);
    if (!rc)
        rc = plan_version_read(db, b->plan_id, plan.version, arena, &version, err);
    if (!rc)
        rc = check_rule(db, b, plan.name, version.text.rule, settings->occasions->timezone, arena,
                        err);
    if (!rc)
        rc = zone_shelf_open(&zones, settings->occasions->timezone, err);
    if (!rc) {
        b->plan = plan.name;
        b->version = plan.version;
        b->first = plan_begin(&version.text, b->now, zone_shelf_get(&zones, place.zone));
    }
    zone_shelf_close(&zones);
    return rc;
}

enum rc contact_enrol(struct db *db, uint64_t plan_id, uint64_t customer_id, bool outside_too,
                      const struct contact_plan_settings *settings, const char *who, uint64_t *id,
                      struct error *err)
{
    struct beginning b = { .plan_id = plan_id,
                           .customer_id = customer_id,
                           .outside_too = outside_too,
                           .who = who,
                           .now = clock_now() };
    struct arena arena;
    enum rc rc;

    arena_init(&arena);
    rc = read_first(db, &b, settings, &arena, err);
    if (!rc)
        rc = db_new_ids(db, "contact_enrolment", 1, &b.id);
    if (!rc)
        rc = audit_new_id(db, &b.audit_id);
    if (!rc) {
        rc = db_transaction(db, begin_body, &b);
        if (rc == RC_CONFLICT)
            rc = error_set(err, rc, "customer %llu is under way in %s already",
                           (unsigned long long)customer_id, b.plan);
    }
    if (!rc)
        *id = b.id;
    arena_close(&arena);
    return rc;
}

/* --- commands --- */

enum command { STOP, PAUSE, RESUME, SKIP };

static const struct {
    const char *verb;
    bool active, paused; /* in which states it may be given */
} commands[] = {
    [STOP] = { "plan stop", true, true },
    [PAUSE] = { "plan pause", true, false },
    [RESUME] = { "plan resume", false, true },
    [SKIP] = { "plan skip", true, true },
};

struct commanding {
    enum command command;
    uint64_t id, audit_id;
    const char *why, *who;
    utc_us now;
    struct error *err;
    /* as it is */
    uint64_t customer_id, plan_id, task_id; /* task 0: none is open */
    char plan[CONTACT_PLAN_NAME_MAX * 4 + 1];
    unsigned version, step, turn;
    enum enrolment_state state;
};

static enum rc lock(struct db *db, struct commanding *c)
{
    struct db_rows *rows;
    enum rc rc = db_query(db, SQL_LOCK, DB_IN(db_u64(c->id)), &rows), end;

    if (rc)
        return rc;
    rc = RC_NOTFOUND;
    if (db_next(rows)) {
        c->customer_id = db_get_u64(rows, 0);
        c->plan_id = db_get_u64(rows, 1);
        snprintf(c->plan, sizeof(c->plan), "%s", db_get_text(rows, 2));
        c->version = (unsigned)db_get_u64(rows, 3);
        c->step = (unsigned)db_get_u64(rows, 4);
        c->turn = (unsigned)db_get_u64(rows, 5);
        c->task_id = db_get_u64(rows, 7);
        rc = enrolment_state_parse(db_get_text(rows, 6), &c->state) ? RC_FAIL : RC_OK;
    }
    end = db_rows_end(rows);
    if (rc || end)
        return end ? end : rc;
    if ((c->state == ENROLMENT_ACTIVE && commands[c->command].active) ||
        (c->state == ENROLMENT_PAUSED && commands[c->command].paused))
        return RC_OK;
    return error_set(c->err, RC_CONFLICT, "customer %llu is %s in plan %s",
                     (unsigned long long)c->customer_id, enrolment_state_name(c->state), c->plan);
}

/* Of one that was stopped; `id` 0: of all of the customer that were. */
static enum rc take_back(struct db *db, uint64_t customer_id, uint64_t id, utc_us now)
{
    const struct db_value customer = db_u64(customer_id), one = db_u64(id);
    enum rc rc = db_run(db, SQL_OVERTAKE, DB_IN(db_time(now), customer, one, one), NULL);

    return rc ? rc : db_run(db, SQL_TAKE_BACK, DB_IN(customer, one, one), NULL);
}

static enum rc stop(struct db *db, const struct commanding *c)
{
    enum rc rc = db_run(db, SQL_STOP, DB_IN(db_text(c->why), db_time(c->now), db_u64(c->id)), NULL);

    if (!rc)
        rc = take_back(db, c->customer_id, c->id, c->now);
    if (!rc && c->task_id)
        rc = contact_task_cancel(db, c->task_id, "plan_stopped");
    return rc == RC_CONFLICT ? RC_OK : rc; /* it has just got its result */
}

static enum rc resume(struct db *db, const struct commanding *c)
{
    const struct db_value now = db_time(c->now);
    enum rc rc = db_run(db, SQL_RESUME, DB_IN(now, now, now, db_u64(c->id)), NULL);

    return rc ? rc : db_run(db, SQL_WAKE, DB_IN(db_u64(c->customer_id), now, db_u64(c->id)), NULL);
}

static enum rc skip(struct db *db, const struct commanding *c)
{
    const struct db_value now = db_time(c->now);
    enum rc rc = db_run(db, SQL_SKIP, DB_IN(now, now, db_u64(c->id)), NULL);

    return rc ? rc
              : db_run(db, SQL_SKIPPED,
                       DB_IN(db_u64(c->id), db_u64(c->turn + 1), db_u64(c->version),
                             db_u64(c->step), now, now, db_text(c->who)),
                       NULL);
}

static enum rc do_command(struct db *db, const struct commanding *c)
{
    switch (c->command) {
    case STOP:
        return stop(db, c);
    case PAUSE:
        return db_run(db, SQL_PAUSE, DB_IN(db_time(c->now), db_u64(c->id)), NULL);
    case RESUME:
        return resume(db, c);
    case SKIP:
        break;
    }
    return skip(db, c);
}

static enum rc command_body(struct db *db, void *arg)
{
    struct commanding *c = arg;
    enum rc rc = lock(db, c);

    if (!rc)
        rc = do_command(db, c);
    return rc ? rc
              : audit_write(db, &(struct audit_entry){ .id = c->audit_id,
                                                       .at = c->now,
                                                       .who = c->who,
                                                       .verb = commands[c->command].verb,
                                                       .subject = AUDIT_CUSTOMER,
                                                       .subject_id = c->customer_id,
                                                       .detail = c->plan });
}

static enum rc command(struct db *db, enum command command, uint64_t id, const char *why,
                       const char *who, struct error *err)
{
    struct commanding c = {
        .command = command, .id = id, .why = why, .who = who, .now = clock_now(), .err = err
    };
    enum rc rc = audit_new_id(db, &c.audit_id);

    return rc ? rc : db_transaction(db, command_body, &c);
}

enum rc contact_enrolment_stop(struct db *db, uint64_t id, const char *why, const char *who,
                               struct error *err)
{
    return command(db, STOP, id, why, who, err);
}

enum rc contact_enrolment_pause(struct db *db, uint64_t id, const char *who, struct error *err)
{
    return command(db, PAUSE, id, "", who, err);
}

enum rc contact_enrolment_resume(struct db *db, uint64_t id, const char *who, struct error *err)
{
    return command(db, RESUME, id, "", who, err);
}

enum rc contact_enrolment_skip(struct db *db, uint64_t id, const char *who, struct error *err)
{
    return command(db, SKIP, id, "", who, err);
}

/* --- what a result does --- */

enum rc contact_enrolment_heard(struct db *db, uint64_t task_id, utc_us now)
{
    return db_run(db, SQL_HEARD, DB_IN(db_time(now), db_u64(task_id)), NULL);
}

enum rc contact_enrolment_stop_all(struct db *db, uint64_t customer_id, const char *why, utc_us now)
{
    uint64_t stopped;
    enum rc rc =
        db_run(db, SQL_STOP_ALL, DB_IN(db_text(why), db_time(now), db_u64(customer_id)), &stopped);

    return rc || !stopped ? rc : take_back(db, customer_id, 0, now);
}

/* --- two who are one --- */

enum rc contact_enrolment_meet(struct db *db, uint64_t keep, uint64_t gone, utc_us now)
{
    enum rc rc = db_run(db, SQL_MEET, DB_IN(db_u64(keep), db_u64(gone)), NULL);

    return rc ? rc
              : db_run(db, SQL_MEET_LIVE, DB_IN(db_u64(keep), db_time(now), db_u64(gone)), NULL);
}
