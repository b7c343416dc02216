/* api_escalation.c - the policies of reminders, set and tried; what people are reminded of, and
 * what they do about it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "control/colleague_may.h"
#include "control/exchange.h"
#include "control/routes.h"
#include "flow/escalation.h"
#include "store/alert.h"
#include "store/escalation_policy.h"
#include "store/matter_view.h"

#define TRIED_MAX  200
#define MATTERS    100
#define MATTER_MAX 1000

#define SNOOZE_DAYS  90
#define SNOOZE_MAX_S (SNOOZE_DAYS * SEC_PER_DAY)

/* --- policies --- */

static json_t *step_json(const struct escalation_step *step)
{
    json_t *item = json_object();
    struct buffer text;

    buffer_init(&text, 200);
    escalation_print_step(step, &text);
    put_u64(item, "after_minutes", (uint64_t)(step->after_us / (60 * USEC_PER_SEC)));
    put_text(item, "to", buffer_text(&text));
    json_object_set_new(item, "urgent", json_boolean(step->urgent));
    buffer_close(&text);
    return item;
}

static void put_policy(json_t *item, const struct escalation_policy_row *p)
{
    json_t *steps = json_array();
    struct buffer text;

    for (size_t i = 0; i < p->rules.n; i++)
        json_array_append_new(steps, step_json(&p->rules.steps[i]));
    buffer_init(&text, 2 * ESCALATION_TEXT_MAX);
    escalation_print(&p->rules, &text);
    put_u64(item, "id", p->id);
    put_text(item, "name", p->name);
    put_text(item, "steps", buffer_text(&text));
    json_object_set_new(item, "list", steps);
    put_u64(item, "version", p->version);
    put_time(item, "updated_at", p->updated_at);
    buffer_close(&text);
}

static void list_policies(struct exchange *x)
{
    struct escalation_policies policies;
    json_t *list;
    enum rc rc = escalation_policies_read(x->db, &x->arena, &policies);

    if (rc) {
        exchange_failed(x, rc, "policy", NULL);
        return;
    }
    list = json_array();
    for (size_t i = 0; i < policies.n; i++) {
        json_t *item = json_object();
        put_policy(item, &policies.list[i]);
        json_array_append_new(list, item);
    }
    json_object_set_new(x->reply, "policies", list);
}

/* NULL: refused. */
static const struct escalation_policy_row *find_policy(struct exchange *x,
                                                       struct escalation_policies *policies)
{
    const struct escalation_policy_row *found = NULL;
    uint64_t id = 0;
    enum rc rc = escalation_policies_read(x->db, &x->arena, policies);

    if (!rc)
        rc = escalation_policy_find(x->db, x->word, &id);
    if (!rc)
        found = escalation_policies_get(policies, id);
    if (rc == RC_NOTFOUND)
        exchange_refuse(x, 404, NULL,
                        "there is no policy named \"%s\"; relaisctl escalation list shows those "
                        "that there are",
                        x->word);
    else if (!found)
        exchange_failed(x, rc ? rc : RC_AGAIN, "policy", NULL);
    return found;
}

static void get_policy(struct exchange *x)
{
    struct escalation_policies policies;
    const struct escalation_policy_row *p = find_policy(x, &policies);

    if (p)
        put_policy(x->reply, p);
}

static void set_policy(struct exchange *x)
{
    struct error err = { "" };
    const char *steps, *field = "steps";
    uint64_t id;
    enum rc rc;

    if (!take_text(x, "steps", ESCALATION_TEXT_MAX, NULL, &steps))
        return;
    rc = escalation_policy_set(x->db, x->word, steps, x->who, &id, &field, &err);
    if (rc == RC_INVALID) {
        exchange_refuse(x, 422, field, "%s: %s", field, err.text);
        return;
    }
    if (rc) {
        exchange_failed(x, rc, "policy", &err);
        return;
    }
    x->changed = true;
    get_policy(x);
}

/* --- what would happen --- */

static void put_foreseen(struct exchange *x, const struct escalation_policy *policy,
                         const struct escalation_desk *desk, const struct escalation_facts *facts)
{
    struct escalation_foreseen *list = arena_alloc(&x->arena, TRIED_MAX * sizeof(*list));
    const size_t n =
        list ? escalation_foresee(policy, *facts, desk, facts->base_at, list, TRIED_MAX) : 0;
    json_t *steps = json_array();

    for (size_t i = 0; i < n; i++) {
        const struct staff_member *m = staff_book_member(desk->book, list[i].whom);
        json_t *item = step_json(&policy->steps[list[i].step]);
        put_u64(item, "step", list[i].step + 1);
        put_u64(item, "round", list[i].round);
        put_time(item, "at", list[i].at);
        put_text(item, "whom", m ? m->login : "nobody");
        json_array_append_new(steps, item);
    }
    put_text(x->reply, "policy", x->word);
    put_text(x->reply, "timezone", x->house->timezone);
    json_object_set_new(x->reply, "steps", steps);
}

/* "2026-12-24 16:00" by that person's clock; not given: now. */
static bool take_from(struct exchange *x, const struct staff_book *book,
                      const struct staff_member *member, const char *text, utc_us *at)
{
    struct colleague_clock clock;
    int day;
    bool good;

    *at = clock_now();
    if (!text || !*text)
        return true;
    if (!colleague_clock_open(x, book, member, NULL, &clock))
        return false;
    good = colleague_when(x, &clock, "from", text, at, &day);
    colleague_clock_close(&clock);
    return good;
}

static void try_policy(struct exchange *x)
{
    struct escalation_facts facts = { .urgent = x->query[2] && strcmp(x->query[2], "1") == 0 };
    struct escalation_policies policies;
    const struct escalation_policy_row *p = find_policy(x, &policies);
    const struct staff_member *member;
    struct staff_book book;
    struct zone_shelf zones;
    struct escalation_desk desk = { &book, &zones, x->house->holidays };
    enum rc rc;

    if (!p || !colleagues_read(x, &book) ||
        !colleague_named(x, &book, "staff", x->query[0] ? x->query[0] : "", &member))
        return;
    if (!member) {
        exchange_refuse(x, 422, "staff", "staff: say whose contact it would be");
        return;
    }
    if (!take_from(x, &book, member, x->query[1], &facts.base_at))
        return;
    facts.staff_id = member->id;
    facts.team_id = member->team_id;
    rc = zone_shelf_open(&zones, x->house->timezone, NULL);
    if (rc) {
        exchange_failed(x, rc, "policy", NULL);
        return;
    }
    put_foreseen(x, &p->rules, &desk, &facts);
    zone_shelf_close(&zones);
}

/* --- matters --- */

static void put_number(json_t *item, enum matter_kind kind, uint64_t id)
{
    char number[24];

    snprintf(number, sizeof(number), "%s%llu", kind == MATTER_ALERT ? "A" : "",
             (unsigned long long)id);
    put_text(item, "number", number);
}

static void put_matter(json_t *item, const struct matter_row *m)
{
    put_number(item, m->kind, m->subject_id);
    put_text(item, "kind", matter_kind_name(m->kind));
    put_text(item, "state", matter_state_name(m->state));
    put_text(item, "about", m->about);
    put_text(item, "staff", m->staff);
    put_text(item, "team", m->team);
    put_text(item, "policy", m->policy);
    json_object_set_new(item, "urgent", json_boolean(m->urgent));
    put_u64(item, "step", m->step + 1);
    put_u64(item, "round", m->round);
    put_time(item, "opened_at", m->opened_at);
    put_time(item, "next_at", m->next_at);
    put_time(item, "waits_until", m->wait_until);
    put_time(item, "acknowledged_at", m->ack_at);
    put_text(item, "acknowledged_by", m->ack_by);
    put_time(item, "ended_at", m->ended_at);
    put_text(item, "why", m->why);
}

static void add_matter(void *arg, const struct matter_row *m)
{
    json_t *item = json_object();

    put_matter(item, m);
    json_array_append_new(arg, item);
}

static bool take_kinds(struct exchange *x, const char *text, bool wanted[2])
{
    const bool any = !text || !*text;

    for (int k = MATTER_TASK; k <= MATTER_ALERT; k++)
        wanted[k] = any || strcmp(text, matter_kind_name((enum matter_kind)k)) == 0;
    if (!wanted[MATTER_TASK] && !wanted[MATTER_ALERT])
        exchange_refuse(x, 422, "kind", "kind: expected task or alert");
    return wanted[MATTER_TASK] || wanted[MATTER_ALERT];
}

/* Alerts come first. "A17" is behind that alert, "1234" behind that contact and so behind all
 * alerts; where one kind alone is asked for, a number is of that kind. */
static bool take_after(struct exchange *x, bool kinds[2], uint64_t after[2])
{
    const char *text = x->query[3] ? x->query[3] : "";
    const bool letter = *text == 'A' || *text == 'a';
    const bool alert = letter || !kinds[MATTER_TASK];
    const char *digits = text + letter;

    after[MATTER_TASK] = after[MATTER_ALERT] = 0;
    if (!*text || strcmp(text, "0") == 0)
        return true;
    if (!*digits || strlen(digits) > 18 || digits[strspn(digits, "0123456789")]) {
        exchange_refuse(x, 422, "after",
                        "after: expected the number of a contact, such as 1234, or of an alert, "
                        "such as A17");
        return false;
    }
    after[alert ? MATTER_ALERT : MATTER_TASK] = strtoull(digits, NULL, 10);
    kinds[MATTER_ALERT] &= alert;
    return true;
}

static void put_next(json_t *reply, const json_t *list, size_t limit)
{
    const size_t n = json_array_size(list);
    const json_t *last = n ? json_array_get(list, n - 1) : NULL;

    put_text(reply, "next", n == limit ? json_string_value(json_object_get(last, "number")) : "");
}

static enum rc read_matters(struct exchange *x, struct matter_query *q, const bool kinds[2],
                            const uint64_t after[2], json_t *list)
{
    static const enum matter_kind order[] = { MATTER_ALERT, MATTER_TASK };
    const size_t limit = q->limit;
    enum rc rc = RC_OK;

    for (size_t i = 0; !rc && i < sizeof(order) / sizeof(order[0]); i++) {
        q->kind = order[i];
        q->after = after[q->kind];
        q->limit = limit - json_array_size(list);
        if (kinds[q->kind] && q->limit)
            rc = matter_list(x->db, q, add_matter, list);
    }
    return rc;
}

static void list_matters(struct exchange *x)
{
    struct matter_query q = { .ended_too = false };
    const struct staff_member *member = NULL;
    struct staff_book book;
    uint64_t ended, limit, after[2];
    bool kinds[2];
    json_t *list;
    enum rc rc;

    if (!take_kinds(x, x->query[0], kinds) || !take_query_u64(x, 2, 1, 0, &ended) ||
        !take_after(x, kinds, after) || !take_query_u64(x, 4, MATTER_MAX, MATTERS, &limit) ||
        !colleagues_read(x, &book))
        return;
    if (x->query[1] && *x->query[1] && !colleague_named(x, &book, "staff", x->query[1], &member))
        return;
    q.staff_id = member ? member->id : 0;
    q.ended_too = ended != 0;
    q.limit = (size_t)limit;
    list = json_array();
    rc = read_matters(x, &q, kinds, after, list);
    if (rc) {
        json_decref(list);
        exchange_failed(x, rc, "matter", NULL);
        return;
    }
    put_text(x->reply, "timezone", x->house->timezone);
    put_next(x->reply, list, limit);
    json_object_set_new(x->reply, "matters", list);
}

/* "1234", "A17", in either case. */
static bool take_number(struct exchange *x, enum matter_kind *kind, uint64_t *id)
{
    const bool alert = x->word[0] == 'A' || x->word[0] == 'a';
    const char *digits = x->word + alert;
    char *end;

    *kind = alert ? MATTER_ALERT : MATTER_TASK;
    *id = strtoull(digits, &end, 10);
    if (*digits >= '1' && *digits <= '9' && !*end && strlen(digits) < 19)
        return true;
    exchange_refuse(x, 404, NULL,
                    "\"%s\" is no number of a contact, such as 1234, or of an alert, such as A17",
                    x->word);
    return false;
}

static void matter_failed(struct exchange *x, enum rc rc)
{
    if (rc == RC_NOTFOUND)
        exchange_refuse(x, 404, NULL, "nobody is reminded of %s", x->word);
    else if (rc == RC_CONFLICT)
        exchange_refuse(x, 409, NULL, "%s is settled", x->word);
    else
        exchange_failed(x, rc, "matter", NULL);
}

static void add_history(void *arg, const struct matter_entry *e)
{
    json_t *item = json_object();

    put_time(item, "at", e->at);
    put_text(item, "what", e->what);
    put_text(item, "who", e->who);
    put_text(item, "detail", e->detail);
    put_time(item, "planned_at", e->planned_at);
    if (e->planned_at) {
        put_u64(item, "step", e->step + 1);
        put_u64(item, "round", e->round);
    }
    json_array_append_new(arg, item);
}

static void show_matter(struct exchange *x, enum matter_kind kind, uint64_t id)
{
    struct matter_row m;
    json_t *history = json_array();
    enum rc rc = matter_read(x->db, kind, id, &x->arena, &m);

    if (!rc)
        rc = matter_history(x->db, kind, id, add_history, history);
    if (rc) {
        json_decref(history);
        matter_failed(x, rc);
        return;
    }
    put_matter(x->reply, &m);
    put_text(x->reply, "timezone", x->house->timezone);
    json_object_set_new(x->reply, "history", history);
}

static void get_matter(struct exchange *x)
{
    enum matter_kind kind;
    uint64_t id;

    if (take_number(x, &kind, &id))
        show_matter(x, kind, id);
}

static void command(struct exchange *x, struct matter_command *c)
{
    enum rc rc;

    c->who = x->who;
    rc = matter_command(x->db, c);
    if (rc) {
        matter_failed(x, rc);
        return;
    }
    x->changed = true;
    show_matter(x, c->kind, c->subject_id);
}

static void answer_alert(struct exchange *x, uint64_t id, const char *who)
{
    const enum rc rc = alert_acknowledge(x->db, id, who, "");

    if (rc) {
        matter_failed(x, rc);
        return;
    }
    x->changed = true;
    show_matter(x, MATTER_ALERT, id);
}

/* Which one, that the caller may do this with. */
static bool take_theirs(struct exchange *x, struct staff_book *book, struct matter_command *c)
{
    const enum staff_deed deed = c->order == MATTER_STOP ? STAFF_ENDS : STAFF_DOES;

    return take_number(x, &c->kind, &c->subject_id) && colleagues_read(x, book) &&
           colleague_may_matter(x, book, deed, c->kind, c->subject_id);
}

static bool take_speaker(struct exchange *x, const struct staff_book *book,
                         const struct staff_member **member)
{
    return take_colleague(x, book, "staff", member) && colleague_may_speak_for(x, book, *member);
}

static void acknowledge_matter(struct exchange *x)
{
    struct matter_command c = { .order = MATTER_TAKE };
    const struct staff_member *member;
    struct staff_book book;

    if (!take_theirs(x, &book, &c) || !take_speaker(x, &book, &member))
        return;
    c.staff_id = member ? member->id : 0;
    if (c.kind == MATTER_ALERT) /* the alert shows it, too */
        answer_alert(x, c.subject_id, member ? member->login : x->who);
    else
        command(x, &c);
}

static void snooze_matter(struct exchange *x)
{
    struct matter_command c = { .order = MATTER_PUT_OFF };
    const struct staff_member *member;
    struct staff_book book;
    const char *until;
    int64_t seconds;

    if (!take_theirs(x, &book, &c) || !take_speaker(x, &book, &member) ||
        !take_text(x, "until", 40, "", &until) ||
        !take_int(x, "for_s", 60, SNOOZE_MAX_S, 0, &seconds) ||
        !take_from(x, &book, member, until, &c.until))
        return;
    if (!*until && !seconds) {
        exchange_refuse(x, 422, "until", "until: expected a time, or for_s: so many seconds");
        return;
    }
    if (!*until)
        c.until += seconds * USEC_PER_SEC;
    if (c.until <= clock_now() || c.until > clock_now() + SNOOZE_MAX_S * USEC_PER_SEC) {
        exchange_refuse(x, 422, "until",
                        "until: expected a time ahead, within %d days, got '%.40s'", SNOOZE_DAYS,
                        until);
        return;
    }
    command(x, &c);
}

static void hand_over_matter(struct exchange *x)
{
    struct matter_command c = { .order = MATTER_PASS };
    const struct staff_member *member;
    struct staff_book book;
    const char *to;

    if (!take_theirs(x, &book, &c) || !take_text(x, "to", 64, NULL, &to) ||
        !take_colleague(x, &book, "to", &member))
        return;
    if (!member) {
        exchange_refuse(x, 422, "to", "to: expected the login of who is to do it");
        return;
    }
    c.staff_id = member->id;
    command(x, &c);
}

static void stop_matter(struct exchange *x)
{
    struct matter_command c = { .order = MATTER_STOP };
    struct staff_book book;

    if (take_theirs(x, &book, &c) && take_text(x, "why", 64, "stopped", &c.why))
        command(x, &c);
}

static void kick(struct exchange *x)
{
    escalation_runner_kick(x->house->escalation);
}

const struct route escalation_routes[] = {
    { .method = "GET",
      .pattern = "/v1/escalations",
      .right = RIGHT_TOKEN,
      .run = list_policies,
      .help = "The policies of reminders: who is told when, as sentences." },
    { .method = "GET",
      .pattern = "/v1/escalations/{name}",
      .right = RIGHT_TOKEN,
      .run = get_policy,
      .help = "One policy." },
    { .method = "PUT",
      .pattern = "/v1/escalations/{name}",
      .right = RIGHT_ADMIN,
      .run = set_policy,
      .then = kick,
      .body = BODY("steps"),
      .help =
          "Makes a policy, or changes it. steps: a sentence a line, such as \"after 60m employee "
          "by sms\"; what is under way goes on by the new ones." },
    { .method = "GET",
      .pattern = "/v1/escalations/{name}/try",
      .right = RIGHT_TOKEN,
      .run = try_policy,
      .query = { "staff", "from", "urgent" },
      .help = "When each step would happen for a contact of staff that is due at from (by that "
              "person's clock; now, if it is not given) and that nobody answers." },
    { .method = "GET",
      .pattern = "/v1/matters",
      .right = RIGHT_TOKEN,
      .run = list_matters,
      .query = { "kind", "staff", "ended", "after", "limit" },
      .help =
          "What people are reminded of, alerts first, by number, a page; after: its \"next\", for "
          "the page behind it. kind: task or alert; ended=1: what is settled, too." },
    { .method = "GET",
      .pattern = "/v1/matters/{name}",
      .right = RIGHT_TOKEN,
      .run = get_matter,
      .help = "One of them, a contact (1234) or an alert (A17), and all that happened to it." },
    { .method = "POST",
      .pattern = "/v1/matters/{name}/acknowledge",
      .right = RIGHT_TOKEN,
      .run = acknowledge_matter,
      .then = kick,
      .body = BODY("staff"),
      .help = "Somebody is at it: nothing more is sent, unless the policy comes back to it. staff: "
              "who, if it is not the caller." },
    { .method = "POST",
      .pattern = "/v1/matters/{name}/snooze",
      .right = RIGHT_TOKEN,
      .run = snooze_matter,
      .then = kick,
      .body = BODY("until", "for_s", "staff"),
      .help = "Nothing is sent before until, a time by the clock of staff, or for so many seconds; "
              "then it goes on." },
    { .method = "POST",
      .pattern = "/v1/matters/{name}/hand-over",
      .right = RIGHT_TOKEN,
      .run = hand_over_matter,
      .then = kick,
      .body = BODY("to"),
      .help = "Another person is to do it, and is reminded from the first step on." },
    { .method = "POST",
      .pattern = "/v1/matters/{name}/stop",
      .right = RIGHT_TOKEN,
      .run = stop_matter,
      .then = kick,
      .body = BODY("why"),
      .help = "Nobody is reminded of it any more, though it has no result." },
};
const size_t n_escalation_routes = sizeof(escalation_routes) / sizeof(escalation_routes[0]);
