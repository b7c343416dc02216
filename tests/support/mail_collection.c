/* mail_collection.c - where the collection may be. */
#include "tests/support/mail_collection.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

const char *mail_collection(void)
{
    static const char *const places[] = { "../shared/data/mail", "../../shared/data/mail" };
    static char path[PATH_MAX / 2];
    const char *named = getenv("RELAIS_MAIL_DATA"), *srcdir = getenv("srcdir");

    if (named)
        return named;
    for (size_t i = 0; i < sizeof(places) / sizeof(*places); i++) {
        snprintf(path, sizeof(path), "%s/%s", srcdir ? srcdir : ".", places[i]);
        if (access(path, R_OK) == 0)
            return path;
    }
    return NULL;
}
