/* document_tidy.h - documents that nothing refers to any more. */
#pragma once

#include "domain/types.h"

struct db;

#define DOCUMENT_UNUSED_US (SEC_PER_DAY * USEC_PER_SEC) /* before it is dropped */

/*
 * Looks at the documents behind *cursor (0 to begin, and again when it is at the end), some at a
 * time, and drops those that nothing refers to and that were last put or held before `before`. *n:
 * how many.
 */
enum rc document_tidy(struct db *db, utc_us before, uint64_t *cursor, uint64_t *n) MUST_CHECK;
