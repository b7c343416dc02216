/*
 * campaign_retry.c - the rule of domain/message_order.c as SQL, for all of a campaign's messages.
 *
 * A page's messages get one slice for each run of consecutive ids of the campaign in one queue
 * and one window, never across a gap, where somebody else's messages may come to be. Such a slice
 * covers messages that need it not; the claim passes them by their state.
 */
#include "store/campaign_retry.h"

#include <string.h>

#include "base/arena.h"
#include "store/audit.h"
#include "store/campaign_row.h"
#include "store/slice.h"

#define RETRY_PAGE 2000 /* messages looked at in a step */

/* tests/integration/test_campaign_retry.c holds this to message_order_bar(). */
#define MAY_RETRY                                                              \
    "m.accepted_parts | m.delivered_parts = 0"                                 \
    " AND (m.state <> 'unknown' OR m.class <> 'promo')"                        \
    " AND NOT EXISTS (SELECT 1 FROM message_event e"                           \
    "                  WHERE e.message_id = m.id"                              \
    "                    AND (e.kind IN ('accepted', 'progress', 'delivered')" \
    "                         OR (e.kind IN ('failed', 'expired')"             \
    "                             AND e.carrier_id <> 0)"                      \
    "                         OR (e.kind = 'unknown' AND m.class = 'promo')))" \
    " AND (m.attempts = 0"                                                     \
    "      OR NOT EXISTS (SELECT 1 FROM outbox_slice s"                        \
    "                      WHERE " SLICE_COVERS                                \
    "                        AND (m.parts > 1 OR (s.id = m.id AND " SLICE_OF_ONE "))))"

#define MATCHES " FIND_IN_SET(m.state, ?) AND (? = '' OR m.reason = ?)"

static const char SQL_COUNT[] = "SELECT COUNT(*), CAST(COALESCE(SUM(" MAY_RETRY "), 0) AS UNSIGNED)"
                                "  FROM message m"
                                " WHERE m.id BETWEEN ? AND ? AND m.campaign_id = ? AND" MATCHES;

static const char SQL_LOCK[] = "SELECT state, class, expires_s"
                               "  FROM campaign"
                               " WHERE id = ?"
                               "   FOR UPDATE";

static const char SQL_ASK[] =
    "INSERT INTO campaign_retry (campaign_id, states, reason, expires_s, next_id, last_id,"
    "                            wanted_n, asked_at)"
    "VALUES (?, ?, ?, ?, ?, ?, ?, ?)";

static const char SQL_FORGET[] = "DELETE FROM campaign_retry"
                                 " WHERE campaign_id = ? AND finished_at IS NOT NULL";

static const char SQL_READ[] = "SELECT wanted_n, queued_n, asked_at, finished_at"
                               "  FROM campaign_retry"
                               " WHERE campaign_id = ?";

static const char SQL_NEXT[] = "SELECT campaign_id"
                               "  FROM campaign_retry"
                               " WHERE finished_at IS NULL"
                               " ORDER BY asked_at"
                               " LIMIT 1";

static const char SQL_JOB[] = "SELECT states, reason, expires_s, next_id, last_id"
                              "  FROM campaign_retry"
                              " WHERE campaign_id = ? AND finished_at IS NULL";

static const char SQL_PAGE[] =
    "SELECT m.id, m.campaign_id <=> ?, m.state,"
    "       m.campaign_id <=> ? AND" MATCHES " AND " MAY_RETRY ", m.queue_id, m.window_id"
    "  FROM message m"
    " WHERE m.id BETWEEN ? AND ?"
    " ORDER BY m.id"
    " LIMIT ?";

static const char SQL_AGAIN[] =
    "UPDATE message"
    "   SET state = 'queued', reason = '', attempts = 0, failed_parts = 0,"
    "       expires_at = IF(? OR expires_at <= ?, ?, expires_at)"
    " WHERE id = ? AND state = ? AND accepted_parts | delivered_parts = 0";

static const char SQL_EVENT[] = "INSERT INTO message_event (id, message_id, part, kind, at, detail)"
                                "VALUES (?, ?, 0, 'retried', ?, 'by_operator')";

static const char SQL_MOVE_ON[] =
    "UPDATE campaign_retry"
    "   SET next_id = ?, queued_n = queued_n + ?, finished_at = IF(?, ?, NULL)"
    " WHERE campaign_id = ? AND next_id = ? AND finished_at IS NULL";

/* --- asking --- */

static bool knows_states(const char *states)
{
    static const char *const known[] = { "failed", "expired", "cancelled", "unknown" };

    for (;;) {
        size_t len = strcspn(states, ","), i = 0;
        while (i < 4 && (strlen(known[i]) != len || strncmp(known[i], states, len) != 0))
            i++;
        if (i == 4)
            return false;
        if (!states[len])
            return true;
        states += len + 1;
    }
}

struct asking {
    uint64_t id, audit_id;
    const struct campaign_retry_plan *plan;
    const struct campaign_row *row;
    struct campaign_retry *retry;
    struct error *err;
    char state[20];
};

static enum rc lock_campaign(struct db *db, uint64_t id, char state[20], char class[20],
                             int64_t *expires_s)
{
    struct db_rows *rows;
    enum rc rc = db_query(db, SQL_LOCK, DB_IN(db_u64(id)), &rows);

    if (rc)
        return rc;
    state[0] = '\0';
    if (db_next(rows)) {
        strncpy(state, db_get_text(rows, 0), 19);
        strncpy(class, db_get_text(rows, 1), 19);
        *expires_s = db_get_i64(rows, 2);
    }
    return db_rows_end(rows);
}

static enum rc ask_body(struct db *db, void *arg)
{
    struct asking *a = arg;
    char class[20] = "";
    int64_t expires_s;
    enum rc rc = lock_campaign(db, a->id, a->state, class, &expires_s);

    if (rc)
        return rc;
    if (strcmp(a->state, "cancelled") == 0)
        return RC_CONFLICT;
    rc = db_run(db, SQL_FORGET, DB_IN(db_u64(a->id)), NULL);
    if (!rc)
        rc = db_run(db, SQL_ASK,
                    DB_IN(db_u64(a->id), db_text(a->plan->states), db_text(a->plan->reason),
                          db_i64(a->plan->expires_s), db_u64(a->row->first_message),
                          db_u64(a->row->last_message), db_u64(a->retry->wanted),
                          db_time(a->retry->asked_at)),
                    NULL);
    if (!rc)
        rc = slice_campaign_again(db, a->id);
    if (rc)
        return rc;
    return audit_write(db, &(struct audit_entry){ .id = a->audit_id,
                                                  .at = a->retry->asked_at,
                                                  .who = a->plan->who,
                                                  .verb = "retry",
                                                  .subject = AUDIT_CAMPAIGN,
                                                  .subject_id = a->id,
                                                  .detail = a->plan->states });
}

static enum rc count(struct db *db, const struct asking *a)
{
    const struct campaign_retry_plan *p = a->plan;
    struct db_rows *rows;
    enum rc rc =
        db_query(db, SQL_COUNT,
                 DB_IN(db_u64(a->row->first_message), db_u64(a->row->last_message), db_u64(a->id),
                       db_text(p->states), db_text(p->reason), db_text(p->reason)),
                 &rows);

    if (rc)
        return rc;
    if (db_next(rows)) {
        a->retry->wanted = db_get_u64(rows, 1);
        a->retry->barred = db_get_u64(rows, 0) - a->retry->wanted;
    }
    return db_rows_end(rows);
}

static enum rc check_campaign(const struct asking *a)
{
    if (a->row->campaign.figures_at)
        return error_set(
            a->err, RC_CONFLICT,
            "campaign %llu is so old that it was counted for the last time: nothing of "
            "it can be tried again",
            (unsigned long long)a->id);
    switch (a->row->campaign.state) {
    case CAMPAIGN_EXPANDING:
    case CAMPAIGN_TESTING:
    case CAMPAIGN_SENDING:
    case CAMPAIGN_PAUSED:
    case CAMPAIGN_DONE:
        return RC_OK;
    case CAMPAIGN_DRAFT:
    case CAMPAIGN_WAITING:
    case CAMPAIGN_CANCELLED:
    case CAMPAIGN_SCHEDULED:
    case CAMPAIGN_STATE_COUNT:
        break;
    }
    return error_set(a->err, RC_CONFLICT, "campaign %llu is %s: nothing of it can be tried again",
                     (unsigned long long)a->id, campaign_state_name(a->row->campaign.state));
}

/* Why the transaction met a conflict: the campaign was cancelled, or a retry's row was there. */
static enum rc explain(struct db *db, const struct asking *a)
{
    struct campaign_retry other;
    enum rc rc = campaign_retry_read(db, a->id, &other);

    if (strcmp(a->state, "cancelled") == 0 || rc)
        return error_set(a->err, RC_CONFLICT,
                         "campaign %llu is cancelled: nothing of it can be tried again",
                         (unsigned long long)a->id);
    return error_set(a->err, RC_CONFLICT,
                     "campaign %llu is being tried again already: %llu of %llu messages are queued",
                     (unsigned long long)a->id, (unsigned long long)other.queued,
                     (unsigned long long)other.wanted);
}

enum rc campaign_retry_ask(struct db *db, uint64_t id, const struct campaign_retry_plan *plan,
                           struct campaign_retry *retry, struct error *err)
{
    struct campaign_row row;
    struct asking a = { .id = id, .plan = plan, .row = &row, .retry = retry, .err = err };
    struct arena arena;
    enum rc rc;

    if (!knows_states(plan->states))
        return error_set(err, RC_INVALID,
                         "state: expected failed, expired, cancelled or unknown, "
                         "or some of them with commas");
    *retry = (struct campaign_retry){ .asked_at = clock_now() };
    arena_init(&arena);
    rc = campaign_row_read(db, id, &arena, &row);
    if (rc == RC_NOTFOUND)
        error_set(err, rc, "there is no campaign %llu", (unsigned long long)id);
    if (!rc)
        rc = check_campaign(&a);
    if (!rc)
        rc = count(db, &a);
    if (!rc && retry->wanted) {
        rc = audit_new_id(db, &a.audit_id);
        if (!rc)
            rc = db_transaction(db, ask_body, &a);
        if (rc == RC_CONFLICT)
            rc = explain(db, &a);
    }
    arena_close(&arena);
    return rc;
}

enum rc campaign_retry_read(struct db *db, uint64_t id, struct campaign_retry *retry)
{
    struct campaign_retry r = { 0 };
    struct db_rows *rows;
    bool found;
    enum rc rc = db_query(db, SQL_READ, DB_IN(db_u64(id)), &rows);

    if (rc)
        return rc;
    found = db_next(rows);
    if (found) {
        r.wanted = db_get_u64(rows, 0);
        r.queued = db_get_u64(rows, 1);
        r.asked_at = db_get_time(rows, 2);
        r.finished_at = db_get_time(rows, 3);
    }
    rc = db_rows_end(rows);
    if (!rc && found)
        *retry = r;
    return rc ? rc : found ? RC_OK : RC_NOTFOUND;
}

/* --- doing --- */

enum rc campaign_retry_next(struct db *db, uint64_t *id)
{
    return db_query_u64(db, SQL_NEXT, DB_NO_INPUT, id);
}

struct again {
    uint64_t id;
    char state[20]; /* as it was */
};

struct run {
    uint64_t first, last;
    unsigned queue_id;
};

/* The row before, while a run may go on behind it. */
struct behind {
    uint64_t id; /* 0: none */
    unsigned queue_id, window_id;
};

struct retrying {
    uint64_t id, first_event_id;
    utc_us now;

    char states[64], reason[65];
    int64_t expires_s;
    uint64_t next_id, last_id;

    char campaign_state[20], class[20];
    int64_t campaign_expires_s;

    struct again *messages; /* RETRY_PAGE of each */
    struct run *runs;
    size_t n, n_runs;
    uint64_t reached; /* the page's last id */
    struct db_bulk *updates, *events;
    bool over;
};

static enum rc read_job(struct db *db, struct retrying *r)
{
    struct db_rows *rows;
    bool found;
    enum rc rc = db_query(db, SQL_JOB, DB_IN(db_u64(r->id)), &rows);

    if (rc)
        return rc;
    found = db_next(rows);
    if (found) {
        strncpy(r->states, db_get_text(rows, 0), sizeof(r->states) - 1);
        strncpy(r->reason, db_get_text(rows, 1), sizeof(r->reason) - 1);
        r->expires_s = db_get_i64(rows, 2);
        r->next_id = db_get_u64(rows, 3);
        r->last_id = db_get_u64(rows, 4);
    }
    rc = db_rows_end(rows);
    return rc ? rc : found ? RC_OK : RC_CONFLICT;
}

/* One row of the page: it goes on with the run before it, or that one ends. */
static void look_at(struct retrying *r, const struct db_rows *rows, struct behind *behind)
{
    uint64_t id = db_get_u64(rows, 0);
    unsigned queue_id = (unsigned)db_get_u64(rows, 4);
    unsigned window_id = (unsigned)db_get_u64(rows, 5);
    bool ours = db_get_u64(rows, 1) != 0, wanted = db_get_u64(rows, 3) != 0;
    bool goes_on = ours && behind->id && id == behind->id + 1 && queue_id == behind->queue_id &&
                   window_id == behind->window_id;

    if (wanted) {
        struct again *a = &r->messages[r->n++];
        a->id = id;
        strncpy(a->state, db_get_text(rows, 2), sizeof(a->state) - 1);
        if (!goes_on)
            r->runs[r->n_runs++] = (struct run){ .first = id, .queue_id = queue_id };
        r->runs[r->n_runs - 1].last = id;
    }
    *behind = (struct behind){ .id = wanted || goes_on ? id : 0,
                               .queue_id = queue_id,
                               .window_id = window_id };
    r->reached = id;
}

static enum rc read_page(struct db *db, struct retrying *r)
{
    struct behind behind = { 0 };
    size_t seen = 0;
    struct db_rows *rows;
    enum rc rc = db_query(db, SQL_PAGE,
                          DB_IN(db_u64(r->id), db_u64(r->id), db_text(r->states),
                                db_text(r->reason), db_text(r->reason), db_u64(r->next_id),
                                db_u64(r->last_id), db_u64(RETRY_PAGE)),
                          &rows);

    if (rc)
        return rc;
    r->n = r->n_runs = 0;
    r->reached = r->last_id;
    while (db_next(rows)) {
        look_at(r, rows, &behind);
        seen++;
    }
    r->over = seen < RETRY_PAGE || r->reached >= r->last_id;
    return db_rows_end(rows);
}

static enum rc queue_page(struct db *db, struct retrying *r)
{
    const utc_us until =
        r->now + (r->expires_s ? r->expires_s : r->campaign_expires_s) * USEC_PER_SEC;
    uint64_t changed = 0;
    enum rc rc = RC_OK;

    db_bulk_reset(r->updates);
    db_bulk_reset(r->events);
    for (size_t i = 0; !rc && i < r->n; i++) {
        const struct db_value update[] = { db_u64(r->expires_s != 0), db_time(r->now),
                                           db_time(until), db_u64(r->messages[i].id),
                                           db_text(r->messages[i].state) };
        const struct db_value event[] = { db_u64(r->first_event_id + i), db_u64(r->messages[i].id),
                                          db_time(r->now) };
        rc = db_bulk_add(r->updates, update);
        if (!rc)
            rc = db_bulk_add(r->events, event);
    }
    if (!rc)
        rc = db_bulk_run(db, SQL_AGAIN, r->updates, &changed);
    if (!rc && changed != r->n)
        rc = RC_CONFLICT; /* one changed since we looked: the page is looked at again */
    if (!rc)
        rc = db_bulk_run(db, SQL_EVENT, r->events, NULL);
    for (size_t i = 0; !rc && i < r->n_runs; i++) {
        const struct run *run = &r->runs[i];
        rc = slice_add_again(
            db, &(struct slice_again){ .first_id = run->first,
                                       .last_id = run->last,
                                       .queue_id = run->queue_id,
                                       .class = r->class,
                                       .held = strcmp(r->campaign_state, "paused") == 0,
                                       .due_at = r->now,
                                       .campaign_id = r->id });
    }
    return rc;
}

static enum rc retry_body(struct db *db, void *arg)
{
    struct retrying *r = arg;
    uint64_t moved;
    enum rc rc = lock_campaign(db, r->id, r->campaign_state, r->class, &r->campaign_expires_s);

    if (!rc)
        rc = read_job(db, r);
    if (rc)
        return rc;
    r->n = 0;
    if (strcmp(r->campaign_state, "cancelled") == 0) {
        r->reached = r->last_id;
        r->over = true;
    } else {
        rc = read_page(db, r);
        if (!rc && r->n)
            rc = slice_campaign_again(db, r->id);
        if (!rc)
            rc = queue_page(db, r);
    }
    if (!rc)
        rc = db_run(db, SQL_MOVE_ON,
                    DB_IN(db_u64(r->reached + 1), db_u64(r->n), db_u64(r->over), db_time(r->now),
                          db_u64(r->id), db_u64(r->next_id)),
                    &moved);
    return rc ? rc : moved ? RC_OK : RC_CONFLICT;
}

enum rc campaign_retry_step(struct db *db, uint64_t id, uint64_t *queued, bool *over)
{
    struct retrying r = { .id = id, .now = clock_now() };
    struct arena arena;
    enum rc rc = RC_FAIL;

    arena_init(&arena);
    r.messages = arena_alloc(&arena, RETRY_PAGE * sizeof(*r.messages));
    r.runs = arena_alloc(&arena, RETRY_PAGE * sizeof(*r.runs));
    r.updates = db_bulk_new(5);
    r.events = db_bulk_new(3);
    if (r.messages && r.runs && r.updates && r.events)
        rc = db_new_timed_ids(db, "message_event", RETRY_PAGE, &r.first_event_id);
    if (!rc)
        rc = db_transaction(db, retry_body, &r);
    if (!rc) {
        *queued = r.n;
        *over = r.over;
    }
    db_bulk_free(r.updates);
    db_bulk_free(r.events);
    arena_close(&arena);
    return rc;
}
