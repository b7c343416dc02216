/* test_automation.c - who wrote this mail: a person, a robot, a list? */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "domain/automation.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

/* A letter of a person; each test changes one thing of it. */
static struct mail_signs letter(void)
{
    return (struct mail_signs){
        .envelope_from = "anne@example.fr",
        .auto_submitted = "",
        .precedence = "",
        .list_id = "",
        .suppress = "",
        .x_loop = "",
        .feedback_type = "",
        .content_type = "text/plain",
        .subject = "Re: votre colis",
        .from = "anne@example.fr",
    };
}

static void a_letter_of_a_person_is_written_by_hand(void **state)
{
    struct mail_signs s = letter();

    (void)state;
    assert_int_equal(automation_judge(&s), WRITTEN_BY_HAND);
    s.auto_submitted = " no";
    s.suppress = "DR, RN, NRN";
    s.precedence = "normal";
    assert_int_equal(automation_judge(&s), WRITTEN_BY_HAND);
}

static void what_says_that_it_was_made_by_a_program_was(void **state)
{
    static const struct {
        const char *value;
        enum automation is;
    } rows[] = {
        { "auto-replied", AUTOMATIC_REPLY },
        { "Auto-Replied (vacation); owner=x", AUTOMATIC_REPLY },
        { "auto-generated", AUTOMATIC_MAIL },
        { "auto-generated (failure)", AUTOMATIC_MAIL },
        { "auto-notified", AUTOMATIC_MAIL },
        { "nobody knows", AUTOMATIC_MAIL },
        { "no; really", WRITTEN_BY_HAND },
    };
    struct mail_signs s = letter();

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        s.auto_submitted = rows[i].value;
        if (automation_judge(&s) != rows[i].is)
            fail_msg("%s", rows[i].value);
    }
}

static void an_absence_is_known_by_how_its_subject_begins(void **state)
{
    static const char *const absent[] = {
        "Automatic reply: colis",      "RÉPONSE AUTOMATIQUE : colis", "Réponse automatique: ",
        "Automatische Antwort: Paket", "  Out of Office: Anne",       "AUTO: Anne is away",
        "Absence du bureau : Anne",    "Message d’absence",           "Respuesta automática: x",
    };
    static const char *const by_hand[] = {
        "Re: Automatic reply: colis",
        "Absence le 12 mai",
        "",
        "Automobile livrée",
        "Out of office supplies",
        "\xff\xfe",
        "R\xc3",
        "Réponse à votre question",
        "Automatic repl",
    };
    struct mail_signs s = letter();

    (void)state;
    for (size_t i = 0; i < COUNT(absent); i++) {
        s.subject = absent[i];
        if (automation_judge(&s) != AUTOMATIC_REPLY)
            fail_msg("%s", absent[i]);
    }
    for (size_t i = 0; i < COUNT(by_hand); i++) {
        s.subject = by_hand[i];
        if (automation_judge(&s) != WRITTEN_BY_HAND)
            fail_msg("%s", by_hand[i]);
    }
}

static void what_many_get_is_from_a_list(void **state)
{
    static const char *const addresses[] = { "owner-news@example.fr", "news-request@example.fr",
                                             "news-bounces@example.fr", "LISTSERV@example.fr" };
    static const char *const precedences[] = { "bulk", "List", " junk" };
    struct mail_signs s = letter();

    (void)state;
    s.list_id = "<news.example.fr>";
    assert_int_equal(automation_judge(&s), FROM_A_LIST);
    for (size_t i = 0; i < COUNT(precedences); i++) {
        s = letter();
        s.precedence = precedences[i];
        assert_int_equal(automation_judge(&s), FROM_A_LIST);
    }
    for (size_t i = 0; i < COUNT(addresses); i++) {
        s = letter();
        s.envelope_from = addresses[i];
        assert_int_equal(automation_judge(&s), FROM_A_LIST);
        s = letter();
        s.from = addresses[i];
        assert_int_equal(automation_judge(&s), FROM_A_LIST);
    }
    s = letter();
    s.precedence = "auto_reply";
    assert_int_equal(automation_judge(&s), AUTOMATIC_REPLY);
}

static void robots_and_reports_are_automatic(void **state)
{
    static const char *const addresses[] = { "MAILER-DAEMON@example.fr", "mailer-daemon",
                                             "postmaster@example.fr", "no-reply@example.fr",
                                             "NoReply@example.fr" };
    static const char *const types[] = { "multipart/report", "message/delivery-status",
                                         "message/disposition-notification" };
    static const char *const suppress[] = { "All", "OOF, AutoReply", "DR, RN,NRN , oof" };
    struct mail_signs s = letter();

    (void)state;
    s.envelope_from = "";
    assert_int_equal(automation_judge(&s), AUTOMATIC_MAIL);
    s.subject = "Automatic reply: colis";
    assert_int_equal(automation_judge(&s), AUTOMATIC_REPLY);
    for (size_t i = 0; i < COUNT(addresses); i++) {
        s = letter();
        s.from = addresses[i];
        assert_int_equal(automation_judge(&s), AUTOMATIC_MAIL);
    }
    for (size_t i = 0; i < COUNT(types); i++) {
        s = letter();
        s.content_type = types[i];
        assert_int_equal(automation_judge(&s), AUTOMATIC_MAIL);
    }
    for (size_t i = 0; i < COUNT(suppress); i++) {
        s = letter();
        s.suppress = suppress[i];
        assert_int_equal(automation_judge(&s), AUTOMATIC_MAIL);
    }
    s = letter();
    s.x_loop = "anne@example.fr";
    assert_int_equal(automation_judge(&s), AUTOMATIC_MAIL);
    s = letter();
    s.feedback_type = "abuse";
    assert_int_equal(automation_judge(&s), AUTOMATIC_MAIL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_letter_of_a_person_is_written_by_hand),
        cmocka_unit_test(what_says_that_it_was_made_by_a_program_was),
        cmocka_unit_test(an_absence_is_known_by_how_its_subject_begins),
        cmocka_unit_test(what_many_get_is_from_a_list),
        cmocka_unit_test(robots_and_reports_are_automatic),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
