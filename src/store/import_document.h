/*
 * import_document.h - a file's own number, by which its partner counts its files: two files of one
 * profile with one number are the same document, whatever else is in them, and only the first is
 * applied. An order and its cancellation may well have the same.
 */
#pragma once

#include "store/import.h"

/*
 * The import (state checking) gets this document number. RC_CONFLICT: another one of the partner
 * has it, on this node or another, and has not failed nor was it undone: *other.
 */
enum rc import_claim_document(struct db *db, struct import *imp, const char *number,
                              struct import *other) MUST_CHECK;
/* The import fails because `other` was there before; `reason` says it in words. */
enum rc import_repeats(struct db *db, struct import *imp, const struct import *other,
                       const char *reason) MUST_CHECK;
