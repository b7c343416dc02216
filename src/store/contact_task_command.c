/* contact_task_command.c - see contact_task_command.h. */
#include "store/contact_task_command.h"

#include <stdio.h>
#include <string.h>

#include "domain/staff.h"
#include "domain/value.h"
#include "store/audit.h"
#include "store/db.h"

static const char SQL_WITHDRAWN[] = "UPDATE contact_task SET withdrawn = TRUE WHERE id = ?";

static const char SQL_CUSTOMER[] = "SELECT erased_at IS NOT NULL, do_not_contact"
                                   "  FROM customer"
                                   " WHERE id = ?"
                                   "   FOR UPDATE";

static const char SQL_THERE[] = "SELECT id"
                                "  FROM contact_task"
                                " WHERE customer_id = ? AND state = 'open' AND source = 'manager'"
                                "   AND staff_id = ? AND due_at = ? AND title = ?"
                                " ORDER BY id"
                                " LIMIT 1";

static const char SQL_OWNER[] = "SELECT COALESCE(owner_id, 0) FROM customer WHERE id = ?";

static const char SQL_LOOK[] = "SELECT t.state, COALESCE(t.staff_id, 0), t.customer_id,"
                               "       (SELECT s.login FROM staff s WHERE s.id = ?)"
                               "  FROM contact_task t"
                               " WHERE t.id = ?"
                               "   FOR UPDATE";

static const char SQL_NOTE[] = "INSERT INTO contact_note (id, task_id, customer_id, at, who, note)"
                               "VALUES (?, ?, ?, ?, ?, ?)";

struct giving {
    uint64_t id, audit_id, note_id, new_id;
    const struct contact_draft *draft;
    unsigned staff_id;
    const char *text, *who;
    struct error *err;
    utc_us now;

    bool again; /* it was there before */

    /* the task as it is */
    char state[16], login[STAFF_LOGIN_SIZE];
    unsigned owner_id;
    uint64_t customer_id;
};

static enum rc note_in_audit(struct db *db, const struct giving *g, const char *verb,
                             const char *detail)
{
    return audit_write(db, &(struct audit_entry){ .id = g->audit_id,
                                                  .at = g->now,
                                                  .who = g->who,
                                                  .verb = verb,
                                                  .subject = AUDIT_CONTACT_TASK,
                                                  .subject_id = g->id,
                                                  .detail = detail });
}

/* The task, locked. */
static enum rc look(struct db *db, struct giving *g)
{
    struct db_rows *rows;
    bool found;
    enum rc rc = db_query(db, SQL_LOOK, DB_IN(db_u64(g->staff_id), db_u64(g->id)), &rows);

    if (rc)
        return rc;
    found = db_next(rows);
    if (found) {
        snprintf(g->state, sizeof(g->state), "%s", db_get_text(rows, 0));
        g->owner_id = (unsigned)db_get_u64(rows, 1);
        g->customer_id = db_get_u64(rows, 2);
        snprintf(g->login, sizeof(g->login), "%s", db_get_text(rows, 3));
    }
    rc = db_rows_end(rows);
    if (rc || found)
        return rc;
    return error_set(g->err, RC_NOTFOUND, "there is no task %llu", (unsigned long long)g->id);
}

static enum rc look_open(struct db *db, struct giving *g)
{
    enum rc rc = look(db, g);

    if (!rc && strcmp(g->state, contact_state_name(CONTACT_OPEN)) != 0)
        rc = error_set(g->err, RC_CONFLICT, "task %llu is %s already", (unsigned long long)g->id,
                       g->state);
    return rc;
}

static enum rc run(struct db *db, struct giving *g, db_body *body)
{
    enum rc rc = audit_new_id(db, &g->audit_id);

    g->now = clock_now();
    return rc ? rc : db_transaction(db, body, g);
}

enum rc contact_owner(struct db *db, uint64_t customer_id, unsigned *staff_id)
{
    uint64_t id;
    enum rc rc = db_query_u64(db, SQL_OWNER, DB_IN(db_u64(customer_id)), &id);

    if (!rc)
        *staff_id = (unsigned)id;
    return rc;
}

/* --- add --- */

static enum rc check_customer(struct db *db, const struct giving *g)
{
    const unsigned long long id = g->draft->customer_id;
    struct db_rows *rows;
    bool found, erased, unwanted;
    enum rc rc = db_query(db, SQL_CUSTOMER, DB_IN(db_u64(g->draft->customer_id)), &rows);

    if (rc)
        return rc;
    found = db_next(rows);
    erased = found && db_get_u64(rows, 0);
    unwanted = found && db_get_u64(rows, 1);
    rc = db_rows_end(rows);
    if (rc)
        return rc;
    if (!found)
        return error_set(g->err, RC_NOTFOUND, "there is no customer %llu", id);
    if (erased)
        return error_set(g->err, RC_CONFLICT, "customer %llu was erased", id);
    return unwanted
               ? error_set(g->err, RC_CONFLICT, "customer %llu does not want to be contacted", id)
               : RC_OK;
}

/* Its customer is locked: two who add the same one come one after the other. */
static enum rc look_for_same(struct db *db, struct giving *g)
{
    const struct contact_draft *d = g->draft;
    uint64_t id;
    enum rc rc = db_query_u64(
        db, SQL_THERE,
        DB_IN(db_u64(d->customer_id), db_u64(d->staff_id), db_time(d->due_at),
              db_bytes(d->title, text_prefix(d->title, strlen(d->title), CONTACT_TITLE_MAX))),
        &id);

    g->again = !rc;
    if (!rc)
        g->id = id;
    return rc == RC_NOTFOUND ? RC_OK : rc;
}

static enum rc add_body(struct db *db, void *arg)
{
    struct giving *g = arg;
    struct contact_draft draft = *g->draft;
    enum rc rc = check_customer(db, g);

    draft.id = g->new_id;
    draft.source = CONTACT_OF_MANAGER;
    draft.created_by = g->who;
    if (!rc)
        rc = look_for_same(db, g);
    if (rc || g->again)
        return rc;
    g->id = draft.id;
    rc = contact_task_put(db, &draft, 1, NULL);
    return rc ? rc : note_in_audit(db, g, "add", "");
}

enum rc contact_task_add(struct db *db, const struct contact_draft *draft, const char *who,
                         uint64_t *id, bool *again, struct error *err)
{
    struct giving g = { .draft = draft, .who = who, .err = err };
    enum rc rc = contact_task_new_ids(db, 1, &g.new_id);

    if (!rc)
        rc = run(db, &g, add_body);
    if (!rc) {
        *id = g.id;
        *again = g.again;
    }
    return rc;
}

/* --- withdraw --- */

static enum rc withdraw_body(struct db *db, void *arg)
{
    struct giving *g = arg;
    enum rc rc = look_open(db, g);

    if (!rc)
        rc = contact_task_cancel(db, g->id, g->text);
    if (!rc)
        rc = db_run(db, SQL_WITHDRAWN, DB_IN(db_u64(g->id)), NULL);
    return rc ? rc : note_in_audit(db, g, "cancel", ""); /* the task has the words */
}

enum rc contact_task_withdraw(struct db *db, uint64_t id, const char *why, const char *who,
                              struct error *err)
{
    struct giving g = { .id = id, .text = why, .who = who, .err = err };

    return run(db, &g, withdraw_body);
}

/* --- give to another --- */

static enum rc give_body(struct db *db, void *arg)
{
    struct giving *g = arg;
    enum rc rc = look_open(db, g);

    if (!rc && g->owner_id == g->staff_id)
        rc = error_set(g->err, RC_CONFLICT, "task %llu is of %s already", (unsigned long long)g->id,
                       g->login);
    if (!rc)
        rc = contact_task_hand_over(db, g->id, g->staff_id, g->who);
    if (rc == RC_NOTFOUND && *g->state)
        rc = error_set(g->err, RC_INVALID, "%s does not work here any more", g->login);
    return rc ? rc : note_in_audit(db, g, "give", g->login);
}

enum rc contact_task_give(struct db *db, uint64_t id, unsigned staff_id, const char *who,
                          struct error *err)
{
    struct giving g = { .id = id, .staff_id = staff_id, .who = who, .err = err };

    return run(db, &g, give_body);
}

/* --- remark --- */

static enum rc remark_body(struct db *db, void *arg)
{
    struct giving *g = arg;
    enum rc rc = look(db, g);

    if (!rc)
        rc = db_run(
            db, SQL_NOTE,
            DB_IN(db_u64(g->note_id), db_u64(g->id), db_u64(g->customer_id), db_time(g->now),
                  db_text(g->who),
                  db_bytes(g->text, text_prefix(g->text, strlen(g->text), CONTACT_REMARK_MAX))),
            NULL);
    return rc ? rc : note_in_audit(db, g, "note", "");
}

enum rc contact_task_remark(struct db *db, uint64_t id, const char *note, const char *who,
                            struct error *err)
{
    struct giving g = { .id = id, .text = note, .who = who, .err = err };
    enum rc rc = db_new_timed_ids(db, "contact_note", 1, &g.note_id);

    return rc ? rc : run(db, &g, remark_body);
}

enum rc contact_task_remark_ids(struct db *db, struct contact_remark *out)
{
    enum rc rc = db_new_timed_ids(db, "contact_note", 1, &out->note_id);

    return rc ? rc : audit_new_id(db, &out->audit_id);
}

enum rc contact_task_remark_put(struct db *db, const struct contact_remark *r)
{
    struct error err;
    struct giving g = { .id = r->task_id,
                        .audit_id = r->audit_id,
                        .note_id = r->note_id,
                        .text = r->note,
                        .who = r->who,
                        .err = &err,
                        .now = clock_now() };

    return remark_body(db, &g);
}
