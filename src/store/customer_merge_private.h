/* customer_merge_private.h - what the files customer_merge*.c share. */
#pragma once

#include "store/consent.h"
#include "store/customer_merge.h"
#include "store/db.h"

#define MERGE_EVENTS (2 * MERGE_PAGE) /* ids of message events a transaction takes */

struct merging {
    uint64_t keep, gone;
    const char *who;
    utc_us now;
    bool late; /* what came while it was merged: queued promotions are not sent */

    /* taken before the transaction */
    uint64_t first_message_event, first_consent_event, audit_id, double_id;

    /* by the transaction */
    uint64_t next_message_event;
    bool lends[2]; /* by channel: a consent would be lent to the other's number, were it made
                      primary */
    bool more;     /* there is more to move than a page */
    struct error *err;
};

/* Before the transaction. */
enum rc merge_take_ids(struct db *db, struct merging *m) MUST_CHECK;

/* Part of the caller's transaction, in this order. */
enum rc merge_move_words(struct db *db, struct merging *m) MUST_CHECK; /* consents */
enum rc merge_move_person(struct db *db,
                          struct merging *m) MUST_CHECK; /* numbers, contacts, fields */
enum rc merge_move_history(struct db *db,
                           struct merging *m) MUST_CHECK; /* a page of what happened */
/* Before tasks move: of two from the list of one day, one that is done stays, or that of the one
 * who stays; the other is cancelled (store/customer_merge_task.c). */
enum rc merge_meet_tasks(struct db *db, struct merging *m) MUST_CHECK;
/* What all orders of a customer together are. */
enum rc merge_recount(struct db *db, uint64_t customer_id) MUST_CHECK;

/* What is to be appended for the one who stays, of each channel and purpose. */
struct merge_words {
    struct merge_word list[MERGE_WORDS];
    utc_us gone_at[MERGE_WORDS];
    uint64_t gone_event[MERGE_WORDS];
    char address[2][ADDRESS_SIZE]; /* that will be written to, by channel; "": none */
    bool lends[2];                 /* struct merging */
    size_t n;
};
enum rc merge_read_words(struct db *db, uint64_t keep, uint64_t gone,
                         struct merge_words *out) MUST_CHECK;

/* --- the journal: what was moved, by its own key --- */

struct merge_kind {
    const char *journal; /* keys of what is theirs, newest first, into customer_moved */
    unsigned customers;  /* how often it takes the one who is gone */
    bool paged;          /* and then the most rows to take */
    const char *move;    /* what the journal has: who is gone, to whom, from whom; both ways */
};
extern const struct merge_kind merge_kinds[];
extern const size_t n_merge_kinds;
