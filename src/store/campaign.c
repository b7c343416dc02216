/* campaign.c (store) - rows of table campaign: made, found, read. */
#include "store/campaign.h"

#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/buffer.h"
#include "store/audience_saved.h"
#include "store/campaign_row.h"
#include "store/recipient.h"
#include "store/send_window.h"
#include "store/template.h"

#define EXPIRES_MIN_S  60
#define EXPIRES_MAX_S  (30 * SEC_PER_DAY)
#define HOURS_TEXT_MAX 200

static const char SQL_CREATE[] =
    "INSERT INTO campaign (id, name, class, state, audience, template_id, body, sender,"
    "                      transliterate, expires_s, created_at, template_version, send_hours,"
    "                      rate_per_hour, budget_cents, rest_s, channels, mail_template_id,"
    "                      mail_template_version)"
    "VALUES (?, ?, ?, 'draft', ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";

static const char SQL_FIND[] = "SELECT id FROM campaign WHERE name = ?";

#define COLUMNS                                                                                   \
    "SELECT id, name, class, state, sender, transliterate, expires_s, next_customer, audience_n," \
    "       message_n, first_message, last_message, created_at, started_at, finished_at,"         \
    "       audience, body, figures_at, clear_next, send_hours, rate_per_hour, budget_cents,"     \
    "       spent_millicents, start_at, pause_reason, expires_until, start_within_s, rest_s,"     \
    "       channels, mail_template_id, mail_template_version"                                    \
    "  FROM campaign"

static const char SQL_READ[] = COLUMNS " WHERE id = ?";
static const char SQL_LIST[] = COLUMNS " ORDER BY id DESC LIMIT ?";

static const char *const state_names[CAMPAIGN_STATE_COUNT] = {
    [CAMPAIGN_DRAFT] = "draft",         [CAMPAIGN_EXPANDING] = "expanding",
    [CAMPAIGN_SENDING] = "sending",     [CAMPAIGN_PAUSED] = "paused",
    [CAMPAIGN_DONE] = "done",           [CAMPAIGN_CANCELLED] = "cancelled",
    [CAMPAIGN_SCHEDULED] = "scheduled", [CAMPAIGN_WAITING] = "waiting approval",
    [CAMPAIGN_TESTING] = "testing",
};

const char *campaign_state_name(enum campaign_state state)
{
    return state_names[state];
}

/* --- read --- */

enum campaign_state campaign_state_parse(const char *name)
{
    for (int s = 0; s < CAMPAIGN_STATE_COUNT; s++) {
        if (strcmp(state_names[s], name) == 0)
            return (enum campaign_state)s;
    }
    return CAMPAIGN_CANCELLED;
}

/* Texts live until the next row. */
static enum rc map_row(const struct db_rows *rows, struct campaign_row *r, const char **audience,
                       const char **body)
{
    struct campaign *c = &r->campaign;

    *r = (struct campaign_row){
        .transliterate = db_get_u64(rows, 5) != 0,
        .expires_s = db_get_i64(rows, 6),
        .next_customer = db_get_u64(rows, 7),
        .first_message = db_get_u64(rows, 10),
        .last_message = db_get_u64(rows, 11),
        .expires_until = db_get_time(rows, 25),
        .mail_template_id = db_get_u64(rows, 29),
        .mail_version = (unsigned)db_get_u64(rows, 30),
        .rest_s = db_is_null(rows, 27) ? CAMPAIGN_REST_OF_HOUSE : db_get_i64(rows, 27),
        .campaign = {
            .id = db_get_u64(rows, 0),
            .state = campaign_state_parse(db_get_text(rows, 3)),
            .expanded = db_get_u64(rows, 7) == CAMPAIGN_EXPANDED,
            .audience = db_get_u64(rows, 8),
            .messages = db_get_u64(rows, 9),
            .created_at = db_get_time(rows, 12),
            .started_at = db_get_time(rows, 13),
            .finished_at = db_get_time(rows, 14),
            .figures_at = db_get_time(rows, 17),
            .rate_per_hour = db_get_u64(rows, 20),
            .has_budget = !db_is_null(rows, 21),
            .budget_cents = db_get_u64(rows, 21),
            .spent_millicents = db_get_u64(rows, 22),
            .start_at = db_get_time(rows, 23),
            .start_within_s = db_get_i64(rows, 26),
        },
    };
    c->clearing = c->state == CAMPAIGN_CANCELLED && r->first_message &&
                  db_get_u64(rows, 18) <= r->last_message;
    snprintf(c->name, sizeof(c->name), "%s", db_get_text(rows, 1));
    snprintf(c->sender, sizeof(c->sender), "%s", db_get_text(rows, 4));
    snprintf(r->hours, sizeof(r->hours), "%s", db_get_text(rows, 19));
    snprintf(c->pause_reason, sizeof(c->pause_reason), "%s", db_get_text(rows, 24));
    *audience = db_get_text(rows, 15);
    *body = db_get_text(rows, 16);
    return reach_parse(db_get_text(rows, 28), &c->reach) ||
                   message_class_parse(db_get_text(rows, 2), &c->class)
               ? RC_INVALID
               : RC_OK;
}

enum rc campaign_row_read(struct db *db, uint64_t id, struct arena *arena, struct campaign_row *out)
{
    const char *audience, *body;
    struct campaign_row row;
    struct db_rows *rows;
    enum rc rc = db_query(db, SQL_READ, DB_IN(db_u64(id)), &rows), end;

    if (rc)
        return rc;
    if (db_next(rows)) {
        rc = map_row(rows, &row, &audience, &body);
        row.audience = arena_copy(arena, audience, strlen(audience));
        row.body = arena_copy(arena, body, strlen(body));
        if (!rc && (!row.audience || !row.body))
            rc = RC_FAIL;
    } else {
        rc = RC_NOTFOUND;
    }
    end = db_rows_end(rows);
    if (end)
        return end;
    if (!rc)
        rc = campaign_life_read(db, id, arena, &row.life);
    if (!rc)
        *out = row;
    return rc;
}

enum rc campaign_read(struct db *db, uint64_t id, struct campaign *out)
{
    struct campaign_row row;
    struct arena arena;
    enum rc rc;

    arena_init(&arena);
    rc = campaign_row_read(db, id, &arena, &row);
    if (!rc)
        *out = row.campaign;
    arena_close(&arena);
    return rc;
}

enum rc campaign_read_texts(struct db *db, uint64_t id, struct arena *arena, char **audience,
                            char **body)
{
    struct campaign_row row;
    enum rc rc = campaign_row_read(db, id, arena, &row);

    if (!rc) {
        *audience = row.audience;
        *body = row.body;
    }
    return rc;
}

enum rc campaign_find(struct db *db, const char *name, uint64_t *id)
{
    return db_query_u64(db, SQL_FIND, DB_IN(db_text(name)), id);
}

enum rc campaign_list(struct db *db, size_t limit,
                      void (*each)(void *arg, const struct campaign *campaign), void *arg)
{
    struct db_rows *rows;
    enum rc rc = db_query(db, SQL_LIST, DB_IN(db_u64(limit)), &rows), end;

    if (rc)
        return rc;
    while (!rc && db_next(rows)) {
        const char *audience, *body;
        struct campaign_row row;
        rc = map_row(rows, &row, &audience, &body);
        if (!rc)
            each(arg, &row.campaign);
    }
    end = db_rows_end(rows);
    return rc ? rc : end;
}

/* --- create --- */

struct creation {
    const struct campaign_plan *plan;
    const struct campaign_settings *settings;
    const char *sender, *audience;
    struct campaign_words words;
    struct campaign_texts texts;
    struct link_list links;
    uint64_t id;
    bool own_template;
    int64_t expires_s;
    utc_us now;
    struct error *err;
};

static enum rc create_body(struct db *db, void *arg)
{
    const struct creation *c = arg;
    const struct campaign_plan *p = c->plan;
    uint64_t taken;
    enum rc rc = campaign_find(db, p->name, &taken);

    if (rc == RC_OK)
        return error_set(c->err, RC_CONFLICT, "there is a campaign named \"%s\" already", p->name);
    rc = rc == RC_NOTFOUND ? RC_OK : rc;
    if (!rc && c->own_template) {
        rc = template_make(db, c->words.template_id, p->name, c->words.kind, c->words.texts, "",
                           c->now);
        if (rc == RC_CONFLICT)
            error_set(c->err, rc,
                      "there is a template named \"%s\" already: use it, or choose "
                      "another name for the campaign",
                      p->name);
    }
    if (rc)
        return rc;
    rc = db_run(db, SQL_CREATE,
                DB_IN(db_u64(c->id), db_text(p->name), db_text(message_class_name(c->words.class)),
                      db_text(c->audience), db_u64(c->words.template_id),
                      db_text(c->words.texts[0].body), db_text(c->sender), db_u64(p->transliterate),
                      db_i64(c->expires_s), db_time(c->now), db_u64(c->words.version),
                      db_text(p->hours ? p->hours : ""), db_i64(p->rate_per_hour),
                      p->budget_cents ? db_i64(p->budget_cents) : db_null(),
                      p->has_rest ? db_i64(p->rest_s) : db_null(), db_text(reach_name(p->reach)),
                      c->words.mail_template_id ? db_u64(c->words.mail_template_id) : db_null(),
                      c->words.mail_template_id ? db_u64(c->words.mail_version) : db_null()),
                NULL);
    if (rc == RC_CONFLICT)
        error_set(c->err, rc, "there is a campaign named \"%s\" already", p->name);
    if (!rc)
        rc = campaign_life_write(db, c->id, p, &c->texts);
    return rc ? rc : link_list_write(db, c->id, &c->links);
}

enum rc campaign_plan_audience(struct db *db, const struct campaign_plan *plan, struct arena *arena,
                               const char **audience, struct error *err)
{
    const char *rule = plan->audience ? plan->audience : "";
    const char *name = plan->audience_name ? plan->audience_name : "";
    struct audience_row saved;
    enum rc rc;

    if (*rule && *name)
        return error_set(err, RC_INVALID,
                         "audience: expected a rule or a saved audience, not both");
    *audience = rule;
    if (!*name)
        return RC_OK;
    rc = audience_read(db, name, arena, &saved);
    if (rc == RC_NOTFOUND)
        return error_set(err, rc, "no audience is named \"%s\"", name);
    if (!rc)
        *audience = saved.rule;
    return rc;
}

/* The rule as it is kept: as written, but for what may change later or reads ill. It was compiled
 * before, so its size is bounded. */
static enum rc keep_audience(struct db *db, struct creation *c, struct arena *arena)
{
    struct audience_rule *rule;
    struct buffer whole;
    enum rc rc = audience_open(db, c->audience, arena, &rule, c->err);

    if (rc || !(audience_is_json(c->audience) || audience_speaks_of_others(rule)))
        return rc;
    buffer_init(&whole, AUDIENCE_TEXT_MAX);
    audience_print_whole(rule, &whole);
    c->audience = arena_copy(arena, buffer_text(&whole), whole.len);
    if (whole.full)
        rc = error_set(c->err, RC_INVALID,
                       "audience: with the audiences that it speaks of it is longer than %d bytes",
                       AUDIENCE_TEXT_MAX);
    else if (!c->audience)
        rc = RC_FAIL;
    else /* parentheses, parts: what they are together must be a rule, too */
        rc = audience_parse(c->audience, arena, &rule, c->err);
    buffer_close(&whole);
    return rc;
}

/* Hours that can be read, and that meet those of promotions at some time of a year. */
static enum rc check_hours(const struct campaign_plan *p, enum message_class class,
                           const struct send_rules *rules, struct error *err)
{
    struct calendar c = { .rules = class == CLASS_PROMO && rules ? &rules->promo : NULL };
    const char *hours = p->hours ? p->hours : "";
    enum rc rc;

    if (strlen(hours) > HOURS_TEXT_MAX)
        return error_set(err, RC_INVALID, "window: expected at most %d characters", HOURS_TEXT_MAX);
    rc = hours_add_list(&c.own, hours, err);
    if (rc) {
        error_prefix(err, "window");
        return rc;
    }
    if (!c.own.n || !c.rules)
        return RC_OK;
    rc = local_zone_open(rules->timezone, &c.zone, err);
    if (rc)
        return rc;
    snprintf(c.country, sizeof(c.country), "%s", rules->country);
    if (calendar_next_open(&c, clock_now()) == CALENDAR_NEVER)
        rc = error_set(err, RC_INVALID,
                       "window: \"%s\" has no time in which promotions may be sent (sending.hours)",
                       hours);
    local_zone_close(c.zone);
    return rc;
}

static enum rc check_plan(struct db *db, struct creation *c, struct arena *arena)
{
    const struct campaign_plan *p = c->plan;
    struct recipients_spec spec;
    struct recipients recipients;
    enum rc rc = template_name_check("campaign", p->name ? p->name : "", c->err);

    if (!rc && !p->any_class && p->class == CLASS_ALERT)
        rc = error_set(c->err, RC_INVALID, "class: expected promo or service");
    if (!rc && (c->expires_s < EXPIRES_MIN_S || c->expires_s > EXPIRES_MAX_S))
        rc = error_set(c->err, RC_INVALID, "expires: expected %d to %lld seconds", EXPIRES_MIN_S,
                       (long long)EXPIRES_MAX_S);
    if (!rc)
        rc = campaign_plan_words(db, p, c->settings, arena, &c->words, c->err);
    if (!rc)
        rc = campaign_life_check(db, p, &c->words, c->settings, arena, &c->texts, c->err);
    if (!rc)
        rc = check_hours(p, c->words.class, c->settings->rules, c->err);
    if (!rc)
        rc = campaign_plan_sender(p, c->words.class, c->settings, arena, &c->sender, c->err);
    if (!rc)
        rc = campaign_plan_audience(db, p, arena, &c->audience, c->err);
    if (rc)
        return rc;
    spec = (struct recipients_spec){ .audience = c->audience,
                                     .sender = c->sender,
                                     .words = c->settings->words,
                                     .links = &c->links,
                                     .transliterate = p->transliterate,
                                     .now = c->now };
    campaign_words_set(&c->words, p->reach, &spec);
    recipients_set_texts(&spec.split, c->texts.list, c->texts.n);
    rc = recipients_open(db, &spec, arena, &recipients, c->err);
    recipients_close(&recipients);
    return rc ? rc : keep_audience(db, c, arena);
}

utc_us campaign_consents_since(const struct campaign_settings *settings, utc_us now)
{
    return settings->consent_ms ? now - settings->consent_ms * USEC_PER_MSEC : 0;
}

enum rc campaign_create(struct db *db, const struct campaign_plan *plan,
                        const struct campaign_settings *settings, uint64_t *id, struct error *err)
{
    struct creation c = {
        .plan = plan,
        .settings = settings,
        .expires_s = plan->expires_s ? plan->expires_s : SEC_PER_DAY,
        .now = clock_now(),
        .err = err,
    };
    struct arena arena;
    enum rc rc;

    arena_init(&arena);
    rc = check_plan(db, &c, &arena);
    if (!rc && !c.words.template_id) {
        c.own_template = true;
        rc = db_new_ids(db, "template", 1, &c.words.template_id);
    }
    if (!rc)
        rc = db_new_ids(db, "campaign", 1, &c.id);
    if (!rc)
        rc = db_transaction(db, create_body, &c);
    if (!rc)
        *id = c.id;
    arena_close(&arena);
    return rc;
}
