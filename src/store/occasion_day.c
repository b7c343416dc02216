/* occasion_day.c - a question for each kind of news, and how it stood when its message was due. */
#include "store/occasion_day.h"

#include <string.h>

#define DAY_US     (SEC_PER_DAY * USEC_PER_SEC)
#define QUERY_MAX  8192
#define VALUES_MAX 24

/* Behind the columns of a candidate: the key, and the times of an order. */
#define HISTORY                                                                 \
    ", o.id, o.heard_at, o.ordered_at, o.planned_at, o.out_at, o.delivered_at," \
    " o.missed_at, o.cancelled_at"
enum {
    COL_KEY = 23,
    COL_HEARD,
    COL_ORDERED,
    COL_PLANNED,
    COL_OUT,
    COL_DELIVERED,
    COL_MISSED,
    COL_CANCELLED,
    COL_PAID_AT = COL_HEARD, /* of an invoice: or cancelled */
};

/* When the news of an order came; and which of several they are, as occasion_round() has it. */
static const struct {
    const char *at, *round;
} order_columns[OCCASION_KIND_COUNT] = {
    [OCCASION_DELIVERY_ANNOUNCED] = { "o.planned_at", "0" },
    [OCCASION_DELIVERY_MOVED] = { "o.moved_at",
                                  "TIMESTAMPDIFF(MINUTE, '1970-01-01', o.window_from)" },
    [OCCASION_DELIVERY_OUT] = { "o.out_at", "TIMESTAMPDIFF(DAY, '1970-01-01', o.out_at)" },
    [OCCASION_DELIVERY_DONE] = { "o.delivered_at", "0" },
    [OCCASION_DELIVERY_MISSED] = { "o.missed_at", "TIMESTAMPDIFF(DAY, '1970-01-01', o.missed_at)" },
    [OCCASION_FIRST_ORDER] = { "o.heard_at", "0" },
};

#define HEAD                                                            \
    "SELECT %s, %s, %s, %s, NULL,"                                      \
    " EXISTS (SELECT 1 FROM occasion_sent s"                            \
    "          WHERE s.occasion_id = ? AND s.customer_id = %s"          \
    "            AND s.subject_id = %s AND s.round = %s AND s.at < ?)," \
    " IF(? = 0, 0, (SELECT COUNT(*) FROM occasion_sent k"               \
    "                WHERE k.occasion_id = ? AND k.customer_id = %s"    \
    "                  AND k.message_id IS NOT NULL AND k.at > ? AND k.at < ?)),"

static const char ORDERS[] =
    OF_CUSTOMER OF_ORDER HISTORY "  FROM customer_order o"
                                 "  JOIN customer c ON c.id = o.customer_id"
                                 " WHERE o.id > ?";
static const char NEWS_BETWEEN[] = " AND %s >= ? AND %s < ?";
static const char WINDOW_BETWEEN[] = " AND o.window_from >= ? AND o.window_from < ?";
static const char THE_FIRST[] =
    " AND NOT EXISTS (SELECT 1 FROM customer_order f"
    "                  WHERE f.customer_id = o.customer_id AND f.id < o.id)";
static const char THE_LAST[] =
    " AND o.ordered_at >= ? AND o.ordered_at < ?"
    " AND NOT EXISTS (SELECT 1 FROM customer_order f"
    "                  WHERE f.customer_id = o.customer_id AND f.ordered_at < ?"
    "                    AND (f.ordered_at > o.ordered_at"
    "                         OR (f.ordered_at = o.ordered_at AND f.id > o.id)))";
static const char BY_ORDER[] = " ORDER BY o.id LIMIT ?";

static const char BIRTHDAYS[] =
    OF_CUSTOMER OF_NOTHING ", c.id"
                           "  FROM customer c"
                           " WHERE c.id > ? AND c.birthday IN (?, ?, ?, ?) AND c.created_at < ?"
                           " ORDER BY c.id LIMIT ?";

static const char INVOICES[] = OF_CUSTOMER OF_INVOICE
    ", i.id, COALESCE(LEAST(i.paid_at, i.cancelled_at), i.paid_at, i.cancelled_at)"
    "  FROM invoice i"
    "  JOIN customer c ON c.id = i.customer_id"
    "  LEFT JOIN customer_order o ON o.id = i.order_id"
    " WHERE i.id > ? AND i.due_on >= ? AND i.due_on <= ? AND i.created_at < ?"
    " ORDER BY i.id LIMIT ?";

/* The text is put together from those above alone. */
struct question {
    struct buffer sql;
    struct db_value values[VALUES_MAX];
    size_t n;
};

static void add_value(struct question *q, struct db_value value)
{
    q->values[q->n++] = value;
}

static struct civil near_day(const struct occasion_day *d, int days)
{
    return clock_civil(clock_from_civil(&d->day) - d->o->rule.delay_s * USEC_PER_SEC +
                       days * DAY_US);
}

/* Who, what, which, when; was it dealt with before the day; what the cap has counted by then.
 * `round` "?": the year of the day. */
static void add_head(struct question *q, const struct occasion_day *d, const char *customer,
                     const char *subject, const char *round, const char *at)
{
    const struct occasion_rule *rule = &d->o->rule;
    const struct db_value year = db_i64(near_day(d, 0).year);

    buffer_printf(&q->sql, HEAD, customer, subject, round, at, customer, subject, round, customer);
    if (*round == '?')
        add_value(q, year);
    add_value(q, db_u64(d->o->id));
    if (*round == '?')
        add_value(q, year);
    add_value(q, db_time(d->from));
    add_value(q, db_u64(rule->cap));
    add_value(q, db_u64(d->o->id));
    add_value(q, db_time(d->from - (utc_us)rule->cap_days * DAY_US));
    add_value(q, db_time(d->from));
}

static void ask_orders(struct question *q, const struct occasion_day *d, uint64_t above)
{
    const struct occasion_rule *rule = &d->o->rule;
    const char *at = order_columns[rule->kind].at;
    const utc_us delay = rule->delay_s * USEC_PER_SEC;
    const bool first = rule->kind == OCCASION_FIRST_ORDER;

    add_head(q, d, "o.customer_id", first ? "0" : "o.id", order_columns[rule->kind].round, at);
    buffer_add_text(&q->sql, ORDERS);
    add_value(q, db_u64(above));
    buffer_printf(&q->sql, NEWS_BETWEEN, at, at);
    add_value(q, db_time(delay < 0 ? d->from - OCCASION_DELAY_MAX * USEC_PER_SEC - DAY_US
                                   : d->from - delay - DAY_US));
    add_value(q, db_time(d->to));
    if (delay < 0) {
        buffer_add_text(&q->sql, WINDOW_BETWEEN);
        add_value(q, db_time(d->from));
        add_value(q, db_time(d->to - delay + 2 * DAY_US));
    }
    if (first)
        buffer_add_text(&q->sql, THE_FIRST);
    buffer_add_text(&q->sql, BY_ORDER);
}

/* Their last order by the end of the day, whatever they ordered since. */
static void ask_inactive(struct question *q, const struct occasion_day *d, uint64_t above)
{
    const struct occasion_rule *rule = &d->o->rule;
    const utc_us ago = rule->delay_s * USEC_PER_SEC + (utc_us)rule->days * DAY_US;

    add_head(q, d, "o.customer_id", "0", "TIMESTAMPDIFF(DAY, '1970-01-01', o.ordered_at)",
             "o.ordered_at");
    buffer_add_text(&q->sql, ORDERS);
    buffer_add_text(&q->sql, THE_LAST);
    buffer_add_text(&q->sql, BY_ORDER);
    add_value(q, db_u64(above));
    add_value(q, db_time(d->from - ago - DAY_US));
    add_value(q, db_time(d->to - ago));
    add_value(q, db_time(d->to));
}

/* The days before and after, too: elsewhere it may be the day while it is not here. */
static void ask_birthdays(struct question *q, const struct occasion_day *d, uint64_t above)
{
    add_head(q, d, "c.id", "0", "?", "c.created_at");
    buffer_add_text(&q->sql, BIRTHDAYS);
    add_value(q, db_u64(above));
    for (int days = -1; days <= 1; days++) {
        const struct civil day = near_day(d, days);
        add_value(q, db_i64(day.month * 100 + day.day));
    }
    add_value(q, db_u64(229)); /* on the 28th, or else its time says that it is not of the day */
    add_value(q, db_time(d->to));
}

static void ask_invoices(struct question *q, const struct occasion_day *d, uint64_t above)
{
    const struct civil first = near_day(d, -1), last = near_day(d, 1);

    add_head(q, d, "i.customer_id", "i.id", "0", "i.created_at");
    buffer_add_text(&q->sql, INVOICES);
    add_value(q, db_u64(above));
    add_value(q, db_time(clock_from_civil(&first)));
    add_value(q, db_time(clock_from_civil(&last)));
    add_value(q, db_time(d->to));
}

static void ask(struct question *q, const struct occasion_day *d, uint64_t above)
{
    if (d->o->rule.kind == OCCASION_INACTIVE)
        ask_inactive(q, d, above);
    else if (d->o->rule.kind == OCCASION_BIRTHDAY)
        ask_birthdays(q, d, above);
    else if (d->o->rule.kind == OCCASION_INVOICE_DUE)
        ask_invoices(q, d, above);
    else
        ask_orders(q, d, above);
    add_value(q, db_u64(OCCASION_PAGE));
}

/* --- how it stood --- */

/* Had the order turned to something else between the news and the message? */
static bool turned(enum occasion_kind kind, const struct db_rows *rows, utc_us at, utc_us due)
{
    static const struct {
        unsigned col;
        unsigned spares; /* bits of the kinds that it does not touch */
    } turns[] = {
        { COL_PLANNED, 1u << OCCASION_DELIVERY_ANNOUNCED | 1u << OCCASION_DELIVERY_MOVED |
                           1u << OCCASION_FIRST_ORDER },
        { COL_OUT, 1u << OCCASION_DELIVERY_OUT | 1u << OCCASION_DELIVERY_MOVED |
                       1u << OCCASION_FIRST_ORDER },
        { COL_DELIVERED, 1u << OCCASION_DELIVERY_DONE | 1u << OCCASION_FIRST_ORDER },
        { COL_MISSED, 1u << OCCASION_DELIVERY_MISSED | 1u << OCCASION_FIRST_ORDER },
        { COL_CANCELLED, 0 },
    };

    for (size_t i = 0; i < sizeof(turns) / sizeof(turns[0]); i++) {
        const utc_us then = db_get_time(rows, turns[i].col);
        if (!(turns[i].spares & 1u << kind) && then > at && then <= due)
            return true;
    }
    return false;
}

/* An order's news that were none when they came, as the import sees it. */
static bool was_old(const struct occasion *o, const struct db_rows *rows, const struct candidate *c)
{
    const struct order_change change = {
        .known = db_get_time(rows, COL_HEARD) != c->facts.at,
        .window_from = c->facts.window_from,
        .window_to = c->facts.window_to,
        .ordered_at = db_get_time(rows, COL_ORDERED),
    };
    const int64_t delay_s = o->rule.delay_s > 0 ? o->rule.delay_s : 0;

    return order_news_is_old(&change, o->rule.kind, c->facts.at, o->rule.expires_s + delay_s);
}

static bool was_paid(const struct db_rows *rows, utc_us due)
{
    const utc_us paid_at = db_get_time(rows, COL_PAID_AT);

    return paid_at && paid_at <= due;
}

/* VERDICT_DROP: not of that day, or none at all. */
static enum verdict judge(const struct occasion_day *d, const struct db_rows *rows,
                          struct candidate *c)
{
    const struct occasion_rule *rule = &d->o->rule;
    struct occasion_facts *f = &c->facts;

    if (rule->kind == OCCASION_BIRTHDAY) {
        f->round = (unsigned)near_day(d, 0).year;
        f->at = d->from;
    }
    if (rule->kind == OCCASION_INACTIVE)
        f->last_order_at = f->at;
    c->due = occasion_due(rule, f, c->zone);
    c->stale = occasion_stale(rule, f, c->due, c->zone);
    if (c->due < d->from || c->due >= d->to || c->done)
        return VERDICT_DROP;
    if (rule->kind == OCCASION_INVOICE_DUE && was_paid(rows, c->due))
        return VERDICT_DROP;
    if (occasion_kind_entry(rule->kind)->by_import) {
        if (was_old(d->o, rows, c))
            return VERDICT_DROP;
        if (turned(rule->kind, rows, f->at, c->due))
            return VERDICT_OVERTAKEN;
    }
    return c->stale <= c->due ? VERDICT_EXPIRED : VERDICT_SEND;
}

enum rc occasion_day_read(struct db *db, const struct occasion_day *d, struct zone_shelf *zones,
                          uint64_t *key, struct candidate *list, size_t *n, bool *more)
{
    struct question q = { .n = 0 };
    struct db_rows *rows;
    size_t seen = 0;
    enum rc rc, end;

    *n = 0;
    buffer_init(&q.sql, QUERY_MAX);
    ask(&q, d, *key);
    rc = q.sql.full ? RC_FAIL : db_query_once(db, buffer_text(&q.sql), q.values, q.n, &rows);
    buffer_close(&q.sql);
    if (rc)
        return rc;
    while (!rc && seen < OCCASION_PAGE && db_next(rows)) {
        struct candidate *c = &list[*n];
        rc = candidate_read(rows, zones, c);
        if (!rc)
            c->verdict = judge(d, rows, c);
        *n += !rc && c->verdict != VERDICT_DROP;
        *key = db_get_u64(rows, COL_KEY);
        seen++;
    }
    end = db_rows_end(rows);
    *more = seen == OCCASION_PAGE;
    return rc ? rc : end;
}
