/* campaign.c (store) - rows of table campaign: made, found, read. */
#include "store/campaign.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "store/campaign_row.h"
#include "store/recipient.h"
#include "store/template.h"

#define EXPIRES_MIN_S      60
#define EXPIRES_MAX_S      (30 * SEC_PER_DAY)
#define SENDER_MAX         20 /* SMPP 3.4, 5.2.8: 20 characters */
#define SENDER_LETTERS_MAX 11 /* an alphanumeric one: 3GPP TS 23.040, 9.1.2.5 */

static const char SQL_CREATE[] =
    "INSERT INTO campaign (id, name, class, state, audience, template_id, body, sender,"
    "                      transliterate, expires_s, created_at)"
    "VALUES (?, ?, ?, 'draft', ?, ?, ?, ?, ?, ?, ?)";

static const char SQL_OWN_TEMPLATE[] =
    "INSERT INTO template (id, name, body, created_at, updated_at)"
    "VALUES (?, ?, ?, ?, ?)";

static const char SQL_FIND[] = "SELECT id FROM campaign WHERE name = ?";

#define COLUMNS                                                                                   \
    "SELECT id, name, class, state, sender, transliterate, expires_s, next_customer, audience_n," \
    "       message_n, first_message, last_message, created_at, started_at, finished_at,"         \
    "       audience, body, figures_at, clear_next"                                               \
    "  FROM campaign"

static const char SQL_READ[] = COLUMNS " WHERE id = ?";
static const char SQL_LIST[] = COLUMNS " ORDER BY id DESC LIMIT ?";

static const char *const state_names[CAMPAIGN_STATE_COUNT] = {
    [CAMPAIGN_DRAFT] = "draft",
    [CAMPAIGN_EXPANDING] = "expanding",
    [CAMPAIGN_SENDING] = "sending",
    [CAMPAIGN_PAUSED] = "paused",
    [CAMPAIGN_DONE] = "done",
    [CAMPAIGN_CANCELLED] = "cancelled",
    [CAMPAIGN_WAITING] = "waiting approval",
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
        },
    };
    c->clearing = c->state == CAMPAIGN_CANCELLED && r->first_message &&
                  db_get_u64(rows, 18) <= r->last_message;
    snprintf(c->name, sizeof(c->name), "%s", db_get_text(rows, 1));
    snprintf(c->sender, sizeof(c->sender), "%s", db_get_text(rows, 4));
    *audience = db_get_text(rows, 15);
    *body = db_get_text(rows, 16);
    return message_class_parse(db_get_text(rows, 2), &c->class);
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

static enum rc check_sender(const char *sender, struct error *err)
{
    size_t len = strlen(sender), letters = 0;

    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)sender[i];
        if (c < ' ' || c > '~')
            return error_set(err, RC_INVALID, "sender: expected plain ASCII");
        letters += !isdigit(c) && !(c == '+' && i == 0);
    }
    if (!len || len > SENDER_MAX || (letters && len > SENDER_LETTERS_MAX))
        return error_set(err, RC_INVALID,
                         "sender: expected a number of at most %d digits or a name of at most %d "
                         "characters",
                         SENDER_MAX, SENDER_LETTERS_MAX);
    return RC_OK;
}

struct creation {
    const struct campaign_plan *plan;
    const char *sender, *body;
    struct campaign_texts texts;
    uint64_t id, template_id;
    bool own_template;
    int64_t expires_s;
    utc_us now;
    struct error *err;
};

static enum rc create_body(struct db *db, void *arg)
{
    const struct creation *c = arg;
    const struct campaign_plan *p = c->plan;
    enum rc rc = RC_OK;

    if (c->own_template) {
        rc = db_run(db, SQL_OWN_TEMPLATE,
                    DB_IN(db_u64(c->template_id), db_text(p->name), db_text(c->body),
                          db_time(c->now), db_time(c->now)),
                    NULL);
        if (rc == RC_CONFLICT)
            error_set(c->err, rc,
                      "there is a template named \"%s\" already: use it, or choose "
                      "another name for the campaign",
                      p->name);
    }
    if (rc)
        return rc;
    rc = db_run(db, SQL_CREATE,
                DB_IN(db_u64(c->id), db_text(p->name), db_text(message_class_name(p->class)),
                      db_text(p->audience ? p->audience : ""), db_u64(c->template_id),
                      db_text(c->body), db_text(c->sender), db_u64(p->transliterate),
                      db_i64(c->expires_s), db_time(c->now)),
                NULL);
    if (rc == RC_CONFLICT)
        error_set(c->err, rc, "there is a campaign named \"%s\" already", p->name);
    return rc ? rc : campaign_life_write(db, c->id, p, &c->texts);
}

enum rc campaign_plan_body(struct db *db, const struct campaign_plan *plan, struct arena *arena,
                           const char **body, uint64_t *template_id, struct error *err)
{
    struct template_row template;
    enum rc rc;

    if (plan->template && plan->body)
        return error_set(err, RC_INVALID, "expected a template or a text, not both");
    if (plan->body) {
        *body = plan->body;
        *template_id = 0;
        return plan->body[0] ? RC_OK : error_set(err, RC_INVALID, "text: it is empty");
    }
    if (!plan->template)
        return error_set(err, RC_INVALID, "expected a template or a text");
    rc = template_read(db, plan->template, arena, &template);
    if (rc == RC_NOTFOUND)
        return error_set(err, rc, "no template is named \"%s\"", plan->template);
    if (rc)
        return rc;
    *body = template.body;
    *template_id = template.id;
    return RC_OK;
}

static enum rc check_plan(struct db *db, struct creation *c, struct arena *arena)
{
    const struct campaign_plan *p = c->plan;
    struct recipients recipients;
    enum rc rc = template_name_check("campaign", p->name ? p->name : "", c->err);

    if (!rc && p->class == CLASS_ALERT)
        rc = error_set(c->err, RC_INVALID, "class: expected promo or service");
    if (!rc)
        rc = check_sender(c->sender, c->err);
    if (!rc && (c->expires_s < EXPIRES_MIN_S || c->expires_s > EXPIRES_MAX_S))
        rc = error_set(c->err, RC_INVALID, "expires: expected %d to %lld seconds", EXPIRES_MIN_S,
                       (long long)EXPIRES_MAX_S);
    if (!rc)
        rc = campaign_plan_body(db, p, arena, &c->body, &c->template_id, c->err);
    if (!rc)
        rc = campaign_life_check(db, p, c->body, arena, &c->texts, c->err);
    for (unsigned i = 0; !rc && i < c->texts.n; i++) {
        rc = recipients_open(db,
                             &(struct recipients_spec){ .class = p->class,
                                                        .audience = p->audience ? p->audience : "",
                                                        .body = c->texts.bodies[i],
                                                        .transliterate = p->transliterate,
                                                        .now = c->now },
                             arena, &recipients, c->err);
        recipients_close(&recipients);
        if (rc && i)
            error_prefix(c->err, "text %c", (char)('A' + i));
    }
    return rc;
}

enum rc campaign_create(struct db *db, const struct campaign_plan *plan,
                        const struct campaign_settings *settings, uint64_t *id, struct error *err)
{
    struct creation c = {
        .plan = plan,
        .sender = plan->sender,
        .expires_s = plan->expires_s ? plan->expires_s : SEC_PER_DAY,
        .now = clock_now(),
        .err = err,
    };
    struct arena arena;
    enum rc rc;

    if (!c.sender || !c.sender[0])
        c.sender = plan->class == CLASS_PROMO ? settings->promo_sender : settings->service_sender;
    arena_init(&arena);
    rc = check_plan(db, &c, &arena);
    if (!rc && !c.template_id) {
        c.own_template = true;
        rc = db_new_ids(db, "template", 1, &c.template_id);
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
