/* test_fault_words.c - a refusal says the same in French as in English. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "domain/fault_words.h"
#include "domain/mapping.h"
#include "domain/utf8.h"

static char out[FAULT_SENTENCE_SIZE];

static const char *row(const char *code, const char *field, const char *value, const char *reason)
{
    return fault_sentence(&(struct fault_said){ code, field, value, reason }, ANSWER_FR, out);
}

static void a_row_is_explained_in_french(void **state)
{
    (void)state;
    assert_string_equal(row(FAULT_MISSING, "phone", "", "phone is missing"), "phone manque");
    assert_string_equal(
        row("phone_too_short", "phone", "06 12", "\"06 12\" has too few digits for a phone number"),
        "« 06 12 » a trop peu de chiffres pour un numéro de téléphone");
    assert_string_equal(
        row(FAULT_UNKNOWN_VALUE, "status", "?", "\"?\" is none of open, paid; also wrong: phone"),
        "« ? » n'est aucun de : open, paid ; aussi en faute : phone");
    assert_string_equal(row(FAULT_UNKNOWN_VALUE, "field.colour", "mauve", "x"),
                        "« mauve » n'est pas une valeur connue");
}

static void numbers_and_examples_come_from_the_english_sentence(void **state)
{
    (void)state;
    assert_string_equal(row(FAULT_TOO_LONG, "city", "x", "longer than 100 characters"),
                        "plus de 100 caractères, ce qui est trop long");
    assert_string_equal(row(FAULT_MISSING_COLUMNS, "", "", "7 columns where the header has 12"),
                        "7 colonnes au lieu de 12");
    assert_string_equal(
        row(FAULT_BAD_DATE, "ordered_at", "demain",
            "\"demain\" is not a date such as 23/11/2026 or 23/11/2026 08:30; also wrong: phone"),
        "« demain » n'est pas une date comme 23/11/2026 ou 23/11/2026 08:30"
        " ; aussi en faute : phone");
}

static void the_other_fields_at_fault_are_named(void **state)
{
    (void)state;
    assert_string_equal(
        row("mail_no_at", "email", "a", "\"a\" has no @; also wrong: phone, collect"),
        "« a » n'a pas de @ ; aussi en faute : phone, collect");
}

static void a_file_that_was_stored_in_part_says_which_rows_were(void **state)
{
    (void)state;
    assert_string_equal(
        file_fault_sentence("rows 11 to 20 could not be stored; the rows before them were; rows 21 "
                            "to 30, behind them, were",
                            ANSWER_FR, out),
        "les lignes de données 11 à 20 n'ont pas pu être enregistrées ; celles d'avant et les "
        "lignes 21 à 30, après elles, l'ont été");
    assert_string_equal(
        file_fault_sentence("rows 1 to 10 could not be stored; rows 11 to 20, behind them, were",
                            ANSWER_FR, out),
        "les lignes de données 1 à 10 n'ont pas pu être enregistrées ; les lignes 11 à 20, après "
        "elles, l'ont été");
}

static void english_stays_as_it_was_said(void **state)
{
    const struct fault_said fault = { FAULT_MISSING, "phone", "", "phone is missing" };

    (void)state;
    assert_string_equal(fault_sentence(&fault, ANSWER_EN, out), "phone is missing");
    assert_string_equal(file_fault_sentence("line 3: too deep", ANSWER_EN, out),
                        "line 3: too deep");
}

static void a_code_without_french_words_is_answered_in_english(void **state)
{
    (void)state;
    assert_string_equal(row("brand_new", "phone", "", "something new"), "something new");
}

static void a_whole_file_is_explained_in_french(void **state)
{
    (void)state;
    assert_string_equal(
        file_fault_sentence(
            "2 of 20 rows are faulty, and the limit is 5 %: nothing of the file was "
            "taken",
            ANSWER_FR, out),
        "2 lignes sur 20 sont en faute, et la limite est 5 % : rien du fichier n'a été pris");
    assert_string_equal(
        file_fault_sentence("cancelled by anna; 20000 rows had been applied", ANSWER_FR, out),
        "le traitement a été arrêté par anna ; lignes déjà appliquées : 20000");
    assert_string_equal(
        file_fault_sentence(
            "line 1: no column \"n\": the separator looks like \",\", and the profile "
            "says \";\"",
            ANSWER_FR, out),
        "ligne 1 : il n'y a pas de colonne « n » : le séparateur semble être « , », et le profil "
        "dit « ; »");
    assert_string_equal(
        file_fault_sentence("line 1: no column \"tel\" (for phone); the header says: a, b",
                            ANSWER_FR, out),
        "ligne 1 : il n'y a pas de colonne « tel » (pour phone) ; l'en-tête dit : a, b");
    assert_string_equal(
        file_fault_sentence("line 7: the record that begins here has a quote that is never closed",
                            ANSWER_FR, out),
        "ligne 7 : l'enregistrement qui commence ici a un guillemet qui n'est jamais fermé");
}

static void an_entry_of_a_packed_file_is_named(void **state)
{
    (void)state;
    assert_string_equal(
        file_fault_sentence("entry \"a/b.csv\": line 1: the file is empty", ANSWER_FR, out),
        "entrée « a/b.csv » : ligne 1 : le fichier est vide");
}

static void a_parsers_own_words_follow_a_french_beginning(void **state)
{
    (void)state;
    assert_string_equal(
        file_fault_sentence("line 4: Opening and ending tag mismatch", ANSWER_FR, out),
        "ligne 4 : le fichier ne peut pas être lu : Opening and ending tag "
        "mismatch");
    assert_string_equal(file_fault_sentence("something else", ANSWER_FR, out),
                        "le fichier n'a pas été pris : something else");
}

static void a_long_sentence_is_cut_between_characters(void **state)
{
    char value[FAULT_SENTENCE_SIZE + 10];
    const char *said;

    (void)state;
    for (size_t i = 0; i + 3 < sizeof(value); i += 3)
        memcpy(value + i, "€", 4);
    said = row("phone_invalid", "phone", value, "");
    assert_true(strlen(said) >= FAULT_SENTENCE_SIZE - 3);
    assert_true(utf8_valid(said, strlen(said), NULL));
}

/* The list of codes is mapping.h itself. */
static void every_code_of_the_mapping_has_french_words(void **state)
{
    const char *srcdir = getenv("srcdir") ? getenv("srcdir") : ".";
    char path[512], line[256], code[64];
    unsigned n = 0;
    FILE *f;

    (void)state;
    snprintf(path, sizeof(path), "%s/src/domain/mapping.h", srcdir);
    f = fopen(path, "r");
    assert_non_null(f);
    while (fgets(line, sizeof(line), f)) {
        if (sscanf(line, "#define FAULT_%*[A-Z_] \"%63[a-z_]\"", code) != 1)
            continue;
        n++;
        if (!fault_code_is_known(code))
            fail_msg("fault_words.c has no French words for \"%s\"", code);
    }
    fclose(f);
    assert_true(n >= 12);
    assert_false(fault_code_is_known("brand_new"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_row_is_explained_in_french),
        cmocka_unit_test(numbers_and_examples_come_from_the_english_sentence),
        cmocka_unit_test(the_other_fields_at_fault_are_named),
        cmocka_unit_test(a_file_that_was_stored_in_part_says_which_rows_were),
        cmocka_unit_test(english_stays_as_it_was_said),
        cmocka_unit_test(a_code_without_french_words_is_answered_in_english),
        cmocka_unit_test(a_whole_file_is_explained_in_french),
        cmocka_unit_test(an_entry_of_a_packed_file_is_named),
        cmocka_unit_test(a_parsers_own_words_follow_a_french_beginning),
        cmocka_unit_test(a_long_sentence_is_cut_between_characters),
        cmocka_unit_test(every_code_of_the_mapping_has_french_words),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
