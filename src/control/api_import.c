/* api_import.c - the files that partners dropped, and the rows that were refused. */
#include <stdlib.h>

#include "control/exchange.h"
#include "control/routes.h"
#include "store/import_query.h"

#define PAGE_MAX 500
#define PAGE     20

static json_t *import_json(const struct import *i)
{
    json_t *item = json_object();

    put_u64(item, "id", i->id);
    put_text(item, "partner", i->partner);
    put_text(item, "file", i->file_name);
    put_u64(item, "bytes", i->bytes);
    put_text(item, "state", import_state_name(i->state));
    put_text(item, "reason", i->reason);
    put_u64(item, "rows_total", i->rows_total);
    put_u64(item, "rows_taken", i->rows_taken);
    put_u64(item, "rows_unchanged", i->rows_unchanged);
    put_u64(item, "rows_refused", i->rows_refused);
    put_time(item, "received_at", i->received_at);
    put_time(item, "finished_at", i->finished_at);
    return item;
}

static void list_imports(struct exchange *x)
{
    uint64_t before, limit;
    struct import *list;
    json_t *items;
    size_t n;
    enum rc rc;

    if (!take_query_u64(x, 0, INT64_MAX, 0, &before) ||
        !take_query_u64(x, 1, PAGE_MAX, PAGE, &limit))
        return;
    n = (size_t)limit;
    list = arena_alloc(&x->arena, (n + 1) * sizeof(*list));
    rc = list ? import_list(x->db, 0, before, list, &n) : RC_FAIL;
    if (rc) {
        exchange_failed(x, rc, "imports", NULL);
        return;
    }
    items = json_array();
    for (size_t i = 0; i < n; i++)
        json_array_append_new(items, import_json(&list[i]));
    json_object_set_new(x->reply, "imports", items);
}

static void get_import(struct exchange *x)
{
    struct import import;
    enum rc rc = import_get(x->db, x->id, &import);

    if (rc) {
        exchange_failed(x, rc, "import", NULL);
        return;
    }
    json_decref(x->reply);
    x->reply = import_json(&import);
}

static void list_rejects(struct exchange *x)
{
    struct import_reject_row *list;
    struct import import;
    uint64_t after, limit;
    json_t *items;
    size_t n;
    enum rc rc;

    if (!take_query_u64(x, 0, INT64_MAX, 0, &after) || !take_query_u64(x, 1, PAGE_MAX, 100, &limit))
        return;
    n = (size_t)limit;
    list = arena_alloc(&x->arena, (n + 1) * sizeof(*list));
    rc = list ? import_get(x->db, x->id, &import) : RC_FAIL;
    if (!rc)
        rc = import_rejects(x->db, x->id, after, list, &n);
    if (rc) {
        exchange_failed(x, rc, "import", NULL);
        return;
    }
    items = json_array();
    for (size_t i = 0; i < n; i++) {
        json_t *item = json_object();
        put_u64(item, "row", list[i].row_no);
        put_u64(item, "line", list[i].line);
        put_text(item, "field", list[i].field);
        put_text(item, "code", list[i].code);
        put_text(item, "value", list[i].value);
        put_text(item, "reason", list[i].reason);
        json_array_append_new(items, item);
    }
    put_u64(x->reply, "refused", import.rows_refused);
    json_object_set_new(x->reply, "rejects", items);
}

const struct route import_routes[] = {
    { .method = "GET",
      .pattern = "/v1/imports",
      .right = RIGHT_TOKEN,
      .run = list_imports,
      .query = { "before", "limit" },
      .help = "Files taken from partners, the newest first." },
    { .method = "GET",
      .pattern = "/v1/imports/{id}",
      .right = RIGHT_TOKEN,
      .run = get_import,
      .help = "One file and its figures." },
    { .method = "GET",
      .pattern = "/v1/imports/{id}/rejects",
      .right = RIGHT_TOKEN,
      .run = list_rejects,
      .query = { "after", "limit" },
      .help = "Its refused rows in the order of the file, from row `after` on." },
};
const size_t n_import_routes = sizeof(import_routes) / sizeof(import_routes[0]);
