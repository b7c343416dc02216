/*
 * mail_attachments.h - what is attached to a mail becomes documents, within bounds.
 *
 * For the lane that has read the mail, before the transaction that records it: an attachment that
 * is not kept (a program, too large, one too many) is told of with the reason, and the mail is
 * taken all the same.
 */
#pragma once

#include "store/mail_document.h"

struct arena;
struct mail_read;

struct mail_attachment_rules {
    uint64_t size_max;          /* bytes of one */
    uint64_t total_max;         /* of all that are kept of one mail */
    unsigned count_max;         /* kept of one mail */
    const char *const *refused; /* types besides programs, "application/zip" or "video/": by what it
                                   is and by what it is declared as */
    size_t n_refused;
};

/* One entry for each part of the mail that is told of, in their order; lives in `arena`. RC_AGAIN:
 * the database is away. */
enum rc mail_attachments_put(struct db *db, struct mail_read *mail,
                             const struct mail_attachment_rules *rules, struct arena *arena,
                             const struct mail_document **out, size_t *n) MUST_CHECK;
