/* mail_in_view.h - mails that came in, for those who look; and those that a person has to. */
#pragma once

#include <stddef.h>

#include "domain/types.h"

struct db;

struct mail_in_view {
    uint64_t id, about_id, customer_id, answer_id; /* 0: none */
    utc_us at;
    const char *kind, *outcome, *reason, *proof, *automatic;
    const char *envelope_from, *recipient, *from, *from_name, *subject, *message_id;
    const char *text; /* all of it; "" in a list */
    uint64_t size;    /* of the source */
    unsigned attachments;
    bool has_source; /* it is still kept; false in a list */
    /* "": no person has to look at it */
    const char *review_why, *review_state, *closed_by;
    utc_us closed_at;
};

enum mail_review_state { REVIEW_OPEN, REVIEW_ASSIGNED, REVIEW_DISMISSED, REVIEW_DONE };
const char *mail_review_state_name(enum mail_review_state s);
enum rc mail_review_state_parse(const char *name, enum mail_review_state *s) MUST_CHECK;

typedef void mail_in_each(void *arg, const struct mail_in_view *v);

/* Newest first; `before`: an id, 0: from the newest. */
enum rc mail_in_list(struct db *db, uint64_t before, size_t limit, mail_in_each *each,
                     void *arg) MUST_CHECK;
/* Those of a state of review. */
enum rc mail_review_list(struct db *db, enum mail_review_state state, uint64_t before, size_t limit,
                         mail_in_each *each, void *arg) MUST_CHECK;
/* RC_NOTFOUND: no such mail. */
enum rc mail_in_get(struct db *db, uint64_t id, mail_in_each *each, void *arg) MUST_CHECK;
/* How many wait for a person, and since when the oldest does (0: none). */
enum rc mail_review_count(struct db *db, uint64_t *open, utc_us *oldest) MUST_CHECK;
