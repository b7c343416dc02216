/* mail_bytes.c - a window of 64 KB that moves over a file. */
#include "channel/mail/mail_bytes.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

bool mail_bytes_open(struct mail_bytes *b, const struct mail_source *source)
{
    const char *first;
    size_t n;

    *b = (struct mail_bytes){ .source = source, .ending = '\n' };
    if (!source->bytes && source->size) {
        b->window = malloc(MAIL_BYTES_STEP);
        if (!b->window)
            return false;
    }
    n = mail_bytes_piece(b, 0, source->size, &first);
    if (n && !memchr(first, '\n', n) && memchr(first, '\r', n))
        b->ending = '\r';
    return true;
}

void mail_bytes_close(struct mail_bytes *b)
{
    free(b->window);
    *b = (struct mail_bytes){ 0 };
}

/* Makes the window begin at `at`. */
static bool fill(struct mail_bytes *b, size_t at)
{
    const size_t left = b->source->size - at;
    const size_t want = left < MAIL_BYTES_STEP ? left : MAIL_BYTES_STEP;

    b->base = at;
    b->have = 0;
    while (b->have < want) {
        ssize_t n =
            pread(b->source->fd, b->window + b->have, want - b->have, (off_t)(at + b->have));
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0) {
            b->failed = true;
            return false;
        }
        b->have += (size_t)n;
    }
    return true;
}

/* What can be had from `at` on without another read; 0: nothing. */
static size_t view(struct mail_bytes *b, size_t at, const char **bytes)
{
    if (b->failed || at >= b->source->size)
        return 0;
    if (b->source->bytes) {
        *bytes = b->source->bytes + at;
        return b->source->size - at;
    }
    if (at < b->base || at >= b->base + b->have) {
        if (!fill(b, at))
            return 0;
    }
    *bytes = b->window + (at - b->base);
    return b->base + b->have - at;
}

/* A line that is longer than the window: only its end is looked for. */
static bool skip_to_end(struct mail_bytes *b, size_t at, struct mail_line *line)
{
    const char *bytes;
    size_t n;

    while ((n = view(b, at, &bytes)) > 0) {
        const char *end = memchr(bytes, b->ending, n);
        if (end) {
            line->next = at + (size_t)(end - bytes) + 1;
            line->ending = 1;
            return fill(b, line->begin);
        }
        at += n;
    }
    line->next = at;
    line->ending = 0;
    return !b->failed && fill(b, line->begin);
}

bool mail_bytes_line(struct mail_bytes *b, size_t at, struct mail_line *line)
{
    const char *end;
    size_t n = view(b, at, &line->text);

    if (!n)
        return false;
    line->begin = at;
    end = memchr(line->text, b->ending, n);
    if (!end && b->window && at + n < b->source->size) {
        if (b->base != at && !fill(b, at))
            return false;
        n = view(b, at, &line->text);
        end = memchr(line->text, b->ending, n);
        if (!end && at + n < b->source->size) {
            if (!skip_to_end(b, at, line))
                return false;
            line->text = b->window;
            line->len = b->have;
            return true;
        }
    }
    line->len = end ? (size_t)(end - line->text) : n;
    line->ending = end ? 1 : 0;
    line->next = at + line->len + line->ending;
    if (b->ending == '\n' && line->len && line->text[line->len - 1] == '\r') {
        line->len--;
        line->ending++;
    }
    return true;
}

size_t mail_bytes_piece(struct mail_bytes *b, size_t at, size_t end, const char **bytes)
{
    size_t n = at < end ? view(b, at, bytes) : 0;

    if (n > end - at)
        n = end - at;
    return n > MAIL_BYTES_STEP ? MAIL_BYTES_STEP : n;
}
