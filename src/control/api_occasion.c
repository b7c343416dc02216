/* api_occasion.c - occasions: set, switched, rehearsed, watched. */
#include <stdio.h>
#include <string.h>

#include "control/exchange.h"
#include "control/mail_as_read.h"
#include "control/routes.h"
#include "control/ways.h"
#include "domain/audience.h"
#include "domain/template.h"
#include "flow/occasion.h"
#include "store/wording.h"

#define TRIAL_ROWS_MAX 1000
#define LOG_MAX        1000
#define ANY_TEXT       200
#define NOT_GIVEN      (-1)

/* RC_NOTFOUND was answered. */
static bool find(struct exchange *x, uint64_t *id)
{
    enum rc rc = occasion_find(x->db, x->word, id);

    if (rc == RC_NOTFOUND)
        exchange_refuse(x, 404, NULL,
                        "there is no occasion named \"%s\"; relaisctl occasion list "
                        "shows those that there are",
                        x->word);
    else if (rc)
        exchange_failed(x, rc, "occasion", NULL);
    return !rc;
}

static void put_minute(json_t *object, const char *name, int minute)
{
    char text[8] = "";

    if (minute >= 0)
        snprintf(text, sizeof(text), "%02u:%02u", (unsigned)minute / 60 % 24,
                 (unsigned)minute % 60);
    put_text(object, name, text);
}

/* As a person writes it: "-1d", "+2h". */
static void put_delay(json_t *object, int64_t seconds)
{
    static const struct {
        int64_t seconds;
        const char *unit;
    } units[] = { { SEC_PER_DAY, "d" }, { 3600, "h" }, { 60, "m" } };
    const int64_t size = seconds < 0 ? -seconds : seconds;
    char text[24] = "0";

    for (size_t i = 0; size && i < sizeof(units) / sizeof(units[0]); i++) {
        if (size % units[i].seconds)
            continue;
        snprintf(text, sizeof(text), "%c%lld%s", seconds < 0 ? '-' : '+',
                 (long long)(size / units[i].seconds), units[i].unit);
        break;
    }
    put_text(object, "delay", text);
}

/* What it says first: a mail's source as it would be read. */
static void put_occasion(struct exchange *x, json_t *item, const struct occasion *o)
{
    char cap[40] = "none";

    if (o->rule.cap)
        snprintf(cap, sizeof(cap), "%u in %ud", o->rule.cap, o->rule.cap_days);
    put_u64(item, "id", o->id);
    put_text(item, "name", o->name);
    put_text(item, "kind", occasion_kind_entry(o->rule.kind)->name);
    put_text(item, "when", occasion_kind_entry(o->rule.kind)->what);
    put_text(item, "state", o->on ? "on" : "off");
    put_text(item, "class", message_class_name(o->class));
    put_text(item, "channel", reach_name(o->reach));
    put_text(item, "audience", o->audience);
    put_text(item, "template", o->template);
    put_text(item, "mail_template", o->mail_template);
    json_object_set_new(item, "template_changed", json_boolean(o->template_changed));
    put_words(x, item, o->reach == REACH_EMAIL ? "email" : "sms", o->body);
    if (o->n_mail_texts)
        put_text(item, "subject", o->mail_texts[0].subject);
    put_text(item, "sender", o->sender);
    json_object_set_new(item, "transliterate", json_boolean(o->transliterate));
    put_delay(item, o->rule.delay_s);
    put_minute(item, "at", o->rule.at_minute);
    put_u64(item, "days", o->rule.days);
    put_text(item, "cap", cap);
    json_object_set_new(item, "expires_s", json_integer(o->rule.expires_s));
    put_time(item, "since", o->since);
    put_id(item, "campaign_id", o->campaign_id);
    json_object_set_new(item, "paused", json_boolean(o->campaign_paused));
    put_u64(item, "waiting", o->waiting);
    put_time(item, "updated_at", o->updated_at);
}

struct listing {
    struct exchange *x;
    json_t *list;
};

static void add_occasion(void *arg, const struct occasion *o)
{
    const struct listing *l = arg;
    json_t *item = json_object();

    put_occasion(l->x, item, o);
    json_array_append_new(l->list, item);
}

static void list_occasions(struct exchange *x)
{
    struct listing l = { x, json_array() };
    enum rc rc = occasion_list(x->db, add_occasion, &l);

    if (rc) {
        json_decref(l.list);
        exchange_failed(x, rc, "occasion", NULL);
        return;
    }
    json_object_set_new(x->reply, "occasions", l.list);
}

static void show(struct exchange *x, uint64_t id)
{
    struct occasion o;
    enum rc rc = occasion_read(x->db, id, &x->arena, &o);

    if (rc)
        exchange_failed(x, rc, "occasion", NULL);
    else
        put_occasion(x, x->reply, &o);
}

static void get_occasion(struct exchange *x)
{
    uint64_t id;

    if (find(x, &id))
        show(x, id);
}

static const char *given(const struct exchange *x, const char *field, const char *text)
{
    const json_t *value = json_object_get(x->body, field);

    return value && !json_is_null(value) ? text : NULL;
}

static bool take_plan(struct exchange *x, struct occasion_plan *plan)
{
    bool transliterate;

    if (!take_text(x, "kind", ANY_TEXT, "", &plan->kind) ||
        !take_text(x, "audience", AUDIENCE_TEXT_MAX, "", &plan->audience) ||
        !take_text(x, "template", ANY_TEXT, "", &plan->template) ||
        !take_text(x, "text", TEMPLATE_BODY_MAX, "", &plan->body) ||
        !take_text(x, "channel", ANY_TEXT, "", &plan->channel) ||
        !take_text(x, "mail_template", ANY_TEXT, "", &plan->mail_template) ||
        !take_text(x, "sender", 20, "", &plan->sender) ||
        !take_text(x, "delay", ANY_TEXT, "", &plan->delay) ||
        !take_text(x, "at", ANY_TEXT, "", &plan->at) ||
        !take_text(x, "cap", ANY_TEXT, "", &plan->cap) ||
        !take_int(x, "days", 0, OCCASION_DAYS_MAX, NOT_GIVEN, &plan->days) ||
        !take_int(x, "expires_s", 60, OCCASION_DELAY_MAX, NOT_GIVEN, &plan->expires_s) ||
        !take_bool(x, "transliterate", false, &transliterate))
        return false;
    plan->name = x->word;
    plan->kind = given(x, "kind", plan->kind);
    plan->audience = given(x, "audience", plan->audience);
    plan->template = given(x, "template", plan->template);
    plan->body = given(x, "text", plan->body);
    plan->channel = given(x, "channel", plan->channel);
    plan->mail_template = given(x, "mail_template", plan->mail_template);
    plan->sender = given(x, "sender", plan->sender);
    plan->delay = given(x, "delay", plan->delay);
    plan->at = given(x, "at", plan->at);
    plan->cap = given(x, "cap", plan->cap);
    plan->transliterate = given(x, "transliterate", "") ? transliterate : NOT_GIVEN;
    return true;
}

static void set_occasion(struct exchange *x)
{
    struct occasion_plan plan = { .name = NULL };
    struct error err = { "" };
    uint64_t id;
    enum rc rc;

    if (!take_plan(x, &plan))
        return;
    rc = occasion_set(x->db, &plan, x->house->occasion_settings, x->who, &id, &err);
    if (rc) {
        exchange_failed(x, rc, "occasion", &err);
        return;
    }
    x->changed = true;
    show(x, id);
}

static void switch_occasion(struct exchange *x, bool on)
{
    struct error err = { "" };
    uint64_t id;
    enum rc rc;

    if (!find(x, &id))
        return;
    rc = occasion_switch(x->db, id, on, x->who, &err);
    if (rc) {
        exchange_failed(x, rc, "occasion", &err);
        return;
    }
    x->changed = true;
    show(x, id);
}

static void on_occasion(struct exchange *x)
{
    switch_occasion(x, true);
}

static void off_occasion(struct exchange *x)
{
    switch_occasion(x, false);
}

static void kick(struct exchange *x)
{
    if (x->house->occasions)
        occasion_runner_kick(x->house->occasions);
}

/* --- results --- */

static json_t *reasons_json(const struct occasion_results *r)
{
    json_t *reasons = json_object();

    for (size_t i = 0; i < r->n_left_out; i++)
        put_u64(reasons, r->left_out[i].reason, r->left_out[i].n);
    return reasons;
}

struct sums {
    uint64_t by_state[MESSAGE_STATE_COUNT];
    uint64_t messages, sent, segments, opted_out;
};

static enum rc add_campaign(struct exchange *x, uint64_t id, struct sums *sums, json_t *list)
{
    struct campaign_status s;
    json_t *item;
    enum rc rc = campaign_status_read(x->db, id, &s);

    if (rc)
        return rc;
    item = json_object();
    put_u64(item, "id", id);
    put_text(item, "name", s.campaign.name);
    put_text(item, "state", campaign_state_name(s.campaign.state));
    put_u64(item, "messages", s.campaign.messages);
    put_u64(item, "sent", s.sent);
    put_u64(item, "delivered", s.by_state[MESSAGE_DELIVERED]);
    put_u64(item, "segments", s.segments);
    put_u64(item, "opted_out", s.opted_out);
    json_array_append_new(list, item);
    for (int m = 0; m < MESSAGE_STATE_COUNT; m++)
        sums->by_state[m] += s.by_state[m];
    sums->messages += s.campaign.messages;
    sums->sent += s.sent;
    sums->segments += s.segments;
    sums->opted_out += s.opted_out;
    return RC_OK;
}

static void get_results(struct exchange *x)
{
    struct occasion_results r;
    struct sums sums = { .messages = 0 };
    json_t *list, *states;
    uint64_t id;
    enum rc rc;

    if (!find(x, &id))
        return;
    list = json_array();
    states = json_object();
    rc = occasion_results(x->db, id, &r);
    for (size_t i = 0; !rc && i < r.n_campaigns; i++)
        rc = add_campaign(x, r.campaigns[i], &sums, list);
    for (int m = 0; m < MESSAGE_STATE_COUNT; m++)
        put_u64(states, message_state_name((enum message_state)m), sums.by_state[m]);
    if (rc) {
        json_decref(list);
        json_decref(states);
        exchange_failed(x, rc, "occasion", NULL);
        return;
    }
    put_text(x->reply, "name", x->word);
    put_u64(x->reply, "waiting", r.waiting);
    put_u64(x->reply, "messages", sums.messages);
    put_u64(x->reply, "sent", sums.sent);
    put_u64(x->reply, "segments", sums.segments);
    put_u64(x->reply, "opted_out", sums.opted_out);
    json_object_set_new(x->reply, "by_state", states);
    json_object_set_new(x->reply, "left_out", reasons_json(&r));
    json_object_set_new(x->reply, "campaigns", list);
}

struct log_list {
    json_t *items;
    uint64_t last;
};

static void add_entry(void *arg, const struct occasion_entry *e)
{
    struct log_list *list = arg;
    json_t *item = json_object();

    put_id(item, "customer_id", e->customer_id);
    put_text(item, "number", e->number);
    put_time(item, "at", e->at);
    put_id(item, "message_id", e->message_id);
    put_text(item, "state", e->message_id ? e->state : "left out");
    put_text(item, "channel", e->channel);
    put_text(item, "reason", e->reason);
    json_array_append_new(list->items, item);
    list->last = e->id;
}

static void get_log(struct exchange *x)
{
    struct occasion_log_query query = { .reason = x->query[0] ? x->query[0] : "" };
    struct log_list list = { .items = NULL };
    uint64_t limit;
    enum rc rc;

    if (!find(x, &query.occasion_id) || !take_query_u64(x, 1, INT64_MAX, 0, &query.before) ||
        !take_query_u64(x, 2, LOG_MAX, 100, &limit))
        return;
    query.limit = limit ? (size_t)limit : 1;
    list.items = json_array();
    rc = occasion_log(x->db, &query, add_entry, &list);
    if (rc) {
        json_decref(list.items);
        exchange_failed(x, rc, "occasion", NULL);
        return;
    }
    put_id(x->reply, "next", json_array_size(list.items) == query.limit ? list.last : 0);
    json_object_set_new(x->reply, "entries", list.items);
}

/* --- rehearsal --- */

static bool take_day(struct exchange *x, struct civil *day)
{
    const char *text = x->query[0] ? x->query[0] : "";
    struct civil d = { .year = 0 };
    char end;

    if (strlen(text) == 10 && sscanf(text, "%4d-%2d-%2d%c", &d.year, &d.month, &d.day, &end) == 3 &&
        d.year >= 2000) {
        const struct civil same = clock_civil(clock_from_civil(&d));
        if (same.year == d.year && same.month == d.month && same.day == d.day) {
            *day = d;
            return true;
        }
    }
    exchange_refuse(x, 422, "day", "day: expected a date, such as 2026-11-24; got '%.40s'", text);
    return false;
}

static void add_trial_row(void *arg, const struct occasion_trial_row *row)
{
    const struct listing *l = arg;
    json_t *item = json_object();

    put_id(item, "customer_id", row->customer_id);
    put_text(item, "number", row->number);
    put_time(item, "due_at", row->due);
    put_text(item, "reason", row->reason);
    put_u64(item, "parts", row->parts);
    put_text(item, "channel", row->channel);
    put_text(item, "subject", row->subject);
    put_words(l->x, item, row->channel, row->text);
    json_array_append_new(l->list, item);
}

static void put_trial(struct exchange *x, const struct occasion_trial *t)
{
    json_t *reasons = json_object(), *by_channel = json_object();

    for (int e = 0; e < EXCLUSION_COUNT; e++) {
        if (t->excluded[e])
            put_u64(reasons, exclusion_name((enum exclusion)e), t->excluded[e]);
    }
    if (t->outside)
        put_u64(reasons, "not_in_audience", t->outside);
    if (t->overtaken)
        put_u64(reasons, "overtaken", t->overtaken);
    if (t->expired)
        put_u64(reasons, "expired", t->expired);
    if (t->capped)
        put_u64(reasons, "occasion_cap", t->capped);
    if (t->quiet)
        put_u64(reasons, "quiet_hours", t->quiet);
    put_u64(x->reply, "events", t->events);
    put_u64(x->reply, "messages", t->messages);
    put_u64(by_channel, "sms", t->by_channel[CHANNEL_SMS]);
    put_u64(by_channel, "email", t->by_channel[CHANNEL_EMAIL]);
    json_object_set_new(x->reply, "by_channel", by_channel);
    json_object_set_new(x->reply, "left_out", reasons);
    put_u64(x->reply, "no_route", t->bill.refused);
    put_u64(x->reply, "segments", t->bill.segments);
    json_object_set_new(x->reply, "cost_cents", json_integer(t->bill.cents));
    ways_put_bill(x->reply, &t->bill);
    put_text(x->reply, "currency", t->currency);
}

static void try_occasion(struct exchange *x)
{
    struct occasion_trial trial;
    struct error err = { "" };
    struct civil day;
    uint64_t id, limit;
    struct listing l = { .x = x };
    enum rc rc;

    if (!take_day(x, &day) || !take_query_u64(x, 1, TRIAL_ROWS_MAX, 20, &limit) || !find(x, &id))
        return;
    l.list = json_array();
    rc = occasion_try(x->db, id, &day, x->house->occasion_settings, (size_t)limit, &x->arena,
                      add_trial_row, &l, &trial, &err);
    if (rc) {
        json_decref(l.list);
        exchange_failed(x, rc, "occasion", &err);
        return;
    }
    put_text(x->reply, "day", x->query[0]);
    put_trial(x, &trial);
    json_object_set_new(x->reply, "rows", l.list);
}

const struct route occasion_routes[] = {
    { .method = "GET",
      .pattern = "/v1/occasions",
      .right = RIGHT_TOKEN,
      .run = list_occasions,
      .help = "The occasions: messages that run by themselves." },
    { .method = "GET",
      .pattern = "/v1/occasions/{name}",
      .right = RIGHT_TOKEN,
      .run = get_occasion,
      .help = "One occasion, and how many wait for it." },
    { .method = "PUT",
      .pattern = "/v1/occasions/{name}",
      .right = RIGHT_TOKEN,
      .run = set_occasion,
      .then = kick,
      .body = BODY("kind", "audience", "template", "text", "channel", "mail_template", "sender",
                   "transliterate", "delay", "at", "days", "cap", "expires_s"),
      .help = "Creates it (off), or changes what is given. Body: kind, audience, template or text, "
              "channel (sms, email, \"sms,email\", \"email,sms\"), mail_template (of the mails), "
              "sender, transliterate, delay (+2h, -1d), at (10:00), days, cap (1 in 30d), "
              "expires_s." },
    { .method = "POST",
      .pattern = "/v1/occasions/{name}/on",
      .right = RIGHT_TOKEN,
      .run = on_occasion,
      .then = kick,
      .help = "From now on its messages go out by themselves." },
    { .method = "POST",
      .pattern = "/v1/occasions/{name}/off",
      .right = RIGHT_TOKEN,
      .run = off_occasion,
      .then = kick,
      .help = "It makes no further messages; what waits for it is forgotten." },
    { .method = "GET",
      .pattern = "/v1/occasions/{name}/results",
      .right = RIGHT_TOKEN,
      .run = get_results,
      .slow = true,
      .help = "What came of it: its messages by state and campaign, and who was left out." },
    { .method = "GET",
      .pattern = "/v1/occasions/{name}/log",
      .right = RIGHT_TOKEN,
      .run = get_log,
      .slow = true,
      .query = { "reason", "after", "limit" },
      .help = "Each message, and each one who was left out and why, the newest first; "
              "reason=sent: the messages alone. The next page is after=<next>." },
    { .method = "GET",
      .pattern = "/v1/occasions/{name}/try",
      .right = RIGHT_TOKEN,
      .run = try_occasion,
      .slow = true,
      .query = { "day", "limit" },
      .help = "What it would have done on a day (2026-11-24), on or off, without doing it: who, "
              "when, with which words, at which cost, and who not and why." },
};
const size_t n_occasion_routes = sizeof(occasion_routes) / sizeof(occasion_routes[0]);
