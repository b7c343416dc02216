/* intake_start.c - the start of a run: the partner's directories, and what work/ still has. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "flow/intake_document.h"
#include "flow/intake_private.h"
#include "store/import_query.h"

#define LOG_PART "intake"
#include "base/log.h"

bool intake_is_at_hand(const struct intake_run *run, uint64_t import_id)
{
    for (size_t i = 0; i < run->n_others; i++) {
        if (run->others[i] == import_id)
            return true;
    }
    return false;
}

static enum rc open_box(struct intake_run *run)
{
    struct error err;
    enum rc rc;

    drop_box_close(&run->box);
    rc = drop_box_open(run->desk->root, run->desk->partner, &run->box, &err);
    run->box.stop = run->desk->stop;
    return rc ? intake_complain(run, rc, &err) : RC_OK;
}

static enum rc know_partner(struct intake_run *run, struct db *db)
{
    struct intake_desk *desk = run->desk;

    if (desk->partner_id)
        return RC_OK;
    return import_partner(db, desk->partner, desk->profiles[0]->label, &desk->partner_id);
}

/* What was left half done; all of it once, after the start of relaisd: nobody else is at work in
 * work/ then. */
static enum rc tidy(struct intake_run *run, struct db *db)
{
    enum rc rc = RC_OK;

    spool_put_back(&run->box);
    if (!run->desk->tidied) {
        spool_tidy(&run->box);
        rc = intake_fail_lost(run, db);
        run->desk->tidied = !rc;
    }
    return rc;
}

static enum rc move_unknown(struct intake_run *run, uint64_t id)
{
    char name[SPOOL_NAME_SIZE], wanted[40];
    struct error err;

    log_error("import=%" PRIu64 " partner=%s reason=\"work/ has a file that the database does not "
              "know\" effect=\"moved to failed/\"",
              id, run->desk->partner);
    snprintf(wanted, sizeof(wanted), "unknown-%" PRIu64, id);
    spool_final_name(&run->box, id, wanted, true, name);
    return spool_finish(&run->box, id, name, true, &err);
}

/* Its profile was taken away while it was being read; another one might read it wrongly. */
static void wait_for_profile(struct intake_run *run)
{
    char what[160];

    snprintf(what, sizeof(what),
             "import %" PRIu64 " waits for its profile %.80s, which is not there", run->imp.id,
             run->imp.profile);
    if (said_is_new(&run->desk->said, what, ""))
        log_error("import=%" PRIu64 " partner=%s profile=%s reason=\"the profile is not there any "
                  "more\" effect=\"the import waits for it\"",
                  run->imp.id, run->desk->partner, run->imp.profile);
    intake_set_trouble(run, what);
}

/* The file is no profile's any more; or it never was one's. */
static enum rc refuse(struct intake_run *run, struct db *db, const struct error *why)
{
    char reason[IMPORT_REASON_SIZE];

    intake_safe_text(reason, sizeof(reason), why->text);
    run->profile = run->desk->profiles[0]; /* for the receipt */
    run->step = INTAKE_FINISH;
    return import_failed(db, &run->imp, reason);
}

/* An import that is to be done again has no profile until one is chosen. */
static enum rc choose_again(struct intake_run *run, struct db *db)
{
    const struct profile *chosen = NULL;
    struct error why = { 0 };
    int fd;
    enum rc rc = spool_open(&run->box, run->imp.id, &fd);

    if (rc)
        return rc;
    rc = intake_desk_choose(run->desk, fd, run->imp.source_name, &chosen, &why);
    close(fd);
    if (rc == RC_NOTFOUND)
        return refuse(run, db, &why);
    return rc ? rc : import_set_profile(db, &run->imp, chosen->name);
}

/* The import whose copy work/ has. RC_NOTFOUND: it cannot be gone on with now. */
static enum rc take_up(struct intake_run *run, struct db *db, uint64_t id)
{
    enum rc rc;
    bool ended, waiting;

    rc = intake_is_waiting(run, db, id, &waiting);
    if (rc || waiting)
        return rc ? rc : RC_NOTFOUND;
    rc = import_get(db, id, &run->imp);
    if (rc)
        return rc == RC_NOTFOUND ? move_unknown(run, id) : rc;
    if (intake_undo_waits(run))
        return RC_NOTFOUND;
    ended = run->imp.state != IMPORT_CHECKING && run->imp.state != IMPORT_APPLYING;
    if (!ended && !*run->imp.profile && *run->imp.source_name) {
        rc = choose_again(run, db);
        if (rc || run->step == INTAKE_FINISH)
            return rc;
    }
    run->profile = intake_desk_profile(run->desk, run->imp.profile);
    if (!run->profile && !ended) {
        wait_for_profile(run);
        return RC_NOTFOUND;
    }
    if (!run->profile)
        run->profile = run->desk->profiles[0]; /* for the receipt */
    log_info("import=%" PRIu64 " partner=%s event=resumed state=%s next_row=%" PRIu64, id,
             run->desk->partner, import_state_name(run->imp.state), run->imp.next_row);
    if (run->imp.state != IMPORT_DONE)
        intake_take_leftover_source(run);
    return intake_go_on(run);
}

/* The first import of which work/ has a copy and nobody is at work on. */
static enum rc resume(struct intake_run *run, struct db *db)
{
    uint64_t id = 0;
    enum rc rc;

    said_begin(&run->desk->said);
    while (!(rc = spool_next_kept(&run->box, id, &id))) {
        if (intake_is_at_hand(run, id))
            continue;
        rc = take_up(run, db, id);
        if (rc != RC_NOTFOUND)
            break;
    }
    said_end(&run->desk->said);
    if (rc == RC_NOTFOUND) {
        run->step = INTAKE_CLAIM;
        return RC_OK;
    }
    return rc;
}

enum rc intake_start(struct intake_run *run, struct db *db)
{
    enum rc rc = intake_desk_ready(run->desk);

    intake_set_trouble(run, "");
    if (!rc)
        rc = open_box(run);
    if (!rc)
        rc = know_partner(run, db);
    if (!rc)
        rc = intake_bring_back(run, db);
    if (rc || run->step == INTAKE_FINISH)
        return rc;
    rc = tidy(run, db);
    if (!rc)
        rc = intake_look_for_undo(run, db);
    return rc || run->step == INTAKE_UNDO ? rc : resume(run, db);
}
