/* relaisctl_show_task.c - contacts for people: an employee's list, one task and its history, the
 * catalogue of outcomes. */
#include <stdio.h>
#include <string.h>

#include "domain/local_time.h"
#include "relaisctl.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static bool is_true(const json_t *object, const char *name)
{
    return json_is_true(json_object_get(object, name));
}

/* --- an employee's list --- */

/* "14:30" today, "Nov 18" wise a day otherwise, "!" in front of what is late. */
static json_t *due_text(const json_t *reply, const json_t *task, const char *due)
{
    const bool today = strncmp(due, get_text(reply, "day"), 10) == 0;

    return json_sprintf("%s%.*s", is_true(task, "late") ? "! " : "", today ? 5 : 16,
                        today ? due + 11 : due);
}

/* The last column is for whoever stands in for somebody. */
static bool any_instead(const json_t *rows)
{
    const json_t *row;
    size_t i;

    json_array_foreach(rows, i, row)
    {
        if (*get_text(row, "instead_of"))
            return true;
    }
    return false;
}

void show_today(const json_t *reply)
{
    static const struct column columns[] = {
        { "NUMBER", "id", 'n', 0 },
        { "SCORE", "score", 'n', 0 },
        { "CUSTOMER", "customer", 't', 28 },
        { "PHONE", "phone", 't', 0 },
        { "WHY", "because", 't', 60 },
        { "DUE", "due_at", 't', 0 },
        { "INSTEAD OF", "instead_of", 't', 0 },
    };
    struct local_zone *zone = house_zone(reply);
    json_t *rows = local_rows(reply, "tasks", "due_at", zone, due_text);
    const long long n = (long long)json_array_size(rows), late = (long long)get_int(reply, "late");

    printf("%s, %s: %lld %s to contact", get_text(reply, "name"), get_text(reply, "day"), n,
           plural(n, "customer", "customers"));
    if (late)
        printf(", %lld of them late (!)", late);
    printf("; %lld done today.%s\n\n", (long long)get_int(reply, "done"),
           is_true(reply, "away") ? " Away today." : "");
    show_table(rows, columns, COUNT(columns) - !any_instead(rows), "Nothing is left to do.");
    if (n)
        printf("\nTimes are those of %s. Then: relaisctl task done NUMBER OUTCOME\n",
               house_zone_name(reply, zone));
    json_decref(rows);
    local_zone_close(zone);
}

/* --- one task --- */

static void show_history(const json_t *reply, struct local_zone *zone)
{
    const json_t *line;
    size_t i;

    json_array_foreach(json_object_get(reply, "history"), i, line)
    {
        char at[20], next[20];
        const char *outcome = get_text(line, "outcome"), *text = get_text(line, "text");

        if (i == 0)
            puts("history");
        printf("  %.16s  %s%s%s by %s", get_local(line, "at", zone, at), get_text(line, "what"),
               *outcome ? ": " : "", outcome, get_text(line, "who"));
        if (*get_text(line, "next_at"))
            printf(", next %.16s", get_local(line, "next_at", zone, next));
        printf("%s%s\n", *text ? ": " : "", text);
    }
}

static void show_times(const json_t *reply, struct local_zone *zone)
{
    char at[20];

    show_line("due", "%.16s%s", get_local(reply, "due_at", zone, at),
              is_true(reply, "late") && !*get_text(reply, "done_at") ? " (late)" : "");
    if (*get_text(reply, "done_at"))
        show_line("done", "%.16s by %s%s", get_local(reply, "done_at", zone, at),
                  get_text(reply, "done_by"), is_true(reply, "late") ? ", late" : ", in time");
    if (*get_text(reply, "next_at"))
        show_line("next", "%.16s", get_local(reply, "next_at", zone, at));
}

void show_task(const json_t *reply)
{
    struct local_zone *zone = house_zone(reply);
    const char *expected = get_text(reply, "expected"), *outcome = get_text(reply, "outcome");
    const char *why = get_text(reply, "why"), *staff = get_text(reply, "staff");

    printf("Task %lld: %s%s%s\n", (long long)get_int(reply, "id"), get_text(reply, "state"),
           *outcome ? ", " : "", outcome);
    show_line("what", "%s", get_text(reply, "title"));
    if (*expected)
        show_line("expected", "%s", expected);
    show_line("customer", "%lld %s %s", (long long)get_int(reply, "customer_id"),
              get_text(reply, "customer"), get_text(reply, "phone"));
    show_line("staff", "%s, of %s", *staff ? staff : "nobody yet", get_text(reply, "team"));
    show_line("because", "%s", get_text(reply, "because"));
    show_line("made by", "%s (%s)", get_text(reply, "created_by"), get_text(reply, "source"));
    show_times(reply, zone);
    if (*why)
        show_line("cancelled", "%s", why);
    if (*get_text(reply, "note"))
        show_passage("note", get_text(reply, "note"));
    show_history(reply, zone);
    printf("Times are those of %s.\n", house_zone_name(reply, zone));
    local_zone_close(zone);
}

void show_task_changed(const json_t *reply)
{
    struct local_zone *zone = house_zone(reply);
    const char *staff = get_text(reply, "staff");
    char at[20];

    printf("Task %lld of %s: %s, due %.16s (%s). %s\n", (long long)get_int(reply, "id"),
           *staff ? staff : "nobody yet", get_text(reply, "state"),
           get_local(reply, "due_at", zone, at), house_zone_name(reply, zone),
           get_text(reply, "title"));
    if (json_is_true(json_object_get(reply, "again")))
        puts("It was there already, and stays as it is.");
    local_zone_close(zone);
}

/* So that who agreed on a Sunday can say another day, and nobody calls twice. */
static void show_rest(const json_t *reply)
{
    const char *rest = get_text(reply, "rest");

    if (!*rest)
        return;
    printf("%s is %s: it is due by the end of the next working day.", get_text(reply, "agreed"),
           strcmp(rest, "day") == 0 ? "a day of rest" : "outside working hours");
    if (get_int(reply, "task_id"))
        printf(" Another time: relaisctl task done %lld %s --next WHEN",
               (long long)get_int(reply, "task_id"), get_text(reply, "outcome"));
    puts("");
}

static void show_others(const json_t *reply)
{
    const json_t *others = json_object_get(reply, "others"), *other;
    size_t i;

    if (!json_array_size(others))
        return;
    printf("Also open for this customer:");
    json_array_foreach(others, i, other)
    {
        const char *name = get_text(other, "name");

        printf("%s task %lld (%s)", i ? "," : "", (long long)get_int(other, "task_id"),
               *name ? name : "nobody yet");
    }
    puts(get_int(reply, "others_open") > (json_int_t)json_array_size(others) ? " ..." : ".");
}

void show_contact_said(const json_t *reply)
{
    struct local_zone *zone = house_zone(reply);
    char at[20];

    printf("%s%s\n", get_text(reply, "said"), is_true(reply, "late") ? " It was late." : "");
    if (get_int(reply, "next_task_id"))
        printf("Next: task %lld, due %.16s (%s).\n", (long long)get_int(reply, "next_task_id"),
               get_local(reply, "next_at", zone, at), house_zone_name(reply, zone));
    show_rest(reply);
    show_others(reply);
    local_zone_close(zone);
}

/* --- the catalogue --- */

void show_outcomes(const json_t *reply)
{
    static const struct column columns[] = {
        { "CODE", "code", 't', 0 },         { "FRENCH", "label_fr", 't', 24 },
        { "ENGLISH", "label_en", 't', 24 }, { "REACHED", "talked", 't', 0 },
        { "EFFECT", "effect", 't', 0 },     { "AGAIN AFTER DAYS", "next_days", 'n', 0 },
        { "STATE", "state", 't', 0 },       { "WORDS", "words", 't', 0 },
    };

    show_table(json_object_get(reply, "outcomes"), columns, COUNT(columns), "None.");
}

void show_outcome_set(const json_t *reply)
{
    printf("Outcome %s (%s, %s): %s%s, effect %s", get_text(reply, "code"),
           get_text(reply, "label_fr"), get_text(reply, "label_en"), get_text(reply, "state"),
           is_true(reply, "reached") ? ", the customer was reached" : "",
           get_text(reply, "effect"));
    if (get_int(reply, "next_days"))
        printf(", a new task after %lld %s", (long long)get_int(reply, "next_days"),
               plural(get_int(reply, "next_days"), "day", "days"));
    puts(".");
    if (strcmp(get_text(reply, "words"), get_text(reply, "words_before")) == 0)
        return;
    printf("Its words are now: %s.\n", get_text(reply, "words"));
    if (*get_text(reply, "words_before"))
        printf("They replace: %s.\n", get_text(reply, "words_before"));
}
