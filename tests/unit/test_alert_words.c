/* test_alert_words.c - alerts are told in French to who reads French: every kind, every sentence.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "domain/alert_words.h"
#include "domain/notice_words.h"
#include "store/alert.h"

static void expect(const char *french, const char *english)
{
    char out[ALERT_WORDS_SIZE];

    assert_string_equal(alert_words("fr", english, out), french);
    assert_string_equal(alert_words("de", english, out), french);
    assert_string_equal(alert_words("en", english, out), english);
}

static void every_kind_of_alert_has_its_french_words(void **state)
{
    (void)state;
    for (const struct alert_kind *k = alert_kinds; k->name; k++) {
        const struct alert_sentence *s = alert_sentences;

        while (s->kind && strcmp(s->kind, k->name) != 0)
            s++;
        if (!s->kind)
            fail_msg("no French words for %s", k->name);
    }
}

/* How many values a format has. */
static size_t values_of(const char *says)
{
    size_t n = 0;

    for (; *says; says++) {
        if (says[0] == '%' && says[1] == '%')
            says++;
        else if (says[0] == '%')
            n++;
    }
    return n;
}

static void every_value_of_a_sentence_is_said_in_french_once(void **state)
{
    (void)state;
    for (const struct alert_sentence *s = alert_sentences; s->kind; s++) {
        const size_t n = values_of(s->says);

        assert_in_range(n, 1, 8);
        for (size_t i = 1; i <= 9; i++) {
            char value[4] = { '{', (char)('0' + i), '}', '\0' };
            const char *at = strstr(s->french, value);

            if ((at != NULL) != (i <= n) || (at && strstr(at + 1, value)))
                fail_msg("%s: value %zu of \"%s\"", s->kind, i, s->says);
        }
    }
}

#define SAID(...) (snprintf(text, sizeof(text), __VA_ARGS__), text)

static void each_sentence_is_found_by_its_words_whatever_its_values_say(void **state)
{
    char text[600];

    (void)state;
    expect("pas de session avec l'opérateur orange depuis 2026-11-26 10:02 UTC : ce qui passe par "
           "lui attend, ou part par un autre ; voir relaisctl carrier list",
           SAID(ALERT_SAYS_CARRIER_DOWN, "orange", "2026-11-26 10:02"));
    expect("aucun fichier orders_*.csv ... du partenaire acme n'était arrivé le 2026-11-26 08:00 "
           "(Europe/Paris)",
           SAID(ALERT_SAYS_FILE_MISSING, " orders_*.csv ...", "acme", "2026-11-26 08:00",
                "Europe/Paris"));
    expect("aucun fichier du partenaire acme n'était arrivé le 2026-11-26 08:00 (UTC)",
           SAID(ALERT_SAYS_FILE_MISSING, "", "acme", "2026-11-26 08:00", "UTC"));
    expect("a.csv a été refusé en entier : no column \"phone\"",
           SAID(ALERT_SAYS_IMPORT_FAILED, "a.csv", "no column \"phone\""));
    expect("aucun mail ne part depuis 2026-11-26 10:02 UTC : le serveur de mail mx:25 n'accepte "
           "rien (421 (busy)) ; ce qui attend est réessayé tout seul",
           SAID(ALERT_SAYS_MAIL_RELAY, "2026-11-26 10:02", "mx:25", "421 (busy)"));
    expect("des messages de service ou des alertes de la file france devaient partir à 2026-11-26 "
           "10:02 UTC, et ne sont pas partis ; voir relaisctl queue",
           SAID(ALERT_SAYS_QUEUE_AGE, "france", "2026-11-26 10:02"));
    expect("Soldes à 50 % : 20 messages sur 100 ont échoué : plus de 10 % (alert.failures)",
           SAID(ALERT_OF_CAMPAIGN ALERT_SAYS_FAILURES, "Soldes à 50 %", UINT64_C(20), UINT64_C(100),
                10U));
    expect("Soldes : 500 SMS ont été pris, et aucun accusé n'est venu pour eux (alert.receipts)",
           SAID(ALERT_OF_CAMPAIGN ALERT_SAYS_NO_RECEIPTS, "Soldes", UINT64_C(500)));
    expect("Soldes : 40 destinataires sur 1000 n'en veulent plus : plus de 3 % (alert.stops)",
           SAID(ALERT_OF_CAMPAIGN ALERT_SAYS_STOPS, "Soldes", UINT64_C(40), UINT64_C(1000), 3U));
    expect("relaisd du nœud 8 (eight) ne donne plus signe de vie depuis 2026-11-26 10:02 UTC",
           SAID(ALERT_SAYS_NODE_DOWN, 8U, "eight", "2026-11-26 10:02"));
    expect("relaisd du nœud 1 n'a pas tourné de A à B UTC : il avait été arrêté normalement",
           SAID(ALERT_SAYS_STOPPED, 1U, "A", "B"));
    expect("relaisd du nœud 1 n'a pas tourné de A à B UTC : il avait fini sans un mot",
           SAID(ALERT_SAYS_DIED, 1U, "A", "B"));
    expect("12 clients sont à contacter aujourd'hui, et personne de l'équipe n'est là : nommez un "
           "remplaçant (relaisctl staff away), puis relaisctl contact list make nord",
           SAID(ALERT_SAYS_LIST_NOBODY, 12ULL, "nord"));
    expect(
        "12 contacts du jour ou plus ne sont à personne, et personne de l'équipe n'est là : "
        "nommez un remplaçant (relaisctl staff away), ou confiez-les à quelqu'un (relaisctl task "
        "hand-over)",
        SAID(ALERT_SAYS_TASKS_NOBODY, 12U));
}

static void what_the_database_cut_off_is_said_all_the_same(void **state)
{
    char text[600], out[ALERT_WORDS_SIZE], words[201];

    (void)state;
    memset(words, 'x', sizeof(words) - 1);
    words[sizeof(words) - 1] = '\0';
    SAID(ALERT_SAYS_MAIL_RELAY, "2026-11-26 10:02", "mx.example", words);
    text[300] = '\0';
    assert_non_null(strstr(alert_words("fr", text, out), "mx.example n'accepte rien (xxx"));
    memset(text, 'x', 300); /* as long, and nothing of ours */
    memcpy(text, "orange: ", 8);
    expect(text, text);
}

static void what_is_no_sentence_of_ours_stays_as_it_is(void **state)
{
    (void)state;
    expect("orange: no session", "orange: no session");
    expect("", "");
    expect("%s {1} {9}", "%s {1} {9}");
}

static void a_notice_says_it_in_the_language_of_who_is_told(void **state)
{
    char text[600], sms[SMS_TEXT_SIZE];
    struct sms_measure m;
    const struct notice_line line = { .alert = true,
                                      .number = 17,
                                      .name = SAID(ALERT_SAYS_NODE_DOWN, 8U, "eight", "10:02"),
                                      .title = "",
                                      .phone = "",
                                      .reasons = "",
                                      .whose = "" };
    struct notice_letter letter = {
        .language = "fr", .to = "Anna", .lines = &line, .n = 1, .link = ""
    };

    (void)state;
    assert_int_equal(notice_sms(&letter, sms, &m), RC_OK);
    assert_non_null(strstr(sms, "A17 relaisd du n"));
    assert_non_null(strstr(sms, "ne donne plus signe de vie depuis 10:02 UTC. Répondez VU A17."));
    letter.language = "en";
    assert_int_equal(notice_sms(&letter, sms, &m), RC_OK);
    assert_non_null(strstr(sms, "gives no sign of life since 10:02 UTC. Reply ACK A17."));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_kind_of_alert_has_its_french_words),
        cmocka_unit_test(every_value_of_a_sentence_is_said_in_french_once),
        cmocka_unit_test(each_sentence_is_found_by_its_words_whatever_its_values_say),
        cmocka_unit_test(what_the_database_cut_off_is_said_all_the_same),
        cmocka_unit_test(what_is_no_sentence_of_ours_stays_as_it_is),
        cmocka_unit_test(a_notice_says_it_in_the_language_of_who_is_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
