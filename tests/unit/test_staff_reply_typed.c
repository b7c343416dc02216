/* test_staff_reply_typed.c - answers as they are typed in a hurry: commas without blanks, numbers
 * that are wrong, no accents. No guess is recorded. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/support/reply_rig.h"

/* 57, 58, 1234, 1235, 1240 wait for a result, 5 is settled; 12, 50 and 9999 are nobody's. */
static void two_numbers_with_a_comma_are_two_contacts_or_an_amount(void **state)
{
    static const struct reply_sentence list[] = {
        /* two contacts: one of them is the writer's */
        { "OK 57,58", "reached 57,58" },
        { "57,58 ok", "reached 57,58" },
        { "absent 57,58", "no_answer 57,58" },
        { "57,58 absent", "no_answer 57,58" },
        { "OK 57,58,1234", "reached 57,58,1234" },
        { "OK 1234,57,58", "reached 1234,57,58" },
        { "OK 57,58,59", "reached 57,58,59" },
        { "OK 57,58 et 1234", "reached 57,58,1234" },
        { "OK 1234, 57,58", "reached 1234,57,58" },
        { "OK 1234 57,58", "reached 1234,57,58" },
        { "OK 57,12", "reached 57,12" },
        { "OK 12,58", "reached 12,58" },
        { "OK 57,5", "reached 57,5" },
        { "OK 57+58", "reached 57,58" },
        { "OK 57&58", "reached 57,58" },
        { "OK 57/58", "reached 57,58" },
        { "OK 57.58", "reached 57,58" },
        { "OK 1234,1235", "reached 1234,1235" },
        { "OK 1234/58", "reached 1234,58" },
        { "57,58 commande", "order_taken 57,58" },
        { "VU 57,58", "ack 57,58" },
        { "OK 57,58 elles sont contentes", "reached 57,58 \"elles sont contentes\"" },
        { "57,58 ok et 1234 absent", "reached 57,58|no_answer 1234" },
        /* an amount: it says so, or stands behind the word of an order, or is nobody's */
        { "commande 1234 57,58", "order_taken 1234 \"57,58\"" },
        { "1234 commande 57,58", "order_taken 1234 \"57,58\"" },
        { "1234 commande prise 57,58", "order_taken 1234 \"57,58\"" },
        { "commande 1234: 1235,58", "order_taken 1234 \"1235,58\"" },
        { "OK 1234 57,58 €", "reached 1234 \"57,58 €\"" },
        { "OK 1234 57,58€ de moins", "reached 1234 \"57,58€ de moins\"" },
        { "OK 1234 57,58 euros", "reached 1234 \"57,58 euros\"" },
        { "OK 1234 12,50", "reached 1234 \"12,50\"" },
        { "OK 1234 5,50 de frais", "reached 1234 \"5,50 de frais\"" },
        { "OK 1234 elle doit 57,12 depuis mai", "reached 1234 \"elle doit 57,12 depuis mai\"" },
        { "OK 1234 total 57,58", "reached 1234 \"total 57,58\"" },
        /* both readings */
        { "commande 57,58", "? amount" },
        { "vendu 57,12", "? amount" },
        { "OK 1234 57,12", "? amount" },
        { "OK 57.12", "? amount" },
        { "commande 12,50", "? no number" },
        { "OK 12,50", "? no number" },
        /* an hour, a date */
        { "OK 12/12", "? no number" },
        { "OK 14.30", "? no number" },
    };

    CHECK(list);
}

static void a_number_that_is_nobodys_is_no_note(void **state)
{
    static const struct reply_sentence list[] = {
        { "57 absent et 9999 ok", "no_answer 57|reached 9999" },
        { "57 absent, 9999 ok merci", "no_answer 57|reached 9999" },
        { "57 absent 9999 ok", "no_answer 57|reached 9999" },
        { "57 absent. OK 9999", "no_answer 57|reached 9999" },
        { "57 absent et 9999 ok et 1234 ok", "no_answer 57|reached 9999|reached 1234" },
        { "57 absent et 9999 ok elle est contente",
          "no_answer 57 \"et 9999 ok elle est contente\"|? strange" },
        { "57 absent et 75 ok", "no_answer 57 \"et 75 ok\"|? strange" },
        { "57 absent, absent 75", "no_answer 57 \"absent 75\"|? strange" },
        { "57 ok, 250 palettes", "reached 57 \"250 palettes\"" },
        { "57 ok elle veut 250 palettes", "reached 57 \"elle veut 250 palettes\"" },
        { "57 ok, commande de 250 cartons", "? two words" },
    };

    CHECK(list);
}

/* As somebody types at the end of a day. What a colleague would understand is understood ... */
static void what_a_tired_clerk_types_is_understood(void **state)
{
    static const struct reply_sentence list[] = {
        { "ok pour 57 et 58 pas la", "reached 57|no_answer 58" },
        { "OK 57 et 58 absent", "reached 57|no_answer 58" },
        { "57 rappeler demain 9h", "call_back 57 @11-27 09:00" },
        { "je m en occupe", "ack it" },
        { "je m en occupe 57", "ack 57" },
        { "57 je gère", "ack 57" },
        { "im on it 57", "ack 57" },
        { "c fait", "reached it" },
        { "57 c fait 👍", "reached 57" },
        { "C'est fait pour la 57", "reached 57" },
        { "ok ok 57", "reached 57" },
        { "57 tt ok", "reached 57" },
        { "tt ok", "reached all" },
        { "57 58 fait", "reached 57,58" },
        { "57 Pas là", "no_answer 57" },
        { "57 PAS LA", "no_answer 57" },
        { "57 n'est pas là", "no_answer 57" },
        { "57 pas dispo", "no_answer 57" },
        { "57 messagerie", "no_answer 57" },
        { "57 ça répond pas", "no_answer 57" },
        { "57 personne", "no_answer 57" },
        { "57 NRP", "no_answer 57" },
        { "57 abs", "no_answer 57" },
        { "57 apsent", "no_answer 57" },
        { "57 abscent", "no_answer 57" },
        { "57 j'ai pas joint", "no_answer 57" },
        { "57 j'ai appelé pas de réponse", "no_answer 57" },
        { "57 appelé, absent", "no_answer 57" },
        { "57 repondeur j ai laisse un message", "no_answer 57 \"j ai laisse un message\"" },
        { "57 pas de réponse, rappel demain 10h", "no_answer 57 @11-27 10:00" },
        { "57 PAS DE REPONSE RAPPEL DEMAIN", "no_answer 57 @11-27 09:00" },
        { "57 absent et rappel demain 10h", "no_answer 57 @11-27 10:00" },
        { "57 fait, rappeler lundi", "reached 57 @11-30 09:00" },
        { "57 ok on se rappelle lundi 10h", "reached 57 @11-30 10:00" },
        { "57 je la rappelle demain", "call_back 57 @11-27 09:00" },
        { "57 rapel lundi 10h", "call_back 57 @11-30 10:00" },
        { "57 rappel 24/12/2026", "call_back 57 @12-24 09:00" },
        { "57 rappel 16/09/2027 10h30", "call_back 57 @09-16 10:30" },
        { "57 rappel ds 1h", "call_back 57 @11-26 11:00" },
        { "57 rappel cet aprem", "call_back 57 @11-26 14:00" },
        { "57 rappel demain aprem", "call_back 57 @11-27 14:00" },
        { "57 rappel après 17h", "call_back 57 @11-26 17:00" },
        { "57 rappel à partir de 14h", "call_back 57 @11-26 14:00" },
        { "57 rappel après-demain 10h", "call_back 57 @11-28 10:00" },
        { "57 commande passée", "order_taken 57" },
        { "57 a commandé 12 colis", "order_taken 57 \"12 colis\"" },
        { "57 ne veut pas", "refused 57" },
        { "57 pas intérèssé", "refused 57" },
        { "57 mauvais n°", "wrong_number 57" },
        { "bonjour la 57 est absente et la 58 ok", "no_answer 57|reached 58" },
        { "57 ok / 58 absent", "reached 57|no_answer 58" },
        { "57-ok 58-absent", "reached 57|no_answer 58" },
        { "ok57 ok58", "reached 57|reached 58" },
        { "57 -> absent", "no_answer 57" },
        { "dossier 57 ok", "reached 57" },
        { "ok 57\n-- \nAnna Lefèvre\nTél. 06 12 34 57 58", "reached 57" },
        { "57 absent\n\nEnvoyé de mon iPhone", "no_answer 57" },
        { "57 called, no answer", "no_answer 57" },
        { "57 not there", "no_answer 57" },
        { "57 left voicemail", "no_answer 57" },
        { "57 spoke to her", "reached 57" },
        { "57 call her back tomorrow at 3pm", "call_back 57 @11-27 15:00" },
        { "57 ordered", "order_taken 57" },
        { "57 no thanks", "refused 57" },
        { "57 wrong nb", "wrong_number 57" },
        { "all done thanks", "reached all" },
    };

    CHECK(list);
}

/* ... and where one would ask back, it is asked. */
static void what_a_tired_clerk_leaves_open_is_asked_about(void **state)
{
    static const struct reply_sentence list[] = {
        { "57 👍", "? no word" },
        { "57 oui", "? no word" },
        { "57 appelé", "? no word" },
        { "57 demain", "? no word" },
        { "57 pas encore fait", "? no word" },
        { "57 pas commandé", "? no word" },
        { "57 pas la bonne adresse", "? no word" },
        { "57 personne âgée contente", "? no word" },
        { "57 a commandé ailleurs", "? no word" },
        { "57 bruno", "? no word" },
        { "57 décédé", "? no word" },
        { "57 stop", "? no word" },
        { "57 ne plus appeler", "? no word" },
        { "57 ne plus contacter avant lundi", "? no word" },
        { "57 ne plus contacter le matin", "? no word" },
        { "57 ne plus contacter par SMS", "? no word" },
        { "57 do not contact until march", "? no word" },
        { "57 ok demain", "? time" },
        { "57 absent lundi", "? time" },
        { "OK 57 le 3", "? time" },
        { "57 rappel 14", "? no time" },
        { "57 rappel demain 9", "? time" },
        { "57 rappel demain avant 17h", "? time" },
        { "57 rappel demain en fin de journée", "? time" },
        { "57 rappel lundi ou mardi", "? time" },
        { "57 rappel entre 14h et 16h", "? no time" },
        { "57 rappel la semaine prochaine", "? no time" },
        { "57 faux numero rappel lundi", "? two words" },
        { "57 fait, commande", "? two words" },
        { "OK 57 et 58 absent les deux", "? two words" },
        { "tout ok sauf la 58", "? no number" },
    };

    CHECK(list);
}

/* What the carrier's voice says, and how people say that nobody was there: no "non" of a customer.
 */
static void a_negation_is_no_refusal(void **state)
{
    static const struct reply_sentence list[] = {
        { "57 numéro non attribué", "wrong_number 57" },
        { "57 non attribué", "wrong_number 57" },
        { "57 le numéro n'est pas attribué", "wrong_number 57" },
        { "57 n'est plus attribué", "wrong_number 57" },
        { "57 non joignable", "no_answer 57" },
        { "57 n'est pas joignable", "no_answer 57" },
        { "57 pas joignable", "no_answer 57" },
        { "non joignable 57", "no_answer 57" },
        { "57 non joint", "no_answer 57" },
        { "57 elle n'a pas répondu", "no_answer 57" },
        { "57 n'a pas répondu", "no_answer 57" },
        { "57 occupé", "no_answer 57" },
        { "57 boîte vocale", "no_answer 57" },
        { "57 a commandé", "order_taken 57" },
        { "57 non", "refused 57" },
        { "57 non merci", "refused 57" },
        { "non 57", "refused 57" },
        { "57 non, elle a déjà un fournisseur", "refused 57 \"elle a déjà un fournisseur\"" },
        { "57 elle ne veut plus être appelée", "? no word" },
        { "57 ne veut plus être contacté", "do_not_contact 57" },
        { "57 non disponible", "no_answer 57" },
        { "57 non réglé", "? no word" },
        { "57 non commandé", "? no word" },
        { "57 non intéressé", "refused 57" },
        { "57 non fait", "? no word" },
        { "57 number not in service", "? no word" },
        { "57 pas commande", "? no word" },
        { "57 pas de commande", "? no word" },
        { "57 pas ok", "? no word" },
        { "57 plus attribué", "wrong_number 57" },
        { "non attribué 57", "wrong_number 57" },
        { "57 pas vu", "? no word" },
        { "57 pas fait", "? no word" },
        { "57 pas eu", "? no word" },
        { "57 non dispo", "no_answer 57" },
        { "non réglé 57", "? no word" },
        { "57 n'a pas décroché", "no_answer 57" },
        { "57 appel non abouti", "no_answer 57" },
        { "57 commande annulée", "? not" },
        { "57 rdv lundi 10h annulé", "? not" },
        { "57 ok elle annule sa livraison", "reached 57 \"elle annule sa livraison\"" },
        { "57 no order", "? no word" },
        { "no 57 ok", "reached 57" },
        { "57 faux bond", "? no word" },
        { "57 wrong person", "? no word" },
        { "57 faux", "wrong_number 57" },
    };

    CHECK(list);
}

/* Which of the two counts is not for Relais to say. */
static void two_results_in_a_sentence_are_asked_about(void **state)
{
    static const struct reply_sentence list[] = {
        { "OK 57 en fait absent", "? two words" },
        { "57 ok en fait absent", "? two words" },
        { "57 ok mais absent demain", "? two words" },
        { "OK 57 absent", "? two words" },
        { "57 commande finalement refus", "? two words" },
        { "57 déjà client ailleurs, refus", "? no word" },
        { "57 joint, en fait non", "? two words" },
        { "57 ok elle a commandé", "? two words" },
        { "57 ok, message sur répondeur", "? two words" },
        { "57 absent puis joint", "? two words" },
        { "57 absent mais rappel demain 10h", "no_answer 57 @11-27 10:00" },
        { "57 absent donc rappel demain 10h", "no_answer 57 @11-27 10:00" },
        { "57 absent à rappeler demain 10h", "no_answer 57 @11-27 10:00" },
        { "57 ok elle veut un rappel demain 10h", "? two words" },
        { "57 absent. En fait joint", "? two words" },
        { "57 joint elle n'est pas intéressée", "? two words" },
        { "57 ok elle refuse", "? two words" },
        { "57 commande ok", "? two words" },
        { "57 en fait absent", "no_answer 57" },
        { "57 en fait elle est partie", "? no word" },
        { "57 au fait absent", "no_answer 57" },
        { "57 finalement joint", "reached 57" },
        { "57 ok en fait elle est contente", "reached 57 \"en fait elle est contente\"" },
        { "57 absent, en fait elle est partie", "no_answer 57 \"en fait elle est partie\"" },
        { "57 absent\nen fait joint", "? two words" },
        { "57 rappel demain 10h, en fait refus", "? two words" },
        { "57 ok elle est absente", "? two words" },
        { "57 ok en fait abscent", "? two words" },
        { "57 ok c'est le mauvais numéro", "? two words" },
        { "57 ok elle préfère le matin", "reached 57 \"elle préfère le matin\"" },
        { "57 ok et 58 absent", "reached 57|no_answer 58" },
        { "57 absent 58 ok", "no_answer 57|reached 58" },
        { "57 absent\n58 ok", "no_answer 57|reached 58" },
        { "OK 57 la commande est arrivée", "reached 57 \"la commande est arrivée\"" },
        { "57 joint, pas de commande", "reached 57 \"pas de commande\"" },
        { "57 absent, pas de réponse", "no_answer 57 \"pas de réponse\"" },
        { "57 ok vu le mari", "reached 57 \"vu le mari\"" },
        { "57 joint pas de souci", "reached 57 \"pas de souci\"" },
        { "57 ok pas contente", "? not" },
        { "57 joint, ne plus l'appeler", "? two words" },
        { "57 ok elle ne veut plus rien", "? two words" },
        { "57 refus, rappel lundi 10h", "refused 57 @11-30 10:00" },
    };

    CHECK(list);
}

static void a_login_goes_before_the_names_of_others(void **state)
{
    static const struct staff_reply_person people[] = {
        { 1, "carlo", "Carla Petite" },
        { 2, "carla", "Carla Petit" },
        { 3, "c.p", "Carla Roche" },
    };
    static const struct reply_sentence list[] = {
        { "passe 57 à carla", "to 2 57" },
        { "passe 57 à carlo", "to 1 57" },
        { "passe 57 à carla petite", "to 1 57" },
        { "passe 57 à carla roche", "to 3 57" },
        { "passe 57 à carla elle la connaît", "to 2 57 \"elle la connaît\"" },
    };
    struct reply_rig *rig = *state;

    rig->context.people = people;
    rig->context.n_people = 3;
    CHECK(list);
}

/* A house that has a word itself means by it what it says. */
static void a_word_of_the_catalogue_goes_before_what_people_say(void **state)
{
    static const struct staff_reply_outcome own[] = {
        { "no_answer", "pas de réponse", "no answer", "absent", false, false, false },
        { "voice_mail", "message laissé", "left a message", "messagerie", false, false, false },
    };
    struct reply_rig *rig = *state;

    rig->context.outcomes = own;
    rig->context.n_outcomes = 2;
    reply_read(rig, "57 messagerie");
    assert_int_equal(rig->reply.list[0].outcome, 1);
    reply_read(rig, "57 pas la");
    assert_int_equal(rig->reply.list[0].outcome, 0);
    assert_string_equal(reply_read(rig, "57 mauvais num"), "? no word");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        REPLY_TEST(two_numbers_with_a_comma_are_two_contacts_or_an_amount),
        REPLY_TEST(a_number_that_is_nobodys_is_no_note),
        REPLY_TEST(what_a_tired_clerk_types_is_understood),
        REPLY_TEST(what_a_tired_clerk_leaves_open_is_asked_about),
        REPLY_TEST(a_negation_is_no_refusal),
        REPLY_TEST(two_results_in_a_sentence_are_asked_about),
        REPLY_TEST(a_login_goes_before_the_names_of_others),
        REPLY_TEST(a_word_of_the_catalogue_goes_before_what_people_say),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
