/* test_message_words.c - events and prospects in words. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "domain/message_words.h"

static const char *event(struct message_event_facts facts)
{
    static char words[MESSAGE_WORDS_SIZE];

    facts.carrier = facts.carrier ? facts.carrier : "";
    facts.smsc_message_id = facts.smsc_message_id ? facts.smsc_message_id : "";
    facts.detail = facts.detail ? facts.detail : "";
    message_event_words(&facts, words);
    return words;
}

static void each_event_is_a_sentence(void **state)
{
    (void)state;
    assert_string_equal(event((struct message_event_facts){ .kind = "accepted",
                                                            .carrier = "orange",
                                                            .smsc_message_id = "4f3a",
                                                            .part = 1,
                                                            .parts = 2 }),
                        "carrier orange took part 1 of 2 as 4f3a");
    assert_string_equal(event((struct message_event_facts){
                            .kind = "delivered", .carrier = "orange", .part = 256, .parts = 3 }),
                        "carrier orange delivered all 3 parts to the handset");
    assert_string_equal(event((struct message_event_facts){ .kind = "refused",
                                                            .carrier = "sfr",
                                                            .part = 1,
                                                            .parts = 1,
                                                            .code = 11,
                                                            .detail = "ESME_RINVDSTADR" }),
                        "carrier sfr refused it: ESME_RINVDSTADR (code 11)");
    assert_string_equal(event((struct message_event_facts){
                            .kind = "cancelled", .parts = 1, .detail = "opted_out" }),
                        "cancelled: the number said STOP");
    assert_string_equal(event((struct message_event_facts){ .kind = "news", .parts = 1 }), "news");
}

static void of_a_mail_there_are_mail_servers_and_no_carriers_or_parts(void **state)
{
    struct message_next_facts next = { .state = MESSAGE_ACCEPTED, .by_mail = true };
    char words[MESSAGE_WORDS_SIZE];

    (void)state;
    assert_string_equal(event((struct message_event_facts){ .kind = "accepted",
                                                            .carrier = "mail",
                                                            .smsc_message_id = "4XyZ",
                                                            .part = 1,
                                                            .parts = 1,
                                                            .by_mail = true }),
                        "the mail server took it as 4XyZ");
    assert_string_equal(event((struct message_event_facts){ .kind = "requeued",
                                                            .parts = 1,
                                                            .code = 452,
                                                            .detail = "put_off mailbox_full",
                                                            .by_mail = true }),
                        "back in the queue: the mailbox is full (code 452)");
    assert_string_equal(event((struct message_event_facts){ .kind = "failed",
                                                            .parts = 1,
                                                            .detail = "no_such_user",
                                                            .by_mail = true,
                                                            .carrier = "mail" }),
                        "it came back: the address does not exist");
    assert_string_equal(
        event((struct message_event_facts){
            .kind = "cancelled", .parts = 1, .detail = "opted_out", .by_mail = true }),
        "cancelled: the address unsubscribed");
    message_next_words(&next, words);
    assert_string_equal(words, "nothing more: the mail server has it; should it come back, that "
                               "is noted here");
}

static void what_is_not_known_stays_as_the_carrier_said_it(void **state)
{
    (void)state;
    assert_string_equal(message_reason_words("mailbox_full", true), "the mailbox is full");
    assert_string_equal(message_reason_words("5.7.99", true), "5.7.99");
    assert_string_equal(message_reason_words("err 27", false), "err 27");
}

/* Longer than any buffer: cut, and nothing behind it is touched. */
static void a_long_name_is_cut(void **state)
{
    char name[1000];

    (void)state;
    memset(name, 'x', sizeof(name) - 1);
    name[sizeof(name) - 1] = '\0';
    assert_int_equal(strlen(event((struct message_event_facts){
                         .kind = "requeued", .carrier = name, .parts = 1, .detail = name })),
                     MESSAGE_WORDS_SIZE - 1);
}

static void what_comes_next_is_told_for_each_state(void **state)
{
    static const struct {
        struct message_next_facts facts;
        const char *words;
    } cases[] = {
        { { .state = MESSAGE_QUEUED, .due_at = 1 }, "leaves as soon as" },
        { { .state = MESSAGE_QUEUED, .due_at = 5 * USEC_PER_SEC }, "will be tried at 1970-01-01" },
        { { .state = MESSAGE_QUEUED, .campaign_paused = true }, "its campaign is resumed" },
        { { .state = MESSAGE_QUEUED, .held_route = "sfr" }, "route sfr is released" },
        { { .state = MESSAGE_HELD, .id = 7 }, "relaisctl message release 7" },
        { { .state = MESSAGE_UNKNOWN, .class = CLASS_PROMO }, "never sent twice" },
        { { .state = MESSAGE_UNKNOWN, .class = CLASS_SERVICE, .id = 7 }, "message retry 7" },
        { { .state = MESSAGE_FAILED, .retry_bar = "because" }, "cannot be tried again: because" },
        { { .state = MESSAGE_EXPIRED, .id = 7 }, "relaisctl message retry 7" },
        { { .state = MESSAGE_ACCEPTED }, "receipt" },
    };
    char words[MESSAGE_WORDS_SIZE];

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct message_next_facts facts = cases[i].facts;
        facts.now = USEC_PER_SEC;
        message_next_words(&facts, words);
        if (!strstr(words, cases[i].words))
            fail_msg("\"%s\" does not say \"%s\"", words, cases[i].words);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_event_is_a_sentence),
        cmocka_unit_test(of_a_mail_there_are_mail_servers_and_no_carriers_or_parts),
        cmocka_unit_test(what_is_not_known_stays_as_the_carrier_said_it),
        cmocka_unit_test(a_long_name_is_cut),
        cmocka_unit_test(what_comes_next_is_told_for_each_state),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
