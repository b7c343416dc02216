/* expect_rules.h - section `expect` of a profile: by when a file must have come. */
#pragma once

#include "base/config.h"
#include "domain/timetable.h"

struct expect_rules {
    struct config_head head; /* line 0: nothing is expected */
    char *by, *days;
    struct config_texts files;
    bool holidays;
    struct timetable when; /* of `by` and `days`, once checked */
};

#define EXPECT_KEYS 4
extern const struct config_key expect_keys[EXPECT_KEYS];
#define EXPECT_HELP \
    "By when a file must have come; else alert file_missing is opened, until one comes."

/* Fills `when`; `country` (whose holidays count) must outlive it. RC_INVALID: err says what was
 * expected, without the file's name. */
enum rc expect_rules_check(struct expect_rules *rules, const char *country,
                           struct error *err) MUST_CHECK;
/* Is a file of this name one that was expected? */
bool expect_rules_match(const struct expect_rules *rules, const char *file_name);
