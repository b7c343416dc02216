/* contact_plan.c - rows of table contact_plan: set, switched, found, read. */
#include "store/contact_plan.h"

#include <stdio.h>
#include <string.h>

#include "domain/utf8.h"
#include "store/audience.h"
#include "store/audit.h"
#include "store/contact_plan_row.h"
#include "store/template.h"

#define NAMES_MAX 1000 /* versions that were begun and never finished */

#define COLUMNS                                                                              \
    "SELECT p.id, p.name, p.state = 'on', p.version, p.enrols, p.created_at, p.updated_at,"  \
    "       p.most_a_day, p.why,"                                                            \
    "       (SELECT COUNT(*) FROM contact_enrolment e WHERE e.plan_id = p.id AND e.state = " \
    "'active'),"                                                                             \
    "       (SELECT COUNT(*) FROM contact_enrolment e WHERE e.plan_id = p.id AND e.state = " \
    "'paused'),"                                                                             \
    "       (SELECT COUNT(*) FROM contact_enrolment e WHERE e.plan_id = p.id AND e.state = " \
    "'done'),"                                                                               \
    "       (SELECT COUNT(*) FROM contact_enrolment e WHERE e.plan_id = p.id AND e.state = " \
    "'stopped')"                                                                             \
    "  FROM contact_plan p"

static const char SQL_READ[] = COLUMNS " WHERE p.id = ?";
static const char SQL_LIST[] = COLUMNS " ORDER BY p.name LIMIT 1000";
static const char SQL_FIND[] = "SELECT id FROM contact_plan WHERE name = ?";
/* What a version's steps are called must be nobody else's. */
static const char SQL_NAMED[] =
    "SELECT (SELECT COUNT(*) FROM occasion WHERE LEFT(name, CHAR_LENGTH(?)) = ?)"
    "     + (SELECT COUNT(*) FROM template WHERE LEFT(name, CHAR_LENGTH(?)) = ?)";

static const char SQL_POLICY[] = "SELECT id FROM escalation_policy WHERE name = ?";
static const char SQL_TEAM[] = "SELECT id FROM team WHERE code = ?";
static const char SQL_ONLY_TEAM[] = "SELECT MIN(id) FROM team HAVING COUNT(*) = 1";
static const char SQL_OUTCOME[] = "SELECT id FROM contact_outcome WHERE code = ?";

static const char SQL_CREATE[] =
    "INSERT INTO contact_plan (id, name, version, enrols, created_at, updated_at)"
    "VALUES (?, ?, ?, ?, ?, ?)";

static const char SQL_CHANGE[] = "UPDATE contact_plan"
                                 "   SET version = ?, enrols = ?, updated_at = ?"
                                 " WHERE id = ? AND version = ?";

static const char SQL_VERSION[] =
    "INSERT INTO contact_plan_version (plan_id, version, text, created_at, created_by)"
    "VALUES (?, ?, ?, ?, ?)";

static const char SQL_STEP[] =
    "INSERT INTO contact_plan_step (plan_id, version, step, occasion_id, policy_id, team_id)"
    "VALUES (?, ?, ?, ?, ?, ?)";

/* Whoever comes later is not of it. */
static const char SQL_WALK_ENROL[] =
    "INSERT INTO contact_plan_walk (id, plan_id, kind, rule, last_id, who, created_at)"
    "SELECT ?, ?, 'enrol', ?, COALESCE(MAX(id), 0), ?, ? FROM customer";
static const char SQL_WALK_MOVE[] =
    "INSERT INTO contact_plan_walk (id, plan_id, kind, rule, last_id, who, created_at)"
    "SELECT ?, ?, 'move', ?, COALESCE(MAX(id), 0), ?, ? FROM contact_enrolment";

/* By a person: from now on as many may begin again as may in a day. */
static const char SQL_SWITCH[] = "UPDATE contact_plan"
                                 "   SET state = ?, updated_at = ?, why = '', begun_n = 0,"
                                 "       most_a_day = COALESCE(?, most_a_day)"
                                 " WHERE id = ? AND state <> ?";

/* --- read --- */

/* Texts live until the next row. */
static enum rc map_row(const struct db_rows *rows, struct contact_plan *p)
{
    *p = (struct contact_plan){ .id = db_get_u64(rows, 0),
                                .name = db_get_text(rows, 1),
                                .on = db_get_u64(rows, 2) != 0,
                                .version = (unsigned)db_get_u64(rows, 3),
                                .text = "",
                                .created_at = db_get_time(rows, 5),
                                .updated_at = db_get_time(rows, 6),
                                .most_a_day = (unsigned)db_get_u64(rows, 7),
                                .why = db_get_text(rows, 8),
                                .active = db_get_u64(rows, 9),
                                .paused = db_get_u64(rows, 10),
                                .done = db_get_u64(rows, 11),
                                .stopped = db_get_u64(rows, 12) };
    return plan_enrols_parse(db_get_text(rows, 4), &p->enrols) ? RC_FAIL : RC_OK;
}

enum rc contact_plan_read(struct db *db, uint64_t id, unsigned version, struct arena *arena,
                          struct contact_plan *out)
{
    struct contact_plan p;
    struct db_rows *rows;
    enum rc rc = db_query(db, SQL_READ, DB_IN(db_u64(id)), &rows), end;

    if (rc)
        return rc;
    rc = db_next(rows) ? map_row(rows, &p) : RC_NOTFOUND;
    if (!rc) {
        p.name = arena_copy(arena, p.name, strlen(p.name));
        p.why = arena_copy(arena, p.why, strlen(p.why));
    }
    end = db_rows_end(rows);
    if (rc || end)
        return end ? end : rc;
    if (!p.name || !p.why)
        return RC_FAIL;
    p.version = version ? version : p.version;
    rc = plan_text_read(db, id, p.version, arena, &p.text);
    if (!rc)
        *out = p;
    return rc;
}

enum rc contact_plan_find(struct db *db, const char *name, uint64_t *id)
{
    return db_query_u64(db, SQL_FIND, DB_IN(db_text(name)), id);
}

enum rc contact_plan_list(struct db *db, void (*each)(void *arg, const struct contact_plan *p),
                          void *arg)
{
    struct db_rows *rows;
    struct contact_plan p;
    enum rc rc = db_query(db, SQL_LIST, DB_NO_INPUT, &rows), end;

    if (rc)
        return rc;
    while (!rc && db_next(rows)) {
        rc = map_row(rows, &p);
        if (!rc)
            each(arg, &p);
    }
    end = db_rows_end(rows);
    return end ? end : rc;
}

/* --- set --- */

struct setting {
    const struct contact_plan_change *change;
    const struct contact_plan_settings *settings;
    struct contact_plan was; /* id 0: there was none */
    struct contact_plan_text text;
    struct plan_means *means; /* one a step */
    uint64_t id, walk_id, audit_id;
    unsigned version;
    utc_us now;
    struct arena arena;
    struct error *err;
};

/* What a code or a name stands for; "": 0. */
static enum rc find_code(struct db *db, const char *sql, const char *what, const char *code,
                         uint64_t *id, struct error *err)
{
    enum rc rc;

    *id = 0;
    if (!*code)
        return RC_OK;
    rc = db_query_u64(db, sql, DB_IN(db_text(code)), id);
    return rc == RC_NOTFOUND
               ? error_set(err, RC_INVALID, "%s: there is none of that name: \"%.64s\"", what, code)
               : rc;
}

static enum rc check_outcomes(struct db *db, const char *outcomes, struct error *err)
{
    char code[CONTACT_PLAN_OUTCOMES_MAX + 1];
    enum rc rc = RC_OK;

    for (const char *p = outcomes; !rc && *p; p += strspn(p, ", ")) {
        const size_t len = strcspn(p, ",");
        uint64_t id;
        snprintf(code, sizeof(code), "%.*s", (int)len, p);
        rc = find_code(db, SQL_OUTCOME, "when outcome", code, &id, err);
        p += len;
    }
    return rc;
}

static enum rc check_rule(struct db *db, struct setting *s, const char *what, const char *rule)
{
    const uint64_t nobody = 0;
    bool in;
    enum rc rc = plan_rule_ask(db, rule, 0, &nobody, 1, s->settings->occasions->timezone, &s->arena,
                               &in, s->err);

    if (rc == RC_INVALID)
        error_prefix(s->err, "%s", what);
    return rc;
}

static enum rc find_team(struct db *db, struct setting *s, uint64_t *id)
{
    enum rc rc = find_code(db, SQL_TEAM, "team", s->text.team, id, s->err);

    if (rc || *id)
        return rc;
    rc = db_query_u64(db, SQL_ONLY_TEAM, DB_NO_INPUT, id);
    return rc == RC_NOTFOUND
               ? error_set(s->err, RC_INVALID,
                           "team: expected the team that calls the customers whom nobody looks "
                           "after (team CODE, above the first step; relaisctl team list)")
               : rc;
}

/* What the step's names stand for, and whether its rule can be asked. */
static enum rc look_up_step(struct db *db, struct setting *s, size_t i)
{
    const struct plan_step *step = &s->text.steps[i];
    struct plan_means *means = &s->means[i];
    uint64_t team = 0;
    enum rc rc = check_rule(db, s, "when", step->rule);

    if (!rc)
        rc = check_outcomes(db, step->outcomes, s->err);
    if (!rc)
        rc = find_code(db, SQL_POLICY, "policy", step->policy, &means->policy_id, s->err);
    if (rc == RC_INVALID)
        error_prefix(s->err, "line %u", step->line);
    if (!rc && step->kind == PLAN_CALL)
        rc = find_team(db, s, &team);
    means->team_id = (unsigned)team;
    return rc;
}

static enum rc look_up(struct db *db, struct setting *s)
{
    enum rc rc = check_rule(db, s, "for", s->text.rule);

    s->means = arena_alloc(&s->arena, (s->text.n_steps + 1) * sizeof(*s->means));
    if (!rc && !s->means)
        rc = RC_FAIL;
    for (size_t i = 0; !rc && i < s->text.n_steps; i++)
        rc = look_up_step(db, s, i);
    return rc;
}

/* The next number under which no step is left over from an attempt that was never finished. */
static enum rc choose_version(struct db *db, struct setting *s)
{
    char name[OCCASION_NAME_MAX * 4 + 1];
    uint64_t taken = 1;
    enum rc rc = RC_OK;

    s->version = s->was.version;
    for (int n = 0; !rc && taken && n < NAMES_MAX; n++) {
        struct db_value begins;
        snprintf(name, sizeof(name), "%s v%u.", s->change->name, ++s->version);
        begins = db_text(name);
        rc = db_query_u64(db, SQL_NAMED, DB_IN(begins, begins, begins, begins), &taken);
    }
    return rc;
}

/* What makes the messages of a step. It is idle until the version is there. */
static enum rc make_occasion(struct db *db, struct setting *s, size_t i, bool check_only)
{
    const struct plan_step *step = &s->text.steps[i];
    char name[OCCASION_NAME_MAX * 4 + 1];
    const struct occasion_plan plan = { .name = name,
                                        .kind = occasion_kind_entry(OCCASION_PLAN_STEP)->name,
                                        .template = *step->template ? step->template : NULL,
                                        .body = *step->text ? step->text : NULL,
                                        .channel = reach_name(step->reach),
                                        .mail_template =
                                            *step->mail_template ? step->mail_template : NULL,
                                        .sender = *step->sender ? step->sender : NULL,
                                        .days = -1,
                                        .expires_s = s->text.late_days * SEC_PER_DAY,
                                        .transliterate = -1,
                                        .of_plan = true,
                                        .check_only = check_only,
                                        .any_class = !step->has_class,
                                        .class = step->has_class ? step->class : CLASS_PROMO };
    uint64_t id = 0;
    enum rc rc;

    if (step->kind != PLAN_WRITE)
        return RC_OK;
    snprintf(name, sizeof(name), "%s v%u.%zu", s->change->name, s->version, i + 1);
    rc = occasion_set(db, &plan, s->settings->occasions, s->change->who, &id, s->err);
    if (!rc && !check_only)
        rc = occasion_switch(db, id, true, s->change->who, s->err);
    if (rc == RC_INVALID || rc == RC_NOTFOUND || rc == RC_CONFLICT) {
        error_prefix(s->err, "line %u", step->line);
        return rc == RC_NOTFOUND ? RC_INVALID : rc;
    }
    if (!rc)
        s->means[i].occasion_id = id;
    return rc;
}

static enum rc write_steps(struct db *db, const struct setting *s)
{
    enum rc rc = RC_OK;

    for (size_t i = 0; !rc && i < s->text.n_steps; i++) {
        const struct plan_means *m = &s->means[i];
        rc = db_run(db, SQL_STEP,
                    DB_IN(db_u64(s->id), db_u64(s->version), db_u64(i + 1),
                          m->occasion_id ? db_u64(m->occasion_id) : db_null(),
                          m->policy_id ? db_u64(m->policy_id) : db_null(),
                          m->team_id ? db_u64(m->team_id) : db_null()),
                    NULL);
    }
    return rc;
}

static enum rc write_plan(struct db *db, const struct setting *s)
{
    const struct db_value now = db_time(s->now), version = db_u64(s->version),
                          enrols = db_text(plan_enrols_name(s->text.enrols));
    uint64_t changed = 1;
    enum rc rc =
        s->was.id
            ? db_run(db, SQL_CHANGE,
                     DB_IN(version, enrols, now, db_u64(s->id), db_u64(s->was.version)), &changed)
            : db_run(db, SQL_CREATE,
                     DB_IN(db_u64(s->id), db_text(s->change->name), version, enrols, now, now),
                     NULL);

    if (rc == RC_CONFLICT || (!rc && !changed))
        return error_set(s->err, RC_CONFLICT,
                         "%s was changed by somebody else just now: look again", s->change->name);
    return rc;
}

static enum rc set_body(struct db *db, void *arg)
{
    const struct setting *s = arg;
    const struct contact_plan_change *c = s->change;
    enum rc rc = write_plan(db, s);

    if (!rc)
        rc = db_run(db, SQL_VERSION,
                    DB_IN(db_u64(s->id), db_u64(s->version), db_text(c->text), db_time(s->now),
                          db_text(c->who)),
                    NULL);
    if (!rc)
        rc = write_steps(db, s);
    if (!rc && s->was.id && c->move)
        rc = db_run(
            db, SQL_WALK_MOVE,
            DB_IN(db_u64(s->walk_id), db_u64(s->id), db_text(""), db_text(c->who), db_time(s->now)),
            NULL);
    return rc ? rc
              : audit_write(db, &(struct audit_entry){ .id = s->audit_id,
                                                       .at = s->now,
                                                       .who = c->who,
                                                       .verb = s->was.id ? "change" : "create",
                                                       .subject = AUDIT_PLAN,
                                                       .subject_id = s->id,
                                                       .detail = c->name });
}

static enum rc check_name(const char *name, struct error *err)
{
    enum rc rc = template_name_check("plan", name, err);

    if (!rc && utf8_length(name, strlen(name)) > CONTACT_PLAN_NAME_MAX)
        rc = error_set(err, RC_INVALID, "name: expected at most %d characters",
                       CONTACT_PLAN_NAME_MAX);
    return rc;
}

static enum rc read_known(struct db *db, struct setting *s)
{
    uint64_t id;
    enum rc rc = contact_plan_find(db, s->change->name, &id);

    if (rc)
        return rc == RC_NOTFOUND ? RC_OK : rc;
    return contact_plan_read(db, id, 0, &s->arena, &s->was);
}

static enum rc make_version(struct db *db, struct setting *s)
{
    enum rc rc = look_up(db, s);

    if (!rc)
        rc = choose_version(db, s);
    for (size_t i = 0; !rc && i < s->text.n_steps; i++)
        rc = make_occasion(db, s, i, true);
    for (size_t i = 0; !rc && i < s->text.n_steps; i++)
        rc = make_occasion(db, s, i, false);
    s->id = s->was.id;
    if (!rc && !s->id)
        rc = db_new_ids(db, "contact_plan", 1, &s->id);
    if (!rc)
        rc = db_new_ids(db, "contact_plan_walk", 1, &s->walk_id);
    if (!rc)
        rc = audit_new_id(db, &s->audit_id);
    return rc ? rc : db_transaction(db, set_body, s);
}

enum rc contact_plan_set(struct db *db, const struct contact_plan_change *change,
                         const struct contact_plan_settings *settings,
                         struct contact_plan_made *out, struct error *err)
{
    struct setting s = { .change = change, .settings = settings, .now = clock_now(), .err = err };
    bool same;
    enum rc rc = check_name(change->name, err);

    arena_init(&s.arena);
    if (!rc)
        rc = contact_plan_parse(change->text, &s.arena, &s.text, err);
    if (!rc)
        rc = read_known(db, &s);
    same = !rc && s.was.id && strcmp(s.was.text, change->text) == 0 && !change->move;
    if (!rc && !same)
        rc = make_version(db, &s);
    if (!rc)
        *out = same ? (struct contact_plan_made){ s.was.id, s.was.version, false }
                    : (struct contact_plan_made){ s.id, s.version, true };
    arena_close(&s.arena);
    return rc;
}

/* --- switched, and walked --- */

struct command {
    uint64_t id, walk_id, audit_id, changed;
    int64_t most; /* of those who begin in a day; below 0: as it was */
    const char *verb, *rule, *who, *name;
    utc_us now;
};

static enum rc write_audit(struct db *db, const struct command *c)
{
    return audit_write(db, &(struct audit_entry){ .id = c->audit_id,
                                                  .at = c->now,
                                                  .who = c->who,
                                                  .verb = c->verb,
                                                  .subject = AUDIT_PLAN,
                                                  .subject_id = c->id,
                                                  .detail = c->name });
}

static enum rc switch_body(struct db *db, void *arg)
{
    struct command *c = arg;
    const struct db_value state = db_text(c->verb);
    enum rc rc = db_run(db, SQL_SWITCH,
                        DB_IN(state, db_time(c->now), c->most < 0 ? db_null() : db_i64(c->most),
                              db_u64(c->id), state),
                        &c->changed);

    return rc || !c->changed ? rc : write_audit(db, c);
}

enum rc contact_plan_switch(struct db *db, uint64_t id, bool on, int64_t most, const char *who,
                            struct error *err)
{
    struct command c = {
        .id = id, .verb = on ? "on" : "off", .most = most, .who = who, .now = clock_now()
    };
    struct contact_plan p;
    struct arena arena;
    enum rc rc;

    arena_init(&arena);
    rc = contact_plan_read(db, id, 0, &arena, &p);
    if (!rc)
        rc = audit_new_id(db, &c.audit_id);
    if (!rc) {
        c.name = p.name;
        rc = db_transaction(db, switch_body, &c);
    }
    if (!rc && !c.changed)
        rc = error_set(err, RC_CONFLICT, "%s is %s already", p.name, c.verb);
    arena_close(&arena);
    return rc;
}

static enum rc walk_body(struct db *db, void *arg)
{
    const struct command *c = arg;
    enum rc rc = db_run(db, SQL_WALK_ENROL,
                        DB_IN(db_u64(c->walk_id), db_u64(c->id), db_text(c->rule), db_text(c->who),
                              db_time(c->now)),
                        NULL);

    return rc ? rc : write_audit(db, c);
}

enum rc contact_plan_enrol_audience(struct db *db, uint64_t id, const char *rule, const char *who,
                                    uint64_t *walk_id, struct error *err)
{
    struct command c = { .id = id, .verb = "enrol", .rule = rule, .who = who, .now = clock_now() };
    const uint64_t nobody = 0;
    struct contact_plan p;
    struct arena arena;
    bool in;
    enum rc rc;

    arena_init(&arena);
    rc = contact_plan_read(db, id, 0, &arena, &p);
    if (!rc)
        rc = plan_rule_ask(db, rule, 0, &nobody, 1, NULL, &arena, &in, err);
    if (!rc)
        rc = db_new_ids(db, "contact_plan_walk", 1, &c.walk_id);
    if (!rc)
        rc = audit_new_id(db, &c.audit_id);
    if (!rc) {
        c.name = p.name;
        rc = db_transaction(db, walk_body, &c);
    }
    if (!rc)
        *walk_id = c.walk_id;
    arena_close(&arena);
    return rc;
}
