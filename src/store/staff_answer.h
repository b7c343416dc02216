/*
 * staff_answer.h - answers by SMS and mail of people who work here, from the commit that records
 * them to the one that does what they say.
 *
 * They wait in between, so that a batch of messages, and the STOPs in it, never waits for the rows
 * of tasks and customers. What an answer says is done in the transaction that takes it off the
 * queue (store/staff_reply.h), so it is done once, whatever dies and however many nodes there are.
 */
#pragma once

#include "domain/types.h"

struct arena;
struct db;

#define STAFF_ANSWER_TEXT_MAX 4000 /* characters; the rest is cut off */
#define STAFF_ANSWER_TRIES    5    /* of one that fails for want of something of its own */

/* What came of it. */
enum staff_answer_outcome {
    STAFF_ANSWER_DONE,     /* what it says */
    STAFF_ANSWER_UNCLEAR,  /* something in it looks like an answer, and is not clear */
    STAFF_ANSWER_CHATTER,  /* nothing in it does */
    STAFF_ANSWER_ORDINARY, /* it is no command: a message like any other */
    STAFF_ANSWER_NOBODY,   /* the notice that it names is not there, or who had it has left */
    STAFF_ANSWER_FAILED,   /* given up after STAFF_ANSWER_TRIES; its text is kept */
};
const char *staff_answer_outcome_name(enum staff_answer_outcome o);

struct staff_answer {
    uint64_t id; /* of the inbound_message, or of the mail_in */
    utc_us at;
    enum channel channel;
    unsigned staff_id;  /* 0: who was sent the notice */
    uint64_t notice_id; /* 0: it names none */
    const char *from, *to, *subject, *message_id, *text;
    unsigned tries;
};

/* Part of the transaction that records the message: it is kept if its number is that of somebody
 * who works here; *kept says so. */
enum rc staff_answer_of_sms(struct db *db, uint64_t id, utc_us at, const char *from, const char *to,
                            const char *text, bool *kept) MUST_CHECK;
/* Likewise, of a mail whose address names a notice. */
enum rc staff_answer_of_mail(struct db *db, const struct staff_answer *answer) MUST_CHECK;

/* The oldest that is due, its strings in `arena`; RC_NOTFOUND: there is none. Whoever has something
 * to do takes it with staff_answer_settle(). */
enum rc staff_answer_next(struct db *db, utc_us now, struct arena *arena,
                          struct staff_answer *out) MUST_CHECK;
/* Part of a transaction, its first statement: locks it. RC_CONFLICT: another has done it. */
enum rc staff_answer_lock(struct db *db, uint64_t id) MUST_CHECK;
/* Part of the same transaction: done with. `answer_id`: the message (or mail_out) that answers it;
 * 0: nobody was answered. */
enum rc staff_answer_settle(struct db *db, uint64_t id, unsigned staff_id,
                            enum staff_answer_outcome outcome, uint64_t answer_id) MUST_CHECK;
/* By itself: to be tried again at `next_at`. */
enum rc staff_answer_put_off(struct db *db, uint64_t id, utc_us next_at) MUST_CHECK;
/* What an answer of ours to this person said last, if nothing reached him or her since. */
struct staff_answer_last {
    bool any;   /* there is one, and it is younger than any notice */
    bool asks;  /* it is a question, or has one in it */
    bool names; /* it has the number in it */
};
enum rc staff_answer_last(struct db *db, unsigned staff_id, utc_us since, utc_us until,
                          const char *number, struct staff_answer_last *out) MUST_CHECK;
/* How often somebody was told since then that this came of it. In any transaction. */
enum rc staff_answer_told(struct db *db, unsigned staff_id, enum staff_answer_outcome outcome,
                          utc_us since, unsigned *n) MUST_CHECK;
