/* test_mail_out.c - the queue of mails, against a real database: what is added, who claims it, and
 * whose result counts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/arena.h"
#include "store/db.h"
#include "store/mail_out_view.h"
#include "store/retention.h"
#include "tests/support/testdb.h"

#define LEASE (60 * USEC_PER_SEC)
#define MAX   10

static struct db *db;
static struct db *other; /* of another node */

static int begin(void **state)
{
    static struct db_settings second;

    (void)state;
    testdb_reset();
    db = testdb_open();
    second = *testdb_settings();
    second.node_id = 2;
    other = db_open(&second, 0);
    return 0;
}

static int end(void **state)
{
    (void)state;
    db_close(db);
    db_close(other);
    return 0;
}

static uint64_t number(const char *sql)
{
    uint64_t n = 0;

    assert_int_equal(db_query_u64(db, sql, DB_NO_INPUT, &n), RC_OK);
    return n;
}

static void assert_text(const char *sql, const char *expected)
{
    struct db_rows *rows;

    assert_int_equal(db_query(db, sql, DB_NO_INPUT, &rows), RC_OK);
    assert_true(db_next(rows));
    assert_string_equal(db_get_text(rows, 0), expected);
    assert_int_equal(db_rows_end(rows), RC_OK);
}

static struct mail_new receipt(void)
{
    struct mail_new m = {
        .kind = "receipt", .to = "bob@partner.example", .subject = "Receipt", .text = "All taken.\n"
    };

    assert_int_equal(mail_out_new_ids(db, 1, &m.id), RC_OK);
    return m;
}

static enum rc add_body(struct db *at, void *arg)
{
    return mail_out_add(at, arg);
}

static uint64_t add(struct mail_new m)
{
    assert_int_equal(db_transaction(db, add_body, &m), RC_OK);
    return m.id;
}

static size_t claim(struct db *at, utc_us now, struct mail_due *due)
{
    size_t n = 99;

    assert_int_equal(mail_out_claim(at, now, LEASE, "shop.example", due, MAX, &n), RC_OK);
    return n;
}

static enum rc record(struct db *at, const struct mail_due *due, enum mail_state state, utc_us next)
{
    const struct mail_result r = { .id = due->id,
                                   .claims = due->claims,
                                   .attempts = due->attempts + 1,
                                   .state = state,
                                   .next_at = next,
                                   .reply_code = 250,
                                   .reply = "ok",
                                   .relay = "mx:25" };

    return mail_out_record(at, &r, 1, clock_now());
}

/* --- adding --- */

static void a_mail_waits_from_when_it_is_added(void **state)
{
    struct mail_new m = receipt();

    (void)state;
    assert_int_equal(mail_out_add(db, &m), RC_OK); /* outside of one: at once */
    assert_int_equal(number("SELECT COUNT(*) FROM mail_out WHERE state = 'waiting'"), 1);
}

static enum rc add_then_fail(struct db *at, void *arg)
{
    enum rc rc = mail_out_add(at, arg);

    return rc ? rc : RC_CONFLICT;
}

static void what_is_rolled_back_was_never_queued(void **state)
{
    struct mail_new m = receipt();

    (void)state;
    m.file_name = "a.csv";
    m.file = "x";
    m.file_size = 1;
    assert_int_equal(db_transaction(db, add_then_fail, &m), RC_CONFLICT);
    assert_int_equal(number("SELECT COUNT(*) FROM mail_out"), 0);
    assert_int_equal(number("SELECT COUNT(*) FROM mail_out_file"), 0);
}

static enum rc add_twice(struct db *at, void *arg)
{
    const struct mail_new *both = arg;
    enum rc rc = mail_out_add(at, &both[0]);

    assert_int_equal(rc, RC_INVALID);
    return mail_out_add(at, &both[1]);
}

static void an_address_that_is_none_does_not_take_the_transaction_with_it(void **state)
{
    struct mail_new both[2] = { receipt(), receipt() };

    (void)state;
    both[0].to = "bob@partner.example\r\nRCPT TO:<all@victim.example>";
    assert_int_equal(db_transaction(db, add_twice, both), RC_OK);
    assert_int_equal(number("SELECT COUNT(*) FROM mail_out"), 1);
}

static void strange_texts_are_made_harmless(void **state)
{
    struct mail_new m = receipt();
    char subject[1001];

    (void)state;
    m.subject = "a\r\nBcc: b\x01\xff";
    m.text = "one\r\ntwo\tthree\x02\xc3(\n";
    add(m);
    assert_text("SELECT subject FROM mail_out", "a  Bcc: b \xef\xbf\xbd");
    assert_text("SELECT body FROM mail_out", "one\ntwo\tthree \xef\xbf\xbd(\n");
    for (size_t i = 0; i < 1000; i += 2)
        memcpy(subject + i, "\xc3\xa9", 2);
    subject[1000] = '\0';
    m = receipt();
    m.subject = subject;
    m.text = "";
    add(m);
    assert_int_equal(number("SELECT MAX(CHAR_LENGTH(subject)) FROM mail_out"), 200);
}

static void a_file_that_is_too_large_is_said_and_not_attached(void **state)
{
    struct mail_new m = receipt();

    (void)state;
    m.file_name = "receipt.csv";
    m.file = "12345";
    m.file_size = 5;
    m.file_max = 4;
    add(m);
    assert_text("SELECT body FROM mail_out",
                "All taken.\n\nreceipt.csv (5 bytes) is too large to be sent by mail.\n");
    assert_int_equal(number("SELECT COUNT(*) FROM mail_out_file"), 0);
    m.id = receipt().id;
    m.too_large = "Trop grand.";
    m.to = "zoe@partner.example";
    add(m);
    assert_text("SELECT body FROM mail_out WHERE recipient LIKE 'zoe%'",
                "All taken.\n\nTrop grand.\n");
    m.id = receipt().id;
    m.file_max = 5;
    add(m);
    assert_int_equal(number("SELECT COUNT(*) FROM mail_out_file WHERE bytes = '12345'"), 1);
}

static void a_file_of_ten_megabytes_is_kept_whole_and_comes_back(void **state)
{
    struct mail_new m = receipt();
    char *bytes = malloc(MAIL_FILE_MAX + 1);
    struct mail_due due[MAX];
    struct mail_content content;
    struct arena arena;

    (void)state;
    for (size_t i = 0; i < MAIL_FILE_MAX; i++)
        bytes[i] = (char)(i * 31 >> 3);
    m.file_name = "big";
    m.file = bytes;
    m.file_size = MAIL_FILE_MAX;
    add(m);
    assert_int_equal(claim(db, clock_now(), due), 1);
    arena_init(&arena);
    assert_int_equal(mail_out_load(db, &due[0], &arena, &content), RC_OK);
    assert_int_equal(content.file.size, MAIL_FILE_MAX);
    assert_memory_equal(content.file.bytes, bytes, MAIL_FILE_MAX);
    assert_string_equal(content.file.type, "application/octet-stream");
    arena_close(&arena);
    free(bytes);
}

/* --- claiming --- */

static void two_nodes_never_claim_the_same_mail(void **state)
{
    struct mail_due mine[MAX], theirs[MAX];
    const utc_us now = clock_now() + USEC_PER_SEC;

    (void)state;
    for (int i = 0; i < 12; i++)
        add(receipt());
    assert_int_equal(claim(db, now, mine), MAX);
    assert_int_equal(claim(other, now, theirs), 2);
    assert_int_equal(claim(other, now, theirs), 0);
    assert_int_equal(
        number("SELECT COUNT(*) FROM mail_out WHERE state = 'sending' AND node_id = 1"), MAX);
}

static void a_mail_that_is_not_due_waits(void **state)
{
    struct mail_due due[MAX];

    (void)state;
    add(receipt());
    assert_int_equal(claim(db, clock_now() - USEC_PER_SEC, due), 0);
    assert_int_equal(claim(db, clock_now(), due), 1);
}

static void its_message_id_and_its_date_stay_whoever_sends_it(void **state)
{
    struct mail_due first[MAX], second[MAX];
    struct mail_content a, b;
    const utc_us now = clock_now() + USEC_PER_SEC;
    struct arena arena;
    size_t n;

    (void)state;
    add(receipt());
    arena_init(&arena);
    assert_int_equal(claim(db, now, first), 1);
    assert_int_equal(mail_out_load(db, &first[0], &arena, &a), RC_OK);
    assert_non_null(strstr(a.message_id, "@shop.example"));
    assert_int_equal(mail_out_claim(other, now + 2 * LEASE, LEASE, "else.example", second, MAX, &n),
                     RC_OK);
    assert_int_equal(n, 1);
    assert_int_equal(mail_out_load(other, &second[0], &arena, &b), RC_OK);
    assert_string_equal(a.message_id, b.message_id);
    assert_int_equal(first[0].created_at, second[0].created_at);
    arena_close(&arena);
}

static void a_claim_that_was_overtaken_says_nothing_and_decides_nothing(void **state)
{
    struct mail_due slow[MAX], fast[MAX];
    struct mail_content content;
    const utc_us now = clock_now() + USEC_PER_SEC;
    struct arena arena;

    (void)state;
    add(receipt());
    assert_int_equal(claim(db, now, slow), 1);
    assert_int_equal(claim(other, now + 2 * LEASE, fast), 1);
    arena_init(&arena);
    assert_int_equal(mail_out_load(db, &slow[0], &arena, &content), RC_CONFLICT);
    arena_close(&arena);
    assert_int_equal(record(db, &slow[0], MAIL_FAILED, 0), RC_OK);
    assert_int_equal(number("SELECT COUNT(*) FROM mail_out WHERE state = 'sending'"), 1);
    assert_int_equal(record(other, &fast[0], MAIL_SENT, 0), RC_OK);
    assert_int_equal(number("SELECT COUNT(*) FROM mail_out WHERE state = 'sent'"), 1);
}

static void a_node_takes_back_what_it_had_claimed_and_nobody_elses(void **state)
{
    struct mail_due mine[MAX], theirs[MAX];
    const utc_us now = clock_now() + USEC_PER_SEC;

    (void)state;
    add(receipt());
    assert_int_equal(claim(db, now, mine), 1);
    add(receipt());
    assert_int_equal(claim(other, now, theirs), 1);
    assert_int_equal(mail_out_reclaim(db, now), RC_OK);
    assert_int_equal(claim(db, now, mine), 1);
    assert_int_not_equal(mine[0].id, theirs[0].id);
    assert_int_equal(mine[0].claims, 2);
}

static void a_result_written_twice_is_the_result_once(void **state)
{
    struct mail_due due[MAX];
    const utc_us later = clock_now() + 100 * USEC_PER_SEC;

    (void)state;
    add(receipt());
    assert_int_equal(claim(db, clock_now(), due), 1);
    assert_int_equal(record(db, &due[0], MAIL_WAITING, later), RC_OK);
    assert_int_equal(record(db, &due[0], MAIL_SENT, 0), RC_OK);
    assert_int_equal(
        number("SELECT COUNT(*) FROM mail_out WHERE state = 'waiting' AND attempts = 1"), 1);
    assert_int_equal(claim(db, later - 1, due), 0);
    assert_int_equal(claim(db, later, due), 1);
}

static void the_bytes_of_a_file_go_once_it_is_sent_and_stay_when_it_failed(void **state)
{
    struct mail_new m = receipt();
    struct mail_due due[MAX];

    (void)state;
    m.file_name = "a.csv";
    m.file = "x";
    m.file_size = 1;
    add(m);
    assert_int_equal(claim(db, clock_now(), due), 1);
    assert_int_equal(record(db, &due[0], MAIL_FAILED, 0), RC_OK);
    assert_int_equal(number("SELECT COUNT(*) FROM mail_out_file WHERE bytes IS NOT NULL"), 1);
    assert_int_equal(mail_out_retry(db, m.id, "tester"), RC_OK);
    assert_int_equal(claim(db, clock_now(), due), 1);
    assert_int_equal(mail_out_retry(db, m.id, "tester"), RC_CONFLICT);
    assert_int_equal(record(db, &due[0], MAIL_SENT, 0), RC_OK);
    assert_int_equal(number("SELECT COUNT(*) FROM mail_out_file WHERE bytes IS NULL AND size = 1"),
                     1);
    assert_int_equal(mail_out_retry(db, m.id, "tester"), RC_CONFLICT);
    assert_int_equal(mail_out_retry(db, m.id + 1, "tester"), RC_NOTFOUND);
    assert_int_equal(number("SELECT COUNT(*) FROM audit_entry WHERE subject = 'mail'"), 1);
}

/* --- looking, and forgetting --- */

static void the_depth_says_how_many_wait_and_since_when(void **state)
{
    struct mail_depth depth;
    struct mail_due due[MAX];

    (void)state;
    assert_int_equal(mail_out_depth(db, &depth), RC_OK);
    assert_true(depth.waiting == 0 && depth.sending == 0 && depth.oldest == 0);
    add(receipt());
    assert_int_equal(claim(db, clock_now(), due), 1);
    add(receipt());
    assert_int_equal(mail_out_depth(db, &depth), RC_OK);
    assert_true(depth.waiting == 1 && depth.sending == 1 && depth.oldest > 0);
}

static void old_mails_are_forgotten_but_not_those_that_wait(void **state)
{
    struct mail_new m = receipt();
    struct mail_due due[MAX];
    const utc_us later = clock_now() + 1000 * USEC_PER_SEC;
    uint64_t n = 0;

    (void)state;
    m.file_name = "a.csv";
    m.file = "x";
    m.file_size = 1;
    add(m);
    assert_int_equal(retention_prune_mails(db, later, &n), RC_OK);
    assert_int_equal(n, 0);
    assert_int_equal(claim(db, clock_now(), due), 1);
    assert_int_equal(record(db, &due[0], MAIL_SENT, 0), RC_OK);
    assert_int_equal(retention_prune_mails(db, later - 2000 * USEC_PER_SEC, &n), RC_OK);
    assert_int_equal(n, 0);
    assert_int_equal(retention_prune_mails(db, later, &n), RC_OK);
    assert_int_equal(n, 1);
    assert_int_equal(number("SELECT COUNT(*) FROM mail_out_file"), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_mail_waits_from_when_it_is_added),
        TEST(what_is_rolled_back_was_never_queued),
        TEST(an_address_that_is_none_does_not_take_the_transaction_with_it),
        TEST(strange_texts_are_made_harmless),
        TEST(a_file_that_is_too_large_is_said_and_not_attached),
        TEST(a_file_of_ten_megabytes_is_kept_whole_and_comes_back),
        TEST(two_nodes_never_claim_the_same_mail),
        TEST(a_mail_that_is_not_due_waits),
        TEST(its_message_id_and_its_date_stay_whoever_sends_it),
        TEST(a_claim_that_was_overtaken_says_nothing_and_decides_nothing),
        TEST(a_node_takes_back_what_it_had_claimed_and_nobody_elses),
        TEST(a_result_written_twice_is_the_result_once),
        TEST(the_bytes_of_a_file_go_once_it_is_sent_and_stay_when_it_failed),
        TEST(the_depth_says_how_many_wait_and_since_when),
        TEST(old_mails_are_forgotten_but_not_those_that_wait),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
