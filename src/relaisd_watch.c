/* relaisd_watch.c - the part of the daemon that looks for what is wrong, and how it is told its
 * settings. */
#include "relaisd.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static void tell_settings(struct relaisd *r)
{
    const struct settings_alert *s = &r->settings->alert;

    r->alert_settings = (struct alert_watch_settings){
        .every_us = s->every_ms * USEC_PER_MSEC,
        .carrier_down_us = s->carrier_down_ms * USEC_PER_MSEC,
        .queue_age_us = s->queue_age_ms * USEC_PER_MSEC,
        .node_down_us = s->node_down_ms * USEC_PER_MSEC,
        .stopped_us = s->stopped_ms * USEC_PER_MSEC,
        .campaigns = { .least = (unsigned)s->campaign_least,
                       .failures = (unsigned)s->failures,
                       .stops = (unsigned)s->stops,
                       .receipts_us = s->receipts_ms * USEC_PER_MSEC },
    };
}

void relaisd_watch_take_live(struct relaisd *r, const struct settings *now)
{
    const struct settings_alert *was = &r->settings->alert;
    struct settings_alert next = now->alert;

    next.head = was->head;
    next.every_ms = was->every_ms;
    r->settings->alert = next;
    tell_settings(r);
}

enum rc relaisd_watch_start(struct relaisd *r, struct error *err)
{
    if (gethostname(r->host_name, sizeof(r->host_name) - 1))
        snprintf(r->host_name, sizeof(r->host_name), "localhost");
    tell_settings(r);
    r->alert_watch =
        alert_watch_new(r->base, r->work_lanes, r->slow_lanes, r->gateway, &r->alert_settings,
                        (unsigned)r->settings->daemon.node_id, r->host_name);
    return r->alert_watch ? RC_OK : error_set(err, RC_FAIL, "no memory");
}

void relaisd_watch_stop(struct relaisd *r)
{
    alert_watch_stop(r->alert_watch);
}

bool relaisd_watch_busy(const struct relaisd *r)
{
    return alert_watch_busy(r->alert_watch);
}

void relaisd_watch_close(struct relaisd *r)
{
    alert_watch_free(r->alert_watch);
}
