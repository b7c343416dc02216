/* fuzz_likeness.c - two people, a line for each thing that is known of them: comparing does no
 * harm, and who is asked first does not matter. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "domain/likeness.h"

#define TEXT_MAX 4000
#define LINES    8

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char text[TEXT_MAX + 1];
    const char *lines[LINES] = { "", "", "", "", "", "", "", "" };
    struct likeness_person a, b;
    struct likeness_verdict v, w;
    char *at = text;

    if (size > TEXT_MAX)
        return 0;
    memcpy(text, data, size);
    text[size] = '\0';
    for (int i = 0; i < LINES && at; i++) {
        char *end = strchr(at, '\n');

        lines[i] = at;
        if (end)
            *end++ = '\0';
        at = end;
    }
    a = (struct likeness_person){ lines[0], lines[1], lines[2], lines[3] };
    b = (struct likeness_person){ lines[4], lines[5], lines[6], lines[7] };
    v = likeness_of(&a, &b);
    w = likeness_of(&b, &a);
    if (v.likeness != w.likeness || v.score != w.score || v.score > 100 || v.reason != w.reason)
        abort();
    if (likeness_of(&a, &a).likeness == LIKENESS_DIFFERENT)
        abort();
    return 0;
}
