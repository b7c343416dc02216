/* intake_receipt.c - an import's counts and refused rows, read page by page. */
#include "flow/intake_receipt.h"

#include <stdlib.h>

#include "channel/file/receipt_file.h"
#include "store/import_query.h"

#define PAGE_ROWS 200

static struct receipt_head head_of(const struct import *imp)
{
    return (struct receipt_head){
        .file_name = imp->file_name,
        .import_id = imp->id,
        .result = imp->state == IMPORT_FAILED ? RECEIPT_REFUSED : RECEIPT_TAKEN,
        .reason = imp->reason,
        .received_at = imp->received_at,
        .finished_at = imp->finished_at,
        .rows = imp->rows_total,
        .taken = imp->rows_taken,
        .unchanged = imp->rows_unchanged,
        .refused = imp->rows_refused,
    };
}

static enum rc put_rejects(struct db *db, uint64_t id, struct receipt_file *file)
{
    struct import_reject_row *page = calloc(PAGE_ROWS, sizeof(*page));
    uint64_t after = 0;
    size_t n = PAGE_ROWS;
    enum rc rc = page ? RC_OK : RC_FAIL;

    while (!rc && n == PAGE_ROWS) {
        rc = import_rejects(db, id, after, page, &n);
        for (size_t i = 0; !rc && i < n; i++) {
            const struct import_reject_row *r = &page[i];

            receipt_file_row(file, &(struct receipt_row){ r->line, r->row_no, r->field, r->value,
                                                          r->code, r->reason });
            after = r->row_no;
        }
    }
    free(page);
    return rc;
}

enum rc intake_receipt(struct db *db, int out_dir, const struct import *imp, struct error *err)
{
    const struct receipt_head head = head_of(imp);
    struct receipt_file *file = NULL;
    enum rc rc = receipt_file_begin(out_dir, imp->id, &head, &file, err);

    if (rc)
        return rc;
    rc = put_rejects(db, imp->id, file);
    if (rc) {
        receipt_file_abandon(file);
        return rc;
    }
    return receipt_file_end(file, err);
}

enum rc intake_receipt_taken_before(int out_dir, uint64_t id, const char *file_name,
                                    utc_us received_at, const struct import *imp, struct error *err)
{
    struct receipt_head head = head_of(imp);
    struct receipt_file *file = NULL;
    enum rc rc;

    head.file_name = file_name;
    head.result = RECEIPT_TAKEN_BEFORE;
    head.received_at = received_at;
    rc = receipt_file_begin(out_dir, id, &head, &file, err);
    return rc ? rc : receipt_file_end(file, err);
}
