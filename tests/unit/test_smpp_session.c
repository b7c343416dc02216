/* test_smpp_session.c - one session against a server written by hand: windows, losses, silence,
 * rubbish and floods, over real sockets. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <sys/ioctl.h>

#include <event2/bufferevent.h>

#include "smpp_rig.h"

static void a_submit_is_answered(void **state)
{
    (void)state;
    start_bound();
    server.ids = 0x1a;
    assert_int_equal(submit(4711), RC_OK);
    until(flow.n_results == 1);
    assert_int_equal(flow.results[0].token, 4711);
    assert_int_equal(flow.results[0].outcome, SMPP_ANSWERED);
    assert_int_equal(flow.results[0].status, 0);
    assert_string_equal(flow.results[0].id, "27"); /* 0000001B */
    until(flow.n_rooms > 0);
}

static void an_error_with_any_body_is_an_answer(void **state)
{
    struct heard h;

    (void)state;
    server.answers_submits = false;
    start_bound();
    assert_int_equal(submit(1), RC_OK);
    assert_int_equal(submit(2), RC_OK);
    assert_int_equal(submit(3), RC_OK);
    until(heard(4, &h) == 3);
    server_answer(0, 0x80000004, 0x0405, h.sequence, NULL);
    server_answer(0, 0x80000004, 0x58, h.sequence - 1, "rubbish");
    server_answer(0, 0x80000000, 0, h.sequence - 2, NULL); /* a nack without a status */
    until(flow.n_results == 3);
    assert_int_equal(flow.results[0].token, 3);
    assert_int_equal(flow.results[0].status, 0x0405);
    assert_int_equal(flow.results[1].status, 0x58);
    assert_int_equal(flow.results[2].status, 0xff);
}

static void the_window_holds_what_it_says(void **state)
{
    struct heard h;

    (void)state;
    settings.window = 3;
    server.answers_submits = false;
    start_bound();
    assert_int_equal(smpp_carrier_room(carrier), 3);
    for (uint64_t i = 0; i < 3; i++)
        assert_int_equal(submit(i), RC_OK);
    assert_int_equal(smpp_carrier_room(carrier), 0);
    assert_int_equal(submit(3), RC_AGAIN);
    until(heard(4, &h) == 3);
    flow.n_rooms = 0;
    server_answer(0, 0x80000004, 0, h.sequence, "2");
    until(flow.n_rooms == 1);
    assert_int_equal(smpp_carrier_room(carrier), 1);
    assert_int_equal(submit(3), RC_OK);
    assert_int_equal(submit(4), RC_AGAIN);
}

static void what_cannot_be_packed_is_refused(void **state)
{
    (void)state;
    start_bound();
    assert_int_equal(submit_sized(1, SMPP_USER_DATA_MAX + 1), RC_INVALID);
    assert_int_equal(
        smpp_carrier_submit(carrier, &(struct smpp_submit){ .source = "36111", .destination = "" }),
        RC_INVALID);
    assert_int_equal(smpp_carrier_room(carrier), 10);
}

static void a_lost_link_tells_unknown_from_unsent(void **state)
{
    uint64_t n = 0, unknown = 0;
    int idle = 0, received = 0;
    size_t pdu_len = 16 + 1 + 2 + 6 + 2 + 12 + 3 + 1 + 17 + 5 + 4 + 4000;

    (void)state;
    settings.window = 4096;
    settings.reconnect_min_ms = 60000;
    start_bound();
    bufferevent_disable(server.peers[0], EV_READ);
    while (idle < 20) {
        if (submit_sized(n, 4000) == RC_OK) {
            n++;
            idle = 0;
        } else {
            turn();
            idle++;
        }
    }
    assert_in_range(n, 100, 4095); /* the kernel is full and so are we, not the window */
    assert_int_equal(ioctl(bufferevent_getfd(server.peers[0]), FIONREAD, &received), 0);
    server_drop(0);
    until(!flow.up);
    assert_int_equal(flow.n_results, n);
    while (unknown < n && flow.results[unknown].outcome == SMPP_UNKNOWN)
        unknown++;
    for (uint64_t i = 0; i < n; i++) {
        assert_int_equal(flow.results[i].token, i);
        assert_int_equal(flow.results[i].outcome, i < unknown ? SMPP_UNKNOWN : SMPP_UNSENT);
    }
    /* Of none that the server has a byte of do we say that it was not sent. */
    assert_in_range(unknown, ((size_t)received + pdu_len - 1) / pdu_len, n - 1);
}

static void what_waits_when_the_carrier_does_not_read_is_unsent(void **state)
{
    unsigned unsent = 0;
    uint64_t n = 0;

    (void)state;
    settings.window = 4096;
    settings.response_timeout_ms = 400;
    settings.reconnect_min_ms = 60000;
    start_bound();
    bufferevent_disable(server.peers[0], EV_READ);
    while (flow.up && n < 4096) {
        if (submit_sized(n, 4000) == RC_OK)
            n++;
        else
            turn();
    }
    until(flow.n_results == n);
    for (unsigned i = 0; i < flow.n_results; i++)
        unsent += flow.results[i].outcome == SMPP_UNSENT;
    assert_in_range(unsent, 1, n - 1);
}

static void one_lost_answer_among_others_is_unknown_alone(void **state)
{
    struct heard h;
    int64_t began;

    (void)state;
    settings.response_timeout_ms = 300;
    server.answers_submits = false;
    start_bound();
    assert_int_equal(submit(1), RC_OK);
    until(heard(4, &h) == 1);
    server.answers_submits = true;
    began = clock_monotonic_us();
    for (uint64_t i = 2; !result_of(1); i++) {
        assert_true(clock_monotonic_us() - began < LIMIT_MS * USEC_PER_MSEC);
        (void)!submit(i);
        turn_for_ms(10);
    }
    assert_int_equal(result_of(1)->outcome, SMPP_UNKNOWN);
    assert_int_equal(flow.downs, 0);
    /* the answer comes at last */
    flow.n_results = 0;
    server_answer(0, 0x80000004, 0, h.sequence, "99");
    until(flow.n_results == 1);
    assert_int_equal(result_of(1)->outcome, SMPP_LATE);
    assert_true(flow.up);
}

static void a_carrier_that_answers_nothing_is_left_and_called_again(void **state)
{
    (void)state;
    settings.response_timeout_ms = 200;
    server.answers_submits = false;
    start_bound();
    assert_int_equal(submit(1), RC_OK);
    until(flow.n_results == 1);
    assert_int_equal(flow.results[0].outcome, SMPP_UNKNOWN);
    until(heard(6, NULL) == 1); /* an orderly unbind */
    until(flow.ups == 2);
}

static void silence_is_asked_and_no_answer_ends_the_session(void **state)
{
    (void)state;
    settings.enquire_link_ms = 100;
    settings.response_timeout_ms = 200;
    start_bound();
    until(heard(0x15, NULL) >= 3);
    assert_int_equal(flow.downs, 0);
    server.answers_links = false;
    until(flow.downs == 1);
    until(flow.ups == 2);
}

static void bytes_that_never_become_a_pdu_are_silence(void **state)
{
    (void)state;
    settings.enquire_link_ms = 100;
    settings.response_timeout_ms = 200;
    server.answers_links = false;
    start_bound();
    b.len = 0;
    add32(&b, 60000);
    server_send(0);
    while (flow.up) {
        b.len = 0;
        add8(&b, 0);
        if (server.peers[0])
            server_send(0);
        turn();
    }
    assert_int_equal(flow.downs, 1);
}

static void an_enquire_link_is_answered_as_it_was_asked(void **state)
{
    struct heard h;

    (void)state;
    start_bound();
    server_answer(0, 0x15, 0, 12345, NULL);
    until(heard(0x80000015, &h) == 1);
    assert_int_equal(h.sequence, 12345);
    server_answer(0, 0x15, 0, 0, ""); /* sequence 0 and a byte too many */
    until(heard(0x80000015, &h) == 2);
    assert_int_equal(h.sequence, 0);
    assert_true(flow.up);
}

static void rubbish_ends_the_session_with_a_nack(void **state)
{
    struct heard h;

    (void)state;
    start_bound();
    b.len = 0;
    add32(&b, 5);
    add32(&b, 5);
    add32(&b, 0);
    add32(&b, 42);
    server_send(0);
    until(heard(0x80000000, &h) == 1);
    assert_int_equal(h.status, 2); /* ESME_RINVCMDLEN */
    assert_int_equal(h.sequence, 42);
    until(flow.ups == 2);
    b.len = 0;
    add_bytes(&b, "HTTP/1.1 400 Bad Request\r\n\r\n", 28);
    server_send(1);
    until(flow.ups == 3);
}

static void unknown_commands_are_refused_and_unknown_answers_are_not(void **state)
{
    struct heard h;

    (void)state;
    start_bound();
    server_answer(0, 0x00010200, 0, 5, "vendor");
    until(heard(0x80000000, &h) == 1);
    assert_int_equal(h.status, 3); /* ESME_RINVCMDID */
    assert_int_equal(h.sequence, 5);
    server_answer(0, 9, 0, 6, "we are the client"); /* a known one, but not now */
    server_answer(0, 0x80000009, 0, 7, "late");
    server_answer(0, 0x80010200, 0, 8, NULL);
    server_answer(0, 0x80000004, 0, 999, "to nothing");
    server_answer(0, 0x80000000, 3, 999, NULL);
    server_answer(0, 0x102, 0, 9, "alert_notification has no answer");
    server_answer(0, 0x15, 0, 10, NULL);
    until(heard(0x80000015, NULL) == 1);
    assert_int_equal(heard(0x80000000, NULL), 2);
    assert_true(flow.up);
    assert_int_equal(flow.n_results, 0);
}

static void a_receipt_is_handed_up_and_answered_after_the_ack(void **state)
{
    static const char text[] = "id:0000123 stat:DELIVRD err:000";
    struct heard h;

    (void)state;
    start_bound();
    server_deliver(0, 77, 0x04, text, strlen(text));
    until(flow.n_receipts == 1);
    assert_string_equal(flow.receipt.message_id, "123");
    assert_string_equal(flow.receipt.address, "+33600000001");
    turn_for_ms(30);
    assert_int_equal(heard(0x80000005, NULL), 0); /* not before the commit */
    assert_int_equal(smpp_carrier_status(carrier).unacked, 1);
    smpp_carrier_ack(carrier, flow.acks[0], 0);
    until(heard(0x80000005, &h) == 1);
    assert_int_equal(h.sequence, 77);
    assert_int_equal(h.status, 0);
}

static void an_inbound_part_shows_its_place(void **state)
{
    (void)state;
    start_bound();
    server_deliver(0, 1, 0x40, "\5\0\3\7\2\1Bonjour", 13);
    until(flow.n_inbound == 1);
    assert_string_equal(flow.text, "Bonjour");
    assert_int_equal(flow.inbound.concat_ref, 7);
    assert_int_equal(flow.inbound.concat_n, 2);
    assert_int_equal(flow.inbound.concat_i, 1);
    assert_int_equal(flow.inbound.udh_len, 6);
    server_deliver(0, 2, 0x40, "\6\x08\4\1\2\3\2x", 8);
    until(flow.n_inbound == 2);
    assert_int_equal(flow.inbound.concat_ref, 0x0102);
    assert_int_equal(flow.inbound.concat_i, 2);
    server_deliver(0, 3, 0x40, "\xff\0\3", 3); /* a header longer than the text */
    until(flow.n_inbound == 3);
    assert_null(flow.inbound.udh);
    assert_int_equal(flow.inbound.len, 3);
    server_deliver(0, 4, 0x40, "\5\0\3\7\2\3x", 7); /* part 3 of 2 */
    until(flow.n_inbound == 4);
    assert_int_equal(flow.inbound.concat_n, 0);
    server_deliver(0, 5, 0, "STOP", 4);
    until(flow.n_inbound == 5);
    assert_null(flow.inbound.udh);
    assert_string_equal(flow.inbound.source, "+33600000001");
}

static void what_cannot_be_read_is_refused_and_the_rest_goes_on(void **state)
{
    struct heard h;

    (void)state;
    start_bound();
    server_answer(0, 5, 0, 8, "no deliver_sm");
    until(heard(0x80000005, &h) == 1);
    assert_int_equal(h.sequence, 8);
    assert_int_equal(h.status, SMPP_STATUS_RX_P_APPN);
    server_deliver(0, 9, 0x04, "a receipt of nothing", 20);
    until(heard(0x80000005, &h) == 2);
    assert_int_equal(h.status, SMPP_STATUS_RX_P_APPN);
    assert_int_equal(flow.n_receipts, 0);
    server_deliver(0, 10, 0x04, "id:1 stat:DELIVRD", 17);
    until(flow.n_receipts == 1);
}

static void an_ack_for_a_session_that_is_gone_is_dropped(void **state)
{
    (void)state;
    start_bound();
    server_deliver(0, 1, 0, "STOP", 4);
    until(flow.n_inbound == 1);
    server_drop(0);
    until(!flow.up);
    smpp_carrier_ack(carrier, flow.acks[0], 0);
    until(flow.up);
    smpp_carrier_ack(carrier, flow.acks[0], 0);
    smpp_carrier_ack(carrier, (struct smpp_ack){ UINT64_MAX, 1 }, 0);
    turn_for_ms(50);
    assert_int_equal(heard(0x80000005, NULL), 0);
}

static void a_flood_of_inbound_waits_in_the_socket(void **state)
{
    (void)state;
    start_bound();
    for (uint32_t i = 1; i <= 3000; i++)
        server_deliver(0, i, 0, "STOP", 4);
    until(flow.n_inbound == 1000);
    turn_for_ms(50);
    assert_int_equal(flow.n_inbound, 1000);
    flow.ack_at_once = true; /* for those to come */
    for (unsigned i = 0; i < 1000; i++)
        smpp_carrier_ack(carrier, flow.acks[i], 0);
    until(flow.n_inbound == 3000);
    until(heard(0x80000005, NULL) == 3000);
    assert_int_equal(smpp_carrier_status(carrier).unacked, 0);
}

static void nothing_times_out_while_reading_is_paused(void **state)
{
    (void)state;
    settings.response_timeout_ms = 200;
    settings.enquire_link_ms = 100;
    start_bound();
    for (uint32_t i = 1; i <= 1100; i++)
        server_deliver(0, i, 0, "STOP", 4);
    until(flow.n_inbound == 1000);
    assert_int_equal(submit(1), RC_OK); /* its answer waits behind the flood */
    turn_for_ms(500);
    assert_int_equal(flow.n_results, 0);
    flow.ack_at_once = true;
    for (unsigned i = 0; i < 1000; i++)
        smpp_carrier_ack(carrier, flow.acks[i], 0);
    until(flow.n_results == 1);
    assert_int_equal(flow.results[0].outcome, SMPP_ANSWERED);
}

static void an_unbind_by_the_carrier_is_answered_after_the_last_answer(void **state)
{
    struct heard h, unbind_resp;

    (void)state;
    server.answers_submits = false;
    settings.unbind_timeout_ms = 60000;
    start_bound();
    assert_int_equal(submit(1), RC_OK);
    until(heard(4, &h) == 1);
    server_answer(0, 6, 0, 88, NULL);
    turn_for_ms(30);
    assert_int_equal(submit(2), RC_AGAIN);
    server_answer(0, 0x80000004, 0, h.sequence, "1");
    until(heard(0x80000006, &unbind_resp) == 1);
    assert_int_equal(unbind_resp.sequence, 88);
    assert_int_equal(flow.results[0].outcome, SMPP_ANSWERED);
    until(flow.ups == 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_RIG(a_submit_is_answered),
        WITH_RIG(an_error_with_any_body_is_an_answer),
        WITH_RIG(the_window_holds_what_it_says),
        WITH_RIG(what_cannot_be_packed_is_refused),
        WITH_RIG(a_lost_link_tells_unknown_from_unsent),
        WITH_RIG(what_waits_when_the_carrier_does_not_read_is_unsent),
        WITH_RIG(one_lost_answer_among_others_is_unknown_alone),
        WITH_RIG(a_carrier_that_answers_nothing_is_left_and_called_again),
        WITH_RIG(silence_is_asked_and_no_answer_ends_the_session),
        WITH_RIG(bytes_that_never_become_a_pdu_are_silence),
        WITH_RIG(an_enquire_link_is_answered_as_it_was_asked),
        WITH_RIG(rubbish_ends_the_session_with_a_nack),
        WITH_RIG(unknown_commands_are_refused_and_unknown_answers_are_not),
        WITH_RIG(a_receipt_is_handed_up_and_answered_after_the_ack),
        WITH_RIG(an_inbound_part_shows_its_place),
        WITH_RIG(what_cannot_be_read_is_refused_and_the_rest_goes_on),
        WITH_RIG(an_ack_for_a_session_that_is_gone_is_dropped),
        WITH_RIG(a_flood_of_inbound_waits_in_the_socket),
        WITH_RIG(nothing_times_out_while_reading_is_paused),
        WITH_RIG(an_unbind_by_the_carrier_is_answered_after_the_last_answer),
    };

    return cmocka_run_group_tests(tests, rig_begin, NULL);
}
