/* test_letter.c - the mail of a message: its addresses, its headers, its files. */
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
#include "flow/letter.h"
#include "store/template_file.h"

static const struct letter_house house = { .from = "bonjour@shop.example",
                                           .from_name = "Ma Boite",
                                           .domain = "in.shop.example",
                                           .public_url = "https://r.example",
                                           .feedback_id = "shop",
                                           .key = { 1, 2, 3 } };
static struct arena arena;
static struct buffer out;

static int begin(void **state)
{
    (void)state;
    arena_init(&arena);
    buffer_init(&out, 1 << 20);
    return 0;
}

static int end(void **state)
{
    (void)state;
    buffer_close(&out);
    arena_close(&arena);
    return 0;
}

static struct letter_message promotion(void)
{
    return (struct letter_message){ .id = 4711,
                                    .campaign_id = 7,
                                    .class = CLASS_PROMO,
                                    .address = "camille@mail.example",
                                    .subject = "Soldes",
                                    .text = "Bonjour **Camille**\n\n~ [Bye]({{unsubscribe}})",
                                    .date = INT64_C(1795657570000000) };
}

static const char *composed(const struct letter_house *from, const struct letter_message *m)
{
    buffer_reset(&out);
    assert_int_equal(letter_compose(from, m, &arena, &out), RC_OK);
    return buffer_text(&out);
}

static bool has(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
static bool has(const char *fmt, ...)
{
    char text[500];
    va_list args;

    va_start(args, fmt);
    vsnprintf(text, sizeof(text), fmt, args);
    va_end(args);
    return strstr(buffer_text(&out), text) != NULL;
}

/* Of this kind for message 4711, without its letter and '-'. */
static const char *token(enum mail_token_kind kind)
{
    static char text[MAIL_TOKEN_KINDS][MAIL_TOKEN_SIZE];

    mail_token_write(house.key, kind, 4711, text[kind]);
    return text[kind];
}

static void a_promotion_can_be_answered_and_refused_in_every_way(void **state)
{
    const struct letter_message m = promotion();

    (void)state;
    composed(&house, &m);
    assert_true(has("From: Ma Boite\r\n <bonjour@shop.example>\r\n"
                    "Reply-To: r-%s@in.shop.example\r\nTo: camille@mail.example\r\n",
                    token(MAIL_TOKEN_REPLY)));
    assert_true(has("\r\nMessage-ID: <r-%s@in.shop.example>\r\n", token(MAIL_TOKEN_REPLY)));
    assert_true(has("\r\nList-Unsubscribe: <https://r.example/u/%s>,\r\n"
                    " <mailto:u-%s@in.shop.example>\r\n"
                    "List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n"
                    "Feedback-ID: 7:promo:shop\r\n",
                    token(MAIL_TOKEN_UNSUBSCRIBE), token(MAIL_TOKEN_UNSUBSCRIBE)));
    assert_true(has("\r\nBonjour Camille\r\n\r\nBye (https://r.example/u/%s)\r\n",
                    token(MAIL_TOKEN_UNSUBSCRIBE)));
    assert_true(has("<strong>Camille</strong>"));
    assert_false(has("unsubscribe}}"));
    assert_false(has("Auto-Submitted"));
}

static void without_a_page_one_writes_and_without_an_address_one_clicks(void **state)
{
    struct letter_house other = house;
    const struct letter_message m = promotion();

    (void)state;
    other.public_url = "";
    composed(&other, &m);
    assert_true(
        has("List-Unsubscribe: <mailto:u-%s@in.shop.example>\r\n", token(MAIL_TOKEN_UNSUBSCRIBE)));
    assert_false(has("One-Click"));
    assert_true(has("\r\nBye (mailto:u-%s@in.shop.example)\r\n", token(MAIL_TOKEN_UNSUBSCRIBE)));
    other = house;
    other.domain = "";
    composed(&other, &m);
    assert_false(has("Reply-To"));
    assert_false(has("mailto:"));
    assert_true(has("List-Unsubscribe: <https://r.example/u/"));
    assert_true(has("\r\nMessage-ID: <r-%s@shop.example>\r\n", token(MAIL_TOKEN_REPLY)));
}

static void a_service_mail_is_on_no_list(void **state)
{
    struct letter_message m = promotion();

    (void)state;
    m.class = CLASS_SERVICE;
    m.campaign_id = 0;
    m.in_reply_to = "x@mail.example";
    m.automatic = true;
    composed(&house, &m);
    assert_false(has("List-Unsubscribe"));
    assert_true(has("In-Reply-To: <x@mail.example>\r\n"));
    assert_true(has("Auto-Submitted: auto-replied\r\n"));
}

static void bounces_come_back_by_the_message(void **state)
{
    struct letter_house other = house;
    char path[ADDRESS_SIZE], expected[ADDRESS_SIZE];

    (void)state;
    letter_return_path(&house, 4711, path);
    snprintf(expected, sizeof(expected), "b-%s@in.shop.example", token(MAIL_TOKEN_BOUNCE));
    assert_string_equal(path, expected);
    other.domain = "";
    letter_return_path(&other, 4711, path);
    assert_string_equal(path, "bonjour@shop.example");
}

static void a_picture_goes_along_only_where_it_is_shown(void **state)
{
    const struct template_file files[] = {
        { .name = "a.png", .type = "image/png", .is_inline = true, .bytes = "x", .size = 1 },
        { .name = "b.png", .type = "image/png", .is_inline = true, .bytes = "x", .size = 1 },
        { .name = "cgv.pdf", .type = "application/pdf", .bytes = "x", .size = 1 },
    };
    struct letter_message m = promotion();

    (void)state;
    m.files = files;
    m.n_files = 3;
    m.text = "![none](c.png) ![seen](b.png) ![again](b.png)";
    composed(&house, &m);
    assert_true(has("Content-ID: <2.r-%s@in.shop.example>\r\n", token(MAIL_TOKEN_REPLY)));
    assert_false(has("Content-ID: <1."));
    assert_true(has("filename=\"b.png\""));
    assert_false(has("filename=\"a.png\""));
    assert_true(has("Content-Disposition: attachment;\r\n filename=\"cgv.pdf\""));
    assert_true(has("none seen again"));
}

static void the_same_message_is_the_same_bytes_again(void **state)
{
    const struct letter_message m = promotion();
    char *first;

    (void)state;
    first = strdup(composed(&house, &m));
    assert_string_equal(composed(&house, &m), first);
    free(first);
}

static void what_is_too_large_is_not_said(void **state)
{
    const struct letter_message m = promotion();
    struct buffer small;

    (void)state;
    buffer_init(&small, 500);
    assert_int_equal(letter_compose(&house, &m, &arena, &small), RC_INVALID);
    buffer_close(&small);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_promotion_can_be_answered_and_refused_in_every_way),
        cmocka_unit_test(without_a_page_one_writes_and_without_an_address_one_clicks),
        cmocka_unit_test(a_service_mail_is_on_no_list),
        cmocka_unit_test(bounces_come_back_by_the_message),
        cmocka_unit_test(a_picture_goes_along_only_where_it_is_shown),
        cmocka_unit_test(the_same_message_is_the_same_bytes_again),
        cmocka_unit_test(what_is_too_large_is_not_said),
    };

    return cmocka_run_group_tests(tests, begin, end);
}
