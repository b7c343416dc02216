/* test_erase_mail.c - the mails of an erased customer say nothing any more; those of others do. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "store/db.h"
#include "store/erase.h"
#include "tests/support/crowd.h"
#include "tests/support/testdb.h"

#define HOUR_US (3600 * USEC_PER_SEC)

static struct db *db;

static int begin(void **state)
{
    (void)state;
    testdb_reset();
    db = testdb_open();
    return 0;
}

static int end(void **state)
{
    (void)state;
    db_close(db);
    return 0;
}

/* What they wrote by mail, and what came back of a mail to Ana. */
static void ana_and_bob(void)
{
    static const char *const rows[] = {
        "INSERT INTO message (id, customer_id, channel, class, state, address, sender, subject,"
        " text, encoding, parts, created_at, expires_at)"
        "VALUES (13, 1, 'email', 'promo', 'accepted', 'ana@example.org', 'shop@example.net',"
        " 'Ana, bonjour', 'Bonjour Ana', 'utf8', 1, '2026-02-03', '2026-02-04')",
        "INSERT INTO mail_in (id, mark, source_id, at, kind, about_id, outcome, envelope_from,"
        " recipient, from_address, from_name, subject, message_id, text, size)"
        "VALUES (30, REPEAT('a', 16), 30, '2026-02-03', 'reply', 13, 'recorded', 'ana@example.org',"
        " 'r-1@x', 'ana@example.org', 'Ana Roy', 'Re: Ana', 'm1@example.org', 'Ana Roy', 9),"
        " (31, REPEAT('b', 16), 31, '2026-02-03', 'bounce', 13, 'bounced', '', 'b-1@x', '', '',"
        "  'Undelivered: Ana', '', NULL, 9),"
        " (32, REPEAT('c', 16), 32, '2026-02-03', 'message', NULL, 'recorded', 'ana@example.org',"
        " 'contact@x', 'ana@example.org', 'Ana', 'Avant', '', NULL, 9),"
        " (33, REPEAT('d', 16), 33, '2026-02-03', 'message', NULL, 'recorded', 'bob@bob.example',"
        " 'contact@x', 'bob@bob.example', 'Bob', 'Bob', '', NULL, 9)",
        "INSERT INTO mail_source VALUES (30, 0, 'Ana Roy'), (31, 0, 'ana@example.org'),"
        " (32, 0, 'Avant'), (33, 0, 'Bob')",
        "INSERT INTO mail_document (mail_id, n, document_id, name, declared, type, size, is_inline,"
        " lies) VALUES (30, 1, 8, 'Ana.pdf', '', 'application/pdf', 9, 0, 0),"
        " (33, 1, 9, 'Bob.pdf', '', 'application/pdf', 9, 0, 0)",
        "INSERT INTO mail_review (id, why, opened_at) VALUES (32, 'unknown_sender', NOW())",
        "INSERT INTO message_reply VALUES (13, 'm1@example.org')",
        "INSERT INTO inbound_message (id, at, channel, from_address, to_address, text, customer_id)"
        "VALUES (30, '2026-02-03', 'email', 'ana@example.org', 'r-1@x', 'Ana', 1),"
        " (32, '2026-02-03', 'email', 'ana@example.org', 'contact@x', 'Avant', NULL),"
        " (33, '2026-02-03', 'email', 'bob@bob.example', 'contact@x', 'Bob', 2)",
    };

    crowd_add(&(struct person){ 1, "+33600000001", "granted", .more = "first_name = 'Ana'" });
    crowd_add(&(struct person){ 2, "+33600000002", "granted", .more = "first_name = 'Bob'" });
    testdb_sql("INSERT INTO contact_point SET customer_id = 1, channel = 'email',"
               " address = 'ana@example.org', created_at = '2025-06-01'");
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        testdb_sql(rows[i]);
}

static void erase_all(utc_us now)
{
    struct erase_done done;

    do {
        assert_int_equal(erase_step(db, now, &done), RC_OK);
    } while (done.customer_id);
}

static void erase(uint64_t customer)
{
    assert_int_equal(erase_begin(db, customer, "test", "asked by letter"), RC_OK);
    erase_all(clock_now());
}

static void mails_of_an_erased_customer_say_nothing_and_others_mails_stay(void **state)
{
    (void)state;
    ana_and_bob();
    erase(1);
    assert_int_equal(crowd_count("SELECT COUNT(*) FROM mail_in"), 4);
    assert_int_equal(crowd_count("SELECT id FROM mail_source"), 33);
    assert_int_equal(crowd_count("SELECT COUNT(*) FROM mail_document WHERE mail_id = 30"
                                 "   AND document_id IS NULL AND name = ''"),
                     1);
    assert_int_equal(crowd_count("SELECT document_id FROM mail_document WHERE mail_id = 33"), 9);
    assert_int_equal(crowd_count("SELECT COUNT(*) FROM mail_review WHERE state = 'open'"), 0);
    assert_int_equal(crowd_count("SELECT COUNT(*) FROM mail_in WHERE subject = 'Bob'"), 1);
    assert_int_equal(crowd_count("SELECT COUNT(*) FROM mail_in WHERE LOCATE('Ana',"
                                 " CONCAT(from_address, envelope_from, from_name, subject,"
                                 "        message_id, COALESCE(text, '')))"
                                 "    OR LOCATE('example.org', CONCAT(from_address, envelope_from,"
                                 "                                    message_id))"),
                     0);
    assert_int_equal(crowd_count("SELECT COUNT(*) FROM message_reply"), 0);
    assert_int_equal(crowd_count("SELECT COUNT(*) FROM message WHERE id = 13 AND subject = ''"), 1);
    assert_int_equal(crowd_count("SELECT COUNT(*) FROM inbound_message WHERE text = ''"), 2);
}

static void a_second_look_an_hour_later_finds_what_came_meanwhile(void **state)
{
    (void)state;
    ana_and_bob();
    erase(1);
    testdb_sql("INSERT INTO inbound_message (id, at, channel, from_address, to_address, text,"
               " customer_id) VALUES (40, NOW(), 'email', 'ana@example.org', 'x', 'Ana', NULL)");
    testdb_sql("INSERT INTO mail_in (id, mark, source_id, at, kind, outcome, envelope_from,"
               " recipient, from_address, from_name, subject, message_id, text, size)"
               "VALUES (40, REPEAT('e', 16), 40, NOW(), 'message', 'recorded', 'x', 'x',"
               " 'ana@example.org', 'Ana', 'Ana', '', 'Ana', 9)");
    testdb_sql("INSERT INTO mail_source VALUES (40, 0, 'Ana')");
    erase_all(clock_now() + 2 * HOUR_US);
    assert_int_equal(crowd_count("SELECT COUNT(*) FROM mail_source"), 1);
    assert_int_equal(crowd_count("SELECT COUNT(*) FROM mail_in WHERE id = 40 AND subject = ''"), 1);
}

/* The message itself says nothing any more by then. */
static void a_report_that_comes_meanwhile_says_nothing_after_the_second_look(void **state)
{
    (void)state;
    ana_and_bob();
    erase(1);
    testdb_sql(
        "INSERT INTO mail_in (id, mark, source_id, at, kind, about_id, outcome,"
        " envelope_from, recipient, from_address, from_name, subject, message_id, text, size)"
        "VALUES (41, REPEAT('f', 16), 41, NOW(), 'bounce', 13, 'bounced', '', 'b-1@x',"
        " 'daemon@x', '', 'Undelivered: Ana', '', NULL, 9)");
    testdb_sql("INSERT INTO mail_source VALUES (41, 0, 'ana@example.org')");
    erase_all(clock_now() + 2 * HOUR_US);
    assert_int_equal(crowd_count("SELECT id FROM mail_source"), 33);
    assert_int_equal(crowd_count("SELECT COUNT(*) FROM mail_in WHERE id = 41 AND subject = ''"), 1);
    assert_int_equal(crowd_count("SELECT COUNT(*) FROM erasure WHERE step = 'done'"), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
            mails_of_an_erased_customer_say_nothing_and_others_mails_stay, begin, end),
        cmocka_unit_test_setup_teardown(a_second_look_an_hour_later_finds_what_came_meanwhile,
                                        begin, end),
        cmocka_unit_test_setup_teardown(
            a_report_that_comes_meanwhile_says_nothing_after_the_second_look, begin, end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
