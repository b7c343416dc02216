/* occasion_page.c - from events to candidates: what to do with each, and whom they reach. */
#include "store/occasion_page.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "store/campaign_limits.h"
#include "store/send_window.h"

#define HELD_US (3600 * USEC_PER_SEC) /* who goes on with a plan wakes what was held */

#define EVENT                                                      \
    "SELECT e.customer_id, e.subject_id, e.round, e.at, e.due_at," \
    "       s.occasion_id IS NOT NULL,"                            \
    "       IF(? = 0, 0, (SELECT COUNT(*)"                         \
    "                       FROM occasion_sent k"                  \
    "                      WHERE k.occasion_id = e.occasion_id"    \
    "                        AND k.customer_id = e.customer_id"    \
    "                        AND k.message_id IS NOT NULL AND k.at > ?)),"
#define FROM_EVENT                                                                \
    "  FROM occasion_event e"                                                     \
    "  LEFT JOIN occasion_sent s"                                                 \
    "         ON s.occasion_id = e.occasion_id AND s.customer_id = e.customer_id" \
    "        AND s.subject_id = e.subject_id AND s.round = e.round"               \
    "  LEFT JOIN customer c ON c.id = e.customer_id"
#define DUE                                      \
    " WHERE e.occasion_id = ? AND e.due_at <= ?" \
    " ORDER BY e.due_at, e.customer_id"          \
    " LIMIT ?"

static const char SQL_OF_ORDERS[] = EVENT OF_CUSTOMER OF_ORDER FROM_EVENT
    "  LEFT JOIN customer_order o ON o.id = e.subject_id AND o.customer_id = e.customer_id" DUE;

static const char SQL_OF_FIRST[] = EVENT OF_CUSTOMER OF_ORDER FROM_EVENT
    "  LEFT JOIN customer_order o ON o.id = (SELECT f.id"
    "                                          FROM customer_order f"
    "                                         WHERE f.customer_id = e.customer_id"
    "                                         ORDER BY f.ordered_at, f.id"
    "                                         LIMIT 1)" DUE;

static const char SQL_OF_CUSTOMERS[] = EVENT OF_CUSTOMER OF_NOTHING FROM_EVENT DUE;

static const char SQL_OF_INVOICES[] = EVENT OF_CUSTOMER OF_INVOICE FROM_EVENT
    "  LEFT JOIN invoice i ON i.id = e.subject_id AND i.customer_id = e.customer_id"
    "  LEFT JOIN customer_order o ON o.id = i.order_id" DUE;

static const char SQL_OF_PLANS[] = EVENT OF_CUSTOMER OF_PLAN FROM_EVENT
    "  LEFT JOIN contact_enrolment n ON n.id = e.subject_id AND n.customer_id = e.customer_id" DUE;

enum {
    COL_CUSTOMER,
    COL_SUBJECT,
    COL_ROUND,
    COL_AT,
    COL_DUE,
    COL_DONE,
    COL_SENT,
    COL_ZONE,
    COL_COUNTRY,
    COL_POSTCODE,
    COL_LANGUAGE,
    COL_BIRTHDAY,
    COL_LAST_ORDER,
    COL_THERE,
    COL_STATUS,
    COL_FROM,
    COL_TO,
    COL_NUMBER,
    COL_CENTS,
    COL_CURRENCY,
    COL_DUE_ON,
    COL_PAID,
    COL_INVOICE,
};

static const char *statement_of(enum occasion_kind kind)
{
    if (kind == OCCASION_FIRST_ORDER)
        return SQL_OF_FIRST;
    switch (occasion_kind_entry(kind)->source) {
    case OCCASION_OF_ORDERS:
        return SQL_OF_ORDERS;
    case OCCASION_OF_CUSTOMERS:
        return SQL_OF_CUSTOMERS;
    case OCCASION_OF_INVOICES:
        return SQL_OF_INVOICES;
    case OCCASION_OF_PLANS:
        break;
    }
    return SQL_OF_PLANS;
}

struct local_zone *occasion_zone(struct zone_shelf *zones, const char *timezone,
                                 const char *country, const char *postcode)
{
    struct place place;

    place_of(&(struct place_question){ timezone, country, postcode, "", "" }, &place);
    return zone_shelf_get(zones, place.zone);
}

enum rc candidate_read(const struct db_rows *rows, struct zone_shelf *zones, struct candidate *out)
{
    const utc_us due_on = db_get_time(rows, COL_DUE_ON);
    struct candidate *c = out;

    *c = (struct candidate){
        .customer_id = db_get_u64(rows, COL_CUSTOMER),
        .subject_id = db_get_u64(rows, COL_SUBJECT),
        .round = (unsigned)db_get_u64(rows, COL_ROUND),
        .noted_due = db_get_time(rows, COL_DUE),
        .done = db_get_u64(rows, COL_DONE) != 0,
        .sent = db_get_u64(rows, COL_SENT),
        .facts = { .at = db_get_time(rows, COL_AT),
                   .there = db_get_u64(rows, COL_THERE) != 0,
                   .status = order_status_of(db_get_text(rows, COL_STATUS)),
                   .window_from = db_get_time(rows, COL_FROM),
                   .window_to = db_get_time(rows, COL_TO),
                   .last_order_at = db_get_time(rows, COL_LAST_ORDER),
                   .birthday = (unsigned)db_get_u64(rows, COL_BIRTHDAY),
                   .round = (unsigned)db_get_u64(rows, COL_ROUND),
                   .day = due_on ? clock_civil(due_on) : (struct civil){ .year = 1970 },
                   .paid = db_get_u64(rows, COL_PAID) != 0 },
    };
    c->zone = occasion_zone(zones, db_get_text(rows, COL_ZONE), db_get_text(rows, COL_COUNTRY),
                            db_get_text(rows, COL_POSTCODE));
    order_words_fill(&(struct order_values){ .number = db_get_text(rows, COL_NUMBER),
                                             .invoice = db_get_text(rows, COL_INVOICE),
                                             .window_from = c->facts.window_from,
                                             .window_to = c->facts.window_to,
                                             .cents = db_get_i64(rows, COL_CENTS),
                                             .currency = db_get_text(rows, COL_CURRENCY) },
                     db_get_text(rows, COL_LANGUAGE), c->zone, &c->words);
    return RC_OK;
}

/* From before it was on. A plan hands over what is due, and nothing else: whatever the clock says,
 * that is to go out. */
static bool is_old(const struct occasion *o, utc_us at)
{
    return o->rule.kind != OCCASION_PLAN_STEP && at < o->since;
}

/* Times are reckoned here, from what is known now: an order's window, a delay may have changed. */
static enum verdict judge(const struct occasion *o, struct candidate *c, utc_us now)
{
    const struct occasion_rule *rule = &o->rule;

    if (c->done || !o->on || is_old(o, c->facts.at))
        return VERDICT_DROP;
    if (!occasion_holds(rule, &c->facts))
        return VERDICT_OVERTAKEN;
    c->due = occasion_due(rule, &c->facts, c->zone);
    if (rule->kind == OCCASION_PLAN_STEP && c->facts.paid)
        c->due = now + HELD_US;
    c->stale = occasion_stale(rule, &c->facts, c->due, c->zone);
    if (is_old(o, c->due))
        return VERDICT_DROP;
    if (c->due > now)
        return VERDICT_WAIT;
    if (c->stale <= now)
        return VERDICT_EXPIRED;
    return rule->cap && c->sent >= rule->cap ? VERDICT_CAPPED : VERDICT_SEND;
}

static int by_customer(const void *a, const void *b)
{
    const struct candidate *x = a, *y = b;

    return (x->customer_id > y->customer_id) - (x->customer_id < y->customer_id);
}

/* Of a customer with several events the oldest is in this page, and the next one in a later page:
 * so that a cap has counted the first. */
static void one_each(struct candidate_page *page)
{
    size_t kept = 0;

    if (page->n)
        qsort(page->list, page->n, sizeof(page->list[0]), by_customer);
    for (size_t i = 0; i < page->n; i++) {
        struct candidate *last = kept ? &page->list[kept - 1] : NULL;
        if (!last || last->customer_id != page->list[i].customer_id)
            page->list[kept++] = page->list[i];
        else if (page->list[i].noted_due < last->noted_due)
            *last = page->list[i];
    }
    page->n = kept;
}

enum rc candidate_page_read(struct db *db, const struct occasion *o, struct zone_shelf *zones,
                            utc_us now, struct arena *arena, struct candidate_page *out)
{
    const utc_us since = now - (utc_us)o->rule.cap_days * SEC_PER_DAY * USEC_PER_SEC;
    struct candidate_page page = { .list = arena_alloc(arena, OCCASION_PAGE * sizeof(*page.list)) };
    struct db_rows *rows;
    enum rc rc = RC_FAIL, end;

    if (page.list)
        rc = db_query(db, statement_of(o->rule.kind),
                      DB_IN(db_u64(o->rule.cap), db_time(since), db_u64(o->id), db_time(now),
                            db_u64(OCCASION_PAGE)),
                      &rows);
    if (rc)
        return rc;
    while (!rc && page.n < OCCASION_PAGE && db_next(rows)) {
        struct candidate *c = &page.list[page.n++];
        rc = candidate_read(rows, zones, c);
        if (!rc)
            c->verdict = judge(o, c, now);
    }
    end = db_rows_end(rows);
    if (rc || end)
        return rc ? rc : end;
    page.read = page.n;
    one_each(&page);
    *out = page;
    return RC_OK;
}

/* --- whom they reach --- */

static void put_order(void *arg, uint64_t customer_id, const char *values[TEMPLATE_FIELD_COUNT])
{
    const struct candidate_page *page = arg;
    const struct candidate key = { .customer_id = customer_id };
    const struct candidate *c =
        bsearch(&key, page->list, page->n, sizeof(page->list[0]), by_customer);

    if (c)
        order_words_use(&c->words, values);
}

static void take_recipients(struct candidate_page *page, const struct recipients_page *found)
{
    size_t k = 0;

    for (size_t i = 0; i < page->n; i++) {
        struct candidate *c = &page->list[i];
        if (c->verdict != VERDICT_SEND)
            continue;
        while (k < found->n && found->list[k].customer_id < c->customer_id)
            k++;
        if (k == found->n || found->list[k].customer_id != c->customer_id) {
            c->verdict = VERDICT_OUTSIDE;
            continue;
        }
        c->recipient = &found->list[k];
        if (!c->recipient->reached)
            c->verdict = VERDICT_EXCLUDED;
    }
}

/* The texts of those behind were too much for this page: their events wait for the next one. */
static void cut_off(struct candidate_page *page, const struct recipients_page *found)
{
    if (found->last)
        return;
    while (page->n && page->list[page->n - 1].customer_id > found->list[found->n - 1].customer_id)
        page->n--;
}

/* Promotions wait for the hours of the place where they arrive; what would be stale by then is not
 * made. */
static void find_hours(const struct send_rules *rules, struct zone_shelf *zones,
                       struct candidate *c)
{
    const struct recipient *r = c->recipient;
    struct calendar calendar = { .rules = &rules->promo };
    utc_us open;

    place_of(&(struct place_question){ r->timezone, r->country, r->postcode,
                                       r->channel == CHANNEL_SMS ? r->address : "",
                                       rules->timezone },
             &c->place);
    calendar.zone = zone_shelf_get(zones, c->place.zone);
    memcpy(calendar.country, c->place.country, sizeof(calendar.country));
    memcpy(calendar.region, c->place.region, sizeof(calendar.region));
    open = calendar_next_open(&calendar, c->leave_at);
    if (open >= c->stale)
        c->verdict = VERDICT_QUIET;
    else
        c->leave_at = open;
}

bool occasion_has_sender(const struct occasion *o, const struct occasion_settings *settings)
{
    const struct words_settings *words = settings->campaign->words;

    return !reach_has(o->reach, CHANNEL_EMAIL) || (words && words->mail);
}

enum rc candidate_page_reach(struct db *db, const struct occasion *o,
                             const struct occasion_settings *settings, struct zone_shelf *zones,
                             struct candidate_page *page, utc_us now, struct arena *arena,
                             struct error *err)
{
    const struct send_rules *rules = settings->campaign->rules;
    const struct campaign_own_limits own = { .id = o->campaign_id,
                                             .rest_s = CAMPAIGN_REST_OF_HOUSE,
                                             .may_repeat = true };
    struct recipients_spec spec = {
        .split.campaign_id = o->campaign_id,
        .audience = o->audience,
        .words = settings->campaign->words,
        .links = &page->links,
        .transliterate = o->transliterate,
        .order = occasion_kind_entry(o->rule.kind)->has_order ? put_order : NULL,
        .order_arg = page,
        .shared = o->class != CLASS_PROMO,
        .now = now,
        .timezone = settings->timezone,
        .form = AUDIENCE_FOR_PAGE,
        .sender = o->sender,
        .consents_since = campaign_consents_since(settings->campaign, now),
        .limits = { .adult_years = settings->campaign->adult_years, .alone = true },
    };
    uint64_t *ids = arena_alloc(arena, (page->n + 1) * sizeof(*ids));
    struct recipients recipients;
    struct recipients_page found = { .n = 0 };
    size_t n = 0;
    enum rc rc;

    if (!ids)
        return RC_FAIL;
    for (size_t i = 0; i < page->n; i++) {
        if (page->list[i].verdict == VERDICT_SEND)
            ids[n++] = page->list[i].customer_id;
    }
    if (!n)
        return RC_OK;
    occasion_words_set(o, &spec);
    rc = campaign_limits_set(db, settings->campaign, &own, &spec);
    if (rc)
        return rc;
    rc = recipients_open(db, &spec, arena, &recipients, err);
    if (!rc)
        rc = recipients_read_some(db, &recipients, ids, n, arena, &found);
    recipients_close(&recipients);
    if (rc)
        return rc;
    cut_off(page, &found);
    take_recipients(page, &found);
    for (size_t i = 0; i < page->n; i++) {
        struct candidate *c = &page->list[i];
        c->leave_at = page->rehearsed ? c->due : now;
        memset(&c->place, 0, sizeof(c->place));
        if (c->verdict == VERDICT_SEND && rules && o->class == CLASS_PROMO)
            find_hours(rules, zones, c);
    }
    return RC_OK;
}

const char *candidate_reason(const struct candidate *c)
{
    switch (c->verdict) {
    case VERDICT_OVERTAKEN:
        return "overtaken";
    case VERDICT_EXPIRED:
        return "expired";
    case VERDICT_CAPPED:
        return "occasion_cap";
    case VERDICT_QUIET:
        return "quiet_hours";
    case VERDICT_EXCLUDED:
        return exclusion_name(c->recipient->why);
    case VERDICT_SEND:
    case VERDICT_WAIT:
    case VERDICT_DROP:
    case VERDICT_OUTSIDE:
        break;
    }
    return "";
}
