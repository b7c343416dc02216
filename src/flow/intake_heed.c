/* intake_heed.c - between two chunks an import does what a person wants of it. */
#include <inttypes.h>
#include <stdio.h>

#include "flow/intake_private.h"
#include "store/import_command.h"

#define LOG_PART "intake"
#include "base/log.h"

/* The rows that were applied stay: to take them back is another decision. The counts know those
 * that were applied ahead of the checkpoint, too. */
static enum rc end_it(struct intake_run *run, struct db *db, const char *who)
{
    char reason[IMPORT_REASON_SIZE];
    enum rc rc = run->imp.state == IMPORT_APPLYING ? import_take_turn(db, &run->imp) : RC_OK;
    const uint64_t applied = run->imp.rows_taken + run->imp.rows_unchanged;

    if (rc)
        return rc;
    if (applied)
        snprintf(reason, sizeof(reason), "cancelled by %s; %" PRIu64 " %s had been applied", who,
                 applied, applied == 1 ? "row" : "rows");
    else
        snprintf(reason, sizeof(reason), "cancelled by %s before any row was applied", who);
    rc = import_failed(db, &run->imp, reason);
    run->step = INTAKE_FINISH;
    return rc;
}

bool intake_heed(struct intake_run *run, struct db *db, enum rc *rc)
{
    enum import_wish wish = IMPORT_GO_ON;
    char who[65];

    *rc = import_wish_read(db, &run->imp, &wish, who);
    if (*rc)
        return true;
    switch (wish) {
    case IMPORT_GO_ON:
        return false;
    case IMPORT_PAUSE:
        log_info("import=%" PRIu64 " event=paused next_row=%" PRIu64, run->imp.id,
                 run->imp.next_row);
        *rc = RC_AGAIN;
        return true;
    case IMPORT_CANCEL:
        log_info("import=%" PRIu64 " event=cancelled next_row=%" PRIu64, run->imp.id,
                 run->imp.next_row);
        *rc = end_it(run, db, who);
        return true;
    }
    return false;
}
