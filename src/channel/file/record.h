/*
 * record.h - records read but not yet asked for. A parser is fed a block of the file and may finish
 * many records with it; they wait here, and their memory is used again for the next block.
 */
#pragma once

#include "base/buffer.h"
#include "domain/mapping.h"

#define VALUE_MAX 8192 /* bytes of one value in a file; more refuses the record */

struct record_queue {
    struct record_entry *entries;
    size_t n, next, cap;
    struct row_fault *faults;
    size_t n_faults, faults_cap;
    struct buffer text; /* of all values waiting */
    uint64_t rows;      /* records of the file so far */
    bool keep_rows;     /* CSV: whole rows are wanted, too, for the partner to correct */
    struct buffer head; /* then: the header as `row` of a record */
    struct raw_record out;
};

void record_queue_init(struct record_queue *q);
void record_queue_close(struct record_queue *q);
/* Puts a record behind the others; values are copied. RC_FAIL: no memory. */
enum rc record_queue_add(struct record_queue *q, uint64_t line,
                         const struct raw_value values[FIELD_COUNT]) MUST_CHECK;
/* A record that cannot be used, with what was read of it (NULL: nothing), for the partner to
 * correct; the fault is for the caller to fill. NULL: no memory. */
struct row_fault *record_queue_add_fault(struct record_queue *q, uint64_t line,
                                         const struct raw_value values[FIELD_COUNT]);
/* What the record added last looks like in the file, for record->row. RC_FAIL: no memory. */
enum rc record_queue_set_row(struct record_queue *q, const char *text, size_t len) MUST_CHECK;
bool record_queue_empty(const struct record_queue *q);
/* The first one, which stays valid until the next call of an add; *fault is NULL for a good one. */
const struct raw_record *record_queue_take(struct record_queue *q, const struct row_fault **fault);
