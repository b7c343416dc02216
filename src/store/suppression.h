/*
 * suppression.h - addresses that carriers say are nobody's, or that a partner lists
 * (store/suppression_listing.h).
 *
 * A message that was refused for that reason is a strike against its address; a delivery since the
 * last strike begins the count anew. With enough strikes the address is suppressed: its contact
 * points, those to come too, are not written to until a person lifts it. outbox_record() writes the
 * strikes, in one statement for the few messages concerned; what follows from them comes after.
 */
#pragma once

#include "domain/types.h"

struct db;

/* --- strikes; part of the recording's transaction --- */

struct strike {
    uint64_t message_id;
    unsigned carrier_id;
    unsigned after;     /* so many suppress the address */
    const char *reason; /* a constant of ours: the status, or the receipt's state */
};

enum rc suppression_strike(struct db *db, const struct strike *strikes, size_t n,
                           utc_us at) MUST_CHECK;

/* A transaction: the contact points of addresses suppressed since become so. *more: call again. */
enum rc suppression_follow(struct db *db, bool *more) MUST_CHECK;

/* --- looking, and lifting --- */

struct suppression_view {
    const char *channel, *address, *reason, *carrier;
    unsigned strikes;
    utc_us at, suppressed_at;
    uint64_t message_id;
    uint64_t customer_id; /* one who has it; 0: nobody now */
    const char *lists;    /* codes of the partners who list it; "": none does */
    utc_us until;         /* then it ends by itself; 0: it does not */
};

/* Those that are suppressed, numbers before mail addresses, from behind `after` ("" : from the
 * first). */
enum rc suppression_list(struct db *db, const char *after, size_t limit,
                         void (*each)(void *arg, const struct suppression_view *v),
                         void *arg) MUST_CHECK;
/* RC_NOTFOUND: it is not suppressed. In the audit, of the first customer who has it; the address
 * does not stand there. */
enum rc suppression_lift(struct db *db, enum channel channel, const char *address,
                         const char *who) MUST_CHECK;
