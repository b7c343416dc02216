/*
 * file_type.h - what a file is by its bytes, whatever its name or its mail says. Pure.
 *
 * It looks at the beginning alone, so it can be deceived by who takes pains to; it is there for
 * what is called photo.jpg and is a program, and for what is merely called wrong.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#define FILE_TYPE_HEAD 4096 /* bytes of the beginning that it wants, if there are so many */
#define FILE_TYPE_SIZE 100  /* of a type, with its NUL */

#define FILE_TYPE_UNKNOWN "application/octet-stream"

/* "application/pdf", "text/plain" ...; FILE_TYPE_UNKNOWN. A constant. */
const char *file_type_of(const void *head, size_t n);
/* Does something run it when it is opened, by what it is or by the end of its name? */
bool file_type_is_program(const char *type, const char *name);
/* May what is `found` be declared as `declared`? "application/octet-stream", and what we know no
 * mark of, may be anything that is no program. */
bool file_type_agrees(const char *declared, const char *found);
