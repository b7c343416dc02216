/* stats.h - what the simulator counted, exactly. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "smsc/latency.h"

struct buffer;
struct tally;

#define STATS_STATUSES 32 /* different refusals counted by name; more are counted together */

struct stats {
    uint64_t connections, binds, binds_refused, sessions_lost, drops;
    uint64_t submits, accepted, refused, malformed, nacked;
    uint64_t responses_lost; /* accepted and then not answered, on purpose */
    uint64_t receipts_planned, receipts_sent, receipts_acked, receipts_refused, receipts_dropped;
    uint64_t inbound_planned, inbound_sent, inbound_acked, inbound_refused, inbound_dropped;
    uint64_t delivered, undelivered, expired, rejected; /* receipts planned, by their end */
    uint64_t retried;                                   /* deliver_sm sent again */
    uint64_t stray_acks;                                /* deliver_sm_resp for nothing we sent */
    uint64_t queued;                                    /* deliveries waiting, now */
    uint64_t sessions;                                  /* bound, now */
    uint64_t peak_per_second;                           /* of accepted submits */
    struct {
        uint32_t status;
        uint64_t n;
    } by_status[STATS_STATUSES];
    size_t n_statuses;
    uint64_t other_statuses;
    struct latency inbound_answers; /* from deliver_sm to deliver_sm_resp, but "not now" */

    int64_t second;            /* the one being counted, monotonic */
    uint64_t in_second;        /* accepted in it */
    int64_t first_us, last_us; /* accepted submits, monotonic */
};

void stats_accepted(struct stats *s, int64_t now_us);
void stats_refused(struct stats *s, uint32_t status);
/* One line of JSON, without a newline. Its names are an interface. */
void stats_print(const struct stats *s, const struct tally *tally, struct buffer *out);
