/* test_staff_answer.c - answers of people of the house against a real database: what they may
 * answer for, what it does, what they are told, and that it is done once. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tests/support/answer_rig.h"
#include "tests/support/testdb.h"

static void an_ok_by_sms_is_the_result_and_is_confirmed(void **state)
{
    const uint64_t id = contact_add(2, CONTACT_OF_MANAGER, DAY);

    (void)state;
    answer_is(answer_say_number(ANNAS, "OK # contente du devis", id),
              "# Dupont : joint. Note : \"contente du devis\".", id);
    assert_int_equal(answer_of_task("state = 'done'", id), 1);
    assert_int_equal(contact_number("SELECT COUNT(*) FROM contact_result r JOIN inbound_message i"
                                    " ON i.id = r.via_id WHERE r.via = 'sms' AND r.who = 'anna'"
                                    " AND r.note = 'contente du devis' AND r.staff_id = 1"),
                     1);
    assert_int_equal(contact_number("SELECT COUNT(*) FROM matter WHERE state = 'settled'"), 1);
    assert_int_equal(contact_number("SELECT COUNT(*) FROM message WHERE class = 'alert'"
                                    " AND legal_basis = 'staff' AND sender = '" OURS "'"
                                    " AND customer_id IS NULL AND address = '" ANNAS "'"),
                     1);
    assert_int_equal(contact_number("SELECT COUNT(*) FROM staff_answer WHERE next_at IS NULL"
                                    " AND outcome = 'done' AND text = ''"),
                     1);
}

static void an_answer_is_done_once(void **state)
{
    const uint64_t id = contact_add(2, CONTACT_OF_MANAGER, DAY);
    struct staff_reply_done done;

    (void)state;
    answer_say_number(ANNAS, "absent #", id);
    done = answer_work();
    assert_int_equal(done.answer_id, 0);
    assert_int_equal(contact_number("SELECT COUNT(*) FROM contact_result"), 1);
    assert_int_equal(contact_number("SELECT COUNT(*) FROM message"), 1);
}

static void a_message_of_somebody_else_is_none(void **state)
{
    (void)state;
    assert_int_equal(answer_receive("+33600000001", "OK 1").of_staff, 0);
    assert_int_equal(contact_number("SELECT COUNT(*) FROM staff_answer"), 0);
    testdb_sql("UPDATE staff SET left_on = '2026-11-20' WHERE id = 1");
    assert_int_equal(answer_receive(ANNAS, "OK 1").of_staff, 0);
}

static void a_stop_keeps_its_meaning(void **state)
{
    struct inbound_outcome out;

    (void)state;
    testdb_sql("UPDATE contact_point SET address = '" ANNAS "' WHERE customer_id = 1");
    out = answer_receive(ANNAS, "STOP");
    assert_int_equal(out.of_staff, 0);
    assert_int_equal(contact_number("SELECT COUNT(*) FROM inbound_message"
                                    " WHERE keyword = 'stop'"),
                     1);
}

static void nobody_answers_for_a_contact_of_others(void **state)
{
    const uint64_t id = contact_add(2, CONTACT_OF_MANAGER, DAY);

    (void)state;
    answer_is(answer_say_number(BRUNOS, "OK #", id), "#: nothing of that number is yours: Anna A.",
              id);
    assert_int_equal(answer_of_task("state = 'open'", id), 1);
    assert_string_equal(answer_say(ANNAS, "OK 99999"), "99999 : rien à ce numéro pour vous.");
}

static void a_manager_a_stand_in_and_whoever_was_told_do(void **state)
{
    const uint64_t first = contact_add(1, CONTACT_OF_MANAGER, DAY);
    const uint64_t second = contact_add(2, CONTACT_OF_MANAGER, DAY);
    const uint64_t third = contact_add(3, CONTACT_OF_MANAGER, DAY);

    (void)state;
    answer_say_number(CARLAS, "OK #", first);
    assert_int_equal(answer_of_task("state = 'done' AND done_by = 3", first), 1);
    testdb_sql("INSERT INTO staff_absence (id, staff_id, from_day, to_day, deputy_id, created_at,"
               "                           created_by)"
               " VALUES (1, 1, '2026-11-20', '2026-11-21', 2, '2026-11-01', 'carla')");
    answer_say_number(BRUNOS, "OK #", second);
    assert_int_equal(answer_of_task("state = 'done'", second), 1);
    testdb_sql("DELETE FROM staff_absence");
    answer_tell(BRUNO, 1, "task", third);
    answer_say_number(BRUNOS, "OK #", third);
    assert_int_equal(answer_of_task("state = 'done'", third), 1);
}

static void a_call_back_makes_a_task_of_that_hour(void **state)
{
    const uint64_t id = contact_add(2, CONTACT_OF_MANAGER, DAY);

    (void)state;
    answer_is(answer_say_number(ANNAS, "RAPPEL # lundi 14h", id),
              "# Dupont : à rappeler, prochain contact le 23/11 à 14:00.", id);
    assert_int_equal(contact_number("SELECT COUNT(*) FROM contact_task WHERE source = 'call_back'"
                                    " AND due_at = '2026-11-23 13:00:00' AND staff_id = 1"),
                     1);
}

static void all_of_the_last_notice_are_answered_at_once(void **state)
{
    const uint64_t first = contact_add(1, CONTACT_OF_MANAGER, DAY);
    const uint64_t second = contact_add(2, CONTACT_OF_MANAGER, DAY);
    const uint64_t third = contact_add(3, CONTACT_OF_MANAGER, DAY);
    char text[200];

    (void)state;
    assert_string_equal(answer_say(ANNAS, "OK TOUT"), "Rien n'attend de réponse de votre part.");
    answer_tell(ANNA, 1, "task", third);
    answer_tell(ANNA, 2, "task", first);
    answer_tell(ANNA, 2, "task", second);
    answer_is(answer_say(ANNAS, "OK"), "De quel numéro s'agit-il ? Exemple : OK #", first);
    snprintf(text, sizeof(text), "%llu, %llu : joint.", (unsigned long long)first,
             (unsigned long long)second);
    assert_string_equal(answer_say(ANNAS, "OK TOUT"), text);
    assert_int_equal(answer_of_task("state = 'open'", third), 1);
    assert_string_equal(answer_say(ANNAS, "OK TOUT"),
                        "De quel numéro s'agit-il ? Exemple : OK 1234");
    answer_say_number(ANNAS, "OK #", third);
    assert_string_equal(answer_say(ANNAS, "OK TOUT"), "Rien n'attend de réponse de votre part.");
}

static void a_word_alone_is_about_the_only_contact_of_the_notice(void **state)
{
    const uint64_t id = contact_add(2, CONTACT_OF_MANAGER, DAY);

    (void)state;
    answer_tell(ANNA, 1, "task", id);
    answer_is(answer_say(ANNAS, "Absent"),
              "# Dupont : pas de réponse, prochain contact le 23/11 à "
              "18:00.",
              id);
}

static void a_word_alone_is_about_nothing_that_may_not_have_been_read(void **state)
{
    const uint64_t read = contact_add(2, CONTACT_OF_MANAGER, DAY);
    const uint64_t other = contact_add(3, CONTACT_OF_MANAGER, DAY);

    (void)state;
    answer_make_notice(ANNA, 1, "task", other); /* in the queue; nothing was read at all */
    assert_string_equal(answer_say(ANNAS, "OK"), "De quel numéro s'agit-il ? Exemple : OK 1234");
    answer_tell(ANNA, 2, "task", read);
    answer_make_notice(ANNA, 3, "task", other);
    answer_is(answer_say(ANNAS, "OK"), "De quel numéro s'agit-il ? Exemple : OK #", read);
    assert_int_equal(contact_number("SELECT COUNT(*) FROM contact_result"), 0);
    testdb_sql("UPDATE notice_matter SET withdrawn = 'yes' WHERE notice_id IN (1, 3)");
    answer_is(answer_say(ANNAS, "OK"), "# Dupont : joint.", read);
}

static void a_word_alone_is_not_about_the_last_of_several_that_others_left(void **state)
{
    const uint64_t first = contact_add(1, CONTACT_OF_MANAGER, DAY);
    const uint64_t second = contact_add(2, CONTACT_OF_MANAGER, DAY);

    (void)state;
    answer_tell(ANNA, 1, "task", first);
    answer_tell(ANNA, 1, "task", second);
    answer_say_number(CARLAS, "# absent", first);
    answer_is(answer_say(ANNAS, "OK"), "De quel numéro s'agit-il ? Exemple : OK #", second);
    assert_int_equal(answer_of_task("state = 'open'", second), 1);
}

static void what_one_answer_has_no_room_for_is_said_and_is_the_next_ones(void **state)
{
    struct staff_reply_page page;
    struct staff_reply_press press = { .notice_id = 1,
                                       .button = STAFF_REPLY_BUTTON_SEEN,
                                       .outcome = "",
                                       .note = "",
                                       .day = "",
                                       .hour = "" };
    struct staff_reply_done done;

    (void)state;
    for (int i = 0; i < 60; i++) {
        press.number.id = contact_add(2, CONTACT_OF_MANAGER, DAY);
        answer_tell(ANNA, 1, "task", press.number.id);
    }
    assert_int_equal(staff_reply_page_read(rig_db, 1, &answer_arena, &page), RC_OK);
    assert_int_equal(page.n_open, 50);
    assert_int_equal(page.more, 10);
    assert_int_equal(staff_reply_press(rig_db, &answer_rules, &press, NOON, &answer_arena, &done),
                     RC_OK);
    assert_non_null(strstr(answer_say(ANNAS, "OK TOUT"), "Il en reste 10 : "));
    assert_int_equal(staff_reply_page_read(rig_db, 1, &answer_arena, &page), RC_OK);
    assert_int_equal(page.n_open, 10);
    assert_null(strstr(answer_say(ANNAS, "OK TOUT"), "reste"));
    assert_int_equal(contact_number("SELECT COUNT(*) FROM contact_task WHERE state = 'open'"), 0);
    assert_int_equal(staff_reply_page_read(rig_db, 1, &answer_arena, &page), RC_OK);
    assert_int_equal(page.n_open + page.more, 0);
}

static void one_can_be_at_it_put_it_off_or_hand_it_over(void **state)
{
    const uint64_t id = contact_add(2, CONTACT_OF_MANAGER, DAY);

    (void)state;
    answer_is(answer_say_number(ANNAS, "VU #", id), "# : vu, merci.", id);
    assert_int_equal(contact_number("SELECT COUNT(*) FROM matter WHERE state = 'acknowledged'"
                                    " AND ack_by = 'anna'"),
                     1);
    answer_is(answer_say_number(ANNAS, "pause # 2h", id), "# : rappel remis au 20/11 à 14:00.", id);
    assert_int_equal(contact_number("SELECT COUNT(*) FROM matter"
                                    " WHERE wait_until LIKE '2026-11-20 13:00:%'"),
                     1);
    answer_is(answer_say_number(ANNAS, "passe # à bruno", id), "# : confié à Bruno B.", id);
    assert_int_equal(answer_of_task("staff_id = 2 AND state = 'open'", id), 1);
    assert_int_equal(contact_number("SELECT COUNT(*) FROM matter_event WHERE who = 'anna'"
                                    " AND what IN ('acknowledged', 'snoozed', 'handed_over')"),
                     3);
}

/* Counts what the audit says of acts on tasks and alerts: verb, way. */
static uint64_t audited(const char *verb, const char *how)
{
    uint64_t n = 0;

    assert_int_equal(db_query_u64(rig_db,
                                  "SELECT COUNT(*) FROM audit_entry"
                                  " WHERE subject IN ('matter', 'alert') AND verb = ?"
                                  "   AND detail LIKE ?",
                                  DB_IN(db_text(verb), db_text(how)), &n),
                     RC_OK);
    return n;
}

static void what_people_do_is_in_the_audit_whichever_way_they_say_it(void **state)
{
    const uint64_t id = contact_add(2, CONTACT_OF_MANAGER, DAY);
    struct staff_reply_press press = { .notice_id = 5,
                                       .number = { .id = id },
                                       .button = STAFF_REPLY_BUTTON_SEEN,
                                       .outcome = "",
                                       .note = "",
                                       .day = "",
                                       .hour = "" };
    struct staff_reply_done done;

    (void)state;
    answer_say_number(ANNAS, "VU #", id);
    answer_say_number(ANNAS, "pause # 2h", id);
    answer_tell(ANNA, 5, "task", id);
    assert_int_equal(staff_reply_press(rig_db, &answer_rules, &press, NOON, &answer_arena, &done),
                     RC_OK);
    answer_say_number(ANNAS, "passe # à bruno", id);
    assert_int_equal(audited("acknowledge", "task, by sms"), 1);
    assert_int_equal(audited("snooze", "task until 2026-11-20T13:00:%, by sms"), 1);
    assert_int_equal(audited("acknowledge", "task, by link"), 1);
    assert_int_equal(audited("hand_over", "task to staff 2, by sms"), 1);
    assert_int_equal(contact_number("SELECT COUNT(*) FROM audit_entry WHERE who = 'anna'"
                                    " AND subject = 'matter'"),
                     4);
}

static void an_alert_is_seen_and_settled(void **state)
{
    (void)state;
    testdb_sql("INSERT INTO alert (id, kind, subject, text, opened_at)"
               " VALUES (17, 'file_missing', 'acme orders', 'It did not come.', '2026-11-20')");
    assert_string_equal(answer_say(BRUNOS, "ACK A17"), "A17: nothing of that number is yours.");
    answer_tell(BRUNO, 1, "alert", 17);
    assert_string_equal(answer_say(BRUNOS, "ACK A17"), "A17 acme orders: seen, thank you.");
    assert_int_equal(contact_number("SELECT COUNT(*) FROM alert WHERE seen_by = 'bruno'"
                                    " AND closed_at IS NULL"),
                     1);
    assert_string_equal(answer_say(CARLAS, "A17 absent"),
                        "A17 acme orders : ce mot n'y convient pas.");
    assert_string_equal(answer_say(CARLAS, "OK A17"), "A17 acme orders : réglé.");
    assert_string_equal(answer_say(BRUNOS, "OK A17"), "A17 acme orders: was settled before.");
    assert_int_equal(contact_number("SELECT COUNT(*) FROM alert WHERE closed_by = 'carla'"), 1);
    assert_int_equal(audited("acknowledge", ""), 1);
    assert_int_equal(audited("close", ""), 1);
}

static void what_is_no_matter_is_not_said_to_be_handed_over(void **state)
{
    (void)state;
    testdb_sql("INSERT INTO alert (id, kind, subject, text, opened_at)"
               " VALUES (18, 'file_missing', 'acme', 'It did not come.', '2026-11-20')");
    assert_string_equal(answer_say(CARLAS, "PASSE A18 à bruno"),
                        "A18 acme : n'a pas pu etre noté.");
    assert_int_equal(contact_number("SELECT COUNT(*) FROM audit_entry WHERE verb = 'hand_over'"),
                     0);
}

static void what_is_handed_to_another_team_goes_by_its_policy(void **state)
{
    const uint64_t first = contact_add(2, CONTACT_OF_MANAGER, DAY);
    uint64_t second;

    (void)state;
    testdb_sql("UPDATE staff SET team_id = 2 WHERE id = 2");
    testdb_sql("UPDATE team SET policy_id = 7 WHERE id = 2");
    answer_say_number(ANNAS, "passe # à bruno", first);
    assert_int_equal(contact_number("SELECT COUNT(*) FROM matter WHERE team_id = 2"
                                    " AND policy_id = 7 AND staff_id = 2"),
                     1);
    testdb_sql("UPDATE team SET policy_id = NULL WHERE id = 1");
    second = contact_add(3, CONTACT_OF_MANAGER, DAY);
    assert_int_equal(contact_number("SELECT COUNT(*) FROM matter"), 1);
    answer_say_number(ANNAS, "passe # à bruno", second);
    assert_int_equal(contact_number("SELECT COUNT(*) FROM matter WHERE team_id = 2"
                                    " AND policy_id = 7 AND staff_id = 2"),
                     2);
}

static void a_result_is_corrected_by_another_answer(void **state)
{
    const uint64_t id = contact_add(2, CONTACT_OF_MANAGER, DAY);

    (void)state;
    answer_say_number(ANNAS, "OK #", id);
    answer_is(answer_say_number(ANNAS, "# faux numéro", id), "# Dupont : mauvais numéro (corrigé).",
              id);
    assert_int_equal(contact_number("SELECT COUNT(*) FROM contact_result"), 2);
    assert_int_equal(contact_number("SELECT COUNT(*) FROM contact_point WHERE customer_id = 2"
                                    " AND state = 'invalid'"),
                     1);
}

static void whoever_was_told_of_it_in_passing_corrects_nothing(void **state)
{
    const uint64_t id = contact_add(2, CONTACT_OF_MANAGER, DAY);
    struct staff_reply_press press = { .notice_id = 1,
                                       .number = { .id = id },
                                       .outcome = "reached",
                                       .note = "",
                                       .day = "",
                                       .hour = "" };
    struct staff_reply_done done;

    (void)state;
    answer_tell(BRUNO, 1, "task", id);
    answer_say_number(ANNAS, "# faux numéro", id);
    answer_is(answer_say_number(BRUNOS, "OK #", id), "#: was settled before: wrong number, Anna A.",
              id);
    assert_int_equal(staff_reply_press(rig_db, &answer_rules, &press, NOON, &answer_arena, &done),
                     RC_CONFLICT);
    assert_int_equal(contact_number("SELECT COUNT(*) FROM contact_result"), 1);
    assert_int_equal(contact_number("SELECT COUNT(*) FROM contact_point WHERE customer_id = 2"
                                    " AND state = 'invalid'"),
                     1);
    answer_is(answer_say_number(CARLAS, "OK #", id), "# Dupont : joint (corrigé).", id);
}

static void who_wants_no_contact_stops_in_the_gateway(void **state)
{
    const uint64_t id = contact_add(2, CONTACT_OF_MANAGER, DAY);
    struct staff_reply_done done;
    char text[100];

    (void)state;
    snprintf(text, sizeof(text), "%llu ne plus contacter", (unsigned long long)id);
    answer_receive(ANNAS, text);
    done = answer_work();
    assert_int_equal(done.n_stopped, 1);
    assert_string_equal(done.stopped[0], "+33600000002");
}

static void what_is_not_clear_is_asked_for_and_changes_nothing(void **state)
{
    const uint64_t id = contact_add(2, CONTACT_OF_MANAGER, DAY);

    (void)state;
    answer_is(answer_say_number(ANNAS, "RAPPEL #", id), "# : quand ? Exemple : RAPPEL # demain 14h",
              id);
    assert_int_equal(answer_of_task("state = 'open'", id), 1);
    assert_int_equal(contact_number("SELECT COUNT(*) FROM contact_result"), 0);
}

static void no_command_is_answered_once_an_hour(void **state)
{
    (void)state;
    assert_string_equal(answer_say(ANNAS, "je suis en route"),
                        "Message non compris. Exemple : OK 1234 (fait), ABSENT 1234, RAPPEL 1234 "
                        "14h, VU 1234 (je m'en occupe)");
    assert_string_equal(answer_say(ANNAS, "toujours en route"), "");
    assert_int_equal(contact_number("SELECT COUNT(*) FROM staff_answer WHERE outcome = 'chatter'"),
                     2);
    contact_clock(NOON + HOUR + USEC_PER_SEC);
    assert_string_not_equal(answer_say(ANNAS, "encore en route"), "");
}

static void what_looks_like_an_answer_is_asked_about_however_often(void **state)
{
    const uint64_t id = contact_add(2, CONTACT_OF_MANAGER, DAY);
    const uint64_t second = contact_add(3, CONTACT_OF_MANAGER, DAY);

    (void)state;
    answer_tell(ANNA, 1, "task", id);
    answer_tell(ANNA, 1, "task", second);
    assert_string_not_equal(answer_say(ANNAS, "je suis en route"), "");
    for (int i = 0; i < 3; i++) {
        answer_is(answer_say_number(ANNAS, "je l'ai pas eu #", id),
                  "# : quel résultat ? Exemple : OK #, ABSENT #, RAPPEL # 14h, ou REFUS, COMMANDE, "
                  "FAUX NUMÉRO, NE PLUS CONTACTER",
                  id);
        answer_is(answer_say(ANNAS, "OK"), "De quel numéro s'agit-il ? Exemple : OK #", id);
        answer_is(answer_say(ANNAS, "ok petit"), "De quel numéro s'agit-il ? Exemple : OK #", id);
    }
    assert_string_equal(answer_say(ANNAS, "toujours en route"), "");
    assert_int_equal(answer_of_task("state = 'open'", id), 1);
}

static void a_second_contact_in_the_same_sms_is_done_too(void **state)
{
    const uint64_t id = contact_add(2, CONTACT_OF_MANAGER, DAY);
    const uint64_t second = contact_add(3, CONTACT_OF_MANAGER, DAY);
    char text[100];

    (void)state;
    snprintf(text, sizeof(text), "%llu absent et %llu ok", (unsigned long long)id,
             (unsigned long long)second);
    answer_say(ANNAS, text);
    assert_int_equal(answer_of_task("state = 'done' AND outcome_id = 2", id), 1);
    assert_int_equal(answer_of_task("state = 'done' AND outcome_id = 1", second), 1);
}

static void questions_are_asked_a_bounded_number_of_times_and_the_last_says_so(void **state)
{
    const uint64_t id = contact_add(2, CONTACT_OF_MANAGER, DAY);

    (void)state;
    for (int i = 1; i < 20; i++)
        assert_null(strstr(answer_say_number(ANNAS, "#", id), "Trop de questions"));
    assert_non_null(strstr(answer_say_number(ANNAS, "#", id), "Trop de questions"));
    assert_string_equal(answer_say_number(ANNAS, "#", id), "");
    assert_null(strstr(answer_say_number(ANNAS, "OK #", id), "Trop de questions"));
    assert_int_equal(answer_of_task("state = 'done'", id), 1);
}

static void a_customer_who_works_here_may_write_as_a_customer(void **state)
{
    (void)state;
    testdb_sql("UPDATE contact_point SET address = '" ANNAS "' WHERE customer_id = 1");
    assert_string_equal(answer_say(ANNAS, "Bonjour, où est mon colis ?"), "");
    assert_string_equal(answer_say(ANNAS, "ok merci"), "");
    assert_int_equal(contact_number("SELECT COUNT(*) FROM staff_answer WHERE outcome = 'ordinary'"),
                     2);
    assert_int_equal(contact_number("SELECT COUNT(*) FROM inbound_message WHERE customer_id = 1"),
                     2);
}

static void a_mail_answers_the_notice_that_its_address_names(void **state)
{
    const uint64_t id = contact_add(2, CONTACT_OF_MANAGER, DAY);
    const struct staff_answer mail = { .id = 7000,
                                       .at = NOON,
                                       .channel = CHANNEL_EMAIL,
                                       .notice_id = 5,
                                       .from = "anna@home.example",
                                       .to = "n-x@in.example",
                                       .subject = "Contacts sans résultat",
                                       .message_id = "abc@home.example",
                                       .text = "OK, fait hier" };
    struct staff_reply_done done;

    (void)state;
    answer_tell(ANNA, 5, "task", id);
    assert_int_equal(staff_answer_of_mail(rig_db, &mail), RC_OK);
    done = answer_work();
    assert_string_equal(done.outcome, "unclear"); /* "hier" may change it: which, and what */
    assert_int_equal(contact_number("SELECT COUNT(*) FROM mail_out WHERE kind = 'notice'"
                                    " AND notice_id = 5 AND recipient = 'anna@house.example'"
                                    " AND in_reply_to = 'abc@home.example'"
                                    " AND subject = 'Re: Contacts sans résultat'"),
                     1);
}

static void a_notice_that_is_not_there_is_nobodys(void **state)
{
    const struct staff_answer mail = { .id = 7000,
                                       .at = NOON,
                                       .channel = CHANNEL_EMAIL,
                                       .notice_id = 99,
                                       .from = "x@home.example",
                                       .to = "n-x@in.example",
                                       .subject = "",
                                       .message_id = "",
                                       .text = "OK" };

    (void)state;
    assert_int_equal(staff_answer_of_mail(rig_db, &mail), RC_OK);
    assert_string_equal(answer_work().outcome, "nobody");
    assert_int_equal(answer_work().answer_id, 0);
}

static void one_that_fails_for_itself_holds_up_nobody(void **state)
{
    const uint64_t id = contact_add(2, CONTACT_OF_MANAGER, DAY);
    char text[100];

    (void)state;
    /* Whatever is wrong with it: here, nobody knows the time zone of the house. */
    const struct staff_reply_rules wrong = { .timezone = "Europe/Atlantis", .sender = "Relais" };
    struct staff_reply_done done;

    snprintf(text, sizeof(text), "OK %llu", (unsigned long long)id);
    answer_receive(ANNAS, text);
    assert_int_equal(staff_reply_next(rig_db, &wrong, clock_now(), &answer_arena, &done), RC_OK);
    assert_string_equal(done.outcome, "put_off");
    assert_int_equal(answer_work().answer_id, 0); /* not yet again */
    for (int i = 1; i < STAFF_ANSWER_TRIES; i++) {
        clock_shift(HOUR);
        assert_int_equal(staff_reply_next(rig_db, &wrong, clock_now(), &answer_arena, &done),
                         RC_OK);
    }
    assert_string_equal(done.outcome, "failed");
    assert_int_equal(answer_of_task("state = 'open'", id), 1);
    answer_say_number(ANNAS, "OK #", id);
    assert_int_equal(answer_of_task("state = 'done'", id), 1);
}

static void a_button_of_the_notice_does_the_same(void **state)
{
    const uint64_t id = contact_add(2, CONTACT_OF_MANAGER, DAY);
    struct staff_reply_press press = { .notice_id = 5,
                                       .number = { .id = id },
                                       .outcome = "no_answer",
                                       .note = "messagerie",
                                       .day = "",
                                       .hour = "" };
    struct staff_reply_done done;
    struct staff_reply_page page;

    (void)state;
    answer_tell(ANNA, 5, "task", id);
    assert_int_equal(staff_reply_page_read(rig_db, 5, &answer_arena, &page), RC_OK);
    assert_int_equal(page.n_open, 1);
    assert_string_equal(page.person, "Anna A");
    assert_string_equal(page.matters[0].name, "Dupont");
    assert_string_equal(page.matters[0].detail, "Appeler");
    press.button = STAFF_REPLY_BUTTON_SEEN;
    assert_int_equal(staff_reply_press(rig_db, &answer_rules, &press, NOON, &answer_arena, &done),
                     RC_OK);
    press.button = STAFF_REPLY_BUTTON_LATER;
    assert_int_equal(staff_reply_press(rig_db, &answer_rules, &press, NOON, &answer_arena, &done),
                     RC_OK);
    press.button = STAFF_REPLY_BUTTON_RESULT;
    assert_int_equal(staff_reply_press(rig_db, &answer_rules, &press, NOON, &answer_arena, &done),
                     RC_OK);
    assert_int_equal(contact_number("SELECT COUNT(*) FROM contact_result WHERE via = 'link'"
                                    " AND note = 'messagerie'"),
                     1);
    assert_int_equal(staff_reply_page_read(rig_db, 5, &answer_arena, &page), RC_OK);
    assert_int_equal(page.n_open, 0);
}

static void a_button_is_of_its_notice_alone(void **state)
{
    const uint64_t id = contact_add(2, CONTACT_OF_MANAGER, DAY);
    const uint64_t other = contact_add(3, CONTACT_OF_MANAGER, DAY);
    struct staff_reply_press press = { .notice_id = 5,
                                       .number = { .id = other },
                                       .outcome = "reached",
                                       .note = "",
                                       .day = "",
                                       .hour = "" };
    struct staff_reply_done done;

    (void)state;
    answer_tell(ANNA, 5, "task", id);
    assert_int_equal(staff_reply_press(rig_db, &answer_rules, &press, NOON, &answer_arena, &done),
                     RC_NOTFOUND);
    press.notice_id = 6;
    assert_int_equal(staff_reply_press(rig_db, &answer_rules, &press, NOON, &answer_arena, &done),
                     RC_NOTFOUND);
    press.notice_id = 5;
    press.number.id = id;
    testdb_sql("UPDATE contact_outcome SET next_days = 0 WHERE code = 'call_back'");
    press.outcome = "call_back"; /* the page has no place for a date */
    assert_int_equal(staff_reply_press(rig_db, &answer_rules, &press, NOON, &answer_arena, &done),
                     RC_INVALID);
    press.outcome = "dancing";
    assert_int_equal(staff_reply_press(rig_db, &answer_rules, &press, NOON, &answer_arena, &done),
                     RC_INVALID);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ANSWER_TEST(an_ok_by_sms_is_the_result_and_is_confirmed),
        ANSWER_TEST(an_answer_is_done_once),
        ANSWER_TEST(a_message_of_somebody_else_is_none),
        ANSWER_TEST(a_stop_keeps_its_meaning),
        ANSWER_TEST(nobody_answers_for_a_contact_of_others),
        ANSWER_TEST(a_manager_a_stand_in_and_whoever_was_told_do),
        ANSWER_TEST(a_call_back_makes_a_task_of_that_hour),
        ANSWER_TEST(all_of_the_last_notice_are_answered_at_once),
        ANSWER_TEST(a_word_alone_is_about_the_only_contact_of_the_notice),
        ANSWER_TEST(a_word_alone_is_about_nothing_that_may_not_have_been_read),
        ANSWER_TEST(a_word_alone_is_not_about_the_last_of_several_that_others_left),
        ANSWER_TEST(what_one_answer_has_no_room_for_is_said_and_is_the_next_ones),
        ANSWER_TEST(one_can_be_at_it_put_it_off_or_hand_it_over),
        ANSWER_TEST(what_people_do_is_in_the_audit_whichever_way_they_say_it),
        ANSWER_TEST(an_alert_is_seen_and_settled),
        ANSWER_TEST(what_is_no_matter_is_not_said_to_be_handed_over),
        ANSWER_TEST(what_is_handed_to_another_team_goes_by_its_policy),
        ANSWER_TEST(a_result_is_corrected_by_another_answer),
        ANSWER_TEST(whoever_was_told_of_it_in_passing_corrects_nothing),
        ANSWER_TEST(who_wants_no_contact_stops_in_the_gateway),
        ANSWER_TEST(what_is_not_clear_is_asked_for_and_changes_nothing),
        ANSWER_TEST(no_command_is_answered_once_an_hour),
        ANSWER_TEST(what_looks_like_an_answer_is_asked_about_however_often),
        ANSWER_TEST(a_second_contact_in_the_same_sms_is_done_too),
        ANSWER_TEST(questions_are_asked_a_bounded_number_of_times_and_the_last_says_so),
        ANSWER_TEST(a_customer_who_works_here_may_write_as_a_customer),
        ANSWER_TEST(a_mail_answers_the_notice_that_its_address_names),
        ANSWER_TEST(a_notice_that_is_not_there_is_nobodys),
        ANSWER_TEST(one_that_fails_for_itself_holds_up_nobody),
        ANSWER_TEST(a_button_of_the_notice_does_the_same),
        ANSWER_TEST(a_button_is_of_its_notice_alone),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
