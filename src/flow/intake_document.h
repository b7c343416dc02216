/* intake_document.h - a file whose own number was taken before is not taken again. Lane threads. */
#pragma once

#include "flow/intake_run.h"

/*
 * After the first pass, `number` being what the file calls itself ("": it does not). RC_OK: go on
 * if the import's state is still checking; otherwise it has failed as the repetition of another.
 * RC_AGAIN: another file with this number is being read, and may yet fail.
 */
enum rc intake_claim_document(struct intake_run *run, struct db *db, const char *number) MUST_CHECK;
