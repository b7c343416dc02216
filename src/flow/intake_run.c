/* intake_run.c - the steps of a partner's file. */
#include "flow/intake_run.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/metric.h"
#include "channel/file/file_reader.h"
#include "domain/utf8.h"
#include "flow/intake_receipt.h"
#include "store/import_query.h"

#define LOG_PART "intake"
#include "base/log.h"

#define CHECK_ROWS   20000 /* a step of the first pass */
#define SKIP_ROWS    50000 /* a step over what was applied before */
#define FAILURES_MAX 3

static struct metric files_done =
    METRIC_COUNTER("relais_import_files_total", "Partner files taken or refused as a whole.");
static struct metric rows_taken =
    METRIC_COUNTER("relais_import_rows_taken_total", "Rows of partner files that were taken.");
static struct metric rows_refused =
    METRIC_COUNTER("relais_import_rows_refused_total", "Rows of partner files that were refused.");

/* The rows of one transaction, and what their texts live in. */
struct intake_chunk {
    struct arena arena;
    struct order_row rows[IMPORT_CHUNK_MAX];
    struct import_reject rejects[IMPORT_CHUNK_MAX];
    size_t n_rows, n_rejects;
    uint64_t next_row;
};

void intake_run_init(struct intake_run *run, const char *root, const struct profile *profile,
                     unsigned chunk_rows)
{
    *run =
        (struct intake_run){ .root = root, .profile = profile, .chunk_rows = chunk_rows, .fd = -1 };
    for (int i = 0; i < BOX_PARTS; i++)
        run->box.fds[i] = -1;
}

/* A file's name or a reader's fault as the database may have it: valid UTF-8 that fits. */
static void safe_text(char *out, size_t size, const char *text)
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

/* Lets go of the import at hand; what is worth keeping is in work/ and in the database. */
static void let_go(struct intake_run *run)
{
    file_reader_close(run->reader);
    mapping_free(run->mapping);
    import_apply_free(run->apply);
    if (run->chunk)
        arena_close(&run->chunk->arena);
    free(run->chunk);
    if (run->fd >= 0)
        close(run->fd);
    run->reader = NULL;
    run->mapping = NULL;
    run->apply = NULL;
    run->chunk = NULL;
    run->fd = -1;
    run->claimed = false;
    drop_box_close(&run->box);
    run->step = INTAKE_START;
}

void intake_run_close(struct intake_run *run)
{
    let_go(run);
}

static enum rc complain(const struct intake_run *run, enum rc rc, const struct error *err)
{
    char reason[LOG_TEXT_SIZE];

    log_warn("partner=%s reason=\"%s\" effect=\"tried again later\"", run->profile->code,
             log_text(reason, err->text, strlen(err->text)));
    return rc;
}

/* --- the start of a step --- */

static enum rc open_reader(struct intake_run *run)
{
    enum rc rc = RC_OK;

    file_reader_close(run->reader);
    run->reader = NULL;
    if (run->fd < 0)
        rc = spool_open(&run->box, run->imp.id, &run->fd);
    return rc ? rc : file_reader_open(run->profile, run->fd, &run->reader);
}

static enum rc begin_check(struct intake_run *run)
{
    const enum rc rc = open_reader(run);

    run->checked_rows = 0;
    run->began_us = clock_monotonic_us();
    run->step = INTAKE_CHECK;
    return rc;
}

static enum rc begin_apply(struct intake_run *run)
{
    const struct import_rules rules = { .create_categories = run->profile->create_categories,
                                        .create_sources = run->profile->create_sources,
                                        .create_ranges = run->profile->create_ranges,
                                        .mapping = &run->profile->rules };
    enum rc rc = open_reader(run);

    if (rc)
        return rc;
    run->apply = import_apply_new(&rules);
    run->chunk = calloc(1, sizeof(*run->chunk));
    if (!run->apply || !run->chunk)
        return RC_FAIL;
    arena_init(&run->chunk->arena);
    if (run->began_us == 0)
        run->began_us = clock_monotonic_us();
    run->step = INTAKE_APPLY;
    return mapping_new(&run->profile->rules, &run->mapping, NULL);
}

/* After a crash between the import's commit and the source's leaving in/: it is the same drop. */
static void take_leftover_source(struct intake_run *run)
{
    struct spool_copy copy;
    struct error err;

    if (spool_copy(&run->box, run->imp.file_name, &copy, &err))
        return;
    if (memcmp(copy.sha256, run->imp.sha256, sizeof(copy.sha256)) == 0 &&
        spool_take_source(&run->box, &copy, &err))
        complain(run, RC_AGAIN, &err);
    spool_forget(&run->box);
}

static enum rc go_on_with(struct intake_run *run)
{
    switch (run->imp.state) {
    case IMPORT_CHECKING:
        return begin_check(run);
    case IMPORT_APPLYING:
        return begin_apply(run);
    case IMPORT_DONE:
    case IMPORT_FAILED:
        run->step = INTAKE_FINISH;
        return RC_OK;
    }
    return RC_FAIL;
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

static enum rc step_start(struct intake_run *run, struct db *db)
{
    struct error err;
    char name[SPOOL_NAME_SIZE];
    uint64_t id;
    enum rc rc;

    drop_box_close(&run->box);
    rc = drop_box_open(run->root, run->profile->code, &run->box, &err);
    if (rc)
        return complain(run, rc, &err);
    if (!run->partner_id)
        rc = import_partner(db, run->profile->code, run->profile->label, &run->partner_id);
    if (!rc && !run->tidied) {
        spool_tidy(&run->box);
        rc = fail_lost_imports(run, db);
        run->tidied = !rc;
    }
    if (rc)
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
    return go_on_with(run);
}

/* --- INTAKE_CLAIM --- */

static enum rc answer_duplicate(struct intake_run *run, uint64_t id, const struct spool_copy *copy,
                                utc_us received_at)
{
    struct error err;
    char name[IMPORT_NAME_SIZE], quoted[LOG_TEXT_SIZE];
    enum rc rc;

    safe_text(name, sizeof(name), copy->name);
    log_info("partner=%s file=\"%s\" event=taken_before import=%" PRIu64, run->profile->code,
             log_text(quoted, name, strlen(name)), run->imp.id);
    rc = intake_receipt_taken_before(run->box.fds[BOX_OUT], id, name, received_at, &run->imp, &err);
    if (!rc)
        rc = spool_take_source(&run->box, copy, &err);
    if (!rc)
        rc = spool_shelve(&run->box, copy->name, &err);
    run->step = INTAKE_START;
    return rc ? complain(run, rc, &err) : RC_OK;
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
        return complain(run, rc, &err);
    log_info("import=%" PRIu64 " partner=%s file=\"%s\" bytes=%" PRIu64 " state=%s", run->imp.id,
             run->profile->code, log_text(file, copy->name, strlen(copy->name)), run->imp.bytes,
             import_state_name(run->imp.state));
    run->claimed = true;
    return go_on_with(run);
}

/* The same content was dropped at another node, which has not got to its end: the file stays in in/
 * until that one has. */
static enum rc wait_for_other(struct intake_run *run)
{
    struct error err;

    error_set(&err, RC_AGAIN, "node %u is at the same content, import %" PRIu64, run->imp.node_id,
              run->imp.id);
    return complain(run, RC_AGAIN, &err);
}

static enum rc step_claim(struct intake_run *run, struct db *db)
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
        return complain(run, rc, &err);
    rc = import_new_id(db, &id);
    if (rc)
        return rc;
    run->imp = (struct import){
        .id = id, .partner_id = run->partner_id, .bytes = copy.bytes, .received_at = now
    };
    memcpy(run->imp.sha256, copy.sha256, sizeof(copy.sha256));
    safe_text(run->imp.file_name, sizeof(run->imp.file_name), copy.name);
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

/* --- INTAKE_CHECK --- */

static enum rc refuse_file(struct intake_run *run, struct db *db, const char *reason)
{
    char text[IMPORT_REASON_SIZE];
    enum rc rc;

    safe_text(text, sizeof(text), reason);
    rc = import_failed(db, &run->imp, text);
    run->step = INTAKE_FINISH;
    return rc;
}

static enum rc step_check(struct intake_run *run, struct db *db)
{
    const struct raw_record *record;
    struct row_fault fault;
    enum read_result result = READ_RECORD;
    enum rc rc;

    for (int n = 0; n < CHECK_ROWS && (result == READ_RECORD || result == READ_ROW_FAULT); n++) {
        result = file_reader_next(run->reader, &record, &fault);
        run->checked_rows += result == READ_RECORD || result == READ_ROW_FAULT;
    }
    switch (result) {
    case READ_RECORD:
    case READ_ROW_FAULT:
        return RC_OK;
    case READ_END:
        rc = import_checked(db, &run->imp, run->checked_rows);
        return rc ? rc : begin_apply(run);
    case READ_FILE_FAULT:
        return refuse_file(run, db, file_reader_fault(run->reader));
    case READ_AGAIN:
        return RC_AGAIN;
    }
    return RC_FAIL;
}

/* --- INTAKE_APPLY --- */

static enum rc add_reject(struct intake_chunk *chunk, const struct raw_record *record,
                          const struct row_fault *fault)
{
    const char *value = arena_copy(&chunk->arena, fault->value, strlen(fault->value));
    const char *reason = arena_copy(&chunk->arena, fault->reason, strlen(fault->reason));

    if (!value || !reason)
        return RC_FAIL;
    chunk->rejects[chunk->n_rejects++] = (struct import_reject){ .row_no = record->row_no,
                                                                 .line = record->line,
                                                                 .field = fault->field,
                                                                 .code = fault->code,
                                                                 .value = value,
                                                                 .reason = reason };
    return RC_OK;
}

static enum rc add_record(struct intake_run *run, const struct raw_record *record)
{
    struct intake_chunk *chunk = run->chunk;
    struct row_fault fault;
    enum rc rc = mapping_row(run->mapping, record, run->imp.received_at, &chunk->arena,
                             &chunk->rows[chunk->n_rows], &fault);

    if (rc == RC_INVALID)
        return add_reject(chunk, record, &fault);
    if (!rc)
        chunk->n_rows++;
    return rc;
}

/* Fills the chunk from where the last one ended. */
static enum rc fill_chunk(struct intake_run *run, enum read_result *result)
{
    struct intake_chunk *chunk = run->chunk;
    const struct raw_record *record;
    struct row_fault fault;
    enum rc rc = RC_OK;

    arena_close(&chunk->arena);
    chunk->n_rows = chunk->n_rejects = 0;
    chunk->next_row = run->imp.next_row;
    for (int skipped = 0;
         !rc && skipped < SKIP_ROWS && chunk->n_rows + chunk->n_rejects < run->chunk_rows;) {
        *result = file_reader_next(run->reader, &record, &fault);
        if (*result != READ_RECORD && *result != READ_ROW_FAULT)
            break;
        if (record->row_no < run->imp.next_row) {
            skipped++;
            continue;
        }
        chunk->next_row = record->row_no + 1;
        rc = *result == READ_RECORD ? add_record(run, record) : add_reject(chunk, record, &fault);
    }
    return rc;
}

/* The database will not have the chunk, and not because it is away. */
static enum rc give_up(struct intake_run *run, struct db *db)
{
    char reason[200];

    if (++run->failures < FAILURES_MAX)
        return RC_AGAIN;
    run->failures = 0;
    snprintf(reason, sizeof(reason),
             "rows %" PRIu64 " to %" PRIu64 " could not be stored; the rows before them were",
             run->imp.next_row, run->chunk->next_row - 1);
    return refuse_file(run, db, reason);
}

static void note_withdrawn(void *arg, const char *number)
{
    struct intake_run *run = arg;

    if (run->n_withdrawn < IMPORT_CHUNK_MAX)
        snprintf(run->withdrawn[run->n_withdrawn++], E164_SIZE, "%s", number);
}

static enum rc apply_chunk(struct intake_run *run, struct db *db)
{
    const struct intake_chunk *c = run->chunk;
    const struct import_chunk chunk = { c->rows, c->n_rows, c->rejects, c->n_rejects, c->next_row };
    const uint64_t taken = run->imp.rows_taken, refused = run->imp.rows_refused;
    enum rc rc;

    if (c->n_rows + c->n_rejects == 0)
        return RC_OK;
    rc = import_apply_chunk(db, run->apply, &run->imp, &chunk);
    if (!rc || rc == RC_UNKNOWN)
        import_apply_withdrawn(run->apply, note_withdrawn, run);
    if (rc)
        return rc;
    run->failures = 0;
    metric_add(&rows_taken, (int64_t)(run->imp.rows_taken - taken));
    metric_add(&rows_refused, (int64_t)(run->imp.rows_refused - refused));
    return RC_OK;
}

static enum rc step_apply(struct intake_run *run, struct db *db)
{
    enum read_result result = READ_RECORD;
    enum rc rc = fill_chunk(run, &result);

    if (rc || result == READ_AGAIN)
        return RC_AGAIN;
    if (result == READ_FILE_FAULT)
        return refuse_file(run, db, file_reader_fault(run->reader));
    rc = apply_chunk(run, db);
    if (rc == RC_FAIL || rc == RC_INVALID)
        return give_up(run, db);
    if (!rc && result == READ_END) {
        rc = import_done(db, &run->imp);
        run->step = INTAKE_FINISH;
    }
    return rc;
}

/* --- INTAKE_FINISH --- */

static enum rc step_finish(struct intake_run *run, struct db *db)
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
        return *err.text ? complain(run, rc, &err) : rc;
    metric_add(&files_done, 1);
    log_info("import=%" PRIu64 " partner=%s state=%s rows=%" PRIu64 " taken=%" PRIu64
             " unchanged=%" PRIu64 " refused=%" PRIu64 " ms=%" PRId64 "%s%s%s",
             run->imp.id, run->profile->code, import_state_name(run->imp.state),
             run->imp.rows_total, run->imp.rows_taken, run->imp.rows_unchanged,
             run->imp.rows_refused, ms, failed ? " reason=\"" : "",
             failed ? log_text(reason, run->imp.reason, strlen(run->imp.reason)) : "",
             failed ? "\"" : "");
    run->began_us = 0;
    let_go(run);
    return RC_OK;
}

enum rc intake_run_step(struct intake_run *run, struct db *db)
{
    static enum rc (*const steps[])(struct intake_run *, struct db *) = {
        [INTAKE_START] = step_start, [INTAKE_CLAIM] = step_claim,   [INTAKE_CHECK] = step_check,
        [INTAKE_APPLY] = step_apply, [INTAKE_FINISH] = step_finish,
    };
    const enum rc rc = steps[run->step](run, db);

    if (!rc)
        return RC_OK;
    if (rc != RC_NOTFOUND)
        log_debug("partner=%s step=%d rc=%s", run->profile->code, (int)run->step, rc_name(rc));
    let_go(run);
    return rc == RC_NOTFOUND ? RC_NOTFOUND : RC_AGAIN;
}
