/* import_apply.c - one chunk of an import as one transaction, whatever its rows are about. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/db.h"
#include "store/import_kind.h"

struct import_apply {
    struct import_rules rules;
    const struct import_kind_ops *ops;
    void *kind;
    struct db_bulk *rejects;
    struct import_step step;
};

static const struct import_kind_ops *const kinds[KIND_COUNT] = {
    [KIND_ORDERS] = &import_orders,
    [KIND_CUSTOMERS] = &import_orders,
    [KIND_STATUSES] = &import_statuses,
    [KIND_PRODUCTS] = &import_products,
    [KIND_INVOICES] = &import_invoices,
    [KIND_PAYMENTS] = &import_payments,
    [KIND_SUPPRESSIONS] = &import_suppressions,
};

const struct import_kind_ops *import_kind_of(const char *name)
{
    for (int i = 0; i < KIND_COUNT; i++) {
        if (strcmp(file_kind_name((enum file_kind)i), name) == 0)
            return kinds[i];
    }
    return NULL;
}

struct import_apply *import_apply_new(const struct import_rules *rules)
{
    struct import_apply *a = kinds[rules->kind] ? calloc(1, sizeof(*a)) : NULL;

    if (!a)
        return NULL;
    a->rules = *rules;
    a->ops = kinds[rules->kind];
    a->kind = a->ops->open(&a->rules);
    a->rejects = db_bulk_new(8);
    if (!a->kind || !a->rejects) {
        import_apply_free(a);
        return NULL;
    }
    return a;
}

void import_apply_free(struct import_apply *apply)
{
    if (!apply)
        return;
    if (apply->kind)
        apply->ops->close(apply->kind);
    db_bulk_free(apply->rejects);
    free(apply);
}

/* --- rejects --- */

static const char SQL_REJECT[] =
    "INSERT INTO import_reject (import_id, row_no, line, field, code,\n"
    "  value, reason, entry)\n"
    "VALUES (?, ?, ?, ?, ?, ?, ?, ?)";

static enum rc add_reject(struct db_bulk *bulk, uint64_t import_id, const struct import_reject *r)
{
    return db_bulk_add(
        bulk, (const struct db_value[]){ db_u64(import_id), db_u64(r->row_no), db_u64(r->line),
                                         db_text(r->field), db_text(r->code), db_text(r->value),
                                         db_text(r->reason), db_text(r->entry ? r->entry : "") });
}

static enum rc put_reject(struct import_step *step, const struct import_reject *r)
{
    step->refused++;
    return add_reject(step->rejects, step->imp->id, r);
}

enum rc import_refuse(struct import_step *step, const struct partner_row *row, const char *field,
                      const char *code, const char *value, const char *reason)
{
    return put_reject(step, &(struct import_reject){ .row_no = row->row_no,
                                                     .line = row->line,
                                                     .entry = row->entry,
                                                     .field = field,
                                                     .code = code,
                                                     .value = value,
                                                     .reason = reason });
}

/* --- a whole file --- */

static const char SQL_REFUSED[] =
    "UPDATE import\n"
    "SET state = 'failed', reason = ?, rows_total = ?, rows_refused = ?, finished_at = ?\n"
    "WHERE id = ? AND state = 'checking'";

struct refusal {
    const struct import *imp;
    const struct db_bulk *rejects;
    const char *reason;
    utc_us now;
};

static enum rc refuse_body(struct db *db, void *arg)
{
    const struct refusal *r = arg;
    uint64_t changed = 0;
    enum rc rc = db_run(db, SQL_REFUSED,
                        DB_IN(db_text(r->reason), db_u64(r->imp->rows_total),
                              db_u64(r->imp->rows_refused), db_time(r->now), db_u64(r->imp->id)),
                        &changed);

    if (!rc && !changed)
        rc = RC_CONFLICT;
    return rc ? rc : db_bulk_run(db, SQL_REJECT, r->rejects, NULL);
}

enum rc import_refused(struct db *db, struct import *imp, const struct import_reject *rejects,
                       size_t n, const char *reason)
{
    struct db_bulk *bulk = db_bulk_new(8);
    struct refusal refusal = { imp, bulk, reason, clock_now() };
    enum rc rc = bulk ? RC_OK : RC_FAIL;

    for (size_t i = 0; !rc && i < n; i++)
        rc = add_reject(bulk, imp->id, &rejects[i]);
    if (!rc)
        rc = db_transaction(db, refuse_body, &refusal);
    db_bulk_free(bulk);
    if (rc)
        return rc;
    imp->state = IMPORT_FAILED;
    imp->finished_at = refusal.now;
    snprintf(imp->reason, sizeof(imp->reason), "%s", reason);
    return RC_OK;
}

/* --- the transaction --- */

/* Compare and set, last, so that two chunks wait for one another no longer than for their commits.
 * Who lost the turn meanwhile, or comes with a checkpoint that moved on, has done nothing. */
static const char SQL_CHECKPOINT[] =
    "UPDATE import\n"
    "SET next_row = ?, rows_taken = rows_taken + ?, rows_unchanged = rows_unchanged + ?,\n"
    "  rows_refused = rows_refused + ?\n"
    "WHERE id = ? AND state = 'applying' AND turn = ? AND next_row = ?";

static const char SQL_COUNT_AHEAD[] =
    "UPDATE import\n"
    "SET rows_taken = rows_taken + ?, rows_unchanged = rows_unchanged + ?,\n"
    "  rows_refused = rows_refused + ?\n"
    "WHERE id = ? AND state = 'applying' AND turn = ?";

static const char SQL_CHUNK[] =
    "INSERT INTO import_chunk (import_id, run, first_row, kind, next_row, at, first_customer,\n"
    "  end_customer, first_order, end_order)\n"
    "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";

static enum rc note_chunk(struct db *db, const struct import_step *step)
{
    return db_run(db, SQL_CHUNK,
                  DB_IN(db_u64(step->imp->id), db_u64(step->imp->run), db_u64(step->first_row),
                        db_text(file_kind_name(step->rules->kind)), db_u64(step->chunk->next_row),
                        db_time(step->now), db_u64(step->customers.first),
                        db_u64(step->customers.end), db_u64(step->orders.first),
                        db_u64(step->orders.end)),
                  NULL);
}

static enum rc move_checkpoint(struct db *db, const struct import_step *step)
{
    const struct import *imp = step->imp;
    const struct db_value taken = db_u64(step->taken), unchanged = db_u64(step->unchanged),
                          refused = db_u64(step->refused);
    uint64_t changed = 0;
    enum rc rc =
        step->chunk->ahead
            ? db_run(db, SQL_COUNT_AHEAD,
                     DB_IN(taken, unchanged, refused, db_u64(imp->id), db_u64(imp->turn)), &changed)
            : db_run(db, SQL_CHECKPOINT,
                     DB_IN(db_u64(step->chunk->next_row), taken, unchanged, refused,
                           db_u64(imp->id), db_u64(imp->turn), db_u64(imp->next_row)),
                     &changed);

    return rc ? rc : changed ? RC_OK : RC_CONFLICT;
}

static enum rc apply_body(struct db *db, void *arg)
{
    struct import_apply *a = arg;
    struct import_step *step = &a->step;
    enum rc rc = RC_OK;

    step->taken = step->unchanged = step->refused = 0;
    step->customers = step->orders = (struct import_made){ 0, 0 };
    db_bulk_reset(a->rejects);
    for (size_t i = 0; !rc && i < step->chunk->n_rejects; i++)
        rc = put_reject(step, &step->chunk->rejects[i]);
    if (!rc && step->chunk->n_rows)
        rc = a->ops->apply(db, a->kind, step);
    if (!rc)
        rc = db_bulk_run(db, SQL_REJECT, a->rejects, NULL);
    if (!rc)
        rc = note_chunk(db, step);
    return rc ? rc : move_checkpoint(db, step);
}

enum rc import_apply_chunk(struct db *db, struct import_apply *apply, struct import *imp,
                           const struct import_chunk *chunk)
{
    enum rc rc = RC_OK;

    apply->step =
        (struct import_step){ .rules = &apply->rules,
                              .imp = imp,
                              .chunk = chunk,
                              .now = clock_now(),
                              .first_row = chunk->first_row ? chunk->first_row : imp->next_row,
                              .rejects = apply->rejects };
    if (chunk->n_rows)
        rc = apply->ops->prepare(db, apply->kind, &apply->step);
    if (!rc)
        rc = db_transaction(db, apply_body, apply);
    if (rc)
        return rc;
    if (chunk->n_rows)
        apply->ops->committed(apply->kind);
    if (!chunk->ahead)
        imp->next_row = chunk->next_row;
    imp->rows_taken += apply->step.taken;
    imp->rows_unchanged += apply->step.unchanged;
    imp->rows_refused += apply->step.refused;
    return RC_OK;
}

bool import_apply_in_pairs(const struct import_apply *apply)
{
    return apply->ops->in_pairs;
}

enum rc import_apply_alone(struct db *db, struct import_apply *apply, const struct import *imp,
                           const struct partner_row *rows, size_t n, bool *alone)
{
    *alone = false;
    return n && apply->ops->alone ? apply->ops->alone(db, apply->kind, imp, rows, n, alone) : RC_OK;
}

static const char SQL_AHEAD[] = "SELECT first_row, next_row\n"
                                "FROM import_chunk\n"
                                "WHERE import_id = ? AND run = ? AND first_row >= ?\n"
                                "ORDER BY first_row\n"
                                "LIMIT 1";

static const char SQL_CATCH_UP[] =
    "UPDATE import\n"
    "SET next_row = ?\n"
    "WHERE id = ? AND state = 'applying' AND turn = ? AND next_row = ?";

static enum rc find_ahead(struct db *db, const struct import *imp, uint64_t *first, uint64_t *next)
{
    struct db_rows *rows = NULL;
    enum rc rc = db_query(db, SQL_AHEAD,
                          DB_IN(db_u64(imp->id), db_u64(imp->run), db_u64(imp->next_row)), &rows);

    if (rc)
        return rc;
    *first = *next = 0;
    if (db_next(rows)) {
        *first = db_get_u64(rows, 0);
        *next = db_get_u64(rows, 1);
    }
    return db_rows_end(rows);
}

enum rc import_ahead(struct db *db, struct import *imp, uint64_t *first, uint64_t *next)
{
    enum rc rc;

    while (!(rc = find_ahead(db, imp, first, next)) && *first == imp->next_row) {
        uint64_t changed = 0;

        rc = db_run(db, SQL_CATCH_UP,
                    DB_IN(db_u64(*next), db_u64(imp->id), db_u64(imp->turn), db_u64(imp->next_row)),
                    &changed);
        if (!rc && !changed)
            rc = RC_CONFLICT;
        if (rc)
            break;
        imp->next_row = *next;
    }
    return rc;
}

void import_apply_withdrawn(const struct import_apply *apply,
                            void (*each)(void *arg, const char *number), void *arg)
{
    if (apply->ops->withdrawn)
        apply->ops->withdrawn(apply->kind, each, arg);
}
