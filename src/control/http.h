/*
 * http.h - HTTP/1.1 on loopback and unix sockets, over evhttp. Knows no route and no right.
 *
 * Loop thread only. A call is answered exactly once, at any later time; that its client is gone by
 * then is no concern of who answers.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/rc.h"

struct event_base;
struct http_call;
struct http_server;

struct http_limits {
    size_t max_body;
    unsigned max_connections; /* more than these wait to be accepted */
    int64_t timeout_ms;       /* a connection on which nothing moves is closed */
    int64_t lifetime_ms;      /* and this long after it came in any case; 0: never for that */
    size_t max_headers;       /* bytes, with the request line; 0: 16 KiB */
};

typedef void http_handler(void *arg, struct http_call *call);

/* NULL: no memory. */
struct http_server *http_server_new(struct event_base *base, const struct http_limits *limits,
                                    http_handler *handler, void *arg);
/* A socket left behind by a relaisd that was killed is replaced, one that is in use is not. */
enum rc http_listen_unix(struct http_server *server, const char *path,
                         struct error *err) MUST_CHECK;
enum rc http_listen_tcp(struct http_server *server, const char *host, unsigned port,
                        struct error *err) MUST_CHECK;
void http_stop_listening(struct http_server *server);
/* Closes every connection. Calls still unanswered must be answered before. NULL is fine. */
void http_server_free(struct http_server *server);

/* All of these live until the call is answered. */
const char *http_method(const struct http_call *call); /* "GET"; "" for one that nobody uses */
const char *http_path(const struct http_call *call);   /* decoded, without the query */
const char *http_query(const struct http_call *call, const char *name); /* NULL: not given */
/* A field of a form in the body (application/x-www-form-urlencoded), decoded; NULL: not given. */
const char *http_field(struct http_call *call, const char *name);
const char *http_header(const struct http_call *call, const char *name);
/* Who calls, as numbers: "192.0.2.7"; "" when nobody can tell (a unix socket). */
const char *http_peer(const struct http_call *call);
const char *http_body(const struct http_call *call, size_t *len);

void http_add_header(struct http_call *call, const char *name, const char *value);
/* The whole of an open file, without reading it into memory. */
void http_answer_file(struct http_call *call, int status, const char *type, int fd);
void http_answer(struct http_call *call, int status, const char *type, const void *data,
                 size_t len);
