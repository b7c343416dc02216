/*
 * intake_apply.c - the second pass over a partner's file: what it says is applied, chunk by chunk.
 *
 * While chunks are applied the next ones are read. Two chunks that have nothing in common are
 * applied at the same time, on two connections: the second of them ahead of the checkpoint, which
 * only the first one moves. A crash between their commits leaves rows that were applied behind rows
 * that were not; what was applied is noted with it (store/import.h), and is passed over.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/metric.h"
#include "base/pair.h"
#include "flow/intake_chunk.h"
#include "flow/intake_private.h"
#include "store/db.h"
#include "store/import_undo.h"

#define FAILURES_MAX 3
#define READ_BYTES   ((uint64_t)4 << 20) /* at a stretch: a chunk is at most so much of the file */

static struct metric rows_taken =
    METRIC_COUNTER("relais_import_rows_taken_total", "Rows of partner files that were taken.");
static struct metric rows_refused =
    METRIC_COUNTER("relais_import_rows_refused_total", "Rows of partner files that were refused.");

/* One chunk, or two at a time. */
struct wave {
    struct intake_chunk *chunks[2];
    size_t n;   /* to be applied */
    bool apart; /* they may be applied at the same time */
    enum read_result result;
    enum rc rc; /* of the reading */
};

struct intake_pass {
    struct intake_source source;
    struct import_apply *apply[2];
    struct wave waves[2]; /* one is applied while the other is read */
    struct wave *now, *next;
};

void intake_pass_free(struct intake_pass *pass)
{
    if (!pass)
        return;
    mapping_free(pass->source.mapping);
    for (int i = 0; i < 2; i++) {
        import_apply_free(pass->apply[i]);
        for (int k = 0; k < 2; k++)
            intake_chunk_free(pass->waves[i].chunks[k]);
    }
    free(pass);
}

static struct intake_pass *pass_new(const struct intake_run *run)
{
    const struct profile *p = run->profile;
    const struct import_rules rules = { .kind = p->rules.kind,
                                        .create_categories = p->create_categories,
                                        .create_sources = p->create_sources,
                                        .create_ranges = p->create_ranges,
                                        .match = p->match,
                                        .mapping = &p->rules };
    struct intake_pass *pass = calloc(1, sizeof(*pass));
    bool whole = pass && mapping_new(&p->rules, &pass->source.mapping, NULL) == RC_OK;

    for (int i = 0; whole && i < 2; i++) {
        pass->apply[i] = import_apply_new(&rules);
        whole = pass->apply[i] != NULL;
        for (int k = 0; whole && k < 2; k++) {
            pass->waves[i].chunks[k] = intake_chunk_new();
            whole = pass->waves[i].chunks[k] != NULL;
        }
    }
    if (whole)
        return pass;
    intake_pass_free(pass);
    return NULL;
}

enum rc intake_begin_apply(struct intake_run *run)
{
    enum rc rc = intake_open_reader(run);

    if (rc)
        return rc;
    intake_pass_free(run->pass);
    run->pass = pass_new(run);
    if (!run->pass)
        return RC_FAIL;
    if (run->failed_id != run->imp.id)
        run->failures = 0;
    run->failed_id = run->imp.id;
    if (run->began_us == 0)
        run->began_us = clock_monotonic_us();
    run->step = INTAKE_APPLY;
    return RC_OK;
}

/* --- reading a wave --- */

/* While rows were applied ahead of the checkpoint, no more are: there is one such chunk at most. */
static void read_wave(struct intake_pass *pass, struct wave *w)
{
    struct intake_source *source = &pass->source;

    w->n = 0;
    w->apart = false;
    w->rc = intake_chunk_fill(w->chunks[0], source);
    w->n = w->chunks[0]->next_row > w->chunks[0]->first_row;
    if (!w->rc && w->n && source->result == READ_RECORD && source->next >= source->ahead_next &&
        import_apply_in_pairs(pass->apply[0])) {
        w->rc = intake_chunk_fill(w->chunks[1], source);
        w->n += w->chunks[1]->next_row > w->chunks[1]->first_row;
        w->apart = w->n == 2 && intake_chunks_apart(w->chunks[0], w->chunks[1]);
    }
    w->result = source->result;
}

/* --- applying it --- */

/* A chunk under way, with all that is its own. */
struct half {
    struct db *db;
    struct import_apply *apply;
    struct import imp;
    const struct intake_chunk *chunk;
    bool ahead;
    enum rc rc;
};

static void apply_half(void *arg)
{
    struct half *h = arg;
    const struct intake_chunk *c = h->chunk;
    const struct import_chunk chunk = { .rows = c->rows,
                                        .n_rows = c->n_rows,
                                        .rejects = c->rejects,
                                        .n_rejects = c->n_rejects,
                                        .next_row = c->next_row,
                                        .first_row = c->first_row,
                                        .ahead = h->ahead };

    h->rc = import_apply_chunk(h->db, h->apply, &h->imp, &chunk);
}

static void note_withdrawn(void *arg, const char *number)
{
    struct intake_run *run = arg;

    if (run->n_withdrawn < sizeof(run->withdrawn) / sizeof(run->withdrawn[0]))
        snprintf(run->withdrawn[run->n_withdrawn++], E164_SIZE, "%s", number);
}

/* The database will not have the chunk, and not because it is away. */
static enum rc give_up(struct intake_run *run, struct db *db, const struct intake_chunk *chunk)
{
    const struct intake_source *source = &run->pass->source;
    char reason[200];
    int len;

    if (++run->failures < FAILURES_MAX)
        return RC_AGAIN;
    run->failures = 0;
    len = snprintf(reason, sizeof(reason), "rows %" PRIu64 " to %" PRIu64 " could not be stored%s",
                   chunk->first_row, chunk->next_row - 1,
                   chunk->first_row > 1 ? "; the rows before them were" : "");
    if (source->ahead_next > chunk->first_row)
        snprintf(reason + len, sizeof(reason) - (size_t)len,
                 "; rows %" PRIu64 " to %" PRIu64 ", behind them, were", source->ahead_first,
                 source->ahead_next - 1);
    return intake_refuse_file(run, db, reason);
}

/* What came of a half is the run's. */
static enum rc settle(struct intake_run *run, struct db *db, const struct half *h,
                      const struct import *before)
{
    struct import *imp = &run->imp;

    if (!h->rc || h->rc == RC_UNKNOWN)
        import_apply_withdrawn(h->apply, note_withdrawn, run);
    if (h->rc == RC_FAIL || h->rc == RC_INVALID)
        return give_up(run, db, h->chunk);
    if (h->rc)
        return h->rc;
    run->failures = 0;
    if (!h->ahead)
        imp->next_row = h->imp.next_row;
    imp->rows_taken += h->imp.rows_taken - before->rows_taken;
    imp->rows_unchanged += h->imp.rows_unchanged - before->rows_unchanged;
    imp->rows_refused += h->imp.rows_refused - before->rows_refused;
    metric_add(&rows_taken, (int64_t)(h->imp.rows_taken - before->rows_taken));
    metric_add(&rows_refused, (int64_t)(h->imp.rows_refused - before->rows_refused));
    return RC_OK;
}

static struct half half_of(struct intake_run *run, struct db *db, int i, bool ahead)
{
    return (struct half){ .db = db,
                          .apply = run->pass->apply[i],
                          .imp = run->imp,
                          .chunk = run->pass->now->chunks[i],
                          .ahead = ahead };
}

/* False also when the database cannot say: the chunks themselves will tell why. */
static bool may_be_at_once(struct intake_run *run, struct db *db, const struct wave *w)
{
    bool alone = !w->apart || run->failures;

    for (int i = 0; !alone && i < 2; i++) {
        const struct intake_chunk *c = w->chunks[i];

        if (import_apply_alone(db, run->pass->apply[i], &run->imp, c->rows, c->n_rows, &alone))
            return false;
    }
    return !alone;
}

/* A chunk that was refused is tried again alone, so that it is known which one it is. */
static enum rc apply_wave(struct intake_run *run, struct db *db)
{
    const struct wave *w = run->pass->now;
    const struct import before = run->imp;
    struct db *second = may_be_at_once(run, db, w) ? db_second(db) : NULL;
    enum rc rc = RC_OK;

    if (second) {
        struct half first = half_of(run, db, 0, false), other = half_of(run, second, 1, true);

        pair_run(apply_half, &first, &other);
        rc = settle(run, db, &first, &before);
        if (run->step != INTAKE_APPLY)
            return rc;
        return settle(run, db, &other, &before) ? RC_AGAIN : rc;
    }
    for (size_t i = 0; !rc && i < w->n && run->step == INTAKE_APPLY; i++) {
        const struct import till_now = run->imp;
        struct half half = half_of(run, db, (int)i, false);

        apply_half(&half);
        rc = settle(run, db, &half, &till_now);
    }
    return rc;
}

/* What only the database could see counts, too: then what was applied is taken back. */
static enum rc hold_to_limit(struct intake_run *run, struct db *db)
{
    const struct limit_rules *limit = &run->profile->limit;
    char words[LIMIT_WORDS_SIZE];
    enum rc rc;

    if (!limit_is_passed(limit, run->imp.rows_refused, run->imp.rows_total))
        return RC_OK;
    limit_words(limit, run->imp.rows_refused, run->imp.rows_total, words);
    rc = import_undo_refused(db, &run->imp, words);
    return rc ? rc : intake_go_on(run);
}

/* --- the step --- */

struct work {
    struct intake_run *run;
    struct db *db; /* NULL: this one reads */
    enum rc rc;
};

static void do_work(void *arg)
{
    struct work *w = arg;

    if (w->db)
        w->rc = apply_wave(w->run, w->db);
    else
        read_wave(w->run->pass, w->run->pass->next);
}

/* The first step of a pass: what is committed, and what stands behind the checkpoint already. */
static enum rc begin_wave(struct intake_run *run, struct db *db)
{
    struct intake_pass *pass = run->pass;
    struct intake_source *source = &pass->source;
    enum rc rc = import_take_turn(db, &run->imp);

    if (!rc)
        rc = import_ahead(db, &run->imp, &source->ahead_first, &source->ahead_next);
    if (rc)
        return rc;
    source->reader = run->reader;
    file_reader_stretch(run->reader, READ_BYTES);
    source->received_at = run->imp.received_at;
    source->chunk_rows = run->chunk_rows;
    source->next = run->imp.next_row;
    pass->now = &pass->waves[0];
    pass->next = &pass->waves[1];
    read_wave(pass, pass->now);
    return RC_OK;
}

static enum rc finish_pass(struct intake_run *run, struct db *db)
{
    const enum rc rc = import_done(db, &run->imp);

    run->step = INTAKE_FINISH;
    return rc;
}

enum rc intake_apply(struct intake_run *run, struct db *db)
{
    struct intake_pass *pass = run->pass;
    struct work apply = { .run = run, .db = db }, read = { .run = run };
    struct wave *w;
    enum rc rc;

    if (intake_heed(run, db, &rc))
        return rc;
    rc = pass->now ? RC_OK : begin_wave(run, db);
    if (rc)
        return rc;
    w = pass->now;
    if (w->rc || w->result == READ_AGAIN)
        return RC_AGAIN;
    if (w->result == READ_RECORD)
        pair_run(do_work, &apply, &read);
    else
        do_work(&apply);
    if (!apply.rc && run->step == INTAKE_APPLY)
        apply.rc = hold_to_limit(run, db);
    if (apply.rc || run->step != INTAKE_APPLY)
        return apply.rc;
    if (w->result == READ_FILE_FAULT)
        return intake_refuse_file(run, db, file_reader_fault(run->reader));
    if (w->result == READ_END)
        return finish_pass(run, db);
    pass->now = pass->next;
    pass->next = w;
    return RC_OK;
}
