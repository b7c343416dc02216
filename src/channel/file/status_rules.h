/* status_rules.h - section `status_file` of a profile: when, and as what, a partner hears what
 * became of its orders. */
#pragma once

#include "base/config.h"
#include "domain/timetable.h"

enum status_format { STATUS_CSV, STATUS_XML, STATUS_JSON, STATUS_EDIFACT };

struct status_rules {
    struct config_head head; /* line 0: none are wanted */
    int64_t every_ms;
    char *at, *days, *sender, *recipient;
    int format; /* enum status_format */
    bool messages, empty;
    struct timetable when; /* once checked */
};

#define STATUS_KEYS 8
extern const struct config_key status_keys[STATUS_KEYS];
#define STATUS_HELP "When a file in out/ tells what became of this partner's orders since the last."

/* Fills `when`. RC_INVALID: err says what was expected, without the file's name. */
enum rc status_rules_check(struct status_rules *rules, struct error *err) MUST_CHECK;
