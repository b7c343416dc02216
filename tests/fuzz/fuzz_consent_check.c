/* fuzz_consent_check.c - no file is taken for a sound export that was not signed, and none does
 * harm. The corpus has real ones: they are sound, but not when their first line lies about the key.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "control/consent_check.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct consent_report check(const char *text, size_t size)
{
    struct consent_check *c = consent_check_new();
    struct consent_report report;
    bool good = true;

    if (!c)
        abort();
    while (good && size > 0) {
        const char *end = memchr(text, '\n', size);
        size_t len = end ? (size_t)(end - text) : size;
        good = consent_check_line(c, text, len);
        text += len + (end != NULL);
        size -= len + (end != NULL);
    }
    consent_check_end(c, &report);
    consent_check_free(c);
    return report;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct consent_report report = check((const char *)data, size);
    char *changed;

    if (report.sound == (report.reason[0] != '\0') || (!report.sound && !report.line))
        abort();
    if (!report.sound || size == 0)
        return 0;
    /* Any byte of a sound file changed: it is sound no more. */
    changed = malloc(size);
    if (!changed)
        abort();
    for (size_t i = 0; i < 40; i++) {
        size_t at = (i * 2654435761u) % size;
        memcpy(changed, data, size);
        changed[at] ^= 1;
        if (check(changed, size).sound)
            abort();
    }
    free(changed);
    return 0;
}
