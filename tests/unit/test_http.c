/* test_http.c - the HTTP server under the control port: late answers, clients that go, bounds. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <event2/event.h>

#include "base/clock.h"
#include "control/http.h"

#define SOCKET      "test_http.sock"
#define CONNECTIONS 3
#define GET         "GET /a%20path?q=1 HTTP/1.1\r\nHost: x\r\n\r\n"

struct rig {
    struct event_base *base;
    struct http_server *server;
    struct http_call *held; /* the newest call, when calls are not answered at once */
    bool hold;
    int calls;
    char path[64], query[64], body[64];
};

static void on_call(void *arg, struct http_call *call)
{
    struct rig *r = arg;
    const char *q = http_query(call, "q"), *body;
    size_t len;

    body = http_body(call, &len);
    snprintf(r->path, sizeof(r->path), "%s", http_path(call));
    snprintf(r->query, sizeof(r->query), "%s", q ? q : "");
    snprintf(r->body, sizeof(r->body), "%.*s", (int)len, body);
    r->calls++;
    if (r->hold)
        r->held = call;
    else
        http_answer(call, 200, "text/plain", "hello", 5);
}

static int setup(void **state)
{
    static struct rig r;
    const struct http_limits limits = { .max_body = 1000,
                                        .max_connections = CONNECTIONS,
                                        .timeout_ms = 2000 };

    r = (struct rig){ .base = event_base_new() };
    r.server = http_server_new(r.base, &limits, on_call, &r);
    *state = &r;
    return !r.server || http_listen_unix(r.server, SOCKET, NULL);
}

static int teardown(void **state)
{
    struct rig *r = *state;

    http_server_free(r->server);
    event_base_free(r->base);
    return 0;
}

static int dial(const char *request)
{
    const struct sockaddr_un at = { .sun_family = AF_UNIX, .sun_path = SOCKET };
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);

    assert_int_equal(connect(fd, (const struct sockaddr *)&at, sizeof(at)), 0);
    assert_int_equal(send(fd, request, strlen(request), MSG_NOSIGNAL), strlen(request));
    return fd;
}

/* Turns the loop until something can be read from fd (-1: just for `ms`), at most that long. */
static size_t answer(struct rig *r, int fd, char *out, size_t size, int64_t ms)
{
    int64_t end = clock_monotonic_us() + ms * USEC_PER_MSEC;
    ssize_t n = -1;

    while (clock_monotonic_us() < end && n < 0) {
        event_base_loop(r->base, EVLOOP_NONBLOCK);
        n = fd < 0 ? -1 : recv(fd, out, size - 1, 0);
    }
    out[n > 0 ? n : 0] = '\0';
    return n > 0 ? (size_t)n : 0;
}

static void a_call_is_taken_apart_and_answered(void **state)
{
    struct rig *r = *state;
    char out[1000];
    int fd = dial(GET);

    assert_true(answer(r, fd, out, sizeof(out), 2000) > 0);
    assert_non_null(strstr(out, "HTTP/1.1 200"));
    assert_non_null(strstr(out, "\r\n\r\nhello"));
    assert_string_equal(r->path, "/a path");
    assert_string_equal(r->query, "1");
    close(fd);
    fd = dial("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\nbody");
    assert_true(answer(r, fd, out, sizeof(out), 2000) > 0);
    assert_string_equal(r->body, "body");
    close(fd);
}

static void an_answer_may_come_late(void **state)
{
    struct rig *r = *state;
    char out[1000];
    int fd;

    r->hold = true;
    fd = dial(GET);
    assert_int_equal(answer(r, fd, out, sizeof(out), 100), 0);
    http_answer(r->held, 201, "text/plain", "late", 4);
    assert_true(answer(r, fd, out, sizeof(out), 2000) > 0);
    assert_non_null(strstr(out, "HTTP/1.1 201"));
    close(fd);
}

static void a_client_that_went_away_harms_nobody(void **state)
{
    struct rig *r = *state;
    char out[1000];
    int fd;

    r->hold = true;
    fd = dial(GET);
    answer(r, -1, out, sizeof(out), 50);
    close(fd);
    answer(r, -1, out, sizeof(out), 50);
    http_answer(r->held, 200, "text/plain", "nobody", 6);
    r->hold = false;
    fd = dial(GET);
    assert_true(answer(r, fd, out, sizeof(out), 2000) > 0);
    close(fd);
}

static void more_connections_than_allowed_wait(void **state)
{
    struct rig *r = *state;
    char out[1000];
    int idle[CONNECTIONS], fd;

    for (int i = 0; i < CONNECTIONS; i++)
        idle[i] = dial("GET / HT");
    fd = dial(GET);
    assert_int_equal(answer(r, fd, out, sizeof(out), 100), 0);
    close(idle[0]);
    assert_true(answer(r, fd, out, sizeof(out), 1000) > 0);
    for (int i = 1; i < CONNECTIONS; i++)
        close(idle[i]);
    close(fd);
}

/* A hundred come and go: had one been miscounted, the last would wait for ever. */
static void connections_are_counted_down_again_however_they_end(void **state)
{
    static const char *const requests[] = { GET, "", "nonsense\r\n\r\n", "GET / HTTP/1.1\r\n" };
    struct rig *r = *state;
    char out[1000];
    int fd;

    for (size_t i = 0; i < 100; i++) {
        fd = dial(requests[i % 4]);
        if (i % 3)
            answer(r, -1, out, sizeof(out), 2);
        close(fd);
        answer(r, -1, out, sizeof(out), 2);
    }
    fd = dial(GET);
    assert_true(answer(r, fd, out, sizeof(out), 1000) > 0);
    close(fd);
}

static void a_silent_connection_is_closed_after_its_time(void **state)
{
    struct rig *r = *state;
    char out[1000];
    int fd = dial("GET / HT");
    int64_t begun = clock_monotonic_us();

    answer(r, fd, out, sizeof(out), 10000);
    assert_in_range(clock_monotonic_us() - begun, 1500 * USEC_PER_MSEC, 9000 * USEC_PER_MSEC);
    close(fd);
}

static void a_body_over_the_limit_is_refused(void **state)
{
    struct rig *r = *state;
    char out[1000];
    int fd = dial("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1001\r\n\r\n");

    assert_true(answer(r, fd, out, sizeof(out), 2000) > 0);
    assert_non_null(strstr(out, "HTTP/1.1 413"));
    assert_int_equal(r->calls, 0);
    close(fd);
}

static void a_socket_in_use_is_refused_and_one_left_behind_replaced(void **state)
{
    const struct sockaddr_un at = { .sun_family = AF_UNIX, .sun_path = SOCKET };
    struct rig *r = *state;
    const struct http_limits limits = { .max_body = 1, .max_connections = 1, .timeout_ms = 1000 };
    struct http_server *second = http_server_new(r->base, &limits, on_call, r);
    struct error err;
    int fd;

    assert_int_equal(http_listen_unix(second, SOCKET, &err), RC_CONFLICT);
    http_stop_listening(r->server);
    fd = socket(AF_UNIX, SOCK_STREAM, 0);
    assert_int_equal(bind(fd, (const struct sockaddr *)&at, sizeof(at)), 0);
    close(fd); /* the file stays, and nobody listens */
    assert_int_equal(http_listen_unix(second, SOCKET, &err), RC_OK);
    http_server_free(second);
    assert_int_equal(access(SOCKET, F_OK), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_call_is_taken_apart_and_answered, setup, teardown),
        cmocka_unit_test_setup_teardown(an_answer_may_come_late, setup, teardown),
        cmocka_unit_test_setup_teardown(a_client_that_went_away_harms_nobody, setup, teardown),
        cmocka_unit_test_setup_teardown(more_connections_than_allowed_wait, setup, teardown),
        cmocka_unit_test_setup_teardown(connections_are_counted_down_again_however_they_end, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_silent_connection_is_closed_after_its_time, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_body_over_the_limit_is_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(a_socket_in_use_is_refused_and_one_left_behind_replaced,
                                        setup, teardown),
    };

    signal(SIGPIPE, SIG_IGN); /* as relaisd does */
    return cmocka_run_group_tests(tests, NULL, NULL);
}
