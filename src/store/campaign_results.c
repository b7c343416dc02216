/* campaign_results.c - counts by text, each by one statement. */
#include "store/campaign_results.h"

#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/buffer.h"
#include "domain/proportion.h"
#include "domain/route.h"
#include "store/campaign_figures.h"
#include "store/campaign_row.h"
#include "store/replied_sql.h"
#include "store/timed_id.h"

#define SQL_MAX          8000
#define ANSWERS_US       (31 * SEC_PER_DAY * USEC_PER_SEC) /* after the end none is looked for */
#define STOP_HOURS       "48"
#define UNSUBSCRIBE_DAYS "7"
#define VALUES_MAX       (ROUTE_ZONES_MAX + 8)
#define ALONE(text)      text("0", "")
#define BY_MAIL          "m.channel = 'email'"
#define SEVERAL(text)    text("r.variant", TEXT_OF_MESSAGE)

/* Which text a message of it has: a row by its key. */
#define TEXT_OF_MESSAGE           \
    "  JOIN campaign_recipient r" \
    "    ON r.campaign_id = m.campaign_id AND r.customer_id = m.customer_id"

#define REPLIES(variant, join)                                             \
    "SELECT " variant ", " BY_MAIL ", COUNT(DISTINCT m.id)"                \
    "  FROM inbound_message i"                                             \
    "  JOIN message m ON m.id = i.answers_message_id" join                 \
    " WHERE i.id BETWEEN ? AND ? AND i.answers_message_id BETWEEN ? AND ?" \
    "   AND i.keyword <> 'stop' AND m.campaign_id = ?" BY_A_PERSON " GROUP BY 1, 2"
static const char *const SQL_REPLIES[] = { ALONE(REPLIES), SEVERAL(REPLIES) };

#define VISITS(variant, join)                                                          \
    "SELECT " variant ", " BY_MAIL ", COUNT(DISTINCT m.id)"                            \
    "  FROM link_visit v"                                                              \
    "  JOIN message m ON m.id = v.message_id" join                                     \
    " WHERE v.campaign_id = ? AND v.class = 'human' AND m.campaign_id = v.campaign_id" \
    " GROUP BY 1, 2"
static const char *const SQL_VISITS[] = { ALONE(VISITS), SEVERAL(VISITS) };

#define OPTED_OUT(variant, join)                                                         \
    "SELECT x.variant, 0, COUNT(*)"                                                      \
    "  FROM (SELECT m.id, " variant " AS variant"                                        \
    "          FROM inbound_message i"                                                   \
    "          JOIN message m ON m.id = i.answers_message_id" join                       \
    "         WHERE i.id BETWEEN ? AND ? AND i.answers_message_id BETWEEN ? AND ?"       \
    "           AND i.channel = 'sms' AND i.keyword = 'stop' AND m.campaign_id = ?"      \
    "         UNION"                                                                     \
    "        SELECT m.id, " variant "          FROM inbound_message i"                   \
    "          JOIN contact_point p ON p.address = i.from_address AND p.channel = 'sms'" \
    "          JOIN message m FORCE INDEX (by_customer)"                                 \
    "            ON m.customer_id = p.customer_id AND m.address = i.from_address" join   \
    "         WHERE i.id BETWEEN ? AND ? AND m.id BETWEEN ? AND ?"                       \
    "           AND i.channel = 'sms' AND i.keyword = 'stop' AND m.campaign_id = ?"      \
    "           AND i.at >= m.created_at"                                                \
    "           AND i.at <= INTERVAL " STOP_HOURS " HOUR"                                \
    "                       + COALESCE((SELECT MIN(e.at)"                                \
    "                                     FROM message_event e"                          \
    "                                    WHERE e.message_id = m.id"                      \
    "                                      AND e.kind = 'accepted'), m.created_at)) x"   \
    " GROUP BY x.variant"
static const char *const SQL_OPTED_OUT[] = { ALONE(OPTED_OUT), SEVERAL(OPTED_OUT) };

/* Of mails: what answers to one of them, by its link, a button or a mail. A mail is read later than
 * an SMS. */
#define UNSUBSCRIBED(variant, join)                                                            \
    "SELECT " variant ", 1, COUNT(DISTINCT m.id)"                                              \
    "  FROM opt_out o FORCE INDEX (by_message)"                                                \
    "  JOIN message m ON m.id = o.message_id" join                                             \
    " WHERE o.message_id BETWEEN ? AND ? AND o.channel = 'email' AND m.campaign_id = ?"        \
    "   AND o.at >= m.created_at AND o.at <= m.created_at + INTERVAL " UNSUBSCRIBE_DAYS " DAY" \
    " GROUP BY 1"
static const char *const SQL_UNSUBSCRIBED[] = { ALONE(UNSUBSCRIBED), SEVERAL(UNSUBSCRIBED) };

/* From the orders of these days: they are fewer than the recipients of a large campaign. */
static const char SQL_ORDERS[] =
    "SELECT STRAIGHT_JOIN r.variant, " BY_MAIL ", COUNT(DISTINCT o.customer_id), COUNT(*),"
    "       CAST(SUM(IF(o.currency = ?, o.collect_cents, 0)) AS SIGNED)"
    "  FROM customer_order o FORCE INDEX (by_time)"
    "  JOIN campaign_recipient r ON r.campaign_id = ? AND r.customer_id = o.customer_id"
    "  JOIN message m ON m.id = r.message_id"
    " WHERE o.ordered_at >= ? AND o.ordered_at < ? AND o.status <> 'cancelled'"
    "   AND o.ordered_at >= m.created_at AND o.ordered_at < m.created_at + INTERVAL ? DAY"
    " GROUP BY 1, 2";

static const char SQL_HELD_OUT[] =
    "SELECT STRAIGHT_JOIN COUNT(DISTINCT o.customer_id), COUNT(*),"
    "       CAST(COALESCE(SUM(IF(o.currency = ?, o.collect_cents, 0)), 0) AS SIGNED)"
    "  FROM customer_order o FORCE INDEX (by_time)"
    "  JOIN campaign_exclusion x"
    "    ON x.campaign_id = ? AND x.customer_id = o.customer_id AND x.reason = 'hold_out'"
    " WHERE o.ordered_at >= ? AND o.ordered_at < ? AND o.status <> 'cancelled'";

static const char SQL_FAILURES[] =
    "SELECT reason, COUNT(*)"
    "  FROM message"
    " WHERE id BETWEEN ? AND ? AND campaign_id = ? AND state = 'failed'"
    " GROUP BY reason"
    " ORDER BY 2 DESC, 1"
    " LIMIT ?";

struct counting {
    struct db *db;
    const struct campaign_row *row;
    const struct campaign_settings *settings;
    struct campaign_results *r;
    bool several;
    uint64_t first, last;              /* its messages */
    uint64_t inbound_from, inbound_to; /* what may answer them */
};

static void counting_init(struct counting *c)
{
    utc_us end = c->row->campaign.finished_at;

    c->several = c->row->life.n_variants > 1;
    c->first = c->row->first_message;
    c->last = c->row->last_message;
    c->inbound_from = timed_id_since(c->first);
    c->inbound_to = end ? timed_id_at(end + ANSWERS_US) : INT64_MAX;
}

static void outcome_add(struct campaign_outcome *to, const struct campaign_outcome *o)
{
    to->messages += o->messages;
    to->sent += o->sent;
    to->delivered += o->delivered;
    to->failed += o->failed;
    to->returned += o->returned;
    to->segments += o->segments;
    to->replied += o->replied;
    to->opted_out += o->opted_out;
    to->visited += o->visited;
    to->buyers += o->buyers;
    to->orders += o->orders;
    to->revenue_cents += o->revenue_cents;
    to->cost_millicents += o->cost_millicents;
}

/* What a row says, of its text and of its channel: its first two columns. */
static void add_row(struct counting *c, const struct db_rows *rows,
                    const struct campaign_outcome *o)
{
    uint64_t variant = db_get_u64(rows, 0);
    enum channel channel = db_get_u64(rows, 1) ? CHANNEL_EMAIL : CHANNEL_SMS;

    if (variant >= CAMPAIGN_VARIANTS_MAX)
        return;
    outcome_add(&c->r->variants[variant], o);
    outcome_add(&c->r->channels[channel], o);
}

/* --- what was sent, and its cost --- */

/*
 * By queue and destination, since these make the price. The price is the one to be expected, as in
 * the preview: which carrier it was is not asked.
 */
static void write_sent(struct buffer *sql, const struct counting *c, const char *const *zones,
                       size_t n_zones)
{
    buffer_add_text(
        sql, "SELECT x.variant, x.mail, (SELECT q.name FROM queue q WHERE q.id = x.queue_id),"
             "       x.zone, x.n, x.sent, x.delivered, x.failed, x.returned, x.segments"
             "  FROM (SELECT STRAIGHT_JOIN ");
    buffer_add_text(sql, c->several ? "r.variant" : "0");
    buffer_add_text(sql, " AS variant, m.queue_id, ");
    buffer_add_text(sql, n_zones ? "CASE" : "0");
    for (size_t i = 0; i < n_zones; i++)
        buffer_printf(sql, " WHEN LEFT(m.address, %zu) = ? THEN %zu", strlen(zones[i]), i);
    if (n_zones)
        buffer_printf(sql, " ELSE %zu END", n_zones);
    buffer_add_text(sql,
                    " AS zone, COUNT(*) AS n,"
                    " COUNT(NULLIF(m.accepted_parts | m.delivered_parts, 0)) AS sent,"
                    " COUNT(NULLIF(m.state <> 'delivered', TRUE)) AS delivered,"
                    " COUNT(NULLIF(m.state <> 'failed', TRUE)) AS failed,"
                    " COUNT(NULLIF(m.state = 'failed'"
                    "              AND (m.accepted_parts | m.delivered_parts) <> 0, FALSE))"
                    "   AS returned,"
                    " CAST(SUM(IF(m.accepted_parts | m.delivered_parts, m.parts, 0)) AS UNSIGNED)"
                    "   AS segments, m.channel = 'email' AS mail"
                    " FROM message m");
    buffer_add_text(sql, c->several ? TEXT_OF_MESSAGE : "");
    buffer_add_text(sql, " WHERE m.id BETWEEN ? AND ? AND m.campaign_id = ?"
                         " GROUP BY 1, 2, 3, mail) x");
}

static int64_t price(const struct counting *c, const char *queue, const char *destination)
{
    bool gone;

    if (!c->settings->routes)
        return c->settings->segment_cost_millicents;
    return route_expected_cost(c->settings->routes,
                               route_of_queue(c->settings->routes, queue, &gone), destination);
}

static enum rc count_sent(struct counting *c)
{
    const char *zones[ROUTE_ZONES_MAX];
    struct db_value values[VALUES_MAX];
    size_t n_zones = c->settings->routes ? route_zones(c->settings->routes, zones) : 0, n = 0;
    struct buffer sql;
    struct db_rows *rows;
    enum rc rc;

    buffer_init(&sql, SQL_MAX);
    write_sent(&sql, c, zones, n_zones);
    for (; n < n_zones; n++)
        values[n] = db_text(zones[n]);
    values[n++] = db_u64(c->first);
    values[n++] = db_u64(c->last);
    values[n++] = db_u64(c->row->campaign.id);
    rc = sql.full ? RC_FAIL : db_query_once(c->db, buffer_text(&sql), values, n, &rows);
    buffer_close(&sql);
    if (rc)
        return rc;
    while (db_next(rows)) {
        const bool mail = db_get_u64(rows, 1) != 0; /* it has no parts and costs nothing */
        uint64_t zone = db_get_u64(rows, 3);
        struct campaign_outcome o = {
            .messages = db_get_u64(rows, 4),
            .sent = db_get_u64(rows, 5),
            .delivered = db_get_u64(rows, 6),
            .failed = db_get_u64(rows, 7),
            .returned = db_get_u64(rows, 8),
            .segments = mail ? 0 : db_get_u64(rows, 9),
        };
        if (!mail)
            o.cost_millicents = (int64_t)o.segments *
                                price(c, db_get_text(rows, 2), zone < n_zones ? zones[zone] : "");
        add_row(c, rows, &o);
    }
    return db_rows_end(rows);
}

static enum rc count_failures(struct counting *c)
{
    struct campaign_results *r = c->r;
    struct db_rows *rows;
    uint64_t failed = 0;
    enum rc rc;

    for (unsigned i = 0; i < CAMPAIGN_VARIANTS_MAX; i++)
        failed += r->variants[i].failed;
    if (!failed)
        return RC_OK;
    rc = db_query(c->db, SQL_FAILURES,
                  DB_IN(db_u64(c->first), db_u64(c->last), db_u64(c->row->campaign.id),
                        db_u64(CAMPAIGN_FAILED_MAX)),
                  &rows);
    if (rc)
        return rc;
    while (db_next(rows) && r->n_failures < CAMPAIGN_FAILED_MAX) {
        struct campaign_failure *f = &r->failures[r->n_failures++];
        snprintf(f->reason, sizeof(f->reason), "%s", db_get_text(rows, 0));
        f->n = db_get_u64(rows, 1);
    }
    return db_rows_end(rows);
}

/* --- what came back --- */

static enum rc take_count(struct counting *c, struct db_rows *rows, size_t field)
{
    while (db_next(rows)) {
        struct campaign_outcome o = { 0 };
        *(uint64_t *)(void *)((char *)&o + field) = db_get_u64(rows, 2);
        add_row(c, rows, &o);
    }
    return db_rows_end(rows);
}

static enum rc count_replies(struct counting *c)
{
    struct db_rows *rows;
    enum rc rc = db_query(c->db, SQL_REPLIES[c->several],
                          DB_IN(db_u64(c->inbound_from), db_u64(c->inbound_to), db_u64(c->first),
                                db_u64(c->last), db_u64(c->row->campaign.id)),
                          &rows);

    return rc ? rc : take_count(c, rows, offsetof(struct campaign_outcome, replied));
}

static enum rc count_visits(struct counting *c)
{
    struct db_rows *rows;
    enum rc rc = db_query(c->db, SQL_VISITS[c->several], DB_IN(db_u64(c->row->campaign.id)), &rows);

    return rc ? rc : take_count(c, rows, offsetof(struct campaign_outcome, visited));
}

static enum rc count_opted_out(struct counting *c)
{
    const struct campaign *campaign = &c->row->campaign;
    struct db_value id = db_u64(campaign->id), first = db_u64(c->first);
    struct db_value from = db_u64(c->inbound_from), to = db_u64(c->inbound_to);
    struct db_value last = db_u64(c->last);
    struct db_rows *rows;
    enum rc rc = RC_OK;

    if (reach_has(campaign->reach, CHANNEL_SMS)) {
        rc = db_query(c->db, SQL_OPTED_OUT[c->several],
                      DB_IN(from, to, first, last, id, from, to, first, last, id), &rows);
        if (!rc)
            rc = take_count(c, rows, offsetof(struct campaign_outcome, opted_out));
    }
    if (rc || !reach_has(campaign->reach, CHANNEL_EMAIL))
        return rc;
    rc = db_query(c->db, SQL_UNSUBSCRIBED[c->several], DB_IN(first, last, id), &rows);
    return rc ? rc : take_count(c, rows, offsetof(struct campaign_outcome, opted_out));
}

static int64_t days_us(const struct counting *c)
{
    return c->r->order_days * SEC_PER_DAY * USEC_PER_SEC;
}

static enum rc count_orders(struct counting *c)
{
    utc_us from = timed_id_time(timed_id_since(c->first));
    utc_us to = timed_id_time(c->last) + days_us(c) + SEC_PER_DAY * USEC_PER_SEC;
    struct db_rows *rows;
    enum rc rc = db_query(c->db, SQL_ORDERS,
                          DB_IN(db_text(c->settings->currency), db_u64(c->row->campaign.id),
                                db_time(from), db_time(to), db_u64(c->r->order_days)),
                          &rows);

    if (rc)
        return rc;
    while (db_next(rows)) {
        const struct campaign_outcome o = { .buyers = db_get_u64(rows, 2),
                                            .orders = db_get_u64(rows, 3),
                                            .revenue_cents = db_get_i64(rows, 4) };
        add_row(c, rows, &o);
    }
    return db_rows_end(rows);
}

static enum rc count_held_out(struct counting *c)
{
    const struct campaign *campaign = &c->row->campaign;
    utc_us from = c->row->life.winner_at ? c->row->life.winner_at : campaign->started_at;
    struct campaign_outcome *o = &c->r->held_out;
    struct db_rows *rows;
    enum rc rc;

    o->messages = c->r->status.excluded[EXCLUDED_HOLD_OUT];
    if (!o->messages)
        return RC_OK;
    rc = db_query(c->db, SQL_HELD_OUT,
                  DB_IN(db_text(c->settings->currency), db_u64(campaign->id), db_time(from),
                        db_time(from + days_us(c))),
                  &rows);
    if (rc)
        return rc;
    if (db_next(rows)) {
        o->buyers = db_get_u64(rows, 0);
        o->orders = db_get_u64(rows, 1);
        o->revenue_cents = db_get_i64(rows, 2);
    }
    return db_rows_end(rows);
}

/* --- all of it --- */

enum rc campaign_results_count(struct db *db, const struct campaign_row *row,
                               const struct campaign_settings *settings, struct campaign_results *r)
{
    static enum rc (*const parts[])(struct counting *) = {
        count_sent, count_failures, count_replies, count_visits, count_opted_out, count_orders,
    };
    struct counting c = { .db = db, .row = row, .settings = settings, .r = r };
    enum rc rc = RC_OK;

    counting_init(&c);
    for (size_t i = 0; !rc && row->first_message && i < sizeof(parts) / sizeof(parts[0]); i++)
        rc = parts[i](&c);
    return rc ? rc : count_held_out(&c);
}

enum rc campaign_results_measure(struct db *db, const struct campaign_row *row,
                                 enum campaign_measure by, const struct campaign_settings *settings,
                                 struct proportion *out)
{
    struct campaign_results r = { .order_days = settings->order_days };
    struct counting c = { .db = db, .row = row, .settings = settings, .r = &r };
    enum rc rc = RC_OK;

    counting_init(&c);
    if (row->first_message)
        rc = count_sent(&c);
    if (!rc && row->first_message && by == CAMPAIGN_BY_REPLIES)
        rc = count_replies(&c);
    if (!rc && row->first_message && by == CAMPAIGN_BY_VISITS)
        rc = count_visits(&c);
    if (!rc && row->first_message && by == CAMPAIGN_BY_ORDERS)
        rc = count_orders(&c);
    for (unsigned i = 0; !rc && i < CAMPAIGN_VARIANTS_MAX; i++) {
        const struct campaign_outcome *o = &r.variants[i];
        const uint64_t hits[CAMPAIGN_MEASURE_COUNT] = { o->replied, o->visited, o->buyers };
        out[i] = (struct proportion){ hits[by], o->sent };
    }
    return rc;
}

static void add_up(struct campaign_results *r)
{
    const enum reach reach = r->status.campaign.reach;

    r->all = (struct campaign_outcome){ 0 };
    for (unsigned i = 0; i < CAMPAIGN_VARIANTS_MAX; i++)
        outcome_add(&r->all, &r->variants[i]);
    if (reach_channels(reach) == 1) /* figures were not always kept by channel */
        r->channels[reach_channel(reach, 0)] = r->all;
}

/* Those of the audience who are neither written to nor left out. */
static void count_waiting(struct campaign_results *r)
{
    const struct campaign *c = &r->status.campaign;
    uint64_t known = c->messages;

    for (int e = 0; e < EXCLUSION_COUNT; e++)
        known += r->status.excluded[e];
    r->waiting = r->life.test_share && c->audience > known ? c->audience - known : 0;
}

static enum rc read_results(struct db *db, const struct campaign_row *row, unsigned days,
                            const struct campaign_settings *settings, struct campaign_results *r,
                            struct error *err)
{
    utc_us last = timed_id_time(row->last_message);
    enum rc rc = campaign_status_read(db, row->campaign.id, &r->status);

    if (!rc && r->status.campaign.figures_at)
        rc = campaign_figures_read_results(db, row->campaign.id, r);
    else if (!rc)
        rc = campaign_results_count(db, row, settings, r);
    if (!rc && days && days != r->order_days)
        return error_set(err, RC_INVALID,
                         "days: the figures of campaign %llu were kept with %u days, and the "
                         "orders cannot be counted any more",
                         (unsigned long long)row->campaign.id, r->order_days);
    add_up(r);
    count_waiting(r);
    r->orders_open = row->campaign.state != CAMPAIGN_DONE ||
                     clock_now() < last + days_us(&(struct counting){ .r = r });
    return rc;
}

enum rc campaign_results_read(struct db *db, uint64_t id, unsigned days,
                              const struct campaign_settings *settings,
                              struct campaign_results *out, struct error *err)
{
    struct campaign_results r = { .order_days = days ? days : settings->order_days,
                                  .currency = settings->currency };
    struct campaign_row row;
    struct arena arena;
    enum rc rc;

    if (days > CAMPAIGN_ORDER_DAYS_MAX)
        return error_set(err, RC_INVALID, "days: expected 1 to %d", CAMPAIGN_ORDER_DAYS_MAX);
    arena_init(&arena);
    rc = campaign_row_read(db, id, &arena, &row);
    if (rc == RC_NOTFOUND)
        error_set(err, rc, "there is no campaign %llu", (unsigned long long)id);
    if (!rc) {
        r.life = row.life;
        memset(r.life.texts, 0, sizeof(r.life.texts));
        rc = read_results(db, &row, days, settings, &r, err);
    }
    arena_close(&arena);
    if (!rc)
        *out = r;
    return rc;
}
