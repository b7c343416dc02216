/* api_import_undo.c - taking back what an import did, and taking its file once more. */
#include <string.h>

#include "control/api_import.h"
#include "control/exchange.h"
#include "control/routes.h"
#include "store/import_query.h"
#include "store/import_undo.h"

#define TRIAL_CHUNKS 10 /* that a dry run goes through: a transaction that is rolled back */

static json_t *counts_json(const struct import_undo_count *list, size_t n)
{
    json_t *items = json_array();

    for (size_t i = 0; i < n; i++) {
        json_t *item = json_object();

        put_text(item, "what", list[i].what);
        put_u64(item, "n", list[i].n);
        json_object_set_new(item, "left", json_boolean(list[i].left));
        put_text(item, "says", import_undo_says(list[i].what));
        json_array_append_new(items, item);
    }
    return items;
}

void import_put_undone(struct exchange *x, const struct import *import)
{
    struct import_undo_count list[IMPORT_UNDO_COUNTS_MAX];
    size_t n = IMPORT_UNDO_COUNTS_MAX;

    if (import_undo_counts(x->db, import->id, list, &n) == RC_OK && n)
        json_object_set_new(x->reply, "undone", counts_json(list, n));
}

static void try_undo(struct exchange *x)
{
    struct import_undo_count list[IMPORT_UNDO_COUNTS_MAX];
    struct import_undo_trial trial = { .chunks = TRIAL_CHUNKS };
    size_t n = IMPORT_UNDO_COUNTS_MAX;
    struct error err = { "" };
    enum rc rc = import_undo_try(x->db, x->id, &trial, list, &n, &err);

    if (rc) {
        exchange_failed(x, rc, "import", &err);
        return;
    }
    put_u64(x->reply, "id", x->id);
    json_object_set_new(x->reply, "dry_run", json_true());
    json_object_set_new(x->reply, "cut", json_boolean(trial.cut));
    put_u64(x->reply, "rows", trial.rows);
    json_object_set_new(x->reply, "undone", counts_json(list, n));
}

void import_undo_command(struct exchange *x)
{
    struct error err = { "" };
    bool dry_run = false;
    enum rc rc;

    if (!take_bool(x, "dry_run", false, &dry_run))
        return;
    if (dry_run) {
        try_undo(x);
        return;
    }
    rc = import_undo_begin(x->db, x->id, x->who, &err);
    if (rc) {
        exchange_failed(x, rc, "import", &err);
        return;
    }
    put_u64(x->reply, "id", x->id);
    put_text(x->reply, "said", "It is being taken back; import show says how far it is.");
    import_hint_partner(x);
}

void import_replay_command(struct exchange *x)
{
    struct error err = { "" };
    struct import import;
    const enum rc rc = import_replay(x->db, x->id, x->who, &import, &err);

    if (rc) {
        exchange_failed(x, rc, "import", &err);
        return;
    }
    put_u64(x->reply, "id", x->id);
    put_text(x->reply, "said", "Its file is taken once more.");
    import_hint_partner(x);
}
