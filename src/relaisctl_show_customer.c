/* relaisctl_show_customer.c - a customer's data, and what became of them, for people. */
#include "relaisctl.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "domain/local_time.h"

#define BAR_WIDTH 30

/* --- the dossier --- */

/* A detail that is a time reads "2026-01-04T23:00:00.000000Z". */
static bool is_time(const char *text)
{
    const size_t len = strlen(text);

    return len >= 20 && text[4] == '-' && text[10] == 'T' && text[len - 1] == 'Z' &&
           text[strspn(text, "0123456789-T:.Z")] == '\0';
}

static void show_details(const json_t *details, struct local_zone *zone)
{
    const json_t *value;
    const char *name, *text;
    char at[20];

    json_object_foreach((json_t *)(uintptr_t)details, name, value)
    {
        text = json_is_string(value) ? json_string_value(value) : "";
        if (is_time(text))
            text = get_local(details, name, zone, at);
        if (*text)
            printf("    %-18s %s\n", name, text);
    }
}

/* What is known by its day alone has no hour. */
static const char *moment_of(const json_t *item, struct local_zone *zone, char at[20])
{
    const char *day = get_text(json_object_get(item, "details"), "issued_on");

    return *day ? day : get_local(item, "at", zone, at);
}

void show_dossier(const json_t *reply)
{
    const json_t *list = json_object_get(reply, "dossier"), *item;
    struct local_zone *zone = house_zone(reply);
    char at[20];
    size_t i;

    printf("Customer %lld (times of %s)\n", (long long)get_int(reply, "id"),
           house_zone_name(reply, zone));
    json_array_foreach(list, i, item)
    {
        printf("\n%s  %s: ", moment_of(item, zone, at), get_text(item, "kind"));
        show_lines("", "    ", get_text(item, "title"));
        show_details(json_object_get(item, "details"), zone);
        if (strcmp(get_text(item, "kind"), "document") == 0 && get_int(item, "id"))
            printf("    %-18s relaisctl document save %lld FILE\n", "to save it",
                   (long long)get_int(item, "id"));
    }
    if (json_is_true(json_object_get(reply, "cut")))
        puts("\nOnly the newest entries of each kind are shown.");
    if (*get_text(reply, "messages_since"))
        printf("\nMessages before %.10s are no longer kept.\n",
               get_local(reply, "messages_since", zone, at));
    if (*get_text(reply, "inbound_since"))
        printf("\nReplies before %.10s are no longer kept.\n",
               get_local(reply, "inbound_since", zone, at));
    local_zone_close(zone);
}

/* --- a customer is erased --- */

void show_erase(const json_t *reply)
{
    static const struct {
        const char *name, *field;
    } lines[] = {
        { "contacts", "contact_points" }, { "own fields", "fields" }, { "orders", "orders" },
        { "messages", "messages" },       { "queued", "queued" },     { "replies", "inbound" },
        { "consents", "consents" },
    };
    bool done = strcmp(get_text(reply, "state"), "erasing") == 0;

    show_line("customer", "%" PRId64 " %s", get_int(reply, "id"), get_text(reply, "name"));
    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
        show_line(lines[i].name, "%" PRId64, get_int(reply, lines[i].field));
    puts("");
    puts("Names, addresses and fields go; texts of messages, replies and orders are blanked; what "
         "is\nqueued is cancelled. Dates, states, sums and the proof of each consent stay, of "
         "nobody.");
    if (get_int(reply, "objections_kept"))
        printf("%" PRId64 " %s refused advertising: should one come again, it stays blocked.\n",
               get_int(reply, "objections_kept"),
               plural(get_int(reply, "objections_kept"), "address", "addresses"));
    puts(done ? "The erasure has begun; relaisctl customer erasure shows how far it is."
              : "Nothing was changed. It cannot be undone: --yes does it.");
}

void show_erasure(const json_t *reply)
{
    int64_t total = get_int(reply, "message_total"), n = get_int(reply, "messages");
    bool over = erasure_is_over(reply);
    int full = over || !total ? BAR_WIDTH : (int)(n * BAR_WIDTH / (n > total ? n : total));
    char at[20];

    show_line("state", "%s", get_text(reply, "state"));
    printf("%-14s[%.*s%*s] %" PRId64 " of %" PRId64 "\n", "messages", full,
           "##############################", BAR_WIDTH - full, "", n, n > total ? n : total);
    show_line("cancelled", "%" PRId64, get_int(reply, "cancelled"));
    show_line("replies", "%" PRId64, get_int(reply, "inbound"));
    show_line("asked", "%s UTC by %s: %s", get_time(reply, "asked_at", at), get_text(reply, "who"),
              get_text(reply, "reason"));
    if (over)
        show_line("finished", "%s UTC", get_time(reply, "finished_at", at));
}

bool erasure_is_over(const json_t *reply)
{
    return strcmp(get_text(reply, "state"), "erased") == 0;
}

void show_lifted(const json_t *reply)
{
    printf("%s may be written to again.\n", get_text(reply, "address"));
}

void show_added(const json_t *reply)
{
    if (*get_text(reply, "found_by"))
        printf("Customer %" PRId64 " has this %s already; nothing was changed.\n",
               get_int(reply, "id"), get_text(reply, "found_by"));
    else
        printf("Customer %" PRId64 " was added.\n", get_int(reply, "id"));
}

void show_changed(const json_t *reply)
{
    printf("Customer %" PRId64 " was changed.\n", get_int(reply, "id"));
}

static void show_codes(const json_t *reply, const char *name, const char *used)
{
    const struct column columns[] = { { "CODE", "code", 't', 0 },
                                      { "LABEL", "label", 't', 50 },
                                      { used, "used", 'n', 0 } };

    show_table(json_object_get(reply, name), columns, 3, "None.");
}

void show_categories(const json_t *reply)
{
    show_codes(reply, "categories", "CUSTOMERS");
}

void show_sources(const json_t *reply)
{
    show_codes(reply, "sources", "CUSTOMERS");
}

void show_products(const json_t *reply)
{
    show_codes(reply, "products", "ORDERS");
}

void show_fields(const json_t *reply)
{
    static const struct column columns[] = { { "NAME", "name", 't', 0 },
                                             { "KIND", "kind", 't', 0 },
                                             { "CUSTOMERS", "used", 'n', 0 } };

    show_table(json_object_get(reply, "fields"), columns, 3, "None.");
}

void show_code_set(const json_t *reply)
{
    printf("%s was %s.\n", get_text(reply, "code"),
           json_is_true(json_object_get(reply, "created")) ? "made" : "changed");
}
