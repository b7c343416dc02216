/* config_value.c - the kinds of configuration values. */
#include "base/config_value.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"

#define GOT_MAX 60 /* bytes of a wrong value that a message repeats */

struct unit {
    const char *name;
    int64_t factor;
};

/* The largest first, so that a value is shown in the largest that fits. */
static const struct unit durations[] = {
    { "d", 86400000 }, { "h", 3600000 }, { "m", 60000 }, { "s", 1000 }, { "ms", 1 }, { NULL, 0 },
};
static const struct unit sizes[] = {
    { "g", INT64_C(1) << 30 }, { "m", 1 << 20 }, { "k", 1 << 10 }, { "", 1 }, { NULL, 0 },
};

void *config_field(const struct config_key *key, void *section)
{
    return (char *)section + key->offset;
}

const void *config_field_const(const struct config_key *key, const void *section)
{
    return (const char *)section + key->offset;
}

static void add_in_units(struct buffer *out, const struct unit *units, int64_t value)
{
    while (value % units->factor != 0)
        units++;
    buffer_printf(out, "%" PRId64 "%s", value / units->factor, value ? units->name : "");
}

static void add_number(struct buffer *out, enum config_kind kind, int64_t value)
{
    if (kind == CONFIG_DURATION)
        add_in_units(out, durations, value);
    else if (kind == CONFIG_SIZE)
        add_in_units(out, sizes, value);
    else
        buffer_printf(out, "%" PRId64, value);
}

static void add_range(struct buffer *out, const struct config_key *key)
{
    if (!key->min && !key->max)
        return;
    buffer_add_text(out, " from ");
    add_number(out, key->kind, key->min);
    buffer_add_text(out, " to ");
    add_number(out, key->kind, key->max);
}

static void add_choices(struct buffer *out, const char *const *choices)
{
    for (size_t i = 0; choices[i]; i++)
        buffer_printf(out, "%s%s", i == 0 ? "" : choices[i + 1] ? ", " : " or ", choices[i]);
}

void config_value_expected(const struct config_key *key, struct buffer *out)
{
    switch (key->kind) {
    case CONFIG_TEXT:
    case CONFIG_SECRET:
    case CONFIG_LIST:
        buffer_add_text(out, "a text");
        if (key->min || key->max)
            buffer_printf(out, " of %" PRId64 " to %" PRId64 " bytes", key->min, key->max);
        return;
    case CONFIG_INT:
        buffer_add_text(out, "a whole number");
        break;
    case CONFIG_BOOL:
        buffer_add_text(out, "true or false");
        return;
    case CONFIG_DURATION:
        buffer_add_text(out, "a duration like 250ms, 30s, 5m, 2h or 7d");
        break;
    case CONFIG_SIZE:
        buffer_add_text(out, "a size like 64k, 10m or 2g");
        break;
    case CONFIG_CHOICE:
        add_choices(out, key->choices);
        return;
    }
    add_range(out, key);
}

static void add_quoted(struct buffer *out, const char *text, size_t len)
{
    static const char *const escapes[] = { "\\\\", "\"\"", "n\n", "t\t", "$$" };

    buffer_add_text(out, "\"");
    for (size_t i = 0; i < len; i++) {
        char c = text[i];
        for (size_t e = 0; e < sizeof(escapes) / sizeof(escapes[0]); e++) {
            if (escapes[e][1] == text[i]) {
                buffer_add_text(out, "\\");
                c = escapes[e][0];
            }
        }
        buffer_add(out, &c, 1);
    }
    buffer_add_text(out, "\"");
}

static const char *item_end(const char *item)
{
    const char *comma = strstr(item, ", ");

    return comma ? comma : item + strlen(item);
}

static void add_list(const struct config_key *key, struct buffer *out)
{
    const char *item = key->def, *end;

    buffer_add_text(out, "{");
    while (*item) {
        end = item_end(item);
        buffer_add_text(out, item == key->def ? " " : ", ");
        add_quoted(out, item, (size_t)(end - item));
        item = *end ? end + 2 : end;
    }
    buffer_add_text(out, " }");
}

void config_value_sample(const struct config_key *key, struct buffer *out)
{
    switch (key->kind) {
    case CONFIG_TEXT:
    case CONFIG_SECRET:
    case CONFIG_CHOICE:
        add_quoted(out, key->def, strlen(key->def));
        break;
    case CONFIG_INT:
    case CONFIG_BOOL:
    case CONFIG_DURATION:
    case CONFIG_SIZE:
        buffer_add_text(out, key->def);
        break;
    case CONFIG_LIST:
        add_list(key, out);
        break;
    }
}

/* "expected ..., got ..."; a secret is not repeated. */
static enum rc wrong(const struct config_key *key, const char *text, struct error *err)
{
    struct buffer say;
    size_t len = strlen(text);
    enum rc rc;

    buffer_init(&say, sizeof(err->text));
    buffer_add_text(&say, "expected ");
    config_value_expected(key, &say);
    if (key->kind == CONFIG_SECRET)
        buffer_printf(&say, ", got %zu bytes", len);
    else if (len == 0)
        buffer_add_text(&say, ", got an empty text");
    else if (len > GOT_MAX)
        buffer_printf(&say, ", got %zu bytes", len);
    else
        buffer_printf(&say, ", got '%s'", text);
    rc = error_set(err, RC_INVALID, "%s", buffer_text(&say));
    buffer_close(&say);
    return rc;
}

static bool in_range(const struct config_key *key, int64_t value)
{
    return (!key->min && !key->max) || (value >= key->min && value <= key->max);
}

static bool parse_number(const char *text, const char **rest, int64_t *value)
{
    char *end;

    if ((*text < '0' || *text > '9') && *text != '-')
        return false;
    errno = 0;
    *value = strtoll(text, &end, 10);
    *rest = end;
    return errno == 0 && end != text;
}

/* A number and its unit. "0" needs no unit. */
static bool parse_in_units(const char *text, const struct unit *units, int64_t *value)
{
    const char *rest;
    int64_t number;

    if (!parse_number(text, &rest, &number) || number < 0)
        return false;
    if (number == 0 && !*rest) {
        *value = 0;
        return true;
    }
    for (; units->name; units++) {
        if (strcmp(units->name, rest) == 0)
            return !__builtin_mul_overflow(number, units->factor, value);
    }
    return false;
}

static bool parse_bool(const char *text, bool *value)
{
    static const char *const names[] = { "false", "true", "no", "yes", "off", "on" };

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (strcmp(text, names[i]) == 0) {
            *value = i % 2;
            return true;
        }
    }
    return false;
}

static bool parse_choice(const char *const *choices, const char *text, int *value)
{
    for (int i = 0; choices[i]; i++) {
        if (strcmp(text, choices[i]) == 0) {
            *value = i;
            return true;
        }
    }
    return false;
}

static enum rc set_text(const char *text, struct arena *arena, char **field)
{
    char *copy = arena_copy(arena, text, strlen(text));

    if (!copy)
        return RC_FAIL;
    *field = copy;
    return RC_OK;
}

/* The items move to a larger array at every power of two; what is left behind dies with the arena.
 */
static enum rc add_item(const char *text, struct arena *arena, struct config_texts *list)
{
    size_t n = list->n;
    char **items = list->items;

    if ((n & (n - 1)) == 0) {
        items = arena_alloc(arena, (n ? 2 * n : 1) * sizeof(*items));
        if (!items)
            return RC_FAIL;
        if (n)
            memcpy(items, list->items, n * sizeof(*items));
        list->items = items;
    }
    if (set_text(text, arena, &items[n]))
        return RC_FAIL;
    list->n++;
    return RC_OK;
}

enum rc config_value_set(const struct config_key *key, const char *text, struct arena *arena,
                         void *section, struct error *err)
{
    void *field = section ? config_field(key, section) : NULL;
    const char *rest;
    int64_t number = 0;
    int choice = 0;
    bool truth = false, ok = false;

    switch (key->kind) {
    case CONFIG_TEXT:
    case CONFIG_SECRET:
    case CONFIG_LIST:
        ok = in_range(key, (int64_t)strlen(text));
        if (!ok || !field)
            break;
        if (key->kind == CONFIG_LIST)
            return add_item(text, arena, field);
        return set_text(text, arena, field);
    case CONFIG_INT:
        ok = parse_number(text, &rest, &number) && !*rest && in_range(key, number);
        break;
    case CONFIG_DURATION:
        ok = parse_in_units(text, durations, &number) && in_range(key, number);
        break;
    case CONFIG_SIZE:
        ok = parse_in_units(text, sizes, &number) && in_range(key, number);
        break;
    case CONFIG_BOOL:
        ok = parse_bool(text, &truth);
        if (ok && field)
            *(bool *)field = truth;
        break;
    case CONFIG_CHOICE:
        ok = parse_choice(key->choices, text, &choice);
        if (ok && field)
            *(int *)field = choice;
        break;
    }
    if (!ok)
        return wrong(key, text, err);
    if (field &&
        (key->kind == CONFIG_INT || key->kind == CONFIG_DURATION || key->kind == CONFIG_SIZE))
        *(int64_t *)field = number;
    return RC_OK;
}

enum rc config_value_default(const struct config_key *key, struct arena *arena, void *section,
                             struct error *err)
{
    const char *item = key->def, *end;
    char one[256];
    size_t len;
    enum rc rc = RC_OK;

    if (!key->def)
        return RC_OK;
    if (key->kind != CONFIG_LIST)
        return config_value_set(key, key->def, arena, section, err);
    *(struct config_texts *)config_field(key, section) = (struct config_texts){ 0 };
    while (!rc && *item) {
        end = item_end(item);
        len = (size_t)(end - item) < sizeof(one) ? (size_t)(end - item) : sizeof(one) - 1;
        memcpy(one, item, len);
        one[len] = '\0';
        rc = config_value_set(key, one, arena, section, err);
        item = *end ? end + 2 : end;
    }
    return rc;
}

static bool same_text(const char *a, const char *b)
{
    return a == b || (a && b && strcmp(a, b) == 0);
}

static bool same_list(const struct config_texts *a, const struct config_texts *b)
{
    if (a->n != b->n)
        return false;
    for (size_t i = 0; i < a->n; i++) {
        if (!same_text(a->items[i], b->items[i]))
            return false;
    }
    return true;
}

bool config_value_equal(const struct config_key *key, const void *a, const void *b)
{
    const void *x = config_field_const(key, a), *y = config_field_const(key, b);

    switch (key->kind) {
    case CONFIG_TEXT:
    case CONFIG_SECRET:
        return same_text(*(char *const *)x, *(char *const *)y);
    case CONFIG_INT:
    case CONFIG_DURATION:
    case CONFIG_SIZE:
        return *(const int64_t *)x == *(const int64_t *)y;
    case CONFIG_BOOL:
        return *(const bool *)x == *(const bool *)y;
    case CONFIG_CHOICE:
        return *(const int *)x == *(const int *)y;
    case CONFIG_LIST:
        return same_list(x, y);
    }
    return false;
}
