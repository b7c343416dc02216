/*
 * mail_out.h - the queue of mail of the house's own: receipts to partners, tests.
 *
 * Whoever has something to say adds a row within its own transaction; flow/mailer sends it. A mail
 * is sent at least once: what a node had claimed when it died is claimed again, and carries the
 * same Message-ID and Date. One recipient each.
 */
#pragma once

#include "domain/types.h"

struct arena;
struct db;

#define MAIL_FILE_MAX    (UINT64_C(10) << 20) /* bytes of an attachment, unless configured */
#define MAIL_SUBJECT_MAX 200                  /* characters; the rest is cut off */
#define MAIL_TEXT_MAX    (1 << 20)            /* bytes; the rest is cut off */
#define MAIL_REPLY_MAX   200                  /* bytes of a relay's words that are kept */
#define MAIL_ID_SIZE     256                  /* a Message-ID without its brackets */

enum mail_state { MAIL_WAITING, MAIL_SENDING, MAIL_SENT, MAIL_FAILED };
const char *mail_state_name(enum mail_state s);
enum rc mail_state_parse(const char *name, enum mail_state *s) MUST_CHECK;

/* --- adding --- */

struct mail_new {
    uint64_t id;                /* taken with mail_out_new_ids(), before the transaction */
    const char *kind;           /* what it is for, a constant of ours: "receipt" */
    const char *to;             /* an address alone, as mail_address_normalise() spells it */
    const char *subject, *text; /* UTF-8; what is not is replaced, lines end with \n */
    const char *file_name;      /* NULL: nothing is attached */
    const char *file_type;      /* "text/csv" */
    const void *file;
    size_t file_size;
    size_t file_max;         /* of a larger file only `too_large` is said; 0: MAIL_FILE_MAX */
    const char *too_large;   /* the sentence for that, at the end of the text; NULL: in English */
    uint64_t notice_id;      /* answers go to its n-TOKEN@domain; 0: nobody is asked to answer */
    const char *in_reply_to; /* a Message-ID; NULL: it answers nothing */
};

enum rc mail_out_new_ids(struct db *db, uint64_t n, uint64_t *first) MUST_CHECK;
/* Part of a transaction; once that is committed, flow/mailer may be kicked. RC_INVALID: `to` is no
 * mail address (the transaction may go on without it). */
enum rc mail_out_add(struct db *db, const struct mail_new *mail) MUST_CHECK;

/* --- sending --- */

struct mail_due {
    uint64_t id;
    unsigned claims, attempts;
    utc_us created_at;
    char to[ADDRESS_SIZE];
};

/* What this node had claimed in its last life is due again. */
enum rc mail_out_reclaim(struct db *db, utc_us now) MUST_CHECK;
/* A transaction: at most `max` that are due become `sending` and ours for `lease_us`. `domain`: of
 * the Message-ID of those that have none yet. */
enum rc mail_out_claim(struct db *db, utc_us now, int64_t lease_us, const char *domain,
                       struct mail_due *out, size_t max, size_t *n) MUST_CHECK;

struct mail_file {
    const char *name, *type; /* name NULL: none */
    const void *bytes;
    size_t size;
};

struct mail_content {
    const char *subject, *text, *message_id, *in_reply_to;
    uint64_t notice_id; /* 0: nobody is asked to answer */
    struct mail_file file;
};
/* What it says, in `arena`. RC_CONFLICT: it is not this claim's any more. */
enum rc mail_out_load(struct db *db, const struct mail_due *mail, struct arena *arena,
                      struct mail_content *out) MUST_CHECK;

/* What became of a claim. */
struct mail_result {
    uint64_t id;
    unsigned claims, attempts; /* attempts: with this one, if it counts */
    enum mail_state state;     /* all but MAIL_SENDING */
    utc_us next_at;            /* of MAIL_WAITING */
    unsigned reply_code;
    const char *reply, *relay;
};
/* A transaction. Results of claims that were overtaken are passed over. */
enum rc mail_out_record(struct db *db, const struct mail_result *results, size_t n,
                        utc_us at) MUST_CHECK;

/* All part of the caller's transaction. Whether it is still to be sent, or is being sent: nobody
 * claims it, or records what a relay said, before the end of the transaction. */
enum rc mail_out_lock(struct db *db, uint64_t id, bool *unsettled, bool *sending) MUST_CHECK;
/* Of an unsettled one: what it says, in `arena`; and that it is to say something else, if it is
 * tried (again). */
enum rc mail_out_text(struct db *db, uint64_t id, struct arena *arena,
                      const char **text) MUST_CHECK;
enum rc mail_out_rewrite(struct db *db, uint64_t id, const char *text) MUST_CHECK;
/* It is not to be sent any more: it has failed, for this reason. If it is being sent, and a relay
 * takes it all the same, it was sent. */
enum rc mail_out_withdraw(struct db *db, uint64_t id, const char *why) MUST_CHECK;

/* It came back after it was sent: it has failed. Part of the caller's transaction. */
enum rc mail_out_bounced(struct db *db, uint64_t id, unsigned code, const char *reason,
                         utc_us at) MUST_CHECK;

struct mail_depth {
    uint64_t waiting, sending;
    utc_us oldest; /* when the oldest of them was added; 0: there is none */
};
enum rc mail_out_depth(struct db *db, struct mail_depth *out) MUST_CHECK;
