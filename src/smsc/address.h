/* address.h - where to listen, as people write it. */
#pragma once

#include <stdbool.h>
#include <sys/socket.h>

#include "base/error.h"

#define LISTEN_ADDRESS_SIZE 128

/* "127.0.0.1:2775", "[::1]:0", "localhost:2775", "2775" (on 127.0.0.1), "unix:/path". */
enum rc address_parse(const char *text, struct sockaddr_storage *out, int *len,
                      struct error *err) MUST_CHECK;
/* A unix socket that a dead process left behind is removed; a living one is refused. */
enum rc address_free_path(const struct sockaddr *address, struct error *err) MUST_CHECK;
void address_format(const struct sockaddr *address, char out[LISTEN_ADDRESS_SIZE]);
bool address_is_local(const struct sockaddr *address); /* loopback or unix */
