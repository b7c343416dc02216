/* test_match.c - a customer number that is new, of a person who is not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "store/customer_double.h"
#include "store/db.h"
#include "store/import.h"
#include "tests/support/crowd.h"
#include "tests/support/testdb.h"

#define P1 "+33600000001"
#define P2 "+33600000002"

static struct db *db;
static struct import imp;
static struct import_rules rules;

static int fresh(void **state)
{
    (void)state;
    testdb_reset();
    db = testdb_open();
    crowd_codes();
    testdb_sql("INSERT INTO id_block VALUES ('customer', 1000), ('consent_event', 1000)");
    testdb_sql("INSERT INTO partner VALUES (1, 'acme', 'Acme', '2025-01-01'),"
               " (2, 'shop', 'Shop', '2025-01-01')");
    testdb_sql("INSERT INTO import (id, partner_id, file_name, sha256, bytes, state, received_at)"
               "VALUES (1, 2, 'a.csv', '', 1, 'applying', '2026-11-02')");
    imp = (struct import){ .id = 1, .partner_id = 2, .next_row = 1, .received_at = clock_now() };
    rules = (struct import_rules){ .kind = KIND_ORDERS,
                                   .create_categories = true,
                                   .create_sources = true,
                                   .match = { MATCH_SAME, true, true, false } };
    /* Whom acme knows. */
    crowd_add(
        &(struct person){ 1, P1, "granted", .more = "first_name = 'Hélène', last_name = 'Roy'" });
    testdb_sql("INSERT INTO customer_ref (partner_id, customer_number, customer_id, content_hash)"
               "VALUES (1, 'A-1', 1, REPEAT('x', 16))");
    testdb_sql("INSERT INTO contact_point (customer_id, channel, address, created_at)"
               "VALUES (1, 'email', 'helene@example.org', '2025-01-01')");
    return 0;
}

static int close_db(void **state)
{
    (void)state;
    db_close(db);
    return 0;
}

struct said {
    const char *number, *first, *last, *phone, *mail;
    enum consent_state sms;
    const char *order, *company, *street, *city, *birth_date, *category;
};

static const char *text(const char *t)
{
    return t ? t : "";
}

static void take(const struct said *list, size_t n)
{
    struct import_apply *apply = import_apply_new(&rules);
    struct partner_row rows[20];
    const struct import_chunk chunk = { .rows = rows, .n_rows = n, .next_row = imp.next_row + n };

    assert_non_null(apply);
    for (size_t i = 0; i < n; i++) {
        rows[i] = (struct partner_row){ .row_no = imp.next_row + i,
                                        .customer_number = list[i].number,
                                        .first_name = text(list[i].first),
                                        .last_name = text(list[i].last),
                                        .company = text(list[i].company),
                                        .phone = text(list[i].phone),
                                        .email = text(list[i].mail),
                                        .street = text(list[i].street),
                                        .postcode = "",
                                        .city = text(list[i].city),
                                        .country = "FR",
                                        .language = "fr",
                                        .category = text(list[i].category),
                                        .source = "",
                                        .timezone = "",
                                        .owner = "",
                                        .product_range = "",
                                        .consent = { list[i].sms, CONSENT_UNKNOWN },
                                        .consent_wording = "oui",
                                        .has_person = list[i].birth_date != NULL,
                                        .has_order = list[i].order != NULL,
                                        .order_number = text(list[i].order),
                                        .goods = "",
                                        .collect_cents = 1000,
                                        .currency = "EUR",
                                        .status = ORDER_PLANNED };
        for (size_t k = 0; k < FIELD_CUSTOM_MAX; k++)
            rows[i].custom[k] = "";
        snprintf(rows[i].birth_date, sizeof(rows[i].birth_date), "%.10s", text(list[i].birth_date));
    }
    assert_int_equal(import_apply_chunk(db, apply, &imp, &chunk), RC_OK);
    import_apply_free(apply);
}
#define TAKE(...)                              \
    take((const struct said[]){ __VA_ARGS__ }, \
         sizeof((const struct said[]){ __VA_ARGS__ }) / sizeof(struct said))

static uint64_t customer_of(const char *number)
{
    char sql[120];

    snprintf(sql, sizeof(sql),
             "SELECT customer_id FROM customer_ref WHERE partner_id = 2"
             " AND customer_number = '%s'",
             number);
    return crowd_count(sql);
}

#define DOUBLES "SELECT COUNT(*) FROM customer_double"

static void the_same_name_and_phone_is_the_same_customer(void **state)
{
    (void)state;
    TAKE({ .number = "S-1", "HELENE", "ROY", P1, .order = "O-1" });
    assert_int_equal(customer_of("S-1"), 1);
    assert_int_equal(crowd_count("SELECT COUNT(*) FROM customer"), 1);
    assert_int_equal(crowd_count("SELECT customer_id FROM customer_order"), 1);
    assert_int_equal(crowd_count("SELECT order_count FROM customer"), 1);
    assert_int_equal(crowd_count(DOUBLES), 0);
    assert_int_equal(crowd_count("SELECT COUNT(*) FROM contact_point"), 2);
    /* And so it is known in the next file. */
    TAKE({ .number = "S-1", "HELENE", "ROY", P1, .order = "O-2" });
    assert_int_equal(crowd_count("SELECT order_count FROM customer WHERE id = 1"), 2);
}

static void the_same_name_and_mail_is_the_same_customer(void **state)
{
    (void)state;
    TAKE({ .number = "S-1", "Roy", "Hélène", P2, "helene@example.org" });
    assert_int_equal(customer_of("S-1"), 1);
    /* The number is learnt; the one that is written to stays. */
    assert_int_equal(crowd_count("SELECT COUNT(*) FROM contact_point WHERE address = '" P2
                                 "' AND customer_id = 1 AND NOT is_primary"),
                     1);
    assert_int_equal(
        crowd_count("SELECT COUNT(*) FROM contact_point WHERE address = '" P1 "' AND is_primary"),
        1);
}

static void without_rules_a_new_number_is_a_new_customer(void **state)
{
    (void)state;
    rules.match.rule = MATCH_NEVER;
    TAKE({ .number = "S-1", "Hélène", "Roy", P1 });
    assert_int_not_equal(customer_of("S-1"), 1);
    assert_int_equal(crowd_count(DOUBLES), 0);
}

static void by_phone_alone_does_not_look_at_mails(void **state)
{
    (void)state;
    rules.match.by_mail = false;
    TAKE({ .number = "S-1", "Hélène", "Roy", P2, "helene@example.org" });
    assert_int_not_equal(customer_of("S-1"), 1);
    assert_int_equal(crowd_count(DOUBLES), 0);
}

static void rule_review_only_asks(void **state)
{
    (void)state;
    rules.match.rule = MATCH_REVIEW;
    TAKE({ .number = "S-1", "Hélène", "Roy", P1, "helene@example.org" });
    assert_int_not_equal(customer_of("S-1"), 1);
    assert_int_equal(crowd_count(DOUBLES " WHERE low_id = 1 AND likeness = 'same' AND score = 100"
                                         " AND shared = 'phone,mail' AND source = 'import 1:1'"),
                     1);
}

static void a_family_that_shares_a_phone_is_asked_about(void **state)
{
    (void)state;
    TAKE({ .number = "S-1", "Paul", "Roy", P1 });
    assert_int_not_equal(customer_of("S-1"), 1);
    assert_int_equal(crowd_count(DOUBLES " WHERE low_id = 1 AND likeness = 'different'"
                                         " AND state = 'open' AND shared = 'phone'"),
                     1);
    assert_int_equal(crowd_count("SELECT COUNT(*) FROM customer WHERE sms_shared"), 2);
}

static void of_several_who_have_it_nobody_is_taken(void **state)
{
    (void)state;
    crowd_add(&(struct person){ 2, P1, .more = "first_name = 'Paul', last_name = 'Roy'" });
    TAKE({ .number = "S-1", "Hélène", "Roy", P1 });
    assert_true(customer_of("S-1") >= 1000);
    assert_int_equal(crowd_count(DOUBLES " WHERE state = 'open'"), 2);
}

static void phone_of_one_and_mail_of_another_is_nobody(void **state)
{
    (void)state;
    crowd_add(&(struct person){ 2, P2, .more = "first_name = 'Hélène', last_name = 'Roy'" });
    TAKE({ .number = "S-1", "Hélène", "Roy", P2, "helene@example.org" });
    assert_true(customer_of("S-1") >= 1000);
    assert_int_equal(crowd_count(DOUBLES), 2);
}

static void a_number_that_ten_have_is_nobodys_in_particular(void **state)
{
    (void)state;
    for (uint64_t id = 2; id <= 10; id++)
        crowd_add(&(struct person){ id, P1, .more = "last_name = 'Petit'" });
    TAKE({ .number = "S-1", "Hélène", "Roy", P1 });
    assert_true(customer_of("S-1") >= 1000);
    assert_int_equal(crowd_count(DOUBLES), 0);
}

static void minors_and_erased_customers_are_never_taken(void **state)
{
    (void)state;
    testdb_sql("UPDATE customer SET minor = TRUE WHERE id = 1");
    TAKE({ .number = "S-1", "Hélène", "Roy", P1 });
    assert_true(customer_of("S-1") >= 1000);
    testdb_sql("UPDATE customer SET minor = FALSE, birth_date = CURRENT_DATE - INTERVAL 17 YEAR"
               " WHERE id = 1");
    testdb_sql("DELETE FROM contact_point WHERE customer_id >= 1000");
    TAKE({ .number = "S-2", "Hélène", "Roy", P1 });
    assert_true(customer_of("S-2") >= 1000);
    testdb_sql("UPDATE customer SET birth_date = NULL, erased_at = NOW() WHERE id = 1");
    testdb_sql("DELETE FROM contact_point WHERE customer_id >= 1000");
    TAKE({ .number = "S-3", "Hélène", "Roy", P1 });
    assert_true(customer_of("S-3") >= 1000);
    assert_int_equal(crowd_count(DOUBLES), 0);
}

static void a_row_about_a_minor_is_never_somebody_else(void **state)
{
    (void)state;
    TAKE({ .number = "S-1", "Hélène", "Roy", P1, .birth_date = "2015-05-01" });
    assert_true(customer_of("S-1") >= 1000);
    assert_int_equal(crowd_count(DOUBLES), 0);
}

static void other_birth_dates_are_other_people(void **state)
{
    (void)state;
    testdb_sql("UPDATE customer SET birth_date = '1950-01-01' WHERE id = 1");
    TAKE({ .number = "S-1", "Hélène", "Roy", P1, .birth_date = "1980-01-01" });
    assert_true(customer_of("S-1") >= 1000);
    assert_int_equal(crowd_count(DOUBLES " WHERE reason = 'other birth dates'"), 1);
}

static void what_is_known_stays_and_what_is_missing_comes(void **state)
{
    (void)state;
    testdb_sql("UPDATE customer SET city = 'Lyon', street = '' WHERE id = 1");
    TAKE({ .number = "S-1",
           "helene",
           "roy",
           P1,
           .company = "Roy SARL",
           .street = "1 rue X",
           .city = "Paris",
           .birth_date = "1980-01-01" });
    assert_int_equal(crowd_count("SELECT COUNT(*) FROM customer WHERE id = 1"
                                 " AND first_name = BINARY 'Hélène' AND company = 'Roy SARL'"
                                 " AND street = '' AND city = 'Lyon'"
                                 " AND birth_date = '1980-01-01'"),
                     1);
    /* Nor does that partner's next file overwrite. */
    TAKE({ .number = "S-1",
           "HELENE",
           "ROY",
           P1,
           .company = "Other",
           .city = "Paris",
           .birth_date = "1981-01-01" });
    assert_int_equal(crowd_count("SELECT COUNT(*) FROM customer WHERE id = 1"
                                 " AND first_name = BINARY 'Hélène' AND company = 'Roy SARL'"
                                 " AND city = 'Lyon' AND birth_date = '1980-01-01'"),
                     1);
}

static void an_address_comes_as_a_whole(void **state)
{
    (void)state;
    testdb_sql("UPDATE customer SET city = '', street = '', postcode = '' WHERE id = 1");
    TAKE({ .number = "S-1", "Hélène", "Roy", P1, .street = "1 rue X", .city = "Paris" });
    assert_int_equal(crowd_count("SELECT COUNT(*) FROM customer WHERE id = 1"
                                 " AND street = '1 rue X' AND city = 'Paris'"),
                     1);
}

static void an_address_of_the_same_place_is_completed(void **state)
{
    (void)state;
    testdb_sql("UPDATE customer SET city = 'Lyon', street = '', postcode = '' WHERE id = 1");
    TAKE({ .number = "S-1", "Hélène", "Roy", P1, .street = "1 rue X", .city = "Lyon" });
    TAKE({ .number = "S-1", "Hélène", "Roy", P1, .street = "2 rue X", .city = "Lyon" });
    assert_int_equal(crowd_count("SELECT COUNT(*) FROM customer WHERE id = 1"
                                 " AND street = '1 rue X' AND city = 'Lyon'"),
                     1);
}

static void a_profile_may_say_that_it_overwrites(void **state)
{
    (void)state;
    rules.match.overwrite = true;
    testdb_sql("UPDATE customer SET city = 'Lyon', company = 'Roy SARL' WHERE id = 1");
    TAKE({ .number = "S-1", "HELENE", "ROY", P2, "helene@example.org", .city = "Paris" });
    assert_int_equal(crowd_count("SELECT COUNT(*) FROM customer WHERE id = 1"
                                 " AND first_name = BINARY 'HELENE' AND company = 'Roy SARL'"
                                 " AND city = 'Paris'"),
                     1);
    /* Numbers are only added, though. */
    assert_int_equal(
        crowd_count("SELECT COUNT(*) FROM contact_point WHERE address = '" P1 "' AND is_primary"),
        1);
}

/* --- within a chunk --- */

static void two_new_numbers_of_one_chunk_may_be_one_person(void **state)
{
    (void)state;
    TAKE({ .number = "S-1", "Paul", "Petit", P2, .order = "O-1" },
         { .number = "S-2", "Petit", "PAUL", P2, .order = "O-2" },
         { .number = "S-3", "P.", "Petit", P2, "paul@example.org", .order = "O-3" });
    assert_int_equal(customer_of("S-1"), customer_of("S-2"));
    assert_int_equal(customer_of("S-1"), customer_of("S-3"));
    assert_int_equal(crowd_count("SELECT order_count FROM customer WHERE id >= 1000"), 3);
    assert_int_equal(crowd_count("SELECT order_cents FROM customer WHERE id >= 1000"), 3000);
    assert_int_equal(crowd_count("SELECT COUNT(*) FROM contact_point WHERE customer_id >= 1000"
                                 " AND is_primary"),
                     2);
    assert_int_equal(crowd_count(DOUBLES), 0);
}

static void a_family_in_one_chunk_is_asked_about(void **state)
{
    (void)state;
    TAKE({ .number = "S-1", "Paul", "Petit", P2 }, { .number = "S-2", "Anne", "Petit", P2 });
    assert_int_not_equal(customer_of("S-1"), customer_of("S-2"));
    assert_int_equal(crowd_count(DOUBLES " WHERE state = 'open' AND shared = 'phone'"), 1);
}

static void two_new_numbers_may_both_be_somebody_known(void **state)
{
    (void)state;
    TAKE({ .number = "S-1", "Hélène", "Roy", P1 },
         { .number = "S-2", "H.", "Roy", P1, "h@example.org" });
    assert_int_equal(customer_of("S-1"), 1);
    assert_int_equal(customer_of("S-2"), 1);
}

static void a_row_that_is_refused_makes_nobody(void **state)
{
    (void)state;
    rules.create_categories = false;
    TAKE({ .number = "S-1", "Paul", "Petit", P2, .category = "nope" },
         { .number = "S-2", "Paul", "Petit", P2 },
         { .number = "S-3", "Hélène", "Roy", P1, .category = "nope" });
    assert_int_equal(crowd_count("SELECT COUNT(*) FROM customer_ref WHERE partner_id = 2"), 1);
    assert_true(customer_of("S-2") >= 1000);
}

/* --- consents --- */

#define GRANTED                                                                      \
    "SELECT COUNT(*) FROM consent_current WHERE customer_id = 1 AND channel = 'sms'" \
    " AND state = 'granted'"

static void a_refusal_in_the_row_counts_for_the_customer(void **state)
{
    (void)state;
    TAKE({ .number = "S-1", "Hélène", "Roy", P2, "helene@example.org", CONSENT_WITHDRAWN });
    assert_int_equal(customer_of("S-1"), 1);
    assert_int_equal(crowd_count(GRANTED), 0);
    assert_int_equal(crowd_count("SELECT COUNT(*) FROM customer WHERE id = 1"
                                 " AND sms_standing = 'withdrawn'"),
                     1);
}

static void a_yes_in_the_row_lifts_no_refusal(void **state)
{
    (void)state;
    testdb_sql("UPDATE consent_current SET state = 'withdrawn' WHERE customer_id = 1");
    TAKE({ .number = "S-1", "Hélène", "Roy", P1, .sms = CONSENT_GRANTED });
    assert_int_equal(crowd_count(GRANTED), 0);
}

static void a_yes_for_another_number_is_not_lent(void **state)
{
    (void)state;
    testdb_sql("DELETE FROM consent_current");
    TAKE({ .number = "S-1", "Hélène", "Roy", P2, "helene@example.org", CONSENT_GRANTED });
    assert_int_equal(customer_of("S-1"), 1);
    assert_int_equal(crowd_count(GRANTED), 0);
    TAKE({ .number = "S-2", "Hélène", "Roy", "", "helene@example.org", CONSENT_GRANTED });
    assert_int_equal(customer_of("S-2"), 1);
    assert_int_equal(crowd_count(GRANTED), 0);
    /* Nor later, nor by the same partner. */
    TAKE({ .number = "S-1", "Hélène", "Roy", P2, "other@example.org", CONSENT_GRANTED });
    assert_int_equal(crowd_count(GRANTED), 0);
    TAKE({ .number = "S-3", "Hélène", "Roy", P1, .sms = CONSENT_GRANTED });
    assert_int_equal(customer_of("S-3"), 1);
    assert_int_equal(crowd_count(GRANTED), 1);
}

static void a_yes_given_without_a_number_is_not_lent_to_one_that_comes(void **state)
{
    (void)state;
    testdb_sql("DELETE FROM contact_point WHERE address = '" P1 "'");
    TAKE({ .number = "S-1", "Hélène", "Roy", P2, "helene@example.org" });
    assert_int_equal(customer_of("S-1"), 1);
    assert_int_equal(
        crowd_count("SELECT COUNT(*) FROM contact_point WHERE address = '" P2 "' AND is_primary"),
        0);
    /* With its own yes it is. */
    TAKE({ .number = "S-1",
           "Hélène",
           "Roy",
           "+33600000003",
           "helene@example.org",
           CONSENT_GRANTED });
    assert_int_equal(crowd_count("SELECT COUNT(*) FROM contact_point WHERE address ="
                                 " '+33600000003' AND is_primary"),
                     1);
}

#define GRANTED_AT_ALL "SELECT COUNT(*) FROM consent_current WHERE state = 'granted'"

static void a_yes_is_not_lent_to_the_number_that_another_row_brings(void **state)
{
    (void)state;
    testdb_sql("DELETE FROM consent_current");
    TAKE({ .number = "S-1", "Paul", "Petit", "", "paul@example.org" },
         { .number = "S-2", "Paul", "Petit", "", "paul@example.org" });
    assert_int_equal(customer_of("S-1"), customer_of("S-2"));
    TAKE({ .number = "S-2", "Paul", "Petit", P2, "", CONSENT_GRANTED },
         { .number = "S-1", "Paul", "Petit", "+33600000003", "" });
    assert_int_equal(crowd_count("SELECT COUNT(*) FROM contact_point WHERE address ="
                                 " '+33600000003' AND is_primary"),
                     1);
    assert_int_equal(crowd_count(GRANTED_AT_ALL), 0);
    assert_int_equal(crowd_count("SELECT COUNT(*) FROM consent_event"), 0);
    assert_int_equal(crowd_count("SELECT COUNT(*) FROM customer WHERE id <> 1"
                                 " AND sms_standing = ''"),
                     0);
}

static void a_yes_is_not_lent_when_a_new_customer_is_said_to_have_another_number(void **state)
{
    (void)state;
    testdb_sql("DELETE FROM consent_current");
    TAKE({ .number = "S-1", "Paul", "Petit", P2 },
         { .number = "S-2", "Paul", "Petit", P2, .sms = CONSENT_GRANTED },
         { .number = "S-1", "Paul", "Petit", "+33600000003" });
    assert_int_equal(customer_of("S-1"), customer_of("S-2"));
    assert_int_equal(crowd_count(GRANTED_AT_ALL), 0);
    assert_int_equal(crowd_count("SELECT COUNT(*) FROM customer WHERE id <> 1"
                                 " AND sms_standing = ''"),
                     0);
    /* With its own yes it is. */
    TAKE({ .number = "S-2", "Paul", "Petit", "+33600000003", .sms = CONSENT_GRANTED });
    assert_int_equal(crowd_count(GRANTED_AT_ALL), 1);
}

static void different_is_never_asked_again(void **state)
{
    struct error err;

    (void)state;
    TAKE({ .number = "S-1", "Paul", "Roy", P1 });
    assert_int_equal(double_different(db, customer_of("S-1"), 1, "anna", &err), RC_OK);
    rules.match.rule = MATCH_REVIEW;
    TAKE({ .number = "S-1", "Paul", "Roy", P1, "paul@example.org" });
    assert_int_equal(crowd_count(DOUBLES " WHERE state = 'open'"), 0);
    assert_int_equal(crowd_count(DOUBLES " WHERE state = 'different' AND decided_by = 'anna'"), 1);
    assert_int_equal(crowd_count("SELECT COUNT(*) FROM audit_entry WHERE verb = 'different'"), 1);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, fresh, close_db)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_same_name_and_phone_is_the_same_customer),
        TEST(the_same_name_and_mail_is_the_same_customer),
        TEST(without_rules_a_new_number_is_a_new_customer),
        TEST(by_phone_alone_does_not_look_at_mails),
        TEST(rule_review_only_asks),
        TEST(a_family_that_shares_a_phone_is_asked_about),
        TEST(of_several_who_have_it_nobody_is_taken),
        TEST(phone_of_one_and_mail_of_another_is_nobody),
        TEST(a_number_that_ten_have_is_nobodys_in_particular),
        TEST(minors_and_erased_customers_are_never_taken),
        TEST(a_row_about_a_minor_is_never_somebody_else),
        TEST(other_birth_dates_are_other_people),
        TEST(what_is_known_stays_and_what_is_missing_comes),
        TEST(an_address_comes_as_a_whole),
        TEST(an_address_of_the_same_place_is_completed),
        TEST(a_profile_may_say_that_it_overwrites),
        TEST(two_new_numbers_of_one_chunk_may_be_one_person),
        TEST(a_family_in_one_chunk_is_asked_about),
        TEST(two_new_numbers_may_both_be_somebody_known),
        TEST(a_row_that_is_refused_makes_nobody),
        TEST(a_refusal_in_the_row_counts_for_the_customer),
        TEST(a_yes_in_the_row_lifts_no_refusal),
        TEST(a_yes_for_another_number_is_not_lent),
        TEST(a_yes_given_without_a_number_is_not_lent_to_one_that_comes),
        TEST(a_yes_is_not_lent_to_the_number_that_another_row_brings),
        TEST(a_yes_is_not_lent_when_a_new_customer_is_said_to_have_another_number),
        TEST(different_is_never_asked_again),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
