/* api_message.c - a single service message or alert, and what became of any message. */
#include "control/exchange.h"
#include "control/routes.h"
#include "domain/phone.h"
#include "domain/sms_text.h"
#include "flow/gateway.h"
#include "store/message.h"

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

static bool take_recipient(struct exchange *x, struct message_draft *draft, char number[E164_SIZE])
{
    enum phone_fault fault;
    int64_t customer;
    const char *to;

    if (!take_int(x, "customer_id", 1, INT64_MAX, 0, &customer) ||
        !take_text(x, "to", PHONE_TEXT_MAX, "", &to))
        return false;
    if (!*to && !customer) {
        exchange_refuse(x, 422, "to", "to or customer_id must be given");
        return false;
    }
    if (*to && phone_to_e164(to, x->house->country, number, &fault)) {
        exchange_refuse(x, 422, "to", "to: the phone number %s", phone_fault_reason(fault));
        return false;
    }
    draft->customer_id = (uint64_t)customer;
    draft->address = *to ? number : "";
    return true;
}

static void send_message(struct exchange *x)
{
    struct message_draft draft = { .routes = x->house->routes };
    struct message_sent sent;
    char number[E164_SIZE];
    struct error err = { "" };
    enum rc rc;

    if (!take_class(x, &draft.class) || !take_recipient(x, &draft, number) ||
        !take_text(x, "text", SMS_TEXT_SIZE - 1, NULL, &draft.text) ||
        !take_text(x, "legal_basis", 32, NULL, &draft.legal_basis) ||
        !take_text(x, "sender", 20, x->house->service_sender, &draft.sender) ||
        !take_int(x, "expires_s", 60, 7 * SEC_PER_DAY, x->house->service_expires_s,
                  &draft.expires_s))
        return;
    if (!*draft.legal_basis) {
        exchange_refuse(x, 422, "legal_basis",
                        "legal_basis: expected the right to send it, such as contract");
        return;
    }
    rc = message_send(x->db, &draft, &sent, &err);
    if (rc) {
        exchange_failed(x, rc, "message", &err);
        return;
    }
    x->status = 201;
    x->changed = true;
    put_u64(x->reply, "id", sent.id);
    put_u64(x->reply, "parts", sent.parts);
    put_text(x->reply, "encoding", sms_encoding_name(sent.ucs2 ? SMS_UCS2 : SMS_GSM7));
}

static void kick_gateway(struct exchange *x)
{
    if (x->house->gateway)
        gateway_kick(x->house->gateway);
}

static void add_event(void *arg, const struct message_happening *h)
{
    json_t *item = json_object();

    put_time(item, "at", h->at);
    put_text(item, "kind", h->kind);
    put_u64(item, "part", h->part);
    put_text(item, "carrier", h->carrier);
    put_text(item, "smsc_message_id", h->smsc_message_id);
    put_u64(item, "code", h->code);
    put_text(item, "detail", h->detail);
    json_array_append_new(arg, item);
}

static void put_id(json_t *object, const char *name, uint64_t id)
{
    json_object_set_new(object, name, id ? json_integer((json_int_t)id) : json_null());
}

static void get_message(struct exchange *x)
{
    json_t *events = json_array();
    struct message_view m;
    enum rc rc = message_read(x->db, x->id, &x->arena, &m, add_event, events);

    if (rc) {
        json_decref(events);
        exchange_failed(x, rc, "message", NULL);
        return;
    }
    put_u64(x->reply, "id", m.id);
    put_text(x->reply, "class", message_class_name(m.class));
    put_text(x->reply, "state", m.state);
    put_text(x->reply, "reason", m.reason);
    put_text(x->reply, "channel", m.channel);
    put_text(x->reply, "to", m.address);
    put_text(x->reply, "sender", m.sender);
    put_text(x->reply, "text", m.text);
    put_text(x->reply, "encoding", m.encoding);
    put_u64(x->reply, "parts", m.parts);
    put_u64(x->reply, "attempts", m.attempts);
    put_id(x->reply, "customer_id", m.customer_id);
    put_id(x->reply, "campaign_id", m.campaign_id);
    put_id(x->reply, "consent_event_id", m.consent_event_id);
    put_text(x->reply, "legal_basis", m.legal_basis);
    put_time(x->reply, "created_at", m.created_at);
    put_time(x->reply, "expires_at", m.expires_at);
    json_object_set_new(x->reply, "events", events);
}

const struct route message_routes[] = {
    { .method = "POST",
      .pattern = "/v1/messages",
      .right = RIGHT_TOKEN,
      .run = send_message,
      .then = kick_gateway,
      .help = "Queues one service message or alert. Body: to or customer_id, text, legal_basis; "
              "class, sender, expires_s." },
    { .method = "GET",
      .pattern = "/v1/messages/{id}",
      .right = RIGHT_TOKEN,
      .run = get_message,
      .help = "A message, its text, its right to be sent, and what happened to it." },
};
const size_t n_message_routes = sizeof(message_routes) / sizeof(message_routes[0]);
