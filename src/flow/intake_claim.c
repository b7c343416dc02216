/* intake_claim.c - a partner's next file: from in/ to work/, and a row of table import. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/metric.h"
#include "flow/intake_private.h"
#include "flow/intake_receipt.h"

#define LOG_PART "intake"
#include "base/log.h"

#define COPY_TRIES 8 /* files, in one step */

static struct metric files_claimed =
    METRIC_COUNTER("relais_import_files_claimed_total", "Partner files that were begun with.");
static struct metric lag_ms = METRIC_COUNTER(
    "relais_import_lag_milliseconds_total",
    "From when a file came to in/ to when it was begun with, summed over all such files.");

/* A file on its way from in/ into table import. */
struct claim {
    struct spool_found found;
    struct spool_copy copy;
    const struct profile *profile; /* NULL: none takes it, or it is too large */
    struct error why;              /* then */
    uint64_t id;
    utc_us now;
};

static enum rc answer_duplicate(struct intake_run *run, const struct claim *c)
{
    struct error err;
    char name[IMPORT_NAME_SIZE], shelved[SPOOL_NAME_SIZE], quoted[LOG_TEXT_SIZE];
    enum rc rc;

    intake_safe_text(name, sizeof(name), c->copy.name);
    log_info("partner=%s file=\"%s\" event=taken_before import=%" PRIu64, run->desk->partner,
             log_text(quoted, name, strlen(name)), run->imp.id);
    rc = intake_receipt_taken_before(run->box.fds[BOX_OUT], c->id, name, c->now,
                                     c->profile ? c->profile : run->desk->profiles[0], &run->imp,
                                     &err);
    if (!rc)
        rc = spool_shelve(&run->box, name, shelved, &err);
    if (!rc) { /* at no moment is it nowhere: a copy that is only in work/ is thrown away by START
                */
        rc = spool_take_source(&run->box, &c->copy, &err);
        if (rc)
            spool_unshelve(&run->box, shelved);
    }
    run->step = INTAKE_START;
    return rc ? intake_complain(run, rc, &err) : RC_OK;
}

static void count_claim(const struct intake_run *run, const struct claim *c)
{
    char file[LOG_TEXT_SIZE];
    const int64_t lag = c->now > c->found.came_at ? (c->now - c->found.came_at) / 1000 : 0;

    metric_add(&files_claimed, 1);
    metric_add(&lag_ms, lag);
    log_info("import=%" PRIu64 " partner=%s profile=%s file=\"%s\" bytes=%" PRIu64
             " lag_ms=%" PRId64 " state=%s",
             run->imp.id, run->desk->partner, *run->imp.profile ? run->imp.profile : "-",
             log_text(file, c->copy.name, strlen(c->copy.name)), run->imp.bytes, lag,
             import_state_name(run->imp.state));
}

/* The database knows the import: what work/ has is its, and the source may go. */
static enum rc keep_claimed(struct intake_run *run, struct claim *c)
{
    const bool unread = c->found.verdict == SPOOL_TOO_LARGE;
    struct error err;
    enum rc rc;

    if (unread) {
        rc = spool_keep_source(&run->box, &c->copy, run->imp.id, &err);
    } else {
        rc = spool_keep(&run->box, run->imp.id, &err);
        if (!rc)
            rc = spool_take_source(&run->box, &c->copy, &err);
    }
    if (rc)
        return intake_complain(run, rc, &err);
    count_claim(run, c);
    run->profile = intake_desk_profile(run->desk, run->imp.profile);
    if (!run->profile) { /* begun before a crash, by a profile that is gone: START waits for it */
        run->step = INTAKE_START;
        return RC_OK;
    }
    run->claimed = true;
    return intake_go_on(run);
}

/* The same content is being read: here, by another run, or at another node, which has not got to
 * its end. The file stays in in/ until that one has. */
static enum rc wait_for_other(struct intake_run *run, const struct db *db)
{
    struct error err;

    if (import_is_elsewhere(db, &run->imp))
        error_set(&err, RC_AGAIN, "node %u is at the same content, import %" PRIu64,
                  run->imp.node_id, run->imp.id);
    else
        error_set(&err, RC_AGAIN, "import %" PRIu64 " is at the same content", run->imp.id);
    return intake_complain(run, RC_AGAIN, &err);
}

/* --- what it is --- */

static void too_large(struct claim *c, uint64_t max_bytes)
{
    c->profile = NULL;
    error_set(&c->why, RC_INVALID,
              "%" PRIu64 " bytes; expected at most %" PRIu64 " (take.max_bytes)", c->found.bytes,
              max_bytes);
}

static uint64_t largest_allowed(const struct intake_desk *desk)
{
    uint64_t most = 0;

    for (size_t i = 0; i < desk->n_profiles; i++)
        most = desk->rules[i]->max_bytes > most ? desk->rules[i]->max_bytes : most;
    return most;
}

static enum rc choose_by_copy(struct intake_run *run, struct claim *c)
{
    int fd;
    enum rc rc = spool_open_copy(&run->box, &fd);

    if (rc)
        return rc;
    rc = intake_desk_choose(run->desk, fd, c->copy.name, &c->profile, &c->why);
    close(fd);
    return rc;
}

static enum rc choose_profile(struct intake_run *run, struct claim *c)
{
    enum rc rc;

    switch (c->found.verdict) {
    case SPOOL_NOBODYS:
        intake_desk_say_nobodys(run->desk, &c->why);
        return RC_OK;
    case SPOOL_TOO_LARGE:
        too_large(c, largest_allowed(run->desk));
        return RC_OK;
    case SPOOL_TAKE:
        rc = choose_by_copy(run, c);
        if (!rc && c->copy.bytes > c->profile->take.max_bytes)
            too_large(c, c->profile->take.max_bytes);
        return rc == RC_NOTFOUND ? RC_OK : rc;
    }
    return RC_FAIL;
}

static enum rc copy_file(struct intake_run *run, struct claim *c)
{
    const enum take_complete complete = spool_look_complete(run->desk->look, c->found.name);
    struct error err;
    const enum rc rc = c->found.verdict == SPOOL_TOO_LARGE
                           ? spool_describe(&run->box, c->found.name, &c->copy, &err)
                           : spool_copy(&run->box, c->found.name, complete, &c->copy, &err);

    if (rc)
        return intake_complain(run, rc, &err);
    spool_look_marker(run->desk->look, &run->box, c->found.name, c->copy.marker);
    return RC_OK;
}

/* --- its row --- */

static void fill_import(struct intake_run *run, const struct claim *c)
{
    struct import *imp = &run->imp;

    *imp = (struct import){ .id = c->id,
                            .partner_id = run->desk->partner_id,
                            .bytes = c->copy.bytes,
                            .state = c->profile ? IMPORT_CHECKING : IMPORT_FAILED,
                            .dropped_at = c->found.came_at,
                            .received_at = c->now };
    memcpy(imp->sha256, c->copy.sha256, sizeof(imp->sha256));
    memcpy(imp->source_name, c->copy.name, sizeof(imp->source_name));
    intake_safe_text(imp->file_name, sizeof(imp->file_name), c->copy.name);
    if (c->profile)
        memcpy(imp->profile, c->profile->name, sizeof(c->profile->name));
    else
        intake_safe_text(imp->reason, sizeof(imp->reason), c->why.text);
}

static enum rc begin(struct intake_run *run, struct db *db, struct claim *c)
{
    enum rc rc = import_new_id(db, &c->id);

    if (rc)
        return rc;
    fill_import(run, c);
    rc = import_begin(db, &run->imp);
    if (rc && rc != RC_CONFLICT)
        return rc;
    /* RC_CONFLICT: the content was taken before; or just before a crash, and has no copy in work/
     * yet: then it is ours. */
    if (rc == RC_CONFLICT && run->imp.state == IMPORT_DONE)
        return answer_duplicate(run, c);
    if (rc == RC_CONFLICT &&
        (import_is_elsewhere(db, &run->imp) || intake_is_at_hand(run, run->imp.id)))
        return wait_for_other(run, db);
    return keep_claimed(run, c);
}

/* A copy of the next file. One that cannot be copied (no room, being written again) does not keep
 * the others waiting: it comes last for a while. */
static enum rc copy_next(struct intake_run *run, struct claim *c)
{
    struct spool_look *look = run->desk->look;
    enum rc copied = RC_OK;

    for (int i = 0; i < COPY_TRIES; i++) {
        const enum rc rc = spool_look_next(look, &run->box, &c->found);

        run->view = *spool_look_view(look);
        if (rc == RC_AGAIN)
            error_set(&c->why, rc, "in/ cannot be read");
        if (rc == RC_AGAIN || (rc && !copied))
            return rc == RC_AGAIN ? intake_complain(run, rc, &c->why) : rc;
        if (rc || (copied && c->found.late)) /* only those are left that had their try */
            return copied;
        copied = copy_file(run, c);
        if (!copied)
            return RC_OK;
        spool_look_put_last(look, c->found.name);
    }
    return copied;
}

enum rc intake_claim(struct intake_run *run, struct db *db)
{
    struct claim c = { .now = clock_now() };
    enum rc rc = copy_next(run, &c);

    if (!rc)
        rc = choose_profile(run, &c);
    if (!rc)
        rc = begin(run, db, &c);
    if (rc)
        spool_forget(&run->box); /* it would take room until it is tried again */
    return rc;
}
