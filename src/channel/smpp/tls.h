/* tls.h - TLS towards a carrier: whom we trust, who we are, and why it failed. */
#pragma once

#include "channel/smpp/carrier.h"

struct bufferevent;
struct event_base;
struct tls;

/* Reads the files that the settings name. RC_INVALID: which one, and why not; RC_FAIL: no memory.
 */
enum rc tls_new(const struct smpp_carrier_settings *settings, struct tls **out,
                struct error *err) MUST_CHECK;
void tls_free(struct tls *t); /* NULL is fine */
/* Not connected yet; the handshake follows the connection by itself, and BEV_EVENT_CONNECTED comes
 * when both are done. NULL: no memory. */
struct bufferevent *tls_bufferevent(const struct tls *t, struct event_base *base);
/* What went wrong, when that was of TLS; false: it was not. A plain bufferevent is fine. */
bool tls_why(struct bufferevent *bev, char *out, size_t size);
