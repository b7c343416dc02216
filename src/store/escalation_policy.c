/* escalation_policy.c - rows of escalation_policy. */
#include "store/escalation_policy.h"

#include <string.h>

#include "base/arena.h"
#include "base/buffer.h"
#include "domain/utf8.h"
#include "store/audit.h"
#include "store/db.h"
#include "store/matter_look.h"
#include "store/staff.h"

static const char SQL_ALL[] = "SELECT id, name, version, rules, updated_at, COUNT(*) OVER ()"
                              "  FROM escalation_policy"
                              " ORDER BY id";

static const char SQL_FIND[] = "SELECT id FROM escalation_policy WHERE name = ?";

static const char SQL_CREATE[] = "INSERT INTO escalation_policy (id, name, rules, ack_minutes,"
                                 "                               created_at, updated_at)"
                                 "VALUES (?, ?, ?, ?, ?, ?)";

static const char SQL_CHANGE[] =
    "UPDATE escalation_policy"
    "   SET rules = ?, ack_minutes = ?, updated_at = ?, version = version + 1"
    " WHERE id = ?";

/* --- read --- */

static enum rc map_row(const struct db_rows *rows, struct arena *arena,
                       struct escalation_policy_row *p)
{
    const char *name = db_get_text(rows, 1);

    *p = (struct escalation_policy_row){ .id = db_get_u64(rows, 0),
                                         .name = arena_copy(arena, name, strlen(name)),
                                         .version = (unsigned)db_get_u64(rows, 2),
                                         .updated_at = db_get_time(rows, 4) };
    if (!p->name)
        return RC_FAIL;
    return escalation_parse(db_get_text(rows, 3), &p->rules, NULL) ? RC_FAIL : RC_OK;
}

enum rc escalation_policies_read(struct db *db, struct arena *arena,
                                 struct escalation_policies *out)
{
    struct escalation_policies p = { .n = 0 };
    struct db_rows *rows;
    enum rc rc = db_query(db, SQL_ALL, DB_NO_INPUT, &rows), end;

    if (rc)
        return rc;
    while (!rc && db_next(rows)) {
        if (!p.list)
            p.list = arena_alloc(arena, db_get_u64(rows, 5) * sizeof(*p.list));
        rc = p.list ? map_row(rows, arena, &p.list[p.n++]) : RC_FAIL;
    }
    end = db_rows_end(rows);
    if (!rc && !end)
        *out = p;
    return rc ? rc : end;
}

const struct escalation_policy_row *
escalation_policies_get(const struct escalation_policies *policies, uint64_t id)
{
    for (size_t i = 0; i < policies->n; i++) {
        if (policies->list[i].id == id)
            return &policies->list[i];
    }
    return NULL;
}

enum rc escalation_policy_find(struct db *db, const char *name, uint64_t *id)
{
    return db_query_u64(db, SQL_FIND, DB_IN(db_text(name)), id);
}

/* --- set --- */

struct setting {
    const char *name, *rules, *who;
    struct escalation_policy policy;
    uint64_t id, new_id, audit_id;
    utc_us now;
};

static enum rc set_body(struct db *db, void *arg)
{
    struct setting *s = arg;
    const uint64_t ack = (uint64_t)(s->policy.ack_us / (60 * USEC_PER_SEC));
    enum rc rc = escalation_policy_find(db, s->name, &s->id);
    const bool creates = rc == RC_NOTFOUND;

    if (creates) {
        s->id = s->new_id;
        rc = db_run(db, SQL_CREATE,
                    DB_IN(db_u64(s->id), db_text(s->name), db_text(s->rules), db_u64(ack),
                          db_time(s->now), db_time(s->now)),
                    NULL);
    } else if (!rc) {
        rc = db_run(db, SQL_CHANGE,
                    DB_IN(db_text(s->rules), db_u64(ack), db_time(s->now), db_u64(s->id)), NULL);
        if (!rc)
            rc = matter_look_ask(db, MATTER_LOOK_POLICY, s->id); /* steps may be due earlier */
    }
    return rc ? rc
              : audit_write(db, &(struct audit_entry){ .id = s->audit_id,
                                                       .at = s->now,
                                                       .who = s->who,
                                                       .verb = creates ? "create" : "change",
                                                       .subject = AUDIT_ESCALATION,
                                                       .subject_id = s->id,
                                                       .detail = s->name });
}

/* Whoever is named in it works here. */
static enum rc check_people(struct db *db, const struct escalation_policy *policy,
                            struct error *err)
{
    enum rc rc = RC_OK;

    for (size_t i = 0; !rc && i < policy->n; i++) {
        const struct escalation_step *step = &policy->steps[i];
        unsigned id;
        if (step->whom != ESCALATE_PERSON)
            continue;
        rc = staff_by_login(db, step->login, &id);
        if (rc == RC_NOTFOUND)
            rc = error_set(err, RC_INVALID, "step %zu: nobody here has the login \"%s\"", i + 1,
                           step->login);
    }
    return rc;
}

static enum rc check_name(const char *name, struct error *err)
{
    size_t at = 0, n = 0;

    for (const size_t len = strlen(name); at < len; n++) {
        const uint32_t c = utf8_next(name, len, &at);
        if (c == UTF8_BAD || c < ' ' || c == 0x7f || c == '/')
            return error_set(err, RC_INVALID, "expected letters, digits, spaces and signs");
    }
    if (n < 1 || n > ESCALATION_NAME_MAX)
        return error_set(err, RC_INVALID, "expected 1 to %d characters", ESCALATION_NAME_MAX);
    return RC_OK;
}

enum rc escalation_policy_set(struct db *db, const char *name, const char *rules, const char *who,
                              uint64_t *id, const char **field, struct error *err)
{
    struct setting s = { .name = name, .who = who, .now = clock_now() };
    struct buffer text;
    enum rc rc;

    *field = "name";
    rc = check_name(name, err);
    if (rc)
        return rc;
    *field = "steps";
    rc = escalation_parse(rules, &s.policy, err);
    if (!rc)
        rc = check_people(db, &s.policy, err);
    if (rc)
        return rc;
    buffer_init(&text, 2 * ESCALATION_TEXT_MAX);
    escalation_print(&s.policy, &text);
    s.rules = buffer_text(&text);
    rc = text.full ? RC_FAIL : db_new_ids(db, "escalation_policy", 1, &s.new_id);
    if (!rc)
        rc = audit_new_id(db, &s.audit_id);
    if (!rc)
        rc = db_transaction(db, set_body, &s);
    buffer_close(&text);
    if (!rc)
        *id = s.id;
    return rc;
}
