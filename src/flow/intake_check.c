/*
 * intake_check.c - the first pass over a partner's file: can all of it be read? Without effects.
 *
 * When the profile has a limit of faulty rows, each row is mapped, too, and thrown away; else that
 * is saved. What only the database can see is counted by the second pass.
 */
#include <stdio.h>
#include <stdlib.h>

#include "channel/file/file_reader.h"
#include "flow/intake_chunk.h"
#include "flow/intake_document.h"
#include "flow/intake_private.h"

/* A step: whichever comes first. Between two steps it is heeded what a person wants, and other
 * partners' files have their turn. */
#define CHECK_ROWS   20000
#define CHECK_BYTES  ((uint64_t)4 << 20)
#define SCRATCH_ROWS 1000

/* What the pass counts for the limit. */
struct intake_tally {
    struct mapping *mapping;
    struct arena scratch;
    struct partner_row row;
    uint64_t faults;
    struct intake_chunk *first; /* its rejects: the first faults, for the receipt */
};

void intake_tally_free(struct intake_tally *tally)
{
    if (!tally)
        return;
    mapping_free(tally->mapping);
    arena_close(&tally->scratch);
    intake_chunk_free(tally->first);
    free(tally);
}

static enum rc tally_new(const struct profile *profile, struct intake_tally **out)
{
    struct intake_tally *tally = calloc(1, sizeof(*tally));
    enum rc rc = RC_FAIL;

    if (!tally)
        return rc;
    arena_init(&tally->scratch);
    tally->first = intake_chunk_new();
    if (tally->first)
        rc = mapping_new(&profile->rules, &tally->mapping, NULL);
    if (rc)
        intake_tally_free(tally);
    else
        *out = tally;
    return rc;
}

enum rc intake_open_reader(struct intake_run *run)
{
    enum rc rc = RC_OK;

    file_reader_close(run->reader);
    run->reader = NULL;
    if (run->fd < 0)
        rc = spool_open(&run->box, run->imp.id, &run->fd);
    return rc ? rc : file_reader_open(run->profile, run->fd, &run->reader);
}

enum rc intake_refuse_file(struct intake_run *run, struct db *db, const char *reason)
{
    char text[IMPORT_REASON_SIZE];
    enum rc rc;

    intake_safe_text(text, sizeof(text), reason);
    rc = import_failed(db, &run->imp, text);
    run->step = INTAKE_FINISH;
    return rc;
}

enum rc intake_begin_check(struct intake_run *run)
{
    enum rc rc = intake_open_reader(run);

    intake_tally_free(run->tally);
    run->tally = NULL;
    if (!rc && run->profile->limit.set)
        rc = tally_new(run->profile, &run->tally);
    run->checked_rows = 0;
    run->began_us = clock_monotonic_us();
    run->step = INTAKE_CHECK;
    return rc;
}

static enum rc count_fault(struct intake_tally *tally, const char *entry,
                           const struct raw_record *record, const struct row_fault *fault)
{
    if (tally->faults++ >= IMPORT_CHUNK_MAX)
        return RC_OK;
    return intake_chunk_reject(tally->first, entry, record, fault);
}

static enum rc count_row(struct intake_run *run, enum read_result result,
                         const struct raw_record *record, struct row_fault *fault)
{
    struct intake_tally *tally = run->tally;
    enum rc rc = RC_OK;

    run->checked_rows++;
    if (!tally)
        return RC_OK;
    if (result == READ_ROW_FAULT)
        return count_fault(tally, file_reader_entry(run->reader), record, fault);
    if (run->checked_rows % SCRATCH_ROWS == 0)
        arena_close(&tally->scratch);
    rc = mapping_row(tally->mapping, record, run->imp.received_at, &tally->scratch, &tally->row,
                     fault);
    return rc == RC_INVALID ? count_fault(tally, file_reader_entry(run->reader), record, fault)
                            : rc;
}

static enum rc refuse_faulty(struct intake_run *run, struct db *db)
{
    const struct intake_tally *tally = run->tally;
    char words[LIMIT_WORDS_SIZE], reason[LIMIT_WORDS_SIZE + 40];
    enum rc rc;

    limit_words(&run->profile->limit, tally->faults, run->checked_rows, words);
    snprintf(reason, sizeof(reason), "%s: nothing of the file was taken", words);
    run->imp.rows_total = run->checked_rows;
    run->imp.rows_refused = tally->faults;
    rc = import_refused(db, &run->imp, tally->first->rejects, tally->first->n_rejects, reason);
    run->step = INTAKE_FINISH;
    return rc;
}

static enum rc finish_check(struct intake_run *run, struct db *db)
{
    enum rc rc;

    if (run->tally && limit_is_passed(&run->profile->limit, run->tally->faults, run->checked_rows))
        return refuse_faulty(run, db);
    rc = intake_claim_document(run, db, file_reader_document(run->reader));
    if (rc || run->step != INTAKE_CHECK)
        return rc;
    rc = import_checked(db, &run->imp, run->checked_rows);
    return rc ? rc : intake_begin_apply(run);
}

enum rc intake_check(struct intake_run *run, struct db *db)
{
    const struct raw_record *record;
    struct row_fault fault;
    enum rc rc;

    if (intake_heed(run, db, &rc))
        return rc;
    file_reader_stretch(run->reader, CHECK_BYTES);
    for (int n = 0; n < CHECK_ROWS; n++) {
        const enum read_result result = file_reader_next(run->reader, &record, &fault);

        switch (result) {
        case READ_RECORD:
        case READ_ROW_FAULT:
            if (count_row(run, result, record, &fault))
                return RC_AGAIN;
            break;
        case READ_END:
            return finish_check(run, db);
        case READ_FILE_FAULT:
            return intake_refuse_file(run, db, file_reader_fault(run->reader));
        case READ_NOT_YET:
            return RC_OK;
        case READ_AGAIN:
            return RC_AGAIN;
        }
    }
    return RC_OK;
}
