/*
 * matter_anew.h - a matter of an alert whose policy begins anew: because it happened again, or
 * because another rule says now who is told; or goes on where it was.
 */
#pragma once

#include "store/matter.h"

/* Why a matter of an alert is settled while the alert is open. */
#define MATTER_RULE_REMOVED "the rule was removed"
/* Why one is settled with its alert: what it was about is in order. */
#define MATTER_OVER "over"

enum matter_cause {
    MATTER_RULE_THERE,   /* a rule is there again: what was let go only */
    MATTER_RULE_CHANGED, /* and all that is told, as the rule says now; what somebody is at rests */
    MATTER_HAPPENED_AGAIN /* whatever nobody is told of at the moment, whoever ended it */
};

/* Part of the caller's transaction. As the draft says, which names its policy, and from its first
 * step; whatever waits to be sent is not. None there: it is opened. */
enum rc matter_begin_anew(struct db *db, const struct matter_draft *draft,
                          enum matter_cause cause) MUST_CHECK;
/* Part of the caller's transaction. What was over is not, after all: at its next step, or with
 * whoever was at it. *goes_on: there was one that had ended for that. */
enum rc matter_go_on(struct db *db, enum matter_kind kind, uint64_t subject_id,
                     bool *goes_on) MUST_CHECK;
