/* import_undo.c - the states of an undoing, and its chunks, the last one first. */
#include "store/import_undo.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "store/audit.h"
#include "store/db.h"
#include "store/import_command.h"
#include "store/import_kind.h"
#include "store/import_query.h"
#include "store/import_row.h"

/* What is counted. */
static const struct line {
    const char *what, *says;
    bool left;
} lines[] = {
    { "orders_removed", "orders that it made are removed", false },
    { "orders_restored", "orders that it changed are as they were", false },
    { "customers_removed", "customers that it made are removed", false },
    { "customers_restored", "customers that it changed are as they were", false },
    { "consents_taken_back", "consents that it brought no longer count", false },
    { "rows_undone", "other things that it did are taken back", false },
    { "order_changed_since", "orders that others changed since are kept", true },
    { "order_has_invoice", "orders that have an invoice are kept", true },
    { "order_has_messages", "orders that customers had messages about are kept", true },
    { "order_customer_gone", "orders whose customer before is no longer here are kept", true },
    { "customer_changed_since", "customers whom others changed since are kept as they are", true },
    { "customer_erased", "customers who were erased since stay so", true },
    { "customer_merged", "customers who were put together with others since stay so", true },
    { "customer_has_orders", "customers who have other orders are kept", true },
    { "customer_of_others", "customers who have another number, too, are kept", true },
    { "customer_has_messages", "customers who had messages or wrote some are kept", true },
    { "customer_has_invoices", "customers who have invoices are kept", true },
    { "customer_has_contacts", "customers whom people called, or are to call, are kept", true },
    { "customer_has_consents", "customers who refused, or spoke of consent elsewhere, are kept",
      true },
    { "row_changed_since", "other things that were changed since are kept", true },
};
#define LINES (sizeof(lines) / sizeof(lines[0]))

struct import_undo_tally {
    uint64_t n[LINES];
};

static const struct line *line_of(const char *what)
{
    for (size_t i = 0; i < LINES; i++) {
        if (strcmp(lines[i].what, what) == 0)
            return &lines[i];
    }
    return NULL;
}

enum rc import_undo_count_add(struct import_undo *undo, const char *what, uint64_t n)
{
    const struct line *line = line_of(what);

    if (!line)
        return RC_INVALID;
    undo->tally->n[line - lines] += n;
    return RC_OK;
}

const char *import_undo_says(const char *what)
{
    const struct line *line = line_of(what);

    return line ? line->says : what;
}

static const char SQL_COUNTS[] = "SELECT what, n FROM import_undo_count WHERE import_id = ?";

enum rc import_undo_counts(struct db *db, uint64_t id, struct import_undo_count *list, size_t *n)
{
    uint64_t found[LINES] = { 0 };
    struct db_rows *rows = NULL;
    size_t got = 0;
    enum rc rc = db_query(db, SQL_COUNTS, DB_IN(db_u64(id)), &rows);

    if (rc)
        return rc;
    while (db_next(rows)) {
        const struct line *line = line_of(db_get_text(rows, 0));

        if (line)
            found[line - lines] = db_get_u64(rows, 1);
    }
    rc = db_rows_end(rows);
    for (size_t i = 0; !rc && i < LINES && got < *n; i++) {
        if (!found[i])
            continue;
        list[got] = (struct import_undo_count){ .n = found[i], .left = lines[i].left };
        snprintf(list[got++].what, sizeof(list[0].what), "%s", lines[i].what);
    }
    if (!rc)
        *n = got;
    return rc;
}

/* --- asking for it --- */

static const char SQL_LOOK[] = "SELECT i.can_undo,\n"
                               "  (SELECT MIN(c.kind) FROM import_chunk c\n"
                               "   WHERE c.import_id = i.id)\n"
                               "FROM import i\n"
                               "WHERE i.id = ?";

static const char SQL_UNDOING[] = "UPDATE import\n"
                                  "SET state = 'undoing', undone_to = 'undone', turn = turn + 1\n"
                                  "WHERE id = ? AND state = ? AND can_undo";

static enum rc why_not(struct db *db, const struct import *imp, struct error *err)
{
    struct db_rows *rows = NULL;
    bool kept = false, known = true;
    enum rc rc = db_query(db, SQL_LOOK, DB_IN(db_u64(imp->id)), &rows);

    if (rc)
        return rc;
    if (db_next(rows)) {
        kept = db_get_u64(rows, 0) != 0;
        if (!db_is_null(rows, 1)) {
            const struct import_kind_ops *ops = import_kind_of(db_get_text(rows, 1));
            known = ops && ops->undo;
        }
    }
    rc = db_rows_end(rows);
    if (rc)
        return rc;
    if (imp->state != IMPORT_DONE && imp->state != IMPORT_FAILED)
        return error_set(err, RC_CONFLICT,
                         "import %" PRIu64 " is %s: only one that is done or failed "
                         "can be undone",
                         imp->id, import_state_name(imp->state));
    if (!kept)
        return error_set(err, RC_CONFLICT,
                         "import %" PRIu64 " cannot be undone: what was before is no "
                         "longer kept",
                         imp->id);
    if (!known)
        return error_set(err, RC_CONFLICT,
                         "import %" PRIu64 " cannot be undone: its kind of file has "
                         "no way back",
                         imp->id);
    return RC_OK;
}

static enum rc find(struct db *db, uint64_t id, struct import *imp, struct error *err)
{
    const enum rc rc = import_get(db, id, imp);

    if (rc == RC_NOTFOUND)
        return error_set(err, rc, "there is no import %" PRIu64, id);
    return rc ? error_set(err, rc, "the database: %s", rc_name(rc)) : RC_OK;
}

/* Somebody's command: what it changes and the line that says who gave it are one transaction. */
struct command {
    struct import imp;
    struct audit_entry audit;
};

static enum rc give(struct db *db, struct command *c, const char *who, const char *verb,
                    db_body *body)
{
    enum rc rc;

    c->audit = (struct audit_entry){ .at = clock_now(),
                                     .who = who,
                                     .verb = verb,
                                     .subject = AUDIT_IMPORT,
                                     .subject_id = c->imp.id };
    rc = audit_new_id(db, &c->audit.id);
    return rc ? rc : db_transaction(db, body, c);
}

static enum rc begin_body(struct db *db, void *arg)
{
    const struct command *c = arg;
    uint64_t changed = 0;
    enum rc rc =
        db_run(db, SQL_UNDOING, DB_IN(db_u64(c->imp.id), db_text(import_state_name(c->imp.state))),
               &changed);

    if (!rc && !changed)
        rc = RC_CONFLICT;
    return rc ? rc : audit_write(db, &c->audit);
}

enum rc import_undo_begin(struct db *db, uint64_t id, const char *who, struct error *err)
{
    struct command c;
    enum rc rc = find(db, id, &c.imp, err);

    if (!rc)
        rc = why_not(db, &c.imp, err);
    if (rc)
        return rc;
    rc = give(db, &c, who, "undo", begin_body);
    if (rc == RC_CONFLICT)
        return error_set(err, rc, "import %" PRIu64 " has just become something else", id);
    return rc ? error_set(err, rc, "the database: %s", rc_name(rc)) : RC_OK;
}

static const char SQL_REFUSED[] = "UPDATE import\n"
                                  "SET state = 'undoing', undone_to = 'failed', reason = ?\n"
                                  "WHERE id = ? AND state = 'applying' AND turn = ? AND can_undo";

static const char SQL_REFUSED_REST[] =
    "UPDATE import\n"
    "SET state = 'failed', reason = ?, finished_at = ?\n"
    "WHERE id = ? AND state = 'applying' AND turn = ? AND NOT can_undo";

/* Some of it was applied so long ago that what was before is no longer kept. */
static enum rc refuse_rest(struct db *db, struct import *imp, const char *why)
{
    const utc_us now = clock_now();
    uint64_t changed = 0;
    enum rc rc;

    snprintf(imp->reason, sizeof(imp->reason),
             "%.300s: the rest of the file is not taken; what was taken of it before stays, as it "
             "can no longer be taken back",
             why);
    rc = db_run(db, SQL_REFUSED_REST,
                DB_IN(db_text(imp->reason), db_time(now), db_u64(imp->id), db_u64(imp->turn)),
                &changed);
    if (rc)
        return rc;
    if (!changed)
        return RC_CONFLICT;
    imp->state = IMPORT_FAILED;
    imp->finished_at = now;
    return RC_OK;
}

enum rc import_undo_refused(struct db *db, struct import *imp, const char *why)
{
    uint64_t changed = 0;
    enum rc rc;

    snprintf(imp->reason, sizeof(imp->reason), "%.300s: nothing of the file is taken", why);
    rc = db_run(db, SQL_REFUSED, DB_IN(db_text(imp->reason), db_u64(imp->id), db_u64(imp->turn)),
                &changed);
    if (rc)
        return rc;
    if (!changed)
        return refuse_rest(db, imp, why);
    imp->state = IMPORT_UNDOING;
    return RC_OK;
}

/* --- chunk by chunk --- */

static const char SQL_LAST_CHUNK[] =
    "SELECT c.run, c.first_row, c.next_row, c.at, c.first_customer, c.end_customer,\n"
    "  c.first_order, c.end_order, c.kind\n"
    "FROM import i\n"
    "STRAIGHT_JOIN import_chunk c ON c.import_id = i.id\n"
    "WHERE i.id = ? AND i.state = 'undoing'\n"
    "ORDER BY c.run DESC, c.first_row DESC\n"
    "LIMIT 1\n"
    "FOR UPDATE";

static const char SQL_FORGET_BEFORE[] = "DELETE FROM import_before\n"
                                        "WHERE import_id = ? AND run = ? AND first_row = ?";

static const char SQL_FORGET_CHUNK[] = "DELETE FROM import_chunk\n"
                                       "WHERE import_id = ? AND run = ? AND first_row = ?";

static const char SQL_COUNT[] = "INSERT INTO import_undo_count (import_id, what, n)\n"
                                "VALUES (?, ?, ?)\n"
                                "ON DUPLICATE KEY UPDATE n = n + VALUE(n)";

static const char SQL_OVER[] = "UPDATE import\n"
                               "SET rows_taken = IF(undone_to = 'failed', 0, rows_taken),\n"
                               "  rows_unchanged = IF(undone_to = 'failed', 0, rows_unchanged),\n"
                               "  state = undone_to, next_row = 1, finished_at = ?\n"
                               "WHERE id = ? AND state = 'undoing'";

struct chunk_undo {
    struct import imp; /* with the run of the chunk */
    struct import_undo undo;
    struct import_undo_tally tally;
    const struct import_kind_ops *ops;
    uint64_t events; /* the first id of those for the ledger */
    bool over;
};

static enum rc read_chunk(struct db *db, struct chunk_undo *c)
{
    struct db_rows *rows = NULL;
    enum rc rc = db_query(db, SQL_LAST_CHUNK, DB_IN(db_u64(c->imp.id)), &rows);

    if (rc)
        return rc;
    c->over = !db_next(rows);
    if (!c->over) {
        c->imp.run = (unsigned)db_get_u64(rows, 0);
        c->undo.first_row = db_get_u64(rows, 1);
        c->undo.next_row = db_get_u64(rows, 2);
        c->undo.at = db_get_time(rows, 3);
        c->undo.customers = (struct import_made){ db_get_u64(rows, 4), db_get_u64(rows, 5) };
        c->undo.orders = (struct import_made){ db_get_u64(rows, 6), db_get_u64(rows, 7) };
        c->ops = import_kind_of(db_get_text(rows, 8));
    }
    return db_rows_end(rows);
}

static enum rc keep_counts(struct db *db, const struct chunk_undo *c)
{
    enum rc rc = RC_OK;

    for (size_t i = 0; !rc && i < LINES; i++) {
        if (c->tally.n[i])
            rc = db_run(db, SQL_COUNT,
                        DB_IN(db_u64(c->imp.id), db_text(lines[i].what), db_u64(c->tally.n[i])),
                        NULL);
    }
    return rc;
}

static enum rc finish(struct db *db, const struct chunk_undo *c)
{
    uint64_t changed = 0;
    enum rc rc = db_run(db, SQL_OVER, DB_IN(db_time(clock_now()), db_u64(c->imp.id)), &changed);

    return rc ? rc : changed ? RC_OK : RC_CONFLICT;
}

#define CHUNK(c) db_u64((c)->imp.id), db_u64((c)->imp.run), db_u64((c)->undo.first_row)

static enum rc step_body(struct db *db, struct chunk_undo *c)
{
    enum rc rc;

    memset(&c->tally, 0, sizeof(c->tally));
    rc = read_chunk(db, c);
    if (rc || c->over)
        return rc ? rc : finish(db, c);
    if (!c->ops || !c->ops->undo)
        return RC_INVALID;
    rc = c->ops->undo(db, &c->undo);
    if (!rc)
        rc = db_run(db, SQL_FORGET_BEFORE, DB_IN(CHUNK(c)), NULL);
    if (!rc)
        rc = db_run(db, SQL_FORGET_CHUNK, DB_IN(CHUNK(c)), NULL);
    return rc ? rc : keep_counts(db, c);
}

static enum rc one_body(struct db *db, void *arg)
{
    struct chunk_undo *c = arg;

    c->undo.event_id = c->events;
    return step_body(db, c);
}

enum rc import_undo_step(struct db *db, struct import *imp, bool *over)
{
    struct chunk_undo c = { .imp = *imp };
    enum rc rc = db_new_ids(db, "consent_event", 2 * IMPORT_CHUNK_MAX, &c.events);

    c.undo.imp = &c.imp;
    c.undo.tally = &c.tally;
    if (!rc)
        rc = db_transaction(db, one_body, &c);
    if (!rc)
        *over = c.over;
    return rc || !c.over ? rc : import_get(db, imp->id, imp);
}

/* --- and if? --- */

struct undo_trial {
    struct chunk_undo chunk;
    struct import_undo_tally sum;
    struct import_undo_trial *told;
    bool seen; /* to its end: what is rolled back is a good answer */
};

static enum rc try_body(struct db *db, void *arg)
{
    struct undo_trial *t = arg;
    const struct import *imp = &t->chunk.imp;
    uint64_t changed = 0;
    enum rc rc = db_run(db, SQL_UNDOING,
                        DB_IN(db_u64(imp->id), db_text(import_state_name(imp->state))), &changed);

    memset(&t->sum, 0, sizeof(t->sum));
    t->chunk.undo.event_id = t->chunk.events;
    t->told->rows = 0;
    if (!rc && !changed)
        rc = RC_CONFLICT;
    for (unsigned i = 0; !rc && i < t->told->chunks; i++) {
        rc = step_body(db, &t->chunk);
        if (rc || t->chunk.over)
            break;
        t->told->rows += t->chunk.undo.next_row - t->chunk.undo.first_row;
        for (size_t k = 0; k < LINES; k++)
            t->sum.n[k] += t->chunk.tally.n[k];
    }
    if (!rc && !t->chunk.over)
        rc = read_chunk(db, &t->chunk); /* is there another? */
    t->seen = !rc;
    t->told->cut = !t->chunk.over;
    return rc ? rc : RC_CONFLICT; /* so that nothing of it stays */
}

static void tell(const struct import_undo_tally *sum, struct import_undo_count *list, size_t *n)
{
    size_t got = 0;

    for (size_t i = 0; i < LINES && got < *n; i++) {
        if (!sum->n[i])
            continue;
        list[got] = (struct import_undo_count){ .n = sum->n[i], .left = lines[i].left };
        snprintf(list[got++].what, sizeof(list[0].what), "%s", lines[i].what);
    }
    *n = got;
}

enum rc import_undo_try(struct db *db, uint64_t id, struct import_undo_trial *trial,
                        struct import_undo_count *list, size_t *n, struct error *err)
{
    struct undo_trial t = { .told = trial };
    enum rc rc = find(db, id, &t.chunk.imp, err);

    if (!rc)
        rc = why_not(db, &t.chunk.imp, err);
    if (!rc)
        rc = db_new_ids(db, "consent_event", (uint64_t)trial->chunks * 2 * IMPORT_CHUNK_MAX,
                        &t.chunk.events);
    if (rc)
        return rc;
    t.chunk.undo.imp = &t.chunk.imp;
    t.chunk.undo.tally = &t.chunk.tally;
    rc = db_transaction(db, try_body, &t);
    if (!t.seen || rc != RC_CONFLICT)
        return error_set(err, rc, "import %" PRIu64 " has just become something else", id);
    tell(&t.sum, list, n);
    return RC_OK;
}

static const char SQL_FIND[] = "SELECT id FROM import\n"
                               "WHERE state = 'undoing' AND partner_id = ?\n"
                               "ORDER BY id\n"
                               "LIMIT 1";

enum rc import_undo_find(struct db *db, unsigned partner_id, struct import *imp)
{
    uint64_t id = 0;
    enum rc rc = db_query_u64(db, SQL_FIND, DB_IN(db_u64(partner_id)), &id);

    return rc ? rc : import_get(db, id, imp);
}

/* --- once more --- */

static const char SQL_AGAIN[] =
    "UPDATE import\n"
    "SET can_undo = can_undo OR state = 'undone' OR " IMPORT_IS_UNTOUCHED ",\n"
    "  state = 'checking', reason = '', next_row = 1, rows_total = 0, rows_taken = 0,\n"
    "  rows_unchanged = 0, rows_refused = 0, finished_at = NULL, run = run + 1, turn = turn + 1,\n"
    "  node_id = ?, document_number = NULL, same_as = NULL\n"
    "WHERE id = ? AND state = ?";

static const char SQL_FORGET_REJECTS[] = "DELETE FROM import_reject WHERE import_id = ?";
static const char SQL_FORGET_COUNTS[] = "DELETE FROM import_undo_count WHERE import_id = ?";

static enum rc replay_body(struct db *db, void *arg)
{
    const struct command *c = arg;
    const struct import *imp = &c->imp;
    uint64_t changed = 0;
    enum rc rc = import_wish_forget(db, imp->id);

    if (!rc)
        rc = db_run(
            db, SQL_AGAIN,
            DB_IN(db_u64(db_node(db)), db_u64(imp->id), db_text(import_state_name(imp->state))),
            &changed);

    if (!rc && !changed)
        rc = RC_CONFLICT;
    if (!rc)
        rc = db_run(db, SQL_FORGET_REJECTS, DB_IN(db_u64(imp->id)), NULL);
    if (!rc)
        rc = db_run(db, SQL_FORGET_COUNTS, DB_IN(db_u64(imp->id)), NULL);
    return rc ? rc : audit_write(db, &c->audit);
}

enum rc import_replay(struct db *db, uint64_t id, const char *who, struct import *imp,
                      struct error *err)
{
    struct command c;
    const enum import_state *was = &c.imp.state;
    enum rc rc = find(db, id, &c.imp, err);

    if (rc)
        return rc;
    if (*was != IMPORT_DONE && *was != IMPORT_FAILED && *was != IMPORT_UNDONE)
        return error_set(err, RC_CONFLICT, "import %" PRIu64 " is %s: it is not over yet", id,
                         import_state_name(*was));
    rc = give(db, &c, who, "replay", replay_body);
    if (rc == RC_CONFLICT)
        return error_set(
            err, rc,
            "import %" PRIu64
            " has just become something else, or its content was taken again as another import",
            id);
    if (rc)
        return error_set(err, rc, "the database: %s", rc_name(rc));
    return find(db, id, imp, err);
}

/* --- retention --- */

#define PRUNE_BATCH 2000 /* rows a statement */

static const char SQL_NO_LONGER[] = "UPDATE import\n"
                                    "SET can_undo = FALSE\n"
                                    "WHERE can_undo AND finished_at < ?\n"
                                    "  AND state IN ('done', 'failed', 'undone')\n"
                                    "LIMIT 1000";

/* One import at a time: its rows are next to one another. Each has a chunk as long as it has
 * anything. Ids rise with time, so the lowest one that is left bounds the search. */
static const char SQL_PRUNABLE[] =
    "SELECT i.id\n"
    "FROM import i\n"
    "WHERE i.id >= (SELECT MIN(import_id) FROM import_chunk)\n"
    "  AND NOT i.can_undo AND i.state IN ('done', 'failed', 'undone')\n"
    "  AND EXISTS (SELECT 1 FROM import_chunk c WHERE c.import_id = i.id)\n"
    "ORDER BY i.id\n"
    "LIMIT 1";

/* It may have been begun again since: then what was applied ahead must stay known. */
static const char SQL_STILL_PRUNABLE[] =
    "SELECT id FROM import\n"
    "WHERE id = ? AND NOT can_undo AND state IN ('done', 'failed', 'undone')\n"
    "FOR UPDATE";

static const char SQL_PRUNE_BEFORE[] = "DELETE FROM import_before\n"
                                       "WHERE import_id = ?\n"
                                       "ORDER BY run, first_row, kind, subject_id\n"
                                       "LIMIT ?";

static const char SQL_PRUNE_CHUNKS[] = "DELETE FROM import_chunk\n"
                                       "WHERE import_id = ?\n"
                                       "ORDER BY run, first_row\n"
                                       "LIMIT ?";

struct pruning {
    uint64_t import_id, n;
};

static enum rc prune_body(struct db *db, void *arg)
{
    struct pruning *p = arg;
    uint64_t chunks = 0, id;
    enum rc rc = db_query_u64(db, SQL_STILL_PRUNABLE, DB_IN(db_u64(p->import_id)), &id);

    p->n = 0;
    if (rc)
        return rc == RC_NOTFOUND ? RC_OK : rc;
    rc = db_run(db, SQL_PRUNE_BEFORE, DB_IN(db_u64(id), db_u64(PRUNE_BATCH)), &p->n);
    if (!rc && p->n < PRUNE_BATCH)
        rc = db_run(db, SQL_PRUNE_CHUNKS, DB_IN(db_u64(id), db_u64(PRUNE_BATCH)), &chunks);
    p->n += chunks;
    return rc;
}

enum rc import_undo_prune(struct db *db, utc_us before, uint64_t *n)
{
    struct pruning p = { 0, 0 };
    enum rc rc = db_run(db, SQL_NO_LONGER, DB_IN(db_time(before)), NULL);

    if (!rc)
        rc = db_query_u64(db, SQL_PRUNABLE, DB_NO_INPUT, &p.import_id);
    if (!rc)
        rc = db_transaction(db, prune_body, &p);
    if (rc && rc != RC_NOTFOUND)
        return rc;
    *n = p.n;
    return RC_OK;
}
