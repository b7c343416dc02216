/* fuzz_contact_score.c - the weight of a reason, and the reasons of a task, whatever they say:
 * neither does harm, and what was understood is written and read back as it was. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "domain/contact_score.h"

#define TEXT_MAX 1000

static void check_reasons(const char *text)
{
    struct contact_score score, again;
    char written[CONTACT_REASONS_SIZE], words[CONTACT_WORDS_SIZE];

    contact_score_read(text, &score);
    contact_score_write(&score, written);
    contact_score_read(written, &again);
    if (again.value != score.value || again.priority != score.priority ||
        again.total != score.total || memcmp(again.points, score.points, sizeof(score.points)) != 0)
        abort();
    for (int i = 0; i < CONTACT_REASONS; i++)
        contact_reason_words((enum contact_reason)i, score.numbers[i], text, "fr", words);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct contact_weight weight = { .points = 1, .days = 1 };
    char text[TEXT_MAX + 1];
    struct error err;

    if (size > TEXT_MAX)
        return 0;
    memcpy(text, data, size);
    text[size] = '\0';
    if (contact_weight_parse(text, &weight, &err) == RC_OK &&
        (weight.points > CONTACT_POINTS_MAX || weight.days > CONTACT_DAYS_MAX))
        abort();
    check_reasons(text);
    return 0;
}
