/* fuzz_auth_results.c - whatever a mail's headers say, it is judged, and nobody is trusted until
 * somebody is named. The input is From, a line break, and headers of the MTA, a line each; the rest
 * of the signs of automation are read from the same lines. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "domain/auth_results.h"
#include "domain/automation.h"

#define LINES 8

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = malloc(size + 1), *rest = text;
    const char *lines[LINES + 1] = { "", "", "", "", "", "", "", "", "" };
    struct mail_signs signs;
    size_t n = 0;

    memcpy(text, data, size);
    text[size] = '\0';
    for (char *line; n <= LINES && (line = strsep(&rest, "\n"));)
        lines[n++] = line;
    if (auth_results_judge(lines + 1, n - 1, "", lines[0]))
        abort();
    if (*mail_proof_name(auth_results_judge(lines + 1, n - 1, "mx.relais.example", lines[0])) &&
        !strchr(lines[0], '@'))
        abort();
    signs = (struct mail_signs){ lines[0], lines[1], lines[2], lines[3], lines[4],
                                 lines[5], lines[6], lines[7], lines[8], lines[0] };
    (void)automation_name(automation_judge(&signs));
    free(text);
    return 0;
}
