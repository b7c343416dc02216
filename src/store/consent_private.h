/* consent_private.h - what the files consent*.c share. */
#pragma once

#include "store/db.h"

/* `text` (NULL: "") up to so many characters of UTF-8, in buf, which has room for four times as
 * many and a NUL. */
struct db_value consent_cut(const char *text, size_t characters, char *buf);
