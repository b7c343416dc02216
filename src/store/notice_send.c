/* notice_send.c - see notice_send.h. */
#include "store/notice_send.h"

#include <stdio.h>

#include "base/buffer.h"
#include "domain/mail_token.h"
#include "domain/route.h"
#include "store/db.h"
#include "store/escalation_run.h"
#include "store/mail_out.h"
#include "store/outbox.h"

#define LINK_SIZE   512
#define MAIL_LINE   1200                         /* bytes of a line in a mail, and more */
#define MAIL_FRAME  4000                         /* all else in it */
#define NOTICE_LIFE (SEC_PER_DAY * USEC_PER_SEC) /* of an SMS that does not leave */

static void write_link(const struct escalation_settings *s, uint64_t notice_id,
                       char link[LINK_SIZE])
{
    char token[MAIL_TOKEN_SIZE];

    *link = '\0';
    if (!*s->link || !s->mail_key)
        return;
    mail_token_write(s->mail_key, MAIL_TOKEN_NOTICE, notice_id, token);
    snprintf(link, LINK_SIZE, "%s%s", s->link, token);
}

static enum rc send_sms(struct db *db, const struct escalation_settings *s,
                        const struct notice_letter *letter, const struct notice_post *post)
{
    char text[SMS_TEXT_SIZE];
    struct sms_measure m;
    struct outbox_draft draft = { .channel = CHANNEL_SMS,
                                  .class = CLASS_ALERT,
                                  .address = post->to->phone,
                                  .sender = s->sender,
                                  .text = text,
                                  .legal_basis = "staff",
                                  .routes = s->routes,
                                  .due_at = post->at,
                                  .expires_at = post->at + NOTICE_LIFE };
    enum rc rc = notice_sms(letter, text, &m);

    if (rc)
        return rc;
    draft.encoding = sms_encoding_name(m.encoding);
    draft.parts = m.parts;
    return outbox_enqueue(db, post->sent_as, post->at, &draft);
}

static enum rc send_mail(struct db *db, const struct notice_letter *letter,
                         const struct notice_post *post)
{
    struct mail_new mail = {
        .id = post->sent_as, .kind = "notice", .to = post->to->mail, .notice_id = post->notice_id
    };
    struct buffer subject, text;
    enum rc rc;

    buffer_init(&subject, 4 * MAIL_SUBJECT_MAX);
    buffer_init(&text, MAIL_FRAME + letter->n * MAIL_LINE);
    notice_mail(letter, &subject, &text);
    mail.subject = buffer_text(&subject);
    mail.text = buffer_text(&text);
    rc = subject.starved || text.starved ? RC_FAIL : mail_out_add(db, &mail);
    buffer_close(&subject);
    buffer_close(&text);
    return rc;
}

enum rc notice_send(struct db *db, const struct escalation_settings *settings,
                    const struct notice_post *post)
{
    char link[LINK_SIZE];
    const struct notice_letter letter = { .language = post->to->language,
                                          .to = post->to->name,
                                          .lines = post->lines,
                                          .n = post->n,
                                          .link = link,
                                          .may_reply = settings->may_reply,
                                          .about = post->about };

    write_link(settings, post->notice_id, link);
    switch (post->channel) {
    case CHANNEL_SMS:
        return send_sms(db, settings, &letter, post);
    case CHANNEL_EMAIL:
        return send_mail(db, &letter, post);
    }
    return RC_FAIL;
}
