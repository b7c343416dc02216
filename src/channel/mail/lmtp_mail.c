/* lmtp_mail.c - see lmtp_mail.h. */
#define _GNU_SOURCE /* O_TMPFILE */
#include "channel/mail/lmtp_mail.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/metric.h"

#define LOG_PART "lmtp"
#include "base/log.h"

#define PEER_SIZE     64
#define FIRST_ENTRIES 4
#define HELD_MAX      (LMTP_IN_MEMORY - 1) /* the buffer adds a NUL, and doubles */

static struct metric spooled_total =
    METRIC_COUNTER("relais_lmtp_spooled_total", "Mails too large for memory, kept in a file");

/* What belongs to it, behind the struct that others see. */
struct whole {
    struct lmtp_mail mail; /* the first: one is the other */
    char *from;
    char **to;
    size_t room;         /* in `to` */
    struct buffer bytes; /* all of them, or those that are not in the file yet */
    char peer[PEER_SIZE];
};

static struct whole *whole_of(struct lmtp_mail *m)
{
    return (struct whole *)(void *)m;
}

struct lmtp_mail *lmtp_mail_new(const char *from, const char *peer)
{
    struct whole *w = calloc(1, sizeof(*w));

    if (!w)
        return NULL;
    w->mail.fd = -1;
    w->from = strdup(from);
    if (!w->from) {
        free(w);
        return NULL;
    }
    buffer_init(&w->bytes, HELD_MAX);
    snprintf(w->peer, sizeof(w->peer), "%s", peer);
    w->mail.from = w->from;
    w->mail.peer = w->peer;
    return &w->mail;
}

void lmtp_mail_free(struct lmtp_mail *m)
{
    struct whole *w = whole_of(m);

    if (!m)
        return;
    for (size_t i = 0; i < m->n_to; i++)
        free(w->to[i]);
    free(w->to);
    free(w->from);
    buffer_close(&w->bytes);
    if (m->fd >= 0)
        close(m->fd);
    free(w);
}

enum rc lmtp_mail_add_recipient(struct lmtp_mail *m, const char *address)
{
    struct whole *w = whole_of(m);

    if (m->n_to == w->room) {
        size_t room = w->room ? 2 * w->room : FIRST_ENTRIES;
        char **grown = realloc(w->to, room * sizeof(*grown));
        if (!grown)
            return RC_FAIL;
        w->to = grown;
        w->room = room;
        m->to = grown;
    }
    w->to[m->n_to] = strdup(address);
    if (!w->to[m->n_to])
        return RC_FAIL;
    m->n_to++;
    return RC_OK;
}

/* ---- bytes ---- */

static int nameless_file(const char *spool)
{
    char path[4096];
    int fd = open(spool, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);

    /* Not every file system has it. */
    if (fd >= 0 || (errno != EOPNOTSUPP && errno != EISDIR))
        return fd;
    if (snprintf(path, sizeof(path), "%s/lmtp-XXXXXX", spool) >= (int)sizeof(path))
        return -1;
    fd = mkostemp(path, O_CLOEXEC);
    if (fd >= 0)
        unlink(path);
    return fd;
}

static enum rc write_out(struct whole *w)
{
    size_t at = 0;

    while (at < w->bytes.len) {
        ssize_t n = write(w->mail.fd, w->bytes.data + at, w->bytes.len - at);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0) {
            log_error("mail=%llu spool=failed reason=\"%s\" effect=\"the MTA keeps it\"",
                      (unsigned long long)w->mail.id, n < 0 ? strerror(errno) : "no room");
            return RC_FAIL;
        }
        at += (size_t)n;
    }
    buffer_reset(&w->bytes);
    return RC_OK;
}

static enum rc move_to_file(struct whole *w, const char *spool)
{
    if (w->mail.fd < 0) {
        w->mail.fd = nameless_file(spool);
        if (w->mail.fd < 0) {
            log_error("spool=\"%s\" file=failed reason=\"%s\" effect=\"the MTA keeps its mail\"",
                      spool, strerror(errno));
            return RC_FAIL;
        }
        metric_add(&spooled_total, 1);
    }
    return write_out(w);
}

enum rc lmtp_mail_add(struct lmtp_mail *m, const char *spool, const char *bytes, size_t n)
{
    struct whole *w = whole_of(m);

    while (n) {
        const size_t room = HELD_MAX - w->bytes.len;
        const size_t take = n < room ? n : room;
        if (take == 0) {
            if (move_to_file(w, spool))
                return RC_FAIL;
            continue;
        }
        buffer_add(&w->bytes, bytes, take);
        if (w->bytes.full)
            return RC_FAIL;
        m->size += take;
        bytes += take;
        n -= take;
    }
    return RC_OK;
}

enum rc lmtp_mail_finish(struct lmtp_mail *m)
{
    struct whole *w = whole_of(m);

    if (m->fd < 0) {
        m->bytes = buffer_text(&w->bytes);
        return RC_OK;
    }
    if (write_out(w) || lseek(m->fd, 0, SEEK_SET) != 0)
        return RC_FAIL;
    buffer_close(&w->bytes);
    return RC_OK;
}
