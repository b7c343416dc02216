/* test_mail_read.c - mails as the world writes them, and what is understood of them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_plain_mail_is_read, begin, end),
        cmocka_unit_test_setup_teardown(of_alternatives_the_plain_text_is_taken, begin, end),
        cmocka_unit_test_setup_teardown(html_is_taken_when_its_plain_sister_is_empty, begin, end),
        cmocka_unit_test_setup_teardown(attachments_are_told_of_and_read, begin, end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
