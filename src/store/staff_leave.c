/* staff_leave.c - see staff_leave.h. */
#include "store/staff_leave.h"

#include <stdio.h>
#include <string.h>

#include "store/contact_task.h"
#include "store/staff_change.h"

#define LOG_PART "staff"
#include "base/log.h"

#define DETAIL_SIZE 200
#define PAGE_MAX    500

static const char SQL_LEFT_ON[] = "UPDATE staff SET left_on = ?, updated_at = ? WHERE id = ?";

static const char SQL_BEGIN[] =
    "INSERT INTO staff_leaving (staff_id, on_day, to_id, created_at, created_by)"
    "VALUES (?, ?, ?, ?, ?)"
    "    ON DUPLICATE KEY UPDATE on_day = VALUE(on_day), to_id = VALUE(to_id), finished_at = NULL,"
    "       stuck_at = NULL";

static const char SQL_READ[] =
    "SELECT l.to_id, l.on_day + 0, l.customers, l.tasks, l.finished_at,"
    "       (SELECT COUNT(*) FROM customer c WHERE c.owner_id = l.staff_id),"
    "       (SELECT COUNT(*) FROM contact_task t WHERE t.staff_id = l.staff_id AND t.state = "
    "'open')"
    "  FROM staff_leaving l"
    " WHERE l.staff_id = ?";

static const char SQL_THEIRS[] =
    "SELECT (SELECT COUNT(*) FROM customer c WHERE c.owner_id = s.id),"
    "       (SELECT COUNT(*) FROM contact_task t WHERE t.staff_id = s.id AND t.state = 'open'),"
    "       (SELECT COUNT(*) FROM staff p WHERE p.manager_id = s.id)"
    "  FROM staff s"
    " WHERE s.id = ?";

/* Whose day has come somewhere on earth, and where each of them works; those with nobody to take
 * over are tried after all others. */
static const char SQL_DUE[] = "SELECT l.staff_id, l.on_day + 0,"
                              "       COALESCE(NULLIF(s.timezone, ''), NULLIF(t.timezone, ''), ?)"
                              "  FROM staff_leaving l"
                              "  JOIN staff s ON s.id = l.staff_id"
                              "  JOIN team t ON t.id = s.team_id"
                              " WHERE l.finished_at IS NULL AND l.on_day <= ?"
                              " ORDER BY l.stuck_at, l.on_day, l.staff_id";

static const char SQL_LOCK[] = "SELECT to_id"
                               "  FROM staff_leaving"
                               " WHERE staff_id = ? AND finished_at IS NULL AND on_day <= ?"
                               "   FOR UPDATE";

/* Whoever was to take it over may have left since: has, and not just once upon a time. */
static const char SQL_ONWARD[] = "SELECT l.to_id"
                                 "  FROM staff_leaving l"
                                 "  JOIN staff s ON s.id = l.staff_id"
                                 " WHERE l.staff_id = ? AND l.on_day <= ?"
                                 "   AND s.left_on = l.on_day";

static const char SQL_IS_HERE[] = "SELECT COUNT(*)"
                                  "  FROM staff"
                                  " WHERE id = ? AND (left_on IS NULL OR left_on > ?)";

static const char SQL_STUCK[] = "UPDATE staff_leaving SET stuck_at = ? WHERE staff_id = ?";

static const char SQL_CUSTOMERS[] = "UPDATE customer"
                                    "   SET owner_id = ?, updated_at = ?"
                                    " WHERE owner_id = ?"
                                    " ORDER BY id"
                                    " LIMIT ?";

static const char SQL_TASKS[] = "SELECT id"
                                "  FROM contact_task"
                                " WHERE staff_id = ? AND state = 'open'"
                                " ORDER BY id"
                                " LIMIT ?";

static const char SQL_COUNT[] = "UPDATE staff_leaving"
                                "   SET customers = customers + ?, tasks = tasks + ?,"
                                "       finished_at = ?"
                                " WHERE staff_id = ?";

/* The successor gets the manager whom the other had, and then whoever had the other as manager: in
 * this order nobody becomes his own. */
static const char SQL_SUCCESSOR[] =
    "UPDATE staff s, staff gone"
    "   SET s.manager_id = IF(gone.manager_id = s.id, NULL, gone.manager_id), s.updated_at = ?"
    " WHERE gone.id = ? AND s.id = ? AND s.manager_id = gone.id";

static const char SQL_PEOPLE[] = "UPDATE staff"
                                 "   SET manager_id = ?, updated_at = ?"
                                 " WHERE manager_id = ? AND id <> ?";

/* --- said --- */

static enum rc take_plan(struct staff_change *c, const struct staff_leave_plan *p, int *on,
                         const struct staff_member **to)
{
    const struct staff_member *self = staff_book_login(&c->book, p->login);

    if (!self)
        return staff_change_refuse(
            c, "login", "there is nobody of login \"%.64s\"; relaisctl staff list shows them",
            p->login);
    c->id = self->id;
    if (staff_day_parse(p->on ? p->on : "", on))
        return staff_change_refuse(
            c, "on", "expected the first day without %s, such as \"2026-12-31\"", self->login);
    *to = staff_book_login(&c->book, p->to ? p->to : "");
    if (!*to || *to == self || !staff_works_here(*to, *on))
        return staff_change_refuse(c, "to",
                                   "expected the login of somebody else who works here on that "
                                   "day, got \"%.64s\"",
                                   p->to ? p->to : "");
    return RC_OK;
}

/* A mistyped year is noticed before everything is another's: that does not come back. */
static enum rc check_day(struct db *db, struct staff_change *c, int on,
                         const struct staff_member *to)
{
    const struct staff_leave_plan *p = c->plan;
    const struct staff_member *self = staff_book_login(&c->book, p->login);
    unsigned long long customers = 0, tasks = 0, people = 0;
    struct db_rows *rows;
    enum rc rc;

    if (p->past_too || on >= staff_today(staff_zone(&c->book, self, p->house), c->now))
        return RC_OK;
    rc = db_query(db, SQL_THEIRS, DB_IN(db_u64(c->id)), &rows);
    if (rc)
        return rc;
    if (db_next(rows)) {
        customers = db_get_u64(rows, 0);
        tasks = db_get_u64(rows, 1);
        people = db_get_u64(rows, 2);
    }
    rc = db_rows_end(rows);
    return rc ? rc
              : staff_change_refuse(c, "on",
                                    "%s is past: at once customers (%llu), open tasks (%llu) and "
                                    "people (%llu) of %s would go to %s, and would not come back; "
                                    "say --yes if that is meant",
                                    p->on, customers, tasks, people, p->login, to->login);
}

static enum rc begin(struct db *db, struct staff_change *c)
{
    const struct staff_leave_plan *p = c->plan;
    const struct staff_member *to = NULL;
    char day[STAFF_DAY_SIZE], detail[DETAIL_SIZE];
    int on = 0;
    enum rc rc = take_plan(c, p, &on, &to);

    if (!rc)
        rc = check_day(db, c, on, to);
    if (rc)
        return rc;
    c->person = (unsigned)c->id;
    staff_day_text(on, day);
    rc = db_run(db, SQL_LEFT_ON, DB_IN(db_text(day), db_time(c->now), db_u64(c->id)), NULL);
    if (!rc)
        rc = db_run(
            db, SQL_BEGIN,
            DB_IN(db_u64(c->id), db_text(day), db_u64(to->id), db_time(c->now), db_text(c->who)),
            NULL);
    snprintf(detail, sizeof(detail), "on %s to %s", day, to->login);
    return rc ? rc : staff_change_audit(db, c, AUDIT_STAFF, "leave", detail);
}

enum rc staff_leave(struct db *db, const struct staff_leave_plan *plan, const char *who,
                    const char **field, struct error *err)
{
    struct staff_change c = {
        .apply = begin, .plan = plan, .who = who, .field = field, .err = err
    };

    return staff_change_run(db, &c, NULL);
}

enum rc staff_leave_read(struct db *db, unsigned staff_id, struct staff_leaving *out)
{
    struct db_rows *rows;
    enum rc rc = db_query(db, SQL_READ, DB_IN(db_u64(staff_id)), &rows), end;

    if (rc)
        return rc;
    if (db_next(rows))
        *out = (struct staff_leaving){ .staff_id = staff_id,
                                       .to_id = (unsigned)db_get_u64(rows, 0),
                                       .on_day = (int)db_get_i64(rows, 1),
                                       .customers = db_get_u64(rows, 2),
                                       .tasks = db_get_u64(rows, 3),
                                       .finished_at = db_get_time(rows, 4),
                                       .customers_left = db_get_u64(rows, 5),
                                       .tasks_left = db_get_u64(rows, 6) };
    else
        rc = RC_NOTFOUND;
    end = db_rows_end(rows);
    return end ? end : rc;
}

/* --- done, a page at a time --- */

struct handing {
    uint64_t from, to, audit_id;
    uint64_t customers, tasks; /* of this page */
    size_t page;
    char today[STAFF_DAY_SIZE];
    utc_us now;
    bool finished;
};

/* RC_INVALID: the last one is gone, too, and handed on nothing. */
static enum rc find_successor(struct db *db, struct handing *h)
{
    const struct db_value today = db_text(h->today);
    uint64_t next, here = 0;
    enum rc rc = db_query_u64(db, SQL_LOCK, DB_IN(db_u64(h->from), today), &h->to);

    if (rc)
        return rc;
    for (unsigned step = 0; !rc && step < STAFF_CHAIN_MAX; step++) {
        rc = db_query_u64(db, SQL_ONWARD, DB_IN(db_u64(h->to), today), &next);
        if (!rc)
            h->to = next;
    }
    if (!rc || rc == RC_NOTFOUND)
        rc = db_query_u64(db, SQL_IS_HERE, DB_IN(db_u64(h->to), today), &here);
    return rc ? rc : here ? RC_OK : RC_INVALID;
}

static enum rc note_stuck(struct db *db, const struct handing *h)
{
    log_warn("staff=%llu leave=stuck reason=\"who was to take over works here no more\""
             " effect=\"nothing is handed on until there is another: relaisctl staff leave\"",
             (unsigned long long)h->from);
    return db_run(db, SQL_STUCK, DB_IN(db_time(h->now), db_u64(h->from)), NULL);
}

static enum rc hand_tasks(struct db *db, struct handing *h)
{
    uint64_t ids[PAGE_MAX];
    struct db_rows *rows;
    size_t n = 0;
    enum rc rc = db_query(db, SQL_TASKS, DB_IN(db_u64(h->from), db_u64(h->page)), &rows), end;

    if (rc)
        return rc;
    while (n < PAGE_MAX && db_next(rows))
        ids[n++] = db_get_u64(rows, 0);
    end = db_rows_end(rows);
    for (size_t i = 0; !end && !rc && i < n; i++) {
        rc = contact_task_hand_over(db, ids[i], (unsigned)h->to, "relaisd");
        if (!rc)
            h->tasks++;
        else if (rc == RC_CONFLICT) /* done meanwhile */
            rc = RC_OK;
        else if (rc == RC_NOTFOUND) /* the successor has just gone, too */
            rc = RC_INVALID;
    }
    h->finished = n < h->page;
    return end ? end : rc;
}

static enum rc hand_people(struct db *db, const struct handing *h)
{
    const struct db_value now = db_time(h->now), from = db_u64(h->from), to = db_u64(h->to);
    enum rc rc = db_run(db, SQL_SUCCESSOR, DB_IN(now, from, to), NULL);

    return rc ? rc : db_run(db, SQL_PEOPLE, DB_IN(to, now, from, to), NULL);
}

static enum rc note_end(struct db *db, const struct handing *h)
{
    struct staff_leaving all;
    char detail[DETAIL_SIZE];
    enum rc rc = staff_leave_read(db, (unsigned)h->from, &all);

    if (rc)
        return rc;
    snprintf(detail, sizeof(detail), "%llu customers %llu tasks", (unsigned long long)all.customers,
             (unsigned long long)all.tasks);
    return audit_write(db, &(struct audit_entry){ .id = h->audit_id,
                                                  .at = h->now,
                                                  .who = "relaisd",
                                                  .verb = "left",
                                                  .subject = AUDIT_STAFF,
                                                  .subject_id = h->from,
                                                  .detail = detail });
}

static enum rc hand_body(struct db *db, void *arg)
{
    struct handing *h = arg;
    enum rc rc = staff_change_turn(db);

    h->tasks = 0;
    h->finished = false;
    if (!rc)
        rc = find_successor(db, h);
    if (!rc)
        rc = db_run(db, SQL_CUSTOMERS,
                    DB_IN(db_u64(h->to), db_time(h->now), db_u64(h->from), db_u64(h->page)),
                    &h->customers);
    if (!rc && h->customers < h->page)
        rc = hand_tasks(db, h);
    if (!rc && h->finished)
        rc = hand_people(db, h);
    if (!rc)
        rc = db_run(db, SQL_COUNT,
                    DB_IN(db_u64(h->customers), db_u64(h->tasks), db_time(h->finished ? h->now : 0),
                          db_u64(h->from)),
                    NULL);
    return !rc && h->finished ? note_end(db, h) : rc;
}

/* The first whose day has begun; h->from 0: none. */
static enum rc find_due(struct db *db, const char *house, struct handing *h)
{
    const struct civil utc = clock_civil(h->now);
    char latest[STAFF_DAY_SIZE];
    struct db_rows *rows;
    enum rc rc;

    staff_day_text(staff_day_add(staff_day(&utc), 1), latest);
    rc = db_query(db, SQL_DUE, DB_IN(db_text(house), db_text(latest)), &rows);
    if (rc)
        return rc;
    while (db_next(rows)) {
        const int today = h->from ? 0 : staff_today(db_get_text(rows, 2), h->now);

        if (h->from || (int)db_get_i64(rows, 1) > today)
            continue;
        h->from = db_get_u64(rows, 0);
        staff_day_text(today, h->today);
    }
    return db_rows_end(rows);
}

enum rc staff_leave_step(struct db *db, const char *house, utc_us now, size_t page,
                         struct staff_leave_done *out)
{
    struct handing h = { .now = now, .page = page < PAGE_MAX ? page : PAGE_MAX };
    enum rc rc;

    *out = (struct staff_leave_done){ 0 };
    rc = find_due(db, house, &h);
    if (rc || !h.from)
        return rc;
    rc = audit_new_id(db, &h.audit_id);
    if (!rc)
        rc = db_transaction(db, hand_body, &h);
    if (rc == RC_INVALID)
        return note_stuck(db, &h);
    if (rc == RC_NOTFOUND) /* another node was faster, or it was taken back */
        return RC_OK;
    if (!rc)
        *out = (struct staff_leave_done){ (unsigned)h.from, h.finished };
    return rc;
}
