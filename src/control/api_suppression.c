/* api_suppression.c - numbers and mail addresses that get no promotions: nobody's, or on a list. */
#include <stdio.h>
#include <string.h>

#include "control/exchange.h"
#include "control/routes.h"
#include "domain/mail_address.h"
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
    put_time(item, "until", v->until);
    put_time(item, "last_at", v->at);
    put_id(item, "message_id", v->message_id);
    put_id(item, "customer_id", v->customer_id);
    json_array_append_new(arg, item);
}

/* Pages go on behind an address; a number stands there without its +. */
static bool take_after(struct exchange *x, char after[ADDRESS_SIZE + 1])
{
    const char *text = x->query[0] ? x->query[0] : "";

    if (*text == '+')
        text++;
    after[0] = '\0';
    if (strcmp(text, "0") == 0) /* from the first */
        return true;
    if (strlen(text) >= ADDRESS_SIZE) {
        exchange_refuse(x, 400, "after", "after: expected a number or a mail address");
        return false;
    }
    snprintf(after, ADDRESS_SIZE + 1, "%s%s", !*text || strchr(text, '@') ? "" : "+", text);
    return true;
}

static void list_suppressed(struct exchange *x)
{
    char after[ADDRESS_SIZE + 1];
    const char *last;
    uint64_t limit;
    json_t *list;
    enum rc rc;

    if (!take_after(x, after) || !take_query_u64(x, 1, LIST_MAX, LIST_DEFAULT, &limit))
        return;
    list = json_array();
    rc = suppression_list(x->db, after, limit, add_one, list);
    if (rc) {
        json_decref(list);
        exchange_failed(x, rc, "suppression", NULL);
        return;
    }
    last = json_string_value(
        json_object_get(json_array_get(list, json_array_size(list) - 1), "address"));
    if (last && json_array_size(list) == limit)
        put_text(x->reply, "next", *last == '+' ? last + 1 : last);
    json_object_set_new(x->reply, "suppressed", list);
}

/* A number in any spelling, or a mail address. */
static bool take_address(struct exchange *x, enum channel *channel, char address[ADDRESS_SIZE])
{
    enum phone_fault phone_fault;
    enum mail_fault mail_fault;
    const char *text;

    if (!take_text(x, "address", ADDRESS_SIZE - 1, "", &text) ||
        (!*text && !take_text(x, "phone", PHONE_TEXT_MAX, NULL, &text)))
        return false;
    *channel = strchr(text, '@') ? CHANNEL_EMAIL : CHANNEL_SMS;
    if (*channel == CHANNEL_EMAIL) {
        if (mail_address_normalise(text, address, &mail_fault) == RC_OK)
            return true;
        exchange_refuse(x, 422, "address", "address: the mail address %s",
                        mail_fault_reason(mail_fault));
        return false;
    }
    if (phone_to_e164(text, x->house->country, address, &phone_fault) == 0)
        return true;
    exchange_refuse(x, 422, "address", "address: the phone number %s",
                    phone_fault_reason(phone_fault));
    return false;
}

static void lift(struct exchange *x)
{
    char address[ADDRESS_SIZE];
    enum channel channel;
    enum rc rc;

    if (!take_address(x, &channel, address))
        return;
    rc = suppression_lift(x->db, channel, address, x->who);
    if (rc == RC_NOTFOUND) {
        exchange_refuse(x, 404, "address", "%s is not suppressed", address);
        return;
    }
    if (rc) {
        exchange_failed(x, rc, "suppression", NULL);
        return;
    }
    put_text(x->reply, "address", address);
    put_text(x->reply, "state", "valid");
}

const struct route suppression_routes[] = {
    { .method = "GET",
      .pattern = "/v1/suppressions",
      .right = RIGHT_TOKEN,
      .run = list_suppressed,
      .query = { "after", "limit" },
      .help = "Numbers and mail addresses that get no promotions: carriers say that they are "
              "nobody's, or a partner lists them. next: where to go on." },
    { .method = "POST",
      .pattern = "/v1/suppressions/lift",
      .right = RIGHT_TOKEN,
      .run = lift,
      .body = BODY("address", "phone"),
      .help = "Lets promotions go to one of them again. Body: address, or phone." },
};
const size_t n_suppression_routes = sizeof(suppression_routes) / sizeof(suppression_routes[0]);
