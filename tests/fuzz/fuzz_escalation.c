/* fuzz_escalation.c - any text as a policy: what is read can be printed, and reads the same. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "domain/escalation.h"

#define TEXT_MAX 6000

static void check_round_trip(const struct escalation_policy *policy)
{
    struct escalation_policy again;
    struct buffer first, second;

    buffer_init(&first, 4 * TEXT_MAX);
    buffer_init(&second, 4 * TEXT_MAX);
    escalation_print(policy, &first);
    if (first.full || escalation_parse(buffer_text(&first), &again, NULL))
        abort();
    escalation_print(&again, &second);
    if (strcmp(buffer_text(&first), buffer_text(&second)) != 0)
        abort();
    buffer_close(&first);
    buffer_close(&second);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct escalation_policy policy;
    char text[TEXT_MAX + 1];
    struct error err = { "" };

    if (size > TEXT_MAX)
        return 0;
    memcpy(text, data, size);
    text[size] = '\0';
    if (escalation_parse(text, &policy, &err) == RC_OK)
        check_round_trip(&policy);
    else if (!*err.text)
        abort();
    return 0;
}
