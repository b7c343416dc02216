/*
 * fuzz_lmtp.c - whatever a client says, and in whatever pieces it comes: the replies are lines,
 * each mail handed on stands in the input between DATA and its own CR LF . CR LF and nowhere else,
 * no CR or LF stands alone in it, and all of that is the same when the bytes are cut otherwise.
 * Input: a byte of choices, a byte for the size of the pieces, then what the client sends.
 */
#define _GNU_SOURCE /* memmem() */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "channel/mail/lmtp_session.h"

#define SAID_MAX (1 << 20)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum choice {
    CHOOSE_SMALL = 1, /* mails of 200 bytes at most */
    CHOOSE_LATE = 2,  /* answers do not come at once */
    CHOOSE_NO_ROOM = 4,
    CHOOSE_PICKY = 8, /* some recipients are refused */
};

static unsigned choices;
static struct lmtp_session session;
static const char *input, *input_at; /* behind the last mail */
static size_t input_size;

/* What was seen of a conversation, as one text. */
static struct buffer seen[2], *now;

static void hold(int fact)
{
    if (!fact)
        abort();
}

static void on_recipient(void *arg, const char *address, struct lmtp_reply *reply)
{
    const size_t len = strlen(address);

    (void)arg;
    hold(len > 0 && len < LMTP_ENTRY_SIZE && reply->code == 250);
    if (choices & CHOOSE_PICKY && len % 2)
        *reply = (struct lmtp_reply){ len % 4 == 1 ? 451 : 550, "5.1.1 odd" };
}

static void answer(size_t n)
{
    struct lmtp_reply replies[3] = { { 250, "2.1.5 one" }, { 550, "5.0.0 two\r\nthree" }, { 0 } };

    lmtp_session_answer(&session, replies, n < 3 ? n : 3);
}

/* As the client must have sent it: dots doubled, and its end. */
static void stuff(const char *bytes, size_t n, struct buffer *out)
{
    for (size_t i = 0; i < n; i++) {
        if (bytes[i] == '.' && (i == 0 || bytes[i - 1] == '\n'))
            buffer_add(out, ".", 1);
        buffer_add(out, bytes + i, 1);
    }
    buffer_add_text(out, ".\r\n");
}

/* A lone dot in front of other text is left out, though nobody should send it; such a mail cannot
 * be told from its bytes. */
static int has_odd_dot(void)
{
    for (size_t i = 0; i + 3 < input_size; i++) {
        if (memcmp(input + i, "\r\n.", 3) == 0 && input[i + 3] != '.' && input[i + 3] != '\r')
            return 1;
        if (memcmp(input + i, "\r\n.\r", 4) == 0 && (i + 4 == input_size || input[i + 4] != '\n'))
            return 1;
    }
    return 0;
}

static void check_mail(const char *bytes, size_t n)
{
    struct buffer sent;
    const char *at;

    for (size_t i = 0; i < n; i++) {
        hold(bytes[i] != '\n' || (i > 0 && bytes[i - 1] == '\r'));
        hold(bytes[i] != '\r' || (i + 1 < n && bytes[i + 1] == '\n'));
    }
    hold(n == 0 || bytes[n - 1] == '\n');
    if (has_odd_dot())
        return;
    buffer_init(&sent, 2 * n + 64);
    buffer_add_text(&sent, "\r\n");
    stuff(bytes, n, &sent);
    at = memmem(input_at, (size_t)(input + input_size - input_at), sent.data, sent.len);
    hold(at != NULL);
    input_at = at + sent.len - 2;
    buffer_close(&sent);
}

/* Only whole lines are said, each with a code. */
static void hear(void)
{
    const char *p = buffer_text(&session.out), *end = p + session.out.len;

    while (p < end) {
        const char *lf = memchr(p, '\n', (size_t)(end - p));
        hold(lf && lf - p >= 5 && lf[-1] == '\r' && lf - p < 512);
        hold(p[0] >= '2' && p[0] <= '5' && (p[3] == ' ' || p[3] == '-'));
        for (const char *c = p; c < lf - 1; c++)
            hold(*c >= ' ' && *c <= '~');
        p = lf + 1;
    }
    buffer_add(now, buffer_text(&session.out), session.out.len);
    buffer_reset(&session.out);
}

static bool on_mail(void *arg, struct lmtp_mail *m)
{
    const char *bytes = m->bytes;
    char *copy = NULL;

    (void)arg;
    hold(m->n_to > 0 && m->n_to <= session.settings->max_recipients);
    hold(m->size <= session.settings->max_bytes && (bytes != NULL) == (m->fd < 0));
    if (choices & CHOOSE_NO_ROOM)
        return false;
    if (!bytes) {
        copy = malloc(m->size);
        hold(copy && pread(m->fd, copy, m->size, 0) == (ssize_t)m->size);
        bytes = copy;
    }
    check_mail(bytes, m->size);
    hear(); /* what was said before it */
    buffer_printf(now, "[%s %zu %d%d]", m->from, m->size, m->eight_bit, m->utf8);
    buffer_add(now, bytes, m->size);
    free(copy);
    lmtp_mail_free(m);
    if (!(choices & CHOOSE_LATE))
        answer(2);
    return true;
}

static void talk(const char *bytes, size_t size, size_t piece)
{
    static const struct lmtp_events events = { .recipient = on_recipient, .mail = on_mail };
    const struct lmtp_settings settings = { .name = "fuzz",
                                            .spool = "/tmp",
                                            .max_bytes = choices & CHOOSE_SMALL ? 200 : 1 << 20,
                                            .max_recipients = 5 };
    uint64_t ids = 0;
    size_t at = 0;

    input = input_at = bytes;
    input_size = size;
    lmtp_session_init(&session, &settings, &events, &ids, "fuzz");
    hear();
    while (at < size && session.state != LMTP_LEAVING) {
        const size_t n = size - at < piece ? size - at : piece;
        at += lmtp_session_take(&session, bytes + at, n);
        hold(at <= size && !session.out.full);
        hear();
        if (session.state == LMTP_WAITING) {
            hold(lmtp_session_take(&session, "x", 1) == 0);
            answer(1);
            hear();
        }
    }
    lmtp_session_leave(&session, "421 4.3.2 the end");
    hear();
    lmtp_session_close(&session);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    log_to_syslog("fuzz_lmtp"); /* its lines would drown the fuzzer's */
    log_set_level(NULL, LOG_LEVEL_ERROR);
    if (size < 2)
        return 0;
    choices = data[0];
    for (size_t i = 0; i < 2; i++) {
        now = &seen[i];
        buffer_init(now, SAID_MAX);
        talk((const char *)data + 2, size - 2, i ? 1 + (size_t)data[1] : size);
    }
    hold(seen[0].len == seen[1].len && !seen[0].full &&
         memcmp(buffer_text(&seen[0]), buffer_text(&seen[1]), seen[0].len) == 0);
    buffer_close(&seen[0]);
    buffer_close(&seen[1]);
    return 0;
}
