/* fuzz_profile.c - a partner's profile of any bytes is read, or refused with a reason. */
#define _GNU_SOURCE
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "channel/file/profile.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct profile *profile = NULL;
    struct error err = { "" };
    char path[40];
    const int fd = memfd_create("profile", MFD_CLOEXEC);

    if (fd < 0 || write(fd, data, size) != (ssize_t)size)
        abort();
    snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    if (profile_load(path, &profile, &err) && !*err.text)
        abort();
    profile_free(profile);
    close(fd);
    return 0;
}
