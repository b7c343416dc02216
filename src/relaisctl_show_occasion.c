/* relaisctl_show_occasion.c - occasions for people: what runs by itself, and what it would do. */
#include <stdio.h>
#include <string.h>

#include "relaisctl.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

void show_occasions(const json_t *reply)
{
    static const struct column columns[] = {
        { "NAME", "name", 't', 24 },      { "KIND", "kind", 't', 0 },
        { "STATE", "state", 't', 0 },     { "BY", "channel", 't', 0 },
        { "DELAY", "delay", 't', 0 },     { "AT", "at", 't', 0 },
        { "CAP", "cap", 't', 0 },         { "AUDIENCE", "audience", 't', 30 },
        { "WAITING", "waiting", 'n', 0 },
    };

    show_table(json_object_get(reply, "occasions"), columns, COUNT(columns),
               "No occasion yet. Begin with: relaisctl occasion set NAME --kind KIND --text TEXT");
}

static bool is_true(const json_t *reply, const char *name)
{
    return json_is_true(json_object_get(reply, name));
}

static void show_times(const json_t *reply)
{
    const char *at = get_text(reply, "at");
    const long long expires = get_int(reply, "expires_s") / 60;

    show_line("delay", "%s%s%s", get_text(reply, "delay"), *at ? ", at " : "", at);
    if (expires % 1440 == 0)
        show_line("expires", "%lld days after it was due, at the latest", expires / 1440);
    else
        show_line("expires", "%lld minutes after it was due, at the latest", expires);
    show_line("cap", "%s", get_text(reply, "cap"));
}

static void show_texts(const json_t *reply)
{
    const char *mail = get_text(reply, "mail_template");
    const bool both = goes_by(reply, "sms") && *mail;

    if (*mail)
        show_line("subject", "%s", get_text(reply, "subject"));
    show_passage("text", get_text(reply, "text"));
    show_line("template", "%s%s%s%s", get_text(reply, "template"), both ? ", of mails " : "",
              both ? mail : "",
              !is_true(reply, "template_changed") ? ""
              : both ? " (a text was changed since: set --template, --mail-template again)"
                     : " (its text was changed since: set --template again to take it)");
}

void show_occasion(const json_t *reply)
{
    char at[20];

    printf("Occasion %s: %s%s\n", get_text(reply, "name"), get_text(reply, "state"),
           is_true(reply, "paused") ? ", its campaign is paused" : "");
    show_line("when", "%s (%s)", get_text(reply, "when"), get_text(reply, "kind"));
    if (get_int(reply, "days"))
        show_line("days", "%lld", (long long)get_int(reply, "days"));
    show_line("for", "%s",
              *get_text(reply, "audience") ? get_text(reply, "audience") : "everybody");
    show_line("by", "%s", by_words(get_text(reply, "channel")));
    show_texts(reply);
    show_line("class", "%s", get_text(reply, "class"));
    show_line("sender", "%s", get_text(reply, "sender"));
    show_times(reply);
    if (strcmp(get_text(reply, "state"), "on") == 0)
        show_line("on since", "%s (UTC)", get_time(reply, "since", at));
    else
        show_line("next", "relaisctl occasion try %s --day YYYY-MM-DD, then occasion on %s",
                  get_text(reply, "name"), get_text(reply, "name"));
    show_line("waiting", "%lld", (long long)get_int(reply, "waiting"));
}

static void show_reasons(json_t *reasons)
{
    const char *name;
    const json_t *n;

    if (json_object_size(reasons) == 0)
        return;
    puts("left out");
    json_object_foreach(reasons, name, n)
        printf("  %-24s %9lld\n", name, (long long)json_integer_value(n));
}

void show_occasion_results(const json_t *reply)
{
    static const struct column columns[] = {
        { "CAMPAIGN", "id", 'n', 0 },       { "NAME", "name", 't', 40 },
        { "STATE", "state", 't', 0 },       { "MESSAGES", "messages", 'n', 0 },
        { "SENT", "sent", 'n', 0 },         { "DELIVERED", "delivered", 'n', 0 },
        { "SEGMENTS", "segments", 'n', 0 }, { "STOP", "opted_out", 'n', 0 },
    };

    show_line("messages", "%lld", (long long)get_int(reply, "messages"));
    show_line("sent", "%lld", (long long)get_int(reply, "sent"));
    show_line("delivered", "%lld",
              (long long)get_int(json_object_get(reply, "by_state"), "delivered"));
    show_line("waiting", "%lld", (long long)get_int(reply, "waiting"));
    show_reasons(json_object_get(reply, "left_out"));
    puts("");
    show_table(json_object_get(reply, "campaigns"), columns, COUNT(columns), "No message yet.");
}

void show_rehearsal(const json_t *reply)
{
    static const struct column columns[] = {
        { "CUSTOMER", "customer_id", 'n', 0 }, { "NUMBER", "number", 't', 24 },
        { "DUE (UTC)", "due_at", 'd', 0 },     { "BY", "channel", 't', 0 },
        { "SEGMENTS", "parts", 'n', 0 },       { "LEFT OUT", "reason", 't', 24 },
        { "SUBJECT", "subject", 't', 40 },     { "TEXT", "text", 't', 80 },
    };
    const int64_t cents = get_int(reply, "cost_cents");

    printf("On %s it would have sent %lld %s. Nothing was sent now.\n", get_text(reply, "day"),
           (long long)get_int(reply, "messages"),
           plural(get_int(reply, "messages"), "message", "messages"));
    show_line("by mail", "%lld", (long long)get_int(json_object_get(reply, "by_channel"), "email"));
    show_line("segments", "%lld", (long long)get_int(reply, "segments"));
    show_line("cost", "%lld.%02lld %s", (long long)(cents / 100), (long long)(cents % 100),
              get_text(reply, "currency"));
    show_reasons(json_object_get(reply, "left_out"));
    puts("");
    show_table(json_object_get(reply, "rows"), columns, COUNT(columns), "Nobody.");
}
