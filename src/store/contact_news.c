/*
 * contact_news.c - news of customers: noted, and what they mean for today's lists.
 *
 * A page of news is read, thought about, and written in one transaction with the taking away of the
 * news; a note that came meanwhile has another time and stays. Where the customers of a page are
 * close together (a file of theirs came) their facts are read as the walk reads them.
 */
#include "store/contact_news.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "store/contact_displace.h"
#include "store/contact_facts.h"
#include "store/contact_roster.h"
#include "store/contact_task.h"
#include "store/db.h"

#define NEWS_PAGE  200
#define LISTED_MAX 50 /* open tasks of lists of one customer */
/* A range is read at once when at least one in so many of its ids has news. */
#define DENSE 20

static const char SQL_PUT[] = "INSERT INTO contact_news (customer_id, at)"
                              "SELECT ?, ?"
                              "  FROM DUAL"
                              " WHERE EXISTS (SELECT 1 FROM contact_policy WHERE is_on)"
                              "    ON DUPLICATE KEY UPDATE at = VALUE(at)";

static const char SQL_PUT_REPLY[] = "INSERT INTO contact_news (customer_id, at)"
                                    "SELECT customer_id, ?"
                                    "  FROM inbound_message"
                                    " WHERE id = ?"
                                    "   AND customer_id IS NOT NULL"
                                    "   AND EXISTS (SELECT 1 FROM contact_policy WHERE is_on)"
                                    "    ON DUPLICATE KEY UPDATE at = VALUE(at)";

static const char SQL_NOTE[] = CONTACT_NEWS_SQL;

static const char SQL_WANTED[] = "SELECT EXISTS (SELECT 1 FROM contact_policy WHERE is_on)";

static const char SQL_PAGE[] = "SELECT customer_id, at"
                               "  FROM contact_news"
                               " WHERE customer_id >= ?"
                               " ORDER BY customer_id"
                               " LIMIT ?";

static const char SQL_GONE[] = "DELETE FROM contact_news WHERE customer_id = ? AND at = ?";

static const char SQL_MADE[] = "SELECT COUNT(*)"
                               "  FROM contact_list"
                               " WHERE team_id = ? AND day = ? AND state = 'made'";

static const char SQL_RATE[] = "UPDATE contact_task"
                               "   SET score = ?, reasons = ?, title = ?"
                               " WHERE id = ? AND state = 'open'";

/* Of one person, or of a team; more than one, since the first may be spoken for. */
#define LEAST_URGENT                                                    \
    "   AND t.day = ? AND " DISPLACEABLE " ORDER BY t.score, t.id DESC" \
    " LIMIT ?"
static const char SQL_LEAST_OF_STAFF[] =
    "SELECT t.id, t.score, t.staff_id FROM contact_task t WHERE t.staff_id = ?" LEAST_URGENT;
static const char SQL_LEAST_OF_TEAM[] =
    "SELECT t.id, t.score, t.staff_id FROM contact_task t WHERE t.team_id = ?"
    "   AND t.staff_id IS NOT NULL" LEAST_URGENT;

/* The task first, as everybody locks them. */
static const char SQL_STILL_LEAST[] = "SELECT m.ack_at IS NOT NULL"
                                      "  FROM contact_task t"
                                      "  LEFT JOIN matter m"
                                      "    ON m.kind = 'task' AND m.subject_id = t.id"
                                      " WHERE t.id = ?"
                                      "   FOR UPDATE";

/* Twins of a merge, or of several days. */
static const char SQL_LISTED_OF[] = "SELECT id"
                                    "  FROM contact_task"
                                    " WHERE state = 'open' AND customer_id = ?"
                                    "   AND source = 'list' AND day <= ?"
                                    " ORDER BY id"
                                    " LIMIT ?";

static const char SQL_LISTED[] = "UPDATE contact_list"
                                 "   SET listed_n = listed_n + 1"
                                 " WHERE team_id = ? AND day = ?";

/* --- noting --- */

enum rc contact_news_put(struct db *db, uint64_t customer_id, utc_us now)
{
    return db_run(db, SQL_PUT, DB_IN(db_u64(customer_id), db_time(now)), NULL);
}

enum rc contact_news_put_reply(struct db *db, uint64_t inbound_id, utc_us now)
{
    return db_run(db, SQL_PUT_REPLY, DB_IN(db_time(now), db_u64(inbound_id)), NULL);
}

enum rc contact_news_wanted(struct db *db, bool *wanted)
{
    uint64_t on;
    enum rc rc = db_query_u64(db, SQL_WANTED, DB_NO_INPUT, &on);

    if (!rc)
        *wanted = on != 0;
    return rc;
}

enum rc contact_news_add(struct db_bulk *bulk, uint64_t customer_id, utc_us now)
{
    return db_bulk_add(bulk, (const struct db_value[]){ db_u64(customer_id), db_time(now) });
}

enum rc contact_news_put_all(struct db *db, const uint64_t *customers, size_t n, utc_us now)
{
    struct db_bulk *rows;
    bool wanted = false;
    enum rc rc = n ? contact_news_wanted(db, &wanted) : RC_OK;

    if (rc || !wanted)
        return rc;
    rows = db_bulk_new(CONTACT_NEWS_COLUMNS);
    rc = rows ? RC_OK : RC_FAIL;
    for (size_t i = 0; !rc && i < n; i++)
        rc = contact_news_add(rows, customers[i], now);
    if (!rc)
        rc = db_bulk_run(db, SQL_NOTE, rows, NULL);
    db_bulk_free(rows);
    return rc;
}

/* --- a page --- */

enum act { ACT_NOTHING, ACT_ADD, ACT_REMOVE, ACT_RATE };

struct item {
    uint64_t customer_id;
    utc_us at; /* of the note */
    struct contact_facts facts;
    bool there; /* there is such a customer */
    struct roster_owner owner;
    struct contact_score score;
    int day; /* the team's today */
    enum act act;
    struct contact_draft draft; /* to be added, or (title, reasons, score) rated */
    uint64_t displaced;         /* whose task makes room; 0: nobody's */
};

struct step {
    struct roster roster;
    struct contact_reach reach; /* of the house's day */
    struct arena arena;
    struct item *items;
    size_t n;
    struct contact_news_count *count;
};

static enum rc read_items(struct db *db, struct step *s, uint64_t next)
{
    struct db_rows *rows;
    enum rc rc = db_query(db, SQL_PAGE, DB_IN(db_u64(next), db_u64(NEWS_PAGE)), &rows);

    if (rc)
        return rc;
    s->n = 0;
    while (s->n < NEWS_PAGE && db_next(rows)) {
        s->items[s->n++] =
            (struct item){ .customer_id = db_get_u64(rows, 0), .at = db_get_time(rows, 1) };
    }
    return db_rows_end(rows);
}

static enum rc read_each(struct db *db, struct step *s)
{
    enum rc rc = RC_OK;

    for (size_t i = 0; !rc && i < s->n; i++) {
        struct item *item = &s->items[i];
        size_t n;

        rc = contact_facts_read(db, &s->reach, item->customer_id, item->customer_id, 1,
                                &item->facts, &n);
        item->there = !rc && n == 1;
    }
    return rc;
}

static enum rc read_range(struct db *db, struct step *s)
{
    struct contact_facts *list = calloc(CONTACT_FACTS_MAX, sizeof(*list));
    size_t n = 0, at = 0;
    enum rc rc = list ? RC_OK : RC_FAIL;

    if (!rc)
        rc = contact_facts_read(db, &s->reach, s->items[0].customer_id,
                                s->items[s->n - 1].customer_id, CONTACT_FACTS_MAX, list, &n);
    for (size_t i = 0; !rc && i < s->n; i++) {
        while (at < n && list[at].customer_id < s->items[i].customer_id)
            at++;
        s->items[i].there = at < n && list[at].customer_id == s->items[i].customer_id;
        if (s->items[i].there)
            s->items[i].facts = list[at];
    }
    free(list);
    return rc;
}

static enum rc read_facts(struct db *db, struct step *s)
{
    const uint64_t width = s->n ? s->items[s->n - 1].customer_id - s->items[0].customer_id + 1 : 0;

    if (s->n > 1 && width <= s->n * DENSE && width <= CONTACT_FACTS_MAX)
        return read_range(db, s);
    return read_each(db, s);
}

/* Whose policy is off, or who is of a category without one, may be on a list all the same. */
static struct roster_owner owner_of(struct step *s, const struct item *item, int day)
{
    struct roster_owner owner = roster_owner_of(&s->roster, &item->facts, day);

    if (!owner.team_id && item->facts.list_open)
        owner.team_id = item->facts.list_team;
    return owner;
}

/* A team far away lives on another day. */
static enum rc find_day(struct db *db, struct step *s, struct item *item)
{
    struct contact_reach reach = s->reach;
    size_t n;
    enum rc rc;

    item->owner = owner_of(s, item, reach.day);
    rc = roster_today(&s->roster, item->owner.team_id, &item->day);
    if (rc || item->day == reach.day)
        return rc;
    reach.day = item->day;
    rc = contact_facts_read(db, &reach, item->customer_id, item->customer_id, 1, &item->facts, &n);
    item->there = !rc && n == 1;
    item->owner = owner_of(s, item, item->day);
    return rc;
}

static enum rc list_is_made(struct db *db, const struct item *item, bool *made)
{
    char day[STAFF_DAY_SIZE];
    uint64_t n = 0;
    enum rc rc = db_query_u64(
        db, SQL_MADE, DB_IN(db_u64(item->owner.team_id), db_text(staff_day_text(item->day, day))),
        &n);

    *made = n > 0;
    return rc;
}

static enum rc judge(struct db *db, struct step *s, struct item *item)
{
    bool made = false;
    enum rc rc = item->there ? find_day(db, s, item) : RC_NOTFOUND;

    /* Merged away, nobody's, or of a team whose hours cannot be read: the others need not wait. */
    if (rc == RC_NOTFOUND || rc == RC_INVALID || (!rc && !item->there))
        return RC_OK;
    if (rc)
        return rc;
    contact_score_of(&item->facts, &s->roster.book,
                     roster_calendar(&s->roster, item->owner.team_id, item->day), &item->score);
    if (item->facts.list_open) {
        if (item->score.verdict != CONTACT_DUE || item->facts.other_today)
            item->act = ACT_REMOVE;
        else if (item->score.total != item->facts.list_score)
            item->act = ACT_RATE;
        return RC_OK;
    }
    if (item->score.verdict != CONTACT_DUE || item->facts.list_task || item->facts.other_task)
        return RC_OK;
    rc = list_is_made(db, item, &made);
    if (!rc && made)
        item->act = ACT_ADD;
    return rc;
}

/* --- a place --- */

/* Of a page each gives way to one. */
static bool gives_way(const struct step *s, uint64_t task)
{
    for (size_t i = 0; i < s->n; i++) {
        if (s->items[i].displaced == task)
            return true;
    }
    return false;
}

static enum rc displace(struct db *db, struct step *s, struct item *item, unsigned *staff_id)
{
    const unsigned owner = item->owner.staff_id;
    const bool of_owner = owner && roster_due(&s->roster, owner, item->day);
    char day[STAFF_DAY_SIZE];
    struct db_rows *rows;
    bool taken = true;
    enum rc rc;

    staff_day_text(item->day, day);
    *staff_id = 0;
    rc = db_query(
        db, of_owner ? SQL_LEAST_OF_STAFF : SQL_LEAST_OF_TEAM,
        DB_IN(db_u64(of_owner ? owner : item->owner.team_id), db_text(day), db_u64(NEWS_PAGE)),
        &rows);
    if (rc)
        return rc;
    while (taken && db_next(rows))
        taken = gives_way(s, db_get_u64(rows, 0));
    if (!taken && db_get_i64(rows, 1) + DISPLACE_BY <= item->score.total) {
        item->displaced = db_get_u64(rows, 0);
        *staff_id = (unsigned)db_get_u64(rows, 2);
    }
    return db_rows_end(rows);
}

static enum rc draft(struct step *s, struct item *item, unsigned staff_id)
{
    const struct contact_given given = { .candidate = { .customer_id = item->customer_id,
                                                        .team_id = item->owner.team_id,
                                                        .score = item->score },
                                         .staff_id = staff_id };

    return roster_draft(&s->roster, &given, item->day, &s->arena, &item->draft);
}

static enum rc place_one(struct db *db, struct step *s, struct contact_share *share,
                         struct item *item)
{
    unsigned staff_id = contact_share_room(share, item->owner.team_id, item->owner.staff_id);
    enum rc rc = RC_OK;

    if (!staff_id)
        rc = displace(db, s, item, &staff_id);
    if (!rc && staff_id && roster_due(&s->roster, staff_id, item->day))
        return draft(s, item, staff_id);
    item->act = ACT_NOTHING;
    item->displaced = 0;
    return rc;
}

static int by_urgency(const void *a, const void *b)
{
    const struct item *x = *(struct item *const *)a, *y = *(struct item *const *)b;

    if (x->score.total != y->score.total)
        return x->score.total < y->score.total ? 1 : -1;
    return (x->customer_id > y->customer_id) - (x->customer_id < y->customer_id);
}

/* All that are to be added to one team's list, the most urgent first; the places are counted once.
 */
static enum rc place_team(struct db *db, struct step *s, size_t first)
{
    const unsigned team = s->items[first].owner.team_id;
    struct item *added[NEWS_PAGE];
    struct contact_place *places;
    struct contact_share *share;
    size_t n, n_added = 0;
    enum rc rc =
        roster_places(db, &s->roster, &team, 1, s->items[first].day, &s->arena, &places, &n);

    share = rc ? NULL : contact_share_new(places, n, &s->arena);
    if (!rc && !share)
        rc = RC_FAIL;
    for (size_t i = first; i < s->n; i++) {
        struct item *item = &s->items[i];

        if (item->act == ACT_ADD && item->owner.team_id == team && !item->draft.title)
            added[n_added++] = item;
    }
    qsort(added, n_added, sizeof(added[0]), by_urgency);
    for (size_t i = 0; !rc && i < n_added; i++)
        rc = place_one(db, s, share, added[i]);
    return rc;
}

static enum rc think(struct db *db, struct step *s)
{
    enum rc rc = read_facts(db, s);

    for (size_t i = 0; !rc && i < s->n; i++)
        rc = judge(db, s, &s->items[i]);
    for (size_t i = 0; !rc && i < s->n; i++) {
        struct item *item = &s->items[i];

        if (item->act == ACT_ADD && !item->draft.title)
            rc = place_team(db, s, i);
        else if (item->act == ACT_RATE)
            rc = draft(s, item, item->facts.list_staff);
    }
    return rc;
}

/* --- writing --- */

/* Who has recorded a result meanwhile keeps it. */
static enum rc end_task(struct db *db, uint64_t id, const char *why)
{
    const enum rc rc = contact_task_cancel(db, id, why);

    return rc == RC_CONFLICT ? RC_OK : rc;
}

/* Whatever lists the customer is on, up to today's. */
static enum rc remove_one(struct db *db, const struct item *item)
{
    const char *why = item->score.verdict == CONTACT_DUE ? "other_task" : "not_due";
    uint64_t ids[LISTED_MAX];
    char day[STAFF_DAY_SIZE];
    struct db_rows *rows;
    size_t n = 0;
    enum rc rc = db_query(db, SQL_LISTED_OF,
                          DB_IN(db_u64(item->customer_id), db_text(staff_day_text(item->day, day)),
                                db_u64(LISTED_MAX)),
                          &rows);

    if (rc)
        return rc;
    while (n < LISTED_MAX && db_next(rows))
        ids[n++] = db_get_u64(rows, 0);
    rc = db_rows_end(rows);
    for (size_t i = 0; !rc && i < n; i++)
        rc = end_task(db, ids[i], why);
    return rc;
}

/* Who has said meanwhile that he or she is at it keeps it, too: that list is longer by one. */
static enum rc end_displaced(struct db *db, uint64_t id)
{
    uint64_t kept = 0;
    enum rc rc = db_query_u64(db, SQL_STILL_LEAST, DB_IN(db_u64(id)), &kept);

    if (rc == RC_NOTFOUND || kept)
        return RC_OK;
    return rc ? rc : end_task(db, id, "displaced");
}

static enum rc add(struct db *db, struct item *item, bool *taken)
{
    char day[STAFF_DAY_SIZE];
    enum rc rc = RC_OK;

    if (item->displaced)
        rc = end_displaced(db, item->displaced);
    if (!rc)
        rc = contact_task_put(db, &item->draft, 1, taken);
    if (!rc && *taken)
        rc = db_run(db, SQL_LISTED,
                    DB_IN(db_u64(item->owner.team_id), db_text(staff_day_text(item->day, day))),
                    NULL);
    return rc;
}

static enum rc write_one(struct db *db, struct step *s, struct item *item)
{
    bool taken = false;
    enum rc rc = RC_OK;

    switch (item->act) {
    case ACT_NOTHING:
        break;
    case ACT_ADD:
        rc = add(db, item, &taken);
        s->count->added += taken;
        break;
    case ACT_REMOVE:
        rc = remove_one(db, item);
        s->count->removed++;
        break;
    case ACT_RATE:
        rc = db_run(db, SQL_RATE,
                    DB_IN(db_i64(item->draft.score), db_text(item->draft.reasons),
                          db_text(item->draft.title), db_u64(item->facts.list_task)),
                    NULL);
        s->count->rated++;
        break;
    }
    return rc ? rc
              : db_run(db, SQL_GONE, DB_IN(db_u64(item->customer_id), db_time(item->at)), NULL);
}

static enum rc write_body(struct db *db, void *arg)
{
    struct step *s = arg;
    enum rc rc = RC_OK;

    s->count->added = s->count->removed = s->count->rated = 0;
    for (size_t i = 0; !rc && i < s->n; i++)
        rc = write_one(db, s, &s->items[i]);
    return rc;
}

static enum rc write(struct db *db, struct step *s)
{
    uint64_t first = 0, n = 0;
    enum rc rc;

    for (size_t i = 0; i < s->n; i++)
        n += s->items[i].act == ACT_ADD;
    rc = n ? contact_task_new_ids(db, n, &first) : RC_OK;
    for (size_t i = 0; i < s->n; i++) {
        if (s->items[i].act == ACT_ADD)
            s->items[i].draft.id = first++;
    }
    return rc ? rc : db_transaction(db, write_body, s);
}

static enum rc open_step(struct db *db, const struct contact_list_settings *settings,
                         struct step *s)
{
    const utc_us now = clock_now();
    struct civil today;
    enum rc rc = roster_read(db, settings, now, &s->arena, &s->roster);

    if (rc)
        return rc;
    s->items = arena_alloc(&s->arena, NEWS_PAGE * sizeof(s->items[0]));
    today = local_zone_civil(s->roster.zones.house, now);
    contact_reach_of(&s->roster.book, now, staff_day(&today), &s->reach);
    return s->items ? RC_OK : RC_FAIL;
}

enum rc contact_news_step(struct db *db, const struct contact_list_settings *settings,
                          uint64_t *next, struct contact_news_count *out)
{
    struct step s = { .count = out };
    enum rc rc;

    *out = (struct contact_news_count){ .looked_at = 0 };
    arena_init(&s.arena);
    rc = open_step(db, settings, &s);
    if (!rc)
        rc = read_items(db, &s, *next);
    if (!rc)
        rc = think(db, &s);
    if (!rc && s.n)
        rc = write(db, &s);
    if (!rc) {
        out->looked_at = s.n;
        out->more = s.n == NEWS_PAGE || *next; /* from the first on again */
        *next = s.n == NEWS_PAGE ? s.items[s.n - 1].customer_id + 1 : 0;
    }
    roster_close(&s.roster);
    arena_close(&s.arena);
    return rc;
}
