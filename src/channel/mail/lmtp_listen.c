/* lmtp_listen.c - see lmtp_listen.h. Numbers only: a name would ask the network before we listen.
 */
#include "channel/mail/lmtp_listen.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <event2/listener.h>
#include <event2/util.h>

#include "channel/mail/lmtp.h"

#define BACKLOG 128

union address {
    struct sockaddr any;
    struct sockaddr_in in;
    struct sockaddr_in6 in6;
    struct sockaddr_un un;
    struct sockaddr_storage room;
};

static bool is_unix(const char *text)
{
    return strncmp(text, LMTP_UNIX, strlen(LMTP_UNIX)) == 0;
}

static enum rc parse_unix(const char *text, union address *out, int *len, struct error *err)
{
    const char *path = text + strlen(LMTP_UNIX);

    if (*path != '/' || strlen(path) >= sizeof(out->un.sun_path))
        return error_set(err, RC_INVALID, "'%s': expected unix: and a path from /, up to %zu bytes",
                         text, sizeof(out->un.sun_path) - 1);
    out->un.sun_family = AF_UNIX;
    memcpy(out->un.sun_path, path, strlen(path) + 1);
    *len = (int)sizeof(out->un);
    return RC_OK;
}

static enum rc parse(const char *text, union address *out, int *len, struct error *err)
{
    const char *colon = strrchr(text, ':');

    memset(out, 0, sizeof(*out));
    if (is_unix(text))
        return parse_unix(text, out, len, err);
    *len = sizeof(*out);
    /* libevent takes an address without a port, too, and IPv6 without brackets. */
    if (!colon || !colon[1] || evutil_parse_sockaddr_port(text, &out->any, len) != 0 ||
        (out->any.sa_family == AF_INET6 && *text != '['))
        return error_set(err, RC_INVALID,
                         "'%s': expected unix:/path, or an address and a port, as 127.0.0.1:2424 "
                         "or [::1]:2424",
                         text);
    return RC_OK;
}

enum rc lmtp_listen_check(const char *text, struct error *err)
{
    union address address;
    int len;

    return parse(text, &address, &len, err);
}

/* A socket that a dead process left is removed; anything else stays where it is. */
static enum rc make_way(const struct sockaddr_un *at, struct error *err)
{
    struct stat st;
    bool alive;
    int fd;

    if (lstat(at->sun_path, &st) != 0)
        return RC_OK;
    if (!S_ISSOCK(st.st_mode))
        return error_set(err, RC_INVALID, "%s: exists, and is no socket", at->sun_path);
    fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    alive = fd >= 0 && connect(fd, (const struct sockaddr *)at, sizeof(*at)) == 0;
    if (fd >= 0)
        close(fd);
    if (alive)
        return error_set(err, RC_INVALID, "%s: another program listens there", at->sun_path);
    unlink(at->sun_path);
    return RC_OK;
}

enum rc lmtp_listen(struct event_base *base, const char *text, struct evconnlistener **out,
                    struct error *err)
{
    union address address;
    struct evconnlistener *listener;
    int len;
    enum rc rc = parse(text, &address, &len, err);

    if (!rc && is_unix(text))
        rc = make_way(&address.un, err);
    if (rc)
        return rc;
    listener = evconnlistener_new_bind(base, NULL, NULL,
                                       LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC |
                                           LEV_OPT_REUSEABLE | LEV_OPT_DISABLED,
                                       BACKLOG, &address.any, len);
    if (!listener)
        return error_set(err, RC_INVALID, "%s: cannot listen: %s", text, strerror(errno));
    if (is_unix(text))
        (void)!chmod(address.un.sun_path, 0666);
    *out = listener;
    return RC_OK;
}

const char *lmtp_listen_peer(const struct sockaddr *peer, char out[LMTP_ADDRESS_SIZE])
{
    const union address *a = (const union address *)(const void *)peer;

    out[0] = '\0';
    if (peer->sa_family == AF_INET)
        inet_ntop(AF_INET, &a->in.sin_addr, out, LMTP_ADDRESS_SIZE);
    else if (peer->sa_family == AF_INET6)
        inet_ntop(AF_INET6, &a->in6.sin6_addr, out, LMTP_ADDRESS_SIZE);
    else
        snprintf(out, LMTP_ADDRESS_SIZE, "unix");
    return out;
}

const char *lmtp_listen_address(struct evconnlistener *listener, char out[LMTP_ADDRESS_SIZE],
                                bool *is_local)
{
    union address a = { 0 };
    socklen_t len = sizeof(a);
    char host[LMTP_ADDRESS_SIZE];

    getsockname(evconnlistener_get_fd(listener), &a.any, &len);
    *is_local = true;
    if (a.any.sa_family == AF_INET) {
        *is_local = ntohl(a.in.sin_addr.s_addr) >> 24 == IN_LOOPBACKNET;
        snprintf(out, LMTP_ADDRESS_SIZE, "%.64s:%u", lmtp_listen_peer(&a.any, host),
                 ntohs(a.in.sin_port));
    } else if (a.any.sa_family == AF_INET6) {
        *is_local = IN6_IS_ADDR_LOOPBACK(&a.in6.sin6_addr);
        snprintf(out, LMTP_ADDRESS_SIZE, "[%.64s]:%u", lmtp_listen_peer(&a.any, host),
                 ntohs(a.in6.sin6_port));
    } else {
        snprintf(out, LMTP_ADDRESS_SIZE, LMTP_UNIX "%s", a.un.sun_path);
    }
    return out;
}
