/* test_fingerprint.c - which texts are the same. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "domain/fingerprint.h"

static void what_reads_the_same_is_the_same(void **state)
{
    static const char *const same[] = {
        "Bonjour {{first_name}}, -20% samedi. Été !",
        "  bonjour {{first_name}},\n-20%\tSAMEDI.  été ! ",
        "Bonjour {{first_name}}, -20% samedi. Ete !",
        "Bonjour {{first_name}}, -20% samedi. E\xcc\x81te\xcc\x81 !",
        "Bonjour\xc2\xa0{{first_name}}, -20% samedi. Été\xe2\x80\xaf!",
    };

    (void)state;
    for (size_t i = 1; i < sizeof(same) / sizeof(same[0]); i++) {
        if (text_fingerprint(same[i]) != text_fingerprint(same[0]))
            fail_msg("text %zu", i);
    }
}

static void a_mail_is_its_subject_and_its_text(void **state)
{
    const uint64_t mail = mail_fingerprint("Soldes d'été", "Venez !");

    (void)state;
    assert_int_equal(mail, mail_fingerprint("SOLDES  d'ete ", " venez !"));
    assert_int_not_equal(mail, mail_fingerprint("Soldes d'hiver", "Venez !"));
    assert_int_not_equal(mail, mail_fingerprint("Soldes d'été", "Venez donc !"));
    assert_int_not_equal(mail, mail_fingerprint("Soldes d'été Venez !", ""));
    assert_int_not_equal(mail, text_fingerprint("Soldes d'été Venez !"));
}

static void what_reads_otherwise_is_not(void **state)
{
    static const char *const other[] = {
        "Bonjour", "Bonjour!", "Bon jour", "Bonjour {{city}}", "", " ", "\xff",
        "\xfe",    "-10%",     "-20%",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(other) / sizeof(other[0]); i++) {
        assert_int_not_equal(text_fingerprint(other[i]), 0);
        for (size_t k = 0; k < i; k++) {
            if (i == 5 && k == 4)
                continue; /* nothing, and nothing but a space */
            if (text_fingerprint(other[i]) == text_fingerprint(other[k]))
                fail_msg("texts %zu and %zu", i, k);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_reads_the_same_is_the_same),
        cmocka_unit_test(what_reads_otherwise_is_not),
        cmocka_unit_test(a_mail_is_its_subject_and_its_text),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
