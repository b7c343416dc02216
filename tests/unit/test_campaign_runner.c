/* test_campaign_runner.c - the runner on a real loop, lane and database. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <event2/event.h>

#include "base/lane.h"
#include "flow/campaign.h"
#include "store/db.h"
#include "tests/support/crowd.h"
#include "tests/support/testdb.h"

#define PEOPLE     1000
#define PATIENCE_S 20

static const struct campaign_settings settings = {
    .promo_sender = "36123", .service_sender = "38123", .currency = "EUR", .page = 20
};

static struct db *db;
static struct event_base *base;
static struct lane_pool *pool;
static unsigned told; /* how often the runner said that something was queued */

static void *open_lane(void *arg, unsigned lane)
{
    (void)arg;
    return testdb_open_lane(10 + lane);
}

static void close_lane(void *resource)
{
    db_close(resource);
}

static const struct lane_ops lane_ops = { .open = open_lane, .close = close_lane };

static int fresh(void **state)
{
    (void)state;
    testdb_reset();
    db = testdb_open();
    base = event_base_new();
    pool = lane_pool_new(base, "work", 2, 16, &lane_ops);
    told = 0;
    return base && pool ? 0 : -1;
}

static int close_all(void **state)
{
    (void)state;
    lane_pool_free(pool);
    event_base_free(base);
    db_close(db);
    return 0;
}

static void on_queued(void *arg)
{
    (void)arg;
    told++;
}

static struct campaign_runner *new_runner(void)
{
    return campaign_runner_new(base, pool, &settings, on_queued, NULL);
}

static void stop(struct campaign_runner *runner)
{
    campaign_runner_stop(runner);
    while (campaign_runner_busy(runner))
        event_base_loop(base, EVLOOP_ONCE);
    campaign_runner_free(runner);
}

static uint64_t started_campaign(void)
{
    const struct campaign_plan plan = { .name = "Soldes", .class = CLASS_PROMO, .body = "Bonjour" };
    uint64_t id;

    assert_int_equal(campaign_create(db, &plan, &settings, &id, NULL), RC_OK);
    assert_int_equal(campaign_start(db, id, "test", NULL), RC_OK);
    return id;
}

static void until(uint64_t id, enum campaign_state wanted)
{
    int64_t limit = clock_monotonic_us() + PATIENCE_S * USEC_PER_SEC;
    struct campaign c;

    do {
        assert_int_equal(campaign_read(db, id, &c), RC_OK);
        if (c.state == wanted)
            return;
        event_base_loop(base, EVLOOP_ONCE);
    } while (clock_monotonic_us() < limit);
    fail_msg("campaign is %s, expected %s", campaign_state_name(c.state),
             campaign_state_name(wanted));
}

static void a_started_campaign_is_expanded_sent_and_done(void **state)
{
    struct campaign_runner *runner = new_runner();
    uint64_t id;

    (void)state;
    crowd_fill(1, PEOPLE);
    id = started_campaign();
    campaign_runner_kick(runner);
    until(id, CAMPAIGN_SENDING);
    assert_int_equal(crowd_count("SELECT COUNT(*) FROM message"), PEOPLE);
    while (told < PEOPLE / 20 / 4) /* of some pages each */
        event_base_loop(base, EVLOOP_ONCE);
    testdb_sql("DELETE FROM outbox_slice");
    until(id, CAMPAIGN_DONE);
    stop(runner);
}

static void stopped_at_any_time_it_goes_on_later_without_doubles(void **state)
{
    uint64_t id;
    unsigned runs = 0;
    struct campaign c;

    (void)state;
    crowd_fill(1, PEOPLE);
    id = started_campaign();
    do {
        struct campaign_runner *runner = new_runner();
        event_base_loop(base, EVLOOP_ONCE);
        stop(runner);
        assert_int_equal(campaign_read(db, id, &c), RC_OK);
        runs++;
    } while (c.state == CAMPAIGN_EXPANDING);
    assert_true(runs > 3);
    assert_int_equal(c.messages, PEOPLE);
    assert_int_equal(crowd_count("SELECT COUNT(*) FROM message"), PEOPLE);
    assert_int_equal(crowd_count("SELECT COUNT(DISTINCT address) FROM message"), PEOPLE);
}

static void a_cancelled_campaign_is_cleared_away(void **state)
{
    struct campaign_runner *runner;
    int64_t limit;
    uint64_t id;

    (void)state;
    crowd_fill(1, PEOPLE);
    id = started_campaign();
    runner = new_runner();
    until(id, CAMPAIGN_SENDING);
    assert_int_equal(campaign_cancel(db, id, "test", NULL), RC_OK);
    campaign_runner_kick(runner);
    limit = clock_monotonic_us() + PATIENCE_S * USEC_PER_SEC;
    while (crowd_count("SELECT COUNT(*) FROM outbox_slice") && clock_monotonic_us() < limit)
        event_base_loop(base, EVLOOP_ONCE);
    assert_int_equal(crowd_count("SELECT COUNT(*) FROM message WHERE state = 'cancelled'"), PEOPLE);
    stop(runner);
}

static void another_node_at_work_is_left_alone(void **state)
{
    struct campaign_runner *runner;
    struct campaign c;
    uint64_t id;

    (void)state;
    crowd_fill(1, 10);
    id = started_campaign();
    testdb_sql("INSERT INTO lease VALUES ('campaign', 2, 7, UTC_TIMESTAMP() + INTERVAL 10 MINUTE)");
    runner = new_runner();
    while (campaign_runner_busy(runner))
        event_base_loop(base, EVLOOP_ONCE);
    assert_int_equal(campaign_read(db, id, &c), RC_OK);
    assert_int_equal(c.messages, 0);
    testdb_sql("UPDATE lease SET expires_at = '2020-01-01'");
    until(id, CAMPAIGN_SENDING);
    assert_int_equal(crowd_count("SELECT fence FROM lease WHERE name = 'campaign'"), 8);
    stop(runner);
}

static void a_rule_that_became_unanswerable_pauses_its_campaign(void **state)
{
    struct campaign_runner *runner;
    uint64_t id;

    (void)state;
    crowd_fill(1, 10);
    id = started_campaign();
    testdb_sql("UPDATE campaign SET audience = 'category = gone'");
    runner = new_runner();
    until(id, CAMPAIGN_PAUSED);
    stop(runner);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, fresh, close_all)
    const struct CMUnitTest tests[] = {
        TEST(a_started_campaign_is_expanded_sent_and_done),
        TEST(stopped_at_any_time_it_goes_on_later_without_doubles),
        TEST(a_cancelled_campaign_is_cleared_away),
        TEST(another_node_at_work_is_left_alone),
        TEST(a_rule_that_became_unanswerable_pauses_its_campaign),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
