/* test_merge.c - two customers are one person: what moves, who may be written to, and undoing it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "store/consent.h"
#include "store/customer_double.h"
#include "store/customer_merge.h"
#include "store/db.h"
#include "store/dossier.h"
#include "store/erase.h"
#include "store/export.h"
#include "store/timed_id.h"
#include "tests/support/crowd.h"
#include "tests/support/testdb.h"
#include "tests/support/twins.h"

#define HOUR_US (3600 * USEC_PER_SEC)
#define DAY_US  (24 * HOUR_US)

static struct db *db;
static struct error err;

static int fresh(void **state)
{
    (void)state;
    testdb_reset();
    db = testdb_open();
    crowd_codes();
    testdb_sql("INSERT INTO id_block VALUES ('customer', 100000), ('consent_event', 100000),"
               " ('audit', 1)");
    err.text[0] = '\0';
    return 0;
}

static int close_db(void **state)
{
    (void)state;
    db_close(db);
    return 0;
}

static void steps(utc_us now)
{
    struct merge_done done;
    int n = 0;

    do {
        assert_int_equal(customer_merge_step(db, now, &done), RC_OK);
        assert_true(n++ < 1000);
    } while (done.customer_id);
}

static void merge(uint64_t keep, uint64_t gone)
{
    const enum rc rc = customer_merge(db, keep, gone, "anna", &err);

    if (rc)
        print_error("%s\n", err.text);
    assert_int_equal(rc, RC_OK);
}

static uint64_t count(const char *sql)
{
    return crowd_count(sql);
}

/* --- what moves --- */

static void all_that_was_theirs_is_the_others(void **state)
{
    (void)state;
    twins_add();
    merge(1, 2);
    assert_int_equal(count("SELECT COUNT(*) FROM customer"), 1);
    assert_int_equal(count("SELECT COUNT(*) FROM customer_ref WHERE customer_id = 1"), 3);
    assert_int_equal(count("SELECT COUNT(*) FROM customer_ref WHERE joined"), 2);
    assert_int_equal(count("SELECT COUNT(*) FROM contact_point WHERE customer_id = 1"), 3);
    assert_int_equal(count("SELECT COUNT(*) FROM contact_point WHERE is_primary"), 2);
    assert_int_equal(count("SELECT COUNT(*) FROM customer_order WHERE customer_id = 1"), 3);
    assert_int_equal(count("SELECT COUNT(*) FROM invoice WHERE customer_id = 1"), 1);
    assert_int_equal(count("SELECT COUNT(*) FROM message WHERE customer_id = 1"), 2);
    assert_int_equal(count("SELECT COUNT(*) FROM inbound_message WHERE customer_id = 1"), 1);
    assert_int_equal(count("SELECT COUNT(*) FROM occasion_sent WHERE customer_id = 1"), 1);
    assert_int_equal(count("SELECT COUNT(*) FROM occasion_event WHERE customer_id = 1"), 2);
    assert_int_equal(count("SELECT COUNT(*) FROM occasion_event WHERE customer_id = 2"), 0);
    assert_int_equal(count("SELECT COUNT(*) FROM customer_field WHERE customer_id = 1"), 2);
    assert_int_equal(count("SELECT number FROM customer_field WHERE field_id = 1"), 39);
    assert_int_equal(count("SELECT COUNT(*) FROM consent_current"), 1);
    assert_int_equal(count("SELECT COUNT(*) FROM audit_entry WHERE verb = 'same'"
                           " AND subject_id = 1 AND who = 'anna'"),
                     1);
}

static void the_one_who_stays_keeps_what_is_known_and_is_given_what_is_missing(void **state)
{
    (void)state;
    twins_add();
    merge(1, 2);
    assert_int_equal(count("SELECT COUNT(*) FROM customer WHERE id = 1 AND first_name = 'Hélène'"
                           " AND company = 'Roy SARL' AND city = 'Lyon' AND category_id = 1"
                           " AND birth_date = '1980-01-01' AND last_contact_at = '2026-05-01'"),
                     1);
    assert_int_equal(count("SELECT order_count FROM customer"), 3);
    assert_int_equal(count("SELECT order_cents FROM customer"), 2200);
    assert_int_equal(count("SELECT last_order_at = '2026-03-02' FROM customer"), 1);
    assert_int_equal(count("SELECT promo_times = UNHEX('65800000650000006400000063000000')"
                           "  FROM customer"),
                     1);
}

static void look_ups_by_the_old_id_follow(void **state)
{
    uint64_t id = 2;

    (void)state;
    twins_add();
    crowd_add(&(struct person){ .id = 3, "+33600000003" });
    merge(1, 2);
    assert_int_equal(customer_follow(db, &id), RC_OK);
    assert_int_equal(id, 1);
    merge(3, 1);
    id = 2;
    assert_int_equal(customer_follow(db, &id), RC_OK);
    assert_int_equal(id, 3);
    id = 77;
    assert_int_equal(customer_follow(db, &id), RC_OK);
    assert_int_equal(id, 77);
}

static void a_look_changes_nothing_and_says_what_would_be(void **state)
{
    struct merge_facts f;

    (void)state;
    twins_add();
    testdb_sql("UPDATE consent_current SET state = 'withdrawn' WHERE customer_id = 2");
    assert_int_equal(customer_merge_look(db, 1, 2, &f, &err), RC_OK);
    assert_string_equal(f.keep_name, "Hélène Roy");
    assert_int_equal(f.numbers, 2);
    assert_int_equal(f.orders, 2);
    assert_int_equal(f.messages, 1);
    assert_int_equal(f.replies, 1);
    assert_int_equal(f.verdict.likeness, LIKENESS_SAME);
    assert_int_equal(f.n_words, 1);
    assert_int_equal(f.words[0].keep, CONSENT_GRANTED);
    assert_int_equal(f.words[0].after, CONSENT_WITHDRAWN);
    assert_int_equal(count("SELECT COUNT(*) FROM customer"), 2);
    assert_int_equal(count("SELECT COUNT(*) FROM consent_event"), 0);
}

static void who_was_erased_or_is_nobody_is_not_put_together(void **state)
{
    (void)state;
    twins_add();
    testdb_sql("UPDATE customer SET erased_at = NOW() WHERE id = 2");
    assert_int_equal(customer_merge(db, 1, 2, "anna", &err), RC_CONFLICT);
    assert_int_equal(customer_merge(db, 2, 1, "anna", &err), RC_CONFLICT);
    assert_int_equal(customer_merge(db, 1, 99, "anna", &err), RC_NOTFOUND);
    assert_string_equal(err.text, "there is no customer 99");
    assert_int_equal(customer_merge(db, 1, 1, "anna", &err), RC_INVALID);
}

static void very_much_moves_in_steps(void **state)
{
    (void)state;
    twins_add();
    testdb_sql("INSERT INTO customer_order (id, partner_id, order_number, customer_id,"
               " collect_cents, ordered_at, import_id, import_row, content_hash)"
               "SELECT 100 + seq, 2, CONCAT('X', seq), 2, 1, '2026-01-01', 7, 1, REPEAT('x', 16)"
               "  FROM seq_1_to_2500");
    merge(1, 2);
    assert_int_equal(count("SELECT COUNT(*) FROM customer_order WHERE customer_id = 2"), 1502);
    steps(clock_now());
    assert_int_equal(count("SELECT COUNT(*) FROM customer_order WHERE customer_id = 2"), 0);
    assert_int_equal(count("SELECT order_count FROM customer"), 2503);
    assert_int_equal(count("SELECT step = 'waiting' FROM customer_merged"), 1);
}

static void what_was_being_written_meanwhile_follows_an_hour_later(void **state)
{
    (void)state;
    twins_add();
    merge(1, 2);
    steps(clock_now());
    testdb_sql("INSERT INTO message (id, customer_id, channel, class, state, address, sender, text,"
               " encoding, parts, created_at, expires_at) VALUES"
               " (12, 2, 'sms', 'service', 'queued', '+33600000002', '36123', 'Colis', 'gsm7', 1,"
               "  '2026-02-03', '2026-02-04')");
    testdb_sql("INSERT INTO customer_order (id, partner_id, order_number, customer_id,"
               " collect_cents, ordered_at, import_id, import_row, content_hash) VALUES"
               " (8, 2, 'S-8', 2, 300, '2026-03-03', 7, 1, REPEAT('x', 16))");
    testdb_sql("INSERT INTO consent_current VALUES (2, 'sms', 'promo', 'withdrawn', 50,"
               " '2026-03-03')");
    steps(clock_now() + 2 * HOUR_US);
    assert_int_equal(count("SELECT customer_id FROM message WHERE id = 12"), 1);
    assert_int_equal(count("SELECT order_count FROM customer"), 4);
    assert_int_equal(count("SELECT COUNT(*) FROM customer WHERE sms_standing = 'withdrawn'"), 1);
    assert_int_equal(count("SELECT step = 'done' FROM customer_merged"), 1);
}

/* --- campaigns --- */

static void campaign(uint64_t id, const char *state, const char *more)
{
    char sql[600];

    snprintf(sql, sizeof(sql),
             "INSERT INTO campaign SET id = %llu, name = 'k%llu', class = 'promo', state = '%s',"
             " audience = '', template_id = 1, body = 'x', sender = '36123',"
             " next_customer = 18446744073709551615, created_at = NOW(), started_at = NOW()%s",
             (unsigned long long)id, (unsigned long long)id, state, more);
    testdb_sql(sql);
}

static void message(uint64_t id, uint64_t campaign_id, uint64_t customer, const char *state)
{
    char sql[600];

    snprintf(sql, sizeof(sql),
             "INSERT INTO message SET id = %llu, campaign_id = %llu, customer_id = %llu,"
             " channel = 'sms', class = 'promo', state = '%s', address = '+3360000000%llu',"
             " sender = '36123', text = 'x', encoding = 'gsm7', parts = 1, created_at = NOW(),"
             " expires_at = NOW() + INTERVAL 1 DAY, accepted_parts = %d",
             (unsigned long long)id, (unsigned long long)campaign_id, (unsigned long long)customer,
             state, (unsigned long long)customer, strcmp(state, "delivered") == 0);
    testdb_sql(sql);
    snprintf(sql, sizeof(sql), "INSERT INTO campaign_recipient VALUES (%llu, %llu, %llu, 0)",
             (unsigned long long)campaign_id, (unsigned long long)customer, (unsigned long long)id);
    testdb_sql(sql);
}

static void nobody_gets_a_campaign_twice(void **state)
{
    (void)state;
    twins_add();
    campaign(1, "sending", "");
    message(100, 1, 1, "delivered");
    message(101, 1, 2, "queued");
    campaign(2, "sending", "");
    message(102, 2, 1, "queued");
    message(103, 2, 2, "delivered");
    campaign(3, "sending", "");
    message(104, 3, 1, "queued");
    message(105, 3, 2, "queued");
    campaign(4, "sending", "");
    message(106, 4, 1, "failed");
    message(107, 4, 2, "queued");
    merge(1, 2);
    assert_int_equal(count("SELECT COUNT(*) FROM message WHERE id IN (101, 102, 105)"
                           " AND state = 'cancelled' AND reason = 'same_person'"),
                     3);
    assert_int_equal(count("SELECT COUNT(*) FROM message_event WHERE detail = 'same_person'"), 3);
    assert_int_equal(count("SELECT COUNT(*) FROM message WHERE id IN (104, 107)"
                           " AND state = 'queued' AND customer_id = 1"),
                     2);
    /* Campaigns know that they have it. */
    assert_int_equal(count("SELECT COUNT(*) FROM campaign_member WHERE campaign_id = 2"
                           " AND ORD(bits) & 2 AND ORD(queued) & 2"),
                     1);
    assert_int_equal(count("SELECT COUNT(*) FROM campaign_member WHERE campaign_id = 4"
                           " AND ORD(queued) & 2 AND bits = ''"),
                     1);
}

static void while_a_campaign_is_being_written_nobody_is_put_together(void **state)
{
    (void)state;
    twins_add();
    campaign(1, "expanding", "");
    assert_int_equal(customer_merge(db, 1, 2, "anna", &err), RC_CONFLICT);
    assert_non_null(strstr(err.text, "\"k1\""));
    testdb_sql("UPDATE campaign SET state = 'paused', next_customer = 2");
    message(100, 1, 1, "delivered");
    assert_int_equal(customer_merge(db, 2, 1, "anna", &err), RC_CONFLICT);
    merge(1, 2);
}

static void who_tried_a_text_does_not_wait_for_the_winner(void **state)
{
    (void)state;
    twins_add();
    campaign(1, "testing", ", test_share = 1000, variant_n = 2");
    message(100, 1, 2, "delivered");
    testdb_sql("INSERT INTO campaign_rest VALUES (1, 0, 1, UNHEX('0A'))");
    merge(1, 2);
    assert_int_equal(count("SELECT ORD(bits) FROM campaign_rest"), 8);
}

/* --- who may be written to --- */

/* As the claim and the expansion see it. */
static const char MAY[] =
    "SELECT COUNT(*)"
    "  FROM customer c"
    "  JOIN contact_point p ON p.customer_id = c.id AND p.channel = 'sms' AND p.is_primary"
    "  JOIN consent_current k"
    "    ON k.customer_id = c.id AND k.channel = 'sms' AND k.purpose = 'promo'"
    "  LEFT JOIN opt_out o ON o.channel = 'sms' AND o.address = p.address"
    " WHERE k.state = 'granted' AND p.state = 'valid' AND o.address IS NULL"
    "   AND NOT c.do_not_contact AND NOT c.minor AND c.erased_at IS NULL AND p.address = '%s'";

static bool may_write_to(const char *address)
{
    char sql[900];

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
    snprintf(sql, sizeof(sql), MAY, address);
#pragma GCC diagnostic pop
    return count(sql) > 0;
}

static const char *const words[] = { NULL, "granted", "withdrawn" };
static const char *const flags[] = { "", "do_not_contact = TRUE", "minor = TRUE" };

struct scene {
    uint64_t keep, gone;
    char phones[2][20];
    bool before[2];
};

/* 0: each their own; 1: the same; 2: who stays has none; 3: who goes has none; 4: that of who goes
 * is suppressed; 5: it said STOP */
#define NUMBERS 6

static void set_scene(struct scene *s, uint64_t nth, int keep_word, int gone_word, int numbers,
                      int keep_flag, int gone_flag)
{
    char sql[200];

    s->keep = 1000 + 2 * nth;
    s->gone = s->keep + 1;
    snprintf(s->phones[0], sizeof(s->phones[0]), "+336%08llu", (unsigned long long)s->keep);
    snprintf(s->phones[1], sizeof(s->phones[1]), "+336%08llu",
             (unsigned long long)(numbers == 1 ? s->keep : s->gone));
    crowd_add(&(struct person){ .id = s->keep,
                                numbers == 2 ? NULL : s->phones[0],
                                words[keep_word],
                                .more = *flags[keep_flag] ? flags[keep_flag] : NULL });
    crowd_add(&(struct person){ .id = s->gone,
                                numbers == 3 ? NULL : s->phones[1],
                                words[gone_word],
                                numbers == 4 ? "suppressed" : NULL,
                                *flags[gone_flag] ? flags[gone_flag] : NULL });
    if (numbers == 5) {
        snprintf(sql, sizeof(sql),
                 "INSERT INTO opt_out SET channel = 'sms', address = '%s',"
                 " at = NOW()",
                 s->phones[1]);
        testdb_sql(sql);
    }
    for (int i = 0; i < 2; i++)
        s->before[i] = may_write_to(s->phones[i]);
}

static void assert_nobody_new(const struct scene *s, const char *when)
{
    for (int i = 0; i < 2; i++) {
        if (!s->before[i] && may_write_to(s->phones[i]))
            fail_msg("%s %s may be written to (customers %llu, %llu)", when, s->phones[i],
                     (unsigned long long)s->keep, (unsigned long long)s->gone);
    }
}

/* Every consent of both, their numbers, and flags: nobody may be written to who could not be
 * before, neither after the merge nor after it was undone; and who refused is never written to. */
static void a_merge_lets_nobody_be_written_to_who_could_not_be_before(void **state)
{
    struct consent_verdict verdict;
    uint64_t nth = 0, keep;

    (void)state;
    for (int keep_word = 0; keep_word < 3; keep_word++)
        for (int gone_word = 0; gone_word < 3; gone_word++)
            for (int numbers = 0; numbers < NUMBERS; numbers++)
                for (int flag = 0; flag < 5; flag++) {
                    struct scene s;

                    set_scene(&s, nth++, keep_word, gone_word, numbers, flag % 3,
                              flag > 2 ? flag - 2 : 0);
                    merge(s.keep, s.gone);
                    assert_nobody_new(&s, "after the merge");
                    if (keep_word == 2 || gone_word == 2 || flag)
                        assert_false(may_write_to(s.phones[0]) || may_write_to(s.phones[1]));
                    steps(clock_now());
                    assert_int_equal(customer_unmerge(db, s.gone, "anna", &keep, &err), RC_OK);
                    assert_nobody_new(&s, "after the undoing");
                }
    assert_int_equal(consent_verify_chain(db, 256, &verdict), RC_OK);
    assert_true(verdict.intact);
}

static void a_consent_comes_along_with_its_number(void **state)
{
    (void)state;
    crowd_add(&(struct person){ .id = 1, "+33600000001", NULL });
    crowd_add(&(struct person){ .id = 2, "+33600000001", "granted" });
    merge(1, 2);
    assert_true(may_write_to("+33600000001"));
    assert_int_equal(count("SELECT COUNT(*) FROM consent_event WHERE customer_id = 1"
                           " AND source = 'merge' AND source_ref = '2:2' AND state = 'granted'"
                           " AND recorded_by = 'anna' AND at = '2025-06-01'"),
                     1);
    assert_int_equal(count("SELECT COUNT(*) FROM customer WHERE sms_standing = ''"), 1);
}

static void a_consent_is_never_lent_to_another_number(void **state)
{
    (void)state;
    crowd_add(&(struct person){ .id = 1, "+33600000001", NULL });
    crowd_add(&(struct person){ .id = 2, "+33600000002", "granted" });
    crowd_add(&(struct person){ .id = 3, NULL, "granted" });
    crowd_add(&(struct person){ .id = 4, "+33600000004", NULL });
    merge(1, 2);
    merge(3, 4);
    assert_false(may_write_to("+33600000001"));
    assert_false(may_write_to("+33600000004"));
    assert_int_equal(count("SELECT COUNT(*) FROM consent_event"), 0);
}

static void a_refusal_of_one_sender_comes_to_hold_for_both_numbers(void **state)
{
    (void)state;
    crowd_add(&(struct person){ .id = 1, "+33600000001", "granted" });
    crowd_add(&(struct person){ .id = 2, "+33600000002", "granted" });
    testdb_sql("INSERT INTO opt_out (channel, address, sender, at) VALUES"
               " ('sms', '+33600000002', '36123', '2026-01-01')");
    merge(1, 2);
    assert_int_equal(count("SELECT COUNT(*) FROM opt_out WHERE address = '+33600000001'"
                           " AND sender = '36123'"),
                     1);
}

static void a_suppressed_number_stays_so(void **state)
{
    (void)state;
    crowd_add(&(struct person){ .id = 1, "+33600000001", "granted" });
    crowd_add(&(struct person){ .id = 2, "+33600000001", "granted", "suppressed" });
    merge(1, 2);
    assert_false(may_write_to("+33600000001"));
}

/* --- the review list --- */

static void pair(uint64_t id, uint64_t low, uint64_t high, const char *state)
{
    char sql[400];

    snprintf(sql, sizeof(sql),
             "INSERT INTO customer_double SET id = %llu, low_id = %llu, high_id = %llu,"
             " state = '%s', shared = 'phone', likeness = 'alike', score = 50, reason = 'x',"
             " source = 'search', found_at = NOW()",
             (unsigned long long)id, (unsigned long long)low, (unsigned long long)high, state);
    testdb_sql(sql);
}

static void what_was_said_of_who_goes_holds_for_who_stays(void **state)
{
    (void)state;
    twins_add();
    crowd_add(&(struct person){ .id = 3, "+33600000003" });
    crowd_add(&(struct person){ .id = 4, "+33600000004" });
    pair(1, 1, 2, "open");
    pair(2, 2, 3, "different");
    pair(3, 2, 4, "open");
    pair(4, 1, 4, "different");
    merge(1, 2);
    assert_int_equal(count("SELECT COUNT(*) FROM customer_double WHERE low_id = 1 AND high_id = 2"
                           " AND state = 'same' AND decided_by = 'anna'"),
                     1);
    assert_int_equal(count("SELECT COUNT(*) FROM customer_double WHERE low_id = 1 AND high_id = 3"
                           " AND state = 'different'"),
                     1);
    assert_int_equal(count("SELECT COUNT(*) FROM customer_double WHERE low_id = 1 AND high_id = 4"
                           " AND state = 'different'"),
                     1);
    assert_int_equal(count("SELECT COUNT(*) FROM customer_double"), 3);
}

static void note(void *arg, const struct double_view *v)
{
    char *out = arg;

    snprintf(out + strlen(out), 400 - strlen(out), "%llu-%llu %s %s;",
             (unsigned long long)v->customers[0].id, (unsigned long long)v->customers[1].id,
             v->shared, v->likeness);
}

static void a_search_finds_all_who_share_a_number(void **state)
{
    struct double_search search;
    char found[400] = "";
    bool more = true;

    (void)state;
    crowd_add(
        &(struct person){ .id = 1, "+33600000001", .more = "first_name = 'A', last_name = 'Roy'" });
    crowd_add(&(struct person){
        .id = 2, "+33600000001", .more = "first_name = 'Ana', last_name = 'Roy'" });
    crowd_add(&(struct person){
        .id = 3, "+33600000001", .more = "first_name = 'Bob', last_name = 'Roy'" });
    crowd_add(&(struct person){ .id = 4, "+33600000004" });
    crowd_add(&(struct person){ .id = 5, "+33600000001", .more = "minor = TRUE" });
    testdb_sql("INSERT INTO contact_point (customer_id, channel, address, created_at) VALUES"
               " (1, 'email', 'a@example.org', NOW()), (2, 'email', 'a@example.org', NOW())");
    for (uint64_t id = 10; id < 20; id++)
        crowd_add(&(struct person){ .id = id, "+33600000009" });
    assert_int_equal(double_search_step(db, clock_now(), 2, &more), RC_OK);
    assert_false(more);
    assert_int_equal(double_search_begin(db, "anna"), RC_OK);
    do
        assert_int_equal(double_search_step(db, clock_now(), 2, &more), RC_OK);
    while (more);
    assert_int_equal(doubles_list(db, DOUBLE_OPEN, 0, 0, 100, note, found), RC_OK);
    assert_string_equal(found, "1-2 phone mail same;1-3 phone different;2-3 phone different;");
    assert_int_equal(double_search_read(db, &search), RC_OK);
    assert_false(search.running);
    assert_int_equal(search.found, 3);
    /* Once more finds nothing new, whatever was decided. */
    assert_int_equal(double_different(db, 3, 1, "anna", &err), RC_OK);
    assert_int_equal(double_search_begin(db, "anna"), RC_OK);
    do
        assert_int_equal(double_search_step(db, clock_now(), 1000, &more), RC_OK);
    while (more);
    found[0] = '\0';
    assert_int_equal(doubles_list(db, DOUBLE_OPEN, 50, 0, 100, note, found), RC_OK);
    assert_string_equal(found, "1-2 phone mail same;");
}

/* --- what a person is told --- */

struct told {
    char section[40], text[4000];
};

static void note_section(void *arg, const char *name)
{
    snprintf(((struct told *)arg)->section, 40, "%s", name);
}

static void note_row(void *arg, const struct export_value *values, size_t n)
{
    struct told *t = arg;
    size_t len = strlen(t->text);

    for (size_t i = 0; i < n && len < sizeof(t->text); i++)
        len += (size_t)snprintf(t->text + len, sizeof(t->text) - len, "%s.%s=%s;", t->section,
                                values[i].name, values[i].text);
}

static void note_entry(void *arg, const struct dossier_entry *e)
{
    *(size_t *)arg += e->kind == DOSSIER_CONSENT || e->kind == DOSSIER_MESSAGE;
}

static void export_and_dossier_have_what_was_the_others(void **state)
{
    static const struct export_sink sink = { note_section, note_row, NULL };
    static const char *const wanted[] = {
        "also_known_as.id=2;",         "also_known_as.first_name=H.;",
        "numbers.number=S-2;",         "orders.number=S-1;",
        "messages.text=Encore;",       "replies.text=Merci;",
        "consents.wording=J'accepte;", "contact_points.address=+33600000002;",
        "acts.detail=flagged;",        "acts.detail=customer 2 was the same person;"
    };
    const struct consent_change said = { .customer_id = 2,
                                         .channel = CHANNEL_EMAIL,
                                         .state = CONSENT_GRANTED,
                                         .address = "helene@example.org",
                                         .at = clock_now(),
                                         .source = CONSENT_BY_FORM,
                                         .source_ref = "",
                                         .wording = "J'accepte" };
    struct told t = { "", "" };
    struct export_sink all = sink;
    size_t n = 0;

    (void)state;
    all.arg = &t;
    twins_add();
    testdb_sql("INSERT INTO audit_entry (id, at, who, verb, subject, subject_id, detail)"
               "VALUES (5, NOW(), 'anna', 'set', 'customer', 2, 'flagged')");
    assert_int_equal(consent_append(db, &said, 1, 500), RC_OK);
    merge(1, 2);
    assert_int_equal(export_read(db, 1, &all), RC_OK);
    for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++) {
        if (!strstr(t.text, wanted[i]))
            fail_msg("no %s in %s", wanted[i], t.text);
    }
    assert_int_equal(dossier_read(db, 1, &(struct dossier_sink){ note_entry, &n }, NULL), RC_OK);
    /* The line of the ledger of who went, the one that the merge appended, and two messages. */
    assert_int_equal(n, 4);
}

/* --- undoing --- */

static void an_undone_merge_leaves_all_as_it_was(void **state)
{
    uint64_t before, keep = 0;

    (void)state;
    twins_add();
    campaign(1, "sending", "");
    message(100, 1, 1, "delivered");
    message(101, 1, 2, "delivered");
    campaign(2, "sending", "");
    message(103, 2, 2, "delivered");
    before = twins_everything();
    merge(1, 2);
    assert_int_not_equal(twins_everything(), before);
    steps(clock_now());
    steps(clock_now() + 2 * HOUR_US);
    assert_int_equal(customer_unmerge(db, 2, "anna", &keep, &err), RC_OK);
    assert_int_equal(keep, 1);
    assert_int_equal(twins_everything(), before);
    assert_int_equal(count("SELECT COUNT(*) FROM customer_moved"), 0);
    assert_int_equal(count("SELECT COUNT(*) FROM customer_double WHERE state = 'different'"), 1);
    assert_int_equal(customer_unmerge(db, 2, "anna", &keep, &err), RC_NOTFOUND);
    /* And once more. */
    merge(1, 2);
    assert_int_equal(customer_unmerge(db, 2, "anna", &keep, &err), RC_CONFLICT);
    steps(clock_now());
    assert_int_equal(customer_unmerge(db, 2, "anna", &keep, &err), RC_OK);
    assert_int_equal(twins_everything(), before);
}

static void undoing_lifts_no_refusal(void **state)
{
    uint64_t keep;

    (void)state;
    crowd_add(&(struct person){ .id = 1, "+33600000001", "granted" });
    crowd_add(&(struct person){ .id = 2, "+33600000002", "granted" });
    merge(1, 2);
    steps(clock_now());
    testdb_sql("INSERT INTO consent_chain VALUES (300, 0, REPEAT(CHAR(0), 32))");
    testdb_sql("UPDATE consent_current SET state = 'withdrawn', event_id = 77, at = NOW()");
    assert_int_equal(customer_unmerge(db, 2, "anna", &keep, &err), RC_OK);
    assert_false(may_write_to("+33600000001"));
    assert_false(may_write_to("+33600000002"));
}

static void a_lent_grant_ends_with_the_undoing(void **state)
{
    uint64_t keep;

    (void)state;
    crowd_add(&(struct person){ .id = 1, "+33600000001", NULL });
    crowd_add(&(struct person){ .id = 2, "+33600000001", "granted" });
    merge(1, 2);
    steps(clock_now());
    assert_int_equal(customer_unmerge(db, 2, "anna", &keep, &err), RC_OK);
    assert_int_equal(count("SELECT COUNT(*) FROM consent_current WHERE customer_id = 1"), 0);
    assert_int_equal(count("SELECT COUNT(*) FROM consent_current WHERE customer_id = 2"
                           " AND state = 'granted'"),
                     1);
    assert_int_equal(count("SELECT COUNT(*) FROM consent_event WHERE customer_id = 1"), 2);
}

static void after_thirty_days_it_cannot_be_undone(void **state)
{
    uint64_t keep;

    (void)state;
    twins_add();
    merge(1, 2);
    steps(clock_now() + 2 * HOUR_US);
    assert_int_equal(count("SELECT kept IS NOT NULL FROM customer_merged"), 1);
    steps(clock_now() + (MERGE_UNDO_DAYS + 1) * DAY_US);
    assert_int_equal(count("SELECT kept IS NULL AND undo_until IS NULL FROM customer_merged"), 1);
    assert_int_equal(count("SELECT COUNT(*) FROM customer_moved"), 0);
    assert_int_equal(customer_unmerge(db, 2, "anna", &keep, &err), RC_CONFLICT);
    assert_string_equal(err.text,
                        "customer 2 cannot come back: what is needed for it is kept for 30 days");
}

static void merges_of_merges_are_undone_from_the_last_to_the_first(void **state)
{
    uint64_t keep, before;

    (void)state;
    twins_add();
    crowd_add(&(struct person){ .id = 3, "+33600000003", NULL, .more = "last_name = 'Roy'" });
    before = twins_everything();
    merge(1, 2);
    merge(3, 1);
    steps(clock_now());
    assert_int_equal(customer_unmerge(db, 1, "anna", &keep, &err), RC_OK);
    assert_int_equal(customer_unmerge(db, 2, "anna", &keep, &err), RC_OK);
    assert_int_equal(keep, 1);
    assert_int_equal(twins_everything(), before);
}

static void an_earlier_merge_is_not_undone_before_the_later_one(void **state)
{
    uint64_t keep, before;

    (void)state;
    crowd_add(&(struct person){ .id = 1, "+33600000001", "granted" });
    crowd_add(&(struct person){ .id = 2, NULL, NULL });
    crowd_add(&(struct person){ .id = 3, "+33600000001", NULL });
    merge(2, 1);
    merge(3, 2);
    steps(clock_now());
    before = count("SELECT COUNT(*) FROM consent_event");
    assert_int_equal(customer_unmerge(db, 1, "anna", &keep, &err), RC_CONFLICT);
    assert_string_equal(err.text, "customer 1 was put together with 2, and 2 with 3 since: let 2 "
                                  "come back first");
    assert_int_equal(count("SELECT COUNT(*) FROM customer"), 1);
    assert_int_equal(count("SELECT COUNT(*) FROM consent_event"), before);
    assert_int_equal(customer_unmerge(db, 2, "anna", &keep, &err), RC_OK);
    assert_int_equal(customer_unmerge(db, 1, "anna", &keep, &err), RC_OK);
    assert_int_equal(keep, 2);
    /* Each has what was theirs: the one who was there last their number, and nobody's consent. */
    assert_int_equal(count("SELECT COUNT(*) FROM contact_point WHERE customer_id = 3"
                           " AND address = '+33600000001' AND is_primary"),
                     1);
    assert_int_equal(count("SELECT customer_id FROM consent_current WHERE state = 'granted'"), 1);
    /* What was undone stands in nobody's way. */
    merge(2, 1);
    assert_int_equal(customer_unmerge(db, 3, "anna", &keep, &err), RC_NOTFOUND);
    steps(clock_now());
    assert_int_equal(customer_unmerge(db, 1, "anna", &keep, &err), RC_OK);
}

static void a_merge_that_always_fails_does_not_stop_the_others(void **state)
{
    struct merge_done done;
    utc_us now;

    (void)state;
    for (uint64_t id = 1; id <= 4; id++) {
        char phone[20];

        snprintf(phone, sizeof(phone), "+3360000000%d", (int)id);
        crowd_add(&(struct person){ .id = id, phone, NULL });
    }
    merge(1, 2);
    merge(3, 4);
    testdb_sql("CREATE TRIGGER trouble BEFORE UPDATE ON customer_merged FOR EACH ROW"
               " IF NEW.customer_id = 2 AND NEW.step = 'waiting' THEN SIGNAL SQLSTATE '45000';"
               " END IF");
    now = clock_now();
    assert_int_equal(customer_merge_step(db, now, &done), RC_FAIL);
    assert_int_equal(done.customer_id, 2);
    assert_int_equal(customer_merge_step(db, now, &done), RC_OK);
    assert_int_equal(done.customer_id, 4);
    assert_int_equal(count("SELECT COUNT(*) FROM customer_merged WHERE step = 'moving'"), 1);
    testdb_sql("DROP TRIGGER trouble");
    steps(now);
    assert_int_equal(count("SELECT COUNT(*) FROM customer_merged WHERE step = 'moving'"), 1);
    steps(now + HOUR_US / 2);
    assert_int_equal(count("SELECT COUNT(*) FROM customer_merged WHERE step = 'moving'"), 0);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, fresh, close_db)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(all_that_was_theirs_is_the_others),
        TEST(the_one_who_stays_keeps_what_is_known_and_is_given_what_is_missing),
        TEST(look_ups_by_the_old_id_follow),
        TEST(a_look_changes_nothing_and_says_what_would_be),
        TEST(who_was_erased_or_is_nobody_is_not_put_together),
        TEST(very_much_moves_in_steps),
        TEST(what_was_being_written_meanwhile_follows_an_hour_later),
        TEST(nobody_gets_a_campaign_twice),
        TEST(while_a_campaign_is_being_written_nobody_is_put_together),
        TEST(who_tried_a_text_does_not_wait_for_the_winner),
        TEST(a_merge_lets_nobody_be_written_to_who_could_not_be_before),
        TEST(a_consent_comes_along_with_its_number),
        TEST(a_consent_is_never_lent_to_another_number),
        TEST(a_refusal_of_one_sender_comes_to_hold_for_both_numbers),
        TEST(a_suppressed_number_stays_so),
        TEST(what_was_said_of_who_goes_holds_for_who_stays),
        TEST(a_search_finds_all_who_share_a_number),
        TEST(export_and_dossier_have_what_was_the_others),
        TEST(an_undone_merge_leaves_all_as_it_was),
        TEST(undoing_lifts_no_refusal),
        TEST(a_lent_grant_ends_with_the_undoing),
        TEST(after_thirty_days_it_cannot_be_undone),
        TEST(merges_of_merges_are_undone_from_the_last_to_the_first),
        TEST(an_earlier_merge_is_not_undone_before_the_later_one),
        TEST(a_merge_that_always_fails_does_not_stop_the_others),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
