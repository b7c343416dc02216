/*
 * intake_chunk.h - the rows of one transaction, read from the file and mapped. For
 * flow/intake_*.c only.
 */
#pragma once

#include "channel/file/file_reader.h"
#include "store/import.h"

struct intake_chunk {
    struct arena arena; /* what the texts live in */
    struct partner_row rows[IMPORT_CHUNK_MAX];
    struct import_reject rejects[IMPORT_CHUNK_MAX];
    size_t n_rows, n_rejects;
    const char *entry; /* of a packed file, that the last row came from; NULL: none yet */
    uint64_t first_row, next_row; /* equal: nothing to apply */
};

struct intake_chunk *intake_chunk_new(void);
void intake_chunk_free(struct intake_chunk *chunk);

/* Where the reading of the second pass is. */
struct intake_source {
    struct file_reader *reader;
    struct mapping *mapping;
    utc_us received_at;
    unsigned chunk_rows;
    uint64_t next; /* rows before it are not wanted: they were applied, or read */
    uint64_t ahead_first, ahead_next; /* nor are these: they were applied ahead. 0: none */
    enum read_result result;          /* of the last record; READ_RECORD: there is more */
};

/*
 * Reads the next chunk, up to where reading ends (source->result says how) or where rows begin that
 * were applied ahead. May come back short or empty although there is more: what was applied, and
 * what makes no rows, is read in stretches (file_reader_stretch()). RC_FAIL: no memory.
 */
enum rc intake_chunk_fill(struct intake_chunk *chunk, struct intake_source *source) MUST_CHECK;

/* Whether the two say nothing of the same number of a customer, order or address: then it makes no
 * difference which of them is applied first, unless a customer has several numbers (see
 * import_apply_alone()). May say no for no reason. */
bool intake_chunks_apart(const struct intake_chunk *a, const struct intake_chunk *b);

/* Keeps a reject in the chunk; `entry`: see file_reader_entry(). RC_FAIL: no memory. */
enum rc intake_chunk_reject(struct intake_chunk *chunk, const char *entry,
                            const struct raw_record *record,
                            const struct row_fault *fault) MUST_CHECK;
