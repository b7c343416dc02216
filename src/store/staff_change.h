/* staff_change.h - of the changes to the book of staff: one after the other, each seen whole. Not
 * for outside store/staff*.c. */
#pragma once

#include "base/arena.h"
#include "store/audit.h"
#include "store/db.h"
#include "store/staff.h"

/*
 * A change, from its checks to its line in the audit: `apply` is part of one transaction, finds the
 * book as it is in `book`, and nobody else changes it before that transaction ends. So what was
 * checked against the book (no loop of managers, no two deputies for each other) is still true when
 * it is committed.
 */
struct staff_change {
    enum rc (*apply)(struct db *db, struct staff_change *c);
    const void *plan;
    const char *who;
    struct arena arena;
    struct staff_book book;
    uint64_t new_id, audit_id;
    utc_us now;
    /* Set by apply(). */
    uint64_t id;
    /* Who is told of something at another time by it, or is another one; 0: nobody. Of a team: its
     * people. */
    unsigned person, team;
    const char **field; /* which one err is about */
    struct error *err;
};

/* For a transaction of one's own that changes the book: its first statement. */
enum rc staff_change_turn(struct db *db) MUST_CHECK;
enum rc staff_change_run(struct db *db, struct staff_change *c, const char *ids) MUST_CHECK;
/* RC_INVALID, with field and err set. */
enum rc staff_change_refuse(struct staff_change *c, const char *field, const char *fmt, ...)
    __attribute__((format(printf, 3, 4))) MUST_CHECK;
/* The same for an err that others have filled: their rc is handed on. */
enum rc staff_change_blame(struct staff_change *c, const char *field, enum rc rc) MUST_CHECK;
enum rc staff_change_audit(struct db *db, const struct staff_change *c, enum audit_subject subject,
                           const char *verb, const char *detail) MUST_CHECK;
