/* api_consent_show.c - consents looked at: a customer's, a message's proof, the ledger's. */
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "control/exchange.h"
#include "control/mail_as_read.h"
#include "control/routes.h"
#include "domain/consent.h"
#include "store/consent_read.h"
#include "store/message.h"

#define HISTORY_MAX  500
#define RENEWALS_MAX 1000
#define WITHIN_MAX_S (3650 * SEC_PER_DAY)

static void put_hash(json_t *object, const char *name, const unsigned char hash[CONSENT_HASH_SIZE])
{
    char hex[2 * CONSENT_HASH_SIZE + 1];

    sodium_bin2hex(hex, sizeof(hex), hash, CONSENT_HASH_SIZE);
    put_text(object, name, hex);
}

static json_t *event_json(const struct consent_stored *e)
{
    const struct consent_line *l = &e->line;
    char words[CONSENT_WORDS_SIZE];
    json_t *event = json_object();

    consent_words(&(struct consent_facts){ .channel = l->channel,
                                           .purpose = l->purpose,
                                           .state = l->state,
                                           .source = l->source,
                                           .source_ref = l->source_ref,
                                           .form = l->form,
                                           .page = l->page,
                                           .sender = l->sender,
                                           .request_ref = l->request_ref },
                  words);
    put_u64(event, "id", l->id);
    put_time(event, "at", l->at);
    put_time(event, "recorded_at", l->recorded_at);
    put_time(event, "signed_at", l->signed_at);
    put_text(event, "words", words);
    put_text(event, "channel", l->channel);
    put_text(event, "purpose", l->purpose);
    put_text(event, "state", l->state);
    put_text(event, "address", l->address);
    put_text(event, "sender", l->sender);
    put_text(event, "wording", l->wording);
    put_text(event, "source", l->source);
    put_text(event, "source_ref", l->source_ref);
    put_text(event, "form", l->form);
    put_text(event, "page", l->page);
    put_text(event, "remote_address", l->remote_address);
    put_text(event, "recorded_by", l->recorded_by);
    put_text(event, "request_ref", l->request_ref);
    return event;
}

/* --- a customer --- */

struct showing {
    struct exchange *x;
    json_t *events, *now, *opt_outs, *requests;
};

static void show_event(void *arg, const struct consent_stored *e)
{
    json_array_append_new(((struct showing *)arg)->events, event_json(e));
}

static void show_now(void *arg, const struct consent_now *n)
{
    struct showing *s = arg;
    json_t *item = json_object();
    bool promo = strcmp(n->purpose, "promo") == 0;
    utc_us ends = 0;

    if (n->granted && promo)
        ends = consent_ends_at(n->at, n->last_reply_at, n->last_order_at,
                               s->x->house->consent->keep_s);
    put_text(item, "channel", n->channel);
    put_text(item, "purpose", n->purpose);
    put_text(item, "state",
             !n->granted                  ? "withdrawn"
             : ends && ends < clock_now() ? "expired"
                                          : "granted");
    put_time(item, "since", n->at);
    put_u64(item, "event_id", n->event_id);
    put_time(item, "ends_at", ends);
    json_array_append_new(s->now, item);
}

static json_t *refusal_json(const struct consent_address_state *a)
{
    char words[CONSENT_WORDS_SIZE];
    json_t *item = json_object();

    consent_refusal_words(
        &(struct consent_facts){
            .channel = a->channel, .source = a->source, .form = a->form, .sender = a->sender },
        words);
    put_text(item, "channel", a->channel);
    put_text(item, "address", a->address);
    put_text(item, "sender", a->sender);
    put_time(item, "at", a->opted_out_at);
    put_text(item, "source", a->source);
    put_text(item, "words", words);
    return item;
}

static void show_address(void *arg, const struct consent_address_state *a)
{
    struct showing *s = arg;
    json_t *item;

    if (a->opted_out_at) {
        json_array_append_new(s->opt_outs, refusal_json(a));
        return;
    }
    item = json_object();
    put_text(item, "channel", a->channel);
    put_text(item, "address", a->address);
    put_text(item, "state",
             strcmp(a->request_state, "pending") == 0 && a->expires_at < clock_now()
                 ? "expired"
                 : a->request_state);
    put_time(item, "asked_at", a->asked_at);
    put_time(item, "expires_at", a->expires_at);
    put_time(item, "answered_at", a->answered_at);
    put_u64(item, "message_id", a->message_id);
    json_array_append_new(s->requests, item);
}

void consent_show(struct exchange *x)
{
    struct showing s = { x, json_array(), json_array(), json_array(), json_array() };
    enum rc rc = consent_addresses(x->db, x->id, show_address, &s);

    if (!rc)
        rc = consent_words_now(x->db, x->id, show_now, &s);
    if (!rc)
        rc = consent_history(x->db, x->id, HISTORY_MAX, show_event, &s);
    put_u64(x->reply, "id", x->id);
    put_text(x->reply, "timezone", x->house->timezone);
    json_object_set_new(x->reply, "now", s.now);
    json_object_set_new(x->reply, "opt_outs", s.opt_outs);
    json_object_set_new(x->reply, "requests", s.requests);
    json_object_set_new(x->reply, "cut", json_boolean(json_array_size(s.events) == HISTORY_MAX));
    json_object_set_new(x->reply, "events", s.events);
    if (rc)
        exchange_failed(x, rc, "customer", NULL);
}

/* --- the proof of a message --- */

struct proving {
    utc_us sent_at;
    uint64_t consent_id;
    json_t *since;
};

static void no_happening(void *arg, const struct message_happening *h)
{
    (void)arg;
    (void)h;
}

/* What the customer refused after the consent that the message names. */
static void prove_event(void *arg, const struct consent_stored *e)
{
    struct proving *p = arg;

    if (e->line.id != p->consent_id && strcmp(e->line.state, "withdrawn") == 0 &&
        e->line.recorded_at >= p->sent_at)
        json_array_append_new(p->since, event_json(e));
}

static void prove_opt_out(void *arg, const struct consent_address_state *a)
{
    struct proving *p = arg;

    json_array_append_new(p->since, refusal_json(a));
}

static json_t *message_json(struct exchange *x, const struct message_view *m, utc_us sent_at)
{
    unsigned char digest[crypto_hash_sha256_BYTES];
    char hex[2 * sizeof(digest) + 1];
    json_t *message = json_object();

    crypto_hash_sha256(digest, (const unsigned char *)m->text, strlen(m->text));
    sodium_bin2hex(hex, sizeof(hex), digest, sizeof(digest));
    put_u64(message, "id", m->id);
    put_id(message, "customer_id", m->customer_id);
    put_id(message, "campaign_id", m->campaign_id);
    put_text(message, "to", m->address);
    put_text(message, "sender", m->sender);
    put_text(message, "class", message_class_name(m->class));
    put_text(message, "state", m->state);
    put_words(x, message, m->channel, m->text);
    put_text(message, "text_sha256", hex);
    put_time(message, "written_at", m->created_at);
    put_time(message, "sent_at", sent_at);
    put_text(message, "legal_basis", m->legal_basis);
    return message;
}

/* The line as it stands, and the chain that it is in, walked now. */
static enum rc put_ledger(struct exchange *x, const struct consent_stored *e)
{
    unsigned char computed[CONSENT_HASH_SIZE];
    json_t *ledger = json_object();
    struct consent_verdict v;
    bool holds;
    enum rc rc = consent_verify_chain(x->db, (unsigned)e->line.chain, &v);

    if (rc) {
        json_decref(ledger);
        return rc;
    }
    consent_line_hash(e->previous, &e->line, computed);
    holds = v.intact && !consent_line_is_odd(&e->line) &&
            memcmp(computed, e->hash, CONSENT_HASH_SIZE) == 0;
    put_u64(ledger, "chain", e->line.chain);
    put_u64(ledger, "line", e->line.seq);
    put_hash(ledger, "hash", e->hash);
    put_hash(ledger, "previous_hash", e->previous);
    json_object_set_new(ledger, "intact", json_boolean(holds));
    put_time(ledger, "verified_at", clock_now());
    put_text(ledger, "reason", holds ? "" : *v.reason ? v.reason : "the line was changed");
    json_object_set_new(x->reply, "ledger", ledger);
    json_object_set_new(x->reply, "consent", event_json(e));
    return RC_OK;
}

static enum rc put_since(struct exchange *x, const struct message_view *m, uint64_t consent_id,
                         utc_us sent_at)
{
    struct proving p = { sent_at ? sent_at : m->created_at, consent_id, json_array() };
    enum rc rc = RC_OK;

    if (m->customer_id)
        rc = consent_history(x->db, m->customer_id, HISTORY_MAX, prove_event, &p);
    if (!rc)
        rc = consent_opt_outs_since(x->db, m->channel, m->address, p.sent_at, prove_opt_out, &p);
    json_object_set_new(x->reply, "refused_since", p.since);
    return rc;
}

void consent_proof(struct exchange *x)
{
    struct consent_stored e;
    struct message_view m;
    utc_us sent_at = 0;
    enum rc rc = message_read(x->db, x->id, &x->arena, &m, no_happening, NULL);

    if (!rc)
        rc = consent_sent_at(x->db, x->id, &sent_at);
    if (rc) {
        exchange_failed(x, rc, "message", NULL);
        return;
    }
    json_object_set_new(x->reply, "message", message_json(x, &m, sent_at));
    if (m.consent_event_id) {
        rc = consent_event_read(x->db, m.consent_event_id, &x->arena, &e);
        if (!rc)
            rc = put_ledger(x, &e);
    }
    if (!rc || rc == RC_NOTFOUND) {
        bool missing = rc == RC_NOTFOUND;
        rc = put_since(x, &m, m.consent_event_id, sent_at);
        put_text(x->reply, "missing",
                 missing ? "the ledger has no such event any more: the proof is gone" : "");
    }
    if (rc)
        exchange_failed(x, rc, "message", NULL);
}

/* --- renewals --- */

struct listing {
    json_t *list;
    int64_t keep_s;
};

static void add_renewal(void *arg, const struct consent_renewal *r)
{
    struct listing *l = arg;
    json_t *item = json_object();

    put_u64(item, "customer_id", r->customer_id);
    put_text(item, "first_name", r->first_name);
    put_text(item, "last_name", r->last_name);
    put_text(item, "company", r->company);
    put_text(item, "phone", r->address);
    put_time(item, "granted_at", r->at);
    put_time(item, "last_contact_at", r->last_contact_at);
    put_time(item, "ends_at", r->last_contact_at + l->keep_s * USEC_PER_SEC);
    json_array_append_new(l->list, item);
}

void consent_list_renewals(struct exchange *x)
{
    struct listing l = { json_array(), x->house->consent->keep_s };
    const utc_us kept_since = clock_now() - l.keep_s * USEC_PER_SEC;
    uint64_t within, after, limit, next = 0;
    enum rc rc = RC_OK;

    json_object_set_new(x->reply, "renewals", l.list);
    if (!take_query_u64(x, 0, WITHIN_MAX_S, 90 * SEC_PER_DAY, &within) ||
        !take_query_u64(x, 1, INT64_MAX, 0, &after) ||
        !take_query_u64(x, 2, RENEWALS_MAX, 100, &limit))
        return;
    if (l.keep_s)
        rc = consent_renewals(x->db, kept_since, kept_since + (utc_us)within * USEC_PER_SEC, after,
                              limit, add_renewal, &l, &next);
    if (rc)
        exchange_failed(x, rc, "customer", NULL);
    else
        put_id(x->reply, "next", next);
}

/* --- the whole ledger --- */

static void add_head(void *arg, const struct consent_head *head)
{
    json_t *item = json_object();

    put_u64(item, "chain", head->chain);
    put_u64(item, "length", head->length);
    put_hash(item, "head", head->hash);
    json_array_append_new(arg, item);
}

void consent_verify_all(struct exchange *x)
{
    json_t *heads = json_array();
    const struct consent_verify_ops ops = { .head = add_head, .arg = heads };
    struct consent_verdict verdict;
    enum rc rc = consent_verify(x->db, &ops, &verdict);

    if (rc) {
        json_decref(heads);
        exchange_failed(x, rc, "the ledger", NULL);
        return;
    }
    json_object_set_new(x->reply, "intact", json_boolean(verdict.intact));
    put_u64(x->reply, "chains", verdict.chains);
    put_u64(x->reply, "events", verdict.events);
    put_u64(x->reply, "unproved", verdict.unproved);
    if (!verdict.intact) {
        put_u64(x->reply, "broken_chain", verdict.broken_chain);
        put_u64(x->reply, "broken_seq", verdict.broken_seq);
        put_text(x->reply, "reason", verdict.reason);
    }
    json_object_set_new(x->reply, "heads", heads);
}
