/* plan_rig.c - a small house with plans. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "store/contact_result.h"
#include "store/db.h"
#include "tests/support/plan_rig.h"
#include "tests/support/testdb.h"

const struct contact_plan_settings plan_settings = { .occasions = &rig_settings };

int plan_rig_open(void **state)
{
    uint64_t reserved;

    if (rig_open(state))
        return -1;
    testdb_sql("INSERT INTO team (id, code, label, created_at, updated_at)"
               "VALUES (1, 'north', 'North', '2026-01-01', '2026-01-01')");
    testdb_sql("INSERT INTO staff (id, login, name, role, team_id, manager_id, created_at,"
               "                   updated_at)"
               "VALUES (3, 'carla', 'Carla', 'manager', 1, NULL, '2026-01-01', '2026-01-01'),"
               "       (1, 'anna', 'Anna', 'employee', 1, 3, '2026-01-01', '2026-01-01'),"
               "       (2, 'bruno', 'Bruno', 'employee', 1, 3, '2026-01-01', '2026-01-01')");
    /* Those whom an import brings come behind them. */
    assert_int_equal(db_new_ids(rig_db, "customer", 10, &reserved), RC_OK);
    for (uint64_t id = 1; id <= 3; id++)
        crowd_add(&(struct person){ id,
                                    id == 1   ? "+33600000001"
                                    : id == 2 ? "+33600000002"
                                              : "+33600000003",
                                    "granted", .more = "first_name = 'Ana', city = 'Lyon'" });
    testdb_sql("UPDATE customer SET owner_id = 1 WHERE id = 1");
    return 0;
}

static enum rc set_it(const char *name, const char *text, struct contact_plan_made *made,
                      struct error *err)
{
    return contact_plan_set(
        rig_db, &(struct contact_plan_change){ .name = name, .text = text, .who = "test" },
        &plan_settings, made, err);
}

unsigned plan_set(const char *name, const char *text)
{
    struct contact_plan_made made;
    struct error err = { "" };

    if (set_it(name, text, &made, &err))
        fail_msg("%s", err.text);
    return made.version;
}

uint64_t plan_on(const char *name, const char *text)
{
    struct contact_plan_made made;
    struct error err = { "" };

    if (set_it(name, text, &made, &err) ||
        contact_plan_switch(rig_db, made.id, true, -1, "test", &err))
        fail_msg("%s", err.text);
    return made.id;
}

void plan_refused(const char *name, const char *text, const char *part)
{
    struct contact_plan_made made;
    struct error err = { "" };

    assert_int_not_equal(set_it(name, text, &made, &err), RC_OK);
    if (!strstr(err.text, part))
        fail_msg("\"%s\" does not say \"%s\"", err.text, part);
}

uint64_t plan_begin_for(uint64_t plan_id, uint64_t customer_id)
{
    struct error err = { "" };
    uint64_t id = 0;

    if (contact_enrol(rig_db, plan_id, customer_id, true, &plan_settings, "test", &id, &err))
        fail_msg("%s", err.text);
    return id;
}

static size_t one_turn(void)
{
    struct contact_plan_work work;
    struct contact_plan_done done;

    assert_int_equal(contact_plan_find_work(rig_db, clock_now(), &work), RC_OK);
    if (work.news)
        assert_int_equal(contact_plan_take_news(rig_db, &plan_settings, &done), RC_OK);
    for (size_t i = 0; i < work.n_walks; i++)
        assert_int_equal(contact_plan_walk_on(rig_db, work.walks[i], &plan_settings, &done), RC_OK);
    for (size_t i = 0; i < work.n_plans; i++)
        assert_int_equal(contact_plan_step(rig_db, work.plans[i], &plan_settings, &done), RC_OK);
    return work.news + work.n_walks + work.n_plans;
}

uint64_t plan_tick(void)
{
    size_t turns = 0;

    while (one_turn())
        assert_true(turns++ < 1000);
    return tick();
}

uint64_t plan_live_until(utc_us end)
{
    uint64_t messages = 0;

    while (clock_now() < end) {
        messages += plan_tick();
        set_clock(clock_now() + 3600 * USEC_PER_SEC);
    }
    set_clock(end);
    return messages + plan_tick();
}

void plan_result(uint64_t task_id, const char *outcome)
{
    const struct contact_report report = {
        .task_id = task_id, .outcome = outcome, .note = "", .via = CONTACT_BY_API, .who = "anna"
    };
    struct contact_recorded recorded;
    struct error err = { "" };

    if (contact_result_record(rig_db, &report, &recorded, &err))
        fail_msg("%s", err.text);
}
