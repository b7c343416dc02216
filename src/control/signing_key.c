/* signing_key.c - a seed of 32 bytes as a line of hex, in a file of mode 0600. */
#include "control/signing_key.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SEED_SIZE 32
#define LINE_SIZE (2 * SEED_SIZE + 1)

_Static_assert(SEED_SIZE == crypto_sign_ed25519_SEEDBYTES, "a seed of libsodium");
_Static_assert(SIGNING_PUBLIC_SIZE == crypto_sign_ed25519_PUBLICKEYBYTES, "its public key");
_Static_assert(SIGNING_SECRET_SIZE == crypto_sign_ed25519_SECRETKEYBYTES, "its secret key");
_Static_assert(SIGNING_SIGNATURE_SIZE == crypto_sign_ed25519_BYTES, "its signature");

static bool write_line(int fd, const char *line)
{
    return write(fd, line, strlen(line)) == (ssize_t)strlen(line) && fsync(fd) == 0;
}

/* Under a name of its own first: whoever finds the file finds a whole key, and of two who make one
 * at the same time, both use the first. */
static enum rc make(const char *path, struct error *err)
{
    unsigned char seed[SEED_SIZE];
    char line[LINE_SIZE + 1], new_path[4200];
    bool written;
    int fd;

    snprintf(new_path, sizeof(new_path), "%s.XXXXXX", path);
    fd = mkstemp(new_path);
    if (fd < 0)
        return error_set(err, RC_INVALID, "%s: cannot be made: %s", path, strerror(errno));
    randombytes_buf(seed, sizeof(seed));
    sodium_bin2hex(line, LINE_SIZE, seed, sizeof(seed));
    strcat(line, "\n");
    written = write_line(fd, line);
    sodium_memzero(seed, sizeof(seed));
    sodium_memzero(line, sizeof(line));
    close(fd);
    if (written && link(new_path, path) < 0 && errno != EEXIST)
        written = false;
    unlink(new_path);
    return written ? RC_OK
                   : error_set(err, RC_INVALID, "%s: cannot be written: %s", path, strerror(errno));
}

static enum rc read_seed(int fd, const char *path, unsigned char seed[SEED_SIZE], struct error *err)
{
    char line[LINE_SIZE + 1] = "";
    struct stat st;
    size_t len = 0;
    ssize_t n;

    if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
        return error_set(err, RC_INVALID, "%s: expected a file", path);
    if (st.st_mode & 0077)
        return error_set(err, RC_INVALID, "%s: others may read it: expected mode 0600, got %04o",
                         path, (unsigned)st.st_mode & 07777);
    n = read(fd, line, sizeof(line) - 1);
    if (n < 2 * SEED_SIZE ||
        sodium_hex2bin(seed, SEED_SIZE, line, 2 * SEED_SIZE, NULL, &len, NULL) || len != SEED_SIZE)
        return error_set(err, RC_INVALID, "%s: expected %d hexadecimal digits", path,
                         2 * SEED_SIZE);
    sodium_memzero(line, sizeof(line));
    return RC_OK;
}

enum rc signing_key_load(const char *path, struct signing_key *key, struct error *err)
{
    unsigned char seed[SEED_SIZE];
    enum rc rc = RC_OK;
    int fd;

    if (sodium_init() < 0)
        return error_set(err, RC_FAIL, "libsodium does not start");
    if (access(path, F_OK) < 0 && errno == ENOENT)
        rc = make(path, err);
    if (rc)
        return rc;
    fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return error_set(err, RC_INVALID, "%s: cannot be read: %s", path, strerror(errno));
    rc = read_seed(fd, path, seed, err);
    close(fd);
    if (!rc)
        crypto_sign_ed25519_seed_keypair(key->public_key, key->secret_key, seed);
    sodium_memzero(seed, sizeof(seed));
    return rc;
}

void signing_key_wipe(struct signing_key *key)
{
    sodium_memzero(key, sizeof(*key));
}
