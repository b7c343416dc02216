/* campaign_page.c - messages by queue and window, recipients, exclusions and the checkpoint,
 * together. */
#include "store/campaign_page.h"

#include <string.h>

#include "store/campaign_member.h"
#include "store/campaign_rest.h"
#include "store/queue.h"
#include "store/send_window.h"

/* Bounds what one statement carries: 3 MB of the longest SMS. Of mails the whole page has little
 * more (RECIPIENTS_TEXT_MAX). */
#define ROWS_A_BULK 1000

static const char SQL_CHECKPOINT[] =
    "UPDATE campaign"
    "   SET next_customer = ?,"
    "       audience_n    = audience_n + ?,"
    "       message_n     = message_n + ?,"
    "       first_message = IF(first_message = 0, ?, first_message),"
    "       last_message  = GREATEST(last_message, ?),"
    "       state         = ?"
    " WHERE id = ? AND state = 'expanding' AND next_customer = ?";

static const char SQL_RECIPIENT[] =
    "INSERT INTO campaign_recipient (campaign_id, customer_id, message_id, variant)"
    "VALUES (?, ?, ?, ?)";

static const char SQL_SHARED_ADDRESS[] =
    "INSERT INTO campaign_shared_address (campaign_id, address)"
    "VALUES (?, ?)";

static const char SQL_EXCLUSION[] =
    "INSERT INTO campaign_exclusion (campaign_id, customer_id, reason)"
    "VALUES (?, ?, ?)";

/* Paced or not as the campaign is now, not as it was when the page was read. */
static const char SQL_SLICE[] =
    "INSERT INTO outbox_slice (id, queue_id, last_id, next_id, class, state, due_at, campaign_id,"
    "                          window_id)"
    "SELECT ?, ?, ?, ?, ?, IF(rate_per_hour > 0 OR budget_cents IS NOT NULL, 'paced', 'ready'),"
    "       ?, id, ?"
    "  FROM campaign"
    " WHERE id = ?";

/* Messages of one queue and one window stand together, with consecutive ids: each makes a slice. */
struct page_group {
    char name[QUEUE_NAME_SIZE];
    enum channel channel;
    struct place place; /* nowhere: of no window */
    unsigned queue_id, window_id;
    utc_us due_at, expires_at;
};

static enum rc flush_all(struct db *db, struct page *p, size_t at_least)
{
    enum rc rc = message_bulks_run(db, &p->messages, at_least);

    if (!rc)
        rc = db_bulk_flush(db, SQL_RECIPIENT, p->recipients, at_least);
    if (!rc)
        rc = db_bulk_flush(db, SQL_SHARED_ADDRESS, p->shared, at_least);
    if (!rc)
        rc = db_bulk_flush(db, SQL_EXCLUSION, p->exclusions, at_least);
    return rc;
}

static enum rc add_exclusion(struct page *p, const struct recipient *r)
{
    return db_bulk_add(p->exclusions, (const struct db_value[]){ db_u64(p->row->campaign.id),
                                                                 db_u64(r->customer_id),
                                                                 db_text(exclusion_name(r->why)) });
}

static enum rc add_message(struct page *p, const struct recipient *r, const struct page_group *g,
                           uint64_t id)
{
    const struct campaign *c = &p->row->campaign;
    const struct message_origin from = { c->id, c->class, c->sender, p->settings->words, p->now };
    const struct message_place place = { id, g->queue_id, g->window_id, g->expires_at };
    enum rc rc = message_bulks_add(&p->messages, &from, r, &place);

    if (!rc)
        rc = db_bulk_add(p->recipients,
                         (const struct db_value[]){ db_u64(c->id), db_u64(r->customer_id),
                                                    db_u64(id), db_u64(r->variant) });
    if (!rc && r->shared)
        rc =
            db_bulk_add(p->shared, (const struct db_value[]){ db_u64(c->id), db_text(r->address) });
    return rc;
}

static enum rc move_checkpoint(struct db *db, const struct page *p)
{
    const struct campaign_life *life = &p->row->life;
    enum campaign_state next = p->next_customer != CAMPAIGN_EXPANDED ? CAMPAIGN_EXPANDING
                               : campaign_life_tests(life)           ? CAMPAIGN_TESTING
                                                                     : CAMPAIGN_SENDING;
    bool counted = life->test_share && !campaign_life_tests(life); /* in the first pass */
    uint64_t last = p->reached ? p->first_id + p->reached - 1 : 0, moved;
    enum rc rc = db_run(db, SQL_CHECKPOINT,
                        DB_IN(db_u64(p->next_customer), db_u64(counted ? 0 : p->in.n),
                              db_u64(p->reached), db_u64(p->reached ? p->first_id : 0),
                              db_u64(last), db_text(campaign_state_name(next)),
                              db_u64(p->row->campaign.id), db_u64(p->row->next_customer)),
                        &moved);

    return rc ? rc : moved ? RC_OK : RC_CONFLICT;
}

/* The messages of one group and its slice. *id: the next free one. */
static enum rc write_group(struct db *db, struct page *p, size_t group, uint64_t *id)
{
    const struct campaign *c = &p->row->campaign;
    const struct page_group *g = &p->groups[group];
    uint64_t first = *id;
    enum rc rc = RC_OK;

    for (size_t i = 0; !rc && i < p->in.n; i++) {
        const struct recipient *r = &p->in.list[i];
        if (!r->reached || p->group_of[i] != group)
            continue;
        rc = add_message(p, r, g, (*id)++);
        if (!rc)
            rc = flush_all(db, p, ROWS_A_BULK);
    }
    if (rc || *id == first)
        return rc;
    return db_run(db, SQL_SLICE,
                  DB_IN(db_u64(first), db_u64(g->queue_id), db_u64(*id - 1), db_u64(first),
                        db_text(message_class_name(c->class)), db_time(g->due_at),
                        db_u64(g->window_id), db_u64(c->id)),
                  NULL);
}

/* So that other campaigns leave them alone until a carrier has taken it. */
static enum rc mark_members(struct db *db, struct page *p)
{
    const struct campaign *c = &p->row->campaign;
    size_t n = 0;

    if (c->class != CLASS_PROMO)
        return RC_OK;
    for (size_t i = 0; i < p->in.n; i++) {
        if (p->in.list[i].reached)
            p->members[n++] = (struct member){ c->id, p->in.list[i].customer_id };
    }
    return campaign_member_mark(db, MEMBER_QUEUED, p->members, n);
}

static enum rc page_body(struct db *db, void *arg)
{
    struct page *p = arg;
    uint64_t id = p->first_id;
    enum rc rc = move_checkpoint(db, p);

    message_bulks_reset(&p->messages);
    db_bulk_reset(p->recipients);
    db_bulk_reset(p->shared);
    db_bulk_reset(p->exclusions);
    for (size_t g = 0; !rc && g < p->n_groups; g++)
        rc = write_group(db, p, g, &id);
    for (size_t i = 0; !rc && i < p->in.n; i++) {
        if (!p->in.list[i].reached && !p->in.list[i].waits)
            rc = add_exclusion(p, &p->in.list[i]);
        if (!rc)
            rc = flush_all(db, p, ROWS_A_BULK);
    }
    if (!rc)
        rc = flush_all(db, p, 1);
    if (!rc)
        rc = mark_members(db, p);
    if (!rc)
        rc = campaign_rest_write(db, p->row->campaign.id, &p->in);
    if (!rc && p->row->life.winner >= 0 && p->next_customer == CAMPAIGN_EXPANDED)
        rc = campaign_rest_forget(db, p->row->campaign.id);
    return rc;
}

static enum rc write_page(struct db *db, struct page *p)
{
    enum rc rc;

    p->members = arena_alloc(&p->arena, (p->in.n + 1) * sizeof(*p->members));
    if (!p->members)
        return RC_FAIL;
    rc = message_bulks_open(&p->messages);
    p->recipients = db_bulk_new(4);
    p->shared = db_bulk_new(2);
    p->exclusions = db_bulk_new(3);
    if (!p->recipients || !p->shared || !p->exclusions)
        rc = RC_FAIL;
    if (rc)
        goto out;
    rc = p->reached ? db_new_timed_ids(db, "message", p->reached, &p->first_id) : RC_OK;
    if (!rc)
        rc = db_transaction(db, page_body, p);
out:
    message_bulks_close(&p->messages);
    db_bulk_free(p->recipients);
    db_bulk_free(p->shared);
    db_bulk_free(p->exclusions);
    return rc;
}

static uint16_t find_group(struct page *p, const char *name, enum channel channel,
                           const struct place *place)
{
    size_t g = 0;

    while (g < p->n_groups && (strcmp(p->groups[g].name, name) != 0 ||
                               memcmp(&p->groups[g].place, place, sizeof(*place)) != 0))
        g++;
    if (g == p->n_groups) {
        p->groups[g] = (struct page_group){ .place = *place, .channel = channel };
        memcpy(p->groups[g].name, name, strlen(name) + 1);
        p->n_groups++;
    }
    return (uint16_t)g;
}

/* By whose clock. A service campaign without hours of its own needs none. */
static void find_place(const struct page *p, const struct send_rules *rules,
                       const struct recipient *r, struct place *out)
{
    memset(out, 0, sizeof(*out));
    if (rules && (p->row->campaign.class == CLASS_PROMO || *p->row->hours))
        place_of(&(struct place_question){ r->timezone, r->country, r->postcode,
                                           r->channel == CHANNEL_SMS ? r->address : "",
                                           rules->timezone },
                 out);
}

/* When a group's messages are due, and from there when they are too old: nights, Sundays and
 * holidays do not count, but what a campaign's own hours leave out does. */
static enum rc time_group(struct db *db, const struct page *p, struct send_windows *windows,
                          struct page_group *g)
{
    const struct send_window w = { .place = g->place,
                                   .promo = p->row->campaign.class == CLASS_PROMO,
                                   .hours = p->row->hours };
    const int64_t life = p->row->expires_s * USEC_PER_SEC;
    const struct calendar *calendar;
    struct calendar house;
    enum rc rc;

    g->due_at = p->now;
    g->expires_at = p->now + life;
    if (*g->place.zone) {
        rc = send_window_open(db, &w, &g->window_id);
        if (!rc)
            rc = send_windows_calendar(db, windows, g->window_id, &calendar);
        if (rc)
            return rc;
        house = *calendar;
        house.own.n = 0;
        g->due_at = calendar_next_open(calendar, p->now);
        if (g->due_at == CALENDAR_NEVER) /* where it lives, the hours never meet */
            g->due_at = p->now;
        g->expires_at = calendar_add_open(&house, g->due_at, life);
        if (g->expires_at == CALENDAR_NEVER)
            g->expires_at = g->due_at + life;
    }
    if (g->expires_at < p->row->expires_until)
        g->expires_at = p->row->expires_until;
    return RC_OK;
}

static enum rc time_groups(struct db *db, struct page *p, const struct send_rules *rules)
{
    struct send_windows *windows = rules ? send_windows_new(rules) : NULL;
    enum rc rc = rules && !windows ? RC_FAIL : RC_OK;

    for (size_t g = 0; !rc && g < p->n_groups; g++) {
        rc = queue_open(db, p->groups[g].name, p->groups[g].channel, &p->groups[g].queue_id);
        if (!rc)
            rc = time_group(db, p, windows, &p->groups[g]);
    }
    send_windows_free(windows);
    return rc;
}

/* By what each of them leaves, and by whose clock. */
static enum rc sort_into_queues(struct db *db, struct page *p)
{
    const struct campaign *c = &p->row->campaign;
    char name[QUEUE_NAME_SIZE];

    p->group_of = arena_alloc(&p->arena, (p->in.n + 1) * sizeof(*p->group_of));
    p->groups = arena_alloc(&p->arena, (p->in.n + 1) * sizeof(*p->groups));
    if (!p->group_of || !p->groups)
        return RC_FAIL;
    for (size_t i = 0; i < p->in.n; i++) {
        const struct recipient *r = &p->in.list[i];
        struct place place;
        if (!r->reached)
            continue;
        recipient_queue_name(r, p->settings->routes, c->class, c->sender, name);
        find_place(p, p->settings->rules, r, &place);
        p->group_of[i] = find_group(p, name, r->channel, &place);
    }
    return time_groups(db, p, p->settings->rules);
}

enum rc campaign_page_write(struct db *db, struct page *p, const struct campaign_row *row,
                            const struct campaign_settings *settings)
{
    enum rc rc;

    p->row = row;
    p->settings = settings;
    p->now = clock_now();
    rc = sort_into_queues(db, p);
    return rc ? rc : write_page(db, p);
}
