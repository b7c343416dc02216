/* test_message.c - the table of moves, read as promises. */
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
            bool provably_not_out = from == MESSAGE_SUBMITTING && on == MESSAGE_ON_PUT_BACK;
            bool never_claimed = from == MESSAGE_HELD && on == MESSAGE_ON_RELEASED;
            bool by_operator = from != MESSAGE_UNKNOWN && on == MESSAGE_ON_RETRIED;

            if (step(CLASS_PROMO, (enum message_state)from, (enum message_event)on, &to) == RC_OK &&
                to == MESSAGE_QUEUED)
                assert_true(provably_not_out || never_claimed || by_operator);
            if (from == MESSAGE_UNKNOWN)
                assert_int_not_equal(to, MESSAGE_SUBMITTING);
        }
    }
}

static void an_unknown_service_message_or_alert_may_be_claimed_once_more(void **state)
{
    enum message_state to;

    (void)state;
    assert_int_equal(step(CLASS_SERVICE, MESSAGE_UNKNOWN, MESSAGE_ON_CLAIMED, &to), RC_OK);
    assert_int_equal(to, MESSAGE_SUBMITTING);
    assert_int_equal(step(CLASS_ALERT, MESSAGE_UNKNOWN, MESSAGE_ON_CLAIMED, &to), RC_OK);
    assert_int_equal(step(CLASS_PROMO, MESSAGE_UNKNOWN, MESSAGE_ON_CLAIMED, &to), RC_CONFLICT);
    assert_int_equal(to, MESSAGE_STATE_COUNT);
}

static void the_ordinary_life_goes_from_queued_to_delivered(void **state)
{
    static const struct {
        enum message_event on;
        enum message_state to;
    } life[] = {
        { MESSAGE_ON_HELD, MESSAGE_HELD },           { MESSAGE_ON_RELEASED, MESSAGE_QUEUED },
        { MESSAGE_ON_CLAIMED, MESSAGE_SUBMITTING },  { MESSAGE_ON_PUT_BACK, MESSAGE_QUEUED },
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

static void only_a_delivery_or_an_operator_changes_what_has_ended(void **state)
{
    static const enum message_state ends[] = { MESSAGE_DELIVERED, MESSAGE_FAILED, MESSAGE_EXPIRED,
                                               MESSAGE_CANCELLED };

    (void)state;
    for (size_t i = 0; i < COUNT(ends); i++) {
        for (int on = 0; on < MESSAGE_EVENT_COUNT; on++) {
            enum message_state to;
            if (step(CLASS_ALERT, ends[i], (enum message_event)on, &to) == RC_OK) {
                assert_true(on == MESSAGE_ON_DELIVERED || on == MESSAGE_ON_RETRIED);
                assert_int_not_equal(ends[i], MESSAGE_DELIVERED);
            }
        }
    }
}

static void what_the_carrier_has_can_be_neither_cancelled_nor_held(void **state)
{
    static const enum message_event late[] = { MESSAGE_ON_CANCELLED, MESSAGE_ON_HELD,
                                               MESSAGE_ON_OUT_OF_TIME };
    static const enum message_state out[] = { MESSAGE_ACCEPTED, MESSAGE_UNKNOWN };

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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_promotion_that_may_be_out_never_comes_back_to_the_queue),
        cmocka_unit_test(an_unknown_service_message_or_alert_may_be_claimed_once_more),
        cmocka_unit_test(the_ordinary_life_goes_from_queued_to_delivered),
        cmocka_unit_test(a_receipt_that_overtakes_the_answer_is_believed),
        cmocka_unit_test(a_receipt_settles_an_unknown_message),
        cmocka_unit_test(only_a_delivery_or_an_operator_changes_what_has_ended),
        cmocka_unit_test(what_the_carrier_has_can_be_neither_cancelled_nor_held),
        cmocka_unit_test(states_have_the_names_of_the_database),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
