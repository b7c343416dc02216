/* intake_check.c - the first pass over a partner's file: can all of it be read? Without effects. */
#include "channel/file/file_reader.h"
#include "flow/intake_private.h"

#define CHECK_ROWS 20000 /* a step */

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
    const enum rc rc = intake_open_reader(run);

    run->checked_rows = 0;
    run->began_us = clock_monotonic_us();
    run->step = INTAKE_CHECK;
    return rc;
}

enum rc intake_check(struct intake_run *run, struct db *db)
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
        return rc ? rc : intake_begin_apply(run);
    case READ_FILE_FAULT:
        return intake_refuse_file(run, db, file_reader_fault(run->reader));
    case READ_AGAIN:
        return RC_AGAIN;
    }
    return RC_FAIL;
}
