/* audience_value.c - what a test compares with: values, numbers, amounts, ages. */
#include <string.h>
#include <strings.h>

#include "base/arena.h"
#include "base/buffer.h"
#include "domain/audience_lex.h"
#include "domain/utf8.h"

#define SPAN_MAX_HOURS    (INT64_C(100) * 366 * 24)
#define SPAN_MAX_MONTHS   1200
#define DAYS_MAX          366
#define YEARS_MAX         150
#define NUMBER_DIGITS_MAX 12

bool audience_count_part(struct audience_parser *p)
{
    if (++p->nodes <= AUDIENCE_NODES_MAX)
        return true;
    audience_fail(p, p->token.at, "the rule has more than %d parts", AUDIENCE_NODES_MAX);
    return false;
}

static bool expected(struct audience_parser *p, const char *what)
{
    audience_fail_expected(p, what);
    return false;
}

/* --- values --- */

/* Doubled quotation marks become one. */
static void undo_quotes(char *value, size_t len)
{
    size_t n = 0;

    for (size_t i = 0; i < len; i++) {
        value[n++] = value[i];
        if (value[i] == '"')
            i++;
    }
    value[n] = '\0';
}

static bool is_digits(const struct token *t)
{
    for (size_t i = 0; i < t->len; i++) {
        if (t->text[i] < '0' || t->text[i] > '9')
            return false;
    }
    return t->kind == TOKEN_WORD && t->len > 0;
}

/* The known word that the value is, as it is written in the table; NULL: fault. */
static const char *known_word(struct audience_parser *p, enum audience_field field)
{
    char list[200] = "one of ";
    size_t n;
    const char *const *words = audience_words(field, &n);

    for (size_t i = 0; i < n; i++) {
        if (p->token.len == strlen(words[i]) &&
            strncasecmp(p->token.text, words[i], p->token.len) == 0)
            return words[i];
        strcat(list, i ? ", " : "");
        strcat(list, words[i]);
    }
    return audience_fail_expected(p, list);
}

static bool check_value(struct audience_parser *p, enum audience_kind kind, bool pattern)
{
    const struct token *t = &p->token;
    const bool name = kind == AUDIENCE_PAST || kind == AUDIENCE_SENDING || kind == AUDIENCE_NAMED;

    if ((t->kind != TOKEN_WORD && t->kind != TOKEN_QUOTED) ||
        (t->len == 0 && (name || kind == AUDIENCE_CODE)))
        return expected(p, audience_kinds[kind].what);
    if (utf8_length(t->text, t->len) > AUDIENCE_VALUE_MAX) {
        audience_fail(p, t->at, "a value has at most %d characters", AUDIENCE_VALUE_MAX);
        return false;
    }
    if (pattern && memchr(t->text, '\\', t->len)) {
        audience_fail(p, t->at, "a pattern has no backslash; %% is any characters, _ one");
        return false;
    }
    if (name && is_digits(t) && t->len > NUMBER_DIGITS_MAX)
        return expected(p, audience_kinds[kind].what);
    return audience_count_part(p);
}

static bool take_value(struct audience_parser *p, const struct audience_node *test,
                       struct audience_value *out)
{
    const enum audience_kind kind = audience_field_kind(test->field);
    const struct token t = p->token;
    char *copy;

    if (!check_value(p, kind, test->op == AUDIENCE_LIKE))
        return false;
    *out = (struct audience_value){ .at = t.at };
    if (kind == AUDIENCE_WORD || kind == AUDIENCE_RIGHT) {
        out->text = known_word(p, test->field);
        if (!out->text)
            return false;
    } else {
        copy = arena_copy(p->arena, t.text, t.len);
        if (!copy) {
            audience_fail_memory(p);
            return false;
        }
        if (t.kind == TOKEN_QUOTED)
            undo_quotes(copy, t.len);
        out->is_id = (kind == AUDIENCE_PAST || kind == AUDIENCE_SENDING) && is_digits(&t);
        while (out->is_id && copy[0] == '0' && copy[1])
            copy++;
        out->text = copy;
    }
    audience_advance(p);
    return true;
}

static bool take_values(struct audience_parser *p, struct audience_node *test)
{
    const size_t room = test->op == AUDIENCE_IN ? AUDIENCE_NODES_MAX : 1;
    struct audience_value values[AUDIENCE_NODES_MAX];

    if (test->op == AUDIENCE_IN && !audience_take(p, TOKEN_SIGN, "("))
        return expected(p, "\"(\" and a list of values");
    do {
        if (!take_value(p, test, &values[test->n_values]))
            return false;
        test->n_values++;
    } while (test->n_values < room && audience_take(p, TOKEN_SIGN, ","));
    if (test->op == AUDIENCE_IN && !audience_take(p, TOKEN_SIGN, ")"))
        return expected(p, "\",\" or \")\"");
    test->values = arena_alloc(p->arena, test->n_values * sizeof(values[0]));
    if (!test->values) {
        audience_fail_memory(p);
        return false;
    }
    memcpy(test->values, values, test->n_values * sizeof(values[0]));
    return true;
}

/* --- numbers --- */

/* The digits that begin `*text`, at most `max` of them; false: there are none, or too many. */
static bool take_digits(const char **text, const char *end, int max, int64_t *value)
{
    int n = 0;

    *value = 0;
    for (; *text < end && **text >= '0' && **text <= '9'; (*text)++) {
        if (++n > max)
            return false;
        *value = *value * 10 + (**text - '0');
    }
    return n > 0;
}

static bool parse_cents(const char *s, const char *end, int64_t *cents)
{
    int64_t whole, part = 0;
    const char *point;

    if (!take_digits(&s, end, NUMBER_DIGITS_MAX, &whole))
        return false;
    if (s < end) {
        if (*s++ != '.')
            return false;
        point = s;
        if (!take_digits(&s, end, 2, &part) || s != end)
            return false;
        if (s - point == 1)
            part *= 10;
    }
    *cents = whole * 100 + part;
    return true;
}

/* "30d": so many hours, or so many months of the calendar. */
static bool parse_span(const char *s, const char *end, struct audience_node *test)
{
    static const struct {
        const char *unit;
        int hours, months;
    } units[] = { { "h", 1, 0 }, { "d", 24, 0 }, { "w", 168, 0 }, { "mo", 0, 1 }, { "y", 0, 12 } };
    int64_t n;

    if (!take_digits(&s, end, NUMBER_DIGITS_MAX, &n))
        return false;
    for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
        const size_t len = strlen(units[i].unit);
        if ((size_t)(end - s) != len || strncasecmp(s, units[i].unit, len) != 0)
            continue;
        /* No month at all is no time at all. */
        if (units[i].months && n * units[i].months <= SPAN_MAX_MONTHS) {
            test->months = (int)n * units[i].months;
            return true;
        }
        if (units[i].hours && n <= SPAN_MAX_HOURS / units[i].hours) {
            test->number = n * units[i].hours * 3600;
            return true;
        }
    }
    return false;
}

static bool take_span(struct audience_parser *p, struct audience_node *test)
{
    const char *s = p->token.text;

    if (p->token.kind != TOKEN_WORD || !parse_span(s, s + p->token.len, test))
        return expected(p, "an age, like 30d");
    audience_advance(p);
    if (audience_field_kind(test->field) == AUDIENCE_SPAN)
        return true;
    return audience_take(p, TOKEN_WORD, "ago") || expected(p, "\"ago\"");
}

/* `today`, or the days behind `in`. */
static bool take_days(struct audience_parser *p, struct audience_node *test)
{
    const char *s = p->token.text;

    if (audience_take(p, TOKEN_WORD, "today"))
        return true;
    if (p->token.kind != TOKEN_WORD || !parse_span(s, s + p->token.len, test) || test->months ||
        test->number % SEC_PER_DAY || test->number > DAYS_MAX * SEC_PER_DAY)
        return expected(p, audience_kinds[AUDIENCE_DAY].what);
    audience_advance(p);
    return true;
}

static bool take_number(struct audience_parser *p, struct audience_node *test)
{
    const enum audience_kind kind = audience_field_kind(test->field);
    const char *s = p->token.text, *end = s + p->token.len;
    bool good = p->token.kind == TOKEN_WORD;

    if (kind == AUDIENCE_MONEY)
        good = good && parse_cents(s, end, &test->number);
    else
        good = good && take_digits(&s, end, NUMBER_DIGITS_MAX, &test->number) && s == end;
    if (!good || (kind == AUDIENCE_YEARS && test->number > YEARS_MAX))
        return expected(p, audience_kinds[kind].what);
    audience_advance(p);
    return true;
}

/* A value, or an age with "ago" behind it. */
static bool take_own(struct audience_parser *p, struct audience_node *test)
{
    struct audience_parser ahead = *p;

    if (test->op == AUDIENCE_LT || test->op == AUDIENCE_LE || test->op == AUDIENCE_GT ||
        test->op == AUDIENCE_GE) {
        ahead.err = NULL;
        audience_advance(&ahead);
        if (p->token.kind == TOKEN_WORD && audience_token_is(&ahead, TOKEN_WORD, "ago")) {
            test->ago = true;
            return take_span(p, test);
        }
    }
    return take_values(p, test);
}

bool audience_take_operand(struct audience_parser *p, struct audience_node *test)
{
    if (test->op == AUDIENCE_NEVER || test->op == AUDIENCE_HOLDS)
        return true;
    if (audience_compares_span(test))
        return take_span(p, test);
    switch (audience_field_kind(test->field)) {
    case AUDIENCE_NUMBER:
    case AUDIENCE_MONEY:
    case AUDIENCE_YEARS:
        return take_number(p, test);
    case AUDIENCE_DAY:
        return take_days(p, test);
    case AUDIENCE_OWN:
        return take_own(p, test);
    case AUDIENCE_CODE:
    case AUDIENCE_WORD:
    case AUDIENCE_TEXT:
    case AUDIENCE_TIME:
    case AUDIENCE_SPAN:
    case AUDIENCE_FLAG:
    case AUDIENCE_RIGHT:
    case AUDIENCE_SENDING:
    case AUDIENCE_PAST:
    case AUDIENCE_NAMED:
        break;
    }
    return take_values(p, test);
}
