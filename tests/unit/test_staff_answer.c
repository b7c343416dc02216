/* test_staff_answer.c - answers of people of the house against a real database: what they may
 * answer for, what it does, what they are told, and that it is done once. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"
#include "store/inbound.h"
#include "store/staff_answer.h"
#include "store/staff_reply.h"
#include "tests/support/contact_rig.h"
#include "tests/support/testdb.h"

#define ANNAS  "+33611111111"
#define BRUNOS "+33622222222"
#define CARLAS "+33633333333"
#define OURS   "38012"

static const struct staff_reply_rules rules = { .timezone = "Europe/Paris",
                                                .sender = "Relais",
                                                .expires_s = 86400 };
static const struct inbound_rules inbound = {
    .stop = "Fini.",
    .start = "",
    .help = "",
    .stop_one = "",
    .yes = "",
    .sender = OURS,
    .expires_s = 86400,
    .parts_wait_s = 3600,
};
static struct arena arena;

static int set_up(void **state)
{
    contact_set_up(state);
    testdb_sql("UPDATE staff SET phone = '" ANNAS "', mail = 'anna@house.example' WHERE id = 1");
    testdb_sql("UPDATE staff SET phone = '" BRUNOS "' WHERE id = 2");
    testdb_sql("UPDATE staff SET phone = '" CARLAS "' WHERE id = 3");
    arena_init(&arena);
    return 0;
}

static int tear_down(void **state)
{
    arena_close(&arena);
    return contact_tear_down(state);
}

/* A handset's message, as the carrier hands it in. */
static struct inbound_outcome receive(const char *from, const char *text)
{
    const struct inbound_item item = { .at = clock_now(),
                                       .carrier_id = 1,
                                       .from = from,
                                       .to = OURS,
                                       .text = text,
                                       .keyword = keyword_find(NULL, text) };
    struct inbound_outcome out;
    uint64_t first_id = 0;

    assert_int_equal(
        inbound_record(rig_db, &item, 1, &inbound, clock_now(), &first_id, &arena, &out), RC_OK);
    return out;
}

static struct staff_reply_done work(void)
{
    struct staff_reply_done done;

    assert_int_equal(staff_reply_next(rig_db, &rules, clock_now(), &arena, &done), RC_OK);
    return done;
}

/* What the last SMS says; "": there was none since `after`. */
static const char *text_after(uint64_t after)
{
    static char text[2000];
    struct db_rows *rows;

    text[0] = '\0';
    assert_int_equal(db_query(rig_db, "SELECT text FROM message WHERE id > ? ORDER BY id DESC",
                              DB_IN(db_u64(after)), &rows),
                     RC_OK);
    if (db_next(rows))
        snprintf(text, sizeof(text), "%s", db_get_text(rows, 0));
    assert_int_equal(db_rows_end(rows), RC_OK);
    return text;
}

static uint64_t last_message(void)
{
    return contact_number("SELECT COALESCE(MAX(id), 0) FROM message");
}

/* Says it, lets it be done, and returns the answer. */
static const char *say(const char *from, const char *text)
{
    const uint64_t before = last_message();

    receive(from, text);
    work();
    return text_after(before);
}

/* With the number in place of each #. */
static const char *fill(char out[400], const char *pattern, uint64_t id)
{
    size_t len = 0;

    out[0] = '\0';
    for (; *pattern; pattern++) {
        if (*pattern == '#')
            len += (size_t)snprintf(out + len, 400 - len, "%llu", (unsigned long long)id);
        else
            len += (size_t)snprintf(out + len, 400 - len, "%c", *pattern);
    }
    return out;
}

static const char *say_number(const char *from, const char *pattern, uint64_t id)
{
    char text[400];

    return say(from, fill(text, pattern, id));
}

static void assert_says(const char *got, const char *pattern, uint64_t id)
{
    char text[400];

    assert_string_equal(got, fill(text, pattern, id));
}

static uint64_t of_task(const char *column, uint64_t id)
{
    char sql[200];

    snprintf(sql, sizeof(sql), "SELECT %s FROM contact_task WHERE id = %llu", column,
             (unsigned long long)id);
    return contact_number(sql);
}

/* A notice by SMS that waits, as the engine makes it. */
static void make_notice(unsigned staff_id, uint64_t notice_id, const char *kind,
                        uint64_t subject_id)
{
    char sql[300];

    snprintf(sql, sizeof(sql),
             "INSERT IGNORE INTO notice (id, staff_id, channel, sent_as, at)"
             " VALUES (%llu, %u, 'sms', 7000 + %llu, '2026-11-20 10:59:00')",
             (unsigned long long)notice_id, staff_id, (unsigned long long)notice_id);
    testdb_sql(sql);
    snprintf(sql, sizeof(sql),
             "INSERT INTO notice_matter (notice_id, kind, subject_id) VALUES (%llu, '%s', %llu)",
             (unsigned long long)notice_id, kind, (unsigned long long)subject_id);
    testdb_sql(sql);
}

/* And a carrier has taken it. */
static void tell(unsigned staff_id, uint64_t notice_id, const char *kind, uint64_t subject_id)
{
    char sql[300];

    make_notice(staff_id, notice_id, kind, subject_id);
    snprintf(sql, sizeof(sql),
             "INSERT IGNORE INTO message_event (id, message_id, part, kind, at)"
             " VALUES (%llu, 7000 + %llu, 0, 'accepted', '2026-11-20 10:59:00')",
             (unsigned long long)notice_id, (unsigned long long)notice_id);
    testdb_sql(sql);
}

static void an_ok_by_sms_is_the_result_and_is_confirmed(void **state)
{
    const uint64_t id = contact_add(2, CONTACT_OF_MANAGER, DAY);

    (void)state;
    assert_says(say_number(ANNAS, "OK # contente du devis", id),
                "# Dupont : joint. Note : \"contente du devis\".", id);
    assert_int_equal(of_task("state = 'done'", id), 1);
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
    say_number(ANNAS, "absent #", id);
    done = work();
    assert_int_equal(done.answer_id, 0);
    assert_int_equal(contact_number("SELECT COUNT(*) FROM contact_result"), 1);
    assert_int_equal(contact_number("SELECT COUNT(*) FROM message"), 1);
}

static void a_message_of_somebody_else_is_none(void **state)
{
    (void)state;
    assert_int_equal(receive("+33600000001", "OK 1").of_staff, 0);
    assert_int_equal(contact_number("SELECT COUNT(*) FROM staff_answer"), 0);
    testdb_sql("UPDATE staff SET left_on = '2026-11-20' WHERE id = 1");
    assert_int_equal(receive(ANNAS, "OK 1").of_staff, 0);
}

static void a_stop_keeps_its_meaning(void **state)
{
    struct inbound_outcome out;

    (void)state;
    testdb_sql("UPDATE contact_point SET address = '" ANNAS "' WHERE customer_id = 1");
    out = receive(ANNAS, "STOP");
    assert_int_equal(out.of_staff, 0);
    assert_int_equal(contact_number("SELECT COUNT(*) FROM inbound_message"
                                    " WHERE keyword = 'stop'"),
                     1);
}

static void nobody_answers_for_a_contact_of_others(void **state)
{
    const uint64_t id = contact_add(2, CONTACT_OF_MANAGER, DAY);

    (void)state;
    assert_says(say_number(BRUNOS, "OK #", id), "#: nothing of that number is yours.", id);
    assert_int_equal(of_task("state = 'open'", id), 1);
    assert_string_equal(say(ANNAS, "OK 99999"), "99999 : rien à ce numéro pour vous.");
}

static void a_manager_a_stand_in_and_whoever_was_told_do(void **state)
{
    const uint64_t first = contact_add(1, CONTACT_OF_MANAGER, DAY);
    const uint64_t second = contact_add(2, CONTACT_OF_MANAGER, DAY);
    const uint64_t third = contact_add(3, CONTACT_OF_MANAGER, DAY);

    (void)state;
    say_number(CARLAS, "OK #", first);
    assert_int_equal(of_task("state = 'done' AND done_by = 3", first), 1);
    testdb_sql("INSERT INTO staff_absence (id, staff_id, from_day, to_day, deputy_id, created_at,"
               "                           created_by)"
               " VALUES (1, 1, '2026-11-20', '2026-11-21', 2, '2026-11-01', 'carla')");
    say_number(BRUNOS, "OK #", second);
    assert_int_equal(of_task("state = 'done'", second), 1);
    testdb_sql("DELETE FROM staff_absence");
    tell(BRUNO, 1, "task", third);
    say_number(BRUNOS, "OK #", third);
    assert_int_equal(of_task("state = 'done'", third), 1);
}

static void a_call_back_makes_a_task_of_that_hour(void **state)
{
    const uint64_t id = contact_add(2, CONTACT_OF_MANAGER, DAY);

    (void)state;
    assert_says(say_number(ANNAS, "RAPPEL # lundi 14h", id),
                "# Dupont : à rappeler, prochain contact le 23/11 à 14:00.", id);
    assert_int_equal(contact_number("SELECT COUNT(*) FROM contact_task WHERE source = 'call_back'"
                                    " AND due_at = '2026-11-23 13:00:00' AND staff_id = 1"),
                     1);
}

static void a_call_back_on_a_day_of_rest_is_taken_and_said_to_be_one(void **state)
{
    const uint64_t id = contact_add(2, CONTACT_OF_MANAGER, DAY);
    const uint64_t second = contact_add(2, CONTACT_OF_MANAGER, DAY);

    (void)state;
    assert_says(say_number(ANNAS, "RAPPEL # dimanche 10h", id),
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
    assert_says(say_number(ANNAS, "call back # monday 8pm", second),
                "# Dupont: call back. Monday 23/11 at 20:00 is outside working hours: due by "
                "Tuesday 24/11 at 18:00. Another day: CALLBACK # Tuesday 10am.",
                second);
    /* And it is changed as the answer says. */
    assert_says(say_number(ANNAS, "CALLBACK # Tuesday 10am", second),
                "# Dupont: call back (corrected), next contact on 24/11 at 10:00.", second);
}

static void all_of_the_last_notice_are_answered_at_once(void **state)
{
    const uint64_t first = contact_add(1, CONTACT_OF_MANAGER, DAY);
    const uint64_t second = contact_add(2, CONTACT_OF_MANAGER, DAY);
    const uint64_t third = contact_add(3, CONTACT_OF_MANAGER, DAY);
    char text[200];

    (void)state;
    assert_string_equal(say(ANNAS, "OK TOUT"), "Rien n'attend de réponse de votre part.");
    tell(ANNA, 1, "task", third);
    tell(ANNA, 2, "task", first);
    tell(ANNA, 2, "task", second);
    assert_says(say(ANNAS, "OK"), "De quel numéro s'agit-il ? Exemple : OK #", first);
    snprintf(text, sizeof(text), "%llu, %llu : joint.", (unsigned long long)first,
             (unsigned long long)second);
    assert_string_equal(say(ANNAS, "OK TOUT"), text);
    assert_int_equal(of_task("state = 'open'", third), 1);
    assert_string_equal(say(ANNAS, "OK TOUT"), "De quel numéro s'agit-il ? Exemple : OK 1234");
    say_number(ANNAS, "OK #", third);
    assert_string_equal(say(ANNAS, "OK TOUT"), "Rien n'attend de réponse de votre part.");
}

static void a_word_alone_is_about_the_only_contact_of_the_notice(void **state)
{
    const uint64_t id = contact_add(2, CONTACT_OF_MANAGER, DAY);

    (void)state;
    tell(ANNA, 1, "task", id);
    assert_says(say(ANNAS, "Absent"),
                "# Dupont : pas de réponse, prochain contact le 23/11 à "
                "18:00.",
                id);
}

static void a_word_alone_is_about_nothing_that_may_not_have_been_read(void **state)
{
    const uint64_t read = contact_add(2, CONTACT_OF_MANAGER, DAY);
    const uint64_t other = contact_add(3, CONTACT_OF_MANAGER, DAY);

    (void)state;
    make_notice(ANNA, 1, "task", other); /* in the queue; nothing was read at all */
    assert_string_equal(say(ANNAS, "OK"), "De quel numéro s'agit-il ? Exemple : OK 1234");
    tell(ANNA, 2, "task", read);
    make_notice(ANNA, 3, "task", other);
    assert_says(say(ANNAS, "OK"), "De quel numéro s'agit-il ? Exemple : OK #", read);
    assert_int_equal(contact_number("SELECT COUNT(*) FROM contact_result"), 0);
    testdb_sql("UPDATE notice_matter SET withdrawn = 'yes' WHERE notice_id IN (1, 3)");
    assert_says(say(ANNAS, "OK"), "# Dupont : joint.", read);
}

static void a_word_alone_is_not_about_the_last_of_several_that_others_left(void **state)
{
    const uint64_t first = contact_add(1, CONTACT_OF_MANAGER, DAY);
    const uint64_t second = contact_add(2, CONTACT_OF_MANAGER, DAY);

    (void)state;
    tell(ANNA, 1, "task", first);
    tell(ANNA, 1, "task", second);
    say_number(CARLAS, "# absent", first);
    assert_says(say(ANNAS, "OK"), "De quel numéro s'agit-il ? Exemple : OK #", second);
    assert_int_equal(of_task("state = 'open'", second), 1);
}

static void what_one_answer_has_no_room_for_is_said_and_is_the_next_ones(void **state)
{
    struct staff_reply_page page;
    struct staff_reply_press press = {
        .notice_id = 1, .button = STAFF_REPLY_BUTTON_SEEN, .outcome = "", .note = ""
    };
    struct staff_reply_done done;

    (void)state;
    for (int i = 0; i < 60; i++) {
        press.number.id = contact_add(2, CONTACT_OF_MANAGER, DAY);
        tell(ANNA, 1, "task", press.number.id);
    }
    assert_int_equal(staff_reply_page_read(rig_db, 1, &arena, &page), RC_OK);
    assert_int_equal(page.n_open, 50);
    assert_int_equal(page.more, 10);
    assert_int_equal(staff_reply_press(rig_db, &rules, &press, NOON, &arena, &done), RC_OK);
    assert_non_null(strstr(say(ANNAS, "OK TOUT"), "Il en reste 10 : "));
    assert_int_equal(staff_reply_page_read(rig_db, 1, &arena, &page), RC_OK);
    assert_int_equal(page.n_open, 10);
    assert_null(strstr(say(ANNAS, "OK TOUT"), "reste"));
    assert_int_equal(contact_number("SELECT COUNT(*) FROM contact_task WHERE state = 'open'"), 0);
    assert_int_equal(staff_reply_page_read(rig_db, 1, &arena, &page), RC_OK);
    assert_int_equal(page.n_open + page.more, 0);
}

static void one_can_be_at_it_put_it_off_or_hand_it_over(void **state)
{
    const uint64_t id = contact_add(2, CONTACT_OF_MANAGER, DAY);

    (void)state;
    assert_says(say_number(ANNAS, "VU #", id), "# : vu, merci.", id);
    assert_int_equal(contact_number("SELECT COUNT(*) FROM matter WHERE state = 'acknowledged'"
                                    " AND ack_by = 'anna'"),
                     1);
    assert_says(say_number(ANNAS, "pause # 2h", id), "# : rappel remis au 20/11 à 14:00.", id);
    assert_int_equal(contact_number("SELECT COUNT(*) FROM matter"
                                    " WHERE wait_until LIKE '2026-11-20 13:00:%'"),
                     1);
    assert_says(say_number(ANNAS, "passe # à bruno", id), "# : confié à Bruno B.", id);
    assert_int_equal(of_task("staff_id = 2 AND state = 'open'", id), 1);
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
                                       .note = "" };
    struct staff_reply_done done;

    (void)state;
    say_number(ANNAS, "VU #", id);
    say_number(ANNAS, "pause # 2h", id);
    tell(ANNA, 5, "task", id);
    assert_int_equal(staff_reply_press(rig_db, &rules, &press, NOON, &arena, &done), RC_OK);
    say_number(ANNAS, "passe # à bruno", id);
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
    assert_string_equal(say(BRUNOS, "ACK A17"), "A17: nothing of that number is yours.");
    tell(BRUNO, 1, "alert", 17);
    assert_string_equal(say(BRUNOS, "ACK A17"), "A17 acme orders: seen, thank you.");
    assert_int_equal(contact_number("SELECT COUNT(*) FROM alert WHERE seen_by = 'bruno'"
                                    " AND closed_at IS NULL"),
                     1);
    assert_string_equal(say(CARLAS, "A17 absent"), "A17 acme orders : ce mot n'y convient pas.");
    assert_string_equal(say(CARLAS, "OK A17"), "A17 acme orders : réglé.");
    assert_string_equal(say(BRUNOS, "OK A17"), "A17 acme orders: was settled before.");
    assert_int_equal(contact_number("SELECT COUNT(*) FROM alert WHERE closed_by = 'carla'"), 1);
    assert_int_equal(audited("acknowledge", ""), 1);
    assert_int_equal(audited("close", ""), 1);
}

static void what_is_no_matter_is_not_said_to_be_handed_over(void **state)
{
    (void)state;
    testdb_sql("INSERT INTO alert (id, kind, subject, text, opened_at)"
               " VALUES (18, 'file_missing', 'acme', 'It did not come.', '2026-11-20')");
    assert_string_equal(say(CARLAS, "PASSE A18 à bruno"), "A18 acme : n'a pas pu etre noté.");
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
    say_number(ANNAS, "passe # à bruno", first);
    assert_int_equal(contact_number("SELECT COUNT(*) FROM matter WHERE team_id = 2"
                                    " AND policy_id = 7 AND staff_id = 2"),
                     1);
    testdb_sql("UPDATE team SET policy_id = NULL WHERE id = 1");
    second = contact_add(3, CONTACT_OF_MANAGER, DAY);
    assert_int_equal(contact_number("SELECT COUNT(*) FROM matter"), 1);
    say_number(ANNAS, "passe # à bruno", second);
    assert_int_equal(contact_number("SELECT COUNT(*) FROM matter WHERE team_id = 2"
                                    " AND policy_id = 7 AND staff_id = 2"),
                     2);
}

static void what_nothing_reminds_of_is_said_to_be_so(void **state)
{
    uint64_t id;

    (void)state;
    testdb_sql("UPDATE team SET policy_id = NULL");
    id = contact_add(2, CONTACT_OF_MANAGER, DAY);
    assert_int_equal(contact_number("SELECT COUNT(*) FROM matter"), 0);
    assert_says(say_number(ANNAS, "VU #", id),
                "# : vu, merci. Aucun rappel n'est prévu : le contact attend son résultat.", id);
    assert_int_equal(contact_number("SELECT COUNT(*) FROM audit_entry WHERE verb = 'acknowledge'"
                                    " AND subject = 'contact_task' AND who = 'anna'"),
                     1);
    assert_says(say_number(ANNAS, "pause # 2h", id),
                "# : aucun rappel n'est prévu, il n'y a rien à remettre.", id);
    say_number(ANNAS, "absent #", id);
    assert_says(say_number(ANNAS, "VU #", id), "# : déjà réglé : pas de réponse, Anna A.", id);
}

static void a_number_that_is_nobodys_is_named_and_the_rest_is_done(void **state)
{
    const uint64_t id = contact_add(2, CONTACT_OF_MANAGER, DAY);

    (void)state;
    assert_says(say_number(ANNAS, "# absent et 9999 ok", id),
                "# Dupont : pas de réponse, prochain contact le 23/11 à 18:00.\n"
                "9999 : rien à ce numéro pour vous.",
                id);
    assert_int_equal(contact_number("SELECT COUNT(*) FROM contact_result WHERE note = ''"), 1);
    assert_says(say_number(ANNAS, "# absent et 75 ok", id),
                "# Dupont : pas de réponse (corrigé), prochain contact le 23/11 à 18:00. Note : "
                "\"et 75 ok\".\n75 : pas un de vos numéros, laissé dans la note.",
                id);
}

static void two_numbers_with_a_comma_are_two_contacts(void **state)
{
    const uint64_t id = contact_add(2, CONTACT_OF_MANAGER, DAY);
    const uint64_t second = contact_add(3, CONTACT_OF_MANAGER, DAY);
    char text[100];

    (void)state;
    snprintf(text, sizeof(text), "OK %llu,%llu", (unsigned long long)id,
             (unsigned long long)second);
    say(ANNAS, text);
    assert_int_equal(contact_number("SELECT COUNT(*) FROM contact_task WHERE state = 'done'"), 2);
    assert_int_equal(contact_number("SELECT COUNT(*) FROM contact_result WHERE note = ''"), 2);
}

static void a_note_is_shown_short_and_without_what_an_sms_cannot_carry(void **state)
{
    const uint64_t id = contact_add(2, CONTACT_OF_MANAGER, DAY);
    char long_one[300];

    (void)state;
    assert_says(say_number(ANNAS, "OK # super 😀 elle dit \"oui\"", id),
                "# Dupont : joint. Note : \"super  elle dit 'oui'\".", id);
    assert_int_equal(contact_number("SELECT COUNT(*) FROM contact_result WHERE note LIKE '%😀%'"),
                     1);
    snprintf(long_one, sizeof(long_one), "OK # %0100d", 0);
    for (char *at = strchr(long_one, '0'); at && *at; at++)
        *at = 'x';
    assert_says(say_number(ANNAS, long_one, id),
                "# Dupont : joint (corrigé). Note : \"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx...\".",
                id);
    assert_int_equal(contact_number("SELECT COUNT(*) FROM message WHERE encoding <> 'gsm7'"), 0);
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
    say(ANNAS, text);
    assert_int_equal(contact_number("SELECT COUNT(*) FROM message WHERE text LIKE '%8 Dupont%'"
                                    " AND text NOT LIKE '%Note%'"),
                     1);
}

static void the_same_said_twice_names_nobody_again(void **state)
{
    const uint64_t id = contact_add(2, CONTACT_OF_MANAGER, DAY);

    (void)state;
    say_number(ANNAS, "OK # contente", id);
    assert_says(say_number(ANNAS, "OK # contente", id), "# : joint.", id);
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
    assert_string_equal(say_number(ANNAS, "OK #", id), text);
    /* They end with the customer's wish. */
    assert_null(strstr(say_number(ANNAS, "# ne plus contacter", id), "Autre"));
}

static void a_result_is_corrected_by_another_answer(void **state)
{
    const uint64_t id = contact_add(2, CONTACT_OF_MANAGER, DAY);

    (void)state;
    say_number(ANNAS, "OK #", id);
    assert_says(say_number(ANNAS, "# faux numéro", id), "# Dupont : mauvais numéro (corrigé).", id);
    assert_int_equal(contact_number("SELECT COUNT(*) FROM contact_result"), 2);
    assert_int_equal(contact_number("SELECT COUNT(*) FROM contact_point WHERE customer_id = 2"
                                    " AND state = 'invalid'"),
                     1);
}

static void whoever_was_told_of_it_in_passing_corrects_nothing(void **state)
{
    const uint64_t id = contact_add(2, CONTACT_OF_MANAGER, DAY);
    struct staff_reply_press press = {
        .notice_id = 1, .number = { .id = id }, .outcome = "reached", .note = ""
    };
    struct staff_reply_done done;

    (void)state;
    tell(BRUNO, 1, "task", id);
    say_number(ANNAS, "# faux numéro", id);
    assert_says(say_number(BRUNOS, "OK #", id), "#: was settled before: wrong number, Anna A.", id);
    assert_int_equal(staff_reply_press(rig_db, &rules, &press, NOON, &arena, &done), RC_CONFLICT);
    assert_int_equal(contact_number("SELECT COUNT(*) FROM contact_result"), 1);
    assert_int_equal(contact_number("SELECT COUNT(*) FROM contact_point WHERE customer_id = 2"
                                    " AND state = 'invalid'"),
                     1);
    assert_says(say_number(CARLAS, "OK #", id), "# Dupont : joint (corrigé).", id);
}

static void who_wants_no_contact_stops_in_the_gateway(void **state)
{
    const uint64_t id = contact_add(2, CONTACT_OF_MANAGER, DAY);
    struct staff_reply_done done;
    char text[100];

    (void)state;
    snprintf(text, sizeof(text), "%llu ne plus contacter", (unsigned long long)id);
    receive(ANNAS, text);
    done = work();
    assert_int_equal(done.n_stopped, 1);
    assert_string_equal(done.stopped[0], "+33600000002");
}

static void what_is_not_clear_is_asked_for_and_changes_nothing(void **state)
{
    const uint64_t id = contact_add(2, CONTACT_OF_MANAGER, DAY);

    (void)state;
    assert_says(say_number(ANNAS, "RAPPEL #", id), "# : quand ? Exemple : RAPPEL # demain 14h", id);
    assert_int_equal(of_task("state = 'open'", id), 1);
    assert_int_equal(contact_number("SELECT COUNT(*) FROM contact_result"), 0);
}

static void no_command_is_answered_once_an_hour(void **state)
{
    (void)state;
    assert_string_equal(say(ANNAS, "je suis en route"),
                        "Message non compris. Exemple : OK 1234 (fait), ABSENT 1234, RAPPEL 1234 "
                        "14h, VU 1234 (je m'en occupe)");
    assert_string_equal(say(ANNAS, "toujours en route"), "");
    assert_int_equal(contact_number("SELECT COUNT(*) FROM staff_answer WHERE outcome = 'chatter'"),
                     2);
    contact_clock(NOON + HOUR + USEC_PER_SEC);
    assert_string_not_equal(say(ANNAS, "encore en route"), "");
}

static void what_looks_like_an_answer_is_asked_about_however_often(void **state)
{
    const uint64_t id = contact_add(2, CONTACT_OF_MANAGER, DAY);
    const uint64_t second = contact_add(3, CONTACT_OF_MANAGER, DAY);

    (void)state;
    tell(ANNA, 1, "task", id);
    tell(ANNA, 1, "task", second);
    assert_string_not_equal(say(ANNAS, "je suis en route"), "");
    for (int i = 0; i < 3; i++) {
        assert_says(say_number(ANNAS, "je l'ai pas eu #", id),
                    "# : quel résultat ? Exemple : OK #, ABSENT #, RAPPEL # 14h", id);
        assert_says(say(ANNAS, "OK"), "De quel numéro s'agit-il ? Exemple : OK #", id);
        assert_says(say(ANNAS, "ok petit"), "De quel numéro s'agit-il ? Exemple : OK #", id);
    }
    assert_string_equal(say(ANNAS, "toujours en route"), "");
    assert_int_equal(of_task("state = 'open'", id), 1);
}

static void a_second_contact_in_the_same_sms_is_done_too(void **state)
{
    const uint64_t id = contact_add(2, CONTACT_OF_MANAGER, DAY);
    const uint64_t second = contact_add(3, CONTACT_OF_MANAGER, DAY);
    char text[100];

    (void)state;
    snprintf(text, sizeof(text), "%llu absent et %llu ok", (unsigned long long)id,
             (unsigned long long)second);
    say(ANNAS, text);
    assert_int_equal(of_task("state = 'done' AND outcome_id = 2", id), 1);
    assert_int_equal(of_task("state = 'done' AND outcome_id = 1", second), 1);
}

static void questions_are_asked_a_bounded_number_of_times_and_the_last_says_so(void **state)
{
    const uint64_t id = contact_add(2, CONTACT_OF_MANAGER, DAY);

    (void)state;
    for (int i = 1; i < 20; i++)
        assert_null(strstr(say_number(ANNAS, "#", id), "Trop de questions"));
    assert_non_null(strstr(say_number(ANNAS, "#", id), "Trop de questions"));
    assert_string_equal(say_number(ANNAS, "#", id), "");
    assert_null(strstr(say_number(ANNAS, "OK #", id), "Trop de questions"));
    assert_int_equal(of_task("state = 'done'", id), 1);
}

static void a_customer_who_works_here_may_write_as_a_customer(void **state)
{
    (void)state;
    testdb_sql("UPDATE contact_point SET address = '" ANNAS "' WHERE customer_id = 1");
    assert_string_equal(say(ANNAS, "Bonjour, où est mon colis ?"), "");
    assert_string_equal(say(ANNAS, "ok merci"), "");
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
    tell(ANNA, 5, "task", id);
    assert_int_equal(staff_answer_of_mail(rig_db, &mail), RC_OK);
    done = work();
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
    assert_string_equal(work().outcome, "nobody");
    assert_int_equal(work().answer_id, 0);
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
    receive(ANNAS, text);
    assert_int_equal(staff_reply_next(rig_db, &wrong, clock_now(), &arena, &done), RC_OK);
    assert_string_equal(done.outcome, "put_off");
    assert_int_equal(work().answer_id, 0); /* not yet again */
    for (int i = 1; i < STAFF_ANSWER_TRIES; i++) {
        clock_shift(HOUR);
        assert_int_equal(staff_reply_next(rig_db, &wrong, clock_now(), &arena, &done), RC_OK);
    }
    assert_string_equal(done.outcome, "failed");
    assert_int_equal(of_task("state = 'open'", id), 1);
    say_number(ANNAS, "OK #", id);
    assert_int_equal(of_task("state = 'done'", id), 1);
}

static void a_button_of_the_notice_does_the_same(void **state)
{
    const uint64_t id = contact_add(2, CONTACT_OF_MANAGER, DAY);
    struct staff_reply_press press = {
        .notice_id = 5, .number = { .id = id }, .outcome = "no_answer", .note = "messagerie"
    };
    struct staff_reply_done done;
    struct staff_reply_page page;

    (void)state;
    tell(ANNA, 5, "task", id);
    assert_int_equal(staff_reply_page_read(rig_db, 5, &arena, &page), RC_OK);
    assert_int_equal(page.n_open, 1);
    assert_string_equal(page.person, "Anna A");
    assert_string_equal(page.matters[0].name, "Dupont");
    assert_string_equal(page.matters[0].detail, "Appeler");
    press.button = STAFF_REPLY_BUTTON_SEEN;
    assert_int_equal(staff_reply_press(rig_db, &rules, &press, NOON, &arena, &done), RC_OK);
    press.button = STAFF_REPLY_BUTTON_LATER;
    assert_int_equal(staff_reply_press(rig_db, &rules, &press, NOON, &arena, &done), RC_OK);
    press.button = STAFF_REPLY_BUTTON_RESULT;
    assert_int_equal(staff_reply_press(rig_db, &rules, &press, NOON, &arena, &done), RC_OK);
    assert_int_equal(contact_number("SELECT COUNT(*) FROM contact_result WHERE via = 'link'"
                                    " AND note = 'messagerie'"),
                     1);
    assert_int_equal(staff_reply_page_read(rig_db, 5, &arena, &page), RC_OK);
    assert_int_equal(page.n_open, 0);
}

static void a_button_is_of_its_notice_alone(void **state)
{
    const uint64_t id = contact_add(2, CONTACT_OF_MANAGER, DAY);
    const uint64_t other = contact_add(3, CONTACT_OF_MANAGER, DAY);
    struct staff_reply_press press = {
        .notice_id = 5, .number = { .id = other }, .outcome = "reached", .note = ""
    };
    struct staff_reply_done done;

    (void)state;
    tell(ANNA, 5, "task", id);
    assert_int_equal(staff_reply_press(rig_db, &rules, &press, NOON, &arena, &done), RC_NOTFOUND);
    press.notice_id = 6;
    assert_int_equal(staff_reply_press(rig_db, &rules, &press, NOON, &arena, &done), RC_NOTFOUND);
    press.notice_id = 5;
    press.number.id = id;
    testdb_sql("UPDATE contact_outcome SET next_days = 0 WHERE code = 'call_back'");
    press.outcome = "call_back"; /* the page has no place for a date */
    assert_int_equal(staff_reply_press(rig_db, &rules, &press, NOON, &arena, &done), RC_INVALID);
    press.outcome = "dancing";
    assert_int_equal(staff_reply_press(rig_db, &rules, &press, NOON, &arena, &done), RC_INVALID);
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(an_ok_by_sms_is_the_result_and_is_confirmed),
        CASE(an_answer_is_done_once),
        CASE(a_message_of_somebody_else_is_none),
        CASE(a_stop_keeps_its_meaning),
        CASE(nobody_answers_for_a_contact_of_others),
        CASE(a_manager_a_stand_in_and_whoever_was_told_do),
        CASE(a_call_back_makes_a_task_of_that_hour),
        CASE(a_call_back_on_a_day_of_rest_is_taken_and_said_to_be_one),
        CASE(all_of_the_last_notice_are_answered_at_once),
        CASE(a_word_alone_is_about_the_only_contact_of_the_notice),
        CASE(a_word_alone_is_about_nothing_that_may_not_have_been_read),
        CASE(a_word_alone_is_not_about_the_last_of_several_that_others_left),
        CASE(what_one_answer_has_no_room_for_is_said_and_is_the_next_ones),
        CASE(one_can_be_at_it_put_it_off_or_hand_it_over),
        CASE(what_people_do_is_in_the_audit_whichever_way_they_say_it),
        CASE(an_alert_is_seen_and_settled),
        CASE(what_is_no_matter_is_not_said_to_be_handed_over),
        CASE(what_is_handed_to_another_team_goes_by_its_policy),
        CASE(what_nothing_reminds_of_is_said_to_be_so),
        CASE(a_number_that_is_nobodys_is_named_and_the_rest_is_done),
        CASE(two_numbers_with_a_comma_are_two_contacts),
        CASE(a_note_is_shown_short_and_without_what_an_sms_cannot_carry),
        CASE(what_was_done_has_room_before_what_was_noted),
        CASE(the_same_said_twice_names_nobody_again),
        CASE(open_contacts_of_others_with_the_customer_are_named),
        CASE(a_result_is_corrected_by_another_answer),
        CASE(whoever_was_told_of_it_in_passing_corrects_nothing),
        CASE(who_wants_no_contact_stops_in_the_gateway),
        CASE(what_is_not_clear_is_asked_for_and_changes_nothing),
        CASE(no_command_is_answered_once_an_hour),
        CASE(what_looks_like_an_answer_is_asked_about_however_often),
        CASE(a_second_contact_in_the_same_sms_is_done_too),
        CASE(questions_are_asked_a_bounded_number_of_times_and_the_last_says_so),
        CASE(a_customer_who_works_here_may_write_as_a_customer),
        CASE(a_mail_answers_the_notice_that_its_address_names),
        CASE(a_notice_that_is_not_there_is_nobodys),
        CASE(one_that_fails_for_itself_holds_up_nobody),
        CASE(a_button_of_the_notice_does_the_same),
        CASE(a_button_is_of_its_notice_alone),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
