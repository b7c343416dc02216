/* relay_tls.h - TLS towards one relay: whom we trust, and why it failed. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

struct relay_tls;
struct smtp_session; /* of libesmtp */

/* `verify`: the certificate must be `host`'s, signed by `ca` ("": by the system's authorities).
 * RC_INVALID: the file cannot be read. */
enum rc relay_tls_new(const char *host, bool verify, const char *ca, struct relay_tls **out,
                      struct error *err) MUST_CHECK;
void relay_tls_free(struct relay_tls *t); /* NULL is fine */
/* For the next session of this thread. */
bool relay_tls_use(struct relay_tls *t, struct smtp_session *session);
/* Somebody spoke before the handshake what should have come after it: no certificate is good
 * enough any more. */
void relay_tls_distrust(struct relay_tls *t);
/* Why the handshake failed; false: it did not. */
bool relay_tls_why(const struct relay_tls *t, char *out, size_t size);
