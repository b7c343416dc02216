/* api_campaign.c - campaigns: created, previewed, started, watched. */
#include <stdio.h>
#include <string.h>

#include "base/buffer.h"
#include "control/campaign_life.h"
#include "control/campaign_when.h"
#include "control/exchange.h"
#include "control/mail_as_read.h"
#include "control/kick.h"
#include "control/routes.h"
#include "control/rule.h"
#include "control/ways.h"
#include "domain/audience.h"
#include "domain/promo_text.h"
#include "domain/share.h"
#include "domain/template.h"
#include "flow/campaign.h"
#include "flow/gateway.h"
#include "store/campaign_approval.h"
#include "store/campaign_life.h"
#include "store/campaign_recipients.h"
#include "store/campaign_retry.h"

#define LIST_MAX     200
#define EXCLUDED_MAX 1000
#define EXPIRES_MAX  (30 * SEC_PER_DAY)
#define REST_MAX     (365 * SEC_PER_DAY)

#define TEST_HOURS_MAX 336

static bool take_share(struct exchange *x, const char *name, unsigned *out)
{
    const char *text;

    if (!take_text(x, name, 10, "0%", &text))
        return false;
    if (share_parse(text, out))
        return true;
    exchange_refuse(x, 422, name, "%s: expected a share such as 5%%, got '%s'", name, text);
    return false;
}

/* Texts B, C and D: one is not given without those before it. */
static bool take_variants(struct exchange *x, struct campaign_plan *plan)
{
    static const char *const names[] = { "variant_b", "variant_c", "variant_d" };
    const char *text;

    for (unsigned i = 0; i < CAMPAIGN_VARIANTS_MAX - 1; i++) {
        if (!take_text(x, names[i], TEMPLATE_BODY_MAX, "", &text))
            return false;
        if (!*text)
            continue;
        if (plan->n_variants != i) {
            exchange_refuse(x, 422, names[i], "%s: %s must be given, too", names[i], names[i - 1]);
            return false;
        }
        plan->variants[plan->n_variants++] = text;
    }
    return true;
}

/* How it is tried out. */
static bool take_trial(struct exchange *x, struct campaign_plan *plan)
{
    const char *by;
    int64_t hours;

    if (!take_variants(x, plan) || !take_share(x, "hold_out", &plan->hold_out) ||
        !take_share(x, "test_share", &plan->test_share) ||
        !take_int(x, "test_hours", 1, TEST_HOURS_MAX, 0, &hours) ||
        !take_text(x, "test_by", 20, "replies", &by) ||
        !take_bool(x, "repeat", false, &plan->may_repeat))
        return false;
    plan->test_s = hours * 3600;
    if (campaign_measure_parse(by, &plan->test_by))
        return true;
    exchange_refuse(x, 422, "test_by", "test_by: expected replies, visits or orders, got '%s'", by);
    return false;
}

/* By which channels; a mail has a template of its own. */
static bool take_channels(struct exchange *x, struct campaign_plan *plan)
{
    const char *channel;

    if (!take_text(x, "channel", 20, "sms", &channel) ||
        !take_text(x, "mail_template", 4 * CAMPAIGN_NAME_MAX, "", &plan->mail_template))
        return false;
    if (!reach_parse(channel, &plan->reach))
        return true;
    exchange_refuse(x, 422, "channel", REACH_EXPECTED, channel);
    return false;
}

/* What is said: a stored template, or the text itself; by mail it has a template besides. */
static bool take_words(struct exchange *x, struct campaign_plan *plan)
{
    const char *text;

    if (!take_text(x, "template", 4 * CAMPAIGN_NAME_MAX, "", &plan->template) ||
        !take_text(x, "text", TEMPLATE_BODY_MAX, "", &text))
        return false;
    if ((*plan->template && *text) || (!*plan->template && !*text && !*plan->mail_template)) {
        exchange_refuse(x, 422, "template", "expected a template's name or a text, and not both");
        return false;
    }
    plan->template = *plan->template ? plan->template : NULL;
    plan->body = *text ? text : NULL;
    return true;
}

static bool take_plan(struct exchange *x, struct campaign_plan *plan)
{
    const char *class;

    plan->who = x->who;
    if (!take_text(x, "name", 4 * CAMPAIGN_NAME_MAX, NULL, &plan->name) ||
        !take_text(x, "class", 20, "", &class) || !take_rule(x, "audience", &plan->audience) ||
        !take_text(x, "audience_name", 4 * AUDIENCE_NAME_MAX, "", &plan->audience_name) ||
        !take_channels(x, plan) || !take_words(x, plan) ||
        !take_text(x, "sender", 40, "", &plan->sender) ||
        !take_bool(x, "transliterate", false, &plan->transliterate) ||
        !take_int(x, "expires_s", 60, EXPIRES_MAX, 0, &plan->expires_s) ||
        !take_int(x, "rest_s", 0, REST_MAX, -1, &plan->rest_s) || !take_when(x, plan))
        return false;
    plan->has_rest = plan->rest_s >= 0;
    plan->any_class = !*class;
    plan->class = CLASS_PROMO;
    if (*class && (message_class_parse(class, &plan->class) || plan->class == CLASS_ALERT)) {
        exchange_refuse(x, 422, "class", "class: expected promo or service, got '%s'", class);
        return false;
    }
    return take_trial(x, plan);
}

static void create_campaign(struct exchange *x)
{
    struct campaign_plan plan = { 0 };
    struct error err = { "" };
    uint64_t id;
    enum rc rc;

    if (!take_plan(x, &plan))
        return;
    rc = campaign_create(x->db, &plan, x->house->campaign_settings, &id, &err);
    if (rc) {
        exchange_failed(x, rc, "template", &err);
        return;
    }
    x->status = 201;
    put_u64(x->reply, "id", id);
    put_text(x->reply, "state", campaign_state_name(CAMPAIGN_DRAFT));
}

json_t *exclusions_json(const uint64_t excluded[EXCLUSION_COUNT])
{
    json_t *reasons = json_object();

    for (int e = 0; e < EXCLUSION_COUNT; e++) {
        if (excluded[e])
            put_u64(reasons, exclusion_name((enum exclusion)e), excluded[e]);
    }
    return reasons;
}

static const char *sample_of(struct exchange *x, const struct campaign_preview *p)
{
    const struct campaign_sample *s = p->samples;

    if (!p->n_samples)
        return "";
    return s->channel == CHANNEL_EMAIL ? mail_as_read(x, s->text, &x->arena) : s->text;
}

/* With several texts: what each costs, if all get it. */
static void put_texts(struct exchange *x, const struct campaign_preview *p)
{
    json_t *list;

    if (!p->n_others)
        return;
    list = json_array();
    for (unsigned i = 0; i <= p->n_others; i++) {
        const struct campaign_preview *one = i ? p->others[i - 1] : p;
        char letter[2] = { (char)('A' + i), '\0' };
        json_t *item = json_object();
        put_text(item, "text", letter);
        put_u64(item, "recipients", one->recipients);
        put_u64(item, "parts_min", one->parts_min);
        put_u64(item, "parts_max", one->parts_max);
        put_u64(item, "segments", one->bill.segments);
        json_object_set_new(item, "cost_cents", json_integer(one->bill.cents));
        put_text(item, "ucs2_because_of", one->ucs2_character);
        put_text(item, "sample", sample_of(x, one));
        json_array_append_new(list, item);
    }
    json_object_set_new(x->reply, "texts", list);
}

static void put_part(json_t *to, const struct campaign_part *part)
{
    put_u64(to, "audience", part->audience);
    put_u64(to, "recipients", part->reached);
    json_object_set_new(to, "excluded", exclusions_json(part->excluded));
}

static json_t *parts_json(const char *what, const struct campaign_part *parts, size_t n)
{
    json_t *list = json_array();

    for (size_t i = 0; i < n; i++) {
        json_t *item = json_object();
        put_text(item, what, parts[i].name);
        put_part(item, &parts[i]);
        json_array_append_new(list, item);
    }
    return list;
}

static void put_parts(struct exchange *x, const struct campaign_preview *p)
{
    json_t *others = json_object();

    json_object_set_new(x->reply, "by_category",
                        parts_json("category", p->categories, p->n_categories));
    json_object_set_new(x->reply, "by_city", parts_json("city", p->cities, p->n_cities));
    put_u64(others, "cities", p->n_other_cities);
    put_part(others, &p->other_cities);
    json_object_set_new(x->reply, "other_cities", others);
}

static void put_samples(struct exchange *x, const struct campaign_preview *p)
{
    json_t *samples = json_array();

    for (size_t i = 0; i < p->n_samples; i++) {
        const struct campaign_sample *s = &p->samples[i];
        const bool mail = s->channel == CHANNEL_EMAIL;
        json_t *item = json_object();
        put_u64(item, "customer_id", s->customer_id);
        put_text(item, "channel", channel_name(s->channel));
        put_u64(item, "parts", s->parts);
        put_text(item, "encoding", mail ? "utf8" : s->ucs2 ? "ucs2" : "gsm7");
        if (mail)
            put_text(item, "subject", s->subject);
        put_words(x, item, channel_name(s->channel), s->text);
        json_array_append_new(samples, item);
    }
    json_object_set_new(x->reply, "samples", samples);
}

static void put_channels(struct exchange *x, const struct campaign_preview *p)
{
    json_t *by = json_object();

    for (unsigned i = 0; i < reach_channels(p->reach); i++) {
        const enum channel c = reach_channel(p->reach, i);
        put_u64(by, channel_name(c), p->by_channel[c]);
    }
    put_text(x->reply, "channel", reach_name(p->reach));
    json_object_set_new(x->reply, "by_channel", by);
    put_u64(x->reply, "mails", p->mails);
    if (p->footer)
        put_text(x->reply, "footer", p->footer);
}

static void put_preview(struct exchange *x, const struct campaign_preview *p)
{
    json_t *added = json_array();

    if (p->added && p->added->before[0])
        json_array_append_new(added, json_string(p->added->before));
    if (p->added && p->added->after[0])
        json_array_append_new(added, json_string(p->added->after));
    json_object_set_new(x->reply, "added", added);
    put_u64(x->reply, "audience", p->audience);
    put_u64(x->reply, "recipients", p->recipients);
    json_object_set_new(x->reply, "excluded", exclusions_json(p->excluded));
    put_u64(x->reply, "no_route", p->bill.refused);
    put_u64(x->reply, "segments", p->bill.segments);
    json_object_set_new(x->reply, "cost_cents", json_integer(p->bill.cents));
    ways_put_bill(x->reply, &p->bill);
    put_parts(x, p);
    put_text(x->reply, "currency", p->currency);
    json_object_set_new(x->reply, "exact", json_boolean(p->exact));
    put_u64(x->reply, "rendered", p->rendered);
    put_u64(x->reply, "gsm7", p->gsm7);
    put_u64(x->reply, "ucs2", p->ucs2);
    put_text(x->reply, "ucs2_because_of", p->ucs2_character);
    put_u64(x->reply, "transliterated_segments", p->plain_bill.segments);
    json_object_set_new(x->reply, "transliterated_cost_cents", json_integer(p->plain_bill.cents));
    put_u64(x->reply, "parts_min", p->parts_min);
    put_u64(x->reply, "parts_max", p->parts_max);
    put_texts(x, p);
    put_channels(x, p);
    put_samples(x, p);
}

static void preview_campaign(struct exchange *x)
{
    struct campaign_preview preview;
    struct error err = { "" };
    enum rc rc =
        campaign_preview(x->db, x->id, x->house->campaign_settings, &x->arena, &preview, &err);

    if (rc)
        exchange_failed(x, rc, "campaign", &err);
    else
        put_preview(x, &preview);
}

static void preview_plan(struct exchange *x)
{
    struct campaign_plan plan = { 0 };
    struct campaign_preview preview;
    struct error err = { "" };
    enum rc rc;

    if (!take_plan(x, &plan))
        return;
    rc =
        campaign_preview_plan(x->db, &plan, x->house->campaign_settings, &x->arena, &preview, &err);
    if (rc)
        exchange_failed(x, rc, "template", &err);
    else
        put_preview(x, &preview);
}

static void command(struct exchange *x,
                    enum rc (*act)(struct db *, uint64_t, const char *, struct error *))
{
    struct error err = { "" };
    struct campaign campaign;
    enum rc rc = act(x->db, x->id, x->who, &err);

    if (!rc) {
        x->changed = true;
        rc = campaign_read(x->db, x->id, &campaign);
    }
    if (rc) {
        exchange_failed(x, rc, "campaign", &err);
        return;
    }
    put_u64(x->reply, "id", x->id);
    put_text(x->reply, "state", campaign_state_name(campaign.state));
}

static void pause_campaign(struct exchange *x)
{
    command(x, campaign_pause);
}

static void resume_campaign(struct exchange *x)
{
    struct campaign c;

    /* One that missed its start is started by this, and that may take a second person. */
    if (x->house->campaign_settings->approval_above && campaign_read(x->db, x->id, &c) == RC_OK &&
        c.state == CAMPAIGN_PAUSED && !c.started_at) {
        exchange_refuse(x, 409, "campaign",
                        "campaign %llu was never started: campaign unschedule makes it a draft "
                        "again, whose start can be approved",
                        (unsigned long long)x->id);
        return;
    }
    command(x, campaign_resume);
}

static void cancel_campaign(struct exchange *x)
{
    command(x, campaign_cancel);
}

static void retry_campaign(struct exchange *x)
{
    struct campaign_retry_plan plan = { .who = x->who };
    struct campaign_retry retry;
    struct error err = { "" };
    char said[300];
    enum rc rc;

    if (!take_text(x, "state", 60, "failed,expired", &plan.states) ||
        !take_text(x, "reason", 64, "", &plan.reason) ||
        !take_int(x, "expires_s", 60, EXPIRES_MAX, 0, &plan.expires_s))
        return;
    rc = campaign_retry_ask(x->db, x->id, &plan, &retry, &err);
    if (rc) {
        exchange_failed(x, rc, "campaign", &err);
        return;
    }
    x->changed = retry.wanted != 0;
    snprintf(said, sizeof(said),
             "%llu of %llu such messages are queued again; the others may have reached a carrier, "
             "or wait for an answer.",
             (unsigned long long)retry.wanted, (unsigned long long)(retry.wanted + retry.barred));
    put_u64(x->reply, "id", x->id);
    put_u64(x->reply, "wanted", retry.wanted);
    put_u64(x->reply, "barred", retry.barred);
    put_text(x->reply, "said", said);
}

static void kick_runner(struct exchange *x)
{
    if (x->house->campaigns)
        campaign_runner_kick(x->house->campaigns);
    kick_senders(x->house); /* a resumed campaign has its messages in the queue already */
}

static void put_campaign(json_t *item, const struct campaign *c)
{
    put_u64(item, "id", c->id);
    put_text(item, "name", c->name);
    put_text(item, "class", message_class_name(c->class));
    put_text(item, "channel", reach_name(c->reach));
    put_text(item, "state", campaign_state_name(c->state));
    put_text(item, "sender", c->sender);
    json_object_set_new(item, "expanded", json_boolean(c->expanded));
    json_object_set_new(item, "clearing", json_boolean(c->clearing));
    put_u64(item, "audience", c->audience);
    put_u64(item, "messages", c->messages);
    put_time(item, "created_at", c->created_at);
    put_time(item, "started_at", c->started_at);
    put_time(item, "finished_at", c->finished_at);
}

/* How far the last retry is. */
static enum rc put_retry(struct exchange *x)
{
    struct campaign_retry retry;
    enum rc rc = campaign_retry_read(x->db, x->id, &retry);
    json_t *item;

    if (rc)
        return rc == RC_NOTFOUND ? RC_OK : rc;
    item = json_object();
    put_u64(item, "wanted", retry.wanted);
    put_u64(item, "queued", retry.queued);
    put_time(item, "asked_at", retry.asked_at);
    put_time(item, "finished_at", retry.finished_at);
    json_object_set_new(x->reply, "retry", item);
    return RC_OK;
}

static json_t *states_json(const uint64_t by_state[MESSAGE_STATE_COUNT])
{
    json_t *states = json_object();

    for (int s = 0; s < MESSAGE_STATE_COUNT; s++)
        put_u64(states, message_state_name((enum message_state)s), by_state[s]);
    return states;
}

json_t *by_channel_json(const struct campaign_status *s)
{
    json_t *all = json_object();

    for (unsigned i = 0; i < reach_channels(s->campaign.reach); i++) {
        const enum channel c = reach_channel(s->campaign.reach, i);
        json_t *item = json_object();
        put_u64(item, "messages", s->by_channel[c].messages);
        put_u64(item, "sent", s->by_channel[c].sent);
        put_u64(item, "delivered", s->by_channel[c].delivered);
        put_u64(item, "failed", s->by_channel[c].failed);
        json_object_set_new(all, channel_name(c), item);
    }
    return all;
}

/* The letter with its values still to be filled in. */
static void put_body_as_read(struct exchange *x, const struct campaign *c, const char *body)
{
    if (reach_channel(c->reach, 0) == CHANNEL_EMAIL)
        body = mail_as_read(x, body, &x->arena);
    put_text(x->reply, "text", body);
}

static void get_campaign(struct exchange *x)
{
    struct campaign_status status;
    char *audience, *body;
    enum rc rc = campaign_status_read(x->db, x->id, &status);

    if (!rc)
        rc = campaign_read_texts(x->db, x->id, &x->arena, &audience, &body);
    if (!rc)
        rc = put_retry(x);
    if (!rc)
        rc = put_when(x, &status.campaign);
    if (!rc)
        rc = put_campaign_life(x);
    if (rc) {
        exchange_failed(x, rc, "campaign", NULL);
        return;
    }
    put_campaign(x->reply, &status.campaign);
    put_text(x->reply, "rule", audience);
    put_text(x->reply, "body", body);
    put_body_as_read(x, &status.campaign, body);
    json_object_set_new(x->reply, "by_state", states_json(status.by_state));
    json_object_set_new(x->reply, "sent_by_state", states_json(status.sent_by_state));
    json_object_set_new(x->reply, "excluded", exclusions_json(status.excluded));
    json_object_set_new(x->reply, "by_channel", by_channel_json(&status));
    put_u64(x->reply, "sent", status.sent);
    put_u64(x->reply, "segments", status.segments);
    put_u64(x->reply, "opted_out", status.opted_out);
    json_object_set_new(x->reply, "per_second", json_real(status.per_second));
}

static void add_campaign(void *arg, const struct campaign *c)
{
    json_t *item = json_object();

    put_campaign(item, c);
    json_array_append_new(arg, item);
}

static enum rc list_one(struct exchange *x, const char *name, json_t *list)
{
    struct campaign campaign;
    uint64_t id;
    enum rc rc = campaign_find(x->db, name, &id);

    if (!rc)
        rc = campaign_read(x->db, id, &campaign);
    if (!rc)
        add_campaign(list, &campaign);
    return rc;
}

static void list_campaigns(struct exchange *x)
{
    json_t *list = json_array();
    uint64_t limit;
    enum rc rc;

    if (!take_query_u64(x, 1, LIST_MAX, 20, &limit)) {
        json_decref(list);
        return;
    }
    rc = x->query[0] ? list_one(x, x->query[0], list)
                     : campaign_list(x->db, (size_t)limit, add_campaign, list);
    if (rc) {
        json_decref(list);
        exchange_failed(x, rc, "campaign", NULL);
        return;
    }
    json_object_set_new(x->reply, "campaigns", list);
}

static bool take_reason(struct exchange *x, enum exclusion *reason)
{
    struct buffer known;

    if (x->query[0] && !exclusion_parse(x->query[0], reason))
        return true;
    buffer_init(&known, 1000);
    for (int e = 0; e < EXCLUSION_COUNT; e++)
        buffer_printf(&known, "%s%s", e ? ", " : "", exclusion_name((enum exclusion)e));
    exchange_refuse(x, 422, "reason", "reason: expected one of %s", buffer_text(&known));
    buffer_close(&known);
    return false;
}

static void add_excluded(void *arg, uint64_t customer_id)
{
    json_array_append_new(arg, json_integer((json_int_t)customer_id));
}

static void list_excluded(struct exchange *x)
{
    json_t *list = json_array();
    enum exclusion reason;
    uint64_t after, limit;
    enum rc rc;

    if (!take_reason(x, &reason) || !take_query_u64(x, 1, INT64_MAX, 0, &after) ||
        !take_query_u64(x, 2, EXCLUDED_MAX, 100, &limit)) {
        json_decref(list);
        return;
    }
    rc = campaign_excluded_list(x->db, x->id, reason, after, (size_t)limit, add_excluded, list);
    if (rc) {
        json_decref(list);
        exchange_failed(x, rc, "campaign", NULL);
        return;
    }
    json_object_set_new(x->reply, "customers", list);
}

static void add_recipient(void *arg, const struct campaign_recipient *r)
{
    const char letter[2] = { (char)('A' + r->variant), '\0' };
    json_t *item = json_object();

    put_id(item, "message_id", r->message_id);
    put_id(item, "customer_id", r->customer_id);
    put_text(item, "to", r->address);
    put_text(item, "channel", r->channel);
    put_text(item, "state", r->state);
    put_text(item, "reason", r->reason);
    put_u64(item, "attempts", r->attempts);
    put_u64(item, "parts", r->parts);
    put_time(item, "queued_at", r->queued_at);
    put_time(item, "last_event_at", r->last_event_at);
    put_text(item, "variant", r->message_id ? letter : "");
    put_u64(item, "replied", r->replies);
    put_u64(item, "visited", r->visits);
    put_u64(item, "orders", r->orders);
    json_array_append_new(arg, item);
}

static bool is_recipient_state(const char *state)
{
    enum message_state known;

    return !*state || strcmp(state, "excluded") == 0 || message_state_parse(state, &known) == RC_OK;
}

static void list_recipients(struct exchange *x)
{
    struct recipients_query query = { .campaign_id = x->id,
                                      .state = x->query[0] ? x->query[0] : "",
                                      .reason = x->query[1] ? x->query[1] : "",
                                      .order_days = x->house->campaign_settings->order_days };
    struct campaign campaign;
    enum exclusion reason;
    uint64_t limit, next = 0;
    json_t *list;
    enum rc rc;

    if (!is_recipient_state(query.state)) {
        exchange_refuse(x, 422, "state",
                        "state: expected queued, submitting, accepted, delivered, "
                        "failed, expired, unknown, held, cancelled or excluded");
        return;
    }
    if (!take_query_u64(x, 2, INT64_MAX, 0, &query.after) ||
        !take_query_u64(x, 3, RECIPIENTS_MAX, 100, &limit))
        return;
    if (strcmp(query.state, "excluded") == 0 && exclusion_parse(query.reason, &reason) == RC_OK)
        query.reason = exclusion_name(reason);
    query.limit = limit ? (size_t)limit : 1;
    list = json_array();
    rc = campaign_recipients(x->db, &query, add_recipient, list, &next);
    if (!rc)
        rc = campaign_read(x->db, x->id, &campaign);
    if (rc) {
        json_decref(list);
        exchange_failed(x, rc, "campaign", NULL);
        return;
    }
    json_object_set_new(x->reply, "recipients", list);
    put_id(x->reply, "next", next);
    if (!*query.state && !*query.reason) /* how long the whole list is */
        put_u64(x->reply, "of", campaign.messages);
}

#define PLAN_BODY                                                                                  \
    BODY("name", "audience", "audience_name", "template", "text", "channel", "mail_template",      \
         "class", "sender", "transliterate", "expires_s", "rest_s", "window", "rate", "budget",    \
         "variant_b", "variant_c", "variant_d", "test_share", "test_hours", "test_by", "hold_out", \
         "repeat")
#define PLAN                                                                                      \
    "Body: name, audience (a rule, as text or as JSON; empty: everybody) or "                     \
    "audience_name, template or text; channel (sms; email; \"sms,email\": a mail to who may not " \
    "be sent an SMS; \"email,sms\"), mail_template (of the mails); "                              \
    "class (empty: that of the template's kind), sender (its "                                    \
    "name or address), transliterate, expires_s, rest_s, "                                        \
    "window, rate, budget; variant_b, variant_c, variant_d (further texts, or @ and a "           \
    "template's name), test_share, test_hours, test_by, hold_out, repeat."
#define COMMAND(path, function, words)                                            \
    {                                                                             \
        .method = "POST", .pattern = path, .right = RIGHT_TOKEN, .run = function, \
        .then = kick_runner, .help = words                                        \
    }

const struct route campaign_routes[] = {
    { .method = "GET",
      .pattern = "/v1/campaigns",
      .right = RIGHT_TOKEN,
      .run = list_campaigns,
      .query = { "name", "limit" },
      .help = "Campaigns, the newest first; or the one of a name." },
    { .method = "POST",
      .pattern = "/v1/campaigns",
      .right = RIGHT_TOKEN,
      .run = create_campaign,
      .body = PLAN_BODY,
      .help = "Creates a campaign; nothing is sent. " PLAN },
    { .method = "POST",
      .pattern = "/v1/campaigns/preview",
      .right = RIGHT_READ,
      .run = preview_plan,
      .slow = true,
      .body = PLAN_BODY,
      .help = "What a campaign would do, without creating it. " PLAN },
    { .method = "GET",
      .pattern = "/v1/campaigns/{id}",
      .right = RIGHT_TOKEN,
      .run = get_campaign,
      .gateway = true,
      .help = "A campaign and how far it is: messages by state, exclusions, rate." },
    { .method = "GET",
      .pattern = "/v1/campaigns/{id}/preview",
      .right = RIGHT_TOKEN,
      .run = preview_campaign,
      .slow = true,
      .help = "What starting it now would do: recipients, exclusions, cost by route and carrier, "
              "three texts." },
    { .method = "GET",
      .pattern = "/v1/campaigns/{id}/excluded",
      .right = RIGHT_TOKEN,
      .run = list_excluded,
      .query = { "reason", "after", "limit" },
      .help = "Customers left out for a reason, by id." },
    { .method = "GET",
      .pattern = "/v1/campaigns/{id}/recipients",
      .right = RIGHT_TOKEN,
      .run = list_recipients,
      .slow = true,
      .query = { "state", "reason", "after", "limit" },
      .help = "What became of each recipient; state=excluded: who was left out. The next page is "
              "after=<next>; the last one has no next, a page before it may be short." },
    { .method = "POST",
      .pattern = "/v1/campaigns/{id}/retry",
      .right = RIGHT_TOKEN,
      .run = retry_campaign,
      .then = kick_runner,
      .slow = true,
      .body = BODY("state", "reason", "expires_s"),
      .help = "Queues again what failed or expired and no carrier can have. Body: state "
              "(failed,expired), reason, expires_s." },
    COMMAND("/v1/campaigns/{id}/pause", pause_campaign, "Holds what is not yet on the wire."),
    COMMAND("/v1/campaigns/{id}/resume", resume_campaign, "Goes on after a pause."),
    COMMAND("/v1/campaigns/{id}/cancel", cancel_campaign, "Ends it; what is not sent never is."),
};
const size_t n_campaign_routes = sizeof(campaign_routes) / sizeof(campaign_routes[0]);
