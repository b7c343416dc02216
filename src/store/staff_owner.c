/* staff_owner.c - who looks after a customer. */
#include <stdio.h>

#include "store/audit.h"
#include "store/contact_news.h"
#include "store/db.h"
#include "store/staff.h"

static const char SQL_OWNER[] = "UPDATE customer"
                                "   SET owner_id = ?, updated_at = ?"
                                " WHERE id = ? AND erased_at IS NULL";

struct owning {
    uint64_t customer_id, audit_id;
    unsigned staff_id;
    const char *login, *who;
    utc_us now;
};

static enum rc own_body(struct db *db, void *arg)
{
    const struct owning *o = arg;
    uint64_t found = 0;
    enum rc rc = db_run(db, SQL_OWNER,
                        DB_IN(o->staff_id ? db_u64(o->staff_id) : db_null(), db_time(o->now),
                              db_u64(o->customer_id)),
                        &found);

    if (rc || !found)
        return rc ? rc : RC_NOTFOUND;
    rc = contact_news_put(db, o->customer_id, o->now);
    if (rc)
        return rc;
    return audit_write(db, &(struct audit_entry){ .id = o->audit_id,
                                                  .at = o->now,
                                                  .who = o->who,
                                                  .verb = "owner",
                                                  .subject = AUDIT_CUSTOMER,
                                                  .subject_id = o->customer_id,
                                                  .detail = o->login });
}

enum rc customer_set_owner(struct db *db, uint64_t customer_id, const char *login,
                           const char *house, const char *who, struct error *err)
{
    struct owning o = {
        .customer_id = customer_id, .login = login, .who = who, .now = clock_now()
    };
    enum rc rc = *login ? staff_here(db, login, house, o.now, &o.staff_id) : RC_OK;

    if (rc == RC_NOTFOUND)
        return error_set(err, RC_INVALID,
                         "owner: nobody of login \"%.64s\" works here; relaisctl staff list shows "
                         "them",
                         login);
    if (!rc)
        rc = audit_new_id(db, &o.audit_id);
    if (!rc)
        rc = db_transaction(db, own_body, &o);
    if (rc == RC_NOTFOUND)
        error_set(err, rc, "there is no customer %llu, or not any more",
                  (unsigned long long)customer_id);
    return rc;
}
