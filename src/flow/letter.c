/* letter.c - see letter.h. */
#include "flow/letter.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/buffer.h"
#include "channel/mail/compose.h"
#include "domain/markup.h"

#define PART_MAX ((size_t)4 << 20) /* of the text, and of the HTML */

static void own_address(const struct letter_settings *s, enum mail_token_kind kind, uint64_t id,
                        char out[ADDRESS_SIZE])
{
    char local[MAIL_TOKEN_SIZE + 2];

    mail_token_local(s->key, kind, id, local);
    snprintf(out, ADDRESS_SIZE, "%s@%s", local, s->domain);
}

void letter_return_path(const struct letter_settings *s, uint64_t message_id,
                        char out[ADDRESS_SIZE])
{
    if (*s->domain)
        own_address(s, MAIL_TOKEN_BOUNCE, message_id, out);
    else
        snprintf(out, ADDRESS_SIZE, "%s", s->from);
}

/* With a token where there can be one: an answer names it among its References. */
static void message_id(const struct letter_settings *s, uint64_t id, char out[ADDRESS_SIZE])
{
    const char *at = strrchr(s->from, '@');

    if (*s->domain)
        own_address(s, MAIL_TOKEN_REPLY, id, out);
    else
        snprintf(out, ADDRESS_SIZE, "relais.%" PRIu64 "@%s", id, at ? at + 1 : "localhost");
}

/* How to refuse further ones: with one click, and by mail. */
static void list_headers(const struct letter_settings *s, const struct outbox_mail *mail,
                         char url[512], char address[ADDRESS_SIZE], struct mail_message *m)
{
    char token[MAIL_TOKEN_SIZE];

    if (mail->class != CLASS_PROMO)
        return;
    mail_token_write(s->key, MAIL_TOKEN_UNSUBSCRIBE, mail->id, token);
    if (*s->public_url) {
        snprintf(url, 512, "%s/u/%s", s->public_url, token);
        m->list_unsubscribe[0] = url;
    }
    if (*s->domain) {
        own_address(s, MAIL_TOKEN_UNSUBSCRIBE, mail->id, address);
        m->list_unsubscribe[1] = address;
    }
}

enum rc letter_write(struct db *db, const struct letter_settings *s, const struct outbox_mail *mail,
                     struct buffer *out)
{
    char id[ADDRESS_SIZE], reply_to[ADDRESS_SIZE], url[512], address[ADDRESS_SIZE];
    struct buffer text, html;
    enum rc rc = RC_INVALID;
    struct mail_message m = {
        .from = strchr(mail->sender, '@') ? mail->sender : s->from,
        .from_name = s->from_name,
        .to = mail->address,
        .subject = mail->subject,
        .message_id = id,
        .feedback_id = s->feedback_id,
        .automatic = mail->class != CLASS_PROMO,
        .date = mail->created_at,
    };

    (void)db;
    message_id(s, mail->id, id);
    if (*s->domain) {
        own_address(s, MAIL_TOKEN_REPLY, mail->id, reply_to);
        m.reply_to = reply_to;
    }
    list_headers(s, mail, url, address, &m);
    buffer_init(&text, PART_MAX);
    buffer_init(&html, PART_MAX);
    markup_text(&text, mail->text);
    markup_html(&html, mail->text, &(struct markup_layout){ .language = "fr", .title = m.subject });
    buffer_add(&text, "", 1);
    buffer_add(&html, "", 1);
    if (!text.full && !html.full) {
        m.text = text.data;
        m.html = html.data;
        mail_compose(out, &m);
        rc = RC_OK;
    }
    buffer_close(&text);
    buffer_close(&html);
    return rc;
}
