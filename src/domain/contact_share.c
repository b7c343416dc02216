/*
 * contact_share.c - heaps of bounded size, the least urgent on top.
 *
 * Each person has one for own customers, as large as there is room. What does not stay there goes
 * to the one of the team, `over`. Those who are nobody's have another, `loose`. Both are as large
 * as the team has room: so whoever falls out of one of them has that many before it, and could not
 * have been given to anybody.
 */
#include "domain/contact_share.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"

struct heap {
    struct contact_candidate *list;
    size_t n, size;
};
struct place {
    struct contact_place who;
    struct heap own;
};
struct team {
    unsigned id;
    size_t room;
    struct heap loose, over;
    bool cut;
    int cut_score;
};
struct contact_share {
    struct place *places; /* by staff_id */
    struct team *teams;
    size_t n_places, n_teams;
};

/* --- order --- */

/* Above 0: `a` comes after `b`. */
static int compare(const struct contact_candidate *a, const struct contact_candidate *b)
{
    if (a->score.total != b->score.total)
        return a->score.total < b->score.total ? 1 : -1;
    return (a->customer_id > b->customer_id) - (a->customer_id < b->customer_id);
}

static void swap(struct contact_candidate *a, struct contact_candidate *b)
{
    const struct contact_candidate kept = *a;

    *a = *b;
    *b = kept;
}

static void sift_up(struct heap *h, size_t i)
{
    while (i > 0 && compare(&h->list[i], &h->list[(i - 1) / 2]) > 0) {
        swap(&h->list[i], &h->list[(i - 1) / 2]);
        i = (i - 1) / 2;
    }
}

static void sift_down(struct heap *h)
{
    for (size_t i = 0;;) {
        size_t worst = i;

        for (size_t child = 2 * i + 1; child <= 2 * i + 2 && child < h->n; child++) {
            if (compare(&h->list[child], &h->list[worst]) > 0)
                worst = child;
        }
        if (worst == i)
            return;
        swap(&h->list[i], &h->list[worst]);
        i = worst;
    }
}

/* true: *c is what did not stay, which may be another one. */
static bool push(struct heap *h, struct contact_candidate *c)
{
    if (h->n < h->size) {
        h->list[h->n++] = *c;
        sift_up(h, h->n - 1);
        return false;
    }
    if (h->size && compare(c, &h->list[0]) < 0) {
        swap(c, &h->list[0]);
        sift_down(h);
    }
    return true;
}

/* --- making --- */

static int by_staff(const void *a, const void *b)
{
    const struct place *x = a, *y = b;

    return (x->who.staff_id > y->who.staff_id) - (x->who.staff_id < y->who.staff_id);
}

static struct team *team_of(const struct contact_share *share, unsigned id)
{
    for (size_t i = 0; i < share->n_teams; i++) {
        if (share->teams[i].id == id)
            return &share->teams[i];
    }
    return NULL;
}

static struct place *place_of(const struct contact_share *share, unsigned staff_id)
{
    const struct place key = { .who = { .staff_id = staff_id } };

    return staff_id && share->n_places
               ? bsearch(&key, share->places, share->n_places, sizeof(key), by_staff)
               : NULL;
}

static bool heap_make(struct heap *h, size_t size, struct arena *arena)
{
    h->size = size;
    h->list = size ? arena_alloc(arena, size * sizeof(h->list[0])) : NULL;
    return !size || h->list;
}

static bool fill(struct contact_share *share, const struct contact_place *places, size_t n,
                 struct arena *arena)
{
    for (size_t i = 0; i < n; i++) {
        struct place *p = &share->places[i];
        struct team *team = team_of(share, places[i].team_id);

        p->who = places[i];
        if (p->who.room > CONTACT_ROOM_MAX)
            p->who.room = CONTACT_ROOM_MAX;
        if (!team) {
            team = &share->teams[share->n_teams++];
            team->id = p->who.team_id;
        }
        team->room += p->who.room;
        if (!heap_make(&p->own, p->who.room, arena))
            return false;
    }
    for (size_t i = 0; i < share->n_teams; i++) {
        if (!heap_make(&share->teams[i].loose, share->teams[i].room, arena) ||
            !heap_make(&share->teams[i].over, share->teams[i].room, arena))
            return false;
    }
    return true;
}

struct contact_share *contact_share_new(const struct contact_place *places, size_t n,
                                        struct arena *arena)
{
    struct contact_share *share = arena_alloc(arena, sizeof(*share));

    if (!share)
        return NULL;
    share->places = arena_alloc(arena, (n + 1) * sizeof(share->places[0]));
    share->teams = arena_alloc(arena, (n + 1) * sizeof(share->teams[0]));
    share->n_places = n;
    if (!share->places || !share->teams || !fill(share, places, n, arena))
        return NULL;
    qsort(share->places, n, sizeof(share->places[0]), by_staff);
    return share;
}

bool contact_share_has_team(const struct contact_share *share, unsigned team_id)
{
    return team_of(share, team_id) != NULL;
}

/* --- offering --- */

static void note_cut(struct team *team, int score)
{
    if (!team->cut || score > team->cut_score)
        team->cut_score = score;
    team->cut = true;
}

void contact_share_offer(struct contact_share *share, const struct contact_candidate *candidate)
{
    struct contact_candidate c = *candidate;
    struct place *place = place_of(share, c.owner_id);
    struct team *team = team_of(share, c.team_id);

    if (!team && !place)
        return;
    if (!place)
        c.owner_id = 0;
    else if (!push(&place->own, &c))
        return;
    /* What fell out may be of another team: of one whom the person stands in for. */
    team = team_of(share, c.team_id);
    if (team && push(c.owner_id ? &team->over : &team->loose, &c))
        note_cut(team, c.score.total);
}

/* --- settling --- */

struct settling {
    struct contact_share *share;
    const struct contact_candidate **first, **then; /* by urgency, once sorted */
    size_t n_first, n_then;
    struct contact_given *given;
    size_t n;
};

static int by_urgency(const void *a, const void *b)
{
    return compare(*(const struct contact_candidate *const *)a,
                   *(const struct contact_candidate *const *)b);
}

static int by_person(const void *a, const void *b)
{
    const struct contact_given *x = a, *y = b;

    if (x->staff_id != y->staff_id)
        return x->staff_id < y->staff_id ? -1 : 1;
    return compare(&x->candidate, &y->candidate);
}

static void gather(const struct heap *h, const struct contact_candidate **list, size_t *n)
{
    for (size_t i = 0; i < h->n; i++)
        list[(*n)++] = &h->list[i];
}

static struct place *most_room(const struct contact_share *share, unsigned team_id)
{
    struct place *best = NULL;

    for (size_t i = 0; i < share->n_places; i++) {
        struct place *p = &share->places[i];

        if (p->who.team_id == team_id && p->who.room && (!best || p->who.room > best->who.room))
            best = p;
    }
    return best;
}

static bool give(struct settling *s, struct place *place, const struct contact_candidate *c)
{
    if (!place || !place->who.room)
        return false;
    place->who.room--;
    s->given[s->n++] = (struct contact_given){ .candidate = *c, .staff_id = place->who.staff_id };
    return true;
}

static void give_all(struct settling *s)
{
    qsort(s->first, s->n_first, sizeof(s->first[0]), by_urgency);
    for (size_t i = 0; i < s->n_first; i++) {
        const struct contact_candidate *c = s->first[i];

        if (!give(s,
                  c->owner_id ? place_of(s->share, c->owner_id) : most_room(s->share, c->team_id),
                  c))
            s->then[s->n_then++] = c;
    }
    qsort(s->then, s->n_then, sizeof(s->then[0]), by_urgency);
    for (size_t i = 0; i < s->n_then; i++) {
        struct team *team = team_of(s->share, s->then[i]->team_id);

        if (!give(s, most_room(s->share, s->then[i]->team_id), s->then[i]) && team)
            note_cut(team, s->then[i]->score.total);
    }
}

enum rc contact_share_settle(struct contact_share *share, struct arena *arena,
                             struct contact_given **list, size_t *n)
{
    struct settling s = { .share = share };
    size_t room = 1;

    for (size_t i = 0; i < share->n_teams; i++)
        room += share->teams[i].room;
    s.first = arena_alloc(arena, 2 * room * sizeof(s.first[0]));
    s.then = arena_alloc(arena, 3 * room * sizeof(s.then[0]));
    s.given = arena_alloc(arena, room * sizeof(s.given[0]));
    if (!s.first || !s.then || !s.given)
        return RC_FAIL;
    for (size_t i = 0; i < share->n_places; i++)
        gather(&share->places[i].own, s.first, &s.n_first);
    for (size_t i = 0; i < share->n_teams; i++) {
        gather(&share->teams[i].loose, s.first, &s.n_first);
        gather(&share->teams[i].over, s.then, &s.n_then);
    }
    give_all(&s);
    qsort(s.given, s.n, sizeof(s.given[0]), by_person);
    *list = s.given;
    *n = s.n;
    return RC_OK;
}

bool contact_share_cut(const struct contact_share *share, unsigned team_id, int *score)
{
    const struct team *team = team_of(share, team_id);

    if (team && team->cut)
        *score = team->cut_score;
    return team && team->cut;
}

unsigned contact_share_room(struct contact_share *share, unsigned team_id, unsigned owner_id)
{
    struct place *place = place_of(share, owner_id);

    if (!place || !place->who.room)
        place = most_room(share, team_id);
    if (!place)
        return 0;
    place->who.room--;
    return place->who.staff_id;
}
