/* gateway_wire.c - claimed messages onto the wires: urgent ones first, queue by queue in turn. */
#include <string.h>

#include "base/metric.h"
#include "domain/message.h"
#include "flow/gateway_private.h"

/* What waits longer is put back: its right to be sent is looked at again by a new claim. */
#define CLAIM_STALE_US (10 * USEC_PER_SEC)
#define TURN           64 /* messages of one queue before the next one's turn */

enum gateway_urgency gateway_urgency_of(const struct flight *f)
{
    return f->message->class == CLASS_PROMO ? GATEWAY_PROMO : GATEWAY_URGENT;
}

void gateway_make_ready(struct gateway *g, struct flight *f, bool first)
{
    struct flight_list *list = &f->queue->ready[gateway_urgency_of(f)];

    if (f->ready)
        return;
    f->ready = true;
    g->n_ready++;
    f->queue->n_ready[gateway_urgency_of(f)]++;
    if (first)
        STAILQ_INSERT_HEAD(list, f, ready_link);
    else
        STAILQ_INSERT_TAIL(list, f, ready_link);
}

static struct flight *take_ready(struct gateway *g, struct gateway_queue *q, enum gateway_urgency u)
{
    struct flight *f = STAILQ_FIRST(&q->ready[u]);

    if (!f)
        return NULL;
    STAILQ_REMOVE_HEAD(&q->ready[u], ready_link);
    f->ready = false;
    g->n_ready--;
    q->n_ready[u]--;
    return f;
}

/* A reason not to send what was claimed a moment ago; NULL: send. */
static const char *last_look(struct gateway *g, const struct flight *f, utc_us now)
{
    const struct outbox_message *m = f->message;

    if (flight_has_begun(f))
        return NULL; /* the rest of a message that has begun to leave */
    if (m->expires_at <= now)
        return "expired";
    if (m->class == CLASS_PROMO && stop_list_has(g->stops, m->address, f->claimed_at))
        return "opted_out";
    return f->queue->route->n_ways == 0 ? "no_route" : NULL;
}

static void give_up(struct gateway *g, struct flight *f, const char *why)
{
    enum outbox_event_kind kind = strcmp(why, "expired") == 0     ? OUTBOX_EXPIRED
                                  : strcmp(why, "opted_out") == 0 ? OUTBOX_CANCELLED
                                                                  : OUTBOX_REFUSED;

    f->waiting = 0;
    f->refused = 1;
    f->carrier = NULL; /* no carrier says so */
    gateway_record(g, f, kind, kind == OUTBOX_REFUSED ? OUTBOX_ALL_PARTS : 0, 0, why);
    gateway_land(g, f);
}

static bool is_stale(const struct flight *f, int64_t monotonic)
{
    return !flight_has_begun(f) && monotonic - f->claimed_at > CLAIM_STALE_US;
}

/* Its window closed since it was claimed. What has begun to leave leaves whole. */
static bool is_closed(const struct flight *f, utc_us now)
{
    return f->message->closes_at && f->message->closes_at <= now && !flight_has_begun(f);
}

static void put_back(struct gateway *g, struct flight *f)
{
    f->unsent |= f->waiting;
    f->waiting = 0;
    if (!f->parts_out)
        gateway_land(g, f);
}

static uint32_t validity_s(const struct outbox_message *m, utc_us now)
{
    int64_t left = (m->expires_at - now) / USEC_PER_SEC;

    return left < 60 ? 60 : left > INT32_MAX ? INT32_MAX : (uint32_t)left;
}

static enum rc submit_piece(struct gateway_carrier *c, const struct flight *f,
                            const struct smpp_piece *piece, unsigned part, utc_us now)
{
    const struct outbox_message *m = f->message;
    const struct smpp_submit submit = {
        .token = flight_token(f, part),
        .source = m->sender,
        .destination = m->address,
        .piece = *piece,
        .reference = message_reference(m->id, part == OUTBOX_ALL_PARTS ? 0 : part),
        .validity_s = validity_s(m, now),
        .want_receipt = true,
    };

    return smpp_carrier_submit(c->smpp, &submit);
}

/* All waiting parts that its carrier has room for. RC_AGAIN: some are left. */
static enum rc submit_parts(struct gateway *g, struct flight *f, const struct smpp_pieces *pieces,
                            utc_us now, int64_t monotonic)
{
    for (unsigned i = 0; i < pieces->n; i++) {
        unsigned part = pieces->whole && f->message->parts > 1 ? OUTBOX_ALL_PARTS : i;
        uint32_t mask = flight_mask(f, part);
        struct gateway_carrier *c = f->carrier;
        enum rc rc;

        if (f->refused) { /* one part lost is the text lost: the others are not paid for */
            f->waiting = 0;
            return RC_OK;
        }
        if (!(f->waiting & mask))
            continue;
        if (f->parts_out && gateway_choose(g, f, monotonic) != c)
            return RC_AGAIN;
        rc = submit_piece(c, f, &pieces->piece[i], part, now);
        if (rc == RC_AGAIN)
            return RC_AGAIN;
        f->waiting &= ~mask;
        if (rc) {
            f->refused |= mask;
            gateway_record(g, f, OUTBOX_REFUSED, part, 0, "cannot_be_packed");
            continue;
        }
        f->parts_out++;
        gateway_sent(c, f, monotonic);
    }
    return RC_OK;
}

/* Its place among the ways of the flight's route. */
static uint32_t way_bit(const struct gateway *g, const struct flight *f,
                        const struct gateway_carrier *c)
{
    const struct route *r = f->queue->route;

    for (size_t i = 0; i < r->n_ways; i++) {
        if (g->carriers[r->ways[i].carrier] == c)
            return 1u << i;
    }
    return 0;
}

/* RC_AGAIN: no room for all of it now; what could not go stays in f->waiting. */
static enum rc submit_flight(struct gateway *g, struct flight *f, utc_us now, int64_t monotonic)
{
    const char *why = last_look(g, f, now);
    struct smpp_pieces pieces;
    enum rc rc;

    if (why) {
        give_up(g, f, why);
        return RC_OK;
    }
    if (is_stale(f, monotonic) || is_closed(f, now)) {
        put_back(g, f);
        return RC_OK;
    }
    do {
        struct gateway_carrier *c = gateway_choose(g, f, monotonic);
        if (!c)
            return RC_AGAIN; /* one that has begun keeps its carrier */
        f->carrier = c;
        rc = smpp_carrier_encode(f->carrier->smpp, f->message->text, f->message->parts,
                                 f->message->id, &pieces);
        if (rc == RC_CONFLICT) /* this carrier cannot say it in so many parts; another may */
            f->unable |= way_bit(g, f, f->carrier);
    } while (rc == RC_CONFLICT && f->unable + 1 < 1u << f->queue->route->n_ways);
    if (rc) {
        give_up(g, f, "text");
        return RC_OK;
    }
    rc = submit_parts(g, f, &pieces, now, monotonic);
    if (!rc && !f->parts_out)
        gateway_land(g, f);
    return rc;
}

/* What has begun to leave stands in front, and needs but its own wire. */
static bool may_submit(struct gateway *g, struct gateway_queue *q, enum gateway_urgency u,
                       int64_t monotonic)
{
    const struct flight *f = STAILQ_FIRST(&q->ready[u]);

    return f && (flight_has_begun(f) || gateway_queue_room(g, q, u, monotonic));
}

/* A turn of one queue. Those whose carrier has no room are set aside: another one's may pass them.
 */
static bool submit_turn(struct gateway *g, struct gateway_queue *q, enum gateway_urgency u,
                        utc_us now, int64_t monotonic)
{
    struct flight_list blocked = STAILQ_HEAD_INITIALIZER(blocked);
    size_t sent = 0, n_blocked = 0;
    struct flight *f;

    while (sent < TURN && n_blocked < TURN && may_submit(g, q, u, monotonic)) {
        f = take_ready(g, q, u);
        if (submit_flight(g, f, now, monotonic)) {
            STAILQ_INSERT_TAIL(&blocked, f, ready_link);
            n_blocked++;
        } else {
            sent++;
        }
    }
    STAILQ_FOREACH (f, &blocked, ready_link)
        f->ready = true;
    g->n_ready += n_blocked;
    q->n_ready[u] += n_blocked;
    STAILQ_CONCAT(&blocked, &q->ready[u]); /* in front again, in their order */
    STAILQ_CONCAT(&q->ready[u], &blocked);
    return sent > 0;
}

void gateway_submit_ready(struct gateway *g, int64_t monotonic)
{
    utc_us now = clock_now();

    for (int u = GATEWAY_URGENT; u < GATEWAY_URGENCIES; u++) {
        bool progress = g->n_ready > 0;
        while (progress) {
            progress = false;
            for (size_t i = 0; i < g->n_queues; i++) {
                struct gateway_queue *q = g->queues[(g->first_queue + i) % g->n_queues];
                if (!STAILQ_EMPTY(&q->ready[u]))
                    progress |= submit_turn(g, q, (enum gateway_urgency)u, now, monotonic);
            }
        }
    }
    if (g->n_queues)
        g->first_queue = (g->first_queue + 1) % g->n_queues;
}

/* Those of a list that have not begun to leave and are chosen go back; the others stay as they are.
 */
static void put_back_some(struct gateway *g, struct gateway_queue *q, enum gateway_urgency u,
                          bool all, utc_us now, int64_t monotonic)
{
    for (size_t n = q->n_ready[u]; n > 0; n--) {
        struct flight *f = take_ready(g, q, u);
        if (!flight_has_begun(f) && (all || is_stale(f, monotonic) || is_closed(f, now)))
            put_back(g, f);
        else
            gateway_make_ready(g, f, false);
    }
}

void gateway_put_back_all(struct gateway *g)
{
    for (size_t i = 0; i < g->n_queues; i++) {
        for (int u = GATEWAY_URGENT; u < GATEWAY_URGENCIES; u++)
            put_back_some(g, g->queues[i], (enum gateway_urgency)u, true, 0, 0);
    }
}

/* Those that are left have windows that close later, if any. */
static utc_us next_closing(const struct gateway_queue *q)
{
    const struct flight *f;
    utc_us at = 0;

    for (int u = GATEWAY_URGENT; u < GATEWAY_URGENCIES; u++) {
        STAILQ_FOREACH (f, &q->ready[u], ready_link) {
            if (f->message->closes_at && !flight_has_begun(f) &&
                (!at || f->message->closes_at < at))
                at = f->message->closes_at;
        }
    }
    return at;
}

void gateway_put_back_stuck(struct gateway *g, int64_t monotonic)
{
    utc_us now = clock_now();

    for (size_t i = 0; i < g->n_queues; i++) {
        struct gateway_queue *q = g->queues[i];
        bool shut = gateway_queue_is_shut(g, q), closing = q->closes_at && q->closes_at <= now;
        for (int u = GATEWAY_URGENT; u < GATEWAY_URGENCIES; u++) {
            const struct flight *oldest = STAILQ_FIRST(&q->ready[u]);
            if (oldest && (shut || closing || is_stale(oldest, monotonic)))
                put_back_some(g, q, (enum gateway_urgency)u, shut, now, monotonic);
        }
        if (closing)
            q->closes_at = next_closing(q);
    }
}
