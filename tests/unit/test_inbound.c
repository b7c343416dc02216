/* test_inbound.c - the transactions of inbound messages: parts, keywords, answers, replies. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "store/db.h"
#include "store/inbound.h"
#include "store/timed_id.h"
#include "tests/support/crowd.h"
#include "tests/support/testdb.h"

#define PHONE "+33600000001"
#define CODE  "36123"
#define HOUR  (3600 * USEC_PER_SEC)

static struct db *db;
static struct arena arena;
static struct inbound_outcome outcome;
static struct keyword_book *book;
static struct inbound_rules rules;
static utc_us now;

static int fresh(void **state)
{
    static const char *const words[] = { "horaires" };

    (void)state;
    testdb_reset();
    db = testdb_open();
    arena_init(&arena);
    now = clock_now();
    book = keyword_book_new();
    rules = (struct inbound_rules){ .stop = "Fini.",
                                    .start = "Re.",
                                    .help = "STOP?",
                                    .sender = "38000",
                                    .expires_s = 600,
                                    .parts_wait_s = 3600,
                                    .keywords = book };
    return keyword_book_add(
        book, &(struct keyword_entry){ "hours", KEYWORD_ANSWER, "9h", words, 1 }, NULL);
}

static int done(void **state)
{
    (void)state;
    keyword_book_free(book);
    arena_close(&arena);
    db_close(db);
    return 0;
}

static struct inbound_item whole(const char *text)
{
    return (struct inbound_item){ .at = now,
                                  .carrier_id = 1,
                                  .from = PHONE,
                                  .to = CODE,
                                  .text = text,
                                  .keyword = keyword_find(book, text) };
}

static void record(const struct inbound_item *items, size_t n)
{
    uint64_t first_id = 0;

    assert_int_equal(inbound_record(db, items, n, &rules, now, &first_id, &arena, &outcome), RC_OK);
}

static void one(const char *text)
{
    struct inbound_item item = whole(text);

    record(&item, 1);
}

static void part_of(const char *from, uint16_t ref, unsigned number, unsigned total,
                    const char *text)
{
    const struct inbound_part part = {
        .ref = ref,
        .total = (uint8_t)total,
        .number = (uint8_t)number,
        .data = { .bytes = (const uint8_t *)text, .len = strlen(text) },
    };
    struct inbound_item item = whole("");

    item.from = from;
    item.part = &part;
    record(&item, 1);
}

static void part(uint16_t ref, unsigned number, unsigned total, const char *text)
{
    part_of(PHONE, ref, number, total, text);
}

static void tidy(utc_us at)
{
    do
        assert_int_equal(inbound_tidy(db, &rules, at, &arena, &outcome), RC_OK);
    while (outcome.more);
}

struct listed {
    size_t n;
    char texts[2000];
    struct inbound_view first; /* numbers only */
};

static void see(void *arg, const struct inbound_view *v)
{
    struct listed *l = arg;
    size_t len = strlen(l->texts);

    if (l->n++ == 0) {
        l->first = *v;
        l->first.text = l->first.from = l->first.keyword = NULL;
    }
    snprintf(l->texts + len, sizeof(l->texts) - len, "%s%s%s|", v->text, v->incomplete ? "!" : "",
             *v->keyword ? " #" : "");
    len = strlen(l->texts);
    if (*v->keyword)
        snprintf(l->texts + len - 1, sizeof(l->texts) - len + 1, "%s|", v->keyword);
}

static struct listed list(const struct inbound_filter *filter)
{
    struct listed l = { .n = 0 };

    assert_int_equal(inbound_list(db, filter, see, &l), RC_OK);
    return l;
}

/* All texts, the newest first, "|" behind each; "!" when it is incomplete, " #" and its keyword. */
static const char *all(void)
{
    static struct listed l;

    l = list(&(struct inbound_filter){ .limit = 100 });
    return l.texts;
}

static uint64_t parts_kept(void)
{
    return crowd_count("SELECT COUNT(*) FROM inbound_part");
}

/* --- parts --- */

static void parts_are_joined_in_whatever_order_they_come(void **state)
{
    (void)state;
    part(7, 3, 3, "trois");
    part(7, 1, 3, "un ");
    assert_string_equal(all(), "");
    part(7, 2, 3, "deux ");
    assert_string_equal(all(), "un deux trois|");
    assert_int_equal(list(&(struct inbound_filter){ .limit = 1 }).first.parts, 3);
}

static void all_parts_may_come_in_one_batch(void **state)
{
    const struct inbound_part parts[] = {
        { .ref = 1, .total = 2, .number = 2, .data = { .bytes = (const uint8_t *)"b", .len = 1 } },
        { .ref = 1, .total = 2, .number = 2, .data = { .bytes = (const uint8_t *)"b", .len = 1 } },
        { .ref = 1, .total = 2, .number = 1, .data = { .bytes = (const uint8_t *)"a", .len = 1 } },
    };
    struct inbound_item items[4];

    (void)state;
    for (size_t i = 0; i < 4; i++)
        items[i] = whole("entier");
    for (size_t i = 0; i < 3; i++)
        items[i].part = &parts[i];
    record(items, 4);
    assert_string_equal(all(), "entier|ab|");
}

static void a_part_that_comes_twice_counts_once(void **state)
{
    (void)state;
    part(7, 1, 2, "un ");
    part(7, 1, 2, "un ");
    assert_int_equal(parts_kept(), 1);
    part(7, 2, 2, "deux");
    part(7, 2, 2, "deux"); /* when the message is complete, too */
    part(7, 1, 2, "un ");
    assert_string_equal(all(), "un deux|");
    assert_int_equal(parts_kept(), 2);
}

static void the_same_reference_again_is_another_message(void **state)
{
    (void)state;
    part(7, 1, 2, "un ");
    part(7, 1, 2, "hum ");
    part(7, 2, 2, "deux"); /* of the newer */
    assert_string_equal(all(), "hum deux|");
    part(7, 2, 2, "trois");
    assert_string_equal(all(), "un trois|hum deux|");
    part(7, 2, 2, "encore");
    part(7, 1, 2, "et ");
    assert_string_equal(all(), "et encore|un trois|hum deux|");
}

static void messages_of_others_are_not_mixed_in(void **state)
{
    (void)state;
    part(7, 1, 2, "un ");
    part_of("+33600000002", 7, 2, 2, "autre");
    part(8, 2, 2, "ref");
    part(7, 2, 3, "total");
    assert_string_equal(all(), "");
    part(7, 2, 2, "deux");
    assert_string_equal(all(), "un deux|");
}

static void a_stop_in_several_parts_is_a_stop_once(void **state)
{
    (void)state;
    crowd_add(&(struct person){ .id = 1, .phone = PHONE, .sms = "granted" });
    part(7, 2, 2, " merci");
    part(7, 1, 2, "Bonjour, STOP svp");
    assert_int_equal(outcome.n_stopped, 1);
    assert_string_equal(outcome.stopped[0], PHONE);
    assert_int_equal(outcome.answered, 1);
    assert_true(outcome.more); /* its customers follow */
    part(7, 1, 2, "Bonjour, STOP svp");
    assert_int_equal(outcome.answered, 0);
    tidy(now);
    assert_string_equal(all(), "Bonjour, STOP svp merci #stop|");
    assert_int_equal(crowd_count("SELECT COUNT(*) FROM opt_out WHERE address = '" PHONE "'"), 1);
    assert_int_equal(crowd_count("SELECT COUNT(*) FROM consent_current WHERE state = 'withdrawn'"),
                     1);
    assert_int_equal(crowd_count("SELECT COUNT(*) FROM message WHERE text = 'Fini.'"), 1);
}

static void missing_parts_are_given_up_and_shown(void **state)
{
    (void)state;
    part(7, 1, 4, "un");
    part(7, 3, 4, "trois");
    part(8, 1, 2, "fini ");
    part(8, 2, 2, "bien");
    tidy(now + HOUR - USEC_PER_SEC);
    assert_string_equal(all(), "fini bien|");
    tidy(now + HOUR + USEC_PER_SEC);
    assert_string_equal(all(), "un[...]trois[...]!|fini bien|");
    assert_int_equal(parts_kept(), 0);
    assert_int_equal(crowd_count("SELECT COUNT(*) FROM inbound_whole"), 0);
    assert_int_equal(
        crowd_count("SELECT COUNT(*) FROM inbound_message WHERE incomplete AND parts = 4"), 1);
}

static void what_is_left_of_a_stop_is_a_stop_and_of_a_start_is_none(void **state)
{
    (void)state;
    part(7, 1, 2, "STOP ");
    part(8, 1, 2, "START ");
    part(9, 2, 2, "horaires");
    tidy(now + 2 * HOUR);
    assert_int_equal(crowd_count("SELECT COUNT(*) FROM opt_out"), 1);
    assert_int_equal(crowd_count("SELECT COUNT(*) FROM inbound_message WHERE keyword = 'stop'"), 1);
    assert_int_equal(crowd_count("SELECT COUNT(*) FROM inbound_message WHERE keyword = ''"), 2);
}

static void giving_up_goes_in_bounded_steps(void **state)
{
    char from[20];

    (void)state;
    for (unsigned i = 0; i < 250; i++) {
        snprintf(from, sizeof(from), "+336%08u", i);
        part_of(from, 1, 1, 2, "a");
    }
    assert_int_equal(inbound_tidy(db, &rules, now + 2 * HOUR, &arena, &outcome), RC_OK);
    assert_true(outcome.more);
    assert_int_equal(crowd_count("SELECT COUNT(*) FROM inbound_message"), 100);
    tidy(now + 2 * HOUR);
    assert_int_equal(crowd_count("SELECT COUNT(*) FROM inbound_message"), 250);
}

static void a_sender_of_endless_beginnings_keeps_twenty(void **state)
{
    (void)state;
    for (uint16_t ref = 0; ref < 50; ref++)
        part(ref, 1, 2, "debut");
    assert_int_equal(crowd_count("SELECT COUNT(*) FROM inbound_whole"), 20);
    assert_int_equal(parts_kept(), 20);
    assert_int_equal(crowd_count("SELECT COUNT(*) FROM inbound_message WHERE incomplete"), 30);
}

static void a_batch_given_again_is_not_recorded_twice(void **state)
{
    const struct inbound_part first = {
        .ref = 1, .total = 2, .number = 1, .data = { .bytes = (const uint8_t *)"a", .len = 1 }
    };
    struct inbound_item items[] = { whole(""), whole("x"), whole("STOP") };
    uint64_t first_id = 0;

    (void)state;
    items[0].part = &first;
    for (int i = 0; i < 2; i++)
        assert_int_equal(inbound_record(db, items, 3, &rules, now, &first_id, &arena, &outcome),
                         RC_OK);
    assert_string_equal(all(), "STOP #stop|x|");
    assert_int_equal(parts_kept(), 1);
}

/* --- keywords --- */

static void a_keyword_of_ones_own_is_answered_once_an_hour(void **state)
{
    struct inbound_item twice[] = { whole("horaires"), whole("Horaires ?") };

    (void)state;
    crowd_add(&(struct person){ .id = 1, .phone = PHONE });
    record(twice, 2);
    assert_int_equal(outcome.answered, 1);
    one("HORAIRES svp");
    assert_int_equal(outcome.answered, 0);
    one("aide"); /* another keyword, another answer */
    assert_int_equal(outcome.answered, 1);
    testdb_sql("UPDATE inbound_message SET id = id - (3601 << 20)");
    one("horaires");
    assert_int_equal(outcome.answered, 1);
    assert_int_equal(crowd_count("SELECT COUNT(*) FROM message WHERE text = '9h' AND class ="
                                 " 'service' AND legal_basis = 'answer_to_keyword' AND sender ="
                                 " '" CODE "' AND customer_id = 1"),
                     2);
    assert_int_equal(crowd_count("SELECT COUNT(*) FROM inbound_message WHERE keyword = 'hours'"),
                     4);
}

static void stops_in_one_batch_take_their_order(void **state)
{
    struct inbound_item items[] = { whole("stop"), whole("start"), whole("stop"), whole("stop") };

    (void)state;
    crowd_add(&(struct person){ .id = 1, .phone = PHONE, .sms = "granted" });
    record(items, 4);
    assert_int_equal(outcome.answered, 3);
    assert_int_equal(crowd_count("SELECT COUNT(*) FROM opt_out"), 1);
    assert_int_equal(crowd_count("SELECT COUNT(*) FROM consent_event"), 3);
}

/* --- replies --- */

static void sent(uint64_t id, uint64_t customer, const char *sender, const char *state)
{
    char sql[400];

    snprintf(sql, sizeof(sql),
             "INSERT INTO message SET id = %llu, customer_id = %llu, channel = 'sms', class ="
             " 'promo', state = '%s', address = '" PHONE "', sender = '%s', text = 'Bonjour',"
             " encoding = 'gsm7', parts = 1, created_at = '2026-01-01', expires_at = '2026-01-02'",
             (unsigned long long)id, (unsigned long long)customer, state, sender);
    testdb_sql(sql);
}

static uint64_t replied_to(const char *text)
{
    one(text);
    return list(&(struct inbound_filter){ .limit = 1 }).first.answers_message_id;
}

static void a_reply_names_the_newest_message_from_where_it_went_to(void **state)
{
    uint64_t hour_ago = timed_id_at(now - HOUR), week_ago = timed_id_at(now - 8 * 24 * HOUR);

    (void)state;
    crowd_add(&(struct person){ .id = 1, .phone = PHONE });
    crowd_add(&(struct person){ .id = 2, .phone = PHONE });
    assert_int_equal(replied_to("a"), 0);
    sent(week_ago, 1, CODE, "delivered");
    assert_int_equal(replied_to("b"), 0);
    sent(hour_ago, 2, CODE, "delivered");
    sent(hour_ago + 1, 1, "Marque", "accepted");
    sent(hour_ago + 2, 1, CODE, "cancelled");
    sent(hour_ago + 3, 1, CODE, "queued");
    assert_int_equal(replied_to("c"), hour_ago);
    testdb_sql("DELETE FROM message WHERE sender = '" CODE "'");
    assert_int_equal(replied_to("d"), hour_ago + 1); /* nobody answers a name, but they do */
}

/* In one transaction: what is looked up for one is not taken for the next. */
static void replies_that_come_together_have_each_its_own_customer_and_message(void **state)
{
    static char numbers[30][20];
    struct inbound_item items[30];

    (void)state;
    for (uint64_t i = 0; i < 30; i++) {
        char sql[200];
        snprintf(numbers[i], sizeof(numbers[i]), "+336111111%02u", (unsigned)i);
        crowd_add(&(struct person){ .id = i + 1, .phone = numbers[i] });
        sent(timed_id_at(now - HOUR) + i, i + 1, CODE, "delivered");
        snprintf(sql, sizeof(sql), "UPDATE message SET address = '%s' WHERE customer_id = %u",
                 numbers[i], (unsigned)i + 1);
        testdb_sql(sql);
        items[i] = whole("oui");
        items[i].from = numbers[i];
    }
    record(items, 30);
    assert_int_equal(crowd_count("SELECT COUNT(*) FROM inbound_message i"
                                 "  JOIN contact_point p ON p.address = i.from_address"
                                 "  JOIN message m ON m.id = i.answers_message_id"
                                 " WHERE i.customer_id = p.customer_id"
                                 "   AND m.customer_id = p.customer_id"),
                     30);
}

static void see_reply(void *arg, const struct inbound_view *v)
{
    strcat(arg, v->text);
}

static void a_message_knows_its_replies(void **state)
{
    uint64_t hour_ago = timed_id_at(now - HOUR);
    char texts[100] = "";

    (void)state;
    crowd_add(&(struct person){ .id = 1, .phone = PHONE });
    sent(hour_ago, 1, CODE, "delivered");
    one("un ");
    one("deux");
    assert_int_equal(inbound_replies(db, hour_ago, PHONE, see_reply, texts), RC_OK);
    assert_string_equal(texts, "un deux");
    /* The first reply of the very second in which the message was made. */
    testdb_sql("UPDATE inbound_message SET id = ((id >> 20) - 3600) << 20 WHERE text = 'un '");
    testdb_sql("UPDATE inbound_message SET answers_message_id = id + 7 WHERE text = 'un '");
    texts[0] = '\0';
    assert_int_equal(inbound_replies(db,
                                     crowd_count("SELECT id + 7 FROM inbound_message"
                                                 " WHERE text = 'un '"),
                                     PHONE, see_reply, texts),
                     RC_OK);
    assert_string_equal(texts, "un ");
}

/* --- the list --- */

static void the_list_is_filtered_and_paged(void **state)
{
    struct listed l;

    (void)state;
    one("a");
    one("horaires");
    part_of("+33600000002", 1, 1, 2, "b");
    part_of("+33600000002", 1, 2, 2, "c");
    one("stop");
    l = list(&(struct inbound_filter){ .limit = 2 });
    assert_string_equal(l.texts, "stop #stop|bc|");
    l = list(&(struct inbound_filter){ .limit = 1 });
    l = list(&(struct inbound_filter){ .limit = 9, .before = l.first.id });
    assert_string_equal(l.texts, "bc|horaires #hours|a|");
    l = list(&(struct inbound_filter){ .limit = 9, .from = "+33600000002" });
    assert_string_equal(l.texts, "bc|");
    l = list(&(struct inbound_filter){ .limit = 9, .keyword = "hours" });
    assert_string_equal(l.texts, "horaires #hours|");
    l = list(&(struct inbound_filter){ .limit = 9, .keyword = "stop", .from = PHONE });
    assert_string_equal(l.texts, "stop #stop|");
    l = list(&(struct inbound_filter){ .limit = 9, .since = now + HOUR });
    assert_int_equal(l.n, 0);
}

static void a_message_is_a_contact(void **state)
{
    struct inbound_contact contacts[] = { { PHONE, now - HOUR / 2 },
                                          { "+33600000003", now },
                                          { PHONE, now },
                                          { PHONE, now - HOUR / 4 } };

    (void)state;
    crowd_add(&(struct person){ .id = 1, .phone = PHONE });
    crowd_add(&(struct person){ .id = 2, .phone = "+33600000002" });
    assert_int_equal(inbound_contacted(db, contacts, 4), RC_OK);
    assert_int_equal(
        crowd_count("SELECT COUNT(*) FROM customer WHERE last_contact_at > UTC_TIMESTAMP() -"
                    " INTERVAL 10 MINUTE"),
        1);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, fresh, done)
    const struct CMUnitTest tests[] = {
        TEST(parts_are_joined_in_whatever_order_they_come),
        TEST(all_parts_may_come_in_one_batch),
        TEST(a_part_that_comes_twice_counts_once),
        TEST(the_same_reference_again_is_another_message),
        TEST(messages_of_others_are_not_mixed_in),
        TEST(a_stop_in_several_parts_is_a_stop_once),
        TEST(missing_parts_are_given_up_and_shown),
        TEST(what_is_left_of_a_stop_is_a_stop_and_of_a_start_is_none),
        TEST(giving_up_goes_in_bounded_steps),
        TEST(a_sender_of_endless_beginnings_keeps_twenty),
        TEST(a_batch_given_again_is_not_recorded_twice),
        TEST(a_keyword_of_ones_own_is_answered_once_an_hour),
        TEST(stops_in_one_batch_take_their_order),
        TEST(a_reply_names_the_newest_message_from_where_it_went_to),
        TEST(replies_that_come_together_have_each_its_own_customer_and_message),
        TEST(a_message_knows_its_replies),
        TEST(the_list_is_filtered_and_paged),
        TEST(a_message_is_a_contact),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
