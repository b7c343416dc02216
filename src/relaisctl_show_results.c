/* relaisctl_show_results.c - what a campaign brought, for a person: a funnel on one screen. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "domain/message_words.h"
#include "relaisctl.h"

static const char *money(int64_t cents, char out[32])
{
    snprintf(out, 32, "%s%lld.%02lld", cents < 0 ? "-" : "", (long long)(llabs(cents) / 100),
             (long long)(llabs(cents) % 100));
    return out;
}

static double number(const json_t *object, const char *name)
{
    return json_number_value(json_object_get(object, name));
}

static void show_failures(const json_t *reply, int64_t audience)
{
    const json_t *item;
    size_t i;

    json_array_foreach(json_object_get(reply, "failed_because"), i, item)
        show_bar(1,
                 *get_text(item, "reason") ? message_reason_words(get_text(item, "reason"), false)
                                           : "no reason given",
                 get_int(item, "n"), audience);
}

static void show_money(const json_t *reply)
{
    const char *currency = get_text(reply, "currency");
    char cost[32], per_order[32], revenue[32];

    printf("\n");
    if (goes_by(reply, "sms"))
        show_line("cost", "%s %s for %lld segments", money(get_int(reply, "cost_cents"), cost),
                  currency, (long long)get_int(reply, "segments"));
    show_line("orders", "%lld of %lld customers within %lld days, %s %s to collect",
              (long long)get_int(reply, "orders"), (long long)get_int(reply, "buyers"),
              (long long)get_int(reply, "order_days"),
              money(get_int(reply, "revenue_cents"), revenue), currency);
    if (get_int(reply, "orders"))
        show_line("an order", "cost %s %s",
                  money(get_int(reply, "cost_per_order_cents"), per_order), currency);
    if (json_is_true(json_object_get(reply, "orders_open")))
        show_line("", "The %lld days are not over for all of them.",
                  (long long)get_int(reply, "order_days"));
}

/* Against those who were not sent it. */
static void show_effect(const json_t *reply)
{
    const json_t *held = json_object_get(reply, "hold_out");
    double difference = number(held, "difference"), messages = (double)get_int(reply, "messages");

    if (!held)
        return;
    show_line("not sent", "%lld customers were held out: %lld of them ordered (%.2f %%)",
              (long long)get_int(held, "customers"), (long long)get_int(held, "buyers"),
              100.0 * number(held, "rate"));
    if (!json_object_get(held, "difference"))
        return;
    show_line("so it brought", "%+.2f points (95 %% sure: %+.2f to %+.2f), about %.0f customers",
              100.0 * difference, 100.0 * number(held, "low"), 100.0 * number(held, "high"),
              difference * messages);
    show_line("", "%s",
              json_is_true(json_object_get(held, "could_be_chance"))
                  ? "It could be chance: the difference may as well be none."
                  : "That is more than chance.");
}

static void show_texts(const json_t *reply)
{
    static const struct column columns[] = {
        { "TEXT", "text", 't', 0 },           { "BY", "channel", 't', 0 },
        { "MESSAGES", "messages", 'n', 0 },   { "SENT", "sent", 'n', 0 },
        { "DELIVERED", "delivered", 'n', 0 }, { "CAME BACK", "returned", 'n', 0 },
        { "REPLIED", "replied", 'n', 0 },     { "VISITED", "visited", 'n', 0 },
        { "STOP", "opted_out", 'n', 0 },      { "BUYERS", "buyers", 'n', 0 },
        { "ORDERS", "orders", 'n', 0 },       { "COST, CENTS", "cost_cents", 'n', 0 },
    };
    const json_t *rows = json_object_get(reply, "rows"), *winner = json_object_get(reply, "winner");

    if (json_array_size(rows) > 2 || winner) {
        puts("");
        show_table(rows, columns, sizeof(columns) / sizeof(columns[0]), "");
    }
    if (winner)
        printf("\nText %s won, chosen by %s: %s.\n", get_text(winner, "text"),
               get_text(winner, "by"), get_text(winner, "why"));
}

/* Of an SMS its receipt says that it arrived; of a mail only what came back is known. */
static void show_arrived(const json_t *reply, int64_t audience)
{
    const json_t *by = json_object_get(reply, "by_channel");
    const bool both = goes_by(reply, "sms") && goes_by(reply, "email");
    const json_t *sms = json_object_get(by, "sms"), *mail = json_object_get(by, "email");

    show_bar(0, both || sms ? "sent" : "taken by mail server", get_int(reply, "sent"), audience);
    if (mail)
        show_bar(1, both ? "mails came back" : "came back", get_int(mail, "returned"), audience);
    if (sms)
        show_bar(0, both ? "SMS delivered" : "delivered", get_int(sms, "delivered"), audience);
}

void show_results(const json_t *reply)
{
    int64_t audience = get_int(reply, "audience");

    printf("Campaign %lld, %s: %s\n\n", (long long)get_int(reply, "id"), get_text(reply, "name"),
           get_text(reply, "state"));
    show_bar(0, "audience", audience, audience);
    show_excluded_bars(reply, audience);
    if (get_int(reply, "waiting"))
        show_bar(1, "wait for a winner", get_int(reply, "waiting"), audience);
    show_bar(0, "messages", get_int(reply, "messages"), audience);
    show_by_channel(reply, audience);
    show_failures(reply, audience);
    show_arrived(reply, audience);
    show_bar(1, "replied", get_int(reply, "replied"), audience);
    show_bar(1, "visited links", get_int(reply, "visited"), audience);
    show_bar(1, opted_out_words(reply), get_int(reply, "opted_out"), audience);
    show_bar(0, "ordered", get_int(reply, "buyers"), audience);
    show_money(reply);
    show_effect(reply);
    show_texts(reply);
}

/* --- side by side: a column for each campaign --- */

static const struct comparison {
    const char *words, *field, *of; /* of: a share of this, NULL: the number alone */
    bool money;
} comparisons[] = {
    { "audience", "audience", NULL, false },
    { "messages", "messages", "audience", false },
    { "sent", "sent", "audience", false },
    { "delivered", "delivered", "sent", false },
    { "replied", "replied", "sent", false },
    { "visited links", "visited", "sent", false },
    { "came back", "returned", "sent", false },
    { "unsubscribed", "opted_out", "sent", false },
    { "ordered", "buyers", "messages", false },
    { "orders", "orders", NULL, false },
    { "held out", "held_out", NULL, false },
    { "of them ordered", "held_out_buyers", "held_out", false },
    { "to collect", "revenue_cents", NULL, true },
    { "cost", "cost_cents", NULL, true },
    { "cost an order", "cost_per_order_cents", NULL, true },
};

/* Whether a mail arrived, nobody reports. */
static bool is_unknown(const json_t *item, const struct comparison *c)
{
    return (strcmp(c->field, "cost_per_order_cents") == 0 && !get_int(item, "orders")) ||
           (strcmp(c->field, "delivered") == 0 && !goes_by(item, "sms"));
}

static void show_cell(const json_t *item, const struct comparison *c)
{
    int64_t n = get_int(item, c->field), of = c->of ? get_int(item, c->of) : 0;
    char text[60], amount[32];

    if (is_unknown(item, c))
        snprintf(text, sizeof(text), "-");
    else if (c->money)
        snprintf(text, sizeof(text), "%s %s", money(n, amount), get_text(item, "currency"));
    else if (of > 0)
        snprintf(text, sizeof(text), "%lld (%.2f %%)", (long long)n,
                 100.0 * (double)n / (double)of);
    else
        snprintf(text, sizeof(text), "%lld", (long long)n);
    printf("  %22s", text);
}

void show_comparison(const json_t *reply)
{
    const json_t *list = json_object_get(reply, "campaigns"), *item;
    size_t i;

    printf("%-16s", "");
    json_array_foreach(list, i, item) printf("  %22.22s", get_text(item, "name"));
    puts("");
    for (size_t k = 0; k < sizeof(comparisons) / sizeof(comparisons[0]); k++) {
        printf("%-16s", comparisons[k].words);
        json_array_foreach(list, i, item) show_cell(item, &comparisons[k]);
        puts("");
    }
}
