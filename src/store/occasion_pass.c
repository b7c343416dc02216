/*
 * occasion_pass.c - what an occasion has to do; and its passes over customers and invoices, to note
 * whose day it is.
 *
 * A page is one transaction: its events, and the checkpoint by compare-and-set. Birthdays and
 * invoices are passed over every hour, so that who came late is not forgotten; what was noted or
 * dealt with before is left alone. Who becomes inactive is passed over once: the checkpoint is the
 * last order looked at, and each pass goes on from there.
 */
#include <string.h>

#include "base/arena.h"
#include "domain/zone_shelf.h"
#include "store/audience.h"
#include "store/occasion_row.h"

#define PAGE       1000
#define EVERY_US   (3600 * USEC_PER_SEC)
#define DAY_US     (SEC_PER_DAY * USEC_PER_SEC)
#define EAST_US    (14 * 3600 * USEC_PER_SEC) /* from UTC to the first places of a new day ... */
#define WEST_US    (12 * 3600 * USEC_PER_SEC) /* ... and to the last ones */
#define QUERY_MAX  (300 * 1024)
#define VALUES_MAX (AUDIENCE_VALUES_MAX + AUDIENCE_CAMPAIGNS_MAX + 16)

static const char SQL_WORK[] =
    "SELECT x.id, x.due, x.pass, x.new_month"
    "  FROM (SELECT o.id, COALESCE(o.pass_at <= ?, FALSE) AS pass,"
    "               COALESCE(o.campaign_to <= ?, FALSE) AS new_month,"
    "               COALESCE(c.state, '') <> 'paused'"
    "               AND EXISTS (SELECT 1"
    "                             FROM occasion_event e"
    "                            WHERE e.occasion_id = o.id AND e.due_at <= ?) AS due"
    "          FROM occasion o"
    "          LEFT JOIN campaign c ON c.id = o.campaign_id) x"
    " WHERE x.due OR x.pass OR x.new_month"
    " ORDER BY x.id"
    " LIMIT ?";

static const char SQL_LEAVE[] = "UPDATE occasion"
                                "   SET campaign_id = NULL, campaign_to = NULL"
                                " WHERE id = ? AND campaign_to <= ?";

static const char SQL_MOVE_ON[] =
    "UPDATE occasion"
    "   SET pass_at = ?, pass_key = ?, pass_id = ?"
    " WHERE id = ? AND version = ? AND state = 'on' AND pass_key = ? AND pass_id = ?";

static const char SQL_NOTE[] = OCCASION_NOTE_SQL;

#define NOT_KNOWN(subject)                                                  \
    "   AND NOT EXISTS (SELECT 1 FROM occasion_sent s"                      \
    "                    WHERE s.occasion_id = ? AND s.customer_id = c.id"  \
    "                      AND s.subject_id = " subject " AND s.round = ?)" \
    "   AND NOT EXISTS (SELECT 1 FROM occasion_event e"                     \
    "                    WHERE e.occasion_id = ? AND e.customer_id = c.id"  \
    "                      AND e.subject_id = " subject " AND e.round = ?)"

/* A question's beginning, its condition, and its end; the rule's joins and condition stand between
 * them. */
static const char BIRTHDAYS_FROM[] =
    "SELECT c.id, c.id, 0, c.timezone, c.country, c.postcode, c.birthday, c.last_order_at"
    "  FROM customer c FORCE INDEX (by_birthday)";
static const char BIRTHDAYS[] = " WHERE c.birthday BETWEEN ? AND ? AND c.id > ?" NOT_KNOWN("0");
static const char BIRTHDAYS_END[] = " ORDER BY c.id LIMIT ?";

static const char INACTIVE_FROM[] =
    "SELECT c.id, c.id, 0, c.timezone, c.country, c.postcode, c.birthday, c.last_order_at"
    "  FROM customer c FORCE INDEX (by_last_order)";
static const char INACTIVE[] =
    " WHERE c.last_order_at >= ? AND (c.last_order_at > ? OR c.id > ?) AND c.last_order_at <= ?";
static const char INACTIVE_END[] = " ORDER BY c.last_order_at, c.id LIMIT ?";

static const char INVOICES_FROM[] =
    "SELECT c.id, i.id, i.id, c.timezone, c.country, c.postcode, c.birthday, c.last_order_at"
    "  FROM invoice i"
    "  JOIN customer c ON c.id = i.customer_id";
static const char INVOICES[] =
    " WHERE i.due_on = ? AND i.paid_at IS NULL AND i.cancelled_at IS NULL AND i.id > ?" NOT_KNOWN(
        "i.id");
static const char INVOICES_END[] = " ORDER BY i.id LIMIT ?";

enum rc occasion_find_work(struct db *db, utc_us now, struct occasion_work *work, size_t max,
                           size_t *n)
{
    struct db_rows *rows;
    size_t got = 0;
    enum rc rc =
        db_query(db, SQL_WORK, DB_IN(db_time(now), db_time(now), db_time(now), db_u64(max)), &rows);

    if (rc)
        return rc;
    while (got < max && db_next(rows)) {
        work[got++] = (struct occasion_work){ .id = db_get_u64(rows, 0),
                                              .events = db_get_u64(rows, 1) != 0,
                                              .pass = db_get_u64(rows, 2) != 0,
                                              .new_month = db_get_u64(rows, 3) != 0 };
    }
    rc = db_rows_end(rows);
    if (!rc)
        *n = got;
    return rc;
}

enum rc occasion_leave_campaign(struct db *db, uint64_t id, utc_us now)
{
    return db_run(db, SQL_LEAVE, DB_IN(db_u64(id), db_time(now)), NULL);
}

/* --- a page --- */

struct pass {
    const struct occasion *o;
    struct zone_shelf *zones;
    const char *timezone;
    utc_us now;
    int64_t first_day, last_day; /* on which messages may go now, somewhere */
    int64_t key;                 /* the day, or last order, at hand */
    uint64_t id;                 /* done up to here */
    size_t seen, found;
    bool over; /* of the whole pass */
    struct db_bulk *events;
    const struct audience_sql *where; /* its rule */
    /* The question. */
    struct buffer sql;
    struct db_value values[VALUES_MAX];
    size_t n_values;
};

static void add_text(struct pass *p, const char *text)
{
    buffer_add_text(&p->sql, text);
}

static void add_value(struct pass *p, struct db_value value)
{
    p->values[p->n_values++] = value;
}

static void add_from(struct pass *p, const char *from)
{
    add_text(p, from);
    audience_sql_add_joins(p->where, &p->sql, p->values, &p->n_values);
}

static struct civil civil_day(int64_t day)
{
    return clock_civil(day * DAY_US);
}

/* The day that is the occasion, of messages that go on day `key`. */
static struct civil day_at_hand(const struct pass *p)
{
    return civil_day(p->key - p->o->rule.delay_s / SEC_PER_DAY);
}

static void add_not_known(struct pass *p, unsigned round)
{
    for (int i = 0; i < 2; i++) {
        add_value(p, db_u64(p->o->id));
        add_value(p, db_u64(round));
    }
}

static const char *ask_birthdays(struct pass *p)
{
    const struct civil day = day_at_hand(p);
    const struct civil leap = occasion_birthday(229, day.year);
    const unsigned birthday = (unsigned)(day.month * 100 + day.day);
    const bool both = birthday == 228 && leap.day == 28;

    add_from(p, BIRTHDAYS_FROM);
    add_text(p, BIRTHDAYS);
    add_value(p, db_u64(birthday));
    add_value(p, db_u64(both ? 229 : birthday));
    add_value(p, db_u64(p->id));
    add_not_known(p, (unsigned)day.year);
    return BIRTHDAYS_END;
}

static const char *ask_inactive(struct pass *p)
{
    add_from(p, INACTIVE_FROM);
    add_text(p, INACTIVE);
    add_value(p, db_time(p->key));
    add_value(p, db_time(p->key));
    add_value(p, db_u64(p->id));
    add_value(p, db_time(p->now - (utc_us)p->o->rule.days * DAY_US));
    return INACTIVE_END;
}

static const char *ask_invoices(struct pass *p)
{
    const struct civil day = day_at_hand(p);

    add_from(p, INVOICES_FROM);
    add_text(p, INVOICES);
    add_value(p, db_time(clock_from_civil(&day)));
    add_value(p, db_u64(p->id));
    add_not_known(p, 0);
    return INVOICES_END;
}

static const char *ask(struct pass *p)
{
    switch (p->o->rule.kind) {
    case OCCASION_BIRTHDAY:
        return ask_birthdays(p);
    case OCCASION_INACTIVE:
        return ask_inactive(p);
    case OCCASION_INVOICE_DUE:
        return ask_invoices(p);
    case OCCASION_DELIVERY_ANNOUNCED:
    case OCCASION_DELIVERY_MOVED:
    case OCCASION_DELIVERY_OUT:
    case OCCASION_DELIVERY_DONE:
    case OCCASION_DELIVERY_MISSED:
    case OCCASION_FIRST_ORDER:
    case OCCASION_PLAN_STEP:
    case OCCASION_KIND_COUNT:
        break;
    }
    return "";
}

static enum rc note(struct pass *p, const struct db_rows *rows)
{
    const struct occasion_rule *rule = &p->o->rule;
    struct occasion_facts facts = {
        .at = p->now,
        .birthday = (unsigned)db_get_u64(rows, 6),
        .last_order_at = db_get_time(rows, 7),
    };
    struct local_zone *zone =
        occasion_zone(p->zones, db_get_text(rows, 3), db_get_text(rows, 4), db_get_text(rows, 5));
    utc_us due;

    if (rule->kind != OCCASION_INACTIVE) {
        facts.day = day_at_hand(p);
        facts.round = (unsigned)facts.day.year;
    }
    due = occasion_due(rule, &facts, zone);
    if (due < p->o->since || occasion_stale(rule, &facts, due, zone) <= p->now)
        return RC_OK;
    p->found++;
    return db_bulk_add(
        p->events, (const struct db_value[]){
                       db_u64(p->o->id), db_u64(db_get_u64(rows, 0)), db_u64(db_get_u64(rows, 2)),
                       db_u64(occasion_round(rule->kind, &facts)), db_time(p->now), db_time(due) });
}

static enum rc read_page(struct db *db, struct pass *p)
{
    struct db_rows *rows;
    enum rc rc, end;

    if (p->sql.full)
        return RC_FAIL;
    rc = db_query_once(db, buffer_text(&p->sql), p->values, p->n_values, &rows);
    if (rc)
        return rc;
    while (!rc && db_next(rows)) {
        rc = note(p, rows);
        p->id = db_get_u64(rows, 1);
        if (p->o->rule.kind == OCCASION_INACTIVE)
            p->key = db_get_time(rows, 7);
        p->seen++;
    }
    end = db_rows_end(rows);
    return rc ? rc : end;
}

/* After the last page of a day comes the next day; after the last day the pass is over. */
static void move_on(struct pass *p)
{
    if (p->seen == PAGE)
        return;
    if (p->o->rule.kind == OCCASION_INACTIVE) {
        p->key = p->now - (utc_us)p->o->rule.days * DAY_US;
        p->id = UINT64_MAX;
        p->over = true;
        return;
    }
    p->id = 0;
    p->over = ++p->key > p->last_day;
    if (p->over)
        p->key = 0;
}

static enum rc page_body(struct db *db, void *arg)
{
    const struct pass *p = arg;
    const struct occasion *o = p->o;
    uint64_t changed;
    enum rc rc = db_run(db, SQL_MOVE_ON,
                        DB_IN(db_time(p->over ? p->now + EVERY_US : o->pass_at), db_i64(p->key),
                              db_u64(p->id), db_u64(o->id), db_u64(o->version), db_i64(o->pass_key),
                              db_u64(o->pass_id)),
                        &changed);

    if (!rc && !changed)
        rc = RC_CONFLICT;
    return rc ? rc : db_bulk_run(db, SQL_NOTE, p->events, NULL);
}

/* A pass that was broken off goes on, but not with days that have gone by everywhere. */
static void begin_at(struct pass *p)
{
    p->first_day = (p->now - WEST_US) / DAY_US;
    p->last_day = (p->now + EAST_US + EVERY_US) / DAY_US;
    p->key = p->o->pass_key;
    p->id = p->o->pass_id;
    if (p->o->rule.kind != OCCASION_INACTIVE && p->key < p->first_day) {
        p->key = p->first_day;
        p->id = 0;
    }
}

static enum rc run_page(struct db *db, struct pass *p)
{
    const char *end;
    enum rc rc;

    begin_at(p);
    end = ask(p);
    add_text(p, " AND ");
    add_text(p, buffer_text(&p->where->text));
    memcpy(p->values + p->n_values, p->where->values, p->where->n * sizeof(p->values[0]));
    p->n_values += p->where->n;
    add_text(p, end);
    add_value(p, db_u64(PAGE));
    rc = read_page(db, p);
    if (rc)
        return rc;
    move_on(p);
    return db_transaction(db, page_body, p);
}

static enum rc run_pass(struct db *db, struct pass *p, struct arena *arena)
{
    const struct audience_moment moment = { p->now, p->timezone };
    struct audience_sql where = { .n = 0 };
    struct audience_rule *rule;
    struct error err = { "" };
    enum rc rc = audience_open(db, p->o->audience, arena, &rule, &err);

    p->where = &where;
    if (!rc)
        rc = audience_compile(db, rule, &moment, AUDIENCE_FOR_PAGE, &where, &err);
    if (rc == RC_INVALID)
        rc = occasion_give_up(db, p->o, &err);
    else if (!rc)
        rc = run_page(db, p);
    audience_sql_close(&where);
    return rc;
}

enum rc occasion_pass(struct db *db, uint64_t id, const struct occasion_settings *settings,
                      struct occasion_step *out)
{
    struct zone_shelf zones = { .n = 0 };
    struct occasion o;
    struct pass p = { .o = &o,
                      .zones = &zones,
                      .timezone = settings->timezone,
                      .now = clock_now(),
                      .events = db_bulk_new(6) };
    struct arena arena;
    enum rc rc = p.events ? RC_OK : RC_FAIL;

    arena_init(&arena);
    buffer_init(&p.sql, QUERY_MAX);
    if (!rc)
        rc = occasion_read(db, id, &arena, &o);
    if (!rc && (!o.on || !o.pass_at || o.pass_at > p.now))
        rc = RC_CONFLICT;
    if (!rc)
        rc = zone_shelf_open(&zones, settings->timezone, NULL);
    if (!rc)
        rc = run_pass(db, &p, &arena);
    if (!rc)
        *out = (struct occasion_step){ .found = p.found, .more = !p.over };
    zone_shelf_close(&zones);
    db_bulk_free(p.events);
    buffer_close(&p.sql);
    arena_close(&arena);
    return rc;
}
