/* wording.c - texts by language, opened once, written for many. */
#include "store/wording.h"

#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/buffer.h"
#include "domain/language.h"
#include "domain/transliterate.h"
#include "store/wording_private.h"

static const char SQL_OWN[] = "SELECT id FROM custom_field WHERE name = ?";

enum rc wording_refuse(const struct wording *w, const struct text *t, const char *what,
                       struct error *err)
{
    if (w->n == 1)
        error_prefix(err, "%s", what);
    else
        error_prefix(err, "%s in %s", what, t->language);
    return RC_INVALID;
}

static enum rc in_text(const struct wording *w, const struct text *t, struct error *err)
{
    return wording_refuse(w, t, "text", err);
}

/* --- open --- */

static enum rc find_own(struct db *db, struct wording *w, const struct template *t, size_t nth,
                        unsigned *own, struct error *err)
{
    const char *name = template_own(t, nth);
    size_t i = 0;
    uint64_t id;
    enum rc rc;

    while (i < w->n_own && strcmp(w->own[i].name, name) != 0)
        i++;
    *own = (unsigned)i;
    if (i < w->n_own)
        return RC_OK;
    if (i == WORDING_OWN_MAX)
        return error_set(err, RC_INVALID, "more than %d different \"{{field...}}\"",
                         WORDING_OWN_MAX);
    rc = db_query_u64(db, SQL_OWN, DB_IN(db_text(name)), &id);
    if (rc == RC_NOTFOUND)
        return error_set(err, RC_INVALID, "at character %zu: unknown field \"%s\"",
                         template_own_place(t, nth), name);
    if (!rc)
        w->own[w->n_own++] = (struct own){ name, id };
    return rc;
}

static enum rc find_links(struct wording *w, struct text *t, struct arena *arena, struct error *err)
{
    const struct words_settings *s = w->spec.settings;
    const char *url;

    for (size_t i = 0; (url = template_link(t->template, i)) != NULL; i++) {
        unsigned n;
        if (link_list_add(w->links, url, &n)) {
            error_set(err, RC_INVALID, "more than %d different links", LINK_CODE_LINKS);
            return in_text(w, t, err);
        }
        t->marks[i] = s && s->links ? link_marker(s->links, n, arena) : url;
        if (!t->marks[i])
            return RC_FAIL;
    }
    return RC_OK;
}

static enum rc check_order(const struct wording *w, const struct template *t, struct error *err)
{
    for (int f = TEMPLATE_CUSTOMER_FIELDS; !w->spec.order && f < TEMPLATE_FIELD_COUNT; f++) {
        if (template_needs(t, (enum template_field)f))
            return error_set(
                err, RC_INVALID,
                "at character %zu: {{%s}} is filled in by occasions alone; with words of its own, "
                "as in {{%s|...}}, it may stand here",
                template_field_place(t, (enum template_field)f),
                template_field_name((enum template_field)f),
                template_field_name((enum template_field)f));
    }
    return RC_OK;
}

enum rc wording_find(struct db *db, struct wording *w, const struct text *t, const char *what,
                     const struct template *template, unsigned own[TEMPLATE_OWN_MAX],
                     struct error *err)
{
    enum rc rc = check_order(w, template, err);

    for (size_t i = 0; !rc && template_own(template, i); i++)
        rc = find_own(db, w, template, i, &own[i], err);
    return rc == RC_INVALID ? wording_refuse(w, t, what, err) : rc;
}

/* What must be in a promotion, and {{stop}} in any text. */
static void complete(const struct wording *w, struct text *t)
{
    const struct sender_book *book = &w->spec.settings->senders;
    const struct promo_rules rules = {
        .identity = sender_identity(book, &w->sender),
        .stop = sender_stop(book, &w->sender, t->language),
        .answerable = sender_can_be_answered(&w->sender),
    };

    t->stop = rules.stop;
    if (w->spec.class == CLASS_PROMO)
        promo_text_complete(t->template, &rules, &t->added);
}

static enum rc check_length(const struct wording *w, struct text *t, struct error *err)
{
    struct template_values values = { .stop = t->stop };
    size_t at;

    memcpy(values.links, t->marks, sizeof(values.links));
    if (template_fits(t->template, &values, w->max_parts, &at))
        return RC_OK;
    error_set(err, RC_INVALID, "at character %zu: too long for %u SMS %s (sms.max_parts)", at,
              w->max_parts, w->max_parts == 1 ? "part" : "parts");
    return in_text(w, t, err);
}

static enum rc open_text(struct db *db, struct wording *w, const struct template_text *from,
                         struct arena *arena, struct error *err)
{
    const bool mail = w->spec.channel == CHANNEL_EMAIL;
    struct text *t = &w->texts[w->n_open++];
    enum rc rc;

    t->language = language_code(from->language);
    if (!t->language)
        return error_set(err, RC_INVALID,
                         "language: expected two letters such as fr or en (ISO 639-1), got \"%s\"",
                         from->language);
    rc = mail ? template_parse_mail(from->body, arena, &t->template, err)
              : template_parse(from->body, arena, &t->template, err);
    if (rc == RC_INVALID)
        return in_text(w, t, err);
    if (!rc)
        rc = wording_find(db, w, t, "text", t->template, t->own, err);
    if (!rc)
        rc = find_links(w, t, arena, err);
    if (rc)
        return rc;
    if (mail)
        return wording_mail_open(db, w, t, from->subject, from->body, arena, err);
    if (w->spec.settings)
        complete(w, t);
    return check_length(w, t, err);
}

enum rc wording_open(struct db *db, const struct wording_spec *spec, struct arena *arena,
                     struct wording **out, struct error *err)
{
    struct wording *w = arena_alloc(arena, sizeof(*w));
    enum rc rc = RC_OK;

    if (!w)
        return error_set(err, RC_FAIL, "no memory");
    if (!spec->n_texts || spec->n_texts > WORDING_TEXTS_MAX)
        return error_set(err, RC_INVALID, "expected a text in 1 to %d languages",
                         WORDING_TEXTS_MAX);
    w->spec = *spec;
    w->n = spec->n_texts;
    w->links = spec->links ? spec->links : &w->own_links;
    w->max_parts =
        spec->settings && spec->settings->max_parts ? spec->settings->max_parts : SMS_PARTS_MAX;
    if (spec->settings && spec->channel == CHANNEL_SMS)
        rc = sender_choose(&spec->settings->senders, spec->sender, spec->class, &w->sender, err);
    for (size_t i = 0; !rc && i < spec->n_texts; i++)
        rc = open_text(db, w, &spec->texts[i], arena, err);
    if (!rc)
        *out = w;
    return rc;
}

const struct link_list *wording_links(const struct wording *w)
{
    return w->links;
}

const struct promo_added *wording_added(const struct wording *w, size_t nth)
{
    return w->spec.settings && w->spec.class == CLASS_PROMO && w->spec.channel == CHANNEL_SMS
               ? &w->texts[nth].added
               : NULL;
}

const char *wording_footer(const struct wording *w, size_t nth)
{
    return w->texts[nth].footer;
}

const char *wording_own(const struct wording *w, size_t nth)
{
    return nth < w->n_own ? w->own[nth].name : NULL;
}

/* --- one customer --- */

static size_t text_for(const struct wording *w, const char *language)
{
    for (size_t i = 0; language && i < w->n; i++) {
        if (strcmp(w->texts[i].language, language) == 0)
            return i;
    }
    return 0;
}

void wording_values(const struct text *t, const unsigned own[TEMPLATE_OWN_MAX],
                    const struct template *template, const struct wording_person *person,
                    struct template_values *values)
{
    *values = (struct template_values){ .stop = t->stop };
    memcpy(values->value, person->value, sizeof(values->value));
    memcpy(values->links, t->marks, sizeof(values->links));
    for (size_t i = 0; template_own(template, i); i++)
        values->own[i] = person->own[own[i]];
}

static enum rc write_sms(const struct wording *w, const struct text *t,
                         const struct wording_person *person, struct arena *arena,
                         struct buffer *scratch, struct written *out)
{
    struct template_values values;
    char plain[SMS_TEXT_SIZE];
    const char *text;
    struct sms_measure m;

    wording_values(t, t->own, t->template, person, &values);
    buffer_reset(scratch);
    if (template_render(t->template, &values, scratch, &out->missing))
        return RC_OK;
    text = buffer_text(scratch);
    if (w->spec.transliterate) {
        if (transliterate_to_gsm7(text, plain, sizeof(plain)))
            return RC_OK;
        text = plain;
    }
    if (sms_text_measure(text, &m) || m.parts > w->max_parts)
        return RC_OK;
    out->text = arena_copy(arena, text, strlen(text));
    out->encoding = m.encoding;
    out->parts = m.parts;
    return out->text ? RC_OK : RC_FAIL;
}

enum rc wording_write(const struct wording *w, const struct wording_person *person,
                      struct arena *arena, struct buffer *scratch, struct written *out)
{
    const struct text *t;

    *out = (struct written){ .missing = "", .nth = text_for(w, person->language) };
    t = &w->texts[out->nth];
    if (w->spec.channel == CHANNEL_EMAIL)
        return wording_mail_write(t, person, arena, scratch, out);
    return write_sms(w, t, person, arena, scratch, out);
}
