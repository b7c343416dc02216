/* http.c - evhttp, with a bound on connections and unix sockets. */
#include "control/http.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/http.h>
#include <event2/keyvalq_struct.h>
#include <event2/listener.h>

#include "base/clock.h"

#define HEADERS_MAX   (16 * 1024)
#define LISTENERS_MAX 2
#define BACKLOG       128
#define TICK_MS       500 /* how exactly a connection's lifetime is kept */

/* One connection, from accept to close. */
struct guest {
    struct bufferevent *bev; /* NULL: the place is free */
    int64_t since_us;
};

struct http_server {
    struct event_base *base;
    struct evhttp *evhttp;
    struct evhttp_bound_socket *bound[LISTENERS_MAX];
    size_t n_bound;
    unsigned open, max_connections;
    struct event *arrival;
    struct bufferevent **arrived; /* connections of this turn of the loop */
    size_t n_arrived;
    struct guest *guests; /* max_connections places */
    int64_t lifetime_us;
    struct event *tick; /* NULL: connections may live for ever */
    http_handler *handler;
    void *arg;
    char socket[sizeof(((struct sockaddr_un *)0)->sun_path)]; /* removed at the end; "": none */
};

struct http_call {
    struct evhttp_request *req;
    char *path;
    struct evkeyvalq query, form;
    bool form_read;
};

static const struct {
    enum evhttp_cmd_type type;
    const char *name;
} methods[] = {
    { EVHTTP_REQ_GET, "GET" },       { EVHTTP_REQ_POST, "POST" },   { EVHTTP_REQ_PUT, "PUT" },
    { EVHTTP_REQ_DELETE, "DELETE" }, { EVHTTP_REQ_PATCH, "PATCH" }, { EVHTTP_REQ_HEAD, "HEAD" },
};

/* --- connections: evhttp has no bound of its own, so the listeners rest while too many are open
 * --- */

static void listeners_enable(struct http_server *s, bool on)
{
    for (size_t i = 0; i < s->n_bound; i++) {
        struct evconnlistener *l = evhttp_bound_socket_get_listener(s->bound[i]);
        if (on)
            evconnlistener_enable(l);
        else
            evconnlistener_disable(l);
    }
}

static void forget(struct http_server *s, const struct bufferevent *bev)
{
    for (size_t i = 0; i < s->max_connections; i++) {
        if (s->guests[i].bev == bev)
            s->guests[i].bev = NULL;
    }
    if (s->open-- == s->max_connections)
        listeners_enable(s, true);
}

static void on_closed(struct evhttp_connection *connection, void *arg)
{
    forget(arg, evhttp_connection_get_bufferevent(connection));
}

static void remember(struct http_server *s, struct bufferevent *bev)
{
    size_t i = 0;

    while (i + 1 < s->max_connections && s->guests[i].bev)
        i++;
    s->guests[i] = (struct guest){ bev, clock_monotonic_us() };
}

/* Who sends a byte now and then is never idle. The socket is shut, so that evhttp sees its end as
 * it would see the client's. */
static void on_tick(evutil_socket_t fd, short what, void *arg)
{
    struct http_server *s = arg;
    int64_t latest = clock_monotonic_us() - s->lifetime_us;

    (void)fd;
    (void)what;
    for (size_t i = 0; i < s->max_connections; i++) {
        struct bufferevent *bev = s->guests[i].bev;
        if (bev && s->guests[i].since_us < latest && bufferevent_getfd(bev) >= 0)
            shutdown(bufferevent_getfd(bev), SHUT_RDWR);
    }
}

/* The next turn of the loop after make_connection(): by now evhttp has put its connection behind
 * the callbacks of the bufferevent (it says so to nobody before the first request), or has freed
 * both. */
static void on_arrived(evutil_socket_t fd, short what, void *arg)
{
    struct http_server *s = arg;
    void *connection;

    (void)fd;
    (void)what;
    while (s->n_arrived > 0) {
        struct bufferevent *bev = s->arrived[--s->n_arrived];
        bufferevent_getcb(bev, NULL, NULL, NULL, &connection);
        if (connection)
            evhttp_connection_set_closecb(connection, on_closed, s);
        else
            forget(s, bev);
        bufferevent_decref(bev);
    }
}

static struct bufferevent *make_connection(struct event_base *base, void *arg)
{
    struct http_server *s = arg;
    struct bufferevent *bev = bufferevent_socket_new(base, -1, 0);

    if (!bev)
        return NULL;
    bufferevent_incref(bev);
    s->arrived[s->n_arrived++] = bev; /* the listeners rest before it is full */
    event_active(s->arrival, EV_TIMEOUT, 0);
    remember(s, bev);
    if (++s->open == s->max_connections)
        listeners_enable(s, false);
    return bev;
}

/* --- calls --- */

static void call_free(struct http_call *call)
{
    evhttp_clear_headers(&call->query);
    evhttp_clear_headers(&call->form);
    free(call->path);
    free(call);
}

static void on_request(struct evhttp_request *req, void *arg)
{
    struct http_server *s = arg;
    const struct evhttp_uri *uri = evhttp_request_get_evhttp_uri(req);
    const char *path = uri ? evhttp_uri_get_path(uri) : NULL;
    const char *query = uri ? evhttp_uri_get_query(uri) : NULL;
    struct http_call *call = calloc(1, sizeof(*call));

    if (!call || !path) {
        free(call);
        evhttp_send_error(req, path ? HTTP_INTERNAL : HTTP_BADREQUEST, NULL);
        return;
    }
    call->req = req;
    TAILQ_INIT(&call->query);
    TAILQ_INIT(&call->form);
    call->path = evhttp_uridecode(path, 0, NULL);
    if (!call->path || (query && evhttp_parse_query_str(query, &call->query) < 0)) {
        call_free(call);
        evhttp_send_error(req, HTTP_BADREQUEST, NULL);
        return;
    }
    s->handler(s->arg, call);
}

const char *http_method(const struct http_call *call)
{
    enum evhttp_cmd_type type = evhttp_request_get_command(call->req);

    for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++) {
        if (methods[i].type == type)
            return methods[i].name;
    }
    return "";
}

const char *http_path(const struct http_call *call)
{
    return call->path;
}

const char *http_query(const struct http_call *call, const char *name)
{
    return evhttp_find_header(&call->query, name);
}

const char *http_field(struct http_call *call, const char *name)
{
    size_t len;
    const char *body = http_body(call, &len);
    char *text = call->form_read || !body ? NULL : strndup(body, len);

    if (text && evhttp_parse_query_str(text, &call->form) < 0)
        evhttp_clear_headers(&call->form); /* a form that is none has no fields */
    call->form_read = true;
    free(text);
    return evhttp_find_header(&call->form, name);
}

const char *http_header(const struct http_call *call, const char *name)
{
    return evhttp_find_header(evhttp_request_get_input_headers(call->req), name);
}

const char *http_peer(const struct http_call *call)
{
    struct evhttp_connection *connection = evhttp_request_get_connection(call->req);
    char *address = NULL;
    ev_uint16_t port;

    if (connection)
        evhttp_connection_get_peer(connection, &address, &port);
    return address ? address : "";
}

const char *http_body(const struct http_call *call, size_t *len)
{
    struct evbuffer *in = evhttp_request_get_input_buffer(call->req);

    *len = evbuffer_get_length(in);
    return *len ? (const char *)evbuffer_pullup(in, -1) : "";
}

void http_add_header(struct http_call *call, const char *name, const char *value)
{
    evhttp_add_header(evhttp_request_get_output_headers(call->req), name, value);
}

static void answer(struct http_call *call, int status, const char *type, struct evbuffer *out)
{
    if (out) {
        http_add_header(call, "Content-Type", type);
        http_add_header(call, "X-Content-Type-Options", "nosniff");
        http_add_header(call, "Cache-Control", "no-store");
        evhttp_send_reply(call->req, status, NULL, out);
    } else {
        evhttp_send_error(call->req, HTTP_INTERNAL, NULL);
    }
    if (out)
        evbuffer_free(out);
    call_free(call);
}

void http_answer(struct http_call *call, int status, const char *type, const void *data, size_t len)
{
    struct evbuffer *out = evbuffer_new();

    if (out && evbuffer_add(out, data, len)) {
        evbuffer_free(out);
        out = NULL;
    }
    answer(call, status, type, out);
}

void http_answer_file(struct http_call *call, int status, const char *type, int fd)
{
    struct evbuffer *out = evbuffer_new();
    int ours = dup(fd); /* the buffer closes it, once it is sent */
    struct stat st;

    /* So that it goes from file to socket, and no page of it into memory of ours. */
    if (out)
        evbuffer_set_flags(out, EVBUFFER_FLAG_DRAINS_TO_FD);
    if (out && (ours < 0 || fstat(ours, &st) < 0 || evbuffer_add_file(out, ours, 0, st.st_size))) {
        evbuffer_free(out);
        out = NULL;
    }
    answer(call, status, type, out);
}

/* --- the server --- */

struct http_server *http_server_new(struct event_base *base, const struct http_limits *limits,
                                    http_handler *handler, void *arg)
{
    struct http_server *s = calloc(1, sizeof(*s));
    const struct timeval timeout = { limits->timeout_ms / 1000, limits->timeout_ms % 1000 * 1000 };
    const struct timeval often = { 0, TICK_MS * 1000 };

    if (!s)
        return NULL;
    s->base = base;
    s->max_connections = limits->max_connections;
    s->handler = handler;
    s->arg = arg;
    s->arrived = calloc(limits->max_connections, sizeof(s->arrived[0]));
    s->guests = calloc(limits->max_connections, sizeof(s->guests[0]));
    s->arrival = event_new(base, -1, 0, on_arrived, s);
    s->evhttp = evhttp_new(base);
    s->lifetime_us = limits->lifetime_ms * USEC_PER_MSEC;
    if (s->lifetime_us)
        s->tick = event_new(base, -1, EV_PERSIST, on_tick, s);
    if (!s->arrived || !s->guests || !s->arrival || !s->evhttp ||
        (s->lifetime_us && (!s->tick || event_add(s->tick, &often)))) {
        http_server_free(s);
        return NULL;
    }
    evhttp_set_gencb(s->evhttp, on_request, s);
    evhttp_set_bevcb(s->evhttp, make_connection, s);
    evhttp_set_max_body_size(s->evhttp, (ssize_t)limits->max_body);
    evhttp_set_max_headers_size(s->evhttp,
                                (ssize_t)(limits->max_headers ? limits->max_headers : HEADERS_MAX));
    evhttp_set_timeout_tv(s->evhttp, &timeout);
    evhttp_set_allowed_methods(s->evhttp, EVHTTP_REQ_GET | EVHTTP_REQ_POST | EVHTTP_REQ_PUT |
                                              EVHTTP_REQ_DELETE | EVHTTP_REQ_PATCH |
                                              EVHTTP_REQ_HEAD);
    return s;
}

static enum rc take_listener(struct http_server *s, struct evconnlistener *listener)
{
    if (!listener)
        return RC_FAIL;
    s->bound[s->n_bound] = evhttp_bind_listener(s->evhttp, listener);
    if (!s->bound[s->n_bound]) {
        evconnlistener_free(listener);
        return RC_FAIL;
    }
    s->n_bound++;
    return RC_OK;
}

/* Whether somebody listens there: then it is not ours to take. */
static bool is_in_use(const struct sockaddr_un *at)
{
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool used = fd >= 0 && connect(fd, (const struct sockaddr *)at, sizeof(*at)) == 0;

    if (fd >= 0)
        close(fd);
    return used;
}

enum rc http_listen_unix(struct http_server *server, const char *path, struct error *err)
{
    struct sockaddr_un at = { .sun_family = AF_UNIX };
    struct evconnlistener *listener;
    struct stat st;
    mode_t before;
    int saved;

    if (strlen(path) >= sizeof(at.sun_path))
        return error_set(err, RC_INVALID, "%s: too long for a unix socket", path);
    memcpy(at.sun_path, path, strlen(path) + 1);
    if (lstat(path, &st) == 0 && S_ISSOCK(st.st_mode)) {
        if (is_in_use(&at))
            return error_set(err, RC_CONFLICT, "%s: another program listens there", path);
        unlink(path);
    }
    before = umask(0077);
    listener = evconnlistener_new_bind(server->base, NULL, NULL,
                                       LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC, BACKLOG,
                                       (struct sockaddr *)&at, sizeof(at));
    saved = errno;
    umask(before);
    if (take_listener(server, listener))
        return error_set(err, RC_FAIL, "%s: cannot listen: %s", path, strerror(saved));
    memcpy(server->socket, at.sun_path, sizeof(server->socket));
    return RC_OK;
}

enum rc http_listen_tcp(struct http_server *server, const char *host, unsigned port,
                        struct error *err)
{
    struct sockaddr_storage at;
    int len = sizeof(at);
    char text[96];
    struct evconnlistener *listener;

    snprintf(text, sizeof(text), strchr(host, ':') ? "[%s]:%u" : "%s:%u", host, port);
    if (evutil_parse_sockaddr_port(text, (struct sockaddr *)&at, &len) < 0)
        return error_set(err, RC_INVALID, "%s: not an address and a port", text);
    listener = evconnlistener_new_bind(
        server->base, NULL, NULL, LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC | LEV_OPT_REUSEABLE,
        BACKLOG, (struct sockaddr *)&at, len);
    if (take_listener(server, listener))
        return error_set(err, RC_FAIL, "%s: cannot listen: %s", text, strerror(errno));
    return RC_OK;
}

void http_stop_listening(struct http_server *server)
{
    for (size_t i = 0; i < server->n_bound; i++)
        evhttp_del_accept_socket(server->evhttp, server->bound[i]);
    server->n_bound = 0;
    if (server->socket[0])
        unlink(server->socket);
    server->socket[0] = '\0';
}

void http_server_free(struct http_server *server)
{
    if (!server)
        return;
    http_stop_listening(server);
    if (server->tick)
        event_free(server->tick);
    if (server->arrival)
        event_free(server->arrival);
    while (server->n_arrived > 0)
        bufferevent_decref(server->arrived[--server->n_arrived]);
    if (server->evhttp)
        evhttp_free(server->evhttp);
    free(server->arrived);
    free(server->guests);
    free(server);
}
