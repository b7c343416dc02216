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

void show_escalation_try(const json_t *reply)
{
    static const struct column columns[] = {
        { "STEP", "step", 'n', 0 }, { "AGAIN", "round", 'n', 0 },    { "AT", "at", 'd', 0 },
        { "WHO", "whom", 't', 24 }, { "AS WRITTEN", "to", 't', 60 },
    };

    show_house_table(reply, json_object_get(reply, "steps"), columns, COUNT(columns),
                     "Nothing would happen.");
}

void show_matters(const json_t *reply)
{
    static const struct column columns[] = {
        { "NUMBER", "number", 't', 0 }, { "STATE", "state", 't', 0 },
        { "ABOUT", "about", 't', 40 },  { "WHOSE", "staff", 't', 24 },
        { "NEXT", "next_at", 'd', 0 },  { "ACKNOWLEDGED BY", "acknowledged_by", 't', 24 },
    };

    show_house_table(reply, json_object_get(reply, "matters"), columns, COUNT(columns), "");
}

/* Until when it is put off, and whatever else of that kind stands in the text: by the same clock.
 */
static json_t *detail_by_clock(const char *detail, struct local_zone *zone)
{
    static const char shape[] = "dddd-dd-ddTdd:dd:dd.ddddddZ";
    const size_t len = sizeof(shape) - 1;
    json_t *copy = json_string(detail), *stamp;
    char at[20];

    for (const char *from = detail; strlen(from) >= len; from++) {
        size_t i = 0;

        while (i < len && (shape[i] == 'd' ? *from && strchr("0123456789", from[i]) != NULL
                                           : from[i] == shape[i]))
            i++;
        if (i < len)
            continue;
        stamp = json_pack("{s:s%}", "at", from, len);
        json_decref(copy);
        copy = json_sprintf("%.*s%.16s%s", (int)(from - detail), detail,
                            get_local(stamp, "at", zone, at), from + len);
        json_decref(stamp);
        break;
    }
    return copy;
}

void show_matter(const json_t *reply)
{
    static const struct column columns[] = {
        { "AT", "at", 'd', 0 },     { "WHAT", "what", 't', 0 },      { "WHO", "who", 't', 24 },
        { "STEP", "step", 'n', 0 }, { "DETAIL", "detail", 't', 60 },
    };

    struct local_zone *zone = house_zone(reply);
    json_t *rows, *row;
    char at[20];
    size_t i;

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
    rows = json_deep_copy(json_object_get(reply, "history"));
    json_array_foreach(rows, i, row)
        json_object_set_new(row, "detail", detail_by_clock(get_text(row, "detail"), zone));
    local_zone_close(zone);
    show_house_table(reply, rows, columns, COUNT(columns), "Nothing has happened yet.");
    json_decref(rows);
}
