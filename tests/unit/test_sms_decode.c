/* test_sms_decode.c - what carriers deliver, as text: codings, national tables, parts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "domain/gsm7_national.h"
#include "domain/sms_text.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static struct sms_user_data user_data(uint8_t coding, const void *bytes, size_t len)
{
    return (struct sms_user_data){ .data_coding = coding, .bytes = bytes, .len = len };
}

/* A literal, whose NUL at the end is none of its bytes. */
#define DATA(coding, literal)                                                                \
    {                                                                                        \
        .data_coding = coding, .bytes = (const uint8_t *)literal, .len = sizeof(literal) - 1 \
    }

static const char *decoded(const struct sms_user_data *parts, size_t n)
{
    static char out[4096];

    size_t len = sms_text_decode(parts, n, out, sizeof(out));

    assert_int_equal(len, strlen(out));
    return out;
}

static void inbound_texts_are_read_by_their_coding(void **state)
{
    static const struct {
        uint8_t coding;
        const char *bytes;
        size_t len;
        const char *text;
    } rows[] = {
        { 0, "STOP", 4, "STOP" },
        { 0, "\x00\x05\x04\x7f", 4, "@éèà" },
        { 0, "10 \x1b\x65", 5, "10 €" },
        { 0, "\x1b\x41", 2, "A" },      /* an extension that nobody defined */
        { 0, "a\x1b", 2, "a\xc2\xa0" }, /* an escape before nothing */
        { 0, "ARR\xcaT", 5, "ARRÊT" },  /* Latin-1 in spite of the coding */
        { 1, "Stop.", 5, "Stop." },
        { 1, "arr\xc3\xaat", 6, "arrêt" }, /* UTF-8 in spite of the coding */
        { 3, "Arr\xeat, l\x92\xe9t\xe9", 12, "Arrêt, l’été" },
        { 8, "\0A\0r\0r\0\xea\0t", 10, "Arrêt" },
        { 8, "\xfe\xff\0O\0K", 6, "OK" },
        { 8, "\xd8\x3d\xde\x00", 4, "😀" },
        { 8, "\xd8\x3d\0A", 4, "\uFFFDA" }, /* half a pair */
        { 8, "\0A\0", 3, "A\uFFFD" },       /* half a unit */
        { 0x11, "\x05t\x05", 3, "été" },
        { 0x19, "\0O\0K", 4, "OK" },
        { 0xf1,
          "\x09"
          "a",
          2, "Ça" },
        { 4, "\xc3\xa9", 2, "é" },
        { 4, "\xe9", 1, "é" },
        { 2, "a\0\x01z", 4, "a  z" },
        { 0, "un\ndeux\r", 8, "un\ndeux\r" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct sms_user_data data = user_data(rows[i].coding, rows[i].bytes, rows[i].len);
        assert_string_equal(decoded(&data, 1), rows[i].text);
    }
}

static void what_is_cut_between_two_parts_is_read_whole(void **state)
{
    static const struct {
        struct sms_user_data parts[3];
        size_t n;
        const char *text;
    } rows[] = {
        { { DATA(0, "10 \x1b"), DATA(0, "\x65 net") }, 2, "10 € net" },
        { { DATA(8, "\0A\xd8\x3d"), DATA(8, "\xde\x00\0B") }, 2, "A😀B" },
        { { DATA(8, "\0A\0"), DATA(8, "B\0C") }, 2, "ABC" },
        { { DATA(4, "\xc3"), DATA(4, "\xa9t\xc3\xa9") }, 2, "été" },
        { { DATA(0, "un "), DATA(8, "\0d\0e\0u\0x"), DATA(3, " tr\xe8s") }, 3, "un deux très" },
        { { DATA(0, "a"), { 0 }, DATA(0, "c") }, 3, "a[...]c" },
        { { { 0 }, { 0 }, DATA(0, "fin") }, 3, "[...]fin" },
        { { DATA(0, "a\x1b"), { 0 }, DATA(0, "\x65") }, 3, "a\u00a0[...]e" },
        { { DATA(0, ""), DATA(0, "b") }, 2, "b" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++)
        assert_string_equal(decoded(rows[i].parts, rows[i].n), rows[i].text);
}

static void national_tables_are_read_where_the_header_names_them(void **state)
{
    static const struct {
        const char *udh;
        size_t udh_len;
        struct sms_user_data data;
        const char *text;
    } rows[] = {
        { "\x03\x24\x01\x01", 4, DATA(0, "\x1b\x53i\x1bg \x1b\x65"), "Şiğ €" },
        { "\x03\x25\x01\x01", 4, DATA(0, "\x40stanbul \x60ok \x07"), "İstanbul çok ı" },
        { "\x06\x25\x01\x01\x24\x01\x01", 7, DATA(0, "\x0b\x1b\x73"), "Ğş" },
        { "\x03\x24\x01\x02", 4, DATA(0, "Adi\x1bos, M\x1b\x61laga \x1b\x28"), "Adiós, Málaga {" },
        { "\x03\x25\x01\x03", 4, DATA(0, "n\x7bo, cora\x09\x7bo, voc\x04"), "não, coração, você" },
        { "\x03\x24\x01\x03", 4, DATA(0, "n\x1b\x7bo \x1b\x0e"), "não Á" },
        { "\x03\x25\x01\x06", 4, DATA(0, "\x2f\x42\x4c\x5f\x27\x59"), "नमस्ते" },
        { "\x03\x24\x01\x06", 4, DATA(0, "\x1b\x19 \x1b\x1c\x1b\x1d"), "। ०१" },
        { "\x03\x25\x01\x04", 4, DATA(0, "\x2f\x53"), "নু" },
        { "\x03\x25\x01\x0d", 4, DATA(0, "\x07\x00"), "تا" },
        { "\x03\x24\x01\x0d", 4, DATA(0, "a\x1b\x3f"), "a۔" },
        /* A script that lacks the letter; a language that nobody knows; an element that lies. */
        { "\x03\x25\x01\x0b", 4, DATA(0, "x\x20y\x23z"), "x y z" },
        { "\x03\x25\x01\x63", 4, DATA(0, "\x05t\x05"), "été" },
        { "\x03\x25\x05\x01", 4, DATA(0, "\x40"), "¡" },
        { "\x03\x24\x01\x01", 4, DATA(8, "\0O\0K"), "OK" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct sms_user_data data = rows[i].data;

        data.udh = (const uint8_t *)rows[i].udh;
        data.udh_len = rows[i].udh_len;
        if (strcmp(decoded(&data, 1), rows[i].text) != 0)
            fail_msg("row %zu: \"%s\", not \"%s\"", i, decoded(&data, 1), rows[i].text);
    }
}

/* The standard's own words of its tables: each language has its letters once, and where the scripts
 * of India have a letter, it is one of their block. */
static void every_table_keeps_to_its_script(void **state)
{
    static const uint16_t blocks[] = { 0x0980, 0x0a80, 0x0900, 0x0c80, 0x0d00,
                                       0x0b00, 0x0a00, 0x0b80, 0x0c00, 0x0600 };

    (void)state;
    for (uint8_t language = GSM7_BENGALI; language <= GSM7_URDU; language++) {
        uint16_t block = blocks[language - GSM7_BENGALI];
        bool seen[256] = { false };

        for (uint8_t septet = 0; septet < 128; septet++) {
            uint32_t c = gsm7_locking(language, septet), e = gsm7_single(language, septet);
            if (c >= 128) {
                assert_in_range(c, block, block + 0xff);
                assert_false(seen[c - block]);
                seen[c - block] = true;
            }
            if (e >= 0x600 && e != 0x20ac && (e & ~0xffu) != 0x0900)
                assert_in_range(e, block, block + 0xff);
        }
        assert_int_equal(gsm7_locking(language, '\n'), '\n');
        assert_int_equal(gsm7_single(language, 0x65), 0x20ac);
        assert_int_equal(gsm7_single(language, 0x14), '^');
    }
}

static void a_small_buffer_cuts_between_characters(void **state)
{
    const struct sms_user_data accents = DATA(3, "\xe9\xe9\xe9z"), letters = DATA(3, "abc");
    char out[6];

    (void)state;
    assert_int_equal(sms_text_decode(&accents, 1, out, 6), 4);
    assert_string_equal(out, "éé");
    assert_int_equal(sms_text_decode(&letters, 1, out, 1), 0);
    assert_string_equal(out, "");
}

static void the_largest_message_is_read_within_its_bounds(void **state)
{
    static uint8_t bytes[255];
    static struct sms_user_data parts[255];
    static char out[60000];

    (void)state;
    memset(bytes, 'x', sizeof(bytes));
    for (size_t i = 0; i < COUNT(parts); i++)
        parts[i] = user_data(0, bytes, sizeof(bytes));
    assert_in_range(sms_text_decode(parts, 255, out, sizeof(out)), 160 * 255, sizeof(out) - 1);
    parts[100].bytes = NULL;
    assert_in_range(sms_text_decode(parts, 255, out, 7), 6, 6);
    assert_string_equal(out, "xxxxxx");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(inbound_texts_are_read_by_their_coding),
        cmocka_unit_test(what_is_cut_between_two_parts_is_read_whole),
        cmocka_unit_test(national_tables_are_read_where_the_header_names_them),
        cmocka_unit_test(every_table_keeps_to_its_script),
        cmocka_unit_test(a_small_buffer_cuts_between_characters),
        cmocka_unit_test(the_largest_message_is_read_within_its_bounds),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
