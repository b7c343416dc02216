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

static void a_plain_refusal_in_a_sentence_is_a_stop(void **state)
{
    static const char *const texts[] = {
        "Please unsubscribe me from your list.",
        "Hello, please unsubscribe me. Thank you",
        "I want to unsubscribe",
        "I would like to unsubscribe from your mailing list, please.",
        "I would like you to please unsubscribe me from all of your mailing lists, thank you",
        "Could you unsubscribe me from this newsletter?",
        "Unsubscribe my address",
        "Please remove me from your mailing list",
        "Kindly take me off your list.",
        "Remove my email address from your list, please",
        "Please stop sending me emails",
        "Stop emailing me!",
        "Do not send me any more emails",
        "Don't contact me again.",
        "I no longer wish to receive your newsletter.",
        "I do not want to receive your offers anymore",
        "No more emails please",
        "STOP mails",
        "stop e-mails svp",
        "Merci de me désabonner.",
        "Désinscription svp",
        "Merci de bien vouloir me désabonner de votre liste de diffusion",
        "Veuillez me désinscrire de vos listes. Cordialement",
        "Bonjour, pourriez-vous me désinscrire de votre newsletter, s'il vous plaît ? Merci",
        "Je vous prie de me retirer de votre liste",
        "Retirez-moi de vos listes svp",
        "Veuillez retirer mon adresse de votre liste de diffusion.",
        "Je ne souhaite plus recevoir vos offres par e-mail",
        "Nous ne souhaitons plus recevoir vos communications commerciales",
        "Je ne veux pas recevoir vos mails",
        "Merci de ne plus m'envoyer de mails publicitaires",
        "Ne m'envoyez plus de courriels",
        "Plus d'e-mails svp",
        "Arrêtez de m'envoyer vos newsletters",
        "Je demande ma désinscription",
        NULL,
    };

    (void)state;
    expect(KEYWORD_STOP, texts);
}

static void a_sentence_that_may_mean_something_else_is_for_a_human(void **state)
{
    static const char *const texts[] = {
        "Please do not unsubscribe me",
        "I do not want to unsubscribe",
        "I don't want to unsubscribe from your list",
        "Did I unsubscribe?",
        "Why did you unsubscribe me?",
        "How can I unsubscribe?",
        "I never asked to unsubscribe, please keep me on your list",
        "Je ne veux pas me désabonner",
        "Ne me désabonnez pas",
        "Pourquoi suis-je désabonné ?",
        "Comment me désabonner ?",
        "I want to cancel",
        "I would like to cancel my subscription",
        "Could you stop?",
        "I want to quit",
        "Could you help me with my order?",
        "Can you help me?",
        "I would like to start",
        "I want your offers",
        "Please send me your newsletter",
        "Je souhaite recevoir vos offres par mail",
        "Je ne veux pas recevoir la facture par mail",
        "Je souhaite retirer ma commande",
        "Supprimez mon compte client",
        "Please remove my order from the list",
        "Please remove the invoice",
        "Stop sending the parcels to my neighbour",
        "No more news from the carrier?",
        "Unsubscribe my wife, not me",
        "Please unsubscribe 2 of my addresses",
        "I want to keep my address in your list",
        "Je n'ai plus de mail depuis lundi",
        "my email address",
        "Veuillez agréer, Madame, mes salutations distinguées",
        NULL,
    };

    (void)state;
    expect(KEYWORD_NONE, texts);
}

static void a_greeting_is_a_courtesy_and_an_order_is_none(void **state)
{
    (void)state;
    assert_true(keyword_is_courtesy("Bonjour Madame,"));
    assert_true(keyword_is_courtesy("Dear Sir,"));
    assert_true(keyword_is_courtesy("Hello,"));
    assert_false(keyword_is_courtesy("Bonjour, stop"));
    assert_false(keyword_is_courtesy("Bonjour Marie,"));
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

/* --- a book of one's own words --- */

static struct keyword_book *book;

static enum rc add(const char *name, enum keyword action, const char *answer, const char *a,
                   const char *b, struct error *err)
{
    static const char *words[20][2]; /* they outlive the book */
    static size_t used;
    const char **mine = words[used++ % 20];

    mine[0] = a;
    mine[1] = b;
    return keyword_book_add(
        book,
        &(struct keyword_entry){ name, action, answer, mine, (size_t)(a != NULL) + (b != NULL) },
        err);
}

static int open_book(void **state)
{
    (void)state;
    book = keyword_book_new();
    return book ? 0 : -1;
}

static int close_book(void **state)
{
    (void)state;
    keyword_book_free(book);
    return 0;
}

static void ones_own_words_are_read_by_the_same_rule(void **state)
{
    static const struct {
        const char *text, *name, *answer;
    } rows[] = {
        { "HORAIRES", "horaires", "9h-18h" },
        { "horaires svp !", "horaires", "9h-18h" },
        { "Bonjour, vos horaires d'ouverture", "horaires", "9h-18h" },
        { "Horaires du magasin de Lyon", "", "" },
        { "oui", "oui", "Merci" },
        { "Non merci", "stop", "Adieu" },
        { "Stop", "stop", "" },
        { "stop horaires", "stop", "" },
        { "info horaires", "help", "" },
        { "HORAIRES oui", "horaires", "9h-18h" }, /* the first of the book */
        { "oui horaires", "horaires", "9h-18h" },
        { "merci", "", "" },
    };

    (void)state;
    assert_int_equal(
        add("horaires", KEYWORD_ANSWER, "9h-18h", "HORAIRES", "Horaires d'Ouverture", NULL), RC_OK);
    assert_int_equal(add("oui", KEYWORD_ANSWER, "Merci", "OUI", NULL, NULL), RC_OK);
    assert_int_equal(add("no", KEYWORD_STOP, "Adieu", "non", NULL, NULL), RC_OK);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct keyword_found found = keyword_find(book, rows[i].text);
        if (strcmp(found.name, rows[i].name) != 0 || strcmp(found.answer, rows[i].answer) != 0)
            fail_msg("\"%s\" was taken for \"%s\", answered \"%s\"", rows[i].text, found.name,
                     found.answer);
    }
}

static void a_yes_is_read_with_its_politeness_and_loses_to_every_order(void **state)
{
    static const struct {
        const char *text;
        enum keyword keyword;
    } rows[] = {
        { "OUI", KEYWORD_YES },         { "Oui merci !", KEYWORD_YES },
        { "yes please", KEYWORD_YES },  { "oui stop", KEYWORD_STOP },
        { "oui start", KEYWORD_START }, { "oui pour samedi", KEYWORD_NONE },
        { "merci", KEYWORD_NONE },
    };

    (void)state;
    assert_int_equal(add("yes", KEYWORD_YES, "", "OUI", "YES", NULL), RC_OK);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (keyword_find(book, rows[i].text).action != rows[i].keyword)
            fail_msg("\"%s\" was taken for something else", rows[i].text);
    }
}

static void stop_says_whether_it_means_everything(void **state)
{
    static const struct {
        const char *text;
        bool all;
    } rows[] = {
        { "STOP", false },    { "stop pub svp", false },          { "STOP TOUT", true },
        { "Stop all", true }, { "stop à toutes vos pubs", true }, { "STOPALL", true },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct keyword_found found = keyword_find(book, rows[i].text);
        if (found.action != KEYWORD_STOP || found.all != rows[i].all)
            fail_msg("\"%s\" was read otherwise", rows[i].text);
    }
}

static void a_word_that_means_two_things_is_refused(void **state)
{
    struct error err;

    (void)state;
    assert_int_equal(add("horaires", KEYWORD_ANSWER, "x", "Horaires", NULL, NULL), RC_OK);
    assert_int_equal(add("other", KEYWORD_ANSWER, "x", "HORAIRES !", NULL, &err), RC_INVALID);
    assert_string_equal(err.text, "words: 'HORAIRES !' is a word of horaires already");
    assert_int_equal(add("bye", KEYWORD_STOP, "", "Arrêt", NULL, &err), RC_INVALID);
    assert_string_equal(err.text, "words: 'Arrêt' is a word for stop already, built in");
    assert_int_equal(add("twice", KEYWORD_HELP, "", "hein", "Hein ?", &err), RC_INVALID);
    assert_string_equal(err.text, "words: 'Hein ?' is a word of twice already");
}

static void an_entry_that_makes_no_sense_is_refused_with_a_sentence(void **state)
{
    static const struct {
        const char *name, *answer, *word, *sentence;
        enum keyword action;
    } rows[] = {
        { "x", "a", "!!!", "with letters or digits", KEYWORD_ANSWER },
        { "x", "a", "anticonstitutionnellement", "at most 23 bytes", KEYWORD_ANSWER },
        { "x", "a", "a b c d e f g h i j k l m", "1 to 12 words", KEYWORD_ANSWER },
        { "x", "a", NULL, "at least one", KEYWORD_ANSWER },
        { "x", "", "prix", "answer: expected a text", KEYWORD_ANSWER },
        { "", "a", "prix", "a name has", KEYWORD_ANSWER },
        { "a b", "a", "prix", "a name has", KEYWORD_ANSWER },
        { "stop", "a", "prix", "the name stop", KEYWORD_ANSWER },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct error err = { "" };
        assert_int_equal(
            add(rows[i].name, rows[i].action, rows[i].answer, rows[i].word, NULL, &err),
            RC_INVALID);
        if (!strstr(err.text, rows[i].sentence))
            fail_msg("row %zu: %s", i, err.text);
    }
    assert_int_equal(add("x", KEYWORD_ANSWER, "a", "prix", NULL, NULL), RC_OK);
    assert_int_equal(add("x", KEYWORD_ANSWER, "a", "tarif", NULL, NULL), RC_INVALID);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_stop_is_understood_however_it_is_written),
        cmocka_unit_test(a_stop_may_be_polite_and_say_what_of),
        cmocka_unit_test(other_words_for_stop_are_understood),
        cmocka_unit_test(stop_in_the_middle_of_a_word_is_not_a_stop),
        cmocka_unit_test(a_stop_within_a_sentence_is_for_a_human),
        cmocka_unit_test(a_plain_refusal_in_a_sentence_is_a_stop),
        cmocka_unit_test(a_sentence_that_may_mean_something_else_is_for_a_human),
        cmocka_unit_test(a_greeting_is_a_courtesy_and_an_order_is_none),
        cmocka_unit_test(a_number_behind_stop_is_no_plain_opt_out),
        cmocka_unit_test(automatic_replies_and_ordinary_answers_order_nothing),
        cmocka_unit_test(start_and_help_are_understood),
        cmocka_unit_test(where_orders_meet_the_careful_one_wins),
        cmocka_unit_test(twelve_words_are_an_order_thirteen_are_not),
        cmocka_unit_test(bytes_that_are_no_text_do_no_harm),
        cmocka_unit_test_setup_teardown(ones_own_words_are_read_by_the_same_rule, open_book,
                                        close_book),
        cmocka_unit_test_setup_teardown(a_yes_is_read_with_its_politeness_and_loses_to_every_order,
                                        open_book, close_book),
        cmocka_unit_test_setup_teardown(stop_says_whether_it_means_everything, open_book,
                                        close_book),
        cmocka_unit_test_setup_teardown(a_word_that_means_two_things_is_refused, open_book,
                                        close_book),
        cmocka_unit_test_setup_teardown(an_entry_that_makes_no_sense_is_refused_with_a_sentence,
                                        open_book, close_book),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
