/* pattern.c - see pattern.h. */
#include "domain/pattern.h"

#include <ctype.h>
#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct pattern {
    regex_t regex;
};

/* The library unrolls {n,m}: so many copies of what stands before it. */
static bool grows_too_much(const char *text)
{
    unsigned long product = 1;

    for (; *text; text++) {
        unsigned long count = 0;

        if (*text == '\\' && text[1]) {
            text++;
            continue;
        }
        if (*text != '{')
            continue;
        for (const char *c = text + 1; isdigit((unsigned char)*c) || *c == ','; c++) {
            unsigned long n = *c == ',' ? 0 : strtoul(c, NULL, 10);
            count = n > count ? n : count;
        }
        product *= count > 1 ? count : 1;
        if (count > PATTERN_REPEAT_MAX || product > PATTERN_REPEAT_MAX)
            return true;
    }
    return false;
}

static bool refers_back(const char *text)
{
    for (; *text; text++) {
        if (*text == '\\' && text[1]) {
            text++;
            if (isdigit((unsigned char)*text))
                return true;
        }
    }
    return false;
}

enum rc pattern_new(const char *text, struct pattern **pattern, struct error *err)
{
    char whole[PATTERN_TEXT_MAX + 8], why[100];
    struct pattern *p;
    int fault;

    if (strlen(text) > PATTERN_TEXT_MAX)
        return error_set(err, RC_INVALID, "expected a pattern of at most %d bytes",
                         PATTERN_TEXT_MAX);
    if (grows_too_much(text))
        return error_set(err, RC_INVALID, "expected counts in braces that multiply to at most %d",
                         PATTERN_REPEAT_MAX);
    if (refers_back(text))
        return error_set(err, RC_INVALID, "expected a pattern without references back (\\1)");
    p = malloc(sizeof(*p));
    if (!p)
        return RC_FAIL;
    snprintf(whole, sizeof(whole), "^(%s)$", text);
    fault = regcomp(&p->regex, whole, REG_EXTENDED | REG_NOSUB);
    if (fault) {
        regerror(fault, &p->regex, why, sizeof(why));
        free(p);
        return error_set(err, RC_INVALID, "no extended regular expression: %s", why);
    }
    *pattern = p;
    return RC_OK;
}

void pattern_free(struct pattern *pattern)
{
    if (!pattern)
        return;
    regfree(&pattern->regex);
    free(pattern);
}

bool pattern_matches(const struct pattern *pattern, const char *value)
{
    return regexec(&pattern->regex, value, 0, NULL, 0) == 0;
}
