/* alert_rule.c - rows of alert_rule, and the matters that alerts become by them. */
#include "store/alert_rule.h"

#include <stdio.h>
#include <string.h>

#include "base/near_name.h"
#include "store/audit.h"
#include "store/db.h"
#include "store/matter_anew.h"

#define PAGE 200

/* A person's team is the team of what is hers. */
static const char SQL_OF_KIND[] =
    "SELECT r.policy_id, COALESCE(s.team_id, r.team_id), r.staff_id,\n"
    "       r.urgent\n"
    "FROM alert_rule r\n"
    "LEFT JOIN staff s ON s.id = r.staff_id\n"
    "WHERE r.kind IN (?, '*')\n"
    "ORDER BY r.kind = '*'\n"
    "LIMIT 1";

static const char SQL_LIST[] =
    "SELECT r.kind, COALESCE(p.name, ''), COALESCE(t.code, ''), COALESCE(s.login, ''), r.urgent,\n"
    "       r.updated_at, r.updated_by\n"
    "FROM alert_rule r\n"
    "LEFT JOIN escalation_policy p ON p.id = r.policy_id\n"
    "LEFT JOIN team t ON t.id = r.team_id\n"
    "LEFT JOIN staff s ON s.id = r.staff_id\n"
    "ORDER BY r.kind";

/* --- applying --- */

static enum rc rule_of(struct db *db, const char *kind, struct matter_draft *draft)
{
    struct db_rows *rows = NULL;
    bool found;
    enum rc rc = db_query(db, SQL_OF_KIND, DB_IN(db_text(kind)), &rows);

    if (rc)
        return rc;
    found = db_next(rows);
    if (found)
        *draft = (struct matter_draft){ .kind = MATTER_ALERT,
                                        .policy_id = db_get_u64(rows, 0),
                                        .team_id = (unsigned)db_get_u64(rows, 1),
                                        .staff_id = (unsigned)db_get_u64(rows, 2),
                                        .urgent = db_get_u64(rows, 3) != 0 };
    rc = db_rows_end(rows);
    return rc ? rc : found ? RC_OK : RC_NOTFOUND;
}

/* `id` of the kind is told as its rule says; without one, nobody is. */
static enum rc apply(struct db *db, const char *kind, uint64_t id, utc_us from,
                     enum matter_cause cause)
{
    struct matter_draft draft;
    enum rc rc = rule_of(db, kind, &draft);

    if (rc == RC_NOTFOUND)
        return matter_settle(db, MATTER_ALERT, id, MATTER_RULE_REMOVED, "");
    if (rc)
        return rc;
    draft.subject_id = id;
    draft.from = from;
    return matter_begin_anew(db, &draft, cause);
}

enum rc alert_rule_apply(struct db *db, const char *kind, uint64_t alert_id, utc_us from)
{
    return apply(db, kind, alert_id, from, MATTER_HAPPENED_AGAIN);
}

/* Open ones that the rule is for: of its kind, or of any that has no rule of its own. */
static const char SQL_OPEN_ALERTS[] =
    "SELECT a.id\n"
    "FROM alert a\n"
    "WHERE a.open_key = 0 AND a.id > ?\n"
    "  AND (a.kind = ? OR (? = '*' AND a.kind NOT IN (SELECT r.kind FROM alert_rule r)))\n"
    "ORDER BY a.id\n"
    "LIMIT 200";

static enum rc read_open(struct db *db, const char *kind, uint64_t after, uint64_t ids[PAGE],
                         size_t *n)
{
    struct db_rows *rows = NULL;
    enum rc rc =
        db_query(db, SQL_OPEN_ALERTS, DB_IN(db_u64(after), db_text(kind), db_text(kind)), &rows);

    *n = 0;
    if (rc)
        return rc;
    while (*n < PAGE && db_next(rows))
        ids[(*n)++] = db_get_u64(rows, 0);
    return db_rows_end(rows);
}

/* Each open alert that the rule is for is told as rules say now. */
static enum rc apply_to_open(struct db *db, const char *kind, enum matter_cause cause)
{
    const utc_us now = clock_now();
    uint64_t ids[PAGE], after = 0;
    size_t n = PAGE;
    enum rc rc = RC_OK;

    while (!rc && n == PAGE) {
        rc = read_open(db, kind, after, ids, &n);
        for (size_t i = 0; !rc && i < n; i++)
            rc = apply(db, kind, ids[i], now, cause);
        after = n ? ids[n - 1] : after;
    }
    return rc;
}

/* --- changing --- */

struct rule_change {
    const struct alert_rule_plan *plan;
    const char *kind, *who, *wrong;
    uint64_t new_id, audit_id, policy_id, team_id, staff_id;
};

static const char SQL_POLICY[] = "SELECT id FROM escalation_policy WHERE name = ?";
static const char SQL_TEAM[] = "SELECT id FROM team WHERE code = ?";
static const char SQL_STAFF[] = "SELECT id FROM staff WHERE login = ? AND left_on IS NULL";
static const char SQL_RULE[] = "SELECT id FROM alert_rule WHERE kind = ? FOR UPDATE";
static const char SQL_REMOVE[] = "DELETE FROM alert_rule WHERE id = ?";

static const char SQL_SET[] =
    "INSERT INTO alert_rule (id, kind, policy_id, team_id, staff_id, urgent, updated_at,\n"
    "  updated_by)\n"
    "VALUES (?, ?, ?, ?, ?, ?, ?, ?)\n"
    "ON DUPLICATE KEY UPDATE policy_id = VALUES(policy_id), team_id = VALUES(team_id),\n"
    "  staff_id = VALUES(staff_id), urgent = VALUES(urgent), updated_at = VALUES(updated_at),\n"
    "  updated_by = VALUES(updated_by)";

/* "" is nobody. Of a name that there is not, *wrong is the field. */
static enum rc find(struct db *db, const char *sql, const char *name, const char *field,
                    uint64_t *id, const char **wrong)
{
    enum rc rc = *name ? db_query_u64(db, sql, DB_IN(db_text(name)), id) : RC_OK;

    if (rc == RC_NOTFOUND)
        *wrong = field;
    return rc == RC_NOTFOUND ? RC_INVALID : rc;
}

static enum rc write_audit(struct db *db, const struct rule_change *c, uint64_t id,
                           const char *verb, const char *detail)
{
    return audit_write(db, &(struct audit_entry){ .id = c->audit_id,
                                                  .at = clock_now(),
                                                  .who = c->who,
                                                  .verb = verb,
                                                  .subject = AUDIT_ALERT_RULE,
                                                  .subject_id = id,
                                                  .detail = detail });
}

/* Whether people are told the same way: what is under way goes on then. */
static bool same(const struct matter_draft *a, const struct matter_draft *b)
{
    return a->policy_id == b->policy_id && a->team_id == b->team_id && a->staff_id == b->staff_id &&
           a->urgent == b->urgent;
}

static enum rc set_body(struct db *db, void *arg)
{
    struct rule_change *c = arg;
    const struct alert_rule_plan *p = c->plan;
    struct matter_draft was = { .policy_id = 0 }, now;
    char detail[300];
    uint64_t id = 0;
    enum rc rc = rule_of(db, p->kind, &was);

    c->policy_id = c->team_id = c->staff_id = 0;
    c->wrong = NULL;
    if (!rc || rc == RC_NOTFOUND)
        rc = find(db, SQL_POLICY, p->policy, "policy", &c->policy_id, &c->wrong);
    if (!rc)
        rc = find(db, SQL_TEAM, p->team, "team", &c->team_id, &c->wrong);
    if (!rc)
        rc = find(db, SQL_STAFF, p->login, "staff", &c->staff_id, &c->wrong);
    if (!rc)
        rc = db_run(db, SQL_SET,
                    DB_IN(db_u64(c->new_id), db_text(p->kind), db_u64(c->policy_id),
                          db_u64(c->team_id), db_u64(c->staff_id), db_u64(p->urgent),
                          db_time(clock_now()), db_text(c->who)),
                    NULL);
    if (!rc)
        rc = db_query_u64(db, SQL_RULE, DB_IN(db_text(p->kind)), &id);
    snprintf(detail, sizeof(detail), "%s: policy %.64s, %s %.64s%s", p->kind, p->policy,
             *p->login ? "staff" : "team", *p->login ? p->login : p->team,
             p->urgent ? ", urgent" : "");
    if (!rc)
        rc = write_audit(db, c, id, "set", detail);
    if (!rc)
        rc = rule_of(db, p->kind, &now);
    return rc ? rc
              : apply_to_open(db, p->kind,
                              same(&was, &now) ? MATTER_RULE_THERE : MATTER_RULE_CHANGED);
}

static enum rc check_kind(const char *kind, struct error *err)
{
    struct near_name near = near_name_to(kind);

    if (strcmp(kind, ALERT_KIND_ANY) == 0)
        return RC_OK;
    for (const struct alert_kind *k = alert_kinds; k->name; k++) {
        if (strcmp(kind, k->name) == 0)
            return RC_OK;
        near_name_try(&near, k->name);
    }
    return error_set(err, RC_INVALID, "there is no kind of alert called \"%.40s\"%s%s%s", kind,
                     near.name ? "; did you mean \"" : "; * is any", near.name ? near.name : "",
                     near.name ? "\"?" : "");
}

static enum rc check_plan(const struct alert_rule_plan *p, const char **field, struct error *err)
{
    enum rc rc = check_kind(p->kind, err);

    *field = "kind";
    if (rc)
        return rc;
    *field = "policy";
    if (!*p->policy)
        return error_set(err, RC_INVALID, "expected the name of an escalation policy");
    *field = "team";
    if (*p->team && *p->login)
        return error_set(err, RC_INVALID, "expected a team or one of the staff, not both");
    return RC_OK;
}

enum rc alert_rule_set(struct db *db, const struct alert_rule_plan *plan, const char *who,
                       const char **field, struct error *err)
{
    struct rule_change c = { .plan = plan, .who = who };
    enum rc rc = check_plan(plan, field, err);

    if (!rc)
        rc = db_new_ids(db, "alert_rule", 1, &c.new_id);
    if (!rc)
        rc = audit_new_id(db, &c.audit_id);
    if (!rc)
        rc = db_transaction(db, set_body, &c);
    if (!c.wrong)
        return rc;
    *field = c.wrong;
    if (strcmp(c.wrong, "policy") == 0)
        return error_set(err, rc,
                         "there is no policy \"%.64s\"; relaisctl escalation list shows them",
                         plan->policy);
    if (strcmp(c.wrong, "team") == 0)
        return error_set(err, rc, "there is no team \"%.64s\"; relaisctl team list shows them",
                         plan->team);
    return error_set(err, rc,
                     "nobody of login \"%.64s\" works here; relaisctl staff list shows who "
                     "does",
                     plan->login);
}

static enum rc remove_body(struct db *db, void *arg)
{
    struct rule_change *c = arg;
    uint64_t id;
    enum rc rc = db_query_u64(db, SQL_RULE, DB_IN(db_text(c->kind)), &id);

    if (!rc)
        rc = db_run(db, SQL_REMOVE, DB_IN(db_u64(id)), NULL);
    if (!rc)
        rc = apply_to_open(db, c->kind, MATTER_RULE_CHANGED);
    return rc ? rc : write_audit(db, c, id, "remove", c->kind);
}

enum rc alert_rule_remove(struct db *db, const char *kind, const char *who)
{
    struct rule_change c = { .kind = kind, .who = who };
    enum rc rc = audit_new_id(db, &c.audit_id);

    return rc ? rc : db_transaction(db, remove_body, &c);
}

/* --- reading --- */

enum rc alert_rules_list(struct db *db, void (*each)(void *arg, const struct alert_rule *rule),
                         void *arg)
{
    struct db_rows *rows = NULL;
    enum rc rc = db_query(db, SQL_LIST, DB_NO_INPUT, &rows);

    if (rc)
        return rc;
    while (db_next(rows)) {
        struct alert_rule rule = { .urgent = db_get_u64(rows, 4) != 0,
                                   .updated_at = db_get_time(rows, 5) };

        snprintf(rule.kind, sizeof(rule.kind), "%s", db_get_text(rows, 0));
        snprintf(rule.policy, sizeof(rule.policy), "%s", db_get_text(rows, 1));
        snprintf(rule.team, sizeof(rule.team), "%s", db_get_text(rows, 2));
        snprintf(rule.login, sizeof(rule.login), "%s", db_get_text(rows, 3));
        snprintf(rule.updated_by, sizeof(rule.updated_by), "%s", db_get_text(rows, 6));
        each(arg, &rule);
    }
    return db_rows_end(rows);
}
