/* relaisd_escalation.c - the part of the daemon that reminds people, and how it is told its
 * settings. */
#include "relaisd.h"

#include <stdio.h>

#define PAGE "/n/" /* control/public_notice.h */

static void on_notices(void *arg)
{
    struct relaisd *r = arg;

    gateway_kick(r->gateway);
    mailer_kick(r->mailer);
}

enum rc relaisd_escalation_start(struct relaisd *r, struct error *err)
{
    const struct settings *s = r->settings;

    if (*s->public.url)
        snprintf(r->notice_link, sizeof(r->notice_link), "%s" PAGE, s->public.url);
    r->escalation_settings = (struct escalation_settings){ .timezone = s->sms.timezone,
                                                           .holidays = s->rules.promo.book,
                                                           .routes = &s->ways.table,
                                                           .sender = s->sms.service_sender,
                                                           .link = r->notice_link,
                                                           .mail_key = r->mail_key,
                                                           .may_reply = *s->mail_in.domain != '\0',
                                                           .no_mail = !s->mail.relays.n,
                                                           .no_sms = !s->ways.table.n_carriers };
    r->escalation =
        escalation_runner_new(r->base, r->work_lanes, &r->escalation_settings, on_notices, r);
    r->day_teller = day_teller_new(r->base, r->work_lanes, &r->escalation_settings, on_notices, r);
    return r->escalation && r->day_teller ? RC_OK : error_set(err, RC_FAIL, "no memory");
}

void relaisd_escalation_stop(struct relaisd *r)
{
    escalation_runner_stop(r->escalation);
    day_teller_stop(r->day_teller);
}

bool relaisd_escalation_busy(const struct relaisd *r)
{
    return escalation_runner_busy(r->escalation) || day_teller_busy(r->day_teller);
}

void relaisd_escalation_close(struct relaisd *r)
{
    escalation_runner_free(r->escalation);
    day_teller_free(r->day_teller);
}
