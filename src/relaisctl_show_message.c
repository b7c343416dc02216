/* relaisctl_show_message.c - a message for people: its life from where it came to what comes next.
 */
#include <stdio.h>
#include <string.h>

#include "domain/message_words.h"
#include "relaisctl.h"

static bool is_mail(const json_t *m)
{
    return strcmp(get_text(m, "channel"), "email") == 0;
}

void show_queued(const json_t *reply)
{
    if (is_mail(reply))
        printf("Mail %lld is queued. What becomes of it: relaisctl message show %lld\n",
               (long long)get_int(reply, "id"), (long long)get_int(reply, "id"));
    else
        printf("Message %lld is queued: %lld %s, %s.\n", (long long)get_int(reply, "id"),
               (long long)get_int(reply, "parts"),
               plural(get_int(reply, "parts"), "segment", "segments"), get_text(reply, "encoding"));
}

void show_said(const json_t *reply)
{
    puts(get_text(reply, "said"));
}

void show_messages(const json_t *reply)
{
    static const struct column columns[] = {
        { "ID", "id", 'n', 0 },           { "QUEUED (UTC)", "created_at", 'd', 0 },
        { "CLASS", "class", 't', 0 },     { "STATE", "state", 't', 0 },
        { "BECAUSE", "reason", 'r', 40 }, { "CAMPAIGN", "campaign_id", 'n', 0 },
        { "TEXT", "text", 't', 40 },
    };

    show_table(json_object_get(reply, "messages"), columns, 7, "None was sent to it.");
}

static void show_origin(const json_t *m)
{
    const char *origin = get_text(m, "origin");
    char at[20];

    if (strcmp(origin, "campaign") == 0)
        show_line("made by", "campaign %lld, %s", (long long)get_int(m, "campaign_id"),
                  get_text(m, "campaign"));
    else if (strcmp(origin, "answer") == 0)
        show_line("made by", "an answer to what %s sent at %s",
                  is_mail(m) ? "that address" : "that number", get_time(m, "answers_at", at));
    else
        show_line("made by", "a call of the API, or relaisctl message send");
}

static void show_right(const json_t *m)
{
    const json_t *c = json_object_get(m, "consent");
    char at[20];

    if (c) {
        show_line("allowed by", "consent event %lld: %s at %s, by %s %s",
                  (long long)get_int(m, "consent_event_id"), get_text(c, "state"),
                  get_time(c, "at", at), get_text(c, "source"), get_text(c, "source_ref"));
        show_line("", "\"%s\"", get_text(c, "wording"));
    } else {
        show_line("allowed by", "%s",
                  *get_text(m, "legal_basis") ? get_text(m, "legal_basis") : "-");
    }
}

static void show_events(const json_t *m)
{
    const json_t *item;
    char at[20];
    size_t i;

    printf("\n%s  queued\n", get_time(m, "created_at", at));
    json_array_foreach(json_object_get(m, "events"), i, item)
        printf("%s  %s\n", get_time(item, "at", at), get_text(item, "words"));
    json_array_foreach(json_object_get(m, "replies"), i, item)
        printf("%s  %s wrote: %s\n", get_time(item, "at", at),
               is_mail(m) ? "the customer" : "that number", get_text(item, "text"));
}

static void show_orders(const json_t *m)
{
    const json_t *item;
    char at[20];
    size_t i;

    json_array_foreach(json_object_get(m, "orders"), i, item)
        show_line(i ? "" : "orders", "%s by %s at %s", get_text(item, "verb"),
                  get_text(item, "who"), get_time(item, "at", at));
}

void show_message(const json_t *m)
{
    char at[20];

    const char *reason = get_text(m, "reason");
    const bool mail = is_mail(m);

    printf("%s %lld to %s: %s%s%s\n", mail ? "Mail" : "Message", (long long)get_int(m, "id"),
           get_text(m, "to"), get_text(m, "state"), *reason ? ", because " : "",
           message_reason_words(reason, mail));
    show_line("next", "%s", get_text(m, "next"));
    if (mail)
        show_line("subject", "%s", get_text(m, "subject"));
    show_passage("text", get_text(m, "text"));
    show_line("from", "%s", get_text(m, "sender"));
    if (mail)
        show_line("class", "%s", get_text(m, "class"));
    else
        show_line("class", "%s, %lld %s, %s", get_text(m, "class"), (long long)get_int(m, "parts"),
                  plural(get_int(m, "parts"), "segment", "segments"), get_text(m, "encoding"));
    show_origin(m);
    show_right(m);
    show_line("until", "%s, %lld %s so far", get_time(m, "expires_at", at),
              (long long)get_int(m, "attempts"),
              plural(get_int(m, "attempts"), "attempt", "attempts"));
    show_orders(m);
    show_events(m);
}
