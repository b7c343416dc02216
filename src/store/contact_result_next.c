/* contact_result_next.c - the next contact: agreed with the customer, or what the outcome is
 * followed by. It is counted by the clock of whoever is to make it. */
#include "base/arena.h"
#include "domain/contact_due.h"
#include "store/contact_result_private.h"
#include "store/staff.h"

static const char SQL_TASK[] =
    "SELECT COALESCE(staff_id, 0), team_id FROM contact_task WHERE id = ?";

static const char SQL_OWNER[] = "SELECT COALESCE(owner_id, 0), 0 FROM customer WHERE id = ?";

/* Whose it would be: whose task it is, whoever reported its result, or who looks after the
 * customer; who made the contact, if it is nobody's. */
static enum rc find_whose(struct db *db, const struct contact_report *r, unsigned *staff_id,
                          unsigned *team_id)
{
    struct db_rows *rows;
    enum rc rc = db_query(db, r->task_id ? SQL_TASK : SQL_OWNER,
                          DB_IN(db_u64(r->task_id ? r->task_id : r->customer_id)), &rows);

    if (rc)
        return rc;
    *staff_id = *team_id = 0;
    if (db_next(rows)) {
        *staff_id = (unsigned)db_get_u64(rows, 0);
        *team_id = (unsigned)db_get_u64(rows, 1);
    }
    if (!*staff_id)
        *staff_id = r->staff_id;
    return db_rows_end(rows);
}

static void reckon_day(const struct work_time *w, const struct contact_report *r,
                       unsigned next_days, struct contact_next *out)
{
    const int today = work_time_day(w, r->at ? r->at : clock_now());

    if (r->next_at) {
        out->day = work_time_day(w, r->next_at);
        out->due_at = r->next_at;
        return;
    }
    out->day =
        r->next_day ? r->next_day : work_time_day_after(w, staff_day_add(today, (int)next_days), 0);
    out->due_at = out->day ? contact_due(w, out->day) : 0;
}

static enum rc reckon(const struct staff_book *book, const struct contact_report *r,
                      unsigned next_days, unsigned staff_id, unsigned team_id,
                      struct contact_next *out)
{
    const struct staff_member *member = staff_book_member(book, staff_id);
    struct zone_shelf zones;
    struct work_time w;
    enum rc rc;

    if (member)
        team_id = member->team_id;
    if (!team_id)
        return RC_OK;
    rc = zone_shelf_open(&zones, r->house ? r->house->timezone : "Etc/UTC", NULL);
    if (rc)
        return rc;
    rc = member
             ? work_time_of_staff(book, staff_id, &zones, r->house ? r->house->holidays : NULL, &w)
             : work_time_of_team(book, team_id, &zones, r->house ? r->house->holidays : NULL, &w);
    if (!rc) {
        reckon_day(&w, r, next_days, out);
        out->team_id = team_id;
        out->staff_id = member && staff_works_here(member, out->day) ? staff_id : 0;
    }
    zone_shelf_close(&zones);
    return rc;
}

enum rc contact_next_reckon(struct db *db, const struct contact_report *r,
                            const struct contact_outcome *outcome, struct contact_next *out)
{
    unsigned staff_id, team_id;
    struct staff_book book;
    struct arena arena;
    enum rc rc;

    *out = (struct contact_next){ .day = 0 };
    if (outcome->effect == CONTACT_EFFECT_DO_NOT_CONTACT ||
        !(r->next_at || r->next_day || outcome->next_days))
        return RC_OK;
    arena_init(&arena);
    rc = find_whose(db, r, &staff_id, &team_id);
    if (!rc)
        rc = staff_book_read(db, &arena, &book);
    if (!rc)
        rc = reckon(&book, r, outcome->next_days, staff_id, team_id, out);
    arena_close(&arena);
    return rc;
}
