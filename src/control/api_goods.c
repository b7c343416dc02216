/* api_goods.c - products with their prices, and invoices, as partners told of them. */
#include "control/exchange.h"
#include "control/routes.h"
#include "store/goods.h"

#define LIST_DEFAULT 100
#define LIST_MAX     1000

struct page {
    json_t *list;
    uint64_t last; /* id */
};

static void add_product(void *arg, const struct goods_product *p)
{
    struct page *page = arg;
    json_t *item = json_object();

    put_u64(item, "id", p->id);
    put_text(item, "partner", p->partner);
    put_text(item, "code", p->code);
    put_text(item, "label", p->label);
    put_text(item, "range", p->range);
    put_text(item, "prices", p->prices);
    put_time(item, "withdrawn_at", p->withdrawn_at);
    json_array_append_new(page->list, item);
    page->last = p->id;
}

static void add_invoice(void *arg, const struct goods_invoice *i)
{
    struct page *page = arg;
    json_t *item = json_object();

    put_u64(item, "id", i->id);
    put_text(item, "partner", i->partner);
    put_text(item, "number", i->number);
    put_u64(item, "customer_id", i->customer_id);
    put_text(item, "issued_on", i->issued_on);
    put_text(item, "due_on", i->due_on);
    put_text(item, "amount", i->amount);
    put_text(item, "paid", i->paid);
    put_text(item, "currency", i->currency);
    put_text(item, "state", i->state);
    json_array_append_new(page->list, item);
    page->last = i->id;
}

static void answer(struct exchange *x, const char *name, enum rc rc, struct page *page,
                   uint64_t limit)
{
    if (rc) {
        json_decref(page->list);
        exchange_failed(x, rc, name, NULL);
        return;
    }
    put_id(x->reply, "next", json_array_size(page->list) == limit ? page->last : 0);
    json_object_set_new(x->reply, name, page->list);
}

static bool take_page(struct exchange *x, uint64_t *after, uint64_t *limit)
{
    return take_query_u64(x, 0, INT64_MAX, 0, after) &&
           take_query_u64(x, 1, LIST_MAX, LIST_DEFAULT, limit);
}

static void list_prices(struct exchange *x)
{
    struct page page = { .last = 0 };
    uint64_t after, limit;

    if (!take_page(x, &after, &limit))
        return;
    page.list = json_array();
    answer(x, "prices", goods_products(x->db, after, limit, add_product, &page), &page, limit);
}

static void list_invoices(struct exchange *x)
{
    struct page page = { .last = 0 };
    uint64_t after, limit;

    if (!take_page(x, &after, &limit))
        return;
    page.list = json_array();
    answer(x, "invoices", goods_invoices(x->db, after, limit, add_invoice, &page), &page, limit);
}

const struct route goods_routes[] = {
    { .method = "GET",
      .pattern = "/v1/prices",
      .right = RIGHT_TOKEN,
      .run = list_prices,
      .query = { "after", "limit" },
      .help = "Partners' products, with the prices that hold and those to come; next: where to go "
              "on." },
    { .method = "GET",
      .pattern = "/v1/invoices",
      .right = RIGHT_TOKEN,
      .run = list_invoices,
      .query = { "after", "limit" },
      .help = "Invoices and what of them was paid; next: where to go on." },
};
const size_t n_goods_routes = sizeof(goods_routes) / sizeof(goods_routes[0]);
