/* test_sms_text.c - what French texts cost, and where they are cut. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
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
                sms_text_decode(
                    &(struct sms_user_data){ .data_coding = s.encoding == SMS_UCS2 ? 8 : 0,
                                             .bytes = s.part[p].data,
                                             .len = s.part[p].length },
                    1, back, sizeof(back));
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

static void a_grapheme_is_cut_only_when_it_is_longer_than_a_part(void **state)
{
    static const char *const family = "\U0001F468\u200D\U0001F469\u200D\U0001F467"; /* 8 units */
    char text[2048];
    size_t ends[SMS_PARTS_MAX];
    struct sms_split s;

    (void)state;
    /* 63 letters, and a family of emoji that would straddle the cut at 67. */
    snprintf(text, sizeof(text), "%s%s fin", repeat("ê", 63), family);
    assert_int_equal(measure(text).parts, 2);
    assert_int_equal(sms_text_cuts(text, ends, SMS_PARTS_MAX), 2);
    assert_int_equal(ends[0], 2 * 63);
    assert_int_equal(sms_text_split(text, &s), RC_OK);
    assert_int_equal(s.part[0].length, 2 * 63);
    /* e and a combining acute, astride the cut; then a letter with eighty marks. */
    snprintf(text, sizeof(text), "%se\u0301%s", repeat("ê", 66), "abcd");
    sms_text_cuts(text, ends, SMS_PARTS_MAX);
    assert_int_equal(ends[0], 2 * 66);
    snprintf(text, sizeof(text), "a%s", repeat("\u0301", 80));
    assert_int_equal(measure(text).parts, 2);
    assert_int_equal(sms_text_cuts(text, ends, SMS_PARTS_MAX), 2);
    assert_int_equal(ends[0], 1 + 2 * 66);
    /* A line break of two characters stays one. */
    snprintf(text, sizeof(text), "%s\r\nabcdefghij", repeat("a", 152));
    sms_text_cuts(text, ends, SMS_PARTS_MAX);
    assert_int_equal(ends[0], 152);
}

/* Texts of pieces that are hard to cut, at random, from a seed that is told. */
static void whatever_the_text_measure_split_and_cuts_agree(void **state)
{
    static const char *const pieces[] = {
        "a",
        "é",
        "€",
        "ê",
        "{",
        "\U0001F600",
        "e\u0301",
        "\u200D",
        "\r\n",
        "\n",
        "\U0001F1EB\U0001F1F7",
        "\U0001F44D\U0001F3FD",
        "\u0e33",
        "\u1100\u1161",
    };
    char text[4096];

    (void)state;
    for (unsigned seed = 1; seed <= 3000; seed++) {
        size_t kinds, n, ends[64], len = 0, from = 0, cuts;
        struct sms_measure m;
        struct sms_split s;

        srand(seed);
        kinds = 1 + (size_t)rand() % COUNT(pieces);
        n = (size_t)rand() % 400;
        for (size_t i = 0; i < n; i++)
            len += (size_t)snprintf(text + len, sizeof(text) - len, "%s",
                                    pieces[(size_t)rand() % kinds]);
        text[len] = '\0';
        m = measure(text);
        cuts = sms_text_cuts(text, ends, COUNT(ends));
        if (cuts != m.parts || ends[cuts - 1] != len)
            fail_msg("seed %u: %zu cuts, %u parts", seed, cuts, m.parts);
        for (size_t i = 0; i < cuts; from = ends[i++])
            assert_true(utf8_valid(text + from, ends[i] - from, NULL));
        if (m.parts > SMS_PARTS_MAX)
            continue;
        assert_int_equal(sms_text_split(text, &s), RC_OK);
        for (unsigned i = 0, units = m.parts > 1 ? 153 : 160; i < s.parts; i++)
            assert_true(s.part[i].length <= (m.encoding == SMS_GSM7 ? units : units * 134 / 153));
    }
}

static void the_characters_that_force_ucs2_are_told_once_each(void **state)
{
    struct sms_forcing list[3];

    (void)state;
    assert_int_equal(sms_text_forcing("Où êtes-vous ? Fenêtre, \U0001F600", list, 3), 2);
    assert_int_equal(list[0].c, 0xea);
    assert_int_equal(list[0].character, 3);
    assert_int_equal(list[0].at, 4);
    assert_int_equal(list[0].times, 2);
    assert_int_equal(list[1].c, 0x1f600);
    assert_int_equal(list[1].length, 4);
    assert_int_equal(sms_text_forcing("ç â ê î ç", list, 3), 3);
    assert_int_equal(sms_text_forcing("déjà [€]", list, 3), 0);
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
        cmocka_unit_test(a_grapheme_is_cut_only_when_it_is_longer_than_a_part),
        cmocka_unit_test(whatever_the_text_measure_split_and_cuts_agree),
        cmocka_unit_test(the_characters_that_force_ucs2_are_told_once_each),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
