/* mail_rules.h - keys mail_from and mail_proof of a profile: who may send its files by mail. */
#pragma once

#include "base/config.h"

struct mail_rules {
    struct config_texts from; /* "edi@partner.example", "@partner.example" */
    bool proof;               /* somebody must vouch for the sender */
};

/* RC_INVALID: err says what was expected, without the file's name. */
enum rc mail_rules_check(const struct mail_rules *rules, struct error *err) MUST_CHECK;
/* Whether `address` is one of theirs, in whichever case. */
bool mail_rules_name(const struct mail_rules *rules, const char *address);
