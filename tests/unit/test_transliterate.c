/* test_transliterate.c - French as the GSM alphabet can write it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "domain/sms_text.h"
#include "domain/transliterate.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static const char *spell(const char *text)
{
    static char out[SMS_TEXT_SIZE];

    assert_int_equal(transliterate_to_gsm7(text, out, sizeof(out)), RC_OK);
    return out;
}

static void french_texts_become_gsm(void **state)
{
    static const char *const rows[][2] = {
        { "Reçu, à bientôt !", "Recu, à bientot !" },
        { "L’été, c’est « génial »…", "L'été, c'est \" génial \"..." },
        { "Votre cœur de ville — 10 % de remise", "Votre coeur de ville - 10 % de remise" },
        { "Noël, maïs, août, forêt, île, où ?", "Noel, mais, aout, foret, ile, où ?" },
        { "ŒUVRE À GÊNES, ÊTRE", "OEUVRE A GENES, ETRE" },
        { "Ça marche, Éric, Ñandú, Øre, Straße", "Ça marche, Éric, Ñandu, Øre, Straße" },
        { "Prix\u00a0: 12\u202f€ “net”", "Prix : 12 € \"net\"" },
        { "e\u0301te\u0301 franc\u0327ais", "été francais" }, /* combining marks */
        { "Łódź, Dvořák, Škoda", "Lodz, Dvorak, Skoda" },
        { "1½ m², 20 °C, n° 5, ﬁn, №3", "11/2 m2, 20 oC, no 5, fin, No3" },
        { "invi\u200bsible\u00ad", "invisible" },
        { "tab\tulation", "tab ulation" },
        { "déjà tout en GSM : @£$¥ {[~]} €", "déjà tout en GSM : @£$¥ {[~]} €" },
        { "", "" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct sms_measure m;

        assert_string_equal(spell(rows[i][0]), rows[i][1]);
        assert_int_equal(sms_text_measure(rows[i][1], &m), RC_OK);
        assert_int_equal(m.encoding, SMS_GSM7);
    }
}

static void what_has_no_like_stays_and_is_still_named(void **state)
{
    struct sms_measure m;

    (void)state;
    assert_string_equal(spell("Merci 😀 à Москва"), "Merci 😀 à Москва");
    assert_int_equal(sms_text_measure(spell("Reçu 😀"), &m), RC_OK);
    assert_int_equal(m.forced_by, 0x1f600);
}

static void doing_it_twice_is_doing_it_once(void **state)
{
    char once[SMS_TEXT_SIZE];

    (void)state;
    strcpy(once, spell("L’œuvre « à façon » — Noël 😀"));
    assert_string_equal(spell(once), once);
}

static void no_character_is_made_worse(void **state)
{
    (void)state;
    for (uint32_t c = 0x20; c < 0x2ffff; c++) {
        char text[5] = { 0 };
        struct sms_measure before, after;

        if (c >= 0xd800 && c < 0xe000)
            continue;
        if (c < 0x80) {
            text[0] = (char)c;
        } else if (c < 0x800) {
            text[0] = (char)(0xc0 | c >> 6);
            text[1] = (char)(0x80 | (c & 0x3f));
        } else if (c < 0x10000) {
            text[0] = (char)(0xe0 | c >> 12);
            text[1] = (char)(0x80 | (c >> 6 & 0x3f));
            text[2] = (char)(0x80 | (c & 0x3f));
        } else {
            text[0] = (char)(0xf0 | c >> 18);
            text[1] = (char)(0x80 | (c >> 12 & 0x3f));
            text[2] = (char)(0x80 | (c >> 6 & 0x3f));
            text[3] = (char)(0x80 | (c & 0x3f));
        }
        assert_int_equal(sms_text_measure(text, &before), RC_OK);
        assert_int_equal(sms_text_measure(spell(text), &after), RC_OK);
        if (before.encoding == SMS_GSM7)
            assert_string_equal(spell(text), text);
    }
}

static void what_does_not_fit_or_is_not_utf8_is_refused(void **state)
{
    char out[6] = "before";

    (void)state;
    assert_int_equal(transliterate_to_gsm7("œœœ", out, sizeof(out)), RC_INVALID);
    assert_int_equal(transliterate_to_gsm7("\xe9", out, sizeof(out)), RC_INVALID);
    assert_int_equal(transliterate_to_gsm7("œœ", out, sizeof(out)), RC_OK);
    assert_string_equal(out, "oeoe");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(french_texts_become_gsm),
        cmocka_unit_test(what_has_no_like_stays_and_is_still_named),
        cmocka_unit_test(doing_it_twice_is_doing_it_once),
        cmocka_unit_test(no_character_is_made_worse),
        cmocka_unit_test(what_does_not_fit_or_is_not_utf8_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
