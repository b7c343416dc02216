/* match_rules.h - section `match` of a partner's profile. A profile without it matches nobody. */
#pragma once

#include "base/config.h"
#include "domain/match.h"

struct match_keys {
    struct config_head head;
    struct config_texts by;
    int rule;
    bool overwrite;
};

#define MATCH_KEYS 3
extern const struct config_key match_table[MATCH_KEYS];

#define MATCH_SECTION(at)                                                       \
    {                                                                           \
        "match", match_table, MATCH_KEYS, sizeof(struct match_keys), at, false, \
            "Customers whose number is new here, and who may be known already." \
    }

/* RC_INVALID: *err says "path:line: match.key: what was expected". */
enum rc match_rules_take(const struct match_keys *keys, const char *path, struct match_rules *rules,
                         struct error *err) MUST_CHECK;
