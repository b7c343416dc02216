/*
 * mail_in.h - mails that came in: recorded, with all that follows from them, a batch a transaction.
 *
 * A mail that comes again, to the same recipient, has the effect of one: its mark is known. What a
 * mail says and who vouches for it was found out before (flow/mail_judge.h); here it is done.
 */
#pragma once

#include <stddef.h>

#include "domain/keyword.h"
#include "domain/mail_mark.h"
#include "domain/types.h"
#include "store/mail_document.h"

struct arena;
struct db;
struct route_table;

#define MAIL_BATCH_MAX  128                 /* recipients */
#define MAIL_SOURCE_MAX ((size_t)512 << 10) /* bytes of a source's piece */

/* By the address that it came to. The names are those of the column. */
enum mail_in_kind {
    MAIL_IN_MESSAGE,     /* to an address for customers */
    MAIL_IN_REPLY,       /* to a message of ours, by its token */
    MAIL_IN_UNSUBSCRIBE, /* by a token, or to the address that is for that */
    MAIL_IN_BOUNCE,      /* a report about a message of ours */
    MAIL_IN_ALERT,       /* an answer to an alert */
    MAIL_IN_HOUSE,       /* a report about a mail of the house's own (store/mail_out.h) */
    MAIL_IN_IMPORT,      /* a partner's files */
    MAIL_IN_NOTICE,      /* an answer to what somebody of the house was told */
    MAIL_IN_KINDS
};
const char *mail_in_kind_name(enum mail_in_kind k);

/* What a report says of our message. */
enum mail_report {
    MAIL_REPORT_NONE,
    MAIL_REPORT_HARD,      /* failed, and nobody has the address */
    MAIL_REPORT_FAILED,    /* failed */
    MAIL_REPORT_DELAYED,   /* it is still tried */
    MAIL_REPORT_DELIVERED, /* it has arrived */
    MAIL_REPORT_COMPLAINT, /* its reader calls it spam */
};

/* One mail to one recipient. Texts are valid UTF-8. */
struct mail_in_item {
    unsigned char mark[MAIL_MARK_SIZE];
    enum mail_in_kind kind;
    uint64_t about_id; /* what the address names; 0: nothing */
    utc_us at;
    const char *envelope_from, *recipient;
    const char *from; /* normalised, "" when there is none that could be written to */
    const char *from_name, *subject, *message_id;
    const char *text, *fresh; /* all of it; what was written now */
    const char *proof;        /* "", "token", "spf", "dkim", "dmarc" */
    const char *automatic;    /* "", "reply", "mail", "list" */
    bool may_order;           /* proved: a grant counts, an alert is settled */
    bool may_answer;          /* a person wrote it, and it is no loop */
    struct keyword_found keyword;

    enum mail_report report;
    const char *reason; /* of a report, a constant of ours */
    unsigned code;      /* of SMTP; 0: none */
    /* Of a report that did not come to the address made for it: who it says did not get the mail,
     * "" when it does not say. NULL: the address says which message it is about. */
    const char *report_names;
    bool settles; /* MAIL_IN_ALERT: its words say that it is done */

    const char *review; /* why a person has to look at it, a constant; "": need not */
    size_t size;
    unsigned attachments;
    const struct mail_document *documents; /* put before: the transaction links them */
    size_t n_documents;
    const char *partner; /* MAIL_IN_IMPORT: whose files the documents are */

    /* Where its bytes are: these, or (NULL) in mail_source already, under source_id. With neither,
     * it is of the same mail as the item before it. */
    const char *source;
    uint64_t source_id;
};

/* Answers in another language; NULL and "": as in the first one. */
struct mail_in_words {
    const char *stop, *start, *help, *yes, *subject;
};

struct mail_in_rules {
    const char *stop, *start, *help, *yes; /* answers, as markup; "": none */
    struct mail_in_words english;          /* to customers whose language is not French */
    const char *subject;                   /* of an answer to a mail that has none */
    const char *sender;                    /* the address that answers come from; "": no answers */
    const struct route_table *routes;
    int64_t expires_s, answer_again_s;
    unsigned suppress_after; /* so many hard bounces in a row suppress the address */
};

/* Ids that were taken and not used, for the next batch of the second: one commit less. Of one lane
 * at a time; all zero: empty. */
struct mail_in_stock {
    uint64_t next, end;
    utc_us filled_at;
};

/* What the caller does after the commit. */
struct mail_in_outcome {
    size_t recorded, repeats, answered;
    const char **stopped; /* addresses that refuse promotions now; in the arena */
    size_t n_stopped;
    uint64_t *contacts; /* customers who wrote, for mail_in_contacted() */
    size_t n_contacts;
    size_t reviews, files; /* files: of partners, to be handed on */
    size_t of_staff;       /* answers to what somebody of the house was told */
    const char **outcomes; /* of each item, as in mail_in.outcome; "repeat" */
    bool more;             /* consent_follow() or suppression_follow() has something to do */
};

/*
 * Records all `n` (at most MAIL_BATCH_MAX) in one transaction. May be called again with the same
 * items, whatever it said: what was recorded is passed over. RC_AGAIN: the database is away.
 */
enum rc mail_in_record(struct db *db, const struct mail_in_item *items, size_t n,
                       const struct mail_in_rules *rules, utc_us now, struct mail_in_stock *stock,
                       struct arena *arena, struct mail_in_outcome *out) MUST_CHECK;

/* Are all of these marks known? Asked before the source of a large mail is put. */
enum rc mail_in_known(struct db *db, const struct mail_in_item *items, size_t n,
                      bool *known) MUST_CHECK;

/* What refusals of crowded addresses, and suppressed addresses, leave to do: a transaction or two.
 * *more: call again. */
enum rc mail_in_follow(struct db *db, bool *more) MUST_CHECK;

/* Customers who wrote: their last reply, to the minute. A transaction of its own, that nobody waits
 * for. Sorts the ids. */
enum rc mail_in_contacted(struct db *db, uint64_t *customers, size_t n, utc_us at) MUST_CHECK;

/* --- sources --- */

/* A large source, piece by piece, each a transaction of its own, before its mail. *id 0: a new one,
 * which nobody has claimed. */
enum rc mail_source_put(struct db *db, uint64_t *id, unsigned n, const void *bytes,
                        size_t size) MUST_CHECK;
/* RC_NOTFOUND: there is none any more. `each` may return other than RC_OK to end it. */
enum rc mail_source_read(struct db *db, uint64_t mail_id,
                         enum rc (*each)(void *arg, const void *bytes, size_t n),
                         void *arg) MUST_CHECK;
/* Part of the transaction that records its mail: it stays. */
enum rc mail_source_claim(struct db *db, uint64_t id) MUST_CHECK;
/* Its mail was not recorded: it goes, unless somebody has claimed it after all. */
enum rc mail_source_forget(struct db *db, uint64_t id) MUST_CHECK;
/* The same for all that were begun before `before`, and left behind; some at a time. */
enum rc mail_source_forget_old(struct db *db, utc_us before, uint64_t *dropped) MUST_CHECK;
/* Those from before `before`, some at a time; *dropped 0: none are left. */
enum rc mail_source_drop(struct db *db, utc_us before, uint64_t *dropped) MUST_CHECK;
