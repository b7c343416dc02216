/* campaign_test.h - the very text of a campaign, on a phone or in a mailbox of our own. */
#pragma once

#include "store/campaign.h"

#define CAMPAIGN_TEST_MARK "[TEST] "

struct campaign_test {
    uint64_t campaign_id;
    enum channel channel; /* the text of which */
    const char *to;       /* its address; whoever calls has seen to it that it is ours */
    uint64_t customer_id; /* whose values are in it; 0: an example's */
    const char *language; /* of the example; "": the campaign's own */
    int64_t per_day, expires_s;
};

struct campaign_tested {
    uint64_t message_id;
    const char *text, *subject; /* in the arena; subject NULL: it is an SMS */
    const char *sender;
    unsigned parts, left; /* left: how many more there may be today */
};

/*
 * Queues it as a service message of nobody's: it is in no figure of the campaign, and its links are
 * not counted. RC_INVALID: err says what is wrong with the text, that the campaign has none for the
 * channel, or that it has been enough today; RC_NOTFOUND: no such campaign or customer. After it,
 * kick who empties the queue.
 */
enum rc campaign_test_send(struct db *db, const struct campaign_test *test,
                           const struct campaign_settings *settings, struct arena *arena,
                           struct campaign_tested *out, struct error *err) MUST_CHECK;
