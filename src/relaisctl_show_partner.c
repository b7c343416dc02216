/* relaisctl_show_partner.c - partners and their files, for a person. */
#include <string.h>

#include "domain/local_time.h"
#include "relaisctl.h"

static const char *dash(const char *text)
{
    return *text ? text : "-";
}

/* --- partners --- */

static void show_faults(const json_t *partner)
{
    const json_t *profile;
    size_t i;

    json_array_foreach(json_object_get(partner, "profiles"), i, profile)
    {
        if (*get_text(profile, "fault"))
            printf("FAULTY %s\n", get_text(profile, "fault"));
    }
    if (*get_text(partner, "trouble") && get_int(partner, "faulty_profiles") == 0)
        printf("WAITS  %s: %s\n", get_text(partner, "partner"), get_text(partner, "trouble"));
}

void show_partners(const json_t *reply)
{
    static const struct column columns[] = {
        { "PARTNER", "partner", 't', 0 },           { "NAME", "label", 't', 30 },
        { "WAITING", "waiting", 'n', 0 },           { "UNDER WAY", "under_way", 'n', 0 },
        { "TODAY", "today_files", 'n', 0 },         { "FAILED", "today_failed", 'n', 0 },
        { "ROWS", "today_rows_taken", 'n', 0 },     { "REFUSED", "today_rows_refused", 'n', 0 },
        { "LAST FILE", "last_file", 't', 30 },      { "STATE", "last_state", 't', 0 },
        { "RECEIVED", "last_received_at", 'd', 0 },
    };
    const json_t *list = json_object_get(reply, "partners"), *partner;
    size_t i;

    show_house_table(
        reply, list, columns, sizeof(columns) / sizeof(columns[0]),
        "No partner has a profile yet; relaisctl partner guess proposes one for a file.");
    json_array_foreach(list, i, partner) show_faults(partner);
}

static void show_last(const json_t *partner, struct local_zone *zone)
{
    const json_t *last = json_object_get(partner, "last");
    char at[20];

    if (!last) {
        show_line("last file", "none came yet");
        return;
    }
    show_line("last file", "%s (import %lld), %s, %.16s", get_text(last, "file"),
              (long long)get_int(last, "id"), get_text(last, "state"),
              get_local(last, "received_at", zone, at));
    if (*get_text(last, "reason"))
        show_line("", "%s", get_text(last, "reason"));
}

void show_partner(const json_t *reply)
{
    static const struct column columns[] = {
        { "PROFILE", "file", 't', 0 },
        { "KIND", "kind", 't', 0 },
        { "FORMAT", "format", 't', 0 },
        { "NEXT STATUS FILE", "next_status_file_at", 'd', 0 },
        { "NEXT EXPECTED BY", "next_expected_at", 'd', 0 },
        { "MISSING SINCE", "missing_since", 'd', 0 },
        { "FAULT", "fault", 't', 0 },
    };
    struct local_zone *zone = house_zone(reply);
    char at[20];

    show_line("partner", "%s: %s", get_text(reply, "partner"), get_text(reply, "label"));
    show_line("directory", "%s%s", get_text(reply, "directory"),
              json_is_true(json_object_get(reply, "reachable"))
                  ? ""
                  : " (IT IS NOT THERE, or not whole)");
    show_line("waiting", "%lld %s%s%.16s", (long long)get_int(reply, "waiting"),
              plural(get_int(reply, "waiting"), "file", "files"),
              get_int(reply, "waiting") ? ", the oldest of " : "",
              get_local(reply, "oldest_waiting_at", zone, at));
    show_line("under way", "%lld", (long long)get_int(reply, "under_way"));
    if (*get_text(reply, "trouble"))
        show_line("IN THE WAY", "%s", get_text(reply, "trouble"));
    show_line("today", "%lld %s, %lld failed; %lld rows taken, %lld refused",
              (long long)get_int(reply, "today_files"),
              plural(get_int(reply, "today_files"), "file", "files"),
              (long long)get_int(reply, "today_failed"),
              (long long)get_int(reply, "today_rows_taken"),
              (long long)get_int(reply, "today_rows_refused"));
    show_line("answers", "%lld in out/, %lld files in failed/",
              (long long)get_int(reply, "answers"), (long long)get_int(reply, "failed_files"));
    show_last(reply, zone);
    local_zone_close(zone);
    puts("");
    show_house_table(reply, json_object_get(reply, "profiles"), columns,
                     sizeof(columns) / sizeof(columns[0]), "It has no profile.");
}

/* --- imports --- */

static bool is_under_way(const json_t *reply)
{
    const char *state = get_text(reply, "state");

    return strcmp(state, "checking") == 0 || strcmp(state, "applying") == 0 ||
           strcmp(state, "undoing") == 0;
}

bool import_is_over(const json_t *reply)
{
    return !is_under_way(reply) || strcmp(get_text(reply, "wish"), "paused") == 0;
}

static void show_duration(int64_t s)
{
    if (s >= 3600)
        printf("%lld h %lld min", (long long)(s / 3600), (long long)(s % 3600 / 60));
    else if (s >= 60)
        printf("%lld min %lld s", (long long)(s / 60), (long long)(s % 60));
    else
        printf("%lld s", (long long)s);
}

static void show_progress_of(const json_t *reply)
{
    const int64_t done = get_int(reply, "rows_done"), all = get_int(reply, "rows_total");

    if (!json_object_get(reply, "rows_done"))
        return;
    show_progress(stdout, "applied", done, all);
    end_progress(stdout);
    printf("%-14s%lld rows/s on the average", "", (long long)get_int(reply, "rows_per_second"));
    if (json_object_get(reply, "seconds_left")) {
        fputs(", about ", stdout);
        show_duration(get_int(reply, "seconds_left"));
        fputs(" to go", stdout);
    }
    puts("");
}

static void show_undone(const json_t *reply, const char *title)
{
    const json_t *list = json_object_get(reply, "undone"), *item;
    size_t i;

    json_array_foreach(list, i, item)
    {
        show_line(i ? "" : title, "%lld %s", (long long)get_int(item, "n"), get_text(item, "says"));
    }
}

void show_undo(const json_t *reply)
{
    if (!json_is_true(json_object_get(reply, "dry_run"))) {
        puts(get_text(reply, "said"));
        return;
    }
    if (json_array_size(json_object_get(reply, "undone")) == 0)
        puts("There is nothing to take back.");
    show_undone(reply, "would be");
    if (json_is_true(json_object_get(reply, "cut")))
        printf("That is of its last %lld rows; there are more.\n",
               (long long)get_int(reply, "rows"));
    puts("Nothing was changed.");
}

void show_import(const json_t *reply)
{
    struct local_zone *zone = house_zone(reply);
    char at[20];

    show_line("file", "%s of %s, %lld bytes", get_text(reply, "file"), get_text(reply, "partner"),
              (long long)get_int(reply, "bytes"));
    if (*get_text(reply, "profile"))
        show_line("profile", "%s", get_text(reply, "profile"));
    if (*get_text(reply, "document"))
        show_line("document", "%s", get_text(reply, "document"));
    if (get_int(reply, "same_as"))
        show_line("", "import %lld had this number", (long long)get_int(reply, "same_as"));
    show_line("state", "%s%s%s%s%s", get_text(reply, "state"), *get_text(reply, "wish") ? ", " : "",
              get_text(reply, "wish"), *get_text(reply, "wish") ? " by " : "",
              get_text(reply, "wish_by"));
    if (*get_text(reply, "reason"))
        show_line("because", "%s", get_text(reply, "reason"));
    show_line("rows", "%lld: %lld taken, %lld unchanged, %lld refused",
              (long long)get_int(reply, "rows_total"), (long long)get_int(reply, "rows_taken"),
              (long long)get_int(reply, "rows_unchanged"),
              (long long)get_int(reply, "rows_refused"));
    show_progress_of(reply);
    show_undone(reply, "undoing");
    show_line("received", "%.19s (%s)", get_local(reply, "received_at", zone, at),
              house_zone_name(reply, zone));
    show_line("finished", "%s", dash(get_local(reply, "finished_at", zone, at)));
    local_zone_close(zone);
}
