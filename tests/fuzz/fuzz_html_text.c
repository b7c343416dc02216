/* fuzz_html_text.c - whatever stands in an HTML part, its text is valid UTF-8 and ends. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/buffer.h"
#include "channel/mail/html_text.h"
#include "domain/charset.h"
#include "domain/utf8.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct buffer html, text;
    char named[16];

    buffer_init(&html, size * 3 + 1);
    buffer_init(&text, 64 << 10);
    html_charset((const char *)data, size, named, sizeof(named));
    charset_to_utf8(named, (const char *)data, size, &html);
    if (!utf8_valid(buffer_text(&html), html.len, NULL))
        abort();
    html_text(buffer_text(&html), html.len, &text);
    if (!utf8_valid(buffer_text(&text), text.len, NULL))
        abort();
    buffer_close(&html);
    buffer_close(&text);
    return 0;
}
