/* test_mail_compose.c - a mail as bytes, against what RFC 5322, 2045, 2047 and 2231 want. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/buffer.h"
#include "channel/mail/compose.h"
#include "channel/mail/mime.h"

#define DATE INT64_C(1795657570000000) /* 2026-11-26 01:46:10 */

static struct buffer out;

static int begin(void **state)
{
    (void)state;
    buffer_init(&out, 1 << 20);
    return 0;
}

static int end(void **state)
{
    (void)state;
    buffer_close(&out);
    return 0;
}

static struct mail_message plain(void)
{
    return (struct mail_message){ .from = "relais@shop.example",
                                  .to = "bob@partner.example",
                                  .subject = "Receipt of orders.csv",
                                  .text = "All taken.\n",
                                  .message_id = "1f.2a@shop.example",
                                  .automatic = true,
                                  .date = DATE };
}

static const char *composed(const struct mail_message *m)
{
    buffer_reset(&out);
    mail_compose(&out, m);
    assert_false(out.full);
    assert_true(out.len <= mail_size_bound(m));
    return buffer_text(&out);
}

/* Every line ends with CRLF and has at most 76 characters, all of them ASCII. */
static void assert_fit_for_the_wire(const struct buffer *b)
{
    size_t column = 0;

    for (size_t i = 0; i < b->len; i++) {
        const unsigned char c = (unsigned char)b->data[i];
        assert_true(c == '\r' || c == '\n' || c == '\t' || (c >= ' ' && c < 0x7f));
        assert_int_equal(c == '\n', i > 0 && b->data[i - 1] == '\r');
        column = c == '\n' ? 0 : column + 1;
        assert_true(column <= MIME_LINE_MAX + 1); /* the CR among them */
    }
    assert_int_equal(column, 0);
}

static void a_short_mail_is_these_bytes(void **state)
{
    const struct mail_message m = plain();

    (void)state;
    assert_string_equal(composed(&m), "Date: Thu, 26 Nov 2026 01:46:10 +0000\r\n"
                                      "From: relais@shop.example\r\n"
                                      "To: bob@partner.example\r\n"
                                      "Subject: Receipt of orders.csv\r\n"
                                      "Message-ID: <1f.2a@shop.example>\r\n"
                                      "Auto-Submitted: auto-generated\r\n"
                                      "MIME-Version: 1.0\r\n"
                                      "Content-Type: text/plain; charset=utf-8\r\n"
                                      "Content-Transfer-Encoding: quoted-printable\r\n"
                                      "\r\n"
                                      "All taken.\r\n");
}

static void a_file_makes_it_a_mail_of_two_parts(void **state)
{
    const struct mail_attachment file = {
        .name = "re\xc3\xa7u.csv", .type = "text/csv", .bytes = "a;b\r\n\0\xff", .size = 7
    };
    struct mail_message m = plain();

    (void)state;
    m.files = &file;
    m.n_files = 1;
    assert_non_null(strstr(composed(&m),
                           "Content-Type: multipart/mixed; boundary=\"=_1795657570000000\"\r\n"
                           "\r\n"
                           "--=_1795657570000000\r\n"
                           "Content-Type: text/plain; charset=utf-8\r\n"
                           "Content-Transfer-Encoding: quoted-printable\r\n"
                           "\r\n"
                           "All taken.\r\n"
                           "\r\n"
                           "--=_1795657570000000\r\n"
                           "Content-Type: text/csv\r\n"
                           "Content-Transfer-Encoding: base64\r\n"
                           "Content-Disposition: attachment;\r\n"
                           " filename*0*=UTF-8''re%C3%A7u.csv\r\n"
                           "\r\n"
                           "YTtiDQoA/w==\r\n"
                           "\r\n"
                           "--=_1795657570000000--\r\n"));
    assert_fit_for_the_wire(&out);
}

/* The lines that only say which part begins and what it is. */
static const char *shape(const char *text)
{
    static char lines[2000];
    size_t len = 0;

    for (const char *end; (end = strstr(text, "\r\n")) != NULL; text = end + 2) {
        const int n = (int)(end - text);
        if (strncmp(text, "--", 2) == 0 || strncmp(text, "Content-Type", 12) == 0 ||
            strncmp(text, "Content-ID", 10) == 0 || strncmp(text, "Content-Disp", 12) == 0)
            len += (size_t)snprintf(lines + len, sizeof(lines) - len, "%.*s\n", n, text);
    }
    return lines;
}

static void text_and_html_are_alternatives_and_the_html_comes_last(void **state)
{
    struct mail_message m = plain();

    (void)state;
    m.html = "<p>All taken.</p>";
    m.date = 7;
    assert_string_equal(shape(composed(&m)),
                        "Content-Type: multipart/alternative; boundary=\"=_a7\"\n"
                        "--=_a7\n"
                        "Content-Type: text/plain; charset=utf-8\n"
                        "--=_a7\n"
                        "Content-Type: text/html; charset=utf-8\n"
                        "--=_a7--\n");
    assert_fit_for_the_wire(&out);
}

static void pictures_go_with_the_html_and_files_with_the_whole(void **state)
{
    const struct mail_attachment files[] = {
        { .name = "offer.pdf", .type = "application/pdf", .bytes = "x", .size = 1 },
        { .name = "a.png", .type = "image/png", .content_id = "1.7@x", .bytes = "x", .size = 1 },
        { .name = "b.png", .type = "image/png", .content_id = "2.7@x", .bytes = "x", .size = 1 },
    };
    struct mail_message m = plain();

    (void)state;
    m.html = "<p><img src=\"cid:1.7@x\"></p>";
    m.date = 7;
    m.files = files;
    m.n_files = 3;
    assert_string_equal(shape(composed(&m)),
                        "Content-Type: multipart/mixed; boundary=\"=_7\"\n"
                        "--=_7\n"
                        "Content-Type: multipart/alternative; boundary=\"=_a7\"\n"
                        "--=_a7\n"
                        "Content-Type: text/plain; charset=utf-8\n"
                        "--=_a7\n"
                        "Content-Type: multipart/related; boundary=\"=_r7\"\n"
                        "--=_r7\n"
                        "Content-Type: text/html; charset=utf-8\n"
                        "--=_r7\n"
                        "Content-Type: image/png\n"
                        "Content-ID: <1.7@x>\n"
                        "Content-Disposition: inline;\n"
                        "--=_r7\n"
                        "Content-Type: image/png\n"
                        "Content-ID: <2.7@x>\n"
                        "Content-Disposition: inline;\n"
                        "--=_r7--\n"
                        "--=_a7--\n"
                        "--=_7\n"
                        "Content-Type: application/pdf\n"
                        "Content-Disposition: attachment;\n"
                        "--=_7--\n");
    assert_fit_for_the_wire(&out);
}

static void without_html_a_picture_is_a_file_like_others(void **state)
{
    const struct mail_attachment file = {
        .name = "a.png", .type = "image/png", .content_id = "1.7@x", .bytes = "x", .size = 1
    };
    struct mail_message m = plain();

    (void)state;
    m.files = &file;
    m.n_files = 1;
    assert_non_null(strstr(composed(&m), "Content-Disposition: attachment;\r\n"));
    assert_null(strstr(out.data, "Content-ID"));
}

static void a_promotion_says_how_to_unsubscribe(void **state)
{
    struct mail_message m = plain();

    (void)state;
    m.automatic = false;
    m.reply_to = "r-k3m9@in.shop.example";
    m.list_unsubscribe[0] = "https://r.example/u/k3m9";
    m.list_unsubscribe[1] = "u-k3m9@in.shop.example";
    m.feedback_id = "soldes:promo:shop";
    assert_non_null(strstr(composed(&m), "\r\nReply-To: r-k3m9@in.shop.example\r\n"));
    assert_non_null(strstr(out.data, "\r\nList-Unsubscribe: <https://r.example/u/k3m9>,\r\n"
                                     " <mailto:u-k3m9@in.shop.example>\r\n"
                                     "List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n"
                                     "Feedback-ID: soldes:promo:shop\r\n"));
    assert_null(strstr(out.data, "Auto-Submitted"));
    m.list_unsubscribe[0] = NULL; /* nothing to click on: no promise of it */
    assert_non_null(strstr(composed(&m), "\r\nList-Unsubscribe: <mailto:u-k3m9@in.shop.example>\r\n"
                                         "Feedback-ID: "));
}

static void an_automatic_answer_names_what_it_answers(void **state)
{
    struct mail_message m = plain();

    (void)state;
    m.in_reply_to = "CA+9=x_1@mail.gmail.com";
    assert_non_null(strstr(composed(&m), "\r\nIn-Reply-To: <CA+9=x_1@mail.gmail.com>\r\n"
                                         "References: <CA+9=x_1@mail.gmail.com>\r\n"
                                         "Auto-Submitted: auto-replied\r\n"));
    m.in_reply_to = "a@b>\r\nBcc: all@victim.example";
    composed(&m);
    assert_null(strstr(out.data, "In-Reply-To"));
    assert_non_null(strstr(out.data, "Auto-Submitted: auto-generated\r\n"));
}

static void the_same_mail_is_the_same_bytes_again(void **state)
{
    const struct mail_attachment file = { .name = "a.csv", .bytes = "x", .size = 1 };
    struct mail_message m = plain();
    char *first;

    (void)state;
    m.files = &file;
    m.n_files = 1;
    first = strdup(composed(&m));
    assert_string_equal(composed(&m), first);
    free(first);
}

static void accents_in_a_subject_are_encoded_words(void **state)
{
    struct mail_message m = plain();

    (void)state;
    m.subject = "Re\xc3\xa7u de commandes.csv";
    assert_non_null(
        strstr(composed(&m), "\r\nSubject: =?UTF-8?Q?Re=C3=A7u_de_commandes=2Ecsv?=\r\n"));
    m.subject = "\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac"
                "\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac";
    assert_non_null(strstr(composed(&m),
                           "Subject: =?UTF-8?Q?=E2=82=AC=E2=82=AC=E2=82=AC=E2=82=AC=E2=82=AC"
                           "=E2=82=AC?=\r\n =?UTF-8?Q?=E2=82=AC=E2=82=AC=E2=82=AC?=\r\n"));
    assert_fit_for_the_wire(&out);
}

static void a_long_subject_is_folded_between_words(void **state)
{
    struct mail_message m = plain();

    (void)state;
    m.subject = "one two three four five six seven eight nine ten eleven twelve thirteen fourteen";
    assert_non_null(strstr(composed(&m), "Subject: one two three four five six seven eight nine "
                                         "ten eleven twelve\r\n thirteen fourteen\r\n"));
    assert_fit_for_the_wire(&out);
    m.subject = "wwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwww";
    composed(&m);
    assert_fit_for_the_wire(&out);
}

static void no_text_adds_a_header(void **state)
{
    static const char evil[] = "Hi\r\nBcc: all@victim.example\r\n\r\n<b>spam</b>\n.\nX: \x01\xff";
    const struct mail_attachment file = { .name = evil, .type = evil, .bytes = "", .size = 0 };
    struct mail_message m = plain();

    (void)state;
    m.subject = evil;
    m.from_name = evil;
    m.reply_to = NULL;
    m.in_reply_to = evil;
    m.list_unsubscribe[0] = m.list_unsubscribe[1] = evil;
    m.feedback_id = evil;
    m.files = &file;
    m.n_files = 1;
    composed(&m);
    assert_fit_for_the_wire(&out);
    assert_null(strstr(out.data, "\r\nBcc:"));
    assert_null(strstr(out.data, "<b>"));
    assert_non_null(strstr(out.data, "\r\nContent-Type: application/octet-stream\r\n"));
}

static void what_looks_like_an_encoded_word_is_encoded(void **state)
{
    struct mail_message m = plain();

    (void)state;
    m.subject = "=?UTF-8?Q?hidden?=";
    assert_non_null(
        strstr(composed(&m), "Subject: =?UTF-8?Q?=3D=3FUTF-8=3FQ=3Fhidden=3F=3D?=\r\n"));
}

static void a_name_is_quoted_or_encoded_as_it_needs(void **state)
{
    struct mail_message m = plain();

    (void)state;
    m.from_name = "Ma Boite";
    assert_non_null(strstr(composed(&m), "From: Ma Boite\r\n <relais@shop.example>\r\n"));
    m.from_name = "Shop \"24/7\", Inc. \\o/";
    assert_non_null(strstr(composed(&m), "From: \"Shop \\\"24/7\\\", Inc. \\\\o/\"\r\n"));
    m.from_name = "Ma Bo\xc3\xaete";
    assert_non_null(strstr(composed(&m), "From: =?UTF-8?Q?Ma_Bo=C3=AEte?=\r\n"));
}

static void assert_quoted(const char *text, const char *expected)
{
    buffer_reset(&out);
    mime_add_quoted_printable(&out, text, strlen(text));
    assert_string_equal(buffer_text(&out), expected);
}

static void a_text_survives_the_wire(void **state)
{
    char line[100];

    (void)state;
    assert_quoted("caf\xc3\xa9 = 2 \xe2\x82\xac", "caf=C3=A9 =3D 2 =E2=82=AC\r\n");
    assert_quoted("blank \ntab\t\n", "blank=20\r\ntab=09\r\n");
    assert_quoted("a\r\nb\n\nc", "a\r\nb\r\n\r\nc\r\n");
    assert_quoted("bare\rcr", "bare=0Dcr\r\n");
    assert_quoted(".\n", ".\r\n");
    assert_quoted("", "");
    /* 76 fit on a line; of 77, the 76th place is for the sign that it goes on. */
    memset(line, 'x', 77);
    line[76] = '\0';
    buffer_reset(&out);
    mime_add_quoted_printable(&out, line, 76);
    assert_int_equal(out.len, 78);
    line[76] = 'x';
    buffer_reset(&out);
    mime_add_quoted_printable(&out, line, 77);
    assert_int_equal(out.len, 75 + 3 + 2 + 2);
    assert_memory_equal(out.data + 75, "=\r\nxx\r\n", 7);
}

static void bytes_are_base64_in_lines_of_76(void **state)
{
    unsigned char bytes[58];

    (void)state;
    memset(bytes, 0xff, sizeof(bytes));
    buffer_reset(&out);
    mime_add_base64(&out, "Man", 3);
    mime_add_base64(&out, "Ma", 2);
    mime_add_base64(&out, "M", 1);
    mime_add_base64(&out, "", 0);
    assert_string_equal(buffer_text(&out), "TWFu\r\nTWE=\r\nTQ==\r\n");
    buffer_reset(&out);
    mime_add_base64(&out, bytes, 57);
    assert_int_equal(out.len, 78);
    mime_add_base64(&out, bytes, 58);
    assert_int_equal(out.len, 78 + 78 + 6);
}

static void a_long_file_name_goes_in_pieces(void **state)
{
    char name[201];

    (void)state;
    for (size_t i = 0; i < 200; i += 2)
        memcpy(name + i, "\xc3\xa9", 2);
    name[200] = '\0';
    buffer_reset(&out);
    buffer_add_text(&out, "Content-Disposition: attachment");
    mime_add_parameter(&out, "filename", name);
    buffer_add_text(&out, "\r\n");
    assert_fit_for_the_wire(&out);
    assert_non_null(strstr(out.data, ";\r\n filename*0*=UTF-8''%C3%A9"));
    assert_non_null(strstr(out.data, ";\r\n filename*1*=%C3%A9"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_short_mail_is_these_bytes),
        cmocka_unit_test(a_file_makes_it_a_mail_of_two_parts),
        cmocka_unit_test(text_and_html_are_alternatives_and_the_html_comes_last),
        cmocka_unit_test(pictures_go_with_the_html_and_files_with_the_whole),
        cmocka_unit_test(without_html_a_picture_is_a_file_like_others),
        cmocka_unit_test(a_promotion_says_how_to_unsubscribe),
        cmocka_unit_test(an_automatic_answer_names_what_it_answers),
        cmocka_unit_test(the_same_mail_is_the_same_bytes_again),
        cmocka_unit_test(accents_in_a_subject_are_encoded_words),
        cmocka_unit_test(a_long_subject_is_folded_between_words),
        cmocka_unit_test(no_text_adds_a_header),
        cmocka_unit_test(what_looks_like_an_encoded_word_is_encoded),
        cmocka_unit_test(a_name_is_quoted_or_encoded_as_it_needs),
        cmocka_unit_test(a_text_survives_the_wire),
        cmocka_unit_test(bytes_are_base64_in_lines_of_76),
        cmocka_unit_test(a_long_file_name_goes_in_pieces),
    };

    return cmocka_run_group_tests(tests, begin, end);
}
