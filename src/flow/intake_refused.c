/* intake_refused.c - two sorted streams, side by side. */
#include "flow/intake_refused.h"

#include <stdlib.h>

#include "channel/file/file_reader.h"
#include "channel/file/refused_file.h"
#include "store/import_query.h"

#define PAGE_ROWS  200
#define STEP_ROWS  50000
#define STEP_BYTES ((uint64_t)4 << 20)

struct intake_refused {
    uint64_t import_id;
    enum answer_language language;
    struct file_reader *reader;
    struct refused_file *file;
    struct import_reject_row page[PAGE_ROWS];
    size_t n, next;
    uint64_t last_row; /* of the last page */
    bool all_read;     /* there is no page behind this one */
};

enum rc intake_refused_begin(int out_dir, int fd, const struct profile *profile,
                             const struct import *imp, struct intake_refused **refused,
                             struct error *err)
{
    struct intake_refused *r = calloc(1, sizeof(*r));
    enum rc rc;

    if (!r || file_reader_open(profile, fd, &r->reader)) {
        free(r);
        return error_set(err, RC_AGAIN, "no memory");
    }
    r->import_id = imp->id;
    r->language = (enum answer_language)profile->receipt.language;
    file_reader_stretch(r->reader, STEP_BYTES);
    file_reader_keep_rows(r->reader);
    rc = refused_file_begin(out_dir, imp->file_name, imp->id, profile, &r->file, err);
    if (rc) {
        intake_refused_free(r);
        return rc;
    }
    *refused = r;
    return RC_OK;
}

void intake_refused_free(struct intake_refused *refused)
{
    if (!refused)
        return;
    file_reader_close(refused->reader);
    refused_file_abandon(refused->file);
    free(refused);
}

/* *reject: the next one; NULL: there is none any more. */
static enum rc next_reject(struct intake_refused *r, struct db *db,
                           const struct import_reject_row **reject)
{
    enum rc rc = RC_OK;

    if (r->next == r->n && !r->all_read) {
        r->next = 0;
        r->n = PAGE_ROWS;
        rc = import_rejects(db, r->import_id, r->last_row, r->page, &r->n);
        if (rc) {
            r->n = 0;
            return rc;
        }
        r->all_read = r->n < PAGE_ROWS;
        if (r->n)
            r->last_row = r->page[r->n - 1].row_no;
    }
    *reject = r->next < r->n ? &r->page[r->next] : NULL;
    return RC_OK;
}

static enum rc put_row(struct intake_refused *r, const struct raw_record *record,
                       const struct import_reject_row *reject, struct error *err)
{
    const struct fault_said said = { reject->code, reject->field, reject->value, reject->reason };
    char sentence[FAULT_SENTENCE_SIZE];

    return refused_file_row(r->file, record, file_reader_header(r->reader), reject->code,
                            fault_sentence(&said, r->language, sentence), err);
}

/* Reads on to the row of the reject. *read counts; RC_NOTFOUND: it is not within the stretch. */
static enum rc read_to(struct intake_refused *r, const struct import_reject_row *reject,
                       unsigned *read, struct error *err)
{
    const struct raw_record *record;
    struct row_fault fault;

    while (*read < STEP_ROWS) {
        const enum read_result result = file_reader_next(r->reader, &record, &fault);

        ++*read;
        if (result == READ_NOT_YET)
            break;
        if (result == READ_AGAIN)
            return error_set(err, RC_AGAIN, "the copy in work/ cannot be read again");
        if (result != READ_RECORD && result != READ_ROW_FAULT) {
            r->next = r->n; /* it read well before: better some of the rows than no answer */
            r->all_read = true;
            return RC_OK;
        }
        if (record->row_no < reject->row_no)
            continue;
        r->next++;
        return record->row_no == reject->row_no ? put_row(r, record, reject, err) : RC_OK;
    }
    return RC_NOTFOUND;
}

enum rc intake_refused_step(struct intake_refused *refused, struct db *db, bool *done,
                            struct error *err)
{
    const struct import_reject_row *reject = NULL;
    struct refused_file *file;
    unsigned read = 0;
    enum rc rc;

    *done = false;
    do {
        rc = next_reject(refused, db, &reject);
        if (!rc && reject)
            rc = read_to(refused, reject, &read, err);
    } while (!rc && reject);
    if (rc)
        return rc == RC_NOTFOUND ? RC_OK : rc;
    file = refused->file;
    refused->file = NULL;
    rc = refused_file_end(file, err);
    *done = !rc;
    return rc;
}
