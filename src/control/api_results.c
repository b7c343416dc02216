/* api_results.c - the life of a campaign beyond sending: approval, the text that wins, results. */
#include <stdio.h>
#include <string.h>

#include "control/exchange.h"
#include "control/routes.h"
#include "domain/proportion.h"
#include "flow/campaign.h"
#include "store/campaign_approval.h"
#include "store/campaign_results.h"

#define COMPARE_MAX 5 /* the last name of the query is `days` */

/* --- approval, winner --- */

static void answer_state(struct exchange *x, enum rc rc, const struct error *err)
{
    struct campaign campaign;

    if (!rc) {
        x->changed = true;
        rc = campaign_read(x->db, x->id, &campaign);
    }
    if (rc) {
        exchange_failed(x, rc, "campaign", err);
        return;
    }
    put_u64(x->reply, "id", x->id);
    put_text(x->reply, "state", campaign_state_name(campaign.state));
}

static void start_campaign(struct exchange *x)
{
    struct error err = { "" };
    enum rc rc = campaign_ask_start(x->db, x->id, x->house->campaign_settings, x->who, &err);

    answer_state(x, rc, &err);
    if (!rc &&
        strcmp(json_string_value(json_object_get(x->reply, "state")), "waiting approval") == 0)
        put_text(x->reply, "said",
                 "It needs approval: somebody else may look at it and say campaign approve.");
}

static void approve_campaign(struct exchange *x)
{
    struct error err = { "" };
    enum rc rc = campaign_approve(x->db, x->id, x->house->campaign_settings, x->who, &err);

    answer_state(x, rc, &err);
}

static void refuse_campaign(struct exchange *x)
{
    struct error err = { "" };
    const char *why;

    if (take_text(x, "why", CAMPAIGN_WHY_MAX, NULL, &why))
        answer_state(x, campaign_refuse(x->db, x->id, x->who, why, &err), &err);
}

static void choose_winner(struct exchange *x)
{
    struct error err = { "" };
    const char *text;

    if (!take_text(x, "text", 1, NULL, &text))
        return;
    if (text[0] < 'A' || text[0] >= 'A' + CAMPAIGN_VARIANTS_MAX)
        exchange_refuse(x, 422, "text", "text: expected A, B, C or D, got '%s'", text);
    else
        answer_state(x, campaign_choose(x->db, x->id, (unsigned)(text[0] - 'A'), x->who, &err),
                     &err);
}

static void kick_runner(struct exchange *x)
{
    if (x->house->campaigns)
        campaign_runner_kick(x->house->campaigns);
}

/* --- results --- */

static void put_cents(json_t *item, const char *name, int64_t cents)
{
    json_object_set_new(item, name, json_integer(cents));
}

static int64_t cents_of(int64_t millicents)
{
    return (millicents + 999) / 1000;
}

static void put_outcome(json_t *item, const struct campaign_outcome *o)
{
    put_u64(item, "messages", o->messages);
    put_u64(item, "sent", o->sent);
    put_u64(item, "delivered", o->delivered);
    put_u64(item, "failed", o->failed);
    put_u64(item, "returned", o->returned);
    put_u64(item, "segments", o->segments);
    put_u64(item, "replied", o->replied);
    put_u64(item, "visited", o->visited);
    put_u64(item, "opted_out", o->opted_out);
    put_u64(item, "buyers", o->buyers);
    put_u64(item, "orders", o->orders);
    put_cents(item, "revenue_cents", o->revenue_cents);
    put_cents(item, "cost_cents", cents_of(o->cost_millicents));
    if (o->orders)
        put_cents(item, "cost_per_order_cents", cents_of(o->cost_millicents / (int64_t)o->orders));
}

static void put_hold_out(struct exchange *x, const struct campaign_results *r)
{
    const struct proportion held = { r->held_out.buyers, r->held_out.messages };
    const struct proportion sent = { r->all.buyers, r->all.messages };
    struct proportion_gap gap;
    json_t *item;

    if (!r->held_out.messages)
        return;
    item = json_object();
    put_u64(item, "customers", held.n);
    put_u64(item, "buyers", held.hits);
    put_u64(item, "orders", r->held_out.orders);
    put_cents(item, "revenue_cents", r->held_out.revenue_cents);
    json_object_set_new(item, "rate", json_real(proportion_rate(&held)));
    if (proportion_gap(&sent, &held, &gap)) {
        json_object_set_new(item, "difference", json_real(gap.difference));
        json_object_set_new(item, "low", json_real(gap.low));
        json_object_set_new(item, "high", json_real(gap.high));
        json_object_set_new(item, "could_be_chance", json_boolean(gap.chance));
    }
    json_object_set_new(x->reply, "hold_out", item);
}

static void put_winner(struct exchange *x, const struct campaign_life *life)
{
    char letter[2] = { (char)('A' + life->winner), '\0' };
    json_t *item;

    if (life->winner < 0)
        return;
    item = json_object();
    put_text(item, "text", letter);
    put_time(item, "at", life->winner_at);
    put_text(item, "by", life->winner_by);
    put_text(item, "why", life->winner_why);
    json_object_set_new(x->reply, "winner", item);
}

static void add_result(json_t *rows, const char *text, const char *channel,
                       const struct campaign_outcome *o)
{
    json_t *row = json_object();

    put_text(row, "text", text);
    put_text(row, "channel", channel);
    put_outcome(row, o);
    json_array_append_new(rows, row);
}

/* A row each: of the whole, by each channel, of each text, of the held out. What --csv writes. */
static void put_rows(struct exchange *x, const struct campaign_results *r)
{
    const enum reach reach = r->status.campaign.reach;
    const unsigned n = reach_channels(reach);
    json_t *rows = json_array();

    add_result(rows, "all", reach_name(reach), &r->all);
    for (unsigned i = 0; n > 1 && i < n; i++) {
        const enum channel c = reach_channel(reach, i);
        add_result(rows, "all", channel_name(c), &r->channels[c]);
    }
    for (unsigned v = 0; r->life.n_variants > 1 && v < r->life.n_variants; v++) {
        char letter[2] = { (char)('A' + v), '\0' };
        add_result(rows, letter, reach_name(reach), &r->variants[v]);
    }
    if (r->held_out.messages)
        add_result(rows, "not sent", "", &r->held_out);
    json_object_set_new(x->reply, "rows", rows);
}

static json_t *channels_json(const struct campaign_results *r)
{
    const enum reach reach = r->status.campaign.reach;
    json_t *all = json_object();

    for (unsigned i = 0; i < reach_channels(reach); i++) {
        const enum channel c = reach_channel(reach, i);
        json_t *item = json_object();
        put_outcome(item, &r->channels[c]);
        json_object_set_new(all, channel_name(c), item);
    }
    return all;
}

static json_t *failures_json(const struct campaign_results *r)
{
    json_t *list = json_array();

    for (unsigned i = 0; i < r->n_failures; i++) {
        json_t *item = json_object();
        put_text(item, "reason", r->failures[i].reason);
        put_u64(item, "n", r->failures[i].n);
        json_array_append_new(list, item);
    }
    return list;
}

static void get_results(struct exchange *x)
{
    struct campaign_results r;
    struct error err = { "" };
    uint64_t days;
    enum rc rc;

    if (!take_query_u64(x, 0, CAMPAIGN_ORDER_DAYS_MAX, 0, &days))
        return;
    rc = campaign_results_read(x->db, x->id, (unsigned)days, x->house->campaign_settings, &r, &err);
    if (rc) {
        exchange_failed(x, rc, "campaign", &err);
        return;
    }
    put_u64(x->reply, "id", x->id);
    put_text(x->reply, "name", r.status.campaign.name);
    put_text(x->reply, "state", campaign_state_name(r.status.campaign.state));
    put_text(x->reply, "channel", reach_name(r.status.campaign.reach));
    put_u64(x->reply, "audience", r.status.campaign.audience);
    json_object_set_new(x->reply, "excluded", exclusions_json(r.status.excluded));
    put_u64(x->reply, "waiting", r.waiting);
    put_outcome(x->reply, &r.all);
    json_object_set_new(x->reply, "by_channel", channels_json(&r));
    json_object_set_new(x->reply, "failed_because", failures_json(&r));
    put_text(x->reply, "currency", r.currency);
    put_u64(x->reply, "order_days", r.order_days);
    json_object_set_new(x->reply, "orders_open", json_boolean(r.orders_open));
    put_winner(x, &r.life);
    put_hold_out(x, &r);
    put_rows(x, &r);
}

/* --- side by side --- */

static bool compare_one(struct exchange *x, uint64_t id, unsigned days, json_t *list)
{
    struct campaign_results r;
    struct error err = { "" };
    enum rc rc = campaign_results_read(x->db, id, days, x->house->campaign_settings, &r, &err);
    json_t *item;

    if (rc) {
        exchange_failed(x, rc, "campaign", &err);
        return false;
    }
    item = json_object();
    put_u64(item, "id", id);
    put_text(item, "name", r.status.campaign.name);
    put_text(item, "channel", reach_name(r.status.campaign.reach));
    put_text(item, "state", campaign_state_name(r.status.campaign.state));
    put_time(item, "started_at", r.status.campaign.started_at);
    put_u64(item, "audience", r.status.campaign.audience);
    put_outcome(item, &r.all);
    put_text(item, "currency", r.currency);
    put_u64(item, "order_days", r.order_days);
    put_u64(item, "held_out", r.held_out.messages);
    put_u64(item, "held_out_buyers", r.held_out.buyers);
    json_array_append_new(list, item);
    return true;
}

static void compare_campaigns(struct exchange *x)
{
    json_t *list = json_array();
    uint64_t days, id, n = 0;
    bool good = take_query_u64(x, COMPARE_MAX, CAMPAIGN_ORDER_DAYS_MAX, 0, &days);

    for (size_t i = 0; good && i < COMPARE_MAX; i++) {
        if (!x->query[i])
            continue;
        good = take_query_u64(x, i, INT64_MAX, 0, &id) && compare_one(x, id, (unsigned)days, list);
        n++;
    }
    if (good && n == 0) {
        exchange_refuse(x, 422, "a", "a: expected the id of a campaign");
        good = false;
    }
    if (good)
        json_object_set(x->reply, "campaigns", list);
    json_decref(list);
}

const struct route results_routes[] = {
    { .method = "POST",
      .pattern = "/v1/campaigns/{id}/start",
      .right = RIGHT_TOKEN,
      .run = start_campaign,
      .then = kick_runner,
      .slow = true,
      .help = "Takes the audience and sends; a large one waits for approval first." },
    { .method = "POST",
      .pattern = "/v1/campaigns/{id}/approve",
      .right = RIGHT_APPROVE,
      .run = approve_campaign,
      .then = kick_runner,
      .slow = true,
      .help = "Starts a campaign that waits for approval. Not for who created it or asked." },
    { .method = "POST",
      .pattern = "/v1/campaigns/{id}/refuse",
      .right = RIGHT_APPROVE,
      .run = refuse_campaign,
      .body = BODY("why"),
      .help = "Makes a campaign that waits for approval a draft again. Body: why." },
    { .method = "POST",
      .pattern = "/v1/campaigns/{id}/winner",
      .right = RIGHT_TOKEN,
      .run = choose_winner,
      .then = kick_runner,
      .body = BODY("text"),
      .help = "The rest of the audience gets this text, whatever the test says. Body: text "
              "(A, B, C or D)." },
    { .method = "GET",
      .pattern = "/v1/campaigns/{id}/results",
      .right = RIGHT_TOKEN,
      .run = get_results,
      .slow = true,
      .query = { "days" },
      .help = "What it brought: sent, delivered, replies, opt-outs, orders within so many days, "
              "cost; by text, and against those who were held out." },
    { .method = "GET",
      .pattern = "/v1/campaigns/compare",
      .right = RIGHT_TOKEN,
      .run = compare_campaigns,
      .slow = true,
      .query = { "a", "b", "c", "d", "e", "days" },
      .help = "The results of up to five campaigns, by id, side by side." },
};
const size_t n_results_routes = sizeof(results_routes) / sizeof(results_routes[0]);
