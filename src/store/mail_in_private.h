/* mail_in_private.h - what the files mail_in*.c share: a batch on its way into the database. */
#pragma once

#include "store/consent.h"
#include "store/mail_in.h"
#include "store/outbox.h"

#define MESSAGE_ID_MAX 250 /* bytes of the columns that have one */

/* An item, and what was found out about it, and came of it. */
struct mail_work {
    const struct mail_in_item *item;
    bool repeat; /* it was recorded before, or stands before this one in the batch */
    uint64_t id, source_id;
    const char *source;        /* its bytes, when they go under its own id */
    uint64_t customer_id;      /* whose mail it is; 0: nobody's */
    const char *about_address; /* of the message that it is about; "": of none */
    uint64_t about_customer;   /* who that went to; 0: nobody, or they were erased */
    bool about_known;          /* that message is there, and went by mail */
    bool about_erased;         /* and its reader was erased */
    struct consent_ids ids[2]; /* of about_address, and of sender */
    uint64_t audit_id;         /* of what is said of an alert */

    /* What came of it, begun anew with each try of the transaction. */
    struct keyword_found keyword;
    uint64_t answer_id;
    const char *outcome, *reason, *review;
    bool takes_files; /* those of its documents that are files are the partner's */
};

struct mail_batch {
    struct mail_work *works; /* n of them, in their order */
    size_t n;
    const struct mail_in_rules *rules;
    utc_us now;
    struct arena *arena;
    struct mail_in_stock *stock;
    struct mail_in_outcome *out;
    uint64_t message_id; /* the first id for an answer ... */
    size_t message_ids;  /* ... of so many, and how many are used */
    size_t answers;
    struct outbox_batch reports; /* events of messages of ours */
};

/* Before the transaction: how many events of consents an item may write, into its ids; and the id
 * of an entry in the audit, if it is about an alert. */
enum rc mail_effect_ids(struct db *db, struct mail_work *w) MUST_CHECK;
/* Whether it may be answered. */
bool mail_effect_answers(const struct mail_in_item *item);
/* Part of the transaction: what follows from an item. Fills in what came of it. */
enum rc mail_effect(struct db *db, struct mail_batch *b, struct mail_work *w) MUST_CHECK;

/* --- mail_in_look.c: what the database knows of a batch, before the transaction --- */

/* Marks what was recorded before. */
enum rc mail_look_repeats(struct db *db, struct mail_batch *b) MUST_CHECK;
/* Finds the customers and the messages of ours. */
enum rc mail_look_people(struct db *db, struct mail_batch *b) MUST_CHECK;
