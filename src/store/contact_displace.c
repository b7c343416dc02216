/*
 * contact_displace.c - a list is made again: whom it left out, and whose tasks are much less
 * urgent.
 *
 * Everybody who is due is shared out once more, as if the places of what gives way were free, too.
 * Who has one of those and not a free one is weighed against the tasks that there are, the most
 * urgent against the least urgent. Only reckoned here: they are put down as news, and the day's
 * news (contact_news.c) decide and do it by the same rule.
 */
#include "store/contact_displace.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "domain/staff.h"
#include "store/db.h"
#include "store/id_list.h"

static const char SQL_SCORES[] =
    "SELECT COUNT(*) OVER (), t.staff_id, t.score"
    "  FROM " ID_LIST " w"
    "  STRAIGHT_JOIN contact_task t ON t.day = ? AND t.team_id = w.id"
    " WHERE t.staff_id IS NOT NULL AND " DISPLACEABLE " ORDER BY t.staff_id, t.score";

/* One person's tasks that give way, the least urgent first. */
struct holder {
    unsigned staff_id, team_id;
    const int *scores;
    size_t n, at; /* those before `at` are spoken for */
};
struct left_out {
    unsigned team_id;
    bool cut;
    int score;
};
struct contact_displacing {
    struct contact_share *share;
    struct holder *holders; /* as the places */
    struct left_out *teams;
    size_t n_holders, n_teams;
};

/* --- begin --- */

struct scores {
    unsigned *staff;
    int *scores;
    size_t n;
};

static enum rc read_scores(struct db *db, const unsigned *teams, size_t n_teams, int day,
                           struct arena *arena, struct scores *out)
{
    char text[STAFF_DAY_SIZE];
    struct db_rows *rows;
    struct id_list ids;
    enum rc rc;

    id_list_init(&ids, n_teams);
    for (size_t i = 0; i < n_teams; i++)
        id_list_add(&ids, teams[i]);
    rc = id_list_text(&ids);
    if (!rc)
        rc = db_query(db, SQL_SCORES, DB_IN(ID_LIST_IN(&ids), db_text(staff_day_text(day, text))),
                      &rows);
    id_list_close(&ids);
    if (rc)
        return rc;
    while (!rc && db_next(rows)) {
        if (!out->n) {
            out->staff = arena_alloc(arena, db_get_u64(rows, 0) * sizeof(out->staff[0]));
            out->scores = arena_alloc(arena, db_get_u64(rows, 0) * sizeof(out->scores[0]));
        }
        rc = out->staff && out->scores ? RC_OK : RC_FAIL;
        if (rc)
            break;
        out->staff[out->n] = (unsigned)db_get_u64(rows, 1);
        out->scores[out->n++] = (int)db_get_i64(rows, 2);
    }
    return db_rows_end(rows) ? RC_AGAIN : rc;
}

static struct holder hold(const struct scores *s, const struct contact_place *place)
{
    struct holder h = { .staff_id = place->staff_id, .team_id = place->team_id };

    for (size_t i = 0; i < s->n; i++) {
        if (s->staff[i] != place->staff_id)
            continue;
        if (!h.n++)
            h.scores = &s->scores[i];
    }
    return h;
}

static struct left_out *team_of(const struct contact_displacing *d, unsigned team_id)
{
    for (size_t i = 0; i < d->n_teams; i++) {
        if (d->teams[i].team_id == team_id)
            return &d->teams[i];
    }
    return NULL;
}

enum rc contact_displacing_begin(struct db *db, const unsigned *teams, size_t n_teams, int day,
                                 const struct contact_place *places, size_t n, struct arena *arena,
                                 struct contact_displacing **out)
{
    struct contact_displacing *d = arena_alloc(arena, sizeof(*d));
    struct contact_place *larger = arena_alloc(arena, (n + 1) * sizeof(*larger));
    struct scores scores = { .n = 0 };
    enum rc rc = d && larger ? read_scores(db, teams, n_teams, day, arena, &scores) : RC_FAIL;

    *out = NULL;
    if (rc || !scores.n)
        return rc;
    *d = (struct contact_displacing){
        .holders = arena_alloc(arena, (n + 1) * sizeof(d->holders[0])),
        .teams = arena_alloc(arena, (n_teams + 1) * sizeof(d->teams[0])),
        .n_holders = n,
        .n_teams = n_teams,
    };
    if (!d->holders || !d->teams)
        return RC_FAIL;
    for (size_t i = 0; i < n_teams; i++)
        d->teams[i] = (struct left_out){ .team_id = teams[i] };
    for (size_t i = 0; i < n; i++) {
        d->holders[i] = hold(&scores, &places[i]);
        larger[i] = places[i];
        larger[i].room += (unsigned)d->holders[i].n;
    }
    d->share = contact_share_new(larger, n, arena);
    *out = d;
    return d->share ? RC_OK : RC_FAIL;
}

void contact_displacing_offer(struct contact_displacing *d, const struct contact_candidate *c)
{
    contact_share_offer(d->share, c);
}

/* --- settle --- */

static int by_id(const void *a, const void *b)
{
    const uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

    return (x > y) - (x < y);
}

static int by_urgency(const void *a, const void *b)
{
    const struct contact_candidate *x = &((const struct contact_given *)a)->candidate;
    const struct contact_candidate *y = &((const struct contact_given *)b)->candidate;

    if (x->score.total != y->score.total)
        return x->score.total < y->score.total ? 1 : -1;
    return by_id(&x->customer_id, &y->customer_id);
}

/* An owner's place, or the least urgent of the team. */
static struct holder *least(const struct contact_displacing *d, const struct contact_candidate *c)
{
    struct holder *found = NULL;

    for (size_t i = 0; i < d->n_holders; i++) {
        struct holder *h = &d->holders[i];

        if (h->at == h->n || (c->owner_id ? h->staff_id != c->owner_id : h->team_id != c->team_id))
            continue;
        if (!found || h->scores[h->at] < found->scores[found->at])
            found = h;
    }
    return found;
}

static void note_cut(struct left_out *team, int score)
{
    if (team && (!team->cut || score > team->score))
        *team = (struct left_out){ .team_id = team->team_id, .cut = true, .score = score };
}

static void note_cuts(struct contact_displacing *d)
{
    for (size_t i = 0; i < d->n_teams; i++) {
        int score;

        if (contact_share_cut(d->share, d->teams[i].team_id, &score))
            note_cut(&d->teams[i], score);
    }
}

/* Sorted, for bsearch(). */
static uint64_t *ids_of(const struct contact_given *given, size_t n, struct arena *arena)
{
    uint64_t *ids = arena_alloc(arena, (n + 1) * sizeof(*ids));

    for (size_t i = 0; ids && i < n; i++)
        ids[i] = given[i].candidate.customer_id;
    if (ids)
        qsort(ids, n, sizeof(*ids), by_id);
    return ids;
}

enum rc contact_displacing_settle(struct contact_displacing *d, const struct contact_given *given,
                                  size_t n_given, struct arena *arena, uint64_t **customers,
                                  size_t *n)
{
    const uint64_t *has_place = ids_of(given, n_given, arena);
    struct contact_given *all;
    size_t n_all;
    enum rc rc = has_place ? contact_share_settle(d->share, arena, &all, &n_all) : RC_FAIL;

    *n = 0;
    *customers = rc ? NULL : arena_alloc(arena, (n_all + 1) * sizeof(**customers));
    if (rc || !*customers)
        return RC_FAIL;
    note_cuts(d);
    qsort(all, n_all, sizeof(all[0]), by_urgency);
    for (size_t i = 0; i < n_all; i++) {
        const struct contact_candidate *c = &all[i].candidate;
        struct holder *h;

        if (bsearch(&c->customer_id, has_place, n_given, sizeof(*has_place), by_id))
            continue;
        h = least(d, c);
        if (h && h->scores[h->at] + DISPLACE_BY <= c->score.total) {
            h->at++;
            (*customers)[(*n)++] = c->customer_id;
        } else {
            note_cut(team_of(d, c->team_id), c->score.total);
        }
    }
    return RC_OK;
}

bool contact_displacing_cut(const struct contact_displacing *d, unsigned team_id, int *score)
{
    const struct left_out *team = team_of(d, team_id);

    if (team && team->cut)
        *score = team->score;
    return team && team->cut;
}
