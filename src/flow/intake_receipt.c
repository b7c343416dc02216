/* intake_receipt.c - an import's counts and refused rows, read page by page. */
#include "flow/intake_receipt.h"

#include <stdlib.h>

#include "store/import_query.h"

#define PAGE_ROWS  200
#define STEP_PAGES 25

static enum answer_language language_of(const struct profile *profile)
{
    return (enum answer_language)profile->receipt.language;
}

static enum receipt_result result_of(const struct import *imp)
{
    if (imp->same_as)
        return RECEIPT_TAKEN_BEFORE;
    if (imp->state != IMPORT_FAILED)
        return RECEIPT_TAKEN;
    return imp->rows_taken ? RECEIPT_STOPPED : RECEIPT_REFUSED;
}

/* `reason`: room for it in the profile's language. */
static struct receipt_head head_of(const struct profile *profile, const struct import *imp,
                                   char reason[FAULT_SENTENCE_SIZE])
{
    return (struct receipt_head){
        .file_name = imp->file_name,
        .profile = imp->profile,
        .document = imp->document,
        .same_as = imp->same_as,
        .language = language_of(profile),
        .import_id = imp->id,
        .result = result_of(imp),
        .reason = file_fault_sentence(imp->reason, language_of(profile), reason),
        .received_at = imp->received_at,
        .finished_at = imp->finished_at,
        .rows = imp->rows_total,
        .taken = imp->rows_taken,
        .unchanged = imp->rows_unchanged,
        .refused = imp->rows_refused,
    };
}

static void put_reject(struct receipt_file *file, const struct import_reject_row *r,
                       enum answer_language language)
{
    const struct fault_said said = { r->code, r->field, r->value, r->reason };
    char sentence[FAULT_SENTENCE_SIZE];
    const char *reason = fault_sentence(&said, language, sentence);
    const struct receipt_row row = { r->line, r->row_no, r->field, r->value,
                                     r->code, reason,    r->entry };

    receipt_file_row(file, &row);
}

struct intake_receipt {
    uint64_t import_id, after; /* rows up to this one are in it */
    enum answer_language language;
    struct receipt_file *file;
    struct import_reject_row page[PAGE_ROWS];
};

enum rc intake_receipt_begin(int out_dir, const struct profile *profile, const struct import *imp,
                             struct intake_receipt **receipt, struct error *err)
{
    char reason[FAULT_SENTENCE_SIZE];
    const struct receipt_head head = head_of(profile, imp, reason);
    struct intake_receipt *r = calloc(1, sizeof(*r));
    enum rc rc;

    if (!r)
        return error_set(err, RC_AGAIN, "no memory");
    r->import_id = imp->id;
    r->language = language_of(profile);
    rc = receipt_file_begin(out_dir, imp->id, (enum receipt_format)profile->receipt.format, &head,
                            &r->file, err);
    if (rc) {
        free(r);
        return rc;
    }
    *receipt = r;
    return RC_OK;
}

enum rc intake_receipt_step(struct intake_receipt *receipt, struct db *db, bool *done,
                            struct error *err)
{
    struct receipt_file *file = receipt->file;
    size_t n = PAGE_ROWS;
    enum rc rc = RC_OK;

    *done = false;
    for (int page = 0; !rc && n == PAGE_ROWS && page < STEP_PAGES; page++) {
        rc = import_rejects(db, receipt->import_id, receipt->after, receipt->page, &n);
        for (size_t i = 0; !rc && i < n; i++) {
            put_reject(file, &receipt->page[i], receipt->language);
            receipt->after = receipt->page[i].row_no;
        }
    }
    if (rc || n == PAGE_ROWS)
        return rc;
    receipt->file = NULL;
    rc = receipt_file_end(file, err);
    *done = !rc;
    return rc;
}

void intake_receipt_free(struct intake_receipt *receipt)
{
    if (!receipt)
        return;
    receipt_file_abandon(receipt->file);
    free(receipt);
}

enum rc intake_receipt_taken_before(int out_dir, uint64_t id, const char *file_name,
                                    utc_us received_at, const struct profile *profile,
                                    const struct import *imp, struct error *err)
{
    char reason[FAULT_SENTENCE_SIZE];
    struct receipt_head head = head_of(profile, imp, reason);
    struct receipt_file *file = NULL;
    enum rc rc;

    head.file_name = file_name;
    head.result = RECEIPT_TAKEN_BEFORE;
    head.received_at = received_at;
    head.finished_at = 0; /* of this drop, nothing was to be finished */
    rc = receipt_file_begin(out_dir, id, (enum receipt_format)profile->receipt.format, &head, &file,
                            err);
    return rc ? rc : receipt_file_end(file, err);
}
