/* intake_chunk.c - see intake_chunk.h. */
#include "flow/intake_chunk.h"

#include <stdlib.h>
#include <string.h>

#define SKIP_ROWS 50000 /* at a stretch */

struct intake_chunk *intake_chunk_new(void)
{
    struct intake_chunk *chunk = calloc(1, sizeof(*chunk));

    if (chunk)
        arena_init(&chunk->arena);
    return chunk;
}

void intake_chunk_free(struct intake_chunk *chunk)
{
    if (chunk)
        arena_close(&chunk->arena);
    free(chunk);
}

/* --- reading --- */

/* The reader's entry changes; the rows of one entry share a copy of its name. */
static enum rc note_entry(struct intake_chunk *chunk, const char *entry)
{
    if (!chunk->entry || strcmp(chunk->entry, entry) != 0)
        chunk->entry = arena_copy(&chunk->arena, entry, strlen(entry));
    return chunk->entry ? RC_OK : RC_FAIL;
}

enum rc intake_chunk_reject(struct intake_chunk *chunk, const char *entry,
                            const struct raw_record *record, const struct row_fault *fault)
{
    const char *value = arena_copy(&chunk->arena, fault->value, strlen(fault->value));
    const char *reason = arena_copy(&chunk->arena, fault->reason, strlen(fault->reason));

    if (!value || !reason || note_entry(chunk, entry))
        return RC_FAIL;
    chunk->rejects[chunk->n_rejects++] = (struct import_reject){ .row_no = record->row_no,
                                                                 .line = record->line,
                                                                 .field = fault->field,
                                                                 .code = fault->code,
                                                                 .value = value,
                                                                 .reason = reason,
                                                                 .entry = chunk->entry };
    return RC_OK;
}

static enum rc add_record(struct intake_chunk *chunk, struct intake_source *source,
                          const struct raw_record *record)
{
    const char *entry = file_reader_entry(source->reader);
    struct row_fault fault;
    enum rc rc = note_entry(chunk, entry);

    if (!rc)
        rc = mapping_row(source->mapping, record, source->received_at, &chunk->arena,
                         &chunk->rows[chunk->n_rows], &fault);
    if (rc == RC_INVALID)
        return intake_chunk_reject(chunk, entry, record, &fault);
    if (!rc)
        chunk->rows[chunk->n_rows++].entry = chunk->entry;
    return rc;
}

static bool was_applied_ahead(const struct intake_source *source, uint64_t row_no)
{
    return row_no >= source->ahead_first && row_no < source->ahead_next;
}

enum rc intake_chunk_fill(struct intake_chunk *chunk, struct intake_source *source)
{
    const struct raw_record *record;
    struct row_fault fault;
    size_t skipped = 0, n = 0;
    enum rc rc = RC_OK;

    arena_close(&chunk->arena);
    chunk->n_rows = chunk->n_rejects = 0;
    chunk->entry = NULL;
    chunk->first_row = chunk->next_row = source->next;
    while (!rc && skipped < SKIP_ROWS && n < source->chunk_rows) {
        source->result = file_reader_next(source->reader, &record, &fault);
        if (source->result != READ_RECORD && source->result != READ_ROW_FAULT)
            break;
        if (was_applied_ahead(source, record->row_no)) {
            source->next = record->row_no + 1;
            if (n)
                break;
            skipped++;
            continue;
        }
        if (record->row_no < source->next) {
            skipped++;
            continue;
        }
        if (!n++)
            chunk->first_row = record->row_no;
        source->next = chunk->next_row = record->row_no + 1;
        rc = source->result == READ_RECORD
                 ? add_record(chunk, source, record)
                 : intake_chunk_reject(chunk, file_reader_entry(source->reader), record, &fault);
    }
    if (!n)
        chunk->first_row = chunk->next_row;
    if (source->result == READ_ROW_FAULT || source->result == READ_NOT_YET)
        source->result = READ_RECORD;
    return rc;
}

/* --- apart --- */

#define CELLS 16384 /* at most half of them are taken */
#define KEYS  4     /* of a row */

static uint64_t key_of(char kind, const char *text)
{
    uint64_t h = (UINT64_C(14695981039346656037) ^ (unsigned char)kind) * UINT64_C(1099511628211);

    for (; *text; text++)
        h = (h ^ (unsigned char)*text) * UINT64_C(1099511628211); /* FNV-1a */
    return h ^ (h >> 32) ? h ^ (h >> 32) : 1;
}

static size_t keys_of(const struct partner_row *row, uint64_t keys[KEYS])
{
    size_t n = 0;

    keys[n++] = key_of('c', row->customer_number);
    if (row->has_order)
        keys[n++] = key_of('o', row->order_number);
    if (*row->phone)
        keys[n++] = key_of('p', row->phone);
    if (*row->email)
        keys[n++] = key_of('m', row->email);
    return n;
}

/* True: the key is there already, or `add` put it there. */
static bool look(uint64_t cells[CELLS], uint64_t key, bool add)
{
    size_t i = key % CELLS;

    while (cells[i] && cells[i] != key)
        i = (i + 1) % CELLS;
    if (add)
        cells[i] = key;
    return cells[i] == key;
}

bool intake_chunks_apart(const struct intake_chunk *a, const struct intake_chunk *b)
{
    uint64_t *cells = calloc(CELLS, sizeof(*cells)), keys[KEYS];
    bool apart = cells != NULL;

    for (size_t i = 0; apart && i < a->n_rows; i++) {
        for (size_t k = keys_of(&a->rows[i], keys); k-- > 0;)
            look(cells, keys[k], true);
    }
    for (size_t i = 0; apart && i < b->n_rows; i++) {
        for (size_t k = keys_of(&b->rows[i], keys); apart && k-- > 0;)
            apart = !look(cells, keys[k], false);
    }
    free(cells);
    return apart;
}
