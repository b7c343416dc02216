/* intake_place.c - where an import's file is: in/, work/, done/ or failed/, as table import says.
 */
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "flow/intake_private.h"
#include "store/import_query.h"

#define LOG_PART "intake"
#include "base/log.h"

/* A file's name as one in done/ or failed/: no control characters, not hidden, no slash. */
static void tame_name(char name[SPOOL_NAME_SIZE], const char *file_name)
{
    snprintf(name, SPOOL_NAME_SIZE, "%s", *file_name ? file_name : "file");
    for (char *c = name; *c; c++) {
        if ((unsigned char)*c < ' ' || *c == 0x7f || *c == '/' || (c == name && *c == '.'))
            *c = '_';
    }
}

enum rc intake_put_away(struct intake_run *run, struct db *db, bool failed, struct error *err)
{
    const struct import *imp = &run->imp;
    char wanted[SPOOL_NAME_SIZE], name[SPOOL_NAME_SIZE];
    enum rc rc = RC_CONFLICT;

    tame_name(wanted, imp->file_name);
    for (int i = 0; i < 10 && rc == RC_CONFLICT; i++) {
        spool_final_name(&run->box, imp->id, wanted, failed, name);
        rc = import_set_final_name(db, &run->imp, name);
        if (rc)
            return rc;
        rc = spool_finish(&run->box, imp->id, name, failed, err);
    }
    if (rc == RC_NOTFOUND) /* there is no copy: it was moved before a crash, or was lost */
        return RC_OK;
    return rc == RC_CONFLICT ? RC_AGAIN : rc;
}

static bool has_copy(const struct intake_run *run, uint64_t id)
{
    int fd;

    if (spool_open(&run->box, id, &fd))
        return false;
    close(fd);
    return true;
}

/* --- imports that are to be done again --- */

/* The file of an import that somebody set back to checking, from where it lies. */
static enum rc fetch(struct intake_run *run, const struct import *imp, struct error *err)
{
    enum rc rc = spool_fetch(&run->box, imp->id, imp->final_name, false, imp->sha256, err);

    if (rc == RC_NOTFOUND)
        rc = spool_fetch(&run->box, imp->id, imp->final_name, true, imp->sha256, err);
    return rc;
}

/* As if it were dropped again: the profiles may have been corrected, so one is chosen anew. */
static enum rc bring_back(struct intake_run *run, struct db *db, struct import *imp)
{
    struct error err = { 0 };
    enum rc rc = import_set_profile(db, imp, "");

    if (rc)
        return rc;
    rc = fetch(run, imp, &err);
    if (!rc) {
        log_info("import=%" PRIu64 " partner=%s event=fetched", imp->id, run->desk->partner);
        return RC_OK;
    }
    if (rc != RC_NOTFOUND)
        return intake_complain(run, rc, &err);
    log_error("import=%" PRIu64 " partner=%s state=failed reason=\"its file is not in done/ nor "
              "failed/ any more\"",
              imp->id, run->desk->partner);
    run->imp = *imp;
    run->profile = run->desk->profiles[0];
    run->step = INTAKE_FINISH; /* which writes the receipt */
    return import_failed(
        db, &run->imp,
        "the file, with this content, is neither in done/ nor in failed/ any more; "
        "please drop it again");
}

enum rc intake_bring_back(struct intake_run *run, struct db *db)
{
    struct import imp = { 0 };
    size_t n = 1;
    enum rc rc;

    while (!(rc = import_unfinished(db, run->desk->partner_id, imp.id, &imp, &n)) && n) {
        if (!*imp.final_name || intake_is_at_hand(run, imp.id) || has_copy(run, imp.id))
            continue;
        rc = bring_back(run, db, &imp);
        if (rc || run->step == INTAKE_FINISH)
            break;
    }
    return rc;
}

/* --- after a crash --- */

/*
 * The source of an import, still in in/. RC_NOTFOUND: what is there of its name, if anything, is
 * another file. It was complete when it was copied, so that is not asked again.
 */
static enum rc find_source(const struct intake_run *run, const struct import *imp,
                           struct spool_copy *copy)
{
    const char *name = *imp->source_name ? imp->source_name : imp->file_name;
    struct error err;
    enum rc rc = spool_hash(&run->box, name, imp->bytes, copy, &err);

    if (rc)
        return rc;
    if (memcmp(copy->sha256, imp->sha256, sizeof(copy->sha256)) != 0)
        return RC_NOTFOUND;
    spool_look_marker(run->desk->look, &run->box, name, copy->marker);
    return RC_OK;
}

/* It has been looked for: while the import is only tried again and again, once is enough. */
static bool was_looked_for(struct intake_run *run)
{
    return run->desk->source_of == run->imp.id;
}

void intake_take_leftover_source(struct intake_run *run)
{
    struct spool_copy copy;
    struct error err;
    enum rc rc;

    if (was_looked_for(run))
        return;
    rc = find_source(run, &run->imp, &copy);
    if (rc == RC_NOTFOUND)
        spool_look_tidy_marker(run->desk->look, &run->box, run->imp.source_name,
                               run->imp.received_at);
    else if (!rc && (rc = spool_take_source(&run->box, &copy, &err)))
        intake_complain(run, rc, &err);
    if (!rc || rc == RC_NOTFOUND)
        run->desk->source_of = run->imp.id;
}

enum rc intake_fail_lost(struct intake_run *run, struct db *db)
{
    struct import imp = { 0 };
    struct spool_copy copy;
    size_t n = 1;
    enum rc rc;

    while (!(rc = import_unfinished(db, run->desk->partner_id, imp.id, &imp, &n)) && n) {
        if (has_copy(run, imp.id))
            continue;
        rc = find_source(run, &imp, &copy);
        if (!rc)
            continue; /* it will be taken from in/ as any file */
        if (rc != RC_NOTFOUND)
            break;
        log_error("import=%" PRIu64 " partner=%s state=failed reason=\"the copy in work/ is gone\"",
                  imp.id, run->desk->partner);
        rc = import_failed(db, &imp, "our copy of the file was lost; please drop it again");
        if (rc)
            break;
    }
    return rc;
}
