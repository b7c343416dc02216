/* campaign_words.c - what a campaign says, and as whom. */
#include <string.h>

#include "base/arena.h"
#include "store/campaign_row.h"
#include "store/recipient.h"
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

/* A stored template, for messages of that channel. */
static enum rc read_template(struct db *db, const char *name, enum channel channel,
                             struct arena *arena, struct template_row *out, struct error *err)
{
    enum rc rc = template_read(db, name, arena, out);

    if (rc == RC_NOTFOUND)
        return error_set(err, rc, "no template is named \"%s\"", name);
    if (rc || out->channel == channel)
        return rc;
    return error_set(err, RC_INVALID, "template: \"%s\" is for %s, and this goes by %s", name,
                     channel == CHANNEL_SMS ? "mails" : "SMS",
                     channel == CHANNEL_SMS ? "SMS" : "mail");
}

static enum rc stored_text(struct db *db, const struct campaign_plan *plan, const char *name,
                           enum channel channel, struct arena *arena, struct campaign_words *out,
                           struct error *err)
{
    struct template_row t;
    enum message_class class;
    enum rc rc = read_template(db, name, channel, arena, &t, err);

    if (!rc)
        rc = check_class(plan, &t, &class, err);
    if (!rc)
        *out = (struct campaign_words){ .texts = t.texts,
                                        .n_texts = t.n_texts,
                                        .template_id = t.id,
                                        .version = t.version,
                                        .class = class,
                                        .kind = t.kind };
    return rc;
}

static void set_mail(const struct campaign_words *mail, struct campaign_words *to)
{
    to->mail_texts = mail->texts;
    to->n_mail_texts = mail->n_texts;
    to->mail_template_id = mail->template_id;
    to->mail_version = mail->version;
}

/* A mail has a subject and often files: it is always a stored template. */
static enum rc mail_text(struct db *db, const struct campaign_plan *plan, const char *name,
                         struct arena *arena, struct campaign_words *out, struct error *err)
{
    enum rc rc = stored_text(db, plan, name, CHANNEL_EMAIL, arena, out, err);

    if (!rc)
        set_mail(out, out);
    return rc;
}

/* With two channels, of whichever text promotes the whole campaign is a promotion. */
static enum rc add_mail_text(struct db *db, const struct campaign_plan *plan, const char *name,
                             struct arena *arena, struct campaign_words *to, struct error *err)
{
    struct campaign_words mail;
    enum rc rc = mail_text(db, plan, name, arena, &mail, err);

    if (rc) {
        error_prefix(err, "mail_template");
        return rc;
    }
    set_mail(&mail, to);
    if (plan->any_class && mail.class == CLASS_PROMO && plan->template)
        to->class = CLASS_PROMO;
    return RC_OK;
}

enum rc campaign_plan_words(struct db *db, const struct campaign_plan *plan,
                            const struct campaign_settings *settings, struct arena *arena,
                            struct campaign_words *out, struct error *err)
{
    const char *mail = plan->mail_template && *plan->mail_template ? plan->mail_template : NULL;
    enum rc rc;

    if (plan->template && plan->body)
        return error_set(err, RC_INVALID, "expected a template or a text, not both");
    if (mail && !reach_has(plan->reach, CHANNEL_EMAIL))
        return error_set(err, RC_INVALID,
                         "mail_template: it goes by SMS alone; channel email, or "
                         "sms,email, is one that goes by mail");
    if (plan->reach == REACH_EMAIL) {
        if (plan->body)
            return error_set(err, RC_INVALID,
                             "text: a mail has a subject, too; make a template for it (template "
                             "set NAME --channel email) and name that");
        if (!mail == !plan->template)
            return error_set(err, RC_INVALID, "expected one template, for the mails");
        return mail_text(db, plan, mail ? mail : plan->template, arena, out, err);
    }
    if (!plan->body && !plan->template)
        return error_set(err, RC_INVALID, "expected a template or a text");
    if (plan->reach != REACH_SMS && !mail)
        return error_set(err, RC_INVALID,
                         "mail_template: expected a template for the mails, besides the text of "
                         "the SMS");
    rc = plan->body ? own_text(plan, settings, arena, out, err)
                    : stored_text(db, plan, plan->template, CHANNEL_SMS, arena, out, err);
    return rc || !mail ? rc : add_mail_text(db, plan, mail, arena, out, err);
}

static enum rc read_mail_texts(struct db *db, const struct campaign_row *row, struct arena *arena,
                               struct campaign_words *w)
{
    struct template_text *texts;
    enum rc rc;

    w->mail_template_id = row->mail_template_id;
    w->mail_version = row->mail_version;
    if (!w->mail_template_id)
        return RC_OK;
    rc = template_texts(db, w->mail_template_id, w->mail_version, arena, &texts, &w->n_mail_texts);
    w->mail_texts = texts;
    return rc ? rc : w->n_mail_texts ? RC_OK : RC_NOTFOUND;
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
    if (!rc)
        rc = read_mail_texts(db, row, arena, &w);
    if (rc)
        return rc;
    if (!w.n_texts)
        return RC_NOTFOUND;
    w.texts = texts;
    *out = w;
    return RC_OK;
}

void campaign_words_set(const struct campaign_words *words, enum reach reach,
                        struct recipients_spec *spec)
{
    spec->reach = reach;
    spec->class = words->class;
    spec->texts = words->texts;
    spec->n_texts = words->n_texts;
    spec->mail_texts = words->mail_texts;
    spec->n_mail_texts = words->n_mail_texts;
}

/* By mail there is one address for all: what is answered to it comes in. */
static enum rc mail_sender(const struct campaign_plan *plan,
                           const struct campaign_settings *settings, const char **address,
                           struct error *err)
{
    const struct words_settings *words = settings->words;

    if (!wording_can_mail(words))
        return error_set(err, RC_INVALID, "channel: " WORDING_NO_MAIL);
    if (plan->reach == REACH_EMAIL && plan->sender && *plan->sender)
        return error_set(err, RC_INVALID, "sender: all mails come from %s (mail.from)",
                         words->mail->from);
    *address = words->mail->from;
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
    const char *from = "";
    struct sender sender;
    enum rc rc =
        reach_has(plan->reach, CHANNEL_EMAIL) ? mail_sender(plan, settings, &from, err) : RC_OK;

    if (!rc && plan->reach == REACH_EMAIL) {
        *address = arena_copy(arena, from, strlen(from));
        return *address ? RC_OK : RC_FAIL;
    }
    if (!rc)
        rc = sender_choose(book, plan->sender, class, &sender, err);
    if (rc)
        return rc;
    *address = arena_copy(arena, sender.address, strlen(sender.address));
    return *address ? RC_OK : RC_FAIL;
}
