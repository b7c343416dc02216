/*
 * test_smsc_session.c - the carrier's behaviour, a scenario at a time, without a socket: a session
 * with no file descriptor is fed PDUs, and what it would write is read here.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/buffer.h"
#include "base/log.h"
#include "smsc/control.h"
#include "smsc/session.h"

#define PDUS_MAX 64

struct carrier {
    struct smsc *smsc;
    struct session *session;
    struct pdu got[PDUS_MAX]; /* what the session said last */
    size_t n;
};

static void set(struct carrier *k, const char *key, const char *value)
{
    struct error err = { "" };

    if (scenario_set(&k->smsc->scenario, &k->smsc->arena, key, value, &err))
        fail_msg("%s", err.text);
}

/* One turn, then everything the session has to say. It stays valid until the next turn. */
static void turn(struct carrier *k)
{
    struct session *s = k->session;
    size_t at, size = 0;

    k->n = 0;
    smsc_turn(k->smsc);
    for (at = s->out.start; at < s->out.end; at += size) {
        assert_true(k->n < PDUS_MAX);
        if (codec_frame(s->out.data + at, s->out.end - at, &k->got[k->n], &size) != FRAME_WHOLE)
            break;
        k->n++;
    }
    s->out.start = s->out.end = 0;
}

static size_t count(const struct carrier *k, uint32_t command)
{
    size_t n = 0;

    for (size_t i = 0; i < k->n; i++)
        n += k->got[i].command == command;
    return n;
}

static const struct pdu *find(const struct carrier *k, uint32_t command)
{
    for (size_t i = 0; i < k->n; i++) {
        if (k->got[i].command == command)
            return &k->got[i];
    }
    fail_msg("no PDU 0x%08x among %zu", command, k->n);
    return NULL;
}

static void feed(struct carrier *k, uint32_t command, uint32_t status, uint32_t sequence,
                 const void *body, size_t len)
{
    struct bytes out;

    bytes_init(&out, 1000);
    codec_write_header(&out, command, status, sequence);
    bytes_add(&out, body, len);
    out.data[2] = (uint8_t)((16 + len) >> 8);
    out.data[3] = (uint8_t)(16 + len);
    session_feed(k->session, out.data, bytes_len(&out));
    bytes_close(&out);
}

static void bind_as(struct carrier *k, uint32_t command)
{
    static const char body[] = "me\0secret\0\0\x34\0\0";

    feed(k, command, 0, 1, body, sizeof(body));
    turn(k);
}

/* A submit_sm to this destination, 12 digits, with a receipt and user_message_reference 0x0102. */
static void submit(struct carrier *k, uint32_t sequence, const char *destination)
{
    char body[128];
    size_t n = 0;

    memcpy(body, "\0\0\1", 3);
    n = 3 + (size_t)snprintf(body + 3, 60, "36105") + 1;
    body[n++] = 1;
    body[n++] = 1;
    n += (size_t)snprintf(body + n, 60, "%s", destination) + 1;
    memcpy(body + n, "\0\0\0\0\0\1\0\0\0\5hello\2\4\0\2\1\2", 21);
    feed(k, SMPP_SUBMIT_SM, 0, sequence, body, n + 21);
}

static int set_up(void **state)
{
    static struct carrier k;
    struct scenario scenario;
    struct arena arena;

    log_set_level(NULL, LOG_LEVEL_ERROR);
    memset(&k, 0, sizeof(k));
    arena_init(&arena);
    if (scenario_load(NULL, &arena, &scenario, NULL))
        return -1;
    k.smsc = smsc_new(&scenario, &arena);
    k.session = k.smsc ? session_new(k.smsc, -1, "test") : NULL;
    if (!k.session)
        return -1;
    set(&k, "receipt_delay", "0");
    *state = &k;
    return 0;
}

static int tear_down(void **state)
{
    struct carrier *k = *state;

    smsc_free(k->smsc);
    return 0;
}

/* --- binding --- */

static void nothing_but_a_bind_is_taken_before_the_bind(void **state)
{
    struct carrier *k = *state;

    submit(k, 1, "33612345678");
    turn(k);
    assert_int_equal(find(k, SMPP_SUBMIT_SM | SMPP_RESPONSE)->status, ESME_RINVBNDSTS);
    assert_int_equal(k->smsc->stats.accepted, 0);
}

static void a_wrong_password_is_refused_and_ends_the_session(void **state)
{
    struct carrier *k = *state;

    set(k, "password", "other");
    bind_as(k, SMPP_BIND_TRANSCEIVER);
    assert_int_equal(find(k, SMPP_BIND_TRANSCEIVER | SMPP_RESPONSE)->status, ESME_RINVPASWD);
    assert_int_equal(k->session->state, SESSION_ENDING);
}

static void a_receiver_may_not_submit(void **state)
{
    struct carrier *k = *state;

    bind_as(k, SMPP_BIND_RECEIVER);
    submit(k, 2, "33612345678");
    turn(k);
    assert_int_equal(find(k, SMPP_SUBMIT_SM | SMPP_RESPONSE)->status, ESME_RINVBNDSTS);
}

static void a_second_bind_on_a_session_is_refused(void **state)
{
    struct carrier *k = *state;

    bind_as(k, SMPP_BIND_TRANSCEIVER);
    bind_as(k, SMPP_BIND_TRANSCEIVER);
    assert_int_equal(find(k, SMPP_BIND_TRANSCEIVER | SMPP_RESPONSE)->status, ESME_RALYBND);
    assert_int_equal(k->session->state, SESSION_BOUND);
}

static void an_unknown_command_gets_generic_nack_and_an_unknown_answer_nothing(void **state)
{
    struct carrier *k = *state;

    bind_as(k, SMPP_BIND_TRANSCEIVER);
    feed(k, 0x00000103, 0, 9, "", 0);
    feed(k, 0x80000103, 0, 10, "", 0);
    turn(k);
    assert_int_equal(k->n, 1);
    assert_int_equal(k->got[0].command, SMPP_GENERIC_NACK);
    assert_int_equal(k->got[0].status, ESME_RINVCMDID);
    assert_int_equal(k->got[0].sequence, 9);
}

static void bytes_that_are_no_smpp_end_the_session(void **state)
{
    struct carrier *k = *state;

    bind_as(k, SMPP_BIND_TRANSCEIVER);
    session_feed(k->session, (const uint8_t *)"GET / HTTP/1.1\r\n\r\n", 18);
    assert_int_equal(k->session->state, SESSION_ENDING);
    assert_int_equal(k->smsc->stats.malformed, 1);
}

static void a_pdu_may_come_a_byte_at_a_time(void **state)
{
    static const uint8_t enquire[] = { 0, 0, 0, 16, 0, 0, 0, 21, 0, 0, 0, 0, 0, 0, 0, 9 };
    struct carrier *k = *state;

    for (int round = 0; round < 3; round++) {
        for (size_t i = 0; i < sizeof(enquire); i++)
            session_feed(k->session, enquire + i, 1);
    }
    turn(k);
    assert_int_equal(count(k, SMPP_ENQUIRE_LINK | SMPP_RESPONSE), 3);
}

/* --- submits and receipts --- */

static void a_submit_gets_an_id_and_a_receipt_that_names_it(void **state)
{
    struct carrier *k = *state;
    char id[65];

    bind_as(k, SMPP_BIND_TRANSCEIVER);
    submit(k, 2, "33612345678");
    turn(k);
    snprintf(id, sizeof(id), "id:%s sub:001 dlvrd:001 ",
             (const char *)find(k, SMPP_SUBMIT_SM | SMPP_RESPONSE)->body);
    assert_non_null(
        memmem(find(k, SMPP_DELIVER_SM)->body, find(k, SMPP_DELIVER_SM)->len, id, strlen(id)));
    assert_non_null(
        memmem(find(k, SMPP_DELIVER_SM)->body, find(k, SMPP_DELIVER_SM)->len, "DELIVRD", 7));
    assert_non_null(memmem(find(k, SMPP_DELIVER_SM)->body, find(k, SMPP_DELIVER_SM)->len,
                           "\x02\x04\0\2\1\2", 6));
    assert_int_equal(k->smsc->stats.queued, 1);
    feed(k, SMPP_DELIVER_SM | SMPP_RESPONSE, 0, find(k, SMPP_DELIVER_SM)->sequence, "", 1);
    assert_int_equal(k->smsc->stats.receipts_acked, 1);
    assert_int_equal(k->smsc->stats.queued, 0);
}

static void an_id_may_be_hexadecimal_here_and_decimal_there(void **state)
{
    struct carrier *k = *state;

    set(k, "response_id", "HEX");
    set(k, "response_id_width", "8");
    k->smsc->next_id = 0xABCDE;
    bind_as(k, SMPP_BIND_TRANSCEIVER);
    submit(k, 2, "33612345678");
    turn(k);
    assert_string_equal((const char *)find(k, SMPP_SUBMIT_SM | SMPP_RESPONSE)->body, "000ABCDE");
    assert_non_null(
        memmem(find(k, SMPP_DELIVER_SM)->body, find(k, SMPP_DELIVER_SM)->len, "id:703710 ", 10));
}

static void a_receipt_left_unanswered_comes_again_after_a_new_bind(void **state)
{
    struct carrier *k = *state;

    bind_as(k, SMPP_BIND_TRANSCEIVER);
    submit(k, 2, "33612345678");
    submit(k, 3, "33612345679");
    turn(k);
    assert_int_equal(count(k, SMPP_DELIVER_SM), 2);
    feed(k, SMPP_DELIVER_SM | SMPP_RESPONSE, 0, find(k, SMPP_DELIVER_SM)->sequence, "", 1);
    session_cut(k->session, true, "test");
    smsc_turn(k->smsc);
    k->session = session_new(k->smsc, -1, "again");
    bind_as(k, SMPP_BIND_RECEIVER);
    assert_int_equal(count(k, SMPP_DELIVER_SM), 1);
    assert_int_equal(k->smsc->stats.retried, 1);
}

static void a_receipt_refused_for_now_waits_and_one_refused_for_good_is_over(void **state)
{
    struct carrier *k = *state;

    bind_as(k, SMPP_BIND_TRANSCEIVER);
    submit(k, 2, "33612345678");
    submit(k, 3, "33612345679");
    turn(k);
    feed(k, SMPP_DELIVER_SM | SMPP_RESPONSE, ESME_RX_T_APPN, k->got[2].sequence, "", 1);
    feed(k, SMPP_DELIVER_SM | SMPP_RESPONSE, 0x65, k->got[3].sequence, "", 1);
    assert_int_equal(k->smsc->stats.queued, 1);
    assert_int_equal(k->smsc->stats.receipts_refused, 1);
    assert_int_equal(k->smsc->timeline.n, 1);
}

static void receipts_come_only_when_asked_for(void **state)
{
    static const char body[] = "\0\0\1"
                               "36105\0\1\1"
                               "33612345678\0\0\0\0\0\0\0\0\0\0\5hello";
    struct carrier *k = *state;

    bind_as(k, SMPP_BIND_TRANSCEIVER);
    feed(k, SMPP_SUBMIT_SM, 0, 2, body, sizeof(body) - 1);
    assert_int_equal(k->smsc->stats.receipts_planned, 0);
    set(k, "always_receipt", "true");
    feed(k, SMPP_SUBMIT_SM, 0, 3, body, sizeof(body) - 1);
    assert_int_equal(k->smsc->stats.receipts_planned, 1);
}

static void doubles_are_counted(void **state)
{
    struct carrier *k = *state;

    bind_as(k, SMPP_BIND_TRANSCEIVER);
    submit(k, 2, "33612345678");
    submit(k, 3, "33612345679");
    submit(k, 4, "33612345678");
    assert_int_equal(k->smsc->tally.destinations, 2);
    assert_int_equal(k->smsc->tally.doubled, 1);
}

/* --- faults --- */

static void throttling_lets_through_what_it_says(void **state)
{
    struct carrier *k = *state;

    set(k, "throttle", "100");
    bind_as(k, SMPP_BIND_TRANSCEIVER);
    for (uint32_t i = 0; i < 30; i++)
        submit(k, 2 + i, "33612345678");
    assert_in_range(k->smsc->stats.accepted, 10, 12); /* a tenth of a second's worth */
    assert_int_equal(k->smsc->stats.by_status[0].status, ESME_RTHROTTLED);
}

static void faults_come_in_their_share(void **state)
{
    struct carrier *k = *state;

    set(k, "status_faults", "10% 0x400, 20% 0x0b");
    bind_as(k, SMPP_BIND_TRANSMITTER);
    for (uint32_t i = 0; i < 10000; i++) {
        submit(k, 2 + i, "33612345678");
        if (i % 30 == 0)
            turn(k);
    }
    assert_in_range(k->smsc->stats.accepted, 6800, 7200);
    assert_int_equal(k->smsc->stats.n_statuses, 2);
}

static void a_connection_cut_unanswered_has_accepted_and_not_said_so(void **state)
{
    struct carrier *k = *state;

    set(k, "drop_after_submits", "3");
    set(k, "drop_unanswered", "true");
    bind_as(k, SMPP_BIND_TRANSCEIVER);
    for (uint32_t i = 0; i < 5; i++)
        submit(k, 2 + i, "33612345678");
    assert_int_equal(k->session->state, SESSION_OVER);
    assert_int_equal(k->smsc->stats.accepted, 3);
    assert_int_equal(k->smsc->stats.receipts_planned, 3);
}

static void a_deaf_session_says_nothing_and_keeps_its_receipts_for_another(void **state)
{
    struct carrier *k = *state;

    set(k, "half_open_after_submits", "1");
    bind_as(k, SMPP_BIND_TRANSCEIVER);
    submit(k, 2, "33612345678");
    k->session->out.end = k->session->out.start;
    feed(k, SMPP_ENQUIRE_LINK, 0, 3, "", 0);
    turn(k);
    assert_int_equal(k->session->state, SESSION_DEAF);
    assert_int_equal(k->n, 0);
    assert_int_equal(k->smsc->stats.queued, 1);
}

static void a_stray_and_a_double_response_follow_the_real_one(void **state)
{
    struct carrier *k = *state;

    set(k, "duplicate_responses", "100%");
    set(k, "stray_responses", "100%");
    bind_as(k, SMPP_BIND_TRANSMITTER);
    submit(k, 2, "33612345678");
    turn(k);
    assert_int_equal(k->n, 3);
    assert_int_equal(k->got[0].sequence, 2);
    assert_int_equal(k->got[1].sequence, 2);
    assert_int_equal(k->got[2].sequence, 2 ^ STRAY_SEQUENCE);
}

static void garbage_behind_a_response_is_no_pdu(void **state)
{
    struct carrier *k = *state;

    set(k, "garbage", "100%");
    bind_as(k, SMPP_BIND_TRANSMITTER);
    submit(k, 2, "33612345678");
    assert_int_equal(bytes_len(&k->session->out),
                     16 + 16 + 64); /* a header, an id of 15, garbage */
    turn(k);
    assert_int_equal(k->n, 1);
}

static void a_lost_response_is_counted_and_its_receipt_comes(void **state)
{
    struct carrier *k = *state;

    set(k, "lost_responses", "100%");
    bind_as(k, SMPP_BIND_TRANSCEIVER);
    submit(k, 2, "33612345678");
    turn(k);
    assert_int_equal(k->n, 1);
    assert_int_equal(k->got[0].command, SMPP_DELIVER_SM);
    assert_int_equal(k->smsc->stats.responses_lost, 1);
}

static void a_bind_may_be_refused_although_all_is_right(void **state)
{
    struct carrier *k = *state;

    set(k, "refuse_binds", "100%");
    set(k, "refuse_bind_status", "0x58");
    bind_as(k, SMPP_BIND_TRANSCEIVER);
    assert_int_equal(find(k, SMPP_BIND_TRANSCEIVER | SMPP_RESPONSE)->status, ESME_RTHROTTLED);
    assert_int_equal(k->smsc->stats.binds_refused, 1);
}

static void a_receipt_may_come_before_its_response(void **state)
{
    struct carrier *k = *state;

    set(k, "receipts_first", "100%");
    bind_as(k, SMPP_BIND_TRANSCEIVER);
    submit(k, 2, "33612345678");
    turn(k);
    assert_int_equal(count(k, SMPP_DELIVER_SM), 1);
    assert_int_equal(count(k, SMPP_SUBMIT_SM | SMPP_RESPONSE), 0);
    assert_int_equal(k->session->pending, 1);
}

static void a_full_queue_refuses_more(void **state)
{
    struct carrier *k = *state;

    set(k, "queue_limit", "2");
    set(k, "receipt_delay", "1h");
    bind_as(k, SMPP_BIND_TRANSCEIVER);
    for (uint32_t i = 0; i < 5; i++)
        submit(k, 2 + i, "33612345678");
    assert_int_equal(k->smsc->stats.accepted, 2);
    assert_int_equal(k->smsc->stats.by_status[0].status, ESME_RMSGQFUL);
}

/* --- handsets --- */

static void every_recipient_answers_once(void **state)
{
    struct carrier *k = *state;

    set(k, "reply_stop", "100%");
    set(k, "reply_delay", "0");
    bind_as(k, SMPP_BIND_TRANSCEIVER);
    submit(k, 2, "33612345678");
    submit(k, 3, "33612345678");
    assert_int_equal(k->smsc->stats.inbound_planned, 1);
}

static void a_long_text_goes_in_parts(void **state)
{
    struct carrier *k = *state;
    char line[400];
    struct buffer answer;

    snprintf(line, sizeof(line), "send +33612345678 36105 %0200d", 7);
    buffer_init(&answer, 1000);
    control_run(k->smsc, line, &answer);
    assert_string_equal(buffer_text(&answer), "{\"ok\":true,\"parts\":2}");
    buffer_close(&answer);
    bind_as(k, SMPP_BIND_RECEIVER);
    turn(k);
    assert_int_equal(k->smsc->stats.inbound_sent, 2); /* it waited for somebody to bind */
}

static void a_message_of_a_handset_waits_for_the_first_receiver(void **state)
{
    struct carrier *k = *state;
    struct buffer answer;

    buffer_init(&answer, 1000);
    control_run(k->smsc, "send +33612345678 36105 STOP", &answer);
    buffer_close(&answer);
    bind_as(k, SMPP_BIND_TRANSMITTER);
    assert_int_equal(k->smsc->stats.inbound_sent, 0);
    k->session = session_new(k->smsc, -1, "receiver");
    bind_as(k, SMPP_BIND_RECEIVER);
    assert_int_equal(count(k, SMPP_DELIVER_SM), 1);
    assert_non_null(
        memmem(find(k, SMPP_DELIVER_SM)->body, find(k, SMPP_DELIVER_SM)->len, "\4STOP", 5));
}

static void the_time_from_a_message_of_a_handset_to_its_answer_is_told(void **state)
{
    struct carrier *k = *state;
    struct buffer answer;

    bind_as(k, SMPP_BIND_TRANSCEIVER);
    submit(k, 2, "33612345678"); /* its receipt is not counted */
    turn(k);
    feed(k, SMPP_DELIVER_SM | SMPP_RESPONSE, 0, find(k, SMPP_DELIVER_SM)->sequence, "", 1);
    buffer_init(&answer, 10000);
    control_run(k->smsc, "send +33612345678 36105 STOP", &answer);
    turn(k);
    k->smsc->now_us += 7000;
    feed(k, SMPP_DELIVER_SM | SMPP_RESPONSE, 0, find(k, SMPP_DELIVER_SM)->sequence, "", 1);
    assert_int_equal(k->smsc->stats.inbound_answers.n, 1);
    control_run(k->smsc, "stats", &answer);
    assert_non_null(strstr(buffer_text(&answer), "\"inbound_ms_p99\":7.000,"));
    buffer_close(&answer);
}

static void a_hundred_thousand_at_once_stay_within_the_queue(void **state)
{
    char from[] = "+336200#####", to[] = "36105", text[] = "Merci", nobody[] = "";
    struct scenario_inbound flood = {
        .from = from, .to = to, .text = text, .system_id = nobody, .count = 100000
    };
    struct scenario scenario;
    struct arena arena;
    struct smsc *smsc;

    (void)state;
    arena_init(&arena);
    assert_int_equal(scenario_load(NULL, &arena, &scenario, NULL), RC_OK);
    scenario.settings.queue_limit = 5000;
    scenario.inbound = (struct config_array){ &flood, 1 };
    smsc = smsc_new(&scenario, &arena);
    assert_non_null(smsc);
    while (smsc->stats.inbound_planned + smsc->stats.inbound_dropped < 100000)
        smsc_turn(smsc);
    assert_int_equal(smsc->stats.inbound_planned, 5000);
    assert_int_equal(smsc->stats.queued, 5000);
    assert_int_equal(smsc->deliveries.used, 5000);
    smsc_free(smsc);
}

/* --- control --- */

static void expect(struct carrier *k, const char *line, const char *part)
{
    struct buffer answer;

    buffer_init(&answer, 65536);
    control_run(k->smsc, line, &answer);
    if (!strstr(buffer_text(&answer), part))
        fail_msg("%s -> %s", line, buffer_text(&answer));
    buffer_close(&answer);
}

static void control_answers_each_line(void **state)
{
    struct carrier *k = *state;

    expect(k, "stats", "\"submits\":0,");
    expect(k, "", "\"ok\":false");
    expect(k, "nonsense", "\"ok\":false");
    expect(k, "send +336 36105", "expected: send FROM TO TEXT");
    expect(k, "set receipt_delay 5s", "{\"ok\":true}");
    expect(k, "set receipt_delay soon", "receipt_delay: expected a duration");
    expect(k, "set undelivered 150%", "undelivered: expected a share");
    expect(k, "set status_faults 1% 0x400, rubbish", "status_faults: expected a share");
    expect(k, "set nothing 1", "no such key");
    expect(k, "doubles", "\"destinations\":[]");
    assert_int_equal(k->smsc->scenario.settings.receipt_delay, 5000);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(nothing_but_a_bind_is_taken_before_the_bind),
        TEST(a_wrong_password_is_refused_and_ends_the_session),
        TEST(a_receiver_may_not_submit),
        TEST(a_second_bind_on_a_session_is_refused),
        TEST(an_unknown_command_gets_generic_nack_and_an_unknown_answer_nothing),
        TEST(bytes_that_are_no_smpp_end_the_session),
        TEST(a_pdu_may_come_a_byte_at_a_time),
        TEST(a_submit_gets_an_id_and_a_receipt_that_names_it),
        TEST(an_id_may_be_hexadecimal_here_and_decimal_there),
        TEST(a_receipt_left_unanswered_comes_again_after_a_new_bind),
        TEST(a_receipt_refused_for_now_waits_and_one_refused_for_good_is_over),
        TEST(receipts_come_only_when_asked_for),
        TEST(doubles_are_counted),
        TEST(throttling_lets_through_what_it_says),
        TEST(faults_come_in_their_share),
        TEST(a_connection_cut_unanswered_has_accepted_and_not_said_so),
        TEST(a_deaf_session_says_nothing_and_keeps_its_receipts_for_another),
        TEST(a_stray_and_a_double_response_follow_the_real_one),
        TEST(garbage_behind_a_response_is_no_pdu),
        TEST(a_lost_response_is_counted_and_its_receipt_comes),
        TEST(a_bind_may_be_refused_although_all_is_right),
        TEST(a_receipt_may_come_before_its_response),
        TEST(a_full_queue_refuses_more),
        TEST(every_recipient_answers_once),
        TEST(a_long_text_goes_in_parts),
        TEST(a_message_of_a_handset_waits_for_the_first_receiver),
        TEST(the_time_from_a_message_of_a_handset_to_its_answer_is_told),
        cmocka_unit_test(a_hundred_thousand_at_once_stay_within_the_queue),
        TEST(control_answers_each_line),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
