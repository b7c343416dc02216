/* import_apply.c - one chunk of an import as one transaction, whatever its rows are about. */
#include <stdlib.h>

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

static enum rc put_reject(struct import_step *step, const struct import_reject *r)
{
    step->refused++;
    return db_bulk_add(step->rejects, (const struct db_value[]){
                                          db_u64(step->imp->id), db_u64(r->row_no), db_u64(r->line),
                                          db_text(r->field), db_text(r->code), db_text(r->value),
                                          db_text(r->reason), db_text(r->entry ? r->entry : "") });
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

/* --- the transaction --- */

static const char SQL_CHECKPOINT[] =
    "UPDATE import\n"
    "SET next_row = ?, rows_taken = rows_taken + ?, rows_unchanged = rows_unchanged + ?,\n"
    "  rows_refused = rows_refused + ?\n"
    "WHERE id = ? AND state = 'applying' AND next_row = ?";

/* Compare and set, first and with nothing counted: a second node with the same import waits here
 * and then finds it moved on. */
static enum rc take_checkpoint(struct db *db, const struct import_step *step)
{
    uint64_t changed = 0;
    enum rc rc = db_run(db, SQL_CHECKPOINT,
                        DB_IN(db_u64(step->chunk->next_row), db_u64(0), db_u64(0), db_u64(0),
                              db_u64(step->imp->id), db_u64(step->imp->next_row)),
                        &changed);

    return rc ? rc : changed ? RC_OK : RC_CONFLICT;
}

static enum rc count_rows(struct db *db, const struct import_step *step)
{
    return db_run(db, SQL_CHECKPOINT,
                  DB_IN(db_u64(step->chunk->next_row), db_u64(step->taken), db_u64(step->unchanged),
                        db_u64(step->refused), db_u64(step->imp->id),
                        db_u64(step->chunk->next_row)),
                  NULL);
}

static enum rc apply_body(struct db *db, void *arg)
{
    struct import_apply *a = arg;
    struct import_step *step = &a->step;
    enum rc rc = take_checkpoint(db, step);

    step->taken = step->unchanged = step->refused = 0;
    db_bulk_reset(a->rejects);
    for (size_t i = 0; !rc && i < step->chunk->n_rejects; i++)
        rc = put_reject(step, &step->chunk->rejects[i]);
    if (!rc && step->chunk->n_rows)
        rc = a->ops->apply(db, a->kind, step);
    if (!rc)
        rc = db_bulk_run(db, SQL_REJECT, a->rejects, NULL);
    return rc ? rc : count_rows(db, step);
}

enum rc import_apply_chunk(struct db *db, struct import_apply *apply, struct import *imp,
                           const struct import_chunk *chunk)
{
    enum rc rc = RC_OK;

    apply->step = (struct import_step){ .rules = &apply->rules,
                                        .imp = imp,
                                        .chunk = chunk,
                                        .now = clock_now(),
                                        .rejects = apply->rejects };
    if (chunk->n_rows)
        rc = apply->ops->prepare(db, apply->kind, &apply->step);
    if (!rc)
        rc = db_transaction(db, apply_body, apply);
    if (rc)
        return rc;
    if (chunk->n_rows)
        apply->ops->committed(apply->kind);
    imp->next_row = chunk->next_row;
    imp->rows_taken += apply->step.taken;
    imp->rows_unchanged += apply->step.unchanged;
    imp->rows_refused += apply->step.refused;
    return RC_OK;
}

void import_apply_withdrawn(const struct import_apply *apply,
                            void (*each)(void *arg, const char *number), void *arg)
{
    if (apply->ops->withdrawn)
        apply->ops->withdrawn(apply->kind, each, arg);
}
