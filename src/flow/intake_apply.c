/* intake_apply.c - a partner's file is read twice: once to see that all of it can be read, then to
 * apply it chunk by chunk. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/metric.h"
#include "channel/file/file_reader.h"
#include "flow/intake_document.h"
#include "flow/intake_private.h"

#define LOG_PART "intake"
#include "base/log.h"

#define CHECK_ROWS   20000 /* a step of the first pass */
#define SKIP_ROWS    50000 /* a step over what was applied before */
#define FAILURES_MAX 3

static struct metric rows_taken =
    METRIC_COUNTER("relais_import_rows_taken_total", "Rows of partner files that were taken.");
static struct metric rows_refused =
    METRIC_COUNTER("relais_import_rows_refused_total", "Rows of partner files that were refused.");

/* The rows of one transaction, and what their texts live in. */
struct intake_chunk {
    struct arena arena;
    struct partner_row rows[IMPORT_CHUNK_MAX];
    struct import_reject rejects[IMPORT_CHUNK_MAX];
    size_t n_rows, n_rejects;
    uint64_t next_row;
    const char *entry; /* of a packed file, that the last row came from; NULL: none yet */
};

void intake_chunk_free(struct intake_chunk *chunk)
{
    if (chunk)
        arena_close(&chunk->arena);
    free(chunk);
}

/* --- the start of a pass --- */

static enum rc open_reader(struct intake_run *run)
{
    enum rc rc = RC_OK;

    file_reader_close(run->reader);
    run->reader = NULL;
    if (run->fd < 0)
        rc = spool_open(&run->box, run->imp.id, &run->fd);
    return rc ? rc : file_reader_open(run->profile, run->fd, &run->reader);
}

enum rc intake_begin_check(struct intake_run *run)
{
    const enum rc rc = open_reader(run);

    run->checked_rows = 0;
    run->began_us = clock_monotonic_us();
    run->step = INTAKE_CHECK;
    return rc;
}

enum rc intake_begin_apply(struct intake_run *run)
{
    const struct import_rules rules = { .kind = run->profile->rules.kind,
                                        .create_categories = run->profile->create_categories,
                                        .create_sources = run->profile->create_sources,
                                        .create_ranges = run->profile->create_ranges,
                                        .match = run->profile->match,
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

/* --- INTAKE_CHECK --- */

static enum rc refuse_file(struct intake_run *run, struct db *db, const char *reason)
{
    char text[IMPORT_REASON_SIZE];
    enum rc rc;

    intake_safe_text(text, sizeof(text), reason);
    rc = import_failed(db, &run->imp, text);
    run->step = INTAKE_FINISH;
    return rc;
}

enum rc intake_check(struct intake_run *run, struct db *db)
{
    const struct raw_record *record;
    struct row_fault fault;
    enum read_result result = READ_RECORD;
    enum rc rc;

    if (intake_heed(run, db, &rc))
        return rc;
    for (int n = 0; n < CHECK_ROWS && (result == READ_RECORD || result == READ_ROW_FAULT); n++) {
        result = file_reader_next(run->reader, &record, &fault);
        run->checked_rows += result == READ_RECORD || result == READ_ROW_FAULT;
    }
    switch (result) {
    case READ_RECORD:
    case READ_ROW_FAULT:
        return RC_OK;
    case READ_END:
        rc = intake_claim_document(run, db, file_reader_document(run->reader));
        if (rc || run->imp.state != IMPORT_CHECKING)
            return rc;
        rc = import_checked(db, &run->imp, run->checked_rows);
        return rc ? rc : intake_begin_apply(run);
    case READ_FILE_FAULT:
        return refuse_file(run, db, file_reader_fault(run->reader));
    case READ_AGAIN:
        return RC_AGAIN;
    }
    return RC_FAIL;
}

/* --- INTAKE_APPLY --- */

/* The reader's entry changes; the rows of one entry share a copy of its name. */
static enum rc note_entry(struct intake_run *run)
{
    struct intake_chunk *chunk = run->chunk;
    const char *entry = file_reader_entry(run->reader);

    if (!chunk->entry || strcmp(chunk->entry, entry) != 0)
        chunk->entry = arena_copy(&chunk->arena, entry, strlen(entry));
    return chunk->entry ? RC_OK : RC_FAIL;
}

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
                                                                 .reason = reason,
                                                                 .entry = chunk->entry };
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
        chunk->rows[chunk->n_rows++].entry = chunk->entry;
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
    chunk->entry = NULL;
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
        rc = note_entry(run);
        if (!rc)
            rc = *result == READ_RECORD ? add_record(run, record)
                                        : add_reject(chunk, record, &fault);
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

enum rc intake_apply(struct intake_run *run, struct db *db)
{
    enum read_result result = READ_RECORD;
    enum rc rc;

    if (intake_heed(run, db, &rc))
        return rc;
    rc = fill_chunk(run, &result);
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
