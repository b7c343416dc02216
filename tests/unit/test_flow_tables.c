/* test_flow_tables.c - the small tables of flow: pace, receipt index, stop list, flights. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "flow/flight.h"
#include "flow/pace.h"
#include "flow/receipt_index.h"
#include "flow/stop_list.h"

#define SEC USEC_PER_SEC

static void a_carrier_that_never_complains_is_never_slowed(void **state)
{
    struct pace p;

    (void)state;
    pace_init(&p, 0);
    for (int64_t t = 0; t < 10 * SEC; t += SEC / 1000)
        pace_accepted(&p, t);
    assert_int_equal(pace_room(&p, 10 * SEC), UINT32_MAX);
}

/* A carrier that takes so many a second, refuses one in `every` besides, and answers after 50 ms.
 */
struct throttler {
    double per_second, tokens;
    unsigned every;
    unsigned accepted, refused, seen;
    unsigned ring[50][2]; /* answers under way: accepted, refused */
};

/* Feeds it as fast as the pace allows, at most 2,000 a second, for so many milliseconds from
 * `from`. */
static void feed(struct pace *p, struct throttler *c, int64_t from_ms, int64_t ms)
{
    for (int64_t t = from_ms; t < from_ms + ms; t++) {
        unsigned *answers = c->ring[t % 50];
        uint32_t room;
        for (; answers[0]; answers[0]--, c->accepted++)
            pace_accepted(p, t * 1000);
        for (; answers[1]; answers[1]--, c->refused++)
            pace_throttled(p, t * 1000);
        c->tokens += c->per_second / 1000;
        if (c->tokens > c->per_second / 10)
            c->tokens = c->per_second / 10;
        room = pace_room(p, t * 1000);
        for (unsigned i = 0; i < room && i < 2; i++) {
            bool refuse = c->tokens < 1 || (c->every && ++c->seen % c->every == 0);
            pace_sent(p);
            c->tokens -= !refuse;
            answers[refuse]++;
        }
    }
}

static void a_carrier_gets_nearly_what_it_takes_and_little_more(void **state)
{
    struct throttler c = { .per_second = 450 };
    struct pace p;

    (void)state;
    pace_init(&p, 0);
    feed(&p, &c, 0, 5000);
    c.accepted = c.refused = 0;
    feed(&p, &c, 5000, 30000);
    assert_in_range(c.accepted, 30 * 450 * 85 / 100, 30 * 450 + 50);
    assert_in_range(c.refused, 1, c.accepted * 8 / 100);
}

static void refusals_at_random_hardly_slow(void **state)
{
    struct throttler c = { .per_second = 5000, .every = 100 };
    struct pace p;

    (void)state;
    pace_init(&p, 0);
    feed(&p, &c, 0, 30000);
    assert_in_range(c.accepted, 30 * 2000 * 85 / 100, 30 * 2000);
}

static void a_refusal_after_a_pause_does_not_take_the_pause_for_the_rate(void **state)
{
    struct throttler c = { .per_second = 450 };
    struct pace p;

    (void)state;
    pace_init(&p, 0);
    feed(&p, &c, 0, 5000);
    pace_throttled(&p, 8 * SEC); /* three seconds without a link, and the first answer is a no */
    assert_true(p.rate > 150);
    c.accepted = 0;
    feed(&p, &c, 8000, 10000);
    assert_in_range(c.accepted, 10 * 450 * 70 / 100, 10 * 450 + 50);
}

static void a_wrong_guess_at_the_beginning_is_soon_put_right(void **state)
{
    struct throttler c = { .per_second = 5000 };
    struct pace p;

    (void)state;
    pace_init(&p, 0);
    pace_accepted(&p, 0);
    pace_throttled(&p, 0);
    assert_true(p.rate == 1);
    feed(&p, &c, 0, 20000);
    assert_true(p.rate > 500);
}

static void a_window_refused_together_slows_once(void **state)
{
    struct pace p;
    double rate = 0;
    unsigned changes = 0;

    (void)state;
    pace_init(&p, 0);
    for (int64_t t = 0; t < 2 * SEC; t += SEC / 1000) {
        pace_sent(&p);
        pace_accepted(&p, t);
    }
    for (int i = 0; i < 200; i++) {
        pace_throttled(&p, 2 * SEC + i * 100);
        changes += p.rate != rate;
        rate = p.rate;
    }
    assert_int_equal(changes, 1);
    assert_in_range((unsigned)rate, 880, 920);
}

static void the_limit_is_forgotten_when_refusals_stop(void **state)
{
    struct throttler c = { .per_second = 450 };
    struct pace p;

    (void)state;
    pace_init(&p, 0);
    feed(&p, &c, 0, 5000);
    assert_true(pace_room(&p, 5 * SEC) < 1000);
    assert_int_equal(pace_room(&p, 200 * SEC), UINT32_MAX);
}

static void a_carrier_that_refuses_everything_is_still_tried(void **state)
{
    struct pace p;

    (void)state;
    pace_init(&p, 0);
    for (int64_t t = 0; t < 30 * SEC; t += SEC)
        pace_throttled(&p, t);
    assert_int_equal(pace_room(&p, 31 * SEC), 1);
}

static void an_id_is_found_for_its_own_carrier_only(void **state)
{
    struct receipt_index *x = receipt_index_new(16);
    struct receipt_target t;

    (void)state;
    receipt_index_add(x, 1, "abc", &(struct receipt_target){ 7, 2, true });
    assert_true(receipt_index_find(x, 1, "abc", &t));
    assert_int_equal(t.message_id, 7);
    assert_int_equal(t.part, 2);
    assert_true(t.single);
    assert_false(receipt_index_find(x, 2, "abc", &t));
    assert_false(receipt_index_find(x, 1, "abcd", &t));
    receipt_index_free(x);
}

static void the_oldest_ids_give_way(void **state)
{
    struct receipt_index *x = receipt_index_new(64);
    char name[16];
    struct receipt_target t;

    (void)state;
    for (uint64_t i = 1; i <= 1000; i++) {
        snprintf(name, sizeof(name), "%u", (unsigned)i);
        receipt_index_add(x, 1, name, &(struct receipt_target){ .message_id = i });
    }
    for (uint64_t i = 1; i <= 1000; i++) {
        snprintf(name, sizeof(name), "%u", (unsigned)i);
        assert_int_equal(receipt_index_find(x, 1, name, &t), i > 1000 - 64);
    }
    receipt_index_free(x);
}

static void a_long_or_empty_id_is_left_to_the_database(void **state)
{
    struct receipt_index *x = receipt_index_new(16);
    const char *longer = "0123456789012345678901234567890123456789x";
    struct receipt_target t;

    (void)state;
    receipt_index_add(x, 1, longer, &(struct receipt_target){ .message_id = 7 });
    receipt_index_add(x, 1, "", &(struct receipt_target){ .message_id = 8 });
    assert_false(receipt_index_find(x, 1, longer, &t));
    assert_false(receipt_index_find(x, 1, "", &t));
    receipt_index_free(x);
}

static void a_stop_is_remembered_for_a_while_and_then_forgotten(void **state)
{
    struct stop_list *l = stop_list_new();

    (void)state;
    assert_false(stop_list_has(l, "+33612345678", 0));
    stop_list_add(l, "+33612345678", 0);
    assert_true(stop_list_has(l, "+33612345678", -60 * SEC));
    assert_true(stop_list_has(l, "+33612345678", 1 * SEC));
    assert_false(stop_list_has(l, "+33612345679", -60 * SEC));
    assert_false(stop_list_has(l, "+33612345678", 3 * SEC)); /* the claim saw it */
    stop_list_add(l, "+33612345679", 121 * SEC);
    assert_false(stop_list_has(l, "+33612345678", -60 * SEC));
    stop_list_free(l);
}

static struct claim_hold *hold_new(void)
{
    struct claim_hold *hold = calloc(1, sizeof(*hold));

    arena_init(&hold->arena);
    hold->users = 1;
    return hold;
}

static void an_answer_after_the_end_of_a_flight_finds_nothing(void **state)
{
    struct flights *t = flights_new();
    struct claim_hold *hold = hold_new();
    struct outbox_message m = { .id = 5, .slice = { 5, 0 }, .parts = 2 };
    struct outbox_slice_key key;
    struct flight *f = flight_new(t, hold, &m), *again;
    uint64_t token = flight_token(f, 1);
    unsigned part;

    (void)state;
    assert_int_equal(f->waiting, 3);
    assert_ptr_equal(flight_find(t, token, &part), f);
    assert_int_equal(part, 1);
    flight_end(t, f, &key);
    assert_null(flight_find(t, token, &part));
    for (int i = 0; i < 2000; i++) { /* whoever gets the slot next */
        again = flight_new(t, hold, &m);
        assert_null(flight_find(t, token, &part));
        flight_end(t, again, &key);
    }
    claim_hold_drop(hold);
    flights_free(t);
}

static void a_slice_is_closed_when_it_is_exhausted_and_all_are_answered(void **state)
{
    struct flights *t = flights_new();
    struct claim_hold *hold = hold_new();
    struct outbox_message m[2] = { { .id = 5, .slice = { 5, 0 }, .parts = 1 },
                                   { .id = 6, .slice = { 5, 0 }, .parts = 1 } };
    struct outbox_slice_claim claim = { .key = { 5, 0 }, .claimed = 1 };
    struct outbox_slice_key key = { 0 };
    struct flight *first = flight_new(t, hold, &m[0]), *second;

    (void)state;
    assert_false(flights_slice_claimed(t, &claim, &key));
    assert_false(flight_end(t, first, &key)); /* the slice has more to give */
    second = flight_new(t, hold, &m[1]);
    claim.exhausted = true;
    assert_false(flights_slice_claimed(t, &claim, &key)); /* one is still out */
    assert_true(flight_end(t, second, &key));
    assert_int_equal(key.id, 5);
    claim_hold_drop(hold);
    flights_free(t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_carrier_that_never_complains_is_never_slowed),
        cmocka_unit_test(a_carrier_gets_nearly_what_it_takes_and_little_more),
        cmocka_unit_test(refusals_at_random_hardly_slow),
        cmocka_unit_test(a_refusal_after_a_pause_does_not_take_the_pause_for_the_rate),
        cmocka_unit_test(a_wrong_guess_at_the_beginning_is_soon_put_right),
        cmocka_unit_test(a_window_refused_together_slows_once),
        cmocka_unit_test(the_limit_is_forgotten_when_refusals_stop),
        cmocka_unit_test(a_carrier_that_refuses_everything_is_still_tried),
        cmocka_unit_test(an_id_is_found_for_its_own_carrier_only),
        cmocka_unit_test(the_oldest_ids_give_way),
        cmocka_unit_test(a_long_or_empty_id_is_left_to_the_database),
        cmocka_unit_test(a_stop_is_remembered_for_a_while_and_then_forgotten),
        cmocka_unit_test(an_answer_after_the_end_of_a_flight_finds_nothing),
        cmocka_unit_test(a_slice_is_closed_when_it_is_exhausted_and_all_are_answered),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
