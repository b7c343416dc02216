/*
 * mail_batch.h - a batch of mails on a lane: read, judged, recorded in one transaction.
 *
 * Should the transaction fail for another reason than that the database is away, one of the mails
 * is poison: they are recorded one at a time, and that one alone is put off.
 */
#pragma once

#include <sys/queue.h>

#include "base/arena.h"
#include "flow/mail_attachments.h"
#include "flow/mail_recipient.h"

#define MAIL_BATCH_MAILS 64
#define MAIL_BATCH_BYTES ((size_t)2 << 20) /* of sources in memory, but for a single one */

struct mail_batch_rules {
    struct mail_house house;
    struct mail_in_rules store;
    struct mail_attachment_rules attachments;
};

/* One of the mails, and what became of it for each of its recipients. */
struct mail_taken {
    STAILQ_ENTRY(mail_taken) link; /* of whoever holds it */
    struct lmtp_mail *mail;
    utc_us at;
    const char *odd; /* what was wrong with it, "": nothing; in the batch's arena */
    size_t item;     /* its first one of the batch */
    bool ready;      /* it has items, to be recorded */
    uint64_t source; /* of a large one: the pieces that were put for it; 0: none */
    struct mail_taken_for {
        struct lmtp_reply reply;
        const char *kind, *outcome; /* constants, for the log; outcome "": it was not recorded */
    } for_each[];                   /* recipient */
};

/* Takes over the mail. NULL: no memory, and the mail is still the caller's. */
struct mail_taken *mail_taken_new(struct lmtp_mail *mail, utc_us at);
void mail_taken_free(struct mail_taken *t); /* NULL is fine */

struct mail_batch_result {
    uint64_t *contacts; /* customers who wrote */
    size_t n_contacts;
    size_t answered, reviews, files, of_staff;
    bool more; /* mail_in_follow() has something to do */
};

struct db;

/* Fills in what became of each. What else is told lives in `arena`. */
void mail_batch_take(struct db *db, const struct mail_batch_rules *rules,
                     struct mail_in_stock *stock, struct mail_taken *const *mails, size_t n,
                     struct arena *arena, struct mail_batch_result *out);
