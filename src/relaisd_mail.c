/* relaisd_mail.c - the part of the daemon that mails, and how it is told its settings. */
#include "relaisd.h"

#include <stdio.h>
#include <unistd.h>

static enum rc read_credentials(struct relaisd *r, struct error *err)
{
    const struct settings_mail *s = &r->settings->mail;

    if (!*s->user)
        return RC_OK;
    return relaisd_read_line(s->password_file, r->mail_password, sizeof(r->mail_password),
                             "the password", err);
}

enum rc relaisd_mail_start(struct relaisd *r, struct error *err)
{
    const struct settings_mail *s = &r->settings->mail;
    enum rc rc = read_credentials(r, err);

    if (*s->helo || gethostname(r->mail_helo, sizeof(r->mail_helo) - 1))
        snprintf(r->mail_helo, sizeof(r->mail_helo), "%s", *s->helo ? s->helo : "localhost");
    r->mailer_settings = (struct mailer_settings){
        .sender = { .relays = (const char *const *)s->relays.items,
                    .n_relays = s->relays.n,
                    .from = s->from,
                    .helo = r->mail_helo,
                    .tls = (enum mail_tls)s->tls,
                    .tls_ca = s->tls_ca,
                    .user = s->user,
                    .password = r->mail_password,
                    .timeout_ms = s->timeout_ms },
        .from_name = s->from_name,
        .return_domain = r->settings->mail_in.domain,
        .return_key = r->mail_key,
        .retry_ms = s->retry_ms,
        .retry_max_ms = s->retry_max_ms,
        .give_up_ms = s->give_up_ms,
    };
    if (!rc)
        rc = mailer_new(r->base, r->mail_lanes, &r->mailer_settings, &r->mailer, err);
    if (rc)
        error_prefix(err, "mail");
    return rc;
}

void relaisd_mail_stop(struct relaisd *r)
{
    mailer_stop(r->mailer);
}

bool relaisd_mail_busy(const struct relaisd *r)
{
    return mailer_busy(r->mailer);
}

void relaisd_mail_close(struct relaisd *r)
{
    mailer_free(r->mailer);
}
