/* api_staff.c - teams, people, when they are away, and who looks after a customer. */
#include <stdio.h>
#include <string.h>

#include "control/colleague_may.h"
#include "control/routes.h"
#include "domain/work_time.h"
#include "flow/staff_leaver.h"
#include "store/escalation_policy.h"
#include "store/staff.h"
#include "store/staff_leave.h"

#define TEXT_MAX  500
#define NOT_GIVEN (-1)

/* --- the book, as of now --- */

struct view {
    struct exchange *x;
    struct staff_book book;
    struct zone_shelf zones;
    utc_us now;
};

static bool view_open(struct exchange *x, struct view *v)
{
    enum rc rc;

    *v = (struct view){ .x = x, .now = clock_now() };
    rc = staff_book_read(x->db, &x->arena, &v->book);
    if (!rc)
        rc = zone_shelf_open(&v->zones, x->house->timezone, NULL);
    if (rc)
        exchange_failed(x, rc, "staff", NULL);
    return !rc;
}

static void view_close(struct view *v)
{
    zone_shelf_close(&v->zones);
}

static const char *login_of(const struct view *v, unsigned id)
{
    const struct staff_member *member = staff_book_member(&v->book, id);

    return member ? member->login : "";
}

static void put_day(json_t *object, const char *name, int day)
{
    char text[STAFF_DAY_SIZE];

    put_text(object, name, staff_day_text(day, text));
}

static void put_team(json_t *item, const struct team *t)
{
    char at[6];

    snprintf(at, sizeof(at), "%02u:%02u", t->list_minute / 60 % 24, t->list_minute % 60);
    put_u64(item, "id", t->id);
    put_text(item, "code", t->code);
    put_text(item, "label", t->label);
    put_text(item, "timezone", t->timezone);
    put_text(item, "country", t->country);
    put_text(item, "region", t->region);
    put_text(item, "hours", t->hours);
    put_text(item, "list_at", at);
    put_text(item, "list_days", t->list_days);
    put_text(item, "tell", staff_tell_name(t->tell));
    put_id(item, "policy_id", t->policy_id);
}

static json_t *absences_json(const struct view *v, unsigned id, int today)
{
    json_t *list = json_array();

    for (size_t i = 0; i < v->book.n_absences; i++) {
        const struct staff_absence *a = &v->book.absences[i];
        json_t *item;

        if (a->staff_id != id || a->to_day < today)
            continue;
        item = json_object();
        put_u64(item, "id", a->id);
        put_day(item, "from", a->from_day);
        put_day(item, "to", a->to_day);
        put_text(item, "deputy", login_of(v, a->deputy_id));
        json_array_append_new(list, item);
    }
    return list;
}

/* Where that person is at this moment: "working", "off", "away", "left". */
static void put_now(json_t *item, struct view *v, const struct staff_member *m, int *today)
{
    struct holiday_book *holidays = v->x->house->holidays;
    struct work_time w;
    const char *now = "off";

    *today = 0;
    if (work_time_of_staff(&v->book, m->id, &v->zones, holidays, &w) == RC_OK) {
        *today = work_time_day(&w, v->now);
        if (!staff_works_here(m, *today))
            now = "left";
        else if (staff_absence_on(&v->book, m->id, *today))
            now = "away";
        else if (work_time_is_open(&w, v->now))
            now = "working";
    }
    put_text(item, "now", now);
    put_text(item, "stand_in",
             strcmp(now, "away") == 0 ? login_of(v, staff_stand_in(&v->book, m->id, *today)) : "");
}

static void put_member(json_t *item, struct view *v, const struct staff_member *m)
{
    const struct team *team = staff_book_team(&v->book, m->team_id);
    int today;

    put_u64(item, "id", m->id);
    put_text(item, "login", m->login);
    put_text(item, "name", m->name);
    put_text(item, "role", staff_role_name(m->role));
    put_text(item, "team", team ? team->code : "");
    put_text(item, "manager", login_of(v, m->manager_id));
    put_text(item, "phone", m->phone);
    put_text(item, "mail", m->mail);
    put_text(item, "language", m->language);
    put_text(item, "timezone", m->timezone);
    put_text(item, "hours", m->hours);
    put_u64(item, "capacity", m->capacity);
    put_day(item, "left_on", m->left_on);
    put_now(item, v, m, &today);
    json_object_set_new(item, "absences", absences_json(v, m->id, today));
}

/* --- teams --- */

static void list_teams(struct exchange *x)
{
    json_t *list;
    struct view v;

    if (!view_open(x, &v))
        return;
    list = json_array();
    for (size_t i = 0; i < v.book.n_teams; i++) {
        json_t *item = json_object();
        uint64_t people = 0;

        put_team(item, &v.book.teams[i]);
        for (size_t s = 0; s < v.book.n_staff; s++)
            people += v.book.staff[s].team_id == v.book.teams[i].id && !v.book.staff[s].left_on;
        put_u64(item, "people", people);
        json_array_append_new(list, item);
    }
    json_object_set_new(x->reply, "teams", list);
    view_close(&v);
}

/* "": nobody is reminded. */
static enum rc put_policy_name(struct exchange *x, const struct team *t)
{
    const struct escalation_policy_row *policy;
    struct escalation_policies policies = { .n = 0 };
    struct arena arena;
    enum rc rc;

    arena_init(&arena);
    rc = escalation_policies_read(x->db, &arena, &policies);
    policy = rc ? NULL : escalation_policies_get(&policies, t->policy_id);
    put_text(x->reply, "policy", policy ? policy->name : "");
    arena_close(&arena);
    return rc;
}

static void show_team(struct exchange *x)
{
    enum rc rc = RC_OK;
    struct view v;
    const struct team *t = NULL;

    if (!view_open(x, &v))
        return;
    for (size_t i = 0; i < v.book.n_teams && !t; i++) {
        if (strcmp(v.book.teams[i].code, x->word) == 0)
            t = &v.book.teams[i];
    }
    if (t) {
        put_team(x->reply, t);
        rc = put_policy_name(x, t);
    } else {
        exchange_refuse(x, 404, NULL,
                        "there is no team \"%s\"; relaisctl team list shows those that there are",
                        x->word);
    }
    view_close(&v);
    if (rc)
        exchange_failed(x, rc, "team", NULL);
}

/* NULL in *out: it was not given. */
static bool take_optional(struct exchange *x, const char *name, const char **out)
{
    const json_t *value = x->body ? json_object_get(x->body, name) : NULL;

    *out = NULL;
    return !value || json_is_null(value) || take_text(x, name, TEXT_MAX, "", out);
}

struct optional {
    const char *name;
    const char **out;
};

static bool take_all(struct exchange *x, const struct optional *fields, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (!take_optional(x, fields[i].name, fields[i].out))
            return false;
    }
    return true;
}

#define TAKE(x, ...)                                      \
    take_all(x, (const struct optional[]){ __VA_ARGS__ }, \
             sizeof((const struct optional[]){ __VA_ARGS__ }) / sizeof(struct optional))

/* `field` and `err` are of the call that gave `rc`, which must be over: arguments have no order. */
static bool tell(struct exchange *x, enum rc rc, const char *field, const struct error *err)
{
    if (rc == RC_INVALID && field)
        exchange_refuse(x, 422, field, "%s", err->text);
    else if (rc)
        exchange_failed(x, rc, "staff", err);
    return !rc;
}

static void set_team(struct exchange *x)
{
    struct team_plan plan = { .code = x->word };
    struct error err = { "" };
    const char *field = NULL;
    enum rc rc;
    unsigned id;

    if (!TAKE(x, { "label", &plan.label }, { "timezone", &plan.timezone },
              { "country", &plan.country }, { "region", &plan.region }, { "hours", &plan.hours },
              { "list_at", &plan.list_at }, { "list_days", &plan.list_days },
              { "policy", &plan.policy }, { "tell", &plan.tell }))
        return;
    rc = team_set(x->db, &plan, x->who, &id, &field, &err);
    if (tell(x, rc, field, &err))
        show_team(x);
}

/* --- people --- */

static void list_staff(struct exchange *x)
{
    const char *team = x->query[0] ? x->query[0] : "";
    json_t *list;
    struct view v;

    if (!view_open(x, &v))
        return;
    list = json_array();
    for (size_t i = 0; i < v.book.n_staff; i++) {
        const struct staff_member *m = &v.book.staff[i];
        const struct team *of = staff_book_team(&v.book, m->team_id);
        json_t *item;

        if (*team && (!of || strcmp(of->code, team) != 0))
            continue;
        item = json_object();
        put_member(item, &v, m);
        json_array_append_new(list, item);
    }
    json_object_set_new(x->reply, "staff", list);
    view_close(&v);
}

static void put_leaving(struct exchange *x, const struct view *v, unsigned id)
{
    struct staff_leaving leaving;
    json_t *item;
    enum rc rc = staff_leave_read(x->db, id, &leaving);

    if (rc == RC_NOTFOUND)
        return;
    if (rc) {
        exchange_failed(x, rc, "staff", NULL);
        return;
    }
    item = json_object();
    put_day(item, "on", leaving.on_day);
    put_text(item, "to", login_of(v, leaving.to_id));
    put_u64(item, "customers", leaving.customers);
    put_u64(item, "tasks", leaving.tasks);
    put_u64(item, "customers_left", leaving.customers_left);
    put_u64(item, "tasks_left", leaving.tasks_left);
    put_time(item, "finished_at", leaving.finished_at);
    json_object_set_new(x->reply, "leaving", item);
}

static void show_member(struct exchange *x)
{
    const struct staff_member *m;
    struct view v;

    if (!view_open(x, &v))
        return;
    m = staff_book_login(&v.book, x->word);
    if (m) {
        put_member(x->reply, &v, m);
        put_leaving(x, &v, m->id);
    } else {
        exchange_refuse(x, 404, NULL,
                        "there is nobody of login \"%s\"; relaisctl staff list shows who there is",
                        x->word);
    }
    view_close(&v);
}

static void set_member(struct exchange *x)
{
    struct staff_plan plan = { .login = x->word };
    struct error err = { "" };
    const char *field = NULL;
    enum rc rc;
    unsigned id;

    if (!TAKE(x, { "name", &plan.name }, { "role", &plan.role }, { "team", &plan.team },
              { "manager", &plan.manager }, { "phone", &plan.phone }, { "mail", &plan.mail },
              { "language", &plan.language }, { "timezone", &plan.timezone },
              { "hours", &plan.hours }, { "left_on", &plan.left_on }) ||
        !take_int(x, "capacity", 0, 10000, NOT_GIVEN, &plan.capacity))
        return;
    rc = staff_set(x->db, &plan, x->who, &id, &field, &err);
    if (tell(x, rc, field, &err))
        show_member(x);
}

static void add_absence(struct exchange *x)
{
    struct absence_plan plan = { .login = x->word };
    const struct staff_member *member;
    struct staff_book book;
    struct error err = { "" };
    const char *field = NULL;
    enum rc rc;
    uint64_t id;

    if (!TAKE(x, { "from", &plan.from }, { "to", &plan.to }, { "deputy", &plan.deputy },
              { "reason", &plan.reason }) ||
        !colleagues_read(x, &book))
        return;
    member = staff_book_login(&book, x->word);
    if (member && !colleague_may_plan_for(x, &book, member))
        return;
    rc = absence_add(x->db, &plan, x->who, &id, &field, &err);
    if (tell(x, rc, field, &err))
        show_member(x);
}

/* Who is away then; NULL: there is none of that number. */
static const struct staff_member *who_is_away(const struct staff_book *book, uint64_t id)
{
    for (size_t i = 0; i < book->n_absences; i++) {
        if (book->absences[i].id == id)
            return staff_book_member(book, book->absences[i].staff_id);
    }
    return NULL;
}

static void cancel_absence(struct exchange *x)
{
    const struct staff_member *member;
    struct staff_book book;
    enum rc rc;

    if (!colleagues_read(x, &book))
        return;
    member = who_is_away(&book, x->id);
    if (member && !colleague_may_plan_for(x, &book, member))
        return;
    rc = absence_cancel(x->db, x->id, x->who);
    if (rc)
        exchange_failed(x, rc, "absence", NULL);
    else
        put_u64(x->reply, "id", x->id);
}

static void leave(struct exchange *x)
{
    struct staff_leave_plan plan = { .login = x->word, .house = x->house->timezone };
    struct error err = { "" };
    const char *field = NULL;
    enum rc rc;

    if (!TAKE(x, { "on", &plan.on }, { "to", &plan.to }) ||
        !take_bool(x, "yes", false, &plan.past_too))
        return;
    rc = staff_leave(x->db, &plan, x->who, &field, &err);
    if (!tell(x, rc, field, &err))
        return;
    x->changed = true;
    show_member(x);
}

static void kick(struct exchange *x)
{
    if (x->house->leaver)
        staff_leaver_kick(x->house->leaver);
}

/* --- whose customer --- */

static void set_owner(struct exchange *x)
{
    struct error err = { "" };
    struct staff_book book;
    const char *owner;
    enum rc rc;

    if (!take_text(x, "owner", TEXT_MAX, NULL, &owner) || !colleagues_read(x, &book) ||
        !colleague_may_give_customer(x, &book, x->id))
        return;
    rc = customer_set_owner(x->db, x->id, owner, x->house->timezone, x->who, &err);
    if (!tell(x, rc, "owner", &err))
        return;
    put_u64(x->reply, "id", x->id);
    put_text(x->reply, "owner", owner);
}

const struct route staff_routes[] = {
    { .method = "GET",
      .pattern = "/v1/teams",
      .right = RIGHT_TOKEN,
      .run = list_teams,
      .help = "The teams, and how many people each has." },
    { .method = "GET",
      .pattern = "/v1/teams/{name}",
      .right = RIGHT_TOKEN,
      .run = show_team,
      .help = "One of them." },
    { .method = "PUT",
      .pattern = "/v1/teams/{name}",
      .right = RIGHT_ADMIN,
      .run = set_team,
      .body = BODY("label", "timezone", "country", "region", "hours", "list_at", "list_days",
                   "policy", "tell"),
      .help = "Makes a team, or changes what is given. label, timezone (Europe/Paris), country "
              "and region of its holidays, hours (mon-fri 09:00-18:00), list_at and list_days of "
              "its lists of contacts, policy (what reminds of tasks), tell (how people get the "
              "contacts of the day: none, sms, mail, both)." },
    { .method = "GET",
      .pattern = "/v1/staff",
      .right = RIGHT_TOKEN,
      .run = list_staff,
      .query = { "team" },
      .help = "Who works here, and who is away; of one team." },
    { .method = "GET",
      .pattern = "/v1/staff/{name}",
      .right = RIGHT_TOKEN,
      .run = show_member,
      .help = "One person: team, manager, hours, absences, and what is handed on of who leaves." },
    { .method = "PUT",
      .pattern = "/v1/staff/{name}",
      .right = RIGHT_ADMIN,
      .run = set_member,
      .body = BODY("name", "role", "team", "manager", "phone", "mail", "language", "timezone",
                   "hours", "capacity", "left_on"),
      .help = "Makes a person of that login, or changes what is given. role (employee, manager, "
              "director), team, manager (a login), phone and mail (where reminders go, and answers "
              "come from), language, timezone and hours (empty: the team's), capacity (contacts a "
              "day)." },
    { .method = "POST",
      .pattern = "/v1/staff/{name}/absences",
      .right = RIGHT_TOKEN,
      .run = add_absence,
      .body = BODY("from", "to", "deputy", "reason"),
      .help = "The person is away from one day to another, both included. deputy: a login." },
    { .method = "DELETE",
      .pattern = "/v1/absences/{id}",
      .right = RIGHT_TOKEN,
      .run = cancel_absence,
      .help = "That absence is none." },
    { .method = "POST",
      .pattern = "/v1/staff/{name}/leave",
      .right = RIGHT_ADMIN,
      .run = leave,
      .then = kick,
      .body = BODY("on", "to", "yes"),
      .help = "The person works here no more from that day on; customers, open tasks and people go "
              "to another (to: a login), in pages, on that day. A day that is past needs yes." },
    { .method = "PUT",
      .pattern = "/v1/customers/{id}/owner",
      .right = RIGHT_TOKEN,
      .run = set_owner,
      .body = BODY("owner"),
      .help = "Who looks after the customer: a login; empty: nobody." },
};
const size_t n_staff_routes = sizeof(staff_routes) / sizeof(staff_routes[0]);
