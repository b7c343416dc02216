/* relaisd_desk.c - the part of the daemon that does what people of the house answer. */
#include "relaisd.h"

static void on_messages(void *arg)
{
    struct relaisd *r = arg;

    gateway_kick(r->gateway);
}

static void on_mails(void *arg)
{
    struct relaisd *r = arg;

    mailer_kick(r->mailer);
}

void relaisd_desk_stopped(void *arg, const char *number)
{
    struct relaisd *r = arg;

    gateway_stop_address(r->gateway, number);
}

enum rc relaisd_desk_start(struct relaisd *r, struct error *err)
{
    const struct settings_sms *sms = &r->settings->sms;

    r->staff_rules = (struct staff_reply_rules){ .timezone = sms->timezone,
                                                 .holidays = r->settings->rules.promo.book,
                                                 .sender = sms->service_sender,
                                                 .routes = &r->settings->ways.table,
                                                 .expires_s = sms->answer_expires_ms / 1000 };
    r->staff_desk = staff_desk_new(r->base, r->work_lanes, &r->staff_rules,
                                   &(struct staff_desk_events){ .messages = on_messages,
                                                                .mails = on_mails,
                                                                .stopped = relaisd_desk_stopped,
                                                                .arg = r });
    return r->staff_desk ? RC_OK : error_set(err, RC_FAIL, "no memory");
}

void relaisd_desk_stop(struct relaisd *r)
{
    staff_desk_stop(r->staff_desk);
}

bool relaisd_desk_busy(const struct relaisd *r)
{
    return staff_desk_busy(r->staff_desk);
}

void relaisd_desk_close(struct relaisd *r)
{
    staff_desk_free(r->staff_desk);
}
