/*
 * inbox.h - messages from customers: put together, recorded, understood when they are a keyword,
 * acknowledged to the carrier after the commit.
 *
 * STOP withdraws, in the same transaction that records it; from its arrival on, before any commit,
 * no promotion leaves for that number. A STOP in several parts does so from the last of them on.
 *
 * Memory is bounded by the carriers' sessions: each stops reading at 1,000 deliver_sm without our
 * answer. Many sessions together meet a limit here, beyond which a carrier is told to come again.
 * Loop thread only.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "channel/smpp/smpp.h"
#include "store/inbound.h"

struct event_base;
struct gateway;
struct inbox;
struct lane_pool;

struct inbox_settings {
    const char *country; /* how numbers in national form are read: "FR" */
    struct inbound_rules rules;
    void (*of_staff)(void *arg); /* told after the commit: somebody of the house wrote */
    void *arg;
};

/* The settings must outlive it. NULL: no memory. */
struct inbox *inbox_new(struct event_base *base, struct lane_pool *lanes, uint64_t key,
                        const struct inbox_settings *settings, struct gateway *gateway);
void inbox_free(struct inbox *b); /* after its lane's jobs are done; NULL is fine */

void inbox_take(struct inbox *b, struct smpp_carrier *carrier, unsigned carrier_id,
                const struct smpp_inbound *inbound, struct smpp_ack ack);
bool inbox_busy(const struct inbox *b); /* something is not recorded yet */
