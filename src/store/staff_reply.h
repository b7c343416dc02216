/*
 * staff_reply.h (store) - what people of the house answer is done: results, acknowledgements,
 * pauses, handing over. How an answer is read is in domain/staff_reply.h.
 *
 * One may answer for what is one's own, for what one stands in for, for what those below one have,
 * and for what one was told of. An answer by SMS or mail is done in the transaction that takes it
 * off its queue (store/staff_answer.h), with the answer to it; a link's when its button is pressed.
 */
#pragma once

#include "domain/staff_reply_words.h"
#include "store/contact_result.h"
#include "store/notice.h"

struct arena;
struct route_table;

#define STAFF_REPLY_ACTS_MAX    100
#define STAFF_REPLY_STOPPED_MAX 20

struct staff_reply_rules {
    const char *timezone; /* of those whose team has none */
    struct holiday_book *holidays;
    const char *sender; /* of an SMS, when the answer came to a number that cannot send */
    const struct route_table *routes;
    int64_t expires_s; /* of an SMS */
};

/* What the caller does after the commit. */
struct staff_reply_done {
    uint64_t answer_id; /* 0: there was none that was due */
    unsigned staff_id;
    const char *outcome;                              /* a name of staff_answer.h, for the log */
    size_t acts;                                      /* done */
    bool messages, mails;                             /* some were queued */
    char stopped[STAFF_REPLY_STOPPED_MAX][E164_SIZE]; /* get no promotion any more */
    size_t n_stopped;
    const char *said; /* of a button: what was done, or why not; NULL: no more than the rc says */
};

/* The next answer that is due. One that fails for a reason of its own is put off, and given up
 * after some tries: then the return is RC_OK. RC_AGAIN: the database is away. */
enum rc staff_reply_next(struct db *db, const struct staff_reply_rules *rules, utc_us now,
                         struct arena *arena, struct staff_reply_done *out) MUST_CHECK;

/* --- by a link --- */

struct staff_reply_matter {
    struct staff_reply_number number;
    const char *name, *detail;   /* of the customer, or of the alert; what is to be done */
    const char *phone, *company; /* of the customer; "": none */
    bool open;
};
struct staff_reply_page {
    const char *person;
    bool english;
    struct staff_reply_matter *matters; /* the most urgent first, as in the message */
    size_t n;
    size_t n_open;
    size_t more; /* there are, which are shown when some of these are settled */
    struct contact_outcomes outcomes;
};
/* What a notice is about, in `arena`. RC_NOTFOUND: there is none, or who had it has left. */
enum rc staff_reply_page_read(struct db *db, uint64_t notice_id, struct arena *arena,
                              struct staff_reply_page *out) MUST_CHECK;

enum staff_reply_button {
    STAFF_REPLY_BUTTON_RESULT,
    STAFF_REPLY_BUTTON_SEEN,
    STAFF_REPLY_BUTTON_LATER, /* in an hour */
};
struct staff_reply_press {
    uint64_t notice_id;
    struct staff_reply_number number; /* one of the notice's */
    enum staff_reply_button button;
    const char *outcome; /* a code; of an alert "" */
    const char *note;
    const char *day, *hour; /* of a call back: "2026-11-30", "14:30", as forms say it; "": none */
};
/* One transaction. RC_NOTFOUND: the notice is not of that, or not there. RC_CONFLICT: it was
 * settled before, and not by a result that this one may correct. RC_INVALID: no such outcome, or
 * a date that is missing, past or none. */
enum rc staff_reply_press(struct db *db, const struct staff_reply_rules *rules,
                          const struct staff_reply_press *press, utc_us now, struct arena *arena,
                          struct staff_reply_done *out) MUST_CHECK;
