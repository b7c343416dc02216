/* api_gateway.c - the ways out: queues and routes, and carriers as an operator commands them. */
#include <stdio.h>
#include <string.h>

#include "control/exchange.h"
#include "control/kick.h"
#include "control/routes.h"
#include "control/ways.h"
#include "store/queue.h"

/* --- what is in the way of mails --- */

void put_trouble(json_t *object, const struct postman_trouble *trouble)
{
    json_t *item;

    if (!trouble->since)
        return;
    item = json_object();
    put_time(item, "since", trouble->since);
    put_text(item, "relay", trouble->relay);
    put_text(item, "words", trouble->words);
    json_object_set_new(object, "mail_trouble", item);
}

/* --- queues --- */

struct queue_listing {
    const struct route_table *routes;
    json_t *list;
};

static void add_queue(void *arg, const struct queue_depth *q)
{
    const struct queue_listing *listing = arg;
    json_t *item = json_object(), *waiting = json_object();

    put_u64(item, "id", q->id);
    put_text(item, "name", q->name);
    put_text(item, "state", q->held ? "held" : "open");
    for (int c = CLASS_ALERT; c <= CLASS_PROMO; c++)
        put_u64(waiting, message_class_name((enum message_class)c), q->messages[c]);
    json_object_set_new(item, "waiting", waiting);
    put_u64(item, "paused", q->paused);
    put_time(item, "oldest_due", q->oldest_due);
    put_text(item, "channel", channel_name(q->channel));
    if (q->channel == CHANNEL_SMS)
        ways_put_queue(item, listing->routes, q->name);
    json_array_append_new(listing->list, item);
}

static void list_queues(struct exchange *x)
{
    struct queue_listing listing = { x->house->routes, json_array() };
    enum rc rc = queue_depths(x->db, clock_now(), add_queue, &listing);

    if (rc) {
        json_decref(listing.list);
        exchange_failed(x, rc, "queue", NULL);
        return;
    }
    json_object_set_new(x->reply, "queues", listing.list);
    json_object_set_new(x->reply, "routes", ways_routes(x->house->routes));
    put_trouble(x->reply, &x->post_trouble);
}

/* --- routes --- */

static void hold_route(struct exchange *x, bool held)
{
    uint64_t changed;
    enum rc rc = queue_hold(x->db, x->word, held, &changed);

    if (rc) {
        exchange_failed(x, rc, "route", NULL);
        return;
    }
    x->changed = true;
    put_text(x->reply, "route", x->word);
    put_text(x->reply, "state", held ? "held" : "open");
    put_u64(x->reply, "changed", changed);
}

static void post_hold(struct exchange *x)
{
    hold_route(x, true);
}

static void post_release(struct exchange *x)
{
    hold_route(x, false);
}

static void refresh_gateway(struct exchange *x)
{
    refresh_senders(x->house);
}

/* --- carriers --- */

/* What a person must know beside the figures. */
static void put_note(json_t *item, const struct gateway_carrier_status *c)
{
    char note[160];

    if (strcmp(c->wanted, carrier_state_name(CARRIER_ON)) != 0)
        snprintf(note, sizeof(note), "%s by an operator", c->wanted);
    else if (!c->smpp.bound)
        snprintf(note, sizeof(note), "not connected, tried again and again: the log says why");
    else if (!c->open)
        snprintf(note, sizeof(note), "outside its hours");
    else if (c->daily_cap && c->day_parts >= c->daily_cap)
        snprintf(note, sizeof(note), "its daily cap of %llu is reached",
                 (unsigned long long)c->daily_cap);
    else if (c->slow)
        snprintf(note, sizeof(note), "slow: an answer is owed for %lld s",
                 (long long)c->smpp.oldest_ms / 1000);
    else if (c->rate_limit > 0)
        snprintf(note, sizeof(note), "throttled: takes about %.0f a second", c->rate_limit);
    else
        note[0] = '\0';
    put_text(item, "note", note);
}

static json_t *carrier_json(const struct gateway_carrier_status *c)
{
    json_t *item = json_object();

    put_text(item, "name", c->name);
    put_text(item, "state", c->smpp.state);
    put_text(item, "wanted", c->wanted);
    json_object_set_new(item, "open", json_boolean(c->open));
    json_object_set_new(item, "slow", json_boolean(c->slow));
    json_object_set_new(item, "tls", json_boolean(c->smpp.tls));
    put_u64(item, "sessions", c->smpp.sessions);
    put_u64(item, "bound", c->smpp.bound);
    put_u64(item, "outstanding", c->smpp.outstanding);
    put_u64(item, "oldest_ms", (uint64_t)c->smpp.oldest_ms);
    put_u64(item, "unacked", c->smpp.unacked);
    put_u64(item, "today", c->day_parts);
    put_u64(item, "daily_cap", c->daily_cap);
    put_u64(item, "receipts", c->receipts);
    put_u64(item, "references_repeated", c->echoes);
    json_object_set_new(item, "rate_limit",
                        c->rate_limit > 0 ? json_real(c->rate_limit) : json_null());
    put_note(item, c);
    return item;
}

json_t *carriers_json(const struct exchange *x)
{
    json_t *list = json_array();

    for (size_t i = 0; i < x->gateway.n_carriers; i++)
        json_array_append_new(list, carrier_json(&x->gateway.carriers[i]));
    return list;
}

static void get_carriers(struct exchange *x)
{
    json_object_set_new(x->reply, "carriers", carriers_json(x));
}

static bool is_configured(const struct exchange *x)
{
    for (size_t i = 0; i < x->gateway.n_carriers; i++) {
        if (strcmp(x->gateway.carriers[i].name, x->word) == 0)
            return true;
    }
    return false;
}

static void command_carrier(struct exchange *x, enum carrier_state state)
{
    enum rc rc;

    if (!is_configured(x)) {
        exchange_refuse(x, 404, NULL, "no carrier is named \"%s\"", x->word);
        return;
    }
    rc = carrier_state_set(x->db, x->word, state);
    if (rc) {
        exchange_failed(x, rc, "carrier", NULL);
        return;
    }
    x->changed = true;
    put_text(x->reply, "carrier", x->word);
    put_text(x->reply, "state", carrier_state_name(state));
}

static void post_start(struct exchange *x)
{
    command_carrier(x, CARRIER_ON);
}

static void post_stop(struct exchange *x)
{
    command_carrier(x, CARRIER_STOPPED);
}

static void post_drain(struct exchange *x)
{
    command_carrier(x, CARRIER_DRAINED);
}

#define COMMAND(path, function, words)                                            \
    {                                                                             \
        .method = "POST", .pattern = path, .right = RIGHT_ADMIN, .run = function, \
        .then = refresh_gateway, .gateway = true, .help = words                   \
    }

const struct route gateway_routes[] = {
    { .method = "GET",
      .pattern = "/v1/queues",
      .right = RIGHT_TOKEN,
      .run = list_queues,
      .gateway = true,
      .help =
          "What waits to be sent, by route and class; and the routes in the order in which they "
          "are asked, with what takes them and their carriers." },
    COMMAND("/v1/routes/{name}/hold", post_hold,
            "Nothing leaves by this route any more; what waits, waits."),
    COMMAND("/v1/routes/{name}/release", post_release, "It leaves again."),
    { .method = "GET",
      .pattern = "/v1/carriers",
      .right = RIGHT_TOKEN,
      .run_on_loop = get_carriers,
      .gateway = true,
      .help = "The carriers, their sessions, what is outstanding and what they had today." },
    COMMAND("/v1/carriers/{name}/start", post_start, "Connects, and gives it messages."),
    COMMAND("/v1/carriers/{name}/drain", post_drain,
            "No new messages; it stays connected for receipts and replies."),
    COMMAND(
        "/v1/carriers/{name}/stop", post_stop,
        "Waits for what is outstanding, then disconnects and stays away, also after a restart."),
};
const size_t n_gateway_routes = sizeof(gateway_routes) / sizeof(gateway_routes[0]);
