/* relaisctl_show_text.c - what customers wrote, and what a text of ours costs, for a person. */
#include <stdio.h>
#include <string.h>

#include "relaisctl.h"

/* --- inbound messages --- */

static void show_inbound_one(const json_t *m)
{
    char at[20];

    printf("%s UTC  %s to %s", get_time(m, "at", at), get_text(m, "from"), get_text(m, "to"));
    if (*get_text(m, "keyword"))
        printf("  [%s]", get_text(m, "keyword"));
    if (json_is_true(json_object_get(m, "incomplete")))
        fputs("  [incomplete]", stdout);
    if (json_is_true(json_object_get(m, "automatic")))
        fputs("  (automatic)", stdout);
    puts("");
    if (*get_text(m, "subject"))
        printf("    Subject: %s\n", get_text(m, "subject"));
    printf("    %s\n", get_text(m, "text"));
    if (get_int(m, "attachments"))
        printf("    %lld %s: relaisctl mail in show %lld\n", (long long)get_int(m, "attachments"),
               plural(get_int(m, "attachments"), "attachment", "attachments"),
               (long long)get_int(m, "id"));
    if (get_int(m, "answers_message_id"))
        printf("    replies to message %lld\n", (long long)get_int(m, "answers_message_id"));
    if (*get_text(m, "answer"))
        printf("    answered: %s\n", get_text(m, "answer"));
    printf("    id %lld", (long long)get_int(m, "id"));
    if (get_int(m, "customer_id"))
        printf(", customer %lld", (long long)get_int(m, "customer_id"));
    if (get_int(m, "parts") > 1)
        printf(", %lld parts", (long long)get_int(m, "parts"));
    puts("");
}

void show_inbound(const json_t *reply)
{
    const json_t *list = json_object_get(reply, "inbound"), *item;
    size_t i;

    json_array_foreach(list, i, item)
    {
        if (i)
            puts("");
        show_inbound_one(item);
    }
    if (json_array_size(list) == 0)
        puts("No message.");
}

/* --- a text before it is sent --- */

/* Line breaks would break the picture. */
static void print_flat(const char *text)
{
    for (; *text; text++)
        putchar((unsigned char)*text < 0x20 ? ' ' : *text);
}

static const char *money(int64_t millicents, char out[32])
{
    snprintf(out, 32, "%lld.%05lld", (long long)(millicents / 100000),
             (long long)(millicents % 100000));
    return out;
}

/* By each carrier to the example, those of its route first, and by the route. */
static void show_costs(const json_t *text)
{
    const json_t *list = json_object_get(text, "by_carrier"), *item;
    const json_t *expected = json_object_get(text, "expected_millicents");
    char cost[32];
    size_t i;

    for (int on_route = 1; on_route >= 0; on_route--) {
        json_array_foreach(list, i, item)
        {
            if (json_is_true(json_object_get(item, "on_route")) == on_route)
                printf("  %s by %s%s\n", money(get_int(item, "cost_millicents"), cost),
                       get_text(item, "name"), on_route ? "" : ", which is not on the route");
        }
    }
    if (json_is_integer(expected))
        printf("  %s by its route, to be expected\n", money(json_integer_value(expected), cost));
}

static void show_alternative(const char *title, const json_t *text, const char *currency)
{
    const json_t *split = json_object_get(text, "split"), *part;
    int64_t parts = get_int(text, "parts");
    char cost[32];
    size_t i;

    printf("%s: %lld %s, %s, %lld of %lld units, %s %s to each recipient%s\n", title,
           (long long)parts, plural(parts, "part", "parts"), get_text(text, "encoding"),
           (long long)get_int(text, "units"), (long long)get_int(text, "room"),
           money(get_int(text, "cost_millicents"), cost), currency,
           json_is_true(json_object_get(text, "sendable")) ? "" : ": TOO LONG TO BE SENT");
    json_array_foreach(split, i, part)
    {
        printf("  %2zu |", i + 1);
        print_flat(json_string_value(part));
        puts("|");
    }
    show_costs(text);
}

static void show_forcing(const json_t *text)
{
    static const struct column columns[] = {
        { "CHARACTER", "character", 't', 0 },
        { "CODE", "code", 't', 0 },
        { "FIRST AT", "at", 'n', 0 },
        { "TIMES", "times", 'n', 0 },
    };
    const json_t *list = json_object_get(text, "forced_by");

    if (json_array_size(list) == 0)
        return;
    puts("\nNot in the SMS alphabet, so that a part holds 67 characters and not 153:");
    show_table(list, columns, 4, "");
}

void show_text(const json_t *reply)
{
    const json_t *before = json_object_get(reply, "as_it_is");
    const json_t *after = json_object_get(reply, "transliterated");
    const json_t *route = json_object_get(reply, "route"), *added;
    const char *currency = get_text(reply, "currency");

    size_t i;

    json_array_foreach(json_object_get(reply, "added"), i, added)
        printf("added, because every promotion must say it: \"%s\"\n", json_string_value(added));
    show_alternative("as it is", before, currency);
    show_forcing(before);
    if (json_is_object(after)) {
        puts("");
        show_alternative("transliterated", after, currency);
        show_forcing(after);
    }
    printf("\nCarriers and route (%s) are those to %s%s.\n", get_text(route, "name"),
           get_text(reply, "to"),
           json_is_true(json_object_get(route, "refused"))
               ? ": none of them is on that route, so the message would be refused"
               : "");
    if (!json_is_true(json_object_get(reply, "can_be_answered")))
        printf("\nNobody can answer %s: a promotion must say where to write STOP to.\n",
               get_text(reply, "sender"));
}
