/* test_lmtp.c - the listener over real sockets: addresses, back-pressure, silence, the end. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <event2/event.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/metric.h"
#include "channel/mail/lmtp.h"

#define OPEN                                                                                   \
    "LHLO mx\r\nMAIL FROM:<a@x.example>\r\nRCPT TO:<b@x.example>\r\nRCPT TO:<c@x.example>\r\n" \
    "DATA\r\n"
#define MAILS_MAX 16
#define WAIT_MS   20000

static char dir[] = "/tmp/relais-lmtp-XXXXXX", path[100], unix_address[108], tcp_address[64];
static const char *listen_at[2];
static struct lmtp_settings settings;
static struct lmtp_server *server;
static struct event_base *base;

static struct {
    struct lmtp_mail *mails[MAILS_MAX];
    size_t n;
} taken;

struct client {
    int fd;
    char heard[8192];
    size_t len;
    bool ended;
};

static void turn(void)
{
    struct timeval tv = { .tv_usec = 5000 };

    event_base_loopexit(base, &tv);
    event_base_loop(base, EVLOOP_ONCE);
}

#define until(fact)                                                      \
    do {                                                                 \
        int64_t end_us = clock_monotonic_us() + WAIT_MS * USEC_PER_MSEC; \
        while (!(fact)) {                                                \
            assert_true(clock_monotonic_us() < end_us);                  \
            turn();                                                      \
        }                                                                \
    } while (0)

/* ---- clients ---- */

static struct client *dial(const char *address)
{
    struct sockaddr_un un = { .sun_family = AF_UNIX };
    struct sockaddr_in in = { .sin_family = AF_INET };
    const bool is_unix = strncmp(address, "unix:", 5) == 0;
    struct client *c = calloc(1, sizeof(*c));

    assert_non_null(c);
    c->fd = socket(is_unix ? AF_UNIX : AF_INET, SOCK_STREAM, 0);
    if (is_unix) {
        snprintf(un.sun_path, sizeof(un.sun_path), "%s", address + 5);
        assert_int_equal(connect(c->fd, (struct sockaddr *)&un, sizeof(un)), 0);
    } else {
        in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        in.sin_port = htons((uint16_t)atoi(strrchr(address, ':') + 1));
        assert_int_equal(connect(c->fd, (struct sockaddr *)&in, sizeof(in)), 0);
    }
    fcntl(c->fd, F_SETFL, O_NONBLOCK);
    return c;
}

static void hang_up(struct client *c)
{
    close(c->fd);
    free(c);
}

static bool hear(struct client *c)
{
    ssize_t n;

    assert_in_range(c->len, 0, sizeof(c->heard) - 2);
    n = recv(c->fd, c->heard + c->len, sizeof(c->heard) - 1 - c->len, 0);
    if (n > 0)
        c->len += (size_t)n;
    c->heard[c->len] = '\0';
    c->ended |= n == 0 || (n < 0 && errno != EAGAIN);
    return true;
}

static void say(struct client *c, const char *text)
{
    size_t at = 0, len = strlen(text);

    while (at < len) {
        ssize_t n = send(c->fd, text + at, len - at, MSG_NOSIGNAL);
        if (n > 0)
            at += (size_t)n;
        else
            assert_int_equal(errno, EAGAIN);
        turn();
    }
}

#define until_heard(c, text) until(hear(c) && strstr((c)->heard, text))
#define until_ended(c)       until(hear(c) && (c)->ended)

/* ---- the other side ---- */

static void on_recipient(void *arg, const char *address, struct lmtp_reply *reply)
{
    (void)arg;
    (void)address;
    (void)reply;
}

static bool on_mail(void *arg, struct lmtp_mail *m)
{
    (void)arg;
    assert_in_range(taken.n, 0, MAILS_MAX - 1);
    taken.mails[taken.n++] = m;
    return true;
}

static void answer(size_t i, unsigned code)
{
    struct lmtp_reply replies[2] = { { code, "2.1.5 first" }, { code, "2.1.5 second" } };

    lmtp_answer(server, taken.mails[i]->id, replies, 2);
}

static void listen_now(void)
{
    static const struct lmtp_events events = { .recipient = on_recipient, .mail = on_mail };
    struct error err = { "" };

    if (lmtp_server_new(base, &settings, &events, &server, &err))
        fail_msg("%s", err.text);
}

static unsigned free_port(void)
{
    struct sockaddr_in in = { .sin_family = AF_INET };
    socklen_t len = sizeof(in);
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    assert_int_equal(bind(fd, (struct sockaddr *)&in, sizeof(in)), 0);
    getsockname(fd, (struct sockaddr *)&in, &len);
    close(fd);
    return ntohs(in.sin_port);
}

static int begin(void **state)
{
    (void)state;
    signal(SIGPIPE, SIG_IGN);
    log_set_level(NULL, LOG_LEVEL_ERROR);
    return mkdtemp(dir) ? 0 : -1;
}

static int end(void **state)
{
    (void)state;
    return rmdir(dir);
}

static int set_up(void **state)
{
    (void)state;
    base = event_base_new();
    snprintf(path, sizeof(path), "%s/lmtp.sock", dir);
    snprintf(unix_address, sizeof(unix_address), "unix:%s", path);
    snprintf(tcp_address, sizeof(tcp_address), "127.0.0.1:%u", free_port());
    listen_at[0] = unix_address;
    listen_at[1] = tcp_address;
    settings = (struct lmtp_settings){ .listen = listen_at,
                                       .n_listen = 2,
                                       .name = "relais.example",
                                       .spool = dir,
                                       .max_bytes = 25 << 20,
                                       .max_recipients = 100,
                                       .max_connections = 4,
                                       .timeout_ms = 60000 };
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    lmtp_server_free(server);
    server = NULL;
    while (taken.n)
        lmtp_mail_free(taken.mails[--taken.n]);
    event_base_free(base);
    return 0;
}

/* ---- tests ---- */

static void a_mail_comes_over_a_unix_socket_and_over_tcp(void **state)
{
    (void)state;
    listen_now();
    for (size_t i = 0; i < 2; i++) {
        struct client *c = dial(listen_at[i]);
        say(c, OPEN "hello\r\n.\r\n");
        until(taken.n == i + 1);
        assert_true(lmtp_server_busy(server));
        assert_string_equal(taken.mails[i]->peer, i ? "127.0.0.1" : "unix");
        assert_string_equal(taken.mails[i]->bytes, "hello\r\n");
        answer(i, 250);
        until_heard(c, "250 2.1.5 first\r\n250 2.1.5 second\r\n");
        say(c, "QUIT\r\n");
        until_ended(c);
        hang_up(c);
    }
    until(metric_sum("relais_lmtp_connections") == 0);
    assert_false(lmtp_server_busy(server));
}

static void everybody_may_connect_to_the_unix_socket(void **state)
{
    struct stat st;

    (void)state;
    listen_now();
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0666);
}

static void a_socket_of_the_dead_is_replaced_and_one_of_the_living_is_not(void **state)
{
    static const struct lmtp_events events = { .recipient = on_recipient, .mail = on_mail };
    struct sockaddr_un un = { .sun_family = AF_UNIX };
    struct lmtp_server *other = NULL;
    struct error err;
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);

    (void)state;
    snprintf(un.sun_path, sizeof(un.sun_path), "%s", path);
    assert_int_equal(bind(fd, (struct sockaddr *)&un, sizeof(un)), 0);
    close(fd);
    settings.n_listen = 1;
    listen_now();
    assert_int_equal(lmtp_server_new(base, &settings, &events, &other, &err), RC_INVALID);
    assert_non_null(strstr(err.text, "another program listens there"));
}

static void an_address_is_checked_before_it_is_used(void **state)
{
    static const char *const good[] = { "unix:/run/x", "127.0.0.1:24", "[::1]:2424", "0.0.0.0:24" };
    static const char *const bad[] = { "",    "unix:",       "unix:x",         "localhost:24",
                                       "24",  "127.0.0.1",   "127.0.0.1:0",    "127.0.0.1:",
                                       "::1", "127.0.0.1:x", "127.0.0.1:70000" };
    struct error err;

    (void)state;
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
        assert_int_equal(lmtp_listen_check(good[i], &err), RC_OK);
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_int_equal(lmtp_listen_check(bad[i], &err), RC_INVALID);
}

static void more_connections_than_allowed_are_sent_away(void **state)
{
    struct client *c[5];

    (void)state;
    listen_now();
    for (size_t i = 0; i < 5; i++)
        c[i] = dial(listen_at[i % 2]);
    for (size_t i = 0; i < 5; i++)
        until(hear(c[i]) && c[i]->len > 0);
    for (size_t i = 0, away = 0; i < 5; i++) {
        away += strncmp(c[i]->heard, "421 4.3.2 ", 10) == 0;
        assert_int_equal(i < 4 || away == 1, true);
    }
    for (size_t i = 0; i < 5; i++)
        hang_up(c[i]);
    until(metric_sum("relais_lmtp_connections") == 0);
    c[0] = dial(unix_address);
    until_heard(c[0], "220 ");
    hang_up(c[0]);
}

static void who_hangs_up_after_the_dot_does_not_stop_his_mail(void **state)
{
    struct client *c;

    (void)state;
    listen_now();
    c = dial(tcp_address);
    say(c, OPEN "hello\r\n.\r\nNOOP\r\n");
    until(taken.n == 1);
    hang_up(c);
    for (unsigned i = 0; i < 20; i++)
        turn();
    assert_true(lmtp_server_busy(server)); /* its place is taken until it is answered */
    assert_int_equal(metric_sum("relais_lmtp_connections"), 1);
    answer(0, 250);
    until(metric_sum("relais_lmtp_connections") == 0);
    assert_false(lmtp_server_busy(server));
}

static void who_only_shuts_his_half_still_gets_his_answer(void **state)
{
    struct client *c;

    (void)state;
    listen_now();
    c = dial(tcp_address);
    say(c, OPEN "hello\r\n.\r\n");
    shutdown(c->fd, SHUT_WR);
    until(taken.n == 1);
    for (unsigned i = 0; i < 20; i++)
        turn();
    answer(0, 250);
    until_heard(c, "250 2.1.5 second\r\n");
    until_ended(c);
    hang_up(c);
}

static void who_hangs_up_in_the_middle_leaves_nothing(void **state)
{
    struct client *c;

    (void)state;
    listen_now();
    c = dial(tcp_address);
    say(c, OPEN "half a mail");
    until(metric_sum("relais_lmtp_connections") == 1);
    hang_up(c);
    until(metric_sum("relais_lmtp_connections") == 0);
    assert_int_equal(taken.n, 0);
}

static void on_hold_nothing_is_read(void **state)
{
    struct client *c, *late;

    (void)state;
    listen_now();
    c = dial(unix_address);
    until_heard(c, "220 ");
    lmtp_hold(server, true);
    late = dial(tcp_address);
    say(c, OPEN "one\r\n.\r\n");
    say(late, OPEN "two\r\n.\r\n");
    until_heard(late, "220 ");
    for (unsigned i = 0; i < 20; i++)
        turn();
    assert_true(hear(c) && !strchr(c->heard + 4, '2'));
    assert_int_equal(taken.n, 0);
    lmtp_hold(server, false);
    until(taken.n == 2);
    answer(0, 250);
    answer(1, 250);
    until_heard(c, "second");
    until_heard(late, "second");
    hang_up(c);
    hang_up(late);
}

static void a_byte_now_and_then_is_no_move(void **state)
{
    struct client *c;

    (void)state;
    settings.timeout_ms = 300;
    listen_now();
    c = dial(unix_address);
    until_heard(c, "220 ");
    while (!c->ended && !strstr(c->heard, "421 4.4.2 nothing moved")) {
        send(c->fd, "N", 1, MSG_NOSIGNAL);
        turn();
        hear(c);
    }
    until_ended(c);
    hang_up(c);
    c = dial(unix_address);
    say(c, OPEN);
    until_heard(c, "354 ");
    while (!c->ended && !strstr(c->heard, "421 4.4.2 nothing moved")) {
        send(c->fd, "x\r\n", 3, MSG_NOSIGNAL);
        turn();
        hear(c);
    }
    assert_int_equal(taken.n, 0);
    hang_up(c);
}

static void who_waits_for_us_is_not_timed_out(void **state)
{
    int64_t began;
    struct client *c;

    (void)state;
    settings.timeout_ms = 50;
    listen_now();
    c = dial(unix_address);
    say(c, OPEN "x\r\n.\r\n");
    until(taken.n == 1);
    began = clock_monotonic_us();
    until(clock_monotonic_us() - began > 200 * USEC_PER_MSEC);
    answer(0, 250);
    until_heard(c, "second");
    hang_up(c);
}

static void who_does_not_read_our_answers_is_let_go(void **state)
{
    struct client *c;

    (void)state;
    settings.timeout_ms = 300;
    listen_now();
    c = dial(unix_address);
    while (send(c->fd, "LHLO x\r\n", 8, MSG_NOSIGNAL) > 0 || errno == EAGAIN)
        turn();
    until(metric_sum("relais_lmtp_connections") == 0);
    hang_up(c);
}

static void a_reason_reaches_a_client_that_goes_on_talking(void **state)
{
    static char flood[200001];
    struct client *c;

    (void)state;
    memset(flood, 'x', sizeof(flood) - 1);
    listen_now();
    c = dial(tcp_address);
    for (size_t at = 0; at < sizeof(flood) - 1;) {
        ssize_t n = send(c->fd, flood + at, sizeof(flood) - 1 - at, MSG_NOSIGNAL);
        if (n <= 0)
            break;
        at += (size_t)n;
    }
    until_heard(c, "500 5.5.2 a command of more than 4096 bytes");
    until_ended(c);
    hang_up(c);
    until(metric_sum("relais_lmtp_connections") == 0);
}

static void stopping_answers_what_was_taken_and_takes_no_more(void **state)
{
    struct client *c, *idle;

    (void)state;
    listen_now();
    c = dial(unix_address);
    idle = dial(tcp_address);
    until_heard(idle, "220 ");
    say(c, OPEN "x\r\n.\r\n");
    until(taken.n == 1);
    lmtp_server_stop(server);
    until_heard(idle, "421 4.3.2 ");
    until_ended(idle);
    assert_true(lmtp_server_busy(server));
    assert_int_equal(access(path, F_OK), -1);
    say(c, "MAIL FROM:<>\r\n");
    answer(0, 250);
    until_heard(c, "second\r\n421 4.3.2 ");
    until(!lmtp_server_busy(server));
    hang_up(c);
    hang_up(idle);
}

static void a_mail_of_25_mb_is_in_a_file_and_not_in_memory(void **state)
{
    static char line[1024 * 64 + 1];
    struct client *c;
    struct stat st;

    (void)state;
    for (size_t i = 0; i < sizeof(line) - 1; i += 64)
        memcpy(line + i, "0123456789012345678901234567890123456789012345678901234567890\r\n\0", 64);
    for (size_t i = 0; i < sizeof(line) - 1; i++)
        line[i] = line[i] ? line[i] : '.'; /* at the start of most lines */
    line[sizeof(line) - 1] = '\0';
    listen_now();
    c = dial(tcp_address);
    say(c, OPEN);
    for (unsigned i = 0; i < 24 * 16; i++)
        say(c, line);
    say(c, "\r\n.\r\n");
    until(taken.n == 1);
    assert_null(taken.mails[0]->bytes);
    assert_int_equal(fstat(taken.mails[0]->fd, &st), 0);
    assert_int_equal((size_t)st.st_size, taken.mails[0]->size);
    assert_in_range(taken.mails[0]->size, 23u << 20, 24u << 20);
    answer(0, 250);
    hang_up(c);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_mail_comes_over_a_unix_socket_and_over_tcp),
        TEST(everybody_may_connect_to_the_unix_socket),
        TEST(a_socket_of_the_dead_is_replaced_and_one_of_the_living_is_not),
        TEST(an_address_is_checked_before_it_is_used),
        TEST(more_connections_than_allowed_are_sent_away),
        TEST(who_hangs_up_after_the_dot_does_not_stop_his_mail),
        TEST(who_only_shuts_his_half_still_gets_his_answer),
        TEST(who_hangs_up_in_the_middle_leaves_nothing),
        TEST(on_hold_nothing_is_read),
        TEST(a_byte_now_and_then_is_no_move),
        TEST(who_waits_for_us_is_not_timed_out),
        TEST(who_does_not_read_our_answers_is_let_go),
        TEST(a_reason_reaches_a_client_that_goes_on_talking),
        TEST(stopping_answers_what_was_taken_and_takes_no_more),
        TEST(a_mail_of_25_mb_is_in_a_file_and_not_in_memory),
    };

    return cmocka_run_group_tests(tests, begin, end);
}
