/*
 * customer_merge.h - two customers are one person: one stays, the other one's row goes, and all
 * that was theirs becomes that of the one who stays.
 *
 * The merge is one transaction; what may be very much (orders, messages, replies) follows in steps,
 * each with its checkpoint, and an hour later what was being written at that moment is looked for
 * once more. From the first COMMIT on nothing goes out in the name of the one who is gone.
 *
 * Who may be written to is the stricter of both: a refusal of either holds, for the channel and
 * purpose and for advertising as a whole. A consent goes with its number: it comes along when the
 * number that will be written to is the one it was given with, and is never lent to another. All of
 * it is appended to the ledger, whose lines stay where they are.
 *
 * For MERGE_UNDO_DAYS the rows that went are kept and the merge can be undone. That lifts no
 * refusal.
 */
#pragma once

#include "domain/likeness.h"
#include "domain/types.h"

struct db;

#define MERGE_UNDO_DAYS 30
#define MERGE_PAGE      1000 /* orders, invoices, messages, replies, of each, a transaction */
#define MERGE_WORDS     4    /* two channels, two purposes */
#define MERGE_STOPPED   16

struct merge_word {
    enum channel channel;
    enum purpose purpose;
    enum consent_state keep, gone, after;
};

/* What a merge would do. */
struct merge_facts {
    char keep_name[400], gone_name[400];
    uint64_t numbers, contact_points, fields, orders, invoices, messages, queued, replies;
    bool do_not_contact, minor; /* after it */
    struct merge_word words[MERGE_WORDS];
    size_t n_words;
    struct likeness_verdict verdict;
    char stopped[MERGE_STOPPED][E164_SIZE]; /* numbers that get no promotion any more, if any do */
    size_t n_stopped;
};
/* All of these: RC_NOTFOUND: one is no customer. RC_INVALID: they are one and the same.
 * RC_CONFLICT: one was erased, or a campaign is in the way; err says which. */
enum rc customer_merge_look(struct db *db, uint64_t keep, uint64_t gone, struct merge_facts *out,
                            struct error *err) MUST_CHECK;
enum rc customer_merge(struct db *db, uint64_t keep, uint64_t gone, const char *who,
                       struct error *err) MUST_CHECK;

/* RC_NOTFOUND: nobody of this id was merged. RC_CONFLICT: it is under way, or too long ago, or the
 * customer was erased meanwhile. *keep: from whom they were taken out again. */
enum rc customer_unmerge(struct db *db, uint64_t gone, const char *who, uint64_t *keep,
                         struct error *err) MUST_CHECK;

/* Who has all that was of customer *id: *id itself, when they were not merged. */
enum rc customer_follow(struct db *db, uint64_t *id) MUST_CHECK;

struct merge_done {
    uint64_t customer_id; /* who was gone on with, or put off; 0: there was nothing to do */
    bool finished;        /* with this step */
};
/* The next step of a merge that is due, or the end of what was kept for an undoing: one
 * transaction. A merge whose step fails is put off, so that the others have their turn. */
enum rc customer_merge_step(struct db *db, utc_us now, struct merge_done *done) MUST_CHECK;
