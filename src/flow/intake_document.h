/* intake_document.h - a file whose own number was taken before is not taken again. Lane threads. */
#pragma once

#include "flow/intake_run.h"

/*
 * After the first pass, `number` being what the file calls itself ("": it does not). RC_OK: go on
 * if the step is still INTAKE_CHECK; otherwise the import has failed as the repetition of another,
 * or was let go of: another file with this number is being read, and may yet fail.
 */
enum rc intake_claim_document(struct intake_run *run, struct db *db, const char *number) MUST_CHECK;

/* At INTAKE_START, of an import whose copy is in work/: whether it still has to wait for another.
 */
enum rc intake_is_waiting(struct intake_run *run, struct db *db, uint64_t import_id,
                          bool *waiting) MUST_CHECK;
