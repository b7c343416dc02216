/* sql_script.c - a semicolon ends a statement unless it stands in quotes or in a comment. */
#include "store/sql_script.h"

#include <ctype.h>
#include <string.h>

void sql_script_init(struct sql_script *script, const char *text, size_t len)
{
    *script = (struct sql_script){ .at = text, .end = text + len, .line = 1 };
}

static bool looking_at(const struct sql_script *s, const char *word)
{
    const size_t len = strlen(word);

    return (size_t)(s->end - s->at) >= len && memcmp(s->at, word, len) == 0;
}

static void advance(struct sql_script *s, size_t n)
{
    while (n-- > 0 && s->at < s->end) {
        if (*s->at == '\n')
            s->line++;
        s->at++;
    }
}

/* "--" opens a comment only before a blank: 5--3 is arithmetic. */
static bool at_line_comment(const struct sql_script *s)
{
    if (looking_at(s, "#"))
        return true;
    return looking_at(s, "--") && (s->at + 2 == s->end || isspace((unsigned char)s->at[2]));
}

static bool skip_comment(struct sql_script *s)
{
    if (at_line_comment(s)) {
        while (s->at < s->end && *s->at != '\n')
            advance(s, 1);
        return true;
    }
    if (!looking_at(s, "/*"))
        return false;
    advance(s, 2);
    while (s->at < s->end && !looking_at(s, "*/"))
        advance(s, 1);
    advance(s, 2);
    return true;
}

/* A doubled quote is two strings to us, which ends at the same place. Names in backticks know no
 * backslash. */
static void skip_quoted(struct sql_script *s)
{
    const char quote = *s->at;

    advance(s, 1);
    while (s->at < s->end && *s->at != quote)
        advance(s, *s->at == '\\' && quote != '`' ? 2 : 1);
    advance(s, 1);
}

static void skip_blank(struct sql_script *s)
{
    while (s->at < s->end && (isspace((unsigned char)*s->at) || *s->at == ';'))
        advance(s, 1);
}

/* What looks like a comment and is run by the server is no comment. */
static bool at_run_comment(const struct sql_script *s)
{
    return looking_at(s, "/*!") || looking_at(s, "/*M!");
}

bool sql_script_next(struct sql_script *s, struct sql_statement *statement)
{
    const char *begin;
    unsigned line;

    do
        skip_blank(s);
    while (!at_run_comment(s) && skip_comment(s));
    if (s->at == s->end)
        return false;
    begin = s->at;
    line = s->line;
    while (s->at < s->end && *s->at != ';') {
        if (*s->at == '\'' || *s->at == '"' || *s->at == '`')
            skip_quoted(s);
        else if (!skip_comment(s))
            advance(s, 1);
    }
    *statement = (struct sql_statement){ begin, (size_t)(s->at - begin), line };
    return true;
}
