/*
 * occasion_step.c - from due events to messages in the queue, a page at a time.
 *
 * As in an expansion, reading and writing texts come first, without a transaction; then ids; then
 * one transaction takes the events away and leaves what follows from them. It begins with the
 * occasion's own row, so that a change by a person is either seen or makes it give up.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "domain/route.h"
#include "store/campaign_message.h"
#include "store/occasion_page.h"
#include "store/queue.h"
#include "store/send_window.h"

#define LOG_PART "occasion"
#include "base/log.h"

#define PLACES_MAX    64
#define NAMES_MAX     1000               /* campaigns of one occasion in one month */
#define MESSAGE_MAX_S (30 * SEC_PER_DAY) /* no message waits longer */

static const char SQL_HOLD[] = "UPDATE occasion"
                               "   SET campaign_id = ?, campaign_to = ?"
                               " WHERE id = ? AND version = ? AND COALESCE(campaign_id, 0) = ?";

static const char SQL_CAMPAIGN_NEW[] =
    "INSERT INTO campaign (id, name, class, state, audience, template_id, body, sender,"
    "                      transliterate, expires_s, next_customer, created_at, started_at,"
    "                      occasion_id, template_version, channels, mail_template_id,"
    "                      mail_template_version)"
    "SELECT ?, ?, ?, 'sending', o.audience, o.template_id, o.body, o.sender, o.transliterate,"
    "       LEAST(o.expires_s, ?), ?, ?, ?, o.id, o.template_version, o.channels,"
    "       o.mail_template_id, o.mail_template_version"
    "  FROM occasion o"
    " WHERE o.id = ?";

static const char SQL_CAMPAIGN_NAME[] = "SELECT COUNT(*) FROM campaign WHERE name = ?";

static const char SQL_CAMPAIGN_GROWS[] =
    "UPDATE campaign"
    "   SET audience_n    = audience_n + ?,"
    "       message_n     = message_n + ?,"
    "       first_message = IF(first_message = 0, ?, first_message),"
    "       last_message  = GREATEST(last_message, ?)"
    " WHERE id = ? AND state = 'sending'";

static const char SQL_TAKE[] =
    "DELETE FROM occasion_event"
    " WHERE occasion_id = ? AND customer_id = ? AND subject_id = ? AND round = ? AND due_at = ?";

static const char SQL_POSTPONE[] =
    "UPDATE occasion_event"
    "   SET due_at = ?"
    " WHERE occasion_id = ? AND customer_id = ? AND subject_id = ? AND round = ? AND due_at = ?";

static const char SQL_SENT[] =
    "INSERT INTO occasion_sent (occasion_id, customer_id, subject_id, round, at, message_id,"
    "                           reason, id)"
    "VALUES (?, ?, ?, ?, ?, ?, ?, ?)";

/* A customer may have several messages of a campaign like this; the last one stands for them. */
static const char SQL_RECIPIENT[] =
    "INSERT INTO campaign_recipient (campaign_id, customer_id, message_id)"
    "VALUES (?, ?, ?)"
    "ON DUPLICATE KEY UPDATE message_id = VALUES(message_id)";

static const char SQL_EXCLUSION[] =
    "INSERT IGNORE INTO campaign_exclusion (campaign_id, customer_id, reason)"
    "VALUES (?, ?, ?)";

static const char SQL_SLICE[] =
    "INSERT INTO outbox_slice (id, queue_id, last_id, next_id, class, due_at, campaign_id,"
    "                          window_id, state)"
    "SELECT ?, ?, ?, ?, ?, ?, c.id, ?,"
    "       IF(c.rate_per_hour > 0 OR c.budget_cents IS NOT NULL, 'paced', 'ready')"
    "  FROM campaign c"
    " WHERE c.id = ?";

static const char SQL_GIVE_UP[] =
    "UPDATE occasion"
    "   SET state = 'off', since = NULL, pass_at = NULL, campaign_id = NULL, campaign_to = NULL,"
    "       version = version + 1"
    " WHERE id = ? AND version = ?";

enum { BULK_TAKE, BULK_POSTPONE, BULK_SENT, BULK_RECIPIENT, BULK_EXCLUSION, BULK_N };

static const struct {
    const char *sql;
    unsigned columns;
} bulk_kinds[BULK_N] = {
    [BULK_TAKE] = { SQL_TAKE, 5 },           [BULK_POSTPONE] = { SQL_POSTPONE, 6 },
    [BULK_SENT] = { SQL_SENT, 8 },           [BULK_RECIPIENT] = { SQL_RECIPIENT, 3 },
    [BULK_EXCLUSION] = { SQL_EXCLUSION, 3 },
};

struct outgoing {
    struct candidate *to;
    unsigned queue_id, window_id;
    uint64_t message_id;
};

struct turn {
    const struct occasion *o;
    const struct words_settings *words; /* NULL: there are no mails, and links stay as they are */
    struct candidate_page in;
    struct outgoing *out;
    size_t n_out, n_excluded;
    struct db_bulk *bulks[BULK_N];
    struct message_bulks messages;
    uint64_t campaign_id;
    bool new_campaign;
    char campaign_name[CAMPAIGN_NAME_MAX * 4 + 1];
    utc_us campaign_to;
    uint64_t first_log, next_log; /* ids of occasion_sent */
    utc_us now;
};

/* --- which campaign --- */

/* The first moment of the next month in the house, and what this one is called. */
static utc_us month_end(struct local_zone *house, utc_us now, char name[8])
{
    struct civil day = local_zone_civil(house, now);
    struct civil next = { .year = day.year + (day.month == 12),
                          .month = day.month % 12 + 1,
                          .day = 1 };

    snprintf(name, 8, "%04u-%02u", (unsigned)day.year % 10000, (unsigned)day.month % 100);
    return local_zone_to_utc(house, &next);
}

static enum rc name_campaign(struct db *db, struct turn *t, const char *month)
{
    uint64_t taken = 1;
    enum rc rc = RC_OK;

    for (int n = 1; !rc && taken && n <= NAMES_MAX; n++) {
        if (n == 1)
            snprintf(t->campaign_name, sizeof(t->campaign_name), "%s %s", t->o->name, month);
        else
            snprintf(t->campaign_name, sizeof(t->campaign_name), "%s %s (%d)", t->o->name, month,
                     n);
        rc = db_query_u64(db, SQL_CAMPAIGN_NAME, DB_IN(db_text(t->campaign_name)), &taken);
    }
    return rc;
}

static enum rc choose_campaign(struct db *db, struct turn *t, struct local_zone *house)
{
    const struct occasion *o = t->o;
    char month[8];
    enum rc rc;

    t->campaign_id = o->campaign_id;
    t->campaign_to = o->campaign_to;
    if (o->campaign_id && !o->campaign_over && t->now < o->campaign_to)
        return RC_OK;
    t->new_campaign = true;
    t->campaign_to = month_end(house, t->now, month);
    rc = name_campaign(db, t, month);
    return rc ? rc : db_new_ids(db, "campaign", 1, &t->campaign_id);
}

/* The occasion's row is locked from here to COMMIT. */
static enum rc hold_campaign(struct db *db, const struct turn *t)
{
    const struct occasion *o = t->o;
    uint64_t changed;
    enum rc rc = db_run(db, SQL_HOLD,
                        DB_IN(db_u64(t->campaign_id), db_time(t->campaign_to), db_u64(o->id),
                              db_u64(o->version), db_u64(o->campaign_id)),
                        &changed);

    if (rc || !changed)
        return rc ? rc : RC_CONFLICT;
    if (!t->new_campaign)
        return RC_OK;
    rc = db_run(db, SQL_CAMPAIGN_NEW,
                DB_IN(db_u64(t->campaign_id), db_text(t->campaign_name),
                      db_text(message_class_name(o->class)), db_i64(MESSAGE_MAX_S),
                      db_u64(CAMPAIGN_EXPANDED), db_time(t->now), db_time(t->now), db_u64(o->id)),
                NULL);
    return rc ? rc : link_list_write(db, t->campaign_id, &t->in.links);
}

/* --- the transaction --- */

static enum rc add(struct turn *t, int bulk, const struct db_value *row)
{
    return db_bulk_add(t->bulks[bulk], row);
}
#define ADD(t, bulk, ...) add((t), (bulk), (const struct db_value[]){ __VA_ARGS__ })

static enum rc add_sent(struct turn *t, const struct candidate *c, uint64_t message_id)
{
    return ADD(t, BULK_SENT, db_u64(t->o->id), db_u64(c->customer_id), db_u64(c->subject_id),
               db_u64(c->round), db_time(t->now), message_id ? db_u64(message_id) : db_null(),
               db_text(candidate_reason(c)), db_u64(t->next_log++));
}

static enum rc add_message(struct turn *t, const struct outgoing *out)
{
    const struct occasion *o = t->o;
    const struct candidate *c = out->to;
    const struct message_origin from = { t->campaign_id, o->class, o->sender, t->words, t->now };
    const utc_us longest =
        t->now +
        (o->rule.kind == OCCASION_INACTIVE ? o->rule.expires_s : MESSAGE_MAX_S) * USEC_PER_SEC;
    const struct message_place place = { out->message_id, out->queue_id, out->window_id,
                                         c->stale < longest ? c->stale : longest };
    enum rc rc = message_bulks_add(&t->messages, &from, c->recipient, &place);

    if (!rc)
        rc = ADD(t, BULK_RECIPIENT, db_u64(t->campaign_id), db_u64(c->customer_id),
                 db_u64(out->message_id));
    return rc ? rc : add_sent(t, c, out->message_id);
}

static enum rc add_left(struct turn *t, const struct candidate *c)
{
    const struct db_value key[] = { db_u64(t->o->id), db_u64(c->customer_id), db_u64(c->subject_id),
                                    db_u64(c->round), db_time(c->noted_due) };
    enum rc rc;

    if (c->verdict == VERDICT_WAIT)
        return ADD(t, BULK_POSTPONE, db_time(c->due), key[0], key[1], key[2], key[3], key[4]);
    rc = add(t, BULK_TAKE, key);
    if (!rc && *candidate_reason(c))
        rc = add_sent(t, c, 0);
    if (!rc && c->verdict == VERDICT_EXCLUDED)
        rc = ADD(t, BULK_EXCLUSION, db_u64(t->campaign_id), db_u64(c->customer_id),
                 db_text(exclusion_name(c->recipient->why)));
    return rc;
}

static enum rc fill_bulks(struct turn *t)
{
    enum rc rc = RC_OK;

    t->next_log = t->first_log;
    for (int b = 0; b < BULK_N; b++)
        db_bulk_reset(t->bulks[b]);
    message_bulks_reset(&t->messages);
    for (size_t i = 0; !rc && i < t->in.n; i++)
        rc = add_left(t, &t->in.list[i]);
    for (size_t i = 0; !rc && i < t->n_out; i++)
        rc = add_message(t, &t->out[i]);
    return rc;
}

static bool same_slice(const struct outgoing *a, const struct outgoing *b)
{
    return a->queue_id == b->queue_id && a->window_id == b->window_id &&
           a->to->leave_at == b->to->leave_at;
}

/* One for each run of messages in one queue that may leave at one time. */
static enum rc write_slices(struct db *db, const struct turn *t)
{
    enum rc rc = RC_OK;

    for (size_t i = 0, end; !rc && i < t->n_out; i = end) {
        const struct outgoing *first = &t->out[i];
        for (end = i + 1; end < t->n_out && same_slice(first, &t->out[end]); end++)
            ;
        rc = db_run(db, SQL_SLICE,
                    DB_IN(db_u64(first->message_id), db_u64(first->queue_id),
                          db_u64(first->message_id + (end - i) - 1), db_u64(first->message_id),
                          db_text(message_class_name(t->o->class)), db_time(first->to->leave_at),
                          db_u64(first->window_id), db_u64(t->campaign_id)),
                    NULL);
    }
    return rc;
}

static enum rc grow_campaign(struct db *db, const struct turn *t, uint64_t excluded)
{
    uint64_t changed;
    enum rc rc = db_run(db, SQL_CAMPAIGN_GROWS,
                        DB_IN(db_u64(t->n_out + excluded), db_u64(t->n_out),
                              db_u64(t->n_out ? t->out[0].message_id : 0),
                              db_u64(t->n_out ? t->out[t->n_out - 1].message_id : 0),
                              db_u64(t->campaign_id)),
                        &changed);

    return rc ? rc : changed ? RC_OK : RC_CONFLICT; /* paused meanwhile */
}

static enum rc turn_body(struct db *db, void *arg)
{
    struct turn *t = arg;
    uint64_t changed[BULK_N] = { 0 };
    enum rc rc = t->n_out || t->n_excluded ? hold_campaign(db, t) : RC_OK;

    if (!rc)
        rc = fill_bulks(t);
    for (int b = 0; !rc && b < BULK_N; b++) {
        rc = db_bulk_run(db, bulk_kinds[b].sql, t->bulks[b], &changed[b]);
        /* Another node was faster, or it was noted again: then all of it is looked at again. */
        if (!rc && (b == BULK_TAKE || b == BULK_POSTPONE) &&
            changed[b] != db_bulk_rows(t->bulks[b]))
            rc = RC_CONFLICT;
    }
    if (!rc)
        rc = message_bulks_run(db, &t->messages, 1);
    if (!rc && (t->n_out || t->n_excluded))
        rc = grow_campaign(db, t, changed[BULK_EXCLUSION]);
    return rc ? rc : write_slices(db, t);
}

/* --- before it --- */

struct known_queue {
    char name[QUEUE_NAME_SIZE];
    unsigned id;
};

static enum rc queue_of(struct db *db, struct known_queue *known, size_t *n, const char *name,
                        enum channel channel, unsigned *id)
{
    size_t i = 0;
    enum rc rc;

    while (i < *n && strcmp(known[i].name, name) != 0)
        i++;
    if (i == *n) {
        i = *n < ROUTES_MAX ? (*n)++ : 0;
        snprintf(known[i].name, sizeof(known[i].name), "%s", name);
        rc = queue_open(db, name, channel, &known[i].id);
        if (rc) {
            *n = 0;
            return rc;
        }
    }
    *id = known[i].id;
    return RC_OK;
}

struct known_place {
    struct place place;
    unsigned id;
};

static enum rc window_of(struct db *db, struct known_place *known, size_t *n,
                         const struct place *place, unsigned *id)
{
    size_t i = 0;
    enum rc rc;

    *id = 0;
    if (!*place->zone)
        return RC_OK;
    while (i < *n && memcmp(&known[i].place, place, sizeof(*place)) != 0)
        i++;
    if (i == *n) {
        const struct send_window window = { .place = *place, .promo = true, .hours = "" };
        i = *n < PLACES_MAX ? (*n)++ : 0;
        known[i].place = *place;
        rc = send_window_open(db, &window, &known[i].id);
        if (rc)
            return rc;
    }
    *id = known[i].id;
    return RC_OK;
}

static int by_queue(const void *a, const void *b)
{
    const struct outgoing *x = a, *y = b;

    if (x->queue_id != y->queue_id)
        return x->queue_id < y->queue_id ? -1 : 1;
    if (x->window_id != y->window_id)
        return x->window_id < y->window_id ? -1 : 1;
    if (x->to->leave_at != y->to->leave_at)
        return x->to->leave_at < y->to->leave_at ? -1 : 1;
    return (x->to->customer_id > y->to->customer_id) - (x->to->customer_id < y->to->customer_id);
}

/* By which route each of them leaves. */
static enum rc sort_into_queues(struct db *db, struct turn *t, const struct route_table *routes,
                                struct arena *arena)
{
    struct known_queue *known = arena_alloc(arena, ROUTES_MAX * sizeof(*known));
    struct known_place *places = arena_alloc(arena, PLACES_MAX * sizeof(*places));
    char name[QUEUE_NAME_SIZE];
    size_t n = 0, n_places = 0;
    enum rc rc = RC_OK;

    t->out = arena_alloc(arena, (t->in.n + 1) * sizeof(*t->out));
    if (!known || !places || !t->out)
        return RC_FAIL;
    for (size_t i = 0; !rc && i < t->in.n; i++) {
        struct candidate *c = &t->in.list[i];
        t->n_excluded += c->verdict == VERDICT_EXCLUDED;
        if (c->verdict != VERDICT_SEND)
            continue;
        recipient_queue_name(c->recipient, routes, t->o->class, t->o->sender, name);
        t->out[t->n_out].to = c;
        rc = queue_of(db, known, &n, name, c->recipient->channel, &t->out[t->n_out].queue_id);
        if (!rc)
            rc = window_of(db, places, &n_places, &c->place, &t->out[t->n_out++].window_id);
    }
    if (!rc && t->n_out)
        qsort(t->out, t->n_out, sizeof(t->out[0]), by_queue);
    return rc;
}

static enum rc take_ids(struct db *db, struct turn *t)
{
    uint64_t first;
    enum rc rc = t->n_out ? db_new_timed_ids(db, "message", t->n_out, &first) : RC_OK;

    for (size_t i = 0; !rc && i < t->n_out; i++)
        t->out[i].message_id = first + i;
    if (!rc && t->in.n)
        rc = db_new_timed_ids(db, "occasion_sent", t->in.n, &t->first_log);
    return rc;
}

static enum rc write_turn(struct db *db, struct turn *t)
{
    enum rc rc = message_bulks_open(&t->messages);

    for (int b = 0; b < BULK_N; b++) {
        t->bulks[b] = db_bulk_new(bulk_kinds[b].columns);
        rc = t->bulks[b] ? rc : RC_FAIL;
    }
    if (!rc)
        rc = db_transaction(db, turn_body, t);
    for (int b = 0; b < BULK_N; b++)
        db_bulk_free(t->bulks[b]);
    message_bulks_close(&t->messages);
    return rc;
}

enum rc occasion_give_up(struct db *db, const struct occasion *o, const struct error *err)
{
    char reason[LOG_TEXT_SIZE];
    enum rc rc = db_run(db, SQL_GIVE_UP, DB_IN(db_u64(o->id), db_u64(o->version)), NULL);

    log_error("occasion=%llu state=off reason=\"%s\" effect=\"switched off; set it right and on\"",
              (unsigned long long)o->id, log_text(reason, err->text, strlen(err->text)));
    return rc ? rc : RC_INVALID;
}

static enum rc prepare(struct db *db, struct turn *t, const struct occasion_settings *settings,
                       struct zone_shelf *zones, struct arena *arena)
{
    struct error err = { "" };
    enum rc rc;

    if (!occasion_has_sender(t->o, settings)) {
        log_warn("occasion=%llu step=waits reason=\"" WORDING_NO_MAIL "\"",
                 (unsigned long long)t->o->id);
        return RC_CONFLICT;
    }
    rc = candidate_page_read(db, t->o, zones, t->now, arena, &t->in);
    if (!rc)
        rc = candidate_page_reach(db, t->o, settings, zones, &t->in, t->now, arena, &err);
    if (rc == RC_INVALID)
        return occasion_give_up(db, t->o, &err);
    if (!rc)
        rc = sort_into_queues(db, t, settings->campaign->routes, arena);
    if (!rc && (t->n_out || t->n_excluded))
        rc = choose_campaign(db, t, zones->house);
    return rc ? rc : take_ids(db, t);
}

static void count(const struct turn *t, struct occasion_step *step)
{
    *step = (struct occasion_step){ .events = t->in.n,
                                    .messages = t->n_out,
                                    .more = t->in.read > t->in.n || t->in.read == OCCASION_PAGE };
    for (size_t i = 0; i < t->in.n; i++) {
        const enum verdict v = t->in.list[i].verdict;
        step->postponed += v == VERDICT_WAIT;
        step->left_out += v != VERDICT_WAIT && v != VERDICT_SEND && v != VERDICT_DROP;
    }
}

enum rc occasion_step(struct db *db, uint64_t id, const struct occasion_settings *settings,
                      struct occasion_step *out)
{
    struct occasion o;
    struct turn turn = { .o = &o, .words = settings->campaign->words, .now = clock_now() };
    struct zone_shelf zones = { .n = 0 };
    struct arena arena;
    enum rc rc;

    arena_init(&arena);
    rc = occasion_read(db, id, &arena, &o);
    if (!rc && o.campaign_paused)
        rc = RC_CONFLICT;
    if (!rc)
        rc = zone_shelf_open(&zones, settings->timezone, NULL);
    if (!rc)
        rc = prepare(db, &turn, settings, &zones, &arena);
    if (!rc && turn.in.n)
        rc = write_turn(db, &turn);
    if (!rc)
        count(&turn, out);
    zone_shelf_close(&zones);
    arena_close(&arena);
    return rc;
}
