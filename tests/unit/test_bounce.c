/* test_bounce.c - reports about mails that did not arrive, as mail systems write them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "channel/mail/bounce.h"
#include "channel/mail/mail_read.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

/* A mail that says nothing. */
static struct mail_facts mail(void)
{
    return (struct mail_facts){
        .from = { "MAILER-DAEMON@mx.example", "" },
        .sender = { "", "" },
        .reply_to = { "", "" },
        .to = "",
        .subject = "",
        .message_id = "",
        .auto_submitted = "",
        .precedence = "",
        .list_id = "",
        .list_unsubscribe = "",
        .suppress = "",
        .return_path = "<>",
        .x_loop = "",
        .feedback_type = "",
        .content_type = "text/plain",
        .report_type = "",
        .text = "",
        .fresh = "",
        .report = "",
        .returned = "",
        .odd = "",
    };
}

static void check(const struct mail_facts *facts, enum bounce_kind kind, const char *reason)
{
    struct bounce b;
    const bool found = bounce_find(facts, &b);

    if (found != (kind != BOUNCE_NONE) || b.kind != kind || strcmp(b.reason, reason) != 0)
        fail_msg("\"%s%s\": %s %s", facts->report, facts->text, bounce_kind_name(b.kind), b.reason);
}

static void a_report_is_read_by_its_fields(void **state)
{
    struct mail_facts f = mail();
    struct bounce b;

    (void)state;
    f.report = "Reporting-MTA: dns; mx.example\n"
               "Arrival-Date: Thu, 26 Nov 2026 08:00:00 +0000\n"
               "\n"
               "Final-Recipient: rfc822; anne.m@other.example\n"
               "Original-Recipient: rfc822;Anne@Shop.Example\n"
               "Action: failed\n"
               "Status: 5.1.1\n"
               "Remote-MTA: dns; mx.other.example\n"
               "Diagnostic-Code: smtp; 550 5.1.1 <anne.m@other.example>: Recipient\n"
               "    address rejected: User unknown in virtual mailbox table\n";
    f.returned = "From: Relais <news@relais.example>\n"
                 "Message-ID:\n <42.abc@relais.example>\n";
    assert_true(bounce_find(&f, &b));
    assert_int_equal(b.kind, BOUNCE_HARD);
    assert_string_equal(b.reason, "no_such_user");
    assert_string_equal(b.status, "5.1.1");
    assert_int_equal(b.code, 550);
    assert_string_equal(b.recipient, "anne@shop.example");
    assert_string_equal(b.message_id, "42.abc@relais.example");
    assert_string_equal(b.diagnostic, "550 5.1.1 <anne.m@other.example>: Recipient address "
                                      "rejected: User unknown in virtual mailbox table");
    assert_false(b.by_words);
}

/* Status, the remote's words, and what they mean together. */
static void words_and_numbers_are_weighed(void **state)
{
    static const struct {
        const char *status, *diagnostic;
        enum bounce_kind kind;
        const char *reason;
    } rows[] = {
        { "5.2.2", "smtp; 552 5.2.2 mailbox full", BOUNCE_SOFT, "mailbox_full" },
        { "5.0.0", "smtp; 5.1.0 - Unknown address error 550-'5.2.2 <a@b.example> Mailbox full'",
          BOUNCE_SOFT, "mailbox_full" },
        { "5.1.1", "", BOUNCE_HARD, "no_such_user" },
        { "5.1.10", "smtp; 556 5.1.10 Recipient address has null MX", BOUNCE_HARD,
          "no_such_domain" },
        { "5.2.1", "smtp; 550 5.2.1 The email account that you tried to reach is disabled.",
          BOUNCE_HARD, "address_disabled" },
        { "5.2.1", "smtp; 550-5.2.1 The user you are trying to contact is receiving mail at a rate",
          BOUNCE_SOFT, "busy" },
        /* What is wrong with us is not wrong with the address. */
        { "5.1.8",
          "smtp; 553 5.1.8 <a@b.example>... Domain of sender address a@b.example does not"
          " exist",
          BOUNCE_REFUSED, "sender" },
        { "5.7.1", "smtp; 554 5.7.1 Client host [192.0.2.1] blocked using zen.spamhaus.org",
          BOUNCE_REFUSED, "blocked" },
        { "5.7.26", "smtp; 550 5.7.26 mail not accepted", BOUNCE_REFUSED, "not_authenticated" },
        { "5.0.0", "smtp; 554 This message has been scored as spam", BOUNCE_REFUSED, "spam" },
        { "5.3.4", "smtp; 552 5.3.4 Message size exceeds fixed limit", BOUNCE_REFUSED, "too_big" },
        { "5.7.1", "smtp; 554 5.7.1 <a@b.example>: Relay access denied", BOUNCE_REFUSED,
          "relaying" },
        { "5.7.1", "smtp; 550 5.7.1 <a@b.example>: Recipient address rejected: Not today",
          BOUNCE_REFUSED, "policy" },
        { "5.4.1", "smtp; 550 5.4.1 [a@b.example]: Recipient address rejected: Access denied",
          BOUNCE_HARD, "no_such_user" },
        { "5.0.0", "smtp; 550 #5.1.0 Address rejected a@b.example", BOUNCE_HARD, "no_such_user" },
        { "5.0.0", "smtp; 550 No", BOUNCE_REFUSED, "unsaid" },
        /* It was tried, and may go another time. */
        { "4.4.1", "x-postfix; connect to mx.b.example[192.0.2.1]:25: Connection timed out",
          BOUNCE_SOFT, "not_reached" },
        { "4.1.1", "smtp; 450 4.1.1 <a@b.example>: User unknown", BOUNCE_SOFT, "no_such_user" },
        { "4.4.7", "smtp; 451 4.7.650 temporarily rate limited due to IP reputation", BOUNCE_SOFT,
          "blocked" },
        { "4.4.3", "x-postfix; Host or domain name not found. Host not found, try again",
          BOUNCE_SOFT, "not_reached" },
        { "5.4.4", "X-Postfix; Host or domain name not found. Name service error: Host not found",
          BOUNCE_HARD, "no_such_domain" },
        /* Gmail gives up on what is sure with a number that says nothing. */
        { "4.0.0", "smtp; DNS Error: NXDOMAIN Domain name not found: b.example", BOUNCE_HARD,
          "no_such_domain" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct mail_facts f = mail();
        char report[1024];
        snprintf(report, sizeof(report),
                 "Reporting-MTA: dns; mx.example\n\nFinal-Recipient: rfc822; a@b.example\n"
                 "Action: failed\nStatus: %s (it says)\nDiagnostic-Code: %s\n",
                 rows[i].status, rows[i].diagnostic);
        f.report = report;
        check(&f, rows[i].kind, rows[i].reason);
    }
}

static void what_is_still_tried_or_arrived_is_told_apart(void **state)
{
    struct mail_facts f = mail();

    (void)state;
    f.report = "Final-Recipient: rfc822; a@b.example\nAction: delayed\nStatus: 4.4.1\n"
               "Diagnostic-Code: smtp; connection refused\nWill-Retry-Until: tomorrow\n";
    check(&f, BOUNCE_DELAYED, "not_reached");
    f.report = "Final-Recipient: rfc822; a@b.example\nAction: relayed\nStatus: 2.1.5\n";
    check(&f, BOUNCE_DELIVERED, "delivered");
    f.report = "Final-Recipient: rfc822; a@b.example\nStatus: 2.1.5\n";
    check(&f, BOUNCE_DELIVERED, "delivered");
}

static void of_many_recipients_the_worst_one_counts(void **state)
{
    struct mail_facts f = mail();
    struct bounce b;

    (void)state;
    f.report = "Reporting-MTA: dns; x\n\n"
               "Final-Recipient: rfc822; a@b.example\nAction: delivered\nStatus: 2.0.0\n\n"
               "Final-Recipient: rfc822; c@d.example\nAction: failed\nStatus: 5.2.2\n\n"
               "Final-Recipient: rfc822; e@f.example\nAction: delayed\nStatus: 4.4.1\n";
    assert_true(bounce_find(&f, &b));
    assert_string_equal(b.recipient, "c@d.example");
    assert_string_equal(b.reason, "mailbox_full");
    /* Without the empty lines that should stand between them. */
    f.report = "Final-Recipient: rfc822; a@b.example\nAction: delayed\nStatus: 4.0.0\n"
               "Action: failed\nStatus: 5.1.1\nFinal-Recipient: rfc822; c@d.example\n";
    assert_true(bounce_find(&f, &b));
    assert_int_equal(b.kind, BOUNCE_HARD);
    assert_string_equal(b.recipient, "c@d.example");
}

static void a_report_without_fields_is_read_by_its_words(void **state)
{
    static const struct {
        const char *text;
        enum bounce_kind kind;
        const char *reason;
    } rows[] = {
        /* qmail */
        { "Hi. This is the qmail-send program at mx.example.\nI'm afraid I wasn't able to deliver"
          " your message to the following addresses.\nThis is a permanent error; I've given up.\n\n"
          "<a@b.example>:\nSorry, no mailbox here by that name. (#5.1.1)\n",
          BOUNCE_HARD, "no_such_user" },
        /* Exim */
        { "This message was created automatically by mail delivery software.\n\n  a@b.example\n"
          "    SMTP error from remote mail server after end of data:\n"
          "    host mx.b.example [192.0.2.20]: 554 5.7.0 Header error\n",
          BOUNCE_REFUSED, "policy" },
        { "SMTP error from remote mail server after MAIL FROM:<c@d.example>:\n"
          "550 5.1.7 No such domain d.example\n",
          BOUNCE_REFUSED, "sender" },
        /* Sendmail, of long ago */
        { "   ----- Transcript of session follows -----\n550 b.example (smtp)... 550 Host "
          "unknown\n",
          BOUNCE_HARD, "no_such_domain" },
        /* Postfix, in the middle of trying */
        { "THIS IS A WARNING ONLY.  YOU DO NOT NEED TO RESEND YOUR MESSAGE.\n"
          "connect to mx.b.example: Connection refused\n",
          BOUNCE_DELAYED, "not_reached" },
        { "Your message was successfully delivered to the destination(s) listed below.\n",
          BOUNCE_DELIVERED, "delivered" },
        { "Nobody knows what went wrong.\n", BOUNCE_SOFT, "unsaid" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct mail_facts f = mail();
        f.text = rows[i].text;
        check(&f, rows[i].kind, rows[i].reason);
    }
}

static void the_mail_that_came_back_says_nothing_about_itself(void **state)
{
    struct mail_facts f = mail();
    struct bounce b;

    (void)state;
    f.text = "<a@b.example>: 452 4.2.2 mailbox full\n\n"
             "--- Below this line is a copy of the message.\n\n"
             "user unknown, no such user, 550 5.1.1\n";
    check(&f, BOUNCE_SOFT, "mailbox_full");
    f.text = "<a@b.example>: 452 4.2.2 mailbox full\n\n"
             "Received: from x\nSubject: no such user\n";
    check(&f, BOUNCE_SOFT, "mailbox_full");
    assert_true(bounce_find(&f, &b));
    assert_string_equal(b.recipient, "a@b.example");
    assert_string_equal(b.status, "4.2.2");
    assert_int_equal(b.code, 452);
    assert_true(b.by_words);
}

static void letters_of_people_are_no_bounces(void **state)
{
    struct mail_facts f = mail();

    (void)state;
    f.from.address = "anne@b.example";
    f.return_path = "<anne@b.example>";
    f.subject = "Re: votre colis";
    f.text = "Votre lettre est revenue : 550 5.1.1 user unknown, could not be delivered.\n";
    check(&f, BOUNCE_NONE, "");
    /* An absence comes from nobody, too. */
    f.return_path = "<>";
    f.subject = "Automatic reply: votre colis";
    f.text = "I am away. My mailbox is full, user unknown.\n";
    check(&f, BOUNCE_NONE, "");
    /* It was read: no report of ours. */
    f = mail();
    f.report_type = "disposition-notification";
    f.text = "The message was displayed. It could not be delivered.\n";
    check(&f, BOUNCE_NONE, "");
}

static void a_complaint_is_told_from_other_feedback(void **state)
{
    static const struct {
        const char *type;
        enum bounce_kind kind;
        const char *reason;
    } rows[] = {
        { "abuse", BOUNCE_COMPLAINT, "complaint" }, { "Fraud", BOUNCE_COMPLAINT, "complaint" },
        { "opt-out", BOUNCE_COMPLAINT, "opt_out" }, { "not-spam", BOUNCE_NONE, "" },
        { "auth-failure", BOUNCE_NONE, "" },        { "x", BOUNCE_NONE, "" },
    };
    struct mail_facts f = mail();
    struct bounce b;

    (void)state;
    f.report = "Feedback-Type: abuse\nUser-Agent: x\nOriginal-Rcpt-To: <anne@b.example>\n";
    f.text = "This is an abuse report. The mail could not be delivered.\n";
    f.returned = "Message-ID: <1@relais.example>\n";
    for (size_t i = 0; i < COUNT(rows); i++) {
        f.feedback_type = rows[i].type;
        check(&f, rows[i].kind, rows[i].reason);
    }
    f.feedback_type = "abuse";
    assert_true(bounce_find(&f, &b));
    assert_string_equal(b.recipient, "anne@b.example");
    assert_string_equal(b.message_id, "1@relais.example");
}

/* The words alone are a customer's, whom somebody has to answer. */
static void a_complaint_in_microsofts_form_is_the_mail_and_its_reader(void **state)
{
    struct mail_facts f = mail();

    (void)state;
    f.from.address = "anne@customer.example";
    f.return_path = "<anne@customer.example>";
    f.subject = "Complaint about message from your driver";
    f.text = "He left the parcel in the rain.\n";
    check(&f, BOUNCE_NONE, "");
    f.from.address = "staff@hotmail.com";
    check(&f, BOUNCE_NONE, "");
    f.returned =
        "X-HmXmrOriginalRecipient: anne@customer.example\nMessage-ID: <1@relais.example>\n";
    check(&f, BOUNCE_COMPLAINT, "complaint");
    f.from.address = "anne@customer.example";
    check(&f, BOUNCE_NONE, "");
}

static void where_bounces_were_to_go_is_read_in_what_came_back(void **state)
{
    struct mail_facts f = mail();
    struct bounce b;

    (void)state;
    f.text = "550 5.1.1 user unknown\n";
    f.returned = "Return-Path: <b-1@relais.example>\nReferences: <r-2@relais.example>\n";
    assert_true(bounce_find(&f, &b));
    assert_string_equal(b.return_path, "b-1@relais.example");
    assert_string_equal(b.message_id, "");
}

static void numbers_that_only_look_like_a_status_are_none(void **state)
{
    struct mail_facts f = mail();
    struct bounce b;

    (void)state;
    f.text = "host 5.1.1.7, version 15.1.1, past 400 hours, 5.1., 4.x.1, port 2550 5.1.2345\n";
    assert_true(bounce_find(&f, &b));
    assert_string_equal(b.status, "");
    f.text = "(#5.2.2)";
    assert_true(bounce_find(&f, &b));
    assert_string_equal(b.status, "5.2.2");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_report_is_read_by_its_fields),
        cmocka_unit_test(words_and_numbers_are_weighed),
        cmocka_unit_test(what_is_still_tried_or_arrived_is_told_apart),
        cmocka_unit_test(of_many_recipients_the_worst_one_counts),
        cmocka_unit_test(a_report_without_fields_is_read_by_its_words),
        cmocka_unit_test(the_mail_that_came_back_says_nothing_about_itself),
        cmocka_unit_test(letters_of_people_are_no_bounces),
        cmocka_unit_test(a_complaint_is_told_from_other_feedback),
        cmocka_unit_test(a_complaint_in_microsofts_form_is_the_mail_and_its_reader),
        cmocka_unit_test(where_bounces_were_to_go_is_read_in_what_came_back),
        cmocka_unit_test(numbers_that_only_look_like_a_status_are_none),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
