/* receipt_rules.h - section `receipt` of a profile: how this partner wants to be answered. */
#pragma once

#include "base/config.h"
#include "channel/file/receipt_file.h"

struct receipt_rules {
    struct config_head head;
    int format;        /* enum receipt_format */
    int language;      /* enum answer_language */
    bool refused_rows; /* write out/<file>.<import>.refused.csv, too */
    char *mail;        /* where receipts go as well; "": nowhere */
};

#define RECEIPT_KEYS 4
extern const struct config_key receipt_keys[RECEIPT_KEYS];
#define RECEIPT_HELP "How a file is answered in out/."

/* What the table cannot say. RC_INVALID: err says what was expected, without the file's name. */
enum rc receipt_rules_check(const struct receipt_rules *rules, struct error *err) MUST_CHECK;
