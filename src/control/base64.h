/* base64.h - bytes in the JSON of a call, as RFC 4648, 4 writes them. */
#pragma once

#include <stddef.h>

#include "base/rc.h"

#define BASE64_SIZE(n) (((n) + 2) / 3 * 4 + 1) /* of the text of n bytes, with its NUL */

void base64_write(const void *bytes, size_t n, char *out);
/* `out` has room for as many bytes as the text has. RC_INVALID: it is none. */
enum rc base64_read(const char *text, void *out, size_t *n) MUST_CHECK;
