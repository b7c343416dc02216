/* test_suppression.c - a number that is nobody's is no longer written to, and what is no proof of
 * it. */
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "store/contact_return.h"
#include "store/db.h"
#include "store/suppression.h"
#include "store/timed_id.h"
#include "tests/support/crowd.h"
#include "tests/support/outbox_rig.h"
#include "tests/support/testdb.h"

static struct outbox_event refusal(uint64_t message, unsigned after)
{
    return (struct outbox_event){ .message_id = message,
                                  .single = true,
                                  .kind = OUTBOX_REFUSED,
                                  .carrier_id = 1,
                                  .at = NOW + HOUR,
                                  .suppress_after = after,
                                  .detail = "ESME_RINVDSTADR" };
}

static void refuse(uint64_t message, unsigned after)
{
    const struct outbox_event e = refusal(message, after);

    record(&e, 1, NULL, 0);
}

static void scene(void)
{
    five_promotions();
    testdb_sql("INSERT INTO contact_point (customer_id, channel, address, created_at)"
               "SELECT customer_id, channel, address, created_at FROM message");
}

static void follow(void)
{
    bool more;

    assert_int_equal(suppression_follow(db, &more), RC_OK);
    assert_false(more);
}

static uint64_t suppressed_points(void)
{
    return number("SELECT COUNT(*) FROM contact_point WHERE state = 'suppressed'");
}

/* Another message to the number of message 1, with a higher id. */
static void add_message(uint64_t id, const char *state)
{
    char sql[600];

    snprintf(sql, sizeof(sql),
             "INSERT INTO message (id, customer_id, channel, class, state, address, sender, text,"
             " encoding, parts, created_at, expires_at)"
             "SELECT %llu, customer_id, channel, class, '%s', address, sender, text, encoding, 1,"
             " created_at, expires_at FROM message WHERE id = 1",
             (unsigned long long)id, state);
    testdb_sql(sql);
}

static void a_number_that_is_nobodys_is_suppressed_at_once(void **state)
{
    (void)state;
    scene();
    refuse(1, 1);
    assert_int_equal(number("SELECT COUNT(*) FROM suppression WHERE suppressed_at IS NOT NULL AND "
                            "strikes = 1 AND reason = 'ESME_RINVDSTADR' AND carrier_id = 1"),
                     1);
    assert_int_equal(suppressed_points(), 0);
    follow();
    assert_int_equal(suppressed_points(), 1);
    assert_int_equal(number("SELECT COUNT(*) FROM suppression WHERE pending"), 0);
}

static void a_number_that_cannot_be_reached_is_suppressed_by_the_third_message(void **state)
{
    (void)state;
    scene();
    add_message(11, "accepted");
    add_message(12, "accepted");
    refuse(1, 3);
    refuse(11, 3);
    follow();
    assert_int_equal(suppressed_points(), 0);
    refuse(12, 3);
    follow();
    assert_int_equal(suppressed_points(), 1);
}

static void a_delivery_in_between_begins_the_count_anew(void **state)
{
    (void)state;
    scene();
    for (uint64_t id = 11; id <= 14; id++)
        add_message(id, id == 12 ? "delivered" : "accepted");
    refuse(1, 3);
    refuse(11, 3);
    refuse(13, 3);
    follow();
    assert_int_equal(suppressed_points(), 0);
    assert_int_equal(number("SELECT strikes FROM suppression"), 1);
    refuse(14, 3);
    assert_int_equal(number("SELECT strikes FROM suppression"), 2);
}

static void a_mail_that_did_not_come_back_begins_the_count_anew(void **state)
{
    const uint64_t since = UINT64_C(86400) << 20, now = timed_id_at(clock_now());

    (void)state;
    scene();
    testdb_sql("UPDATE message SET channel = 'email'");
    add_message(since, "accepted");
    add_message(now, "accepted");
    refuse(1, 3);
    refuse(now, 3);
    assert_int_equal(number("SELECT strikes FROM suppression"), 1);
    /* One of yesterday may still come back. */
    add_message(now + 1, "accepted");
    add_message(now + 2, "accepted");
    refuse(now + 2, 3);
    assert_int_equal(number("SELECT strikes FROM suppression"), 2);
}

static void the_parts_of_a_message_and_a_repeated_receipt_are_one_strike(void **state)
{
    const struct outbox_event parts[] = { refusal(1, 3), refusal(1, 3), refusal(1, 3) };

    (void)state;
    scene();
    record(parts, 3, NULL, 0);
    refuse(1, 3);
    assert_int_equal(number("SELECT strikes FROM suppression"), 1);
    follow();
    assert_int_equal(suppressed_points(), 0);
}

static void other_refusals_say_nothing_of_the_number(void **state)
{
    (void)state;
    scene();
    for (uint64_t id = 1; id <= 5; id++)
        refuse(id, 0);
    assert_int_equal(number("SELECT COUNT(*) FROM suppression"), 0);
}

static void a_receipt_that_came_before_its_answer_counts_when_it_is_adopted(void **state)
{
    struct outbox_event e = { .kind = OUTBOX_FAILED,
                              .carrier_id = 1,
                              .at = NOW + HOUR,
                              .suppress_after = 1,
                              .smsc_message_id = "ab12",
                              .detail = "undeliverable" };
    const struct outbox_event accepted = { .message_id = 1,
                                           .single = true,
                                           .kind = OUTBOX_ACCEPTED,
                                           .carrier_id = 1,
                                           .at = NOW + HOUR,
                                           .smsc_message_id = "ab12" };
    uint64_t cursor = 0;
    size_t looked, adopted;

    (void)state;
    scene();
    assert_int_equal(record_all(&e, 1, NULL, 0), 1);
    assert_int_equal(number("SELECT COUNT(*) FROM suppression"), 0);
    record(&accepted, 1, NULL, 0);
    assert_int_equal(outbox_adopt(db, NOW + HOUR, &cursor, &looked, &adopted), RC_OK);
    assert_int_equal(adopted, 1);
    follow();
    assert_int_equal(suppressed_points(), 1);
}

static void a_new_import_of_the_number_does_not_lift_it(void **state)
{
    struct contact_address again = { CHANNEL_SMS, NULL };
    char address[E164_SIZE];
    struct db_rows *rows;

    (void)state;
    scene();
    refuse(1, 1);
    follow();
    assert_int_equal(db_query(db, "SELECT address FROM suppression", DB_NO_INPUT, &rows), RC_OK);
    assert_true(db_next(rows));
    snprintf(address, sizeof(address), "%s", db_get_text(rows, 0));
    assert_int_equal(db_rows_end(rows), RC_OK);
    testdb_sql("INSERT INTO contact_point (customer_id, channel, address, created_at)"
               "SELECT 2, channel, address, at FROM suppression");
    again.address = address;
    assert_int_equal(contact_return(db, &again, 1), RC_OK);
    assert_int_equal(suppressed_points(), 2);
}

static void count_one(void *arg, const struct suppression_view *v)
{
    assert_string_equal(v->reason, "ESME_RINVDSTADR");
    assert_true(v->customer_id);
    ++*(size_t *)arg;
}

static void see_address(void *arg, const struct suppression_view *v)
{
    char *seen = arg;
    const size_t len = strlen(seen);

    snprintf(seen + len, 200 - len, "%s%s ", v->address, v->until ? "!" : "");
}

static void list_from(const char *after, size_t limit, char seen[200])
{
    seen[0] = '\0';
    assert_int_equal(suppression_list(db, after, limit, see_address, seen), RC_OK);
}

static void mail_addresses_are_listed_behind_the_numbers_page_by_page(void **state)
{
    char seen[200];

    (void)state;
    testdb_sql("INSERT INTO suppression (channel, address, strikes, last_message_id, carrier_id,"
               "                         reason, at, suppressed_at)"
               "VALUES ('sms', '+33600000009', 0, 0, 0, 'listed', NOW(6), NOW(6)),"
               "       ('email', 'anne@ex.fr', 0, 0, 0, 'listed', NOW(6), NOW(6)),"
               "       ('email', 'bob@ex.fr', 0, 0, 0, 'listed', NOW(6), NOW(6))");
    testdb_sql("INSERT INTO suppression_listing (channel, address, partner_id, reason, until_at,"
               "                                 import_id, seen_import_id, listed_at)"
               "VALUES ('email', 'anne@ex.fr', 1, 'x', '2099-01-01', 1, 1, NOW(6)),"
               "       ('email', 'bob@ex.fr', 1, 'x', '2099-01-01', 1, 1, NOW(6)),"
               "       ('email', 'bob@ex.fr', 2, 'x', NULL, 1, 1, NOW(6))");
    list_from("", 10, seen);
    assert_string_equal(seen, "+33600000009 anne@ex.fr! bob@ex.fr ");
    list_from("", 2, seen);
    assert_string_equal(seen, "+33600000009 anne@ex.fr! ");
    list_from("+33600000009", 1, seen);
    assert_string_equal(seen, "anne@ex.fr! ");
    list_from("anne@ex.fr", 2, seen);
    assert_string_equal(seen, "bob@ex.fr ");
}

static void lifting_is_a_persons_act_and_in_the_audit(void **state)
{
    char address[E164_SIZE];
    struct db_rows *rows;
    size_t n = 0;

    (void)state;
    scene();
    refuse(1, 1);
    refuse(2, 1);
    follow();
    assert_int_equal(suppression_list(db, "", 10, count_one, &n), RC_OK);
    assert_int_equal(n, 2);
    assert_int_equal(db_query(db, "SELECT MIN(address) FROM suppression", DB_NO_INPUT, &rows),
                     RC_OK);
    assert_true(db_next(rows));
    snprintf(address, sizeof(address), "%s", db_get_text(rows, 0));
    assert_int_equal(db_rows_end(rows), RC_OK);
    n = 0;
    assert_int_equal(suppression_list(db, address, 10, count_one, &n), RC_OK);
    assert_int_equal(n, 1);
    assert_int_equal(suppression_lift(db, CHANNEL_SMS, address, "me"), RC_OK);
    assert_int_equal(suppressed_points(), 1);
    assert_int_equal(number("SELECT COUNT(*) FROM audit_entry WHERE verb = 'lift suppression' AND "
                            "who = 'me' AND subject = 'customer' AND subject_id <> 0"),
                     1);
    assert_int_equal(suppression_lift(db, CHANNEL_SMS, address, "me"), RC_NOTFOUND);
}

/* Its transaction says so to whatever was queued before, too. */
static void a_promotion_that_waits_for_a_listed_number_is_not_claimed(void **state)
{
    struct outbox_claim claimed;
    struct arena arena;
    char name[20];

    (void)state;
    scene();
    testdb_sql("INSERT INTO suppression_listing (channel, address, partner_id, reason, import_id,"
               " seen_import_id, listed_at)"
               "SELECT channel, address, 1, 'moved away', 1, 1, created_at"
               "  FROM message WHERE id = 2");
    arena_init(&arena);
    assert_int_equal(claim(10, &claimed, &arena), 4);
    arena_close(&arena);
    state_of(2, name);
    assert_string_equal(name, "cancelled");
    assert_int_equal(number("SELECT COUNT(*) FROM message WHERE reason = 'suppressed'"), 1);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup(f, rig_fresh)
    const struct CMUnitTest tests[] = {
        TEST(a_number_that_is_nobodys_is_suppressed_at_once),
        TEST(a_number_that_cannot_be_reached_is_suppressed_by_the_third_message),
        TEST(a_delivery_in_between_begins_the_count_anew),
        TEST(a_mail_that_did_not_come_back_begins_the_count_anew),
        TEST(the_parts_of_a_message_and_a_repeated_receipt_are_one_strike),
        TEST(other_refusals_say_nothing_of_the_number),
        TEST(a_receipt_that_came_before_its_answer_counts_when_it_is_adopted),
        TEST(a_new_import_of_the_number_does_not_lift_it),
        TEST(mail_addresses_are_listed_behind_the_numbers_page_by_page),
        TEST(lifting_is_a_persons_act_and_in_the_audit),
        TEST(a_promotion_that_waits_for_a_listed_number_is_not_claimed),
    };

    return cmocka_run_group_tests(tests, rig_setup, rig_teardown);
}
