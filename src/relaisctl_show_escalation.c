/* relaisctl_show_escalation.c - policies of reminders, and matters, for people. */
#include <stdio.h>
#include <string.h>

#include "domain/local_time.h"
#include "relaisctl.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

void show_escalations(const json_t *reply)
{
    const json_t *list = json_object_get(reply, "policies"), *item;
    size_t i;

    if (!json_array_size(list))
        puts(
            "No policy yet. Begin with: relaisctl escalation set NAME --steps \"after 60m employee "
            "by sms; after 2h manager by sms\"");
    json_array_foreach(list, i, item)
    {
        show_passage(get_text(item, "name"), get_text(item, "steps"));
    }
}

void show_escalation(const json_t *reply)
{
    printf("Policy %s, version %lld\n", get_text(reply, "name"),
           (long long)get_int(reply, "version"));
    show_passage("steps", get_text(reply, "steps"));
    show_line("next", "relaisctl escalation try %s --staff LOGIN; team set CODE --policy %s",
              get_text(reply, "name"), get_text(reply, "name"));
}

/* A table with one column of times, shown by the clock of the house, and which clock that is. */
static void show_by_house_clock(const json_t *reply, const char *list, const char *time,
                                const struct column *columns, size_t n, const char *none)
{
    struct local_zone *zone = house_zone(reply);
    json_t *rows = local_rows(reply, list, time, zone, NULL);

    show_table(rows, columns, n, none);
    if (json_array_size(rows))
        printf("\nTimes are those of the clock in %s.\n", house_zone_name(reply, zone));
    json_decref(rows);
    local_zone_close(zone);
}

void show_escalation_try(const json_t *reply)
{
    static const struct column columns[] = {
        { "STEP", "step", 'n', 0 }, { "AGAIN", "round", 'n', 0 },    { "AT", "at", 't', 0 },
        { "WHO", "whom", 't', 24 }, { "AS WRITTEN", "to", 't', 60 },
    };

    show_by_house_clock(reply, "steps", "at", columns, COUNT(columns), "Nothing would happen.");
}

void show_matters(const json_t *reply)
{
    static const struct column columns[] = {
        { "NUMBER", "number", 't', 0 }, { "STATE", "state", 't', 0 },
        { "ABOUT", "about", 't', 40 },  { "WHOSE", "staff", 't', 24 },
        { "NEXT", "next_at", 't', 0 },  { "ACKNOWLEDGED BY", "acknowledged_by", 't', 24 },
    };

    show_by_house_clock(reply, "matters", "next_at", columns, COUNT(columns), "");
}

void show_matter(const json_t *reply)
{
    static const struct column columns[] = {
        { "AT", "at", 't', 0 },     { "WHAT", "what", 't', 0 },      { "WHO", "who", 't', 24 },
        { "STEP", "step", 'n', 0 }, { "DETAIL", "detail", 't', 60 },
    };

    struct local_zone *zone = house_zone(reply);
    char at[20];

    printf("%s: %s\n", get_text(reply, "number"), get_text(reply, "about"));
    show_line("state", "%s%s%s", get_text(reply, "state"), *get_text(reply, "why") ? ": " : "",
              get_text(reply, "why"));
    if (*get_text(reply, "staff"))
        show_line("whose", "%s", get_text(reply, "staff"));
    show_line("policy", "%s", get_text(reply, "policy"));
    if (*get_text(reply, "acknowledged_by"))
        show_line("acknowledged", "by %s", get_text(reply, "acknowledged_by"));
    if (*get_text(reply, "next_at"))
        show_line("next look", "%.16s", get_local(reply, "next_at", zone, at));
    local_zone_close(zone);
    show_by_house_clock(reply, "history", "at", columns, COUNT(columns),
                        "Nothing has happened yet.");
}
