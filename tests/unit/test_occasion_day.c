/* test_occasion_day.c - occasions: rehearsals, two runners at once, hours and languages. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "store/db.h"
#include "store/send_window.h"
#include "store/template.h"
#include "tests/support/crowd.h"
#include "tests/support/occasion_rig.h"
#include "tests/support/testdb.h"

/* --- two at once --- */

struct racer {
    pthread_t thread;
    struct db *db;
    uint64_t messages, lost;
    bool failed;
};

static void *race(void *arg)
{
    struct racer *r = arg;
    struct occasion_work work[16];
    size_t n = 1;

    while (n && !r->failed) {
        if (occasion_find_work(r->db, clock_now(), work, 16, &n)) {
            r->failed = true;
            break;
        }
        for (size_t i = 0; i < n; i++) {
            struct occasion_step step = { .events = 0 };
            enum rc rc = occasion_step(r->db, work[i].id, &rig_settings, &step);
            r->messages += rc ? 0 : step.messages;
            r->lost += rc == RC_CONFLICT;
            r->failed |= rc && rc != RC_CONFLICT && rc != RC_AGAIN;
        }
    }
    return r;
}

static void two_runners_at_once_send_each_message_once(void **state)
{
    struct racer racers[2] = { { .db = testdb_open_lane(20) }, { .db = testdb_open_lane(21) } };

    (void)state;
    set_on(&(struct occasion_plan){
        .name = "announce", .kind = "delivery_announced", .body = "Colis {{order_number}}" });
    crowd_fill(1, 3000);
    testdb_sql("INSERT INTO customer_order (id, partner_id, order_number, customer_id, status,"
               " window_from, ordered_at, import_id, import_row, content_hash)"
               " SELECT seq, 1, CONCAT('X', seq), seq, 'planned', '2026-11-20', '2026-11-01', 1, 1,"
               " '' FROM seq_1_to_3000");
    testdb_sql("INSERT INTO occasion_event SELECT 1, seq, seq, 0, '2026-11-02 08:00:01',"
               " '2026-11-02 08:00:01' FROM seq_1_to_3000");
    set_clock(at(2026, 11, 2, 9, 0));
    for (int i = 0; i < 2; i++)
        assert_int_equal(pthread_create(&racers[i].thread, NULL, race, &racers[i]), 0);
    for (int i = 0; i < 2; i++) {
        pthread_join(racers[i].thread, NULL);
        db_close(racers[i].db);
        assert_false(racers[i].failed);
    }
    assert_int_equal(racers[0].messages + racers[1].messages, 3000);
    assert_int_equal(COUNT("message"), 3000);
    assert_int_equal(crowd_count("SELECT COUNT(DISTINCT customer_id, text) FROM message"), 3000);
    assert_int_equal(
        crowd_count("SELECT CAST(SUM(last_id + 1 - id) AS UNSIGNED) FROM outbox_slice"), 3000);
    assert_int_equal(COUNT("occasion_event"), 0);
    assert_int_equal(crowd_count("SELECT CAST(SUM(message_n) AS UNSIGNED) FROM campaign"), 3000);
}

/* --- rehearsal --- */

struct expected {
    char text[4000];
};

static void add_row(void *arg, const struct occasion_trial_row *row)
{
    struct expected *e = arg;
    size_t len = strlen(e->text);

    snprintf(e->text + len, sizeof(e->text) - len, "%llu %s%s;",
             (unsigned long long)row->customer_id, row->text, row->reason);
}

static struct occasion_trial try_day(const char *name, int month, int day, struct expected *rows)
{
    const struct civil date = { .year = 2026, .month = month, .day = day };
    struct occasion_trial trial;
    struct error err = { "" };
    struct arena arena;
    uint64_t id;

    rows->text[0] = '\0';
    arena_init(&arena);
    assert_int_equal(occasion_find(rig_db, name, &id), RC_OK);
    if (occasion_try(rig_db, id, &date, &rig_settings, 100, &arena, add_row, rows, &trial, &err))
        fail_msg("%s", err.text);
    arena_close(&arena);
    return trial;
}

/* What really happened, in the same form. */
static void read_log(const char *name, struct expected *rows)
{
    struct db_rows *r;

    rows->text[0] = '\0';
    assert_int_equal(db_query(rig_db,
                              "SELECT s.customer_id, COALESCE(m.text, ''), s.reason"
                              "  FROM occasion_sent s JOIN occasion o ON o.id = s.occasion_id"
                              "  LEFT JOIN message m ON m.id = s.message_id"
                              " WHERE o.name = ? ORDER BY s.reason = 'occasion_cap', s.customer_id",
                              DB_IN(db_text(name)), &r),
                     RC_OK);
    while (db_next(r)) {
        size_t len = strlen(rows->text);
        snprintf(rows->text + len, sizeof(rows->text) - len, "%llu %s%s;",
                 (unsigned long long)db_get_u64(r, 0), db_get_text(r, 1), db_get_text(r, 2));
    }
    assert_int_equal(db_rows_end(r), RC_OK);
}

static void a_rehearsal_of_a_past_day_says_what_then_happened(void **state)
{
    struct expected real, rehearsed;
    struct occasion_trial trial;

    (void)state;
    set_on(&(struct occasion_plan){ .name = "evening",
                                    .kind = "delivery_announced",
                                    .body = "Demain {{order_number}} {{delivery_window}}",
                                    .delay = "-1d",
                                    .at = "18:00",
                                    .cap = "1 in 3d",
                                    .audience = "city = Lyon" });
    order_is("C1", ORDER_PLANNED, at(2026, 11, 5, 8, 0));
    order_is("C2", ORDER_PLANNED, at(2026, 11, 5, 10, 0));
    order_is("C3", ORDER_PLANNED, at(2026, 11, 6, 8, 0)); /* another day */
    order_is("C4", ORDER_PLANNED, at(2026, 11, 5, 8, 0));
    take(&(struct delivery){ "KC1", "C9", "+33612340001", ORDER_PLANNED, at(2026, 11, 5, 8, 0),
                             clock_now() });
    set_clock(at(2026, 11, 4, 8, 0));
    order_is("C4", ORDER_CANCELLED, at(2026, 11, 5, 8, 0));
    live_until(at(2026, 11, 5, 12, 0));
    order_is("C1", ORDER_DELIVERED, at(2026, 11, 5, 8, 0));
    read_log("evening", &real);
    trial = try_day("evening", 11, 4, &rehearsed);
    assert_string_equal(rehearsed.text, real.text);
    assert_int_equal(trial.messages, 2);
    assert_int_equal(trial.overtaken, 1);
    assert_int_equal(trial.capped, 1);
    assert_int_equal(trial.bill.segments, 2);
    assert_int_equal(trial.bill.cents, 9);
    assert_int_equal(try_day("evening", 11, 5, &rehearsed).messages, 1);
    assert_int_equal(COUNT("message"), 2);
}

static void a_rehearsal_needs_no_occasion_that_was_on(void **state)
{
    struct expected rows;

    (void)state;
    order_is("C1", ORDER_PLANNED, at(2026, 11, 3, 8, 0));
    order_is("C2", ORDER_PLANNED, at(2026, 11, 3, 8, 0));
    set_clock(at(2026, 11, 3, 8, 30));
    order_is("C1", ORDER_OUT, at(2026, 11, 3, 8, 0));
    set_clock(at(2026, 11, 3, 9, 30));
    order_is("C1", ORDER_DELIVERED, at(2026, 11, 3, 8, 0));
    order_is("C2", ORDER_MISSED, at(2026, 11, 3, 8, 0));
    crowd_add(
        &(struct person){ 100, "+33600000001", "granted", .more = "birth_date = '1980-11-03'" });
    crowd_add(&(struct person){ 101, "+33600000002", NULL, .more = "birth_date = '1980-11-03'" });
    order_of_day(100, "2026-10-03");
    set(&(struct occasion_plan){ .name = "out", .kind = "delivery_out", .body = "Parti" });
    set(&(struct occasion_plan){ .name = "done", .kind = "delivery_done", .body = "Merci" });
    set(&(struct occasion_plan){ .name = "missed", .kind = "delivery_missed", .body = "Absent" });
    set(&(struct occasion_plan){ .name = "first", .kind = "first_order", .body = "Merci" });
    set(&(struct occasion_plan){ .name = "birthday", .kind = "birthday", .body = "Bravo" });
    set(&(struct occasion_plan){ .name = "back", .kind = "inactive", .body = "Ici", .days = 30 });
    set_clock(at(2026, 11, 20, 8, 0));
    try_day("out", 11, 3, &rows);
    assert_string_equal(rows.text, "1 Parti;");
    try_day("done", 11, 3, &rows);
    assert_string_equal(rows.text, "1 Merci;");
    try_day("missed", 11, 3, &rows);
    assert_string_equal(rows.text, "2 Absent;");
    try_day("first", 11, 2, &rows);
    assert_string_equal(rows.text, "1 Merci;2 Merci;");
    try_day("birthday", 11, 3, &rows);
    assert_string_equal(rows.text, "100 Bravo;101 no_consent;");
    try_day("back", 11, 3, &rows);
    assert_string_equal(rows.text, "100 Ici;");
    assert_int_equal(COUNT("message"), 0);
    assert_int_equal(COUNT("occasion_sent"), 0);
}

/* --- as campaigns --- */

static void a_promotion_waits_for_its_hours_or_is_not_made(void **state)
{
    struct calendar_rules hours = { .on_holidays = false };
    struct send_rules rules = { .timezone = "Europe/Paris", .country = "FR" };
    struct campaign_settings campaign = *rig_settings.campaign;
    struct expected rows;

    (void)state;
    assert_int_equal(hours_add(&hours.hours, "mon-sat 08:00-20:00", NULL), RC_OK);
    rules.promo = hours;
    campaign.rules = &rules;
    rig_settings.campaign = &campaign;
    crowd_add(
        &(struct person){ 1, "+33600000001", "granted", .more = "birth_date = '1980-11-14'" });
    crowd_add(
        &(struct person){ 2, "+33600000002", "granted", .more = "birth_date = '1980-11-15'" });
    set_on(&(struct occasion_plan){
        .name = "birthday", .kind = "birthday", .body = "Bravo", .at = "06:30" });
    live_until(at(2026, 11, 16, 12, 0));
    assert_int_equal(COUNT("outbox_slice WHERE due_at = '2026-11-14 07:00:00' AND window_id > 0"),
                     1);
    assert_int_equal(COUNT("message"), 1);
    assert_int_equal(COUNT("occasion_sent WHERE customer_id = 2 AND reason = 'quiet_hours'"), 1);
    assert_int_equal(try_day("birthday", 11, 15, &rows).quiet, 1);
    assert_int_equal(try_day("birthday", 11, 14, &rows).messages, 1);
}

static void each_customer_reads_it_in_a_language_of_the_template(void **state)
{
    const struct template_change changes[] = {
        { .name = "colis",
          .who = "test",
          .body = "Colis {{order_number}} le {{delivery_date}}",
          .kind = &(enum template_kind){ TEMPLATE_INFORMATIONAL } },
        { .name = "colis",
          .who = "test",
          .body = "Parcel {{order_number}}, {{delivery_date}}",
          .language = "en" },
    };
    const struct words_settings words = { .language = "fr",
                                          .senders = { .promo = "36123",
                                                       .service = "38123",
                                                       .identity = "",
                                                       .stop = "",
                                                       .stop_en = "" } };
    struct error err = { "" };
    uint64_t id;
    unsigned version;

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        if (template_change(rig_db, &changes[i], &words, &id, &version, &err))
            fail_msg("%s", err.text);
    }
    set_on(&(struct occasion_plan){
        .name = "announce", .kind = "delivery_announced", .template = "colis" });
    rig_language = "en";
    take(&(struct delivery){ "K1", "C1", "+33612340001", ORDER_PLANNED, at(2026, 11, 4, 8, 0),
                             clock_now() });
    assert_int_equal(tick(), 1);
    assert_text("Parcel C1, 4 Nov 2026");
    rig_language = "fr";
    take(&(struct delivery){ "K2", "C2", "+33612340002", ORDER_PLANNED, at(2026, 11, 4, 8, 0),
                             clock_now() });
    assert_int_equal(tick(), 1);
    assert_text("Colis C2 le 04/11/2026");
}

static void a_promotional_template_is_not_for_a_delivery(void **state)
{
    struct occasion_plan plan = { .name = "announce",
                                  .kind = "delivery_announced",
                                  .template = "promo",
                                  .days = -1,
                                  .expires_s = -1,
                                  .transliterate = -1 };
    struct error err = { "" };
    uint64_t id;

    (void)state;
    assert_int_equal(template_put(rig_db, "promo", "Soldes", &id, &err), RC_OK);
    assert_int_equal(occasion_set(rig_db, &plan, &rig_settings, "test", &id, &err), RC_INVALID);
    assert_non_null(strstr(err.text, "promotional"));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, rig_open, rig_close)
    const struct CMUnitTest tests[] = {
        TEST(two_runners_at_once_send_each_message_once),
        TEST(a_rehearsal_of_a_past_day_says_what_then_happened),
        TEST(a_rehearsal_needs_no_occasion_that_was_on),
        TEST(a_promotion_waits_for_its_hours_or_is_not_made),
        TEST(each_customer_reads_it_in_a_language_of_the_template),
        TEST(a_promotional_template_is_not_for_a_delivery),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
