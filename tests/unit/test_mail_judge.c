/* test_mail_judge.c - which addresses are ours, what a mail is, what it wants, and whether it may.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "domain/mail_token.h"
#include "flow/mail_judge.h"

#define DOMAIN  "in.shop.example"
#define CONTACT "contact@shop.example"
#define MESSAGE UINT64_C(77)

static const uint8_t key[MAIL_TOKEN_KEY_SIZE] = "a key for tests, of 32 bytes....";
static const char *const contacts[] = { CONTACT };
static const char *const unsubscribes[] = { "stop@shop.example" };
static const struct mail_house house = {
    .domain = DOMAIN,
    .key = key,
    .own = "bonjour@shop.example",
    .contacts = contacts,
    .n_contacts = 1,
    .unsubscribes = unsubscribes,
    .n_unsubscribes = 1,
    .authserv_id = "mx.shop.example",
};

static struct arena arena;
static struct mail_facts facts;
static struct mail_arrival arrival;

static int fresh(void **state)
{
    (void)state;
    arena_init(&arena);
    facts = (struct mail_facts){
        .from = { .address = "anne@Customer.example", .name = "Anne" },
        .sender = { "", "" },
        .reply_to = { "", "" },
        .to = "",
        .subject = "Bonjour",
        .message_id = "1@customer.example",
        .auto_submitted = "",
        .precedence = "",
        .list_id = "",
        .list_unsubscribe = "",
        .suppress = "",
        .return_path = "",
        .x_loop = "",
        .feedback_type = "",
        .content_type = "text/plain",
        .report_type = "",
        .text = "Bonjour",
        .fresh = "Bonjour",
        .report = "",
        .returned = "",
        .odd = "",
    };
    arrival =
        (struct mail_arrival){ .facts = &facts, .envelope_from = "anne@customer.example", .at = 1 };
    return 0;
}

static int done(void **state)
{
    (void)state;
    arena_close(&arena);
    return 0;
}

static const char *token(enum mail_token_kind kind)
{
    static char address[ADDRESS_SIZE];
    char local[MAIL_TOKEN_SIZE + 2];

    mail_token_local(key, kind, MESSAGE, local);
    snprintf(address, sizeof(address), "%s@" DOMAIN, local);
    return address;
}

static unsigned code_for(const char *address)
{
    struct mail_recipient recipient;
    struct lmtp_reply reply;

    mail_recipient_find(&house, address, &recipient, &reply);
    return reply.code;
}

static struct mail_in_item judge(const char *to)
{
    struct mail_recipient recipient;
    struct lmtp_reply reply;
    struct mail_in_item item;

    assert_true(mail_recipient_find(&house, to, &recipient, &reply));
    assert_true(mail_judge(&house, &arrival, &recipient, to, &arena, &item));
    return item;
}

static void says(const char *text)
{
    facts.text = facts.fresh = text;
}

static void our_mta_says(const char *result)
{
    facts.authentication_results[0] = result;
    facts.n_authentication_results = 1;
}

static void is_a_report(void)
{
    facts.content_type = "multipart/report";
    facts.report_type = "delivery-status";
    facts.auto_submitted = "auto-replied";
    facts.report = "Reporting-MTA: dns; mx.example\n\nFinal-Recipient: rfc822; x@y.example\n"
                   "Action: failed\nStatus: 5.1.1\nDiagnostic-Code: smtp; 550 5.1.1 user unknown\n";
    arrival.envelope_from = "";
}

/* --- addresses --- */

static void only_addresses_of_ours_are_there(void **state)
{
    (void)state;
    assert_int_equal(code_for(CONTACT), 250);
    assert_int_equal(code_for("CONTACT@Shop.Example"), 250);
    assert_int_equal(code_for("stop@shop.example"), 250);
    assert_int_equal(code_for("postmaster@" DOMAIN), 250);
    assert_int_equal(code_for(token(MAIL_TOKEN_BOUNCE)), 250);
    assert_int_equal(code_for("r-aaaaaaaaaaaaaaaaaaaaaaaaaa@" DOMAIN), 550);
    assert_int_equal(code_for("anybody@shop.example"), 550);
    assert_int_equal(code_for("import-acme@" DOMAIN), 550);
    assert_int_equal(code_for("Postmaster"), 250); /* RFC 5321, 4.5.1 */
    assert_int_equal(code_for("postmasters"), 550);
    assert_int_equal(code_for(""), 550);
}

static void a_token_of_another_domain_is_none_of_ours(void **state)
{
    char address[ADDRESS_SIZE];

    (void)state;
    snprintf(address, sizeof(address), "%.28s@shop.example", token(MAIL_TOKEN_REPLY));
    assert_int_equal(code_for(address), 550);
}

static void a_message_of_ours_is_found_wherever_its_token_stands(void **state)
{
    char text[400];

    (void)state;
    snprintf(text, sizeof(text), "Message-ID: <x@y>\nList-Unsubscribe: <mailto:%s>\n",
             token(MAIL_TOKEN_UNSUBSCRIBE));
    assert_int_equal(mail_recipient_message(&house, text), MESSAGE);
    assert_int_equal(mail_recipient_message(&house, token(MAIL_TOKEN_ALERT)), 0);
    assert_int_equal(mail_recipient_message(&house, "@@ a@ r-@x"), 0);
}

/* --- orders --- */

static void a_stop_may_stand_in_the_text_its_first_line_or_the_subject(void **state)
{
    (void)state;
    says("STOP");
    assert_int_equal(judge(CONTACT).keyword.action, KEYWORD_STOP);
    says("\nstop\n\nAnne Durand\n06 12 34 56 78\n");
    assert_int_equal(judge(CONTACT).keyword.action, KEYWORD_STOP);
    says("Merci de votre message d'hier, il m'a bien plu.");
    assert_int_equal(judge(CONTACT).keyword.action, KEYWORD_NONE);
    facts.subject = "Unsubscribe";
    assert_int_equal(judge(CONTACT).keyword.action, KEYWORD_STOP);
}

static void a_sentence_that_refuses_may_stand_behind_a_greeting(void **state)
{
    (void)state;
    says("Please unsubscribe me from your list.\n\nFanny Durand\n");
    assert_int_equal(judge(CONTACT).keyword.action, KEYWORD_STOP);
    says("Bonjour,\n\nMerci de me désabonner.\n\nFanny Durand\n");
    assert_int_equal(judge(CONTACT).keyword.action, KEYWORD_STOP);
    says("Bonjour,\n\nJe ne veux pas me désabonner, au contraire.\n\nFanny\n");
    assert_int_equal(judge(CONTACT).keyword.action, KEYWORD_NONE);
    says("Bonjour,\n\nMon colis est abîmé.\n\nstop\n");
    assert_int_equal(judge(CONTACT).keyword.action, KEYWORD_NONE);
}

static void a_title_is_no_order_but_a_refusal_when_there_is_a_text(void **state)
{
    (void)state;
    facts.subject = "Info";
    says("Où est mon colis ?");
    assert_int_equal(judge(CONTACT).keyword.action, KEYWORD_NONE);
    says("");
    assert_int_equal(judge(CONTACT).keyword.action, KEYWORD_HELP);
}

static void a_mail_to_unsubscribe_needs_no_words(void **state)
{
    struct mail_in_item item;

    (void)state;
    item = judge("stop@shop.example");
    assert_int_equal(item.keyword.action, KEYWORD_STOP);
    assert_true(item.may_answer);
    item = judge(token(MAIL_TOKEN_UNSUBSCRIBE));
    assert_int_equal(item.keyword.action, KEYWORD_STOP);
    assert_int_equal(item.about_id, MESSAGE);
    assert_false(item.may_answer); /* a mail program did it */
}

/* --- who may --- */

static void a_token_or_dkim_or_dmarc_vouches_for_an_order_and_spf_does_not(void **state)
{
    (void)state;
    assert_false(judge(CONTACT).may_order);
    assert_true(judge(token(MAIL_TOKEN_REPLY)).may_order);
    our_mta_says("mx.shop.example; dkim=pass header.d=customer.example");
    assert_true(judge(CONTACT).may_order);
    assert_string_equal(judge(CONTACT).proof, "dkim");
    our_mta_says("mx.shop.example; spf=pass smtp.mailfrom=customer.example");
    assert_false(judge(CONTACT).may_order);
    our_mta_says("mx.other.example; dkim=pass header.d=customer.example");
    assert_false(judge(CONTACT).may_order);
}

static void what_no_person_wrote_orders_and_gets_nothing(void **state)
{
    struct mail_in_item item;

    (void)state;
    facts.auto_submitted = "auto-replied";
    item = judge(token(MAIL_TOKEN_REPLY));
    assert_false(item.may_order);
    assert_false(item.may_answer);
    assert_string_equal(item.automatic, "reply");
}

static void nobody_is_answered_who_is_ourselves_or_has_no_address(void **state)
{
    (void)state;
    assert_true(judge(CONTACT).may_answer);
    facts.from.address = "bonjour@shop.example";
    assert_false(judge(CONTACT).may_answer);
    facts.from.address = CONTACT;
    assert_false(judge(CONTACT).may_answer);
    facts.from.address = "no address";
    assert_false(judge(CONTACT).may_answer);
    facts.from.address = "anne@customer.example";
    facts.message_id = token(MAIL_TOKEN_REPLY); /* our own mail came round */
    assert_false(judge(CONTACT).may_answer);
    facts.message_id = "1@customer.example";
    arrival.envelope_from = "";
    assert_false(judge(CONTACT).may_answer);
}

/* --- reports --- */

static void a_report_to_its_own_address_is_a_bounce_of_that_message(void **state)
{
    struct mail_in_item item;

    (void)state;
    is_a_report();
    item = judge(token(MAIL_TOKEN_BOUNCE));
    assert_int_equal(item.kind, MAIL_IN_BOUNCE);
    assert_int_equal(item.report, MAIL_REPORT_HARD);
    assert_int_equal(item.about_id, MESSAGE);
    assert_int_equal(item.keyword.action, KEYWORD_NONE);
}

static void a_report_to_another_address_needs_a_token_in_what_came_back(void **state)
{
    char returned[800];
    struct mail_in_item item;

    (void)state;
    is_a_report();
    item = judge(CONTACT);
    assert_int_equal(item.kind, MAIL_IN_MESSAGE);
    assert_int_equal(item.report, MAIL_REPORT_NONE);
    snprintf(returned, sizeof(returned), "Message-ID: <%s>\n", token(MAIL_TOKEN_REPLY));
    facts.returned = returned;
    item = judge(CONTACT);
    assert_int_equal(item.kind, MAIL_IN_BOUNCE);
    assert_int_equal(item.about_id, MESSAGE);
}

/* Somebody else's mail may answer to ours, or go to its thread, and come back. */
static void a_message_that_is_merely_named_in_what_came_back_is_not_blamed(void **state)
{
    char returned[800];
    struct mail_in_item item;

    (void)state;
    is_a_report();
    snprintf(returned, sizeof(returned),
             "Message-ID: <1@office.example>\nTo: <%s>\nReferences: <%s>\n",
             token(MAIL_TOKEN_REPLY), token(MAIL_TOKEN_REPLY));
    facts.returned = returned;
    facts.references[0] = token(MAIL_TOKEN_REPLY);
    facts.n_references = 1;
    item = judge(CONTACT);
    assert_int_equal(item.kind, MAIL_IN_MESSAGE);
    assert_int_equal(item.report, MAIL_REPORT_NONE);
}

static void whom_a_report_names_is_told_unless_the_address_says_which_message(void **state)
{
    char returned[800];

    (void)state;
    is_a_report();
    assert_null(judge(token(MAIL_TOKEN_BOUNCE)).report_names);
    snprintf(returned, sizeof(returned), "Return-Path: <%s>\n", token(MAIL_TOKEN_BOUNCE));
    facts.returned = returned;
    assert_int_equal(judge(CONTACT).about_id, MESSAGE);
    assert_string_equal(judge(CONTACT).report_names, "x@y.example");
    assert_string_equal(judge(token(MAIL_TOKEN_REPLY)).report_names, "x@y.example");
}

static void a_person_who_writes_to_where_reports_go_is_heard(void **state)
{
    struct mail_in_item item;

    (void)state;
    item = judge(token(MAIL_TOKEN_BOUNCE));
    assert_int_equal(item.kind, MAIL_IN_REPLY);
    assert_int_equal(item.about_id, MESSAGE);
    item = judge(token(MAIL_TOKEN_HOUSE));
    assert_int_equal(item.kind, MAIL_IN_MESSAGE);
    assert_int_equal(item.about_id, 0);
    assert_string_equal(item.review, "reply_to_house");
}

/* --- alerts --- */

static void the_first_word_says_whether_an_alert_is_dealt_with(void **state)
{
    (void)state;
    says("Fait : le fichier est là");
    assert_true(judge(token(MAIL_TOKEN_ALERT)).settles);
    says("\nresolved.");
    assert_true(judge(token(MAIL_TOKEN_ALERT)).settles);
    says("Je m'en occupe, ce sera fait demain");
    assert_false(judge(token(MAIL_TOKEN_ALERT)).settles);
    says("");
    assert_false(judge(token(MAIL_TOKEN_ALERT)).settles);
}

/* --- marks --- */

static void a_mark_is_of_the_bytes_and_of_the_recipient_in_whichever_case(void **state)
{
    struct mail_in_item a = judge(CONTACT), b = judge("Contact@SHOP.example"),
                        c = judge("stop@shop.example"), d;

    (void)state;
    arrival.digest[0] = 1;
    d = judge(CONTACT);
    assert_memory_equal(a.mark, b.mark, MAIL_MARK_SIZE);
    assert_memory_not_equal(a.mark, c.mark, MAIL_MARK_SIZE);
    assert_memory_not_equal(a.mark, d.mark, MAIL_MARK_SIZE);
}

static void a_sender_has_one_spelling(void **state)
{
    (void)state;
    facts.from.address = "Anne.Durand@Customer.example";
    assert_string_equal(judge(CONTACT).from, "anne.durand@customer.example");
}

static void a_digest_is_the_same_in_one_piece_or_several(void **state)
{
    uint8_t whole[MAIL_DIGEST_SIZE], pieces[MAIL_DIGEST_SIZE];
    struct mail_digest *d = mail_digest_new();

    (void)state;
    assert_non_null(d);
    mail_digest_of("abcdef", 6, whole);
    mail_digest_add(d, "abc", 3);
    mail_digest_add(d, "def", 3);
    mail_digest_end(d, pieces);
    assert_memory_equal(whole, pieces, MAIL_DIGEST_SIZE);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, fresh, done)
    const struct CMUnitTest tests[] = {
        TEST(only_addresses_of_ours_are_there),
        TEST(a_token_of_another_domain_is_none_of_ours),
        TEST(a_message_of_ours_is_found_wherever_its_token_stands),
        TEST(a_stop_may_stand_in_the_text_its_first_line_or_the_subject),
        TEST(a_sentence_that_refuses_may_stand_behind_a_greeting),
        TEST(a_title_is_no_order_but_a_refusal_when_there_is_a_text),
        TEST(a_mail_to_unsubscribe_needs_no_words),
        TEST(a_token_or_dkim_or_dmarc_vouches_for_an_order_and_spf_does_not),
        TEST(what_no_person_wrote_orders_and_gets_nothing),
        TEST(nobody_is_answered_who_is_ourselves_or_has_no_address),
        TEST(a_report_to_its_own_address_is_a_bounce_of_that_message),
        TEST(a_report_to_another_address_needs_a_token_in_what_came_back),
        TEST(a_message_that_is_merely_named_in_what_came_back_is_not_blamed),
        TEST(whom_a_report_names_is_told_unless_the_address_says_which_message),
        TEST(a_person_who_writes_to_where_reports_go_is_heard),
        TEST(the_first_word_says_whether_an_alert_is_dealt_with),
        TEST(a_mark_is_of_the_bytes_and_of_the_recipient_in_whichever_case),
        TEST(a_sender_has_one_spelling),
        TEST(a_digest_is_the_same_in_one_piece_or_several),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
