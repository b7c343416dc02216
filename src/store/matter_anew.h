/*
 * matter_anew.h - a matter of an alert whose policy begins anew: because it happened again, or
 * because another rule says now who is told.
 */
#pragma once

#include "store/matter.h"

/* Why a matter of an alert is settled while the alert is open. */
#define MATTER_RULE_REMOVED "the rule was removed"

enum matter_cause {
    MATTER_RULE_THERE,   /* a rule is there again: what was let go only */
    MATTER_RULE_CHANGED, /* and all that is told, as the rule says now; what somebody is at rests */
    MATTER_HAPPENED_AGAIN /* whatever nobody is told of at the moment, whoever ended it */
};

/* Part of the caller's transaction. As the draft says, which names its policy, and from its first
 * step; whatever waits to be sent is not. None there: it is opened. */
enum rc matter_begin_anew(struct db *db, const struct matter_draft *draft,
                          enum matter_cause cause) MUST_CHECK;
