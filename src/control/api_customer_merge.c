/* api_customer_merge.c - customers who may be one person: the list, the answers, and what follows.
 */
#include <string.h>

#include "control/exchange.h"
#include "control/routes.h"
#include "flow/merger.h"
#include "store/customer_double.h"
#include "store/customer_merge.h"

#define LIST_DEFAULT 100
#define LIST_MAX     1000

/* --- the list --- */

static void add_pair(void *arg, const struct double_view *v)
{
    static const char *const names[2][5] = { { "a", "a_name", "a_city", "a_phone", "a_mail" },
                                             { "b", "b_name", "b_city", "b_phone", "b_mail" } };
    json_t *item = json_object();

    put_u64(item, "id", v->id);
    for (int i = 0; i < 2; i++) {
        put_u64(item, names[i][0], v->customers[i].id);
        put_text(item, names[i][1], v->customers[i].name);
        put_text(item, names[i][2], v->customers[i].city);
        put_text(item, names[i][3], v->customers[i].phone);
        put_text(item, names[i][4], v->customers[i].mail);
    }
    put_text(item, "state", v->state);
    put_text(item, "shared", v->shared);
    put_text(item, "likeness", v->likeness);
    put_u64(item, "score", v->score);
    put_text(item, "reason", v->reason);
    put_text(item, "source", v->source);
    put_time(item, "found_at", v->found_at);
    put_time(item, "decided_at", v->decided_at);
    put_text(item, "decided_by", v->decided_by);
    json_array_append_new(arg, item);
}

static void list_doubles(struct exchange *x)
{
    enum double_state state = DOUBLE_OPEN;
    uint64_t after, limit, score, open = 0;
    const json_t *last;
    json_t *list;
    enum rc rc;

    if (!take_query_u64(x, 0, UINT64_MAX, 0, &after) ||
        !take_query_u64(x, 1, LIST_MAX, LIST_DEFAULT, &limit) ||
        !take_query_u64(x, 3, 100, 0, &score))
        return;
    if (x->query[2] && double_state_parse(x->query[2], &state)) {
        exchange_refuse(x, 422, "state", "state: expected open, same or different");
        return;
    }
    list = json_array();
    rc = doubles_list(x->db, state, (unsigned)score, after, limit, add_pair, list);
    if (!rc)
        rc = doubles_open_count(x->db, &open);
    if (rc) {
        json_decref(list);
        exchange_failed(x, rc, "list", NULL);
        return;
    }
    last = json_array_get(list, json_array_size(list) - 1);
    put_id(x->reply, "next",
           json_array_size(list) == limit
               ? (uint64_t)json_integer_value(json_object_get(last, "id"))
               : 0);
    put_u64(x->reply, "open", open);
    json_object_set_new(x->reply, "doubles", list);
}

/* --- the answers --- */

static bool take_customer(struct exchange *x, const char *name, uint64_t *id)
{
    int64_t value;

    if (!x->body || !json_object_get(x->body, name)) {
        exchange_refuse(x, 422, name, "%s must be given: a customer's id", name);
        return false;
    }
    if (!take_int(x, name, 1, INT64_MAX, 0, &value))
        return false;
    *id = (uint64_t)value;
    return true;
}

static void put_word(json_t *list, const struct merge_word *w)
{
    json_t *item = json_object();

    put_text(item, "channel", channel_name(w->channel));
    put_text(item, "purpose", purpose_name(w->purpose));
    put_text(item, "keep", consent_state_name(w->keep));
    put_text(item, "gone", consent_state_name(w->gone));
    put_text(item, "after", consent_state_name(w->after));
    json_array_append_new(list, item);
}

static void put_facts(struct exchange *x, const struct merge_facts *f)
{
    json_t *list = json_array();

    put_text(x->reply, "keep_name", f->keep_name);
    put_text(x->reply, "gone_name", f->gone_name);
    put_text(x->reply, "likeness", likeness_name(f->verdict.likeness));
    put_u64(x->reply, "score", f->verdict.score);
    put_text(x->reply, "reason", f->verdict.reason);
    put_u64(x->reply, "numbers", f->numbers);
    put_u64(x->reply, "contact_points", f->contact_points);
    put_u64(x->reply, "fields", f->fields);
    put_u64(x->reply, "orders", f->orders);
    put_u64(x->reply, "invoices", f->invoices);
    put_u64(x->reply, "messages", f->messages);
    put_u64(x->reply, "queued", f->queued);
    put_u64(x->reply, "replies", f->replies);
    json_object_set_new(x->reply, "do_not_contact", json_boolean(f->do_not_contact));
    json_object_set_new(x->reply, "minor", json_boolean(f->minor));
    for (size_t i = 0; i < f->n_words; i++)
        put_word(list, &f->words[i]);
    json_object_set_new(x->reply, "consents", list);
}

/* They live as long as the exchange. */
static void stop_numbers(struct exchange *x, const struct merge_facts *f)
{
    x->stopped = arena_alloc(&x->arena, (f->n_stopped + 1) * sizeof(*x->stopped));
    for (size_t i = 0; x->stopped && i < f->n_stopped; i++)
        x->stopped[x->n_stopped++] = arena_copy(&x->arena, f->stopped[i], strlen(f->stopped[i]));
}

static void say_same(struct exchange *x)
{
    struct merge_facts facts;
    struct error err = { "" };
    uint64_t keep, gone;
    bool dry_run;
    enum rc rc;

    if (!take_customer(x, "keep", &keep) || !take_customer(x, "gone", &gone) ||
        !take_bool(x, "dry_run", false, &dry_run))
        return;
    rc = customer_merge_look(x->db, keep, gone, &facts, &err);
    if (!rc && !dry_run)
        rc = customer_merge(x->db, keep, gone, x->who, &err);
    if (rc) {
        exchange_failed(x, rc, "customer", &err);
        return;
    }
    x->changed = !dry_run;
    if (!dry_run)
        stop_numbers(x, &facts);
    put_u64(x->reply, "id", keep);
    put_u64(x->reply, "gone", gone);
    put_text(x->reply, "state", dry_run ? "untouched" : "same");
    put_u64(x->reply, "undo_days", MERGE_UNDO_DAYS);
    put_facts(x, &facts);
}

static void say_different(struct exchange *x)
{
    struct error err = { "" };
    uint64_t a, b;
    enum rc rc;

    if (!take_customer(x, "a", &a) || !take_customer(x, "b", &b))
        return;
    rc = double_different(x->db, a, b, x->who, &err);
    if (rc) {
        exchange_failed(x, rc, "customer", &err);
        return;
    }
    put_u64(x->reply, "a", a);
    put_u64(x->reply, "b", b);
    put_text(x->reply, "state", "different");
}

static void undo_same(struct exchange *x)
{
    struct error err = { "" };
    uint64_t gone, keep = 0;
    enum rc rc;

    if (!take_customer(x, "customer", &gone))
        return;
    rc = customer_unmerge(x->db, gone, x->who, &keep, &err);
    if (rc) {
        exchange_failed(x, rc, "customer", &err);
        return;
    }
    put_u64(x->reply, "id", gone);
    put_u64(x->reply, "from", keep);
}

/* --- the search --- */

static void put_search(struct exchange *x, enum rc rc, const struct double_search *s)
{
    if (rc) {
        exchange_failed(x, rc, "search", NULL);
        return;
    }
    put_text(x->reply, "state", s->running ? "running" : s->started_at ? "done" : "never");
    put_u64(x->reply, "looked_at", s->running && s->next ? s->next - 1 : s->last);
    put_u64(x->reply, "of", s->last);
    put_u64(x->reply, "found", s->found);
    put_time(x->reply, "started_at", s->started_at);
    put_time(x->reply, "finished_at", s->finished_at);
}

static void begin_search(struct exchange *x)
{
    struct double_search s;
    enum rc rc = double_search_begin(x->db, x->who);

    if (!rc)
        rc = double_search_read(x->db, &s);
    x->changed = !rc;
    put_search(x, rc, &s);
}

static void get_search(struct exchange *x)
{
    struct double_search s;

    put_search(x, double_search_read(x->db, &s), &s);
}

/* Before the caller can read the answer: what was claimed for numbers that may not be written to
 * any more does not leave. */
static void kick_merger(struct exchange *x)
{
    struct gateway *g = x->house->gateway;

    for (size_t i = 0; g && i < x->n_stopped; i++) {
        if (x->stopped[i])
            gateway_stop_address(g, x->stopped[i]);
    }
    merger_kick(x->house->merger);
}

const struct route customer_merge_routes[] = {
    { .method = "GET",
      .pattern = "/v1/customers/doubles",
      .right = RIGHT_TOKEN,
      .run = list_doubles,
      .query = { "after", "limit", "state", "score" },
      .help =
          "Pairs of customers who share a phone or a mail address and may be one person; state: "
          "open (if nothing is said), same, different; score: at least so much. next: where to "
          "go on." },
    { .method = "POST",
      .pattern = "/v1/customers/doubles/same",
      .right = RIGHT_TOKEN,
      .run = say_same,
      .then = kick_merger,
      .body = BODY("keep", "gone", "dry_run"),
      .help =
          "Two customers are one person: all that is of `gone` becomes that of `keep`. dry_run: "
          "only says what would be." },
    { .method = "POST",
      .pattern = "/v1/customers/doubles/different",
      .right = RIGHT_TOKEN,
      .run = say_different,
      .body = BODY("a", "b"),
      .help = "Customers a and b are two people, and nobody is to be asked again." },
    { .method = "POST",
      .pattern = "/v1/customers/doubles/undo",
      .right = RIGHT_TOKEN,
      .run = undo_same,
      .body = BODY("customer"),
      .help = "Takes `customer`, who was found to be somebody else, out again; within 30 days." },
    { .method = "POST",
      .pattern = "/v1/customers/doubles/find",
      .right = RIGHT_TOKEN,
      .run = begin_search,
      .then = kick_merger,
      .help = "Looks through all customers for such pairs, in the background." },
    { .method = "GET",
      .pattern = "/v1/customers/doubles/find",
      .right = RIGHT_TOKEN,
      .run = get_search,
      .help = "How far the search is." },
};
const size_t n_customer_merge_routes =
    sizeof(customer_merge_routes) / sizeof(customer_merge_routes[0]);
