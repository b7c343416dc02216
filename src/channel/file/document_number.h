/* document_number.h - the partner's own number of a file, gathered while it is read. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#define DOCUMENT_NUMBER_MAX 100 /* bytes */

/* A file of several documents has all their numbers, "4711, 4712"; too many of them for the room
 * make none: then only the content tells whether the file was taken before. */
struct document_number {
    char text[DOCUMENT_NUMBER_MAX + 1];
    size_t last; /* where the newest begins */
    bool overflow;
};

/* UTF-8; blanks around it are left out, and a number that is the last one again. */
void document_number_add(struct document_number *d, const char *text, size_t len);
/* "" : none. */
const char *document_number_text(const struct document_number *d);
