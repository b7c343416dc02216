/* file_name.h - what the name of a file says about it. Pure. */
#pragma once

#include <stdbool.h>

/* Names that partners' programs give to files they still write: hidden, *.tmp, *.part, *~ ... */
bool file_name_is_unfinished(const char *name);
