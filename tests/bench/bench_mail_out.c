/*
 * bench_mail_out.c - mails over kept sessions to a relay that does nothing but take them.
 * bench_mail_out sink - such a relay alone: says its port, and takes mails until it is ended.
 *
 * What is measured is the sender and libesmtp: no database is in it. bench_mail_out.py measures the
 * same through relaisd.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/clock.h"
#include "channel/mail/compose.h"
#include "channel/mail/sender.h"

#define MAILS   20000
#define SESSION 100 /* mails; as flow/mailer.c has it */

/* --- a relay --- */

static void say_line(int fd, const char *line)
{
    if (write(fd, line, strlen(line)) < 0)
        _exit(0);
}

static void take_text(FILE *in)
{
    char line[1100];

    while (fgets(line, sizeof(line), in)) {
        if (strcmp(line, ".\r\n") == 0)
            return;
    }
}

static void serve(int fd)
{
    FILE *in = fdopen(fd, "r");
    char line[1100];

    say_line(fd, "220 sink\r\n");
    while (in && fgets(line, sizeof(line), in)) {
        if (strncmp(line, "EHLO", 4) == 0) {
            say_line(fd, "250-sink\r\n250-PIPELINING\r\n250 ENHANCEDSTATUSCODES\r\n");
        } else if (strncmp(line, "DATA", 4) == 0) {
            say_line(fd, "354 go on\r\n");
            take_text(in);
            say_line(fd, "250 2.0.0 taken\r\n");
        } else if (strncmp(line, "QUIT", 4) == 0) {
            say_line(fd, "221 2.0.0 bye\r\n");
            break;
        } else {
            say_line(fd, "250 2.1.0 ok\r\n");
        }
    }
    _exit(0);
}

static int listen_somewhere(unsigned *port)
{
    struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t len = sizeof(at);
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    if (fd < 0 || bind(fd, (struct sockaddr *)&at, sizeof(at)) || listen(fd, 16) ||
        getsockname(fd, (struct sockaddr *)&at, &len)) {
        perror("bench_mail_out");
        exit(1);
    }
    *port = ntohs(at.sin_port);
    return fd;
}

static void accept_for_ever(int listener)
{
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    signal(SIGCHLD, SIG_IGN);
    for (;;) {
        int fd = accept(listener, NULL, NULL);
        if (fd < 0)
            continue;
        if (fork() == 0) {
            close(listener);
            serve(fd);
        }
        close(fd);
    }
}

/* --- the sender --- */

static char text[10 * 1024 + 1];

static bool say(void *arg, size_t which, struct buffer *out)
{
    const struct mail_message m = { .from = "relais@shop.example",
                                    .to = "p@partner.example",
                                    .subject = "Receipt of orders.csv",
                                    .text = text,
                                    .message_id = "1.2@shop.example",
                                    .date = (utc_us)which };

    (void)arg;
    mail_compose(out, &m);
    return !out->full;
}

static void measure(const char *name, unsigned port, size_t bytes)
{
    char relay[40];
    const char *const relays[] = { relay };
    const struct mail_sender_settings settings = { .relays = relays,
                                                   .n_relays = 1,
                                                   .from = "relais@shop.example",
                                                   .helo = "relais.example",
                                                   .tls = MAIL_TLS_OFF,
                                                   .tls_ca = "",
                                                   .user = text + sizeof(text) - 1,
                                                   .timeout_ms = 10000 };
    static struct letter letters[SESSION];
    struct mail_sender *sender;
    struct rusage before, after;
    struct error err;
    size_t taken = 0;
    int64_t begin, took;
    double cpu;

    memset(text, 'x', sizeof(text) - 1);
    for (size_t i = 64; i < sizeof(text) - 1; i += 65)
        text[i] = '\n';
    text[bytes] = '\0';
    snprintf(relay, sizeof(relay), "127.0.0.1:%u", port);
    if (mail_sender_new(&settings, &sender, &err)) {
        fprintf(stderr, "bench_mail_out: %s\n", err.text);
        exit(1);
    }
    getrusage(RUSAGE_SELF, &before);
    begin = clock_monotonic_us();
    for (size_t i = 0; i < MAILS / SESSION; i++) {
        for (size_t k = 0; k < SESSION; k++)
            letters[k].to = "p@partner.example";
        mail_sender_send(sender, letters, SESSION, &(struct letter_calls){ .say = say });
        for (size_t k = 0; k < SESSION; k++)
            taken += letters[k].fate == LETTER_TAKEN;
    }
    took = clock_monotonic_us() - begin;
    getrusage(RUSAGE_SELF, &after);
    cpu = (double)(after.ru_utime.tv_sec + after.ru_stime.tv_sec - before.ru_utime.tv_sec -
                   before.ru_stime.tv_sec) *
              1e6 +
          (double)(after.ru_utime.tv_usec + after.ru_stime.tv_usec - before.ru_utime.tv_usec -
                   before.ru_stime.tv_usec);
    mail_sender_free(sender);
    if (taken != MAILS) {
        fprintf(stderr, "bench_mail_out: %zu of %d mails were taken\n", taken, MAILS);
        exit(1);
    }
    printf("# %s: bytes=%zu mails=%d session=%d cpu_us_a_mail=%.0f\n", name, bytes, MAILS, SESSION,
           cpu / MAILS);
    printf("%s %.0f /s\n", name, MAILS * 1e6 / (double)took);
    fflush(stdout);
}

int main(int argc, char **argv)
{
    unsigned port;
    int listener = listen_somewhere(&port);
    pid_t child;

    signal(SIGPIPE, SIG_IGN);
    if (argc > 1 && strcmp(argv[1], "sink") == 0) {
        printf("listening=%u\n", port);
        fflush(stdout);
        accept_for_ever(listener);
    }
    child = fork();
    if (child == 0)
        accept_for_ever(listener);
    close(listener);
    measure("mail_session_10k_per_second", port, sizeof(text) - 1);
    measure("mail_session_1k_per_second", port, 1024);
    kill(child, SIGTERM);
    waitpid(child, NULL, 0);
    return 0;
}
