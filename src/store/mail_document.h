/* mail_document.h - what is attached to mails that came in. */
#pragma once

#include "store/document.h"

struct db;

#define MAIL_DOCUMENTS_MAX 100 /* of one mail; mail_read.h tells of no more */

struct mail_document {
    uint64_t document_id; /* 0: it was not kept */
    const char *name;     /* valid UTF-8, "": none */
    const char *declared; /* type, "": none */
    const char *type;     /* by its bytes; "": they were not looked at */
    uint64_t size;
    bool is_inline;
    bool lies;       /* it is not what it is declared as */
    const char *why; /* it was not kept, a constant; "": it was */
};

/* Those of one mail. */
struct mail_documents {
    uint64_t mail_id;
    const struct mail_document *documents;
    size_t n;
};

/* Part of the transaction that records the mails. RC_NOTFOUND: a document is gone; that cannot be
 * within a day of when it was put. */
enum rc mail_documents_add(struct db *db, const struct mail_documents *mails, size_t n) MUST_CHECK;
/* In their order; texts live during the call. */
enum rc mail_documents_each(struct db *db, uint64_t mail_id,
                            void (*each)(void *arg, unsigned n, const struct mail_document *d),
                            void *arg) MUST_CHECK;
