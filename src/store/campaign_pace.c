/*
 * campaign_pace.c - pieces by rate and by budget.
 *
 * The rate is kept as one time, campaign.paced_at: when the next message may leave. Each message
 * moves it on by an hour's share; it never lags more than a moment behind the clock, so that a
 * night or an outage saves nothing up. What was given out and is not claimed yet is waited for, for
 * the same reason.
 */
#include "store/campaign_pace.h"

#include <string.h>

#include "domain/route.h"
#include "store/audit.h"
#include "store/db.h"
#include "store/queue.h"
#include "store/send_window.h"
#include "store/slice.h"

#define HOUR_US      (3600 * USEC_PER_SEC)
#define MOMENT_US    (2 * USEC_PER_SEC) /* of its rate leaves at once at most */
#define PIECE_MAX    SLICE_SPAN_MAX
#define AHEAD_MAX    20000 /* given out and not claimed: a second of a fast carrier */
#define PUT_OFF_MAX  64    /* slices found shut in a step */
#define RECOUNT_PAGE 5000
#define QUEUES_MAX   256

static const char SQL_FIND[] =
    "SELECT k.id"
    "  FROM campaign k"
    " WHERE k.state IN ('expanding', 'testing', 'sending')"
    "   AND (k.rate_per_hour > 0 OR k.budget_cents IS NOT NULL)"
    "   AND EXISTS (SELECT 1"
    "                 FROM outbox_slice s"
    "                WHERE s.campaign_id = k.id AND s.state = 'paced' AND s.due_at <= ?)"
    " ORDER BY k.id"
    " LIMIT ?";

static const char SQL_LOCK[] =
    "SELECT rate_per_hour, paced_at, budget_cents, spent_millicents, first_message, last_message"
    "  FROM campaign"
    " WHERE id = ? AND state IN ('expanding', 'testing', 'sending')"
    "   FOR UPDATE";

static const char SQL_AHEAD[] = "SELECT COALESCE(CAST(SUM(last_id + 1 - next_id) AS UNSIGNED), 0)"
                                "  FROM outbox_slice"
                                " WHERE campaign_id = ? AND state = 'ready' AND due_at <= ?";

#define FRONT(which)                                                                          \
    "SELECT id, round, last_id, queue_id, window_id, class"                                   \
    "  FROM outbox_slice"                                                                     \
    " WHERE campaign_id = ? AND state = 'paced' AND due_at <= ?" which " ORDER BY due_at, id" \
    " LIMIT 1"                                                                                \
    "   FOR UPDATE"
static const char SQL_FRONT[] = FRONT("");
static const char SQL_FRONT_MAIL[] =
    FRONT(" AND queue_id IN (SELECT q.id FROM queue q WHERE q.channel = 'email')");

static const char SQL_PUT_OFF[] = "UPDATE outbox_slice"
                                  "   SET due_at = ?"
                                  " WHERE id = ? AND round = ?";

static const char SQL_PRICED[] = "SELECT id, address, parts, state IN ('queued', 'held')"
                                 "  FROM message"
                                 " WHERE id BETWEEN ? AND ?"
                                 " ORDER BY id";

/* A slice of that first id may be there: of one message that was queued again. */
static const char SQL_REST[] =
    "INSERT INTO outbox_slice"
    "       (id, round, queue_id, last_id, next_id, class, state, due_at, campaign_id, window_id)"
    "SELECT ?,"
    "       (SELECT COALESCE(GREATEST(MAX(r.round) + 1, " SLICE_TEXT(
        OPERATOR_ROUND) "), s.round)"
                        "          FROM outbox_slice r"
                        "         WHERE r.id = ?),"
                        "       s.queue_id, s.last_id, ?, s.class, 'paced', s.due_at, "
                        "s.campaign_id, s.window_id"
                        "  FROM outbox_slice s"
                        " WHERE s.id = ? AND s.round = ?";

static const char SQL_GIVE[] = "UPDATE outbox_slice"
                               "   SET last_id = ?, state = 'ready'"
                               " WHERE id = ? AND round = ? AND state = 'paced'";

static const char SQL_NOTE[] = "UPDATE campaign"
                               "   SET paced_at = ?, spent_millicents = ?"
                               " WHERE id = ?";

static const char SQL_UNDER_WAY[] = "SELECT COUNT(*)"
                                    "  FROM outbox_slice"
                                    " WHERE campaign_id = ? AND state IN ('ready', 'waiting')";

static const char SQL_CHARGED[] =
    "SELECT id, address, parts, queue_id"
    "  FROM message"
    " WHERE id BETWEEN ? AND ? AND campaign_id = ?"
    "   AND (state IN ('submitting', 'accepted', 'delivered', 'unknown')"
    "        OR accepted_parts | delivered_parts <> 0)"
    " ORDER BY id"
    " LIMIT ?";

static const char SQL_RECOUNTED[] = "UPDATE campaign"
                                    "   SET spent_millicents = ?"
                                    " WHERE id = ? AND spent_millicents <=> ?";

static const char SQL_BROKE[] =
    "UPDATE campaign"
    "   SET state = 'paused', pause_reason = 'budget'"
    " WHERE id = ? AND state IN ('expanding', 'testing', 'sending') AND spent_millicents = ?";

static const char SQL_IS_PACED[] = "SELECT rate_per_hour > 0 OR budget_cents IS NOT NULL"
                                   "  FROM campaign"
                                   " WHERE id = ?";

static const char SQL_TO_READY[] = "UPDATE outbox_slice s"
                                   "  JOIN campaign k ON k.id = s.campaign_id"
                                   "   SET s.state = IF(k.state = 'paused', 'held', 'ready')"
                                   " WHERE s.campaign_id = ? AND s.state = 'paced'";

/* Of a slice that is partly claimed, what is not becomes one of its own; the other ends there, so
 * that whoever waits for its answers closes it. */
static const char SQL_CUT_OFF[] =
    "INSERT INTO outbox_slice"
    "       (id, round, queue_id, last_id, next_id, class, state, due_at, campaign_id, window_id)"
    "SELECT s.next_id,"
    "       (SELECT COALESCE(GREATEST(MAX(r.round) + 1, " SLICE_TEXT(
        OPERATOR_ROUND) "), s.round)"
                        "          FROM outbox_slice r"
                        "         WHERE r.id = s.next_id),"
                        "       s.queue_id, s.last_id, s.next_id, s.class, 'paced', s.due_at, "
                        "s.campaign_id, s.window_id"
                        "  FROM outbox_slice s"
                        " WHERE s.campaign_id = ? AND s.state IN ('ready', 'held')"
                        "   AND s.next_id > s.id AND s.next_id <= s.last_id";

static const char SQL_CUT[] = "UPDATE outbox_slice"
                              "   SET last_id = next_id - 1, state = 'ready'"
                              " WHERE campaign_id = ? AND state IN ('ready', 'held')"
                              "   AND next_id > id AND next_id <= last_id";

static const char SQL_TO_PACED[] =
    "UPDATE outbox_slice"
    "   SET state = 'paced'"
    " WHERE campaign_id = ? AND state IN ('ready', 'held') AND next_id = id";

enum rc campaign_pace_find(struct db *db, utc_us now, uint64_t *ids, size_t max, size_t *n)
{
    struct db_rows *rows;
    size_t got = 0;
    enum rc rc = db_query(db, SQL_FIND, DB_IN(db_time(now), db_u64(max)), &rows);

    if (rc)
        return rc;
    while (got < max && db_next(rows))
        ids[got++] = db_get_u64(rows, 0);
    rc = db_rows_end(rows);
    if (!rc)
        *n = got;
    return rc;
}

/* --- a piece --- */

struct pacing {
    uint64_t id;
    const struct campaign_settings *settings;
    struct send_windows *windows;
    utc_us now;
    struct queue_row queues[QUEUES_MAX]; /* read before: names of routes */
    size_t n_queues;

    uint64_t rate, budget, spent, first, last;
    bool has_budget, counted;
    utc_us paced_at;

    uint64_t room;  /* messages that may be given out */
    uint64_t given; /* so far */
    bool broke;     /* the next one would cost more than is left */
    bool more;
};

struct front {
    uint64_t id, round, last_id;
    unsigned queue_id, window_id;
    bool windowed; /* by its class or number */
};

static const struct route *route_of(const struct pacing *p, unsigned queue_id)
{
    const struct route_table *t = p->settings->routes;
    bool gone;

    for (size_t i = 0; t && i < p->n_queues; i++) {
        if (p->queues[i].id == queue_id)
            return route_of_queue(t, p->queues[i].name, &gone);
    }
    return NULL;
}

/* A mail costs nothing. */
static uint64_t price(const struct pacing *p, const struct route *route, const char *address,
                      uint64_t parts)
{
    int64_t part = strchr(address, '@') ? 0
                   : route              ? route_expected_cost(p->settings->routes, route, address)
                                        : p->settings->segment_cost_millicents;

    return (uint64_t)part * parts;
}

static enum rc lock_campaign(struct db *db, struct pacing *p)
{
    struct db_rows *rows;
    bool found;
    enum rc rc = db_query(db, SQL_LOCK, DB_IN(db_u64(p->id)), &rows);

    if (rc)
        return rc;
    found = db_next(rows);
    if (found) {
        p->rate = db_get_u64(rows, 0);
        p->paced_at = db_get_time(rows, 1);
        p->has_budget = !db_is_null(rows, 2);
        p->budget = db_get_u64(rows, 2) * 1000;
        p->counted = !db_is_null(rows, 3);
        p->spent = db_get_u64(rows, 3);
        p->first = db_get_u64(rows, 4);
        p->last = db_get_u64(rows, 5);
    }
    rc = db_rows_end(rows);
    return rc ? rc : found ? RC_OK : RC_CONFLICT;
}

/* How many may go now by the rate; what is given out and not claimed yet counts as gone. */
static enum rc find_room(struct db *db, struct pacing *p)
{
    uint64_t ahead;
    int64_t share, moment;
    enum rc rc = db_query_u64(db, SQL_AHEAD, DB_IN(db_u64(p->id), db_time(p->now)), &ahead);

    if (rc)
        return rc;
    p->room = ahead < AHEAD_MAX ? PIECE_MAX : 0;
    if (!p->rate)
        return RC_OK;
    share = HOUR_US / (int64_t)p->rate;
    share = share > 0 ? share : 1;
    moment = share > MOMENT_US ? share : MOMENT_US;
    if (p->paced_at < p->now - moment)
        p->paced_at = p->now - (p->paced_at ? moment : share);
    p->room = p->paced_at < p->now ? (uint64_t)((p->now - p->paced_at) / share) : 0;
    if (p->room > PIECE_MAX)
        p->room = PIECE_MAX;
    p->room = ahead < (uint64_t)(moment / share) ? p->room : 0;
    return RC_OK;
}

static enum rc read_front(struct db *db, const struct pacing *p, struct front *f, bool *found)
{
    struct db_rows *rows;
    enum rc rc = db_query(db, p->broke ? SQL_FRONT_MAIL : SQL_FRONT,
                          DB_IN(db_u64(p->id), db_time(p->now)), &rows);

    if (rc)
        return rc;
    *found = db_next(rows);
    if (*found)
        *f = (struct front){
            .id = db_get_u64(rows, 0),
            .round = db_get_u64(rows, 1),
            .last_id = db_get_u64(rows, 2),
            .queue_id = (unsigned)db_get_u64(rows, 3),
            .window_id = (unsigned)db_get_u64(rows, 4),
            .windowed = db_get_u64(rows, 4) || strcmp(db_get_text(rows, 5), "promo") == 0,
        };
    return db_rows_end(rows);
}

/* *shut: its window is; then it is put off. */
static enum rc look_at_window(struct db *db, const struct pacing *p, const struct front *f,
                              bool *shut)
{
    struct send_state state;
    enum rc rc;

    *shut = false;
    if (!p->windows || !f->windowed)
        return RC_OK;
    rc = send_windows_state(db, p->windows, f->window_id, p->now, &state);
    if (rc || state.open)
        return rc;
    *shut = true;
    if (state.until == CALENDAR_NEVER)
        state.until = p->now + SEC_PER_DAY * USEC_PER_SEC;
    return db_run(db, SQL_PUT_OFF, DB_IN(db_time(state.until), db_u64(f->id), db_u64(f->round)),
                  NULL);
}

/* *last: of as many of [f->id, *last] as can be paid. *last below f->id: not one. */
static enum rc pay(struct db *db, struct pacing *p, const struct front *f, uint64_t *last)
{
    bool broke = false;
    const struct route *route = route_of(p, f->queue_id);
    uint64_t paid = f->id - 1;
    struct db_rows *rows;
    enum rc rc;

    if (!p->has_budget || p->broke) /* then there are but mails */
        return RC_OK;
    rc = db_query(db, SQL_PRICED, DB_IN(db_u64(f->id), db_u64(*last)), &rows);
    if (rc)
        return rc;
    while (!broke && db_next(rows)) {
        uint64_t cost =
            db_get_u64(rows, 3) ? price(p, route, db_get_text(rows, 1), db_get_u64(rows, 2)) : 0;
        broke = p->spent + cost > p->budget;
        if (!broke) {
            p->spent += cost;
            paid = db_get_u64(rows, 0);
        }
    }
    if (broke)
        *last = paid;
    p->broke = broke;
    return db_rows_end(rows);
}

static enum rc give(struct db *db, struct pacing *p, const struct front *f)
{
    uint64_t last = f->last_id - f->id < p->room ? f->last_id : f->id + p->room - 1;
    enum rc rc = pay(db, p, f, &last);

    if (rc || last < f->id)
        return rc;
    if (last < f->last_id)
        rc = db_run(db, SQL_REST,
                    DB_IN(db_u64(last + 1), db_u64(last + 1), db_u64(last + 1), db_u64(f->id),
                          db_u64(f->round)),
                    NULL);
    if (!rc)
        rc = db_run(db, SQL_GIVE, DB_IN(db_u64(last), db_u64(f->id), db_u64(f->round)), NULL);
    p->given += last - f->id + 1;
    p->room -= last - f->id + 1;
    return rc;
}

static enum rc piece_body(struct db *db, void *arg)
{
    struct pacing *p = arg;
    unsigned shut_n = 0;
    bool found = true, shut;
    struct front f;
    enum rc rc = lock_campaign(db, p);

    p->given = 0;
    p->broke = p->more = false;
    if (rc || (p->has_budget && !p->counted))
        return rc;
    rc = find_room(db, p);
    /* When the money is at its end, mails go on: they cost none. */
    while (!rc && found && p->room && shut_n < PUT_OFF_MAX) {
        rc = read_front(db, p, &f, &found);
        if (rc || !found)
            break;
        rc = look_at_window(db, p, &f, &shut);
        shut_n += shut;
        if (!rc && !shut)
            rc = give(db, p, &f);
    }
    p->more = found && (shut_n == PUT_OFF_MAX || (!p->rate && p->given));
    if (rc || !p->given)
        return rc;
    if (p->rate)
        p->paced_at += (int64_t)p->given * (HOUR_US / (int64_t)p->rate);
    return db_run(db, SQL_NOTE, DB_IN(db_time(p->paced_at), db_u64(p->spent), db_u64(p->id)), NULL);
}

/* --- the end of the money --- */

/* What it really costs: what was withheld, or refused by the carrier, was not paid for. */
static enum rc recount(struct db *db, const struct pacing *p, uint64_t *spent)
{
    uint64_t from = p->first;
    size_t n = RECOUNT_PAGE;
    enum rc rc = RC_OK;

    *spent = 0;
    while (!rc && n == RECOUNT_PAGE) {
        struct db_rows *rows;
        rc = db_query(db, SQL_CHARGED,
                      DB_IN(db_u64(from), db_u64(p->last), db_u64(p->id), db_u64(RECOUNT_PAGE)),
                      &rows);
        if (rc)
            break;
        for (n = 0; db_next(rows); n++) {
            from = db_get_u64(rows, 0) + 1;
            *spent += price(p, route_of(p, (unsigned)db_get_u64(rows, 3)), db_get_text(rows, 1),
                            db_get_u64(rows, 2));
        }
        rc = db_rows_end(rows);
    }
    return rc;
}

/* RC_CONFLICT: another was faster. */
static enum rc count_spent(struct db *db, struct pacing *p, uint64_t *spent)
{
    uint64_t changed;
    enum rc rc = recount(db, p, spent);

    if (rc || (p->counted && *spent == p->spent))
        return rc;
    rc = db_run(db, SQL_RECOUNTED,
                DB_IN(db_u64(*spent), db_u64(p->id), p->counted ? db_u64(p->spent) : db_null()),
                &changed);
    return rc ? rc : changed ? RC_OK : RC_CONFLICT;
}

struct stopping {
    const struct pacing *p;
    uint64_t audit_id, changed;
};

static enum rc stop_body(struct db *db, void *arg)
{
    struct stopping *s = arg;
    enum rc rc = db_run(db, SQL_BROKE, DB_IN(db_u64(s->p->id), db_u64(s->p->spent)), &s->changed);

    if (rc || !s->changed)
        return rc;
    return audit_write(db, &(struct audit_entry){ .id = s->audit_id,
                                                  .at = s->p->now,
                                                  .who = "relaisd",
                                                  .verb = "pause",
                                                  .subject = AUDIT_CAMPAIGN,
                                                  .subject_id = s->p->id,
                                                  .detail = "budget" });
}

/* When all that was given out is settled: then what is left is known to the last message. */
static enum rc stop_or_go_on(struct db *db, struct pacing *p, struct campaign_piece *out)
{
    struct stopping s = { .p = p };
    uint64_t under_way, spent;
    enum rc rc = db_query_u64(db, SQL_UNDER_WAY, DB_IN(db_u64(p->id)), &under_way);

    if (rc || under_way)
        return rc;
    rc = count_spent(db, p, &spent);
    if (rc || spent != p->spent) {
        out->more = !rc && spent < p->spent;
        return rc;
    }
    rc = audit_new_id(db, &s.audit_id);
    if (!rc)
        rc = db_transaction(db, stop_body, &s);
    out->paused = !rc && s.changed;
    return rc;
}

enum rc campaign_pace_step(struct db *db, uint64_t id, const struct campaign_settings *settings,
                           struct send_windows *windows, utc_us now, struct campaign_piece *out)
{
    struct pacing p = { .id = id, .settings = settings, .windows = windows, .now = now };
    enum rc rc = queue_list(db, CHANNEL_SMS, p.queues, QUEUES_MAX, &p.n_queues);

    *out = (struct campaign_piece){ 0 };
    if (!rc)
        rc = db_transaction(db, piece_body, &p);
    if (rc)
        return rc;
    if (p.has_budget && !p.counted) {
        out->more = true;
        return count_spent(db, &p, &p.spent);
    }
    out->given = p.given;
    out->more = p.more;
    return p.broke && !p.given ? stop_or_go_on(db, &p, out) : RC_OK;
}

/* --- a change of rate or budget --- */

enum rc campaign_pace_apply(struct db *db, uint64_t id)
{
    uint64_t paced = 0;
    enum rc rc = db_query_u64(db, SQL_IS_PACED, DB_IN(db_u64(id)), &paced);

    if (rc || !paced)
        return rc ? rc : db_run(db, SQL_TO_READY, DB_IN(db_u64(id)), NULL);
    rc = db_run(db, SQL_CUT_OFF, DB_IN(db_u64(id)), NULL);
    if (!rc)
        rc = db_run(db, SQL_CUT, DB_IN(db_u64(id)), NULL);
    if (!rc)
        rc = db_run(db, SQL_TO_PACED, DB_IN(db_u64(id)), NULL);
    return rc;
}
