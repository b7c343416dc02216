/* intake_claim.c - a partner's file from in/ to work/, or the one that work/ still has. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "flow/intake_private.h"
#include "flow/intake_receipt.h"
#include "store/import_query.h"

#define LOG_PART "intake"
#include "base/log.h"

/* After a crash between the import's commit and the source's leaving in/: it is the same drop. */
static void take_leftover_source(struct intake_run *run)
{
    struct spool_copy copy;
    struct error err;

    if (spool_copy(&run->box, run->imp.file_name, &copy, &err))
        return;
    if (memcmp(copy.sha256, run->imp.sha256, sizeof(copy.sha256)) == 0 &&
        spool_take_source(&run->box, &copy, &err))
        intake_complain(run, RC_AGAIN, &err);
    spool_forget(&run->box);
}

/* --- INTAKE_START --- */

/* An import whose copy is gone (and whose source is not in in/ any more) can never end well. */
static enum rc fail_lost_imports(struct intake_run *run, struct db *db)
{
    struct import imp = { 0 };
    struct spool_copy copy;
    struct error err;
    size_t n = 1;
    int fd;
    enum rc rc;

    while (!(rc = import_unfinished(db, run->partner_id, imp.id, &imp, &n)) && n) {
        rc = spool_open(&run->box, imp.id, &fd);
        if (!rc)
            close(fd);
        if (rc == RC_NOTFOUND && spool_copy(&run->box, imp.file_name, &copy, &err)) {
            log_error("import=%" PRIu64
                      " partner=%s state=failed reason=\"the copy in work/ is gone\"",
                      imp.id, run->profile->code);
            rc = import_failed(db, &imp, "our copy of the file was lost; please drop it again");
        } else if (rc == RC_NOTFOUND) {
            spool_forget(&run->box);
            rc = RC_OK; /* taken from in/ as any file */
        }
        if (rc)
            break;
    }
    return rc;
}

enum rc intake_start(struct intake_run *run, struct db *db)
{
    struct error err;
    char name[SPOOL_NAME_SIZE];
    uint64_t id;
    enum rc rc;

    drop_box_close(&run->box);
    rc = drop_box_open(run->root, run->profile->code, &run->box, &err);
    if (rc)
        return intake_complain(run, rc, &err);
    if (!run->partner_id)
        rc = import_partner(db, run->profile->code, run->profile->label, &run->partner_id);
    if (!rc && !run->tidied) {
        spool_tidy(&run->box);
        rc = fail_lost_imports(run, db);
        run->tidied = !rc;
    }
    if (rc)
        return rc;
    rc = intake_look_for_undo(run, db);
    if (rc || run->step == INTAKE_UNDO)
        return rc;
    rc = spool_first_kept(&run->box, &id);
    if (rc == RC_NOTFOUND) {
        run->step = INTAKE_CLAIM;
        return RC_OK;
    }
    if (!rc)
        rc = import_get(db, id, &run->imp);
    if (rc == RC_NOTFOUND) {
        log_error("import=%" PRIu64
                  " partner=%s reason=\"work/ has a file that the database does not "
                  "know\" effect=\"moved to failed/\"",
                  id, run->profile->code);
        snprintf(name, sizeof(name), "unknown-%" PRIu64, id);
        return spool_finish(&run->box, id, name, true, &err);
    }
    if (rc)
        return rc;
    log_info("import=%" PRIu64 " partner=%s event=resumed state=%s next_row=%" PRIu64, id,
             run->profile->code, import_state_name(run->imp.state), run->imp.next_row);
    if (run->imp.state == IMPORT_CHECKING || run->imp.state == IMPORT_APPLYING)
        take_leftover_source(run);
    return intake_go_on(run);
}

/* --- INTAKE_CLAIM --- */

static enum rc answer_duplicate(struct intake_run *run, uint64_t id, const struct spool_copy *copy,
                                utc_us received_at)
{
    struct error err;
    char name[IMPORT_NAME_SIZE], quoted[LOG_TEXT_SIZE];
    enum rc rc;

    intake_safe_text(name, sizeof(name), copy->name);
    log_info("partner=%s file=\"%s\" event=taken_before import=%" PRIu64, run->profile->code,
             log_text(quoted, name, strlen(name)), run->imp.id);
    rc = intake_receipt_taken_before(run->box.fds[BOX_OUT], id, name, received_at, &run->imp, &err);
    if (!rc)
        rc = spool_take_source(&run->box, copy, &err);
    if (!rc)
        rc = spool_shelve(&run->box, copy->name, &err);
    run->step = INTAKE_START;
    return rc ? intake_complain(run, rc, &err) : RC_OK;
}

/* The database knows the import: the copy is its, and the source may go. */
static enum rc keep_claimed(struct intake_run *run, const struct spool_copy *copy)
{
    struct error err;
    char file[LOG_TEXT_SIZE];
    enum rc rc = spool_keep(&run->box, run->imp.id, &err);

    if (!rc)
        rc = spool_take_source(&run->box, copy, &err);
    if (rc)
        return intake_complain(run, rc, &err);
    log_info("import=%" PRIu64 " partner=%s file=\"%s\" bytes=%" PRIu64 " state=%s", run->imp.id,
             run->profile->code, log_text(file, copy->name, strlen(copy->name)), run->imp.bytes,
             import_state_name(run->imp.state));
    run->claimed = true;
    return intake_go_on(run);
}

/* The same content was dropped at another node, which has not got to its end: the file stays in in/
 * until that one has. */
static enum rc wait_for_other(struct intake_run *run)
{
    struct error err;

    error_set(&err, RC_AGAIN, "node %u is at the same content, import %" PRIu64, run->imp.node_id,
              run->imp.id);
    return intake_complain(run, RC_AGAIN, &err);
}

enum rc intake_claim(struct intake_run *run, struct db *db)
{
    struct spool_copy copy;
    struct error err;
    char name[SPOOL_NAME_SIZE];
    const utc_us now = clock_now();
    uint64_t id = 0;
    enum rc rc;

    rc = spool_find(&run->box, name);
    if (rc)
        return rc;
    rc = spool_copy(&run->box, name, &copy, &err);
    if (rc)
        return intake_complain(run, rc, &err);
    rc = import_new_id(db, &id);
    if (rc)
        return rc;
    run->imp = (struct import){
        .id = id, .partner_id = run->partner_id, .bytes = copy.bytes, .received_at = now
    };
    memcpy(run->imp.sha256, copy.sha256, sizeof(copy.sha256));
    intake_safe_text(run->imp.file_name, sizeof(run->imp.file_name), copy.name);
    rc = import_begin(db, &run->imp);
    if (rc == RC_CONFLICT && run->imp.state == IMPORT_DONE)
        return answer_duplicate(run, id, &copy, now);
    if (rc && rc != RC_CONFLICT)
        return rc;
    if (import_is_elsewhere(db, &run->imp))
        return wait_for_other(run);
    /* RC_CONFLICT here: it was committed just before a crash and has no copy in work/ yet. */
    return keep_claimed(run, &copy);
}
