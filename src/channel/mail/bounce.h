/*
 * bounce.h - is this mail a report about another mail, and what does it say? Pure.
 *
 * RFC 3464 reports are read by their fields; others by the words that mail systems are known to
 * use. The message it is about is found elsewhere, by the token in the address it came to
 * (domain/mail_token.h): here is only why.
 */
#pragma once

#include "domain/types.h"

struct mail_facts;

enum bounce_kind {
    BOUNCE_NONE,    /* it is no report */
    BOUNCE_HARD,    /* for good, and the address is to blame: nobody is there */
    BOUNCE_REFUSED, /* for good, but not because of the address: policy, content, size */
    BOUNCE_SOFT,    /* given up after trying: full, or not reached; another mail may get through */
    BOUNCE_DELAYED, /* it is still being tried */
    BOUNCE_DELIVERED, /* a report of success */
    BOUNCE_COMPLAINT, /* RFC 5965: somebody said that it is spam */
    BOUNCE_KINDS
};
const char *bounce_kind_name(enum bounce_kind k);

#define BOUNCE_TEXT_SIZE 201

struct bounce {
    enum bounce_kind kind;
    const char *reason; /* a constant of ours: "no_such_user", "mailbox_full", "spam" ... */
    char status[12];    /* RFC 3463, "5.1.1"; "": none was said */
    unsigned code;      /* of SMTP; 0: none */
    char recipient[ADDRESS_SIZE];       /* who did not get it; "": not said */
    char message_id[ADDRESS_SIZE + 1];  /* of the mail that came back; "": not said */
    char return_path[ADDRESS_SIZE + 1]; /* the same: where its bounces were to go */
    char diagnostic[BOUNCE_TEXT_SIZE];  /* the remote words, one line */
    bool by_words;                      /* it was read by its words, not by a report's fields */
};

/* By its fields alone: what is merely worded like a report is none. BOUNCE_NONE: false. */
bool bounce_find_fields(const struct mail_facts *facts, struct bounce *out);
/* By its fields or its words. */
bool bounce_find(const struct mail_facts *facts, struct bounce *out);
