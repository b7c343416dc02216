/* test_staff_answer_said.c - what people of the house are told that their answer was taken for, and
 * what goes with it: days of rest, reminders, others with the same customer. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "tests/support/answer_rig.h"
#include "tests/support/testdb.h"

static void a_call_back_on_a_day_of_rest_is_taken_and_said_to_be_one(void **state)
{
    const uint64_t id = contact_add(2, CONTACT_OF_MANAGER, DAY);
    const uint64_t second = contact_add(2, CONTACT_OF_MANAGER, DAY);

    (void)state;
    answer_is(answer_say_number(ANNAS, "RAPPEL # dimanche 10h", id),
              "# Dupont : à rappeler. Le dimanche 22/11 à 10:00 est un jour de repos : à faire "
              "avant lundi 23/11 à 18:00. Autre jour : RAPPEL # lundi 10h.",
              id);
    assert_int_equal(contact_number("SELECT COUNT(*) FROM contact_task WHERE source = 'call_back'"
                                    " AND day = '2026-11-23' AND due_at = '2026-11-23 17:00:00'"
                                    " AND title = 'Rappeler, convenu pour le 22/11 à 10:00'"),
                     1);
    assert_int_equal(contact_number("SELECT COUNT(*) FROM matter WHERE state = 'open'"
                                    " AND base_at = '2026-11-23 17:00:00'"),
                     1);
    testdb_sql("UPDATE staff SET language = 'en' WHERE id = 1");
    answer_is(answer_say_number(ANNAS, "call back # monday 8pm", second),
              "# Dupont: call back. Monday 23/11 at 20:00 is outside working hours: due by "
              "Tuesday 24/11 at 18:00. Another day: CALLBACK # Tuesday 10am.",
              second);
    /* And it is changed as the answer says. */
    answer_is(answer_say_number(ANNAS, "CALLBACK # Tuesday 10am", second),
              "# Dupont: call back (corrected), next contact on 24/11 at 10:00.", second);
}

static void what_nothing_reminds_of_is_said_to_be_so(void **state)
{
    uint64_t id;

    (void)state;
    testdb_sql("UPDATE team SET policy_id = NULL");
    id = contact_add(2, CONTACT_OF_MANAGER, DAY);
    assert_int_equal(contact_number("SELECT COUNT(*) FROM matter"), 0);
    answer_is(answer_say_number(ANNAS, "VU #", id),
              "# : vu, merci. Aucun rappel n'est prévu : le contact attend son résultat.", id);
    assert_int_equal(contact_number("SELECT COUNT(*) FROM audit_entry WHERE verb = 'acknowledge'"
                                    " AND subject = 'contact_task' AND who = 'anna'"),
                     1);
    answer_is(answer_say_number(ANNAS, "pause # 2h", id),
              "# : aucun rappel n'est prévu, il n'y a rien à remettre.", id);
    answer_say_number(ANNAS, "absent #", id);
    answer_is(answer_say_number(ANNAS, "VU #", id), "# : déjà réglé : pas de réponse, Anna A.", id);
}

static void a_number_that_is_nobodys_is_named_and_the_rest_is_done(void **state)
{
    const uint64_t id = contact_add(2, CONTACT_OF_MANAGER, DAY);

    (void)state;
    answer_is(answer_say_number(ANNAS, "# absent et 9999 ok", id),
              "# Dupont : pas de réponse, prochain contact le 23/11 à 18:00.\n"
              "9999 : rien à ce numéro pour vous.",
              id);
    assert_int_equal(contact_number("SELECT COUNT(*) FROM contact_result WHERE note = ''"), 1);
    answer_is(answer_say_number(ANNAS, "# absent et 75 ok", id),
              "# Dupont : pas de réponse (corrigé), prochain contact le 23/11 à 18:00. Note : "
              "\"et 75 ok\".\n75 : pas un de vos numéros, laissé dans la note.",
              id);
}

/* It is until midnight, which is not the 24th yet. */
static void the_end_of_a_day_is_said_as_that_day(void **state)
{
    uint64_t id;

    (void)state;
    testdb_sql("UPDATE team SET hours = '00:00-24:00'");
    id = contact_add(2, CONTACT_OF_MANAGER, DAY);
    answer_is(answer_say_number(ANNAS, "# absent", id),
              "# Dupont : pas de réponse, prochain contact le 21/11.", id);
}

static void two_numbers_with_a_comma_are_two_contacts(void **state)
{
    const uint64_t id = contact_add(2, CONTACT_OF_MANAGER, DAY);
    const uint64_t second = contact_add(3, CONTACT_OF_MANAGER, DAY);
    char text[100];

    (void)state;
    snprintf(text, sizeof(text), "OK %llu,%llu", (unsigned long long)id,
             (unsigned long long)second);
    answer_say(ANNAS, text);
    assert_int_equal(contact_number("SELECT COUNT(*) FROM contact_task WHERE state = 'done'"), 2);
    assert_int_equal(contact_number("SELECT COUNT(*) FROM contact_result WHERE note = ''"), 2);
}

static void a_note_is_shown_short_and_without_what_an_sms_cannot_carry(void **state)
{
    const uint64_t id = contact_add(2, CONTACT_OF_MANAGER, DAY);
    char long_one[300];

    (void)state;
    answer_is(answer_say_number(ANNAS, "OK # super 😀 elle dit \"oui\"", id),
              "# Dupont : joint. Note : \"super  elle dit 'oui'\".", id);
    assert_int_equal(contact_number("SELECT COUNT(*) FROM contact_result WHERE note LIKE '%😀%'"),
                     1);
    snprintf(long_one, sizeof(long_one), "OK # %0100d", 0);
    for (char *at = strchr(long_one, '0'); at && *at; at++)
        *at = 'x';
    answer_is(answer_say_number(ANNAS, long_one, id),
              "# Dupont : joint (corrigé). Note : \"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx...\".",
              id);
    assert_int_equal(contact_number("SELECT COUNT(*) FROM message WHERE encoding <> 'gsm7'"), 0);
}

static void a_note_to_who_takes_over_stands_with_the_task(void **state)
{
    const uint64_t id = contact_add(2, CONTACT_OF_MANAGER, DAY);

    (void)state;
    answer_is(answer_say_number(ANNAS, "passe # à bruno il la connaît", id),
              "# : confié à Bruno B. La note est gardée.", id);
    assert_int_equal(contact_number("SELECT COUNT(*) FROM contact_note n"
                                    "  JOIN contact_task t ON t.id = n.task_id AND t.staff_id = 2"
                                    " WHERE n.note = 'il la connaît' AND n.who = 'anna'"),
                     1);
    answer_is(answer_say_number(BRUNOS, "ACK # tomorrow is fine", id),
              "#: seen, thank you. The note is kept.", id);
    assert_int_equal(contact_number("SELECT COUNT(*) FROM contact_note"), 2);
}

static void what_was_done_has_room_before_what_was_noted(void **state)
{
    char text[1000] = "", one[100];

    (void)state;
    for (int i = 0; i < 8; i++) {
        const uint64_t id = contact_add(2, CONTACT_OF_MANAGER, DAY);
        snprintf(one, sizeof(one), "%llu ok note %d qui prend une bonne place\n",
                 (unsigned long long)id, i);
        strcat(text, one);
    }
    answer_say(ANNAS, text);
    assert_int_equal(contact_number("SELECT COUNT(*) FROM message WHERE text LIKE '%8 Dupont%'"
                                    " AND text NOT LIKE '%Note%'"),
                     1);
}

static void the_same_said_twice_names_nobody_again(void **state)
{
    const uint64_t id = contact_add(2, CONTACT_OF_MANAGER, DAY);

    (void)state;
    answer_say_number(ANNAS, "OK # contente", id);
    answer_is(answer_say_number(ANNAS, "OK # contente", id), "# : joint.", id);
    assert_int_equal(contact_number("SELECT COUNT(*) FROM contact_result"), 1);
}

static void open_contacts_of_others_with_the_customer_are_named(void **state)
{
    const uint64_t id = contact_add(2, CONTACT_OF_MANAGER, DAY);
    const uint64_t hers = contact_add(2, CONTACT_OF_MANAGER, DAY);
    const uint64_t his = contact_add(2, CONTACT_OF_MANAGER, DAY);
    const uint64_t nobodys = contact_add(2, CONTACT_OF_MANAGER, DAY);
    char text[300];

    (void)state;
    (void)hers; /* her own stands on her own list */
    assert_int_equal(contact_give_now(his, BRUNO), RC_OK);
    snprintf(text, sizeof(text), "UPDATE contact_task SET staff_id = NULL WHERE id = %llu",
             (unsigned long long)nobodys);
    testdb_sql(text);
    snprintf(text, sizeof(text),
             "%llu Dupont : joint. Autre contact ouvert pour ce client : %llu (Bruno B), %llu "
             "(personne).",
             (unsigned long long)id, (unsigned long long)his, (unsigned long long)nobodys);
    assert_string_equal(answer_say_number(ANNAS, "OK #", id), text);
    /* They end with the customer's wish. */
    assert_null(strstr(answer_say_number(ANNAS, "# ne plus contacter", id), "Autre"));
}

/* A call that was made counts, also when Relais had no use for it any more. */
static void what_relais_cancelled_is_recorded_all_the_same(void **state)
{
    const uint64_t id = contact_add(2, CONTACT_OF_LIST, DAY);
    const uint64_t second = contact_add(3, CONTACT_OF_MANAGER, DAY);

    (void)state;
    assert_int_equal(contact_cancel_now(id, "displaced"), RC_OK);
    answer_is(answer_say_number(ANNAS, "PASSE # à bruno", id),
              "# : annulé, ce contact n'est plus à faire.", id);
    assert_int_equal(answer_of_task("state = 'cancelled'", id), 1);
    answer_is(answer_say_number(ANNAS, "OK # contente", id),
              "# Dupont : joint. Note : \"contente\".", id);
    assert_int_equal(answer_of_task("state = 'done' AND outcome_id = 1", id), 1);
    answer_is(answer_say_number(ANNAS, "VU #", id), "# : déjà réglé : joint, Anna A.", id);
    assert_int_equal(contact_cancel_now(second, "not_due"), RC_OK);
    testdb_sql("UPDATE contact_task SET withdrawn = TRUE WHERE state = 'cancelled'");
    answer_is(answer_say_number(ANNAS, "OK #", second),
              "# : annulé, ce contact n'est plus à faire.", second);
    assert_int_equal(contact_number("SELECT COUNT(*) FROM contact_result"), 1);
}

/* The SMS of a notice, as its engine queued it. */
static void put_sms(uint64_t notice_id, const char *text)
{
    char sql[700];

    snprintf(sql, sizeof(sql),
             "INSERT INTO message (id, channel, class, state, address, sender, text, encoding,"
             "                     parts, created_at, expires_at)"
             " VALUES (7000 + %llu, 'sms', 'alert', 'accepted', '" ANNAS "', '" OURS "', \"%s\","
             "         'gsm7', 1, '2026-11-20 10:59:00', '2026-11-21')",
             (unsigned long long)notice_id, text);
    testdb_sql(sql);
}

static void all_are_those_that_the_sms_named(void **state)
{
    uint64_t ids[4];
    char text[300];

    (void)state;
    for (size_t i = 0; i < 4; i++) {
        ids[i] = contact_add(2, CONTACT_OF_MANAGER, DAY);
        answer_tell(ANNA, 1, "task", ids[i]);
    }
    snprintf(text, sizeof(text),
             "Relais: 4 contacts sans résultat : %llu Dupont, %llu Dupont et 2 autres. Répondez "
             "OK %llu ... ou OK TOUT.",
             (unsigned long long)ids[3], (unsigned long long)ids[1], (unsigned long long)ids[0]);
    put_sms(1, text);
    snprintf(text, sizeof(text),
             "2 autres n'étaient pas nommés dans le SMS et attendent leur résultat.\n"
             "%llu, %llu : joint.",
             (unsigned long long)ids[1], (unsigned long long)ids[3]);
    assert_string_equal(answer_say(ANNAS, "OK TOUT"), text);
    assert_int_equal(answer_of_task("state = 'open'", ids[0]), 1);
    assert_int_equal(answer_of_task("state = 'open'", ids[2]), 1);
    answer_is(answer_say(ANNAS, "absent tout"), "De quel numéro s'agit-il ? Exemple : OK #",
              ids[0]);
    assert_int_equal(contact_number("SELECT COUNT(*) FROM contact_result"), 2);
}

static void thanks_for_what_was_confirmed_are_no_result(void **state)
{
    const uint64_t id = contact_add(2, CONTACT_OF_MANAGER, DAY);
    const uint64_t other = contact_add(3, CONTACT_OF_MANAGER, DAY);

    (void)state;
    answer_tell(ANNA, 1, "task", id);
    testdb_sql("UPDATE message_event SET at = '2026-11-20 10:30:00'");
    answer_say_number(ANNAS, "passe # à bruno", other);
    assert_string_equal(answer_say(ANNAS, "ok"), "");
    assert_string_equal(answer_say(ANNAS, "Ok merci !"), "");
    assert_string_equal(answer_say(ANNAS, "d'accord"), "");
    assert_string_equal(answer_say(ANNAS, "merci"), "");
    assert_int_equal(contact_number("SELECT COUNT(*) FROM staff_answer WHERE outcome = 'ordinary'"),
                     4);
    /* What is no thanks may be about either. */
    answer_is(answer_say(ANNAS, "absent"), "De quel numéro s'agit-il ? Exemple : OK #", id);
    assert_int_equal(answer_of_task("state = 'open'", id), 1);
    /* That was a question, and about this one. */
    answer_is(answer_say(ANNAS, "ok"), "# Dupont : joint.", id);
}

static void a_word_after_a_newer_notice_is_about_that(void **state)
{
    const uint64_t id = contact_add(2, CONTACT_OF_MANAGER, DAY);
    const uint64_t other = contact_add(3, CONTACT_OF_MANAGER, DAY);

    (void)state;
    answer_say_number(ANNAS, "OK #", other);
    contact_clock(NOON + HOUR);
    answer_tell(ANNA, 1, "task", id);
    testdb_sql("UPDATE message_event SET at = '2026-11-20 11:30:00'");
    answer_is(answer_say(ANNAS, "ok merci"), "# Dupont : joint.", id);
}

static void a_result_said_again_without_a_word_keeps_its_note(void **state)
{
    const uint64_t id = contact_add(2, CONTACT_OF_MANAGER, DAY);

    (void)state;
    answer_say_number(ANNAS, "OK # contente", id);
    answer_is(answer_say_number(ANNAS, "OK #", id), "# : joint.", id);
    assert_int_equal(contact_number("SELECT COUNT(*) FROM contact_result"), 1);
    answer_say_number(ANNAS, "absent #", id);
    answer_say_number(ANNAS, "absent # repondeur plein", id);
    contact_clock(NOON + 24 * HOUR);
    answer_say_number(ANNAS, "absent #", id);
    assert_int_equal(contact_number("SELECT COUNT(*) FROM contact_task t"
                                    "  JOIN contact_result r ON r.id = t.result_id"
                                    " WHERE r.note = 'repondeur plein'"),
                     1);
}

static void whose_a_contact_is_and_who_could_take_it_is_said(void **state)
{
    const uint64_t id = contact_add(2, CONTACT_OF_MANAGER, DAY);

    (void)state;
    answer_is(answer_say_number(BRUNOS, "OK #", id), "#: nothing of that number is yours: Anna A.",
              id);
    answer_is(answer_say_number(ANNAS, "passe # à zoé", id),
              "# : à qui ? Dans l'équipe : bruno, carla. Exemple : PASSE # à NOM", id);
    testdb_sql("UPDATE staff SET team_id = 2 WHERE id = 2");
    answer_is(answer_say_number(BRUNOS, "OK #", id), "#: nothing of that number is yours.", id);
}

static void a_pause_into_the_evening_says_when_the_reminder_comes(void **state)
{
    const uint64_t id = contact_add(2, CONTACT_OF_MANAGER, DAY);

    (void)state;
    answer_is(answer_say_number(ANNAS, "pause # à 20h", id),
              "# : rappel remis au 20/11 à 20:00, hors des heures de travail : sauf urgence, il "
              "vient le 23/11 à 09:00.",
              id);
    answer_is(answer_say_number(ANNAS, "pause # 2h", id), "# : rappel remis au 20/11 à 14:00.", id);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ANSWER_TEST(a_call_back_on_a_day_of_rest_is_taken_and_said_to_be_one),
        ANSWER_TEST(what_nothing_reminds_of_is_said_to_be_so),
        ANSWER_TEST(a_number_that_is_nobodys_is_named_and_the_rest_is_done),
        ANSWER_TEST(the_end_of_a_day_is_said_as_that_day),
        ANSWER_TEST(two_numbers_with_a_comma_are_two_contacts),
        ANSWER_TEST(a_note_is_shown_short_and_without_what_an_sms_cannot_carry),
        ANSWER_TEST(a_note_to_who_takes_over_stands_with_the_task),
        ANSWER_TEST(what_was_done_has_room_before_what_was_noted),
        ANSWER_TEST(the_same_said_twice_names_nobody_again),
        ANSWER_TEST(open_contacts_of_others_with_the_customer_are_named),
        ANSWER_TEST(a_pause_into_the_evening_says_when_the_reminder_comes),
        ANSWER_TEST(whose_a_contact_is_and_who_could_take_it_is_said),
        ANSWER_TEST(what_relais_cancelled_is_recorded_all_the_same),
        ANSWER_TEST(all_are_those_that_the_sms_named),
        ANSWER_TEST(thanks_for_what_was_confirmed_are_no_result),
        ANSWER_TEST(a_word_after_a_newer_notice_is_about_that),
        ANSWER_TEST(a_result_said_again_without_a_word_keeps_its_note),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
