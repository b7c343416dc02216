/*
 * intake_undo.c - what an import did is taken back, chunk by chunk: because somebody asked for it
 * (import undo), or because the file turned out to have too many faults while it was applied.
 */
#include <inttypes.h>
#include <stdio.h>

#include "flow/intake_private.h"
#include "store/import_undo.h"

#define LOG_PART "intake"
#include "base/log.h"

#define FAILURES_MAX 3 /* then it waits for the next start, and the partner's files go on */

static bool has_given_up(const struct intake_run *run)
{
    return run->undo_failures >= FAILURES_MAX;
}

bool intake_undo_waits(struct intake_run *run)
{
    char what[120];

    if (run->imp.state != IMPORT_UNDOING || !has_given_up(run))
        return false;
    snprintf(what, sizeof(what),
             "import %" PRIu64 " cannot be undone; it is tried again after the "
             "next start",
             run->imp.id);
    intake_set_trouble(run, what);
    return true;
}

enum rc intake_look_for_undo(struct intake_run *run, struct db *db)
{
    enum rc rc;

    if (has_given_up(run))
        return RC_OK;
    rc = import_undo_find(db, run->desk->partner_id, &run->imp);
    if (rc)
        return rc == RC_NOTFOUND ? RC_OK : rc;
    if (intake_is_at_hand(run, run->imp.id))
        return RC_OK; /* another run is at it */
    log_info("import=%" PRIu64 " partner=%s event=undoing", run->imp.id, run->desk->partner);
    run->step = INTAKE_UNDO;
    return RC_OK;
}

enum rc intake_undo(struct intake_run *run, struct db *db)
{
    bool over = false;
    enum rc rc = import_undo_step(db, &run->imp, &over);

    if ((rc == RC_FAIL || rc == RC_INVALID) && ++run->undo_failures == FAILURES_MAX)
        log_error("import=%" PRIu64 " partner=%s reason=\"cannot be undone\" effect=\"tried again "
                  "after the next start\"",
                  run->imp.id, run->desk->partner);
    if (rc || !over)
        return rc;
    run->undo_failures = 0;
    log_info("import=%" PRIu64 " partner=%s state=%s event=undone", run->imp.id, run->desk->partner,
             import_state_name(run->imp.state));
    intake_let_go(run); /* if there is a copy of it in work/, that is finished next */
    return RC_OK;
}
