/* fuzz_mail_quote.c - of any text there stays what is no longer, is text still, and has no line
 * that is marked as quoted. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "domain/mail_quote.h"
#include "domain/utf8.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *text = (const char *)data;
    char *out;
    size_t kept;

    if (!utf8_valid(text, size, NULL))
        return 0;
    out = malloc(size + 1);
    if (!out)
        abort();
    kept = mail_quote_strip(text, size, out);
    if (kept > size || out[kept] || !utf8_valid(out, kept, NULL))
        abort();
    for (size_t i = 0; i < kept; i++) {
        if (out[i] == '>' && (i == 0 || out[i - 1] == '\n'))
            abort();
    }
    free(out);
    return 0;
}
