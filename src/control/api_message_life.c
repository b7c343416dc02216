/* api_message_life.c - the whole life of one message. */
#include <string.h>

#include "control/exchange.h"
#include "control/mail_as_read.h"
#include "control/routes.h"
#include "domain/message_words.h"
#include "store/audit.h"
#include "store/inbound.h"
#include "store/message.h"
#include "store/message_command.h"
#include "store/message_life.h"

struct telling {
    json_t *events, *replies, *orders;
};

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
    json_array_append_new(((struct telling *)arg)->events, item);
}

/* Once the message's parts are known. */
static void put_event_words(const json_t *events, const struct message_view *m)
{
    char words[MESSAGE_WORDS_SIZE];
    json_t *item;
    size_t i;

    json_array_foreach(events, i, item)
    {
        const struct message_event_facts facts = {
            .kind = json_string_value(json_object_get(item, "kind")),
            .carrier = json_string_value(json_object_get(item, "carrier")),
            .smsc_message_id = json_string_value(json_object_get(item, "smsc_message_id")),
            .detail = json_string_value(json_object_get(item, "detail")),
            .part = (unsigned)json_integer_value(json_object_get(item, "part")),
            .parts = m->parts,
            .by_mail = strcmp(m->channel, channel_name(CHANNEL_EMAIL)) == 0,
            .code = (uint32_t)json_integer_value(json_object_get(item, "code")),
        };
        message_event_words(&facts, words);
        put_text(item, "words", words);
    }
}

static void add_reply(void *arg, const struct inbound_view *r)
{
    json_t *item = json_object();

    put_u64(item, "id", r->id);
    put_time(item, "at", r->at);
    put_text(item, "keyword", r->keyword);
    json_object_set_new(item, "automatic", json_boolean(r->automatic));
    put_text(item, "text", r->text);
    json_array_append_new(((struct telling *)arg)->replies, item);
}

static void add_order(void *arg, const struct audit_entry *e)
{
    json_t *item = json_object();

    put_time(item, "at", e->at);
    put_text(item, "who", e->who);
    put_text(item, "verb", e->verb);
    json_array_append_new(((struct telling *)arg)->orders, item);
}

static void put_message(struct exchange *x, const struct message_view *m)
{
    json_t *reply = x->reply;

    put_u64(reply, "id", m->id);
    put_text(reply, "class", message_class_name(m->class));
    put_text(reply, "state", m->state);
    put_text(reply, "reason", m->reason);
    put_text(reply, "channel", m->channel);
    put_text(reply, "to", m->address);
    put_text(reply, "sender", m->sender);
    put_text(reply, "subject", m->subject);
    put_words(x, reply, m->channel, m->text);
    put_text(reply, "encoding", m->encoding);
    put_u64(reply, "parts", m->parts);
    put_u64(reply, "attempts", m->attempts);
    put_id(reply, "customer_id", m->customer_id);
    put_id(reply, "campaign_id", m->campaign_id);
    put_id(reply, "consent_event_id", m->consent_event_id);
    put_text(reply, "legal_basis", m->legal_basis);
    put_time(reply, "created_at", m->created_at);
    put_time(reply, "expires_at", m->expires_at);
}

static void put_life(json_t *reply, const struct message_view *m, const struct message_life *l)
{
    json_t *consent;

    put_text(reply, "origin", m->campaign_id ? "campaign" : l->answers_id ? "answer" : "api");
    put_text(reply, "campaign", l->campaign_name);
    put_id(reply, "answers_id", l->answers_id);
    put_time(reply, "answers_at", l->answers_at);
    put_text(reply, "queue", l->queue);
    put_time(reply, "due_at", l->due_at);
    if (!l->consent_at)
        return;
    consent = json_object();
    put_time(consent, "at", l->consent_at);
    put_text(consent, "state", l->consent_state);
    put_text(consent, "source", l->consent_source);
    put_text(consent, "source_ref", l->consent_source_ref);
    put_text(consent, "wording", l->consent_wording);
    json_object_set_new(reply, "consent", consent);
}

static void put_next(json_t *reply, const struct message_view *m, const struct message_life *l,
                     const char *const bars[ORDER_COUNT])
{
    struct message_next_facts facts = {
        .id = m->id,
        .class = m->class,
        .now = clock_now(),
        .due_at = l->due_at,
        .campaign_paused = l->paused,
        .campaign_cancelled = strcmp(l->campaign_state, "cancelled") == 0,
        .held_route = l->queue_held ? l->queue : NULL,
        .by_mail = strcmp(m->channel, channel_name(CHANNEL_EMAIL)) == 0,
        .retry_bar = bars[ORDER_RETRY],
    };
    json_t *may = json_object();
    char words[MESSAGE_WORDS_SIZE];

    if (message_state_parse(m->state, &facts.state))
        facts.state = MESSAGE_STATE_COUNT;
    message_next_words(&facts, words);
    put_text(reply, "next", words);
    for (int order = 0; order < ORDER_COUNT; order++)
        json_object_set_new(may, message_order_verb((enum message_order)order),
                            bars[order] ? json_string(bars[order]) : json_true());
    json_object_set_new(reply, "may", may);
}

static enum rc tell(struct exchange *x, struct telling *t)
{
    const char *bars[ORDER_COUNT];
    struct message_view m;
    struct message_life life;
    enum rc rc = message_read(x->db, x->id, &x->arena, &m, add_event, t);

    if (!rc)
        rc = message_life_read(x->db, x->id, &x->arena, &life);
    if (!rc)
        rc = inbound_replies(x->db, x->id, m.address, add_reply, t);
    if (!rc)
        rc = audit_read(x->db, AUDIT_MESSAGE, x->id, add_order, t);
    if (!rc)
        rc = message_order_bars(x->db, x->id, bars);
    if (rc)
        return rc;
    put_message(x, &m);
    put_event_words(t->events, &m);
    put_life(x->reply, &m, &life);
    put_next(x->reply, &m, &life, bars);
    json_object_set(x->reply, "events", t->events);
    json_object_set(x->reply, "replies", t->replies);
    json_object_set(x->reply, "orders", t->orders);
    return RC_OK;
}

void message_get(struct exchange *x)
{
    struct telling t = { json_array(), json_array(), json_array() };
    enum rc rc = tell(x, &t);

    if (rc)
        exchange_failed(x, rc, "message", NULL);
    json_decref(t.events);
    json_decref(t.replies);
    json_decref(t.orders);
}
