/* relaisctl_show_plan.c - contact plans for people. */
#include <stdio.h>
#include <string.h>

#include "domain/local_time.h"
#include "relaisctl.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

void show_plans(const json_t *reply)
{
    static const struct column columns[] = {
        { "NAME", "name", 't', 24 },      { "STATE", "state", 't', 0 },
        { "VERSION", "version", 'n', 0 }, { "BEGINS", "enrol", 't', 0 },
        { "ACTIVE", "active", 'n', 0 },   { "PAUSED", "paused", 'n', 0 },
        { "DONE", "done", 'n', 0 },       { "STOPPED", "stopped", 'n', 0 },
    };

    show_table(json_object_get(reply, "plans"), columns, COUNT(columns),
               "No plan yet. Begin with: relaisctl plan set NAME FILE");
}

static void show_step(const json_t *s)
{
    const json_t *after = json_object_get(s, "after_days");
    const char *at = get_text(s, "at"), *kind = get_text(s, "kind");
    const char *what = strcmp(kind, "call") == 0  ? get_text(s, "title")
                       : *get_text(s, "template") ? get_text(s, "template")
                                                  : get_text(s, "text");
    const char *mail = get_text(s, "mail_template");
    char when[80];

    if (after)
        snprintf(when, sizeof(when), "after %lld days", (long long)get_int(s, "after_days"));
    else
        snprintf(when, sizeof(when), "day %lld", (long long)get_int(s, "day"));
    printf("%3lld  %s%s%s: %s %s%s%s\n", (long long)get_int(s, "step"), when, *at ? " at " : "", at,
           kind, what, *mail && *what ? ", mail " : "", mail);
    if (*get_text(s, "when"))
        printf("     when %s\n", get_text(s, "when"));
    if (*get_text(s, "when_outcome"))
        printf("     when outcome %s\n", get_text(s, "when_outcome"));
    printf("     messages %lld (left out %lld), tasks %lld, skipped %lld; %lld wait for it\n",
           (long long)get_int(s, "messages"), (long long)get_int(s, "left_out"),
           (long long)get_int(s, "tasks"), (long long)get_int(s, "skipped"),
           (long long)get_int(s, "waiting"));
}

static void show_walks(const json_t *list)
{
    static const struct column columns[] = {
        { "WALK", "id", 'n', 0 },
        { "WHAT", "what", 't', 0 },
        { "AUDIENCE", "audience", 't', 40 },
        { "STATE", "state", 't', 0 },
        { "%", "percent", 'n', 0 },
        { "FOUND", "found", 'n', 0 },
        { "CHANGED", "changed", 'n', 0 },
        { "BY", "by", 't', 24 },
        { "WHY", "why", 't', 60 },
    };

    if (json_array_size(list) == 0)
        return;
    puts("");
    show_table(list, columns, COUNT(columns), "");
}

void show_plan(const json_t *reply)
{
    const json_t *item;
    size_t i;

    printf("Plan %s, version %lld: %s\n", get_text(reply, "name"),
           (long long)get_int(reply, "version"), get_text(reply, "state"));
    show_line("begins", "%s%s%s", get_text(reply, "enrol"), *get_text(reply, "for") ? ", for " : "",
              get_text(reply, "for"));
    show_line("customers", "%lld active, %lld paused, %lld done, %lld stopped",
              (long long)get_int(reply, "active"), (long long)get_int(reply, "paused"),
              (long long)get_int(reply, "done"), (long long)get_int(reply, "stopped"));
    if (*get_text(reply, "why"))
        show_line("why off", "%s", get_text(reply, "why"));
    if (strcmp(get_text(reply, "enrol"), "by_hand") != 0 && get_int(reply, "most_a_day"))
        show_line("at most", "%lld begin by themselves in a day; if more would, it is switched off",
                  (long long)get_int(reply, "most_a_day"));
    if (strcmp(get_text(reply, "state"), "off") == 0)
        show_line("next", "relaisctl plan on %s", get_text(reply, "name"));
    puts("");
    json_array_foreach(json_object_get(reply, "steps"), i, item)
    {
        show_step(item);
    }
    show_walks(json_object_get(reply, "walks"));
    printf("\n%s\n", get_text(reply, "text"));
}

void show_plan_begun(const json_t *reply)
{
    const json_t *walk = json_object_get(reply, "walk_id");

    if (walk)
        printf("They begin %s; plan show %s says how far that is.\n", get_text(reply, "plan"),
               get_text(reply, "plan"));
    else
        printf("Customer %lld begins %s.\n", (long long)get_int(reply, "customer_id"),
               get_text(reply, "plan"));
}

void show_plan_state(const json_t *reply)
{
    printf("%s: %s\n", get_text(reply, "plan"), get_text(reply, "state"));
}

void show_customer_plans(const json_t *reply)
{
    static const struct column columns[] = {
        { "STEP", "step", 'n', 0 },    { "WHAT", "what", 't', 0 },
        { "AT", "at", 'd', 0 },        { "MESSAGE", "message", 't', 0 },
        { "TASK", "task_id", 'n', 0 }, { "REASON", "reason", 't', 24 },
        { "BY", "by", 't', 24 },
    };
    const json_t *list = json_object_get(reply, "plans"), *item;
    struct local_zone *zone = house_zone(reply);
    char next[20];
    size_t i;

    if (json_array_size(list) == 0)
        puts("In no plan.");
    json_array_foreach(list, i, item)
    {
        const char *at = get_local(item, "next_at", zone, next);

        printf("%s%s, version %lld: %s %s\n", i ? "\n" : "", get_text(item, "plan"),
               (long long)get_int(item, "version"), get_text(item, "state"), get_text(item, "why"));
        if (strcmp(get_text(item, "state"), "active") == 0)
            show_line("next", "step %lld, %.26s", (long long)get_int(item, "next_step"),
                      *at ? at : "once its call has a result");
        show_house_table(reply, json_object_get(item, "steps"), columns, COUNT(columns),
                         "No step yet.");
    }
    local_zone_close(zone);
}
