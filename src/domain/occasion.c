/* occasion.c - the table of kinds, and the times of an occasion's message. */
#include "domain/occasion.h"

#include <stdio.h>
#include <string.h>

#include "domain/local_time.h"

#define DAY_US    (SEC_PER_DAY * USEC_PER_SEC)
#define MINUTE_US (60 * USEC_PER_SEC)
#define HOUR_S    INT64_C(3600)

static const struct occasion_kind_entry kinds[OCCASION_KIND_COUNT] = {
    [OCCASION_DELIVERY_ANNOUNCED] = { .name = "delivery_announced",
                                      .what = "an order is planned and has a window",
                                      .class = CLASS_SERVICE,
                                      .by_import = true,
                                      .foreseen = true,
                                      .has_order = true,
                                      .expires_s = OCCASION_DELAY_MAX },
    [OCCASION_DELIVERY_MOVED] = { .name = "delivery_moved",
                                  .what = "the window of a planned order is now another one",
                                  .class = CLASS_SERVICE,
                                  .by_import = true,
                                  .has_order = true,
                                  .expires_s = SEC_PER_DAY },
    [OCCASION_DELIVERY_OUT] = { .name = "delivery_out",
                                .what = "an order is on its way",
                                .class = CLASS_SERVICE,
                                .by_import = true,
                                .has_order = true,
                                .expires_s = 4 * HOUR_S },
    [OCCASION_DELIVERY_DONE] = { .name = "delivery_done",
                                 .what = "an order was delivered",
                                 .class = CLASS_SERVICE,
                                 .by_import = true,
                                 .has_order = true,
                                 .expires_s = SEC_PER_DAY },
    [OCCASION_DELIVERY_MISSED] = { .name = "delivery_missed",
                                   .what = "nobody was there to take an order",
                                   .class = CLASS_SERVICE,
                                   .by_import = true,
                                   .has_order = true,
                                   .expires_s = SEC_PER_DAY },
    [OCCASION_FIRST_ORDER] = { .name = "first_order",
                               .what = "a customer ordered for the first time",
                               .class = CLASS_PROMO,
                               .by_import = true,
                               .has_order = true,
                               .expires_s = 7 * SEC_PER_DAY },
    [OCCASION_INACTIVE] = { .name = "inactive",
                            .what = "a customer has not ordered for so many days",
                            .source = OCCASION_OF_CUSTOMERS,
                            .class = CLASS_PROMO,
                            .by_day = true,
                            .expires_s = SEC_PER_DAY },
    [OCCASION_BIRTHDAY] = { .name = "birthday",
                            .what = "a customer's birthday",
                            .source = OCCASION_OF_CUSTOMERS,
                            .class = CLASS_PROMO,
                            .by_day = true,
                            .foreseen = true,
                            .expires_s = SEC_PER_DAY },
    [OCCASION_INVOICE_DUE] = { .name = "invoice_due",
                               .what = "an invoice is to be paid",
                               .source = OCCASION_OF_INVOICES,
                               .class = CLASS_SERVICE,
                               .by_day = true,
                               .foreseen = true,
                               .has_order = true,
                               .expires_s = SEC_PER_DAY },
    [OCCASION_PLAN_STEP] = { .name = "plan_step",
                             .what = "a step of a contact plan is due",
                             .source = OCCASION_OF_PLANS,
                             .class = CLASS_PROMO,
                             .expires_s = SEC_PER_DAY },
};

const struct occasion_kind_entry *occasion_kind_entry(enum occasion_kind kind)
{
    return &kinds[kind];
}

enum rc occasion_kind_parse(const char *name, enum occasion_kind *kind, struct error *err)
{
    char known[300] = "";

    for (int k = 0; k < OCCASION_KIND_COUNT; k++) {
        if (strcmp(kinds[k].name, name) == 0) {
            *kind = (enum occasion_kind)k;
            return RC_OK;
        }
        if (kinds[k].source == OCCASION_OF_PLANS)
            continue;
        strcat(known, k ? ", " : "");
        strcat(known, kinds[k].name);
    }
    return error_set(err, RC_INVALID, "kind: expected one of %s; got \"%.40s\"", known, name);
}

/* --- the rule --- */

static enum rc check_times(const struct occasion_rule *r, const struct occasion_kind_entry *kind,
                           struct error *err)
{
    if (r->delay_s < -OCCASION_DELAY_MAX || r->delay_s > OCCASION_DELAY_MAX)
        return error_set(err, RC_INVALID, "delay: expected at most 60d");
    if (r->delay_s < 0 && !kind->foreseen)
        return error_set(err, RC_INVALID,
                         "delay: expected a time after, such as +2h: nobody knows beforehand that "
                         "%s",
                         kind->what);
    if (kind->by_day && r->delay_s % SEC_PER_DAY)
        return error_set(err, RC_INVALID,
                         "delay: expected whole days, such as -1d, and the time of day by at");
    if (r->expires_s < 60 || r->expires_s > OCCASION_DELAY_MAX)
        return error_set(err, RC_INVALID, "expires: expected 60 seconds to 60 days");
    return RC_OK;
}

enum rc occasion_rule_check(struct occasion_rule *rule, struct error *err)
{
    const struct occasion_kind_entry *kind = &kinds[rule->kind];
    struct occasion_rule r = *rule;
    enum rc rc;

    if (!r.expires_s)
        r.expires_s = kind->expires_s;
    if (kind->by_day && r.at_minute == OCCASION_AT_ANY)
        r.at_minute = OCCASION_AT_DEFAULT;
    rc = check_times(&r, kind, err);
    if (rc)
        return rc;
    if (r.kind == OCCASION_INACTIVE && (r.days < 1 || r.days > OCCASION_DAYS_MAX))
        return error_set(err, RC_INVALID,
                         "days: expected after how many days without an order, 1 to %d",
                         OCCASION_DAYS_MAX);
    if (r.kind != OCCASION_INACTIVE && r.days)
        return error_set(err, RC_INVALID, "days: only an occasion of kind inactive has it");
    *rule = r;
    return RC_OK;
}

/* Digits and a unit; *after is behind them. */
static bool read_span(const char *text, int64_t *seconds, const char **after)
{
    static const struct {
        char unit;
        int64_t seconds;
    } units[] = { { 'm', 60 }, { 'h', HOUR_S }, { 'd', SEC_PER_DAY }, { 'w', 7 * SEC_PER_DAY } };
    int64_t n = 0;
    size_t digits = strspn(text, "0123456789");

    if (!digits || digits > 6)
        return false;
    for (size_t i = 0; i < digits; i++)
        n = 10 * n + (text[i] - '0');
    *after = text + digits;
    *seconds = 0;
    for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
        if (**after && **after == units[i].unit) {
            *seconds = n * units[i].seconds;
            ++*after;
            return true;
        }
    }
    return n == 0;
}

enum rc occasion_delay_parse(const char *text, int64_t *delay_s, struct error *err)
{
    bool before = *text == '-';
    const char *rest;
    int64_t seconds;

    if (!read_span(text + (before || *text == '+'), &seconds, &rest) ||
        (*rest && strcmp(rest, " before the window") != 0) || (*rest && !before))
        return error_set(err, RC_INVALID,
                         "delay: expected +2h, -1d or 0 (m, h, d or w; - is before); got \"%.40s\"",
                         text);
    *delay_s = before ? -seconds : seconds;
    return RC_OK;
}

enum rc occasion_at_parse(const char *text, int *minute, struct error *err)
{
    unsigned hours, minutes;
    char end;

    if (strlen(text) != 5 || strspn(text, "0123456789:") != 5 ||
        sscanf(text, "%2u:%2u%c", &hours, &minutes, &end) != 2 || hours > 23 || minutes > 59)
        return error_set(err, RC_INVALID,
                         "at: expected a time of day, such as 10:00; got \"%.40s\"", text);
    *minute = (int)(hours * 60 + minutes);
    return RC_OK;
}

enum rc occasion_cap_parse(const char *text, unsigned *cap, unsigned *days, struct error *err)
{
    unsigned n, d;
    char unit, end;

    if (strcmp(text, "none") == 0) {
        *cap = *days = 0;
        return RC_OK;
    }
    if (strlen(text) > 20 || !*text || strspn(text, "0123456789ind ") != strlen(text) ||
        sscanf(text, "%u in %u%c%c", &n, &d, &unit, &end) != 3 || unit != 'd' || n < 1 ||
        n > OCCASION_CAP_MAX || d < 1 || d > OCCASION_DAYS_MAX)
        return error_set(err, RC_INVALID,
                         "cap: expected such as \"1 in 30d\" (at most %d, in at most %dd) or none; "
                         "got \"%.40s\"",
                         OCCASION_CAP_MAX, OCCASION_DAYS_MAX, text);
    *cap = n;
    *days = d;
    return RC_OK;
}

/* --- times --- */

static utc_us at_minute(struct local_zone *zone, struct civil day, int64_t plus_days, int minute)
{
    struct civil wall;

    day.hour = day.minute = day.second = day.usec = 0;
    wall = clock_civil(clock_from_civil(&day) + plus_days * DAY_US + minute * MINUTE_US);
    return local_zone_to_utc(zone, &wall);
}

/* That time of `t`'s day or, when that has gone by and it may not be earlier, of the next one. */
static utc_us move_to_minute(struct local_zone *zone, utc_us t, int minute, bool earlier)
{
    const struct civil day = local_zone_civil(zone, t);
    utc_us moved = at_minute(zone, day, 0, minute);

    return moved < t && !earlier ? at_minute(zone, day, 1, minute) : moved;
}

struct civil occasion_birthday(unsigned birthday, int year)
{
    const bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    struct civil day = { .year = year,
                         .month = (int)(birthday / 100),
                         .day = (int)(birthday % 100) };

    if (birthday == 229 && !leap)
        day.day = 28;
    return day;
}

static struct civil day_of(const struct occasion_rule *rule, const struct occasion_facts *f)
{
    return rule->kind == OCCASION_BIRTHDAY ? occasion_birthday(f->birthday, (int)f->round) : f->day;
}

utc_us occasion_due(const struct occasion_rule *rule, const struct occasion_facts *f,
                    struct local_zone *zone)
{
    utc_us due = f->at + rule->delay_s * USEC_PER_SEC;

    if (rule->kind == OCCASION_INACTIVE) {
        due = f->last_order_at + rule->delay_s * USEC_PER_SEC + (utc_us)rule->days * DAY_US;
        return move_to_minute(zone, due, rule->at_minute, false);
    }
    if (kinds[rule->kind].by_day)
        return at_minute(zone, day_of(rule, f), rule->delay_s / SEC_PER_DAY, rule->at_minute);
    if (rule->delay_s < 0)
        due = f->window_from + rule->delay_s * USEC_PER_SEC;
    if (rule->at_minute != OCCASION_AT_ANY)
        due = move_to_minute(zone, due, rule->at_minute, rule->delay_s < 0);
    return due > f->at ? due : f->at;
}

utc_us occasion_stale(const struct occasion_rule *rule, const struct occasion_facts *f, utc_us due,
                      struct local_zone *zone)
{
    utc_us stale = due + rule->expires_s * USEC_PER_SEC, bound = INT64_MAX;

    if (rule->kind == OCCASION_INACTIVE)
        return INT64_MAX;
    if (rule->kind == OCCASION_DELIVERY_ANNOUNCED || rule->kind == OCCASION_DELIVERY_MOVED)
        bound = f->window_from;
    if (rule->kind == OCCASION_BIRTHDAY)
        bound = at_minute(zone, local_zone_civil(zone, due), 1, 0);
    return stale < bound ? stale : bound;
}

bool occasion_holds(const struct occasion_rule *rule, const struct occasion_facts *f)
{
    switch (rule->kind) {
    case OCCASION_DELIVERY_ANNOUNCED:
        return f->there && f->status == ORDER_PLANNED && f->window_from;
    case OCCASION_DELIVERY_MOVED:
        return f->there && (f->status == ORDER_PLANNED || f->status == ORDER_OUT) &&
               f->window_from && occasion_round(rule->kind, f) == f->round;
    case OCCASION_DELIVERY_OUT:
        return f->there && f->status == ORDER_OUT;
    case OCCASION_DELIVERY_DONE:
        return f->there && f->status == ORDER_DELIVERED;
    case OCCASION_DELIVERY_MISSED:
        return f->there && f->status == ORDER_MISSED;
    case OCCASION_FIRST_ORDER:
        return f->there && f->status != ORDER_CANCELLED;
    case OCCASION_INACTIVE:
        return f->last_order_at && occasion_round(rule->kind, f) == f->round;
    case OCCASION_BIRTHDAY:
        return f->birthday != 0;
    case OCCASION_INVOICE_DUE:
        return f->there && !f->paid;
    case OCCASION_PLAN_STEP:
        return f->there;
    case OCCASION_KIND_COUNT:
        break;
    }
    return false;
}

unsigned occasion_round(enum occasion_kind kind, const struct occasion_facts *f)
{
    switch (kind) {
    case OCCASION_DELIVERY_MOVED:
        return (unsigned)(f->window_from / MINUTE_US);
    case OCCASION_DELIVERY_OUT:
    case OCCASION_DELIVERY_MISSED:
        return (unsigned)(f->at / DAY_US);
    case OCCASION_INACTIVE:
        return (unsigned)(f->last_order_at / DAY_US);
    case OCCASION_BIRTHDAY:
    case OCCASION_PLAN_STEP:
        return f->round;
    case OCCASION_DELIVERY_ANNOUNCED:
    case OCCASION_DELIVERY_DONE:
    case OCCASION_FIRST_ORDER:
    case OCCASION_INVOICE_DUE:
    case OCCASION_KIND_COUNT:
        break;
    }
    return 0;
}

/* --- news of orders --- */

unsigned order_news(const struct order_change *c)
{
    const bool moved = c->window_from && (!c->known || c->was_from != c->window_from);
    const bool turned = !c->known || c->was != c->is;
    unsigned news = c->first ? 1u << OCCASION_FIRST_ORDER : 0;

    switch (c->is) {
    case ORDER_PLANNED:
        if ((turned && c->window_from) || moved)
            news |= 1u << OCCASION_DELIVERY_ANNOUNCED;
        break;
    case ORDER_OUT:
        news |= turned ? 1u << OCCASION_DELIVERY_OUT : 0;
        break;
    case ORDER_DELIVERED:
        news |= turned ? 1u << OCCASION_DELIVERY_DONE : 0;
        break;
    case ORDER_MISSED:
        news |= turned ? 1u << OCCASION_DELIVERY_MISSED : 0;
        break;
    case ORDER_CANCELLED:
        break;
    }
    if (c->known && c->was_from && moved && (c->is == ORDER_PLANNED || c->is == ORDER_OUT))
        news |= 1u << OCCASION_DELIVERY_MOVED;
    return news;
}

bool order_news_is_old(const struct order_change *c, enum occasion_kind kind, utc_us now,
                       int64_t keep_s)
{
    utc_us then = c->window_to ? c->window_to : c->window_from;

    if (kind == OCCASION_DELIVERY_ANNOUNCED || kind == OCCASION_DELIVERY_MOVED)
        return c->window_from <= now;
    if (c->known && c->happened_at && kind != OCCASION_FIRST_ORDER)
        return c->happened_at + keep_s * USEC_PER_SEC < now;
    if (c->known && kind != OCCASION_FIRST_ORDER)
        return false; /* we saw it turn */
    if (kind == OCCASION_FIRST_ORDER || !then)
        then = c->ordered_at;
    return then && then + keep_s * USEC_PER_SEC < now;
}
