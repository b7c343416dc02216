/* relay.h - where a relay is, and whether anybody is there. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

#include "base/error.h"

struct relay_tls;
struct turn;

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
 * Finds an address where somebody answers now, first where it was reached last. libesmtp connects
 * without a limit of time, so whoever sends it anywhere knocks first: a host that was there a
 * moment ago may have gone without a word. RC_FAIL: `why` says what happened.
 */
enum rc relay_find(struct relay *r, int64_t timeout_ms, char why[RELAY_WHY_SIZE]) MUST_CHECK;
/* The address for libesmtp: "192.0.2.1:25". It takes no IPv6 address; then it is the name. */
void relay_target(const struct relay *r, char *out, size_t size);
/* Whose holder alone makes connections to where the relay was found. */
struct turn *relay_turn(const struct relay *r);
/* The connection that was just made to the relay, as a duplicate that is the caller's; -1: not
 * found. Small writes leave it at once from now on. In one's turn, in which it was made. */
int relay_connection(const struct relay *r);
/* Acknowledges at once what was just read, not after the usual 40 ms: a relay that answers two
 * commands in two writes waits for that in between. -1 is fine. */
void relay_acknowledge(int connection);
