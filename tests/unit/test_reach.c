/* test_reach.c - by which channel each customer is reached, and that what is counted is what is
 * then read, for every way a customer may stand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "store/db.h"
#include "store/recipient.h"
#include "tests/support/crowd.h"
#include "tests/support/testdb.h"

#define SENDER    "36123"
#define EVERYBODY 864
#define NOW       (INT64_C(1767225600) * USEC_PER_SEC) /* 2026-01-01 */
#define SINCE     (INT64_C(1704067200) * USEC_PER_SEC) /* 2024-01-01 */

static struct db *db;
static struct arena arena;

static const struct template_text sms_text = { .language = "fr", .body = "Bonjour {{first_name}}" };
static const struct template_text mail_text = { .language = "fr",
                                                .body = "Bonjour de {{city}}",
                                                .subject = "Offre" };

static int fresh(void **state)
{
    (void)state;
    testdb_reset();
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

static struct recipients_spec spec_of(enum reach reach, enum message_class class)
{
    return (struct recipients_spec){
        .class = class,
        .audience = "",
        .reach = reach,
        .texts = reach == REACH_EMAIL ? &mail_text : &sms_text,
        .n_texts = 1,
        .mail_texts = &mail_text,
        .n_mail_texts = 1,
        .sender = SENDER,
        .now = NOW,
        .form = AUDIENCE_FOR_ALL,
    };
}

static void open_recipients(const struct recipients_spec *spec, struct recipients *out)
{
    struct error err = { "" };

    if (recipients_open(db, spec, &arena, out, &err))
        fail_msg("%s", err.text);
}

static void read_all(const struct recipients *r, struct recipients_page *page)
{
    assert_int_equal(recipients_read(db, r, 1, 0, 10000, &arena, page), RC_OK);
}

/* The one of that customer. */
static const struct recipient *recipient(const struct recipients_page *page, uint64_t id)
{
    for (size_t i = 0; i < page->n; i++) {
        if (page->list[i].customer_id == id)
            return &page->list[i];
    }
    fail_msg("customer %llu is not in the audience", (unsigned long long)id);
    return NULL;
}

static void assert_reached(const struct recipients_page *page, uint64_t id, enum channel channel)
{
    const struct recipient *r = recipient(page, id);

    if (!r->reached)
        fail_msg("customer %llu is left out: %s", (unsigned long long)id, exclusion_name(r->why));
    assert_string_equal(channel_name(r->channel), channel_name(channel));
    assert_int_equal(strchr(r->address, '@') != NULL, channel == CHANNEL_EMAIL);
    assert_int_equal(r->subject != NULL, channel == CHANNEL_EMAIL);
}

static void assert_left_out(const struct recipients_page *page, uint64_t id, enum exclusion why)
{
    const struct recipient *r = recipient(page, id);

    assert_false(r->reached);
    assert_string_equal(exclusion_name(r->why), exclusion_name(why));
}

/* 1: both; 2: SMS refused, mail allowed; 3: a number that is wrong, mail allowed; 4: SMS allowed,
 * no mail; 5: neither was allowed; 6: mail alone, unsubscribed; 7: both, and nobody may. */
static void a_few_people(void)
{
    crowd_add(&(struct person){ 1, "+33600000001", "granted", .more = "first_name = 'A'" });
    crowd_add(&(struct person){ 2, "+33600000002", "withdrawn", .more = "city = 'Lyon'" });
    crowd_add(&(struct person){ 3, "+33600000003", "granted", "invalid", "city = 'Lyon'" });
    crowd_add(&(struct person){ 4, "+33600000004", "granted", .more = "first_name = 'D'" });
    crowd_add(&(struct person){ 5, "+33600000005", .sms = NULL });
    crowd_add(&(struct person){ 6, NULL, .sms = NULL });
    crowd_add(&(struct person){ 7, "+33600000007", "granted", .more = "do_not_contact = TRUE" });
    crowd_add_mail(1, "a@example.com", "granted", NULL);
    crowd_add_mail(2, "b@example.com", "granted", NULL);
    crowd_add_mail(3, "c@example.com", "granted", NULL);
    crowd_add_mail(5, "e@example.com", "withdrawn", NULL);
    crowd_add_mail(6, "f@example.com", "granted", NULL);
    crowd_add_mail(7, "g@example.com", "granted", NULL);
    testdb_sql("UPDATE customer SET city = 'Lyon' WHERE id = 1");
    testdb_sql("INSERT INTO opt_out SET channel = 'email', address = 'f@example.com', at = NOW(6)");
    crowd_settle();
}

static void who_may_not_be_sent_an_sms_gets_a_mail(void **state)
{
    const struct recipients_spec spec = spec_of(REACH_SMS_EMAIL, CLASS_PROMO);
    struct recipients_page page;
    struct recipients r;

    (void)state;
    a_few_people();
    open_recipients(&spec, &r);
    read_all(&r, &page);
    assert_int_equal(page.n, 7);
    assert_reached(&page, 1, CHANNEL_SMS);
    assert_string_equal(recipient(&page, 1)->text, "Bonjour A");
    assert_reached(&page, 2, CHANNEL_EMAIL);
    assert_string_equal(recipient(&page, 2)->text, "Bonjour de Lyon");
    assert_string_equal(recipient(&page, 2)->subject, "Offre");
    assert_int_equal(recipient(&page, 2)->consent_event_id, 2);
    assert_reached(&page, 3, CHANNEL_EMAIL);
    assert_reached(&page, 4, CHANNEL_SMS);
    assert_left_out(&page, 5, EXCLUDED_NO_CONSENT);
    assert_left_out(&page, 6, EXCLUDED_NO_CONTACT_POINT);
    assert_left_out(&page, 7, EXCLUDED_DO_NOT_CONTACT);
    recipients_close(&r);
}

static void the_other_way_round_the_reason_is_that_of_mail(void **state)
{
    const struct recipients_spec spec = spec_of(REACH_EMAIL_SMS, CLASS_PROMO);
    struct recipients_page page;
    struct recipients r;

    (void)state;
    a_few_people();
    open_recipients(&spec, &r);
    read_all(&r, &page);
    assert_reached(&page, 1, CHANNEL_EMAIL);
    assert_reached(&page, 2, CHANNEL_EMAIL);
    assert_reached(&page, 4, CHANNEL_SMS);
    assert_left_out(&page, 5, EXCLUDED_WITHDRAWN);
    assert_left_out(&page, 6, EXCLUDED_OPTED_OUT);
    recipients_close(&r);
}

static void by_mail_alone_no_number_counts(void **state)
{
    const struct recipients_spec spec = spec_of(REACH_EMAIL, CLASS_PROMO);
    struct recipients_page page;
    struct recipients r;

    (void)state;
    a_few_people();
    open_recipients(&spec, &r);
    read_all(&r, &page);
    assert_reached(&page, 1, CHANNEL_EMAIL);
    assert_reached(&page, 3, CHANNEL_EMAIL);
    assert_left_out(&page, 4, EXCLUDED_NO_CONTACT_POINT);
    assert_left_out(&page, 5, EXCLUDED_WITHDRAWN);
    recipients_close(&r);
}

/* The words of the channel that somebody is reached by are those that must have their values. */
static void a_hole_in_one_text_does_not_matter_to_who_gets_the_other(void **state)
{
    const struct recipients_spec spec = spec_of(REACH_SMS_EMAIL, CLASS_PROMO);
    struct recipients_page page;
    struct recipients r;

    (void)state;
    a_few_people();
    testdb_sql("UPDATE customer SET first_name = '', city = '' WHERE id IN (2, 4)");
    testdb_sql("UPDATE customer SET city = '' WHERE id = 1");
    open_recipients(&spec, &r);
    read_all(&r, &page);
    assert_reached(&page, 1, CHANNEL_SMS);
    assert_left_out(&page, 2, EXCLUDED_TEMPLATE);
    assert_reached(&page, 3, CHANNEL_EMAIL);
    assert_left_out(&page, 4, EXCLUDED_TEMPLATE);
    recipients_close(&r);
}

static void a_family_with_one_address_gets_one_mail_and_each_phone_its_sms(void **state)
{
    const struct recipients_spec spec = spec_of(REACH_SMS_EMAIL, CLASS_PROMO);
    struct recipients_page page;
    struct recipients r;

    (void)state;
    for (uint64_t id = 1; id <= 4; id++) {
        char phone[E164_SIZE];
        snprintf(phone, sizeof(phone), "+3360000000%d", (int)id);
        crowd_add(&(struct person){ id, id > 2 ? phone : NULL, "granted",
                                    .more = "first_name = 'X', city = 'Lyon'" });
        crowd_add_mail(id, "family@example.com", "granted", NULL);
    }
    open_recipients(&spec, &r);
    read_all(&r, &page);
    assert_reached(&page, 1, CHANNEL_EMAIL);
    assert_left_out(&page, 2, EXCLUDED_DUPLICATE_ADDRESS);
    assert_reached(&page, 3, CHANNEL_SMS);
    assert_reached(&page, 4, CHANNEL_SMS);
    recipients_close(&r);
}

/* --- what is counted is what is read --- */

/* Every way to stand: numbers 0 none, 1 own, 2 shared, 3 suppressed; words 0 granted, 1 withdrawn,
 * 2 none; refusals 0 none, 1 of all, 2 of the sender alone; the same of mail. */
static void everybody(void)
{
    static const char *const statements[] = {
        "INSERT INTO customer (id, first_name, city, last_order_at, created_at, updated_at)"
        "SELECT seq, IF(seq MOD 11, 'N', ''), IF(seq MOD 13, 'Lyon', ''),"
        "       IF(seq MOD 17, NULL, '2025-01-01'), '2020-01-01', '2020-01-01'"
        "  FROM seq_1_to_864",
        "INSERT INTO contact_point (customer_id, channel, address, state, created_at)"
        "SELECT seq, 'sms', IF(seq MOD 4 = 2, CONCAT('+33699', LPAD(seq DIV 4 MOD 40, 6, '0')),"
        "                      CONCAT('+33600', LPAD(seq, 6, '0'))),"
        "       IF(seq MOD 4 = 3, 'suppressed', 'valid'), '2020-01-01'"
        "  FROM seq_1_to_864 WHERE seq MOD 4",
        "INSERT INTO consent_current (customer_id, channel, purpose, state, event_id, at)"
        "SELECT seq, 'sms', 'promo', IF(seq DIV 4 MOD 3, 'withdrawn', 'granted'), seq,"
        "       IF(seq MOD 5, '2025-06-01', '2021-01-01')"
        "  FROM seq_1_to_864 WHERE seq DIV 4 MOD 3 < 2",
        "INSERT IGNORE INTO opt_out (channel, address, sender, at)"
        "SELECT 'sms', p.address, IF(p.customer_id DIV 12 MOD 3 = 1, '', '" SENDER "'), NOW(6)"
        "  FROM contact_point p WHERE p.channel = 'sms' AND p.customer_id DIV 12 MOD 3"
        "   AND (p.address NOT LIKE '+33699%' OR p.address LIKE '%7')",
        "INSERT INTO contact_point (customer_id, channel, address, state, created_at)"
        "SELECT seq, 'email', IF(seq DIV 36 MOD 4 = 2, CONCAT('s', seq MOD 30, '@example.com'),"
        "                        CONCAT('o', seq, '@example.com')),"
        "       IF(seq DIV 36 MOD 4 = 3, 'suppressed', 'valid'), '2020-01-01'"
        "  FROM seq_1_to_864 WHERE seq DIV 36 MOD 4",
        "INSERT INTO consent_current (customer_id, channel, purpose, state, event_id, at)"
        "SELECT seq, 'email', 'promo', IF(seq DIV 144 MOD 3, 'withdrawn', 'granted'), 1000 + seq,"
        "       IF(seq MOD 7, '2025-06-01', '2021-01-01')"
        "  FROM seq_1_to_864 WHERE seq DIV 144 MOD 3 < 2",
        "INSERT IGNORE INTO opt_out (channel, address, sender, at)"
        "SELECT 'email', p.address, '', NOW(6)"
        "  FROM contact_point p WHERE p.channel = 'email' AND p.customer_id DIV 432 MOD 2"
        "   AND (p.address LIKE 'o%' OR p.address LIKE 's7@%')",
        "INSERT INTO consent_current (customer_id, channel, purpose, state, event_id, at)"
        "SELECT seq, IF(seq MOD 3, 'sms', 'email'), 'service', 'withdrawn', 2000 + seq, NOW(6)"
        "  FROM seq_1_to_864 WHERE seq MOD 9 < 2",
    };

    for (size_t i = 0; i < sizeof(statements) / sizeof(statements[0]); i++)
        testdb_sql(statements[i]);
    crowd_settle();
}

struct tally {
    uint64_t reached[CHANNEL_EMAIL + 1], excluded[EXCLUSION_COUNT];
};

static void tally(const struct recipients_page *page, struct tally *t)
{
    memset(t, 0, sizeof(*t));
    for (size_t i = 0; i < page->n; i++) {
        if (page->list[i].reached)
            t->reached[page->list[i].channel]++;
        else
            t->excluded[page->list[i].why]++;
    }
}

static void compare(const struct recipients_spec *spec)
{
    static const char *const prefixes[] = { "+336" };
    const struct recipients_zones zones = { .prefixes = { prefixes[0] }, .n = 1 };
    struct recipients_count count;
    struct recipients_page page;
    struct recipients r;
    struct tally t;

    open_recipients(spec, &r);
    read_all(&r, &page);
    tally(&page, &t);
    assert_int_equal(recipients_count(db, &r, &zones, &arena, &count), RC_OK);
    recipients_close(&r);
    assert_int_equal(page.n, EVERYBODY);
    assert_int_equal(count.audience, EVERYBODY);
    for (int e = 0; e < EXCLUSION_COUNT; e++) {
        if (count.excluded[e] != t.excluded[e])
            fail_msg("%s, class %d: %s was counted %llu times and read %llu times",
                     reach_name(spec->reach), spec->class, exclusion_name((enum exclusion)e),
                     (unsigned long long)count.excluded[e], (unsigned long long)t.excluded[e]);
    }
    assert_int_equal(count.by_channel[CHANNEL_SMS], t.reached[CHANNEL_SMS]);
    assert_int_equal(count.by_channel[CHANNEL_EMAIL], t.reached[CHANNEL_EMAIL]);
    assert_int_equal(count.by_zone[0] + count.by_zone[1], t.reached[CHANNEL_SMS]);
    assert_int_equal(count.reached, t.reached[CHANNEL_SMS] + t.reached[CHANNEL_EMAIL]);
    for (int c = CHANNEL_SMS; c <= CHANNEL_EMAIL; c++)
        assert_int_equal(t.reached[c] > 0, reach_has(spec->reach, (enum channel)c));
}

static void what_is_counted_is_what_is_read(void **state)
{
    static const enum message_class classes[] = { CLASS_SERVICE, CLASS_PROMO };

    (void)state;
    everybody();
    for (int reach = REACH_SMS; reach <= REACH_EMAIL_SMS; reach++) {
        for (int i = 0; i < 2; i++) {
            struct recipients_spec spec = spec_of((enum reach)reach, classes[i]);
            compare(&spec);
            spec.consents_since = SINCE;
            if (spec.class == CLASS_PROMO)
                compare(&spec);
        }
    }
}

/* --- names --- */

static void the_four_ways_have_names(void **state)
{
    enum reach reach = REACH_SMS;

    (void)state;
    for (int i = REACH_SMS; i <= REACH_EMAIL_SMS; i++) {
        assert_int_equal(reach_parse(reach_name((enum reach)i), &reach), RC_OK);
        assert_int_equal(reach, i);
    }
    assert_int_equal(reach_parse("sms,sms", &reach), RC_INVALID);
    assert_int_equal(reach_parse("", &reach), RC_INVALID);
    assert_int_equal(reach_channels(REACH_EMAIL_SMS), 2);
    assert_int_equal(reach_channel(REACH_EMAIL_SMS, 1), CHANNEL_SMS);
    assert_false(reach_has(REACH_EMAIL, CHANNEL_SMS));
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, fresh, close_db)
    const struct CMUnitTest tests[] = {
        TEST(who_may_not_be_sent_an_sms_gets_a_mail),
        TEST(the_other_way_round_the_reason_is_that_of_mail),
        TEST(by_mail_alone_no_number_counts),
        TEST(a_hole_in_one_text_does_not_matter_to_who_gets_the_other),
        TEST(a_family_with_one_address_gets_one_mail_and_each_phone_its_sms),
        TEST(what_is_counted_is_what_is_read),
        cmocka_unit_test(the_four_ways_have_names),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
