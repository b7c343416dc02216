/* intake_finish.c - the end of a partner's file: its receipt, and where the copy goes. */
#include <inttypes.h>
#include <string.h>

#include "base/metric.h"
#include "flow/intake_private.h"
#include "flow/intake_receipt.h"

#define LOG_PART "intake"
#include "base/log.h"

static struct metric files_done =
    METRIC_COUNTER("relais_import_files_total", "Partner files taken or refused as a whole.");

enum rc intake_finish(struct intake_run *run, struct db *db)
{
    const bool failed = run->imp.state == IMPORT_FAILED;
    const int64_t ms = run->began_us ? (clock_monotonic_us() - run->began_us) / 1000 : 0;
    char reason[LOG_TEXT_SIZE];
    struct error err = { 0 };
    enum rc rc = intake_receipt(db, run->box.fds[BOX_OUT], &run->imp, &err);

    if (!rc) {
        rc = spool_finish(&run->box, run->imp.id, run->imp.file_name, failed, &err);
        rc = rc == RC_NOTFOUND ? RC_OK : rc;
    }
    if (rc)
        return *err.text ? intake_complain(run, rc, &err) : rc;
    metric_add(&files_done, 1);
    log_info("import=%" PRIu64 " partner=%s state=%s rows=%" PRIu64 " taken=%" PRIu64
             " unchanged=%" PRIu64 " refused=%" PRIu64 " ms=%" PRId64 "%s%s%s",
             run->imp.id, run->profile->code, import_state_name(run->imp.state),
             run->imp.rows_total, run->imp.rows_taken, run->imp.rows_unchanged,
             run->imp.rows_refused, ms, failed ? " reason=\"" : "",
             failed ? log_text(reason, run->imp.reason, strlen(run->imp.reason)) : "",
             failed ? "\"" : "");
    run->began_us = 0;
    intake_let_go(run);
    return RC_OK;
}
