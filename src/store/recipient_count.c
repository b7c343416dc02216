/*
 * recipient_count.c - how many, and who is left out, by reason, category, city and destination: one
 * look at each customer of the audience, half of them on each of two connections.
 *
 * The database groups by one number, which says all of it: groups by names would go to its disk.
 * Customers who share a number are few; which of them come too late is asked for by itself.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/pair.h"
#include "domain/share.h"
#include "store/recipient_sql.h"
#include "store/standing.h"

#define GROUPS_MAX 400000 /* more: cities are not told apart */
#define BOUNDS_MAX 1023
#define FEW        20000 /* customers: tables are looked into for each of them */

static const char SQL_IDS[] = "SELECT COALESCE(MIN(id), 0), COALESCE(MAX(id), 0) FROM customer";
static const char SQL_REFUSALS[] =
    "SELECT COUNT(*) FROM opt_out WHERE channel = 'sms' AND sender = ?";
/* By the key of both: sharing. */
static const struct {
    const char *condition, *count;
} sharing[] = {
    [CHANNEL_SMS] = { "c.sms_shared = 1", "SELECT COUNT(*) FROM customer WHERE sms_shared = 1" },
    [CHANNEL_EMAIL] = { "c.sms_shared IN (0, 1) AND c.email_shared = 1",
                        "SELECT COUNT(*) FROM customer"
                        " WHERE sms_shared IN (0, 1) AND email_shared = 1" },
};
static const char SQL_CATEGORY_COUNT[] = "SELECT COUNT(*) FROM category";
static const char SQL_CATEGORIES[] = "SELECT id, code FROM category ORDER BY id LIMIT ?";
static const char SQL_CITY[] = "SELECT city FROM customer WHERE id = ?";

/*
 * The key: the reason in bits 0 to 5, the place of the number's first digits among `bounds` in bits
 * 6 to 15, the category in bits 16 to 31, a hash of the city in bits 32 to 63.
 */
#define KEY_REASON  63
#define KEY_PLACE   1023
#define PLACE_SHIFT 6
#define GROUP_SHIFT 16
#define CITY_SHIFT  32

struct group {
    uint64_t key, n, one; /* `one` of its customers */
};

struct groups {
    struct group *list;
    size_t n, size;
};

/* Where numbers change from one zone to another: each zone is one or more of these stretches. */
struct places {
    uint32_t bounds[BOUNDS_MAX];
    size_t n;
    size_t zone_of[BOUNDS_MAX + 1];
};

struct counting {
    const struct recipients *r;
    const struct recipients_zones *zones;
    struct places places;
    bool cities;        /* are told apart */
    uint64_t customers; /* in all, or more */
    uint64_t refusals;  /* of the campaign's sender alone */
    bool in_key;        /* these are in the groups: with two channels others may reach the person */
};

/* --- places --- */

static int compare_bounds(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

    return (x > y) - (x < y);
}

/* The first number of a prefix ("+33", "+336"), and the first one behind it. */
static void add_bounds(struct places *p, const char *prefix)
{
    uint32_t first = standing_prefix(prefix), step = 1;
    size_t digits = strlen(prefix) - 1;

    while (digits++ < STANDING_PREFIX_DIGITS)
        step *= 10;
    p->bounds[p->n++] = first;
    p->bounds[p->n++] = first + step;
}

/* Prefixes of more digits than the summary has are known by those that it has. */
static void find_places(struct places *p, const struct recipients_zones *z)
{
    size_t kept = 0;

    p->n = 0;
    for (size_t i = 0; i < z->n && p->n + 2 <= BOUNDS_MAX; i++)
        add_bounds(p, z->prefixes[i]);
    qsort(p->bounds, p->n, sizeof(p->bounds[0]), compare_bounds);
    for (size_t i = 0; i < p->n; i++) {
        if (!kept || p->bounds[i] != p->bounds[kept - 1])
            p->bounds[kept++] = p->bounds[i];
    }
    p->n = kept;
    p->zone_of[0] = z->n;
    for (size_t i = 0; i < p->n; i++) {
        char number[16];
        snprintf(number, sizeof(number), "+%0*" PRIu32, STANDING_PREFIX_DIGITS, p->bounds[i]);
        p->zone_of[i + 1] = z->n;
        for (size_t k = 0; p->zone_of[i + 1] == z->n && k < z->n; k++) {
            size_t len = strlen(z->prefixes[k]);
            len = len < STANDING_PREFIX_DIGITS + 1 ? len : STANDING_PREFIX_DIGITS + 1;
            if (strncmp(number, z->prefixes[k], len) == 0)
                p->zone_of[i + 1] = k;
        }
    }
}

/* --- the question --- */

static void add_place(struct question *q, const struct counting *c)
{
    const struct places *p = &c->places;

    if (!p->n || !reach_has(c->r->spec.reach, CHANNEL_SMS)) {
        question_add(q, "0");
        return;
    }
    question_add(q, "INTERVAL(c.sms_prefix");
    for (size_t i = 0; i < p->n; i++)
        buffer_printf(&q->sql, ", %" PRIu32, p->bounds[i]);
    question_add(q, ")");
}

static void add_key(struct question *q, const struct counting *c)
{
    if (c->cities)
        buffer_printf(&q->sql, "CRC32(UPPER(c.city)) << %d | ", CITY_SHIFT);
    buffer_printf(&q->sql, "COALESCE(c.category_id, 0) << %d | ", GROUP_SHIFT);
    add_place(q, c);
    buffer_printf(&q->sql, " << %d | (", PLACE_SHIFT);
    question_add_reason(q, c->r, BY_STANDING);
    question_add(q, ")");
}

static enum rc groups_add(struct groups *g, const struct group *group)
{
    if (g->n == g->size) {
        size_t size = g->size ? 2 * g->size : 1024;
        struct group *list = realloc(g->list, size * sizeof(*list));
        if (!list)
            return RC_FAIL;
        g->list = list;
        g->size = size;
    }
    g->list[g->n++] = *group;
    return RC_OK;
}

static enum rc read_groups(struct db *db, struct question *q, struct groups *out)
{
    struct db_rows *rows;
    enum rc rc = question_ask(db, q, &rows), end;

    if (rc)
        return rc;
    while (!rc && db_next(rows))
        rc = groups_add(
            out, &(struct group){ db_get_u64(rows, 0), db_get_u64(rows, 1), db_get_u64(rows, 2) });
    end = db_rows_end(rows);
    return rc ? rc : end;
}

struct half {
    struct db *db;
    const struct counting *counting;
    uint64_t first, last;
    struct groups groups;
    enum rc rc;
};

/* Groups, and the customers that a rule finds in other tables: tables of the server's own, which
 * would go to its disk beyond 16 MB. It takes what is needed, not what is allowed. */
#define IN_MEMORY                                      \
    "SET STATEMENT tmp_memory_table_size = 268435456," \
    " max_heap_table_size = 268435456 FOR "

static void count_half(void *arg)
{
    struct half *h = arg;
    struct question q;

    question_init(&q);
    q.refusals = h->counting->in_key;
    q.form = AUDIENCE_FOR_ALL;
    q.first = h->first;
    q.last = h->last;
    question_add(&q, IN_MEMORY "SELECT ");
    add_key(&q, h->counting);
    question_add(&q, " AS k, COUNT(*), MAX(c.id)"
                     "  FROM customer c IGNORE INDEX FOR GROUP BY (by_category)");
    question_add_joins(&q, h->counting->r, BY_STANDING);
    question_add(&q, " WHERE c.id BETWEEN ? AND ? AND ");
    question_add_value(&q, db_u64(h->first));
    question_add_value(&q, db_u64(h->last));
    question_add_rule(&q, h->counting->r);
    buffer_printf(&q.sql, " GROUP BY k ORDER BY NULL LIMIT %d", GROUPS_MAX);
    h->groups.n = 0;
    h->rc = read_groups(h->db, &q, &h->groups);
    question_close(&q);
}

/* The rule as it is asked of so many customers. */
static enum audience_form form_for(const struct counting *c, uint64_t n)
{
    return n <= FEW || n <= c->customers / 10 ? AUDIENCE_FOR_PAGE : AUDIENCE_FOR_ALL;
}

#define REFUSES                \
    "EXISTS (SELECT 1"         \
    "          FROM opt_out a" \
    "         WHERE a.channel = 'sms' AND a.address = n.address AND a.sender = ?)"

static enum rc count_refusals(struct db *db, struct counting *c)
{
    const char *sender = recipients_refused_sender(c->r);
    enum rc rc = RC_OK;

    if (c->r->spec.class != CLASS_PROMO || !*sender || !reach_has(c->r->spec.reach, CHANNEL_SMS))
        return RC_OK;
    rc = db_query_u64(db, SQL_REFUSALS, DB_IN(db_text(sender)), &c->refusals);
    c->in_key = c->refusals && reach_channels(c->r->spec.reach) > 1;
    return rc;
}

/* Who is in the audience and has a number that refuses the campaign's sender alone. */
static enum rc read_refused(struct db *db, struct counting *c, struct groups *out)
{
    struct question q;
    enum rc rc;

    if (!c->refusals || c->in_key)
        return RC_OK;
    question_init(&q);
    q.form = form_for(c, c->refusals);
    question_add(&q, "SELECT ");
    add_key(&q, c);
    question_add(&q,
                 " AS k, COUNT(*), 0"
                 "  FROM customer c"
                 "  JOIN (SELECT DISTINCT v.customer_id"
                 "          FROM opt_out u"
                 "          JOIN contact_point v"
                 "            ON v.address = u.address AND v.channel = 'sms' AND v.is_primary"
                 "         WHERE u.channel = 'sms' AND u.sender = ?) n ON n.customer_id = c.id");
    question_add_value(&q, db_text(recipients_refused_sender(c->r)));
    question_add_joins(&q, c->r, BY_STANDING);
    question_add(&q, " WHERE ");
    question_add_rule(&q, c->r);
    question_add(&q, " GROUP BY k");
    rc = read_groups(db, &q, out);
    question_close(&q);
    return rc;
}

/* Of those who share an address and would be reached by it, all but the first. */
static enum rc read_duplicates(struct db *db, const struct counting *c, unsigned way,
                               struct groups *out)
{
    const enum channel channel = reach_channel(c->r->spec.reach, way);
    struct question q;
    uint64_t n;
    enum rc rc = db_query_u64(db, sharing[channel].count, DB_NO_INPUT, &n);

    if (rc || !n)
        return rc;
    question_init(&q);
    q.form = form_for(c, n);
    q.refusals = c->in_key;
    question_add(&q, "SELECT d.k, COUNT(*), 0"
                     "  FROM (SELECT y.k, ROW_NUMBER() OVER (PARTITION BY y.address"
                     "                                          ORDER BY y.id) AS nth"
                     "          FROM (SELECT c.id, n.address, ");
    add_key(&q, c);
    question_add(&q, " AS k"
                     "                  FROM customer c"
                     "                  JOIN contact_point n"
                     "                    ON n.customer_id = c.id AND n.is_primary"
                     "                   AND n.channel = ");
    buffer_printf(&q.sql, "'%s'", channel_name(channel));
    question_add_joins(&q, c->r, BY_STANDING);
    buffer_printf(&q.sql, " WHERE %s AND ", sharing[channel].condition);
    question_add_rule(&q, c->r);
    if (c->refusals && !c->in_key) {
        question_add(&q, " AND NOT " REFUSES);
        question_add_value(&q, db_text(recipients_refused_sender(c->r)));
    }
    buffer_printf(&q.sql, ") y WHERE y.k & %d = %d) d WHERE d.nth > 1 GROUP BY d.k", KEY_REASON,
                  way ? REASON_MAX : 0);
    rc = read_groups(db, &q, out);
    question_close(&q);
    return rc;
}

static enum rc read_ids(struct db *db, uint64_t *first, uint64_t *last)
{
    struct db_rows *rows;
    enum rc rc = db_query(db, SQL_IDS, DB_NO_INPUT, &rows);

    if (rc)
        return rc;
    if (db_next(rows)) {
        *first = db_get_u64(rows, 0);
        *last = db_get_u64(rows, 1);
    }
    return db_rows_end(rows);
}

static enum rc read_all_groups(struct db *db, struct counting *c, struct half halves[2])
{
    uint64_t first = 0, last = 0;
    enum rc rc = read_ids(db, &first, &last);

    if (rc)
        return rc;
    c->customers = last - first + 1;
    for (int i = 0; i < 2; i++) {
        halves[i].db = i ? db_second(db) : db;
        halves[i].counting = c;
        halves[i].first = i ? first + (last - first) / 2 + 1 : first;
        halves[i].last = i ? last : first + (last - first) / 2;
    }
    if (!halves[1].db)
        return RC_FAIL;
    for (c->cities = true;; c->cities = false) {
        bool full;
        pair_run(count_half, &halves[0], &halves[1]);
        rc = halves[0].rc ? halves[0].rc : halves[1].rc;
        full = halves[0].groups.n == GROUPS_MAX || halves[1].groups.n == GROUPS_MAX;
        if (rc || !full || !c->cities)
            return rc;
    }
}

/* --- adding up --- */

struct sum {
    const struct counting *counting;
    struct recipients_count *to;
    uint32_t *category_ids; /* of to->categories, ascending */
    struct city {
        uint32_t hash;
        uint64_t n, one;
    } cities[RECIPIENTS_CITIES]; /* of to->cities */
};

static uint32_t city_of(const struct group *g)
{
    return (uint32_t)(g->key >> CITY_SHIFT);
}

static void part_add(struct campaign_part *p, const struct group *g)
{
    enum exclusion why;

    p->audience += g->n;
    if (recipients_reason(g->key & KEY_REASON, &why))
        p->excluded[why] += g->n;
    else
        p->reached += g->n;
}

static struct campaign_part *category_part(const struct sum *s, const struct group *g)
{
    uint32_t id = g->key >> GROUP_SHIFT & 0xFFFF;
    const uint32_t *at =
        bsearch(&id, s->category_ids, s->to->n_categories, sizeof(id), compare_bounds);

    return at ? &s->to->categories[at - s->category_ids] : &s->to->categories[0];
}

static struct campaign_part *city_part(const struct sum *s, const struct group *g)
{
    for (size_t i = 0; i < s->to->n_cities; i++) {
        if (s->cities[i].hash == city_of(g))
            return &s->to->cities[i];
    }
    return &s->to->other_cities;
}

/* One who is reached, or is not after all. */
static void count_reached(struct sum *s, const struct group *g, bool out)
{
    const enum channel channel =
        reach_channel(s->counting->r->spec.reach, recipients_way(g->key & KEY_REASON));
    const size_t zone = s->counting->places.zone_of[g->key >> PLACE_SHIFT & KEY_PLACE];
    const uint64_t n = out ? -g->n : g->n;

    s->to->reached += n;
    s->to->by_channel[channel] += n;
    if (channel == CHANNEL_SMS)
        s->to->by_zone[zone] += n;
}

static void add_groups(struct sum *s, const struct groups *groups)
{
    for (size_t i = 0; i < groups->n; i++) {
        const struct group *g = &groups->list[i];
        enum exclusion why;

        s->to->audience += g->n;
        part_add(category_part(s, g), g);
        part_add(city_part(s, g), g);
        if (recipients_reason(g->key & KEY_REASON, &why))
            s->to->excluded[why] += g->n;
        else
            count_reached(s, g, false);
    }
}

/* Out of the reason that they were counted under (or of the reached), into another. */
static void part_move(struct campaign_part *p, const struct group *g, enum exclusion why)
{
    enum exclusion before;

    if (recipients_reason(g->key & KEY_REASON, &before))
        p->excluded[before] -= g->n;
    else
        p->reached -= g->n;
    p->excluded[why] += g->n;
}

static void move(struct sum *s, const struct group *g, enum exclusion why)
{
    enum exclusion before;

    part_move(category_part(s, g), g, why);
    part_move(city_part(s, g), g, why);
    if (recipients_reason(g->key & KEY_REASON, &before))
        s->to->excluded[before] -= g->n;
    else
        count_reached(s, g, true);
    s->to->excluded[why] += g->n;
}

/* What comes before a refusal in the order of reasons stays. */
static bool stands_before_refusals(enum exclusion why)
{
    return why == EXCLUDED_ERASED || why == EXCLUDED_DO_NOT_CONTACT ||
           why == EXCLUDED_NO_CONTACT_POINT || why == EXCLUDED_SUPPRESSED ||
           why == EXCLUDED_INVALID_ADDRESS;
}

static void move_all(struct sum *s, const struct groups *refused, const struct groups *duplicates)
{
    for (size_t i = 0; i < refused->n; i++) {
        enum exclusion why;
        if (!recipients_reason(refused->list[i].key & KEY_REASON, &why) ||
            !stands_before_refusals(why))
            move(s, &refused->list[i], EXCLUDED_OPTED_OUT);
    }
    for (size_t i = 0; i < duplicates->n; i++)
        move(s, &duplicates->list[i], EXCLUDED_DUPLICATE_ADDRESS);
}

/* --- the largest cities --- */

static int compare_groups(const void *a, const void *b)
{
    const struct group *x = a, *y = b;

    return (x->key > y->key) - (x->key < y->key);
}

static void keep_city(struct sum *s, const struct city *city)
{
    size_t i = s->to->n_cities;

    if (i < RECIPIENTS_CITIES)
        s->to->n_cities++;
    else if (s->cities[--i].n >= city->n)
        return;
    for (; i > 0 && s->cities[i - 1].n < city->n; i--)
        s->cities[i] = s->cities[i - 1];
    s->cities[i] = *city;
}

static void find_cities(struct sum *s, struct groups *groups)
{
    struct city city = { .n = 0 };
    size_t all = 0;

    if (groups->n)
        qsort(groups->list, groups->n, sizeof(*groups->list), compare_groups);
    for (size_t i = 0; i < groups->n; i++) {
        const struct group *g = &groups->list[i];

        if (i && city_of(g) != city.hash)
            keep_city(s, &city);
        if (!i || city_of(g) != city.hash) {
            city = (struct city){ .hash = city_of(g), .one = g->one };
            all++;
        }
        city.n += g->n;
    }
    if (groups->n)
        keep_city(s, &city);
    s->to->n_other_cities = all - s->to->n_cities;
}

/* As one of them writes it. */
static enum rc name_cities(struct db *db, struct sum *s, struct arena *arena)
{
    enum rc rc = RC_OK;

    s->to->cities = arena_alloc(arena, RECIPIENTS_CITIES * sizeof(*s->to->cities));
    if (!s->to->cities)
        return RC_FAIL;
    for (size_t i = 0; !rc && i < s->to->n_cities; i++) {
        struct db_rows *rows;

        s->to->cities[i] = (struct campaign_part){ .audience = 0 };
        rc = db_query(db, SQL_CITY, DB_IN(db_u64(s->cities[i].one)), &rows);
        if (rc)
            break;
        if (db_next(rows))
            s->to->cities[i].name =
                arena_copy(arena, db_get_text(rows, 0), strlen(db_get_text(rows, 0)));
        rc = db_rows_end(rows);
        if (!rc && !s->to->cities[i].name)
            s->to->cities[i].name = arena_copy(arena, "", 0);
        if (!rc && !s->to->cities[i].name)
            rc = RC_FAIL;
    }
    return rc;
}

/* --- categories --- */

/* All there are, by id; the first one is that of those who have none. */
static enum rc read_categories(struct db *db, struct sum *s, struct arena *arena)
{
    size_t n = 0;
    struct db_rows *rows;
    uint64_t count;
    enum rc rc = db_query_u64(db, SQL_CATEGORY_COUNT, DB_NO_INPUT, &count);

    if (rc)
        return rc;
    s->to->categories = arena_alloc(arena, (count + 1) * sizeof(*s->to->categories));
    s->category_ids = arena_alloc(arena, (count + 1) * sizeof(*s->category_ids));
    if (!s->to->categories || !s->category_ids)
        return RC_FAIL;
    rc = db_query(db, SQL_CATEGORIES, DB_IN(db_u64(count)), &rows);
    if (rc)
        return rc;
    s->to->categories[0] = (struct campaign_part){ .name = arena_copy(arena, "", 0) };
    s->category_ids[0] = 0;
    while (n < count && db_next(rows)) {
        const char *code = db_get_text(rows, 1);
        n++;
        s->category_ids[n] = (uint32_t)db_get_u64(rows, 0);
        s->to->categories[n] =
            (struct campaign_part){ .name = arena_copy(arena, code, strlen(code)) };
    }
    s->to->n_categories = n + 1;
    return db_rows_end(rows);
}

static int compare_parts(const void *a, const void *b)
{
    const struct campaign_part *x = a, *y = b;

    return (x->audience < y->audience) - (x->audience > y->audience);
}

static void drop_empty_categories(struct recipients_count *c)
{
    if (c->n_categories)
        qsort(c->categories, c->n_categories, sizeof(*c->categories), compare_parts);
    while (c->n_categories && !c->categories[c->n_categories - 1].audience)
        c->n_categories--;
}

static uint64_t share_in(uint64_t n, unsigned share)
{
    return (n * share + SHARE_WHOLE / 2) / SHARE_WHOLE;
}

static void part_hold_out(struct campaign_part *p, unsigned share)
{
    uint64_t held = share_in(p->reached, share);

    p->reached -= held;
    p->excluded[EXCLUDED_HOLD_OUT] += held;
}

/* The database cannot tell who is held out; of many it is their share. */
static void hold_out(struct recipients_count *c, unsigned share, size_t n_zones)
{
    uint64_t held = 0, mails = share_in(c->by_channel[CHANNEL_EMAIL], share);

    for (size_t i = 0; i < n_zones; i++) {
        uint64_t n = share_in(c->by_zone[i], share);
        c->by_zone[i] -= n;
        held += n;
    }
    c->by_channel[CHANNEL_SMS] -= held;
    c->by_channel[CHANNEL_EMAIL] -= mails;
    held += mails;
    c->reached -= held;
    c->excluded[EXCLUDED_HOLD_OUT] += held;
    for (size_t i = 0; i < c->n_categories; i++)
        part_hold_out(&c->categories[i], share);
    for (size_t i = 0; i < c->n_cities; i++)
        part_hold_out(&c->cities[i], share);
    part_hold_out(&c->other_cities, share);
}

static enum rc add_up(struct db *db, const struct counting *c, struct groups *all,
                      const struct groups *refused, const struct groups *duplicates,
                      struct arena *arena, struct recipients_count *out)
{
    struct recipients_count count = { .audience = 0 };
    struct sum s = { .counting = c, .to = &count };
    enum rc rc = read_categories(db, &s, arena);

    if (!rc && c->cities) {
        find_cities(&s, all);
        rc = name_cities(db, &s, arena);
    }
    if (rc)
        return rc;
    add_groups(&s, all);
    move_all(&s, refused, duplicates);
    hold_out(&count, c->r->spec.split.hold_out, c->zones->n + 1);
    drop_empty_categories(&count);
    *out = count;
    return RC_OK;
}

enum rc recipients_count(struct db *db, const struct recipients *r,
                         const struct recipients_zones *zones, struct arena *arena,
                         struct recipients_count *out)
{
    struct counting c = { .r = r, .zones = zones };
    struct half halves[2] = { { .db = NULL } };
    struct groups refused = { .n = 0 }, duplicates = { .n = 0 };
    enum rc rc;

    find_places(&c.places, zones);
    rc = count_refusals(db, &c);
    if (!rc)
        rc = read_all_groups(db, &c, halves);
    if (!rc)
        rc = read_refused(db, &c, &refused);
    for (unsigned way = 0; !rc && way < reach_channels(r->spec.reach); way++)
        rc = read_duplicates(db, &c, way, &duplicates);
    for (size_t i = 0; !rc && i < halves[1].groups.n; i++)
        rc = groups_add(&halves[0].groups, &halves[1].groups.list[i]);
    if (!rc)
        rc = add_up(db, &c, &halves[0].groups, &refused, &duplicates, arena, out);
    free(halves[0].groups.list);
    free(halves[1].groups.list);
    free(refused.list);
    free(duplicates.list);
    return rc;
}
