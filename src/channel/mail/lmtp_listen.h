/* lmtp_listen.h - the addresses that LMTP is spoken at: "unix:/path", "127.0.0.1:24", "[::1]:24".
 */
#pragma once

#include <stdbool.h>

#include "base/error.h"

struct event_base;
struct evconnlistener;
struct sockaddr;

#define LMTP_ADDRESS_SIZE 128
#define LMTP_UNIX         "unix:"

/*
 * Listens at `text`; the caller gives the listener its callback, and enables it. A socket in the
 * file system that nobody listens at is removed first; everybody may connect to the new one, as far
 * as its directory lets him in: an MTA has a user of its own.
 */
enum rc lmtp_listen(struct event_base *base, const char *text, struct evconnlistener **out,
                    struct error *err) MUST_CHECK;
/* What it listens at, the port as the system gave it; *is_local: nobody of another machine can
 * reach it. Returns out. */
const char *lmtp_listen_address(struct evconnlistener *listener, char out[LMTP_ADDRESS_SIZE],
                                bool *is_local);
/* "unix", or the address without the port. Returns out. */
const char *lmtp_listen_peer(const struct sockaddr *peer, char out[LMTP_ADDRESS_SIZE]);
