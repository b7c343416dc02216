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
    if (!r->next_at && !r->next_day) {
        const int today = work_time_day(w, r->at ? r->at : clock_now());

        out->day = work_time_day_after(w, staff_day_add(today, (int)next_days), 0);
        out->due_at = out->day ? contact_due(w, out->day) : 0;
        return;
    }
    if (r->next_at)
        contact_due_agreed(w, r->next_at, &out->agreed);
    else
        contact_due_agreed_day(w, r->next_day, &out->agreed);
    out->asked_at = r->next_at ? r->next_at : contact_due(w, r->next_day);
    out->day = out->agreed.day;
    out->due_at = out->agreed.due_at;
}

/* Who works on the day that was said in place of a person who is away; 0: nobody. */
static unsigned who_works(const struct staff_book *book, const struct contact_report *r,
                          const struct work_time *w, unsigned staff_id)
{
    const int day = r->next_at ? work_time_day(w, r->next_at) : r->next_day;

    return !day || staff_is_there(book, staff_id, day) ? staff_id
                                                       : staff_stand_in(book, staff_id, day);
}

/* By the clock of the person, of who stands in on that day, or of the team. */
static enum rc reckon_by(const struct staff_book *book, const struct contact_report *r,
                         unsigned next_days, unsigned staff_id, struct zone_shelf *zones,
                         struct contact_next *out)
{
    struct holiday_book *holidays = r->house ? r->house->holidays : NULL;
    struct work_time w;
    enum rc rc = RC_OK;

    if (staff_id) {
        unsigned doer;

        rc = work_time_of_staff(book, staff_id, zones, holidays, &w);
        doer = rc ? staff_id : who_works(book, r, &w, staff_id);
        if (!rc && doer && doer != staff_id)
            rc = work_time_of_staff(book, doer, zones, holidays, &w);
        staff_id = doer;
    }
    if (!rc && !staff_id)
        rc = work_time_of_team(book, out->team_id, zones, holidays, &w);
    if (!rc)
        reckon_day(&w, r, next_days, out);
    return rc;
}

static enum rc reckon(const struct staff_book *book, const struct contact_report *r,
                      unsigned next_days, unsigned staff_id, unsigned team_id,
                      struct contact_next *out)
{
    const struct staff_member *member = staff_book_member(book, staff_id);
    struct zone_shelf zones;
    enum rc rc;

    out->team_id = member ? member->team_id : team_id;
    if (!out->team_id)
        return RC_OK;
    rc = zone_shelf_open(&zones, r->house ? r->house->timezone : "Etc/UTC", NULL);
    if (rc)
        return rc;
    rc = reckon_by(book, r, next_days, member ? staff_id : 0, &zones, out);
    out->staff_id = !rc && member && staff_works_here(member, out->day) ? staff_id : 0;
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
