/* fuzz_guess.c - of any bytes either nothing can be made, with a reason, or a profile that has
 * nothing wrong with it but fields that are missing. */
#define _GNU_SOURCE
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "channel/file/file_reader.h"
#include "channel/file/guess.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A key that was found nowhere is named as MISSING, and what is proposed then cannot be loaded. */
static void check_profile(const char *text, size_t len)
{
    struct profile *profile = NULL;
    struct error err = { "" };
    char path[40];
    const int fd = memfd_create("profile", MFD_CLOEXEC);

    if (fd < 0 || write(fd, text, len) != (ssize_t)len)
        abort();
    snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    if (profile_load(path, &profile, &err) && !strstr(text, "# MISSING")) {
        fprintf(stderr, "%s\n%s", err.text, text);
        abort();
    }
    profile_free(profile);
    close(fd);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static bool ready;
    struct guess *guess = NULL;
    struct error err = { "" };
    char *text = NULL;
    size_t len = 0;
    FILE *out;
    enum rc rc;

    if (!ready)
        file_reader_setup();
    ready = true;
    if (size == 0)
        return 0;
    rc = guess_file((const char *)data + 1, size - 1, data[0] & 1, NULL, &guess, &err);
    if (rc) {
        if (rc == RC_INVALID && !*err.text)
            abort();
        return 0;
    }
    if (guess->n_columns > GUESS_COLUMNS_MAX + 1 || guess->rows > GUESS_BYTES_MAX)
        abort();
    out = open_memstream(&text, &len);
    if (!out)
        abort();
    guess_print(guess, "sample", out);
    fclose(out);
    check_profile(text, len);
    free(text);
    guess_free(guess);
    return 0;
}
