/* fuzz_audience.c - no rule does harm, in text or in JSON, and one that parses means the same when
 * printed, in both forms. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

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

/* In JSON it is the same rule. */
static void check_json(const struct audience_rule *rule, const char *text, struct arena *arena)
{
    json_t *json = audience_to_json(rule);
    char *dumped = json_dumps(json, JSON_COMPACT);
    struct audience_rule *again = NULL;
    struct error err = { "" };
    struct buffer printed;

    if (!dumped)
        abort();
    buffer_init(&printed, 1 << 20);
    if (strlen(dumped) <= AUDIENCE_JSON_MAX) {
        if (audience_parse(dumped, arena, &again, &err))
            abort();
        audience_print(again, &printed);
        if (strcmp(buffer_text(&printed), text) != 0)
            abort();
    }
    buffer_close(&printed);
    free(dumped);
    json_decref(json);
}

static void check_words(const struct audience_rule *rule)
{
    struct buffer words;

    buffer_init(&words, 1 << 20);
    audience_say(rule, &words);
    if (words.full || !utf8_valid(buffer_text(&words), words.len, NULL))
        abort();
    buffer_close(&words);
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
    check_json(rule, buffer_text(&once), &arena);
    check_words(rule);
out:
    buffer_close(&once);
    buffer_close(&twice);
    arena_close(&arena);
    return 0;
}
