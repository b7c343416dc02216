/*
 * reach.h - by which channels a campaign reaches people: one, or two in an order of preference.
 *
 * With two, each person gets one message: by the first channel that there is an address and a right
 * for, else by the second. Who has neither is left out for the reason of the first.
 */
#pragma once

#include "domain/types.h"

enum reach { REACH_SMS, REACH_EMAIL, REACH_SMS_EMAIL, REACH_EMAIL_SMS };

/* "sms", "email", "sms,email", "email,sms". */
const char *reach_name(enum reach reach);
/* RC_INVALID for anything else: a person is told REACH_EXPECTED. */
#define REACH_EXPECTED                                                                         \
    "channel: expected sms, email, \"sms,email\" (who may not be sent an SMS gets a mail) or " \
    "\"email,sms\", got '%s'"
enum rc reach_parse(const char *name, enum reach *out) MUST_CHECK;

/* How many channels, and the nth of them (from 0). */
unsigned reach_channels(enum reach reach);
enum channel reach_channel(enum reach reach, unsigned nth);
bool reach_has(enum reach reach, enum channel channel);
