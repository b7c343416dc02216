/* intake_document.c - (partner, document number) is taken once. */
#include "flow/intake_document.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "domain/utf8.h"
#include "flow/intake_private.h"
#include "store/import_document.h"

#define LOG_PART "intake"
#include "base/log.h"

static enum rc wait_for(struct intake_run *run, const struct import *other)
{
    struct error err;

    error_set(&err, RC_AGAIN, "import %" PRIu64 " has the same document number and is being read",
              other->id);
    return intake_complain(run, RC_AGAIN, &err);
}

/* The content differs, or the file would have been known by it. */
static enum rc refuse(struct intake_run *run, struct db *db, const struct import *other,
                      const char *number)
{
    char reason[IMPORT_REASON_SIZE], quoted[LOG_TEXT_SIZE];

    snprintf(
        reason, sizeof(reason),
        "document number %.60s was taken before, as import %" PRIu64
        " (%.80s), and the content differs; nothing of this file was done. To correct it, send "
        "a file with a new number, or have import %" PRIu64 " undone first",
        number, other->id, other->file_name, other->id);
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
    if (other.state == IMPORT_CHECKING || other.state == IMPORT_APPLYING)
        return wait_for(run, &other);
    return refuse(run, db, &other, fitting);
}
