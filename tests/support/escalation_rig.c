/* escalation_rig.c - see escalation_rig.h. */
#include "tests/support/escalation_rig.h"

#include <stdio.h>
#include <string.h>

#include "domain/local_time.h"
#include "store/db.h"
#include "store/escalation_policy.h"
#include "store/matter_look.h"
#include "tests/support/testdb.h"

struct db *rig_db;
static struct local_zone *zone;

const struct escalation_settings rig_settings = {
    .timezone = "Europe/Paris", .sender = "38123", .link = "", .may_reply = true
};

utc_us rig_at(int day, int hour, int minute)
{
    const struct civil wall = {
        .year = 2026, .month = 11, .day = day, .hour = hour, .minute = minute
    };

    return local_zone_to_utc(zone, &wall);
}

void rig_clock(utc_us at)
{
    clock_shift(at - clock_now());
}

int rig_set_up(void **state)
{
    (void)state;
    testdb_reset();
    if (!zone && local_zone_open("Europe/Paris", &zone, NULL))
        return -1;
    rig_clock(rig_at(6, 8, 0));
    rig_db = testdb_open();
    testdb_sql("INSERT INTO team (id, code, label, timezone, policy_id, created_at, updated_at)"
               " VALUES (1, 'north', 'North', 'Europe/Paris', 1, '2026-01-01', '2026-01-01')");
    testdb_sql("INSERT INTO staff (id, login, name, role, team_id, manager_id, phone, mail,"
               "                   created_at, updated_at)"
               " VALUES (1, 'anna', 'Anna', 'employee', 1, 3, '+33610000001',"
               "         'anna@relais.example', '2026-01-01', '2026-01-01'),"
               "        (2, 'bruno', 'Bruno', 'employee', 1, 3, '+33610000002', NULL,"
               "         '2026-01-01', '2026-01-01'),"
               "        (3, 'maud', 'Maud', 'manager', 1, NULL, NULL, 'maud@relais.example',"
               "         '2026-01-01', '2026-01-01')");
    testdb_sql("INSERT INTO customer (id, last_name, created_at, updated_at)"
               " VALUES (1, 'Dupont', '2026-01-01', '2026-01-01')");
    return 0;
}

int rig_tear_down(void **state)
{
    (void)state;
    db_close(rig_db);
    rig_db = NULL;
    return 0;
}

void rig_policy(const char *rules)
{
    struct error err = { "" };
    const char *field;
    uint64_t id;

    if (escalation_policy_set(rig_db, "usual", rules, "test", &id, &field, &err))
        fail_msg("%s: %s", field, err.text);
    assert_int_equal(id, 1);
}

static enum rc add_contact(uint64_t id, unsigned staff_id, utc_us due)
{
    static const char SQL[] =
        "INSERT INTO contact_task (id, customer_id, team_id, staff_id, source, day, due_at, title,"
        "                          created_at, created_by)"
        "VALUES (?, 1, 1, ?, 'manager', '2026-11-06', ?, 'Tarifs', ?, 'test')";
    const struct matter_draft draft = {
        .kind = MATTER_TASK, .subject_id = id, .team_id = 1, .staff_id = staff_id, .from = due
    };
    enum rc rc = db_run(
        rig_db, SQL, DB_IN(db_u64(id), db_u64(staff_id), db_time(due), db_time(clock_now())), NULL);

    return rc ? rc : matter_open(rig_db, &draft, 1);
}

void rig_contacts(uint64_t first, size_t n, unsigned staff_id, utc_us due)
{
    for (size_t i = 0; i < n; i++)
        assert_int_equal(add_contact(first + i, staff_id, due), RC_OK);
}

static void add_up(struct escalation_done *sum, const struct escalation_done *done)
{
    sum->told += done->told;
    sum->skipped += done->skipped;
    sum->nobody += done->nobody;
    sum->late += done->late;
    sum->notices += done->notices;
    sum->exhausted += done->exhausted;
}

size_t rig_looks(void)
{
    struct matter_looks done;
    size_t n = 0;

    do {
        assert_int_equal(matter_look_step(rig_db, clock_now(), &done), RC_OK);
        n += done.looked + done.opened;
    } while (done.more);
    return n;
}

struct escalation_done rig_tick(void)
{
    struct escalation_done sum = { .told = 0 }, done;
    struct escalation_run *run;

    rig_looks();
    do {
        assert_int_equal(escalation_run_begin(rig_db, &rig_settings, clock_now(), &run), RC_OK);
        for (bool more = run; more;) {
            assert_int_equal(escalation_run_page(rig_db, run, &done, &more), RC_OK);
            add_up(&sum, &done);
        }
        escalation_run_free(run);
    } while (run);
    return sum;
}

uint64_t rig_number(const char *sql)
{
    uint64_t n = UINT64_MAX;

    assert_int_equal(db_query_u64(rig_db, sql, DB_NO_INPUT, &n), RC_OK);
    return n;
}

const char *rig_last_sms(void)
{
    static char text[2000];
    struct db_rows *rows;

    assert_int_equal(db_query(rig_db,
                              "SELECT text FROM message WHERE channel = 'sms'"
                              " ORDER BY id DESC LIMIT 1",
                              DB_NO_INPUT, &rows),
                     RC_OK);
    snprintf(text, sizeof(text), "%s", db_next(rows) ? db_get_text(rows, 0) : "");
    assert_int_equal(db_rows_end(rows), RC_OK);
    return text;
}
