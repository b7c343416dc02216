/*
 * matter_look.c - see matter_look.h. A page goes along an index: of one state and kind after the
 * other, by number. Matters that are over have no time, and are passed over as a whole.
 */
#include "store/matter_look.h"

#include <stdlib.h>
#include <string.h>

#include "store/db.h"
#include "store/matter.h"

#define ASKED_A_STEP 100 /* most people have few matters */

static const char SQL_ASK[] = "INSERT INTO matter_look (what, subject_id, at)"
                              "VALUES (?, ?, ?)"
                              "    ON DUPLICATE KEY UPDATE at = VALUE(at), stage = 0, after_id = 0";

static const char SQL_FIRST[] = "SELECT what, subject_id, stage, after_id"
                                "  FROM matter_look"
                                " ORDER BY at, what, subject_id"
                                " LIMIT 1"
                                "   FOR UPDATE";

static const char SQL_GO_ON[] = "UPDATE matter_look"
                                "   SET stage = ?, after_id = ?"
                                " WHERE what = ? AND subject_id = ?";

static const char SQL_FINISH[] = "DELETE FROM matter_look WHERE what = ? AND subject_id = ?";

static const char SQL_LEFT[] = "SELECT EXISTS (SELECT 1 FROM matter_look)";

/* Where a page ends. */
#define PAGE_END(index, who)                                               \
    "SELECT COUNT(*), COALESCE(MAX(p.subject_id), 0)"                      \
    "  FROM (SELECT subject_id"                                            \
    "          FROM matter FORCE INDEX (" index ")"                        \
    "         WHERE " who " AND state = ? AND kind = ? AND subject_id > ?" \
    "         ORDER BY subject_id"                                         \
    "         LIMIT ?) p"

/* What is being decided at this moment is decided again. */
#define TOUCH(index, who)                                                              \
    "UPDATE matter FORCE INDEX (" index ")"                                            \
    "   SET next_at = LEAST(next_at, ?), version = version + 1"                        \
    " WHERE " who " AND state = ? AND kind = ? AND subject_id > ? AND subject_id <= ?" \
    "   AND next_at IS NOT NULL"

#define OF_PERSON "staff_id = ?"
#define OF_NOBODY "staff_id = 0 AND team_id = ?"
#define OF_POLICY "policy_id = ?"

/* By customer, as the index of what is open goes: those of the last customer who are matters by now
 * are passed over. The share lock: who records a result of one meanwhile waits, and settles its
 * matter then. */
static const char SQL_TASKS[] =
    "SELECT k.id, k.team_id, COALESCE(k.staff_id, 0), k.due_at, k.customer_id"
    "  FROM contact_task k FORCE INDEX (by_open)"
    " WHERE k.state = 'open' AND k.customer_id >= ? AND k.team_id = ? AND k.policy_id IS NULL"
    "   AND NOT EXISTS (SELECT 1 FROM matter m WHERE m.kind = 'task' AND m.subject_id = k.id)"
    " ORDER BY k.customer_id"
    " LIMIT ?"
    "  LOCK IN SHARE MODE";

static const struct {
    const char *name, *page, *touch;
} looks[] = {
    [MATTER_LOOK_STAFF] = { "staff", PAGE_END("by_staff", OF_PERSON),
                            TOUCH("by_staff", OF_PERSON) },
    [MATTER_LOOK_TEAM] = { "team", PAGE_END("by_staff", OF_NOBODY), TOUCH("by_staff", OF_NOBODY) },
    [MATTER_LOOK_POLICY] = { "policy", PAGE_END("by_policy", OF_POLICY),
                             TOUCH("by_policy", OF_POLICY) },
    [MATTER_LOOK_TASKS] = { "tasks", NULL, NULL },
};

/* Of others nothing is planned. */
static const struct {
    enum matter_state state;
    enum matter_kind kind;
} stages[] = { { MATTER_OPEN, MATTER_TASK },
               { MATTER_OPEN, MATTER_ALERT },
               { MATTER_ACKNOWLEDGED, MATTER_TASK },
               { MATTER_ACKNOWLEDGED, MATTER_ALERT } };
#define STAGES (sizeof(stages) / sizeof(stages[0]))

struct looking {
    utc_us now;
    enum matter_look what;
    uint64_t id, after;
    unsigned stage;
    struct matter_looks done;
};

enum rc matter_look_ask_all(struct db *db, enum matter_look what, const uint64_t *ids, size_t n)
{
    const utc_us now = clock_now();
    struct db_bulk *bulk = db_bulk_new(3);
    enum rc rc = bulk ? RC_OK : RC_FAIL;

    for (size_t i = 0; !rc && i < n; i++)
        rc = db_bulk_add(bulk, (const struct db_value[]){ db_text(looks[what].name), db_u64(ids[i]),
                                                          db_time(now) });
    if (!rc)
        rc = db_bulk_run(db, SQL_ASK, bulk, NULL);
    db_bulk_free(bulk);
    return rc;
}

enum rc matter_look_ask(struct db *db, enum matter_look what, uint64_t id)
{
    return matter_look_ask_all(db, what, &id, 1);
}

static enum matter_look look_of(const char *name)
{
    enum matter_look what = MATTER_LOOK_STAFF;

    while (what < MATTER_LOOK_TASKS && strcmp(looks[what].name, name) != 0)
        what++;
    return what;
}

/* RC_NOTFOUND: nothing is asked for. */
static enum rc lock_first(struct db *db, struct looking *l)
{
    struct db_rows *rows;
    bool found;
    enum rc rc = db_query(db, SQL_FIRST, DB_NO_INPUT, &rows);

    if (rc)
        return rc;
    found = db_next(rows);
    if (found) {
        l->what = look_of(db_get_text(rows, 0));
        l->id = db_get_u64(rows, 1);
        l->stage = (unsigned)db_get_u64(rows, 2);
        l->after = db_get_u64(rows, 3);
    }
    rc = db_rows_end(rows);
    return rc ? rc : found ? RC_OK : RC_NOTFOUND;
}

static enum rc go_on(struct db *db, const struct looking *l, unsigned stages_of_it)
{
    const struct db_value what = db_text(looks[l->what].name), id = db_u64(l->id);

    if (l->stage >= stages_of_it)
        return db_run(db, SQL_FINISH, DB_IN(what, id), NULL);
    return db_run(db, SQL_GO_ON, DB_IN(db_u64(l->stage), db_u64(l->after), what, id), NULL);
}

/* --- matters --- */

static enum rc look_at_page(struct db *db, struct looking *l)
{
    const struct db_value id = db_u64(l->id),
                          state = db_text(matter_state_name(stages[l->stage].state)),
                          kind = db_text(matter_kind_name(stages[l->stage].kind)),
                          after = db_u64(l->after);
    uint64_t n = 0, last = 0, touched = 0;
    struct db_rows *rows;
    enum rc rc = db_query(db, looks[l->what].page,
                          DB_IN(id, state, kind, after, db_u64(MATTER_LOOK_PAGE)), &rows);

    if (rc)
        return rc;
    if (db_next(rows)) {
        n = db_get_u64(rows, 0);
        last = db_get_u64(rows, 1);
    }
    rc = db_rows_end(rows);
    if (!rc && n)
        rc = db_run(db, looks[l->what].touch,
                    DB_IN(db_time(l->now), id, state, kind, after, db_u64(last)), &touched);
    l->done.looked += touched;
    l->after = last;
    if (n < MATTER_LOOK_PAGE) {
        l->stage++;
        l->after = 0;
    }
    return rc;
}

/* What has few of a state and kind is done in one transaction. */
static enum rc look_at_matters(struct db *db, struct looking *l)
{
    enum rc rc = RC_OK;

    while (!rc && l->stage < STAGES && l->done.looked < MATTER_LOOK_PAGE)
        rc = look_at_page(db, l);
    return rc ? rc : go_on(db, l, STAGES);
}

/* --- tasks --- */

/* What is overdue already is told from now on: as of a contact that is handed over, nobody is
 * reminded of hours in which nobody was to be. */
static void take_task(const struct db_rows *rows, utc_us now, struct matter_draft *d)
{
    const utc_us due_at = db_get_time(rows, 3);

    *d = (struct matter_draft){ .kind = MATTER_TASK,
                                .subject_id = db_get_u64(rows, 0),
                                .team_id = (unsigned)db_get_u64(rows, 1),
                                .staff_id = (unsigned)db_get_u64(rows, 2),
                                .from = due_at > now ? due_at : now };
}

static enum rc open_tasks(struct db *db, struct looking *l)
{
    struct matter_draft *drafts = calloc(MATTER_LOOK_PAGE, sizeof(*drafts));
    struct db_rows *rows;
    uint64_t customer = 0;
    size_t n = 0;
    enum rc rc =
        drafts ? db_query(db, SQL_TASKS,
                          DB_IN(db_u64(l->after), db_u64(l->id), db_u64(MATTER_LOOK_PAGE)), &rows)
               : RC_FAIL;

    if (!rc) {
        for (; n < MATTER_LOOK_PAGE && db_next(rows); n++) {
            take_task(rows, l->now, &drafts[n]);
            customer = db_get_u64(rows, 4);
        }
        rc = db_rows_end(rows);
    }
    if (!rc)
        rc = matter_open(db, drafts, n);
    l->done.opened += n;
    l->stage = n < MATTER_LOOK_PAGE || customer == l->after;
    l->after = customer;
    free(drafts);
    return rc ? rc : go_on(db, l, 1);
}

/* --- a step --- */

static enum rc step_body(struct db *db, void *arg)
{
    struct looking *l = arg;
    enum rc rc = RC_OK;

    l->done = (struct matter_looks){ .more = false };
    for (int i = 0; !rc && i < ASKED_A_STEP; i++) {
        if (l->done.looked + l->done.opened >= MATTER_LOOK_PAGE)
            break;
        rc = lock_first(db, l);
        if (!rc)
            rc = l->what == MATTER_LOOK_TASKS ? open_tasks(db, l) : look_at_matters(db, l);
    }
    return rc == RC_NOTFOUND ? RC_OK : rc; /* all is done */
}

enum rc matter_look_step(struct db *db, utc_us now, struct matter_looks *done)
{
    struct looking l = { .now = now };
    uint64_t left = 0;
    enum rc rc = db_query_u64(db, SQL_LEFT, DB_NO_INPUT, &left);

    *done = (struct matter_looks){ .more = false };
    if (rc || !left)
        return rc;
    rc = db_transaction(db, step_body, &l);
    if (rc)
        return rc;
    *done = l.done;
    done->more = true;
    return RC_OK;
}
