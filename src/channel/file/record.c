/* record.c - records that wait, all their text in one buffer. */
#include "channel/file/record.h"

#include <stdlib.h>

struct record_entry {
    uint64_t row_no, line;
    uint32_t fault; /* 0: none, else its place in faults, from 1 */
    uint32_t start[FIELD_COUNT], len[FIELD_COUNT];
    uint32_t row_start, row_len;
};

void record_queue_init(struct record_queue *q)
{
    *q = (struct record_queue){ 0 };
    buffer_init(&q->text, (size_t)64 << 20);
    buffer_init(&q->head, (size_t)4 << 20);
}

void record_queue_close(struct record_queue *q)
{
    free(q->entries);
    free(q->faults);
    buffer_close(&q->text);
    buffer_close(&q->head);
}

/* Room for one more of `size` bytes behind the n there; NULL: no memory. */
static void *grown(void *array, size_t n, size_t *cap, size_t size)
{
    const size_t wanted = *cap ? *cap * 2 : 64;
    void *more;

    if (n < *cap)
        return array;
    more = realloc(array, wanted * size);
    if (more)
        *cap = wanted;
    return more;
}

static struct record_entry *add_entry(struct record_queue *q, uint64_t line)
{
    struct record_entry *entries, *e;

    if (record_queue_empty(q)) {
        q->n = q->next = q->n_faults = 0;
        buffer_reset(&q->text);
    }
    entries = grown(q->entries, q->n, &q->cap, sizeof(*entries));
    if (!entries)
        return NULL;
    q->entries = entries;
    e = &entries[q->n++];
    *e = (struct record_entry){ .row_no = ++q->rows, .line = line };
    return e;
}

static enum rc add_values(struct record_queue *q, struct record_entry *e,
                          const struct raw_value values[FIELD_COUNT])
{
    for (enum field f = 0; f < FIELD_COUNT; f++) {
        e->start[f] = (uint32_t)q->text.len;
        e->len[f] = (uint32_t)values[f].len;
        if (values[f].len)
            buffer_add(&q->text, values[f].text, values[f].len);
    }
    return q->text.full ? RC_FAIL : RC_OK;
}

enum rc record_queue_add(struct record_queue *q, uint64_t line,
                         const struct raw_value values[FIELD_COUNT])
{
    struct record_entry *e = add_entry(q, line);

    return e ? add_values(q, e, values) : RC_FAIL;
}

struct row_fault *record_queue_add_fault(struct record_queue *q, uint64_t line,
                                         const struct raw_value values[FIELD_COUNT])
{
    struct record_entry *e = add_entry(q, line);
    struct row_fault *faults =
        e ? grown(q->faults, q->n_faults, &q->faults_cap, sizeof(*faults)) : NULL;

    if (!faults)
        return NULL;
    q->faults = faults;
    if (values && add_values(q, e, values))
        return NULL;
    e->fault = (uint32_t)++q->n_faults;
    return &faults[q->n_faults - 1];
}

enum rc record_queue_set_row(struct record_queue *q, const char *text, size_t len)
{
    struct record_entry *e = &q->entries[q->n - 1];

    e->row_start = (uint32_t)q->text.len;
    e->row_len = (uint32_t)len;
    buffer_add(&q->text, text, len);
    return q->text.full ? RC_FAIL : RC_OK;
}

bool record_queue_empty(const struct record_queue *q)
{
    return q->next == q->n;
}

const struct raw_record *record_queue_take(struct record_queue *q, const struct row_fault **fault)
{
    const struct record_entry *e = &q->entries[q->next++];
    const char *text = buffer_text(&q->text);

    q->out.row_no = e->row_no;
    q->out.line = e->line;
    q->out.row = (struct raw_value){ text + e->row_start, e->row_len };
    for (enum field f = 0; f < FIELD_COUNT; f++)
        q->out.values[f] = (struct raw_value){ text + e->start[f], e->len[f] };
    *fault = e->fault ? &q->faults[e->fault - 1] : NULL;
    return &q->out;
}
