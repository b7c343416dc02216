/* base64.c - see base64.h. */
#include "control/base64.h"

#include <sodium.h>
#include <string.h>

void base64_write(const void *bytes, size_t n, char *out)
{
    sodium_bin2base64(out, BASE64_SIZE(n), bytes, n, sodium_base64_VARIANT_ORIGINAL);
}

enum rc base64_read(const char *text, void *out, size_t *n)
{
    const size_t len = strlen(text);

    return sodium_base642bin(out, len, text, len, NULL, n, NULL, sodium_base64_VARIANT_ORIGINAL)
               ? RC_INVALID
               : RC_OK;
}
