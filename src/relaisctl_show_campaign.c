/* relaisctl_show_campaign.c - a campaign for people: its funnel, what it would do, who was left
 * out. */
#include <stdio.h>
#include <string.h>

#include "domain/types.h"
#include "relaisctl.h"

#define BAR_WIDTH    30
#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static const char *dash(const char *text)
{
    return *text ? text : "-";
}

static const char *money(int64_t cents, char out[32])
{
    snprintf(out, 32, "%lld.%02lld", (long long)(cents / 100), (long long)(cents % 100));
    return out;
}

void show_created(const json_t *reply)
{
    printf("Campaign %lld is a draft. Look at it with: relaisctl campaign preview %lld\n",
           (long long)get_int(reply, "id"), (long long)get_int(reply, "id"));
}

void show_state(const json_t *reply)
{
    const char *state = get_text(reply, "state");

    if (strcmp(state, "expanding") == 0)
        printf("Campaign %lld begins: its messages are made now, and sent as soon as they are.\n",
               (long long)get_int(reply, "id"));
    else
        printf("Campaign %lld is now %s.\n", (long long)get_int(reply, "id"), state);
    if (*get_text(reply, "said"))
        puts(get_text(reply, "said"));
}

/* Why nothing moves now, a sentence a line. */
static void show_waiting(const json_t *reply)
{
    const json_t *list = json_object_get(reply, "waiting"), *item;
    size_t i;

    json_array_foreach(list, i, item) printf("%s.\n", get_text(item, "said"));
}

void show_scheduled(const json_t *reply)
{
    show_state(reply);
    show_waiting(reply);
}

void show_campaigns(const json_t *reply)
{
    static const struct column columns[] = {
        { "ID", "id", 'n', 0 },
        { "NAME", "name", 't', 30 },
        { "STATE", "state", 't', 0 },
        { "CLASS", "class", 't', 0 },
        { "AUDIENCE", "audience", 'n', 0 },
        { "MESSAGES", "messages", 'n', 0 },
        { "STARTED (UTC)", "started_at", 'd', 0 },
    };

    show_table(json_object_get(reply, "campaigns"), columns, 7, "No campaign yet.");
}

void show_bar(int depth, const char *name, int64_t n, int64_t whole)
{
    int filled = whole > 0 ? (int)(n * BAR_WIDTH / whole) : 0;
    const int room = 20 - 2 * depth - width_of(name);

    printf("  %*s%s%*s %9lld  %5.1f %%  ", 2 * depth, "", name, room > 0 ? room : 0, "",
           (long long)n, whole > 0 ? 100.0 * (double)n / (double)whole : 0.0);
    for (int i = 0; i < filled; i++)
        fputs(depth ? "▒" : "█", stdout);
    puts(filled == 0 && n > 0 ? "▏" : "");
}

/* In this order: what was said of consent, the address, the person, the moment, our own choice. */
static const enum exclusion in_order[EXCLUSION_COUNT] = {
    EXCLUDED_NO_CONSENT,
    EXCLUDED_WITHDRAWN,
    EXCLUDED_OPTED_OUT,
    EXCLUDED_CONSENT_EXPIRED,
    EXCLUDED_NO_CONTACT_POINT,
    EXCLUDED_INVALID_ADDRESS,
    EXCLUDED_SUPPRESSED,
    EXCLUDED_DUPLICATE_ADDRESS,
    EXCLUDED_FREQUENCY_CAP,
    EXCLUDED_CONTACTED_RECENTLY,
    EXCLUDED_MINOR,
    EXCLUDED_DO_NOT_CONTACT,
    EXCLUDED_ERASED,
    EXCLUDED_IN_FLIGHT,
    EXCLUDED_SAME_TEXT,
    EXCLUDED_HOLD_OUT,
    EXCLUDED_TEMPLATE,
};

const char *ctl_reason(const char *reason)
{
    enum exclusion e;

    return exclusion_parse(reason, &e) ? reason : exclusion_words(e);
}

void show_excluded_bars(const json_t *reply, int64_t audience)
{
    const json_t *excluded = json_object_get(reply, "excluded");

    for (size_t i = 0; i < EXCLUSION_COUNT; i++) {
        int64_t n = get_int(excluded, exclusion_name(in_order[i]));
        if (n)
            show_bar(1, exclusion_words(in_order[i]), n, audience);
    }
}

bool goes_by(const json_t *reply, const char *channel)
{
    return strstr(get_text(reply, "channel"), channel) != NULL;
}

const char *opted_out_words(const json_t *reply)
{
    return !goes_by(reply, "email") ? "said STOP"
           : goes_by(reply, "sms")  ? "unsubscribed, STOP"
                                    : "unsubscribed";
}

static const struct level {
    const char *words, *state; /* of messages in this state ... */
    bool sent;                 /* ... those that a carrier took, or those that none did */
} waiting_and_lost[] = {
    { "waiting", "queued", false },     { "held", "held", false },
    { "on the wire", "submitting", false }, { "refused", "failed", false },
    { "out of time", "expired", false }, { "cancelled", "cancelled", false },
    { "unknown", "unknown", false },
}, sent_and_lost[] = {
    { "no receipt yet", "accepted", true },    { "still on its way", "submitting", true },
    { "partly unknown", "unknown", true },     { "being sent again", "queued", true },
    { "held", "held", true },                  { "not delivered", "failed", true },
    { "expired there", "expired", true },      { "cancelled", "cancelled", true },
}, both_sent[] = {
    { "no receipt, or mail", "accepted", true }, { "still on its way", "submitting", true },
    { "partly unknown", "unknown", true },       { "being sent again", "queued", true },
    { "held", "held", true },                    { "lost or came back", "failed", true },
    { "expired there", "expired", true },        { "cancelled", "cancelled", true },
}, mails_taken[] = { /* nothing is reported of a mail that arrived */
    { "still on its way", "submitting", true }, { "unknown", "unknown", true },
    { "being sent again", "queued", true },     { "held", "held", true },
    { "came back", "failed", true },            { "cancelled", "cancelled", true },
    { "reported as there", "delivered", true },
};

static void show_levels(const json_t *reply, const struct level *levels, size_t n, int64_t audience)
{
    const json_t *all = json_object_get(reply, "by_state");
    const json_t *sent = json_object_get(reply, "sent_by_state");

    for (size_t i = 0; i < n; i++) {
        int64_t taken = get_int(sent, levels[i].state);
        int64_t count = levels[i].sent ? taken : get_int(all, levels[i].state) - taken;
        if (count)
            show_bar(1, levels[i].words, count, audience);
    }
}

/* Who was meant, less who was left out, makes the messages; less what waits or is lost, the sent
 * ones; less what has not arrived, the delivered ones. */
/* Neither left out nor sent one of the texts yet. */
static int64_t rest_of(const json_t *reply)
{
    int64_t rest = get_int(reply, "audience") - get_int(reply, "messages");
    const json_t *n;
    const char *reason;

    json_object_foreach(json_object_get(reply, "excluded"), reason, n) rest -=
        json_integer_value(n);
    return rest;
}

/* With two channels, how many by each; of a preview's numbers, or of a campaign's messages. */
void show_by_channel(const json_t *reply, int64_t audience)
{
    const json_t *n;
    const char *channel;

    if (json_object_size(json_object_get(reply, "by_channel")) < 2)
        return;
    json_object_foreach(json_object_get(reply, "by_channel"), channel, n)
        show_bar(1, strcmp(channel, "email") == 0 ? "by mail" : "by SMS",
                 json_is_integer(n) ? json_integer_value(n) : get_int(n, "messages"), audience);
}

static void show_sent(const json_t *reply, int64_t audience)
{
    const json_t *sms = json_object_get(json_object_get(reply, "by_channel"), "sms");
    const bool both = goes_by(reply, "email");

    if (!sms) {
        show_bar(0, "taken by mail server", get_int(reply, "sent"), audience);
        show_levels(reply, mails_taken, COUNT(mails_taken), audience);
        return;
    }
    show_bar(0, "sent", get_int(reply, "sent"), audience);
    show_levels(reply, both ? both_sent : sent_and_lost,
                both ? COUNT(both_sent) : COUNT(sent_and_lost), audience);
    show_bar(0, both ? "SMS delivered" : "delivered", get_int(sms, "delivered"), audience);
}

static void show_funnel(const json_t *reply)
{
    int64_t audience = get_int(reply, "audience");

    show_bar(0, "audience", audience, audience);
    show_excluded_bars(reply, audience);
    if (strcmp(get_text(reply, "state"), "testing") == 0)
        show_bar(1, "wait for the winner", rest_of(reply), audience);
    show_bar(0, "messages", get_int(reply, "messages"), audience);
    show_by_channel(reply, audience);
    show_levels(reply, waiting_and_lost, COUNT(waiting_and_lost), audience);
    show_sent(reply, audience);
}

static void show_retry(const json_t *retry)
{
    char at[20];

    if (!retry)
        return;
    if (*get_time(retry, "finished_at", at))
        show_line("tried again", "%lld messages, %s", (long long)get_int(retry, "queued"), at);
    else
        show_line("tried again", "%lld of %lld messages so far",
                  (long long)get_int(retry, "queued"), (long long)get_int(retry, "wanted"));
}

static void show_approval(const json_t *a)
{
    const char *verdict = get_text(a, "verdict");
    char at[20], cost[32];

    if (!a)
        return;
    show_line("approval", "asked by %s at %s for %lld recipients, %s %s", get_text(a, "asked_by"),
              get_time(a, "asked_at", at), (long long)get_int(a, "recipients"),
              money(get_int(a, "cost_cents"), cost), get_text(a, "currency"));
    if (*verdict)
        show_line("", "%s by %s at %s: %s", verdict, get_text(a, "decided_by"),
                  get_time(a, "decided_at", at), get_text(a, "why"));
}

static void show_trial(const json_t *reply)
{
    const json_t *texts = json_object_get(reply, "texts"), *text;
    const json_t *subjects = json_object_get(reply, "subjects");
    char at[20], name[8];
    size_t i;

    json_array_foreach(texts, i, text)
    {
        snprintf(name, sizeof(name), "text %c", (char)('A' + i));
        if (i < json_array_size(subjects)) {
            show_line(name, "%s", json_string_value(json_array_get(subjects, i)));
            snprintf(name, sizeof(name), " ");
        }
        show_line(name, "%s", json_string_value(text));
    }
    if (get_int(reply, "hold_out_share"))
        show_line("held out", "%.2f %%", (double)get_int(reply, "hold_out_share") / 100.0);
    if (get_int(reply, "test_share"))
        show_line("test", "%.2f %%, by %s%s%s", (double)get_int(reply, "test_share") / 100.0,
                  get_text(reply, "test_by"), *get_time(reply, "test_until", at) ? ", until " : "",
                  at);
    if (*get_text(reply, "winner"))
        show_line("winner", "text %s, chosen by %s: %s", get_text(reply, "winner"),
                  get_text(reply, "winner_by"), get_text(reply, "winner_why"));
}

static void show_limits(const json_t *reply)
{
    char spent[32], budget[32];

    if (get_int(reply, "rate_per_hour"))
        show_line("at most", "%lld messages an hour", (long long)get_int(reply, "rate_per_hour"));
    if (json_is_integer(json_object_get(reply, "budget_cents")))
        show_line("budget", "%s, of which %s are given out",
                  money(get_int(reply, "budget_cents"), budget),
                  money(get_int(reply, "spent_cents"), spent));
}

const char *by_words(const char *channel)
{
    static const char *const words[][2] = {
        { "email", "mail" },
        { "sms,email", "SMS, or mail where no SMS may be sent" },
        { "email,sms", "mail, or SMS where no mail may be sent" },
    };

    for (size_t i = 0; i < COUNT(words); i++) {
        if (strcmp(words[i][0], channel) == 0)
            return words[i][1];
    }
    return channel;
}

void show_campaign(const json_t *reply)
{
    char at[20];

    printf("Campaign %lld, %s: %s%s\n", (long long)get_int(reply, "id"), get_text(reply, "name"),
           get_text(reply, "state"),
           json_is_true(json_object_get(reply, "clearing"))
               ? ", its messages are being marked as cancelled"
               : "");
    show_line("for", "%s", *get_text(reply, "rule") ? get_text(reply, "rule") : "everybody");
    show_passage("text", get_text(reply, "text"));
    if (strcmp(get_text(reply, "channel"), "sms") != 0)
        show_line("by", "%s", by_words(get_text(reply, "channel")));
    show_line("sender", "%s", get_text(reply, "sender"));
    show_line("started", "%s", dash(get_time(reply, "started_at", at)));
    show_line("finished", "%s", dash(get_time(reply, "finished_at", at)));
    show_line("rate", "%.0f messages a second",
              json_number_value(json_object_get(reply, "per_second")));
    show_limits(reply);
    show_retry(json_object_get(reply, "retry"));
    show_approval(json_object_get(reply, "approval"));
    show_trial(reply);
    puts("");
    show_waiting(reply);
    show_funnel(reply);
    if (get_int(reply, "opted_out"))
        printf("\n%lld %s since it was started.\n", (long long)get_int(reply, "opted_out"),
               !goes_by(reply, "email") ? "said STOP"
               : goes_by(reply, "sms")  ? "unsubscribed or said STOP"
                                        : "unsubscribed");
}

bool campaign_is_over(const json_t *reply)
{
    const char *state = get_text(reply, "state");

    return strcmp(state, "done") == 0 || strcmp(state, "cancelled") == 0 ||
           strcmp(state, "draft") == 0;
}

/* --- what it would do --- */

static void show_by_carrier(const json_t *reply)
{
    const json_t *list = json_object_get(reply, "by_carrier"), *item;
    int64_t whole = get_int(reply, "segments");
    char cost[32];
    size_t i;

    if (json_array_size(list))
        printf("\n  %-20s %9s  %7s  %12s\n", "BY CARRIER", "SEGMENTS", "SHARE", "COST");
    json_array_foreach(list, i, item)
    {
        int64_t segments = get_int(item, "segments");
        printf("  %-20s %9lld  %5.1f %%  %12s\n", get_text(item, "name"), (long long)segments,
               whole > 0 ? 100.0 * (double)segments / (double)whole : 0.0,
               money(get_int(item, "cost_cents"), cost));
    }
}

static void show_by_route(const json_t *reply)
{
    const json_t *list = json_object_get(reply, "by_route"), *item;
    char cost[32];
    size_t i;

    if (json_array_size(list))
        printf("\n  %-20s %9s  %9s  %12s\n", "BY ROUTE", "MESSAGES", "SEGMENTS", "COST");
    json_array_foreach(list, i, item)
    {
        printf("  %-20s %9lld  %9lld  %12s\n", get_text(item, "name"),
               (long long)get_int(item, "messages"), (long long)get_int(item, "segments"),
               json_is_true(json_object_get(item, "refused"))
                   ? "refused: no route"
                   : money(get_int(item, "cost_cents"), cost));
    }
}

/* The sum, what it is made of, and how far it can be believed. */
static void show_cost(const json_t *reply)
{
    const char *from =
        json_is_true(json_object_get(reply, "exact")) ? "" : " (reckoned from a sample)";
    char cost[32];

    if (strcmp(get_text(reply, "channel"), "email") == 0)
        return;
    show_line("segments", "%lld%s", (long long)get_int(reply, "segments"), from);
    show_line("cost", "%s %s%s", money(get_int(reply, "cost_cents"), cost),
              get_text(reply, "currency"), from);
    if (get_int(reply, "no_route"))
        show_line("beware", "%lld %s not be sent: no carrier is on the way there.",
                  (long long)get_int(reply, "no_route"),
                  plural(get_int(reply, "no_route"), "message will", "messages will"));
}

/* With several texts: what each costs if all get it. */
static void show_each_text(const json_t *reply)
{
    const json_t *item;
    char cost[32];
    size_t i;

    json_array_foreach(json_object_get(reply, "texts"), i, item)
    {
        printf("%s  text %s: %lld to %lld %s each, %lld in all, %s %s if everybody gets it%s%s\n",
               i ? "" : "\n", get_text(item, "text"), (long long)get_int(item, "parts_min"),
               (long long)get_int(item, "parts_max"),
               plural(get_int(item, "parts_max"), "segment", "segments"),
               (long long)get_int(item, "segments"), money(get_int(item, "cost_cents"), cost),
               get_text(reply, "currency"),
               *get_text(item, "ucs2_because_of") ? "; not in the SMS alphabet: " : "",
               get_text(item, "ucs2_because_of"));
        printf("      %s\n", get_text(item, "sample"));
    }
}

#define CITIES_SHOWN 10

static void show_part(const char *name, const json_t *part)
{
    int64_t audience = get_int(part, "audience"), reached = get_int(part, "recipients");

    printf("  %-20s %9lld  %9lld  %9lld\n", *name ? name : "-", (long long)audience,
           (long long)(audience - reached), (long long)reached);
}

/* Categories all, cities the largest ones; the others together. */
static void show_parts(const json_t *reply)
{
    const json_t *categories = json_object_get(reply, "by_category");
    const json_t *cities = json_object_get(reply, "by_city"), *item;
    const json_t *others = json_object_get(reply, "other_cities");
    int64_t n = get_int(others, "cities"), audience = get_int(others, "audience"),
            reached = get_int(others, "recipients");
    size_t i;

    if (json_array_size(categories))
        printf("\n  %-20s %9s  %9s  %9s\n", "BY CATEGORY", "AUDIENCE", "LEFT OUT", "GET IT");
    json_array_foreach(categories, i, item) show_part(get_text(item, "category"), item);
    if (json_array_size(cities))
        printf("\n  %-20s %9s  %9s  %9s\n", "BY CITY", "AUDIENCE", "LEFT OUT", "GET IT");
    json_array_foreach(cities, i, item)
    {
        if (i < CITIES_SHOWN) {
            show_part(get_text(item, "city"), item);
        } else {
            n++;
            audience += get_int(item, "audience");
            reached += get_int(item, "recipients");
        }
    }
    if (n) {
        char name[32];
        snprintf(name, sizeof(name), "%lld others", (long long)n);
        printf("  %-20s %9lld  %9lld  %9lld\n", name, (long long)audience,
               (long long)(audience - reached), (long long)reached);
    }
}

static void show_letter(const json_t *item)
{
    printf("\ncustomer %lld, mail: %s\n", (long long)get_int(item, "customer_id"),
           get_text(item, "subject"));
    show_lines("    ", "    ", get_text(item, "text"));
}

void show_preview(const json_t *reply)
{
    const json_t *samples = json_object_get(reply, "samples"), *item;
    const json_t *added = json_object_get(reply, "added");
    int64_t audience = get_int(reply, "audience"), refused = get_int(reply, "no_route");
    size_t i;

    show_bar(0, "audience", audience, audience);
    show_excluded_bars(reply, audience);
    if (refused)
        show_bar(1, "no route", refused, audience);
    show_bar(0, "will get it", get_int(reply, "recipients") - refused, audience);
    show_by_channel(reply, audience);
    puts("");
    show_cost(reply);
    if (*get_text(reply, "ucs2_because_of")) {
        char plain[32];
        show_line("beware",
                  "'%s' is not in the SMS alphabet: texts with it hold 70 characters and "
                  "not 160. --transliterate writes it otherwise.",
                  get_text(reply, "ucs2_because_of"));
        show_line(
            "then", "%lld segments, %s %s", (long long)get_int(reply, "transliterated_segments"),
            money(get_int(reply, "transliterated_cost_cents"), plain), get_text(reply, "currency"));
    }
    json_array_foreach(added, i, item) show_line("added", "\"%s\"", json_string_value(item));
    show_by_carrier(reply);
    show_by_route(reply);
    show_parts(reply);
    show_each_text(reply);
    json_array_foreach(samples, i, item)
    {
        if (strcmp(get_text(item, "channel"), "email") == 0)
            show_letter(item);
        else
            printf("\ncustomer %lld, %lld %s, %s\n    %s\n",
                   (long long)get_int(item, "customer_id"), (long long)get_int(item, "parts"),
                   plural(get_int(item, "parts"), "segment", "segments"),
                   get_text(item, "encoding"), get_text(item, "text"));
    }
}

void show_excluded(const json_t *reply)
{
    const json_t *list = json_object_get(reply, "customers"), *item;
    size_t i;

    json_array_foreach(list, i, item) printf("%lld\n", (long long)json_integer_value(item));
    if (json_array_size(list) == 0)
        puts("Nobody.");
    else /* not among the ids, which programs read */
        fputs(
            "Their names and addresses: relaisctl campaign recipients CAMPAIGN --state excluded\n",
            stderr);
}
