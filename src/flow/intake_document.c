/* intake_document.c - (partner, document number) is taken once. */
#include "flow/intake_document.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "domain/utf8.h"
#include "flow/intake_private.h"
#include "store/import_document.h"
#include "store/import_query.h"

#define LOG_PART "intake"
#include "base/log.h"

/*
 * Until the other one has ended nobody knows whether this is a repetition. That one may be paused,
 * or wait for its profile, for days: the partner's other files go on (intake_is_waiting()).
 */
static enum rc wait_for(struct intake_run *run, const struct import *other)
{
    struct intake_wait *wait = NULL;
    struct error err;

    for (size_t i = 0; !wait && i < INTAKE_WAITS; i++)
        wait = run->waits[i].import_id ? NULL : &run->waits[i];
    if (!wait) {
        error_set(&err, RC_AGAIN, "%d files wait for others with the same document number",
                  INTAKE_WAITS);
        return intake_complain(run, RC_AGAIN, &err);
    }
    *wait = (struct intake_wait){ run->imp.id, other->id };
    log_info("import=%" PRIu64 " partner=%s event=waits for=%" PRIu64
             " reason=\"the same document number\"",
             run->imp.id, run->desk->partner, other->id);
    intake_let_go(run);
    return RC_OK;
}

static bool is_under_way(const struct import *imp)
{
    return imp->state == IMPORT_CHECKING || imp->state == IMPORT_APPLYING;
}

enum rc intake_is_waiting(struct intake_run *run, struct db *db, uint64_t import_id, bool *waiting)
{
    struct intake_wait *wait = NULL;
    char what[120];
    struct import other;
    enum rc rc;

    for (size_t i = 0; i < INTAKE_WAITS; i++) {
        if (run->waits[i].import_id == import_id)
            wait = &run->waits[i];
    }
    *waiting = false;
    if (!wait)
        return RC_OK;
    rc = import_get(db, wait->for_id, &other);
    if (rc && rc != RC_NOTFOUND)
        return rc;
    *waiting = !rc && is_under_way(&other);
    if (!*waiting) {
        *wait = (struct intake_wait){ 0 };
        return RC_OK;
    }
    snprintf(what, sizeof(what),
             "import %" PRIu64 " waits: import %" PRIu64
             " has the same document number and has not ended",
             import_id, wait->for_id);
    if (said_is_new(&run->desk->said, what, ""))
        log_warn("partner=%s reason=\"%s\" effect=\"other files go on\"", run->desk->partner, what);
    intake_set_trouble(run, what);
    return RC_OK;
}

/* The content differs, or the file would have been known by it. */
static enum rc refuse(struct intake_run *run, struct db *db, const struct import *other,
                      const char *number)
{
    char reason[IMPORT_REASON_SIZE], quoted[LOG_TEXT_SIZE];
    const char *file = other->file_name;

    /* Cut between letters: the database will not have half a one. */
    snprintf(reason, sizeof(reason),
             "document number %.*s was taken before, as import %" PRIu64
             " (%.*s), and the content differs; nothing of this file was done. To correct it, send "
             "a file with a new number, or have import %" PRIu64 " undone first",
             (int)utf8_cut(number, strlen(number), 60), number, other->id,
             (int)utf8_cut(file, strlen(file), 80), file, other->id);
    reason[utf8_cut(reason, strlen(reason), sizeof(reason) - 1)] = '\0';
    log_warn("import=%" PRIu64 " partner=%s document=\"%s\" event=taken_before same_as=%" PRIu64
             " reason=\"another content under the same document number\"",
             run->imp.id, run->desk->partner, log_text(quoted, number, strlen(number)), other->id);
    run->step = INTAKE_FINISH;
    return import_repeats(db, &run->imp, other, reason);
}

enum rc intake_claim_document(struct intake_run *run, struct db *db, const char *number)
{
    char fitting[IMPORT_DOCUMENT_SIZE];
    struct import other;
    enum rc rc;

    if (!*number)
        return RC_OK;
    intake_safe_text(fitting, sizeof(fitting), number);
    rc = import_claim_document(db, &run->imp, fitting, &other);
    if (rc != RC_CONFLICT)
        return rc;
    if (is_under_way(&other))
        return wait_for(run, &other);
    return refuse(run, db, &other, fitting);
}
