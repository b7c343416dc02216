/* relaisctl_show_audience.c - rules, what they mean, and why somebody is in or out, for a person.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "relaisctl.h"

#define CARET_WIDTH 76 /* characters of a rule's line above the caret */

void show_audiences(const json_t *reply)
{
    static const struct column columns[] = {
        { "NAME", "name", 't', 30 },
        { "RULE", "rule", 't', 80 },
        { "BY", "who", 't', 20 },
        { "CHANGED (UTC)", "updated_at", 'd', 0 },
    };

    show_table(json_object_get(reply, "audiences"), columns, 4, "No audience has a name yet.");
}

void show_audience(const json_t *reply)
{
    char at[20];

    show_line("name", "%s", get_text(reply, "name"));
    show_line("rule", "%s", get_text(reply, "rule"));
    show_line("in words", "%s", get_text(reply, "words"));
    show_line("changed", "%s by %s", get_time(reply, "updated_at", at), get_text(reply, "who"));
}

void show_audience_set(const json_t *reply)
{
    if (*get_text(reply, "deleted"))
        printf("The audience \"%s\" is deleted.\n", get_text(reply, "deleted"));
    else
        printf("The audience \"%s\" has this rule now.\n", get_text(reply, "name"));
}

/* --- a rule, or its fault --- */

/* Where the nth character (from 0) begins. */
static const char *character_at(const char *text, size_t n)
{
    while (*text && n) {
        text++;
        if (((unsigned char)*text & 0xc0) != 0x80)
            n--;
    }
    return text;
}

/* The piece of the rule around its fault, and a caret below that. */
static void show_caret(const char *rule, size_t character)
{
    const size_t before = character - 1;
    const size_t skipped = before > CARET_WIDTH / 2 ? before - CARET_WIDTH / 2 : 0;
    const char *from = character_at(rule, skipped);
    const char *end = character_at(from, CARET_WIDTH);

    fputs(skipped ? "  ... " : "  ", stdout);
    for (; from < end; from++)
        putchar((unsigned char)*from < 0x20 ? ' ' : *from);
    printf("%s\n%*s^\n", *end ? " ..." : "", (int)(before - skipped) + (skipped ? 6 : 2), "");
}

bool check_is_bad(const json_t *reply)
{
    return !json_is_true(json_object_get(reply, "valid"));
}

void show_check(const json_t *reply)
{
    char *json;

    if (check_is_bad(reply)) {
        if (get_int(reply, "character") > 0)
            show_caret(get_text(reply, "given"), (size_t)get_int(reply, "character"));
        puts(get_text(reply, "fault"));
        return;
    }
    json = json_dumps(json_object_get(reply, "json"), JSON_COMPACT);
    show_line("in words", "%s", get_text(reply, "words"));
    show_line("rule", "%s", get_text(reply, "rule"));
    show_line("json", "%s", json ? json : "");
    free(json);
}

void show_audience_count(const json_t *reply)
{
    const int64_t customers = get_int(reply, "customers"), reachable = get_int(reply, "reachable");

    printf("%lld %s; %lld of them may be sent a promotional SMS.\n", (long long)customers,
           plural(customers, "customer", "customers"), (long long)reachable);
}

/* --- why --- */

static void show_part(const json_t *part, int indent)
{
    const json_t *parts = json_object_get(part, "parts"), *item;
    const char *kind = get_text(part, "kind");
    const bool test = strcmp(kind, "test") == 0;
    size_t i;

    printf("  %-4s%*s", json_is_true(json_object_get(part, "holds")) ? "yes" : "NO", indent, "");
    if (test)
        fputs(get_text(part, "rule"), stdout);
    else
        fputs(strcmp(kind, "and") == 0  ? "all of:"
              : strcmp(kind, "or") == 0 ? "at least one of:"
                                        : "not:",
              stdout);
    if (*get_text(part, "value"))
        printf("   (here: %s)", get_text(part, "value"));
    puts("");
    json_array_foreach(parts, i, item) show_part(item, indent + 4);
}

static void show_outcome(const json_t *reply)
{
    const char *outcome = get_text(reply, "outcome");

    if (!*get_text(reply, "campaign"))
        return;
    if (strcmp(outcome, "recipient") == 0)
        printf("The campaign \"%s\" made a message for this customer.\n",
               get_text(reply, "campaign"));
    else if (*outcome)
        printf("The campaign \"%s\" left this customer out: %s.\n", get_text(reply, "campaign"),
               ctl_reason(outcome));
    else
        printf("The campaign \"%s\" has not come to this customer, or did not find it.\n",
               get_text(reply, "campaign"));
}

void show_why(const json_t *reply)
{
    printf("Customer %lld is %s the audience as things are now.\n",
           (long long)get_int(reply, "customer_id"),
           json_is_true(json_object_get(reply, "in")) ? "in" : "NOT in");
    if (json_is_object(json_object_get(reply, "why")))
        show_part(json_object_get(reply, "why"), 0);
    else
        puts("  yes all customers");
    if (*get_text(reply, "left_out"))
        printf("As things are now no promotion would be sent to this customer: %s.\n",
               ctl_reason(get_text(reply, "left_out")));
    show_outcome(reply);
}
