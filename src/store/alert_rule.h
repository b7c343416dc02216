/*
 * alert_rule.h - which alerts are a matter (store/matter.h): who is told of a kind of alert, and
 * under which escalation policy. The rule of a kind goes before that of "*".
 */
#pragma once

#include "base/error.h"
#include "store/alert.h"

#define ALERT_KIND_ANY "*" /* those whose kind has no rule of its own */

struct alert_rule {
    char kind[ALERT_KIND_SIZE];
    char policy[161], team[33], login[65]; /* team, login: "": none */
    bool urgent;
    utc_us updated_at;
    char updated_by[257];
};

struct alert_rule_plan {
    const char *kind, *policy; /* policy: its name */
    const char *team, *login;  /* whose work it is, one of the two; both "": nobody's */
    bool urgent;
};

/* One transaction each, in the audit. What is open is told by a new rule or another one, from now
 * on and from its first step; what somebody is at rests. Set as it was, it changes nothing for what
 * is under way. RC_INVALID: err and *field say what is wrong. */
enum rc alert_rule_set(struct db *db, const struct alert_rule_plan *plan, const char *who,
                       const char **field, struct error *err) MUST_CHECK;
/* What it began is told by the rule of "*" from now on, or no more. RC_NOTFOUND: there is none. */
enum rc alert_rule_remove(struct db *db, const char *kind, const char *who) MUST_CHECK;
/* By kind. */
enum rc alert_rules_list(struct db *db, void (*each)(void *arg, const struct alert_rule *rule),
                         void *arg) MUST_CHECK;

/* An alert was opened, or happened again, in the caller's transaction: it becomes a matter if there
 * is a rule; one that people are told of at the moment stays as it is. */
enum rc alert_rule_apply(struct db *db, const char *kind, uint64_t alert_id,
                         utc_us from) MUST_CHECK;
