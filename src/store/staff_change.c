/* staff_change.c - see staff_change.h. */
#include "store/staff_change.h"

#include <stdarg.h>
#include <stdio.h>

/* Written first, so that two changes at the same time wait for each other; on two nodes of a
 * cluster, the later commit is refused and runs again. */
static const char SQL_TURN[] = "INSERT INTO staff_turn (id, turn)"
                               "VALUES (1, 1)"
                               "    ON DUPLICATE KEY UPDATE turn = turn + 1";

/* Who was to be reminded of something later may be due earlier now: by other hours, by another one
 * who stands in. What is being decided at this moment is decided again. It touches all that waits,
 * so a change that cannot matter to it is quiet. */
static const char SQL_LOOK_AGAIN[] = "UPDATE matter"
                                     "   SET next_at = LEAST(next_at, ?), version = version + 1"
                                     " WHERE next_at IS NOT NULL";

enum rc staff_change_turn(struct db *db)
{
    return db_run(db, SQL_TURN, DB_NO_INPUT, NULL);
}

static enum rc body(struct db *db, void *arg)
{
    struct staff_change *c = arg;
    enum rc rc = staff_change_turn(db);

    arena_close(&c->arena); /* of an attempt before */
    arena_init(&c->arena);
    if (!rc)
        rc = staff_book_read(db, &c->arena, &c->book);
    c->quiet = false;
    if (!rc)
        rc = c->apply(db, c);
    return rc || c->quiet ? rc : db_run(db, SQL_LOOK_AGAIN, DB_IN(db_time(c->now)), NULL);
}

enum rc staff_change_run(struct db *db, struct staff_change *c, const char *ids)
{
    const char *nowhere;
    enum rc rc = ids ? db_new_ids(db, ids, 1, &c->new_id) : RC_OK;

    if (!c->field)
        c->field = &nowhere;
    *c->field = NULL;
    c->now = clock_now();
    arena_init(&c->arena);
    if (!rc)
        rc = audit_new_id(db, &c->audit_id);
    if (!rc)
        rc = db_transaction(db, body, c);
    arena_close(&c->arena);
    return rc;
}

enum rc staff_change_refuse(struct staff_change *c, const char *field, const char *fmt, ...)
{
    struct error why;
    va_list args;

    va_start(args, fmt);
    vsnprintf(why.text, sizeof(why.text), fmt, args);
    va_end(args);
    *c->field = field;
    return error_set(c->err, RC_INVALID, "%s: %.400s", field, why.text);
}

enum rc staff_change_blame(struct staff_change *c, const char *field, enum rc rc)
{
    if (rc == RC_INVALID) {
        *c->field = field;
        error_prefix(c->err, "%s", field);
    }
    return rc;
}

enum rc staff_change_audit(struct db *db, const struct staff_change *c, enum audit_subject subject,
                           const char *verb, const char *detail)
{
    return audit_write(db, &(struct audit_entry){ .id = c->audit_id,
                                                  .at = c->now,
                                                  .who = c->who,
                                                  .verb = verb,
                                                  .subject = subject,
                                                  .subject_id = c->id,
                                                  .detail = detail });
}
