/* staff_change.c - see staff_change.h. */
#include "store/staff_change.h"

#include <stdarg.h>
#include <stdio.h>

#include "store/escalation_policy.h"
#include "store/matter_look.h"

/* Written first, so that two changes at the same time wait for each other; on two nodes of a
 * cluster, the later commit is refused and runs again. */
static const char SQL_TURN[] = "INSERT INTO staff_turn (id, turn)"
                               "VALUES (1, 1)"
                               "    ON DUPLICATE KEY UPDATE turn = turn + 1";

/* --- who is to be told of something at another time --- */

/* Those whom the change is about, and whose work may become one of theirs: in the book as it was,
 * or as it is. */
static bool *mark_concerned(struct staff_change *c, const struct staff_book *book)
{
    bool *marks = arena_alloc(&c->arena, (book->n_staff + 1) * sizeof(*marks));

    for (size_t i = 0; marks && i < book->n_staff; i++)
        marks[i] = (c->person && book->staff[i].id == c->person) ||
                   (c->team && book->staff[i].team_id == c->team);
    if (marks)
        staff_mark_concerned(book, marks);
    return marks;
}

static bool has_marked(const struct staff_book *book, const bool *marks, unsigned team_id)
{
    for (size_t i = 0; i < book->n_staff; i++) {
        if (marks[i] && book->staff[i].team_id == team_id)
            return true;
    }
    return false;
}

/* Matters of each, and those of nobody, which go to who leads the team. */
static enum rc ask_for_people(struct db *db, struct staff_change *c, const struct staff_book *book,
                              const bool *marks)
{
    uint64_t *ids = arena_alloc(&c->arena, (book->n_staff + book->n_teams + 1) * sizeof(*ids));
    size_t n = 0, n_teams = 0;
    enum rc rc;

    if (!ids)
        return RC_FAIL;
    for (size_t i = 0; i < book->n_staff; i++) {
        if (marks[i])
            ids[n++] = book->staff[i].id;
    }
    rc = matter_look_ask_all(db, MATTER_LOOK_STAFF, ids, n);
    for (size_t i = 0; i < book->n_teams; i++) {
        if (has_marked(book, marks, book->teams[i].id))
            ids[n_teams++] = book->teams[i].id;
    }
    return rc ? rc : matter_look_ask_all(db, MATTER_LOOK_TEAM, ids, n_teams);
}

static bool names_one(const struct escalation_policy *p, const struct staff_book *book,
                      const bool *marks)
{
    for (size_t i = 0; i < p->n; i++) {
        const struct staff_member *m =
            p->steps[i].whom == ESCALATE_PERSON ? staff_book_login(book, p->steps[i].login) : NULL;
        if (m && marks[m - book->staff])
            return true;
    }
    return false;
}

static enum rc ask_for_book(struct db *db, struct staff_change *c, const struct staff_book *book)
{
    struct escalation_policies policies;
    const bool *marks = mark_concerned(c, book);
    enum rc rc = marks ? ask_for_people(db, c, book, marks) : RC_FAIL;

    if (!rc)
        rc = escalation_policies_read(db, &c->arena, &policies);
    for (size_t i = 0; !rc && i < policies.n; i++) {
        if (names_one(&policies.list[i].rules, book, marks))
            rc = matter_look_ask(db, MATTER_LOOK_POLICY, policies.list[i].id);
    }
    return rc;
}

/* Who was to be reminded of something later may be due earlier now: by other hours, by another one
 * who stands in. */
static enum rc ask_for_looks(struct db *db, struct staff_change *c)
{
    struct staff_book now;
    enum rc rc;

    if (!c->person && !c->team)
        return RC_OK;
    rc = staff_book_read(db, &c->arena, &now);
    if (!rc)
        rc = ask_for_book(db, c, &c->book);
    if (!rc)
        rc = ask_for_book(db, c, &now);
    return !rc && c->team ? matter_look_ask(db, MATTER_LOOK_TEAM, c->team) : rc;
}

/* --- a change --- */

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
    c->person = c->team = 0;
    if (!rc)
        rc = c->apply(db, c);
    return rc ? rc : ask_for_looks(db, c);
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
