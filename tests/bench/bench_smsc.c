/*
 * bench_smsc.c - how fast is relais-smsc itself? A client as trivial as can be: one connection, a
 * window, every submit_sm the same but for its destination and sequence_number, encoded here.
 *
 *     bench_smsc PORT [MESSAGES [WINDOW]]
 *
 * Ends when every submit was answered and every receipt came and was answered. Prints lines of
 * `name value unit`.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"

#define BUFFER  (1 << 20)
#define WAIT_MS 30000

static const char text[] = "Bonjour Camille, votre colis 1234567 arrive demain entre 9h et 11h. "
                           "Repondez STOP au 36105 pour ne plus recevoir nos offres.";

static int fd;
static uint8_t in[BUFFER], out[BUFFER];
static size_t in_len, out_len, out_done;
static long sent, answered, refused, receipts, wanted, window;

static uint32_t get32(const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static void put32(uint8_t *p, uint32_t value)
{
    for (int i = 3; i >= 0; i--, value >>= 8)
        p[i] = (uint8_t)value;
}

static void die(const char *what)
{
    fprintf(stderr, "bench_smsc: %s: %s\n", what, strerror(errno));
    exit(1);
}

/* A PDU with this body; the header is made here. */
static void say(uint32_t command, uint32_t sequence, const void *body, size_t len)
{
    uint8_t *p = out + out_len;

    put32(p, (uint32_t)(16 + len));
    put32(p + 4, command);
    put32(p + 8, 0);
    put32(p + 12, sequence);
    memcpy(p + 16, body, len);
    out_len += 16 + len;
}

/* submit_sm: 12 digits of destination at a fixed place, then what never changes. */
static void submit(void)
{
    static uint8_t body[256];
    static size_t len;
    static const char head[] = "\0\0\1"  /* service_type, TON and NPI of the source */
                               "36105\0" /* source */
                               "\1\1";
    char digits[14];

    if (len == 0) {
        memcpy(body, head, sizeof(head) - 1);
        len = sizeof(head) - 1 + 13;
        memset(body + len, 0, 5); /* esm_class, protocol_id, priority_flag, two empty times */
        body[len + 5] = 1;        /* registered_delivery */
        memset(body + len + 6, 0, 3);
        body[len + 9] = sizeof(text) - 1;
        memcpy(body + len + 10, text, sizeof(text) - 1);
        len += 10 + sizeof(text) - 1;
    }
    snprintf(digits, sizeof(digits), "3360%08ld", sent % 100000000);
    memcpy(body + sizeof(head) - 1, digits, 13);
    sent++;
    say(4, (uint32_t)sent, body, len);
}

static void take(const uint8_t *pdu)
{
    uint32_t command = get32(pdu + 4);

    if (command == 0x80000004u) {
        answered++;
        refused += get32(pdu + 8) != 0;
    } else if (command == 5) {
        receipts++;
        say(0x80000005u, get32(pdu + 12), "", 1);
    } else if (command == 0x15) {
        say(0x80000015u, get32(pdu + 12), "", 0);
    }
}

static void take_all(void)
{
    size_t used = 0, size;

    while (in_len - used >= 16 && in_len - used >= (size = get32(in + used)) && size >= 16) {
        if (out_len + 1024 > sizeof(out))
            break;
        take(in + used);
        used += size;
    }
    in_len -= used;
    memmove(in, in + used, in_len);
}

static void flush_out(void)
{
    while (out_done < out_len) {
        ssize_t n = send(fd, out + out_done, out_len - out_done, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (n < 0 && errno == EAGAIN)
            return;
        if (n < 0)
            die("send");
        out_done += (size_t)n;
    }
    out_len = out_done = 0;
}

static void turn(void)
{
    struct pollfd p = { .fd = fd, .events = POLLIN };
    ssize_t n;

    while (sent < wanted && sent - answered < window && out_len + 4096 < sizeof(out))
        submit();
    flush_out();
    p.events |= out_len > 0 ? POLLOUT : 0;
    if (poll(&p, 1, WAIT_MS) == 0) {
        errno = ETIMEDOUT;
        die("waiting for the simulator");
    }
    if (!(p.revents & ~POLLOUT))
        return;
    n = recv(fd, in + in_len, sizeof(in) - in_len, MSG_DONTWAIT);
    if (n < 0 && errno == EAGAIN)
        return;
    if (n <= 0)
        die("connection");
    in_len += (size_t)n;
    take_all();
}

static void bind_transceiver(int port)
{
    struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port) };
    static const char body[] = "bench\0\0\0\x34\0\0"; /* and the NUL of address_range */
    int yes = 1;

    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    fd = socket(AF_INET, SOCK_STREAM, 0);
    if (fd < 0 || connect(fd, (struct sockaddr *)&to, sizeof(to)) != 0)
        die("connect");
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof(yes));
    say(9, 1, body, sizeof(body));
    flush_out();
    if (recv(fd, in, 16, MSG_WAITALL) != 16 || get32(in + 8) != 0)
        die("bind");
    if (recv(fd, in + 16, get32(in) - 16, MSG_WAITALL) < 0)
        die("bind");
}

int main(int argc, char **argv)
{
    int64_t start, submitted = 0, end;

    if (argc < 2) {
        fprintf(stderr, "usage: bench_smsc PORT [MESSAGES [WINDOW]]\n");
        return 2;
    }
    wanted = argc > 2 ? atol(argv[2]) : 1000000;
    window = argc > 3 ? atol(argv[3]) : 100;
    bind_transceiver(atoi(argv[1]));
    start = clock_monotonic_us();
    while (answered < wanted || receipts < wanted - refused) {
        turn();
        if (!submitted && answered == wanted)
            submitted = clock_monotonic_us();
    }
    end = clock_monotonic_us();
    flush_out(); /* the last receipts' answers */
    printf("smsc_submits_per_second %.0f msg/s\n",
           (double)wanted / ((double)(submitted - start) / 1e6));
    printf("smsc_messages_with_receipts_per_second %.0f msg/s\n",
           (double)wanted / ((double)(end - start) / 1e6));
    printf("smsc_refused %ld msg\n", refused);
    close(fd);
    return 0;
}
