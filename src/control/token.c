/* token.c - the control port's secret, in a file of mode 0600. */
#include "control/token.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define TOKEN_BYTES 32
#define TOKEN_MIN   16 /* characters; a shorter one could be guessed */

static enum rc make(const char *path, struct error *err)
{
    unsigned char bytes[TOKEN_BYTES];
    char line[2 * TOKEN_BYTES + 2];
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    ssize_t written;

    if (fd < 0)
        return error_set(err, RC_INVALID, "%s: cannot be made: %s", path, strerror(errno));
    randombytes_buf(bytes, sizeof(bytes));
    sodium_bin2hex(line, sizeof(line), bytes, sizeof(bytes));
    strcat(line, "\n");
    written = write(fd, line, strlen(line));
    if (written != (ssize_t)strlen(line) || fsync(fd) < 0) {
        close(fd);
        unlink(path);
        return error_set(err, RC_INVALID, "%s: cannot be written: %s", path, strerror(errno));
    }
    close(fd);
    return RC_OK;
}

static enum rc read_line(int fd, const char *path, char token[TOKEN_SIZE], struct error *err)
{
    char text[TOKEN_SIZE + 1] = "";
    struct stat st;
    size_t len;

    if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
        return error_set(err, RC_INVALID, "%s: expected a file", path);
    if (st.st_mode & 0077)
        return error_set(err, RC_INVALID,
                         "%s: others may read it or write to it: expected mode 0600, got %04o",
                         path, (unsigned)st.st_mode & 07777);
    if (read(fd, text, sizeof(text) - 1) < 0)
        return error_set(err, RC_INVALID, "%s: cannot be read: %s", path, strerror(errno));
    len = strcspn(text, "\r\n");
    if (len < TOKEN_MIN || len >= TOKEN_SIZE)
        return error_set(err, RC_INVALID, "%s: expected a line of %d to %d characters, got %zu",
                         path, TOKEN_MIN, TOKEN_SIZE - 1, len);
    memset(token, 0, TOKEN_SIZE);
    memcpy(token, text, len);
    return RC_OK;
}

enum rc token_load(const char *path, char token[TOKEN_SIZE], struct error *err)
{
    int fd;
    enum rc rc;

    if (sodium_init() < 0)
        return error_set(err, RC_FAIL, "libsodium does not start");
    if (access(path, F_OK) < 0 && errno == ENOENT) {
        rc = make(path, err);
        if (rc)
            return rc;
    }
    fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return error_set(err, RC_INVALID, "%s: cannot be read: %s", path, strerror(errno));
    rc = read_line(fd, path, token, err);
    close(fd);
    return rc;
}

bool token_matches(const char token[TOKEN_SIZE], const char *given)
{
    char padded[TOKEN_SIZE] = "";

    if (strlen(given) >= TOKEN_SIZE)
        return false;
    memcpy(padded, given, strlen(given));
    return sodium_memcmp(token, padded, TOKEN_SIZE) == 0;
}
