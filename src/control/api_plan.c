/* api_plan.c - contact plans: set, switched, who is in them and where. */
#include <stdio.h>
#include <string.h>

#include "base/buffer.h"
#include "control/colleague_may.h"
#include "control/plan_json.h"
#include "control/routes.h"
#include "domain/audience.h"
#include "flow/contact_plan.h"
#include "store/contact_enrolment.h"

#define WHO_MAX 1000

/* RC_NOTFOUND was answered. */
static bool find(struct exchange *x, uint64_t *id)
{
    enum rc rc = contact_plan_find(x->db, x->word, id);

    if (rc == RC_NOTFOUND)
        exchange_refuse(x, 404, NULL,
                        "there is no plan named \"%s\"; relaisctl plan list shows those that there "
                        "are",
                        x->word);
    else if (rc)
        exchange_failed(x, rc, "plan", NULL);
    return !rc;
}

static void kick(struct exchange *x)
{
    if (x->house->plans)
        contact_plan_runner_kick(x->house->plans);
}

/* --- shown --- */

static void put_plan(json_t *item, const struct contact_plan *p)
{
    put_u64(item, "id", p->id);
    put_text(item, "name", p->name);
    put_text(item, "state", p->on ? "on" : "off");
    put_u64(item, "version", p->version);
    put_text(item, "enrol", plan_enrols_name(p->enrols));
    put_u64(item, "most_a_day", p->most_a_day);
    put_text(item, "why", p->why);
    put_u64(item, "active", p->active);
    put_u64(item, "paused", p->paused);
    put_u64(item, "done", p->done);
    put_u64(item, "stopped", p->stopped);
    put_time(item, "updated_at", p->updated_at);
}

static void add_plan(void *arg, const struct contact_plan *p)
{
    json_t *item = json_object();

    put_plan(item, p);
    json_array_append_new(arg, item);
}

static void list_plans(struct exchange *x)
{
    json_t *list = json_array();
    enum rc rc = contact_plan_list(x->db, add_plan, list);

    if (rc) {
        json_decref(list);
        exchange_failed(x, rc, "plan", NULL);
        return;
    }
    json_object_set_new(x->reply, "plans", list);
}

static void add_figures(void *arg, const struct contact_plan_figures *f)
{
    json_t *item = json_array_get(arg, f->step - 1);

    if (!item)
        return; /* behind the last step: they wait for the result of it */
    put_u64(item, "messages", f->messages);
    put_u64(item, "left_out", f->left_out);
    put_u64(item, "tasks", f->tasks);
    put_u64(item, "skipped", f->skipped);
    put_u64(item, "waiting", f->waiting);
}

static void add_walk(void *arg, const struct contact_plan_walk *w)
{
    json_t *item = json_object();

    put_u64(item, "id", w->id);
    put_text(item, "what", w->moves ? "move" : "enrol");
    put_text(item, "audience", w->rule);
    put_text(item, "state", w->running ? "running" : w->refused ? "refused" : "done");
    put_text(item, "why", w->why);
    put_u64(item, "percent", w->percent);
    put_u64(item, "found", w->found);
    put_u64(item, "changed", w->changed);
    put_text(item, "by", w->who);
    put_time(item, "created_at", w->created_at);
    json_array_append_new(arg, item);
}

static void show(struct exchange *x, uint64_t id, unsigned version)
{
    struct contact_plan_text text;
    struct contact_plan p;
    struct error err = { "" };
    json_t *walks;
    enum rc rc = contact_plan_read(x->db, id, version, &x->arena, &p);

    if (rc == RC_NOTFOUND) {
        exchange_refuse(x, 404, "version", "%s has no version %u", x->word, version);
        return;
    }
    if (!rc)
        rc = contact_plan_parse(p.text, &x->arena, &text, &err);
    if (rc) {
        exchange_failed(x, rc, "plan", &err);
        return;
    }
    put_plan(x->reply, &p);
    put_plan_text(x->reply, &text);
    put_text(x->reply, "text", p.text);
    walks = json_array();
    json_object_set_new(x->reply, "walks", walks);
    rc =
        contact_plan_figures(x->db, id, p.version, add_figures, json_object_get(x->reply, "steps"));
    if (!rc)
        rc = contact_plan_walks(x->db, id, add_walk, walks);
    if (rc)
        exchange_failed(x, rc, "plan", NULL);
}

static void get_plan(struct exchange *x)
{
    uint64_t id, version;

    if (find(x, &id) && take_query_u64(x, 0, UINT32_MAX, 0, &version))
        show(x, id, (unsigned)version);
}

/* --- set --- */

static void set_it(struct exchange *x, const char *text, bool move)
{
    const struct contact_plan_change change = {
        .name = x->word, .text = text, .move = move, .who = x->who
    };
    struct contact_plan_made made;
    struct error err = { "" };
    enum rc rc = contact_plan_set(x->db, &change, x->house->plan_settings, &made, &err);

    if (rc) {
        exchange_failed(x, rc, "plan", &err);
        return;
    }
    x->changed = true;
    show(x, made.id, 0);
}

static void set_plan(struct exchange *x)
{
    struct buffer lines;
    const char *text;
    bool move;

    if (!take_text(x, "text", CONTACT_PLAN_TEXT_MAX, "", &text) ||
        !take_bool(x, "move", false, &move))
        return;
    if (*text) {
        set_it(x, text, move);
        return;
    }
    buffer_init(&lines, CONTACT_PLAN_TEXT_MAX);
    if (take_plan_text(x, &lines)) {
        if (lines.full)
            exchange_refuse(x, 422, "steps", "steps: expected at most %d bytes",
                            CONTACT_PLAN_TEXT_MAX);
        else
            set_it(x, buffer_text(&lines), move);
    }
    buffer_close(&lines);
}

static void switch_plan(struct exchange *x, bool on)
{
    struct error err = { "" };
    int64_t most = -1;
    uint64_t id;
    enum rc rc;

    if ((on && !take_int(x, "most", 0, CONTACT_PLAN_MOST_MAX, -1, &most)) || !find(x, &id))
        return;
    rc = contact_plan_switch(x->db, id, on, most, x->who, &err);
    if (rc) {
        exchange_failed(x, rc, "plan", &err);
        return;
    }
    x->changed = true;
    show(x, id, 0);
}

static void on_plan(struct exchange *x)
{
    switch_plan(x, true);
}

static void off_plan(struct exchange *x)
{
    switch_plan(x, false);
}

/* --- customers --- */

static bool take_customer(struct exchange *x, int64_t def, uint64_t *id)
{
    int64_t value;

    if (!take_int(x, "customer_id", 1, INT64_MAX, def, &value))
        return false;
    *id = (uint64_t)value;
    return true;
}

static void enrol(struct exchange *x)
{
    struct error err = { "" };
    uint64_t plan, customer, id = 0;
    const char *audience;
    bool many, outside_too;
    enum rc rc;

    many = json_object_get(x->body, "audience") != NULL;
    if (!take_text(x, "audience", AUDIENCE_TEXT_MAX, "", &audience) ||
        !take_customer(x, 0, &customer) || !take_bool(x, "yes", false, &outside_too) ||
        !find(x, &plan))
        return;
    if (many == (customer != 0)) {
        exchange_refuse(x, 422, "customer_id",
                        "expected customer_id, or audience (a rule; all: everybody)");
        return;
    }
    rc = many ? contact_plan_enrol_audience(x->db, plan, audience, x->who, &id, &err)
              : contact_enrol(x->db, plan, customer, outside_too, x->house->plan_settings, x->who,
                              &id, &err);
    if (rc == RC_NOTFOUND)
        exchange_refuse(x, 404, "customer_id", "there is no customer %llu",
                        (unsigned long long)customer);
    else if (rc)
        exchange_failed(x, rc, "plan", &err);
    if (rc)
        return;
    put_text(x->reply, "plan", x->word);
    put_id(x->reply, "customer_id", customer);
    put_id(x->reply, many ? "walk_id" : "enrolment_id", id);
    x->changed = true;
}

/* The customer's place in the plan; false: answered. */
static bool find_enrolment(struct exchange *x, uint64_t *id)
{
    uint64_t plan, customer;
    enum rc rc;

    if (!take_customer(x, 0, &customer) || !find(x, &plan))
        return false;
    rc = contact_enrolment_find(x->db, plan, customer, id);
    if (rc == RC_NOTFOUND)
        exchange_refuse(x, 404, "customer_id", "customer %llu is not under way in %s",
                        (unsigned long long)customer, x->word);
    else if (rc)
        exchange_failed(x, rc, "plan", NULL);
    return !rc;
}

static void answer(struct exchange *x, enum rc rc, const struct error *err, const char *state)
{
    if (rc) {
        exchange_failed(x, rc, "plan", err);
        return;
    }
    put_text(x->reply, "plan", x->word);
    put_text(x->reply, "state", state);
    x->changed = true;
}

static void note_call(void *arg, const struct contact_enrolment *e)
{
    *(uint64_t *)arg = e->task_id;
}

/* An open call of it is cancelled. */
static bool may_stop(struct exchange *x, uint64_t id)
{
    struct contact_enrolment_query query = { .state = "", .after = id - 1, .limit = 1 };
    struct staff_book book;
    uint64_t task = 0;
    enum rc rc;

    if (!take_customer(x, 0, &query.customer_id))
        return false;
    rc = contact_enrolment_list(x->db, &query, note_call, &task);
    if (rc) {
        exchange_failed(x, rc, "plan", NULL);
        return false;
    }
    return !task || (colleagues_read(x, &book) &&
                     colleague_may_matter(x, &book, STAFF_ENDS, MATTER_TASK, task));
}

static void stop(struct exchange *x)
{
    struct error err = { "" };
    const char *why;
    uint64_t id;

    if (take_text(x, "why", 64, "by hand", &why) && find_enrolment(x, &id) && may_stop(x, id))
        answer(x, contact_enrolment_stop(x->db, id, why, x->who, &err), &err, "stopped");
}

static void pause_one(struct exchange *x)
{
    struct error err = { "" };
    uint64_t id;

    if (find_enrolment(x, &id))
        answer(x, contact_enrolment_pause(x->db, id, x->who, &err), &err, "paused");
}

static void resume(struct exchange *x)
{
    struct error err = { "" };
    uint64_t id;

    if (find_enrolment(x, &id))
        answer(x, contact_enrolment_resume(x->db, id, x->who, &err), &err, "active");
}

static void skip(struct exchange *x)
{
    struct error err = { "" };
    uint64_t id;

    if (find_enrolment(x, &id))
        answer(x, contact_enrolment_skip(x->db, id, x->who, &err), &err, "skipped");
}

struct who_list {
    json_t *items;
    uint64_t last;
};

static void add_who(void *arg, const struct contact_enrolment *e)
{
    struct who_list *list = arg;
    json_t *item = json_object();

    put_u64(item, "id", e->id);
    put_text(item, "plan", e->plan);
    put_u64(item, "customer_id", e->customer_id);
    put_text(item, "customer", e->customer);
    put_text(item, "state", enrolment_state_name(e->state));
    put_text(item, "why", e->why);
    put_u64(item, "version", e->version);
    put_u64(item, "next_step", e->step);
    put_time(item, "next_at", e->next_at);
    put_id(item, "task_id", e->task_id);
    put_time(item, "started_at", e->started_at);
    put_time(item, "ended_at", e->ended_at);
    put_text(item, "by", e->created_by);
    json_array_append_new(list->items, item);
    list->last = e->id;
}

static void get_who(struct exchange *x)
{
    struct contact_enrolment_query query = { .state = x->query[0] ? x->query[0] : "" };
    struct who_list list = { .last = 0 };
    enum enrolment_state state;
    uint64_t limit;
    enum rc rc;

    if (!find(x, &query.plan_id) || !take_query_u64(x, 1, INT64_MAX, 0, &query.after) ||
        !take_query_u64(x, 2, WHO_MAX, 100, &limit))
        return;
    if (*query.state && enrolment_state_parse(query.state, &state)) {
        exchange_refuse(x, 422, "state", "state: expected active, paused, done or stopped");
        return;
    }
    query.limit = limit ? (size_t)limit : 1;
    list.items = json_array();
    rc = contact_enrolment_list(x->db, &query, add_who, &list);
    if (rc) {
        json_decref(list.items);
        exchange_failed(x, rc, "plan", NULL);
        return;
    }
    put_id(x->reply, "next", json_array_size(list.items) == query.limit ? list.last : 0);
    put_text(x->reply, "timezone", x->house->timezone);
    json_object_set_new(x->reply, "customers", list.items);
}

static void add_entry(void *arg, const struct contact_enrolment_entry *e)
{
    json_t *item = json_object();

    put_u64(item, "step", e->step);
    put_u64(item, "version", e->version);
    put_text(item, "what", e->what);
    put_text(item, "message", e->message);
    put_text(item, "reason", e->reason);
    put_text(item, "by", e->who);
    put_id(item, "task_id", e->task_id);
    put_id(item, "message_id", e->message_id);
    put_time(item, "planned_at", e->planned_at);
    put_time(item, "at", e->at);
    json_array_append_new(arg, item);
}

static void get_of_customer(struct exchange *x)
{
    const struct contact_enrolment_query query = { .customer_id = x->id, .state = "", .limit = 50 };
    struct who_list list = { .items = json_array() };
    json_t *item;
    size_t i;
    enum rc rc = contact_enrolment_list(x->db, &query, add_who, &list);

    put_text(x->reply, "timezone", x->house->timezone);
    json_object_set_new(x->reply, "plans", list.items);
    json_array_foreach(list.items, i, item)
    {
        json_t *steps = json_array();
        json_object_set_new(item, "steps", steps);
        if (!rc)
            rc = contact_enrolment_log(
                x->db, (uint64_t)json_integer_value(json_object_get(item, "id")), add_entry, steps);
    }
    if (rc)
        exchange_failed(x, rc, "plan", NULL);
}

const struct route plan_routes[] = {
    { .method = "GET",
      .pattern = "/v1/plans",
      .right = RIGHT_TOKEN,
      .run = list_plans,
      .help = "The contact plans, and how many customers are in each." },
    { .method = "GET",
      .pattern = "/v1/plans/{name}",
      .right = RIGHT_TOKEN,
      .run = get_plan,
      .slow = true,
      .query = { "version" },
      .help = "One plan: its text, its steps with what became of each, and the walks of many." },
    { .method = "PUT",
      .pattern = "/v1/plans/{name}",
      .right = RIGHT_ADMIN,
      .run = set_plan,
      .then = kick,
      .body = BODY("text", "move", "enrol", "for", "team", "late_days", "steps"),
      .help = "Creates it (off), or makes its next version. Body: text, the plan's lines; or enrol "
              "(by_hand, new_customer, first_order), for, team, late_days and steps, each of kind "
              "sms, email, \"sms,email\", \"email,sms\" or call with day or after_days, at, "
              "template or text, mail_template (of the mails), sender, class, title, "
              "expect, within_days, policy, when, when_outcome. move: who is under way goes on "
              "with it." },
    { .method = "POST",
      .pattern = "/v1/plans/{name}/on",
      .right = RIGHT_ADMIN,
      .run = on_plan,
      .then = kick,
      .body = BODY("most"),
      .help =
          "From now on its steps are done, and who it is for begins it. If more than most (1000) "
          "would begin by themselves in a day, it switches itself off; 0: any number." },
    { .method = "POST",
      .pattern = "/v1/plans/{name}/off",
      .right = RIGHT_ADMIN,
      .run = off_plan,
      .then = kick,
      .help = "None of its steps is done until it is on again." },
    { .method = "POST",
      .pattern = "/v1/plans/{name}/enrol",
      .right = RIGHT_TOKEN,
      .run = enrol,
      .then = kick,
      .body = BODY("customer_id", "audience", "yes"),
      .help = "A customer begins it, or all of an audience who never were in it. yes: also a "
              "customer whom the plan is not for." },
    { .method = "POST",
      .pattern = "/v1/plans/{name}/stop",
      .right = RIGHT_TOKEN,
      .run = stop,
      .body = BODY("customer_id", "why"),
      .help = "It ends for that customer; an open task of it is cancelled." },
    { .method = "POST",
      .pattern = "/v1/plans/{name}/pause",
      .right = RIGHT_TOKEN,
      .run = pause_one,
      .body = BODY("customer_id"),
      .help = "It rests for that customer." },
    { .method = "POST",
      .pattern = "/v1/plans/{name}/resume",
      .right = RIGHT_TOKEN,
      .run = resume,
      .then = kick,
      .body = BODY("customer_id"),
      .help = "It goes on for that customer, later by as long as it rested." },
    { .method = "POST",
      .pattern = "/v1/plans/{name}/skip",
      .right = RIGHT_TOKEN,
      .run = skip,
      .then = kick,
      .body = BODY("customer_id"),
      .help = "The next step is not done for that customer." },
    { .method = "GET",
      .pattern = "/v1/plans/{name}/customers",
      .right = RIGHT_TOKEN,
      .run = get_who,
      .query = { "state", "after", "limit" },
      .help = "Who is in it, and where. The next page is after=<next>." },
    { .method = "GET",
      .pattern = "/v1/customers/{id}/plans",
      .right = RIGHT_TOKEN,
      .run = get_of_customer,
      .help = "The plans that a customer is or was in, step by step." },
};
const size_t n_plan_routes = sizeof(plan_routes) / sizeof(plan_routes[0]);
