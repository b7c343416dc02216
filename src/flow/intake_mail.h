/* intake_mail.h - a partner's receipt as a mail to its contact. Lane threads. */
#pragma once

#include "channel/file/profile.h"
#include "store/import.h"
#include "store/mail_out.h"

struct intake_mail {
    struct mail_new mail; /* its texts are the others */
    char *file;
    char subject[IMPORT_NAME_SIZE + 100];
    char text[IMPORT_NAME_SIZE + RECEIPT_NAME_SIZE + 600];
    char name[RECEIPT_NAME_SIZE];
};

/* From the receipt that is in `out_dir`; intake_mail_close() in any case. RC_NOTFOUND: the profile
 * wants none. RC_AGAIN: the receipt cannot be read now. */
enum rc intake_mail_make(int out_dir, const struct profile *profile, const struct import *imp,
                         struct intake_mail *mail) MUST_CHECK;
void intake_mail_close(struct intake_mail *mail);
