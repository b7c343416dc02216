/* file_name.c - see file_name.h. */
#include "domain/file_name.h"

#include <stddef.h>
#include <string.h>
#include <strings.h>

static const char *const unfinished_ends[] = { ".tmp",     ".part", ".partial",    ".filepart",
                                               ".writing", ".swp",  ".crdownload", "~" };

bool file_name_is_unfinished(const char *name)
{
    const size_t len = strlen(name);

    if (name[0] == '.')
        return true;
    for (size_t i = 0; i < sizeof(unfinished_ends) / sizeof(unfinished_ends[0]); i++) {
        const size_t n = strlen(unfinished_ends[i]);
        if (len >= n && strcasecmp(name + len - n, unfinished_ends[i]) == 0)
            return true;
    }
    return false;
}
