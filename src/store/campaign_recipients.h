/* campaign_recipients.h - of each recipient of a campaign, what became of it, a page at a time. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/rc.h"

struct db;

#define RECIPIENTS_MAX 1000 /* a page */

struct campaign_recipient {
    uint64_t message_id, customer_id; /* message_id 0: left out */
    const char *address, *state, *reason;
    const char *channel; /* "": left out */
    unsigned attempts, parts;
    utc_us queued_at, last_event_at;  /* 0: none */
    unsigned variant;                 /* which text: 0 is A */
    uint64_t replies, visits, orders; /* what came back; orders within the query's days */
};

struct recipients_query {
    uint64_t campaign_id;
    const char *state, *reason; /* "": whatever it is; state "excluded": who was left out */
    uint64_t after;             /* what the page before gave as *next; 0: from the beginning */
    size_t limit;
    unsigned order_days;
};

/*
 * Each recipient is told once, whatever happens meanwhile: in the order of message ids, or of
 * customer ids for those left out. A page may hold less than `limit`, even nothing, and still not
 * be the last, so that no call looks at too many; *next 0: it is the last. RC_NOTFOUND: no such
 * campaign.
 */
enum rc campaign_recipients(struct db *db, const struct recipients_query *query,
                            void (*each)(void *arg, const struct campaign_recipient *recipient),
                            void *arg, uint64_t *next) MUST_CHECK;
