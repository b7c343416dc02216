/* test_staff_reply.c - what people answer to a reminder, and what it is taken for: understood
 * however it is written, and never when it can be read in two ways. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "tests/support/reply_rig.h"

static void a_word_and_a_number_are_a_result(void **state)
{
    static const struct reply_sentence list[] = {
        { "OK 1234", "reached 1234" },
        { "ok1234", "reached 1234" },
        { "1234 ok", "reached 1234" },
        { "1234OK", "reached 1234" },
        { "1234: joint", "reached 1234" },
        { "1234 absent", "no_answer 1234" },
        { "Absent 1234.", "no_answer 1234" },
        { "FAIT 1234", "reached 1234" },
        { "Pas de réponse 1234", "no_answer 1234" },
        { "1234 pas de réponse", "no_answer 1234" },
        { "1234 pas intéressée", "refused 1234" },
        { "1234 pas intéressé", "refused 1234" },
        { "1234 NE PLUS CONTACTER", "do_not_contact 1234" },
        { "commande 1234", "order_taken 1234" },
        { "Order taken 1234", "order_taken 1234" },
        { "wrong number 1234", "wrong_number 1234" },
        { "n° 1234 faux numéro", "wrong_number 1234" },
        { "nº1234 absent", "no_answer 1234" },
        { "#1234 ok", "reached 1234" },
        { "OK tâche 1234", "reached 1234" },
        { "Bonjour, ok pour 1234 merci", "reached 1234" },
        { "  ok   1234  ", "reached 1234" },
        { "no_answer 1234", "no_answer 1234" },
        { "1234 non", "refused 1234" },
    };

    CHECK(list);
}

static void what_stands_behind_is_the_note_as_it_was_written(void **state)
{
    static const struct reply_sentence list[] = {
        { "OK 1234 elle rappelle lundi", "reached 1234 \"elle rappelle lundi\"" },
        { "ok1234 elle rappelle lundi", "reached 1234 \"elle rappelle lundi\"" },
        { "1234 joint, à l'été prochain", "reached 1234 \"à l'été prochain\"" },
        { "OK 1234: 5,50 € d'écart", "reached 1234 \"5,50 € d'écart\"" },
        { "OK 1234 250 palettes", "reached 1234 \"250 palettes\"" },
        { "ok 1234 12/12 livraison", "reached 1234 \"12/12 livraison\"" },
        { "OK 1234 pas de souci", "reached 1234 \"pas de souci\"" },
        { "ok 1234\nElle est contente\n\nCordialement\nAnna",
          "reached 1234 \"Elle est contente\"" },
        { "OK 1234 (voir devis)", "reached 1234 \"voir devis)\"" },
    };

    CHECK(list);
}

static void several_numbers_share_a_word(void **state)
{
    static const struct reply_sentence list[] = {
        { "OK 1234 1235 1240", "reached 1234,1235,1240" },
        { "ok 1234, 1235 et 1240", "reached 1234,1235,1240" },
        { "1234 1235 absent", "no_answer 1234,1235" },
        { "OK 1234/1235", "reached 1234,1235" },
        { "OK 1234 & 1235 contentes", "reached 1234,1235 \"contentes\"" },
        { "OK 1234 & 1235 messagerie", "? two words" },
        { "OK 1234, 1235 répondeur les deux", "? two words" },
        { "OK 1234 1234", "reached 1234" },
        { "ok 1234 9999", "reached 1234,9999" },
        { "OK 1234 5 palettes", "? numbers" },
        { "OK 1234, 5 tous les deux contents", "reached 1234,5 \"tous les deux contents\"" },
        { "OK 1234 A17", "reached! 1234,A17" },
    };

    CHECK(list);
}

static void several_commands_have_a_line_each_or_a_number_that_is_known(void **state)
{
    static const struct reply_sentence list[] = {
        { "1234 joint\n1235 absent", "reached 1234|no_answer 1235" },
        { "1234 joint contente\n1235 absent", "reached 1234 \"contente\"|no_answer 1235" },
        { "1234 joint; 1235 absent; 1240 rdv lundi 14h",
          "reached 1234|no_answer 1235|call_back 1240 @11-30 14:00" },
        { "1234 joint, 1235 absent", "reached 1234|no_answer 1235" },
        { "1234 joint 1235 absent", "reached 1234|no_answer 1235" },
        { "1234 joint. 1235 absent.", "reached 1234|no_answer 1235" },
        { "1234 joint, 9 absents dans l'équipe", "reached 1234 \"9 absents dans l'équipe\"" },
        { "Bonjour,\n\n1234 joint\n9999 absent\nMerci\n\nAnna", "reached 1234|no_answer 9999" },
    };

    CHECK(list);
}

static void what_and_joins_are_two_commands(void **state)
{
    static const struct reply_sentence list[] = {
        { "1234 absent et 57 ok", "no_answer 1234|reached 57" },
        { "57 ok, et 1234 ok aussi", "reached 57|reached 1234 \"aussi\"" },
        { "1234 rappel demain matin et 57 ok", "call_back 1234 @11-27 09:00|reached 57" },
        { "OK 1234 et absent 57", "reached 1234|no_answer 57" },
        { "1234 ok elle est contente et 57 absent",
          "reached 1234 \"elle est contente\"|no_answer 57" },
        { "1234 ok mais 57 absent", "reached 1234|no_answer 57" },
        { "1234 ok et contente", "reached 1234 \"et contente\"" },
        { "1234 ok and 57 no answer", "reached 1234|no_answer 57" },
        { "1234 ok et 57", "reached 1234 \"et 57\"|? no word" },
        { "VU 1234 et 57 rappel lundi 14h", "? two words" },
    };

    CHECK(list);
}

static void a_number_of_theirs_in_a_note_is_asked_about_while_it_waits(void **state)
{
    static const struct reply_sentence list[] = {
        { "1234 ok, la 57 je sais pas", "reached 1234 \"la 57 je sais pas\"|? no word" },
        { "1234 absent\n0k 57", "no_answer 1234 \"0k 57\"|? no word" },
        { "1234 ok elle prend 5 palettes", "reached 1234 \"elle prend 5 palettes\"" },
        { "1234 ok rappelle dans 57 min", "reached 1234 \"rappelle dans 57 min\"" },
        { "1234 ok voir avec le 1234", "reached 1234 \"voir avec le 1234\"" },
        { "1234 ok son numero 06 57 33 44 55", "reached 1234 \"son numero 06 57 33 44 55\"" },
        { "OK TOUT sauf 57", "? no number" },
        { "OK TOUT sauf Petit", "? no number" },
        { "absent tout, mais 57 pas encore", "? no number" },
    };

    CHECK(list);
}

static void whoever_names_a_number_or_a_result_is_never_passed_over(void **state)
{
    static const struct reply_sentence list[] = {
        { "je l'ai pas eu 57", "? no word" },
        { "57 pas eu le temps", "? no word" },
        { "57 ne repond pas", "no_answer 57" },
        { "ne répond pas 57", "no_answer 57" },
        { "j'ai pas joint 57", "no_answer 57" },
        { "il ne répond pas 57", "no_answer 57" },
        { "0k 57", "? no word" },
        { "O K 57", "? no word" },
        { "pas ok 57", "? no word" },
        { "je passe 57 à bruno", "to 2 57" },
        { "57 et 1234 je sais plus", "? no word" },
        { "A17 ?", "? no word" },
        { "le 5, depuis longtemps", "? no word" },
        { "ok petit", "? no number" },
        { "j'ai appelé Jean Petit c bon", "? no number" },
        { "Petit ne répond pas", "? no number" },
        { "Oui", "" },
        { "je suis en route", "" },
        { "bonne journée", "" },
    };

    CHECK(list);
}

static void all_stands_for_what_one_was_told_of(void **state)
{
    static const struct reply_sentence list[] = {
        { "OK TOUT", "reached all" },
        { "tout ok", "reached all" },
        { "OK ALL", "reached all" },
        { "tous absents", "no_answer all" },
        { "VU TOUT", "ack all" },
        { "tout est ok", "reached all" },
        { "pause tout 2h", "snooze all @11-26 12:00" },
        { "passe tout à bruno", "to 2 all" },
        { "tout", "? no word" },
    };

    CHECK(list);
}

static void a_word_alone_is_about_the_one_thing_there_is(void **state)
{
    static const struct reply_sentence list[] = {
        { "OK", "reached it" },
        { "ok merci", "reached it" },
        { "Absent", "no_answer it" },
        { "Vu", "ack it" },
        { "rappel demain 10h", "call_back it @11-27 10:00" },
        { "pause 2h", "snooze it @11-26 12:00" },
        { "Non", "? no number" },
        { "ok je passe demain", "? no number" },
        { "absnt", "? no number" },
    };

    CHECK(list);
}

static void a_call_back_says_when(void **state)
{
    static const struct reply_sentence list[] = {
        { "RAPPEL 1234 14h", "call_back 1234 @11-26 14:00" },
        { "rappel 1234 demain 9h30", "call_back 1234 @11-27 09:30" },
        { "RAPPEL 14h 1234", "call_back 1234 @11-26 14:00" },
        { "1234 rappel 14:30", "call_back 1234 @11-26 14:30" },
        { "1234 à rappeler lundi", "call_back 1234 @11-30 09:00" },
        { "rappel 1234 à 14 heures", "call_back 1234 @11-26 14:00" },
        { "rappel 1234 lundi prochain à 10h", "call_back 1234 @11-30 10:00" },
        { "rappel 1234 jeudi", "call_back 1234 @12-03 09:00" },
        { "rappel 1234 14h demain", "call_back 1234 @11-27 14:00" },
        { "rappel 1234 cet après-midi", "call_back 1234 @11-26 14:00" },
        { "rappel 1234 demain matin", "call_back 1234 @11-27 09:00" },
        { "rappel 1234 après-demain midi", "call_back 1234 @11-28 12:00" },
        { "rappel 1234 ce soir", "call_back 1234 @11-26 18:00" },
        { "rappel 1234 le 3 à 10h", "call_back 1234 @12-03 10:00" },
        { "rappel 1234 le 30", "call_back 1234 @11-30 09:00" },
        { "rappel 1234 3 décembre 16h", "call_back 1234 @12-03 16:00" },
        { "rappel 1234 1er décembre", "call_back 1234 @12-01 09:00" },
        { "rappel 1234 3/12 8h", "call_back 1234 @12-03 08:00" },
        { "rappel 1234 12/1", "call_back 1234 @01-12 09:00" },
        { "rappel 1234 2026-12-03 14:00", "call_back 1234 @12-03 14:00" },
        { "rappel 1234 dans 2h", "call_back 1234 @11-26 12:00" },
        { "rappel 1234 dans 30 min", "call_back 1234 @11-26 10:30" },
        { "rappel 1234 dans 2 jours", "call_back 1234 @11-28 10:00" },
        { "rappel 1234 dans une semaine", "call_back 1234 @12-03 10:00" },
        { "call back 1234 tomorrow 3pm", "call_back 1234 @11-27 15:00" },
        { "callback 1234 in 2 hours", "call_back 1234 @11-26 12:00" },
        { "call back 1234 next monday at 10:15", "call_back 1234 @11-30 10:15" },
        { "call back 1234 december 3rd 9am", "call_back 1234 @12-03 09:00" },
        { "rappel 1234 8h du soir", "call_back 1234 @11-26 20:00" },
        { "rappel 1234 14h elle préfère", "call_back 1234 @11-26 14:00 \"elle préfère\"" },
        { "rappel 1234 demain 9h30 sur son fixe", "call_back 1234 @11-27 09:30 \"sur son fixe\"" },
    };

    CHECK(list);
}

static void a_time_that_is_missing_over_or_of_two_readings_is_asked_for(void **state)
{
    static const struct reply_sentence list[] = {
        { "rappel 1234", "? no time" },    { "rappel 1234 plus tard dans la semaine", "? no time" },
        { "rappel 1234 2h", "? time" },    { "rappel 1234 9h", "? past" },
        { "rappel 1234 26/11", "? past" }, { "rappel 1234 31/2", "? time" },
        { "rappel 1234 25h", "? time" },   { "rappel 1234 14h75", "? time" },
        { "pause 1234", "? no time" },     { "pause 1234 14h", "? time" },
    };

    CHECK(list);
}

static void the_twelfth_of_march_is_asked_for_in_english(void **state)
{
    struct reply_rig *rig = *state;

    rig->context.clock.english = true;
    assert_string_equal(reply_read(rig, "call back 1234 3/12"), "? time");
    assert_string_equal(reply_read(rig, "call back 1234 15/12"), "call_back 1234 @12-15 09:00");
}

static void a_pause_lasts_or_ends_at_an_hour(void **state)
{
    static const struct reply_sentence list[] = {
        { "PAUSE 1234 2h", "snooze 1234 @11-26 12:00" },
        { "pause 1234 1h30", "snooze 1234 @11-26 11:30" },
        { "pause 1234 30 min", "snooze 1234 @11-26 10:30" },
        { "pause 1234 30mn", "snooze 1234 @11-26 10:30" },
        { "pause 1234 une heure", "snooze 1234 @11-26 11:00" },
        { "pause 1234 1 jour", "snooze 1234 @11-27 10:00" },
        { "pause 1234 pendant 2h", "snooze 1234 @11-26 12:00" },
        { "pause 1234 jusqu'à 14h", "snooze 1234 @11-26 14:00" },
        { "pause 1234 à 14h", "snooze 1234 @11-26 14:00" },
        { "pause 1234 demain", "snooze 1234 @11-27 09:00" },
        { "snooze A17 until 3pm", "snooze A17 @11-26 15:00" },
        { "plus tard 1234 demain 8h", "snooze 1234 @11-27 08:00" },
        { "later 1234 for 2 hours", "snooze 1234 @11-26 12:00" },
    };

    CHECK(list);
}

static void a_contact_is_handed_to_somebody_of_the_house(void **state)
{
    static const struct reply_sentence list[] = {
        { "PASSE 1234 à bruno", "to 2 1234" },
        { "passe 1234 a Bruno Marchand", "to 2 1234" },
        { "1234 passe à Marchand Bruno il la connaît", "to 2 1234 \"il la connaît\"" },
        { "pass 1234 to anna", "to 1 1234" },
        { "passe à bruno 1234", "to 2 1234" },
        { "passe 1234 b.petit", "to 3 1234" },
        { "passe 1234 à Lefevre", "to 1 1234" },
        { "passe 1234 à brnuo", "to 2 1234" },
        { "hand over 1234 to carole", "to 4 1234" },
        { "transfère 1234 carole", "to 4 1234" },
        { "passe 1234 à Petit", "? two persons" },
        { "passe 1234 à zoé", "? no person" },
        { "passe 1234", "? no person" },
    };

    CHECK(list);
}

static void alerts_have_a_letter_before_their_number(void **state)
{
    static const struct reply_sentence list[] = {
        { "OK A17", "reached! A17" },
        { "VU A17", "ack A17" },
        { "ack a17", "ack A17" },
        { "fait A17", "reached! A17" },
        { "A17 clos", "-! A17" },
        { "fixed A17 disk changed", "-! A17 \"disk changed\"" },
        { "A17 je m'en occupe", "ack A17" },
        { "OK A17 on attendait une commande", "reached! A17 \"on attendait une commande\"" },
    };

    CHECK(list);
}

static void one_letter_may_be_wrong(void **state)
{
    static const struct reply_sentence list[] = {
        { "1234 absnt", "no_answer 1234" },
        { "abesnt 1234", "no_answer 1234" },
        { "rapel 1234 14h", "call_back 1234 @11-26 14:00" },
        { "rappell 1234 14h", "call_back 1234 @11-26 14:00" },
        { "comande 1234", "order_taken 1234" },
        { "jiont 1234", "reached 1234" },
        { "pausse 1234 2h", "? near words" },
        { "1234 abxxnt", "? no word" },
        { "oj 1234", "? no word" },
    };

    CHECK(list);
}

static void two_readings_are_none(void **state)
{
    static const struct reply_sentence list[] = {
        { "OK 1234 absent", "? two words" },
        { "1234 joint commande", "? two words" },
        { "1234 non fait", "? no word" },
        { "OK 1234 pas commande finalement", "? not" },
        { "OK 1234 pas joint", "? two words" },
        { "1234 pas encore joint", "? no word" },
        { "1234", "? no word" },
        { "1234 ?", "? no word" },
        { "1234 elle rappelle lundi", "? no word" },
        { "c'est qui 1234", "? no word" },
    };

    CHECK(list);
}

static void the_next_contact_may_be_named(void **state)
{
    static const struct reply_sentence list[] = {
        { "OK 1234 prochain 15/12", "reached 1234 @12-15 09:00" },
        { "OK 1234, prochain contact lundi 14h devis", "reached 1234 @11-30 14:00 \"devis\"" },
        { "OK 1234 next monday", "reached 1234 @11-30 09:00" },
        { "OK 1234 prochain achat en mars", "reached 1234 \"prochain achat en mars\"" },
        { "absent 1234 puis demain 10h", "no_answer 1234 @11-27 10:00" },
    };

    CHECK(list);
}

static void a_message_like_any_other_is_no_command(void **state)
{
    static const struct reply_sentence list[] = {
        { "", "" },      { "Bonjour, où est mon colis ?", "" },    { "Je serai là demain", "" },
        { "merci", "" }, { "Le colis 9999 n'est pas arrivé", "" }, { "\xff\xfe\x80", "" },
    };

    CHECK(list);
}

static void who_writes_a_number_of_theirs_meant_a_command(void **state)
{
    struct reply_rig *rig = *state;

    reply_read(rig, "1234 pff");
    assert_true(rig->reply.sure);
    reply_read(rig, "9999 pff");
    assert_false(rig->reply.sure);
    reply_read(rig, "OK 9999");
    assert_true(rig->reply.sure);
    reply_read(rig, "OK");
    assert_false(rig->reply.sure);
}

static void numbers_of_a_text_are_found_for_looking_up(void **state)
{
    struct staff_reply_number found[4];

    (void)state;
    assert_int_equal(staff_reply_numbers("OK 1234, A17 12/12 à 14h 250 palettes", found, 4), 3);
    assert_true(found[0].id == 1234 && !found[0].alert);
    assert_true(found[1].id == 17 && found[1].alert);
    assert_true(found[2].id == 250);
    assert_int_equal(staff_reply_numbers("1 2 3 4 5 6", found, 4), 4);
    assert_int_equal(staff_reply_numbers("0 99999999999999999999", found, 4), 0);
}

static void more_than_there_is_room_for_is_said(void **state)
{
    struct reply_rig *rig = *state;
    char text[2000] = "";

    for (int i = 0; i < STAFF_REPLY_COMMANDS_MAX + 2; i++)
        snprintf(text + strlen(text), sizeof(text) - strlen(text), "ok %d\n", 3000 + i);
    reply_read(rig, text);
    assert_int_equal(rig->reply.n, STAFF_REPLY_COMMANDS_MAX);
    assert_true(rig->reply.cut);
}

static void an_hour_that_summer_time_skips_is_moved_on(void **state)
{
    struct reply_rig *rig = *state;

    rig->context.clock.now = reply_paris(rig, "2027-03-27 10:00");
    assert_string_equal(reply_read(rig, "rappel 1234 demain 2h30"), "call_back 1234 @03-28 03:30");
    assert_string_equal(reply_read(rig, "pause 1234 1 jour"), "snooze 1234 @03-28 10:00");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        REPLY_TEST(a_word_and_a_number_are_a_result),
        REPLY_TEST(what_stands_behind_is_the_note_as_it_was_written),
        REPLY_TEST(several_numbers_share_a_word),
        REPLY_TEST(several_commands_have_a_line_each_or_a_number_that_is_known),
        REPLY_TEST(what_and_joins_are_two_commands),
        REPLY_TEST(a_number_of_theirs_in_a_note_is_asked_about_while_it_waits),
        REPLY_TEST(whoever_names_a_number_or_a_result_is_never_passed_over),
        REPLY_TEST(all_stands_for_what_one_was_told_of),
        REPLY_TEST(a_word_alone_is_about_the_one_thing_there_is),
        REPLY_TEST(a_call_back_says_when),
        REPLY_TEST(a_time_that_is_missing_over_or_of_two_readings_is_asked_for),
        REPLY_TEST(the_twelfth_of_march_is_asked_for_in_english),
        REPLY_TEST(a_pause_lasts_or_ends_at_an_hour),
        REPLY_TEST(a_contact_is_handed_to_somebody_of_the_house),
        REPLY_TEST(alerts_have_a_letter_before_their_number),
        REPLY_TEST(one_letter_may_be_wrong),
        REPLY_TEST(two_readings_are_none),
        REPLY_TEST(the_next_contact_may_be_named),
        REPLY_TEST(a_message_like_any_other_is_no_command),
        REPLY_TEST(who_writes_a_number_of_theirs_meant_a_command),
        REPLY_TEST(numbers_of_a_text_are_found_for_looking_up),
        REPLY_TEST(more_than_there_is_room_for_is_said),
        REPLY_TEST(an_hour_that_summer_time_skips_is_moved_on),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
