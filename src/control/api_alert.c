/* api_alert.c - what somebody must look at, and who is told of it. */
#include <string.h>

#include "base/buffer.h"
#include "control/colleague.h"
#include "control/colleague_may.h"
#include "control/exchange.h"
#include "control/routes.h"
#include "domain/escalation_time.h"
#include "store/alert_rule.h"
#include "store/escalation_policy.h"

#define PAGE_MAX 500
#define PAGE     100

#define NOTE_BYTES 1200 /* 300 characters */
#define NAME_BYTES 160
#define REACH_MAX  (2 * ESCALATION_TEXT_MAX) /* a policy and its logins, in one line */

static json_t *alert_json(const struct alert *a)
{
    json_t *item = json_object();

    put_u64(item, "id", a->id);
    put_text(item, "kind", a->kind);
    put_text(item, "subject", a->subject);
    put_text(item, "text", a->text);
    put_time(item, "opened_at", a->opened_at);
    put_time(item, "closed_at", a->closed_at);
    put_text(item, "closed_by", a->closed_by);
    put_time(item, "seen_at", a->seen_at);
    put_text(item, "seen_by", a->seen_by);
    put_text(item, "note", a->note);
    return item;
}

static void list_alerts(struct exchange *x)
{
    uint64_t closed, before, limit;
    struct alert *list;
    json_t *items;
    size_t n;
    enum rc rc;

    if (!take_query_u64(x, 0, 1, 0, &closed) || !take_query_u64(x, 1, INT64_MAX, 0, &before) ||
        !take_query_u64(x, 2, PAGE_MAX, PAGE, &limit))
        return;
    n = (size_t)limit;
    list = arena_alloc(&x->arena, (n + 1) * sizeof(*list));
    rc = list ? alerts_list(x->db, closed, before, list, &n) : RC_FAIL;
    if (rc) {
        exchange_failed(x, rc, "alerts", NULL);
        return;
    }
    items = json_array();
    for (size_t i = 0; i < n; i++)
        json_array_append_new(items, alert_json(&list[i]));
    put_text(x->reply, "timezone", x->house->timezone);
    json_object_set_new(x->reply, "alerts", items);
}

static void say_done(struct exchange *x, enum rc rc, const char *said)
{
    if (rc == RC_CONFLICT) {
        exchange_refuse(x, 409, NULL, "alert %llu is closed already", (unsigned long long)x->id);
        return;
    }
    if (rc) {
        exchange_failed(x, rc, "alert", NULL);
        return;
    }
    put_u64(x->reply, "id", x->id);
    put_text(x->reply, "said", said);
}

static bool is_theirs(struct exchange *x)
{
    struct staff_book book;

    return colleagues_read(x, &book) &&
           colleague_may_matter(x, &book, STAFF_DOES, MATTER_ALERT, x->id);
}

static void close_alert(struct exchange *x)
{
    if (is_theirs(x))
        say_done(x, alert_close_by(x->db, x->id, x->who), "The alert is closed.");
}

static void acknowledge_alert(struct exchange *x)
{
    const char *note;

    if (take_text(x, "note", NOTE_BYTES, "", &note) && is_theirs(x))
        say_done(x, alert_acknowledge(x->db, x->id, x->who, note),
                 "You are at it; nobody else is told meanwhile.");
}

/* --- rules --- */

static void add_rule(void *arg, const struct alert_rule *rule)
{
    json_t *item = json_object();

    put_text(item, "kind", rule->kind);
    put_text(item, "policy", rule->policy);
    put_text(item, "team", rule->team);
    put_text(item, "staff", rule->login);
    json_object_set_new(item, "urgent", json_boolean(rule->urgent));
    put_time(item, "updated_at", rule->updated_at);
    put_text(item, "updated_by", rule->updated_by);
    json_array_append_new(arg, item);
}

static void list_rules(struct exchange *x)
{
    json_t *rules = json_array(), *kinds = json_array();
    const enum rc rc = alert_rules_list(x->db, add_rule, rules);

    for (const struct alert_kind *k = alert_kinds; k->name; k++)
        json_array_append_new(kinds, json_pack("{s:s, s:s}", "kind", k->name, "help", k->help));
    json_object_set_new(x->reply, "rules", rules);
    json_object_set_new(x->reply, "kinds", kinds);
    if (rc)
        exchange_failed(x, rc, "alert rules", NULL);
}

/* A shell has a use of its own for a star. */
static const char *kind_of(const struct exchange *x)
{
    return strcmp(x->word, "any") == 0 ? ALERT_KIND_ANY : x->word;
}

/* --- whom a rule reaches --- */

/* Whose work its alerts are. False: a name that there is not, which alert_rule_set() refuses. */
static bool find_whose(const struct staff_book *book, const struct alert_rule_plan *plan,
                       struct escalation_facts *facts)
{
    const struct staff_member *m = *plan->login ? staff_book_login(book, plan->login) : NULL;

    facts->staff_id = m ? m->id : 0;
    facts->team_id = m ? m->team_id : 0;
    for (size_t i = 0; !m && i < book->n_teams; i++) {
        if (strcmp(book->teams[i].code, plan->team) == 0)
            facts->team_id = book->teams[i].id;
    }
    return (!*plan->login || m) && (!*plan->team || facts->team_id);
}

/* "employee by sms: bruno; manager by mail: nobody", as it is at this moment. */
static bool list_reach(const struct escalation_policy *policy, const struct escalation_desk *desk,
                       const struct escalation_facts *facts, struct buffer *out)
{
    bool any = false;

    for (size_t i = 0; i < policy->n; i++) {
        utc_us when;
        const unsigned whom = escalation_reach(desk, &policy->steps[i], facts->staff_id,
                                               facts->team_id, true, clock_now(), &when);
        const struct staff_member *m = whom ? staff_book_member(desk->book, whom) : NULL;

        any |= m != NULL;
        buffer_add_text(out, i ? "; " : "");
        escalation_print_step(&policy->steps[i], out);
        buffer_printf(out, ": %s", m ? m->login : "nobody");
    }
    return any;
}

static void refuse_unreached(struct exchange *x, const struct alert_rule_plan *plan,
                             const char *steps)
{
    if (!*plan->team && !*plan->login)
        exchange_refuse(x, 422, "team",
                        "nobody would be told (%s): say whose work it is, a team (--team) or one "
                        "of the staff (--staff)",
                        steps);
    else
        exchange_refuse(x, 422, *plan->login ? "staff" : "team",
                        "nobody would be told (%s): none of them works here today with a "
                        "telephone or a mail address, nor does who stands in or is above them",
                        steps);
}

/* What a carrier is needed for would be told by the carrier that is away, for want of another way,
 * though there is one. */
static void warn_sms_only(const struct exchange *x, const struct alert_rule_plan *plan,
                          const struct escalation_policy *policy, const struct staff_book *book,
                          struct buffer *out)
{
    bool mail = x->house->sends_mail;

    if (strcmp(plan->kind, ALERT_CARRIER_DOWN) != 0 && strcmp(plan->kind, ALERT_KIND_ANY) != 0)
        return;
    for (size_t i = 0; i < book->n_staff; i++)
        mail |= *book->staff[i].mail != '\0';
    for (size_t i = 0; i < policy->n; i++)
        mail = mail && !policy->steps[i].by_mail;
    if (mail)
        buffer_printf(out,
                      " All steps of %s go by SMS alone: that a carrier is down is told when it is "
                      "up again, unless there is another. Better: \"by both\".",
                      plan->policy);
}

/* A rule that reaches nobody is refused; of one that does it is said whom, as sentences. */
static bool check_reach(struct exchange *x, const struct alert_rule_plan *plan,
                        struct buffer *steps)
{
    struct escalation_facts facts = { .urgent = true };
    struct escalation_policies policies = { .n = 0 };
    const struct escalation_policy_row *p;
    struct staff_book book;
    struct zone_shelf zones;
    struct escalation_desk desk = { &book, &zones, x->house->holidays };
    uint64_t id = 0;
    bool any;
    enum rc rc;

    if (!colleagues_read(x, &book))
        return false;
    rc = escalation_policies_read(x->db, &x->arena, &policies);
    if (!rc)
        rc = escalation_policy_find(x->db, plan->policy, &id);
    p = rc ? NULL : escalation_policies_get(&policies, id);
    if (!rc || rc == RC_NOTFOUND)
        rc = zone_shelf_open(&zones, x->house->timezone, NULL);
    if (rc) {
        exchange_failed(x, rc, "alert rule", NULL);
        return false;
    }
    any = !p || !find_whose(&book, plan, &facts) || list_reach(&p->rules, &desk, &facts, steps);
    if (!any)
        refuse_unreached(x, plan, buffer_text(steps));
    buffer_add_text(steps, ".");
    if (p)
        warn_sms_only(x, plan, &p->rules, &book, steps);
    zone_shelf_close(&zones);
    return any;
}

static void write_rule(struct exchange *x, const struct alert_rule_plan *plan, const char *steps)
{
    const char *field = NULL;
    struct error err;
    const enum rc rc = alert_rule_set(x->db, plan, x->who, &field, &err);

    if (rc == RC_INVALID)
        exchange_refuse(x, 422, field, "%s", err.text);
    else if (rc)
        exchange_failed(x, rc, "alert rule", &err);
    else
        json_object_set_new(x->reply, "said",
                            json_sprintf("Told from now on, of what is open, too: %s", steps));
}

static void set_rule(struct exchange *x)
{
    struct alert_rule_plan plan = { .kind = kind_of(x) };
    struct buffer steps;

    if (!take_text(x, "policy", NAME_BYTES, "", &plan.policy) ||
        !take_text(x, "team", NAME_BYTES, "", &plan.team) ||
        !take_text(x, "staff", NAME_BYTES, "", &plan.login) ||
        !take_bool(x, "urgent", false, &plan.urgent))
        return;
    buffer_init(&steps, REACH_MAX);
    if (check_reach(x, &plan, &steps))
        write_rule(x, &plan, buffer_text(&steps));
    buffer_close(&steps);
}

static void remove_rule(struct exchange *x)
{
    const enum rc rc = alert_rule_remove(x->db, kind_of(x), x->who);

    if (rc)
        exchange_failed(x, rc, "alert rule", NULL);
    else
        put_text(x->reply, "said", "Nobody is told any more by this rule.");
}

const struct route alert_routes[] = {
    { .method = "GET",
      .pattern = "/v1/alerts",
      .right = RIGHT_TOKEN,
      .run = list_alerts,
      .query = { "closed", "before", "limit" },
      .help = "Alerts that are open, the newest first; closed=1: those that are settled, too." },
    { .method = "POST",
      .pattern = "/v1/alerts/{id}/close",
      .right = RIGHT_TOKEN,
      .run = close_alert,
      .help = "Says that it was seen to." },
    { .method = "POST",
      .pattern = "/v1/alerts/{id}/ack",
      .right = RIGHT_TOKEN,
      .run = acknowledge_alert,
      .body = BODY("note"),
      .help = "Says that the caller is at it, and perhaps what is known so far; others are told "
              "no more." },
    { .method = "GET",
      .pattern = "/v1/alert-rules",
      .right = RIGHT_TOKEN,
      .run = list_rules,
      .help = "Who is told of which alerts; and the kinds that there are." },
    { .method = "PUT",
      .pattern = "/v1/alert-rules/{name}",
      .right = RIGHT_ADMIN,
      .run = set_rule,
      .body = BODY("policy", "team", "staff", "urgent"),
      .help = "Alerts of this kind (any: of those without a rule of their own) are told by this "
              "escalation policy, as the work of one of the staff or of a team; urgent: at any "
              "hour. What is open is told, too." },
    { .method = "DELETE",
      .pattern = "/v1/alert-rules/{name}",
      .right = RIGHT_ADMIN,
      .run = remove_rule,
      .help = "Nobody is told any more." },
};
const size_t n_alert_routes = sizeof(alert_routes) / sizeof(alert_routes[0]);
