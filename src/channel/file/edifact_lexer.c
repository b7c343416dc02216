/* edifact_lexer.c - a byte at a time, one function for each place. */
#include "channel/file/edifact_lexer.h"

#include <inttypes.h>
#include <string.h>

#define UNA_LENGTH 9 /* "UNA" and six characters */

static const struct edifact_service level_a = { ':', '+', '?', '\0', '\'' };
/* What level B uses that has no printable separators: IS1, IS3 and IS4 (ISO 9735, annex A). */
static const struct edifact_service level_b = { '\x1f', '\x1d', '\0', '\0', '\x1c' };

void edifact_lexer_init(struct edifact_lexer *l)
{
    memset(l, 0, offsetof(struct edifact_lexer, segment));
    l->line = 1;
    l->segment.number = l->segment.line = 0;
    l->segment.n_parts = l->segment.len = 0;
}

void edifact_lexer_restart(struct edifact_lexer *l)
{
    l->where = EDIFACT_START;
    l->n_intro = 0;
    l->has_una = false;
}

void edifact_lexer_syntax(struct edifact_lexer *l, int version)
{
    if (version < 4)
        l->service.repetition = '\0';
    else if (!l->has_una && l->service.element == level_a.element)
        l->service.repetition = '*';
}

bool edifact_lexer_may_end(const struct edifact_lexer *l)
{
    return (l->where == EDIFACT_START && l->n_intro == 0) || l->where == EDIFACT_BETWEEN;
}

static enum rc refuse(const struct edifact_lexer *l, struct error *why, const char *what)
{
    return error_set(why, RC_INVALID, "line %" PRIu64 ", segment %" PRIu64 ": %s", l->line,
                     l->segments, what);
}

static bool is_letter_or_digit(char c)
{
    return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z');
}

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* --- a segment --- */

static void begin_segment(struct edifact_lexer *l)
{
    l->where = EDIFACT_SEGMENT;
    l->segment.number = ++l->segments;
    l->segment.line = l->line;
    l->segment.n_parts = l->segment.len = 0;
    l->part = (struct edifact_part){ .component = 1 };
    l->released = false;
}

/* Closes the component that was being read; empty ones need no place. */
static enum rc end_part(struct edifact_lexer *l, struct error *why)
{
    struct edifact_segment *s = &l->segment;

    l->part.len = (uint16_t)(s->len - l->part.start);
    if (l->part.len == 0)
        return RC_OK;
    if (s->n_parts == EDIFACT_PARTS_MAX)
        return refuse(l, why, "a segment with more than 512 components");
    s->parts[s->n_parts++] = l->part;
    return RC_OK;
}

static enum rc end_segment(struct edifact_lexer *l, struct error *why)
{
    struct edifact_segment *s = &l->segment;
    const struct edifact_part *tag = &s->parts[0];
    enum rc rc = end_part(l, why);

    if (rc)
        return rc;
    if (s->n_parts == 0 || tag->element != 0 || tag->component != 1 || tag->len != 3)
        return refuse(l, why, "expected a segment's tag of three capital letters or digits");
    memcpy(s->tag, s->text + tag->start, 3);
    s->tag[3] = '\0';
    if (strspn(s->tag, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789") != 3)
        return refuse(l, why, "expected a segment's tag of three capital letters or digits");
    l->where = EDIFACT_BETWEEN;
    l->complete = true;
    return RC_OK;
}

/* The next part begins; what counts above it is set by the caller. */
static enum rc next_part(struct edifact_lexer *l, uint16_t element, uint16_t repetition,
                         uint16_t component, struct error *why)
{
    enum rc rc = end_part(l, why);

    if (!rc && (element > EDIFACT_PARTS_MAX || repetition > EDIFACT_PARTS_MAX ||
                component > EDIFACT_PARTS_MAX))
        rc = refuse(l, why, "a segment with more than 512 separators");
    l->part = (struct edifact_part){ element, repetition, component, (uint16_t)l->segment.len, 0 };
    return rc;
}

static enum rc add_letter(struct edifact_lexer *l, char c, struct error *why)
{
    struct edifact_segment *s = &l->segment;

    if (s->len == EDIFACT_SEGMENT_MAX - 1)
        return refuse(l, why, "a segment longer than 16 KiB; is its terminator missing?");
    s->text[s->len++] = c;
    return RC_OK;
}

static enum rc in_segment(struct edifact_lexer *l, char c, struct error *why)
{
    const struct edifact_service *service = &l->service;
    const struct edifact_part p = l->part;

    if (l->released) {
        if (c == '\r' || c == '\n') /* the line was broken between the two */
            return RC_OK;
        l->released = false;
        return add_letter(l, c, why);
    }
    if (service->release && c == service->release) {
        l->released = true;
        return RC_OK;
    }
    if (c == service->terminator)
        return end_segment(l, why);
    if (c == service->element)
        return next_part(l, (uint16_t)(p.element + 1), 0, 1, why);
    if (c == service->component)
        return next_part(l, p.element, p.repetition, (uint16_t)(p.component + 1), why);
    if (service->repetition && c == service->repetition)
        return next_part(l, p.element, (uint16_t)(p.repetition + 1), 1, why);
    if (c == '\r' || c == '\n') /* lines of 80 characters, however the segments fall */
        return RC_OK;
    return add_letter(l, c, why);
}

static enum rc between(struct edifact_lexer *l, char c, struct error *why)
{
    if (is_space(c))
        return RC_OK;
    begin_segment(l);
    return in_segment(l, c, why);
}

/* --- the service string --- */

/* UNA names component separator, element separator, decimal mark, release character, repetition
 * separator and terminator; a space for release or repetition: there is none. */
static enum rc take_una(struct edifact_lexer *l, struct error *why)
{
    const char *s = l->intro + 3;
    const char used[] = { s[0], s[1], s[3], s[4], s[5] };

    for (size_t i = 0; i < sizeof(used); i++) {
        const bool optional = i == 2 || i == 3;

        if (optional && used[i] == ' ')
            continue;
        if (used[i] == ' ' || is_letter_or_digit(used[i]) || (unsigned char)used[i] >= 0x80)
            return refuse(l, why, "UNA names a letter, a digit or a space as a separator");
        for (size_t k = 0; k < i; k++) {
            if (used[i] == used[k])
                return refuse(l, why, "UNA names the same character for two purposes");
        }
    }
    l->service = (struct edifact_service){ s[0], s[1], s[3] == ' ' ? '\0' : s[3],
                                           s[4] == ' ' ? '\0' : s[4], s[5] };
    l->has_una = true;
    l->where = EDIFACT_BETWEEN;
    return RC_OK;
}

static enum rc take_unb(struct edifact_lexer *l, struct error *why)
{
    enum rc rc = RC_OK;

    if (l->intro[3] == level_a.element)
        l->service = level_a;
    else if (l->intro[3] == level_b.element)
        l->service = level_b;
    else
        return refuse(l, why, "behind UNB stands no separator that can be guessed; expected UNA");
    begin_segment(l);
    for (size_t i = 0; !rc && i < l->n_intro; i++)
        rc = in_segment(l, l->intro[i], why);
    return rc;
}

static enum rc at_start(struct edifact_lexer *l, char c, struct error *why)
{
    if (l->n_intro == 0 && is_space(c))
        return RC_OK;
    l->intro[l->n_intro++] = c;
    if (memcmp(l->intro, "UNA", l->n_intro < 3 ? l->n_intro : 3) == 0)
        return l->n_intro == UNA_LENGTH ? take_una(l, why) : RC_OK;
    if (memcmp(l->intro, "UNB", l->n_intro < 3 ? l->n_intro : 3) == 0)
        return l->n_intro == 4 ? take_unb(l, why) : RC_OK;
    if (l->segments)
        return refuse(l, why, "behind UNZ stands something that is neither UNA nor UNB");
    return refuse(l, why, "not EDIFACT: it begins with neither UNA nor UNB");
}

/* --- feeding --- */

static void count_line(struct edifact_lexer *l, char c)
{
    l->line += c == '\r' || (c == '\n' && !l->after_cr);
    l->after_cr = c == '\r';
}

static enum rc step(struct edifact_lexer *l, char c, struct error *why)
{
    if (c == '\0')
        return refuse(l, why, "a zero byte");
    switch (l->where) {
    case EDIFACT_START:
        return at_start(l, c, why);
    case EDIFACT_BETWEEN:
        return between(l, c, why);
    case EDIFACT_SEGMENT:
        return in_segment(l, c, why);
    }
    return RC_OK;
}

enum rc edifact_lexer_next(struct edifact_lexer *l, const char **data, size_t *len, bool *complete,
                           struct error *why)
{
    enum rc rc = RC_OK;

    l->complete = false;
    while (!rc && !l->complete && *len) {
        const char c = *(*data)++;

        --*len;
        rc = step(l, c, why);
        count_line(l, c);
    }
    *complete = l->complete;
    return rc;
}

void edifact_segment_value(const struct edifact_segment *s, unsigned element, unsigned component,
                           char *out, size_t size)
{
    size_t len = 0;

    for (size_t i = 0; i < s->n_parts; i++) {
        const struct edifact_part *p = &s->parts[i];

        if (p->element != element || p->component != component || p->repetition)
            continue;
        len = p->len < size ? p->len : size - 1;
        memcpy(out, s->text + p->start, len);
        break;
    }
    out[len] = '\0';
}
