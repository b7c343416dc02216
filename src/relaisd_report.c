/* relaisd_report.c - the part of the daemon that mails reports, and how it is told its settings. */
#include "relaisd.h"

static void on_queued(void *arg)
{
    mailer_kick(((struct relaisd *)arg)->mailer);
}

enum rc relaisd_report_start(struct relaisd *r, struct error *err)
{
    const struct settings_sms *sms = &r->settings->sms;

    r->report_settings = (struct report_settings){
        .timezone = sms->timezone,
        .language = sms->language,
        .currency = sms->currency,
        .order_days = (unsigned)r->settings->campaign.order_days,
        .attachment_max = (uint64_t)r->settings->mail.attachment_max,
    };
    r->report_mailer = report_mailer_new(r->base, r->slow_lanes, &r->report_settings, on_queued, r);
    return r->report_mailer ? RC_OK : error_set(err, RC_FAIL, "no memory");
}

void relaisd_report_stop(struct relaisd *r)
{
    report_mailer_stop(r->report_mailer);
}

bool relaisd_report_busy(const struct relaisd *r)
{
    return report_mailer_busy(r->report_mailer);
}

void relaisd_report_close(struct relaisd *r)
{
    report_mailer_free(r->report_mailer);
}
