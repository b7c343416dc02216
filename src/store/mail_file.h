/*
 * mail_file.h - a partner's files that came by mail, on their way to its in/.
 *
 * They are noted in the transaction that records the mail, so that none is lost once the mail was
 * taken; flow/mail_files.h puts them there. One that is put there twice, because of a crash in
 * between, is known by its content, as any partner's file is.
 */
#pragma once

#include "store/mail_document.h"

struct db;

#define MAIL_FILE_NAME_SIZE   256
#define MAIL_FILE_REASON_SIZE 201

/* Is it a file for the partner, or a signature, or the logo in one? */
bool mail_file_is_one(const struct mail_document *d);
/* How many of them are. */
size_t mail_files_among(const struct mail_document *documents, size_t n);
/* Is there one that may have been a file, and was not kept, or cannot be taken? */
bool mail_files_lost(const struct mail_document *documents, size_t n);

/* Part of the caller's transaction: those of the mail's documents that are files become the
 * partner's, also one that could not be placed before. *added: how many (NULL is fine). */
enum rc mail_files_add(struct db *db, uint64_t mail_id, const char *partner,
                       const struct mail_document *documents, size_t n, size_t *added) MUST_CHECK;

struct partner_file {
    uint64_t mail_id, document_id;
    unsigned n;
    char partner[33], name[MAIL_FILE_NAME_SIZE];
};

/* The first one that waits, behind (after_mail, after_n). RC_NOTFOUND: none does. */
enum rc mail_file_next(struct db *db, uint64_t after_mail, unsigned after_n,
                       struct partner_file *out) MUST_CHECK;
enum rc mail_file_placed(struct db *db, const struct partner_file *f, utc_us now) MUST_CHECK;
/* For good: a transaction of its own, in which the mail comes to the review list. */
enum rc mail_file_failed(struct db *db, const struct partner_file *f, const char *reason,
                         utc_us now) MUST_CHECK;
/* It waits on, because of this. */
enum rc mail_file_delayed(struct db *db, const struct partner_file *f,
                          const char *reason) MUST_CHECK;

struct mail_file_view {
    unsigned n;
    const char *partner, *name, *state, *reason;
    uint64_t document_id;
    utc_us settled_at;
};
/* Of one mail. */
enum rc mail_files_each(struct db *db, uint64_t mail_id,
                        void (*each)(void *arg, const struct mail_file_view *v),
                        void *arg) MUST_CHECK;
