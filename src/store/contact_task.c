/* contact_task.c - tasks are made, ended and given to another, and their matters with them. */
#include "store/contact_enrolment.h"
#include "store/contact_news.h"
#include "store/contact_task.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "domain/staff.h"
#include "domain/utf8.h"
#include "domain/value.h"
#include "store/db.h"
#include "store/id_list.h"
#include "store/matter.h"
#include "store/notice.h"

#define EXPECTED_MAX 200 /* characters */
#define BY_MAX       64
#define WHY_MAX      64
#define OTHERS_PAGE  50   /* open tasks of one customer that are read at a time */
#define PUT_PAGE     1000 /* drafts of which one statement asks whether they were taken */

static const char *const source_names[] = {
    [CONTACT_OF_LIST] = "list",
    [CONTACT_OF_PLAN] = "plan",
    [CONTACT_OF_MANAGER] = "manager",
    [CONTACT_OF_CALL_BACK] = "call_back",
};
static const char *const state_names[] = {
    [CONTACT_OPEN] = "open",
    [CONTACT_DONE] = "done",
    [CONTACT_CANCELLED] = "cancelled",
};

const char *contact_source_name(enum contact_source s)
{
    return source_names[s];
}

const char *contact_state_name(enum contact_state s)
{
    return state_names[s];
}

/* The only key that can be there already is once_a_day: the ids are new. */
static const char SQL_PUT[] =
    "INSERT INTO contact_task (id, customer_id, team_id, staff_id, source, day, due_at, title,"
    "                          expected, reasons, score, plan_id, plan_step, policy_id,"
    "                          created_at, created_by)"
    "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
    "    ON DUPLICATE KEY UPDATE id = contact_task.id";

/* Held: who leaves does so before this, and is seen here, or after it, and hands on what is put. */
static const char SQL_LEAVERS[] = "SELECT s.id, s.left_on + 0"
                                  "  FROM " ID_LIST " w"
                                  "  STRAIGHT_JOIN staff s ON s.id = w.id"
                                  "  LOCK IN SHARE MODE";

static const char SQL_TAKEN[] = "SELECT t.id"
                                "  FROM " ID_LIST " w"
                                "  JOIN contact_task t ON t.id = w.id"
                                " ORDER BY t.id";

static const char SQL_LOCK[] = "SELECT state, due_at, COALESCE(policy_id, 0)"
                               "  FROM contact_task"
                               " WHERE id = ?"
                               "   FOR UPDATE";

static const char SQL_CANCEL[] = "UPDATE contact_task"
                                 "   SET state = 'cancelled', why = ?"
                                 " WHERE id = ? AND state = 'open'";

static const char SQL_OTHERS[] = "SELECT id"
                                 "  FROM contact_task"
                                 " WHERE customer_id = ? AND state = 'open' AND id <> ?"
                                 "   AND (? OR source <> 'manager')"
                                 " ORDER BY id"
                                 " LIMIT ?"
                                 "   FOR UPDATE";

static const char SQL_TEAM_OF[] = "SELECT team_id"
                                  "  FROM staff"
                                  " WHERE id = ? AND (left_on IS NULL OR left_on > ?)";

static const char SQL_GIVE[] = "UPDATE contact_task"
                               "   SET staff_id = ?, team_id = ?"
                               " WHERE id = ? AND state = 'open'";

static const char SQL_HANDED[] = "INSERT INTO contact_handed (task_id, staff_id, at)"
                                 "VALUES (?, ?, ?)"
                                 "    ON DUPLICATE KEY UPDATE staff_id = VALUE(staff_id),"
                                 "       at = VALUE(at)";

/*
 * What a person gave to another is told on its day, at once if that is today. What the list and the
 * plans add is told to whoever had the message of the day before, with what else comes in a minute,
 * and not within an hour of the last one. Locked: who is being told of the day has it in that, or
 * is told of it here.
 */
static const char SQL_TELL[] =
    "INSERT INTO contact_handed (task_id, staff_id, at)"
    "SELECT t.id, t.staff_id,"
    "       IF(t.source IN ('list', 'plan'),"
    "          GREATEST(? + INTERVAL 1 MINUTE,"
    "                   COALESCE((SELECT n.at + INTERVAL 1 HOUR"
    "                               FROM notice n"
    "                              WHERE n.staff_id = t.staff_id AND n.about <> 'reminder'"
    "                              ORDER BY n.id DESC"
    "                              LIMIT 1), t.created_at)),"
    "          GREATEST(?, TIMESTAMP(t.day)))"
    "  FROM " ID_LIST " w"
    "  STRAIGHT_JOIN contact_task t ON t.id = w.id"
    "  STRAIGHT_JOIN staff s ON s.id = t.staff_id AND s.login <> t.created_by"
    "  LEFT JOIN contact_told d ON d.staff_id = t.staff_id AND d.day = t.day"
    " WHERE t.source NOT IN ('list', 'plan') OR d.staff_id IS NOT NULL"
    "  LOCK IN SHARE MODE";

enum rc contact_task_new_ids(struct db *db, uint64_t n, uint64_t *first)
{
    return db_new_ids(db, "contact_task", n, first);
}

static struct db_value id_or_null(uint64_t id)
{
    return id ? db_u64(id) : db_null();
}

static struct db_value cut(const char *text, size_t characters)
{
    text = text ? text : "";
    return db_bytes(text, text_prefix(text, strlen(text), characters));
}

/* --- made --- */

/* Whose each of a page is: nobody's when that person does not work here any more on its day. */
static enum rc read_staff(struct db *db, const struct contact_draft *drafts, size_t n,
                          unsigned staff[PUT_PAGE])
{
    struct id_list ids;
    struct db_rows *rows;
    enum rc rc;

    id_list_init(&ids, n);
    for (size_t i = 0; i < n; i++) {
        staff[i] = drafts[i].staff_id;
        if (staff[i] && (!i || staff[i] != staff[i - 1]))
            id_list_add(&ids, staff[i]);
    }
    rc = id_list_text(&ids);
    if (!rc)
        rc = db_query(db, SQL_LEAVERS, DB_IN(ID_LIST_IN(&ids)), &rows);
    id_list_close(&ids);
    if (rc)
        return rc;
    while (db_next(rows)) {
        const uint64_t id = db_get_u64(rows, 0);
        const int left_on = (int)db_get_i64(rows, 1);

        for (size_t i = 0; left_on && i < n; i++) {
            if (staff[i] == id && drafts[i].day >= left_on)
                staff[i] = 0;
        }
    }
    return db_rows_end(rows);
}

static enum rc add_draft(struct db_bulk *rows, const struct contact_draft *d, unsigned staff_id,
                         utc_us now)
{
    const char *reasons = d->reasons ? d->reasons : "";
    char day[STAFF_DAY_SIZE];

    return db_bulk_add(
        rows,
        (const struct db_value[]){
            db_u64(d->id), db_u64(d->customer_id), db_u64(d->team_id), id_or_null(staff_id),
            db_text(source_names[d->source]), db_text(staff_day_text(d->day, day)),
            db_time(d->due_at), cut(d->title, CONTACT_TITLE_MAX), cut(d->expected, EXPECTED_MAX),
            db_bytes(reasons, utf8_cut(reasons, strlen(reasons), CONTACT_REASONS_MAX)),
            db_i64(d->score), id_or_null(d->plan_id), db_u64(d->plan_step),
            id_or_null(d->policy_id), db_time(now), cut(d->created_by, BY_MAX) });
}

static int compare_ids(const void *key, const void *id)
{
    const uint64_t a = *(const uint64_t *)key, b = *(const uint64_t *)id;

    return (a > b) - (a < b);
}

/* Which of a page are there now: a customer who had one that day already keeps that one. */
static enum rc read_taken(struct db *db, const struct contact_draft *drafts, size_t n, bool *taken)
{
    uint64_t *there = calloc(n, sizeof(*there));
    struct id_list ids;
    struct db_rows *rows;
    size_t n_there = 0;
    enum rc rc = there ? RC_OK : RC_FAIL;

    id_list_init(&ids, n);
    for (size_t i = 0; i < n; i++)
        id_list_add(&ids, drafts[i].id);
    if (!rc)
        rc = id_list_text(&ids);
    if (!rc)
        rc = db_query(db, SQL_TAKEN, DB_IN(ID_LIST_IN(&ids)), &rows);
    if (rc)
        goto out;
    while (n_there < n && db_next(rows))
        there[n_there++] = db_get_u64(rows, 0);
    rc = db_rows_end(rows);
    for (size_t i = 0; !rc && i < n; i++)
        taken[i] = bsearch(&drafts[i].id, there, n_there, sizeof(*there), compare_ids) != NULL;
out:
    id_list_close(&ids);
    free(there);
    return rc;
}

static enum rc open_matters(struct db *db, const struct contact_draft *drafts, size_t n,
                            const unsigned *staff, const bool *taken)
{
    struct matter_draft *matters = calloc(n, sizeof(*matters));
    size_t n_matters = 0;
    enum rc rc;

    if (!matters)
        return RC_FAIL;
    for (size_t i = 0; i < n; i++) {
        const struct contact_draft *d = &drafts[i];

        if (taken[i])
            matters[n_matters++] = (struct matter_draft){ .kind = MATTER_TASK,
                                                          .subject_id = d->id,
                                                          .team_id = d->team_id,
                                                          .staff_id = staff[i],
                                                          .policy_id = d->policy_id,
                                                          .from = d->due_at };
    }
    rc = matter_open(db, matters, n_matters);
    free(matters);
    return rc;
}

/* Whoever has another task now leaves the list: two people would call. */
static enum rc note_others(struct db *db, const struct contact_draft *drafts, size_t n, utc_us now)
{
    uint64_t *customers = calloc(n, sizeof(*customers));
    size_t n_customers = 0;
    enum rc rc;

    if (!customers)
        return RC_FAIL;
    for (size_t i = 0; i < n; i++) {
        if (drafts[i].source != CONTACT_OF_LIST)
            customers[n_customers++] = drafts[i].customer_id;
    }
    rc = contact_news_put_all(db, customers, n_customers, now);
    free(customers);
    return rc;
}

static enum rc tell_whose(struct db *db, const struct contact_draft *drafts, size_t n,
                          const unsigned *staff, const bool *taken, utc_us now)
{
    struct id_list ids;
    enum rc rc;

    id_list_init(&ids, n);
    for (size_t i = 0; i < n; i++) {
        if (taken[i] && staff[i] && staff[i] != drafts[i].by_staff_id)
            id_list_add(&ids, drafts[i].id);
    }
    rc = ids.n ? id_list_text(&ids) : RC_OK;
    if (!rc && ids.n)
        rc = db_run(db, SQL_TELL, DB_IN(db_time(now), db_time(now), ID_LIST_IN(&ids)), NULL);
    id_list_close(&ids);
    return rc;
}

static enum rc put_page(struct db *db, const struct contact_draft *drafts, size_t n, bool *taken)
{
    struct db_bulk *rows = db_bulk_new(16);
    const utc_us now = clock_now();
    unsigned staff[PUT_PAGE];
    bool any_list = false;
    enum rc rc = rows ? read_staff(db, drafts, n, staff) : RC_FAIL;

    for (size_t i = 0; !rc && i < n; i++) {
        taken[i] = true;
        any_list |= drafts[i].source == CONTACT_OF_LIST;
        rc = add_draft(rows, &drafts[i], staff[i], now);
    }
    if (!rc)
        rc = db_bulk_run(db, SQL_PUT, rows, NULL);
    if (!rc && any_list)
        rc = read_taken(db, drafts, n, taken);
    db_bulk_free(rows);
    if (!rc)
        rc = note_others(db, drafts, n, now);
    if (!rc)
        rc = tell_whose(db, drafts, n, staff, taken, now);
    return rc ? rc : open_matters(db, drafts, n, staff, taken);
}

enum rc contact_task_put(struct db *db, const struct contact_draft *drafts, size_t n, bool *taken)
{
    bool page[PUT_PAGE];
    enum rc rc = RC_OK;

    for (size_t at = 0, len; !rc && at < n; at += len) {
        len = n - at < PUT_PAGE ? n - at : PUT_PAGE;
        rc = put_page(db, drafts + at, len, taken ? taken + at : page);
    }
    return rc;
}

/* --- ended --- */

/* The task and its matter have as much room for it. */
enum rc contact_task_cancel(struct db *db, uint64_t id, const char *why)
{
    char kept[4 * WHY_MAX + 1];
    uint64_t changed;
    enum rc rc;

    snprintf(kept, sizeof(kept), "%.*s", (int)text_prefix(why, strlen(why), WHY_MAX), why);
    rc = db_run(db, SQL_CANCEL, DB_IN(db_text(kept), db_u64(id)), &changed);

    if (!rc && !changed)
        rc = RC_CONFLICT;
    if (!rc)
        rc = contact_enrolment_heard(db, id, clock_now());
    return rc ? rc : matter_settle(db, MATTER_TASK, id, kept, "");
}

static enum rc read_others(struct db *db, uint64_t customer_id, uint64_t except, bool managers_too,
                           uint64_t ids[OTHERS_PAGE], size_t *n)
{
    struct db_rows *rows;
    enum rc rc = db_query(
        db, SQL_OTHERS,
        DB_IN(db_u64(customer_id), db_u64(except), db_u64(managers_too), db_u64(OTHERS_PAGE)),
        &rows);

    *n = 0;
    if (rc)
        return rc;
    while (*n < OTHERS_PAGE && db_next(rows))
        ids[(*n)++] = db_get_u64(rows, 0);
    return db_rows_end(rows);
}

enum rc contact_task_cancel_others(struct db *db, uint64_t customer_id, uint64_t except,
                                   bool managers_too, const char *why)
{
    uint64_t ids[OTHERS_PAGE];
    size_t n;
    enum rc rc;

    do {
        rc = read_others(db, customer_id, except, managers_too, ids, &n);
        for (size_t i = 0; !rc && i < n; i++)
            rc = contact_task_cancel(db, ids[i], why);
    } while (!rc && n == OTHERS_PAGE);
    return rc;
}

/* --- another's --- */

/* RC_CONFLICT: it is not open. */
static enum rc lock_open(struct db *db, uint64_t id, utc_us *due_at, uint64_t *policy_id)
{
    struct db_rows *rows;
    bool found, open;
    enum rc rc = db_query(db, SQL_LOCK, DB_IN(db_u64(id)), &rows);

    if (rc)
        return rc;
    found = db_next(rows);
    open = found && strcmp(db_get_text(rows, 0), state_names[CONTACT_OPEN]) == 0;
    *due_at = found ? db_get_time(rows, 1) : 0;
    *policy_id = found ? db_get_u64(rows, 2) : 0;
    rc = db_rows_end(rows);
    return rc ? rc : !found ? RC_NOTFOUND : open ? RC_OK : RC_CONFLICT;
}

/* Of a team without a policy it was no matter so far; of the new one it may be. What somebody
 * stopped stays so. Who had it is told of it no more in any case. */
static enum rc hand_over_matter(struct db *db, const struct matter_draft *d, const char *who)
{
    enum rc rc = matter_hand_over(db, d->kind, d->subject_id, d->staff_id, d->from, who);

    if (rc != RC_NOTFOUND && rc != RC_CONFLICT)
        return rc;
    rc = rc == RC_NOTFOUND ? matter_open(db, d, 1) : RC_OK;
    return rc ? rc : notice_withdraw(db, d->kind, d->subject_id);
}

/* What is overdue already is the new person's from now on: nobody is reminded of hours in which it
 * was another's. */
enum rc contact_task_hand_over(struct db *db, uint64_t id, unsigned staff_id, const char *who)
{
    const utc_us now = clock_now();
    const struct civil today = clock_civil(now);
    char day[STAFF_DAY_SIZE];
    struct matter_draft matter = { .kind = MATTER_TASK, .subject_id = id, .staff_id = staff_id };
    uint64_t team_id;
    enum rc rc = lock_open(db, id, &matter.from, &matter.policy_id);

    if (!rc)
        rc = db_query_u64(db, SQL_TEAM_OF,
                          DB_IN(db_u64(staff_id), db_text(staff_day_text(staff_day(&today), day))),
                          &team_id);
    if (!rc)
        rc = db_run(db, SQL_GIVE, DB_IN(db_u64(staff_id), db_u64(team_id), db_u64(id)), NULL);
    if (!rc) /* who gets it is told by store/day_notice */
        rc = db_run(db, SQL_HANDED, DB_IN(db_u64(id), db_u64(staff_id), db_time(now)), NULL);
    if (rc)
        return rc;
    matter.team_id = (unsigned)team_id;
    if (matter.from < now)
        matter.from = now;
    return hand_over_matter(db, &matter, who);
}
