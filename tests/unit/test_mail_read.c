/* test_mail_read.c - mails as the world writes them, and what is understood of them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/arena.h"
#include "base/buffer.h"
#include "channel/mail/mail_read.h"

static struct arena arena;
static struct mail_read *mail;
static struct error err;

static int begin(void **state)
{
    (void)state;
    arena_init(&arena);
    mail = NULL;
    err.text[0] = '\0';
    return 0;
}

static int end(void **state)
{
    (void)state;
    mail_read_close(mail);
    arena_close(&arena);
    return 0;
}

static enum rc read_bytes(const char *bytes, size_t size)
{
    const struct mail_source source = { .bytes = bytes, .fd = -1, .size = size };

    mail_read_close(mail);
    mail = NULL;
    return mail_read_open(&source, &arena, &mail, &err);
}

static const struct mail_facts *facts_of(const char *text)
{
    enum rc rc = read_bytes(text, strlen(text));

    if (rc)
        fail_msg("%s", err.text);
    return mail_read_facts(mail);
}

static void a_plain_mail_is_read(void **state)
{
    const struct mail_facts *f =
        facts_of("Return-Path: <ann@shop.example>\r\n"
                 "From: Ann Lee <ann@shop.example>\r\n"
                 "To: a@b.example,\r\n\tc@d.example\r\n"
                 "Subject: Where is\r\n my parcel?\r\n"
                 "Date: Thu, 26 Nov 2026 08:00:00 +0100\r\n"
                 "Message-ID: <1.2@shop.example>\r\n"
                 "In-Reply-To: <0.1@relais.example>\r\n"
                 "References: <0.0@relais.example> <0.1@relais.example>\r\n"
                 "\r\n"
                 "It is late.\r\n\r\nAnn\r\n");

    (void)state;
    assert_string_equal(f->from.address, "ann@shop.example");
    assert_string_equal(f->from.name, "Ann Lee");
    assert_string_equal(f->to, "a@b.example, c@d.example");
    assert_string_equal(f->subject, "Where is my parcel?");
    assert_int_equal(f->date, INT64_C(1795676400) * USEC_PER_SEC);
    assert_string_equal(f->message_id, "1.2@shop.example");
    assert_int_equal(f->n_references, 2);
    assert_string_equal(f->references[0], "0.1@relais.example");
    assert_string_equal(f->references[1], "0.0@relais.example");
    assert_string_equal(f->return_path, "<ann@shop.example>");
    assert_string_equal(f->content_type, "text/plain");
    assert_string_equal(f->text, "It is late.\n\nAnn");
    assert_string_equal(f->fresh, f->text);
    assert_int_equal(f->n_parts, 0);
    assert_string_equal(f->odd, "");
}

static void of_alternatives_the_plain_text_is_taken(void **state)
{
    const struct mail_facts *f = facts_of("Content-Type: multipart/alternative; boundary=x\r\n\r\n"
                                          "for old programs\r\n"
                                          "--x\r\nContent-Type: text/html\r\n\r\n<p>no</p>\r\n"
                                          "--x\r\n\r\nyes\r\n--x--\r\nepilogue\r\n");

    (void)state;
    assert_string_equal(f->text, "yes");
    assert_false(f->from_html);
    assert_int_equal(f->n_parts, 0);
}

static void html_is_taken_when_its_plain_sister_is_empty(void **state)
{
    const struct mail_facts *f =
        facts_of("Content-Type: multipart/alternative; boundary=\"a b\"\n\n"
                 "--a b\nContent-Type: text/plain\n\n \n"
                 "--a b\nContent-Type: text/html; charset=utf-8\n"
                 "Content-Transfer-Encoding: quoted-printable\n\n"
                 "<p>d=C3=A9j=C3=A0 &eacute;t&eacute;<br>l=E2=80=99un\n"
                 "--a b--\n");

    (void)state;
    assert_string_equal(f->text, "déjà été\nl’un");
    assert_true(f->from_html);
}

static const char attached[] =
    "From: =?utf-8?q?Ren=C3=A9?= <r@shop.example>\r\n"
    "Content-Type: multipart/mixed; boundary=m\r\n\r\n"
    "--m\r\nContent-Type: text/plain\r\n\r\nsee below\r\n"
    "--m\r\nContent-Type: application/pdf; name=\"x\"\r\n"
    "Content-Disposition: attachment;\r\n filename*=utf-8''..%2Ffact%C3%BCre.pdf\r\n"
    "Content-ID: <p1@shop>\r\n"
    "Content-Transfer-Encoding: base64\r\n\r\nSGVsbG8s\r\nIHlvdQ==\r\n"
    "--m\r\nContent-Type: message/rfc822\r\n\r\n"
    "Subject: within\r\nContent-Type: multipart/mixed; boundary=n\r\n\r\n"
    "--n\r\n\r\nnot this text\r\n"
    "--n\r\nContent-Disposition: attachment; filename=inner.csv\r\n\r\na;b\r\n--n--\r\n"
    "--m--\r\n";

static enum rc gather(void *arg, const void *bytes, size_t n)
{
    buffer_add(arg, bytes, n);
    return RC_OK;
}

static void attachments_are_told_of_and_read(void **state)
{
    const struct mail_facts *f = facts_of(attached);
    struct buffer out;

    (void)state;
    assert_string_equal(f->from.name, "René");
    assert_string_equal(f->text, "see below");
    assert_int_equal(f->n_parts, 3);
    assert_string_equal(f->parts[0].name, "factüre.pdf");
    assert_string_equal(f->parts[0].type, "application/pdf");
    assert_string_equal(f->parts[0].content_id, "p1@shop");
    assert_int_equal(f->parts[0].size, 10);
    assert_int_equal(f->parts[0].message, 0);
    assert_string_equal(f->parts[1].type, "message/rfc822");
    assert_string_equal(f->parts[2].name, "inner.csv");
    assert_int_equal(f->parts[2].message, 1);
    buffer_init(&out, 1000);
    assert_int_equal(mail_read_part(mail, 0, gather, &out), RC_OK);
    assert_string_equal(buffer_text(&out), "Hello, you");
    buffer_reset(&out);
    assert_int_equal(mail_read_part(mail, 2, gather, &out), RC_OK);
    assert_string_equal(buffer_text(&out), "a;b");
    assert_int_equal(mail_read_part(mail, 3, gather, &out), RC_NOTFOUND);
    buffer_close(&out);
}

static void names_and_addresses_are_found_in_odd_froms(void **state)
{
    static const struct {
        const char *from, *address, *name;
    } cases[] = {
        { "ann@b.example", "ann@b.example", "" },
        { "<ann@b.example>", "ann@b.example", "" },
        { "\"Lee, Ann\" <ann@b.example>", "ann@b.example", "Lee, Ann" },
        { "ann@b.example (Ann Lee)", "ann@b.example", "Ann Lee" },
        { "=?iso-2022-jp?B?GyRCJCIbKEI=?= <ann@b.example>", "ann@b.example", "あ" },
        { "=?no-such?Q?Ren=E9?= <ann@b.example>", "ann@b.example", "René" },
        { "Ren\xe9 <ann@b.example>", "ann@b.example", "René" },
        { "=?utf-8?Q?Ann_=3Cann=40b.example=3E?=", "ann@b.example", "" },
        { "Team: Ann <ann@b.example>, Bob <bob@b.example>;", "ann@b.example", "Team: Ann" },
        { "undisclosed-recipients:;", "", "" },
        { "Ann", "", "" },
        { "a@b.example, c@d.example", "a@b.example", "" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        char text[256];
        const struct mail_facts *f;
        snprintf(text, sizeof(text), "From: %s\r\n\r\n", cases[i].from);
        f = facts_of(text);
        assert_string_equal(f->from.address, cases[i].address);
        if (*cases[i].address && i != 7)
            assert_string_equal(f->from.name, cases[i].name);
    }
}

static void file_names_come_in_many_spellings(void **state)
{
    static const struct {
        const char *parameters, *name;
    } cases[] = {
        { "; filename=a.pdf", "a.pdf" },
        { "; filename=\"a b.pdf\"", "a b.pdf" },
        { "; filename=my file.pdf ; x=y", "my file.pdf" },
        { "; filename=\"C:\\dir\\a.pdf\"", "a.pdf" },
        { "; filename=\"a\\\"b.pdf\"", "a\"b.pdf" },
        { "; filename=\"../../etc/passwd\"", "passwd" },
        { "; filename=\"..\"", "" },
        { "; FileName*=UTF-8''%e2%82%ac.pdf", "€.pdf" },
        { "; filename*=iso-8859-1'fr'caf%E9.pdf; filename=old", "café.pdf" },
        { "; filename*0=\"long \"; filename*1=name.pdf", "long name.pdf" },
        { "; filename*1*=%A9.pdf; filename*0*=utf-8''caf%C3", "café.pdf" },
        { "; filename*0=a; filename*2=c", "a" },
        { "; filename*=plain", "plain" },
        { "; filename*=no-such''caf%E9", "café" },
        { "; filename=\"=?utf-8?Q?caf=C3=A9?=.pdf\"", "café.pdf" },
        { "; filename=\"caf\xe9.pdf\"", "café.pdf" },
        { "; filename=\"never closed", "never closed" },
        { " filename=\"no semicolon\"", "no semicolon" },
        { "; filename*99999999999999999999=x; filename*=%", "%" },
        { "; filename=\"a\\", "" },
        { "; filename", "" },
        { "; =x; ;; filename==", "=" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        char text[256];
        const struct mail_facts *f;
        snprintf(text, sizeof(text), "Content-Disposition: attachment%s\r\n\r\nx\r\n",
                 cases[i].parameters);
        f = facts_of(text);
        assert_int_equal(f->n_parts, 1);
        assert_string_equal(f->parts[0].name, cases[i].name);
    }
}

static void encoded_words_are_put_together(void **state)
{
    (void)state;
    assert_string_equal(facts_of("Subject: =?utf-8?Q?caf=C3?= =?UTF-8?q?=A9?= noir\n\n")->subject,
                        "café noir");
    assert_string_equal(facts_of("Subject: =?utf-8?B?w6k=?=\n =?utf-8?B?w6k=?=\n\n")->subject,
                        "éé");
    assert_string_equal(facts_of("Subject: a =?utf-8*fr?Q?b c_d?= e\n\n")->subject, "a b c d e");
    assert_string_equal(facts_of("Subject: =?utf-8?Q?=0D=0ABcc:_x?=\n\n")->subject, "Bcc: x");
    assert_string_equal(facts_of("Subject: =?x =?= ?=\n\n")->subject, "=?x =?= ?=");
}

static void a_report_and_what_came_back_are_told_apart_from_attachments(void **state)
{
    const struct mail_facts *f =
        facts_of("Return-Path: <>\nAuto-Submitted: auto-replied\n"
                 "Content-Type: multipart/report; report-type=\"delivery-status\"; boundary=r\n\n"
                 "--r\n\nSorry.\n"
                 "--r\nContent-Type: message/delivery-status\n\n"
                 "Reporting-MTA: dns; mx.example\n\nFinal-Recipient: rfc822;a@b.example\n"
                 "Action: failed\nStatus: 5.1.1\n"
                 "--r\nContent-Type: message/rfc822\n\n"
                 "Message-ID: <m.1@relais.example>\nSubject: back\n\ntext\n--r--\n");

    (void)state;
    assert_string_equal(f->text, "Sorry.");
    assert_string_equal(f->report_type, "delivery-status");
    assert_string_equal(f->return_path, "<>");
    assert_string_equal(f->auto_submitted, "auto-replied");
    assert_non_null(strstr(f->report, "\n\nFinal-Recipient: rfc822;a@b.example\nAction: failed\n"));
    assert_string_equal(f->returned, "Message-ID: <m.1@relais.example>\nSubject: back");
    assert_int_equal(f->n_parts, 1); /* the mail that came back */
    assert_string_equal(facts_of("Content-Type: multipart/report; boundary=r\n\n--r\n"
                                 "Content-Type: message/feedback-report\n\n"
                                 "Feedback-Type: abuse\nVersion: 1\n--r--\n")
                            ->feedback_type,
                        "abuse");
}

static void a_mail_that_came_back_below_the_words_is_found(void **state)
{
    const struct mail_facts *f =
        facts_of("Subject: failure notice\n\n"
                 "Hi. This is the program.\n<a@b.example>:\nno such user\n\n"
                 "--- Below this line is a copy of the message.\n\n"
                 "Return-Path: <x@y.example>\nReceived: by z\n\twith SMTP\n"
                 "Message-ID: <m.2@relais.example>\nSubject: s\n\ntext\n");

    (void)state;
    assert_true(!strncmp(f->returned, "Return-Path: <x@y.example>\n", 27));
    assert_string_equal(facts_of("\nFrom: me\nTo: you\nSubject: a joke\n")->returned, "");
}

/* Whoever sends a mail writes what stands below the headers of our own MTA. */
static void authentication_results_count_only_above_the_senders_headers(void **state)
{
    const struct mail_facts *f =
        facts_of("Return-Path: <a@b.example>\n"
                 "Received: from x by mx.relais.example\n"
                 "Authentication-Results: mx.relais.example; dkim=pass\n"
                 "X-Spam-Status: No\n"
                 "Authentication-Results: mx.relais.example;\n dmarc=pass\n"
                 "DKIM-Signature: v=1\n"
                 "Authentication-Results: mx.relais.example; spf=pass\n\n");

    (void)state;
    assert_int_equal(f->n_authentication_results, 2);
    assert_string_equal(f->authentication_results[1], "mx.relais.example; dmarc=pass");
}

/* A filter that takes "Authentication-Results:" out lets it pass. */
static void a_header_that_no_mta_spells_so_is_the_senders(void **state)
{
    const struct mail_facts *f =
        facts_of("Received: from x by mx.relais.example\n"
                 "Authentication-Results : mx.relais.example; dkim=pass header.d=b.example\n"
                 "Authentication-Results: mx.relais.example; dmarc=pass header.from=b.example\n"
                 "From: a@b.example\n\n");

    (void)state;
    assert_int_equal(f->n_authentication_results, 0);
    assert_string_equal(f->from.address, "a@b.example");
    f = facts_of("Received: from x by mx.relais.example\n"
                 "Authentication-Results: \033(Bmx.relais.example; dkim=pass header.d=b.example\n"
                 "Authentication-Results: mx.relais.example; dkim=none (\303\251t\351)\n\n");
    assert_int_equal(f->n_authentication_results, 1);
}

static void what_is_broken_is_read_as_well_as_it_can_be(void **state)
{
    const struct mail_facts *f;

    (void)state;
    f = facts_of("Subject: x\r\nHello, no empty line.\r\nSecond.\r\n");
    assert_string_equal(f->subject, "x");
    assert_string_equal(f->text, "Hello, no empty line.\nSecond.");
    assert_string_equal(f->odd, "no empty line behind the headers");

    f = facts_of("Subject: x\r\nnot folded\r\nFrom: a@b.example\r\n\r\ntext");
    assert_string_equal(f->from.address, "a@b.example");

    f = facts_of("From ann Thu Nov 26\nSubject: x\n\ntext");
    assert_string_equal(f->subject, "x");

    f = facts_of("Subject: x\rFrom: a@b.example\r\rtext\r");
    assert_string_equal(f->from.address, "a@b.example");
    assert_string_equal(f->text, "text");

    f = facts_of("Content-Type: multipart/mixed; boundary=a\n\n--a\n\ntext\n");
    assert_string_equal(f->text, "text");
    assert_string_equal(f->odd, "a multipart without its end");

    f = facts_of("Content-Type: text/plain\nContent-Transfer-Encoding: 8-bits\n\ntext");
    assert_string_equal(f->text, "text");
    assert_string_equal(f->odd, "an unknown encoding");

    f = facts_of("Content-Type: text/plain; charset=us-ascii\n\nd\xe9j\xe0");
    assert_string_equal(f->text, "déjà");
    assert_string_equal(f->odd, "a wrong charset");
}

static void lines_that_flow_are_one(void **state)
{
    (void)state;
    assert_string_equal(facts_of("Content-Type: text/plain; format=flowed\r\n\r\n"
                                 "one \r\ntwo \r\nthree\r\n From here\r\n> quo \r\n> ted\r\n"
                                 "-- \r\nAnn\r\n")
                            ->text,
                        "one two three\nFrom here\n> quo \n> ted\n-- \nAnn");
    assert_string_equal(facts_of("Content-Type: text/plain; format=Flowed; delsp=yes\n\n"
                                 "一 \n二\n")
                            ->text,
                        "一二");
    assert_string_equal(facts_of("\n1 \n2")->text, "1 \n2");
}

static void a_large_text_is_cut_off_within_no_character(void **state)
{
    struct buffer b;
    const struct mail_facts *f;

    (void)state;
    buffer_init(&b, 1 << 20);
    buffer_add_text(&b, "Content-Type: text/plain; charset=utf-8\n\n ");
    for (int i = 0; i < 40000; i++)
        buffer_add_text(&b, "é");
    f = facts_of(buffer_text(&b));
    assert_true(f->text_cut);
    assert_int_equal(strlen(f->text), MAIL_READ_TEXT_MAX);
    assert_string_equal(f->odd, "a long text, cut off");
    buffer_close(&b);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_plain_mail_is_read),
        TEST(of_alternatives_the_plain_text_is_taken),
        TEST(html_is_taken_when_its_plain_sister_is_empty),
        TEST(attachments_are_told_of_and_read),
        TEST(names_and_addresses_are_found_in_odd_froms),
        TEST(file_names_come_in_many_spellings),
        TEST(encoded_words_are_put_together),
        TEST(a_report_and_what_came_back_are_told_apart_from_attachments),
        TEST(a_mail_that_came_back_below_the_words_is_found),
        TEST(authentication_results_count_only_above_the_senders_headers),
        TEST(a_header_that_no_mta_spells_so_is_the_senders),
        TEST(what_is_broken_is_read_as_well_as_it_can_be),
        TEST(lines_that_flow_are_one),
        TEST(a_large_text_is_cut_off_within_no_character),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
