/* test_mail_hostile.c - mails that are made to do harm: each is refused with a reason or read in
 * bounds, and none needs more than a small stack. */
#include <malloc.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/arena.h"
#include "base/buffer.h"
#include "channel/mail/mail_read.h"
#include "channel/mail/mail_scan.h"

#define STACK ((size_t)4 << 20) /* half of a lane's, with the frames of a sanitizer */

static struct buffer mail;

static int begin(void **state)
{
    (void)state;
    buffer_init(&mail, (size_t)64 << 20);
    return 0;
}

static int end(void **state)
{
    (void)state;
    buffer_close(&mail);
    return 0;
}

static void add(const char *text, size_t times)
{
    for (size_t i = 0; i < times; i++)
        buffer_add_text(&mail, text);
}

struct outcome {
    enum rc rc;
    struct error err;
    size_t n_parts, parts_untold, memory;
    char text[64], from[64];
};

static void *read_it(void *arg)
{
    const struct mail_source source = { .bytes = mail.data, .fd = -1, .size = mail.len };
    struct outcome *o = arg;
    struct mail_read *m = NULL;
    struct arena arena;

    arena_init(&arena);
    o->rc = mail_read_open(&source, &arena, &m, &o->err);
    if (m) {
        const struct mail_facts *f = mail_read_facts(m);
        o->n_parts = f->n_parts;
        o->parts_untold = f->parts_untold;
        snprintf(o->text, sizeof(o->text), "%s", f->text);
        snprintf(o->from, sizeof(o->from), "%s", f->from.address);
    }
    o->memory = arena.used;
    mail_read_close(m);
    arena_close(&arena);
    return NULL;
}

/* On a small stack of its own: what descends as deep as a mail asks for dies here. */
static struct outcome outcome(void)
{
    struct outcome o = { .err = { .text = "" } };
    pthread_attr_t attr;
    pthread_t thread;

    assert_false(mail.full);
    pthread_attr_init(&attr);
    pthread_attr_setstacksize(&attr, STACK);
    assert_int_equal(pthread_create(&thread, &attr, read_it, &o), 0);
    pthread_join(thread, NULL);
    pthread_attr_destroy(&attr);
    return o;
}

static void assert_refused(const char *reason)
{
    const struct outcome o = outcome();

    assert_int_equal(o.rc, RC_INVALID);
    assert_string_equal(o.err.text, reason);
}

static void ten_thousand_parts_are_refused(void **state)
{
    (void)state;
    add("Content-Type: multipart/mixed; boundary=b\r\n\r\n", 1);
    add("--b\r\n\r\nx\r\n", 10000);
    assert_refused("the mail has more than 500 parts");
}

static void parts_beyond_those_that_are_told_of_are_counted(void **state)
{
    struct outcome o;

    (void)state;
    add("Content-Type: multipart/mixed; boundary=b\r\n\r\n", 1);
    add("--b\r\nContent-Type: image/png\r\n\r\nx\r\n", 400);
    o = outcome();
    assert_int_equal(o.rc, RC_OK);
    assert_int_equal(o.n_parts, MAIL_READ_PARTS_MAX);
    assert_int_equal(o.parts_untold, 300);
}

static void deep_nesting_is_refused(void **state)
{
    (void)state;
    for (int i = 0; i < 10000; i++) {
        char level[100];
        snprintf(level, sizeof(level), "Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n", i,
                 i);
        add(level, 1);
    }
    assert_refused("the mail has parts within parts, more than 20 levels deep");
    buffer_reset(&mail);
    add("Content-Type: message/rfc822\n\n", 10000);
    assert_refused("the mail has parts within parts, more than 20 levels deep");
}

static void header_bombs_are_refused(void **state)
{
    (void)state;
    add("X: ", 1);
    add("0123456789abcdef", (5 << 20) / 16);
    add("\r\n\r\n", 1);
    assert_refused("a header of the mail is longer than 64 KB");
    buffer_reset(&mail);
    add("X: y\r\n", 10000);
    assert_refused("the mail has more than 5000 headers");
    buffer_reset(&mail);
    add("X: y\r\n", 1);
    add(" folded folded folded folded folded folded\r\n", 100000);
    assert_refused("a header of the mail is longer than 64 KB");
    buffer_reset(&mail);
    for (int i = 0; i < 40; i++) {
        add("X: ", 1);
        add("0123456789abcdef", 3000);
        add("\n", 1);
    }
    assert_refused("the headers of the mail are longer than 1024 KB");
}

/* GMime 3.2 reads a group within a group by calling itself. */
static void addresses_within_addresses_are_read_on_a_small_stack(void **state)
{
    struct outcome o;

    (void)state;
    add("From: ", 1);
    add("g:", 30000);
    add("\r\nReply-To: ", 1);
    add("(", 30000);
    add("\r\nSender: ", 1);
    add("\"<(", 20000);
    add("\r\nTo: ", 1);
    add("a@b.example,", 5000);
    add("\r\n\r\ntext\r\n", 1);
    o = outcome();
    assert_int_equal(o.rc, RC_OK);
    assert_string_equal(o.text, "text");
    assert_true(o.memory < 1 << 20);
}

static void parameters_by_the_thousand_are_read_in_bounds(void **state)
{
    struct outcome o;

    (void)state;
    add("Content-Type: text/plain; charset=utf-8", 1);
    for (int i = 0; i < 3000; i++) {
        char parameter[40];
        snprintf(parameter, sizeof(parameter), "; name*%d*=%%C3%%A9", i);
        add(parameter, 1);
    }
    add("\r\nReferences: ", 1);
    add("<a@b> ", 8000);
    add("\r\nSubject: ", 1);
    add("=?utf-8?Q?=C3?= ", 3000);
    add("\r\n\r\ntext\r\n", 1);
    o = outcome();
    assert_int_equal(o.rc, RC_OK);
    assert_true(o.memory < 2 << 20);
}

/* Bytes in use; a sanitizer has an allocator of its own. */
size_t __sanitizer_get_current_allocated_bytes(void) __attribute__((weak));

static size_t allocated(void)
{
    if (__sanitizer_get_current_allocated_bytes)
        return __sanitizer_get_current_allocated_bytes();
    return mallinfo2().uordblks;
}

/* GMime 3.2 keeps the name of each for good. */
static void charsets_that_mails_make_up_are_forgotten(void **state)
{
    size_t before = 0;

    (void)state;
    for (int i = 0; i < 400; i++) {
        char text[512];
        struct outcome o;
        snprintf(text, sizeof(text),
                 "From: =?a%d?Q?x?= <a@b.example>\r\nReply-To: c@d.example (=?b%d?Q?x?=)\r\n"
                 "Subject: =?c%d?Q?x?=\r\n"
                 "Content-Type: text/plain; charset=d%d; name*=e%d''%%41; name=\"=?f%d?Q?x?=\"\r\n"
                 "Content-Disposition: inline; filename*=g%d''%%41\r\n\r\ntext\r\n",
                 i, i, i, i, i, i, i);
        buffer_reset(&mail);
        add(text, 1);
        before = i == 100 ? allocated() : before;
        o = outcome();
        assert_int_equal(o.rc, RC_OK);
    }
    assert_true(allocated() < before + 4096);
}

/* Each was looked for up to the end of the header: most of a second. */
static void words_without_an_end_are_text(void **state)
{
    struct outcome o;

    (void)state;
    add("Subject: ", 1);
    add("=?x?Q?a", 9000);
    add("\r\n\r\ntext\r\n", 1);
    o = outcome();
    assert_int_equal(o.rc, RC_OK);
    assert_string_equal(o.text, "text");
}

static void nul_and_bare_ends_of_lines_stay_within_their_header(void **state)
{
    static const char text[] = "Subject: a\0b\r\nX: \rFrom: evil@b.example\r\n\r\nt\0e\0x\0t\r\n";
    struct outcome o;

    (void)state;
    buffer_add(&mail, text, sizeof(text) - 1);
    o = outcome();
    assert_int_equal(o.rc, RC_OK);
    assert_string_equal(o.from, "");
    assert_string_equal(o.text, "t e x t");
}

static void bad_base64_gives_what_it_holds(void **state)
{
    struct outcome o;

    (void)state;
    add("Content-Transfer-Encoding: base64\r\n\r\n", 1);
    add("SGVs\xff\xfe*bG8==\r\nLC\r\nB3b3Js=ZA", 1);
    o = outcome();
    assert_int_equal(o.rc, RC_OK);
    assert_int_equal(strncmp(o.text, "Hello", 5), 0);
}

static void ten_thousand_boundaries_that_look_alike_are_walked_once(void **state)
{
    struct outcome o;

    (void)state;
    for (int i = 0; i < 15; i++) {
        char level[100];
        snprintf(level, sizeof(level),
                 "Content-Type: multipart/mixed; boundary=bbbbbb%02d\n\n--bbbbbb%02d\n", i, i);
        add(level, 1);
    }
    add("\n", 1);
    add("--bbbbbbxx\n", 500000);
    o = outcome();
    assert_int_equal(o.rc, RC_OK);
}

/* The file is a part of memory only while it is decoded. */
static void twenty_five_megabytes_take_no_memory(void **state)
{
    char name[] = "/tmp/relais-mail-XXXXXX";
    struct mail_source source = { .fd = mkstemp(name) };
    struct mail_read *m;
    struct arena arena;
    struct error err;

    (void)state;
    assert_true(source.fd >= 0);
    unlink(name);
    add("Content-Type: application/pdf; name=a.pdf\r\nContent-Transfer-Encoding: base64\r\n\r\n",
        1);
    add("QUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFB\r\n",
        335000);
    assert_int_equal(write(source.fd, mail.data, mail.len), (ssize_t)mail.len);
    source.size = mail.len;
    arena_init(&arena);
    assert_int_equal(mail_read_open(&source, &arena, &m, &err), RC_OK);
    assert_int_equal(mail_read_facts(m)->n_parts, 1);
    assert_int_equal(mail_read_facts(m)->parts[0].size, 335000 * 60);
    assert_true(arena.used < 64 << 10);
    mail_read_close(m);
    arena_close(&arena);
    close(source.fd);
}

static void a_file_that_is_shorter_than_it_should_be_fails(void **state)
{
    char name[] = "/tmp/relais-mail-XXXXXX";
    struct mail_source source = { .fd = mkstemp(name), .size = 100 };
    struct mail_read *m = NULL;
    struct arena arena;
    struct error err;

    (void)state;
    unlink(name);
    arena_init(&arena);
    assert_int_equal(write(source.fd, "Subject: x\n", 11), 11);
    assert_int_equal(mail_read_open(&source, &arena, &m, &err), RC_FAIL);
    assert_string_equal(err.text, "the mail's file cannot be read");
    assert_null(m);
    arena_close(&arena);
    close(source.fd);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(ten_thousand_parts_are_refused),
        TEST(parts_beyond_those_that_are_told_of_are_counted),
        TEST(deep_nesting_is_refused),
        TEST(header_bombs_are_refused),
        TEST(addresses_within_addresses_are_read_on_a_small_stack),
        TEST(parameters_by_the_thousand_are_read_in_bounds),
        TEST(charsets_that_mails_make_up_are_forgotten),
        TEST(words_without_an_end_are_text),
        TEST(nul_and_bare_ends_of_lines_stay_within_their_header),
        TEST(bad_base64_gives_what_it_holds),
        TEST(ten_thousand_boundaries_that_look_alike_are_walked_once),
        TEST(twenty_five_megabytes_take_no_memory),
        TEST(a_file_that_is_shorter_than_it_should_be_fails),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
