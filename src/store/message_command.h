/*
 * message_command.h - an operator's order to one message: hold, release, retry, cancel.
 *
 * The queue is made of runs of ids and knows no state of a message; a claim takes what is `queued`
 * and passes the rest. So holding is a compare-and-set in the message's row, and whoever puts it
 * back looks, with the slices that cover it locked, whether one of them will still come to it; only
 * when none does it gets a slice of its own.
 */
#pragma once

#include "base/error.h"
#include "domain/message_order.h"

struct db;

struct message_command {
    uint64_t message_id;
    enum message_order order;
    int64_t expires_s; /* retry: so much time from now on; 0: as it was, or again when it is over */
    const char *who;
};

struct message_result {
    enum message_state state; /* what it is now */
    utc_us expires_at;
    bool waits_for_campaign; /* queued, and its campaign is paused */
};

/*
 * One transaction. RC_CONFLICT: it cannot be; err says why. RC_NOTFOUND: there is no such message.
 * After a release or a retry, kick the gateway.
 */
enum rc message_command(struct db *db, const struct message_command *command,
                        struct message_result *result, struct error *err) MUST_CHECK;

/* What each order would be told: NULL for one that would be obeyed. Writes nothing. */
enum rc message_order_bars(struct db *db, uint64_t message_id,
                           const char *bars[ORDER_COUNT]) MUST_CHECK;
