/* relaisctl_show_report.c - a report on the screen: a table, with a bar a row. */
#include <stdio.h>
#include <string.h>

#include "domain/local_time.h"
#include "relaisctl.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))
#define BAR_WIDTH    20

static double number(const json_t *row, const char *name)
{
    return json_number_value(json_object_get(row, name));
}

/* A text of its own for each, since the table has no column of that kind. */
static void put_words(json_t *item, const json_t *row, const char *name, const char *unit)
{
    char text[32] = "";

    if (!json_is_null(json_object_get(row, name)))
        snprintf(text, sizeof(text), "%.1f%s", number(row, name), unit);
    json_object_set_new(item, name, json_string(text));
}

/* How much of what was planned is done on time, late, not at all. */
static void put_bar(json_t *item, const json_t *row)
{
    static const struct {
        const char *name, *mark;
    } parts[] = { { "on_time", "█" }, { "late", "▓" }, { "missed", "░" }, { "open", "·" } };
    char bar[BAR_WIDTH * sizeof("█") + 1] = "";
    double planned = number(row, "planned"), sum = 0;
    int drawn = 0;

    for (size_t i = 0; planned > 0 && i < COUNT(parts); i++) {
        sum += number(row, parts[i].name);
        for (; drawn < (int)(sum * BAR_WIDTH / planned + 0.5) && drawn < BAR_WIDTH; drawn++)
            strcat(bar, parts[i].mark);
    }
    json_object_set_new(item, "bar", json_string(bar));
}

static json_t *line_of(const json_t *row)
{
    json_t *item = json_deep_copy(row);

    put_words(item, row, "done_percent", "%");
    put_words(item, row, "hours", "");
    put_bar(item, row);
    return item;
}

static void show_endings(const json_t *reply)
{
    const json_t *total = json_object_get(reply, "total"), *item;
    const json_t *counts = json_object_get(total, "outcomes");
    size_t i;

    if (json_object_size(counts) == 0)
        return;
    puts("\noutcomes");
    json_array_foreach(json_object_get(reply, "outcomes"), i,
                       item) if (get_int(counts, get_text(item, "code")))
        show_bar(0, get_text(item, "label"), get_int(counts, get_text(item, "code")),
                 get_int(total, "done"));
}

static void show_head(const json_t *reply)
{
    const json_t *of;
    size_t i;

    printf("%s, %s", get_text(reply, "title"), get_text(reply, "between"));
    json_array_foreach(json_object_get(reply, "of"), i, of) printf(", %s", json_string_value(of));
    puts("");
}

void show_report(const json_t *reply)
{
    static const struct column columns[] = {
        { "", "label", 't', 28 },
        { "PLANNED", "planned", 'n', 0 },
        { "DONE", "done", 'n', 0 },
        { "", "done_percent", 't', 0 },
        { "ON TIME", "on_time", 'n', 0 },
        { "LATE", "late", 'n', 0 },
        { "MISSED", "missed", 'n', 0 },
        { "OPEN", "open", 'n', 0 },
        { "REACHED", "reached", 'n', 0 },
        { "HOURS", "hours", 't', 0 },
        { "EXTRA", "unplanned", 'n', 0 },
        { "ORDERS", "orders", 'n', 0 },
        { "", "bar", 't', 0 },
    };
    json_t *lines = json_array();
    const json_t *row;
    size_t i;

    show_head(reply);
    json_array_foreach(json_object_get(reply, "rows"), i, row)
        json_array_append_new(lines, line_of(row));
    if (json_array_size(lines) > 1)
        json_array_append_new(lines, line_of(json_object_get(reply, "total")));
    show_table(lines, columns, COUNT(columns), "No contact was planned in this period.");
    if (json_array_size(lines))
        puts("bar: █ on time  ▓ late  ░ missed  · open");
    show_endings(reply);
    json_decref(lines);
}

/* --- schedules --- */

static const char *readers_of(const json_t *schedule)
{
    return *get_text(schedule, "for_each") ? "each manager" : get_text(schedule, "recipients");
}

void show_report_schedules(const json_t *reply)
{
    static const struct column columns[] = {
        { "NAME", "name", 't', 24 },       { "BY", "by", 't', 0 },
        { "PERIOD", "period", 't', 0 },    { "AT", "at", 't', 0 },
        { "TEAM", "team", 't', 16 },       { "MANAGER", "manager", 't', 16 },
        { "FORMAT", "format", 't', 0 },    { "TO", "recipients", 't', 40 },
        { "NEXT", "next_at", 'd', 0 },     { "LAST", "last_day", 't', 0 },
        { "PROBLEM", "problem", 't', 60 },
    };

    json_t *lines = json_deep_copy(json_object_get(reply, "schedules")), *line;
    size_t i;

    json_array_foreach(lines, i, line)
        json_object_set_new(line, "recipients", json_string(readers_of(line)));
    show_house_table(
        reply, lines, columns, COUNT(columns),
        "No schedule yet. Begin with: relaisctl report schedule set NAME --to ADDRESS");
    json_decref(lines);
}

void show_report_schedule(const json_t *reply)
{
    struct local_zone *zone = house_zone(reply);
    char at[20];

    printf("Report %s: by %s, every %s at %s, as %s\n", get_text(reply, "name"),
           get_text(reply, "by"), get_text(reply, "period"), get_text(reply, "at"),
           get_text(reply, "format"));
    show_line("to", "%s%s", readers_of(reply),
              *get_text(reply, "for_each") ? ", about his or her people" : "");
    if (*get_text(reply, "team"))
        show_line("team", "%s", get_text(reply, "team"));
    if (*get_text(reply, "manager"))
        show_line("manager", "%s, and all below", get_text(reply, "manager"));
    if (*get_text(reply, "category"))
        show_line("category", "%s", get_text(reply, "category"));
    show_line("next", "%s (%s)", get_local(reply, "next_at", zone, at),
              house_zone_name(reply, zone));
    local_zone_close(zone);
}

void show_report_run(const json_t *reply)
{
    const int64_t mails = get_int(reply, "mails"), managers = get_int(reply, "managers");

    if (managers)
        printf("%lld %s it in the next minutes.\n", (long long)managers,
               plural(managers, "manager gets", "managers get"));
    else
        printf("%lld %s queued.\n", (long long)mails, plural(mails, "mail is", "mails are"));
    if (json_is_false(json_object_get(reply, "relay")))
        puts("No relay is configured (mail.relay): they wait.");
}
