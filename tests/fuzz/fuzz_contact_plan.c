/* fuzz_contact_plan.c - no plan does harm, and one that can be read is the same when printed. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/buffer.h"
#include "domain/contact_plan.h"
#include "domain/utf8.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct contact_plan_text plan, again;
    struct error err = { "" };
    struct buffer once, twice;
    struct arena arena;
    char *text;

    arena_init(&arena);
    buffer_init(&once, 1 << 20);
    buffer_init(&twice, 1 << 20);
    text = arena_copy(&arena, (const char *)data, size);
    if (contact_plan_parse(text, &arena, &plan, &err)) {
        if (!err.text[0])
            abort();
        goto out;
    }
    if (!plan.n_steps || plan.n_steps > CONTACT_PLAN_STEPS_MAX)
        abort();
    contact_plan_print(&plan, &once);
    if (once.full || !utf8_valid(buffer_text(&once), once.len, NULL))
        abort();
    if (once.len > CONTACT_PLAN_TEXT_MAX) /* what stood in few bytes may be said in more */
        goto out;
    if (contact_plan_parse(buffer_text(&once), &arena, &again, &err))
        abort();
    contact_plan_print(&again, &twice);
    if (strcmp(buffer_text(&once), buffer_text(&twice)) != 0)
        abort();
out:
    buffer_close(&once);
    buffer_close(&twice);
    arena_close(&arena);
    return 0;
}
