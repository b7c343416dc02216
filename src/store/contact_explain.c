/* contact_explain.c - one customer, as the list sees it. */
#include <string.h>

#include "base/arena.h"
#include "store/contact_facts.h"
#include "store/contact_roster.h"
#include "store/db.h"

static const char SQL_CATEGORY[] = "SELECT code FROM category WHERE id = ?";

static const char SQL_LIST[] = "SELECT cut_score"
                               "  FROM contact_list"
                               " WHERE team_id = ? AND day = ? AND state = 'made'";

static enum rc read_category(struct db *db, unsigned id, struct arena *arena, const char **code)
{
    struct db_rows *rows;
    const char *text = "";
    enum rc rc = db_query(db, SQL_CATEGORY, DB_IN(db_u64(id)), &rows);

    if (rc)
        return rc;
    if (db_next(rows))
        text = db_get_text(rows, 0);
    *code = arena_copy(arena, text, strlen(text));
    rc = db_rows_end(rows);
    return rc ? rc : *code ? RC_OK : RC_FAIL;
}

static enum rc read_list(struct db *db, unsigned team_id, struct contact_why *why)
{
    char day[STAFF_DAY_SIZE];
    struct db_rows *rows;
    enum rc rc = db_query(db, SQL_LIST,
                          DB_IN(db_u64(team_id), db_text(staff_day_text(why->day, day))), &rows);

    if (rc)
        return rc;
    why->listed = db_next(rows);
    why->full = why->listed && !db_is_null(rows, 0);
    why->cut_score = why->full ? (int)db_get_i64(rows, 0) : 0;
    return db_rows_end(rows);
}

static enum rc read_customer(struct db *db, struct roster *r, uint64_t id, int day,
                             struct contact_facts *out)
{
    struct contact_reach reach;
    size_t n;
    enum rc rc;

    contact_reach_of(&r->book, r->now, day, &reach);
    rc = contact_facts_read(db, &reach, id, id, 1, out, &n);
    return rc || n ? rc : RC_NOTFOUND;
}

static const char *login_of(const struct roster *r, unsigned id)
{
    const struct staff_member *m = staff_book_member(&r->staff, id);

    return m ? m->login : "";
}

static void say_topics(const struct roster *r, struct contact_why *why)
{
    for (size_t i = 0; i < r->book.n_topics; i++) {
        const struct contact_topic *t = &r->book.topics[i];

        if (why->score.points[t->kind] && why->score.numbers[t->kind] == (int)t->id)
            why->topics[t->kind] = t->text;
    }
}

static enum rc explain_team(struct db *db, struct roster *r, unsigned team_id,
                            struct contact_why *why)
{
    const struct team *team = staff_book_team(&r->staff, team_id);
    enum rc rc;

    why->team = team ? team->code : "";
    if (!team)
        return RC_OK;
    rc = roster_list_at(r, team_id, why->day, &why->list_at);
    if (rc == RC_NOTFOUND)
        rc = RC_OK;
    return rc ? rc : read_list(db, team_id, why);
}

static enum rc explain(struct db *db, struct roster *r, uint64_t id, struct arena *arena,
                       struct contact_why *why)
{
    struct civil today = local_zone_civil(r->zones.house, r->now);
    struct roster_owner owner;
    enum rc rc;

    why->day = staff_day(&today);
    rc = read_customer(db, r, id, why->day, &why->facts);
    if (rc)
        return rc;
    owner = roster_owner_of(r, &why->facts, why->day);
    if (staff_book_team(&r->staff, owner.team_id)) {
        rc = roster_today(r, owner.team_id, &why->day);
        if (!rc)
            rc = read_customer(db, r, id, why->day, &why->facts);
        owner = roster_owner_of(r, &why->facts, why->day);
    }
    if (rc)
        return rc;
    contact_score_of(&why->facts, &r->book, roster_calendar(r, owner.team_id, why->day),
                     &why->score);
    why->policy = contact_book_policy(&r->book, why->facts.category_id);
    why->owner = login_of(r, why->facts.owner_id);
    why->stand_in =
        owner.staff_id && owner.staff_id != why->facts.owner_id ? login_of(r, owner.staff_id) : "";
    why->list_staff = login_of(r, why->facts.list_staff);
    say_topics(r, why);
    rc = read_category(db, why->facts.category_id, arena, &why->category);
    return rc ? rc : explain_team(db, r, owner.team_id, why);
}

enum rc contact_explain(struct db *db, const struct contact_list_settings *settings,
                        uint64_t customer_id, struct arena *arena, struct contact_why *out)
{
    struct contact_why why = { .day = 0 };
    struct roster roster;
    enum rc rc = roster_read(db, settings, clock_now(), arena, &roster);

    if (!rc)
        rc = explain(db, &roster, customer_id, arena, &why);
    roster_close(&roster);
    if (!rc)
        *out = why;
    return rc;
}
