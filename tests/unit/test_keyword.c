/* test_keyword.c - what people really answer to an SMS, and what it means. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "domain/keyword.h"

static void expect(enum keyword wanted, const char *const *texts)
{
    for (; *texts; texts++) {
        enum keyword found = keyword_classify(*texts);
        if (found != wanted)
            fail_msg("\"%s\" was taken for \"%s\", not \"%s\"", *texts, keyword_name(found),
                     keyword_name(wanted));
    }
}

static void a_stop_is_understood_however_it_is_written(void **state)
{
    static const char *const texts[] = {
        "STOP",         "stop",        "Stop",     "StOp",    "Stop.",    "STOP!",    "stop !!!",
        " STOP ",       "\tstop\r\n",  "\"STOP\"", "'stop'",  "«stop»",   "“Stop”",   "(stop)",
        "*STOP*",       "STOP.",       "stop...",  "STOP…",   "-stop-",   "🙏 STOP",   "STOP 👍",
        "🛑STOP🛑", "STOP ❤️", "S.T.O.P",  "s t o p", "S T O P.", "ＳＴＯＰ", "st\u00adop",
        "\ufeffSTOP",   "STOP\u00a0!", NULL,
    };

    (void)state;
    expect(KEYWORD_STOP, texts);
}

static void a_stop_may_be_polite_and_say_what_of(void **state)
{
    static const char *const texts[] = {
        "STOP PUB",
        "stop pub",
        "Stop-pub",
        "STOPPUB",
        "STOP SMS",
        "stopsms",
        "STOP SVP",
        "stop svp",
        "Stop s'il vous plaît",
        "stop s’il te plait",
        "stop merci",
        "Merci STOP",
        "STOP, merci !",
        "Bonjour, stop svp. Merci",
        "Bonjour STOP",
        "stop stop stop",
        "STOP\nMerci",
        "Stop à la pub",
        "stop aux sms",
        "STOP vos messages",
        "stop publicité",
        "STOP PROMOS",
        "stop please",
        "Please stop",
        "STOP ALL",
        "stopall",
        "Stop texting me",
        "STOP thank you",
        "STOP immédiatement",
        "Ok stop",
        "stop infos",
        NULL,
    };

    (void)state;
    expect(KEYWORD_STOP, texts);
}

static void other_words_for_stop_are_understood(void **state)
{
    static const char *const texts[] = {
        "ARRET",
        "ARRÊT",
        "arrêt",
        "Arret.",
        "arre\u0302t",
        "Arrêt des SMS",
        "arrêter",
        "Arrêtez",
        "arretez vos sms svp",
        "DESABONNER",
        "Désabonner",
        "me désabonner",
        "désabonnez-moi",
        "Désabonnez moi svp",
        "DESINSCRIRE",
        "Me désinscrire",
        "désinscription",
        "Je souhaite me désinscrire",
        "Je veux me désabonner de votre liste",
        "Je ne veux plus recevoir vos SMS",
        "ne plus recevoir de pub",
        "Plus de pub !",
        "plus de SMS svp",
        "pas de pub merci",
        "UNSUBSCRIBE",
        "Unsubscribe me",
        "QUIT",
        "quit.",
        "END",
        "End",
        "CANCEL",
        "cancel",
        "REVOKE",
        "OPT OUT",
        "opt-out",
        "optout",
        "Opt Out please",
        NULL,
    };

    (void)state;
    expect(KEYWORD_STOP, texts);
}

static void stop_in_the_middle_of_a_word_is_not_a_stop(void **state)
{
    static const char *const texts[] = {
        "stopper la livraison",
        "STOPPER",
        "stoppeur",
        "nonstop",
        "non-stop",
        "autostop",
        "stopwatch",
        "arretons",
        "endive",
        "quittance",
        "cancellation",
        "finished",
        "infosys",
        "restart",
        "helper",
        NULL,
    };

    (void)state;
    expect(KEYWORD_NONE, texts);
}

static void a_stop_within_a_sentence_is_for_a_human(void **state)
{
    static const char *const texts[] = {
        "Le livreur peut s'arrêter au stop de la rue Victor Hugo ?",
        "ne vous arretez pas",
        "Ne stop pas",
        "surtout pas de stop",
        "pas stop",
        "L'arrêt de bus est devant chez moi",
        "arrêt maladie",
        "Stop livraison",
        "stop commande",
        "Arrêtez la livraison svp",
        "Cancel my order",
        "Annuler",
        "annuler ma commande",
        "Je suis absent, non stop, jusqu'à lundi",
        "à la fin de la semaine",
        "week end",
        "The end of the street",
        "Je ne peux pas stop",
        "stop ou encore",
        NULL,
    };

    (void)state;
    expect(KEYWORD_NONE, texts);
}

static void a_number_behind_stop_is_no_plain_opt_out(void **state)
{
    static const char *const texts[] = {
        "STOP 12345", "stop 1",     "STOP 36111", "stop 2 minutes",
        "STOP1",      "12345 STOP", "STOP n° 4",  NULL,
    };

    (void)state;
    expect(KEYWORD_NONE, texts);
}

static void automatic_replies_and_ordinary_answers_order_nothing(void **state)
{
    static const char *const texts[] = {
        "",
        " ",
        "...",
        "👍",
        "Merci",
        "Bonjour",
        "Ok",
        "Oui",
        "oui merci",
        "Non",
        "sms",
        "la pub",
        "Je suis en réunion, je vous rappelle.",
        "Je conduis et répondrai plus tard.",
        "[Réponse automatique] Absent du bureau. Pour ne plus recevoir ce message, appelez le 06.",
        "I'm driving - I'll get back to you later. STOP",
        "Laissez le colis chez la voisine du 3e",
        "Quelle heure ?",
        "plus de",
        "je veux",
        "Le colis est arrivé abîmé",
        NULL,
    };

    (void)state;
    expect(KEYWORD_NONE, texts);
}

static void start_and_help_are_understood(void **state)
{
    static const char *const starts[] = {
        "START",  "start",     "Start.",        "REPRISE",   "Reprise des SMS svp", "reprendre",
        "UNSTOP", "réabonner", "Me ré-abonner", "Subscribe", "start merci",         NULL,
    };
    static const char *const helps[] = {
        "AIDE", "aide",      "Aide ?",
        "HELP", "Help!",     "help please",
        "INFO", "infos svp", "Bonjour, aide svp",
        NULL,
    };

    (void)state;
    expect(KEYWORD_START, starts);
    expect(KEYWORD_HELP, helps);
}

static void where_orders_meet_the_careful_one_wins(void **state)
{
    static const char *const stops[] = { "start stop", "STOP START", "aide stop", "info STOP",
                                         NULL };
    static const char *const helps[] = { "start aide", "help start", NULL };

    (void)state;
    expect(KEYWORD_STOP, stops);
    expect(KEYWORD_HELP, helps);
}

static void twelve_words_are_an_order_thirteen_are_not(void **state)
{
    static const char *const twelve[] = { "s s s s s s s s s s s stop", NULL };
    static const char *const thirteen[] = { "s s s s s s s s s s s s stop", NULL };

    (void)state;
    expect(KEYWORD_STOP, twelve);
    expect(KEYWORD_NONE, thirteen);
}

static void bytes_that_are_no_text_do_no_harm(void **state)
{
    static const char *const stops[] = { "\xff\xfeSTOP", "STOP\xc3", "\x80stop\x80", NULL };
    char noise[600];

    (void)state;
    expect(KEYWORD_STOP, stops);
    srand(1);
    for (int round = 0; round < 2000; round++) {
        size_t len = (size_t)rand() % (sizeof(noise) - 1);
        for (size_t i = 0; i < len; i++)
            noise[i] = (char)(rand() % 255 + 1);
        noise[len] = '\0';
        (void)keyword_classify(noise);
    }
    memset(noise, 'a', sizeof(noise) - 1);
    noise[sizeof(noise) - 1] = '\0';
    assert_int_equal(keyword_classify(noise), KEYWORD_NONE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_stop_is_understood_however_it_is_written),
        cmocka_unit_test(a_stop_may_be_polite_and_say_what_of),
        cmocka_unit_test(other_words_for_stop_are_understood),
        cmocka_unit_test(stop_in_the_middle_of_a_word_is_not_a_stop),
        cmocka_unit_test(a_stop_within_a_sentence_is_for_a_human),
        cmocka_unit_test(a_number_behind_stop_is_no_plain_opt_out),
        cmocka_unit_test(automatic_replies_and_ordinary_answers_order_nothing),
        cmocka_unit_test(start_and_help_are_understood),
        cmocka_unit_test(where_orders_meet_the_careful_one_wins),
        cmocka_unit_test(twelve_words_are_an_order_thirteen_are_not),
        cmocka_unit_test(bytes_that_are_no_text_do_no_harm),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
