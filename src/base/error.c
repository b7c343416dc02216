/* error.c - sentences for people who must act. */
#include "base/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum rc error_set(struct error *err, enum rc rc, const char *fmt, ...)
{
    va_list ap;

    if (!err)
        return rc;
    va_start(ap, fmt);
    vsnprintf(err->text, sizeof(err->text), fmt, ap);
    va_end(ap);
    return rc;
}

void error_prefix(struct error *err, const char *fmt, ...)
{
    char old[sizeof(err->text)];
    va_list ap;
    size_t used;

    if (!err)
        return;
    memcpy(old, err->text, sizeof(old));
    va_start(ap, fmt);
    vsnprintf(err->text, sizeof(err->text), fmt, ap);
    va_end(ap);
    used = strlen(err->text);
    if (used < sizeof(err->text))
        snprintf(err->text + used, sizeof(err->text) - used, ": %s", old);
}
