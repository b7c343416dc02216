/*
 * occasion_try.c - a rehearsal: a day is lived through without its effects.
 *
 * Nothing is noted for occasions that were off, so the day's events are found again (occasion_day).
 * That costs a walk through the orders, once a rehearsal.
 */
#include <stdlib.h>

#include "base/arena.h"
#include "store/occasion_day.h"

#define DAY_US  (SEC_PER_DAY * USEC_PER_SEC)
#define MET_MAX (1 << 18) /* customers whose messages of the day are counted for a cap */

struct met {
    uint64_t customer_id;
    unsigned n;
};

struct rehearsal {
    struct occasion_day day;
    const struct occasion_settings *settings;
    struct zone_shelf *zones;
    utc_us now;
    struct occasion_trial *out;
    struct route_tally *tally;
    size_t limit, told;
    void (*each)(void *arg, const struct occasion_trial_row *row);
    void *arg;
    struct error *err;
    struct met *met; /* of a cap: who got how many that day. Open addressing; NULL: no cap */
    size_t n_met;
};

/* Full, it counts no further customers: so many a day are beyond a rehearsal. */
static struct met *met_of(struct rehearsal *r, uint64_t customer_id)
{
    size_t i = (customer_id * UINT64_C(0x9E3779B97F4A7C15) >> 40) % MET_MAX;

    while (r->met[i].customer_id && r->met[i].customer_id != customer_id)
        i = (i + 1) % MET_MAX;
    if (!r->met[i].customer_id && r->n_met < MET_MAX / 2) {
        r->met[i].customer_id = customer_id;
        r->n_met++;
    }
    return &r->met[i];
}

static void cap(struct rehearsal *r, struct candidate *c)
{
    if (r->met && c->verdict == VERDICT_SEND &&
        c->sent + met_of(r, c->customer_id)->n >= r->day.o->rule.cap)
        c->verdict = VERDICT_CAPPED;
}

static void tell(struct rehearsal *r, const struct candidate *c)
{
    const bool sent = c->verdict == VERDICT_SEND;

    if (r->told++ >= r->limit)
        return;
    r->each(r->arg,
            &(struct occasion_trial_row){
                .customer_id = c->customer_id,
                .number = c->words.number,
                .due = sent ? c->leave_at : c->due,
                .reason = c->verdict == VERDICT_OUTSIDE ? "not_in_audience" : candidate_reason(c),
                .channel = sent ? channel_name(c->recipient->channel) : "",
                .subject = sent && c->recipient->subject ? c->recipient->subject : "",
                .text = sent ? c->recipient->text : "",
                .parts = sent && c->recipient->channel == CHANNEL_SMS ? c->recipient->parts : 0,
            });
}

static void add_message(struct rehearsal *r, const struct candidate *c)
{
    const struct route_question q = { c->recipient->address, r->day.o->class,
                                      c->recipient->category };
    struct met *met = r->met ? met_of(r, c->customer_id) : NULL;

    r->out->messages++;
    r->out->by_channel[c->recipient->channel]++;
    if (c->recipient->channel == CHANNEL_SMS)
        route_tally_add(r->tally, &q, c->recipient->parts, 1);
    if (met && met->customer_id)
        met->n++;
}

static void count(struct rehearsal *r, const struct candidate *c)
{
    struct occasion_trial *t = r->out;

    t->events++;
    switch (c->verdict) {
    case VERDICT_SEND:
        add_message(r, c);
        break;
    case VERDICT_OVERTAKEN:
        t->overtaken++;
        break;
    case VERDICT_EXPIRED:
        t->expired++;
        break;
    case VERDICT_CAPPED:
        t->capped++;
        break;
    case VERDICT_QUIET:
        t->quiet++;
        break;
    case VERDICT_OUTSIDE:
        t->outside++;
        break;
    case VERDICT_EXCLUDED:
        t->excluded[c->recipient->why]++;
        break;
    case VERDICT_WAIT:
    case VERDICT_DROP:
        break;
    }
    tell(r, c);
}

static int by_customer_then_due(const void *a, const void *b)
{
    const struct candidate *x = a, *y = b;

    if (x->customer_id != y->customer_id)
        return x->customer_id < y->customer_id ? -1 : 1;
    return (x->due > y->due) - (x->due < y->due);
}

/* Takes each customer's first one out of the list; *n are left. */
static void take_turn(struct rehearsal *r, struct candidate *list, size_t *n,
                      struct candidate_page *turn)
{
    size_t left = 0;

    turn->n = 0;
    for (size_t i = 0; i < *n; i++) {
        if (turn->n && turn->list[turn->n - 1].customer_id == list[i].customer_id) {
            list[left++] = list[i];
            continue;
        }
        turn->list[turn->n] = list[i];
        cap(r, &turn->list[turn->n++]);
    }
    *n = left;
}

/* A part of them at a time: the texts of mails are long. */
static enum rc live_turn(struct db *db, struct rehearsal *r, struct candidate_page *turn)
{
    enum rc rc = RC_OK;

    for (size_t done = 0, n = 0; !rc && done < turn->n; done += n) {
        struct candidate_page part = { .list = turn->list + done,
                                       .n = turn->n - done,
                                       .rehearsed = true };
        struct arena arena;
        arena_init(&arena);
        rc = candidate_page_reach(db, r->day.o, r->settings, r->zones, &part, r->now, &arena,
                                  r->err);
        for (size_t i = 0; !rc && i < part.n; i++)
            count(r, &part.list[i]);
        n = part.n;
        arena_close(&arena);
    }
    return rc;
}

/* Several events of a customer come one after the other, so that a cap counts the first. */
static enum rc live_page(struct db *db, struct rehearsal *r, struct candidate *list, size_t n,
                         struct arena *arena)
{
    struct candidate_page turn = { .list = arena_alloc(arena, (n + 1) * sizeof(*list)) };
    enum rc rc = turn.list ? RC_OK : RC_FAIL;

    if (n)
        qsort(list, n, sizeof(list[0]), by_customer_then_due);
    while (!rc && n) {
        take_turn(r, list, &n, &turn);
        rc = live_turn(db, r, &turn);
    }
    return rc;
}

static enum rc live_day(struct db *db, struct rehearsal *r)
{
    uint64_t key = 0;
    bool more = true;
    enum rc rc = RC_OK;

    while (!rc && more) {
        struct candidate *list;
        struct arena arena;
        size_t n;
        arena_init(&arena);
        list = arena_alloc(&arena, OCCASION_PAGE * sizeof(*list));
        rc = list ? occasion_day_read(db, &r->day, r->zones, &key, list, &n, &more) : RC_FAIL;
        if (!rc)
            rc = live_page(db, r, list, n, &arena);
        arena_close(&arena);
    }
    return rc;
}

static enum rc rehearse(struct db *db, struct rehearsal *r, struct arena *arena)
{
    const struct campaign_settings *settings = r->settings->campaign;
    /* Where there are no routes, all of them cost the same. */
    const struct route_carrier any = { .name = "",
                                       .millicents = settings->segment_cost_millicents };
    const struct route all = { .name = "default", .ways = { { 0, 1 } }, .n_ways = 1 };
    const struct route_table flat = { .routes = &all, .n = 1, .carriers = &any, .n_carriers = 1 };
    enum rc rc;

    r->tally = route_tally_new(settings->routes ? settings->routes : &flat, arena);
    if (!r->tally)
        return RC_FAIL;
    if (r->day.o->rule.cap) {
        r->met = calloc(MET_MAX, sizeof(*r->met));
        if (!r->met)
            return RC_FAIL;
    }
    rc = live_day(db, r);
    return rc ? rc : route_tally_bill(r->tally, arena, &r->out->bill);
}

enum rc occasion_try(struct db *db, uint64_t id, const struct civil *day,
                     const struct occasion_settings *settings, size_t limit, struct arena *arena,
                     void (*each)(void *arg, const struct occasion_trial_row *row), void *arg,
                     struct occasion_trial *out, struct error *err)
{
    const struct civil next = clock_civil(clock_from_civil(day) + DAY_US);
    struct zone_shelf zones = { .n = 0 };
    struct occasion o;
    struct occasion_trial trial = { .currency = settings->campaign->currency };
    struct rehearsal r = { .day = { .o = &o, .day = *day },
                           .settings = settings,
                           .zones = &zones,
                           .now = clock_now(),
                           .out = &trial,
                           .limit = limit,
                           .each = each,
                           .arg = arg,
                           .err = err };
    enum rc rc = occasion_read(db, id, arena, &o);

    if (!rc && o.rule.kind == OCCASION_PLAN_STEP)
        return error_set(err, RC_CONFLICT,
                         "%s is a step of a contact plan: who gets it when stands with the plan",
                         o.name);
    if (!rc && !occasion_has_sender(&o, settings))
        return error_set(err, RC_CONFLICT, "channel: " WORDING_NO_MAIL);
    if (!rc)
        rc = zone_shelf_open(&zones, settings->timezone, err);
    if (!rc) {
        r.day.from = local_zone_to_utc(zones.house, day);
        r.day.to = local_zone_to_utc(zones.house, &next);
        rc = rehearse(db, &r, arena);
    }
    if (!rc)
        *out = trial;
    zone_shelf_close(&zones);
    free(r.met);
    return rc;
}
