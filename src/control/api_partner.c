/* api_partner.c - the partners: their profiles, their directories, what they dropped last; and
 * which of a file's customers, orders and invoices are known. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "control/exchange.h"
#include "control/routes.h"
#include "flow/partner_view.h"
#include "store/import_known.h"
#include "store/partner_query.h"
#include "store/partner_schedule.h"

#define KEYS_MAX    500 /* of customers, of orders and of invoices, in one call */
#define NUMBER_SIZE 65
#define HASH_DIGITS 32

/* --- what is on the disk --- */

static json_t *profile_json(const struct profile_view *p)
{
    json_t *item = json_object();

    put_text(item, "file", p->file);
    put_text(item, "kind", p->kind);
    put_text(item, "format", p->format);
    put_text(item, "fault", p->fault);
    put_time(item, "next_status_file_at", p->next_status_at);
    put_time(item, "next_expected_at", p->next_expected_at);
    return item;
}

/* What the intake of this node is at: NULL, nothing of this partner (its profile is new). */
static const struct intake_partner *at_work(const struct exchange *x, const char *code)
{
    for (unsigned i = 0; i < x->n_partners; i++) {
        if (strcmp(x->partners[i].code, code) == 0)
            return &x->partners[i];
    }
    return NULL;
}

static json_t *partner_json(const struct exchange *x, const struct partner_view *p)
{
    const struct intake_partner *intake = at_work(x, p->code);
    json_t *item = json_object(), *profiles = json_array();
    size_t faulty = 0;

    for (size_t i = 0; i < p->n_profiles; i++) {
        faulty += *p->profiles[i].fault != '\0';
        json_array_append_new(profiles, profile_json(&p->profiles[i]));
    }
    put_text(item, "partner", p->code);
    put_text(item, "label", p->label);
    put_text(item, "directory", p->directory);
    json_object_set_new(item, "reachable", json_boolean(p->reachable));
    put_u64(item, "waiting", p->waiting);
    put_time(item, "oldest_waiting_at", p->oldest);
    put_u64(item, "failed_files", p->failed);
    put_u64(item, "answers", p->answers);
    put_u64(item, "faulty_profiles", faulty);
    put_u64(item, "at_work", intake ? intake->at_work : 0);
    put_text(item, "trouble",
             intake ? intake->trouble : "relaisd was started before it had a profile: restart it");
    json_object_set_new(item, "profiles", profiles);
    return item;
}

/* --- what is in the database --- */

static void add_files(void *arg, const struct partner_files *f)
{
    json_t *item, *last;
    size_t i;

    json_array_foreach((json_t *)arg, i, item)
    {
        if (strcmp(json_string_value(json_object_get(item, "partner")), f->code) != 0)
            continue;
        put_u64(item, "under_way", f->under_way);
        put_u64(item, "today_files", f->imports);
        put_u64(item, "today_failed", f->failed);
        put_u64(item, "today_rows_taken", f->rows_taken);
        put_u64(item, "today_rows_refused", f->rows_refused);
        if (!f->last.id)
            continue;
        last = import_json(&f->last);
        put_text(item, "last_file", f->last.file_name);
        put_text(item, "last_state", import_state_name(f->last.state));
        put_time(item, "last_received_at", f->last.received_at);
        json_object_set_new(item, "last", last);
    }
}

static utc_us midnight(void)
{
    const int64_t day = SEC_PER_DAY * USEC_PER_SEC;
    const utc_us now = clock_now();

    return now - now % day;
}

/* All partners, or the one of a code: an array. NULL: the call was refused. */
static json_t *partners_json(struct exchange *x, const char *code)
{
    struct partner_view *list = NULL;
    json_t *items;
    size_t n = 0;
    enum rc rc = partner_views(x->house->files_root, x->house->profiles_dir, &x->arena, &list, &n);

    if (rc == RC_NOTFOUND) {
        exchange_refuse(x, 503, NULL, "the directory of profiles cannot be read: %s",
                        x->house->profiles_dir);
        return NULL;
    }
    items = json_array();
    for (size_t i = 0; !rc && i < n; i++) {
        if (!*code || strcmp(list[i].code, code) == 0)
            json_array_append_new(items, partner_json(x, &list[i]));
    }
    if (!rc)
        rc = partner_files_read(x->db, code, midnight(), add_files, items);
    if (rc) {
        json_decref(items);
        exchange_failed(x, rc, "partners", NULL);
        return NULL;
    }
    return items;
}

static void list_partners(struct exchange *x)
{
    json_t *items = partners_json(x, "");

    if (!items)
        return;
    put_text(x->reply, "profiles", x->house->profiles_dir);
    put_text(x->reply, "root", x->house->files_root);
    put_text(x->reply, "timezone", x->house->timezone);
    json_object_set_new(x->reply, "partners", items);
}

/* Since when a file of each profile is missing that was expected. */
static enum rc add_missing(struct exchange *x, const json_t *partner)
{
    json_t *profile;
    enum rc rc = RC_OK;
    size_t i;

    json_array_foreach(json_object_get(partner, "profiles"), i, profile)
    {
        const char *file = json_string_value(json_object_get(profile, "file"));
        char name[80];
        utc_us since = 0;

        snprintf(name, sizeof(name), "%.*s", (int)(strlen(file) - strlen(".conf")), file);
        rc = schedule_missing_since(x->db, name, &since);
        if (rc)
            return rc;
        put_time(profile, "missing_since", since);
    }
    return RC_OK;
}

static void get_partner(struct exchange *x)
{
    json_t *items = partners_json(x, x->word);
    enum rc rc;

    if (!items)
        return;
    rc = add_missing(x, json_array_get(items, 0));
    if (rc) {
        json_decref(items);
        exchange_failed(x, rc, "partner", NULL);
        return;
    }
    if (json_array_size(items) == 0) {
        exchange_refuse(x, 404, NULL, "no profile in %s is named %s.conf or %s.NAME.conf",
                        x->house->profiles_dir, x->word, x->word);
    } else {
        json_decref(x->reply);
        x->reply = json_incref(json_array_get(items, 0));
        put_text(x->reply, "timezone", x->house->timezone);
    }
    json_decref(items);
}

/* --- which of these are known? --- */

static bool is_hash(const char *text)
{
    return strlen(text) == HASH_DIGITS && text[strspn(text, "0123456789abcdef")] == '\0';
}

static bool is_key(const json_t *pair)
{
    const char *number = json_string_value(json_array_get(pair, 0));
    const char *hash = json_string_value(json_array_get(pair, 1));

    return json_array_size(pair) == 2 && number && *number &&
           strlen(number) < 4 * (NUMBER_SIZE - 1) && hash && is_hash(hash);
}

/* The pairs of one name as the store wants them; "[]" when there are none. NULL: refused. */
static char *take_keys(struct exchange *x, const char *name)
{
    const json_t *list = json_object_get(x->body, name), *pair;
    char *text, *kept;
    size_t i;

    if (!list)
        return arena_copy(&x->arena, "[]", 2);
    if (!json_is_array(list) || json_array_size(list) > KEYS_MAX) {
        exchange_refuse(x, 400, name, "%s: expected a list of at most %d pairs", name, KEYS_MAX);
        return NULL;
    }
    json_array_foreach(list, i, pair)
    {
        if (!is_key(pair)) {
            exchange_refuse(x, 400, name, "%s: expected pairs [number, hash in %d hex digits]",
                            name, HASH_DIGITS);
            return NULL;
        }
    }
    text = json_dumps(list, JSON_COMPACT);
    kept = text ? arena_copy(&x->arena, text, strlen(text)) : NULL;
    free(text);
    if (!kept)
        exchange_failed(x, RC_FAIL, name, NULL);
    return kept;
}

static void put_known(struct exchange *x, const char *name, const struct import_known *known)
{
    json_object_set_new(x->reply, name,
                        json_pack("{s:I, s:I, s:I}", "known", (json_int_t)known->known, "unchanged",
                                  (json_int_t)known->unchanged, "erased",
                                  (json_int_t)known->erased));
}

static void ask_known(struct exchange *x)
{
    static const struct {
        const char *name;
        enum rc (*count)(struct db *, const char *, const char *, struct import_known *);
    } lists[] = {
        { "customers", import_known_customers },
        { "orders", import_known_orders },
        { "invoices", import_known_invoices },
    };

    for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
        const char *keys = take_keys(x, lists[i].name);
        struct import_known known = { 0 };
        enum rc rc;

        if (!keys)
            return;
        rc = lists[i].count(x->db, x->word, keys, &known);
        if (rc) {
            exchange_failed(x, rc, "partner", NULL);
            return;
        }
        put_known(x, lists[i].name, &known);
    }
}

const struct route partner_routes[] = {
    { .method = "GET",
      .pattern = "/v1/partners",
      .right = RIGHT_TOKEN,
      .run = list_partners,
      .files = true,
      .slow = true,
      .help =
          "The partners: profiles and their faults, files that wait, today's and the last file." },
    { .method = "GET",
      .pattern = "/v1/partners/{name}",
      .right = RIGHT_TOKEN,
      .run = get_partner,
      .files = true,
      .slow = true,
      .help = "One of them." },
    { .method = "POST",
      .pattern = "/v1/partners/{name}/known",
      .right = RIGHT_READ,
      .run = ask_known,
      .body = BODY("customers", "orders", "invoices"),
      .help = "How many of a partner's customers, orders and invoices are known, are the same, and "
              "are of customers who were erased. Body: customers, orders, invoices (at most 500 "
              "pairs each: the partner's number, the hash of the row's content)." },
};
const size_t n_partner_routes = sizeof(partner_routes) / sizeof(partner_routes[0]);
