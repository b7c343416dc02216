/* occasion.c - rows of table occasion: set, switched, found, read. */
#include "store/occasion.h"

#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "domain/utf8.h"
#include "store/audit.h"
#include "store/campaign_row.h"
#include "store/occasion_row.h"
#include "store/recipient.h"
#include "store/template.h"

#define COLUMNS                                                                             \
    "SELECT o.id, o.name, o.kind, o.state = 'on', o.version, o.audience, o.body,"           \
    "       COALESCE(t.name, ''),"                                                          \
    "       COALESCE(t.version <> o.template_version, FALSE)"                               \
    "       OR COALESCE(mt.version <> o.mail_template_version, FALSE), o.sender, "          \
    "o.transliterate,"                                                                      \
    "       o.delay_s, o.at_minute, o.days, o.expires_s, o.cap, o.cap_days, o.since,"       \
    "       o.campaign_id, o.campaign_to, COALESCE(c.state, ''), o.pass_at, o.pass_key,"    \
    "       o.pass_id, o.created_at, o.updated_at,"                                         \
    "       (SELECT COUNT(*) FROM occasion_event e WHERE e.occasion_id = o.id),"            \
    "       o.template_id, o.template_version, o.class, o.channels, COALESCE(mt.name, '')," \
    "       o.mail_template_id, o.mail_template_version"                                    \
    "  FROM occasion o"                                                                     \
    "  LEFT JOIN template t ON t.id = o.template_id"                                        \
    "  LEFT JOIN template mt ON mt.id = o.mail_template_id"                                 \
    "  LEFT JOIN campaign c ON c.id = o.campaign_id"

static const char SQL_READ[] = COLUMNS " WHERE o.id = ?";
static const char SQL_LIST[] = COLUMNS " WHERE o.kind <> 'plan_step' ORDER BY o.name LIMIT 1000";
static const char SQL_FIND[] = "SELECT id FROM occasion WHERE name = ?";

static const char SQL_CREATE[] =
    "INSERT INTO occasion (id, name, kind, audience, template_id, template_version, body, sender,"
    "                      transliterate, delay_s, at_minute, days, expires_s, cap, cap_days,"
    "                      created_at, updated_at, class, channels, mail_template_id,"
    "                      mail_template_version)"
    "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";

/* Its messages have other words from here on: so another campaign, too. */
static const char SQL_CHANGE[] =
    "UPDATE occasion"
    "   SET audience = ?, template_id = ?, template_version = ?, body = ?, sender = ?,"
    "       transliterate = ?, channels = ?, mail_template_id = ?, mail_template_version = ?,"
    "       delay_s = ?, at_minute = ?, days = ?, expires_s = ?, cap = ?, cap_days = ?,"
    "       updated_at = ?,"
    "       pass_key = ?, pass_id = 0, pass_at = IF(state = 'on' AND ?, ?, NULL),"
    "       campaign_id = NULL, campaign_to = NULL, version = version + 1"
    " WHERE id = ? AND version = ?";

/* Who waits is looked at again: it may be due earlier now. */
static const char SQL_LOOK_AGAIN[] = "UPDATE occasion_event"
                                     "   SET due_at = ?"
                                     " WHERE occasion_id = ? AND due_at > ?";

static const char SQL_ON_N[] =
    "SELECT COUNT(*) FROM occasion WHERE state = 'on' AND kind <> 'plan_step'";

static const char SQL_ON[] =
    "UPDATE occasion"
    "   SET state = 'on', since = ?, pass_at = IF(?, ?, NULL), pass_key = ?, pass_id = 0,"
    "       version = version + 1"
    " WHERE id = ? AND state = 'off'";

static const char SQL_OFF[] =
    "UPDATE occasion"
    "   SET state = 'off', since = NULL, pass_at = NULL, campaign_id = NULL, campaign_to = NULL,"
    "       version = version + 1"
    " WHERE id = ? AND state = 'on'";

/* --- read --- */

/* Texts live until the next row. */
static enum rc map_row(const struct db_rows *rows, struct occasion *o)
{
    const char *campaign = db_get_text(rows, 20);

    *o = (struct occasion){
        .id = db_get_u64(rows, 0),
        .name = db_get_text(rows, 1),
        .on = db_get_u64(rows, 3) != 0,
        .version = (unsigned)db_get_u64(rows, 4),
        .audience = db_get_text(rows, 5),
        .body = db_get_text(rows, 6),
        .template = db_get_text(rows, 7),
        .template_changed = db_get_u64(rows, 8) != 0,
        .sender = db_get_text(rows, 9),
        .transliterate = db_get_u64(rows, 10) != 0,
        .rule = { .delay_s = db_get_i64(rows, 11),
                  .at_minute = (int)db_get_i64(rows, 12),
                  .days = (unsigned)db_get_u64(rows, 13),
                  .expires_s = db_get_i64(rows, 14),
                  .cap = (unsigned)db_get_u64(rows, 15),
                  .cap_days = (unsigned)db_get_u64(rows, 16) },
        .since = db_get_time(rows, 17),
        .campaign_id = db_get_u64(rows, 18),
        .campaign_to = db_get_time(rows, 19),
        .campaign_paused = strcmp(campaign, "paused") == 0,
        .campaign_over = strcmp(campaign, "done") == 0 || strcmp(campaign, "cancelled") == 0,
        .pass_at = db_get_time(rows, 21),
        .pass_key = db_get_i64(rows, 22),
        .pass_id = db_get_u64(rows, 23),
        .created_at = db_get_time(rows, 24),
        .updated_at = db_get_time(rows, 25),
        .waiting = db_get_u64(rows, 26),
        .template_id = db_get_u64(rows, 27),
        .template_version = (unsigned)db_get_u64(rows, 28),
        .mail_template = db_get_text(rows, 31),
        .mail_template_id = db_get_u64(rows, 32),
        .mail_version = (unsigned)db_get_u64(rows, 33),
    };
    if (occasion_kind_parse(db_get_text(rows, 2), &o->rule.kind, NULL) ||
        reach_parse(db_get_text(rows, 30), &o->reach))
        return RC_FAIL;
    o->class = occasion_kind_entry(o->rule.kind)->class;
    if (!db_is_null(rows, 29) && message_class_parse(db_get_text(rows, 29), &o->class))
        return RC_FAIL;
    return RC_OK;
}

static enum rc keep(struct arena *arena, const char **text)
{
    *text = arena_copy(arena, *text, strlen(*text));
    return *text ? RC_OK : RC_FAIL;
}

static enum rc read_texts(struct db *db, struct occasion *o, struct arena *arena)
{
    struct template_text *texts;
    enum rc rc =
        template_texts(db, o->template_id, o->template_version, arena, &texts, &o->n_texts);

    if (rc)
        return rc;
    o->texts = texts;
    if (!o->mail_template_id)
        return RC_OK;
    rc = template_texts(db, o->mail_template_id, o->mail_version, arena, &texts, &o->n_mail_texts);
    if (!rc)
        o->mail_texts = texts;
    return rc;
}

enum rc occasion_read(struct db *db, uint64_t id, struct arena *arena, struct occasion *out)
{
    struct occasion o;
    struct db_rows *rows;
    enum rc rc = db_query(db, SQL_READ, DB_IN(db_u64(id)), &rows), end;

    if (rc)
        return rc;
    rc = db_next(rows) ? map_row(rows, &o) : RC_NOTFOUND;
    if (!rc &&
        (keep(arena, &o.name) || keep(arena, &o.audience) || keep(arena, &o.body) ||
         keep(arena, &o.template) || keep(arena, &o.mail_template) || keep(arena, &o.sender)))
        rc = RC_FAIL;
    end = db_rows_end(rows);
    if (end)
        return end;
    if (!rc)
        rc = read_texts(db, &o, arena);
    if (!rc)
        *out = o;
    return rc;
}

enum rc occasion_find(struct db *db, const char *name, uint64_t *id)
{
    return db_query_u64(db, SQL_FIND, DB_IN(db_text(name)), id);
}

enum rc occasion_list(struct db *db, void (*each)(void *arg, const struct occasion *o), void *arg)
{
    struct db_rows *rows;
    struct occasion o;
    enum rc rc = db_query(db, SQL_LIST, DB_NO_INPUT, &rows), end;

    if (rc)
        return rc;
    while (!rc && db_next(rows)) {
        rc = map_row(rows, &o);
        if (!rc)
            each(arg, &o);
    }
    end = db_rows_end(rows);
    return rc ? rc : end;
}

/* --- the pass --- */

bool occasion_has_pass(enum occasion_kind kind)
{
    return kind != OCCASION_PLAN_STEP && !occasion_kind_entry(kind)->by_import;
}

/* Only who becomes inactive from now on: a campaign is for those who have been for long. */
int64_t occasion_pass_start(const struct occasion_rule *rule, utc_us now)
{
    return rule->kind == OCCASION_INACTIVE ? now - (int64_t)rule->days * SEC_PER_DAY * USEC_PER_SEC
                                           : 0;
}

/* --- set --- */

struct setting {
    const struct occasion_plan *plan;
    struct occasion o; /* as it will be */
    uint64_t audit_id;
    enum template_kind kind; /* of a template of its own */
    bool known, own_template, days_changed;
    const char *who;
    utc_us now;
    struct error *err;
};

static void order_of_nobody(void *arg, uint64_t customer_id,
                            const char *values[TEMPLATE_FIELD_COUNT])
{
    (void)arg;
    (void)customer_id;
    (void)values;
}

static enum rc take_rule(struct setting *s)
{
    const struct occasion_plan *p = s->plan;
    struct occasion_rule *r = &s->o.rule;
    enum occasion_kind kind;
    enum rc rc = RC_OK;

    if (s->known && r->kind == OCCASION_PLAN_STEP)
        return error_set(s->err, RC_CONFLICT,
                         "%s is a step of a contact plan: it is changed with the plan", p->name);
    if (p->kind) {
        rc = occasion_kind_parse(p->kind, &kind, s->err);
        if (!rc && (kind == OCCASION_PLAN_STEP) != p->of_plan)
            return occasion_kind_parse("", &kind, s->err);
        if (!rc && s->known && kind != r->kind)
            return error_set(
                s->err, RC_CONFLICT,
                "kind: %s is of kind %s, and stays so: give the other one another name", p->name,
                occasion_kind_entry(r->kind)->name);
        if (!rc)
            r->kind = kind;
    } else if (!s->known) {
        return occasion_kind_parse("", &kind, s->err);
    }
    if (!rc && p->delay)
        rc = occasion_delay_parse(p->delay, &r->delay_s, s->err);
    if (!rc && p->at)
        rc = occasion_at_parse(p->at, &r->at_minute, s->err);
    if (!rc && p->cap)
        rc = occasion_cap_parse(p->cap, &r->cap, &r->cap_days, s->err);
    if (rc)
        return rc;
    if (p->days >= 0) {
        s->days_changed = r->days != (unsigned)p->days;
        r->days = (unsigned)p->days;
    }
    if (p->expires_s >= 0)
        r->expires_s = p->expires_s;
    return occasion_rule_check(r, s->err);
}

void occasion_words_set(const struct occasion *o, struct recipients_spec *spec)
{
    spec->class = o->class;
    spec->reach = o->reach;
    spec->texts = o->texts;
    spec->n_texts = o->n_texts;
    spec->mail_texts = o->mail_texts;
    spec->n_mail_texts = o->n_mail_texts;
}

static const char *or_null(const char *name)
{
    return name && *name ? name : NULL;
}

/* What it says now, of a channel that it goes on with, where the plan gives nothing else. */
static void keep_words(const struct setting *s, enum reach before, struct campaign_plan *plan)
{
    const bool sms = reach_has(plan->reach, CHANNEL_SMS) && reach_has(before, CHANNEL_SMS);

    if (!plan->mail_template && reach_has(plan->reach, CHANNEL_EMAIL) &&
        !(plan->reach == REACH_EMAIL && plan->template))
        plan->mail_template = or_null(s->o.mail_template);
    if (!plan->template && !plan->body && sms)
        plan->template = or_null(s->o.template);
    if (!plan->sender && sms)
        plan->sender = s->o.sender;
}

static void set_words(struct setting *s, const struct campaign_words *words)
{
    struct occasion *o = &s->o;

    s->own_template = !words->template_id;
    s->kind = words->kind;
    o->template_id = words->template_id;
    o->template_version = words->version;
    o->texts = words->texts;
    o->n_texts = words->n_texts;
    o->body = words->texts[0].body;
    o->mail_template_id = words->mail_template_id;
    o->mail_version = words->mail_version;
    o->mail_texts = words->mail_texts;
    o->n_mail_texts = words->n_mail_texts;
    if (s->plan->any_class)
        o->class = words->class;
}

/* Channels, texts and sender of the plan, or those that it has. */
static enum rc take_words(struct db *db, struct setting *s,
                          const struct campaign_settings *settings, struct arena *arena)
{
    const struct occasion_plan *p = s->plan;
    const enum reach before = s->o.reach;
    struct campaign_plan plan = { .name = p->name,
                                  .class = s->o.class,
                                  .any_class = p->any_class,
                                  .reach = before,
                                  .template = p->template,
                                  .mail_template = p->mail_template,
                                  .body = p->body,
                                  .sender = p->sender };
    struct campaign_words words;
    bool moves;
    enum rc rc = RC_OK;

    if (p->channel && reach_parse(p->channel, &plan.reach))
        return error_set(s->err, RC_INVALID, REACH_EXPECTED, p->channel);
    moves = !s->known || plan.reach != before;
    if (s->known)
        keep_words(s, before, &plan);
    if (p->template || p->body || p->mail_template || moves) {
        rc = campaign_plan_words(db, &plan, settings, arena, &words, s->err);
        if (rc)
            return rc;
        s->o.reach = plan.reach;
        set_words(s, &words);
    }
    if (p->sender || moves)
        rc = campaign_plan_sender(&plan, s->o.class, settings, arena, &s->o.sender, s->err);
    return rc;
}

/* Rule, codes in it, text and its places, sender: as a campaign is checked. */
static enum rc check(struct db *db, struct setting *s, const struct campaign_settings *settings,
                     struct arena *arena)
{
    const struct occasion_kind_entry *kind = occasion_kind_entry(s->o.rule.kind);
    struct recipients_spec spec = {
        .audience = s->o.audience,
        .words = settings->words,
        .transliterate = s->o.transliterate,
        .order = kind->has_order ? order_of_nobody : NULL,
        .now = s->now,
        .timezone = settings->timezone,
        .sender = s->o.sender,
    };
    struct recipients recipients;
    enum rc rc;

    occasion_words_set(&s->o, &spec);
    rc = recipients_open(db, &spec, arena, &recipients, s->err);
    recipients_close(&recipients);
    return rc;
}

static enum rc take_plan(struct db *db, struct setting *s, const struct campaign_settings *settings,
                         struct arena *arena)
{
    const struct occasion_plan *p = s->plan;
    enum rc rc = take_rule(s);

    if (rc)
        return rc;
    s->o.class = p->of_plan ? p->class : occasion_kind_entry(s->o.rule.kind)->class;
    if (p->audience)
        s->o.audience = p->audience;
    if (p->transliterate >= 0)
        s->o.transliterate = p->transliterate != 0;
    rc = take_words(db, s, settings, arena);
    return rc ? rc : check(db, s, settings, arena);
}

static enum rc write_row(struct db *db, const struct setting *s)
{
    const struct occasion *o = &s->o;
    const struct occasion_rule *r = &o->rule;
    const bool pass = occasion_has_pass(r->kind);
    const struct db_value channels = db_text(reach_name(o->reach)),
                          mail_template =
                              o->mail_template_id ? db_u64(o->mail_template_id) : db_null(),
                          mail_version = o->mail_template_id ? db_u64(o->mail_version) : db_null();
    uint64_t changed;
    enum rc rc;

    if (!s->known) {
        rc = db_run(
            db, SQL_CREATE,
            DB_IN(db_u64(o->id), db_text(o->name), db_text(occasion_kind_entry(r->kind)->name),
                  db_text(o->audience), db_u64(o->template_id), db_u64(o->template_version),
                  db_text(o->body), db_text(o->sender), db_u64(o->transliterate),
                  db_i64(r->delay_s), db_i64(r->at_minute), db_u64(r->days), db_i64(r->expires_s),
                  db_u64(r->cap), db_u64(r->cap_days), db_time(s->now), db_time(s->now),
                  r->kind == OCCASION_PLAN_STEP ? db_text(message_class_name(o->class)) : db_null(),
                  channels, mail_template, mail_version),
            NULL);
        return rc == RC_CONFLICT
                   ? error_set(s->err, rc, "there is an occasion named \"%s\" already", o->name)
                   : rc;
    }
    rc = db_run(db, SQL_CHANGE,
                DB_IN(db_text(o->audience), db_u64(o->template_id), db_u64(o->template_version),
                      db_text(o->body), db_text(o->sender), db_u64(o->transliterate), channels,
                      mail_template, mail_version, db_i64(r->delay_s), db_i64(r->at_minute),
                      db_u64(r->days), db_i64(r->expires_s), db_u64(r->cap), db_u64(r->cap_days),
                      db_time(s->now),
                      db_i64(r->kind == OCCASION_INACTIVE && !s->days_changed
                                 ? o->pass_key
                                 : occasion_pass_start(r, s->now)),
                      db_u64(pass), db_time(s->now), db_u64(o->id), db_u64(o->version)),
                &changed);
    if (!rc && !changed)
        return error_set(s->err, RC_CONFLICT,
                         "%s was changed by somebody else just now: look again", o->name);
    if (!rc)
        rc = db_run(db, SQL_LOOK_AGAIN, DB_IN(db_time(s->now), db_u64(o->id), db_time(s->now)),
                    NULL);
    return rc;
}

static enum rc set_body(struct db *db, void *arg)
{
    struct setting *s = arg;
    enum rc rc = s->own_template ? template_make(db, s->o.template_id, s->o.name, s->kind,
                                                 s->o.texts, s->who, s->now)
                                 : RC_OK;

    if (rc == RC_CONFLICT)
        return error_set(s->err, rc,
                         "there is a template named \"%s\" already: change that one, and set the "
                         "occasion by template",
                         s->o.name);
    if (!rc)
        rc = write_row(db, s);
    if (!rc)
        rc = audit_write(db, &(struct audit_entry){ .id = s->audit_id,
                                                    .at = s->now,
                                                    .who = s->who,
                                                    .verb = s->known ? "change" : "create",
                                                    .subject = AUDIT_OCCASION,
                                                    .subject_id = s->o.id,
                                                    .detail = s->o.name });
    return rc;
}

static enum rc read_known(struct db *db, struct setting *s, struct arena *arena)
{
    uint64_t id;
    enum rc rc = occasion_find(db, s->plan->name, &id);

    if (rc == RC_NOTFOUND) {
        s->o = (struct occasion){ .name = s->plan->name,
                                  .audience = "",
                                  .rule = { .at_minute = OCCASION_AT_ANY } };
        return RC_OK;
    }
    if (!rc)
        rc = occasion_read(db, id, arena, &s->o);
    s->known = true;
    return rc;
}

static enum rc check_name(const char *name, struct error *err)
{
    enum rc rc = template_name_check("occasion", name ? name : "", err);

    if (!rc && utf8_length(name, strlen(name)) > OCCASION_NAME_MAX)
        rc = error_set(err, RC_INVALID, "name: expected at most %d characters", OCCASION_NAME_MAX);
    return rc;
}

enum rc occasion_set(struct db *db, const struct occasion_plan *plan,
                     const struct occasion_settings *settings, const char *who, uint64_t *id,
                     struct error *err)
{
    struct setting s = { .plan = plan, .who = who, .now = clock_now(), .err = err };
    struct arena arena;
    enum rc rc = check_name(plan->name, err);

    arena_init(&arena);
    if (!rc)
        rc = read_known(db, &s, &arena);
    if (!rc)
        rc = take_plan(db, &s, settings->campaign, &arena);
    if (rc || plan->check_only)
        goto out;
    if (s.own_template)
        rc = db_new_ids(db, "template", 1, &s.o.template_id);
    if (!rc && !s.known)
        rc = db_new_ids(db, "occasion", 1, &s.o.id);
    if (!rc)
        rc = audit_new_id(db, &s.audit_id);
    if (!rc)
        rc = db_transaction(db, set_body, &s);
    if (!rc)
        *id = s.o.id;
out:
    arena_close(&arena);
    return rc;
}

/* --- switch --- */

struct switching {
    const struct occasion *o;
    bool on;
    uint64_t audit_id, changed;
    const char *who;
    utc_us now;
};

static enum rc switch_body(struct db *db, void *arg)
{
    struct switching *s = arg;
    const struct occasion *o = s->o;
    enum rc rc = s->on ? db_run(db, SQL_ON,
                                DB_IN(db_time(s->now), db_u64(occasion_has_pass(o->rule.kind)),
                                      db_time(s->now),
                                      db_i64(occasion_pass_start(&o->rule, s->now)), db_u64(o->id)),
                                &s->changed)
                       : db_run(db, SQL_OFF, DB_IN(db_u64(o->id)), &s->changed);

    if (rc || !s->changed)
        return rc;
    return audit_write(db, &(struct audit_entry){ .id = s->audit_id,
                                                  .at = s->now,
                                                  .who = s->who,
                                                  .verb = s->on ? "on" : "off",
                                                  .subject = AUDIT_OCCASION,
                                                  .subject_id = o->id,
                                                  .detail = o->name });
}

enum rc occasion_switch(struct db *db, uint64_t id, bool on, const char *who, struct error *err)
{
    struct switching s = { .on = on, .who = who, .now = clock_now() };
    struct occasion o;
    struct arena arena;
    uint64_t n = 0;
    enum rc rc;

    arena_init(&arena);
    s.o = &o;
    rc = occasion_read(db, id, &arena, &o);
    if (!rc && on)
        rc = db_query_u64(db, SQL_ON_N, DB_NO_INPUT, &n);
    if (!rc && n >= OCCASION_ON_MAX)
        rc = error_set(err, RC_CONFLICT, "%d occasions are on: that is as many as there may be",
                       OCCASION_ON_MAX);
    if (!rc)
        rc = audit_new_id(db, &s.audit_id);
    if (!rc)
        rc = db_transaction(db, switch_body, &s);
    if (!rc && !s.changed)
        rc = error_set(err, RC_CONFLICT, "%s is %s already", o.name, on ? "on" : "off");
    arena_close(&arena);
    return rc;
}
