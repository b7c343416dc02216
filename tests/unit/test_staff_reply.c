/* test_staff_reply.c - what people answer to a reminder, and what it is taken for: understood
 * however it is written, and never when it can be read in two ways. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"
#include "domain/staff_reply.h"

/* A Thursday, 10:00 in Paris. */
#define NOW "2026-11-26 10:00"

static const struct staff_reply_outcome outcomes[] = {
    { "reached", "joint", "reached", "ok, fait, joint, c bon, c est bon, done, reached", false, false, false },
    { "no_answer", "pas de réponse", "no answer",
      "absent, nr, pas de reponse, sans reponse, ne repond pas, repond pas, pas joint, "
      "injoignable, no answer, repondeur, voicemail",
      false, false, false },
    { "call_back", "à rappeler", "call back", "rappel, rappeler, rdv, callback, call back", true, false, false },
    { "refused", "pas intéressé", "not interested", "refus, refuse, non, pas interesse, refused",
      false, false, false },
    { "order_taken", "commande prise", "order taken", "commande, cde, vendu, order, sold", false, true, false },
    { "wrong_number", "mauvais numéro", "wrong number",
      "faux, faux numero, mauvais numero, wrong, wrong number", false, false, true },
    { "do_not_contact", "ne plus contacter", "do not contact",
      "ne plus contacter, stop contact, do not contact", false, false, true },
};

static const struct staff_reply_person people[] = {
    { 1, "anna", "Anna Lefèvre" },
    { 2, "bruno", "Bruno Marchand" },
    { 3, "b.petit", "Bernard Petit" },
    { 4, "carole", "Carole Petit" },
};

static const struct staff_reply_number known[] = {
    { false, 1234 }, { false, 1235 }, { false, 1240 }, { false, 5 },
    { false, 57 },   { false, 58 },   { true, 17 },
};

static const struct staff_reply_number waiting[] = {
    { false, 1234 }, { false, 1235 }, { false, 1240 }, { false, 57 }, { false, 58 }, { true, 17 },
};

struct rig {
    struct local_zone *zone;
    struct arena arena;
    struct staff_reply_context context;
    struct staff_reply reply;
};

static utc_us paris(struct rig *rig, const char *wall)
{
    struct civil c = { .year = 0 };

    assert_int_equal(sscanf(wall, "%d-%d-%d %d:%d", &c.year, &c.month, &c.day, &c.hour, &c.minute),
                     5);
    return local_zone_to_utc(rig->zone, &c);
}

static int set_up(void **state)
{
    static struct rig rig;

    rig = (struct rig){ .zone = NULL };
    arena_init(&rig.arena);
    if (local_zone_open("Europe/Paris", &rig.zone, NULL))
        return -1;
    rig.context = (struct staff_reply_context){
        .outcomes = outcomes,
        .n_outcomes = sizeof(outcomes) / sizeof(outcomes[0]),
        .people = people,
        .n_people = sizeof(people) / sizeof(people[0]),
        .known = known,
        .n_known = sizeof(known) / sizeof(known[0]),
        .waiting = waiting,
        .n_waiting = sizeof(waiting) / sizeof(waiting[0]),
        .clock = { .zone = rig.zone, .now = paris(&rig, NOW) },
    };
    *state = &rig;
    return 0;
}

static int tear_down(void **state)
{
    struct rig *rig = *state;

    arena_close(&rig->arena);
    local_zone_close(rig->zone);
    return 0;
}

static const char *const fault_names[] = {
    [STAFF_REPLY_CLEAR] = "",
    [STAFF_REPLY_NO_NUMBER] = "no number",
    [STAFF_REPLY_NO_WORD] = "no word",
    [STAFF_REPLY_TWO_WORDS] = "two words",
    [STAFF_REPLY_NEAR_WORDS] = "near words",
    [STAFF_REPLY_NOT] = "not",
    [STAFF_REPLY_NUMBERS] = "numbers",
    [STAFF_REPLY_AMOUNT] = "amount",
    [STAFF_REPLY_STRANGE] = "strange",
    [STAFF_REPLY_NO_TIME] = "no time",
    [STAFF_REPLY_TIME] = "time",
    [STAFF_REPLY_PAST] = "past",
    [STAFF_REPLY_NO_PERSON] = "no person",
    [STAFF_REPLY_TWO_PERSONS] = "two persons",
};

static bool of_alert(const struct staff_reply_command *c)
{
    for (size_t i = 0; i < c->n; i++) {
        if (c->numbers[i].alert)
            return true;
    }
    return false;
}

static void say_command(struct rig *rig, const struct staff_reply_command *c, char *out,
                        size_t size)
{
    size_t len = 0;

#define ADD(...) len += (size_t)snprintf(out + len, len < size ? size - len : 0, __VA_ARGS__)
    out[0] = '\0';
    if (c->fault) {
        ADD("? %s", fault_names[c->fault]);
        return;
    }
    switch (c->verb) {
    case STAFF_REPLY_RESULT:
        ADD("%s%s", c->outcome == SIZE_MAX ? "-" : outcomes[c->outcome].code,
            c->closes && of_alert(c) ? "!" : "");
        break;
    case STAFF_REPLY_ACKNOWLEDGE:
        ADD("ack");
        break;
    case STAFF_REPLY_SNOOZE:
        ADD("snooze");
        break;
    case STAFF_REPLY_HAND_OVER:
        ADD("to %u", c->staff_id);
        break;
    }
    for (size_t i = 0; i < c->n; i++)
        ADD("%c%s%llu", i ? ',' : ' ', c->numbers[i].alert ? "A" : "",
            (unsigned long long)c->numbers[i].id);
    if (c->all)
        ADD(" all");
    if (c->implied)
        ADD(" it");
    if (c->at) {
        struct civil at = local_zone_civil(rig->zone, c->at);
        ADD(" @%02d-%02d %02d:%02d", at.month, at.day, at.hour, at.minute);
    }
    if (c->note_len)
        ADD(" \"%.*s\"", (int)c->note_len, c->note);
#undef ADD
}

/* One line a command. */
static const char *read_text(struct rig *rig, const char *text)
{
    static char out[2000];
    size_t len = 0;

    assert_int_equal(staff_reply_parse(text, &rig->context, &rig->arena, &rig->reply), RC_OK);
    out[0] = '\0';
    for (size_t i = 0; i < rig->reply.n; i++) {
        if (i)
            out[len++] = '|';
        say_command(rig, &rig->reply.list[i], out + len, sizeof(out) - len);
        len += strlen(out + len);
    }
    return out;
}

struct sentence {
    const char *text, *means;
};

static void check(void **state, const struct sentence *list, size_t n)
{
    unsigned wrong = 0;

    for (size_t i = 0; i < n; i++) {
        const char *got = read_text(*state, list[i].text);
        if (strcmp(got, list[i].means) != 0) {
            print_error("'%s': expected '%s', got '%s'\n", list[i].text, list[i].means, got);
            wrong++;
        }
    }
    assert_int_equal(wrong, 0);
}
#define CHECK(list) check(state, list, sizeof(list) / sizeof(list[0]))

static void a_word_and_a_number_are_a_result(void **state)
{
    static const struct sentence list[] = {
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
    static const struct sentence list[] = {
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
    static const struct sentence list[] = {
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
    static const struct sentence list[] = {
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
    static const struct sentence list[] = {
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
    static const struct sentence list[] = {
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
    static const struct sentence list[] = {
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

/* 57, 58, 1234, 1235, 1240 wait for a result, 5 is settled; 12, 50 and 9999 are nobody's. */
static void two_numbers_with_a_comma_are_two_contacts_or_an_amount(void **state)
{
    static const struct sentence list[] = {
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
    static const struct sentence list[] = {
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

static void all_stands_for_what_one_was_told_of(void **state)
{
    static const struct sentence list[] = {
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
    static const struct sentence list[] = {
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
    static const struct sentence list[] = {
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
    static const struct sentence list[] = {
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
    struct rig *rig = *state;

    rig->context.clock.english = true;
    assert_string_equal(read_text(rig, "call back 1234 3/12"), "? time");
    assert_string_equal(read_text(rig, "call back 1234 15/12"), "call_back 1234 @12-15 09:00");
}

static void a_pause_lasts_or_ends_at_an_hour(void **state)
{
    static const struct sentence list[] = {
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
    static const struct sentence list[] = {
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
    static const struct sentence list[] = {
        { "OK A17", "reached! A17" },
        { "VU A17", "ack A17" },
        { "ack a17", "ack A17" },
        { "fait A17", "reached! A17" },
        { "A17 clos", "-! A17" },
        { "fixed A17 disk changed", "-! A17 \"disk changed\"" },
        { "A17 je m'en occupe", "ack A17" },
    };

    CHECK(list);
}

static void one_letter_may_be_wrong(void **state)
{
    static const struct sentence list[] = {
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
    static const struct sentence list[] = {
        { "OK 1234 absent", "? two words" },
        { "1234 joint commande", "? two words" },
        { "1234 non joint", "? two words" },
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
    static const struct sentence list[] = {
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
    static const struct sentence list[] = {
        { "", "" },      { "Bonjour, où est mon colis ?", "" },    { "Je serai là demain", "" },
        { "merci", "" }, { "Le colis 9999 n'est pas arrivé", "" }, { "\xff\xfe\x80", "" },
    };

    CHECK(list);
}

static void who_writes_a_number_of_theirs_meant_a_command(void **state)
{
    struct rig *rig = *state;

    read_text(rig, "1234 pff");
    assert_true(rig->reply.sure);
    read_text(rig, "9999 pff");
    assert_false(rig->reply.sure);
    read_text(rig, "OK 9999");
    assert_true(rig->reply.sure);
    read_text(rig, "OK");
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
    struct rig *rig = *state;
    char text[2000] = "";

    for (int i = 0; i < STAFF_REPLY_COMMANDS_MAX + 2; i++)
        snprintf(text + strlen(text), sizeof(text) - strlen(text), "ok %d\n", 3000 + i);
    read_text(rig, text);
    assert_int_equal(rig->reply.n, STAFF_REPLY_COMMANDS_MAX);
    assert_true(rig->reply.cut);
}

static void an_hour_that_summer_time_skips_is_moved_on(void **state)
{
    struct rig *rig = *state;

    rig->context.clock.now = paris(rig, "2027-03-27 10:00");
    assert_string_equal(read_text(rig, "rappel 1234 demain 2h30"), "call_back 1234 @03-28 03:30");
    assert_string_equal(read_text(rig, "pause 1234 1 jour"), "snooze 1234 @03-28 10:00");
}

/* As somebody types at the end of a day. What a colleague would understand is understood ... */
static void what_a_tired_clerk_types_is_understood(void **state)
{
    static const struct sentence list[] = {
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
    static const struct sentence list[] = {
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

/* A house that has a word itself means by it what it says. */
static void a_word_of_the_catalogue_goes_before_what_people_say(void **state)
{
    static const struct staff_reply_outcome own[] = {
        { "no_answer", "pas de réponse", "no answer", "absent", false, false, false },
        { "voice_mail", "message laissé", "left a message", "messagerie", false, false, false },
    };
    struct rig *rig = *state;

    rig->context.outcomes = own;
    rig->context.n_outcomes = 2;
    read_text(rig, "57 messagerie");
    assert_int_equal(rig->reply.list[0].outcome, 1);
    read_text(rig, "57 pas la");
    assert_int_equal(rig->reply.list[0].outcome, 0);
    assert_string_equal(read_text(rig, "57 mauvais num"), "? no word");
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(a_word_and_a_number_are_a_result),
        CASE(what_stands_behind_is_the_note_as_it_was_written),
        CASE(several_numbers_share_a_word),
        CASE(several_commands_have_a_line_each_or_a_number_that_is_known),
        CASE(what_and_joins_are_two_commands),
        CASE(a_number_of_theirs_in_a_note_is_asked_about_while_it_waits),
        CASE(whoever_names_a_number_or_a_result_is_never_passed_over),
        CASE(two_numbers_with_a_comma_are_two_contacts_or_an_amount),
        CASE(a_number_that_is_nobodys_is_no_note),
        CASE(all_stands_for_what_one_was_told_of),
        CASE(a_word_alone_is_about_the_one_thing_there_is),
        CASE(a_call_back_says_when),
        CASE(a_time_that_is_missing_over_or_of_two_readings_is_asked_for),
        CASE(the_twelfth_of_march_is_asked_for_in_english),
        CASE(a_pause_lasts_or_ends_at_an_hour),
        CASE(a_contact_is_handed_to_somebody_of_the_house),
        CASE(alerts_have_a_letter_before_their_number),
        CASE(one_letter_may_be_wrong),
        CASE(two_readings_are_none),
        CASE(the_next_contact_may_be_named),
        CASE(a_message_like_any_other_is_no_command),
        CASE(who_writes_a_number_of_theirs_meant_a_command),
        CASE(numbers_of_a_text_are_found_for_looking_up),
        CASE(more_than_there_is_room_for_is_said),
        CASE(an_hour_that_summer_time_skips_is_moved_on),
        CASE(what_a_tired_clerk_types_is_understood),
        CASE(what_a_tired_clerk_leaves_open_is_asked_about),
        CASE(a_word_of_the_catalogue_goes_before_what_people_say),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
