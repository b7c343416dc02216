/* fuzz_audience.c - no rule does harm, and one that parses means the same when printed. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/buffer.h"
#include "domain/audience.h"
#include "domain/utf8.h"

static unsigned height(const struct audience_node *node)
{
    unsigned most = 0;

    for (const struct audience_node *c = node->first_child; c; c = c->next) {
        unsigned h = height(c);
        most = h > most ? h : most;
    }
    return most + 1;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct audience_rule *rule = NULL, *again = NULL;
    struct error err = { "" };
    struct buffer once, twice;
    struct arena arena;
    char *text;

    arena_init(&arena);
    buffer_init(&once, 1 << 20);
    buffer_init(&twice, 1 << 20);
    text = arena_copy(&arena, (const char *)data, size);
    if (audience_parse(text, &arena, &rule, &err)) {
        if (rule || !err.text[0])
            abort();
        goto out;
    }
    if (rule->root && height(rule->root) > 3 * AUDIENCE_DEPTH_MAX)
        abort();
    audience_print(rule, &once);
    if (once.full || !utf8_valid(buffer_text(&once), once.len, NULL))
        abort();
    /* Quotation marks and parentheses can make the canonical text longer than a rule may be. */
    if (once.len > AUDIENCE_TEXT_MAX)
        goto out;
    if (audience_parse(buffer_text(&once), &arena, &again, &err))
        abort();
    audience_print(again, &twice);
    if (strcmp(buffer_text(&once), buffer_text(&twice)) != 0)
        abort();
out:
    buffer_close(&once);
    buffer_close(&twice);
    arena_close(&arena);
    return 0;
}
