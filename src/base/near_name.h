/* near_name.h - which of our names did somebody mean who wrote another one? */
#pragma once

#include <stddef.h>

#define NEAR_NAME_MAX 64 /* bytes; a longer one is near to none */

struct near_name {
    const char *wanted;
    const char *name; /* the nearest so far; NULL: none is near */
    size_t edits;     /* inserted, deleted and replaced bytes that turn one into the other */
};

struct near_name near_name_to(const char *wanted);
void near_name_try(struct near_name *near, const char *name);
