/* api_task.c - whom employees are to contact: an employee's list, and what managers do to tasks. */
#include "control/api_task.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "control/colleague_may.h"
#include "control/routes.h"
#include "domain/contact_due.h"
#include "domain/contact_score.h"
#include "flow/report_mail.h"
#include "store/contact_task_command.h"
#include "store/escalation_policy.h"

#define LIST_DEFAULT      100
#define LIST_DAYS         31
#define POLICY_NAME_BYTES 160
#define BECAUSE_MAX       4000
/* Of words for whoever calls: what they are shown in is the API's language. */
#define HOUSE_LANGUAGE         "en"
#define TEXT_BYTES(characters) (4 * (size_t)(characters))

static bool is_late(const struct contact_task *t)
{
    switch (t->state) {
    case CONTACT_OPEN:
        return t->due_at < clock_now();
    case CONTACT_DONE:
        return t->done_at > t->due_at;
    case CONTACT_CANCELLED:
        break;
    }
    return false;
}

/* How it went, for a manager's eye. */
static const char *timing(const struct contact_task *t)
{
    switch (t->state) {
    case CONTACT_OPEN:
        return is_late(t) ? "overdue" : "open";
    case CONTACT_DONE:
        return is_late(t) ? "done late" : "done in time";
    case CONTACT_CANCELLED:
        break;
    }
    return contact_state_name(CONTACT_CANCELLED);
}

/* A task of the list has as its title what weighs most; the other reasons stand behind it. */
static void put_because(json_t *item, const struct contact_task *t, const char *language)
{
    char words[CONTACT_WORDS_SIZE];
    struct contact_score score;
    enum contact_reason first;
    struct buffer text;

    contact_score_read(t->reasons, &score);
    first = contact_score_first(&score);
    buffer_init(&text, BECAUSE_MAX);
    buffer_add_text(&text, t->title);
    for (int r = 0; r < CONTACT_REASONS; r++) {
        if (r == (int)first || !score.points[r])
            continue;
        contact_reason_words((enum contact_reason)r, score.numbers[r], NULL, language, words);
        buffer_printf(&text, ", %s", words);
    }
    put_text(item, "because", buffer_text(&text));
    buffer_close(&text);
}

json_t *task_json(const struct contact_task *t, const char *language)
{
    char day[STAFF_DAY_SIZE];
    json_t *item = json_object();

    put_u64(item, "id", t->id);
    put_u64(item, "customer_id", t->customer_id);
    put_text(item, "customer", t->customer_name);
    put_text(item, "phone", t->phone);
    put_text(item, "staff", t->staff);
    put_text(item, "team", t->team);
    put_text(item, "source", contact_source_name(t->source));
    put_text(item, "state", contact_state_name(t->state));
    put_text(item, "day", staff_day_text(t->day, day));
    put_time(item, "due_at", t->due_at);
    json_object_set_new(item, "late", json_boolean(is_late(t)));
    put_text(item, "timing", timing(t));
    put_text(item, "title", t->title);
    put_text(item, "expected", t->expected);
    put_text(item, "reasons", t->reasons);
    put_because(item, t, language);
    json_object_set_new(item, "score", json_integer(t->score));
    put_id(item, "plan_id", t->plan_id);
    put_time(item, "created_at", t->created_at);
    put_text(item, "created_by", t->created_by);
    put_text(item, "outcome", t->outcome);
    put_text(item, "note", t->note);
    put_text(item, "via", t->via);
    put_time(item, "done_at", t->done_at);
    put_text(item, "done_by", t->done_by);
    put_time(item, "next_at", t->next_at);
    put_text(item, "why", t->why);
    return item;
}

void task_reply(struct exchange *x, uint64_t id)
{
    struct contact_task t;
    json_t *item;
    const enum rc rc = contact_task_read(x->db, id, &x->arena, &t);

    if (rc) {
        exchange_failed(x, rc, "task", NULL);
        return;
    }
    item = task_json(&t, HOUSE_LANGUAGE);
    json_object_update(x->reply, item);
    json_decref(item);
    put_text(x->reply, "timezone", x->house->timezone);
    x->changed = true;
}

struct task_list {
    json_t *items;
    uint64_t last;
    const char *language;
    const char *instead_of; /* a login: they are done in that person's place; "": they are not */
    uint64_t late;
};

static void add_task(void *arg, const struct contact_task *t)
{
    struct task_list *list = arg;
    json_t *item = task_json(t, list->language);

    put_text(item, "instead_of", list->instead_of);
    json_array_append_new(list->items, item);
    list->late += is_late(t);
    list->last = t->id;
}

static void count_task(void *arg, const struct contact_task *t)
{
    (void)t;
    ++*(uint64_t *)arg;
}

/* --- an employee's list --- */

/* Of a manager's team, what is nobody's: it is given to whoever is there, if anybody is. */
static enum rc list_nobodys(struct exchange *x, const struct staff_member *member, int today,
                            struct task_list *list)
{
    const struct contact_task_query query = { .nobodys = true,
                                              .team_id = member->team_id,
                                              .to_day = today,
                                              .open_only = true,
                                              .limit = TASKS_MAX };

    list->instead_of = "";
    return member->role == STAFF_EMPLOYEE ? RC_OK
                                          : contact_task_list(x->db, &query, add_task, list);
}

/* Of the person, and of those whose work that person does today. */
static enum rc list_today(struct exchange *x, const struct staff_book *book,
                          const struct staff_member *member, int today, struct task_list *list)
{
    struct contact_task_query query = { .to_day = today, .open_only = true, .limit = TASKS_MAX };
    enum rc rc = RC_OK;

    for (size_t i = 0; !rc && i < book->n_staff; i++) {
        const struct staff_member *s = &book->staff[i];

        if (s != member && staff_stand_in(book, s->id, today) != member->id)
            continue;
        query.staff_id = s->id;
        list->instead_of = s == member ? "" : s->login;
        rc = contact_task_list(x->db, &query, add_task, list);
    }
    return rc ? rc : list_nobodys(x, member, today, list);
}

/* What is due first stands first, what is late before all else; of the same hour the most urgent.
 */
static int by_hour(const void *a, const void *b)
{
    const json_t *x = *(json_t *const *)a, *y = *(json_t *const *)b;
    const int due = strcmp(json_string_value(json_object_get(x, "due_at")),
                           json_string_value(json_object_get(y, "due_at")));
    const json_int_t score = json_integer_value(json_object_get(x, "score")),
                     other = json_integer_value(json_object_get(y, "score"));

    return due ? due : (score < other) - (score > other);
}

static enum rc put_in_order(struct exchange *x, json_t *items)
{
    const size_t n = json_array_size(items);
    json_t **list = arena_alloc(&x->arena, (n + 1) * sizeof(json_t *));

    if (!list)
        return RC_FAIL;
    for (size_t i = 0; i < n; i++)
        list[i] = json_incref(json_array_get(items, i));
    qsort(list, n, sizeof(json_t *), by_hour);
    json_array_clear(items);
    for (size_t i = 0; i < n; i++)
        json_array_append_new(items, list[i]);
    return RC_OK;
}

static void put_today(struct exchange *x, const struct staff_book *book,
                      const struct staff_member *member, const struct colleague_clock *clock)
{
    const int today = work_time_day(&clock->work, clock_now());
    const struct contact_task_query done_today = { .staff_id = member->id,
                                                   .from_day = today,
                                                   .to_day = today,
                                                   .state = contact_state_name(CONTACT_DONE),
                                                   .limit = TASKS_MAX };
    struct task_list list = { .items = json_array(), .language = member->language };
    char day[STAFF_DAY_SIZE];
    uint64_t done = 0;
    enum rc rc = list_today(x, book, member, today, &list);

    if (!rc)
        rc = put_in_order(x, list.items);
    if (!rc)
        rc = contact_task_list(x->db, &done_today, count_task, &done);
    if (rc) {
        json_decref(list.items);
        exchange_failed(x, rc, "tasks", NULL);
        return;
    }
    put_text(x->reply, "staff", member->login);
    put_text(x->reply, "name", member->name);
    put_text(x->reply, "day", staff_day_text(today, day));
    put_text(x->reply, "timezone", clock->timezone);
    json_object_set_new(x->reply, "away", json_boolean(!staff_is_there(book, member->id, today)));
    put_u64(x->reply, "late", list.late);
    put_u64(x->reply, "done", done);
    json_object_set_new(x->reply, "tasks", list.items);
}

static void get_today(struct exchange *x)
{
    const struct staff_member *member;
    struct colleague_clock clock;
    struct staff_book book;

    if (!colleagues_read(x, &book) ||
        !colleague_named(x, &book, "staff", x->query[0] ? x->query[0] : "", &member))
        return;
    if (!member) {
        exchange_refuse(x, 422, "staff", "staff: say whose list; you have none of your own");
        return;
    }
    if (!colleague_clock_open(x, &book, member, NULL, &clock))
        return;
    put_today(x, &book, member, &clock);
    colleague_clock_close(&clock);
}

/* --- lists --- */

/* What it may be called by: a state, or "late". */
static bool take_state(struct exchange *x, const char *name, struct contact_task_query *query)
{
    enum contact_state state;

    if (strcmp(name, "late") == 0) {
        query->late_at = clock_now();
        return true;
    }
    if (*name && contact_state_parse(name, &state)) {
        exchange_refuse(x, 422, "state", "state: expected open, late, done or cancelled");
        return false;
    }
    query->state = name;
    return true;
}

static bool take_team(struct exchange *x, const struct staff_book *book, const char *code,
                      unsigned *id)
{
    for (size_t i = 0; *code && i < book->n_teams; i++) {
        if (strcmp(book->teams[i].code, code) == 0) {
            *id = book->teams[i].id;
            return true;
        }
    }
    if (*code)
        exchange_refuse(x, 422, "team", "team: there is none of the code \"%s\"", code);
    return !*code;
}

static bool take_days(struct exchange *x, const char *from, const char *to,
                      struct contact_task_query *query)
{
    if (*from && staff_day_parse(from, &query->from_day)) {
        exchange_refuse(x, 422, "from", "from: expected a day such as 2026-12-01");
        return false;
    }
    if (*to && staff_day_parse(to, &query->to_day)) {
        exchange_refuse(x, 422, "to", "to: expected a day such as 2026-12-01");
        return false;
    }
    return true;
}

/* Years of everybody's tasks are nobody's list, and sorting them takes seconds: without a person, a
 * customer or a first day it begins a month ago. What is open is asked for as a whole. */
static void bound_days(struct contact_task_query *query)
{
    const bool open = query->late_at ||
                      (query->state && strcmp(query->state, contact_state_name(CONTACT_OPEN)) == 0);
    const struct civil now = clock_civil(clock_now());

    if (!open && !query->staff_id && !query->customer_id && !query->from_day)
        query->from_day =
            staff_day_add(query->to_day ? query->to_day : staff_day(&now), -LIST_DAYS);
}

static const char *asked(const struct exchange *x, size_t nth)
{
    return x->query[nth] ? x->query[nth] : "";
}

static bool take_query(struct exchange *x, struct contact_task_query *query)
{
    const struct staff_member *member = NULL;
    struct staff_book book;
    uint64_t limit;

    if (!colleagues_read(x, &book) ||
        (*asked(x, 0) && !colleague_named(x, &book, "staff", asked(x, 0), &member)) ||
        !take_team(x, &book, asked(x, 1), &query->team_id) ||
        !take_query_u64(x, 2, INT64_MAX, 0, &query->customer_id) ||
        !take_state(x, asked(x, 3), query) || !take_days(x, asked(x, 4), asked(x, 5), query) ||
        !take_query_u64(x, 6, INT64_MAX, 0, &query->after) ||
        !take_query_u64(x, 7, TASKS_MAX, LIST_DEFAULT, &limit))
        return false;
    query->staff_id = member ? member->id : 0;
    query->limit = limit ? (size_t)limit : 1;
    bound_days(query);
    return true;
}

static void list_tasks(struct exchange *x)
{
    struct contact_task_query query = { .limit = 0 };
    struct task_list list = { .language = HOUSE_LANGUAGE, .instead_of = "" };
    enum rc rc;

    if (!take_query(x, &query))
        return;
    list.items = json_array();
    rc = contact_task_list(x->db, &query, add_task, &list);
    if (rc) {
        json_decref(list.items);
        exchange_failed(x, rc, "tasks", NULL);
        return;
    }
    put_text(x->reply, "timezone", x->house->timezone);
    put_text(x->reply, "language", x->house->report_settings->language);
    put_id(x->reply, "next", json_array_size(list.items) == query.limit ? list.last : 0);
    json_object_set_new(x->reply, "tasks", list.items);
}

/* --- one --- */

static void add_line(void *arg, const struct contact_line *l)
{
    json_t *item = json_object();

    put_time(item, "at", l->at);
    put_text(item, "what", l->kind);
    put_text(item, "who", l->who);
    put_text(item, "staff", l->staff);
    put_text(item, "outcome", l->outcome);
    put_text(item, "text", l->text);
    put_time(item, "next_at", l->next_at);
    json_array_append_new(arg, item);
}

static void get_task(struct exchange *x)
{
    json_t *history = json_array();
    const enum rc rc = contact_task_history(x->db, x->id, add_line, history);

    if (rc) {
        json_decref(history);
        exchange_failed(x, rc, "task", NULL);
        return;
    }
    json_object_set_new(x->reply, "history", history);
    task_reply(x, x->id);
}

static void answer(struct exchange *x, enum rc rc, uint64_t id, const struct error *err)
{
    if (rc)
        exchange_failed(x, rc, "task", err);
    else
        task_reply(x, id);
}

/* --- a manager's --- */

/* By when: as it is said, or the end of the working day, today's if it is not over. */
static bool take_due(struct exchange *x, struct colleague_clock *clock, struct contact_draft *draft)
{
    const utc_us now = clock_now();
    const int today = work_time_day(&clock->work, now);
    const char *text;

    if (!take_text(x, "due", 40, "", &text) ||
        !colleague_when(x, clock, "due", text, &draft->due_at, &draft->day))
        return false;
    if (draft->due_at)
        draft->day = work_time_day(&clock->work, draft->due_at);
    else if (draft->day)
        draft->due_at = contact_due(&clock->work, draft->day);
    else {
        draft->day = contact_day_left(&clock->work, today, now);
        if (!draft->day)
            draft->day = today;
        draft->due_at = contact_due(&clock->work, draft->day);
    }
    if (draft->due_at > now)
        return true;
    exchange_refuse(x, 422, "due", "due: that is past");
    return false;
}

/* Whose it is: who was named, or who looks after the customer, or who calls. */
static bool take_whose(struct exchange *x, const struct staff_book *book,
                       const struct staff_member **out)
{
    const struct staff_member *owner;
    unsigned owner_id;
    const char *login;
    enum rc rc;

    if (!take_text(x, "staff", STAFF_LOGIN_SIZE - 1, "", &login) ||
        !take_colleague(x, book, "staff", out))
        return false;
    if (*login)
        return true;
    rc = contact_owner(x->db, x->id, &owner_id);
    if (rc) {
        exchange_failed(x, rc, "customer", NULL);
        return false;
    }
    owner = staff_book_member(book, owner_id);
    if (owner)
        *out = owner;
    if (!*out)
        exchange_refuse(x, 422, "staff",
                        "staff: say who is to do it; nobody looks after customer %llu",
                        (unsigned long long)x->id);
    return *out != NULL;
}

/* By what it is reminded of: a name; "": as usual in its team. */
static bool take_policy(struct exchange *x, uint64_t *id)
{
    const char *name;
    enum rc rc;

    *id = 0;
    if (!take_text(x, "policy", POLICY_NAME_BYTES, "", &name))
        return false;
    rc = *name ? escalation_policy_find(x->db, name, id) : RC_OK;
    if (rc == RC_NOTFOUND)
        exchange_refuse(x, 422, "policy",
                        "policy: there is none named \"%s\"; relaisctl escalation list shows them",
                        name);
    else if (rc)
        exchange_failed(x, rc, "policy", NULL);
    return !rc;
}

static bool take_draft(struct exchange *x, struct contact_draft *draft)
{
    const struct staff_member *whose;
    struct colleague_clock clock;
    struct staff_book book;
    bool good;

    if (!take_text(x, "title", TEXT_BYTES(CONTACT_TITLE_MAX), NULL, &draft->title) ||
        !take_text(x, "expected", TEXT_BYTES(CONTACT_EXPECTED_MAX), "", &draft->expected) ||
        !take_policy(x, &draft->policy_id) || !colleagues_read(x, &book) ||
        !take_whose(x, &book, &whose) || !colleague_clock_open(x, &book, whose, NULL, &clock))
        return false;
    good = take_due(x, &clock, draft);
    colleague_clock_close(&clock);
    draft->customer_id = x->id;
    draft->staff_id = whose->id;
    draft->team_id = whose->team_id;
    return good;
}

static void add_for_customer(struct exchange *x)
{
    struct contact_draft draft = { .source = CONTACT_OF_MANAGER };
    struct error err = { "" };
    bool again = false;
    uint64_t id = 0;
    enum rc rc;

    if (!take_draft(x, &draft))
        return;
    if (!*draft.title) {
        exchange_refuse(x, 422, "title", "title: say what is to be done");
        return;
    }
    rc = contact_task_add(x->db, &draft, x->who, &id, &again, &err);
    json_object_set_new(x->reply, "again", json_boolean(again));
    answer(x, rc, id, &err);
}

static void cancel_task(struct exchange *x)
{
    struct error err = { "" };
    struct staff_book book;
    const char *why;

    if (!take_text(x, "why", TEXT_BYTES(CONTACT_WHY_MAX), "", &why) || !colleagues_read(x, &book) ||
        !colleague_may_matter(x, &book, STAFF_ENDS, MATTER_TASK, x->id))
        return;
    answer(x, contact_task_withdraw(x->db, x->id, why, x->who, &err), x->id, &err);
}

static void hand_over_task(struct exchange *x)
{
    const struct staff_member *to;
    struct staff_book book;
    struct error err = { "" };
    const char *login;

    if (!take_text(x, "to", STAFF_LOGIN_SIZE - 1, NULL, &login) || !colleagues_read(x, &book) ||
        !colleague_may_matter(x, &book, STAFF_DOES, MATTER_TASK, x->id) ||
        !take_colleague(x, &book, "to", &to))
        return;
    if (!to) {
        exchange_refuse(x, 422, "to", "to: say to whom");
        return;
    }
    answer(x, contact_task_give(x->db, x->id, to->id, x->who, &err), x->id, &err);
}

static void note_task(struct exchange *x)
{
    struct error err = { "" };
    const char *note;

    if (!take_text(x, "note", TEXT_BYTES(CONTACT_REMARK_MAX), NULL, &note))
        return;
    if (!*note) {
        exchange_refuse(x, 422, "note", "note: it is empty");
        return;
    }
    answer(x, contact_task_remark(x->db, x->id, note, x->who, &err), x->id, &err);
}

const struct route task_routes[] = {
    { .method = "GET",
      .pattern = "/v1/tasks/today",
      .right = RIGHT_TOKEN,
      .run = get_today,
      .query = { "staff" },
      .help = "An employee's list: what is open and for today or before, also of those in whose "
              "place the person works today. staff: a login; else who calls." },
    { .method = "GET",
      .pattern = "/v1/tasks",
      .right = RIGHT_TOKEN,
      .run = list_tasks,
      .query = { "staff", "team", "customer", "state", "from", "to", "after", "limit" },
      .help = "Tasks by day, the highest score first. state: open, late, done or cancelled; from, "
              "to: days. Without staff, customer, from, or one of the states open and late, they "
              "begin 31 days ago, or before to. `next` is the after of the page behind." },
    { .method = "GET",
      .pattern = "/v1/tasks/{id}",
      .right = RIGHT_TOKEN,
      .run = get_task,
      .help = "A task, and what happened to it." },
    { .method = "POST",
      .pattern = "/v1/customers/{id}/tasks",
      .right = RIGHT_TOKEN,
      .run = add_for_customer,
      .body = BODY("title", "expected", "due", "staff", "policy"),
      .help = "A task for an employee: staff, or who looks after the customer. title: what to do; "
              "expected: the result that is hoped for; due: a day, or \"2026-12-01 14:30\" by "
              "that person's clock (default: the end of the working day); policy: what it is "
              "reminded of by, if not by that of the team. The same one said twice is there once: "
              "`again`." },
    { .method = "POST",
      .pattern = "/v1/tasks/{id}/cancel",
      .right = RIGHT_TOKEN,
      .run = cancel_task,
      .body = BODY("why"),
      .help = "It is not to be done any more." },
    { .method = "POST",
      .pattern = "/v1/tasks/{id}/hand-over",
      .right = RIGHT_TOKEN,
      .run = hand_over_task,
      .body = BODY("to"),
      .help = "Another person is to do it: a login. Its reminders begin anew." },
    { .method = "POST",
      .pattern = "/v1/tasks/{id}/notes",
      .right = RIGHT_TOKEN,
      .run = note_task,
      .body = BODY("note"),
      .help = "Something to know about it, besides its result." },
};
const size_t n_task_routes = sizeof(task_routes) / sizeof(task_routes[0]);
