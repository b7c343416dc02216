/* test_erase.c - a customer is forgotten: what goes, what stays, and what still holds afterwards.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "store/consent.h"
#include "store/contact_return.h"
#include "store/customer_merge.h"
#include "store/db.h"
#include "store/erase.h"
#include "store/import.h"
#include "store/outbox.h"
#include "store/pseudonym.h"
#include "store/retention.h"
#include "store/timed_id.h"
#include "tests/support/crowd.h"
#include "tests/support/testdb.h"

#define HOUR_US (3600 * USEC_PER_SEC)

static struct db *db;

static int fresh(void **state)
{
    (void)state;
    testdb_reset();
    db = testdb_open();
    crowd_codes();
    return 0;
}

static int close_db(void **state)
{
    (void)state;
    db_close(db);
    return 0;
}

/* Ana, with a life; and Bob, who must not notice. */
static void ana_and_bob(void)
{
    static const char *const rows[] = {
        "INSERT INTO id_block VALUES ('customer', 100), ('consent_event', 100)",
        "INSERT INTO partner VALUES (1, 'acme', 'Acme', '2025-01-01')",
        "INSERT INTO customer_ref (partner_id, customer_number, customer_id, content_hash)"
        "VALUES (1, 'C-1', 1, REPEAT('x', 16)), (1, 'C-2', 2, REPEAT('x', "
        "16))",
        "INSERT INTO contact_point SET customer_id = 1, channel = 'email', address = "
        "'ana@example.org', created_at = '2025-06-01'",
        "INSERT INTO custom_field VALUES (1, 'shoe', 'number')",
        "INSERT INTO customer_field VALUES (1, 1, '39', 39), (2, 1, '44', 44)",
        "INSERT INTO customer_order SET id = 5, partner_id = 1, order_number = 'A-1',"
        " customer_id = 1, goods = 'Vin', street = 'Rue X', city = 'Lyon', collect_cents = 4990,"
        " ordered_at = '2026-02-02', import_id = 7, import_row = 1, content_hash = REPEAT('x', 16)",
        "INSERT INTO order_event (id, order_id, partner_id, at, status, place, note, recorded_at)"
        "VALUES (6, 5, 1, '2026-02-02', 'delivered', 'Lyon, Rue X', 'Ana était là', '2026-02-02')",
        "INSERT INTO invoice (id, partner_id, customer_id, number, amount_cents, created_at,"
        " content_hash) VALUES (3, 1, 1, 'F-1', 4990, '2026-02-02', REPEAT('x', 16))",
        "INSERT INTO payment (id, partner_id, invoice_id, payment_key, reference, paid_on,"
        " amount_cents, currency, import_id, seen_import_id, import_row, recorded_at)"
        "VALUES (4, 1, 3, 'r:VIR Roy', 'VIR Roy', '2026-02-03', 4990, 'EUR', 1, 1, 1, "
        "'2026-02-03')",
        "INSERT INTO message (id, customer_id, channel, class, state, address, sender, text,"
        " encoding, parts, created_at, expires_at)"
        "VALUES (10, 1, 'sms', 'promo', 'delivered', '+33600000001', '36123', 'Bonjour Ana', "
        "'gsm7', 1, '2026-02-03', '2026-02-04'),"
        " (11, 1, 'sms', 'promo', 'queued', '+33600000001', '36123', 'Encore Ana', 'gsm7', 1,"
        "  '2026-02-03', '2026-02-04'),"
        " (12, 2, 'sms', 'promo', 'queued', '+33600000002', '36123', 'Bonjour Bob', 'gsm7', 1,"
        "  '2026-02-03', '2026-02-04')",
        "INSERT INTO inbound_message (id, at, channel, from_address, to_address, text, customer_id)"
        "VALUES (20, '2026-02-03', 'sms', '+33600000001', '36123', 'Merci, Ana', 1),"
        " (21, '2026-02-03', 'sms', '+33600000001', '36123', 'Avant', NULL),"
        " (22, '2026-02-03', 'sms', '+33600000002', '36123', 'Bob', 2)",
    };

    crowd_add(&(struct person){ 1, "+33600000001", "granted",
                                .more = "first_name = 'Ana', last_name = 'Roy', company = 'Roy SA',"
                                        "street = 'Rue X', postcode = '69001', city = 'Lyon',"
                                        "birth_date = '1990-05-01'" });
    crowd_add(&(struct person){ 2, "+33600000002", "granted", .more = "first_name = 'Bob'" });
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        testdb_sql(rows[i]);
}

/* Steps until none is due; the steps that it took. */
static size_t erase_all(utc_us now)
{
    struct erase_done done;
    size_t n = 0;

    do {
        assert_int_equal(erase_step(db, now, &done), RC_OK);
        n += done.customer_id != 0;
        assert_true(n < 1000);
    } while (done.customer_id);
    return n;
}

static void erase(uint64_t customer)
{
    assert_int_equal(erase_begin(db, customer, "test", "asked by letter"), RC_OK);
    erase_all(clock_now());
}

/* Every column of every table, searched for what must be gone. */
static void assert_nowhere(const char *word)
{
    struct db_rows *rows;
    char tables[400][2][70], sql[600];
    size_t n = 0;

    assert_int_equal(
        db_query_once(db,
                      "SELECT c.table_name, c.column_name FROM information_schema.columns c"
                      "  JOIN information_schema.tables t USING (table_schema, table_name)"
                      " WHERE c.table_schema = DATABASE() AND t.table_type = 'BASE TABLE'"
                      "   AND c.character_maximum_length > 8 AND c.data_type <> 'enum'"
                      "   AND c.character_set_name IS NOT NULL",
                      DB_NO_INPUT, &rows),
        RC_OK);
    while (db_next(rows)) {
        assert_true(n < 400);
        snprintf(tables[n][0], sizeof(tables[n][0]), "%s", db_get_text(rows, 0));
        snprintf(tables[n++][1], sizeof(tables[0][1]), "%s", db_get_text(rows, 1));
    }
    assert_int_equal(db_rows_end(rows), RC_OK);
    assert_true(n > 40);
    for (size_t i = 0; i < n; i++) {
        snprintf(sql, sizeof(sql), "SELECT COUNT(*) FROM `%s` WHERE LOCATE('%s', `%s`)",
                 tables[i][0], word, tables[i][1]);
        if (crowd_count(sql))
            fail_msg("\"%s\" is still in %s.%s", word, tables[i][0], tables[i][1]);
    }
}

/* Who was known as two customers and found to be one. */
static void who_was_two_customers_is_erased_as_both(void **state)
{
    static const char *const words[] = { "Quixada",     "Zebulon", "33600000009",
                                         "zeb@example", "Rue Z",   "volontiers" };
    const struct consent_change said = { .customer_id = 3,
                                         .channel = CHANNEL_SMS,
                                         .state = CONSENT_GRANTED,
                                         .address = "+33600000009",
                                         .at = clock_now(),
                                         .source = CONSENT_BY_FORM,
                                         .source_ref = "",
                                         .wording = "volontiers" };
    struct merge_done done;
    struct error err;

    (void)state;
    ana_and_bob();
    crowd_add(&(struct person){ .id = 3,
                                .phone = "+33600000009",
                                .more = "first_name = 'Zebulon', last_name = 'Quixada',"
                                        "street = 'Rue Z'" });
    testdb_sql("INSERT INTO contact_point SET customer_id = 3, channel = 'email', address = "
               "'zeb@example.org', created_at = '2025-06-01'");
    testdb_sql("INSERT INTO message (id, customer_id, channel, class, state, address, sender, text,"
               " encoding, parts, created_at, expires_at) VALUES"
               " (13, 3, 'sms', 'promo', 'queued', '+33600000009', '36123', 'Cher Zebulon', 'gsm7',"
               "  1, '2026-02-03', '2026-02-04')");
    assert_int_equal(consent_append(db, &said, 1, 500), RC_OK);
    assert_int_equal(customer_merge(db, 1, 3, "test", &err), RC_OK);
    assert_int_equal(customer_merge_step(db, clock_now(), &done), RC_OK);
    erase(1);
    erase_all(clock_now() + 2 * HOUR_US);
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        assert_nowhere(words[i]);
    assert_int_equal(crowd_count("SELECT COUNT(*) FROM message WHERE id = 13"
                                 " AND state = 'cancelled'"),
                     1);
    assert_int_equal(crowd_count("SELECT COUNT(*) FROM consent_event WHERE customer_id = 3"
                                 " AND LENGTH(seal) = 32"),
                     1);
    assert_int_equal(crowd_count("SELECT COUNT(*) FROM customer_moved"), 0);
}

static void an_erased_customer_is_nowhere_in_the_database(void **state)
{
    static const char *const words[] = { "Ana",   "Roy", "33600000001", "example.org",
                                         "Rue X", "Vin", "Avant",       "69001" };

    (void)state;
    ana_and_bob();
    erase(1);
    erase_all(clock_now() + 2 * HOUR_US); /* the second look, after which no list is left */
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        assert_nowhere(words[i]);
    assert_int_equal(crowd_count("SELECT COUNT(*) FROM customer WHERE id = 1 AND birth_date IS NULL"
                                 " AND erased_at IS NOT NULL"),
                     1);
    assert_int_equal(crowd_count("SELECT COUNT(*) FROM customer_field WHERE customer_id = 1"), 0);
}

static void what_is_not_about_the_person_stays_and_others_lose_nothing(void **state)
{
    (void)state;
    ana_and_bob();
    erase(1);
    assert_int_equal(
        crowd_count("SELECT COUNT(*) FROM message WHERE id = 10 AND state = 'delivered'"), 1);
    assert_int_equal(crowd_count("SELECT collect_cents FROM customer_order WHERE id = 5"), 4990);
    assert_int_equal(crowd_count("SELECT COUNT(*) FROM order_event WHERE status = 'delivered'"), 1);
    assert_int_equal(crowd_count("SELECT COUNT(*) FROM invoice i JOIN payment y"
                                 "  ON y.invoice_id = i.id"
                                 " WHERE i.number = 'F-1' AND i.amount_cents = y.amount_cents"),
                     1);
    assert_int_equal(crowd_count("SELECT COUNT(*) FROM consent_current WHERE customer_id = 1"), 1);
    assert_int_equal(crowd_count("SELECT COUNT(*) FROM customer WHERE first_name = 'Bob'"), 1);
    assert_int_equal(crowd_count("SELECT COUNT(*) FROM message WHERE text = 'Bonjour Bob' AND "
                                 "address = '+33600000002' AND state = 'queued'"),
                     1);
    assert_int_equal(crowd_count("SELECT COUNT(*) FROM inbound_message WHERE text = 'Bob' AND "
                                 "from_address = '+33600000002'"),
                     1);
    assert_int_equal(crowd_count("SELECT COUNT(*) FROM customer_field"), 1);
    assert_int_equal(crowd_count("SELECT COUNT(*) FROM contact_point"), 1);
}

static void what_was_queued_is_cancelled_with_an_event(void **state)
{
    struct erase_progress p;

    (void)state;
    ana_and_bob();
    erase(1);
    assert_int_equal(crowd_count("SELECT COUNT(*) FROM message WHERE id = 11 AND state = "
                                 "'cancelled' AND reason = 'erased' AND text = ''"),
                     1);
    assert_int_equal(
        crowd_count("SELECT COUNT(*) FROM message_event WHERE message_id = 11 AND kind "
                    "= 'cancelled' AND detail = 'erased'"),
        1);
    assert_int_equal(erase_progress(db, 1, &p), RC_OK);
    assert_int_equal(p.message_total, 2);
    assert_int_equal(p.messages, 2);
    assert_int_equal(p.cancelled, 1);
    assert_int_equal(p.inbound, 2);
    assert_true(p.finished_at);
    assert_string_equal(p.reason, "asked by letter");
}

/* Between the first COMMIT and the step that cancels, the gateway may be faster. */
static void nothing_of_any_class_is_claimed_for_an_erased_customer(void **state)
{
    struct outbox_request request = { .queue_id = 1, .limit = 10, .limit_promo = 10 };
    struct outbox_claim claim = { 0 };
    struct arena arena;

    (void)state;
    ana_and_bob();
    testdb_sql("UPDATE message SET class = 'service' WHERE id = 11");
    testdb_sql("UPDATE message SET expires_at = '2099-01-01'");
    testdb_sql("INSERT INTO outbox_slice (id, last_id, next_id, class, due_at)"
               "VALUES (11, 12, 11, 'promo', '2026-01-01')");
    assert_int_equal(erase_begin(db, 1, "test", "x"), RC_OK);
    arena_init(&arena);
    assert_int_equal(outbox_claim(db, &request, 1, clock_now(), NULL, &arena, &claim), RC_OK);
    assert_int_equal(claim.n, 1);
    assert_int_equal(claim.messages[0].id, 12);
    assert_int_equal(
        crowd_count("SELECT COUNT(*) FROM message WHERE id = 11 AND state = 'cancelled' AND reason "
                    "= 'erased'"),
        1);
    arena_close(&arena);
}

static void a_long_erasure_goes_in_pages_and_on_where_it_stopped(void **state)
{
    struct erase_progress p;
    struct erase_done done;

    (void)state;
    ana_and_bob();
    testdb_sql("INSERT INTO message (id, customer_id, channel, class, state, address, sender, text,"
               " encoding, parts, created_at, expires_at)"
               "SELECT 1000 + seq, 1, 'sms', 'promo', 'delivered', '+33600000001', '36123', 'Ana',"
               " 'gsm7', 1, '2026-02-03', '2026-02-04' FROM seq_1_to_1200");
    assert_int_equal(erase_begin(db, 1, "test", "x"), RC_OK);
    assert_int_equal(erase_step(db, clock_now(), &done), RC_OK);
    assert_int_equal(erase_progress(db, 1, &p), RC_OK);
    assert_int_equal(p.messages, ERASE_PAGE);
    assert_int_equal(p.message_total, 1202);
    assert_int_equal(p.finished_at, 0);
    db_close(db); /* another process goes on */
    db = testdb_open();
    erase_all(clock_now());
    assert_int_equal(erase_progress(db, 1, &p), RC_OK);
    assert_int_equal(p.messages, 1202);
    assert_true(p.finished_at);
    assert_int_equal(crowd_count("SELECT COUNT(*) FROM message WHERE customer_id = 1 AND text <> "
                                 "''"),
                     0);
}

static void what_was_written_meanwhile_goes_an_hour_later(void **state)
{
    (void)state;
    ana_and_bob();
    erase(1);
    testdb_sql("INSERT INTO message SET id = 99, customer_id = 1, channel = 'sms', class = 'promo',"
               " state = 'queued', address = '+33600000001', sender = '36123', text = 'Ana late',"
               " encoding = 'gsm7', parts = 1, created_at = '2026-02-03', expires_at = "
               "'2026-02-04'");
    assert_int_equal(erase_all(clock_now()), 0);
    assert_true(erase_all(clock_now() + 2 * HOUR_US) > 0);
    assert_nowhere("Ana");
    assert_int_equal(crowd_count("SELECT COUNT(*) FROM message WHERE id = 99 AND state = "
                                 "'cancelled'"),
                     1);
    assert_int_equal(crowd_count("SELECT COUNT(*) FROM erasure_address"), 0);
    assert_int_equal(erase_all(clock_now() + 9 * HOUR_US), 0);
}

static void an_erasure_is_in_the_audit_and_happens_once(void **state)
{
    struct erase_count count;

    (void)state;
    ana_and_bob();
    assert_int_equal(erase_count(db, 1, &count), RC_OK);
    assert_int_equal(count.contact_points, 2);
    assert_int_equal(count.messages, 2);
    assert_int_equal(count.queued, 1);
    assert_int_equal(count.inbound, 1);
    assert_int_equal(count.objections, 0);
    assert_int_equal(crowd_count("SELECT COUNT(*) FROM customer WHERE erased_at IS NULL"), 2);
    erase(1);
    assert_int_equal(
        crowd_count("SELECT COUNT(*) FROM audit_entry WHERE verb = 'erase' AND subject "
                    "= 'customer' AND subject_id = 1 AND who = 'test' AND detail = "
                    "'asked by letter'"),
        1);
    assert_int_equal(erase_begin(db, 1, "test", "x"), RC_CONFLICT);
    assert_int_equal(erase_begin(db, 77, "test", "x"), RC_NOTFOUND);
    assert_int_equal(erase_count(db, 77, &count), RC_NOTFOUND);
}

/* --- the ledger keeps its proof --- */

static void say_yes(uint64_t customer, const char *address)
{
    const struct consent_change change = { .customer_id = customer,
                                           .channel = CHANNEL_SMS,
                                           .purpose = PURPOSE_PROMO,
                                           .state = CONSENT_GRANTED,
                                           .address = address,
                                           .at = clock_now(),
                                           .source = CONSENT_BY_API,
                                           .source_ref = "web",
                                           .wording = "Oui, Ana veut des offres",
                                           .evidence = { .page = "/ana",
                                                         .remote_address = "192.0.2.9" } };
    uint64_t id;

    assert_int_equal(db_new_ids(db, "consent_event", 1, &id), RC_OK);
    assert_int_equal(consent_append(db, &change, 1, id), RC_OK);
}

static bool ledger_is_intact(uint64_t *events)
{
    const struct consent_verify_ops ops = { 0 };
    struct consent_verdict verdict;

    assert_int_equal(consent_verify(db, &ops, &verdict), RC_OK);
    *events = verdict.events;
    if (!verdict.intact)
        print_message("%s\n", verdict.reason);
    return verdict.intact;
}

static void the_ledger_is_intact_after_an_erasure_and_says_nothing_of_who_it_was(void **state)
{
    uint64_t events;

    (void)state;
    ana_and_bob();
    testdb_sql("DELETE FROM consent_current");
    say_yes(1, "+33600000001");
    say_yes(2, "+33600000002");
    say_yes(1, "+33600000001");
    assert_true(ledger_is_intact(&events));
    assert_int_equal(events, 3);
    erase(1);
    assert_true(ledger_is_intact(&events));
    assert_int_equal(events, 3);
    erase_all(clock_now() + 2 * HOUR_US);
    assert_true(ledger_is_intact(&events));
    assert_nowhere("33600000001");
    assert_int_equal(crowd_count("SELECT COUNT(*) FROM consent_event WHERE customer_id = 1 AND "
                                 "address = '' AND wording = '' AND page = '' AND remote_address "
                                 "= '' AND LENGTH(seal) = 32 AND state = 'granted'"),
                     2);
    assert_int_equal(crowd_count("SELECT COUNT(*) FROM consent_event WHERE customer_id = 2 AND "
                                 "address = '+33600000002' AND LENGTH(seal) = 16"),
                     1);
    say_yes(2, "+33600000002"); /* the chain goes on */
    assert_true(ledger_is_intact(&events));
    assert_int_equal(events, 4);
}

static void what_is_put_into_an_erased_line_is_found(void **state)
{
    static const char *const forgeries[] = {
        "UPDATE consent_event SET wording = 'Oui' WHERE seq = 1",
        "UPDATE consent_event SET wording = '', address = '+33699999999' WHERE seq = 1",
        "UPDATE consent_event SET address = '', seal = REPEAT('x', 32) WHERE seq = 1",
        "UPDATE consent_event SET seal = '' WHERE seq = 1",
    };
    uint64_t events;

    (void)state;
    ana_and_bob();
    testdb_sql("DELETE FROM consent_current");
    say_yes(1, "+33600000001");
    erase(1);
    assert_true(ledger_is_intact(&events));
    for (size_t i = 0; i < sizeof(forgeries) / sizeof(forgeries[0]); i++) {
        testdb_sql(forgeries[i]);
        assert_false(ledger_is_intact(&events));
    }
}

/* --- objections outlive the erasure --- */

static void import_ana_again(const char *number)
{
    struct import imp = { .id = 50, .partner_id = 1, .received_at = clock_now() };
    struct import_apply *apply =
        import_apply_new(&(struct import_rules){ .create_categories = true });
    struct partner_row row = {
        .row_no = 1,
        .line = 2,
        .customer_number = number,
        .first_name = "Ana",
        .last_name = "",
        .company = "",
        .phone = "+33600000001",
        .email = "",
        .street = "",
        .postcode = "",
        .city = "",
        .country = "FR",
        .language = "fr",
        .category = "",
        .source = "",
        .consent = { CONSENT_GRANTED, CONSENT_UNKNOWN },
        .consent_wording = "Oui",
        .consent_place = "",
        .timezone = "",
        .order_number = "",
        .product_range = "",
        .goods = "",
        .currency = "EUR",
    };
    const struct import_chunk chunk = { .rows = &row, .n_rows = 1, .next_row = 2 };

    for (size_t i = 0; i < FIELD_CUSTOM_MAX; i++)
        row.custom[i] = "";
    testdb_sql("REPLACE INTO import (id, partner_id, file_name, sha256, bytes, state, received_at)"
               "VALUES (50, 1, 'x', REPEAT('x', 32), 1, 'applying', '2026-01-01')");
    imp.next_row = 1;
    assert_int_equal(import_apply_chunk(db, apply, &imp, &chunk), RC_OK);
    import_apply_free(apply);
}

static uint64_t is_blocked(void)
{
    return crowd_count("SELECT COUNT(*) FROM opt_out WHERE channel = 'sms' AND address = "
                       "'+33600000001'");
}

static void a_number_that_had_said_stop_stays_blocked_when_it_comes_again(void **state)
{
    (void)state;
    ana_and_bob();
    testdb_sql("INSERT INTO opt_out (channel, address, at) VALUES ('sms', '+33600000001',"
               " '2026-03-01')");
    erase(1);
    assert_int_equal(is_blocked(), 0);
    import_ana_again("C-77");
    assert_int_equal(is_blocked(), 1);
    assert_int_equal(crowd_count("SELECT COUNT(*) FROM opt_out WHERE at = '2026-03-01'"), 1);
}

static void a_consent_withdrawn_by_letter_blocks_the_number_too(void **state)
{
    (void)state;
    ana_and_bob();
    testdb_sql("UPDATE consent_current SET state = 'withdrawn' WHERE customer_id = 1");
    erase(1);
    import_ana_again("C-77");
    assert_int_equal(is_blocked(), 1);
}

static void who_was_not_to_be_contacted_is_not_when_the_number_comes_again(void **state)
{
    (void)state;
    ana_and_bob();
    testdb_sql("UPDATE customer SET do_not_contact = TRUE WHERE id = 1");
    erase(1);
    import_ana_again("C-77");
    assert_int_equal(is_blocked(), 1);
}

static void a_number_without_an_objection_comes_back_free(void **state)
{
    (void)state;
    ana_and_bob();
    erase(1);
    import_ana_again("C-77");
    assert_int_equal(is_blocked(), 0);
    assert_int_equal(crowd_count("SELECT COUNT(*) FROM contact_point WHERE address = "
                                 "'+33600000001'"),
                     1);
}

static void a_partners_row_of_an_erased_customer_is_refused(void **state)
{
    (void)state;
    ana_and_bob();
    erase(1);
    import_ana_again("C-1");
    assert_int_equal(crowd_count("SELECT COUNT(*) FROM import_reject WHERE code = 'erased'"), 1);
    assert_int_equal(crowd_count("SELECT COUNT(*) FROM contact_point WHERE address = "
                                 "'+33600000001'"),
                     0);
}

static void a_start_after_the_erasure_lifts_the_objection(void **state)
{
    const struct consent_act act = { .channel = CHANNEL_SMS,
                                     .address = "+33600000001",
                                     .sender = "",
                                     .at = clock_now(),
                                     .wording = "START" };
    bool changed;

    (void)state;
    ana_and_bob();
    testdb_sql("INSERT INTO opt_out (channel, address, at) VALUES ('sms', '+33600000001',"
               " '2026-03-01')");
    erase(1);
    assert_int_equal(consent_restore_address(db, &act, &(struct consent_ids){ 0 }, &changed),
                     RC_OK);
    import_ana_again("C-77");
    assert_int_equal(is_blocked(), 0);
}

static void a_number_that_others_have_keeps_its_stop_and_its_words(void **state)
{
    (void)state;
    ana_and_bob();
    testdb_sql("INSERT INTO contact_point SET customer_id = 2, channel = 'sms', address = "
               "'+33600000001', created_at = '2025-06-01', is_primary = FALSE");
    testdb_sql("INSERT INTO opt_out (channel, address, at) VALUES ('sms', '+33600000001',"
               " '2026-03-01')");
    erase(1);
    assert_int_equal(is_blocked(), 1);
    assert_int_equal(crowd_count("SELECT COUNT(*) FROM inbound_message WHERE id = 21 AND text = "
                                 "'Avant'"),
                     1);
    assert_int_equal(crowd_count("SELECT COUNT(*) FROM inbound_message WHERE id = 20 AND text = "
                                 "''"),
                     1);
}

/* As every row hashed before it could say more of a person: rows taken then are still known. */
static void a_row_that_says_nothing_of_the_person_hashes_as_it_always_did(void **state)
{
    (void)state;
    ana_and_bob();
    import_ana_again("C-77");
    assert_int_equal(crowd_count("SELECT COUNT(*) FROM customer_ref WHERE customer_number = 'C-77' "
                                 "AND HEX(content_hash) = 'A70A845674E1977917CCC3F350083BCF'"),
                     1);
}

/* --- prospects --- */

static uint64_t forget_prospects(void)
{
    const utc_us before = clock_from_civil(&(struct civil){ .year = 2025, .month = 1, .day = 1 });
    uint64_t cursor = 0, total = 0, n;

    do {
        assert_int_equal(retention_erase_prospects(db, before, &cursor, &n), RC_OK);
        total += n;
    } while (cursor);
    return total;
}

static void only_people_who_never_ordered_and_are_long_silent_are_erased_by_themselves(void **state)
{
    static const char *const people[] = {
        "1, '2020-01-01', 0, NULL, NULL",         /* silent since 2020 */
        "2, '2020-01-01', 1, NULL, NULL",         /* ordered once */
        "3, '2020-01-01', 0, '2025-06-01', NULL", /* wrote to us */
        "4, '2020-01-01', 0, NULL, '2025-06-01'", /* agreed lately */
        "5, '2025-06-01', 0, NULL, NULL",         /* new */
        "6, '2020-01-01', 0, '2021-01-01', '2021-01-01'",
    };
    char sql[300];

    (void)state;
    for (size_t i = 0; i < sizeof(people) / sizeof(people[0]); i++) {
        snprintf(sql, sizeof(sql),
                 "INSERT INTO customer (id, created_at, order_count, last_reply_at, consent_at,"
                 " updated_at, last_contact_at) VALUES (%s, NOW(), NOW())",
                 people[i]);
        testdb_sql(sql);
    }
    assert_int_equal(forget_prospects(), 2);
    assert_int_equal(crowd_count("SELECT COUNT(*) FROM customer WHERE erased_at IS NOT NULL AND id "
                                 "IN (1, 6)"),
                     2);
    assert_int_equal(
        crowd_count("SELECT COUNT(*) FROM audit_entry WHERE who = 'relaisd' AND verb = "
                    "'erase'"),
        2);
    assert_int_equal(forget_prospects(), 0);
}

static void more_prospects_than_a_step_takes_are_all_erased(void **state)
{
    (void)state;
    testdb_sql("INSERT INTO customer (id, created_at, updated_at)"
               "SELECT seq * 100, '2020-01-01', '2020-01-01' FROM seq_1_to_130");
    assert_int_equal(forget_prospects(), 130);
}

struct due {
    uint64_t audit, visits, prospects, rules;
};

static void see_rule(void *arg, const struct retention_view *v)
{
    struct due *d = arg;

    d->rules++;
    if (strcmp(v->table, "audit_entry") == 0)
        d->audit = v->due;
    if (strcmp(v->table, "link_visit") == 0)
        d->visits = v->due;
    if (strcmp(v->table, "prospect") == 0)
        d->prospects = v->due;
}

static void what_is_due_is_counted_and_goes(void **state)
{
    const int64_t day_ms = SEC_PER_DAY * 1000;
    const struct retention_settings settings = { .audit_ms = 400 * day_ms,
                                                 .visits_ms = 400 * day_ms,
                                                 .prospects_ms = 1095 * day_ms };
    const utc_us before = clock_now() - 400 * day_ms * USEC_PER_MSEC;
    struct due due = { 0 };
    uint64_t n;

    (void)state;
    testdb_sql("INSERT INTO audit_entry (id, at, who, verb, subject, subject_id)"
               "SELECT seq, '2024-01-02', 'x', 'x', 'customer', 1 FROM seq_1_to_3");
    testdb_sql("INSERT INTO audit_entry (id, at, who, verb, subject, subject_id)"
               "VALUES ((1 << 52), NOW(), 'x', 'x', 'customer', 1)");
    testdb_sql("INSERT INTO link_visit VALUES (5, 1, '2024-01-02', REPEAT('x', 8), 'human', 1),"
               " ((1 << 52), 1, NOW(), REPEAT('x', 8), 'human', 1)");
    testdb_sql("INSERT INTO customer (id, created_at, updated_at) VALUES (1, '2020-01-01', NOW())");
    assert_int_equal(retention_each(db, &settings, clock_now(), see_rule, &due), RC_OK);
    assert_int_equal(due.rules, 15);
    assert_int_equal(due.audit, 3);
    assert_int_equal(due.visits, 1);
    assert_int_equal(due.prospects, 1);
    assert_int_equal(retention_prune_audit(db, before, &n), RC_OK);
    assert_int_equal(n, 3);
    assert_int_equal(retention_prune_visits(db, before, &n), RC_OK);
    assert_int_equal(n, 1);
    assert_int_equal(retention_prune_imports(db, before, &n), RC_OK);
    assert_int_equal(n, 0);
}

/* --- the key --- */

static void pseudonyms_of_another_key_are_noticed(void **state)
{
    static const unsigned char other[PSEUDONYM_KEY_SIZE] = "another";
    struct db_settings settings = *testdb_settings();
    struct error err = { "" };
    struct db *stranger;

    (void)state;
    ana_and_bob();
    assert_int_equal(pseudonym_key_check(db, &err), RC_OK);
    settings.pseudonym_key = other;
    stranger = db_open(&settings, 3);
    assert_int_equal(pseudonym_key_check(stranger, &err), RC_OK); /* nothing depends on it yet */
    assert_int_equal(pseudonym_key_check(db, &err), RC_OK);
    erase(1);
    assert_int_equal(pseudonym_key_check(db, &err), RC_OK);
    assert_int_equal(pseudonym_key_check(stranger, &err), RC_INVALID);
    assert_non_null(strstr(err.text, "not the key"));
    db_close(stranger);
}

static void a_pseudonym_is_the_same_again_and_tells_channels_apart(void **state)
{
    char a[PSEUDONYM_SIZE], b[PSEUDONYM_SIZE];

    (void)state;
    assert_int_equal(pseudonym_make(db, CHANNEL_SMS, "+33600000001", a), RC_OK);
    assert_int_equal(pseudonym_make(db, CHANNEL_SMS, "+33600000001", b), RC_OK);
    assert_string_equal(a, b);
    assert_true(pseudonym_is(a));
    assert_false(pseudonym_is("+33600000001"));
    assert_int_equal(pseudonym_make(db, CHANNEL_EMAIL, "+33600000001", b), RC_OK);
    assert_string_not_equal(a, b);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, fresh, close_db)
    const struct CMUnitTest tests[] = {
        TEST(an_erased_customer_is_nowhere_in_the_database),
        TEST(who_was_two_customers_is_erased_as_both),
        TEST(what_is_not_about_the_person_stays_and_others_lose_nothing),
        TEST(what_was_queued_is_cancelled_with_an_event),
        TEST(nothing_of_any_class_is_claimed_for_an_erased_customer),
        TEST(a_long_erasure_goes_in_pages_and_on_where_it_stopped),
        TEST(what_was_written_meanwhile_goes_an_hour_later),
        TEST(an_erasure_is_in_the_audit_and_happens_once),
        TEST(the_ledger_is_intact_after_an_erasure_and_says_nothing_of_who_it_was),
        TEST(what_is_put_into_an_erased_line_is_found),
        TEST(a_number_that_had_said_stop_stays_blocked_when_it_comes_again),
        TEST(a_consent_withdrawn_by_letter_blocks_the_number_too),
        TEST(who_was_not_to_be_contacted_is_not_when_the_number_comes_again),
        TEST(a_number_without_an_objection_comes_back_free),
        TEST(a_partners_row_of_an_erased_customer_is_refused),
        TEST(a_start_after_the_erasure_lifts_the_objection),
        TEST(a_number_that_others_have_keeps_its_stop_and_its_words),
        TEST(a_row_that_says_nothing_of_the_person_hashes_as_it_always_did),
        TEST(only_people_who_never_ordered_and_are_long_silent_are_erased_by_themselves),
        TEST(more_prospects_than_a_step_takes_are_all_erased),
        TEST(what_is_due_is_counted_and_goes),
        TEST(pseudonyms_of_another_key_are_noticed),
        TEST(a_pseudonym_is_the_same_again_and_tells_channels_apart),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
