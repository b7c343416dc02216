/* relaisctl_show_staff.c - teams and people for people. */
#include <stdio.h>
#include <string.h>

#include "relaisctl.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static const char *or_words(const json_t *reply, const char *name, const char *words)
{
    const char *text = get_text(reply, name);

    return *text ? text : words;
}

void show_teams(const json_t *reply)
{
    static const struct column columns[] = {
        { "CODE", "code", 't', 0 },          { "LABEL", "label", 't', 30 },
        { "PEOPLE", "people", 'n', 0 },      { "HOURS", "hours", 't', 40 },
        { "TIME ZONE", "timezone", 't', 0 }, { "LIST AT", "list_at", 't', 0 },
        { "ON", "list_days", 't', 20 },
    };

    show_table(json_object_get(reply, "teams"), columns, COUNT(columns),
               "No team yet. Begin with: relaisctl team set CODE --label NAME");
}

void show_team(const json_t *reply)
{
    const char *region = get_text(reply, "region");

    printf("Team %s: %s\n", get_text(reply, "code"), get_text(reply, "label"));
    show_line("works", "%s", get_text(reply, "hours"));
    show_line("time zone", "%s", or_words(reply, "timezone", "that of the house"));
    show_line("holidays", "of %s%s%s", get_text(reply, "country"), *region ? ", " : "", region);
    show_line("list", "%s at %s", or_words(reply, "list_days", "every day"),
              get_text(reply, "list_at"));
    show_line("told by", "%s", get_text(reply, "tell"));
    show_line("reminded by", "%s",
              or_words(reply, "policy", "nothing; team set --policy NAME changes that"));
}

void show_staff(const json_t *reply)
{
    static const struct column columns[] = {
        { "LOGIN", "login", 't', 24 },     { "NAME", "name", 't', 30 },
        { "ROLE", "role", 't', 0 },        { "TEAM", "team", 't', 0 },
        { "MANAGER", "manager", 't', 24 }, { "PHONE", "phone", 't', 0 },
        { "NOW", "now", 't', 0 },          { "STANDS IN", "stand_in", 't', 24 },
    };

    show_table(json_object_get(reply, "staff"), columns, COUNT(columns),
               "Nobody yet. Begin with: relaisctl staff set LOGIN --name NAME --team CODE");
}

static void show_absences(const json_t *list)
{
    const json_t *item;
    size_t i;

    json_array_foreach(list, i, item)
    {
        const char *deputy = get_text(item, "deputy");
        show_line("away", "%s to %s%s%s (absence %lld)", get_text(item, "from"),
                  get_text(item, "to"), *deputy ? ", stands in: " : ", nobody stands in", deputy,
                  (long long)get_int(item, "id"));
    }
}

/* Who works here again does not get back what went to another. */
static void show_stayed(const json_t *leaving)
{
    const char *to = get_text(leaving, "to");

    show_line("had left", "on %s: %lld %s, %lld %s and the people went to %s",
              get_text(leaving, "on"), (long long)get_int(leaving, "customers"),
              plural(get_int(leaving, "customers"), "customer", "customers"),
              (long long)get_int(leaving, "tasks"),
              plural(get_int(leaving, "tasks"), "task", "tasks"), to);
    show_line("",
              "they stay with %s: customer owner, task hand-over and staff set --manager give "
              "them back",
              to);
}

static void show_leaving(const json_t *leaving, const char *left_on)
{
    char at[20];

    if (!leaving)
        return;
    if (!*left_on) {
        show_stayed(leaving);
        return;
    }
    show_line("leaves", "on %s; customers, tasks and people go to %s", get_text(leaving, "on"),
              get_text(leaving, "to"));
    show_line("handed on", "%lld %s, %lld %s", (long long)get_int(leaving, "customers"),
              plural(get_int(leaving, "customers"), "customer", "customers"),
              (long long)get_int(leaving, "tasks"),
              plural(get_int(leaving, "tasks"), "task", "tasks"));
    if (*get_time(leaving, "finished_at", at))
        show_line("finished", "%s (UTC)", at);
    else
        show_line("still to do", "%lld %s, %lld %s", (long long)get_int(leaving, "customers_left"),
                  plural(get_int(leaving, "customers_left"), "customer", "customers"),
                  (long long)get_int(leaving, "tasks_left"),
                  plural(get_int(leaving, "tasks_left"), "task", "tasks"));
}

void show_member(const json_t *reply)
{
    const char *left = get_text(reply, "left_on"), *stand_in = get_text(reply, "stand_in");

    printf("%s (%s): %s of team %s\n", get_text(reply, "name"), get_text(reply, "login"),
           get_text(reply, "role"), get_text(reply, "team"));
    show_line("now", "%s%s%s", get_text(reply, "now"), *stand_in ? ", stands in: " : "", stand_in);
    show_line("manager", "%s", or_words(reply, "manager", "none"));
    show_line("phone", "%s", or_words(reply, "phone", "none"));
    show_line("mail", "%s", or_words(reply, "mail", "none"));
    show_line("language", "%s", get_text(reply, "language"));
    show_line("works", "%s", or_words(reply, "hours", "as the team"));
    show_line("time zone", "%s", or_words(reply, "timezone", "that of the team"));
    show_line("capacity", "%lld contacts a day", (long long)get_int(reply, "capacity"));
    if (*left)
        show_line("left on", "%s", left);
    show_absences(json_object_get(reply, "absences"));
    show_leaving(json_object_get(reply, "leaving"), get_text(reply, "left_on"));
}

void show_absence_gone(const json_t *reply)
{
    printf("Absence %lld is taken back.\n", (long long)get_int(reply, "id"));
}

void show_owner(const json_t *reply)
{
    printf("Customer %lld: %s\n", (long long)get_int(reply, "id"),
           or_words(reply, "owner", "nobody looks after them"));
}
