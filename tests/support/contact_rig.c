/* contact_rig.c - rows by SQL: what the house's own commands would have written. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/support/contact_rig.h"
#include "tests/support/crowd.h"
#include "tests/support/testdb.h"

struct db *rig_db;
struct error contact_why;
const struct contact_house rig_house = { .timezone = "Europe/Paris" };

void contact_clock(utc_us now)
{
    clock_shift(now - clock_now());
}

static void add_house(void)
{
    testdb_sql("INSERT INTO escalation_policy (id, name, rules, created_at, updated_at)"
               " VALUES (1, 'usual', '', '2026-01-01', '2026-01-01')");
    testdb_sql("INSERT INTO team (id, code, label, timezone, hours, policy_id, created_at,"
               "                  updated_at)"
               " VALUES (1, 'north', 'North', '', 'mon-fri 09:00-18:00', 1, '2026-01-01',"
               "         '2026-01-01'),"
               "        (2, 'south', 'South', '', 'mon-fri 08:00-12:00', NULL, '2026-01-01',"
               "         '2026-01-01')");
    testdb_sql("INSERT INTO staff (id, login, name, role, team_id, manager_id, language,"
               "                   created_at, updated_at)"
               " VALUES (1, 'anna', 'Anna A', 'employee', 1, 3, 'fr', '2026-01-01', '2026-01-01'),"
               "        (2, 'bruno', 'Bruno B', 'employee', 1, 3, 'en', '2026-01-01',"
               "         '2026-01-01'),"
               "        (3, 'carla', 'Carla C', 'manager', 1, NULL, 'fr', '2026-01-01',"
               "         '2026-01-01'),"
               "        (4, 'dora', 'Dora D', 'employee', 2, NULL, 'fr', '2026-01-01',"
               "         '2026-01-01')");
}

int contact_set_up(void **state)
{
    static const char *const phones[] = { "+33600000001", "+33600000002", "+33600000003" };

    (void)state;
    contact_clock(NOON);
    testdb_reset();
    rig_db = testdb_open();
    add_house();
    for (uint64_t id = 1; id <= 3; id++) {
        const struct person p = { id, phones[id - 1], "granted", NULL,
                                  id == 2 ? "owner_id = 1, last_name = 'Dupont'" : NULL };

        crowd_add(&p);
    }
    return 0;
}

int contact_tear_down(void **state)
{
    (void)state;
    db_close(rig_db);
    return 0;
}

/* --- tasks --- */

struct call {
    const struct contact_draft *drafts;
    size_t n;
    bool *taken;
    uint64_t id;
    unsigned staff_id;
    const char *why;
};

static enum rc put_body(struct db *db, void *arg)
{
    const struct call *c = arg;

    return contact_task_put(db, c->drafts, c->n, c->taken);
}

static enum rc cancel_body(struct db *db, void *arg)
{
    const struct call *c = arg;

    return contact_task_cancel(db, c->id, c->why);
}

static enum rc give_body(struct db *db, void *arg)
{
    const struct call *c = arg;

    return contact_task_hand_over(db, c->id, c->staff_id, "admin");
}

enum rc contact_put_now(const struct contact_draft *drafts, size_t n, bool *taken)
{
    struct call c = { .drafts = drafts, .n = n, .taken = taken };

    return db_transaction(rig_db, put_body, &c);
}

enum rc contact_cancel_now(uint64_t id, const char *why)
{
    struct call c = { .id = id, .why = why };

    return db_transaction(rig_db, cancel_body, &c);
}

enum rc contact_give_now(uint64_t id, unsigned staff_id)
{
    struct call c = { .id = id, .staff_id = staff_id };

    return db_transaction(rig_db, give_body, &c);
}

uint64_t contact_add(uint64_t customer_id, enum contact_source source, int day)
{
    struct contact_draft d = { .customer_id = customer_id,
                               .team_id = NORTH,
                               .staff_id = ANNA,
                               .source = source,
                               .day = day,
                               .due_at = TODAY_END,
                               .title = "Appeler",
                               .created_by = "test" };
    bool taken;

    assert_int_equal(contact_task_new_ids(rig_db, 1, &d.id), RC_OK);
    assert_int_equal(contact_put_now(&d, 1, &taken), RC_OK);
    return taken ? d.id : 0;
}

/* --- results --- */

enum rc contact_say(uint64_t task_id, const char *outcome, const char *note,
                    struct contact_recorded *out)
{
    const struct contact_report report = { .task_id = task_id,
                                           .outcome = outcome,
                                           .note = note,
                                           .via = CONTACT_BY_API,
                                           .who = "anna",
                                           .house = &rig_house };

    contact_why.text[0] = '\0';
    return contact_result_record(rig_db, &report, out, &contact_why);
}

uint64_t contact_number(const char *sql)
{
    uint64_t n = UINT64_MAX;

    assert_int_equal(db_query_u64(rig_db, sql, DB_NO_INPUT, &n), RC_OK);
    return n;
}
