/* import_answer.h - that a partner has been answered, and what goes with it: once for each time
 * that an import comes to its end. */
#pragma once

#include "store/import.h"

struct mail_new;

struct import_answer {
    const char *profile;         /* whose alerts are opened or closed */
    const struct mail_new *mail; /* its id is given here; NULL: none */
};

/*
 * After the receipt was written; again is fine. In one transaction: the import is answered, alert
 * import_failed is opened or closed, the mail is queued.
 */
enum rc import_answered(struct db *db, const struct import *imp,
                        const struct import_answer *answer) MUST_CHECK;
