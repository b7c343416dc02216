/* letter.c - from the row of a message to the bytes of its mail. */
#include "flow/letter.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/buffer.h"
#include "channel/mail/compose.h"
#include "domain/markup.h"
#include "domain/template.h"
#include "store/template_file.h"

#define URL_SIZE      512
#define FEEDBACK_SIZE 128
#define ID_SIZE       (ADDRESS_SIZE + 16)

/* --- addresses --- */

static void token_address(const struct letter_house *house, enum mail_token_kind kind, uint64_t id,
                          const char *domain, char out[ADDRESS_SIZE])
{
    char local[MAIL_TOKEN_SIZE + 2];

    mail_token_local(house->key, kind, id, local);
    snprintf(out, ADDRESS_SIZE, "%s@%s", local, domain);
}

void letter_return_path(const struct letter_house *house, uint64_t id, char out[ADDRESS_SIZE])
{
    if (*house->domain)
        token_address(house, MAIL_TOKEN_BOUNCE, id, house->domain, out);
    else
        snprintf(out, ADDRESS_SIZE, "%s", house->from);
}

/* The page where one click is enough; "": there is none. */
static void page_address(const struct letter_house *house, uint64_t id, char out[URL_SIZE])
{
    char token[MAIL_TOKEN_SIZE];

    out[0] = '\0';
    if (!*house->public_url)
        return;
    mail_token_write(house->key, MAIL_TOKEN_UNSUBSCRIBE, id, token);
    snprintf(out, URL_SIZE, "%s/u/%s", house->public_url, token);
}

static void mail_address(const struct letter_house *house, uint64_t id, char out[ADDRESS_SIZE])
{
    out[0] = '\0';
    if (*house->domain)
        token_address(house, MAIL_TOKEN_UNSUBSCRIBE, id, house->domain, out);
}

char *letter_fill(const struct letter_house *house, uint64_t id, const char *text,
                  struct arena *arena)
{
    const size_t mark = strlen(TEMPLATE_UNSUBSCRIBE);
    char page[URL_SIZE], mail[ADDRESS_SIZE], address[URL_SIZE + 8];
    size_t n = 0, len;
    char *filled, *to;

    page_address(house, id, page);
    mail_address(house, id, mail);
    snprintf(address, sizeof(address), "%s%s",
             *page || !*mail ? "" : "mailto:", *page ? page : mail);
    len = strlen(address);
    for (const char *at = text; (at = strstr(at, TEMPLATE_UNSUBSCRIBE)) != NULL; at += mark)
        n++;
    to = filled = arena_alloc(arena, strlen(text) + n * len + 1);
    if (!filled)
        return NULL;
    for (const char *at; (at = strstr(text, TEMPLATE_UNSUBSCRIBE)) != NULL; text = at + mark) {
        memcpy(to, text, (size_t)(at - text));
        to += at - text;
        memcpy(to, address, len);
        to += len;
    }
    memcpy(to, text, strlen(text) + 1);
    return filled;
}

/* --- pictures --- */

static const struct template_file *find_picture(const struct letter_message *m, const char *name,
                                                size_t len)
{
    for (size_t i = 0; i < m->n_files; i++) {
        if (m->files[i].is_inline && strlen(m->files[i].name) == len &&
            memcmp(m->files[i].name, name, len) == 0)
            return &m->files[i];
    }
    return NULL;
}

/* A picture is in the mail only if this text shows it, attachments always. */
struct parts {
    struct mail_attachment files[TEMPLATE_FILES_MAX];
    size_t n;
    const char *ids[MARKUP_PICTURES_MAX];
    char id[MARKUP_PICTURES_MAX][ID_SIZE];
};

static void add_part(struct parts *p, const struct template_file *f, const char *id)
{
    if (p->n < TEMPLATE_FILES_MAX)
        p->files[p->n++] = (struct mail_attachment){ f->name, f->type, id, f->bytes, f->size };
}

static void find_parts(const struct letter_message *m, const char *text, const char *message_id,
                       struct parts *p)
{
    const char *name;
    size_t len;

    for (size_t i = 0; m->n_files && (name = markup_picture(text, i, &len)) != NULL; i++) {
        const struct template_file *f = find_picture(m, name, len);
        if (!f)
            continue;
        snprintf(p->id[i], ID_SIZE, "%zu.%s", i + 1, message_id);
        p->ids[i] = p->id[i];
        add_part(p, f, p->id[i]);
    }
    for (size_t i = 0; i < m->n_files; i++) {
        if (!m->files[i].is_inline)
            add_part(p, &m->files[i], NULL);
    }
}

/* --- the whole --- */

static void write_feedback(const struct letter_house *house, const struct letter_message *m,
                           char out[FEEDBACK_SIZE])
{
    out[0] = '\0';
    if (*house->feedback_id)
        snprintf(out, FEEDBACK_SIZE, "%" PRIu64 ":%s:%s", m->campaign_id,
                 message_class_name(m->class), house->feedback_id);
}

static void write_headers(const struct letter_house *house, const struct letter_message *m,
                          struct mail_message *mail, char page[URL_SIZE], char by[ADDRESS_SIZE])
{
    if (m->class != CLASS_PROMO)
        return;
    page_address(house, m->id, page);
    mail_address(house, m->id, by);
    /* RFC 8058, 3.1: one click is asked for by https alone. */
    mail->list_unsubscribe[0] = strncmp(page, "https://", 8) == 0 ? page : NULL;
    mail->list_unsubscribe[1] = by;
}

static enum rc why_full(const struct buffer *b)
{
    return !b->full ? RC_OK : b->starved ? RC_FAIL : RC_INVALID;
}

enum rc letter_compose(const struct letter_house *house, const struct letter_message *m,
                       struct arena *scratch, struct buffer *out)
{
    char id[ADDRESS_SIZE], page[URL_SIZE] = "", by[ADDRESS_SIZE] = "", feedback[FEEDBACK_SIZE];
    const char *at = strchr(house->from, '@'), *text;
    struct parts parts = { .n = 0 };
    struct buffer plain, html;
    enum rc rc;

    token_address(house, MAIL_TOKEN_REPLY, m->id,
                  *house->domain ? house->domain
                  : at           ? at + 1
                                 : "localhost",
                  id);
    text = letter_fill(house, m->id, m->text, scratch);
    if (!text)
        return RC_FAIL;
    find_parts(m, text, id, &parts);
    write_feedback(house, m, feedback);
    buffer_init(&plain, MARKUP_HTML_MAX);
    buffer_init(&html, MARKUP_HTML_MAX);
    markup_text(&plain, text);
    markup_html(&html, text,
                &(struct markup_layout){
                    .title = m->subject, .accent = house->accent, .picture_ids = parts.ids });
    rc = why_full(&plain);
    if (!rc)
        rc = why_full(&html);
    if (!rc) {
        struct mail_message mail = {
            .from = house->from,
            .from_name = house->from_name,
            .reply_to = *house->domain ? id : NULL,
            .to = m->address,
            .subject = m->subject,
            .text = buffer_text(&plain),
            .html = buffer_text(&html),
            .message_id = id,
            .in_reply_to = m->in_reply_to,
            .feedback_id = feedback,
            .automatic = m->automatic,
            .date = m->date,
            .files = parts.files,
            .n_files = parts.n,
        };
        write_headers(house, m, &mail, page, by);
        mail_compose(out, &mail);
        rc = why_full(out);
    }
    buffer_close(&html);
    buffer_close(&plain);
    return rc;
}
