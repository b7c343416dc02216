/* near_name.c - the name with the fewest edits, if they are few. */
#include "base/near_name.h"

#include <stdint.h>
#include <string.h>

/* Edits (insert, delete, replace) that turn one name into the other. */
static size_t distance(const char *a, const char *b)
{
    size_t row[NEAR_NAME_MAX + 1], n = strlen(b), before, above;

    if (n > NEAR_NAME_MAX || strlen(a) > NEAR_NAME_MAX)
        return SIZE_MAX;
    for (size_t j = 0; j <= n; j++)
        row[j] = j;
    for (size_t i = 1; a[i - 1]; i++) {
        before = row[0];
        row[0] = i;
        for (size_t j = 1; j <= n; j++) {
            size_t best = before + (a[i - 1] != b[j - 1]);
            above = row[j];
            best = above + 1 < best ? above + 1 : best;
            best = row[j - 1] + 1 < best ? row[j - 1] + 1 : best;
            row[j] = best;
            before = above;
        }
    }
    return row[n];
}

struct near_name near_name_to(const char *wanted)
{
    return (struct near_name){ wanted, NULL, strlen(wanted) / 3 + 2 };
}

void near_name_try(struct near_name *near, const char *name)
{
    size_t edits = distance(near->wanted, name);

    if (edits < near->edits) {
        near->edits = edits;
        near->name = name;
    }
}
