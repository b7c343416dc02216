/* test_import_suppressions.c - partners' lists of addresses that are not to be written to, on a
 * real database. */
#include "base/clock.h"
#include "store/db.h"
#include "store/suppression.h"
#include "store/suppression_listing.h"
#include "tests/support/import_rig.h"
#include "tests/support/testdb.h"

#define number import_rig_number
#define word   import_rig_text

#define SUPPRESSIONS "phone;email;reason;until\n"

/* Two customers with an order each. */
static void orders(void)
{
    import_rig_take_sample("orders.csv");
    assert_rows(2, 0, 0);
}

static void take(const char *profile, const char *rows)
{
    import_rig_use(profile);
    import_rig_take(rows);
}

static uint64_t suppressed_points(void)
{
    return number("SELECT COUNT(*) FROM contact_point WHERE state = 'suppressed'");
}

static void an_address_on_a_list_is_not_written_to(void **state)
{
    (void)state;
    orders();
    take("csv.suppressions", SUPPRESSIONS "06 12 34 56 78;a@example.com;contentieux;31/12/2099\n");
    assert_rows(1, 0, 0);
    assert_int_equal(suppressed_points(), 1);
    assert_string_equal(word("SELECT sms_standing FROM customer c JOIN contact_point p"
                             "  ON p.customer_id = c.id WHERE p.address = '+33612345678'"),
                        "suppressed");
    assert_string_equal(
        word("SELECT GROUP_CONCAT(channel, ' ', address, ' ', reason"
             "  ORDER BY channel) FROM suppression WHERE suppressed_at IS NOT NULL"),
        "sms +33612345678 contentieux,email a@example.com contentieux");
    take("csv.suppressions",
         SUPPRESSIONS "+33612345678;a@EXAMPLE.com;contentieux;31/12/2099\n;b@example.com;;\n");
    assert_rows(1, 1, 0);
}

static void whoever_comes_with_a_listed_number_is_not_written_to(void **state)
{
    (void)state;
    take("csv.suppressions", SUPPRESSIONS "06 12 34 56 78;;;\n");
    orders();
    assert_int_equal(suppressed_points(), 1);
}

static void a_listing_ends_with_its_time(void **state)
{
    bool more;

    (void)state;
    orders();
    take("csv.suppressions", SUPPRESSIONS "06 12 34 56 78;;;27/11/2025\n");
    assert_int_equal(suppression_expire(import_rig_db, IMPORT_RIG_NOW, &more), RC_OK);
    assert_int_equal(suppressed_points(), 1);
    assert_int_equal(
        suppression_expire(import_rig_db, IMPORT_RIG_NOW + 2 * SEC_PER_DAY * USEC_PER_SEC, &more),
        RC_OK);
    assert_int_equal(suppressed_points(), 0);
    assert_int_equal(number("SELECT COUNT(*) FROM suppression"), 0);
    assert_int_equal(number("SELECT COUNT(*) FROM customer WHERE sms_standing = 'suppressed'"), 0);
}

static void an_end_that_has_passed_takes_the_address_off_the_list(void **state)
{
    (void)state;
    orders();
    take("csv.suppressions", SUPPRESSIONS "06 12 34 56 78;;;\n");
    take("csv.suppressions", SUPPRESSIONS "06 12 34 56 78;;;01/11/2025\n"
                                          "06 99 88 77 66;;;01/11/2025\n");
    assert_rows(1, 1, 0);
    assert_int_equal(suppressed_points(), 0);
    assert_int_equal(number("SELECT COUNT(*) FROM suppression"), 0);
}

static void an_address_that_two_list_stays_until_both_have_ended_it(void **state)
{
    (void)state;
    orders();
    take("csv.suppressions", SUPPRESSIONS "06 12 34 56 78;;;\n");
    take("xml.suppressions", "<suppressions xmlns='urn:relais:suppressions:1'>"
                             "<suppression phone='0612345678'/></suppressions>");
    take("csv.suppressions", SUPPRESSIONS "06 12 34 56 78;;;01/11/2025\n");
    assert_int_equal(suppressed_points(), 1);
    take("xml.suppressions", "<suppressions xmlns='urn:relais:suppressions:1'>"
                             "<suppression phone='0612345678' until='2025-11-01'/></suppressions>");
    assert_int_equal(suppressed_points(), 0);
}

static void what_carriers_said_outlives_a_list(void **state)
{
    (void)state;
    orders();
    testdb_sql("INSERT INTO suppression (channel, address, strikes, last_message_id, carrier_id,"
               " reason, at, suppressed_at, carrier_at)"
               "VALUES ('sms', '+33612345678', 1, 1, 1, 'nobody', '2025-11-01', '2025-11-01',"
               " '2025-11-01')");
    take("csv.suppressions", SUPPRESSIONS "06 12 34 56 78;;;\n");
    take("csv.suppressions", SUPPRESSIONS "06 12 34 56 78;;;01/11/2025\n");
    assert_int_equal(suppressed_points(), 1);
    assert_int_equal(number("SELECT COUNT(*) FROM suppression WHERE reason = 'nobody'"), 1);
}

static void a_person_lifts_what_a_list_suppressed(void **state)
{
    (void)state;
    orders();
    take("csv.suppressions", SUPPRESSIONS "06 12 34 56 78;;;\n");
    assert_int_equal(suppression_lift(import_rig_db, CHANNEL_SMS, "+33612345678", "anne"), RC_OK);
    assert_int_equal(suppressed_points(), 0);
    assert_int_equal(number("SELECT COUNT(*) FROM suppression_listing"), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, import_rig_set_up, import_rig_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(an_address_on_a_list_is_not_written_to),
        TEST(whoever_comes_with_a_listed_number_is_not_written_to),
        TEST(a_listing_ends_with_its_time),
        TEST(an_end_that_has_passed_takes_the_address_off_the_list),
        TEST(an_address_that_two_list_stays_until_both_have_ended_it),
        TEST(what_carriers_said_outlives_a_list),
        TEST(a_person_lifts_what_a_list_suppressed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
