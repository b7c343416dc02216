/* mail_read.c - from the skeleton of a mail to its facts. */
#include "channel/mail/mail_read.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/arena.h"
#include "base/buffer.h"
#include "channel/mail/mail_body.h"
#include "channel/mail/mail_bytes.h"
#include "channel/mail/mail_report.h"
#include "channel/mail/mail_scan.h"
#include "channel/mail/mail_text.h"
#include "channel/mail/mail_value.h"
#include "domain/mail_quote.h"

#define LINE_MAX_BYTES 998 /* of what is for people: a subject, the recipients */

struct mail_read {
    struct mail_source source;
    struct mail_bytes bytes;
    struct mail_skeleton skeleton;
    struct mail_facts facts;
    size_t parts[MAIL_READ_PARTS_MAX]; /* the entities of facts.parts */
};

/* --- headers --- */

/* Headers that MTAs put in front of a mail that they take: where one of another kind stands, or one
 * that is spelled as no MTA does, the sender's own begin. */
static bool is_trace(const struct mail_header *h)
{
    const char *name = h->name;
    static const char *const names[] = {
        "Received",        "Return-Path",    "Delivered-To",
        "X-Original-To",   "Envelope-To",    "Authentication-Results",
        "Received-SPF",    "DKIM-Filter",    "DMARC-Filter",
        "X-Delivered-To",  "X-Envelope-To",  "X-Greylist",
        "X-Virus-Scanned", "X-Virus-Status", "Delivery-Date"
    };

    if (h->is_odd)
        return false;
    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
        if (!strcasecmp(name, names[i]))
            return true;
    }
    return !strncasecmp(name, "ARC-", 4) || !strncasecmp(name, "X-Spam-", 7) ||
           !strncasecmp(name, "X-Rspamd-", 9);
}

/* Is the name that it begins with, up to a blank or ';', the bytes that came? What is made of other
 * charsets, a filter in front did not see so. */
static bool begins_as_it_came(const char *text, const char *came)
{
    return strncmp(text, came, strcspn(text, "; \t")) == 0;
}

static void read_authentication(struct mail_facts *f, struct arena *arena,
                                const struct mail_entity *e)
{
    for (size_t i = 0; i < e->n_headers && is_trace(&e->headers[i]); i++) {
        const struct mail_header *h = &e->headers[i];
        if (strcasecmp(h->name, "Authentication-Results") != 0)
            continue;
        if (f->n_authentication_results == MAIL_READ_AUTH_MAX)
            return;
        const char *text = mail_value_raw(arena, h->value);
        if (begins_as_it_came(text, h->value))
            f->authentication_results[f->n_authentication_results++] = text;
    }
}

static void add_reference(struct mail_facts *f, const char *id)
{
    for (size_t i = 0; i < f->n_references; i++) {
        if (!strcmp(f->references[i], id))
            return;
    }
    if (*id && f->n_references < MAIL_READ_REFS_MAX)
        f->references[f->n_references++] = id;
}

/* The last ones of References are the nearest: they go first, and the oldest are left out. */
static void read_references(struct mail_facts *f, struct arena *arena, const struct mail_entity *e)
{
    const char *reply = mail_header_value(e, "In-Reply-To");
    const char *all = mail_header_value(e, "References");
    const char *last[MAIL_READ_REFS_MAX];
    size_t n = 0;

    for (int i = 0; i < 4 && *reply; i++)
        add_reference(f, mail_value_id(arena, &reply));
    while (*all)
        last[n++ % MAIL_READ_REFS_MAX] = mail_value_id(arena, &all);
    for (size_t i = 0; i < n && i < MAIL_READ_REFS_MAX; i++)
        add_reference(f, last[(n - 1 - i) % MAIL_READ_REFS_MAX]);
}

static void read_headers(struct mail_facts *f, struct arena *arena, const struct mail_entity *e)
{
    const struct {
        const char *name;
        const char **value;
    } raw[] = {
        { "Auto-Submitted", &f->auto_submitted },
        { "Precedence", &f->precedence },
        { "List-Id", &f->list_id },
        { "List-Unsubscribe", &f->list_unsubscribe },
        { "X-Auto-Response-Suppress", &f->suppress },
        { "Return-Path", &f->return_path },
        { "X-Loop", &f->x_loop },
    };
    const char *id = mail_header_value(e, "Message-ID");

    for (size_t i = 0; i < sizeof(raw) / sizeof(*raw); i++)
        *raw[i].value = mail_value_raw(arena, mail_header_value(e, raw[i].name));
    f->from = mail_value_person(arena, mail_header_value(e, "From"));
    f->sender = mail_value_person(arena, mail_header_value(e, "Sender"));
    f->reply_to = mail_value_person(arena, mail_header_value(e, "Reply-To"));
    f->to = mail_value_text(arena, mail_header_value(e, "To"), LINE_MAX_BYTES);
    f->subject = mail_value_text(arena, mail_header_value(e, "Subject"), LINE_MAX_BYTES);
    f->date = mail_value_date(mail_header_value(e, "Date"));
    f->message_id = mail_value_id(arena, &id);
    f->content_type = e->type;
    f->report_type = e->report_type;
    read_references(f, arena, e);
    read_authentication(f, arena, e);
}

/* --- parts --- */

/* Everything but the text itself, its alternatives, and what is read as a report. */
static bool is_part(const struct mail_skeleton *k, const struct mail_entity *e)
{
    const struct mail_entity *parent = &k->entities[e->parent];

    if (e->is_multipart || mail_text_is_shown(e) || mail_report_is_of_it(e))
        return false;
    return strcmp(parent->type, "multipart/alternative") != 0 ||
           strncmp(e->type, "text/", 5) != 0 || !strcmp(e->type, "text/calendar");
}

static void read_parts(struct mail_read *m, struct arena *arena, bool *bad)
{
    struct mail_facts *f = &m->facts;

    for (size_t i = 0; i < m->skeleton.n; i++) {
        const struct mail_entity *e = &m->skeleton.entities[i];
        const char *id = mail_header_value(e, "Content-ID");
        if (!is_part(&m->skeleton, e))
            continue;
        if (f->n_parts == MAIL_READ_PARTS_MAX) {
            f->parts_untold++;
            continue;
        }
        m->parts[f->n_parts] = i;
        f->parts[f->n_parts++] = (struct mail_part){
            .name = e->name,
            .type = e->type,
            .content_id = mail_value_id(arena, &id),
            .is_inline = e->is_inline,
            .size = mail_body_size(&m->bytes, e, bad),
            .message = e->message,
        };
    }
}

/* --- text --- */

static void read_text(struct mail_read *m, struct arena *arena, struct mail_text_odd *odd)
{
    struct mail_facts *f = &m->facts;
    struct buffer text;
    char *fresh;

    buffer_init(&text, MAIL_READ_TEXT_MAX);
    mail_text_read(&m->bytes, &m->skeleton, &text, odd);
    f->text = text.len ? arena_copy(arena, buffer_text(&text), text.len) : "";
    fresh = text.len ? arena_alloc(arena, text.len + 1) : NULL;
    if (fresh)
        mail_quote_strip(f->text, text.len, fresh);
    f->fresh = fresh ? fresh : "";
    f->text_cut = odd->cut;
    f->from_html = odd->from_html;
    if (!f->text)
        f->text = "";
    buffer_close(&text);
}

/* --- the whole --- */

static const char *odd_words(struct arena *arena, const struct mail_skeleton *k,
                             const struct mail_text_odd *odd, bool bad_base64)
{
    const struct {
        bool is;
        const char *words;
    } all[] = {
        { k->no_blank, "no empty line behind the headers" },
        { k->no_end, "a multipart without its end" },
        { k->bad_encoding, "an unknown encoding" },
        { k->has_nul, "NUL in a header" },
        { bad_base64, "bad base64" },
        { odd->guessed_charset, "no charset, or an unknown one" },
        { odd->wrong_charset, "a wrong charset" },
        { odd->cut, "a long text, cut off" },
    };
    struct buffer words;
    const char *out;

    buffer_init(&words, 512);
    for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++) {
        if (all[i].is)
            buffer_printf(&words, "%s%s", words.len ? "; " : "", all[i].words);
    }
    out = words.len ? arena_copy(arena, buffer_text(&words), words.len) : "";
    buffer_close(&words);
    return out ? out : "";
}

static void read_all(struct mail_read *m, struct arena *arena)
{
    struct mail_text_odd odd = { 0 };
    bool bad_base64 = false;

    read_headers(&m->facts, arena, &m->skeleton.entities[0]);
    read_text(m, arena, &odd);
    read_parts(m, arena, &bad_base64);
    mail_report_read(&m->bytes, &m->skeleton, arena, &m->facts);
    m->facts.odd = odd_words(arena, &m->skeleton, &odd, bad_base64);
}

enum rc mail_read_open(const struct mail_source *source, struct arena *arena,
                       struct mail_read **out, struct error *err)
{
    struct mail_read *m = calloc(1, sizeof(*m));
    enum rc rc;

    if (!m)
        return error_set(err, RC_FAIL, "no memory");
    mail_value_start();
    m->source = *source;
    if (!mail_bytes_open(&m->bytes, &m->source)) {
        mail_read_close(m);
        return error_set(err, RC_FAIL, "no memory");
    }
    rc = mail_scan(&m->bytes, arena, &m->skeleton, err);
    if (!rc)
        read_all(m, arena);
    if (!rc && m->bytes.failed)
        rc = error_set(err, RC_FAIL, "the mail's file cannot be read");
    if (rc) {
        mail_read_close(m);
        return rc;
    }
    *out = m;
    return RC_OK;
}

const struct mail_facts *mail_read_facts(const struct mail_read *m)
{
    return &m->facts;
}

enum rc mail_read_part(struct mail_read *m, size_t which,
                       enum rc (*take)(void *arg, const void *bytes, size_t n), void *arg)
{
    if (which >= m->facts.n_parts)
        return RC_NOTFOUND;
    return mail_body_decode(&m->bytes, &m->skeleton.entities[m->parts[which]], take, arg);
}

void mail_read_close(struct mail_read *m)
{
    if (!m)
        return;
    mail_bytes_close(&m->bytes);
    free(m);
}
