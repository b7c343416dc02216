/* api_suppression.c - numbers that carriers say are nobody's. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "control/exchange.h"
#include "control/routes.h"
#include "domain/phone.h"
#include "store/suppression.h"

#define LIST_DEFAULT 100
#define LIST_MAX     1000

static void add_one(void *arg, const struct suppression_view *v)
{
    json_t *item = json_object();

    put_text(item, "channel", v->channel);
    put_text(item, "address", v->address);
    put_text(item, "reason", v->reason);
    put_text(item, "carrier", v->carrier);
    put_text(item, "lists", v->lists);
    put_u64(item, "answers", v->strikes);
    put_time(item, "suppressed_at", v->suppressed_at);
    put_time(item, "last_at", v->at);
    put_id(item, "message_id", v->message_id);
    put_id(item, "customer_id", v->customer_id);
    json_array_append_new(arg, item);
}

/* Pages go on behind a number: the digits of the last address. */
static void list_suppressed(struct exchange *x)
{
    uint64_t after, limit;
    char from[24] = "";
    const char *last;
    json_t *list;
    enum rc rc;

    if (!take_query_u64(x, 0, UINT64_MAX, 0, &after) ||
        !take_query_u64(x, 1, LIST_MAX, LIST_DEFAULT, &limit))
        return;
    if (after)
        snprintf(from, sizeof(from), "+%llu", (unsigned long long)after);
    list = json_array();
    rc = suppression_list(x->db, from, limit, add_one, list);
    if (rc) {
        json_decref(list);
        exchange_failed(x, rc, "suppression", NULL);
        return;
    }
    last = json_string_value(
        json_object_get(json_array_get(list, json_array_size(list) - 1), "address"));
    put_id(x->reply, "next",
           last && json_array_size(list) == limit ? strtoull(last + 1, NULL, 10) : 0);
    json_object_set_new(x->reply, "suppressed", list);
}

static void lift(struct exchange *x)
{
    char number[E164_SIZE];
    enum phone_fault fault;
    const char *phone;
    enum rc rc;

    if (!take_text(x, "phone", PHONE_TEXT_MAX, NULL, &phone))
        return;
    if (phone_to_e164(phone, x->house->country, number, &fault)) {
        exchange_refuse(x, 422, "phone", "phone: the phone number %s", phone_fault_reason(fault));
        return;
    }
    rc = suppression_lift(x->db, CHANNEL_SMS, number, x->who);
    if (rc == RC_NOTFOUND) {
        exchange_refuse(x, 404, "phone", "%s is not suppressed", number);
        return;
    }
    if (rc) {
        exchange_failed(x, rc, "suppression", NULL);
        return;
    }
    put_text(x->reply, "address", number);
    put_text(x->reply, "state", "valid");
}

const struct route suppression_routes[] = {
    { .method = "GET",
      .pattern = "/v1/suppressions",
      .right = RIGHT_TOKEN,
      .run = list_suppressed,
      .query = { "after", "limit" },
      .help = "Numbers that carriers say are nobody's; next: where to go on." },
    { .method = "POST",
      .pattern = "/v1/suppressions/lift",
      .right = RIGHT_TOKEN,
      .run = lift,
      .help = "Lets promotions go to such a number again. phone." },
};
const size_t n_suppression_routes = sizeof(suppression_routes) / sizeof(suppression_routes[0]);
