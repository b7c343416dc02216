/* test_smsc_text.c - texts of handsets: GSM alphabet, UCS-2, and back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "smsc/text.h"

static const char *round_trip(const char *text, uint8_t *coding)
{
    static char back[1024];
    uint8_t data[512];
    size_t len = text_encode(text, data, sizeof(data), coding);

    text_decode(data, len, *coding, back, sizeof(back));
    return back;
}

static void french_of_the_basic_alphabet_stays_in_it(void **state)
{
    const char *text = "J'ai déjà été livré: 10 € à É [Ç]";
    uint8_t coding;

    (void)state;
    assert_string_equal(round_trip(text, &coding), text);
    assert_int_equal(coding, 0);
}

static void one_letter_outside_makes_it_ucs2(void **state)
{
    const char *text = "garçon 🚚 œuf";
    uint8_t coding;

    (void)state;
    assert_string_equal(round_trip(text, &coding), text);
    assert_int_equal(coding, 8);
}

static void septets_are_those_of_the_standard(void **state)
{
    const uint8_t wanted[] = { 0x00, 0x05, 0x1B, 0x65, 0x41 };
    uint8_t data[16], coding;

    (void)state;
    assert_int_equal(text_encode("@é€A", data, sizeof(data), &coding), sizeof(wanted));
    assert_memory_equal(data, wanted, sizeof(wanted));
}

static void bytes_that_are_no_utf8_become_replacement_characters(void **state)
{
    uint8_t coding;

    (void)state;
    assert_string_equal(round_trip("a\xC3", &coding), "a\xEF\xBF\xBD");
    assert_string_equal(round_trip("\xF8\x80\xC0\x80", &coding),
                        "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD");
}

static void a_cut_splits_no_character(void **state)
{
    const uint8_t septets[] = { 'a', 0x1B, 0x65, 'b' },
                  utf16[] = { 0, 'a', 0xD8, 0x3D, 0xDE, 0x9A };

    (void)state;
    assert_int_equal(text_cut(septets, 4, 2, 0), 1);
    assert_int_equal(text_cut(septets, 4, 3, 0), 3);
    assert_int_equal(text_cut(utf16, 6, 5, 8), 2);
    assert_int_equal(text_cut(utf16, 6, 6, 8), 6);
}

static void a_decoded_text_is_one_line_of_bounded_length(void **state)
{
    const uint8_t data[] = "a\nb\rc\tsomething long";
    char out[8];

    (void)state;
    assert_in_range(text_decode(data, sizeof(data), 3, out, sizeof(out)), 1, sizeof(out) - 1);
    assert_null(strchr(out, '\n'));
    text_decode((const uint8_t *)"\x01\xFF", 2, 4, out, sizeof(out));
    assert_string_equal(out, "\\x01");
}

static void packed_septets_come_apart(void **state)
{
    uint8_t out[40];

    (void)state;
    assert_int_equal(
        text_unpack((const uint8_t *)"\xe8\x32\x9b\xfd\x46\x97\xd9\xec\x37", 9, 0, out), 10);
    assert_memory_equal(out, "hellohello", 10);
    /* behind a header of 6 octets there is one bit of filling, of 7 none */
    assert_int_equal(text_unpack((const uint8_t *)"\x82\x31", 2, 6, out), 2);
    assert_memory_equal(out, "A1", 2);
    assert_int_equal(text_unpack((const uint8_t *)"\xc1\x18", 2, 7, out), 2);
    assert_memory_equal(out, "A1", 2);
    assert_int_equal(text_unpack((const uint8_t *)"", 0, 6, out), 0);
}

static void what_is_packed_comes_apart_as_it_was(void **state)
{
    uint8_t septets[160], octets[142], out[163];

    (void)state;
    for (size_t header = 0; header < 8; header++) {
        for (size_t n = 0; n <= sizeof(septets); n++) {
            memset(septets, 0, sizeof(septets)); /* the worst case: nothing but @ */
            assert_int_equal(
                text_unpack(octets, text_pack(septets, n, header, octets), header, out), n);
            assert_memory_equal(out, septets, n);
        }
    }
}

static void bytes_of_latin1_are_those_of_unicode(void **state)
{
    uint8_t out[8];
    size_t len;

    (void)state;
    assert_true(text_bytes("é@", 0x100, out, sizeof(out), &len));
    assert_int_equal(len, 2);
    assert_memory_equal(out, "\xe9@", 2);
    assert_false(text_bytes("é@", 0x80, out, sizeof(out), &len));
    assert_false(text_bytes("€", 0x100, out, sizeof(out), &len));
    assert_false(text_bytes("123456789", 0x80, out, sizeof(out), &len));
}

static void a_cr_that_fills_the_last_octet_is_no_text(void **state)
{
    uint8_t out[16];

    (void)state;
    /* "1234567" and CR in the seven bits that are left */
    assert_int_equal(text_unpack((const uint8_t *)"\x31\xd9\x8c\x56\xb3\xdd\x1a", 7, 0, out), 7);
    assert_memory_equal(out, "1234567", 7);
    /* "1234567@" */
    assert_int_equal(text_unpack((const uint8_t *)"\x31\xd9\x8c\x56\xb3\xdd\x00", 7, 0, out), 8);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(french_of_the_basic_alphabet_stays_in_it),
        cmocka_unit_test(one_letter_outside_makes_it_ucs2),
        cmocka_unit_test(septets_are_those_of_the_standard),
        cmocka_unit_test(bytes_that_are_no_utf8_become_replacement_characters),
        cmocka_unit_test(a_cut_splits_no_character),
        cmocka_unit_test(packed_septets_come_apart),
        cmocka_unit_test(what_is_packed_comes_apart_as_it_was),
        cmocka_unit_test(bytes_of_latin1_are_those_of_unicode),
        cmocka_unit_test(a_cr_that_fills_the_last_octet_is_no_text),
        cmocka_unit_test(a_decoded_text_is_one_line_of_bounded_length),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
