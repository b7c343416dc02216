/* reply_rig.c - see reply_rig.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/support/reply_rig.h"

#include <stdio.h>
#include <string.h>

static const struct staff_reply_outcome outcomes[] = {
    { "reached", "joint", "reached", "ok, fait, joint, c bon, c est bon, done, reached", false,
      false, false },
    { "no_answer", "pas de réponse", "no answer",
      "absent, nr, pas de reponse, sans reponse, ne repond pas, repond pas, pas joint, "
      "injoignable, no answer, repondeur, voicemail",
      false, false, false },
    { "call_back", "à rappeler", "call back", "rappel, rappeler, rdv, callback, call back", true,
      false, false },
    { "refused", "pas intéressé", "not interested", "refus, refuse, non, pas interesse, refused",
      false, false, false },
    { "order_taken", "commande prise", "order taken", "commande, cde, vendu, order, sold", false,
      true, false },
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

utc_us reply_paris(struct reply_rig *rig, const char *wall)
{
    struct civil c = { .year = 0 };

    assert_int_equal(sscanf(wall, "%d-%d-%d %d:%d", &c.year, &c.month, &c.day, &c.hour, &c.minute),
                     5);
    return local_zone_to_utc(rig->zone, &c);
}

int reply_set_up(void **state)
{
    static struct reply_rig rig;

    rig = (struct reply_rig){ .zone = NULL };
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
        .clock = { .zone = rig.zone, .now = reply_paris(&rig, NOW) },
    };
    *state = &rig;
    return 0;
}

int reply_tear_down(void **state)
{
    struct reply_rig *rig = *state;

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

static void say_command(struct reply_rig *rig, const struct staff_reply_command *c, char *out,
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
const char *reply_read(struct reply_rig *rig, const char *text)
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

void reply_check(void **state, const struct reply_sentence *list, size_t n)
{
    unsigned wrong = 0;

    for (size_t i = 0; i < n; i++) {
        const char *got = reply_read(*state, list[i].text);
        if (strcmp(got, list[i].means) != 0) {
            print_error("'%s': expected '%s', got '%s'\n", list[i].text, list[i].means, got);
            wrong++;
        }
    }
    assert_int_equal(wrong, 0);
}
