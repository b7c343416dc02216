/* api_message.c - a single service message or alert, and an operator's orders to any message. */
#include <stdio.h>

#include "control/exchange.h"
#include "control/kick.h"
#include "control/routes.h"
#include "domain/sms_text.h"
#include "flow/gateway.h"
#include "store/campaign.h"
#include "store/message.h"
#include "store/message_command.h"
#include "store/message_life.h"
#include "store/wording.h"

#define FOUND_MAX 200

static bool take_class(struct exchange *x, enum message_class *class)
{
    const char *name;

    if (!take_text(x, "class", 20, "service", &name))
        return false;
    if (message_class_parse(name, class) || *class == CLASS_PROMO) {
        exchange_refuse(x, 422, "class",
                        "class: expected service or alert; promotions go out by "
                        "campaigns");
        return false;
    }
    return true;
}

static bool take_address(struct exchange *x, const struct message_draft *draft, const char *to,
                         char address[ADDRESS_SIZE])
{
    return draft->channel == CHANNEL_EMAIL ? as_mail_address(x, "to", to, address)
                                           : as_phone_number(x, "to", to, address);
}

static bool take_recipient(struct exchange *x, struct message_draft *draft,
                           char address[ADDRESS_SIZE])
{
    int64_t customer;
    const char *to;

    if (!take_int(x, "customer_id", 1, INT64_MAX, 0, &customer) ||
        !take_text(x, "to", ADDRESS_SIZE, "", &to))
        return false;
    if (!*to && !customer) {
        exchange_refuse(x, 422, "to", "to or customer_id must be given");
        return false;
    }
    if (*to && !take_address(x, draft, to, address))
        return false;
    draft->customer_id = (uint64_t)customer;
    draft->address = *to ? address : "";
    return true;
}

static bool take_mail(struct exchange *x, struct message_draft *draft)
{
    const struct words_settings *words = x->house->campaign_settings->words;

    if (!wording_can_mail(words)) {
        exchange_refuse(x, 422, "channel", "channel: " WORDING_NO_MAIL);
        return false;
    }
    draft->sender = words->mail->from;
    return take_text(x, "subject", 4 * SUBJECT_MAX, NULL, &draft->subject) &&
           take_text(x, "text", TEMPLATE_MAIL_MAX, NULL, &draft->text);
}

static bool take_sms(struct exchange *x, struct message_draft *draft)
{
    return take_text(x, "text", SMS_TEXT_SIZE - 1, NULL, &draft->text) &&
           take_text(x, "sender", 20, x->house->service_sender, &draft->sender);
}

static bool take_words(struct exchange *x, struct message_draft *draft)
{
    return draft->channel == CHANNEL_EMAIL ? take_mail(x, draft) : take_sms(x, draft);
}

static bool take_channel(struct exchange *x, enum channel *channel)
{
    const char *name;

    if (!take_text(x, "channel", 20, channel_name(CHANNEL_SMS), &name))
        return false;
    if (!channel_parse(name, channel))
        return true;
    exchange_refuse(x, 422, "channel", "channel: expected sms or email, got '%s'", name);
    return false;
}

bool message_reply(struct exchange *x, const struct message_draft *draft)
{
    struct message_sent sent;
    struct error err = { "" };
    enum rc rc = message_send(x->db, draft, &sent, &err);

    if (rc) {
        exchange_failed(x, rc, "message", &err);
        return false;
    }
    x->status = 201;
    x->changed = true;
    put_u64(x->reply, "id", sent.id);
    put_u64(x->reply, "parts", sent.parts);
    put_text(x->reply, "encoding", sent.encoding);
    return true;
}

static void send_message(struct exchange *x)
{
    struct message_draft draft = { .routes = x->house->routes };
    char address[ADDRESS_SIZE];

    if (!take_class(x, &draft.class) || !take_channel(x, &draft.channel) ||
        !take_recipient(x, &draft, address) || !take_words(x, &draft) ||
        !take_text(x, "legal_basis", 32, NULL, &draft.legal_basis) ||
        !take_int(x, "expires_s", 60, 7 * SEC_PER_DAY, x->house->service_expires_s,
                  &draft.expires_s))
        return;
    if (!*draft.legal_basis) {
        exchange_refuse(x, 422, "legal_basis",
                        "legal_basis: expected the right to send it, such as contract");
        return;
    }
    if (message_reply(x, &draft))
        put_text(x->reply, "channel", channel_name(draft.channel));
}

static void kick_gateway(struct exchange *x)
{
    kick_senders(x->house);
}

/* --- orders --- */

/* What was done, and what follows from it. */
static void say_done(struct exchange *x, enum message_order order, const struct message_result *r)
{
    unsigned long long id = x->id;
    char said[300], at[CLOCK_TEXT_SIZE];

    switch (order) {
    case ORDER_HOLD:
        snprintf(said, sizeof(said), "Message %llu is held: it is not sent before it is released.",
                 id);
        break;
    case ORDER_CANCEL:
        snprintf(said, sizeof(said),
                 "Message %llu is cancelled: nothing of it was sent, and "
                 "nothing will be.",
                 id);
        break;
    case ORDER_RELEASE:
    case ORDER_RETRY:
    case ORDER_COUNT:
        snprintf(said, sizeof(said),
                 "Message %llu is in the queue %s, until %.16s UTC at the "
                 "latest: it leaves when %s.",
                 id, order == ORDER_RETRY ? "once more" : "again", clock_format(r->expires_at, at),
                 r->waits_for_campaign ? "its campaign is resumed" : "a carrier has room for it");
        break;
    }
    put_u64(x->reply, "id", x->id);
    put_text(x->reply, "state", message_state_name(r->state));
    put_time(x->reply, "expires_at", r->expires_at);
    put_text(x->reply, "said", said);
}

static void give(struct exchange *x, enum message_order order)
{
    struct message_command command = { .message_id = x->id, .order = order, .who = x->who };
    struct message_result result;
    struct error err = { "" };
    enum rc rc;

    if (order == ORDER_RETRY &&
        !take_int(x, "expires_s", 60, 30 * SEC_PER_DAY, 0, &command.expires_s))
        return;
    rc = message_command(x->db, &command, &result, &err);
    if (rc) {
        exchange_failed(x, rc, "message", &err);
        return;
    }
    x->changed = true;
    say_done(x, order, &result);
}

static void hold_message(struct exchange *x)
{
    give(x, ORDER_HOLD);
}

static void release_message(struct exchange *x)
{
    give(x, ORDER_RELEASE);
}

static void retry_message(struct exchange *x)
{
    give(x, ORDER_RETRY);
}

static void cancel_message(struct exchange *x)
{
    give(x, ORDER_CANCEL);
}

/* --- finding --- */

static void add_found(void *arg, const struct message_found *m)
{
    json_t *item = json_object();

    put_u64(item, "id", m->id);
    put_id(item, "campaign_id", m->campaign_id);
    put_id(item, "customer_id", m->customer_id);
    put_text(item, "class", m->class);
    put_text(item, "state", m->state);
    put_text(item, "reason", m->reason);
    put_text(item, "channel", m->channel);
    put_text(item, "subject", m->subject);
    put_text(item, "text", m->text);
    put_time(item, "created_at", m->created_at);
    json_array_append_new(arg, item);
}

static void find_messages(struct exchange *x)
{
    char address[ADDRESS_SIZE];
    uint64_t since_s, limit;
    json_t *list;
    enum rc rc;

    if (!x->query[0]) {
        exchange_refuse(x, 422, "to", "to must be given: a phone number or a mail address");
        return;
    }
    if (!take_query_address(x, 0, address) ||
        !take_query_u64(x, 1, 3660 * SEC_PER_DAY, 31 * SEC_PER_DAY, &since_s) ||
        !take_query_u64(x, 2, FOUND_MAX, 20, &limit))
        return;
    list = json_array();
    rc = message_find(x->db, address, clock_now() - (utc_us)since_s * USEC_PER_SEC, (size_t)limit,
                      add_found, list);
    if (rc) {
        json_decref(list);
        exchange_failed(x, rc, "message", NULL);
        return;
    }
    json_object_set_new(x->reply, "messages", list);
}

#define ORDER(path, function, words)                                              \
    {                                                                             \
        .method = "POST", .pattern = path, .right = RIGHT_TOKEN, .run = function, \
        .then = kick_gateway, .help = words                                       \
    }

const struct route message_routes[] = {
    { .method = "POST",
      .pattern = "/v1/messages",
      .right = RIGHT_TOKEN,
      .run = send_message,
      .then = kick_gateway,
      .body = BODY("to", "customer_id", "text", "legal_basis", "class", "sender", "expires_s",
                   "channel", "subject"),
      .help = "Queues one service message or alert. Body: to or customer_id, text, legal_basis; "
              "class, sender, expires_s; channel (sms, email), and subject of a mail." },
    { .method = "GET",
      .pattern = "/v1/messages",
      .right = RIGHT_TOKEN,
      .run = find_messages,
      .query = { "to", "since_s", "limit" },
      .help = "The newest messages to a number or mail address, of the last 31 days or of since_s "
              "seconds." },
    { .method = "GET",
      .pattern = "/v1/messages/{id}",
      .right = RIGHT_TOKEN,
      .run = message_get,
      .help = "A message's whole life: where it came from, its right to be sent, what happened to "
              "it, what can happen next." },
    ORDER("/v1/messages/{id}/hold", hold_message, "Sets a queued message aside."),
    ORDER("/v1/messages/{id}/release", release_message, "Puts a held one back into the queue."),
    { .method = "POST",
      .pattern = "/v1/messages/{id}/retry",
      .right = RIGHT_TOKEN,
      .run = retry_message,
      .then = kick_gateway,
      .body = BODY("expires_s"),
      .help =
          "Queues one again that failed, expired, was cancelled or put off, when no carrier can "
          "have it." },
    ORDER("/v1/messages/{id}/cancel", cancel_message, "Ends one that has not left."),
};
const size_t n_message_routes = sizeof(message_routes) / sizeof(message_routes[0]);
