/* test_likeness.c - who is taken for the same person, and who never. */
#include "domain/likeness.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "domain/name_words.h"

#define ALL(a) (sizeof(a) / sizeof((a)[0]))

struct pair {
    struct likeness_person a, b;
};

/* Both ways round: who is asked first must not matter. */
static void assert_each(const struct pair *pairs, size_t n, enum likeness expected)
{
    for (size_t i = 0; i < n; i++) {
        const struct likeness_verdict v = likeness_of(&pairs[i].a, &pairs[i].b),
                                      w = likeness_of(&pairs[i].b, &pairs[i].a);

        if (v.likeness != expected)
            print_error("'%s' '%s' '%s' and '%s' '%s' '%s': %s (%s)\n", pairs[i].a.first_name,
                        pairs[i].a.last_name, pairs[i].a.company, pairs[i].b.first_name,
                        pairs[i].b.last_name, pairs[i].b.company, likeness_name(v.likeness),
                        v.reason);
        assert_int_equal(v.likeness, expected);
        assert_int_equal(w.likeness, v.likeness);
        assert_int_equal(w.score, v.score);
        assert_string_equal(w.reason, v.reason);
        assert_true(v.score <= 100);
    }
}

static void accents_case_and_signs_do_not_tell_people_apart(void **state)
{
    static const struct pair pairs[] = {
        { { "Hélène", "Lefèvre", "", "" }, { "HELENE", "LEFEVRE", "", "" } },
        { { "François", "Bœuf", "", "" }, { "francois", "boeuf", "", "" } },
        { { "He\xcc\x81le\xcc\x80ne", "Roy", "", "" }, { "Hélène", "Roy", "", "" } },
        { { "Jean-Pierre", "L'Héritier", "", "" }, { "jean pierre", "LHERITIER", "", "" } },
        { { "Aminata",
            "N\xe2\x80\x99"
            "Diaye",
            "", "" },
          { "Aminata", "Ndiaye", "", "" } },
        { { "Yves", "Le Goff", "", "" }, { "Yves", "Legoff", "", "" } },
        { { "Anne", "de la Tour", "", "" }, { "Anne", "DELATOUR", "", "" } },
        { { "Jürgen", "Groß", "", "" }, { "JURGEN", "GROSS", "", "" } },
        { { "Mme Claire", "Petit", "", "" }, { "Claire", "Petit", "", "" } },
        { { " Paul ", "  Martin", "", "" }, { "Paul", "Martin ", "", "" } },
        { { "Ольга", "Иванова", "", "" }, { "ОЛЬГА", "ИВАНОВА", "", "" } },
    };

    (void)state;
    assert_each(pairs, ALL(pairs), LIKENESS_SAME);
}

static void the_order_of_names_does_not_matter(void **state)
{
    static const struct pair pairs[] = {
        { { "Paul", "Martin", "", "" }, { "Martin", "Paul", "", "" } },
        { { "", "Paul Martin", "", "" }, { "Paul", "Martin", "", "" } },
        { { "", "MARTIN Paul", "", "" }, { "Paul", "Martin", "", "" } },
        { { "Marie Claude", "Roy", "", "" }, { "Roy", "Marie-Claude", "", "" } },
    };

    (void)state;
    assert_each(pairs, ALL(pairs), LIKENESS_SAME);
}

static void an_initial_stands_for_a_first_name(void **state)
{
    static const struct pair same[] = {
        { { "P.", "Martin", "", "" }, { "Paul", "Martin", "", "" } },
        { { "J.-P.", "Martin", "", "" }, { "Jean-Pierre", "Martin", "", "" } },
        { { "J-Pierre", "Martin", "", "" }, { "Jean-Pierre", "Martin", "", "" } },
        { { "É", "Martin", "", "" }, { "Éric", "Martin", "", "" } },
        { { "", "Martin P", "", "" }, { "Paul", "Martin", "", "" } },
    };
    static const struct pair different[] = {
        { { "P.", "Martin", "", "" }, { "Anne", "Martin", "", "" } },
        { { "P.", "M.", "", "" }, { "Paul", "Martin", "", "" } },
    };

    (void)state;
    assert_each(same, ALL(same), LIKENESS_SAME);
    assert_each(different, 1, LIKENESS_DIFFERENT);
    assert_int_not_equal(likeness_of(&different[1].a, &different[1].b).likeness, LIKENESS_SAME);
}

static void a_family_is_several_people(void **state)
{
    static const struct pair pairs[] = {
        { { "Paul", "Martin", "", "" }, { "Anne", "Martin", "", "" } },
        { { "Jean-Paul", "Martin", "", "" }, { "Anne-Marie", "Martin", "", "" } },
        { { "Paul", "Martin", "", "" }, { "Paul", "Durand", "", "" } },
        { { "Paul", "Martin", "", "" }, { "Anne", "Durand", "", "" } },
        { { "Luc", "Roy", "", "" }, { "Léo", "Roy", "", "" } },
    };

    (void)state;
    assert_each(pairs, ALL(pairs), LIKENESS_DIFFERENT);
}

static void father_and_son_of_one_name_are_told_apart_by_their_birth_dates(void **state)
{
    static const struct pair different[] = {
        { { "Paul", "Martin", "", "1950-02-03" }, { "Paul", "Martin", "", "1980-02-03" } },
    };
    static const struct pair same[] = {
        { { "Paul", "Martin", "", "1950-02-03" }, { "Paul", "Martin", "", "" } },
        { { "Paul", "Martin", "", "1950-02-03" }, { "Paul", "Martin", "", "1950-02-03" } },
    };

    (void)state;
    assert_each(different, ALL(different), LIKENESS_DIFFERENT);
    assert_each(same, ALL(same), LIKENESS_SAME);
}

static void what_a_person_has_to_decide_is_only_alike(void **state)
{
    static const struct pair pairs[] = {
        { { "Stéphane", "Martin", "", "" }, { "Stéphanie", "Martin", "", "" } },
        { { "Paul", "Dupond", "", "" }, { "Paul", "Dupont", "", "" } },
        { { "Paul", "Matrin", "", "" }, { "Paul", "Martin", "", "" } },
        { { "Jean", "Martin", "", "" }, { "Jean-Pierre", "Martin", "", "" } },
        { { "Marie", "Martin", "", "" }, { "Marie", "Martin-Durand", "", "" } },
        { { "", "Martin", "", "" }, { "Paul", "Martin", "", "" } },
        { { "M.", "Martin", "", "" }, { "Paul", "Martin", "", "" } },
        { { "", "Martin", "", "" }, { "", "Martin", "", "" } },
        { { "Paul", "", "", "" }, { "Paul", "Martin", "", "" } },
        { { "", "", "", "" }, { "Paul", "Martin", "", "" } },
        { { "", "", "", "" }, { "", "", "", "" } },
        { { "Paul", "Martin", "Boulangerie Roy", "" }, { "Paul", "Martin", "Garage Petit", "" } },
        { { "", "", "Martin", "" }, { "Paul", "Martin", "", "" } },
    };

    (void)state;
    assert_each(pairs, ALL(pairs), LIKENESS_ALIKE);
}

static void the_legal_form_is_no_part_of_a_company(void **state)
{
    static const struct pair same[] = {
        { { "", "", "SARL Dupont & Fils", "" }, { "", "", "Dupont et fils S.A.R.L.", "" } },
        { { "", "", "Boulangerie Roy", "" }, { "", "", "BOULANGERIE ROY SAS", "" } },
        { { "", "", "Électro-Dépôt S.A.", "" }, { "", "", "Electro Depot", "" } },
        { { "", "", "La Poste", "" }, { "", "", "POSTE", "" } },
        { { "", "", "S.N.C.F.", "" }, { "", "", "SNCF", "" } },
        { { "Paul", "Martin", "Garage Petit", "" }, { "Paul", "Martin", "GARAGE PETIT SARL", "" } },
    };
    static const struct pair different[] = {
        { { "", "", "Boulangerie Roy", "" }, { "", "", "Garage Petit", "" } },
        { { "", "", "SARL Petit", "" }, { "", "", "SARL Roy", "" } },
    };
    static const struct pair alike[] = {
        { { "", "", "Garage Petit", "" }, { "", "", "Garage Petit Lyon", "" } },
        { { "", "", "Garage Petit", "" }, { "Luc", "Petit", "Garage Petit", "" } },
    };

    (void)state;
    assert_each(same, ALL(same), LIKENESS_SAME);
    assert_each(different, ALL(different), LIKENESS_DIFFERENT);
    assert_each(alike, ALL(alike), LIKENESS_ALIKE);
}

static void a_name_without_end_is_never_the_same(void **state)
{
    char name[4000];
    struct likeness_person p = { "", name, "", "" };

    (void)state;
    memset(name, 'a', sizeof(name) - 1);
    name[sizeof(name) - 1] = '\0';
    assert_int_equal(likeness_of(&p, &p).likeness, LIKENESS_ALIKE);
    for (size_t i = 3; i < sizeof(name) - 1; i += 4)
        name[i] = ' ';
    assert_int_equal(likeness_of(&p, &p).likeness, LIKENESS_ALIKE);
}

static void bytes_that_are_no_letters_do_no_harm(void **state)
{
    static const struct likeness_person p = { "\xff\xfe", "Mar\xc3", "\xed\xa0\x80", "" };

    (void)state;
    assert_true(likeness_of(&p, &p).score <= 100);
}

static void the_sentence_names_nobody(void **state)
{
    static const struct likeness_person a = { "Zebulon", "Quixada", "", "" },
                                        b = { "Zebulon", "Quixade", "", "" };
    const struct likeness_verdict v = likeness_of(&a, &b);

    (void)state;
    assert_null(strstr(v.reason, "Quix"));
    assert_string_equal(v.reason, "the same first name, last names that are nearly alike");
}

static void words_are_what_is_left_of_a_name(void **state)
{
    struct name_words w = { .n = 0 };

    (void)state;
    name_words_add(&w, "Mme Hélène L'HÉRITIER-Bœuf", NAME_OF_PERSON);
    assert_int_equal(w.n, 3);
    assert_string_equal(w.list[0], "helene");
    assert_string_equal(w.list[1], "lheritier");
    assert_string_equal(w.list[2], "boeuf");
    w.n = 0;
    name_words_add(&w, "S.A.R.L. Dupont & Fils", NAME_OF_COMPANY);
    assert_int_equal(w.n, 2);
    assert_string_equal(w.list[0], "dupont");
    assert_string_equal(w.list[1], "fils");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(accents_case_and_signs_do_not_tell_people_apart),
        cmocka_unit_test(the_order_of_names_does_not_matter),
        cmocka_unit_test(an_initial_stands_for_a_first_name),
        cmocka_unit_test(a_family_is_several_people),
        cmocka_unit_test(father_and_son_of_one_name_are_told_apart_by_their_birth_dates),
        cmocka_unit_test(what_a_person_has_to_decide_is_only_alike),
        cmocka_unit_test(the_legal_form_is_no_part_of_a_company),
        cmocka_unit_test(a_name_without_end_is_never_the_same),
        cmocka_unit_test(bytes_that_are_no_letters_do_no_harm),
        cmocka_unit_test(the_sentence_names_nobody),
        cmocka_unit_test(words_are_what_is_left_of_a_name),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
