/* relaisctl_show_contact.c - whom to contact, for people: policies, lists, and one customer. */
#include <stdio.h>
#include <string.h>

#include "domain/local_time.h"
#include "relaisctl.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

void show_contact_policies(const json_t *reply)
{
    static const struct column columns[] = {
        { "CATEGORY", "category", 't', 24 }, { "STATE", "state", 't', 0 },
        { "TEAM", "team", 't', 20 },         { "EVERY (DAYS)", "every_days", 'n', 0 },
        { "COUNTS", "counts", 't', 0 },      { "REST (DAYS)", "rest_days", 'n', 0 },
        { "PRIORITY", "priority", 'n', 0 },  { "VALUE", "value_points", 'n', 0 },
    };

    show_table(json_object_get(reply, "policies"), columns, COUNT(columns),
               "No policy yet, so nobody is on a list. Begin with: relaisctl contact policy set "
               "others --team TEAM --every 90");
}

void show_contact_weights(const json_t *reply)
{
    const json_t *policy;
    size_t i;

    json_array_foreach(json_object_get(reply, "policies"), i, policy)
    {
        json_t *reasons = json_object_get(policy, "reasons");
        const json_t *weight;
        const char *name;

        printf("%s%s (%s)\n", i ? "\n" : "", get_text(policy, "category"),
               get_text(policy, "state"));
        json_object_foreach(reasons, name, weight)
        {
            if (get_int(weight, "days"))
                show_line(name, "%lld points, %lld days", (long long)get_int(weight, "points"),
                          (long long)get_int(weight, "days"));
            else
                show_line(name, "%lld points", (long long)get_int(weight, "points"));
        }
    }
    if (!json_array_size(json_object_get(reply, "policies")))
        show_contact_policies(reply);
}

void show_contact_topics(const json_t *reply)
{
    static const struct column columns[] = {
        { "NAME", "name", 't', 24 },
        { "KIND", "kind", 't', 0 },
        { "CATEGORY", "category", 't', 20 },
        { "FROM", "from", 't', 0 },
        { "TO", "to", 't', 0 },
        { "TEXT", "text", 't', 60 },
    };

    json_t *topics = json_deep_copy(json_object_get(reply, "topics")), *topic;
    size_t i;

    json_array_foreach(topics, i, topic)
    {
        const char *to = get_text(topic, "to");

        if (*to && strcmp(to, get_text(topic, "from")) < 0) /* ended on its first day, or before */
            json_object_set_new(topic, "to", json_string("ended"));
    }
    show_table(topics, columns, COUNT(columns), "Nothing to tell.");
    json_decref(topics);
}

void show_contact_lists(const json_t *reply)
{
    static const struct column columns[] = {
        { "DAY", "day", 't', 0 },
        { "TEAM", "team", 't', 20 },
        { "STATE", "state", 't', 0 },
        { "MADE", "made_at", 'd', 0 },
        { "WANTED BY", "wanted_by", 't', 20 },
        { "CUSTOMERS", "customers", 'n', 0 },
        { "DUE", "due", 'n', 0 },
        { "LISTED", "listed", 'n', 0 },
        { "BEST LEFT OUT", "best_left_out", 'n', 0 },
    };

    show_house_table(
        reply, json_object_get(reply, "lists"), columns, COUNT(columns),
        "No list yet. They are made at the hour of each team (relaisctl team list), once "
        "there is a policy (relaisctl contact policy list).");
}

void show_contact_list(const json_t *reply)
{
    static const struct column columns[] = {
        { "TASK", "id", 'n', 0 },     { "STAFF", "staff", 't', 16 },
        { "SCORE", "score", 'n', 0 }, { "CUSTOMER", "customer", 't', 28 },
        { "PHONE", "phone", 't', 0 }, { "STATE", "state", 't', 0 },
        { "WHY", "title", 't', 50 },
    };

    show_contact_lists(reply);
    puts("");
    show_table(json_object_get(reply, "tasks"), columns, COUNT(columns), "Nobody is on it.");
}

/* What the verdict means, and what could be done about it. */
static const struct {
    const char *verdict, *words;
} verdicts[] = {
    { "on_the_list", "on the list" },
    { "done_today", "was on the list, and has a result" },
    { "has_a_task", "not on the list: another task for this customer is open already" },
    { "list_not_made_yet", "due; the list of the day is not made yet" },
    { "no_list_that_day", "due, but this day has no list" },
    { "no_place_left", "due, but there is no place on the list" },
    { "no_policy", "not on a list: no policy is on for the category" },
    { "do_not_contact", "never on a list: wants no contact" },
    { "erased", "never on a list: asked to be forgotten" },
    { "no_phone", "not on the list: there is no phone number that works" },
    { "spoken_to_just_now", "not on the list: was spoken to just now" },
    { "nothing_due", "not due: nothing speaks for a contact now" },
};

static const char *verdict_words(const char *verdict)
{
    for (size_t i = 0; i < COUNT(verdicts); i++) {
        if (strcmp(verdicts[i].verdict, verdict) == 0)
            return verdicts[i].words;
    }
    return verdict;
}

static void show_points(const json_t *reply)
{
    const json_t *reason;
    size_t i;

    json_array_foreach(json_object_get(reply, "reasons"), i, reason)
        printf("  %5lld  %s (%s)\n", (long long)get_int(reason, "points"),
               get_text(reason, "words"), get_text(reason, "reason"));
    if (get_int(reply, "value_points"))
        printf("  %5lld  what the customer has ordered\n",
               (long long)get_int(reply, "value_points"));
    if (get_int(reply, "priority_points"))
        printf("  %5lld  priority of the policy\n", (long long)get_int(reply, "priority_points"));
    printf("  %5lld  in all\n", (long long)get_int(reply, "score"));
}

void show_contact_why(const json_t *reply)
{
    struct local_zone *zone = house_zone(reply);
    char at[20], since[40];

    printf("Customer %lld, %s: %s\n", (long long)get_int(reply, "customer_id"),
           get_text(reply, "day"), verdict_words(get_text(reply, "verdict")));
    if (*get_text(reply, "staff"))
        show_line("on the list of", "%s (task %lld)", get_text(reply, "staff"),
                  (long long)get_int(reply, "task_id"));
    else if (get_int(reply, "task_id"))
        show_line("task", "%lld", (long long)get_int(reply, "task_id"));
    show_line("category", "%s",
              *get_text(reply, "category") ? get_text(reply, "category") : "none");
    show_line("looked after by", "%s%s%s, team %s",
              *get_text(reply, "owner") ? get_text(reply, "owner") : "nobody",
              *get_text(reply, "stand_in") ? ", today " : "", get_text(reply, "stand_in"),
              *get_text(reply, "team") ? get_text(reply, "team") : "none");
    if (*get_text(reply, "talked_at"))
        show_line("spoken to", "%.16s (%s)", get_local(reply, "talked_at", zone, at),
                  house_zone_name(reply, zone));
    else
        show_line("spoken to", "never");
    local_zone_close(zone);
    snprintf(since, sizeof(since),
             *get_text(reply, "last_contact_at") ? "%lld days ago" : "never (known for %lld days)",
             (long long)get_int(reply, "days_since"));
    show_line("last contact", "%s, wanted every %lld days (counts: %s)", since,
              (long long)get_int(reply, "every_days"), get_text(reply, "counts"));
    if (json_is_integer(json_object_get(reply, "best_left_out")))
        show_line("best left out", "%lld points", (long long)get_int(reply, "best_left_out"));
    show_points(reply);
}
