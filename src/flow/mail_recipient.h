/* mail_recipient.h - which addresses are ours, and what each is for. From memory, on any thread. */
#pragma once

#include "channel/mail/lmtp.h"
#include "store/mail_in.h"

struct keyword_book;
struct partner_profiles;

/* What we are to those who write to us; nothing in it changes while relaisd runs. */
struct mail_house {
    const char *domain;          /* of addresses with a token, and of import-CODE */
    const uint8_t *key;          /* of the tokens, domain/mail_token.h */
    const char *own;             /* who our mails come from; "": nobody */
    const char *const *contacts; /* addresses for customers */
    size_t n_contacts;
    const char *const *unsubscribes; /* a mail to one of these is a refusal */
    size_t n_unsubscribes;
    const char *authserv_id;                 /* of the MTA whose word counts; "": no one's does */
    const struct partner_profiles *partners; /* NULL: no files are taken by mail */
    unsigned n_partners;
    const struct keyword_book *keywords; /* NULL: the built-in ones alone */
};

struct mail_recipient {
    enum mail_in_kind kind;
    bool by_token;
    uint64_t about_id;   /* what the token names */
    const char *partner; /* MAIL_IN_IMPORT: its code; lives with the house */
};

/* *reply: 250, or why not: 550 for an address that is not ours, 450 for one of a partner whose
 * profile is faulty. True for 250. */
bool mail_recipient_find(const struct mail_house *house, const char *address,
                         struct mail_recipient *out, struct lmtp_reply *reply);
/* The message of ours that an address or a Message-ID with a token in `text` names, wherever it
 * stands; 0: none. */
uint64_t mail_recipient_message(const struct mail_house *house, const char *text);
