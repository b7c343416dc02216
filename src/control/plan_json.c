/* plan_json.c - a plan out of and into JSON. What comes in becomes lines, so that one reader judges
 * both forms. */
#include "control/plan_json.h"

#include <stdio.h>
#include <string.h>

#include "base/buffer.h"
#include "domain/occasion.h"

static void put_step(json_t *list, const struct plan_step *s)
{
    json_t *item = json_object();
    char at[16] = "";

    if (s->at_minute != CONTACT_PLAN_AT_ANY)
        snprintf(at, sizeof(at), "%02d:%02d", s->at_minute / 60, s->at_minute % 60);
    put_u64(item, "step", json_array_size(list) + 1);
    put_text(item, "kind", plan_step_name(s));
    put_u64(item, s->after ? "after_days" : "day", s->days);
    put_text(item, "at", at);
    if (s->kind == PLAN_WRITE) {
        put_text(item, "template", s->template);
        put_text(item, "text", s->text);
        put_text(item, "mail_template", s->mail_template);
        put_text(item, "sender", s->sender);
        put_text(item, "class", s->has_class ? message_class_name(s->class) : "");
    } else {
        put_text(item, "title", s->title);
        put_text(item, "expect", s->expected);
        put_u64(item, "within_days", s->within);
        put_text(item, "policy", s->policy);
    }
    put_text(item, "when", s->rule);
    put_text(item, "when_outcome", s->outcomes);
    json_array_append_new(list, item);
}

void put_plan_text(json_t *object, const struct contact_plan_text *plan)
{
    json_t *list = json_array();

    put_text(object, "enrol", plan_enrols_name(plan->enrols));
    put_text(object, "for", plan->rule);
    put_text(object, "team", plan->team);
    put_u64(object, "late_days", plan->late_days);
    for (size_t i = 0; i < plan->n_steps; i++)
        put_step(list, &plan->steps[i]);
    json_object_set_new(object, "steps", list);
}

/* --- in --- */

struct taking {
    struct exchange *x;
    const json_t *item;
    size_t step; /* from 1 */
};

static bool refuse(const struct taking *t, const char *name, const char *expected)
{
    exchange_refuse(t->x, 422, "steps", "steps: step %zu: %s: expected %s", t->step, name,
                    expected);
    return false;
}

/* A line end would begin another line of the plan. */
static bool is_one_line(const char *text, bool lines)
{
    for (; *text; text++) {
        if ((unsigned char)*text < ' ' && (!lines || *text != '\n'))
            return false;
    }
    return true;
}

static bool text_of(const struct taking *t, const char *name, bool lines, const char **out)
{
    const json_t *value = json_object_get(t->item, name);

    *out = "";
    if (!value || json_is_null(value))
        return true;
    if (!json_is_string(value) || strlen(json_string_value(value)) != json_string_length(value) ||
        !is_one_line(json_string_value(value), lines))
        return refuse(t, name, "a text in one line");
    *out = json_string_value(value);
    return true;
}

static bool number_of(const struct taking *t, const char *name, unsigned max, unsigned def,
                      unsigned *out)
{
    const json_t *value = json_object_get(t->item, name);

    *out = def;
    if (!value || json_is_null(value))
        return true;
    if (!json_is_integer(value) || json_integer_value(value) < 0 ||
        json_integer_value(value) > (json_int_t)max)
        return refuse(t, name, "a whole number of days");
    *out = (unsigned)json_integer_value(value);
    return true;
}

static bool take_when(const struct taking *t, struct plan_step *s)
{
    const json_t *after = json_object_get(t->item, "after_days");
    struct error err = { "" };
    const char *at;

    s->after = after && !json_is_null(after);
    s->at_minute = CONTACT_PLAN_AT_ANY;
    if (!number_of(t, s->after ? "after_days" : "day", CONTACT_PLAN_DAY_MAX, 0, &s->days) ||
        !text_of(t, "at", false, &at))
        return false;
    if (*at && occasion_at_parse(at, &s->at_minute, &err))
        return refuse(t, "at", "a time of day, such as 10:00");
    return true;
}

static bool take_step(const struct taking *t, struct plan_step *s)
{
    const char *kind, *class;

    if (!json_is_object(t->item))
        return refuse(t, "it", "an object");
    if (!text_of(t, "kind", false, &kind) || !text_of(t, "class", false, &class))
        return false;
    if (plan_step_parse(kind, s))
        return refuse(t, "kind", PLAN_KINDS);
    s->has_class = *class != '\0';
    if (s->has_class && message_class_parse(class, &s->class))
        return refuse(t, "class", "promo or service");
    return take_when(t, s) && text_of(t, "template", false, &s->template) &&
           text_of(t, "text", true, &s->text) &&
           text_of(t, "mail_template", false, &s->mail_template) &&
           text_of(t, "sender", false, &s->sender) && text_of(t, "title", false, &s->title) &&
           text_of(t, "expect", false, &s->expected) &&
           number_of(t, "within_days", CONTACT_PLAN_WITHIN_MAX, 1, &s->within) &&
           text_of(t, "policy", false, &s->policy) && text_of(t, "when", false, &s->rule) &&
           text_of(t, "when_outcome", false, &s->outcomes);
}

static bool take_steps(struct exchange *x, struct contact_plan_text *plan)
{
    const json_t *list = json_object_get(x->body, "steps");
    const size_t n = json_array_size(list);

    if (!json_is_array(list) || n < 1 || n > CONTACT_PLAN_STEPS_MAX) {
        exchange_refuse(x, 422, "steps", "steps: expected a list of 1 to %d steps, or text",
                        CONTACT_PLAN_STEPS_MAX);
        return false;
    }
    plan->steps = arena_alloc(&x->arena, n * sizeof(*plan->steps));
    if (!plan->steps) {
        exchange_failed(x, RC_FAIL, "plan", NULL);
        return false;
    }
    for (plan->n_steps = 0; plan->n_steps < n; plan->n_steps++) {
        const struct taking t = { x, json_array_get(list, plan->n_steps), plan->n_steps + 1 };
        if (!take_step(&t, &plan->steps[plan->n_steps]))
            return false;
    }
    return true;
}

bool take_plan_text(struct exchange *x, struct buffer *lines)
{
    struct contact_plan_text plan = { .n_steps = 0 };
    const char *enrols;
    int64_t late;

    if (!take_text(x, "enrol", 40, "by_hand", &enrols) ||
        !take_text(x, "for", 8000, "", &plan.rule) || !take_text(x, "team", 32, "", &plan.team) ||
        !take_int(x, "late_days", 1, CONTACT_PLAN_LATE_MAX, CONTACT_PLAN_LATE_DEFAULT, &late) ||
        !take_steps(x, &plan))
        return false;
    if (plan_enrols_parse(enrols, &plan.enrols)) {
        exchange_refuse(x, 422, "enrol", "enrol: expected by_hand, new_customer or first_order");
        return false;
    }
    if (!is_one_line(plan.rule, false) || !is_one_line(plan.team, false)) {
        exchange_refuse(x, 422, "for", "for, team: expected one line");
        return false;
    }
    plan.late_days = (unsigned)late;
    contact_plan_print(&plan, lines);
    return true;
}
