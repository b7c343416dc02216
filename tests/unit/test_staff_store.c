/* test_staff_store.c - teams, people and absences in a real database: what is set is read, what
 * makes no sense is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "store/db.h"
#include "store/matter_look.h"
#include "store/staff.h"
#include "store/staff_leave.h"
#include "tests/support/testdb.h"

#define COUNT(what) count("SELECT COUNT(*) FROM " what)

static struct db *db;
static struct arena arena;
static struct staff_book book;
static const char *field;
static struct error err;

static uint64_t count(const char *sql)
{
    uint64_t n = 0;

    assert_int_equal(db_query_u64(db, sql, DB_NO_INPUT, &n), RC_OK);
    return n;
}

static void read_book(void)
{
    arena_close(&arena);
    arena_init(&arena);
    assert_int_equal(staff_book_read(db, &arena, &book), RC_OK);
}

static const struct staff_member *member(const char *login)
{
    read_book();
    return staff_book_login(&book, login);
}

static enum rc try_team(const struct team_plan *plan)
{
    unsigned id;

    *err.text = '\0';
    return team_set(db, plan, "test", &id, &field, &err);
}

static enum rc try_staff(struct staff_plan plan)
{
    unsigned id;

    *err.text = '\0';
    if (!plan.capacity)
        plan.capacity = -1;
    return staff_set(db, &plan, "test", &id, &field, &err);
}

static enum rc try_absence(const char *login, const char *from, const char *to, const char *deputy)
{
    const struct absence_plan plan = { .login = login, .from = from, .to = to, .deputy = deputy };
    uint64_t id;

    *err.text = '\0';
    return absence_add(db, &plan, "test", &id, &field, &err);
}

static void refused(enum rc rc, const char *of, const char *because)
{
    assert_int_equal(rc, RC_INVALID);
    assert_string_equal(field, of);
    if (!strstr(err.text, because))
        assert_string_equal(err.text, because);
}

static int fresh(void **state)
{
    const struct civil noon = { .year = 2026, .month = 11, .day = 26, .hour = 12 };

    (void)state;
    testdb_reset();
    clock_shift(clock_from_civil(&noon) - clock_now());
    assert_int_equal(try_team(&(struct team_plan){ .code = "nord", .label = "Équipe Nord" }),
                     RC_OK);
    assert_int_equal(try_staff((struct staff_plan){ .login = "eva", .role = "director" }), RC_OK);
    assert_int_equal(
        try_staff((struct staff_plan){ .login = "carla", .role = "manager", .manager = "eva" }),
        RC_OK);
    assert_int_equal(try_staff((struct staff_plan){
                         .login = "anna", .manager = "carla", .phone = "06 12 34 56 78" }),
                     RC_OK);
    assert_int_equal(try_staff((struct staff_plan){ .login = "bruno", .manager = "carla" }), RC_OK);
    return 0;
}

/* --- set and read --- */

static void a_person_is_made_with_what_is_usual(void **state)
{
    const struct staff_member *m = member("anna");

    (void)state;
    assert_string_equal(m->name, "anna");
    assert_int_equal(m->role, STAFF_EMPLOYEE);
    assert_string_equal(m->phone, "+33612345678");
    assert_string_equal(m->mail, "");
    assert_string_equal(m->language, "fr");
    assert_int_equal(m->capacity, 20);
    assert_int_equal(m->left_on, 0);
    assert_int_equal(m->manager_id, staff_book_login(&book, "carla")->id);
    assert_string_equal(staff_book_team(&book, m->team_id)->code, "nord");
    assert_string_equal(staff_book_team(&book, m->team_id)->label, "Équipe Nord");
    assert_int_equal(staff_book_team(&book, m->team_id)->list_minute, 420);
}

static void what_is_not_said_stays_as_it_is(void **state)
{
    const struct staff_member *m;

    (void)state;
    assert_int_equal(try_staff((struct staff_plan){ .login = "anna",
                                                    .name = "Anna Morel",
                                                    .mail = " Anna@Example.FR",
                                                    .capacity = 12,
                                                    .hours = "mon-thu 08:00-16:00",
                                                    .language = "en" }),
                     RC_OK);
    assert_int_equal(try_staff((struct staff_plan){ .login = "anna", .timezone = "Europe/Rome" }),
                     RC_OK);
    m = member("anna");
    assert_string_equal(m->name, "Anna Morel");
    assert_string_equal(m->mail, "anna@example.fr");
    assert_string_equal(m->phone, "+33612345678");
    assert_int_equal(m->capacity, 12);
    assert_string_equal(m->hours, "mon-thu 08:00-16:00");
    assert_string_equal(m->timezone, "Europe/Rome");
    assert_int_equal(try_staff((struct staff_plan){
                         .login = "anna", .phone = "", .mail = "", .manager = "", .hours = "" }),
                     RC_OK);
    m = member("anna");
    assert_string_equal(m->phone, "");
    assert_string_equal(m->mail, "");
    assert_string_equal(m->hours, "");
    assert_int_equal(m->manager_id, 0);
}

static void a_team_is_changed_field_by_field(void **state)
{
    const struct team *t;

    (void)state;
    assert_int_equal(
        try_team(&(struct team_plan){
            .code = "nord", .timezone = "Indian/Reunion", .region = "974", .list_at = "06:30" }),
        RC_OK);
    assert_int_equal(try_team(&(struct team_plan){ .code = "nord", .list_days = "mon,wed" }),
                     RC_OK);
    read_book();
    t = &book.teams[0];
    assert_int_equal(book.n_teams, 1);
    assert_string_equal(t->label, "Équipe Nord");
    assert_string_equal(t->timezone, "Indian/Reunion");
    assert_string_equal(t->region, "974");
    assert_int_equal(t->list_minute, 390);
    assert_string_equal(t->list_days, "mon,wed");
}

static void a_slip_of_the_pen_makes_no_team(void **state)
{
    (void)state;
    assert_int_equal(try_team(&(struct team_plan){ .code = "nrd", .list_days = "mon" }),
                     RC_INVALID);
    if (!strstr(err.text, "did you mean nord?"))
        fail_msg("%s", err.text);
    assert_int_equal(try_team(&(struct team_plan){ .code = "nrd", .label = "Nord-Reims" }), RC_OK);
    assert_int_equal(try_team(&(struct team_plan){ .code = "ouest" }), RC_OK);
}

static void every_change_is_in_the_audit(void **state)
{
    (void)state;
    assert_int_equal(try_absence("anna", "2026-12-01", "2026-12-03", "bruno"), RC_OK);
    assert_int_equal(COUNT("audit_entry WHERE subject = 'team' AND verb = 'create'"), 1);
    assert_int_equal(COUNT("audit_entry WHERE subject = 'staff' AND verb = 'create'"), 4);
    assert_int_equal(COUNT("audit_entry a JOIN staff s ON s.id = a.subject_id"
                           " WHERE a.subject = 'staff' AND a.verb = 'away' AND a.who = 'test'"
                           " AND s.login = 'anna'"
                           " AND a.detail LIKE '% 2026-12-01 2026-12-03 deputy bruno'"),
                     1);
    refused(try_staff((struct staff_plan){ .login = "anna", .role = "boss" }), "role", "employee");
    assert_int_equal(COUNT("audit_entry"), 6);
}

static void an_address_says_who_it_is_as_long_as_the_person_works_here(void **state)
{
    unsigned id, other;

    (void)state;
    assert_int_equal(staff_by_login(db, "anna", &id), RC_OK);
    assert_int_equal(staff_by_address(db, CHANNEL_SMS, "+33612345678", &other), RC_OK);
    assert_int_equal(id, other);
    assert_int_equal(staff_by_address(db, CHANNEL_EMAIL, "anna@example.fr", &other), RC_NOTFOUND);
    assert_int_equal(try_staff((struct staff_plan){ .login = "anna", .mail = "anna@example.fr" }),
                     RC_OK);
    assert_int_equal(staff_by_address(db, CHANNEL_EMAIL, "anna@example.fr", &other), RC_OK);
    assert_int_equal(staff_by_login(db, "nobody", &other), RC_NOTFOUND);
    assert_int_equal(try_staff((struct staff_plan){ .login = "anna", .left_on = "2026-01-01" }),
                     RC_OK);
    assert_int_equal(staff_by_address(db, CHANNEL_SMS, "+33612345678", &other), RC_NOTFOUND);
    assert_int_equal(member("anna")->left_on, 20260101);
    assert_int_equal(try_staff((struct staff_plan){ .login = "anna", .left_on = "" }), RC_OK);
    assert_int_equal(member("anna")->left_on, 0);
}

/* --- refused --- */

static void what_makes_no_sense_is_refused_by_its_field(void **state)
{
    (void)state;
    refused(try_team(&(struct team_plan){ .code = "le nord" }), "code", "letters");
    refused(try_team(&(struct team_plan){ .code = "nord", .hours = "" }), "hours", "working hours");
    refused(try_team(&(struct team_plan){ .code = "nord", .hours = "always" }), "hours",
            "mon-fri 08:00-20:00");
    refused(try_team(&(struct team_plan){ .code = "nord", .timezone = "Mars/Phobos" }), "timezone",
            "Europe/Paris");
    refused(try_team(&(struct team_plan){ .code = "nord", .country = "fr" }), "country", "capital");
    refused(try_team(&(struct team_plan){ .code = "nord", .region = "9744" }), "region", "974");
    refused(try_team(&(struct team_plan){ .code = "nord", .region = "99" }), "region", "\"99\"");
    refused(try_team(&(struct team_plan){ .code = "nord", .list_at = "06:00,07:00" }), "list_at",
            "one time");
    refused(try_team(&(struct team_plan){ .code = "nord", .list_days = "lundi" }), "list_days", "");
    refused(try_staff((struct staff_plan){ .login = "anna", .phone = "12" }), "phone", "few");
    refused(try_staff((struct staff_plan){ .login = "anna", .mail = "anna" }), "mail", "no @");
    refused(try_staff((struct staff_plan){ .login = "anna", .team = "sud" }), "team", "sud");
    refused(try_staff((struct staff_plan){ .login = "anna", .language = "xx" }), "language", "xx");
    refused(try_staff((struct staff_plan){ .login = "anna", .name = "" }), "name", "1 to 120");
    refused(try_staff((struct staff_plan){ .login = "a b" }), "login", "letters");
    refused(try_staff((struct staff_plan){ .login = "anna", .capacity = 501 }), "capacity", "500");
    refused(try_staff((struct staff_plan){ .login = "anna", .left_on = "soon" }), "left_on",
            "2026-12-31");
    refused(try_staff((struct staff_plan){ .login = "bruno", .phone = "+33612345678" }), "phone",
            "that of anna");
    refused(try_staff((struct staff_plan){ .login = "anna", .manager = "zoe" }), "manager", "zoe");
}

static void a_loop_of_managers_is_refused(void **state)
{
    (void)state;
    refused(try_staff((struct staff_plan){ .login = "eva", .manager = "anna" }), "manager",
            "manager: a loop: eva -> anna -> carla -> eva");
    assert_int_equal(member("eva")->manager_id, 0);
}

static void two_deputies_for_each_other_are_refused(void **state)
{
    (void)state;
    assert_int_equal(try_absence("anna", "2026-12-01", "2026-12-05", "bruno"), RC_OK);
    refused(try_absence("bruno", "2026-12-05", "2026-12-07", "anna"), "absence",
            "bruno -> anna -> bruno");
    assert_int_equal(try_absence("bruno", "2026-12-05", "2026-12-07", "carla"), RC_OK);
    refused(try_absence("carla", "2026-12-05", NULL, "anna"), "absence",
            "carla -> anna -> bruno -> carla");
    refused(try_absence("zoe", "2026-12-05", NULL, NULL), "login", "zoe");
    refused(try_absence("eva", "tomorrow", NULL, NULL), "from", "2026-12-24");
    refused(try_absence("eva", "2025-12-01", "2025-12-04", NULL), "to",
            "over already (2025-12-04)");
    assert_int_equal(COUNT("staff_absence"), 2);
}

static void an_absence_that_is_taken_back_is_none(void **state)
{
    (void)state;
    assert_int_equal(try_absence("anna", "2026-12-01", "2026-12-05", "bruno"), RC_OK);
    read_book();
    assert_int_equal(book.n_absences, 1);
    assert_int_equal(staff_stand_in(&book, book.absences[0].staff_id, 20261203),
                     staff_book_login(&book, "bruno")->id);
    assert_int_equal(absence_cancel(db, book.absences[0].id, "test"), RC_OK);
    assert_int_equal(absence_cancel(db, book.absences[0].id, "test"), RC_NOTFOUND);
    read_book();
    assert_int_equal(book.n_absences, 0);
}

static void look_again(void)
{
    struct matter_looks done;

    do
        assert_int_equal(matter_look_step(db, clock_now(), &done), RC_OK);
    while (done.more);
}

static void reminder_of(const char *login)
{
    char sql[300];

    look_again(); /* of what made the house */
    snprintf(sql, sizeof(sql),
             "INSERT INTO matter SET kind = 'task', subject_id = 1, policy_id = 1, staff_id = %u,"
             " opened_at = NOW(6), base_at = NOW(6), next_at = NOW(6) + INTERVAL 5 DAY",
             member(login)->id);
    testdb_sql(sql);
}

static void a_change_of_hours_or_absences_has_reminders_looked_at_again(void **state)
{
    (void)state;
    reminder_of("anna");
    testdb_sql("INSERT INTO matter SET kind = 'task', subject_id = 2, policy_id = 1,"
               " opened_at = NOW(6), base_at = NOW(6), state = 'settled'");
    assert_int_equal(try_absence("anna", "2026-12-01", "2026-12-05", "bruno"), RC_OK);
    look_again();
    assert_int_equal(COUNT("matter WHERE next_at <= NOW(6)"), 1);
    assert_int_equal(COUNT("matter WHERE next_at IS NULL"), 1);
}

static void a_change_of_a_name_or_a_capacity_touches_no_reminder(void **state)
{
    static const struct staff_plan loud[] = {
        { .login = "anna", .name = "Anna", .hours = "mon-thu 08:00-16:00", .capacity = 7 },
        { .login = "anna", .phone = "06 99 99 99 99", .capacity = -1 },
        { .login = "anna", .manager = "eva", .capacity = -1 },
        { .login = "anna", .left_on = "2030-01-01", .capacity = -1 },
    };

    (void)state;
    reminder_of("anna");
    assert_int_equal(try_staff((struct staff_plan){
                         .login = "anna", .name = "Anna M", .language = "en", .capacity = 7 }),
                     RC_OK);
    look_again();
    assert_int_equal(COUNT("matter WHERE version = 1"), 1);
    for (size_t i = 0; i < sizeof(loud) / sizeof(loud[0]); i++) {
        assert_int_equal(try_staff(loud[i]), RC_OK);
        look_again();
    }
    assert_int_equal(COUNT("matter WHERE version = 5 AND next_at <= NOW(6)"), 1);
}

/* --- at the same time --- */

struct racer {
    struct db *db;
    const char *login, *deputy;
    enum rc rc;
};

static void *race(void *arg)
{
    struct racer *r = arg;
    const struct absence_plan plan = {
        .login = r->login, .from = "2026-12-01", .to = "2026-12-05", .deputy = r->deputy
    };
    uint64_t id;

    r->rc = absence_add(r->db, &plan, "test", &id, NULL, NULL);
    return NULL;
}

static void of_two_who_name_each_other_at_the_same_moment_one_is_refused(void **state)
{
    struct racer racers[] = { { testdb_open_lane(1), "anna", "bruno", RC_FAIL },
                              { testdb_open_lane(2), "bruno", "anna", RC_FAIL } };

    (void)state;
    for (int round = 0; round < 5; round++) {
        pthread_t threads[2];

        testdb_sql("DELETE FROM staff_absence");
        for (int i = 0; i < 2; i++)
            assert_int_equal(pthread_create(&threads[i], NULL, race, &racers[i]), 0);
        for (int i = 0; i < 2; i++)
            assert_int_equal(pthread_join(threads[i], NULL), 0);
        assert_int_equal((racers[0].rc == RC_OK) + (racers[1].rc == RC_OK), 1);
        assert_int_equal((racers[0].rc == RC_INVALID) + (racers[1].rc == RC_INVALID), 1);
    }
    db_close(racers[0].db);
    db_close(racers[1].db);
}

static void there_can_be_no_more_teams_than_others_can_hold(void **state)
{
    (void)state;
    testdb_sql("DELETE FROM team WHERE id > 1");
    testdb_sql("INSERT INTO team (id, code, label, created_at, updated_at)"
               "SELECT 1000 + seq, CONCAT('t', seq), '', NOW(6), NOW(6) FROM seq_2_to_511");
    assert_int_equal(COUNT("team"), STAFF_TEAMS_MAX - 1);
    assert_int_equal(try_team(&(struct team_plan){ .code = "last" }), RC_OK);
    assert_int_equal(try_team(&(struct team_plan){ .code = "more" }), RC_INVALID);
    assert_string_equal(field, "code");
    assert_non_null(strstr(err.text, "there are 512 teams already"));
    assert_int_equal(try_team(&(struct team_plan){ .code = "last", .label = "Last" }), RC_OK);
}

/* --- customers --- */

static void a_customer_is_looked_after_by_somebody_who_works_here(void **state)
{
    (void)state;
    testdb_sql("INSERT INTO customer (id, created_at, updated_at, country)"
               " VALUES (7, NOW(6), NOW(6), 'FR')");
    assert_int_equal(customer_set_owner(db, 7, "anna", "UTC", "test", &err), RC_OK);
    assert_int_equal(COUNT("customer c JOIN staff s ON s.id = c.owner_id WHERE s.login = 'anna'"),
                     1);
    assert_int_equal(COUNT("audit_entry WHERE subject = 'customer' AND subject_id = 7"
                           " AND verb = 'owner' AND detail = 'anna'"),
                     1);
    assert_int_equal(customer_set_owner(db, 8, "anna", "UTC", "test", &err), RC_NOTFOUND);
    assert_int_equal(customer_set_owner(db, 7, "zoe", "UTC", "test", &err), RC_INVALID);
    assert_int_equal(try_staff((struct staff_plan){ .login = "bruno", .left_on = "2026-01-01" }),
                     RC_OK);
    assert_int_equal(customer_set_owner(db, 7, "bruno", "UTC", "test", &err), RC_INVALID);
    assert_int_equal(customer_set_owner(db, 7, "", "UTC", "test", &err), RC_OK);
    assert_int_equal(COUNT("customer WHERE owner_id IS NULL"), 1);
}

/* --- who leaves --- */

static enum rc try_leave(const char *login, const char *on, const char *to)
{
    const struct staff_leave_plan plan = { .login = login, .on = on, .to = to, .house = "UTC" };

    *err.text = '\0';
    return staff_leave(db, &plan, "test", &field, &err);
}

/* Anna has five customers and three tasks, one of them done. */
static void give_work(void)
{
    testdb_sql("INSERT INTO customer (id, created_at, updated_at, country, owner_id)"
               " SELECT 10 + seq, NOW(6), NOW(6), 'FR', s.id"
               "   FROM seq_1_to_5 JOIN staff s ON s.login = 'anna'");
    testdb_sql("INSERT INTO contact_task (id, customer_id, team_id, staff_id, source, state, day,"
               "                          due_at, title, created_at, created_by)"
               " SELECT seq, 10 + seq, s.team_id, s.id, 'manager', IF(seq = 3, 'done', 'open'),"
               "        '2026-12-01', '2026-12-01 17:00:00', 'call', NOW(6), 'test'"
               "   FROM seq_1_to_3 JOIN staff s ON s.login = 'anna'");
}

static unsigned steps(const char *day)
{
    struct staff_leave_done done = { .staff_id = 1 };
    unsigned n = 0;
    int on;

    assert_int_equal(staff_day_parse(day, &on), RC_OK);
    for (; done.staff_id && n < 50; n++) {
        const struct civil noon = staff_day_civil(on);
        assert_int_equal(staff_leave_step(db, "UTC", clock_from_civil(&noon), 2, &done), RC_OK);
    }
    return n - 1;
}

/* 2026-12-30 and that hour, UTC */
static unsigned handed_at(int hour)
{
    const struct civil midnight = staff_day_civil(20261230);
    const utc_us now = clock_from_civil(&midnight) + hour * 3600 * USEC_PER_SEC;
    struct staff_leave_done done;

    assert_int_equal(staff_leave_step(db, "Europe/Paris", now, 200, &done), RC_OK);
    return done.staff_id;
}

static void the_day_begins_where_they_work(void **state)
{
    const utc_us then = clock_from_civil(&(struct civil){ 2026, 12, 30, 13, 0, 0, 0 });
    int64_t shift;
    unsigned anna;

    (void)state;
    give_work();
    assert_int_equal(staff_by_login(db, "anna", &anna), RC_OK);
    assert_int_equal(try_leave("anna", "2026-12-31", "bruno"), RC_OK);
    testdb_sql("UPDATE team SET timezone = 'America/Martinique'");
    assert_int_equal(handed_at(27), 0);
    assert_int_equal(handed_at(28), anna);
    testdb_sql("UPDATE staff_leaving SET finished_at = NULL");
    testdb_sql("UPDATE team SET timezone = ''");
    assert_int_equal(handed_at(22), 0);
    assert_int_equal(handed_at(23), anna);
    testdb_sql("UPDATE staff_leaving SET finished_at = NULL");
    testdb_sql("UPDATE staff SET timezone = 'Pacific/Noumea' WHERE login = 'anna'");
    assert_int_equal(handed_at(12), 0);
    assert_int_equal(handed_at(13), anna);
    /* And there the 30th is past by then. */
    testdb_sql("UPDATE staff_leaving SET finished_at = NULL");
    shift = then - clock_now();
    clock_shift(shift);
    refused(try_leave("anna", "2026-12-30", "bruno"), "on", "2026-12-30 is past");
    assert_int_equal(try_leave("anna", "2026-12-31", "bruno"), RC_OK);
    clock_shift(-shift);
}

static void what_was_theirs_goes_to_another_on_the_day_in_pages(void **state)
{
    struct staff_leaving l;
    unsigned anna;

    (void)state;
    give_work();
    assert_int_equal(try_leave("anna", "2026-12-31", "bruno"), RC_OK);
    assert_int_equal(steps("2026-12-30"), 0);
    assert_int_equal(COUNT("customer c JOIN staff s ON s.id = c.owner_id WHERE s.login = 'anna'"),
                     5);
    /* Pages of two: two, two, one customer and two tasks, and one that finds nothing left. */
    assert_int_equal(steps("2026-12-31"), 4);
    assert_int_equal(COUNT("customer c JOIN staff s ON s.id = c.owner_id WHERE s.login = 'bruno'"),
                     5);
    assert_int_equal(COUNT("contact_task t JOIN staff s ON s.id = t.staff_id"
                           " WHERE s.login = 'bruno' AND t.state = 'open'"),
                     2);
    assert_int_equal(COUNT("contact_task t JOIN staff s ON s.id = t.staff_id"
                           " WHERE s.login = 'anna' AND t.state = 'done'"),
                     1);
    assert_int_equal(staff_by_login(db, "anna", &anna), RC_OK);
    assert_int_equal(staff_leave_read(db, anna, &l), RC_OK);
    assert_int_equal(l.customers, 5);
    assert_int_equal(l.tasks, 2);
    assert_int_equal(l.customers_left + l.tasks_left, 0);
    assert_true(l.finished_at != 0);
    assert_int_equal(COUNT("audit_entry WHERE subject = 'staff' AND verb = 'left'"
                           " AND detail = '5 customers 2 tasks'"),
                     1);
    assert_int_equal(steps("2027-01-01"), 0);
}

static void people_get_the_successor_as_manager_and_nobody_becomes_their_own(void **state)
{
    (void)state;
    assert_int_equal(try_leave("carla", "2026-12-31", "anna"), RC_OK);
    steps("2026-12-31");
    read_book();
    assert_int_equal(member("anna")->manager_id, staff_book_login(&book, "eva")->id);
    assert_int_equal(member("bruno")->manager_id, staff_book_login(&book, "anna")->id);
    assert_int_equal(try_leave("eva", "2026-12-31", "anna"), RC_OK);
    steps("2026-12-31");
    assert_int_equal(member("anna")->manager_id, 0);
}

static void who_takes_over_and_leaves_too_hands_it_on(void **state)
{
    (void)state;
    give_work();
    assert_int_equal(try_leave("anna", "2026-12-31", "bruno"), RC_OK);
    assert_int_equal(try_leave("bruno", "2026-12-30", "carla"), RC_OK);
    steps("2027-01-01");
    assert_int_equal(COUNT("customer c JOIN staff s ON s.id = c.owner_id WHERE s.login = 'carla'"),
                     5);
}

/* What she handed on when she left once has nothing to do with what she gets now. */
static void who_left_and_came_back_keeps_what_another_leaves(void **state)
{
    (void)state;
    assert_int_equal(try_leave("anna", "2026-12-01", "bruno"), RC_OK);
    steps("2026-12-01");
    assert_int_equal(try_staff((struct staff_plan){ .login = "anna", .left_on = "" }), RC_OK);
    give_work();
    testdb_sql("UPDATE customer SET owner_id = (SELECT id FROM staff WHERE login = 'carla')");
    assert_int_equal(try_leave("carla", "2026-12-31", "anna"), RC_OK);
    steps("2026-12-31");
    assert_int_equal(COUNT("customer c JOIN staff s ON s.id = c.owner_id WHERE s.login = 'anna'"),
                     5);
}

static void who_is_to_take_over_does_not_leave_without_a_word(void **state)
{
    (void)state;
    assert_int_equal(try_leave("anna", "2026-12-12", "bruno"), RC_OK);
    refused(try_staff((struct staff_plan){ .login = "bruno", .left_on = "2026-12-10" }), "left_on",
            "anna leaves to bruno");
    assert_int_equal(try_staff((struct staff_plan){ .login = "bruno", .left_on = "2026-12-13" }),
                     RC_OK);
    assert_int_equal(try_leave("bruno", "2026-12-10", "carla"), RC_OK);
}

static void one_whom_nobody_follows_does_not_hold_up_the_others(void **state)
{
    (void)state;
    give_work();
    assert_int_equal(try_leave("anna", "2026-12-12", "bruno"), RC_OK);
    assert_int_equal(try_leave("carla", "2026-12-13", "eva"), RC_OK);
    testdb_sql("UPDATE staff SET left_on = '2026-12-10' WHERE login = 'bruno'");
    steps("2026-12-14"); /* of anna: nothing can be done */
    steps("2026-12-14");
    assert_int_equal(COUNT("staff_leaving l JOIN staff s ON s.id = l.staff_id"
                           " WHERE s.login = 'carla' AND l.finished_at IS NOT NULL"),
                     1);
    assert_int_equal(COUNT("customer c JOIN staff s ON s.id = c.owner_id WHERE s.login = 'anna'"),
                     5);
    assert_int_equal(try_leave("anna", "2026-12-12", "eva"), RC_OK);
    steps("2026-12-14");
    assert_int_equal(COUNT("customer c JOIN staff s ON s.id = c.owner_id WHERE s.login = 'eva'"),
                     5);
}

static void a_day_that_is_past_says_first_what_would_go(void **state)
{
    const struct staff_leave_plan meant = {
        .login = "anna", .on = "2020-01-01", .to = "bruno", .house = "UTC", .past_too = true
    };

    (void)state;
    give_work();
    refused(try_leave("anna", "2020-01-01", "bruno"), "on",
            "customers (5), open tasks (2) and people (0) of anna would go to bruno");
    assert_int_equal(member("anna")->left_on, 0);
    assert_int_equal(COUNT("staff_leaving"), 0);
    assert_int_equal(staff_leave(db, &meant, "test", &field, &err), RC_OK);
    assert_int_equal(member("anna")->left_on, 20200101);
}

static void a_leaving_that_makes_no_sense_is_refused_and_one_may_stay_after_all(void **state)
{
    (void)state;
    give_work();
    refused(try_leave("zoe", "2026-12-31", "bruno"), "login", "zoe");
    refused(try_leave("anna", "soon", "bruno"), "on", "2026-12-31");
    refused(try_leave("anna", "2026-12-31", "anna"), "to", "somebody else");
    refused(try_leave("anna", "2026-12-31", NULL), "to", "somebody else");
    assert_int_equal(try_leave("bruno", "2026-12-01", "carla"), RC_OK);
    refused(try_leave("anna", "2026-12-31", "bruno"), "to", "works here on that day");
    assert_int_equal(try_leave("anna", "2026-12-31", "carla"), RC_OK);
    assert_int_equal(try_staff((struct staff_plan){ .login = "anna", .left_on = "" }), RC_OK);
    steps("2027-01-01");
    assert_int_equal(COUNT("customer c JOIN staff s ON s.id = c.owner_id WHERE s.login = 'anna'"),
                     5);
}

static int open_db(void **state)
{
    (void)state;
    db = testdb_open();
    arena_init(&arena);
    return 0;
}

static int close_db(void **state)
{
    (void)state;
    arena_close(&arena);
    db_close(db);
    return 0;
}

#define IN_A_HOUSE(test) cmocka_unit_test_setup(test, fresh)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_A_HOUSE(a_person_is_made_with_what_is_usual),
        IN_A_HOUSE(what_is_not_said_stays_as_it_is),
        IN_A_HOUSE(a_team_is_changed_field_by_field),
        IN_A_HOUSE(a_slip_of_the_pen_makes_no_team),
        IN_A_HOUSE(every_change_is_in_the_audit),
        IN_A_HOUSE(an_address_says_who_it_is_as_long_as_the_person_works_here),
        IN_A_HOUSE(what_makes_no_sense_is_refused_by_its_field),
        IN_A_HOUSE(a_loop_of_managers_is_refused),
        IN_A_HOUSE(two_deputies_for_each_other_are_refused),
        IN_A_HOUSE(an_absence_that_is_taken_back_is_none),
        IN_A_HOUSE(a_change_of_hours_or_absences_has_reminders_looked_at_again),
        IN_A_HOUSE(a_change_of_a_name_or_a_capacity_touches_no_reminder),
        IN_A_HOUSE(of_two_who_name_each_other_at_the_same_moment_one_is_refused),
        IN_A_HOUSE(there_can_be_no_more_teams_than_others_can_hold),
        IN_A_HOUSE(a_customer_is_looked_after_by_somebody_who_works_here),
        IN_A_HOUSE(the_day_begins_where_they_work),
        IN_A_HOUSE(what_was_theirs_goes_to_another_on_the_day_in_pages),
        IN_A_HOUSE(people_get_the_successor_as_manager_and_nobody_becomes_their_own),
        IN_A_HOUSE(a_day_that_is_past_says_first_what_would_go),
        IN_A_HOUSE(who_takes_over_and_leaves_too_hands_it_on),
        IN_A_HOUSE(who_left_and_came_back_keeps_what_another_leaves),
        IN_A_HOUSE(who_is_to_take_over_does_not_leave_without_a_word),
        IN_A_HOUSE(one_whom_nobody_follows_does_not_hold_up_the_others),
        IN_A_HOUSE(a_leaving_that_makes_no_sense_is_refused_and_one_may_stay_after_all),
    };

    return cmocka_run_group_tests(tests, open_db, close_db);
}
