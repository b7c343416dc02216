/* intake_finish.c - the end of a partner's file: its receipt, and where the copy goes. */
#include <inttypes.h>
#include <string.h>

#include "base/metric.h"
#include "flow/intake_mail.h"
#include "flow/intake_private.h"
#include "flow/intake_receipt.h"
#include "flow/intake_refused.h"
#include "store/import_answer.h"

#define LOG_PART "intake"
#include "base/log.h"

static struct metric files_done =
    METRIC_COUNTER("relais_import_files_total", "Partner files taken or refused as a whole.");

/* --- the rows to be corrected --- */

static bool wants_refused(const struct intake_run *run)
{
    return !run->refused_written && run->profile->receipt.refused_rows &&
           run->imp.state == IMPORT_DONE && run->imp.rows_refused;
}

static enum rc begin_refused(struct intake_run *run, struct error *err)
{
    enum rc rc = RC_OK;

    if (run->fd < 0)
        rc = spool_open(&run->box, run->imp.id, &run->fd);
    if (rc)
        return rc;
    return intake_refused_begin(run->box.fds[BOX_OUT], run->fd, run->profile, &run->imp,
                                &run->refused, err);
}

/* One stretch of it. Before the receipt: who sees that one finds the other. */
static enum rc write_refused(struct intake_run *run, struct db *db, struct error *err)
{
    enum rc rc = run->refused ? RC_OK : begin_refused(run, err);

    if (rc == RC_NOTFOUND) { /* no copy, no rows: the receipt has to do */
        run->refused_written = true;
        return RC_OK;
    }
    if (!rc)
        rc = intake_refused_step(run->refused, db, &run->refused_written, err);
    if (!rc && run->refused_written) {
        intake_refused_free(run->refused);
        run->refused = NULL;
    }
    return rc;
}

/* --- the end --- */

/* The database hears of it once the receipt can be seen: a crash in between writes it again. */
static enum rc note_answered(struct intake_run *run, struct db *db, struct error *err)
{
    struct import_answer answered = { .profile = run->profile->name };
    struct intake_mail mail;
    enum rc rc = intake_mail_make(run->box.fds[BOX_OUT], run->profile, &run->imp, &mail);

    if (!rc)
        answered.mail = &mail.mail;
    if (!rc || rc == RC_NOTFOUND)
        rc = import_answered(db, &run->imp, &answered);
    else
        error_set(err, rc, "the receipt cannot be read to be mailed");
    intake_mail_close(&mail);
    return rc;
}

/* A stretch of the receipt; after the last one, what follows from it. */
static enum rc answer(struct intake_run *run, struct db *db, bool *done, struct error *err)
{
    const bool failed = run->imp.state == IMPORT_FAILED;
    enum rc rc = RC_OK;

    if (!run->receipt)
        rc = intake_receipt_begin(run->box.fds[BOX_OUT], run->profile, &run->imp, &run->receipt,
                                  err);
    if (!rc)
        rc = intake_receipt_step(run->receipt, db, done, err);
    if (!rc && *done)
        rc = note_answered(run, db, err);
    return rc || !*done ? rc : intake_put_away(run, db, failed, err);
}

enum rc intake_finish(struct intake_run *run, struct db *db)
{
    const bool failed = run->imp.state == IMPORT_FAILED;
    const int64_t ms = run->began_us ? (clock_monotonic_us() - run->began_us) / 1000 : 0;
    char reason[LOG_TEXT_SIZE];
    struct error err = { 0 };
    bool done = false;
    enum rc rc = wants_refused(run) ? write_refused(run, db, &err) : answer(run, db, &done, &err);

    if (rc)
        return *err.text ? intake_complain(run, rc, &err) : rc;
    if (!done)
        return RC_OK; /* the next step goes on */
    metric_add(&files_done, 1);
    log_info("import=%" PRIu64 " partner=%s state=%s rows=%" PRIu64 " taken=%" PRIu64
             " unchanged=%" PRIu64 " refused=%" PRIu64 " ms=%" PRId64 "%s%s%s",
             run->imp.id, run->desk->partner, import_state_name(run->imp.state),
             run->imp.rows_total, run->imp.rows_taken, run->imp.rows_unchanged,
             run->imp.rows_refused, ms, failed ? " reason=\"" : "",
             failed ? log_text(reason, run->imp.reason, strlen(run->imp.reason)) : "",
             failed ? "\"" : "");
    run->began_us = 0;
    intake_let_go(run);
    return RC_OK;
}
