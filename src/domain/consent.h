/*
 * consent.h - what counts of what was said: the rules of consent. Pure: no I/O, no clock.
 *
 * The ledger takes whatever was said; these rules say whether it becomes the last word:
 *   - a withdrawal counts at once, whatever date it bears and whoever brings it;
 *   - a grant that is older than the last word never counts;
 *   - a refusal is lifted by an act of the person alone: START, a double opt-in, a form or a letter
 *     that the person dated after the refusal, or their word to a member of staff who noted the
 *     wording. An import, a form without such a date, a system's word or a merge of two customers
 *     lift nothing, for they do not know of the STOP that came here;
 *   - staff's word without a wording proves nothing and never counts.
 * store/consent.c folds by the same rules in SQL; a test runs both side by side.
 */
#pragma once

#include "base/arena.h"
#include "domain/types.h"

/* What counts now; CONSENT_UNKNOWN: nothing was ever said. */
struct consent_word {
    enum consent_state state;
    utc_us at;
};

struct consent_said {
    enum consent_state state; /* granted or withdrawn */
    enum consent_source source;
    utc_us at;
    utc_us signed_at; /* the date that the person put on it; 0: none. If given, `at` is the same */
    bool has_wording;
};

enum consent_ruling {
    CONSENT_COUNTS,
    CONSENT_IS_OLDER,        /* than the last word */
    CONSENT_NEEDS_PERSON,    /* a refusal stands, and this is no act of the person */
    CONSENT_NEEDS_SIGNATURE, /* a refusal stands, and no later date is on it */
    CONSENT_NEEDS_WORDING,
    CONSENT_RULINGS
};

enum consent_ruling consent_rule(const struct consent_word *last, const struct consent_said *said);
/* A sentence for a person; "" for CONSENT_COUNTS. */
const char *consent_ruling_reason(enum consent_ruling ruling);

/* What a grant can do against a refusal, whatever the refusal is. */
enum consent_lift {
    CONSENT_LIFTS_NOTHING,
    CONSENT_LIFTS_BY_ACT,       /* when it is not older */
    CONSENT_LIFTS_BY_SIGNATURE, /* when it is later */
    CONSENT_NEVER_COUNTS,       /* nor does it count when nothing was refused */
};
enum consent_lift consent_lift_of(const struct consent_said *said);

/*
 * Two customers are found to be one person: what the ledger is to say of the one who stays, or
 * CONSENT_UNKNOWN for nothing new. A refusal of either holds. A grant goes with its address:
 * `same_address` is true when what will be written to is what the other one gave it with.
 */
enum consent_state consent_merged(enum consent_state stays, enum consent_state goes,
                                  bool same_address);

/*
 * When a consent ends that nothing renews: `keep_s` seconds after the last contact, which is the
 * consent itself, the person's last message to us, or their last order, and never a message of ours
 * (CNIL: three years from the last contact that comes from the person). 0: never.
 */
utc_us consent_ends_at(utc_us given, utc_us last_reply, utc_us last_order, int64_t keep_s);

/* A text of the configuration with the sender in the place of {sender}. NULL: no memory. */
const char *consent_name_sender(struct arena *arena, const char *text, const char *sender);

/* --- in plain words --- */

/* What stands as the form where a mail's own ways of refusing were taken. */
#define CONSENT_FORM_BUTTON    "mail-button"      /* of the reader's mail program (RFC 8058) */
#define CONSENT_FORM_PAGE      "unsubscribe-page" /* that the link in a mail leads to */
#define CONSENT_FORM_COMPLAINT "mail-complaint"   /* a report of the reader's mail provider */

#define CONSENT_WORDS_SIZE 600

/* An event of the ledger, as its columns have it. */
struct consent_facts {
    const char *channel, *purpose, *state, *source, *source_ref, *form, *page, *sender,
        *request_ref;
};
/* "allowed promotions by SMS, by the form newsletter on /contact" */
void consent_words(const struct consent_facts *f, char out[CONSENT_WORDS_SIZE]);
/* What an address of opt_out did, behind it: "said STOP to 36000", "unsubscribed by mail". */
void consent_refusal_words(const struct consent_facts *f, char out[CONSENT_WORDS_SIZE]);
