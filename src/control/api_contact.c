/* api_contact.c - whom to contact: policies, topics, the daily lists, and why somebody is on one.
 */
#include <stdio.h>
#include <string.h>

#include "control/exchange.h"
#include "control/routes.h"
#include "domain/local_time.h"
#include "domain/staff.h"
#include "flow/contact_list.h"
#include "store/contact_policy.h"
#include "store/contact_task.h"

#define TEXT_MAX       700
#define LISTS_SHOWN    30
#define LIST_TASKS_MAX 5000
#define NOT_GIVEN      (-1)

static const char *given(const struct exchange *x, const char *field, const char *text)
{
    const json_t *value = json_object_get(x->body, field);

    return value && !json_is_null(value) ? text : NULL;
}

/* *out NULL: it was not given. */
static bool take_given(struct exchange *x, const char *field, const char **out)
{
    if (!take_text(x, field, TEXT_MAX, "", out))
        return false;
    *out = given(x, field, *out);
    return true;
}

static void put_day(json_t *object, const char *name, int day)
{
    char text[STAFF_DAY_SIZE];

    put_text(object, name, staff_day_text(day, text));
}

/* What the store refused, with the field that it is about. */
static void refused(struct exchange *x, enum rc rc, const char *field, const struct error *err)
{
    if (rc == RC_INVALID && *field)
        exchange_refuse(x, 422, field, "%s", err->text);
    else
        exchange_failed(x, rc, "contact", err);
}

static void kick(struct exchange *x)
{
    if (x->house->contact_lists)
        contact_list_runner_kick(x->house->contact_lists);
}

/* --- policies --- */

static void add_policy(void *arg, const struct contact_policy_row *row)
{
    const struct contact_policy *p = row->policy;
    json_t *item = json_object(), *reasons = json_object();

    for (int i = 0; i < CONTACT_REASONS; i++) {
        json_t *weight = json_object();

        put_u64(weight, "points", p->weights[i].points);
        put_u64(weight, "days", p->weights[i].days);
        json_object_set_new(reasons, contact_reason_entry((enum contact_reason)i)->name, weight);
    }
    put_text(item, "category", row->category);
    put_text(item, "state", p->on ? "on" : "off");
    put_text(item, "team", row->team);
    put_u64(item, "every_days", p->every_days);
    put_text(item, "counts", contact_counts_name(p->counts));
    put_u64(item, "rest_days", p->rest_days);
    json_object_set_new(item, "priority", json_integer(p->priority));
    put_u64(item, "value_points", p->value_points);
    json_object_set_new(item, "reasons", reasons);
    json_array_append_new(arg, item);
}

static void list_policies(struct exchange *x)
{
    json_t *list = json_array();
    enum rc rc = contact_policies_list(x->db, add_policy, list);

    json_object_set_new(x->reply, "policies", list);
    if (rc)
        exchange_failed(x, rc, "contact", NULL);
}

static bool take_policy(struct exchange *x, struct contact_policy_plan *plan, int64_t *priority)
{
    bool on;

    plan->category = x->word;
    if (!take_given(x, "team", &plan->team) || !take_given(x, "counts", &plan->counts) ||
        !take_bool(x, "on", true, &on) ||
        !take_int(x, "every_days", 0, CONTACT_DAYS_MAX, NOT_GIVEN, &plan->every_days) ||
        !take_int(x, "rest_days", 0, CONTACT_DAYS_MAX, NOT_GIVEN, &plan->rest_days) ||
        !take_int(x, "value_points", 0, CONTACT_POINTS_MAX, NOT_GIVEN, &plan->value_points) ||
        !take_int(x, "priority", -CONTACT_POINTS_MAX, CONTACT_POINTS_MAX, 0, priority))
        return false;
    plan->on = given(x, "on", "") ? on : NOT_GIVEN;
    plan->priority = given(x, "priority", "") ? priority : NULL;
    for (int i = 0; i < CONTACT_REASONS; i++) {
        if (!take_given(x, contact_reason_entry((enum contact_reason)i)->name, &plan->weights[i]))
            return false;
    }
    return true;
}

static void set_policy(struct exchange *x)
{
    struct contact_policy_plan plan = { .category = NULL };
    struct error err = { "" };
    const char *field = "";
    int64_t priority;
    enum rc rc;

    if (!take_policy(x, &plan, &priority))
        return;
    rc = contact_policy_set(x->db, &plan, x->who, &field, &err);
    if (rc) {
        refused(x, rc, field, &err);
        return;
    }
    x->changed = true;
    list_policies(x);
}

static void off_policy(struct exchange *x)
{
    struct contact_policy_plan plan = { .category = x->word,
                                        .every_days = NOT_GIVEN,
                                        .rest_days = NOT_GIVEN,
                                        .value_points = NOT_GIVEN };
    struct error err = { "" };
    const char *field = "";
    enum rc rc = contact_policy_set(x->db, &plan, x->who, &field, &err);

    if (rc)
        refused(x, rc, field, &err);
    else
        list_policies(x);
}

/* --- topics --- */

static void add_topic(void *arg, const struct contact_topic_row *row)
{
    json_t *item = json_object();

    put_text(item, "name", row->name);
    put_text(item, "kind", row->kind);
    put_text(item, "category", row->category);
    put_text(item, "text", row->text);
    put_day(item, "from", row->from_day);
    put_day(item, "to", row->to_day);
    put_text(item, "created_by", row->created_by);
    json_array_append_new(arg, item);
}

static void list_topics(struct exchange *x)
{
    json_t *list = json_array();
    enum rc rc = contact_topics_list(x->db, add_topic, list);

    json_object_set_new(x->reply, "topics", list);
    if (rc)
        exchange_failed(x, rc, "contact", NULL);
}

/* A topic begins and ends on days of the house. */
static bool take_today(struct exchange *x, int *day)
{
    struct local_zone *zone;
    struct civil today;
    enum rc rc = local_zone_open(x->house->timezone, &zone, NULL);

    if (rc) {
        exchange_failed(x, rc, "contact", NULL);
        return false;
    }
    today = local_zone_civil(zone, clock_now());
    local_zone_close(zone);
    *day = staff_day(&today);
    return true;
}

static void set_topic(struct exchange *x)
{
    struct contact_topic_plan plan = { .name = x->word };
    struct error err = { "" };
    const char *field = "";
    enum rc rc;

    if (!take_given(x, "kind", &plan.kind) || !take_given(x, "category", &plan.category) ||
        !take_given(x, "text", &plan.text) || !take_given(x, "from", &plan.from) ||
        !take_given(x, "to", &plan.to) || !take_today(x, &plan.today))
        return;
    rc = contact_topic_set(x->db, &plan, x->who, &field, &err);
    if (rc)
        refused(x, rc, field, &err);
    else
        list_topics(x);
}

static void end_topic(struct exchange *x)
{
    enum rc rc;
    int today;

    if (!take_today(x, &today))
        return;
    rc = contact_topic_end(x->db, x->word, today, x->who);
    if (rc == RC_NOTFOUND)
        exchange_refuse(x, 404, NULL,
                        "there is no topic named \"%s\"; relaisctl contact topic list shows those "
                        "that there are",
                        x->word);
    else if (rc)
        exchange_failed(x, rc, "contact", NULL);
    else
        list_topics(x);
}

/* --- lists --- */

static bool as_day(struct exchange *x, const char *text, int *day)
{
    *day = 0;
    if (!text || !*text || staff_day_parse(text, day) == RC_OK)
        return true;
    exchange_refuse(x, 422, "day", "day: expected a day such as 2026-12-24, got \"%.20s\"", text);
    return false;
}

static void add_list(void *arg, const struct contact_list_row *row)
{
    json_t *item = json_object();

    put_text(item, "team", row->team);
    put_day(item, "day", row->day);
    put_text(item, "state", row->state);
    put_text(item, "wanted_by", row->wanted_by);
    put_time(item, "wanted_at", row->wanted_at);
    put_time(item, "made_at", row->made_at);
    put_u64(item, "customers", row->seen);
    put_u64(item, "due", row->due);
    put_u64(item, "listed", row->listed);
    json_object_set_new(item, "best_left_out",
                        row->full ? json_integer(row->cut_score) : json_null());
    json_array_append_new(arg, item);
}

static void show_lists(struct exchange *x, const char *team, int day)
{
    json_t *list = json_array();
    enum rc rc = contact_lists_list(x->db, team, day, LISTS_SHOWN, add_list, list);

    put_text(x->reply, "timezone", x->house->timezone);
    json_object_set_new(x->reply, "lists", list);
    if (rc)
        exchange_failed(x, rc, "contact", NULL);
}

static void list_lists(struct exchange *x)
{
    int day;

    if (as_day(x, x->query[1], &day))
        show_lists(x, x->query[0] ? x->query[0] : "", day);
}

static void add_task(void *arg, const struct contact_task *t)
{
    json_t *item = json_object();

    put_u64(item, "id", t->id);
    put_text(item, "staff", t->staff);
    put_u64(item, "customer_id", t->customer_id);
    put_text(item, "customer", t->customer_name);
    put_text(item, "phone", t->phone);
    json_object_set_new(item, "score", json_integer(t->score));
    put_text(item, "title", t->title);
    put_text(item, "reasons", t->reasons);
    put_text(item, "state", contact_state_name(t->state));
    put_time(item, "due_at", t->due_at);
    json_array_append_new(arg, item);
}

struct newest {
    unsigned team_id;
    int day, today;
};

/* They come newest first: what was made ahead gives way to that of today. */
static void take_newest(void *arg, const struct contact_list_row *row)
{
    struct newest *newest = arg;

    if (newest->team_id && newest->day <= newest->today)
        return;
    newest->team_id = row->team_id;
    newest->day = row->day;
}

/* Of the day that was asked for, or of today, or the last one that there is. */
static void get_list(struct exchange *x)
{
    struct newest newest = { .team_id = 0 };
    json_t *tasks;
    int day;
    enum rc rc;

    if (!as_day(x, x->query[0], &day) || !take_today(x, &newest.today))
        return;
    rc = contact_lists_list(x->db, x->word, day, LISTS_SHOWN, take_newest, &newest);
    if (!rc && !newest.team_id) {
        exchange_refuse(x, 404, NULL,
                        "no list of team \"%s\" %s yet; relaisctl contact list make %s makes one",
                        x->word, day ? "of that day was made" : "was made", x->word);
        return;
    }
    tasks = json_array();
    if (!rc)
        rc = contact_task_list(x->db,
                               &(struct contact_task_query){ .team_id = newest.team_id,
                                                             .from_day = newest.day,
                                                             .to_day = newest.day,
                                                             .limit = LIST_TASKS_MAX },
                               add_task, tasks);
    put_text(x->reply, "timezone", x->house->timezone);
    json_object_set_new(x->reply, "tasks", tasks);
    if (rc)
        exchange_failed(x, rc, "contact", NULL);
    else
        show_lists(x, x->word, newest.day);
}

static void want_list(struct exchange *x)
{
    struct error err = { "" };
    const char *text;
    int day;
    enum rc rc;

    if (!take_given(x, "day", &text) || !as_day(x, text, &day))
        return;
    rc =
        contact_list_want(x->db, x->house->contact_list_settings, x->word, day, x->who, &day, &err);
    if (rc) {
        exchange_failed(x, rc, "team", &err);
        return;
    }
    x->changed = true;
    x->status = 202;
    show_lists(x, x->word, day);
}

/* --- why? --- */

/* Why a customer who is due is on no list. */
static const char *due_verdict(const struct contact_why *w)
{
    if (w->facts.other_task)
        return "has_a_task";
    if (!w->listed)
        return w->list_at ? "list_not_made_yet" : "no_list_that_day";
    return "no_place_left";
}

static const char *verdict_of(const struct contact_why *w)
{
    if (w->facts.list_task)
        return w->facts.list_open ? "on_the_list" : "done_today";
    switch (w->score.verdict) {
    case CONTACT_DUE:
        return due_verdict(w);
    case CONTACT_NO_POLICY:
        return "no_policy";
    case CONTACT_UNWANTED:
        return w->facts.erased ? "erased" : "do_not_contact";
    case CONTACT_NO_PHONE:
        return "no_phone";
    case CONTACT_RESTING:
        return "spoken_to_just_now";
    case CONTACT_NO_REASON:
        break;
    }
    return "nothing_due";
}

static void put_reasons(struct exchange *x, const struct contact_why *w)
{
    json_t *list = json_array();

    for (int i = 0; i < CONTACT_REASONS; i++) {
        const enum contact_reason reason = (enum contact_reason)i;
        char text[CONTACT_WORDS_SIZE];
        json_t *item;

        if (!w->score.points[i])
            continue;
        item = json_object();
        put_text(item, "reason", contact_reason_entry(reason)->name);
        json_object_set_new(item, "points", json_integer(w->score.points[i]));
        json_object_set_new(item, "number", json_integer(w->score.numbers[i]));
        contact_reason_words(reason, w->score.numbers[i], w->topics[i], "en", text);
        put_text(item, "words", text);
        contact_reason_words(reason, w->score.numbers[i], w->topics[i], "fr", text);
        put_text(item, "words_fr", text);
        json_array_append_new(list, item);
    }
    json_object_set_new(x->reply, "reasons", list);
    json_object_set_new(x->reply, "value_points", json_integer(w->score.value));
    json_object_set_new(x->reply, "priority_points", json_integer(w->score.priority));
    json_object_set_new(x->reply, "score", json_integer(w->score.total));
}

static void explain(struct exchange *x)
{
    struct contact_why w;
    enum rc rc = contact_explain(x->db, x->house->contact_list_settings, x->id, &x->arena, &w);

    if (rc) {
        exchange_failed(x, rc, "customer", NULL);
        return;
    }
    put_u64(x->reply, "customer_id", x->id);
    put_text(x->reply, "verdict", verdict_of(&w));
    put_day(x->reply, "day", w.day);
    put_text(x->reply, "category", w.category);
    put_text(x->reply, "owner", w.owner);
    put_text(x->reply, "stand_in", w.stand_in);
    put_text(x->reply, "team", w.team);
    put_reasons(x, &w);
    put_text(x->reply, "timezone", x->house->timezone);
    put_time(x->reply, "talked_at", w.facts.talked_at);
    put_time(x->reply, "last_contact_at", w.facts.last_contact_at);
    json_object_set_new(x->reply, "days_since", json_integer(w.score.days_since));
    put_u64(x->reply, "every_days", w.policy ? w.policy->every_days : 0);
    put_text(x->reply, "counts", w.policy ? contact_counts_name(w.policy->counts) : "");
    put_id(x->reply, "task_id", w.facts.list_task ? w.facts.list_task : w.facts.other_task);
    put_text(x->reply, "staff", w.list_staff);
    put_time(x->reply, "list_at", w.list_at);
    json_object_set_new(x->reply, "best_left_out",
                        w.full ? json_integer(w.cut_score) : json_null());
}

const struct route contact_routes[] = {
    { .method = "GET",
      .pattern = "/v1/contact/policies",
      .right = RIGHT_TOKEN,
      .run = list_policies,
      .help = "How often customers of each category are contacted, and what the reasons weigh." },
    { .method = "PUT",
      .pattern = "/v1/contact/policies/{name}",
      .right = RIGHT_ADMIN,
      .run = set_policy,
      .then = kick,
      .body =
          BODY("team", "on", "every_days", "counts", "rest_days", "priority", "value_points",
               "complaint", "missed", "reply", "invoice", "delivery", "terms", "news", "overdue"),
      .help =
          "Makes the policy of a category (or of \"others\"), or changes what is given. Body: "
          "team, on, every_days, counts (talk or any), rest_days, priority, value_points, and "
          "for each reason \"POINTS/DAYS\": complaint, missed, reply, invoice, delivery, terms, "
          "news, overdue." },
    { .method = "POST",
      .pattern = "/v1/contact/policies/{name}/off",
      .right = RIGHT_ADMIN,
      .run = off_policy,
      .help = "Customers of that category are on no list; on: true takes it back." },
    { .method = "GET",
      .pattern = "/v1/contact/topics",
      .right = RIGHT_TOKEN,
      .run = list_topics,
      .help = "What there is to tell customers: better terms, news of services." },
    { .method = "PUT",
      .pattern = "/v1/contact/topics/{name}",
      .right = RIGHT_ADMIN,
      .run = set_topic,
      .body = BODY("kind", "category", "text", "from", "to"),
      .help = "Something to tell, or another text of it. Body: kind (terms or news), text, to (the "
              "last day), from (today if not said), category (all if not said)." },
    { .method = "POST",
      .pattern = "/v1/contact/topics/{name}/end",
      .right = RIGHT_ADMIN,
      .run = end_topic,
      .help = "It is told no more." },
    { .method = "GET",
      .pattern = "/v1/contact/lists",
      .right = RIGHT_TOKEN,
      .run = list_lists,
      .query = { "team", "day" },
      .help = "The lists of the last days: how many are due, and how many have a place." },
    { .method = "GET",
      .pattern = "/v1/contact/lists/{name}",
      .right = RIGHT_TOKEN,
      .run = get_list,
      .slow = true,
      .query = { "day" },
      .help = "The last list of a team, or that of a day: who contacts whom, and why." },
    { .method = "POST",
      .pattern = "/v1/contact/lists/{name}",
      .right = RIGHT_TOKEN,
      .run = want_list,
      .then = kick,
      .body = BODY("day"),
      .help =
          "Makes the list of a team now, or again: free places are filled. Body: day (today)." },
    { .method = "GET",
      .pattern = "/v1/customers/{id}/contact",
      .right = RIGHT_TOKEN,
      .run = explain,
      .help = "Why the customer is on the list of contacts, or why not: each number." },
};
const size_t n_contact_routes = sizeof(contact_routes) / sizeof(contact_routes[0]);
