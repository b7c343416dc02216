/* test_charset.c - bytes and what they say they are. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/buffer.h"
#include "domain/charset.h"

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

static enum charset_note note;

static const char *read_as(const char *label, const char *bytes, size_t len)
{
    buffer_reset(&out);
    note = charset_to_utf8(label, bytes, len, &out);
    return buffer_text(&out);
}

#define READ(label, bytes) read_as(label, bytes, sizeof(bytes) - 1)

static void a_true_label_is_followed(void **state)
{
    (void)state;
    assert_string_equal(READ("utf-8", "d\xc3\xa9j\xc3\xa0"), "déjà");
    assert_string_equal(READ("ISO-8859-15", "10 \xa4"), "10 €");
    assert_string_equal(READ("iso-8859-2", "\xb3\xf3\x64\xbc"), "łódź");
    assert_string_equal(READ("koi8-r", "\xe4\xc1"), "Да");
    assert_string_equal(READ("windows-1251", "\xc4\xe0"), "Да");
    assert_string_equal(READ("Shift_JIS", "\x82\xa0\x87\x40"), "あ①");
    assert_string_equal(READ("euc-jp", "\xa4\xa2"), "あ");
    assert_string_equal(READ("iso-2022-jp", "\x1b$B$\"\x1b(B!"), "あ!");
    assert_string_equal(READ("big5", "\xa4\xa4"), "中");
    assert_string_equal(READ("utf-7", "+AOk-t+AOk-"), "été");
    assert_string_equal(READ("utf-16be", "\0\xe9\xd8\x3d\xde\0"), "é😀");
    assert_int_equal(note, CHARSET_AS_SAID);
}

static void names_are_taken_for_what_mails_mean_by_them(void **state)
{
    (void)state;
    assert_string_equal(READ("iso-8859-1", "\x93hi\x94 10 \x80"), "“hi” 10 €");
    assert_string_equal(READ("gb2312", "\xd6\xd0\x94\x39\xda\x33"), "中💩");
    assert_string_equal(READ("ks_c_5601-1987", "\xb0\xa1\x81\x41"), "가갂");
    assert_string_equal(READ(" \"UTF8\" ", "\xc3\xa9"), "é");
    assert_int_equal(note, CHARSET_AS_SAID);
}

static void utf_8_that_is_windows_1252_is_read_as_that(void **state)
{
    (void)state;
    assert_string_equal(READ("utf-8", "d\xe9j\xe0 10 \x80"), "déjà 10 €");
    assert_int_equal(note, CHARSET_LIED);
}

static void latin_1_that_is_utf_8_is_read_as_that(void **state)
{
    (void)state;
    assert_string_equal(READ("iso-8859-1", "d\xc3\xa9j\xc3\xa0"), "déjà");
    assert_int_equal(note, CHARSET_LIED);
    /* Two Cyrillic letters may look like one of UTF-8; a word of them does not. */
    assert_string_equal(READ("windows-1251", "\xd0\xb0"), "Р°");
}

static void eight_bits_in_ascii_are_not_lost(void **state)
{
    (void)state;
    assert_string_equal(READ("us-ascii", "caf\xe9"), "café");
    assert_int_equal(note, CHARSET_LIED);
    assert_string_equal(READ("us-ascii", "caf\xc3\xa9"), "café");
}

static void without_a_label_the_bytes_speak(void **state)
{
    (void)state;
    assert_string_equal(READ(NULL, "plain"), "plain");
    assert_int_equal(note, CHARSET_AS_SAID);
    assert_string_equal(READ("", "caf\xc3\xa9"), "café");
    assert_string_equal(READ("x-unknown", "caf\xe9"), "café");
    assert_string_equal(READ("no-such-charset", "caf\xe9"), "café");
    assert_int_equal(note, CHARSET_GUESSED);
    assert_string_equal(READ(NULL, "\x1b$B$\"\x1b(B"), "あ");
    /* "Здравствуйте, где моя посылка?" */
    assert_string_equal(
        READ(NULL, "\xfa\xc4\xd2\xc1\xd7\xd3\xd4\xd7\xd5\xca\xd4\xc5, \xc7\xc4\xc5 \xcd\xcf\xd1 "
                   "\xd0\xcf\xd3\xd9\xcc\xcb\xc1?"),
        "Здравствуйте, где моя посылка?");
}

static void what_is_broken_becomes_a_replacement(void **state)
{
    (void)state;
    assert_string_equal(READ("utf-8", "\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3"), "éééé\xef\xbf\xbd");
    assert_int_equal(note, CHARSET_BROKEN);
    assert_string_equal(READ("shift_jis", "\x82\xa0\x82"), "あ\xef\xbf\xbd");
    assert_int_equal(note, CHARSET_BROKEN);
}

static void a_long_text_is_not_cut_within_a_character(void **state)
{
    static const char pair[] = "\x94\x39\xda\x33"; /* U+1F4A9, two units of UTF-16 */
    char bytes[4 * 3000 + 1];

    (void)state;
    bytes[0] = 'x';
    for (size_t i = 0; i < 3000; i++)
        memcpy(bytes + 1 + i * 4, pair, 4);
    read_as("gb18030", bytes, sizeof(bytes));
    assert_int_equal(out.len, sizeof(bytes));
    assert_int_equal(note, CHARSET_AS_SAID);
    assert_string_equal(buffer_text(&out) + out.len - 4, "💩");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_true_label_is_followed),
        TEST(names_are_taken_for_what_mails_mean_by_them),
        TEST(utf_8_that_is_windows_1252_is_read_as_that),
        TEST(latin_1_that_is_utf_8_is_read_as_that),
        TEST(eight_bits_in_ascii_are_not_lost),
        TEST(without_a_label_the_bytes_speak),
        TEST(what_is_broken_becomes_a_replacement),
        TEST(a_long_text_is_not_cut_within_a_character),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
