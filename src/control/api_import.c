/* api_import.c - the files that partners dropped, and the rows that were refused. */
#include <stdlib.h>
#include <string.h>

#include "control/api_import.h"
#include "control/exchange.h"
#include "control/routes.h"
#include "store/import_command.h"
#include "store/import_query.h"

#define PAGE_MAX 500
#define PAGE     20

/* How far it is (some rows may be done ahead of those before them), how fast on the average since
 * it was taken, and how long about the rest takes. */
static void put_progress(json_t *item, const struct import *i)
{
    const int64_t s = (clock_now() - i->received_at) / USEC_PER_SEC;
    const uint64_t done = i->rows_taken + i->rows_unchanged + i->rows_refused,
                   rate = done / (uint64_t)(s > 0 ? s : 1);

    put_u64(item, "rows_done", done);
    put_u64(item, "rows_per_second", rate);
    if (rate && i->rows_total >= done)
        put_u64(item, "seconds_left", (i->rows_total - done) / rate);
}

json_t *import_json(const struct import *i)
{
    json_t *item = json_object();

    put_u64(item, "id", i->id);
    put_text(item, "partner", i->partner);
    put_text(item, "profile", i->profile);
    put_text(item, "file", i->file_name);
    put_text(item, "document", i->document);
    put_id(item, "same_as", i->same_as);
    put_u64(item, "bytes", i->bytes);
    put_text(item, "state", import_state_name(i->state));
    put_text(item, "reason", i->reason);
    put_u64(item, "rows_total", i->rows_total);
    put_u64(item, "rows_taken", i->rows_taken);
    put_u64(item, "rows_unchanged", i->rows_unchanged);
    put_u64(item, "rows_refused", i->rows_refused);
    put_time(item, "received_at", i->received_at);
    put_time(item, "finished_at", i->finished_at);
    if (i->state == IMPORT_APPLYING)
        put_progress(item, i);
    return item;
}

/* The name of a state, or none was given. */
static bool take_state(struct exchange *x, const char *text)
{
    if (!text || strcmp(import_state_name(import_state_of(text)), text) == 0)
        return true;
    exchange_refuse(x, 400, "state", "state: there is no state \"%s\" of imports", text);
    return false;
}

static void list_imports(struct exchange *x)
{
    struct import_filter filter = { .partner = x->query[2], .state = x->query[3] };
    uint64_t before, limit, since;
    struct import *list;
    json_t *items;
    size_t n;
    enum rc rc;

    if (!take_query_u64(x, 0, INT64_MAX, 0, &before) ||
        !take_query_u64(x, 1, PAGE_MAX, PAGE, &limit) || !take_state(x, filter.state) ||
        !take_query_u64(x, 4, INT64_MAX / USEC_PER_SEC, 0, &since))
        return;
    filter.since = (utc_us)since * USEC_PER_SEC;
    n = (size_t)limit + 1; /* one more tells whether there are older ones */
    list = arena_alloc(&x->arena, (n + 1) * sizeof(*list));
    rc = list ? import_list(x->db, &filter, before, list, &n) : RC_FAIL;
    if (rc) {
        exchange_failed(x, rc, "imports", NULL);
        return;
    }
    items = json_array();
    for (size_t i = 0; i < n && i < limit; i++)
        json_array_append_new(items, import_json(&list[i]));
    put_text(x->reply, "timezone", x->house->timezone);
    json_object_set_new(x->reply, "imports", items);
    put_id(x->reply, "next", n > limit && limit ? list[limit - 1].id : 0);
}

static void put_wish(struct exchange *x, const struct import *import)
{
    enum import_wish wish = IMPORT_GO_ON;
    char who[65];

    if (import_wish_read(x->db, import, &wish, who) || wish == IMPORT_GO_ON)
        return; /* it is a remark: the rest is answered without it */
    put_text(x->reply, "wish", wish == IMPORT_PAUSE ? "paused" : "cancelled");
    put_text(x->reply, "wish_by", who);
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
    put_text(x->reply, "timezone", x->house->timezone);
    put_wish(x, &import);
    import_put_undone(x, &import);
}

/* --- a person stops it, or lets it go on --- */

/* The intake looks at once; without the hint it would within half a minute. */
void import_hint_partner(struct exchange *x)
{
    struct import import;

    if (import_get(x->db, x->id, &import) == RC_OK)
        snprintf(x->partner, sizeof(x->partner), "%s", import.partner);
    x->changed = true;
}

static void look_again(struct exchange *x)
{
    struct intake *intake = x->house->intake ? *x->house->intake : NULL;

    if (intake && *x->partner)
        intake_hint(intake, x->partner);
}

static void obey(struct exchange *x,
                 enum rc (*command)(struct db *db, uint64_t id, const char *who, struct error *err),
                 const char *said)
{
    struct error err = { "" };
    enum rc rc = command(x->db, x->id, x->who, &err);

    if (rc) {
        exchange_failed(x, rc, "import", &err);
        return;
    }
    put_u64(x->reply, "id", x->id);
    put_text(x->reply, "said", said);
    import_hint_partner(x);
}

static void pause_import(struct exchange *x)
{
    obey(x, import_pause, "It stops behind the rows that are being applied now.");
}

static void resume_import(struct exchange *x)
{
    obey(x, import_resume, "It goes on where it stopped.");
}

static void cancel_import(struct exchange *x)
{
    obey(x, import_cancel,
         "It ends behind the rows that are being applied now; what was applied stays.");
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
        put_text(item, "entry", list[i].entry);
        json_array_append_new(items, item);
    }
    put_u64(x->reply, "refused", import.rows_refused);
    put_id(x->reply, "next", n && n == (size_t)limit ? list[n - 1].row_no : 0);
    json_object_set_new(x->reply, "rejects", items);
}

#define COMMAND(verb, does, words)                                                                \
    {                                                                                             \
        .method = "POST", .pattern = "/v1/imports/{id}/" verb, .right = RIGHT_TOKEN, .run = does, \
        .then = look_again, .help = words                                                         \
    }

const struct route import_routes[] = {
    { .method = "GET",
      .pattern = "/v1/imports",
      .right = RIGHT_TOKEN,
      .run = list_imports,
      .query = { "before", "limit", "partner", "state", "since" },
      .help = "Files taken from partners, the newest first; of a partner, in a state, since a "
              "second of 1970." },
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
    { .method = "POST",
      .pattern = "/v1/imports/{id}/undo",
      .right = RIGHT_TOKEN,
      .run = import_undo_command,
      .then = look_again,
      .slow = true,
      .body = BODY("dry_run"),
      .help = "Takes back what it did and nobody has changed since. Body: dry_run (says what that "
              "would be)." },
    COMMAND("replay", import_replay_command,
            "Takes its file, which is in done/ or failed/, once more."),
    COMMAND("pause", pause_import, "Stops one that is under way, between two chunks of rows."),
    COMMAND("resume", resume_import, "Lets a paused one go on where it stopped."),
    COMMAND("cancel", cancel_import, "Ends one that is under way; its rows so far stay."),
};
const size_t n_import_routes = sizeof(import_routes) / sizeof(import_routes[0]);
