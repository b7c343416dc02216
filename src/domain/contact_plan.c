/* contact_plan.c - when the steps of a plan are due, and where one stands in another version. */
#include "domain/contact_plan.h"

#include <string.h>

#include "domain/local_time.h"

#define DAY_US          (SEC_PER_DAY * USEC_PER_SEC)
#define MINUTE_US       (60 * USEC_PER_SEC)
#define MESSAGES_MINUTE (10 * 60)

static const char *const enrols_names[] = {
    [PLAN_BY_HAND] = "by_hand",
    [PLAN_NEW_CUSTOMER] = "new_customer",
    [PLAN_FIRST_ORDER] = "first_order",
};

static const char CALL[] = "call";

#define COUNT(names) (sizeof(names) / sizeof((names)[0]))

const char *plan_enrols_name(enum plan_enrols e)
{
    return enrols_names[e];
}

enum rc plan_enrols_parse(const char *name, enum plan_enrols *e)
{
    for (size_t i = 0; i < COUNT(enrols_names); i++) {
        if (strcmp(enrols_names[i], name) == 0) {
            *e = (enum plan_enrols)i;
            return RC_OK;
        }
    }
    return RC_INVALID;
}

const char *plan_step_name(const struct plan_step *step)
{
    return step->kind == PLAN_CALL ? CALL : reach_name(step->reach);
}

enum rc plan_step_parse(const char *name, struct plan_step *step)
{
    step->kind = strcmp(name, CALL) == 0 ? PLAN_CALL : PLAN_WRITE;
    return step->kind == PLAN_CALL ? RC_OK : reach_parse(name, &step->reach);
}

bool plan_outcomes_have(const char *outcomes, const char *code)
{
    const size_t len = strlen(code);

    for (const char *p = outcomes; *p; p += strspn(p, ", ")) {
        const size_t n = strcspn(p, ",");
        if (n == len && memcmp(p, code, n) == 0)
            return true;
        p += n;
    }
    return false;
}

/* --- when --- */

static utc_us wall(struct local_zone *zone, utc_us base, unsigned days, int minute)
{
    struct civil day = local_zone_civil(zone, base);

    day.hour = day.minute = day.second = day.usec = 0;
    day = clock_civil(clock_from_civil(&day) + days * DAY_US + minute * MINUTE_US);
    return local_zone_to_utc(zone, &day);
}

utc_us contact_plan_moment(const struct plan_step *step, utc_us start, utc_us before,
                           struct local_zone *zone)
{
    const utc_us base = step->after ? before : start;
    int minute = step->at_minute;
    utc_us moment;

    if (minute == CONTACT_PLAN_AT_ANY) {
        if (!step->days)
            return base;
        minute = step->kind == PLAN_CALL ? 0 : MESSAGES_MINUTE;
    }
    moment = wall(zone, base, step->days, minute);
    return moment < base ? wall(zone, base, step->days + 1, minute) : moment;
}

/* --- where --- */

unsigned contact_plan_day(const struct contact_plan_text *plan, size_t step)
{
    unsigned day = 0;

    for (size_t i = 0; i <= step && i < plan->n_steps; i++)
        day = plan->steps[i].after ? day + plan->steps[i].days : plan->steps[i].days;
    return day;
}

size_t contact_plan_same_place(const struct contact_plan_text *from, size_t step,
                               const struct contact_plan_text *to)
{
    const unsigned day = contact_plan_day(from, step);
    size_t done = 0, at = 0;

    if (step >= from->n_steps)
        return to->n_steps;
    for (size_t i = step; i-- > 0 && contact_plan_day(from, i) == day;)
        done++;
    while (at < to->n_steps && contact_plan_day(to, at) < day)
        at++;
    while (done && at < to->n_steps && contact_plan_day(to, at) == day) {
        done--;
        at++;
    }
    return at;
}
