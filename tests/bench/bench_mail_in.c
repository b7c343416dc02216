/*
 * bench_mail_in.c SOCKET MAILS CONNECTIONS FIRST - an MTA that hands over mails of 10 KB by LMTP,
 * over so many connections at once, a mail after the answer to the one before. Prints how many a
 * second were answered 250; ends with a failure when one was not.
 * bench_mail_in.c SOCKET large BYTES - one mail with an attachment that makes it so large.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/clock.h"

#define CUSTOMERS 10000
#define BYTES     10240
#define LINE      76

static const char *path;

struct sender {
    pthread_t thread;
    unsigned long first, n;
    double slowest_ms;
};

static void die(const char *what)
{
    fprintf(stderr, "bench_mail_in: %s\n", what);
    exit(1);
}

static FILE *dial(void)
{
    struct sockaddr_un at = { .sun_family = AF_UNIX };
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    FILE *file;

    snprintf(at.sun_path, sizeof(at.sun_path), "%s", path);
    if (fd < 0 || connect(fd, (struct sockaddr *)&at, sizeof(at)))
        die("cannot connect");
    file = fdopen(fd, "r");
    if (!file)
        die("no memory");
    return file;
}

static void say(FILE *to, const char *bytes, size_t n)
{
    while (n) {
        ssize_t sent = write(fileno(to), bytes, n);

        if (sent <= 0)
            die("the connection broke");
        bytes += sent;
        n -= (size_t)sent;
    }
}

/* Reads one reply, of one line or several. */
static void expect(FILE *from, const char *code)
{
    char line[1024];

    do {
        if (!fgets(line, sizeof(line), from))
            die("the connection broke");
    } while (line[3] == '-');
    if (strncmp(line, code, 3) != 0)
        die(line);
}

static void greet(FILE *mta)
{
    expect(mta, "220");
    say(mta, "LHLO bench.example\r\n", 20);
    expect(mta, "250");
}

/* As such mails are: what MTAs wrote on top, a text and its HTML, a quotation of ours. */
static size_t write_mail(char *out, size_t size, unsigned long i)
{
    size_t n = (size_t)snprintf(
        out, size,
        "Received: from mx1.provider.example (mx1.provider.example [192.0.2.10])\r\n"
        "\tby mx.shop.example (Postfix) with ESMTPS id 4XyZ%lu\r\n"
        "\tfor <contact@shop.example>; Thu, 26 Nov 2026 08:00:00 +0000 (UTC)\r\n"
        "Authentication-Results: mx.shop.example; dkim=pass header.d=customer.example\r\n"
        "From: =?utf-8?q?Camille_Durand_n=C2=B0?= %lu <c%lu@customer.example>\r\n"
        "To: contact@shop.example\r\n"
        "Subject: =?utf-8?q?O=C3=B9_est_mon_colis_num=C3=A9ro?= %lu\r\n"
        "Date: Thu, 26 Nov 2026 08:00:00 +0000\r\n"
        "Message-ID: <%lu.bench@customer.example>\r\n"
        "MIME-Version: 1.0\r\n"
        "Content-Type: multipart/alternative; boundary=\"b-%lu\"\r\n"
        "\r\n--b-%lu\r\nContent-Type: text/plain; charset=utf-8\r\n"
        "Content-Transfer-Encoding: quoted-printable\r\n\r\n"
        "Bonjour,\r\n\r\nj'attends le colis %lu depuis mardi. Pouvez-vous me dire o=C3=B9 il "
        "est=\r\n"
        " et quand il arrivera =?\r\n\r\nMerci, Camille\r\n\r\n"
        "Le 25 nov. 2026 =C3=A0 10:00, Ma Boite a =C3=A9crit :\r\n\r\n",
        i, i, i * 7919 % CUSTOMERS + 1, i, i, i, i, i);

    while (n < 4000)
        n += (size_t)snprintf(out + n, size - n,
                              "> Votre commande a =C3=A9t=C3=A9 pr=C3=A9par=C3=A9e et remise.\r\n");
    n += (size_t)snprintf(out + n, size - n,
                          "\r\n--b-%lu\r\nContent-Type: text/html; charset=utf-8\r\n"
                          "Content-Transfer-Encoding: quoted-printable\r\n\r\n<html><body>\r\n",
                          i);
    while (n < BYTES - 120)
        n += (size_t)snprintf(
            out + n, size - n,
            "<p style=3D\"margin:0\">Votre commande a =C3=A9t=C3=A9 remise.</p>\r\n");
    return n + (size_t)snprintf(out + n, size - n, "</body></html>\r\n--b-%lu--\r\n.\r\n", i);
}

static void hand_over(FILE *mta, unsigned long i)
{
    char commands[256], mail[BYTES + 512];
    const size_t n = write_mail(mail, sizeof(mail), i);
    const int len = snprintf(commands, sizeof(commands),
                             "MAIL FROM:<c%lu@customer.example>\r\n"
                             "RCPT TO:<contact@shop.example>\r\nDATA\r\n",
                             i * 7919 % CUSTOMERS + 1);

    say(mta, commands, (size_t)len);
    expect(mta, "250");
    expect(mta, "250");
    expect(mta, "354");
    say(mta, mail, n);
    expect(mta, "250");
}

static void *run(void *arg)
{
    struct sender *s = arg;
    FILE *mta = dial();

    greet(mta);
    for (unsigned long i = 0; i < s->n; i++) {
        const int64_t begun = clock_monotonic_us();
        double ms;

        hand_over(mta, s->first + i);
        ms = (double)(clock_monotonic_us() - begun) / USEC_PER_MSEC;
        s->slowest_ms = ms > s->slowest_ms ? ms : s->slowest_ms;
    }
    fclose(mta);
    return NULL;
}

static void send_many(unsigned long mails, unsigned long connections, unsigned long first)
{
    struct sender *senders = calloc(connections, sizeof(*senders));
    const int64_t begun = clock_monotonic_us();
    double slowest = 0, seconds;

    if (!senders)
        die("no memory");
    for (unsigned long i = 0; i < connections; i++) {
        senders[i].n = mails / connections;
        senders[i].first = first + i * senders[i].n;
        if (pthread_create(&senders[i].thread, NULL, run, &senders[i]))
            die("no threads");
    }
    for (unsigned long i = 0; i < connections; i++) {
        pthread_join(senders[i].thread, NULL);
        slowest = senders[i].slowest_ms > slowest ? senders[i].slowest_ms : slowest;
    }
    seconds = (double)(clock_monotonic_us() - begun) / USEC_PER_SEC;
    printf("mail_in_per_second %.0f /s\n", (double)(mails / connections * connections) / seconds);
    printf("mail_in_slowest_ms %.1f ms\n", slowest);
    free(senders);
}

static void send_large(size_t size)
{
    static const char head[] =
        "MAIL FROM:<c1@customer.example>\r\nRCPT TO:<contact@shop.example>\r\nDATA\r\n";
    static const char begin[] =
        "From: c1@customer.example\r\nSubject: large\r\nMIME-Version: 1.0\r\n"
        "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nVoici.\r\n--b\r\n"
        "Content-Type: application/pdf\r\nContent-Transfer-Encoding: base64\r\n"
        "Content-Disposition: attachment; filename=\"plan.pdf\"\r\n\r\nJVBERi0xLjcK\r\n";
    char line[LINE + 3];
    FILE *mta = dial();

    memset(line, 'A', LINE);
    memcpy(line + LINE, "\r\n", 3);
    greet(mta);
    say(mta, head, strlen(head));
    expect(mta, "250");
    expect(mta, "250");
    expect(mta, "354");
    say(mta, begin, strlen(begin));
    for (size_t n = 0; n + 1000 < size; n += LINE + 2)
        say(mta, line, LINE + 2);
    say(mta, "--b--\r\n.\r\n", 10);
    expect(mta, "250");
    fclose(mta);
}

int main(int argc, char **argv)
{
    if (argc == 4 && strcmp(argv[2], "large") == 0) {
        path = argv[1];
        send_large(strtoul(argv[3], NULL, 10));
    } else if (argc == 5) {
        path = argv[1];
        send_many(strtoul(argv[2], NULL, 10), strtoul(argv[3], NULL, 10),
                  strtoul(argv[4], NULL, 10));
    } else {
        die("SOCKET MAILS CONNECTIONS FIRST, or SOCKET large BYTES");
    }
    return 0;
}
