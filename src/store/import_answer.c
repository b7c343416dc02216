/* import_answer.c - one transaction at the end of an import. */
#include "store/import_answer.h"

#include <stdio.h>

#include "store/alert.h"
#include "store/db.h"
#include "store/mail_out.h"

struct answering {
    const struct import *imp;
    const struct import_answer *answer;
    uint64_t alert_id, mail_id; /* for those to be added */
};

/* An import that failed may come to another end later: each has its finished_at. */
static const char SQL_ANSWERED[] =
    "UPDATE import\n"
    "SET answered_at = GREATEST(?, finished_at)\n"
    "WHERE id = ? AND (answered_at IS NULL OR answered_at < finished_at)";

static enum rc tell_failed(struct db *db, const struct answering *a)
{
    char text[IMPORT_NAME_SIZE + IMPORT_REASON_SIZE + 40];

    if (a->imp->same_as)
        return RC_OK; /* a document that came again is neither good nor bad */
    if (a->imp->state != IMPORT_FAILED)
        return alert_settle(db, ALERT_IMPORT_FAILED, a->answer->profile);
    snprintf(text, sizeof(text), ALERT_SAYS_IMPORT_FAILED, a->imp->file_name, a->imp->reason);
    return alert_put(db, a->alert_id, ALERT_IMPORT_FAILED, a->answer->profile, text);
}

static enum rc queue_mail(struct db *db, const struct answering *a)
{
    struct mail_new mail;
    enum rc rc;

    if (!a->answer->mail)
        return RC_OK;
    mail = *a->answer->mail;
    mail.id = a->mail_id;
    rc = mail_out_add(db, &mail);
    return rc == RC_INVALID ? RC_OK : rc; /* the profile was checked: no address, no mail */
}

static enum rc answer_body(struct db *db, void *arg)
{
    const struct answering *a = arg;
    uint64_t changed = 0;
    enum rc rc =
        db_run(db, SQL_ANSWERED, DB_IN(db_time(clock_now()), db_u64(a->imp->id)), &changed);

    if (rc || !changed)
        return rc;
    rc = tell_failed(db, a);
    return rc ? rc : queue_mail(db, a);
}

enum rc import_answered(struct db *db, const struct import *imp, const struct import_answer *answer)
{
    struct answering a = { .imp = imp, .answer = answer };
    enum rc rc = imp->state == IMPORT_FAILED ? alert_new_id(db, &a.alert_id) : RC_OK;

    if (!rc && answer->mail)
        rc = mail_out_new_ids(db, 1, &a.mail_id);
    return rc ? rc : db_transaction(db, answer_body, &a);
}
