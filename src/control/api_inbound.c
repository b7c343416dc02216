/* api_inbound.c - what customers wrote. */
#include <string.h>

#include "control/exchange.h"
#include "control/routes.h"
#include "store/inbound.h"

#define LIST_MAX  500
#define SINCE_MAX (10 * 366 * (uint64_t)SEC_PER_DAY)

static void add_message(void *arg, const struct inbound_view *v)
{
    json_t *item = json_object();

    put_u64(item, "id", v->id);
    put_time(item, "at", v->at);
    put_text(item, "channel", v->channel);
    put_text(item, "carrier", v->carrier);
    put_text(item, "from", v->from);
    put_text(item, "to", v->to);
    if (*v->subject)
        put_text(item, "subject", v->subject);
    put_text(item, "text", v->text);
    if (v->attachments)
        put_u64(item, "attachments", v->attachments);
    json_object_set_new(item, "automatic", json_boolean(v->automatic));
    put_u64(item, "parts", v->parts);
    json_object_set_new(item, "incomplete", json_boolean(v->incomplete));
    put_text(item, "keyword", v->keyword);
    put_id(item, "customer_id", v->customer_id);
    put_id(item, "answer_id", v->answer_id);
    put_text(item, "answer", v->answer);
    put_id(item, "answers_message_id", v->answers_message_id);
    json_array_append_new(arg, item);
}

static bool take_channel(struct exchange *x, struct inbound_filter *filter)
{
    const char *channel = x->query[5];

    filter->channel = channel;
    if (!channel || strcmp(channel, channel_name(CHANNEL_SMS)) == 0 ||
        strcmp(channel, channel_name(CHANNEL_EMAIL)) == 0)
        return true;
    exchange_refuse(x, 422, "channel", "channel: expected sms or email, got '%s'", channel);
    return false;
}

static void list_inbound(struct exchange *x)
{
    struct inbound_filter filter = { .keyword = x->query[1] };
    char address[ADDRESS_SIZE] = "";
    uint64_t since_s, limit;
    json_t *list;
    enum rc rc;

    if ((x->query[0] && !take_query_address(x, 0, address)) || !take_channel(x, &filter) ||
        !take_query_u64(x, 2, SINCE_MAX, 0, &since_s) ||
        !take_query_u64(x, 3, INT64_MAX, 0, &filter.before) ||
        !take_query_u64(x, 4, LIST_MAX, 50, &limit))
        return;
    filter.from = *address ? address : NULL;
    filter.limit = (size_t)limit;
    if (since_s)
        filter.since = clock_now() - (int64_t)since_s * USEC_PER_SEC;
    list = json_array();
    rc = inbound_list(x->db, &filter, add_message, list);
    if (rc) {
        json_decref(list);
        exchange_failed(x, rc, "inbound message", NULL);
        return;
    }
    json_object_set_new(x->reply, "inbound", list);
}

const struct route inbound_routes[] = {
    { .method = "GET",
      .pattern = "/v1/inbound",
      .right = RIGHT_TOKEN,
      .run = list_inbound,
      .query = { "from", "keyword", "since_s", "before", "limit", "channel" },
      .help = "Messages from customers, the newest first: by number or mail address, keyword, age "
              "in seconds, channel (sms, email). "
              "before: an id, for the next page." },
};
const size_t n_inbound_routes = sizeof(inbound_routes) / sizeof(inbound_routes[0]);
