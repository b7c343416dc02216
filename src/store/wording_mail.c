/* wording_mail.c - what texts of mails have more: a subject, a look, and a foot. */
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/buffer.h"
#include "domain/utf8.h"
#include "store/wording_private.h"

#define SUBJECT_BYTES (4 * SUBJECT_MAX)

/* How to refuse the next one, in the words of the text's language. */
static const char *refusal(const char *language)
{
    return strcmp(language, "fr") == 0 ? "[Se d\xc3\xa9sinscrire](" TEMPLATE_UNSUBSCRIBE ")"
                                       : "[Unsubscribe](" TEMPLATE_UNSUBSCRIBE ")";
}

/* --- open --- */

static enum rc check_line(const char *subject, struct error *err)
{
    const size_t len = strlen(subject);

    if (!len)
        return error_set(err, RC_INVALID, "a mail needs one");
    if (utf8_length(subject, len) > SUBJECT_MAX)
        return error_set(err, RC_INVALID, "longer than %d characters", SUBJECT_MAX);
    if (strpbrk(subject, "\r\n"))
        return error_set(err, RC_INVALID, "expected one line");
    return RC_OK;
}

enum rc wording_subject_check(const char *subject, struct error *err)
{
    enum rc rc;

    subject = subject ? subject : "";
    rc = utf8_valid(subject, strlen(subject), NULL) ? check_line(subject, err)
                                                    : error_set(err, RC_INVALID, "expected UTF-8");
    if (rc)
        error_prefix(err, "subject");
    return rc;
}

static enum rc check_subject(const struct template *t, const char *subject, struct error *err)
{
    enum rc rc = check_line(subject, err);

    if (rc)
        return rc;
    if (template_link(t, 0) || template_has_stop(t))
        return error_set(err, RC_INVALID, "{{link...}} and {{stop}} can only stand in the text");
    return RC_OK;
}

static enum rc open_subject(struct db *db, struct wording *w, struct text *t, const char *subject,
                            struct arena *arena, struct error *err)
{
    enum rc rc;

    subject = subject ? subject : "";
    rc = template_parse(subject, arena, &t->subject, err);
    if (!rc)
        rc = check_subject(t->subject, subject, err);
    if (rc)
        return rc == RC_INVALID ? wording_refuse(w, t, "subject", err) : rc;
    return wording_find(db, w, t, "subject", t->subject, t->subject_own, err);
}

/* Below a line across, in small print: who we are, and how to refuse, if the text does not say it
 * itself. Article L34-5 CPCE, and RFC 8058 for the header that goes with it. */
static enum rc add_footer(struct wording *w, struct text *t, struct arena *arena)
{
    const struct mail_words *words = w->spec.settings->mail;
    const bool told = template_has_unsubscribe(t->template) || template_has_stop(t->template);
    char footer[1000] = "";
    size_t len = 0;

    if (*words->identity) {
        struct buffer identity;
        buffer_init(&identity, sizeof(footer) / 2);
        markup_escape(&identity, words->identity);
        len = (size_t)snprintf(footer, sizeof(footer), "\n\n---\n~ %s", buffer_text(&identity));
        buffer_close(&identity);
    }
    if (!told)
        len += (size_t)snprintf(footer + len, sizeof(footer) - len, "%s~ %s",
                                len ? "\n" : "\n\n---\n", t->stop);
    if (!len)
        return RC_OK;
    t->footer = arena_copy(arena, footer, len);
    if (!t->footer)
        return RC_FAIL;
    template_wrap(t->template, NULL, t->footer);
    return RC_OK;
}

bool wording_can_mail(const struct words_settings *settings)
{
    return settings && settings->mail && settings->mail->can_send && *settings->mail->from;
}

enum rc wording_mail_open(struct db *db, struct wording *w, struct text *t, const char *subject,
                          const char *body, struct arena *arena, struct error *err)
{
    const struct words_settings *s = w->spec.settings;
    enum rc rc = markup_check(body, err);

    if (rc)
        return wording_refuse(w, t, "text", err);
    rc = open_subject(db, w, t, subject, arena, err);
    if (rc)
        return rc;
    t->stop = refusal(t->language);
    if (!s || w->spec.class != CLASS_PROMO)
        return RC_OK;
    if (!s->mail || !s->mail->can_unsubscribe)
        return error_set(err, RC_INVALID,
                         "promotions by mail need an address and a way to unsubscribe: set "
                         "mail.from, and public.url or mail_in.domain");
    return add_footer(w, t, arena);
}

/* --- one customer --- */

/* One line of at most SUBJECT_MAX characters, whatever the values are. */
static char *keep_subject(struct arena *arena, const char *text)
{
    const size_t len = strlen(text);
    size_t at = 0;
    char *kept;

    for (size_t n = 0; at < len && n < SUBJECT_MAX; n++)
        (void)utf8_next(text, len, &at);
    kept = arena_copy(arena, text, at);
    for (char *c = kept; c && *c; c++) {
        if ((unsigned char)*c < ' ' || *c == 0x7f)
            *c = ' ';
    }
    return kept;
}

enum rc wording_mail_write(const struct text *t, const struct wording_person *person,
                           struct arena *arena, struct buffer *scratch, struct written *out)
{
    struct template_values values;
    char *subject, *text;

    wording_values(t, t->subject_own, t->subject, person, &values);
    buffer_reset(scratch);
    if (template_render(t->subject, &values, scratch, &out->missing))
        return RC_OK;
    subject = keep_subject(arena, buffer_text(scratch));
    wording_values(t, t->own, t->template, person, &values);
    values.escape = markup_escape;
    buffer_reset(scratch);
    if (template_render(t->template, &values, scratch, &out->missing))
        return RC_OK;
    text = arena_copy(arena, buffer_text(scratch), scratch->len);
    if (!subject || !text)
        return RC_FAIL;
    out->subject = subject;
    out->text = text;
    out->parts = 1;
    return RC_OK;
}
