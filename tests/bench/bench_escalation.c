/*
 * bench_escalation.c - 10,000 contacts without result, all due in the same minute: until everybody
 * is told, with messages queued and committed. Of 500 people by SMS, as it may be; and of 10,000
 * people by SMS and mail, so that nothing can be said together. And what a change of somebody's
 * hours costs while 100,000 others wait for their time.
 */
#include <stdio.h>
#include <stdlib.h>

#include "store/escalation_policy.h"
#include "store/escalation_run.h"
#include "store/matter.h"
#include "store/matter_look.h"
#include "store/staff.h"
#include "tests/bench/server.h"

#define MATTERS 10000

static const char *const scene[] = {
    "INSERT INTO team (id, code, label, timezone, hours, policy_id, created_at, updated_at)"
    " VALUES (1, 'north', 'North', 'Europe/Paris', '00:00-24:00', 1, NOW(6), NOW(6))",
    "INSERT INTO staff (id, login, name, team_id, manager_id, phone, mail, created_at, updated_at)"
    "SELECT seq, CONCAT('s', seq), CONCAT('Camille ', seq), 1, 1,"
    "       CONCAT('+336', LPAD(seq, 8, '0')), CONCAT('s', seq, '@relais.example'), NOW(6), NOW(6)"
    "  FROM seq_1_to_10000",
    "UPDATE staff SET manager_id = NULL WHERE id = 1",
    "INSERT INTO customer (id, first_name, last_name, created_at, updated_at)"
    "SELECT seq, 'Dominique', CONCAT('Dupont ', seq), NOW(6), NOW(6) FROM seq_1_to_10000",
};

static const char SQL_TASKS[] =
    "INSERT INTO contact_task (id, customer_id, team_id, staff_id, source, day, due_at, title,"
    "                          created_at, created_by)"
    "SELECT ? + seq, seq, 1, seq % ? + 1, 'manager', CURDATE(), NOW(6), 'Nouveaux tarifs', NOW(6),"
    "       'bench'"
    "  FROM seq_1_to_10000";

static const char SQL_WAITING[] =
    "INSERT INTO matter (kind, subject_id, policy_id, team_id, staff_id, opened_at, base_at,"
    "                    next_at)"
    "SELECT 'task', 1000000 + seq, 1, 1, seq % 500 + 1, NOW(6), NOW(6), NOW(6) + INTERVAL 1 DAY"
    "  FROM seq_1_to_100000";

static void policy(struct db *db, const char *rules)
{
    struct error err = { "" };
    const char *field;
    uint64_t id;

    must(escalation_policy_set(db, "usual", rules, "bench", &id, &field, &err), "policy", err.text);
}

static void open_matters(struct db *db, uint64_t first, unsigned people)
{
    struct matter_draft *drafts = calloc(MATTERS, sizeof(*drafts));

    if (!drafts)
        exit(1);
    must(db_run(db, SQL_TASKS, DB_IN(db_u64(first), db_u64(people)), NULL), "tasks", "");
    for (unsigned i = 1; i <= MATTERS; i++)
        drafts[i - 1] = (struct matter_draft){ .kind = MATTER_TASK,
                                               .subject_id = first + i,
                                               .team_id = 1,
                                               .staff_id = i % people + 1,
                                               .from = clock_now() };
    must(matter_open(db, drafts, MATTERS), "matters", "");
    free(drafts);
}

static void measure(struct db *db, const char *name, const char *pages)
{
    static const struct escalation_settings settings = {
        .timezone = "Europe/Paris", .sender = "38123", .link = "", .may_reply = true
    };
    struct escalation_done done;
    struct escalation_run *run;
    size_t told = 0, notices = 0;
    double longest = 0;
    const int64_t begun = clock_monotonic_us();

    do {
        must(escalation_run_begin(db, &settings, clock_now(), &run), "begin", "");
        for (bool more = run; more;) {
            const int64_t page = clock_monotonic_us();
            must(escalation_run_page(db, run, &done, &more), "page", "");
            told += done.told;
            notices += done.notices;
            longest = seconds_since(page) > longest ? seconds_since(page) : longest;
        }
        escalation_run_free(run);
    } while (run);
    if (told != MATTERS)
        must(RC_FAIL, "not all were told", name);
    printf("%s %.2f s\n", name, seconds_since(begun));
    printf("%s %.0f ms\n", pages, longest * 1000);
    printf("# %zu steps, %zu notices\n", told, notices);
    fflush(stdout);
}

/* Somebody's hours change while 100,000 wait for their time: one of 500, and who is above all. */
static void measure_change(struct db *db, const char *login, const char *name, const char *looks)
{
    const struct staff_plan plan = { .login = login, .hours = "00:00-23:00", .capacity = -1 };
    struct matter_looks done;
    struct error err = { "" };
    const char *field;
    unsigned id;
    size_t n = 0;
    int64_t begun = clock_monotonic_us();

    must(staff_set(db, &plan, "bench", &id, &field, &err), "hours", err.text);
    printf("%s %.3f s\n", name, seconds_since(begun));
    begun = clock_monotonic_us();
    do {
        must(matter_look_step(db, clock_now(), &done), "look", "");
        n += done.looked;
    } while (done.more);
    printf("%s %.2f s\n", looks, seconds_since(begun));
    printf("# %zu matters looked at again\n", n);
    fflush(stdout);
}

static void wait_for_looks(struct db *db)
{
    struct matter_looks done;

    do
        must(matter_look_step(db, clock_now(), &done), "look", "");
    while (done.more);
}

int main(void)
{
    struct db *db;

    bench_server_start();
    db = bench_db_open(0);
    for (size_t i = 0; i < sizeof(scene) / sizeof(scene[0]); i++)
        must(db_run_once(db, scene[i]), "scene", scene[i]);
    policy(db, "after 0m employee by sms");
    open_matters(db, 0, 500);
    measure(db, "escalation_burst_seconds", "escalation_page_ms_max");
    policy(db, "after 0m employee by both");
    open_matters(db, 20000, 10000);
    measure(db, "escalation_burst_apart_seconds", "escalation_page_apart_ms_max");
    wait_for_looks(db);
    must(db_run_once(db, SQL_WAITING), "waiting", "");
    measure_change(db, "s7", "escalation_hours_seconds", "escalation_hours_looks_seconds");
    measure_change(db, "s1", "escalation_hours_all_seconds", "escalation_hours_all_looks_seconds");
    db_close(db);
    return 0;
}
