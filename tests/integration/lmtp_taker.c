/*
 * lmtp_taker.c - the LMTP listener with nothing behind it: for tests of what an MTA and it say to
 * each other. What is taken is written to DIR/mail-N (the sender, a line a recipient, a blank one,
 * the bytes), and only then answered.
 *
 *     lmtp_taker DIR MAX_BYTES TIMEOUT_MS ADDRESS...
 *
 * An address that begins with "nobody" does not exist, at "away" the database is away. "refused"
 * and "later" are answered so after the mail came; "never" makes it be answered only when SIGUSR1
 * comes. Everybody else gets his mail.
 */
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <event2/event.h>

#include "channel/mail/lmtp.h"

#define REPLIES_MAX 100

static struct lmtp_server *server;
static const char *dir;
static uint64_t held[64];
static size_t n_held;

static int begins(const char *address, const char *word)
{
    return strncmp(address, word, strlen(word)) == 0;
}

static void on_recipient(void *arg, const char *address, struct lmtp_reply *reply)
{
    (void)arg;
    if (begins(address, "nobody"))
        *reply = (struct lmtp_reply){ 550, "5.1.1 nobody of that name is here" };
    else if (begins(address, "away"))
        *reply = (struct lmtp_reply){ 451, "4.3.0 the database is away" };
}

static int copy(FILE *out, const struct lmtp_mail *m)
{
    char piece[65536];
    off_t at = 0;
    ssize_t n;

    if (m->bytes)
        return fwrite(m->bytes, 1, m->size, out) == m->size;
    while ((n = pread(m->fd, piece, sizeof(piece), at)) > 0 &&
           fwrite(piece, 1, (size_t)n, out) == (size_t)n)
        at += n;
    return n == 0 && (size_t)at == m->size;
}

static int keep(const struct lmtp_mail *m)
{
    char path[512], aside[512];
    FILE *out;
    int good;

    snprintf(path, sizeof(path), "%s/mail-%" PRIu64, dir, m->id);
    snprintf(aside, sizeof(aside), "%s/.mail-%" PRIu64, dir, m->id);
    out = fopen(aside, "wb");
    if (!out)
        return 0;
    fprintf(out, "%s\n", m->from);
    for (size_t i = 0; i < m->n_to; i++)
        fprintf(out, "%s\n", m->to[i]);
    fputc('\n', out);
    good = copy(out, m);
    return fclose(out) == 0 && good && rename(aside, path) == 0;
}

static bool on_mail(void *arg, struct lmtp_mail *m)
{
    struct lmtp_reply replies[REPLIES_MAX];
    const size_t n = m->n_to < REPLIES_MAX ? m->n_to : REPLIES_MAX;

    (void)arg;
    if (!keep(m))
        return false;
    if (begins(m->to[0], "never") && n_held < sizeof(held) / sizeof(held[0])) {
        held[n_held++] = m->id;
    } else {
        for (size_t i = 0; i < n; i++) {
            replies[i] = (struct lmtp_reply){ 250, "2.1.5 taken" };
            if (begins(m->to[i], "later"))
                replies[i] = (struct lmtp_reply){ 451, "4.3.0 not now" };
            else if (begins(m->to[i], "refused"))
                replies[i] = (struct lmtp_reply){ 550, "5.7.1 it is not wanted" };
        }
        lmtp_answer(server, m->id, replies, n);
    }
    lmtp_mail_free(m);
    return true;
}

static void on_term(evutil_socket_t fd, short what, void *arg)
{
    (void)fd;
    (void)what;
    event_base_loopbreak(arg);
}

static void on_usr1(evutil_socket_t fd, short what, void *arg)
{
    const struct lmtp_reply reply = { 250, "2.1.5 taken at last" };

    (void)fd;
    (void)what;
    (void)arg;
    while (n_held)
        lmtp_answer(server, held[--n_held], &reply, 1);
}

int main(int argc, char **argv)
{
    static const struct lmtp_events events = { .recipient = on_recipient, .mail = on_mail };
    struct event_base *base = event_base_new();
    struct lmtp_settings settings = { .name = "taker.example",
                                      .max_recipients = REPLIES_MAX,
                                      .max_connections = 50 };
    struct event *term, *usr1;
    struct error err;

    if (argc < 5 || !base) {
        fprintf(stderr, "usage: lmtp_taker DIR MAX_BYTES TIMEOUT_MS ADDRESS...\n");
        return 2;
    }
    signal(SIGPIPE, SIG_IGN);
    dir = settings.spool = argv[1];
    settings.max_bytes = strtoul(argv[2], NULL, 10);
    settings.timeout_ms = strtol(argv[3], NULL, 10);
    settings.listen = (const char *const *)(void *)(argv + 4);
    settings.n_listen = (size_t)argc - 4;
    if (lmtp_server_new(base, &settings, &events, &server, &err)) {
        fprintf(stderr, "%s\n", err.text);
        return 1;
    }
    term = evsignal_new(base, SIGTERM, on_term, base);
    usr1 = evsignal_new(base, SIGUSR1, on_usr1, NULL);
    event_add(term, NULL);
    event_add(usr1, NULL);
    event_base_dispatch(base);
    lmtp_server_free(server);
    event_free(term);
    event_free(usr1);
    event_base_free(base);
    return 0;
}
