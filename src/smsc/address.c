/* address.c - see address.h. Numbers only: a simulator needs no name server. */
#include "smsc/address.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <event2/util.h>

#define UNIX_PREFIX "unix:"

static enum rc parse_unix(const char *path, struct sockaddr_storage *out, int *len,
                          struct error *err)
{
    struct sockaddr_un *sun = (struct sockaddr_un *)(void *)out;

    if (!*path || strlen(path) >= sizeof(sun->sun_path))
        return error_set(err, RC_INVALID, "'%s': expected a path of 1 to %zu bytes", path,
                         sizeof(sun->sun_path) - 1);
    memset(out, 0, sizeof(*out));
    sun->sun_family = AF_UNIX;
    memcpy(sun->sun_path, path, strlen(path));
    *len = (int)sizeof(*sun);
    return RC_OK;
}

enum rc address_parse(const char *text, struct sockaddr_storage *out, int *len, struct error *err)
{
    const char *port = NULL;
    char full[LISTEN_ADDRESS_SIZE];
    size_t n;
    bool any;

    if (strncmp(text, UNIX_PREFIX, strlen(UNIX_PREFIX)) == 0)
        return parse_unix(text + strlen(UNIX_PREFIX), out, len, err);
    if (strspn(text, "0123456789") == strlen(text))
        port = text;
    else if (*text == ':')
        port = text + 1;
    else if (strncmp(text, "localhost:", strlen("localhost:")) == 0)
        port = text + strlen("localhost:");
    snprintf(full, sizeof(full), "%s%s", port ? "127.0.0.1:" : "", port ? port : text);
    *len = sizeof(*out);
    memset(out, 0, sizeof(*out));
    /* Port 0 is "any", which libevent's parser refuses, so it is put in afterwards. */
    n = strlen(full);
    any = n > 2 && strcmp(full + n - 2, ":0") == 0;
    if (any)
        full[n - 1] = '1';
    if (!strrchr(full, ':') || full[n - 1] == ']' || full[n - 1] == ':' ||
        evutil_parse_sockaddr_port(full, (struct sockaddr *)out, len) != 0 ||
        (out->ss_family == AF_INET6 && full[0] != '['))
        return error_set(err, RC_INVALID,
                         "'%s': expected ADDRESS:PORT, [IPV6]:PORT, PORT or unix:/path", text);
    if (any && out->ss_family == AF_INET)
        ((struct sockaddr_in *)(void *)out)->sin_port = 0;
    else if (any)
        ((struct sockaddr_in6 *)(void *)out)->sin6_port = 0;
    return RC_OK;
}

enum rc address_free_path(const struct sockaddr *address, struct error *err)
{
    const struct sockaddr_un *sun = (const struct sockaddr_un *)(const void *)address;
    struct stat st;
    int fd, alive;

    if (address->sa_family != AF_UNIX || lstat(sun->sun_path, &st) != 0)
        return RC_OK;
    if (!S_ISSOCK(st.st_mode))
        return error_set(err, RC_CONFLICT, "%s: exists and is no socket", sun->sun_path);
    fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    alive = fd >= 0 && connect(fd, address, sizeof(*sun)) == 0;
    if (fd >= 0)
        close(fd);
    if (alive)
        return error_set(err, RC_CONFLICT, "%s: another program listens there", sun->sun_path);
    if (unlink(sun->sun_path) != 0)
        return error_set(err, RC_FAIL, "%s: %s", sun->sun_path, strerror(errno));
    return RC_OK;
}

void address_format(const struct sockaddr *address, char out[LISTEN_ADDRESS_SIZE])
{
    const struct sockaddr_in *in = (const struct sockaddr_in *)(const void *)address;
    const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)(const void *)address;
    const struct sockaddr_un *sun = (const struct sockaddr_un *)(const void *)address;
    char host[INET6_ADDRSTRLEN] = "";

    switch (address->sa_family) {
    case AF_INET:
        inet_ntop(AF_INET, &in->sin_addr, host, sizeof(host));
        snprintf(out, LISTEN_ADDRESS_SIZE, "%s:%u", host, ntohs(in->sin_port));
        break;
    case AF_INET6:
        inet_ntop(AF_INET6, &in6->sin6_addr, host, sizeof(host));
        snprintf(out, LISTEN_ADDRESS_SIZE, "[%s]:%u", host, ntohs(in6->sin6_port));
        break;
    default:
        snprintf(out, LISTEN_ADDRESS_SIZE, UNIX_PREFIX "%.107s", sun->sun_path);
        break;
    }
}

bool address_is_local(const struct sockaddr *address)
{
    const struct sockaddr_in *in = (const struct sockaddr_in *)(const void *)address;
    const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)(const void *)address;

    if (address->sa_family == AF_INET)
        return ntohl(in->sin_addr.s_addr) >> 24 == IN_LOOPBACKNET;
    return address->sa_family == AF_UNIX ||
           (address->sa_family == AF_INET6 && IN6_IS_ADDR_LOOPBACK(&in6->sin6_addr));
}
