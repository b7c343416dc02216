/*
 * wire.h - the bytes of a connection, plain or TLS. A session reads and writes through this and
 * does not know which it is.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/error.h"

struct wire;
struct wire_tls; /* what a TLS server needs: its certificate and its key */

/* `client_ca`: clients must show a certificate of it; NULL: they need none. */
enum rc wire_tls_new(const char *cert, const char *key, const char *client_ca,
                     struct wire_tls **out, struct error *err) MUST_CHECK;
void wire_tls_free(struct wire_tls *t); /* NULL is fine */

/* Takes the socket over, also when it gives NULL (no memory). `tls` NULL: plain. */
struct wire *wire_new(int fd, const struct wire_tls *tls);
void wire_free(struct wire *w);
int wire_fd(const struct wire *w);

/* As recv() and send() on a socket that does not block: -1 and EAGAIN, 0 at the end; -1 and EPROTO
 * when TLS failed (a close at once could keep the client from reading why). The handshake of TLS
 * goes on below; what it wants next is in wire_wants_write(). */
ssize_t wire_read(struct wire *w, void *data, size_t len);
ssize_t wire_write(struct wire *w, const void *data, size_t len);
bool wire_wants_write(const struct wire *w);
/* There are bytes to read that the socket does not show any more. */
bool wire_pending(const struct wire *w);
void wire_shut(struct wire *w); /* our half is done */
/* Why reading or writing failed, after -1 or 0. */
const char *wire_why(const struct wire *w);
