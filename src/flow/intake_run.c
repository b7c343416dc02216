/* intake_run.c - the machine of a partner's file: which step is next, and what a step that failed
 * leaves behind. */
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "channel/file/file_reader.h"
#include "domain/utf8.h"
#include "flow/intake_private.h"
#include "flow/intake_receipt.h"
#include "flow/intake_refused.h"

#define LOG_PART "intake"
#include "base/log.h"

#define FAILURES_MAX 3 /* of an import, in a row */

static void begin(struct intake_run *run, struct intake_desk *desk)
{
    run->desk = desk;
    run->chunk_rows = desk->chunk_rows;
    run->profile = desk->profiles[0];
    run->fd = -1;
    for (int i = 0; i < BOX_PARTS; i++)
        run->box.fds[i] = -1;
}

void intake_run_share(struct intake_run *run, struct intake_desk *desk)
{
    *run = (struct intake_run){ 0 };
    begin(run, desk);
}

void intake_run_init(struct intake_run *run, const char *root, struct profile *profile,
                     unsigned chunk_rows)
{
    *run = (struct intake_run){ .alone = profile };
    intake_desk_init(&run->own, root, &run->alone, 1, chunk_rows);
    begin(run, &run->own);
}

void intake_let_go(struct intake_run *run)
{
    file_reader_close(run->reader);
    intake_tally_free(run->tally);
    intake_pass_free(run->pass);
    intake_refused_free(run->refused);
    intake_receipt_free(run->receipt);
    if (run->fd >= 0)
        close(run->fd);
    run->reader = NULL;
    run->tally = NULL;
    run->pass = NULL;
    run->refused = NULL;
    run->receipt = NULL;
    run->refused_written = false;
    run->fd = -1;
    run->claimed = false;
    run->imp.id = 0;
    drop_box_close(&run->box);
    run->step = INTAKE_START;
}

void intake_run_close(struct intake_run *run)
{
    intake_let_go(run);
    intake_desk_close(&run->own);
}

void intake_safe_text(char *out, size_t size, const char *text)
{
    const size_t len = strlen(text);
    size_t at = 0, to = 0;

    while (at < len) {
        const size_t from = at;

        if (utf8_next(text, len, &at) == UTF8_BAD)
            at++;
        if (to + (at - from) >= size)
            break;
        memcpy(out + to, text + from, at - from);
        if (utf8_valid(text + from, at - from, NULL))
            to += at - from;
        else
            out[to++] = '?';
    }
    out[to] = '\0';
}

void intake_set_trouble(struct intake_run *run, const char *text)
{
    intake_safe_text(run->trouble, sizeof(run->trouble), text);
}

enum rc intake_complain(struct intake_run *run, enum rc rc, const struct error *err)
{
    char reason[LOG_TEXT_SIZE];

    intake_set_trouble(run, err->text);
    if (strcmp(run->said, run->trouble) != 0)
        log_warn("partner=%s reason=\"%s\" effect=\"tried again later\"", run->desk->partner,
                 log_text(reason, err->text, strlen(err->text)));
    memcpy(run->said, run->trouble, sizeof(run->said));
    return rc;
}

enum rc intake_go_on(struct intake_run *run)
{
    switch (run->imp.state) {
    case IMPORT_CHECKING:
        return intake_begin_check(run);
    case IMPORT_APPLYING:
        return intake_begin_apply(run);
    case IMPORT_DONE:
    case IMPORT_FAILED:
    case IMPORT_UNDONE:
        run->step = INTAKE_FINISH;
        return RC_OK;
    case IMPORT_UNDOING:
        run->step = INTAKE_UNDO;
        return RC_OK;
    }
    return RC_FAIL;
}

/*
 * A step of the import at hand failed, and not because the database or the disk is away. That may
 * pass; what does not is not tried for ever, as the partner's other files wait behind it.
 */
static bool is_hopeless(struct intake_run *run, enum rc rc)
{
    const bool reading = run->step == INTAKE_CHECK || run->step == INTAKE_APPLY;

    if (!reading || (rc != RC_FAIL && rc != RC_INVALID))
        return false;
    run->failed = run->failing == run->imp.id ? run->failed + 1 : 1;
    run->failing = run->imp.id;
    return run->failed >= FAILURES_MAX;
}

static enum rc refuse_hopeless(struct intake_run *run, struct db *db)
{
    log_error("import=%" PRIu64 " partner=%s failures=%u reason=\"its steps fail again and again, "
              "see above\" effect=\"the file is refused\"",
              run->imp.id, run->desk->partner, run->failed);
    run->failed = 0;
    return intake_refuse_file(run, db,
                              "the file could not be read to its end, for a reason on our side "
                              "that our log has; please tell us");
}

enum rc intake_run_step(struct intake_run *run, struct db *db)
{
    static enum rc (*const steps[])(struct intake_run *, struct db *) = {
        [INTAKE_START] = intake_start, [INTAKE_CLAIM] = intake_claim,
        [INTAKE_CHECK] = intake_check, [INTAKE_APPLY] = intake_apply,
        [INTAKE_UNDO] = intake_undo,   [INTAKE_FINISH] = intake_finish,
    };
    enum rc rc = steps[run->step](run, db);

    if (rc && is_hopeless(run, rc))
        rc = refuse_hopeless(run, db);
    if (!rc)
        return RC_OK;
    if (rc != RC_NOTFOUND)
        log_debug("partner=%s step=%d rc=%s", run->desk->partner, (int)run->step, rc_name(rc));
    else
        run->said[0] = '\0'; /* all is well again */
    intake_let_go(run);
    return rc == RC_NOTFOUND ? RC_NOTFOUND : RC_AGAIN;
}
