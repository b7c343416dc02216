/* fuzz_template.c - no text does harm as a template, and a filled one is as good UTF-8 as it was.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/buffer.h"
#include "domain/template.h"
#include "domain/utf8.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct template_values some = {
        .value = { [TEMPLATE_FIRST_NAME] = "Zoé",
                   [TEMPLATE_CITY] = "Évry",
                   [TEMPLATE_COMPANY] = "" },
    };
    const char *missing = NULL;
    size_t at = 0;
    struct template *t = NULL;
    struct error err = { "" };
    struct buffer out;
    struct arena arena;
    char *text;
    enum rc rc;

    arena_init(&arena);
    buffer_init(&out, 2000);
    text = arena_copy(&arena, (const char *)data, size);
    if (template_parse(text, &arena, &t, &err)) {
        if (t || !err.text[0])
            abort();
        goto out;
    }
    rc = template_render(t, &some, &out, &missing);
    if (rc && out.len != 0)
        abort();
    if (rc == RC_NOTFOUND && (!missing || !strstr(text, missing)))
        abort();
    if (!utf8_valid(buffer_text(&out), out.len, NULL))
        abort();
    if (!rc && !strstr(text, "{{") && strcmp(buffer_text(&out), text) != 0)
        abort();
    if (!template_fits(t, &some, 1, &at) && (at == 0 || at > size + 1))
        abort();
out:
    buffer_close(&out);
    arena_close(&arena);
    return 0;
}
