/* relay.h - where a relay is, and whether anybody is there. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

#include "base/error.h"

struct relay_tls;

#define RELAY_HOST_SIZE 256
#define RELAY_WHY_SIZE  200

struct relay {
    const char *name; /* "host:port", as configured */
    char host[RELAY_HOST_SIZE], port[6];
    struct relay_tls *tls;           /* NULL: never */
    struct sockaddr_storage address; /* where it was reached last */
    socklen_t address_len;           /* 0: it was not */
    int64_t down_until_us;           /* monotonic */
    bool was_down;                   /* when the letters at hand came */
};

enum rc relay_parse(const char *text, struct relay *out, struct error *err) MUST_CHECK;
/*
 * Finds an address where somebody listens. One that was good in the last session is taken without
 * a knock. libesmtp connects without a limit of time, so it must only be sent where somebody
 * answers. RC_FAIL: `why` says what happened.
 */
enum rc relay_find(struct relay *r, int64_t timeout_ms, char why[RELAY_WHY_SIZE]) MUST_CHECK;
/* The address for libesmtp: "192.0.2.1:25". It takes no IPv6 address; then it is the name. */
void relay_target(const struct relay *r, char *out, size_t size);
/* The connection that was just made to the relay, as a duplicate that is the caller's; -1: not
 * found. Small writes leave it at once from now on. One thread at a time makes and finds one. */
int relay_connection(const struct relay *r);
/* Acknowledges at once what was just read, not after the usual 40 ms: a relay that answers two
 * commands in two writes waits for that in between. -1 is fine. */
void relay_acknowledge(int connection);
