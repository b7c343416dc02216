/* contact_orphan.c - a page of tasks without a person is read, thought about, and given away. */
#include "store/contact_orphan.h"

#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "store/alert.h"
#include "store/contact_roster.h"
#include "store/contact_task.h"
#include "store/db.h"

#define PAGE 200

/* A team far away may be a day ahead of the house. */
static const char SQL_PAGE[] = "SELECT t.id, t.team_id, COALESCE(c.owner_id, 0), t.day + 0"
                               "  FROM contact_task t"
                               "  LEFT JOIN customer c ON c.id = t.customer_id"
                               " WHERE t.staff_id IS NULL AND t.state = 'open'"
                               "   AND t.day <= ? + INTERVAL 1 DAY AND t.id >= ?"
                               " ORDER BY t.id"
                               " LIMIT ?";

static const char SQL_LOCK[] = "SELECT id"
                               "  FROM contact_task"
                               " WHERE id = ? AND staff_id IS NULL AND state = 'open'"
                               "   FOR UPDATE";

/* Nobody is late with what was nobody's. */
static const char SQL_DUE[] = "UPDATE contact_task"
                              "   SET due_at = ?"
                              " WHERE id = ? AND due_at < ?";

struct orphan {
    uint64_t id;
    unsigned team_id, owner_id;
    int day;
    unsigned staff_id; /* who gets it; 0: nobody */
    utc_us due_at;     /* ... by when at the earliest */
};

struct team_room {
    int today; /* 0: not looked at yet; -1: its hours cannot be read */
    struct contact_place *places;
    size_t n_places;
    bool stuck;        /* nobody is there, on a day of work */
    bool open, over;   /* the alert that says so; it is not so any more */
    uint64_t alert_id; /* 0: none is to be opened */
    unsigned waiting;
};

struct orphanage {
    struct arena arena;
    struct roster roster;
    struct orphan *list;
    struct team_room *teams; /* as those of the roster */
    size_t n;
    struct contact_orphan_count *count;
};

static enum rc read_page(struct db *db, struct orphanage *o, uint64_t next)
{
    const struct civil today = local_zone_civil(o->roster.zones.house, o->roster.now);
    char day[STAFF_DAY_SIZE];
    struct db_rows *rows;
    enum rc rc = db_query(
        db, SQL_PAGE,
        DB_IN(db_text(staff_day_text(staff_day(&today), day)), db_u64(next), db_u64(PAGE)), &rows);

    if (rc)
        return rc;
    while (o->n < PAGE && db_next(rows))
        o->list[o->n++] = (struct orphan){ .id = db_get_u64(rows, 0),
                                           .team_id = (unsigned)db_get_u64(rows, 1),
                                           .owner_id = (unsigned)db_get_u64(rows, 2),
                                           .day = (int)db_get_i64(rows, 3) };
    return db_rows_end(rows);
}

/* --- who gets it --- */

static enum rc look_at_team(struct db *db, struct orphanage *o, unsigned id, struct team_room *room)
{
    enum rc rc = roster_today(&o->roster, id, &room->today);

    if (rc == RC_NOTFOUND || rc == RC_INVALID) { /* the others need not wait */
        room->today = -1;
        return RC_OK;
    }
    if (!rc)
        rc = roster_places(db, &o->roster, &id, 1, room->today, &o->arena, &room->places,
                           &room->n_places);
    for (size_t i = 0; !rc && i < room->n_places; i++)
        room->places[i].room += PAGE; /* however full a day is: now it is somebody's */
    return rc;
}

/* Those of the team come before those who only stand in for one of them. */
static unsigned most_room(struct team_room *room, unsigned team_id)
{
    struct contact_place *best = NULL;

    for (size_t i = 0; i < room->n_places; i++) {
        struct contact_place *p = &room->places[i];

        if (!best || (p->team_id == team_id) > (best->team_id == team_id) ||
            (p->team_id == best->team_id && p->room > best->room))
            best = p;
    }
    if (best)
        best->room--;
    return best ? best->staff_id : 0;
}

static bool is_day_of_work(struct roster *r, unsigned team_id, int day)
{
    utc_us at;

    return roster_list_at(r, team_id, day, &at) == RC_OK;
}

static enum rc think_one(struct db *db, struct orphanage *o, struct orphan *orphan)
{
    const struct team *team = staff_book_team(&o->roster.staff, orphan->team_id);
    struct team_room *room = team ? &o->teams[team - o->roster.staff.teams] : NULL;
    enum rc rc = RC_OK;

    if (room && !room->today)
        rc = look_at_team(db, o, team->id, room);
    if (rc || !room || room->today < orphan->day)
        return rc;
    orphan->staff_id = staff_stand_in(&o->roster.staff, orphan->owner_id, room->today);
    if (!orphan->staff_id || !roster_due(&o->roster, orphan->staff_id, room->today))
        orphan->staff_id = most_room(room, team->id);
    if (orphan->staff_id) {
        orphan->due_at = roster_due(&o->roster, orphan->staff_id, room->today);
        return RC_OK;
    }
    room->waiting++;
    room->stuck = !roster_anybody(&o->roster, team->id, room->today) &&
                  is_day_of_work(&o->roster, team->id, room->today);
    return RC_OK;
}

static void note_open(void *arg, const char *subject)
{
    struct orphanage *o = arg;

    for (size_t i = 0; i < o->roster.staff.n_teams; i++)
        o->teams[i].open |= strcmp(o->roster.staff.teams[i].code, subject) == 0;
}

/* Once a day: who has closed it knows. */
static enum rc look_for_alert(struct db *db, struct orphanage *o, const struct team *team,
                              struct team_room *room)
{
    bool opened = false;
    utc_us midnight;
    enum rc rc = roster_midnight(&o->roster, team->id, room->today, &midnight);

    if (!rc)
        rc = alert_was_opened(db, ALERT_CONTACT_NOBODY, team->code, midnight, &opened);
    return rc || opened ? rc : alert_new_id(db, &room->alert_id);
}

static enum rc look_for_alerts(struct db *db, struct orphanage *o)
{
    enum rc rc = alert_subjects(db, ALERT_CONTACT_NOBODY, note_open, o);

    for (size_t i = 0; !rc && i < o->roster.staff.n_teams; i++) {
        const struct team *team = &o->roster.staff.teams[i];
        struct team_room *room = &o->teams[i];
        int today;

        if (room->open)
            room->over = roster_today(&o->roster, team->id, &today) == RC_OK &&
                         roster_anybody(&o->roster, team->id, today);
        else if (room->stuck)
            rc = look_for_alert(db, o, team, room);
    }
    return rc;
}

static enum rc think(struct db *db, struct orphanage *o)
{
    enum rc rc = RC_OK;

    o->teams = arena_alloc(&o->arena, (o->roster.staff.n_teams + 1) * sizeof(o->teams[0]));
    if (!o->teams)
        return RC_FAIL;
    for (size_t i = 0; !rc && i < o->n; i++)
        rc = think_one(db, o, &o->list[i]);
    return rc ? rc : look_for_alerts(db, o);
}

static bool is_something_to_write(const struct orphanage *o)
{
    bool some = false;

    for (size_t i = 0; i < o->n; i++)
        some |= o->list[i].staff_id != 0;
    for (size_t i = 0; i < o->roster.staff.n_teams; i++)
        some |= o->teams[i].alert_id || o->teams[i].over;
    return some;
}

/* --- writing --- */

/* Who has taken it, recorded a result or left meanwhile: it is looked at again. */
static enum rc give(struct db *db, struct orphanage *o, const struct orphan *orphan)
{
    uint64_t id;
    enum rc rc = db_query_u64(db, SQL_LOCK, DB_IN(db_u64(orphan->id)), &id);

    if (!rc)
        rc = db_run(db, SQL_DUE,
                    DB_IN(db_time(orphan->due_at), db_u64(orphan->id), db_time(o->roster.now)),
                    NULL);
    if (!rc)
        rc = contact_task_hand_over(db, orphan->id, orphan->staff_id, "relaisd");
    o->count->given += !rc;
    return rc == RC_NOTFOUND || rc == RC_CONFLICT ? RC_OK : rc;
}

static enum rc tell(struct db *db, const struct team *team, const struct team_room *room)
{
    char text[ALERT_TEXT_SIZE];

    if (room->over)
        return alert_settle(db, ALERT_CONTACT_NOBODY, team->code);
    if (!room->alert_id)
        return RC_OK;
    snprintf(text, sizeof(text), ALERT_SAYS_TASKS_NOBODY, room->waiting);
    return alert_put(db, room->alert_id, ALERT_CONTACT_NOBODY, team->code, text);
}

static enum rc write_body(struct db *db, void *arg)
{
    struct orphanage *o = arg;
    enum rc rc = RC_OK;

    o->count->given = 0;
    for (size_t i = 0; !rc && i < o->n; i++) {
        if (o->list[i].staff_id)
            rc = give(db, o, &o->list[i]);
    }
    for (size_t i = 0; !rc && i < o->roster.staff.n_teams; i++)
        rc = tell(db, &o->roster.staff.teams[i], &o->teams[i]);
    return rc;
}

enum rc contact_orphan_step(struct db *db, const struct contact_list_settings *settings,
                            uint64_t *next, struct contact_orphan_count *out)
{
    struct orphanage o = { .count = out };
    enum rc rc;

    *out = (struct contact_orphan_count){ .given = 0 };
    arena_init(&o.arena);
    rc = roster_read(db, settings, clock_now(), &o.arena, &o.roster);
    o.list = arena_alloc(&o.arena, PAGE * sizeof(o.list[0]));
    if (!rc && !o.list)
        rc = RC_FAIL;
    if (!rc)
        rc = read_page(db, &o, *next);
    if (!rc)
        rc = think(db, &o);
    if (!rc && is_something_to_write(&o))
        rc = db_transaction(db, write_body, &o);
    if (!rc) {
        out->waiting = o.n - out->given;
        out->more = o.n == PAGE;
        *next = out->more ? o.list[o.n - 1].id + 1 : 0;
    }
    roster_close(&o.roster);
    arena_close(&o.arena);
    return rc;
}
