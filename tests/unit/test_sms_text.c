/* test_sms_text.c - what French texts cost, where they are cut, and what comes back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "domain/sms_text.h"
#include "domain/utf8.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

/* `piece` `n` times. */
static const char *repeat(const char *piece, size_t n)
{
    static char text[8192];

    text[0] = '\0';
    assert_true(strlen(piece) * n < sizeof(text));
    for (char *at = text; n > 0; n--, at += strlen(piece))
        strcpy(at, piece);
    return text;
}

static struct sms_measure measure(const char *text)
{
    struct sms_measure m = { 0 };

    assert_int_equal(sms_text_measure(text, &m), RC_OK);
    return m;
}

static void french_texts_cost_what_the_standard_says(void **state)
{
    static const struct {
        const char *text;
        enum sms_encoding encoding;
        unsigned units, parts;
        const char *forced_by;
    } rows[] = {
        { "", SMS_GSM7, 0, 1, "" },
        { "Bonjour, votre colis arrive demain entre 9h et 12h.", SMS_GSM7, 51, 1, "" },
        { "Votre livraison est prévue à 14h. STOP au 36111", SMS_GSM7, 47, 1, "" },
        { "Où êtes-vous ?", SMS_UCS2, 14, 1, "ê" },
        { "Reçu, merci", SMS_UCS2, 11, 1, "ç" },
        { "REÇU, À BIENTÔT", SMS_UCS2, 15, 1, "À" },
        { "Ça marche, l'été à Ø Ñ ß", SMS_GSM7, 24, 1, "" },
        { "L’été arrive", SMS_UCS2, 12, 1, "’" },
        { "Cœur", SMS_UCS2, 4, 1, "œ" },
        { "Noël", SMS_UCS2, 4, 1, "ë" },
        { "Total : 49,90 €", SMS_GSM7, 16, 1, "" },
        { "[1] {2} ~ | ^ \\", SMS_GSM7, 23, 1, "" },
        { "Merci 😀", SMS_UCS2, 8, 1, "😀" },
        { "une\tcolonne", SMS_UCS2, 11, 1, "\t" },
        { "`", SMS_UCS2, 1, 1, "`" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct sms_measure m = measure(rows[i].text);

        if (m.encoding != rows[i].encoding || m.units != rows[i].units || m.parts != rows[i].parts)
            fail_msg("\"%s\": %s, %u units, %u parts", rows[i].text, sms_encoding_name(m.encoding),
                     m.units, m.parts);
        assert_int_equal(m.forced_length, strlen(rows[i].forced_by));
        assert_memory_equal(rows[i].text + m.forced_at, rows[i].forced_by, m.forced_length);
        assert_int_equal(m.characters, utf8_length(rows[i].text, strlen(rows[i].text)));
    }
}

static void parts_begin_at_161_and_154_septets_or_71_and_68_units(void **state)
{
    static const struct {
        const char *piece;
        size_t n;
        unsigned parts;
    } rows[] = {
        { "a", 160, 1 },   { "a", 161, 2 }, { "a", 306, 2 }, { "a", 307, 3 }, { "a", 1530, 10 },
        { "a", 1531, 11 }, { "é", 160, 1 }, { "é", 161, 2 }, { "€", 80, 1 },  { "€", 81, 2 },
        { "ê", 70, 1 },    { "ê", 71, 2 },  { "ê", 134, 2 }, { "ê", 135, 3 }, { "ê", 670, 10 },
        { "ê", 671, 11 },  { "😀", 35, 1 },  { "😀", 36, 2 },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct sms_measure m = measure(repeat(rows[i].piece, rows[i].n));

        if (m.parts != rows[i].parts)
            fail_msg("%zu times %s: %u parts", rows[i].n, rows[i].piece, m.parts);
    }
}

static void a_pair_that_does_not_fit_moves_to_the_next_part_whole(void **state)
{
    struct sms_split s;
    char text[1024];

    (void)state;
    /* 152 letters and a euro: its two septets would straddle the cut at 153. */
    snprintf(text, sizeof(text), "%s€ et voila", repeat("a", 152));
    assert_int_equal(sms_text_split(text, &s), RC_OK);
    assert_int_equal(s.parts, 2);
    assert_int_equal(s.part[0].length, 152);
    assert_int_equal(s.part[1].data[0], 0x1b);
    assert_int_equal(s.part[1].data[1], 0x65);
    /* 153 euros in parts of 76: the cost counts the septet that stays empty. */
    assert_int_equal(measure(repeat("€", 153)).parts, 3);

    snprintf(text, sizeof(text), "%s😀", repeat("ê", 66));
    strcat(text, "abc");
    assert_int_equal(sms_text_split(text, &s), RC_OK);
    assert_int_equal(s.parts, 2);
    assert_int_equal(s.part[0].length, 132);
    assert_memory_equal(s.part[1].data, "\xd8\x3d\xde\x00\0a", 6);
}

static void a_split_has_the_parts_and_bytes_that_were_measured(void **state)
{
    static const char *const pieces[] = { "a", "é", "€", "ê", "😀", "a€", "ê😀", "aê" };

    (void)state;
    for (size_t i = 0; i < COUNT(pieces); i++) {
        for (size_t n = 0; n <= 320; n++) {
            const char *text = repeat(pieces[i], n);
            struct sms_measure m = measure(text);
            struct sms_split s = { 0 };
            char back[SMS_TEXT_SIZE], whole[SMS_TEXT_SIZE] = "";

            if (m.parts > SMS_PARTS_MAX) {
                assert_int_equal(sms_text_split(text, &s), RC_INVALID);
                assert_int_equal(s.parts, 0);
                continue;
            }
            assert_int_equal(sms_text_split(text, &s), RC_OK);
            assert_int_equal(s.parts, m.parts);
            for (unsigned p = 0; p < s.parts; p++) {
                assert_true(s.part[p].length <= (m.encoding == SMS_UCS2 ? 140 : 160));
                sms_text_decode(s.encoding == SMS_UCS2 ? 8 : 0, s.part[p].data, s.part[p].length,
                                false, back, sizeof(back), NULL);
                strcat(whole, back);
            }
            assert_string_equal(whole, text);
        }
    }
}

static void what_is_not_utf8_is_refused_with_its_place(void **state)
{
    struct sms_measure m = { .parts = 99 };
    struct sms_split s;

    (void)state;
    assert_int_equal(sms_text_measure("Livr\xe9", &m), RC_INVALID);
    assert_int_equal(m.bad_at, 4);
    assert_int_equal(m.parts, 99);
    assert_int_equal(sms_text_split("Livr\xe9", &s), RC_INVALID);
}

static void a_concatenation_header_says_reference_parts_and_part(void **state)
{
    uint8_t udh[SMS_UDH_SIZE];

    (void)state;
    sms_udh(udh, 0xab, 3, 2);
    assert_memory_equal(udh, "\x05\x00\x03\xab\x03\x02", 6);
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
        char out[64];
        size_t n = sms_text_decode(rows[i].coding, (const uint8_t *)rows[i].bytes, rows[i].len,
                                   false, out, sizeof(out), NULL);

        assert_string_equal(out, rows[i].text);
        assert_int_equal(n, strlen(out));
    }
}

static void a_header_is_skipped_and_its_concatenation_told(void **state)
{
    static const struct {
        const char *bytes;
        size_t len;
        const char *text;
        struct sms_concat concat;
    } rows[] = {
        { "\x05\x00\x03\x2a\x02\x01Hello", 11, "Hello", { 0x2a, 2, 1 } },
        { "\x06\x08\x04\x01\x02\x03\x03"
          "fin",
          10,
          "fin",
          { 0x102, 3, 3 } },
        { "\x0a\x24\x03"
          "abc\x00\x03\x07\x02\x02ok",
          13,
          "ok",
          { 7, 2, 2 } },
        { "\x05\x00\x03\x2a\x01\x01Seul", 10, "Seul", { 0, 0, 0 } }, /* one of one */
        { "\x05\x00\x03\x2a\x02\x03?", 7, "?", { 0, 0, 0 } },        /* three of two */
        { "\x05\x00\x09\x2a\x02\x01x", 7, "x", { 0, 0, 0 } },        /* the element lies */
        { "STOP", 4, "STOP", { 0, 0, 0 } },                          /* the header lies */
        { "", 0, "", { 0, 0, 0 } },
        { "\x00OK", 3, "OK", { 0, 0, 0 } },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct sms_concat c = { 1, 1, 1 };
        char out[64];

        sms_text_decode(1, (const uint8_t *)rows[i].bytes, rows[i].len, true, out, sizeof(out), &c);
        assert_string_equal(out, rows[i].text);
        assert_int_equal(c.ref, rows[i].concat.ref);
        assert_int_equal(c.parts, rows[i].concat.parts);
        assert_int_equal(c.part, rows[i].concat.part);
    }
}

static void a_small_buffer_cuts_between_characters(void **state)
{
    char out[6];

    (void)state;
    assert_int_equal(sms_text_decode(3, (const uint8_t *)"\xe9\xe9\xe9z", 4, false, out, 6, NULL),
                     4);
    assert_string_equal(out, "éé");
    assert_int_equal(sms_text_decode(3, (const uint8_t *)"abc", 3, false, out, 1, NULL), 0);
    assert_string_equal(out, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(french_texts_cost_what_the_standard_says),
        cmocka_unit_test(parts_begin_at_161_and_154_septets_or_71_and_68_units),
        cmocka_unit_test(a_pair_that_does_not_fit_moves_to_the_next_part_whole),
        cmocka_unit_test(a_split_has_the_parts_and_bytes_that_were_measured),
        cmocka_unit_test(what_is_not_utf8_is_refused_with_its_place),
        cmocka_unit_test(a_concatenation_header_says_reference_parts_and_part),
        cmocka_unit_test(inbound_texts_are_read_by_their_coding),
        cmocka_unit_test(a_header_is_skipped_and_its_concatenation_told),
        cmocka_unit_test(a_small_buffer_cuts_between_characters),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
