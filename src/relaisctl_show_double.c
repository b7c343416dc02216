/* relaisctl_show_double.c - customers who may be one person, and what became of it, for people. */
#include "relaisctl.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static const char *in_words(const char *state)
{
    return *state && strcmp(state, "unknown") != 0 ? state : "nothing said";
}

static void show_merge_consents(const json_t *reply)
{
    const json_t *list = json_object_get(reply, "consents"), *w;
    size_t i;

    json_array_foreach(list, i, w)
    {
        const char *purpose = get_text(w, "purpose");

        show_line(i ? "" : "consents", "%s by %s: %s and %s become %s",
                  strcmp(purpose, "promo") == 0 ? "promotions" : "service messages",
                  strcmp(get_text(w, "channel"), "sms") == 0 ? "SMS" : "mail",
                  in_words(get_text(w, "keep")), in_words(get_text(w, "gone")),
                  in_words(get_text(w, "after")));
    }
    if (json_is_true(json_object_get(reply, "do_not_contact")))
        show_line("flags", "not to be contacted");
    if (json_is_true(json_object_get(reply, "minor")))
        show_line("flags", "under age");
}

void show_same(const json_t *reply)
{
    static const struct {
        const char *name, *field;
    } lines[] = {
        { "numbers", "numbers" }, { "contacts", "contact_points" }, { "own fields", "fields" },
        { "orders", "orders" },   { "invoices", "invoices" },       { "messages", "messages" },
        { "queued", "queued" },   { "replies", "replies" },
    };
    const bool done = strcmp(get_text(reply, "state"), "same") == 0;

    show_line("stays", "%" PRId64 " %s", get_int(reply, "id"), get_text(reply, "keep_name"));
    show_line("goes", "%" PRId64 " %s", get_int(reply, "gone"), get_text(reply, "gone_name"));
    show_line("names", "%s: %s", get_text(reply, "likeness"), get_text(reply, "reason"));
    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
        show_line(lines[i].name, "%" PRId64, get_int(reply, lines[i].field));
    show_merge_consents(reply);
    puts("");
    if (done)
        printf("They are one now. relaisctl customer not-same %" PRId64 " undoes it, for %" PRId64
               " days.\n",
               get_int(reply, "gone"), get_int(reply, "undo_days"));
    else
        printf("Nothing was changed. Once done, it can be undone for %" PRId64
               " days; a refusal that\nwas taken over stays.\n",
               get_int(reply, "undo_days"));
}

void show_not_same(const json_t *reply)
{
    printf("Customer %" PRId64 " is back, and not customer %" PRId64
           ". Refusals that were taken over hold on: consent show.\n",
           get_int(reply, "id"), get_int(reply, "from"));
}

void show_different(const json_t *reply)
{
    printf("Customers %" PRId64 " and %" PRId64 " are two people; nobody is asked again.\n",
           get_int(reply, "a"), get_int(reply, "b"));
}

void show_double_search(const json_t *reply)
{
    const char *state = get_text(reply, "state");
    char at[20];

    if (strcmp(state, "never") == 0) {
        puts("Nobody has looked yet: relaisctl customer doubles find.");
        return;
    }
    show_line("state", "%s", state);
    show_line("looked at", "%" PRId64 " of %" PRId64, get_int(reply, "looked_at"),
              get_int(reply, "of"));
    show_line("new pairs", "%" PRId64, get_int(reply, "found"));
    show_line("started", "%s", get_time(reply, "started_at", at));
    if (double_search_is_over(reply))
        show_line("finished", "%s", get_time(reply, "finished_at", at));
}

bool double_search_is_over(const json_t *reply)
{
    return strcmp(get_text(reply, "state"), "running") != 0;
}
