/* fuzz_staff_reply.c - whatever a person (or nobody) writes as an answer: what is understood has a
 * place in the text, numbers that stand there, a time to come, a person of the house. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "domain/staff_reply.h"

#define NOW INT64_C(1795683600000000) /* 2026-11-26 09:00 UTC */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct staff_reply_outcome outcomes[] = {
    { "reached", "joint", "reached", "ok, fait, joint, done, vu", false, false, false },
    { "no_answer", "pas de réponse", "no answer", "absent, nr, repondeur", false, false, false },
    { "call_back", "à rappeler", "call back", "rappel, rdv", true, false, false },
    { "order_taken", "commande prise", "order taken", "commande, order", false, true, false },
};
#define OUTCOMES (sizeof(outcomes) / sizeof(outcomes[0]))
static const struct staff_reply_person people[] = { { 1, "anna", "Anna Lefèvre" },
                                                    { 2, "bruno", "Bruno Marchand" } };
static const struct staff_reply_number known[] = {
    { false, 1234 }, { false, 57 }, { false, 1235 }, { false, 58 }, { true, 17 }
};
#define KNOWN (sizeof(known) / sizeof(known[0]))

static void check(const char *text, const struct staff_reply_command *c)
{
    const size_t len = strlen(text);

    if (c->n > STAFF_REPLY_NUMBERS_MAX ||
        !(c->n || c->all || c->implied || c->fault == STAFF_REPLY_NO_NUMBER))
        abort();
    if (c->note_len && (c->note < text || c->note + c->note_len > text + len))
        abort();
    if (c->fault)
        return;
    if (c->verb == STAFF_REPLY_RESULT && c->outcome != SIZE_MAX && c->outcome >= OUTCOMES)
        abort();
    if (c->verb == STAFF_REPLY_RESULT && c->outcome == 2 && !c->at)
        abort();
    if (c->verb == STAFF_REPLY_SNOOZE && !c->at)
        abort();
    if (c->verb == STAFF_REPLY_HAND_OVER && c->staff_id != 1 && c->staff_id != 2)
        abort();
    if (c->at && c->at <= NOW)
        abort();
    for (size_t i = 0; i < c->n; i++) {
        if (c->numbers[i].id == 0)
            abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct local_zone *zone;
    struct staff_reply_number numbers[10];
    struct staff_reply_context context = {
        .outcomes = outcomes,
        .n_outcomes = OUTCOMES,
        .people = people,
        .n_people = 2,
        .known = known,
        .n_known = KNOWN,
        .waiting = known,
        .n_waiting = 2,
    };
    char *text = malloc(size + 1);
    struct staff_reply reply;
    struct arena arena;

    if (!text || (!zone && local_zone_open("Europe/Paris", &zone, NULL)))
        abort();
    context.clock = (struct reply_clock){ .zone = zone, .now = NOW, .english = size % 2 };
    memcpy(text, data, size);
    text[size] = '\0';
    arena_init(&arena);
    if (staff_reply_parse(text, &context, &arena, &reply) || reply.n > STAFF_REPLY_COMMANDS_MAX)
        abort();
    for (size_t i = 0; i < reply.n; i++)
        check(text, &reply.list[i]);
    if (staff_reply_numbers(text, numbers, 10) > 10)
        abort();
    arena_close(&arena);
    free(text);
    return 0;
}
