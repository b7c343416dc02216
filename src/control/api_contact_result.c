/* api_contact_result.c - what came of a contact, and the catalogue of what can. */
#include <stdio.h>
#include <string.h>

#include "control/api_task.h"
#include "control/colleague_may.h"
#include "control/routes.h"
#include "flow/report_mail.h"
#include "store/contact_outcome.h"
#include "store/contact_task_command.h"

#define RESULTS_MAX     1000
#define RESULTS_DEFAULT 50
#define NOTE_BYTES      (4 * (size_t)CONTACT_NOTE_MAX)
#define NOT_GIVEN       (-1)

/* --- a result --- */

/* Whose clock a next date is meant by: who made the contact, else the house's. */
static bool take_next(struct exchange *x, const struct staff_book *book,
                      const struct staff_member *member, struct contact_report *report)
{
    struct colleague_clock clock;
    const char *text;
    bool good;

    if (!take_text(x, "next", 40, "", &text))
        return false;
    if (!*text)
        return true;
    if (!colleague_clock_open(x, book, member, NULL, &clock))
        return false;
    good = colleague_when(x, &clock, "next", text, &report->next_at, &report->next_day);
    colleague_clock_close(&clock);
    return good;
}

/* A code, or how people say it: "joint", "pas de réponse". What is neither is refused later on. */
static bool take_outcome(struct exchange *x, const char **code)
{
    struct contact_outcomes *all = arena_alloc(&x->arena, sizeof(*all));
    struct staff_reply_outcome *words = NULL;
    size_t found = SIZE_MAX;
    enum rc rc;

    if (!take_text(x, "outcome", 4 * CONTACT_LABEL_MAX, NULL, code))
        return false;
    rc = all ? contact_outcomes_read(x->db, all) : RC_FAIL;
    if (!rc)
        words = contact_outcomes_words(all, &x->arena);
    if (!rc)
        rc = words ? staff_reply_outcome_of(*code, words, all->n, &x->arena, &found) : RC_FAIL;
    if (rc) {
        exchange_failed(x, rc, "outcome", NULL);
        return false;
    }
    if (found != SIZE_MAX)
        *code = all->list[found].code;
    return true;
}

static bool take_via(struct exchange *x, enum contact_via *via)
{
    const char *text;

    if (!take_text(x, "via", 20, contact_via_name(CONTACT_BY_API), &text))
        return false;
    *via = strcmp(text, contact_via_name(CONTACT_BY_CONSOLE)) == 0 ? CONTACT_BY_CONSOLE
                                                                   : CONTACT_BY_API;
    if (strcmp(text, contact_via_name(*via)) == 0)
        return true;
    exchange_refuse(x, 422, "via", "via: expected api or console");
    return false;
}

static bool take_report(struct exchange *x, struct contact_report *report)
{
    const struct staff_member *member;
    struct staff_book book;

    if (!take_outcome(x, &report->outcome) ||
        !take_text(x, "note", NOTE_BYTES, "", &report->note) || !take_via(x, &report->via) ||
        !colleagues_read(x, &book) || !take_colleague(x, &book, "staff", &member) ||
        !colleague_may_speak_for(x, &book, member) ||
        (report->task_id &&
         !colleague_may_record(x, &book, report->task_id, &report->first_only)) ||
        !take_next(x, &book, member, report))
        return false;
    report->staff_id = member ? member->id : 0;
    report->who = x->who;
    return true;
}

/* The gateway is told of them once the reply stands. */
static void keep_stopped(struct exchange *x, const struct contact_recorded *r)
{
    x->stopped = arena_alloc(&x->arena, (r->n_stopped + 1) * sizeof(*x->stopped));
    for (size_t i = 0; x->stopped && i < r->n_stopped; i++)
        x->stopped[x->n_stopped++] = arena_copy(&x->arena, r->stopped[i], strlen(r->stopped[i]));
}

static const char *said(const struct contact_recorded *r)
{
    if (r->repeated)
        return "That was said before; nothing changed.";
    switch (r->effect) {
    case CONTACT_EFFECT_WRONG_NUMBER:
        return r->n_stopped ? "Noted. The number is not used any more."
                            : "Noted. The customer has no number.";
    case CONTACT_EFFECT_DO_NOT_CONTACT:
        return "Noted. The customer is not contacted any more, and gets no advertising.";
    case CONTACT_EFFECT_NONE:
    case CONTACT_EFFECT_CALL_BACK:
    case CONTACT_EFFECT_ORDER:
    case CONTACT_EFFECTS:
        break;
    }
    return r->corrected ? "Noted. This result counts now." : "Noted.";
}

/* What was agreed on for a time without work, as it was said; it is due when next_at says. */
static void put_agreed(json_t *reply, const struct contact_agreed *agreed)
{
    const struct civil *w = &agreed->wall;
    char text[40] = "", hour[16] = "";

    if (agreed->rest && agreed->has_hour)
        snprintf(hour, sizeof(hour), " %02d:%02d", w->hour, w->minute);
    if (agreed->rest)
        snprintf(text, sizeof(text), "%04d-%02d-%02d%s", w->year, w->month, w->day, hour);
    put_text(reply, "agreed", text);
    put_text(reply, "rest", contact_rest_name(agreed->rest));
}

static void put_others(json_t *reply, const struct contact_recorded *r)
{
    json_t *list = json_array();

    for (size_t i = 0; i < r->n_others; i++) {
        json_t *item = json_object();

        put_u64(item, "task_id", r->others[i].id);
        put_text(item, "staff", r->others[i].login);
        put_text(item, "name", r->others[i].name);
        json_array_append_new(list, item);
    }
    json_object_set_new(reply, "others", list);
    put_u64(reply, "others_open", r->all_others);
}

static void record(struct exchange *x, struct contact_report *report)
{
    const struct contact_house house = colleague_house(x);
    struct contact_recorded r;
    struct error err = { "" };
    enum rc rc;

    if (!take_report(x, report))
        return;
    report->house = &house;
    rc = contact_result_record(x->db, report, &r, &err);
    if (rc) {
        exchange_failed(x, rc, "result", &err);
        return;
    }
    keep_stopped(x, &r);
    x->changed = true;
    put_u64(x->reply, "id", r.id);
    put_id(x->reply, "task_id", r.task_id);
    put_u64(x->reply, "customer_id", r.customer_id);
    put_text(x->reply, "outcome", report->outcome);
    json_object_set_new(x->reply, "late", json_boolean(r.late));
    json_object_set_new(x->reply, "corrected", json_boolean(r.corrected));
    json_object_set_new(x->reply, "repeated", json_boolean(r.repeated));
    put_id(x->reply, "next_task_id", r.next_task_id);
    put_time(x->reply, "next_at", r.next_at);
    put_agreed(x->reply, &r.agreed);
    put_others(x->reply, &r);
    put_text(x->reply, "timezone", x->house->timezone);
    put_text(x->reply, "said", said(&r));
}

static void record_of_task(struct exchange *x)
{
    struct contact_report report = { .task_id = x->id };

    record(x, &report);
}

static void record_of_customer(struct exchange *x)
{
    struct contact_report report = { .customer_id = x->id };

    record(x, &report);
}

static void tell_gateway(struct exchange *x)
{
    for (size_t i = 0; x->house->gateway && i < x->n_stopped; i++) {
        if (x->stopped[i])
            gateway_stop_address(x->house->gateway, x->stopped[i]);
    }
}

/* --- a customer's --- */

struct result_list {
    json_t *items;
    uint64_t last;
};

static void add_result(void *arg, const struct contact_result_view *v)
{
    struct result_list *list = arg;
    json_t *item = json_object();

    put_u64(item, "id", v->id);
    put_time(item, "at", v->at);
    put_id(item, "task_id", v->task_id);
    put_text(item, "title", v->title);
    put_text(item, "outcome", v->outcome);
    put_text(item, "staff", v->staff);
    put_text(item, "who", v->who);
    put_text(item, "via", v->via);
    put_text(item, "note", v->note);
    put_time(item, "next_at", v->next_at);
    put_id(item, "next_task_id", v->next_task_id);
    json_array_append_new(list->items, item);
    list->last = v->id;
}

static void list_results(struct exchange *x)
{
    struct result_list list;
    uint64_t before, limit;
    enum rc rc;

    if (!take_query_u64(x, 0, INT64_MAX, 0, &before) ||
        !take_query_u64(x, 1, RESULTS_MAX, RESULTS_DEFAULT, &limit))
        return;
    limit = limit ? limit : 1;
    list = (struct result_list){ .items = json_array() };
    rc = contact_results_list(x->db, x->id, before, (size_t)limit, add_result, &list);
    if (rc) {
        json_decref(list.items);
        exchange_failed(x, rc, "contacts", NULL);
        return;
    }
    put_text(x->reply, "timezone", x->house->timezone);
    put_text(x->reply, "language", x->house->report_settings->language);
    put_id(x->reply, "next", json_array_size(list.items) == limit ? list.last : 0);
    json_object_set_new(x->reply, "contacts", list.items);
}

/* --- the catalogue --- */

static json_t *outcome_json(const struct contact_outcome *o)
{
    json_t *item = json_object();

    put_text(item, "code", o->code);
    put_text(item, "label_fr", o->label_fr);
    put_text(item, "label_en", o->label_en);
    put_text(item, "words", o->words);
    json_object_set_new(item, "reached", json_boolean(o->reached));
    put_text(item, "talked", o->reached ? "yes" : "no");
    put_text(item, "effect", contact_effect_name(o->effect));
    put_u64(item, "next_days", o->next_days);
    put_text(item, "state", o->on ? "on" : "off");
    return item;
}

static void list_outcomes(struct exchange *x)
{
    struct contact_outcomes *all = arena_alloc(&x->arena, sizeof(*all));
    const enum rc rc = all ? contact_outcomes_read(x->db, all) : RC_FAIL;
    json_t *list;

    if (rc) {
        exchange_failed(x, rc, "outcomes", NULL);
        return;
    }
    list = json_array();
    for (size_t i = 0; i < all->n; i++)
        json_array_append_new(list, outcome_json(&all->list[i]));
    json_object_set_new(x->reply, "outcomes", list);
}

static bool is_given(const struct exchange *x, const char *field)
{
    const json_t *value = json_object_get(x->body, field);

    return value && !json_is_null(value);
}

static bool take_plan(struct exchange *x, struct contact_outcome_plan *plan)
{
    const char *state;

    *plan = (struct contact_outcome_plan){ .code = x->word };
    if (!take_text(x, "label_fr", 4 * CONTACT_LABEL_MAX, "", &plan->label_fr) ||
        !take_text(x, "label_en", 4 * CONTACT_LABEL_MAX, "", &plan->label_en) ||
        !take_text(x, "words", 4 * CONTACT_WORDS_MAX, "", &plan->words) ||
        !take_text(x, "effect", 20, "", &plan->effect) ||
        !take_yes_no(x, "reached", &plan->reached) || !take_text(x, "state", 3, "", &state) ||
        !take_int(x, "next_days", 0, CONTACT_NEXT_DAYS_MAX, NOT_GIVEN, &plan->next_days))
        return false;
    plan->label_fr = is_given(x, "label_fr") ? plan->label_fr : NULL;
    plan->label_en = is_given(x, "label_en") ? plan->label_en : NULL;
    plan->words = is_given(x, "words") ? plan->words : NULL;
    plan->effect = is_given(x, "effect") ? plan->effect : NULL;
    plan->on = *state ? strcmp(state, "on") == 0 : NOT_GIVEN;
    if (!*state || plan->on || strcmp(state, "off") == 0)
        return true;
    exchange_refuse(x, 422, "state", "state: expected on or off");
    return false;
}

static void set_outcome(struct exchange *x)
{
    struct contact_outcome outcome, before = { .words = "" };
    struct contact_outcome_plan plan;
    struct error err = { "" };
    const char *field = NULL;
    json_t *item;
    bool created;
    enum rc rc;

    if (!take_plan(x, &plan))
        return;
    rc = contact_outcome_find(x->db, x->word, &before);
    if (!rc || rc == RC_NOTFOUND)
        rc = contact_outcome_set(x->db, &plan, x->who, &created, &field, &err);
    if (rc == RC_INVALID) {
        exchange_refuse(x, 422, field, "%s", err.text);
        return;
    }
    if (!rc)
        rc = contact_outcome_find(x->db, x->word, &outcome);
    if (rc) {
        exchange_failed(x, rc, "outcome", &err);
        return;
    }
    item = outcome_json(&outcome);
    json_object_update(x->reply, item);
    json_decref(item);
    json_object_set_new(x->reply, "created", json_boolean(created));
    put_text(x->reply, "words_before", plan.words ? before.words : outcome.words);
}

#define RESULT_BODY BODY("outcome", "note", "next", "staff", "via")

const struct route contact_result_routes[] = {
    { .method = "POST",
      .pattern = "/v1/tasks/{id}/result",
      .right = RIGHT_TOKEN,
      .run = record_of_task,
      .then = tell_gateway,
      .body = RESULT_BODY,
      .help = "What came of it, which ends the task; said again, the last one counts. outcome: a "
              "code of the catalogue, a label or a word of one; next: a day, \"2026-12-01 14:30\" "
              "or \"lundi 10h\", for the next contact; "
              "staff: who made it (default: who calls, else whose task it is). The reply: `rest` "
              "is day or hour if what was agreed is no working time, and next_at when it is due; "
              "`others` are open tasks of other people for the customer." },
    { .method = "POST",
      .pattern = "/v1/customers/{id}/contacts",
      .right = RIGHT_TOKEN,
      .run = record_of_customer,
      .then = tell_gateway,
      .body = RESULT_BODY,
      .help = "The result of a contact that nobody had planned." },
    { .method = "GET",
      .pattern = "/v1/customers/{id}/contacts",
      .right = RIGHT_TOKEN,
      .run = list_results,
      .query = { "after", "limit" },
      .help = "What came of contacts with a customer, the newest first; `next` is the after of "
              "the page behind." },
    { .method = "GET",
      .pattern = "/v1/outcomes",
      .right = RIGHT_TOKEN,
      .run = list_outcomes,
      .help = "The catalogue of what can come of a contact." },
    { .method = "PUT",
      .pattern = "/v1/outcomes/{name}",
      .right = RIGHT_ADMIN,
      .run = set_outcome,
      .body = BODY("label_fr", "label_en", "words", "reached", "effect", "next_days", "state"),
      .help = "Makes an outcome, or changes what is given. effect: none, call_back, wrong_number, "
              "do_not_contact or order; state: on or off; next_days: a new task after so many "
              "days; words: how it "
              "is said in an answer by SMS or mail, with commas between them, in place of those "
              "that it had (`words_before`); a word that is a command's or another outcome's is "
              "refused." },
};
const size_t n_contact_result_routes =
    sizeof(contact_result_routes) / sizeof(contact_result_routes[0]);
