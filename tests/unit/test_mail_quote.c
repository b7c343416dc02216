/* test_mail_quote.c - answers above, below and between what they quote. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "domain/mail_quote.h"

static char out[4096];

static const char *fresh(const char *text)
{
    const size_t len = strlen(text);
    size_t kept;

    assert_true(len < sizeof(out));
    kept = mail_quote_strip(text, len, out);
    assert_int_equal(kept, strlen(out));
    assert_true(kept <= len);
    return out;
}

static void a_text_without_quotes_stays_as_it_is(void **state)
{
    (void)state;
    assert_string_equal(fresh(""), "");
    assert_string_equal(fresh("STOP"), "STOP");
    assert_string_equal(fresh("\nHello,\n\n\n\nwhere is it?\n\n"), "Hello,\n\nwhere is it?");
    assert_string_equal(fresh("From: the heart\n\nTo: everyone"),
                        "From: the heart\n\nTo: everyone");
}

static void what_stands_above_an_introduced_quotation_is_kept(void **state)
{
    static const char *const introductions[] = {
        "On Thu, Nov 26, 2026 at 8:00 AM Ann <a@b.example> wrote:",
        "Le jeu. 26 nov. 2026 à 08:00, Ann <a@b.example> a écrit :",
        "Le 26/11/2026 08:00, Ann a écrit :",
        "Am 26.11.2026 um 08:00 schrieb Ann:",
        "El jue, 26 nov 2026 a las 8:00, Ann (<a@b.example>) escribió:",
        "Il giorno gio 26 nov 2026 alle ore 08:00 Ann <a@b.example> ha scritto:",
        "Op do 26 nov. 2026 om 08:00 schreef Ann <a@b.example>:",
        "Em qui., 26 de nov. de 2026 às 08:00, Ann <a@b.example> escreveu:",
        "2026-11-26 8:00 GMT+01:00 Ann <a@b.example>:",
        "On Thu, Nov 26, 2026 at 8:00 AM Ann\n<a@b.example>\nwrote:",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(introductions) / sizeof(*introductions); i++) {
        char text[1024];
        snprintf(text, sizeof(text), "STOP\n\n%s\n\n> promo\n> more\n", introductions[i]);
        assert_string_equal(fresh(text), "STOP");
        snprintf(text, sizeof(text), "STOP\n\n%s\n\nnot marked\n", introductions[i]);
        assert_string_equal(fresh(text), "STOP");
    }
}

static void an_answer_below_or_between_is_kept(void **state)
{
    (void)state;
    assert_string_equal(fresh("On 26/11/2026 Ann wrote:\n> one?\nyes\n> two?\n\nno\n"),
                        "yes\n\nno");
}

static void somebody_who_writes_about_writing_is_not_cut_off(void **state)
{
    (void)state;
    assert_string_equal(fresh("Le livreur a écrit :\nabsent"), "Le livreur a écrit :\nabsent");
    assert_string_equal(fresh("Le colis décrit le 12 :\nabsent"),
                        "Le colis décrit le 12 :\nabsent");
    assert_string_equal(fresh("<ann@b.example>:\nunknown user"), "<ann@b.example>:\nunknown user");
}

static void separators_and_headers_of_outlook_end_it(void **state)
{
    (void)state;
    assert_string_equal(fresh("ok\n\n-----Original Message-----\nFrom: a\n"), "ok");
    assert_string_equal(fresh("ok\n----- Message d’origine -----\nx"), "ok");
    assert_string_equal(fresh("ok\n---------- Forwarded message ---------\nx"), "ok");
    assert_string_equal(fresh("ok\n________________________________\nDe : A <a@b.example>\n"
                              "Envoyé : jeudi\nÀ : B\nObjet : C\n\nx"),
                        "ok");
    assert_string_equal(fresh("ok\n\n*From:* A\n*Sent:* B\n*To:* C\n\nx"), "ok");
    assert_string_equal(fresh("ok\n\nVon: A\nGesendet: B\nAn: C\nBetreff: D\n"), "ok");
}

static void signatures_are_left_out(void **state)
{
    (void)state;
    assert_string_equal(fresh("done\n-- \nAnn\nShop"), "done");
    assert_string_equal(fresh("done\n--\nAnn"), "done");
    assert_string_equal(fresh("fait\n\nEnvoyé de mon iPhone\n\n> x"), "fait");
    assert_string_equal(fresh("done\n\nSent from my Galaxy"), "done");
    assert_string_equal(fresh("a -- b\n--- c"), "a -- b\n--- c");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_text_without_quotes_stays_as_it_is),
        cmocka_unit_test(what_stands_above_an_introduced_quotation_is_kept),
        cmocka_unit_test(an_answer_below_or_between_is_kept),
        cmocka_unit_test(somebody_who_writes_about_writing_is_not_cut_off),
        cmocka_unit_test(separators_and_headers_of_outlook_end_it),
        cmocka_unit_test(signatures_are_left_out),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
