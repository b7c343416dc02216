/*
 * fuzz_audience_json.c - a value in JSON stays a value. The bytes are put as they are where each
 * kind of field has its value: whatever they hold, the rule that comes of it is that one test.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "base/arena.h"
#include "domain/audience.h"

static const char *const shapes[] = {
    "{\"field\":\"city\",\"op\":\"=\",\"value\":%s}",
    "{\"field\":\"category\",\"op\":\"in\",\"value\":[%s]}",
    "{\"field\":\"orders\",\"op\":\">\",\"value\":%s}",
    "{\"field\":\"order_total\",\"op\":\">\",\"value\":%s}",
    "{\"field\":\"last_order\",\"op\":\"<\",\"value\":%s}",
    "{\"field\":\"orders\",\"where\":{\"field\":\"age\",\"op\":\"<\",\"value\":%s},\"op\":\">\","
    "\"value\":1}",
    "{\"field\":\"birthday\",\"op\":\"in\",\"value\":%s}",
    "{\"field\":\"consent\",\"value\":%s}",
    "{\"field\":\"consent\",\"op\":\">\",\"value\":%s}",
    "{\"field\":\"last_campaign\",\"op\":\"<\",\"value\":%s}",
    "{\"field\":\"received campaign\",\"value\":%s}",
    "{\"field\":\"in audience\",\"value\":%s}",
    "{\"field\":\"field.x\",\"op\":\">\",\"value\":%s}",
    "{\"field\":%s}",
};

static void check(const char *shape, const char *value)
{
    struct audience_rule *rule = NULL;
    struct error err = { "" };
    struct arena arena;
    const char *hole = strstr(shape, "%s");
    char *json, *end;

    arena_init(&arena);
    json = arena_alloc(&arena, strlen(shape) + strlen(value) + 1);
    memcpy(json, shape, (size_t)(hole - shape));
    end = stpcpy(json + (hole - shape), value);
    strcpy(end, hole + 2);
    if (audience_parse(json, &arena, &rule, &err)) {
        if (rule || !err.text[0])
            abort();
    } else if (!rule->root || rule->root->kind != AUDIENCE_TEST) {
        abort();
    }
    arena_close(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    json_t *text = json_stringn((const char *)data, size);
    char *value = text ? json_dumps(text, JSON_ENCODE_ANY) : NULL;

    for (size_t i = 0; value && i < sizeof(shapes) / sizeof(shapes[0]); i++)
        check(shapes[i], value);
    free(value);
    json_decref(text);
    return 0;
}
