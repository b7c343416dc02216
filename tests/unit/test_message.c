/* test_message.c - the table of moves and the table of statuses, read as promises. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "domain/message.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static const enum message_class classes[] = { CLASS_ALERT, CLASS_SERVICE, CLASS_PROMO };

static enum rc step(enum message_class class, enum message_state from, enum message_event on,
                    enum message_state *to)
{
    *to = MESSAGE_STATE_COUNT;
    return message_step(class, from, on, to);
}

static void a_promotion_that_may_be_out_never_comes_back_to_the_queue(void **state)
{
    (void)state;
    for (int from = 0; from < MESSAGE_STATE_COUNT; from++) {
        for (int on = 0; on < MESSAGE_EVENT_COUNT; on++) {
            enum message_state to;
            bool provably_not_out =
                from == MESSAGE_SUBMITTING &&
                (on == MESSAGE_ON_REFUSED_FOR_NOW || on == MESSAGE_ON_NOT_WRITTEN);
            bool never_claimed = from == MESSAGE_HELD && on == MESSAGE_ON_RELEASED;

            if (step(CLASS_PROMO, (enum message_state)from, (enum message_event)on, &to) == RC_OK &&
                to == MESSAGE_QUEUED)
                assert_true(provably_not_out || never_claimed);
        }
    }
}

static void an_unknown_service_message_or_alert_is_tried_again_after_settling(void **state)
{
    enum message_state to;

    (void)state;
    assert_int_equal(step(CLASS_SERVICE, MESSAGE_UNKNOWN, MESSAGE_ON_SETTLED_UNSENT, &to), RC_OK);
    assert_int_equal(to, MESSAGE_QUEUED);
    assert_int_equal(step(CLASS_ALERT, MESSAGE_UNKNOWN, MESSAGE_ON_SETTLED_UNSENT, &to), RC_OK);
    assert_int_equal(step(CLASS_PROMO, MESSAGE_UNKNOWN, MESSAGE_ON_SETTLED_UNSENT, &to),
                     RC_CONFLICT);
    assert_int_equal(to, MESSAGE_STATE_COUNT);
}

static void the_ordinary_life_goes_from_queued_to_delivered(void **state)
{
    static const struct {
        enum message_event on;
        enum message_state to;
    } life[] = {
        { MESSAGE_ON_HELD, MESSAGE_HELD },           { MESSAGE_ON_RELEASED, MESSAGE_QUEUED },
        { MESSAGE_ON_CLAIMED, MESSAGE_SUBMITTING },  { MESSAGE_ON_REFUSED_FOR_NOW, MESSAGE_QUEUED },
        { MESSAGE_ON_CLAIMED, MESSAGE_SUBMITTING },  { MESSAGE_ON_TAKEN, MESSAGE_ACCEPTED },
        { MESSAGE_ON_DELIVERED, MESSAGE_DELIVERED },
    };

    (void)state;
    for (size_t c = 0; c < COUNT(classes); c++) {
        enum message_state at = MESSAGE_QUEUED;
        for (size_t i = 0; i < COUNT(life); i++) {
            assert_int_equal(message_step(classes[c], at, life[i].on, &at), RC_OK);
            assert_int_equal(at, life[i].to);
        }
    }
}

static void a_receipt_that_overtakes_the_answer_is_believed(void **state)
{
    enum message_state to;

    (void)state;
    assert_int_equal(step(CLASS_PROMO, MESSAGE_SUBMITTING, MESSAGE_ON_DELIVERED, &to), RC_OK);
    assert_int_equal(to, MESSAGE_DELIVERED);
    assert_int_equal(message_step(CLASS_PROMO, to, MESSAGE_ON_TAKEN, &to), RC_CONFLICT);
    assert_int_equal(to, MESSAGE_DELIVERED);
}

static void a_receipt_settles_an_unknown_message(void **state)
{
    enum message_state to;

    (void)state;
    assert_int_equal(step(CLASS_PROMO, MESSAGE_UNKNOWN, MESSAGE_ON_PROGRESS, &to), RC_OK);
    assert_int_equal(to, MESSAGE_ACCEPTED);
    assert_int_equal(step(CLASS_PROMO, MESSAGE_UNKNOWN, MESSAGE_ON_UNDELIVERED, &to), RC_OK);
    assert_int_equal(to, MESSAGE_FAILED);
    assert_int_equal(step(CLASS_PROMO, MESSAGE_UNKNOWN, MESSAGE_ON_EXPIRED_AT_CARRIER, &to), RC_OK);
    assert_int_equal(to, MESSAGE_EXPIRED);
}

static void nothing_leaves_the_end(void **state)
{
    static const enum message_state ends[] = { MESSAGE_DELIVERED, MESSAGE_FAILED, MESSAGE_EXPIRED,
                                               MESSAGE_CANCELLED };
    size_t final = 0;

    (void)state;
    for (size_t i = 0; i < COUNT(ends); i++) {
        assert_true(message_state_is_final(ends[i]));
        for (int on = 0; on < MESSAGE_EVENT_COUNT; on++) {
            enum message_state to;
            assert_int_equal(step(CLASS_ALERT, ends[i], (enum message_event)on, &to), RC_CONFLICT);
        }
    }
    for (int s = 0; s < MESSAGE_STATE_COUNT; s++)
        final += message_state_is_final((enum message_state)s);
    assert_int_equal(final, COUNT(ends));
}

static void what_is_on_the_wire_can_be_neither_cancelled_nor_held(void **state)
{
    static const enum message_event late[] = { MESSAGE_ON_CANCELLED, MESSAGE_ON_HELD,
                                               MESSAGE_ON_OUT_OF_TIME, MESSAGE_ON_CLAIMED };
    static const enum message_state out[] = { MESSAGE_SUBMITTING, MESSAGE_ACCEPTED,
                                              MESSAGE_UNKNOWN };

    (void)state;
    for (size_t s = 0; s < COUNT(out); s++) {
        for (size_t i = 0; i < COUNT(late); i++) {
            enum message_state to;
            assert_int_equal(step(CLASS_SERVICE, out[s], late[i], &to), RC_CONFLICT);
        }
    }
}

static void states_have_the_names_of_the_database(void **state)
{
    static const char *const names[] = { "queued",  "submitting", "accepted", "delivered", "failed",
                                         "expired", "unknown",    "held",     "cancelled" };

    (void)state;
    assert_int_equal(COUNT(names), MESSAGE_STATE_COUNT);
    for (size_t i = 0; i < COUNT(names); i++) {
        enum message_state s = MESSAGE_STATE_COUNT;
        assert_string_equal(message_state_name((enum message_state)i), names[i]);
        assert_int_equal(message_state_parse(names[i], &s), RC_OK);
        assert_int_equal(s, i);
    }
    assert_int_equal(message_state_parse("sent", &(enum message_state){ 0 }), RC_INVALID);
}

static void a_status_means_try_slow_down_or_give_up(void **state)
{
    static const struct {
        uint32_t status;
        enum submit_verdict verdict;
    } rows[] = {
        { 0x00, SUBMIT_ACCEPTED },        /* ESME_ROK */
        { 0x58, SUBMIT_THROTTLED },       /* ESME_RTHROTTLED */
        { 0x14, SUBMIT_THROTTLED },       /* ESME_RMSGQFUL */
        { 0x08, SUBMIT_TEMPORARY },       /* ESME_RSYSERR */
        { 0x45, SUBMIT_TEMPORARY },       /* ESME_RSUBMITFAIL */
        { 0x64, SUBMIT_TEMPORARY },       /* ESME_RX_T_APPN */
        { 0xff, SUBMIT_TEMPORARY },       /* ESME_RUNKNOWNERR */
        { 0x0b, SUBMIT_PERMANENT },       /* ESME_RINVDSTADR */
        { 0x0a, SUBMIT_PERMANENT },       /* ESME_RINVSRCADR */
        { 0x01, SUBMIT_PERMANENT },       /* ESME_RINVMSGLEN */
        { 0x65, SUBMIT_PERMANENT },       /* ESME_RX_P_APPN */
        { 0x400, SUBMIT_TEMPORARY },      /* vendor */
        { 0x4ff, SUBMIT_TEMPORARY },      /* vendor */
        { 0x500, SUBMIT_TEMPORARY },      /* reserved */
        { 0x09, SUBMIT_TEMPORARY },       /* reserved */
        { 0xffffffff, SUBMIT_TEMPORARY }, /* reserved */
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++)
        assert_int_equal(message_submit_verdict(rows[i].status), rows[i].verdict);
}

static void a_receipt_says_the_same_in_words_and_in_numbers(void **state)
{
    static const struct {
        const char *stat;
        unsigned number;
        enum message_event event;
    } rows[] = {
        { "ENROUTE", 1, MESSAGE_ON_PROGRESS },           { "DELIVRD", 2, MESSAGE_ON_DELIVERED },
        { "EXPIRED", 3, MESSAGE_ON_EXPIRED_AT_CARRIER }, { "DELETED", 4, MESSAGE_ON_UNDELIVERED },
        { "UNDELIV", 5, MESSAGE_ON_UNDELIVERED },        { "ACCEPTD", 6, MESSAGE_ON_PROGRESS },
        { "UNKNOWN", 7, MESSAGE_ON_PROGRESS },           { "REJECTD", 8, MESSAGE_ON_UNDELIVERED },
        { "delivrd", 2, MESSAGE_ON_DELIVERED },
    };
    enum receipt_verdict v;

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        assert_int_equal(receipt_verdict_from_stat(rows[i].stat, &v), RC_OK);
        assert_int_equal(receipt_event(v), rows[i].event);
        assert_int_equal(receipt_verdict_from_state(rows[i].number, &v), RC_OK);
        assert_int_equal(receipt_event(v), rows[i].event);
    }
    assert_int_equal(receipt_verdict_from_stat("", &v), RC_INVALID);
    assert_int_equal(receipt_verdict_from_stat("DELIVRDX", &v), RC_INVALID);
    assert_int_equal(receipt_verdict_from_state(0, &v), RC_INVALID);
    assert_int_equal(receipt_verdict_from_state(9, &v), RC_INVALID);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_promotion_that_may_be_out_never_comes_back_to_the_queue),
        cmocka_unit_test(an_unknown_service_message_or_alert_is_tried_again_after_settling),
        cmocka_unit_test(the_ordinary_life_goes_from_queued_to_delivered),
        cmocka_unit_test(a_receipt_that_overtakes_the_answer_is_believed),
        cmocka_unit_test(a_receipt_settles_an_unknown_message),
        cmocka_unit_test(nothing_leaves_the_end),
        cmocka_unit_test(what_is_on_the_wire_can_be_neither_cancelled_nor_held),
        cmocka_unit_test(states_have_the_names_of_the_database),
        cmocka_unit_test(a_status_means_try_slow_down_or_give_up),
        cmocka_unit_test(a_receipt_says_the_same_in_words_and_in_numbers),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
