/* inbound.h - messages from customers: put together from their parts, what a keyword among them
 * changes, its one answer, and the message of ours that they reply to. */
#pragma once

#include <stddef.h>

#include "base/arena.h"
#include "domain/keyword.h"
#include "domain/sms_text.h"
#include "domain/types.h"
#include "store/db.h"

struct route_table;

/* One of several parts of a message, as it came. */
struct inbound_part {
    uint16_t ref;
    uint8_t total, number; /* 1 <= number <= total, total > 1 */
    struct sms_user_data data;
};

#define INBOUND_PART_MAX 255 /* bytes of a part's text, and of its header */

struct inbound_item {
    utc_us at;
    unsigned carrier_id;
    const char *from, *to;
    const struct inbound_part *part; /* NULL: it is whole, and so: */
    const char *text;
    struct keyword_found keyword;
};

struct inbound_rules {
    const char *stop, *start, *help; /* answers; "": none */
    const char *stop_one; /* to a STOP of one sender, whose name takes the place of {sender} */
    const char *yes;      /* to the yes of somebody who was asked (store/consent_request.h) */
    bool stop_by_sender;  /* STOP means the sender that it is said to; else, and STOP TOUT, all */
    const char *sender;   /* when the message came to a number that cannot send */
    int64_t expires_s;
    const struct route_table *routes;    /* NULL: one queue for all */
    int64_t parts_wait_s;                /* missing parts are given up after this */
    const struct keyword_book *keywords; /* NULL: the built-in ones alone */
};

/* What the caller must do about it, after the commit. */
struct inbound_outcome {
    size_t answered;      /* answers were queued */
    const char **stopped; /* addresses that said STOP in a message put together; in the arena */
    size_t n_stopped;
    size_t of_staff; /* that may be answers to what somebody of the house was told */
    bool more;       /* there is more to do: call inbound_tidy() */
};

/*
 * Records all `n` in one transaction, with what follows from them: STOP and START change the
 * consents of everybody who has the number, and so does the YES of one who was asked; a change is
 * answered once, HELP and the keywords that
 * only answer at most once an hour an address. A part is kept, and with the last one the message is
 * recorded. *first_id is 0 for a new batch, and becomes the id of its first message: a batch that
 * failed is given again with it, and is not recorded twice.
 */
enum rc inbound_record(struct db *db, const struct inbound_item *items, size_t n,
                       const struct inbound_rules *rules, utc_us now, uint64_t *first_id,
                       struct arena *arena, struct inbound_outcome *out) MUST_CHECK;

struct inbound_contact {
    char address[E164_SIZE];
    utc_us at;
};

/*
 * Brings customer.last_contact_at up to date, to the minute; sorts the contacts. A transaction of
 * its own, away from the STOPs: they must not wait for rows that a campaign's bookkeeping has
 * locked.
 */
enum rc inbound_contacted(struct db *db, struct inbound_contact *contacts, size_t n) MUST_CHECK;

/*
 * What waits, a bounded step at a time: messages whose missing parts are given up, recorded with
 * what there is; parts that were kept to know doubles; what STOPs of crowded addresses left to do.
 */
enum rc inbound_tidy(struct db *db, const struct inbound_rules *rules, utc_us now,
                     struct arena *arena, struct inbound_outcome *out) MUST_CHECK;

/* Has this address had an answer to this keyword since then? In any transaction. Bounded, whatever
 * a sender does: one with a hundred messages since is answered again. */
enum rc inbound_answered(struct db *db, const char *from, const char *keyword, utc_us since,
                         bool *answered) MUST_CHECK;

/* --- looking --- */

struct inbound_filter {
    const char *from;    /* an address, as contact_point has it; NULL: anybody */
    const char *channel; /* NULL: any */
    const char *keyword; /* NULL: any */
    utc_us since;        /* 0: from the beginning */
    uint64_t before;     /* an id: older ones; 0: from the newest */
    size_t limit;
};

struct inbound_view {
    uint64_t id, customer_id, answer_id, answers_message_id; /* 0: none */
    utc_us at;
    const char *channel, *carrier, *from, *to, *text, *keyword, *answer; /* answer: its text */
    const char *subject;                                                 /* of a mail */
    unsigned attachments;
    unsigned parts;
    bool incomplete;
    bool automatic; /* of a mail: no person wrote it */
};

/* Newest first. */
enum rc inbound_list(struct db *db, const struct inbound_filter *filter,
                     void (*each)(void *arg, const struct inbound_view *v), void *arg) MUST_CHECK;
/* The replies to a message of ours, oldest first, at most 100. */
enum rc inbound_replies(struct db *db, uint64_t message_id, const char *address,
                        void (*each)(void *arg, const struct inbound_view *v),
                        void *arg) MUST_CHECK;
