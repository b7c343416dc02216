/* test_mail_reply.c - what relays answer, and what follows for a mail. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "channel/mail/relay.h"
#include "channel/mail/reply.h"

static void an_unknown_recipient_is_refused_for_good(void **state)
{
    (void)state;
    assert_int_equal(reply_fate(REPLY_TO_RCPT, 550), LETTER_REFUSED);
    assert_int_equal(reply_fate(REPLY_TO_DATA, 554), LETTER_REFUSED);
}

static void a_full_mailbox_is_tried_again(void **state)
{
    (void)state;
    assert_int_equal(reply_fate(REPLY_TO_RCPT, 452), LETTER_LATER);
    assert_int_equal(reply_fate(REPLY_TO_DATA, 451), LETTER_LATER);
    assert_int_equal(reply_fate(REPLY_TO_MAIL, 421), LETTER_LATER);
}

static void a_relay_that_wants_a_password_is_no_fault_of_the_mail(void **state)
{
    (void)state;
    assert_int_equal(reply_fate(REPLY_TO_MAIL, 530), LETTER_LATER);
    assert_int_equal(reply_fate(REPLY_TO_RCPT, 530), LETTER_LATER);
    assert_int_equal(reply_fate(REPLY_TO_DATA, 535), LETTER_LATER);
}

static void a_refused_sender_is_a_setting_to_mend_and_not_the_end_of_the_mail(void **state)
{
    (void)state;
    assert_int_equal(reply_fate(REPLY_TO_MAIL, 553), LETTER_LATER);
}

static void a_relay_that_has_no_room_or_wants_a_password_is_passed_over(void **state)
{
    (void)state;
    assert_true(reply_is_about_relay(REPLY_TO_MAIL, 452));
    assert_true(reply_is_about_relay(REPLY_TO_MAIL, 421));
    assert_true(reply_is_about_relay(REPLY_TO_RCPT, 530));
    assert_false(reply_is_about_relay(REPLY_TO_RCPT, 450)); /* greylisting */
    assert_false(reply_is_about_relay(REPLY_TO_DATA, 451));
    assert_false(reply_is_about_relay(REPLY_TO_MAIL, 552));
}

static void a_mail_that_is_too_large_never_gets_smaller(void **state)
{
    (void)state;
    assert_int_equal(reply_fate(REPLY_TO_MAIL, 552), LETTER_REFUSED);
}

static void an_answer_that_is_none_is_no_reason_to_give_up(void **state)
{
    (void)state;
    assert_int_equal(reply_fate(REPLY_TO_DATA, 0), LETTER_LATER);
    assert_int_equal(reply_fate(REPLY_TO_DATA, 354), LETTER_LATER);
    assert_int_equal(reply_fate(REPLY_TO_DATA, 999), LETTER_LATER);
}

static void words_become_one_printable_line(void **state)
{
    char words[40];

    (void)state;
    reply_words("  No such user\r\n see\thttp://x\033[31m\xe9\r\n", words, sizeof(words));
    assert_string_equal(words, "No such user see http://x?[31m?");
    reply_words("0123456789 0123456789 0123456789 0123456789", words, sizeof(words));
    assert_int_equal(strlen(words), sizeof(words) - 1);
    reply_words("", words, sizeof(words));
    assert_string_equal(words, "");
}

static void the_last_line_of_a_long_reply_counts(void **state)
{
    static const char many[] = "250-mx.example\r\n250-SIZE 1000\r\n421 4.3.2 closing\r\n";
    char words[40];

    (void)state;
    assert_int_equal(reply_last(many, sizeof(many) - 1, words, sizeof(words)), 421);
    assert_string_equal(words, "4.3.2 closing");
    assert_int_equal(reply_last("554\r\n", 5, words, sizeof(words)), 554);
    assert_string_equal(words, "");
    assert_int_equal(reply_last("hello\r\n", 7, words, sizeof(words)), 0);
    assert_int_equal(reply_last("\r\n", 2, words, sizeof(words)), 0);
    assert_int_equal(reply_last("", 0, words, sizeof(words)), 0);
}

static void a_relay_is_a_host_and_a_port(void **state)
{
    static const char *const good[] = { "localhost:25", "192.0.2.1:587", "mx-1.shop.example:2525" };
    static const char *const bad[] = { "",       "localhost",    "localhost:", ":25",
                                       "a:0",    "a:65536",      "a:25x",      "[::1]:25",
                                       "a b:25", "a:25\r\nQUIT", "a:-1",       "a: 25" };
    struct error err;

    (void)state;
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
        assert_int_equal(mail_relay_check(good[i], &err), RC_OK);
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_int_equal(mail_relay_check(bad[i], &err), RC_INVALID);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_unknown_recipient_is_refused_for_good),
        cmocka_unit_test(a_full_mailbox_is_tried_again),
        cmocka_unit_test(a_relay_that_wants_a_password_is_no_fault_of_the_mail),
        cmocka_unit_test(a_refused_sender_is_a_setting_to_mend_and_not_the_end_of_the_mail),
        cmocka_unit_test(a_relay_that_has_no_room_or_wants_a_password_is_passed_over),
        cmocka_unit_test(a_mail_that_is_too_large_never_gets_smaller),
        cmocka_unit_test(an_answer_that_is_none_is_no_reason_to_give_up),
        cmocka_unit_test(words_become_one_printable_line),
        cmocka_unit_test(the_last_line_of_a_long_reply_counts),
        cmocka_unit_test(a_relay_is_a_host_and_a_port),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
