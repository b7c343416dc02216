/*
 * consent.h - the ledger of who allowed what: append-only, hash-chained, and its last word folded
 * into consent_current.
 *
 * Every connection writes a chain of its own (node * 256 + lane), so writers never wait for one
 * another. The ledger takes whatever was said; what counts now is the fold, by the rules of
 * domain/consent.h.
 *
 * A refusal of one sender alone (`sender`) stands in the ledger and in opt_out, and is not folded:
 * the person still allows the others.
 */
#pragma once

#include "domain/types.h"

struct db;

/* Characters; longer ones are cut. */
#define CONSENT_WORDING_MAX 500
#define CONSENT_REF_MAX     64
#define CONSENT_PAGE_MAX    200
#define CONSENT_SENDER_MAX  20

/* How it was said, as far as known; every text may be NULL. */
struct consent_evidence {
    const char *form, *page;    /* of a form: its name, and where it was shown */
    const char *remote_address; /* from where it was sent, as given to us */
    const char *recorded_by;    /* who gave the command */
    const char *request_ref;    /* double opt-in: the message that asked */
    utc_us signed_at;           /* the date that the person put on it; then `at` is the same */
};

struct consent_change {
    uint64_t customer_id;
    enum channel channel;
    enum purpose purpose;
    enum consent_state state; /* granted or withdrawn */
    const char *address;      /* the contact point at that time, "" when there is none */
    utc_us at;                /* when the person said so */
    enum consent_source source;
    const char *source_ref; /* as enum consent_source says */
    const char *wording;    /* the words agreed to, or the words of the refusal */
    const char *sender;     /* a refusal of this one alone; NULL or "": of all */
    struct consent_evidence evidence;
};

/*
 * Part of the caller's transaction. Appends the `n` changes, in their order, to this connection's
 * chain and folds them; refreshes what customers are counted by (store/standing.h), but for those
 * of an import, which does that itself. Their ids, `first_event_id` and up, were taken before the
 * transaction with db_new_ids(db, "consent_event", n).
 */
enum rc consent_append(struct db *db, const struct consent_change *changes, size_t n,
                       uint64_t first_event_id) MUST_CHECK;

/* --- STOP and START: what is said with an address counts for all who share it --- */

/* Event ids, for the customers who have the address. */
struct consent_ids {
    uint64_t first;
    size_t n;
};

/* How many of them a STOP or START for this address uses: at most 1,000. */
enum rc consent_ids_wanted(struct db *db, enum channel channel, const char *address,
                           size_t *n) MUST_CHECK;

struct consent_act {
    enum channel channel;
    const char *address;
    const char *sender; /* STOP: of its promotions alone; START: what is taken back. "": all */
    utc_us at;
    enum consent_source source;
    const char *source_ref;
    uint64_t inbound_id; /* the message that said so; 0: none */
    uint64_t message_id; /* STOP: the message of ours that it answers to; 0: none is known */
    const char *wording; /* its text */
    struct consent_evidence evidence;
    bool anew; /* also for those whose last word says so already: it is better evidence */
};

/*
 * STOP, part of the caller's transaction: puts the address into opt_out, which keeps every
 * promotion (or those of the one sender) from it, and withdraws the consent of the customers who
 * have it. *changed: something was not so before, so one confirmation is due. Where the ids do not
 * suffice, because very many share the address, the rest is left to consent_follow(), by a row of
 * consent_due.
 */
enum rc consent_withdraw_address(struct db *db, const struct consent_act *act,
                                 const struct consent_ids *ids, bool *changed) MUST_CHECK;
/* START: the reverse, in the same way. With a sender, refusals of other senders alone stay. */
enum rc consent_restore_address(struct db *db, const struct consent_act *act,
                                const struct consent_ids *ids, bool *changed) MUST_CHECK;
/* Whether promotions to the address are refused: of all senders, or of this one ("" : of all). */
enum rc consent_address_refused(struct db *db, enum channel channel, const char *address,
                                const char *sender, bool *refused, utc_us *at) MUST_CHECK;

/* A transaction with the next customers of a STOP or START that has some left. *more: call again.
 */
enum rc consent_follow(struct db *db, bool *more) MUST_CHECK;

/* --- is the ledger what was written? --- */

#define CONSENT_HASH_SIZE 32

struct consent_head { /* note these elsewhere: a ledger rewritten as a whole has other heads */
    unsigned chain;
    uint64_t length;
    unsigned char hash[CONSENT_HASH_SIZE];
};

struct consent_verdict {
    bool intact;
    uint64_t chains, events; /* checked */
    unsigned broken_chain;   /* the first fault, when not intact */
    uint64_t broken_seq;
    uint64_t unproved; /* last words that no such event of the ledger supports */
    char reason[160];
};

struct consent_verify_ops {
    void (*progress)(void *arg, uint64_t events);             /* after each 10,000; may be NULL */
    void (*head)(void *arg, const struct consent_head *head); /* each sound chain; may be NULL */
    void *arg;
};

/* Walks every chain; writing may go on meanwhile. A fault found is RC_OK with intact = false. */
enum rc consent_verify(struct db *db, const struct consent_verify_ops *ops,
                       struct consent_verdict *out) MUST_CHECK;
/* The same for one chain, and its last words are not looked at. RC_NOTFOUND: there is none. */
enum rc consent_verify_chain(struct db *db, unsigned chain, struct consent_verdict *out) MUST_CHECK;
