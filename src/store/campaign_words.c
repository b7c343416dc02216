/* campaign_words.c - what a campaign says, and as whom. */
#include <string.h>

#include "base/arena.h"
#include "store/campaign_row.h"
#include "store/template.h"

static const char SQL_VERSION[] = "SELECT template_id, template_version"
                                  "  FROM campaign"
                                  " WHERE id = ?";

static const char *own_language(const struct campaign_settings *settings)
{
    return settings->words ? settings->words->language : "fr";
}

static enum rc own_text(const struct campaign_plan *plan, const struct campaign_settings *settings,
                        struct arena *arena, struct campaign_words *out, struct error *err)
{
    struct template_text *text = arena_alloc(arena, sizeof(*text));
    enum message_class class = plan->any_class ? CLASS_PROMO : plan->class;

    if (!text)
        return RC_FAIL;
    if (!plan->body[0])
        return error_set(err, RC_INVALID, "text: it is empty");
    *text = (struct template_text){ .language = own_language(settings), .body = plan->body };
    *out = (struct campaign_words){
        .texts = text,
        .n_texts = 1,
        .version = 1,
        .class = class,
        .kind = class == CLASS_PROMO ? TEMPLATE_PROMOTIONAL : TEMPLATE_INFORMATIONAL,
    };
    return RC_OK;
}

/* A promotional text is sent to those who agreed to promotions, whatever it is called. */
static enum rc check_class(const struct campaign_plan *plan, const struct template_row *t,
                           enum message_class *class, struct error *err)
{
    *class = plan->any_class ? template_kind_class(t->kind) : plan->class;
    if (*class == CLASS_PROMO || t->kind != TEMPLATE_PROMOTIONAL)
        return RC_OK;
    return error_set(err, RC_INVALID,
                     "class: the template \"%s\" is promotional and cannot go out as a service "
                     "message",
                     t->name);
}

enum rc campaign_plan_words(struct db *db, const struct campaign_plan *plan,
                            const struct campaign_settings *settings, struct arena *arena,
                            struct campaign_words *out, struct error *err)
{
    struct template_row t;
    enum message_class class;
    enum rc rc;

    if (plan->template && plan->body)
        return error_set(err, RC_INVALID, "expected a template or a text, not both");
    if (plan->body)
        return own_text(plan, settings, arena, out, err);
    if (!plan->template)
        return error_set(err, RC_INVALID, "expected a template or a text");
    rc = template_read(db, plan->template, arena, &t);
    if (rc == RC_NOTFOUND)
        return error_set(err, rc, "no template is named \"%s\"", plan->template);
    if (!rc)
        rc = check_class(plan, &t, &class, err);
    if (!rc)
        *out = (struct campaign_words){ t.texts, t.n_texts, t.id, t.version, class, t.kind };
    return rc;
}

enum rc campaign_row_words(struct db *db, const struct campaign_row *row, struct arena *arena,
                           struct campaign_words *out)
{
    struct campaign_words w = { .class = row->campaign.class };
    struct template_text *texts;
    struct db_rows *rows;
    enum rc rc = db_query(db, SQL_VERSION, DB_IN(db_u64(row->campaign.id)), &rows);

    if (rc)
        return rc;
    if (db_next(rows)) {
        w.template_id = db_get_u64(rows, 0);
        w.version = (unsigned)db_get_u64(rows, 1);
    }
    rc = db_rows_end(rows);
    if (!rc)
        rc = template_texts(db, w.template_id, w.version, arena, &texts, &w.n_texts);
    if (rc)
        return rc;
    if (!w.n_texts)
        return RC_NOTFOUND;
    w.texts = texts;
    *out = w;
    return RC_OK;
}

enum rc campaign_plan_sender(const struct campaign_plan *plan, enum message_class class,
                             const struct campaign_settings *settings, struct arena *arena,
                             const char **address, struct error *err)
{
    const struct sender_book alone = { .promo = settings->promo_sender,
                                       .service = settings->service_sender,
                                       .identity = "",
                                       .stop = "",
                                       .stop_en = "" };
    const struct sender_book *book = settings->words ? &settings->words->senders : &alone;
    struct sender sender;
    enum rc rc = sender_choose(book, plan->sender, class, &sender, err);

    if (rc)
        return rc;
    *address = arena_copy(arena, sender.address, strlen(sender.address));
    return *address ? RC_OK : RC_FAIL;
}
