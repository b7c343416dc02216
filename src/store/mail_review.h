/*
 * mail_review.h - what a person decides about a mail that is on the review list.
 *
 * One transaction each, with its line in the book of commands. RC_NOTFOUND: the mail is not on the
 * list. RC_CONFLICT: somebody has decided already.
 */
#pragma once

#include "domain/types.h"

struct db;

/* It needs nothing. */
enum rc mail_review_dismiss(struct db *db, uint64_t id, const char *who) MUST_CHECK;

struct mail_assigned {
    uint64_t mails; /* that are the customer's now: this one, and others of its sender's */
    bool address;   /* the sender's address became a contact point of theirs */
};
/*
 * Its sender is this customer: the address becomes a contact point of theirs (the first one that
 * campaigns use, if they had none), and what came from it and was nobody's is theirs. RC_INVALID:
 * err says why not.
 */
enum rc mail_review_assign(struct db *db, uint64_t id, uint64_t customer_id, const char *who,
                           struct mail_assigned *out, struct error *err) MUST_CHECK;

/* A partner's files are taken although their sender was not good enough. *files: how many.
 * RC_INVALID: err says why not. */
enum rc mail_review_take(struct db *db, uint64_t id, const char *who, size_t *files,
                         struct error *err) MUST_CHECK;
