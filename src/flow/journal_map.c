/* journal_map.c - see journal_map.h. */
#include "flow/journal_map.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum rc journal_map(const char *path, size_t size, void **out, struct error *err)
{
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    void *map = MAP_FAILED;
    enum rc rc = RC_OK;

    if (fd >= 0 && (errno = posix_fallocate(fd, 0, (off_t)size)) == 0)
        map = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (map == MAP_FAILED)
        rc = error_set(err, RC_FAIL, "%s: %s", path, strerror(errno));
    if (fd >= 0)
        close(fd);
    if (!rc)
        *out = map;
    return rc;
}
