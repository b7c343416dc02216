/* campaign_wait.h - what a campaign's messages wait for, where nothing of it moves. */
#pragma once

#include "store/campaign.h"

struct send_windows;

enum campaign_wait_kind {
    CAMPAIGN_WAITS_FOR_WINDOW,
    CAMPAIGN_WAITS_FOR_TURN, /* by its rate, or for what is under way to be paid */
    CAMPAIGN_WAITS_PUT_OFF,  /* a carrier, or a mail server, refused them for now */
};

struct campaign_wait {
    enum campaign_wait_kind kind;
    const char *zone; /* of the window: "Europe/Paris" */
    utc_us until;     /* of a window and what was put off: the first of them */
    uint64_t messages;
    bool by_mail; /* they are mails */
};

/* One call for each window, kind and channel that there is, most messages first, at most `max`.
 * What may leave now is not told. `windows` NULL: there are none. */
enum rc campaign_waits(struct db *db, uint64_t id, struct send_windows *windows, utc_us now,
                       size_t max, void (*each)(void *arg, const struct campaign_wait *wait),
                       void *arg) MUST_CHECK;
