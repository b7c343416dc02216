/* lmtp_data.c - lines are found by memchr(): most of a mail is never looked at byte by byte. */
#include "channel/mail/lmtp_data.h"

#include <string.h>

void lmtp_data_init(struct lmtp_data *d, void (*text)(void *arg, const char *bytes, size_t n),
                    void *arg)
{
    *d = (struct lmtp_data){ .state = LMTP_DATA_LINE, .text = text, .arg = arg };
}

/* From `bytes` to the next CR or LF. A CR ends a line or is the first bare one, so that no search
 * for an LF is in vain more than once; in a mail of bare ones each step would be a search to its
 * end. */
static size_t plain_length(const struct lmtp_data *d, const char *bytes, size_t n)
{
    size_t len = 0;

    if (d->bare_line_end) {
        while (len < n && bytes[len] != '\r' && bytes[len] != '\n')
            len++;
        return len;
    }
    const char *lf = memchr(bytes, '\n', n);
    const char *cr = memchr(bytes, '\r', lf ? (size_t)(lf - bytes) : n);

    return cr ? (size_t)(cr - bytes) : lf ? (size_t)(lf - bytes) : n;
}

/* A line end of its own, or one half of it. */
static enum lmtp_data_state in_text(struct lmtp_data *d, char c)
{
    if (c == '\r')
        return LMTP_DATA_CR;
    if (c == '\n')
        d->bare_line_end = true;
    d->text(d->arg, &c, 1);
    return LMTP_DATA_TEXT;
}

static enum lmtp_data_state behind_cr(struct lmtp_data *d, char c)
{
    if (c == '\n') {
        d->text(d->arg, "\r\n", 2);
        return LMTP_DATA_LINE;
    }
    d->bare_line_end = true;
    d->text(d->arg, "\r", 1);
    return in_text(d, c);
}

/* What one byte does where it may be more than text. */
static enum lmtp_data_state step(struct lmtp_data *d, char c)
{
    switch (d->state) {
    case LMTP_DATA_LINE:
        return c == '.' ? LMTP_DATA_DOT : in_text(d, c);
    case LMTP_DATA_TEXT:
        return in_text(d, c);
    case LMTP_DATA_CR:
        return behind_cr(d, c);
    case LMTP_DATA_DOT: /* the first of two, or of a line that should have had two */
        return c == '\r' ? LMTP_DATA_DOT_CR : in_text(d, c);
    case LMTP_DATA_DOT_CR:
        return c == '\n' ? LMTP_DATA_END : behind_cr(d, c);
    case LMTP_DATA_END:
        break;
    }
    return LMTP_DATA_END;
}

/* Whole lines that begin here and need no change, as one piece. */
static size_t whole_lines(const struct lmtp_data *d, const char *bytes, size_t n)
{
    size_t at = 0;

    while (at < n && bytes[at] != '.') {
        const size_t len = plain_length(d, bytes + at, n - at);
        if (n - at < len + 2 || bytes[at + len] != '\r' || bytes[at + len + 1] != '\n')
            break;
        at += len + 2;
    }
    return at;
}

size_t lmtp_data_take(struct lmtp_data *d, const char *bytes, size_t n)
{
    size_t at = 0;

    while (at < n && d->state != LMTP_DATA_END) {
        size_t len = 0;
        if (d->state == LMTP_DATA_LINE)
            len = whole_lines(d, bytes + at, n - at);
        else if (d->state == LMTP_DATA_TEXT)
            len = plain_length(d, bytes + at, n - at);
        if (len)
            d->text(d->arg, bytes + at, len);
        at += len;
        if (at < n)
            d->state = step(d, bytes[at++]);
    }
    return at;
}
