/* outbox_claim.c - take messages from the front of the queue, committed before any wire sees them.
 */
#include "store/outbox.h"

#include <stdlib.h>
#include <string.h>

#include "store/outbox_right_sql.h"
#include "store/send_window.h"
#include "store/timed_id.h"

#define LOG_PART "store"
#include "base/log.h"

#define SLICES_AT_ONCE  16 /* locked together: the rest of the queue stays free for other nodes */
#define SLICES_A_CLAIM  256
#define PUT_OFF_A_CLAIM 256 /* slices found shut: urgent messages must not wait for all of them */
#define PUT_OFF_MAX_US  (SEC_PER_DAY * USEC_PER_SEC) /* of a window that never opens */

/* One class at a time: so the index gives them in their order and ends at those not yet due. */
static const char SQL_SLICES[] =
    "SELECT id, round, last_id, next_id, window_id, campaign_id"
    "  FROM outbox_slice"
    " WHERE queue_id = ? AND state = 'ready' AND class = ? AND due_at <= ? AND node_id IN (0, ?)"
    " ORDER BY due_at, id"
    " LIMIT ?"
    "   FOR UPDATE SKIP LOCKED";

/* The consent is looked at here, in the transaction that commits the message as `submitting`. */
#define MESSAGES_HEAD                                                      \
    "SELECT m.id, m.parts, m.attempts, m.expires_at, m.address, m.sender," \
    "       IF(m.channel = 'email', '', m.text),"                          \
    "       CASE WHEN m.expires_at <= ? THEN 'expired'" OUTBOX_RIGHT_ARMS  \
    "            WHEN SUBSTR(c.promo_times, ?, 4) >= ? THEN 'frequency_cap'"

/* Since an operator had it tried again. */
#define PUT_OFFS                                                                  \
    "  FROM message_event e"                                                      \
    " WHERE e.message_id = m.id AND e.kind = 'requeued' AND e.detail = 'put_off'" \
    "   AND e.id > COALESCE((SELECT MAX(r.id)"                                    \
    "                          FROM message_event r"                              \
    "                         WHERE r.message_id = m.id AND r.kind = 'retried'), 0)"

#define MESSAGES_TAIL                                                                          \
    "            ELSE '' END,"                                                                 \
    "       IF(m.attempts = 0, 0, (SELECT COUNT(*)" PUT_OFFS "))," /* most were never tried */ \
    "       IF(m.attempts = 0, NULL, (SELECT MIN(e.at)" PUT_OFFS ")),"                         \
    "       m.claims"                                                                          \
    "  FROM message m" OUTBOX_RIGHT_JOINS " WHERE m.id BETWEEN ? AND ?"                        \
    "   AND (m.state = 'queued' OR (m.state = 'unknown' AND m.class <> 'promo'))"              \
    " ORDER BY m.id"                                                                           \
    " LIMIT ?"

static const char SQL_MESSAGES[] = MESSAGES_HEAD MESSAGES_TAIL;

/*
 * customer.promo_times is written after the sending. So when another campaign has messages under
 * way, too, the customer's messages themselves are counted: what is with a carrier or may be, and
 * is of the cap's time. By its id, which carries the time it was made; of one made before that, by
 * the time it was taken.
 */
static const char SQL_MESSAGES_AMONG_OTHERS[] = MESSAGES_HEAD
    "            WHEN (SELECT COUNT(*)"
    "                    FROM message r"
    "                   WHERE r.customer_id = m.customer_id AND r.id >= ? AND r.id <> m.id"
    "                     AND r.class = 'promo'"
    "                     AND (r.state IN ('submitting', 'unknown') OR r.accepted_parts <> 0)"
    "                     AND (r.id >= ? OR r.state = 'submitting'"
    "                          OR EXISTS (SELECT 1 FROM message_event e"
    "                                      WHERE e.message_id = r.id"
    "                                        AND e.kind IN ('accepted', 'unknown')"
    "                                        AND e.at >= ?))) >= ? THEN "
    "'frequency_cap'" MESSAGES_TAIL;

/* Whether any but this campaign has messages in the queue, or sent ones that promo_times may not
 * know of yet. */
static const char SQL_OTHERS[] =
    "SELECT EXISTS (SELECT 1 FROM outbox_slice WHERE campaign_id < ?)"
    "       OR EXISTS (SELECT 1 FROM outbox_slice WHERE campaign_id > ?)"
    "       OR EXISTS (SELECT 1"
    "                    FROM contact_due d"
    "                    JOIN message m ON m.id = d.first_id"
    "                   WHERE NOT m.campaign_id <=> ?)";

/* Where promotions are capped, the claims of several nodes come one after the other. */
static const char SQL_TURN[] = "INSERT INTO promo_turn (id, turn) VALUES (1, 1)"
                               "    ON DUPLICATE KEY UPDATE turn = turn + 1";

static const char SQL_PUT_OFF[] = "UPDATE outbox_slice"
                                  "   SET due_at = ?"
                                  " WHERE id = ? AND round = ? AND state = 'ready'";

static const char SQL_WITHHOLD[] = "UPDATE message"
                                   "   SET state = ?, reason = ?"
                                   " WHERE id = ? AND state IN ('queued', 'unknown')";

static const char SQL_WITHHELD_EVENT[] =
    "INSERT INTO message_event (id, message_id, part, kind, at, detail)"
    "VALUES (?, ?, 0, ?, ?, ?)";

/* The withheld ones of the range have left these states by now. */
static const char SQL_SUBMITTING[] =
    "UPDATE message"
    "   SET state = 'submitting', attempts = LEAST(attempts + 1, 250), claims = claims + 1"
    " WHERE id BETWEEN ? AND ?"
    "   AND (state = 'queued' OR (state = 'unknown' AND class <> 'promo'))";

static const char SQL_ADVANCE[] =
    "UPDATE outbox_slice"
    "   SET next_id = ?, node_id = ?, state = IF(next_id > last_id, 'waiting', 'ready')"
    " WHERE id = ? AND round = ?";

struct slice {
    struct outbox_slice_key key;
    enum message_class class;
    uint64_t last_id, next_id, campaign_id;
    unsigned window_id;
    utc_us closes_at; /* its window; 0: it has none */
};

struct withheld {
    uint64_t id;
    char reason[20];
};

struct claiming {
    struct outbox_request *requests;
    size_t n_requests;
    utc_us now;
    struct send_windows *windows;
    bool had_turn;
    unsigned limit;          /* of all requests */
    uint64_t first_event_id; /* 0, or the first of as many ids as `limit` */
    uint64_t event_id;       /* the next of them */
    bool need_ids;           /* the body met messages to withhold and had no ids for their events */
    struct arena *arena;
    struct outbox_claim *out;
    struct slice slices[SLICES_AT_ONCE];
    size_t n_slices;
    struct withheld *withheld;           /* of the slice at hand */
    unsigned queue_id, left, left_promo; /* of the request at hand */
    utc_us consents_since;               /* the same */
};

/* The next slices of a class in the queue at hand. */
static enum rc find_slices(struct db *db, struct claiming *c, enum message_class class, size_t n)
{
    struct db_rows *rows;
    enum rc rc = db_query(db, SQL_SLICES,
                          DB_IN(db_u64(c->queue_id), db_text(message_class_name(class)),
                                db_time(c->now), db_u64(db_node(db)), db_u64(n)),
                          &rows);

    c->n_slices = 0;
    if (rc)
        return rc;
    while (db_next(rows)) {
        c->slices[c->n_slices++] = (struct slice){
            .key = { .id = db_get_u64(rows, 0), .round = (unsigned)db_get_u64(rows, 1) },
            .class = class,
            .last_id = db_get_u64(rows, 2),
            .next_id = db_get_u64(rows, 3),
            .window_id = (unsigned)db_get_u64(rows, 4),
            .campaign_id = db_get_u64(rows, 5),
        };
    }
    return db_rows_end(rows);
}

static enum rc copy_message(struct claiming *c, const struct slice *s, const struct db_rows *rows)
{
    struct outbox_message *m = &c->out->messages[c->out->n];

    m->id = db_get_u64(rows, 0);
    m->slice = s->key;
    m->queue_id = c->queue_id;
    m->class = s->class;
    m->parts = (unsigned)db_get_u64(rows, 1);
    m->attempts = (unsigned)db_get_u64(rows, 2) + 1;
    m->put_offs = (unsigned)db_get_u64(rows, 8);
    m->put_off_since = db_get_time(rows, 9);
    m->claims = (unsigned)db_get_u64(rows, 10) + 1;
    m->expires_at = db_get_time(rows, 3);
    m->closes_at = s->closes_at;
    m->address = arena_copy(c->arena, db_get_text(rows, 4), strlen(db_get_text(rows, 4)));
    m->sender = arena_copy(c->arena, db_get_text(rows, 5), strlen(db_get_text(rows, 5)));
    m->text = arena_copy(c->arena, db_get_text(rows, 6), strlen(db_get_text(rows, 6)));
    if (!m->address || !m->sender || !m->text)
        return RC_FAIL;
    c->out->n++;
    return RC_OK;
}

/* --- how often --- */

struct cap {
    unsigned n;             /* 0: none */
    unsigned char since[4]; /* as in promo_times */
    utc_us from;            /* the same */
    bool others;            /* another campaign is under way */
};

/* Part of the claim: nobody else's claim of promotions is between this and its COMMIT. */
static enum rc read_cap(struct db *db, struct claiming *c, const struct slice *s, struct cap *cap)
{
    const struct send_rules *rules = c->windows ? send_windows_rules(c->windows) : NULL;
    uint64_t others = 0;
    enum rc rc = RC_OK;

    *cap = (struct cap){ .since = { 0xff, 0xff, 0xff, 0xff } };
    if (s->class != CLASS_PROMO || !rules || !rules->cap)
        return RC_OK;
    cap->n = rules->cap;
    cap->from = c->now - rules->cap_period_s * USEC_PER_SEC;
    for (int i = 0; i < 4; i++)
        cap->since[i] = (unsigned char)(cap->from / USEC_PER_SEC >> (24 - 8 * i));
    if (!c->had_turn)
        rc = db_run(db, SQL_TURN, DB_NO_INPUT, NULL);
    c->had_turn = true;
    if (!rc)
        rc = db_query_u64(
            db, SQL_OTHERS,
            DB_IN(db_u64(s->campaign_id), db_u64(s->campaign_id), db_u64(s->campaign_id)), &others);
    cap->others = others != 0;
    return rc;
}

/* No message waits longer for its time: 30 days at most, of 72 hours a week. */
#define WAIT_MAX_US (100 * SEC_PER_DAY * USEC_PER_SEC)

static enum rc ask_messages(struct db *db, struct claiming *c, const struct slice *s,
                            unsigned wanted, struct db_rows **rows)
{
    struct db_value values[12];
    struct cap cap;
    size_t n = 0;
    enum rc rc = read_cap(db, c, s, &cap);

    if (rc)
        return rc;
    values[n++] = db_time(c->now);
    values[n++] = db_time(c->consents_since);
    values[n++] = db_u64(cap.n ? 4 * cap.n - 3 : 1);
    values[n++] = db_bytes(cap.since, sizeof(cap.since));
    if (cap.others) {
        values[n++] = db_u64(timed_id_at(cap.from - WAIT_MAX_US));
        values[n++] = db_u64(timed_id_at(cap.from));
        values[n++] = db_time(cap.from);
        values[n++] = db_u64(cap.n);
    }
    values[n++] = db_u64(s->next_id);
    values[n++] = db_u64(s->last_id);
    values[n++] = db_u64(wanted);
    return db_query(db, cap.others ? SQL_MESSAGES_AMONG_OTHERS : SQL_MESSAGES, values, n, rows);
}

/* Messages of one slice into the claim. *last: the last id looked at; *seen: how many rows. */
static enum rc read_messages(struct db *db, struct claiming *c, const struct slice *s,
                             unsigned wanted, uint64_t *last, unsigned *seen, size_t *withheld)
{
    struct db_rows *rows;
    enum rc rc = ask_messages(db, c, s, wanted, &rows), end;

    if (rc)
        return rc;
    while (!rc && db_next(rows)) {
        const char *why = db_get_text(rows, 7);
        *last = db_get_u64(rows, 0);
        ++*seen;
        if (*why) {
            struct withheld *w = &c->withheld[(*withheld)++];
            w->id = *last;
            strncpy(w->reason, why, sizeof(w->reason) - 1);
        } else {
            rc = copy_message(c, s, rows);
        }
    }
    end = db_rows_end(rows);
    return rc ? rc : end;
}

/* Withholding is rare and ids can't be taken inside a transaction, so the first time the body gives
 * up and runs again with ids in hand. */
static enum rc withhold(struct db *db, struct claiming *c, size_t n)
{
    if (n && !c->first_event_id) {
        c->need_ids = true;
        return RC_CONFLICT;
    }
    for (size_t i = 0; i < n; i++) {
        const struct withheld *w = &c->withheld[i];
        const char *state = strcmp(w->reason, "expired") == 0 ? "expired" : "cancelled";
        uint64_t changed;
        enum rc rc = db_run(db, SQL_WITHHOLD,
                            DB_IN(db_text(state), db_text(w->reason), db_u64(w->id)), &changed);
        if (!rc && changed)
            rc = db_run(db, SQL_WITHHELD_EVENT,
                        DB_IN(db_u64(c->event_id++), db_u64(w->id), db_text(state), db_time(c->now),
                              db_text(w->reason)),
                        NULL);
        if (rc)
            return rc;
    }
    c->out->withheld += n;
    return RC_OK;
}

/* RC_CONFLICT: a message changed its state between our look and our update (a late receipt, a
 * cancellation): the transaction is given up and the next claim sees it as it is. */
static enum rc mark_submitting(struct db *db, const struct slice *s, uint64_t last, size_t expected)
{
    uint64_t changed;
    enum rc rc;

    if (!expected)
        return RC_OK;
    rc = db_run(db, SQL_SUBMITTING, DB_IN(db_u64(s->next_id), db_u64(last)), &changed);
    if (rc)
        return rc;
    return changed == expected ? RC_OK : RC_CONFLICT;
}

static unsigned smaller(unsigned a, unsigned b)
{
    return a < b ? a : b;
}

static unsigned room_for(const struct claiming *c, enum message_class class)
{
    return class == CLASS_PROMO ? smaller(c->left, c->left_promo) : c->left;
}

/* *shut: its window is. It is due again when that opens. */
static enum rc look_at_window(struct db *db, struct claiming *c, struct slice *s, bool *shut)
{
    struct send_state state;
    enum rc rc;

    *shut = false;
    if (!c->windows || (s->class != CLASS_PROMO && !s->window_id))
        return RC_OK;
    rc = send_windows_state(db, c->windows, s->window_id, c->now, &state);
    if (rc)
        return rc;
    *shut = !state.open;
    s->closes_at = state.until == CALENDAR_NEVER ? 0 : state.until;
    if (state.open)
        return RC_OK;
    c->out->put_off++;
    return db_run(
        db, SQL_PUT_OFF,
        DB_IN(db_time(state.until == CALENDAR_NEVER ? c->now + PUT_OFF_MAX_US : state.until),
              db_u64(s->key.id), db_u64(s->key.round)),
        NULL);
}

/* *rest: the limit was met before the slice was empty. */
static enum rc claim_slice(struct db *db, struct claiming *c, struct slice *s, bool *rest)
{
    unsigned wanted = room_for(c, s->class);
    size_t before = c->out->n, withheld = 0, claimed;
    uint64_t last = s->next_id, next;
    unsigned seen = 0;
    bool exhausted;
    enum rc rc = look_at_window(db, c, s, rest);

    if (rc || *rest) {
        *rest = false;
        return rc;
    }
    rc = read_messages(db, c, s, wanted, &last, &seen, &withheld);
    if (rc)
        return rc;
    rc = withhold(db, c, withheld);
    if (rc)
        return rc;
    claimed = c->out->n - before;
    rc = mark_submitting(db, s, last, claimed);
    if (rc)
        return rc;
    c->left -= seen;
    if (s->class == CLASS_PROMO)
        c->left_promo -= seen;
    exhausted = seen < wanted || last == s->last_id;
    next = exhausted ? s->last_id + 1 : last + 1;
    *rest = !exhausted;
    c->out->slices[c->out->n_slices++] = (struct outbox_slice_claim){
        .key = s->key,
        .claimed = (unsigned)claimed,
        .exhausted = exhausted,
    };
    return db_run(db, SQL_ADVANCE,
                  DB_IN(db_u64(next), db_u64(db_node(db)), db_u64(s->key.id), db_u64(s->key.round)),
                  NULL);
}

/*
 * A slice that is exhausted is `waiting` from then on and not found again, so each look finds the
 * next ones. The first look takes one slice alone, which often fills the limit: what it locked
 * besides, other nodes would pass by. *more: the limit was met; there may be more of this class.
 */
static enum rc claim_class(struct db *db, struct claiming *c, enum message_class class, bool *more)
{
    size_t page = 1;
    enum rc rc;

    for (;;) {
        size_t room = SLICES_A_CLAIM - c->out->n_slices;
        if (c->out->put_off >= PUT_OFF_A_CLAIM) {
            *more = true;
            return RC_OK;
        }
        page = page < room ? page : room;
        *more = !page || !room_for(c, class);
        if (*more)
            return RC_OK;
        rc = find_slices(db, c, class, page);
        for (size_t i = 0; !rc && !*more && i < c->n_slices; i++) {
            rc = claim_slice(db, c, &c->slices[i], more);
            *more |= i + 1 < c->n_slices && !room_for(c, class);
        }
        if (rc || *more || c->n_slices < page)
            return rc;
        page = SLICES_AT_ONCE;
    }
}

static enum rc claim_queue(struct db *db, struct claiming *c, struct outbox_request *request,
                           unsigned limit)
{
    bool alerts, services;
    enum rc rc;

    c->queue_id = request->queue_id;
    c->consents_since = request->consents_since;
    c->left = limit;
    c->left_promo = smaller(limit, request->limit_promo);
    request->more_urgent = request->more_promo = false;
    rc = claim_class(db, c, CLASS_ALERT, &alerts);
    if (!rc)
        rc = claim_class(db, c, CLASS_SERVICE, &services);
    if (rc)
        return rc;
    request->more_urgent = alerts || services;
    return request->limit_promo ? claim_class(db, c, CLASS_PROMO, &request->more_promo) : RC_OK;
}

static enum rc claim_body(struct db *db, void *arg)
{
    struct claiming *c = arg;
    unsigned left = OUTBOX_CLAIM_MAX;
    enum rc rc = RC_OK;

    c->out->n = c->out->n_slices = c->out->withheld = c->out->put_off = 0;
    c->had_turn = false;
    c->event_id = c->first_event_id;
    for (size_t i = 0; !rc && i < c->n_requests; i++) {
        unsigned limit = smaller(c->requests[i].limit, left);
        left -= limit;
        rc = claim_queue(db, c, &c->requests[i], limit);
    }
    return rc;
}

enum rc outbox_claim(struct db *db, struct outbox_request *requests, size_t n, utc_us now,
                     struct send_windows *windows, struct arena *arena, struct outbox_claim *claim)
{
    struct claiming c = { .requests = requests,
                          .n_requests = n,
                          .now = now,
                          .windows = windows,
                          .arena = arena,
                          .out = claim };
    enum rc rc;

    for (size_t i = 0; i < n; i++)
        c.limit += smaller(requests[i].limit, OUTBOX_CLAIM_MAX - c.limit);
    *claim = (struct outbox_claim){ 0 };
    claim->messages = arena_alloc(arena, (c.limit + 1) * sizeof(*claim->messages));
    claim->slices = arena_alloc(arena, SLICES_A_CLAIM * sizeof(*claim->slices));
    c.withheld = arena_alloc(arena, (c.limit + 1) * sizeof(*c.withheld));
    if (!claim->messages || !claim->slices || !c.withheld)
        return RC_FAIL;
    rc = db_transaction(db, claim_body, &c);
    if (rc == RC_CONFLICT && c.need_ids) {
        rc = db_new_timed_ids(db, "message_event", c.limit, &c.first_event_id);
        if (!rc)
            rc = db_transaction(db, claim_body, &c);
    }
    return rc == RC_CONFLICT ? RC_AGAIN : rc;
}
