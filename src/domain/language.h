/* language.h - the two-letter names of languages (ISO 639-1). */
#pragma once

/* "fr", as a constant of this file whatever was asked with; NULL: no such language. */
const char *language_code(const char *name);
