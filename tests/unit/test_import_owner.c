/* test_import_owner.c - files that name who looks after a customer, on a real database. */
#include "base/clock.h"
#include "store/db.h"
#include "store/import_undo.h"
#include "store/staff.h"
#include "tests/support/import_rig.h"
#include "tests/support/testdb.h"

#define number import_rig_number
#define word   import_rig_text

#define HEADER "customer_number;last_name;city;owner\n"

/* It is the 26th at noon UTC, and the 27th already where Bruno works and where Zoe did. */
static int set_up(void **state)
{
    const int failed = import_rig_set_up(state);

    testdb_sql("INSERT INTO team (id, code, label, created_at, updated_at)"
               " VALUES (1, 'nord', 'Nord', '2025-01-01', '2025-01-01')");
    testdb_sql("INSERT INTO staff (id, login, name, team_id, timezone, left_on, created_at,"
               "                   updated_at)"
               "VALUES (10, 'anna', 'Anna', 1, '', NULL, '2025-01-01', '2025-01-01'),"
               "       (20, 'bruno', 'Bruno', 1, 'Pacific/Auckland', '2025-11-28', '2025-01-01',"
               "        '2025-01-01'),"
               "       (30, 'zoe', 'Zoe', 1, 'Pacific/Auckland', '2025-11-27', '2025-01-01',"
               "        '2025-01-01')");
    testdb_sql("INSERT INTO contact_policy (category_id, team_id, created_at, updated_at)"
               " VALUES (0, 1, '2025-01-01', '2025-01-01')");
    import_rig_use("csv.customers");
    return failed;
}

static const char *owners(void)
{
    return word("SELECT GROUP_CONCAT(COALESCE(s.login, '-') ORDER BY r.customer_number)"
                "  FROM customer_ref r JOIN customer c ON c.id = r.customer_id"
                "  LEFT JOIN staff s ON s.id = c.owner_id");
}

static const char *book(void)
{
    return word("SELECT GROUP_CONCAT(a.who, ' ', r.customer_number, ' ', a.detail ORDER BY a.id)"
                "  FROM audit_entry a JOIN customer_ref r ON r.customer_id = a.subject_id"
                " WHERE a.subject = 'customer' AND a.verb = 'owner'");
}

static void a_file_says_who_looks_after_whom(void **state)
{
    (void)state;
    import_rig_take(HEADER "C1;Roy;Lyon;anna\nC2;Petit;Lyon;bruno\nC3;Blanc;Lyon;\n");
    assert_rows(3, 0, 0);
    assert_string_equal(owners(), "anna,bruno,-");
    assert_string_equal(book(), "import 1 C1 anna,import 1 C2 bruno");
    /* Nobody is on a list yet. */
    assert_int_equal(number("SELECT COUNT(*) FROM contact_news"), 0);
}

static void only_another_one_is_a_change_and_news(void **state)
{
    (void)state;
    import_rig_take(HEADER "C1;Roy;Lyon;anna\nC2;Petit;Lyon;anna\nC3;Blanc;Lyon;anna\n"
                           "C4;Bon;Lyon;anna\n");
    testdb_sql("DELETE FROM audit_entry");
    import_rig_take(HEADER "C1;Roy;Paris;anna\nC2;Petit;Lyon;bruno\nC3;Blanc;Paris;\n"
                           "C4;Bon;Lyon;anna\n");
    assert_rows(3, 1, 0);
    assert_string_equal(owners(), "anna,bruno,anna,anna");
    assert_string_equal(book(), "import 2 C2 bruno");
    assert_string_equal(word("SELECT GROUP_CONCAT(r.customer_number) FROM contact_news n"
                             "  JOIN customer_ref r ON r.customer_id = n.customer_id"),
                        "C2");
}

/* Where Zoe works it is the 27th already. */
static void who_does_not_work_here_refuses_the_row(void **state)
{
    (void)state;
    import_rig_take(HEADER "C1;Roy;Lyon;nobody\nC2;Petit;Lyon;zoe\nC3;Blanc;Lyon;bruno\n");
    assert_rows(1, 0, 2);
    assert_refused("owner", "unknown_code");
    assert_string_equal(word("SELECT reason FROM import_reject LIMIT 1"),
                        "nobody of this login works here");
    assert_string_equal(owners(), "bruno");
}

static void or_is_passed_over_where_the_profile_says_so(void **state)
{
    (void)state;
    import_rig_profile->rules.fields[FIELD_OWNER].ignore_faulty = true;
    import_rig_take(HEADER "C1;Roy;Lyon;zoe\nC2;Petit;Lyon;anna\n");
    assert_rows(2, 0, 0);
    assert_string_equal(owners(), "-,anna");
}

static void what_was_said_by_hand_stays_until_the_row_says_something_new(void **state)
{
    struct error err;

    (void)state;
    import_rig_take(HEADER "C1;Roy;Lyon;anna\n");
    assert_int_equal(customer_set_owner(import_rig_db, number("SELECT id FROM customer"), "bruno",
                                        "UTC", "boss", &err),
                     RC_OK);
    import_rig_take(HEADER "C1;Roy;Lyon;anna\n\n");
    assert_rows(0, 1, 0);
    assert_string_equal(owners(), "bruno");
    import_rig_take(HEADER "C1;Roy;Paris;anna\n");
    assert_string_equal(owners(), "anna");
}

static void an_import_that_is_undone_gives_customers_back(void **state)
{
    struct import imp;
    struct error err;
    bool over = false;

    (void)state;
    import_rig_take(HEADER "C1;Roy;Lyon;anna\nC2;Petit;Lyon;\nC3;Bon;Lyon;anna\n");
    import_rig_take(HEADER "C1;Roy;Lyon;bruno\nC2;Petit;Lyon;bruno\nC3;Bon;Paris;\n");
    testdb_sql("DELETE FROM contact_news");
    if (import_undo_begin(import_rig_db, 2, "boss", &err))
        fail_msg("%s", err.text);
    assert_int_equal(import_undo_find(import_rig_db, 1, &imp), RC_OK);
    while (!over)
        assert_int_equal(import_undo_step(import_rig_db, &imp, &over), RC_OK);
    assert_string_equal(owners(), "anna,-,anna");
    assert_int_equal(number("SELECT COUNT(*) FROM contact_news"), 2);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, import_rig_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_file_says_who_looks_after_whom),
        TEST(only_another_one_is_a_change_and_news),
        TEST(who_does_not_work_here_refuses_the_row),
        TEST(or_is_passed_over_where_the_profile_says_so),
        TEST(what_was_said_by_hand_stays_until_the_row_says_something_new),
        TEST(an_import_that_is_undone_gives_customers_back),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
