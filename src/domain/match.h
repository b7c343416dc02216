/* match.h - what a profile says about a customer number that is new here, of a person who is not.
 */
#pragma once

#include <stdbool.h>

enum match_rule {
    MATCH_NEVER,  /* a new number is a new customer */
    MATCH_REVIEW, /* the same, and a person is asked whether it is somebody we have */
    MATCH_SAME,   /* it is the one customer who has the phone or the mail, when the names agree */
};

struct match_rules {
    enum match_rule rule;
    bool by_phone, by_mail;
    bool overwrite; /* what the row says replaces what is known; else it fills what is missing */
};
