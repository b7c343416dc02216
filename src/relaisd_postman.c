/* relaisd_postman.c - the part of the daemon that sends mails to customers, and how it is told its
 * settings. */
#include "relaisd.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ROUND_MS \
    30000 /* no mail of a session is begun later: urgent ones wait for no long session */

static enum rc copy_domains(struct relaisd *r, struct error *err)
{
    const struct settings_mail_domain *set = r->settings->mail_domains.items;
    const size_t n = r->settings->mail_domains.n;

    r->mail_domains = calloc(n + 1, sizeof(*r->mail_domains));
    if (!r->mail_domains)
        return error_set(err, RC_FAIL, "no memory");
    for (size_t i = 0; i < n; i++)
        r->mail_domains[i] = (struct postman_domain){ .name = set[i].head.title,
                                                      .per_second = set[i].per_second,
                                                      .sessions = set[i].sessions };
    return RC_OK;
}

static struct letter_house letter_house(const struct relaisd *r)
{
    const struct settings *s = r->settings;
    struct letter_house house = {
        .from = s->mail.from,
        .from_name = s->mail.from_name,
        .domain = s->mail_in.domain,
        .public_url = s->public.url,
        .feedback_id = s->mail.feedback_id,
        .accent = s->mail.accent,
    };

    memcpy(house.key, r->mail_key, sizeof(house.key));
    return house;
}

enum rc relaisd_postman_start(struct relaisd *r, struct error *err)
{
    const struct settings *s = r->settings;
    enum rc rc;

    if (!s->mail.relays.n)
        return RC_OK;
    rc = copy_domains(r, err);
    snprintf(r->post_journal, sizeof(r->post_journal), "%s/mails.journal", s->daemon.data_dir);
    r->postman_settings = (struct postman_settings){
        .sender = r->mailer_settings.sender,
        .letter = letter_house(r),
        .sessions = (size_t)s->mail.sessions,
        .per_second = s->mail.per_second,
        .domains = r->mail_domains,
        .n_domains = s->mail_domains.n,
        .rules = &s->rules,
        .settle_ms = s->mail.settle_ms,
        .retry_ms = s->mail.retry_ms,
        .retry_max_ms = s->mail.retry_max_ms,
        .give_up_ms = s->mail.give_up_ms,
        .poll_ms = s->sms.poll_ms,
        .consent_ms = s->consent.expires_after_ms,
        .suppress_unknown = s->mail.suppress_unknown,
        .journal = r->post_journal,
    };
    r->postman_settings.sender.begin_for_ms = ROUND_MS;
    if (!rc)
        rc = postman_new(r->base, r->post_lanes, &r->postman_settings, &r->postman, err);
    if (rc)
        return error_prefix(err, "mail"), rc;
    postman_start(r->postman);
    return RC_OK;
}

void relaisd_postman_stop(struct relaisd *r)
{
    if (r->postman)
        postman_stop(r->postman);
}

bool relaisd_postman_busy(const struct relaisd *r)
{
    return r->postman && postman_busy(r->postman);
}

void relaisd_postman_close(struct relaisd *r)
{
    postman_free(r->postman);
    free(r->mail_domains);
}
