/*
 * relay.c - names, addresses, and the socket that libesmtp keeps to itself.
 *
 * libesmtp 1.1.0 writes a mail in pieces of 2 KiB and leaves Nagle's algorithm on: the second piece
 * waits for the acknowledgement of the first, which the peer delays by 40 ms. It has no call that
 * would tell its socket; so it is looked up among the open ones, by whom it is connected to.
 */
#include "channel/mail/relay.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/turn.h"

#define KNOCK_MS_MAX 10000

enum rc relay_parse(const char *text, struct relay *out, struct error *err)
{
    static const char names[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-";
    const size_t host = strspn(text, names);
    char *end;
    long port;

    if (!host || host >= sizeof(out->host) || text[host] != ':')
        return error_set(err, RC_INVALID,
                         "expected \"host:port\" with a name or an IPv4 address, got \"%s\"", text);
    port = strtol(text + host + 1, &end, 10);
    if (text[host + 1] < '0' || text[host + 1] > '9' || *end || port < 1 || port > 65535)
        return error_set(err, RC_INVALID, "expected a port from 1 to 65535 after \"%.*s:\"",
                         (int)host, text);
    *out = (struct relay){ .name = text };
    memcpy(out->host, text, host);
    snprintf(out->port, sizeof(out->port), "%ld", port);
    return RC_OK;
}

/* --- is anybody there --- */

static bool wait_connected(int fd, int64_t timeout_ms)
{
    struct pollfd p = { .fd = fd, .events = POLLOUT };
    socklen_t len = sizeof(errno);
    int n, fault = 0;

    do
        n = poll(&p, 1, (int)timeout_ms);
    while (n < 0 && errno == EINTR);
    if (n == 0)
        errno = ETIMEDOUT;
    if (n <= 0)
        return false;
    if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &fault, &len) < 0)
        return false;
    errno = fault;
    return fault == 0;
}

static bool knock(const struct addrinfo *at, int64_t timeout_ms)
{
    int fd = socket(at->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, at->ai_protocol);
    const int on = 1; /* so that relay_connection() does not take it for one of its own */
    bool answered;
    int fault;

    if (fd < 0)
        return false;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    answered = connect(fd, at->ai_addr, at->ai_addrlen) == 0 ||
               (errno == EINPROGRESS && wait_connected(fd, timeout_ms));
    fault = errno;
    close(fd);
    errno = fault;
    return answered;
}

static bool is_known(const struct relay *r, const struct addrinfo *at)
{
    return at->ai_addrlen == r->address_len &&
           memcmp(at->ai_addr, &r->address, r->address_len) == 0;
}

/* The one of last time first, if the name still leads there. */
static const struct addrinfo *find(const struct relay *r, const struct addrinfo *list,
                                   int64_t limit_ms, char why[RELAY_WHY_SIZE])
{
    for (const struct addrinfo *at = list; at; at = at->ai_next) {
        if (is_known(r, at) && knock(at, limit_ms))
            return at;
    }
    for (const struct addrinfo *at = list; at; at = at->ai_next) {
        if (!is_known(r, at) && knock(at, limit_ms))
            return at;
        snprintf(why, RELAY_WHY_SIZE, "%s", strerror(errno));
    }
    return NULL;
}

enum rc relay_find(struct relay *r, int64_t timeout_ms, char why[RELAY_WHY_SIZE])
{
    const struct addrinfo hints = { .ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM };
    const int64_t limit = timeout_ms < KNOCK_MS_MAX ? timeout_ms : KNOCK_MS_MAX;
    const struct addrinfo *found;
    struct addrinfo *list = NULL;
    int fault = getaddrinfo(r->host, r->port, &hints, &list);

    if (fault) {
        snprintf(why, RELAY_WHY_SIZE, "its name cannot be looked up: %s", gai_strerror(fault));
        return RC_FAIL;
    }
    found = find(r, list, limit, why);
    r->address_len = 0;
    if (found && found->ai_addrlen <= sizeof(r->address)) {
        memcpy(&r->address, found->ai_addr, found->ai_addrlen);
        r->address_len = found->ai_addrlen;
    }
    freeaddrinfo(list);
    return r->address_len ? RC_OK : RC_FAIL;
}

void relay_target(const struct relay *r, char *out, size_t size)
{
    char figures[64];

    if (r->address.ss_family == AF_INET &&
        getnameinfo((const struct sockaddr *)&r->address, r->address_len, figures, sizeof(figures),
                    NULL, 0, NI_NUMERICHOST) == 0)
        snprintf(out, size, "%s:%s", figures, r->port);
    else
        snprintf(out, size, "%s:%s", r->host, r->port);
}

/* --- the socket --- */

#define TURNS 64

/* Of addresses, by a sum over each: two that meet wait for each other without need. */
static struct turn turns[TURNS] = { [0 ... TURNS - 1] = TURN_INIT };

struct turn *relay_turn(const struct relay *r)
{
    const unsigned char *bytes = (const unsigned char *)&r->address;
    unsigned sum = 0;

    for (socklen_t i = 0; i < r->address_len; i++)
        sum = 31 * sum + bytes[i];
    return &turns[sum % TURNS];
}

static bool leads_to(int fd, const struct relay *r)
{
    struct sockaddr_storage peer;
    socklen_t len = sizeof(peer);

    memset(&peer, 0, sizeof(peer));
    return getpeername(fd, (struct sockaddr *)&peer, &len) == 0 && len == r->address_len &&
           memcmp(&peer, &r->address, len) == 0;
}

/* Nobody has found it yet: whoever does, leaves it without Nagle's delay. */
static bool is_new(int fd)
{
    socklen_t len = sizeof(int);
    int on = 0;

    return getsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, &len) == 0 && !on;
}

int relay_connection(const struct relay *r)
{
    DIR *open = opendir("/proc/self/fd");
    const struct dirent *entry;
    const int on = 1;
    int found = -1;

    while (open && found < 0 && (entry = readdir(open)) != NULL) {
        const int fd = (int)strtol(entry->d_name, NULL, 10);
        if (entry->d_name[0] != '.' && leads_to(fd, r) && is_new(fd) &&
            setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)) == 0)
            found = fcntl(fd, F_DUPFD_CLOEXEC, 0);
    }
    if (open)
        closedir(open);
    return found;
}

void relay_acknowledge(int connection)
{
    const int on = 1; /* until the next write: Linux forgets it by itself */

    if (connection >= 0)
        setsockopt(connection, IPPROTO_TCP, TCP_QUICKACK, &on, sizeof(on));
}
