/*
 * message_command.c - compare-and-set of one message's state, with the slices that cover it locked.
 *
 * A claim holds its slices locked from its look at the messages to its COMMIT, so with these locks
 * an order comes before a claim or after it, never in between. Campaign, slices, message: in this
 * order, which is that of a pause and of a claim.
 */
#include "store/message_command.h"

#include <string.h>

#include "store/audit.h"
#include "store/db.h"
#include "store/slice.h"

static const char SQL_CAMPAIGN_OF[] = "SELECT COALESCE(campaign_id, 0) FROM message WHERE id = ?";

static const char SQL_CAMPAIGN[] = "SELECT state, figures_at IS NOT NULL"
                                   "  FROM campaign"
                                   " WHERE id = ?"
                                   "   FOR UPDATE";

static const char SQL_COVERING[] = "SELECT id, round, last_id, next_id, state, due_at"
                                   "  FROM outbox_slice"
                                   " WHERE id BETWEEN ? AND ? AND last_id >= ?"
                                   " ORDER BY id, round"
                                   "   FOR UPDATE";

static const char SQL_MESSAGE[] = "SELECT class, state, parts, attempts, accepted_parts | "
                                  "delivered_parts, created_at, expires_at,"
                                  "       queue_id"
                                  "  FROM message"
                                  " WHERE id = ?"
                                  "   FOR UPDATE";

/* An end that a carrier tells proves that it had the part; one that we decided does not. */
static const char SQL_EVER[] =
    "SELECT COALESCE(MAX(kind IN ('accepted', 'progress', 'delivered')"
    "                    OR (kind IN ('failed', 'expired') AND carrier_id <> 0)), 0),"
    "       COALESCE(MAX(kind = 'unknown'), 0)"
    "  FROM message_event"
    " WHERE message_id = ?";

static const char SQL_MOVE[] = "UPDATE message"
                               "   SET state = ?, reason = ?"
                               " WHERE id = ? AND state = ?";

static const char SQL_AGAIN[] =
    "UPDATE message"
    "   SET state = 'queued', reason = '', attempts = ?, failed_parts = 0, expires_at = ?"
    " WHERE id = ? AND state = ?";

static const char SQL_NOW[] = "UPDATE outbox_slice SET due_at = ? WHERE id = ? AND round = ?";

static const char SQL_EVENT[] = "INSERT INTO message_event (id, message_id, part, kind, at, detail)"
                                "VALUES (?, ?, 0, ?, ?, 'by_operator')";

static const struct {
    const char *event, *reason;
} marks[ORDER_COUNT] = {
    [ORDER_HOLD] = { "held", "by_operator" },
    [ORDER_RELEASE] = { "released", "" },
    [ORDER_RETRY] = { "retried", "" },
    [ORDER_CANCEL] = { "cancelled", "cancelled_by_operator" },
};

struct giving {
    const struct message_command *command;
    uint64_t event_id, audit_id;
    utc_us now;
    struct error *err;

    /* what is there */
    uint64_t campaign_id; /* 0: none */
    bool campaign_paused;
    struct message_facts facts;
    unsigned parts, attempts, queue_id;
    utc_us created_at, expires_at;

    /* the slices that cover it */
    bool ahead;              /* one will still come to it ... */
    bool ahead_held;         /* ... when its campaign goes on */
    uint64_t own_round;      /* a slice of it alone is ahead ... */
    utc_us own_due;          /* ... for this time; 0: none */
    bool passed, own_passed; /* one has passed it and is not closed; one of it alone has */

    struct message_result *result;
};

static enum rc lock_campaign(struct db *db, struct giving *g)
{
    struct db_rows *rows;
    enum rc rc =
        db_query_u64(db, SQL_CAMPAIGN_OF, DB_IN(db_u64(g->command->message_id)), &g->campaign_id);

    g->campaign_paused = g->facts.campaign_cancelled = g->facts.campaign_closed = false;
    if (rc || !g->campaign_id)
        return rc;
    rc = db_query(db, SQL_CAMPAIGN, DB_IN(db_u64(g->campaign_id)), &rows);
    if (rc)
        return rc;
    if (db_next(rows)) {
        g->campaign_paused = strcmp(db_get_text(rows, 0), "paused") == 0;
        g->facts.campaign_cancelled = strcmp(db_get_text(rows, 0), "cancelled") == 0;
        g->facts.campaign_closed = db_get_u64(rows, 1) != 0;
    }
    return db_rows_end(rows);
}

static void look_at_slice(struct giving *g, const struct db_rows *rows)
{
    uint64_t id = g->command->message_id, round = db_get_u64(rows, 1);
    bool own = db_get_u64(rows, 0) == id && db_get_u64(rows, 2) == id;
    const char *state = db_get_text(rows, 4);

    if (db_get_u64(rows, 3) > id || strcmp(state, "waiting") == 0) {
        g->passed = true;
        g->own_passed |= own && round > 0 && round < OPERATOR_ROUND;
        return;
    }
    g->ahead = true;
    g->ahead_held |=
        strcmp(state, "held") == 0 || (strcmp(state, "paced") == 0 && g->campaign_paused);
    if (own) {
        g->own_round = round;
        g->own_due = db_get_time(rows, 5);
    }
}

static enum rc lock_slices(struct db *db, struct giving *g)
{
    uint64_t id = g->command->message_id;
    struct db_rows *rows;
    enum rc rc =
        db_query(db, SQL_COVERING, DB_IN(db_u64(slice_lowest(id)), db_u64(id), db_u64(id)), &rows);

    g->ahead = g->ahead_held = g->passed = g->own_passed = false;
    g->own_due = 0;
    if (rc)
        return rc;
    while (db_next(rows))
        look_at_slice(g, rows);
    return db_rows_end(rows);
}

static enum rc read_message(struct db *db, struct giving *g)
{
    struct message_facts *f = &g->facts;
    struct db_rows *rows;
    bool found, known = true;
    enum rc rc = db_query(db, SQL_MESSAGE, DB_IN(db_u64(g->command->message_id)), &rows);

    if (rc)
        return rc;
    found = db_next(rows);
    if (found) {
        known = message_class_parse(db_get_text(rows, 0), &f->class) == RC_OK &&
                message_state_parse(db_get_text(rows, 1), &f->state) == RC_OK;
        g->parts = (unsigned)db_get_u64(rows, 2);
        g->attempts = (unsigned)db_get_u64(rows, 3);
        f->ever_accepted = db_get_u64(rows, 4) != 0;
        g->created_at = db_get_time(rows, 5);
        g->expires_at = db_get_time(rows, 6);
        g->queue_id = (unsigned)db_get_u64(rows, 7);
    }
    rc = db_rows_end(rows);
    return rc ? rc : !found ? RC_NOTFOUND : known ? RC_OK : RC_FAIL;
}

static enum rc read_past(struct db *db, struct giving *g)
{
    struct message_facts *f = &g->facts;
    struct db_rows *rows;
    enum rc rc = db_query(db, SQL_EVER, DB_IN(db_u64(g->command->message_id)), &rows);

    if (rc)
        return rc;
    if (db_next(rows)) {
        f->ever_accepted |= db_get_u64(rows, 0) != 0;
        f->ever_unknown = db_get_u64(rows, 1) != 0;
    }
    /* A message of one part has ended with its answer. */
    f->in_flight = g->attempts > 0 && (g->own_passed || (g->passed && g->parts > 1));
    f->put_off = g->own_due > g->now;
    return db_rows_end(rows);
}

/* Refused for as long as the message is as it is. */
static enum rc check(struct giving *g)
{
    const char *bar = message_order_bar(g->command->order, &g->facts);

    if (!bar)
        return RC_OK;
    return error_set(g->err, RC_CONFLICT, "message %llu is %s and cannot be %s: %s",
                     (unsigned long long)g->command->message_id, message_state_name(g->facts.state),
                     message_order_participle(g->command->order), bar);
}

static enum rc move(struct db *db, const struct giving *g, const char *to)
{
    uint64_t changed;
    enum rc rc =
        db_run(db, SQL_MOVE,
               DB_IN(db_text(to), db_text(marks[g->command->order].reason),
                     db_u64(g->command->message_id), db_text(message_state_name(g->facts.state))),
               &changed);

    return rc ? rc : changed ? RC_OK : RC_CONFLICT;
}

/* The round of a slice of its own is the number of attempts, which is why it keeps that number
 * while there is such a slice. */
static enum rc move_to_queue(struct db *db, struct giving *g)
{
    const struct message_command *c = g->command;
    utc_us life = g->expires_at - g->created_at;
    uint64_t changed;
    enum rc rc;

    if (c->expires_s)
        g->expires_at = g->now + c->expires_s * USEC_PER_SEC;
    else if (g->expires_at <= g->now)
        g->expires_at = g->now + (life > 60 * USEC_PER_SEC ? life : 60 * USEC_PER_SEC);
    rc = db_run(db, SQL_AGAIN,
                DB_IN(db_u64(g->own_due ? g->attempts : 0), db_time(g->expires_at),
                      db_u64(c->message_id), db_text(message_state_name(g->facts.state))),
                &changed);
    return rc ? rc : changed ? RC_OK : RC_CONFLICT;
}

/* Some slice, and one alone that is still to come, covers it after this. */
static enum rc cover(struct db *db, const struct giving *g)
{
    uint64_t id = g->command->message_id;
    enum rc rc;

    if (g->campaign_id) {
        rc = slice_campaign_again(db, g->campaign_id);
        if (rc)
            return rc;
    }
    if (g->own_due > g->now)
        return db_run(db, SQL_NOW, DB_IN(db_time(g->now), db_u64(id), db_u64(g->own_round)), NULL);
    if (g->ahead)
        return RC_OK;
    return slice_add_again(db, &(struct slice_again){ .first_id = id,
                                                      .last_id = id,
                                                      .queue_id = g->queue_id,
                                                      .class = message_class_name(g->facts.class),
                                                      .held = g->campaign_paused,
                                                      .due_at = g->now,
                                                      .campaign_id = g->campaign_id });
}

static enum rc apply(struct db *db, struct giving *g)
{
    enum rc rc = RC_FAIL;

    switch (g->command->order) {
    case ORDER_HOLD:
        return move(db, g, "held");
    case ORDER_CANCEL:
        return move(db, g, "cancelled");
    case ORDER_RELEASE:
        rc = move(db, g, "queued");
        return rc ? rc : cover(db, g);
    case ORDER_RETRY:
        rc = move_to_queue(db, g);
        return rc ? rc : cover(db, g);
    case ORDER_COUNT:
        break;
    }
    return rc;
}

static enum rc write_down(struct db *db, const struct giving *g)
{
    const struct message_command *c = g->command;
    enum rc rc = db_run(db, SQL_EVENT,
                        DB_IN(db_u64(g->event_id), db_u64(c->message_id),
                              db_text(marks[c->order].event), db_time(g->now)),
                        NULL);

    if (rc)
        return rc;
    return audit_write(db, &(struct audit_entry){ .id = g->audit_id,
                                                  .at = g->now,
                                                  .who = c->who,
                                                  .verb = message_order_verb(c->order),
                                                  .subject = AUDIT_MESSAGE,
                                                  .subject_id = c->message_id,
                                                  .detail = message_state_name(g->facts.state) });
}

static enum rc look(struct db *db, void *arg)
{
    struct giving *g = arg;
    enum rc rc = lock_campaign(db, g);

    if (!rc)
        rc = lock_slices(db, g);
    if (!rc)
        rc = read_message(db, g);
    return rc ? rc : read_past(db, g);
}

static enum rc body(struct db *db, void *arg)
{
    struct giving *g = arg;
    enum rc rc = look(db, g);

    if (!rc)
        rc = check(g);
    if (!rc)
        rc = apply(db, g);
    if (!rc)
        rc = write_down(db, g);
    if (rc)
        return rc;
    *g->result = (struct message_result){ .state = g->facts.state, .expires_at = g->expires_at };
    switch (g->command->order) {
    case ORDER_HOLD:
        g->result->state = MESSAGE_HELD;
        break;
    case ORDER_CANCEL:
        g->result->state = MESSAGE_CANCELLED;
        break;
    case ORDER_RELEASE:
    case ORDER_RETRY:
        g->result->state = MESSAGE_QUEUED;
        g->result->waits_for_campaign = g->ahead ? g->ahead_held : g->campaign_paused;
        break;
    case ORDER_COUNT:
        break;
    }
    return RC_OK;
}

enum rc message_command(struct db *db, const struct message_command *command,
                        struct message_result *result, struct error *err)
{
    struct giving g = { .command = command, .now = clock_now(), .err = err, .result = result };
    enum rc rc = db_new_timed_ids(db, "message_event", 1, &g.event_id);

    if (!rc)
        rc = audit_new_id(db, &g.audit_id);
    if (!rc)
        rc = db_transaction(db, body, &g);
    if (rc == RC_NOTFOUND)
        error_set(err, rc, "there is no message %llu", (unsigned long long)command->message_id);
    return rc;
}

enum rc message_order_bars(struct db *db, uint64_t message_id, const char *bars[ORDER_COUNT])
{
    const struct message_command command = { .message_id = message_id };
    struct giving g = { .command = &command, .now = clock_now() };
    enum rc rc = db_transaction(db, look, &g);

    for (int order = 0; !rc && order < ORDER_COUNT; order++)
        bars[order] = message_order_bar((enum message_order)order, &g.facts);
    return rc;
}
