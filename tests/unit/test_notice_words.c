/* test_notice_words.c - reminders in words: what fits in two parts of an SMS, and mails. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "base/buffer.h"
#include "domain/notice_words.h"

static struct notice_line line_of(uint64_t number, const char *name)
{
    return (struct notice_line){ .number = number,
                                 .name = name,
                                 .title = "",
                                 .phone = "",
                                 .company = "",
                                 .reasons = "",
                                 .whose = "" };
}

static void sms_is(const char *language, const struct notice_line *lines, size_t n,
                   const char *expected)
{
    const struct notice_letter letter = {
        .language = language, .to = "Anna", .lines = lines, .n = n, .link = ""
    };
    char text[SMS_TEXT_SIZE];
    struct sms_measure m;

    assert_int_equal(notice_sms(&letter, text, &m), RC_OK);
    assert_string_equal(text, expected);
    assert_int_equal(m.encoding, SMS_GSM7);
    assert_true(m.parts <= 2);
}

static void one_contact_is_said_with_how_to_answer(void **state)
{
    const struct notice_line line = line_of(1234, "Dupont");

    (void)state;
    sms_is("fr", &line, 1,
           "Relais: contact sans résultat : 1234 Dupont. Répondez OK 1234, ABSENT 1234 ou RAPPEL "
           "1234 14h.");
    sms_is("en", &line, 1,
           "Relais: contact without result: 1234 Dupont. Reply OK 1234, NO ANSWER 1234 or "
           "CALLBACK 1234 2pm.");
}

static void several_contacts_are_one_sms(void **state)
{
    const struct notice_line lines[] = { line_of(1234, "Dupont"), line_of(1240, "Müller"),
                                         line_of(1251, "") };

    (void)state;
    sms_is("fr", lines, 3,
           "Relais: 3 contacts sans résultat : 1234 Dupont, 1240 Müller, 1251. Répondez OK 1234 "
           "... ou OK TOUT.");
}

/* Who is called by the reminder alone need not look up what it was, nor the number. */
static void a_reminder_says_what_and_the_number_when_all_have_room(void **state)
{
    struct notice_line lines[7];

    (void)state;
    for (size_t i = 0; i < 7; i++) {
        lines[i] = line_of(114 + i, "Benoit-Levy");
        lines[i].title = "Litige facture 112";
        lines[i].phone = "+33612345678";
    }
    lines[0].whose = "Anna Morel";
    sms_is("fr", lines, 1,
           "Relais: contact sans résultat : 114 Benoit-Levy +33612345678 Litige facture 112 (Anna "
           "Morel). Répondez OK 114, ou VU 114 si vous vous en occupez.");
    lines[0].whose = "";
    sms_is("fr", lines, 7,
           "Relais: 7 contacts sans résultat : 114 Benoit-Levy, 115 Benoit-Levy, 116 Benoit-Levy, "
           "117 Benoit-Levy, 118 Benoit-Levy, 119 Benoit-Levy, 120 Benoit-Levy. Répondez OK 114 "
           "... ou OK TOUT.");
}

static void of_several_reasons_the_strongest_is_said(void **state)
{
    struct notice_line line = line_of(65, "Prevost");

    (void)state;
    line.title = "livraison manquée aujourd'hui";
    line.reasons = "missed=50:0 news=10:1";
    sms_is("fr", &line, 1,
           "Relais: contact sans résultat : 65 Prevost livraison manquée aujourd'hui. Répondez OK "
           "65, ABSENT 65 ou RAPPEL 65 14h.");
}

static void a_manager_reads_whose_contacts_they_are(void **state)
{
    struct notice_line lines[] = { line_of(1234, "Dupont"), line_of(17, "Orange: no session") };

    (void)state;
    lines[0].whose = "Anna Petit";
    lines[1].alert = true;
    sms_is("en", lines, 2,
           "Relais: contact without result: 1234 Dupont (Anna Petit); alert: A17 Orange: no "
           "session. Reply OK 1234, or ACK 1234 if you take care of it.");
    sms_is("fr", &lines[1], 1, "Relais: alerte : A17 Orange: no session. Répondez VU A17.");
}

static void what_has_no_room_is_counted(void **state)
{
    struct notice_line lines[200];
    struct notice_letter letter = {
        .language = "fr", .to = "Anna", .lines = lines, .n = 200, .link = ""
    };
    char text[SMS_TEXT_SIZE];
    struct sms_measure m;
    unsigned rest = 0;
    const char *others;

    (void)state;
    for (size_t i = 0; i < 200; i++)
        lines[i] = line_of(100000 + i, "Dupont-Durand de la Tour");
    assert_int_equal(notice_sms(&letter, text, &m), RC_OK);
    assert_int_equal(m.parts, 2);
    assert_ptr_equal(strstr(text, "Relais: 200 contacts"), text);
    others = strstr(text, " et ");
    assert_non_null(others);
    assert_int_equal(sscanf(others, " et %u autres", &rest), 1);
    assert_in_range(rest, 180, 199);
}

static void a_script_that_costs_more_leaves_room_for_the_number(void **state)
{
    char name[400] = "";
    const struct notice_line line = line_of(1234, name);
    const struct notice_letter letter = {
        .language = "fr", .to = "Anna", .lines = &line, .n = 1, .link = ""
    };
    char text[SMS_TEXT_SIZE];
    struct sms_measure m;

    (void)state;
    for (size_t i = 0; i < 120; i++)
        strcat(name, "\xd8\xa7"); /* an Arabic letter */
    assert_int_equal(notice_sms(&letter, text, &m), RC_OK);
    assert_true(m.parts <= 2);
    assert_non_null(strstr(text, "RAPPEL 1234 14h"));
}

static void a_mail_says_whose_company_it_is_and_nothing_twice(void **state)
{
    struct notice_line lines[] = { line_of(65, "Élodie Prévost"), line_of(66, "Dupont SA") };
    const struct notice_letter letter = {
        .language = "fr", .to = "Anna", .lines = lines, .n = 2, .link = "", .about = NOTICE_DAY
    };
    struct buffer subject, text;

    (void)state;
    lines[0].company = lines[1].company = "Dupont SA";
    lines[0].title = lines[1].title = "livraison manquée il y a 3 jours";
    lines[0].reasons = "missed=50:3 overdue=10:92";
    lines[1].reasons = "missed=50:3";
    buffer_init(&subject, 1000);
    buffer_init(&text, 10000);
    notice_mail(&letter, &subject, &text);
    assert_non_null(
        strstr(buffer_text(&text),
               "  65  Élodie Prévost, Dupont SA: livraison manquée il y a 3 jours (sans "
               "contact depuis 92 jours)\n"
               "  66  Dupont SA: livraison manquée il y a 3 jours\n"));
    buffer_close(&subject);
    buffer_close(&text);
}

static void a_mail_names_them_all_and_says_how_to_answer(void **state)
{
    struct notice_line lines[] = { line_of(1234, "Dupont"), line_of(1240, "Martin") };
    const struct notice_letter letter = { .language = "fr",
                                          .to = "Anna",
                                          .lines = lines,
                                          .n = 2,
                                          .link = "https://r.example/n/x",
                                          .may_reply = true };
    struct buffer subject, text, less;

    (void)state;
    lines[0].title = "Nouveaux tarifs";
    lines[0].phone = "+33610000001";
    lines[0].day = 20261106;
    buffer_init(&subject, 1000);
    buffer_init(&text, 10000);
    buffer_init(&less, 10000);
    notice_mail(&letter, &subject, &text);
    assert_string_equal(buffer_text(&subject), "Contacts sans résultat");
    assert_non_null(strstr(buffer_text(&text),
                           "  1234  Dupont, +33610000001: Nouveaux tarifs (prévu le 06/11)\n"
                           "  1240  Martin\n"));
    assert_non_null(strstr(buffer_text(&text), "RAPPEL 1234 14h"));
    assert_non_null(strstr(buffer_text(&text), "https://r.example/n/x"));
    notice_mail_without(buffer_text(&text), false, 1234, &less);
    assert_null(strstr(buffer_text(&less), "Dupont"));
    assert_non_null(strstr(buffer_text(&less), "  1240  Martin\n"));
    buffer_close(&subject);
    buffer_close(&text);
    buffer_close(&less);
}

/* What is counted, telephoned, or said of a contact is no contact that was named. */
static void a_number_in_an_sms_is_not_always_a_contact(void **state)
{
    static const char french[] =
        "Relais: 20 contacts sans résultat : 57 Dupont, 5 Martin (Anna) et "
        "14 autres; 2 alertes : A17 pas de fichier, A1. Répondez OK 58.";
    static const char day[] = "Relais: 3 contacts: 65 Prévost 06 39 98 00 01 facture 12, 66. Reply "
                              "OK 65, NO ANSWER 65 or CALLBACK 65 2pm.";

    (void)state;
    assert_true(notice_sms_names(french, false, 57));
    assert_true(notice_sms_names(french, false, 5));
    assert_true(notice_sms_names(french, true, 17));
    assert_true(notice_sms_names(french, true, 1));
    assert_false(notice_sms_names(french, false, 20));
    assert_false(notice_sms_names(french, false, 14));
    assert_false(notice_sms_names(french, false, 2));
    assert_false(notice_sms_names(french, false, 17));
    assert_false(notice_sms_names(french, true, 57));
    assert_false(notice_sms_names(french, false, 58));
    assert_true(notice_sms_names(day, false, 65));
    assert_true(notice_sms_names(day, false, 66));
    assert_false(notice_sms_names(day, false, 3));
    assert_false(notice_sms_names(day, false, 39));
    assert_false(notice_sms_names(day, false, 12));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_contact_is_said_with_how_to_answer),
        cmocka_unit_test(several_contacts_are_one_sms),
        cmocka_unit_test(a_manager_reads_whose_contacts_they_are),
        cmocka_unit_test(a_reminder_says_what_and_the_number_when_all_have_room),
        cmocka_unit_test(of_several_reasons_the_strongest_is_said),
        cmocka_unit_test(what_has_no_room_is_counted),
        cmocka_unit_test(a_script_that_costs_more_leaves_room_for_the_number),
        cmocka_unit_test(a_mail_says_whose_company_it_is_and_nothing_twice),
        cmocka_unit_test(a_number_in_an_sms_is_not_always_a_contact),
        cmocka_unit_test(a_mail_names_them_all_and_says_how_to_answer),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
