/* staff_absence.c - somebody is away, and who stands in. */
#include <stdio.h>
#include <string.h>

#include "domain/utf8.h"
#include "store/staff_change.h"

#define REASON_MAX  120
#define DETAIL_SIZE 200

static const char SQL_ADD[] =
    "INSERT INTO staff_absence (id, staff_id, from_day, to_day, deputy_id, reason, created_at,"
    "                           created_by)"
    "VALUES (?, ?, ?, ?, ?, ?, ?, ?)";

static const char SQL_WHOSE[] = "SELECT staff_id FROM staff_absence WHERE id = ?";
static const char SQL_CANCEL[] = "DELETE FROM staff_absence WHERE id = ?";

/* Who had the message of that day already is told of what the other one has to do. Locked: as when
 * a task is added (store/contact_task.c). */
static const char SQL_TELL[] = "REPLACE INTO contact_handed (task_id, staff_id, at)"
                               "SELECT t.id, d.staff_id, ?"
                               "  FROM contact_told d"
                               "  JOIN contact_task t ON t.staff_id = ? AND t.state = 'open'"
                               "                     AND t.day <= d.day"
                               " WHERE d.staff_id = ? AND d.day = ?"
                               "  LOCK IN SHARE MODE";

/* --- away --- */

static enum rc take_person(struct staff_change *c, const char *field, const char *login,
                           unsigned *id)
{
    const struct staff_member *member = staff_book_login(&c->book, login);

    if (!member)
        return staff_change_refuse(
            c, field, "there is nobody of login \"%.64s\"; relaisctl staff list shows them", login);
    *id = member->id;
    return RC_OK;
}

static enum rc take_day(struct staff_change *c, const char *field, const char *text, int *day)
{
    if (text && staff_day_parse(text, day) == RC_OK)
        return RC_OK;
    return staff_change_refuse(c, field, "expected a day such as \"2026-12-24\", got \"%.40s\"",
                               text ? text : "");
}

static enum rc take_absence(struct staff_change *c, const struct absence_plan *p,
                            struct staff_absence *a)
{
    const size_t len = p->reason ? strlen(p->reason) : 0;
    enum rc rc = take_person(c, "login", p->login, &a->staff_id);

    if (!rc)
        rc = take_day(c, "from", p->from, &a->from_day);
    if (!rc)
        rc = take_day(c, "to", p->to && *p->to ? p->to : p->from, &a->to_day);
    if (!rc && p->deputy && *p->deputy)
        rc = take_person(c, "deputy", p->deputy, &a->deputy_id);
    if (!rc && len &&
        (!utf8_valid(p->reason, len, NULL) || utf8_length(p->reason, len) > REASON_MAX))
        rc = staff_change_refuse(c, "reason", "expected at most %d characters", REASON_MAX);
    return rc ? rc : staff_change_blame(c, "absence", staff_check_absence(&c->book, a, c->err));
}

/* Away from today on, without notice: the stand-in is told (store/day_notice.h looks who that is).
 */
static enum rc tell_stand_in(struct db *db, const struct staff_change *c,
                             const struct staff_absence *a)
{
    const struct staff_member *whose = staff_book_member(&c->book, a->staff_id);
    const struct civil utc = clock_civil(c->now);
    const int today = staff_day(&utc);
    const unsigned named = a->deputy_id ? a->deputy_id : whose ? whose->manager_id : 0;
    const unsigned to = named ? staff_stand_in(&c->book, named, today) : 0;
    char day[STAFF_DAY_SIZE];

    if (!to || today < a->from_day || today > a->to_day)
        return RC_OK;
    return db_run(db, SQL_TELL,
                  DB_IN(db_time(c->now), db_u64(a->staff_id), db_u64(to),
                        db_text(staff_day_text(today, day))),
                  NULL);
}

static enum rc put_absence(struct db *db, struct staff_change *c)
{
    const struct absence_plan *p = c->plan;
    const struct civil today = clock_civil(c->now);
    struct staff_absence a = { .id = c->new_id };
    char from[STAFF_DAY_SIZE], to[STAFF_DAY_SIZE], detail[DETAIL_SIZE];
    enum rc rc = take_absence(c, p, &a);

    if (rc)
        return rc;
    if (a.to_day < staff_day_add(staff_day(&today), -1)) /* the day before may still be there */
        return staff_change_refuse(c, "to", "that is over already (%s)",
                                   staff_day_text(a.to_day, to));
    c->id = c->person = a.staff_id;
    staff_day_text(a.from_day, from);
    staff_day_text(a.to_day, to);
    rc = db_run(db, SQL_ADD,
                DB_IN(db_u64(a.id), db_u64(a.staff_id), db_text(from), db_text(to),
                      a.deputy_id ? db_u64(a.deputy_id) : db_null(),
                      db_text(p->reason ? p->reason : ""), db_time(c->now), db_text(c->who)),
                NULL);
    snprintf(detail, sizeof(detail), "%llu %s %s%s%s", (unsigned long long)a.id, from, to,
             a.deputy_id ? " deputy " : "", a.deputy_id ? p->deputy : "");
    if (!rc)
        rc = tell_stand_in(db, c, &a);
    return rc ? rc : staff_change_audit(db, c, AUDIT_STAFF, "away", detail);
}

enum rc absence_add(struct db *db, const struct absence_plan *plan, const char *who, uint64_t *id,
                    const char **field, struct error *err)
{
    struct staff_change c = {
        .apply = put_absence, .plan = plan, .who = who, .field = field, .err = err
    };
    enum rc rc = staff_change_run(db, &c, "staff_absence");

    if (!rc)
        *id = c.new_id;
    return rc;
}

static enum rc take_back(struct db *db, struct staff_change *c)
{
    const uint64_t *id = c->plan;
    char detail[DETAIL_SIZE];
    enum rc rc = db_query_u64(db, SQL_WHOSE, DB_IN(db_u64(*id)), &c->id);

    if (!rc)
        rc = db_run(db, SQL_CANCEL, DB_IN(db_u64(*id)), NULL);
    c->person = (unsigned)c->id;
    snprintf(detail, sizeof(detail), "%llu", (unsigned long long)*id);
    return rc ? rc : staff_change_audit(db, c, AUDIT_STAFF, "back", detail);
}

enum rc absence_cancel(struct db *db, uint64_t id, const char *who)
{
    struct staff_change c = { .apply = take_back, .plan = &id, .who = who };

    return staff_change_run(db, &c, NULL);
}
