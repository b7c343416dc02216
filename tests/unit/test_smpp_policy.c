/* test_smpp_policy.c - late answers, carriers that talk nonsense, strict reading, and an operator's
 * off and on. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <event2/bufferevent.h>

#include "smpp_rig.h"

/* ---- late answers ---- */

static const struct result *late_result(void)
{
    for (unsigned i = 0; i < flow.n_results; i++) {
        if (flow.results[i].outcome == SMPP_LATE)
            return &flow.results[i];
    }
    return NULL;
}

/* Submit 1 is given up; others are answered meanwhile, so that the session stays. */
static struct heard give_up_the_first(void)
{
    struct heard first;

    settings.response_timeout_ms = 300;
    server.answers_submits = false;
    start_bound();
    assert_int_equal(submit(1), RC_OK);
    until(heard(4, &first) == 1);
    server.answers_submits = true;
    for (uint64_t i = 2; !result_of(1); i++) {
        (void)!submit(i);
        turn_for_ms(10);
        assert_in_range(i, 2, 400);
    }
    assert_int_equal(result_of(1)->outcome, SMPP_UNKNOWN);
    return first;
}

static void an_answer_that_comes_too_late_is_told_all_the_same(void **state)
{
    struct heard first = give_up_the_first();

    (void)state;
    server_answer(0, 0x80000004, 0, first.sequence, "0000ABCD");
    until(late_result());
    assert_int_equal(late_result()->token, 1);
    assert_int_equal(late_result()->status, 0);
    assert_string_equal(late_result()->id, "43981");
}

static void a_late_answer_is_told_once(void **state)
{
    struct heard first = give_up_the_first();
    unsigned n = 0;

    (void)state;
    server_answer(0, 0x80000000, 0x58, first.sequence, NULL);
    server_answer(0, 0x80000004, 0, first.sequence, "1");
    server_answer(0, 0x80000004, 0, first.sequence, "1");
    until(late_result());
    turn_for_ms(50);
    for (unsigned i = 0; i < flow.n_results; i++)
        n += flow.results[i].outcome == SMPP_LATE;
    assert_int_equal(n, 1);
    assert_int_equal(late_result()->status, 0x58);
}

static void a_late_answer_on_another_connection_is_none(void **state)
{
    struct heard first = give_up_the_first();

    (void)state;
    server_drop(0);
    until(!flow.up);
    until(flow.up);
    server_answer(1, 0x80000004, 0, first.sequence, "1");
    turn_for_ms(100);
    assert_null(late_result());
}

/* ---- nonsense ---- */

static void repeat_answers(unsigned n)
{
    for (unsigned i = 0; i < n; i++)
        server_answer(0, 0x80000004, 0, 4000000 + i, "1");
}

static void strays_are_borne_without_end_by_default(void **state)
{
    (void)state;
    start_bound();
    repeat_answers(2000);
    server_deliver(0, 7, 0, "END", 3);
    until(flow.n_inbound == 1);
    assert_true(flow.up);
    assert_int_equal(flow.n_results, 0);
}

static void a_session_with_too_many_strays_is_made_anew(void **state)
{
    (void)state;
    settings.strays_max = 20;
    start_bound();
    repeat_answers(20);
    server_deliver(0, 7, 0, "HERE", 4);
    until(flow.n_inbound == 1);
    turn_for_ms(50);
    assert_int_equal(heard(6, NULL), 0);
    repeat_answers(1);
    until(heard(6, NULL) == 1); /* an orderly unbind, which waits for what is outstanding */
    until(server.n_peers == 2 && flow.up);
}

static void a_repeated_answer_and_an_unknown_command_are_nonsense_too(void **state)
{
    struct heard h;

    (void)state;
    settings.strays_max = 2;
    start_bound();
    assert_int_equal(submit(1), RC_OK);
    until(flow.n_results == 1);
    (void)heard(4, &h);
    server_answer(0, 0x80000004, 0, h.sequence, "1");
    server_answer(0, 0x0badbad0, 0, 9, NULL);
    until(heard(0x80000000, NULL) == 1);
    assert_int_equal(heard(6, NULL), 0);
    server_answer(0, 0x80000004, 0, h.sequence, "1");
    until(heard(6, NULL) == 1);
    assert_int_equal(flow.n_results, 1);
}

/* ---- strict and lenient ---- */

struct violation {
    const char *name;
    uint32_t status;
    struct deliver_fields fields;
    uint32_t sequence, command_status;
    size_t tlv_len; /* of a sar_msg_ref_num; 0: none */
};

static const char long_address[] = "336000000010000000001";

static const struct violation violations[] = {
    { "ton", 0x48, { .source_ton = 7, .source_npi = 1 }, 0, 0, 0 },
    { "npi", 0x49, { .source_ton = 1, .source_npi = 2 }, 0, 0, 0 },
    { "source", 0x0a, { .source = long_address }, 0, 0, 0 },
    { "destination", 0x0b, { .destination = long_address }, 0, 0, 0 },
    { "schedule", 0x61, { .schedule = "000001010000000R" }, 0, 0, 0 },
    { "validity", 0x62, { .validity = "000001010000000R" }, 0, 0, 0 },
    { "sm_length", 0x01, { .text = "abc", .text_len = 3, .sm_length = 9 }, 0, 0, 0 },
    { "status", 0xff, { .text = "abc", .text_len = 3 }, 0, 0x45, 0 },
    { "sequence", 0xff, { .text = "abc", .text_len = 3 }, 0x80000001, 0, 0 },
    { "tlv", 0xc2, { .text = "abc", .text_len = 3 }, 0, 0, 3 },
};
#define VIOLATIONS (sizeof(violations) / sizeof(violations[0]))

static uint32_t send_violation(const struct violation *v, unsigned i)
{
    uint32_t sequence = v->sequence ? v->sequence : 100 + i;

    deliver_begin(&b, sequence, &v->fields);
    b.data[11] = (uint8_t)v->command_status;
    if (v->tlv_len)
        add_tlv(&b, 0x020c, "\0\0\0", v->tlv_len);
    pdu_end(&b);
    server_send(0);
    return sequence;
}

static void lenient_reads_what_strict_refuses(void **state)
{
    (void)state;
    flow.ack_at_once = true;
    start_bound();
    for (unsigned i = 0; i < VIOLATIONS; i++)
        send_violation(&violations[i], i);
    until(flow.n_inbound == VIOLATIONS);
}

static void strict_answers_each_violation_with_its_own_status(void **state)
{
    struct heard h;

    (void)state;
    settings.conformance = SMPP_STRICT;
    flow.ack_at_once = true;
    start_bound();
    for (unsigned i = 0; i < VIOLATIONS; i++) {
        uint32_t sequence = send_violation(&violations[i], i);
        until(heard(0x80000005, &h) == i + 1);
        assert_int_equal(h.sequence, sequence);
        if (h.status != violations[i].status)
            fail_msg("%s: answered with 0x%x", violations[i].name, h.status);
    }
    assert_int_equal(flow.n_inbound, 0);
    server_deliver(0, 99, 0, "in order", 8);
    until(flow.n_inbound == 1);
    assert_true(flow.up);
}

static void strict_nacks_an_enquire_link_with_a_body_and_lenient_answers_it(void **state)
{
    struct heard h;

    (void)state;
    start_bound();
    server_answer(0, 0x15, 0, 11, "x");
    until(heard(0x80000015, NULL) == 1);
    smpp_carrier_free(carrier);
    settings.conformance = SMPP_STRICT;
    flow.up = false;
    start_bound();
    server_answer(1, 0x15, 0, 12, "x");
    until(heard(0x80000000, &h) == 1);
    assert_int_equal(h.sequence, 12);
    assert_int_equal(h.status, 2);
}

static void strict_takes_only_the_answer_to_its_own_bind(void **state)
{
    struct heard h;

    (void)state;
    settings.conformance = SMPP_STRICT;
    server.answers_binds = false;
    start();
    until(heard(9, &h) == 1);
    server_answer(0, 0x80000009, 0, h.sequence + 1, "smsc");
    until(heard(9, &h) == 2);
    assert_int_equal(flow.ups, 0);
    server_answer(1, 0x80000009, 0, h.sequence, "smsc");
    until(flow.up);
}

/* ---- a carrier's alphabet, inwards ---- */

static void deliver_text(uint32_t sequence, unsigned esm_class, const void *text, size_t len)
{
    server_deliver(0, sequence, esm_class, text, len);
    until(flow.n_inbound == sequence);
}

static void a_reply_is_read_in_the_alphabet_that_the_carrier_has(void **state)
{
    (void)state;
    settings.alphabet = SMPP_ALPHABET_LATIN1;
    flow.ack_at_once = true;
    start_bound();
    deliver_text(1, 0, "@ \xe9", 3);
    assert_int_equal(flow.inbound.data_coding, 3);
    deliver_begin(&b, 2,
                  &(struct deliver_fields){ .data_coding = 8, .text = "\0A", .text_len = 2 });
    pdu_end(&b);
    server_send(0);
    until(flow.n_inbound == 2);
    assert_int_equal(flow.inbound.data_coding, 8);
}

static void a_packed_reply_is_unpacked(void **state)
{
    (void)state;
    settings.gsm_packed = 1;
    flow.ack_at_once = true;
    start_bound();
    deliver_text(1, 0, "\x53\xea\x13", 3);
    assert_int_equal(flow.inbound.len, 3);
    assert_memory_equal(flow.text, "STO", 3);
    deliver_text(2, 0, "\x53\xea\x13\x0a", 4);
    assert_int_equal(flow.inbound.len, 4);
    assert_memory_equal(flow.text, "STOP", 4);
    deliver_text(3, 0, "\x53\xea\x93\x2a\xa2\x55\x01", 7); /* seven letters, and nought behind */
    assert_int_equal(flow.inbound.len, 7);
    deliver_text(4, 0x40, "\5\0\3\7\2\1\x82\x31", 8); /* a bit of filling behind the header */
    assert_int_equal(flow.inbound.len, 2);
    assert_memory_equal(flow.text, "A1", 2);
    assert_int_equal(flow.inbound.concat_n, 2);
}

/* ---- an operator ---- */

static void a_paused_carrier_finishes_unbinds_and_stays_off(void **state)
{
    struct heard h;

    (void)state;
    server.answers_submits = false;
    settings.unbind_timeout_ms = 60000;
    start_bound();
    assert_int_equal(submit(1), RC_OK);
    until(heard(4, &h) == 1);
    assert_true(smpp_carrier_status(carrier).oldest_ms >= 0);
    turn_for_ms(30);
    assert_true(smpp_carrier_status(carrier).oldest_ms >= 20);
    smpp_carrier_pause(carrier);
    assert_true(smpp_carrier_status(carrier).paused);
    assert_int_equal(submit(2), RC_AGAIN);
    assert_int_equal(smpp_carrier_room(carrier), 0);
    server_answer(0, 0x80000004, 0, h.sequence, "1");
    until(flow.n_results == 1);
    assert_int_equal(flow.results[0].outcome, SMPP_ANSWERED);
    until(heard(6, &h) == 1);
    server_answer(0, 0x80000006, 0, h.sequence, NULL);
    until(!flow.up && smpp_carrier_status(carrier).state[0] == 'c');
    turn_for_ms(150); /* several times reconnect_min */
    assert_int_equal(server.n_peers, 1);
    assert_string_equal(smpp_carrier_status(carrier).state, "closed");
    assert_int_equal(smpp_carrier_status(carrier).oldest_ms, 0);
    smpp_carrier_resume(carrier);
    until(flow.up);
    assert_int_equal(server.n_peers, 2);
    assert_false(smpp_carrier_status(carrier).paused);
}

static void pause_and_resume_work_in_every_state(void **state)
{
    (void)state;
    start();
    smpp_carrier_pause(carrier); /* connecting */
    assert_string_equal(smpp_carrier_status(carrier).state, "closed");
    smpp_carrier_pause(carrier);
    smpp_carrier_resume(carrier);
    smpp_carrier_resume(carrier);
    until(flow.up);
    smpp_carrier_pause(carrier); /* bound, and resumed before it has said farewell */
    smpp_carrier_resume(carrier);
    until(flow.downs == 1 && flow.up);
    server_drop((unsigned)server.n_peers - 1);
    until(!flow.up);
    smpp_carrier_pause(carrier); /* waiting to connect again */
    turn_for_ms(100);
    assert_string_equal(smpp_carrier_status(carrier).state, "closed");
    smpp_carrier_stop(carrier); /* while off */
    until(flow.stopped);
    smpp_carrier_resume(carrier);
    turn_for_ms(50);
    assert_string_equal(smpp_carrier_status(carrier).state, "closed");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_RIG(an_answer_that_comes_too_late_is_told_all_the_same),
        WITH_RIG(a_late_answer_is_told_once),
        WITH_RIG(a_late_answer_on_another_connection_is_none),
        WITH_RIG(strays_are_borne_without_end_by_default),
        WITH_RIG(a_session_with_too_many_strays_is_made_anew),
        WITH_RIG(a_repeated_answer_and_an_unknown_command_are_nonsense_too),
        WITH_RIG(lenient_reads_what_strict_refuses),
        WITH_RIG(strict_answers_each_violation_with_its_own_status),
        WITH_RIG(strict_nacks_an_enquire_link_with_a_body_and_lenient_answers_it),
        WITH_RIG(strict_takes_only_the_answer_to_its_own_bind),
        WITH_RIG(a_reply_is_read_in_the_alphabet_that_the_carrier_has),
        WITH_RIG(a_packed_reply_is_unpacked),
        WITH_RIG(a_paused_carrier_finishes_unbinds_and_stays_off),
        WITH_RIG(pause_and_resume_work_in_every_state),
    };

    return cmocka_run_group_tests(tests, rig_begin, NULL);
}
