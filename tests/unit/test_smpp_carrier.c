/* test_smpp_carrier.c - a carrier's sessions together: binding, coming back, sharing, stopping. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <event2/listener.h>

#include "base/clock.h"
#include "smpp_rig.h"

static void a_bind_without_answer_times_out(void **state)
{
    (void)state;
    settings.bind_timeout_ms = 100;
    server.answers_binds = false;
    start();
    until(server.n_peers == 2);
    server.answers_binds = true;
    until(flow.up);
}

static void nobody_listening_is_tried_again(void **state)
{
    (void)state;
    evconnlistener_disable(server.listener);
    evconnlistener_free(server.listener);
    start();
    turn_for_ms(100);
    assert_false(flow.up);
    server_listen((uint16_t)settings.port);
    until(flow.up);
}

static void a_refused_password_waits_long_and_ends_nothing(void **state)
{
    (void)state;
    server.bind_status = 0x0e;
    settings.reconnect_max_ms = 1500;
    start();
    until(heard(9, NULL) == 1);
    turn_for_ms(500);
    assert_int_equal(heard(9, NULL), 1);
    assert_int_equal(submit(1), RC_AGAIN);
    server.bind_status = 0;
    until(flow.up);
}

static void any_other_refusal_waits_the_usual_time(void **state)
{
    (void)state;
    server.bind_status = 0x0400;
    start();
    until(heard(9, NULL) == 3);
    server.bind_status = 0;
    until(flow.up);
}

static void stopping_waits_for_what_is_outstanding(void **state)
{
    struct heard h;

    (void)state;
    server.answers_submits = false;
    settings.unbind_timeout_ms = 60000;
    start_bound();
    assert_int_equal(submit(1), RC_OK);
    server_deliver(0, 5, 0, "STOP", 4);
    until(heard(4, &h) == 1 && flow.n_inbound == 1);
    smpp_carrier_stop(carrier);
    assert_int_equal(submit(2), RC_AGAIN);
    turn_for_ms(30);
    assert_int_equal(heard(6, NULL), 0);
    server_answer(0, 0x80000004, 0, h.sequence, "1");
    until(flow.n_results == 1);
    assert_int_equal(heard(6, NULL), 0);
    smpp_carrier_ack(carrier, flow.acks[0], 0);
    until(heard(6, &h) == 1);
    assert_int_equal(heard(0x80000005, NULL), 1);
    server_answer(0, 0x80000006, 0, h.sequence, NULL);
    until(flow.stopped);
    assert_int_equal(flow.results[0].outcome, SMPP_ANSWERED);
}

static void stopping_does_not_wait_for_ever(void **state)
{
    (void)state;
    server.answers_submits = false;
    settings.unbind_timeout_ms = 100;
    start_bound();
    assert_int_equal(submit(1), RC_OK);
    until(heard(4, NULL) == 1);
    smpp_carrier_stop(carrier);
    until(flow.stopped);
    assert_int_equal(flow.n_results, 1);
    assert_int_equal(flow.results[0].outcome, SMPP_UNKNOWN);
}

static void stopping_while_down_is_soon_done(void **state)
{
    (void)state;
    server.answers_binds = false;
    start();
    until(server.n_peers == 1);
    smpp_carrier_stop(carrier);
    assert_false(flow.stopped); /* it is told from the loop */
    until(flow.stopped);
}

static void a_pair_sends_on_one_and_hears_on_the_other(void **state)
{
    unsigned receiver;
    struct heard h;

    (void)state;
    settings.mode = SMPP_MODE_PAIR;
    start();
    until(heard(1, NULL) == 1 && heard(2, &h) == 1);
    receiver = h.peer == 0 ? 1 : 0;
    until(smpp_carrier_status(carrier).bound == 2);
    assert_int_equal(smpp_carrier_room(carrier), 10);
    assert_int_equal(submit(1), RC_OK);
    assert_int_equal(submit(2), RC_OK);
    until(flow.n_results == 2);
    heard(4, &h);
    assert_int_not_equal(h.peer, receiver);
    server_deliver(receiver, 3, 0, "STOP", 4);
    until(flow.n_inbound == 1);
    smpp_carrier_ack(carrier, flow.acks[0], 0);
    until(heard(0x80000005, &h) == 1);
    assert_int_equal(h.peer, receiver);
    server_drop(receiver);
    until(smpp_carrier_status(carrier).bound == 1);
    assert_int_equal(flow.downs, 0); /* it still sends */
}

static void several_binds_share_the_work(void **state)
{
    unsigned per_peer[PEERS] = { 0 };

    (void)state;
    settings.binds = 3;
    settings.window = 2;
    server.answers_submits = false;
    start();
    until(smpp_carrier_status(carrier).bound == 3);
    assert_int_equal(smpp_carrier_room(carrier), 6);
    for (uint64_t i = 0; i < 6; i++)
        assert_int_equal(submit(i), RC_OK);
    assert_int_equal(submit(6), RC_AGAIN);
    until(heard(4, NULL) == 6);
    for (unsigned i = 0; i < server.n_heard; i++)
        per_peer[server.heard[i].peer] += server.heard[i].command == 4;
    for (unsigned i = 0; i < 3; i++)
        assert_int_equal(per_peer[i], 2);
    server_drop(1);
    until(flow.n_results == 2);
    assert_int_equal(flow.downs, 0);
}

static void the_rate_is_kept_and_room_is_told_again(void **state)
{
    int64_t began;
    uint64_t n = 0;

    (void)state;
    settings.max_per_second = 100;
    settings.window = 1000;
    start_bound();
    began = clock_monotonic_us();
    assert_in_range(smpp_carrier_room(carrier), 1, 11);
    while (clock_monotonic_us() - began < 500 * USEC_PER_MSEC) {
        unsigned rooms = flow.n_rooms;
        while (submit(n) == RC_OK)
            n++;
        until(flow.n_rooms > rooms);
    }
    assert_in_range(n, 35, 65); /* 50, and a burst of 10 */
}

static void a_name_is_looked_up_without_blocking(void **state)
{
    static char name[] = "localhost";

    (void)state;
    settings.host = name;
    settings.reconnect_max_ms = 50; /* ::1 may be the first of its addresses */
    start_bound();
    assert_int_equal(submit(1), RC_OK);
    until(flow.n_results == 1);
}

static void a_carrier_may_go_while_its_name_is_looked_up(void **state)
{
    static char name[] = "no-such-host.invalid";

    (void)state;
    settings.host = name;
    start();
    turn();
    smpp_carrier_free(carrier);
    carrier = NULL;
    turn_for_ms(50);
}

static void settings_that_contradict_are_refused(void **state)
{
    struct error err;
    static char odd[] = "or\"ange";

    (void)state;
    assert_int_equal(smpp_carrier_settings_check(&settings, &err), RC_OK);
    settings.reconnect_min_ms = settings.reconnect_max_ms + 1;
    assert_int_equal(smpp_carrier_settings_check(&settings, &err), RC_INVALID);
    settings.reconnect_min_ms = 1;
    settings.head.title = odd;
    assert_int_equal(smpp_carrier_settings_check(&settings, &err), RC_INVALID);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_RIG(a_bind_without_answer_times_out),
        WITH_RIG(nobody_listening_is_tried_again),
        WITH_RIG(a_refused_password_waits_long_and_ends_nothing),
        WITH_RIG(any_other_refusal_waits_the_usual_time),
        WITH_RIG(stopping_waits_for_what_is_outstanding),
        WITH_RIG(stopping_does_not_wait_for_ever),
        WITH_RIG(stopping_while_down_is_soon_done),
        WITH_RIG(a_pair_sends_on_one_and_hears_on_the_other),
        WITH_RIG(several_binds_share_the_work),
        WITH_RIG(the_rate_is_kept_and_room_is_told_again),
        WITH_RIG(a_name_is_looked_up_without_blocking),
        WITH_RIG(a_carrier_may_go_while_its_name_is_looked_up),
        WITH_RIG(settings_that_contradict_are_refused),
    };

    return cmocka_run_group_tests(tests, rig_begin, NULL);
}
