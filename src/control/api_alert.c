/* api_alert.c - what somebody must look at. */
#include "control/exchange.h"
#include "control/routes.h"
#include "store/alert.h"

#define PAGE_MAX 500
#define PAGE     100

static json_t *alert_json(const struct alert *a)
{
    json_t *item = json_object();

    put_u64(item, "id", a->id);
    put_text(item, "kind", a->kind);
    put_text(item, "subject", a->subject);
    put_text(item, "text", a->text);
    put_time(item, "opened_at", a->opened_at);
    put_time(item, "closed_at", a->closed_at);
    put_text(item, "closed_by", a->closed_by);
    put_time(item, "seen_at", a->seen_at);
    put_text(item, "seen_by", a->seen_by);
    put_text(item, "note", a->note);
    return item;
}

static void list_alerts(struct exchange *x)
{
    uint64_t closed, before, limit;
    struct alert *list;
    json_t *items;
    size_t n;
    enum rc rc;

    if (!take_query_u64(x, 0, 1, 0, &closed) || !take_query_u64(x, 1, INT64_MAX, 0, &before) ||
        !take_query_u64(x, 2, PAGE_MAX, PAGE, &limit))
        return;
    n = (size_t)limit;
    list = arena_alloc(&x->arena, (n + 1) * sizeof(*list));
    rc = list ? alerts_list(x->db, closed, before, list, &n) : RC_FAIL;
    if (rc) {
        exchange_failed(x, rc, "alerts", NULL);
        return;
    }
    items = json_array();
    for (size_t i = 0; i < n; i++)
        json_array_append_new(items, alert_json(&list[i]));
    json_object_set_new(x->reply, "alerts", items);
}

static void close_alert(struct exchange *x)
{
    const enum rc rc = alert_close_by(x->db, x->id, x->who);

    if (rc == RC_CONFLICT) {
        exchange_refuse(x, 409, NULL, "alert %llu is closed already", (unsigned long long)x->id);
        return;
    }
    if (rc) {
        exchange_failed(x, rc, "alert", NULL);
        return;
    }
    put_u64(x->reply, "id", x->id);
    put_text(x->reply, "said", "The alert is closed.");
}

const struct route alert_routes[] = {
    { .method = "GET",
      .pattern = "/v1/alerts",
      .right = RIGHT_TOKEN,
      .run = list_alerts,
      .query = { "closed", "before", "limit" },
      .help = "Alerts that are open, the newest first; closed=1: those that are settled, too." },
    { .method = "POST",
      .pattern = "/v1/alerts/{id}/close",
      .right = RIGHT_TOKEN,
      .run = close_alert,
      .help = "Says that it was seen to." },
};
const size_t n_alert_routes = sizeof(alert_routes) / sizeof(alert_routes[0]);
