/* relaisctl_show.c - how each kind of answer is shown to a person. */
#include "relaisctl.h"

#include <stdio.h>
#include <string.h>

static const json_t *list_of(const json_t *reply, const char *name)
{
    return json_object_get(reply, name);
}

/* --- Relais as a whole --- */

static void show_uptime(int64_t seconds)
{
    if (seconds >= 86400)
        show_line("up for", "%lld days %lld h", (long long)(seconds / 86400),
                  (long long)(seconds % 86400 / 3600));
    else
        show_line("up for", "%lld h %lld min %lld s", (long long)(seconds / 3600),
                  (long long)(seconds % 3600 / 60), (long long)(seconds % 60));
}

/* "2 import_failed, 1 file_missing" */
/* Those whose last step was done wait for a person. */
static void show_reminders(const json_t *reminders)
{
    const int64_t open = get_int(reminders, "open"), taken = get_int(reminders, "acknowledged"),
                  exhausted = get_int(reminders, "exhausted");

    if (open || taken || exhausted)
        show_line("reminders",
                  "%lld open, %lld acknowledged, %lld told to the end without an answer "
                  "(relaisctl matter list)",
                  (long long)open, (long long)taken, (long long)exhausted);
}

static void show_open_alerts(json_t *alerts)
{
    char text[200] = "";
    size_t used = 0;
    const char *kind;
    json_t *n;

    json_object_foreach(alerts, kind, n)
    {
        if (used < sizeof(text) - 1)
            used += (size_t)snprintf(text + used, sizeof(text) - used, "%s%lld %s",
                                     used ? ", " : "", (long long)json_integer_value(n), kind);
    }
    if (*text)
        show_line("alerts", "%s (relaisctl alert list)", text);
}

static void show_files(const json_t *files)
{
    const int64_t waiting = get_int(files, "waiting"), hindered = get_int(files, "hindered");
    char at[20];

    if (get_int(files, "partners") == 0)
        return;
    show_line("files", "%lld waiting%s%s%s, %lld being read", (long long)waiting,
              waiting ? ", the oldest of " : "", get_time(files, "oldest_at", at),
              waiting ? " UTC" : "", (long long)get_int(files, "at_work"));
    if (hindered)
        show_line("", "SOMETHING IS IN THE WAY of %lld %s: relaisctl partner list",
                  (long long)hindered, plural(hindered, "partner", "partners"));
}

static void show_doubles(int64_t n)
{
    if (n)
        show_line("doubles", "%lld %s may be one person: relaisctl customer doubles", (long long)n,
                  plural(n, "pair of customers", "pairs of customers"));
}

static void show_database(const json_t *db)
{
    const char *state = get_text(db, "state"), *kind = get_text(db, "kind");
    char at[20];

    if (strcmp(state, "up") == 0)
        show_line("database", "up (%s)", kind);
    else
        show_line("database", "%s since %s UTC (%s)",
                  strcmp(state, "silent") == 0 ? "DOES NOT ANSWER" : "away",
                  get_time(db, "since", at), kind);
}

void show_status(const json_t *reply)
{
    const json_t *queue = json_object_get(reply, "queue");
    const json_t *waiting = json_object_get(queue, "waiting");
    const json_t *today = json_object_get(reply, "today"), *rates = json_object_get(reply, "rates");

    show_line("relais", "%s, node %lld", get_text(reply, "version"),
              (long long)get_int(reply, "node"));
    show_uptime(get_int(reply, "uptime_s"));
    show_database(json_object_get(reply, "database"));
    show_line("gateway", "%s", get_text(reply, "gateway"));
    if (json_is_object(queue)) {
        show_line("queue", "%lld alerts, %lld service, %lld promotions; %lld of paused campaigns",
                  (long long)get_int(waiting, "alert"), (long long)get_int(waiting, "service"),
                  (long long)get_int(waiting, "promo"), (long long)get_int(queue, "held"));
        show_line("on the wire", "%lld messages, %lld results to be written",
                  (long long)get_int(queue, "in_flight"), (long long)get_int(queue, "unrecorded"));
        show_line("in doubt", "%lld messages unknown, %lld receipts without a message",
                  (long long)get_int(queue, "unknown"),
                  (long long)get_int(queue, "stray_receipts"));
    }
    show_mail_status(json_object_get(reply, "mail"));
    show_review_status(json_object_get(reply, "review"));
    if (json_is_object(today)) {
        show_line(
            "today", "%lld %s, %lld rows taken, %lld refused", (long long)get_int(today, "imports"),
            plural(get_int(today, "imports"), "file", "files"),
            (long long)get_int(today, "rows_taken"), (long long)get_int(today, "rows_refused"));
        show_line("", "%lld replies, %lld of them STOP", (long long)get_int(today, "inbound"),
                  (long long)get_int(today, "stops"));
    }
    show_files(json_object_get(reply, "files"));
    show_doubles(get_int(reply, "doubles"));
    show_open_alerts(json_object_get(reply, "alerts"));
    show_reminders(json_object_get(reply, "reminders"));
    show_line("now", "%.0f messages a second, %.0f results, %.0f replies",
              json_number_value(json_object_get(rates, "claimed_per_second")),
              json_number_value(json_object_get(rates, "events_per_second")),
              json_number_value(json_object_get(rates, "inbound_per_second")));
    puts("");
    show_carriers(reply);
}

static void show_names(const char *what, const json_t *names)
{
    const json_t *name;
    size_t i;

    if (json_array_size(names) == 0)
        return;
    printf("    %s:", what);
    json_array_foreach(names, i, name) printf("%s %s", i ? "," : "", json_string_value(name));
    puts("");
}

/* Lines of their own, as long as they are: a table would cut them. */
void show_routes(const json_t *reply)
{
    const json_t *route;
    size_t i;

    json_array_foreach(json_object_get(reply, "routes"), i, route)
    {
        printf("%s%s %s   (%s)\n", i ? "\n" : "", get_text(route, "method"),
               get_text(route, "path"), get_text(route, "right"));
        printf("    %s\n", get_text(route, "help"));
        show_names("query", json_object_get(route, "query"));
        show_names("body", json_object_get(route, "body"));
    }
}

void show_retention(const json_t *reply)
{
    static const struct column columns[] = {
        { "TABLE", "table", 't', 0 },
        { "PARTITIONS", "partitions", 'n', 0 },
        { "OLDEST", "oldest", 'd', 0 },
        { "NEWEST", "newest", 'd', 0 },
        { "ROWS (ABOUT)", "rows_estimate", 'n', 0 },
        { "BYTES", "bytes", 'n', 0 },
        { "KEPT, DAYS", "keep_days", 'n', 0 },
        { "NEXT DROP", "next_drop_at", 'd', 0 },
    };

    static const struct column rules[] = {
        { "TABLE", "table", 't', 0 },
        { "KEPT, DAYS", "keep_days", 'n', 0 },
        { "DUE ROWS", "due", 'n', 0 },
    };
    char at[20];

    show_table(list_of(reply, "tables"), columns, 8, "None.");
    puts("");
    show_table(list_of(reply, "rules"), rules, 3, "None.");
    printf("\nThe next look is at %s UTC.\n", get_time(reply, "next_look_at", at));
}

void show_verdict(const json_t *reply)
{
    static const struct column columns[] = {
        { "CHAIN", "chain", 'n', 0 },
        { "EVENTS", "length", 'n', 0 },
        { "HEAD (note it elsewhere: a ledger written anew has another)", "head", 't', 0 },
    };

    if (json_is_true(json_object_get(reply, "intact")))
        printf("The ledger is intact: %lld events in %lld chains.\n\n",
               (long long)get_int(reply, "events"), (long long)get_int(reply, "chains"));
    else
        printf("THE LEDGER IS NOT WHAT WAS WRITTEN: chain %lld, event %lld: %s\n\n",
               (long long)get_int(reply, "broken_chain"), (long long)get_int(reply, "broken_seq"),
               get_text(reply, "reason"));
    show_table(list_of(reply, "heads"), columns, 3, "It is empty.");
}

bool verdict_is_bad(const json_t *reply)
{
    return !json_is_true(json_object_get(reply, "intact"));
}

/* --- customers --- */

void show_customers(const json_t *reply)
{
    static const struct column columns[] = {
        { "ID", "id", 'n', 0 },           { "FIRST NAME", "first_name", 't', 20 },
        { "NAME", "last_name", 't', 24 }, { "COMPANY", "company", 't', 24 },
        { "CITY", "city", 't', 20 },      { "CATEGORY", "category", 't', 0 },
        { "PHONE", "phone", 't', 0 },     { "MAIL", "mail", 't', 30 },
    };

    show_table(list_of(reply, "customers"), columns, 8, "Nobody found.");
}

/* --- what somebody must look at --- */

void show_alerts(const json_t *reply)
{
    static const struct column columns[] = {
        { "ID", "id", 'n', 0 },
        { "KIND", "kind", 't', 0 },
        { "OF", "subject", 't', 0 },
        { "SINCE", "opened_at", 'd', 0 },
        { "CLOSED", "closed_at", 'd', 0 },
        { "SEEN BY", "seen_by", 't', 0 },
        { "SAID OF IT", "note", 't', 30 },
        { "WHAT", "text", 't', 0 },
    };

    show_house_table(reply, list_of(reply, "alerts"), columns, 8, "No alert is open.");
}

void show_alert_rules(const json_t *reply)
{
    static const struct column columns[] = {
        { "KIND", "kind", 't', 0 },     { "POLICY", "policy", 't', 0 },
        { "TEAM", "team", 't', 0 },     { "STAFF", "staff", 't', 0 },
        { "URGENT", "urgent", 't', 0 }, { "SET BY", "updated_by", 't', 0 },
    };
    static const struct column kinds[] = { { "KINDS", "kind", 't', 0 }, { "", "help", 't', 0 } };

    json_t *rules = json_deep_copy(list_of(reply, "rules")), *rule;
    size_t i;

    json_array_foreach(rules, i, rule)
    {
        if (strcmp(get_text(rule, "kind"), "*") == 0) /* as it is typed */
            json_object_set_new(rule, "kind", json_string("any"));
    }
    show_table(rules, columns, 6,
               "Nobody is told of alerts. Begin with: relaisctl alert rule set any --policy NAME "
               "--team CODE");
    json_decref(rules);
    printf("\n");
    show_table(list_of(reply, "kinds"), kinds, 2, "");
}
