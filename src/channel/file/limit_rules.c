/* limit_rules.c - see limit_rules.h. */
#include "channel/file/limit_rules.h"

#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>

#define ROWS_MAX    UINT64_C(1000000000)
#define WHOLE       UINT64_C(10000) /* 100 %, in hundredths of a per cent */
#define DECIMALS    2
#define EXPECTATION "expected a number of rows such as \"100\", or a share such as \"5 %%\""

const struct config_key limit_table[LIMIT_KEYS] = {
    { "refuse_above", CONFIG_TEXT, offsetof(struct limit_keys, refuse_above), "", 0, 20, NULL,
      false,
      "Take nothing of a file in which more rows than this are faulty: a number, or \"5 %\" of "
      "its\n"
      "rows. What only the database can see counts, too; then what was taken already is taken "
      "back.\n"
      "Empty: faulty rows are refused, the others taken." },
};

static const char *skip_blanks(const char *text)
{
    while (*text == ' ' || *text == '\t')
        text++;
    return text;
}

/* Digits, at most 9 of them. */
static const char *read_number(const char *text, uint64_t *value)
{
    int n = 0;

    for (*value = 0; *text >= '0' && *text <= '9' && n < 9; n++)
        *value = *value * 10 + (uint64_t)(*text++ - '0');
    return n ? text : NULL;
}

static bool read_limit(const char *text, struct limit_rules *rules)
{
    uint64_t value, fraction = 0;
    bool has_fraction;

    text = read_number(skip_blanks(text), &value);
    if (!text)
        return false;
    has_fraction = *text == '.' || *text == ',';
    if (has_fraction) {
        text++;
        for (int i = 0; i < DECIMALS; i++)
            fraction =
                fraction * 10 + (*text >= '0' && *text <= '9' ? (uint64_t)(*text++ - '0') : 0);
    }
    text = skip_blanks(text);
    rules->per_cent = *text == '%';
    if (rules->per_cent)
        text = skip_blanks(text + 1);
    rules->above = rules->per_cent ? value * 100 + fraction : value;
    return !*text && (rules->per_cent ? rules->above <= WHOLE : value <= ROWS_MAX && !has_fraction);
}

enum rc limit_rules_take(const struct limit_keys *keys, const char *path, struct limit_rules *rules,
                         struct error *err)
{
    *rules = (struct limit_rules){ 0 };
    if (!keys->refuse_above || !*skip_blanks(keys->refuse_above))
        return RC_OK;
    if (!read_limit(keys->refuse_above, rules))
        return error_set(err, RC_INVALID, "%s:%d: limit.refuse_above: " EXPECTATION, path,
                         keys->head.line);
    rules->set = true;
    return RC_OK;
}

bool limit_is_passed(const struct limit_rules *rules, uint64_t faults, uint64_t rows)
{
    if (!rules->set)
        return false;
    return rules->per_cent ? faults * WHOLE > rules->above * rows : faults > rules->above;
}

void limit_words(const struct limit_rules *rules, uint64_t faults, uint64_t rows,
                 char out[LIMIT_WORDS_SIZE])
{
    const int n = snprintf(out, LIMIT_WORDS_SIZE,
                           "%" PRIu64 " of %" PRIu64 " rows are faulty, and the limit is %" PRIu64,
                           faults, rows, rules->per_cent ? rules->above / 100 : rules->above);

    if (!rules->per_cent || n < 0 || n >= LIMIT_WORDS_SIZE)
        return;
    if (rules->above % 100)
        snprintf(out + n, (size_t)(LIMIT_WORDS_SIZE - n), ".%02u %%",
                 (unsigned)(rules->above % 100));
    else
        snprintf(out + n, (size_t)(LIMIT_WORDS_SIZE - n), " %%");
}
