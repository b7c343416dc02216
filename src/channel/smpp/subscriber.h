/*
 * subscriber.h - does a carrier's answer say that a number is nobody's?
 *
 * SMPP has one status for it, and no standard for the err of a receipt: most carriers write the
 * local error code of the network there (3GPP TS 29.002, 17.6.6: 1 unknownSubscriber, 6
 * absentSubscriberSM, 27 absentSubscriber), some a list of their own. So both can be set.
 */
#pragma once

#include "base/config.h"
#include "channel/smpp/smpp.h"

#define SUBSCRIBER_ITEMS_MAX 32

struct subscriber_rules {
    size_t n;
    struct {
        bool receipt; /* `code` is a receipt's err; else a command_status */
        uint32_t code;
        enum smpp_subscriber means;
    } item[2 * SUBSCRIBER_ITEMS_MAX];
};

/* Reads the keys no_subscriber and absent_subscriber. RC_INVALID: `err` names key and item. */
enum rc subscriber_rules_read(const struct config_texts *none, const struct config_texts *absent,
                              struct subscriber_rules *out, struct error *err) MUST_CHECK;
enum smpp_subscriber subscriber_of_status(const struct subscriber_rules *rules, uint32_t status);
enum smpp_subscriber subscriber_of_receipt(const struct subscriber_rules *rules,
                                           const struct smpp_receipt *receipt);
