/* mail_scan.c - RFC 2046, 5.1, line by line, with a stack of open boundaries. */
#include "channel/mail/mail_scan.h"

#include <string.h>
#include <strings.h>

#include "base/arena.h"
#include "base/buffer.h"
#include "channel/mail/mail_bytes.h"
#include "channel/mail/mail_value.h"

#define NAME_MAX_BYTES 76 /* of a header's name: what is longer is text */

struct open_part {
    size_t entity;
    const char *boundary;
    size_t len;
};

struct scan {
    struct mail_bytes *bytes;
    struct arena *arena;
    struct mail_skeleton *out;
    struct error *err;

    size_t current; /* the entity whose lines these are */
    bool in_headers;
    bool once_more; /* the line is the first one of what its looks made begin */
    struct open_part open[MAIL_SCAN_LEVELS + 1];
    size_t n_open;
    size_t last_ending; /* bytes of the last line's end: it belongs to a boundary behind it */

    struct mail_header *headers; /* of the current entity */
    size_t n_headers, cap_headers, cap_entities;
    size_t header_bytes, header_count; /* of the whole mail */
    struct buffer line;                /* the header that may still go on */
};

static struct mail_entity *entity(const struct scan *s, size_t i)
{
    return &s->out->entities[i];
}

/* Doubles a list that lives in the arena, if it is full. NULL: no memory. */
static void *grown(struct arena *arena, void *list, size_t n, size_t *cap, size_t size)
{
    const size_t more = *cap ? *cap * 2 : 16;
    void *bigger;

    if (n < *cap)
        return list;
    bigger = arena_alloc(arena, more * size);
    if (bigger && n)
        memcpy(bigger, list, n * size);
    *cap = bigger ? more : *cap;
    return bigger;
}

static enum rc begin_entity(struct scan *s, size_t at, size_t parent, unsigned level,
                            unsigned message)
{
    struct mail_skeleton *k = s->out;
    struct mail_entity *list;

    if (k->n == MAIL_SCAN_PARTS)
        return error_set(s->err, RC_INVALID, "the mail has more than %d parts", MAIL_SCAN_PARTS);
    if (level > MAIL_SCAN_LEVELS)
        return error_set(s->err, RC_INVALID,
                         "the mail has parts within parts, more than %d levels deep",
                         MAIL_SCAN_LEVELS);
    list = grown(s->arena, k->entities, k->n, &s->cap_entities, sizeof(*list));
    if (!list)
        return error_set(s->err, RC_FAIL, "no memory");
    k->entities = list;
    k->entities[k->n] = (struct mail_entity){
        .begin = at, .body = at, .end = at, .parent = parent, .level = level, .message = message
    };
    s->current = k->n++;
    s->in_headers = true;
    s->headers = NULL;
    s->n_headers = s->cap_headers = 0;
    return RC_OK;
}

/* --- headers --- */

/* Where its colon is; 0: this is no header. */
static size_t header_colon(const struct mail_line *line)
{
    size_t n = 0, colon;

    while (n < line->len && n <= NAME_MAX_BYTES && line->text[n] > ' ' && line->text[n] != ':' &&
           line->text[n] != 0x7f)
        n++;
    colon = n;
    while (colon < line->len && (line->text[colon] == ' ' || line->text[colon] == '\t'))
        colon++;
    return n && n <= NAME_MAX_BYTES && colon < line->len && line->text[colon] == ':' ? colon : 0;
}

static bool is_folded(const struct mail_line *line)
{
    return line->len && (line->text[0] == ' ' || line->text[0] == '\t');
}

/* The header that was gathered is whole. */
static enum rc finish_header(struct scan *s)
{
    const char *text = buffer_text(&s->line), *colon = strchr(text, ':');
    struct mail_header *list, *h;
    size_t name, value;

    if (!colon)
        return RC_OK;
    if (s->header_count++ == MAIL_SCAN_HEADER_COUNT)
        return error_set(s->err, RC_INVALID, "the mail has more than %d headers",
                         MAIL_SCAN_HEADER_COUNT);
    list = grown(s->arena, s->headers, s->n_headers, &s->cap_headers, sizeof(*h));
    if (!list)
        return error_set(s->err, RC_FAIL, "no memory");
    s->headers = list;
    name = (size_t)(colon - text);
    while (name && (text[name - 1] == ' ' || text[name - 1] == '\t'))
        name--;
    h = &s->headers[s->n_headers];
    h->is_odd = name < (size_t)(colon - text);
    colon += 1 + strspn(colon + 1, " \t");
    value = s->line.len - (size_t)(colon - text);
    while (value && (colon[value - 1] == ' ' || colon[value - 1] == '\t'))
        value--;
    h->name = arena_copy(s->arena, text, name);
    h->value = arena_copy(s->arena, colon, value);
    if (!h->name || !h->value)
        return error_set(s->err, RC_FAIL, "no memory");
    s->n_headers++;
    buffer_reset(&s->line);
    return RC_OK;
}

static enum rc add_header_line(struct scan *s, const struct mail_line *line)
{
    const size_t before = s->line.len;

    buffer_add(&s->line, line->text, line->len);
    if (s->line.full)
        return error_set(s->err, RC_INVALID, "a header of the mail is longer than %zu KB",
                         MAIL_SCAN_HEADER_MAX >> 10);
    s->header_bytes += line->len + 2;
    if (s->header_bytes > MAIL_SCAN_HEADERS_MAX)
        return error_set(s->err, RC_INVALID, "the headers of the mail are longer than %zu KB",
                         MAIL_SCAN_HEADERS_MAX >> 10);
    for (size_t i = before; i < s->line.len; i++) {
        char *c = &s->line.data[i];
        s->out->has_nul |= !*c;
        if ((*c >= 0 && *c < ' ' && *c != 0x1b) || *c == 0x7f)
            *c = ' '; /* ESC begins characters of ISO 2022 */
    }
    return RC_OK;
}

/* The headers are over; what they say decides how the lines behind them are taken. */
static enum rc end_headers(struct scan *s, size_t at)
{
    struct mail_entity *e = entity(s, s->current);
    const bool in_digest = s->current && !strcmp(entity(s, e->parent)->type, "multipart/digest");
    enum rc rc = finish_header(s);

    if (rc)
        return rc;
    s->in_headers = false;
    e->headers = s->headers;
    e->n_headers = s->n_headers;
    e->body = e->end = at;
    if (!mail_value_content(s->arena, e, in_digest))
        s->out->bad_encoding = true;
    if (e->is_multipart && *e->boundary) {
        if (s->n_open > MAIL_SCAN_LEVELS)
            return error_set(s->err, RC_INVALID,
                             "the mail has parts within parts, more than %d levels deep",
                             MAIL_SCAN_LEVELS);
        s->open[s->n_open++] = (struct open_part){ s->current, e->boundary, strlen(e->boundary) };
    }
    if (e->is_message)
        return begin_entity(s, at, s->current, e->level + 1, e->message + 1);
    return RC_OK;
}

/* The line is no header and does not go on with one. */
static enum rc stray_line(struct scan *s, const struct mail_line *line)
{
    const bool is_first = !s->n_headers && !s->line.len;
    struct mail_line next;

    /* What mailboxes put in front. */
    if (is_first && line->len > 5 &&
        (!memcmp(line->text, "From ", 5) || !memcmp(line->text, ">From ", 6)))
        return RC_OK;
    /* Somebody folded a header and forgot the blank: more headers follow. A window moves with this
     * look ahead, but `line` is not needed any more then. */
    if (!is_first && mail_bytes_line(s->bytes, line->next, &next) &&
        (header_colon(&next) || is_folded(&next))) {
        struct mail_line again;
        if (!mail_bytes_line(s->bytes, line->begin, &again))
            return RC_FAIL;
        return add_header_line(s, &again);
    }
    s->out->no_blank = true;
    s->once_more = true;
    return end_headers(s, line->begin);
}

static enum rc take_header(struct scan *s, const struct mail_line *line)
{
    struct mail_entity *e = entity(s, s->current);
    enum rc rc;

    /* A mail within another may come with empty lines in front. */
    if (!line->len && line->begin == e->begin && s->current && entity(s, e->parent)->is_message) {
        e->begin = e->body = e->end = line->next;
        return RC_OK;
    }
    if (!line->len)
        return end_headers(s, line->next);
    if (is_folded(line) && s->line.len)
        return add_header_line(s, line);
    if (!header_colon(line))
        return stray_line(s, line);
    rc = finish_header(s);
    return rc ? rc : add_header_line(s, line);
}

/* --- boundaries --- */

/* Is it a boundary of one of the open multiparts? The innermost comes first. */
static bool find_boundary(const struct scan *s, const struct mail_line *line, size_t *which,
                          bool *is_last)
{
    if (line->len < 2 || line->text[0] != '-' || line->text[1] != '-')
        return false;
    for (size_t i = s->n_open; i-- > 0;) {
        const size_t len = s->open[i].len;
        size_t at = len + 2;
        if (line->len < at || memcmp(line->text + 2, s->open[i].boundary, len) != 0)
            continue;
        *is_last = line->len >= at + 2 && !memcmp(line->text + at, "--", 2);
        if (*is_last)
            at += 2;
        while (at < line->len && (line->text[at] == ' ' || line->text[at] == '\t'))
            at++;
        if (at < line->len)
            continue;
        *which = i;
        return true;
    }
    return false;
}

/* Everything within the multipart `until` ends at `at`. */
static void end_entities(struct scan *s, size_t until, size_t at)
{
    size_t i = s->current;

    while (i != until) {
        struct mail_entity *e = entity(s, i);
        e->end = at > e->body ? at : e->body;
        i = e->parent;
    }
}

static enum rc take_boundary(struct scan *s, const struct mail_line *line, size_t which,
                             bool is_last)
{
    const size_t multipart = s->open[which].entity;
    const struct mail_entity *m;
    enum rc rc = RC_OK;

    while (!rc && s->in_headers) /* twice for a part that should have been a mail */
        rc = end_headers(s, line->begin);
    if (rc)
        return rc;
    m = entity(s, multipart);
    s->out->no_end |= which + 1 < s->n_open;
    end_entities(s, multipart, line->begin - s->last_ending);
    s->current = multipart;
    s->n_open = is_last ? which : which + 1;
    if (is_last)
        return RC_OK;
    return begin_entity(s, line->next, multipart, m->level + 1, m->message);
}

/* --- the walk --- */

static enum rc scan_lines(struct scan *s)
{
    struct mail_line line;
    size_t at = 0, which;
    bool is_last;
    enum rc rc = begin_entity(s, 0, 0, 0, 0);

    while (!rc && mail_bytes_line(s->bytes, at, &line)) {
        at = line.next;
        if (find_boundary(s, &line, &which, &is_last))
            rc = take_boundary(s, &line, which, is_last);
        else if (s->in_headers)
            rc = take_header(s, &line);
        if (s->once_more) {
            at = line.begin;
            s->once_more = false;
            continue;
        }
        s->last_ending = line.ending;
    }
    while (!rc && s->in_headers)
        rc = end_headers(s, at);
    if (rc)
        return rc;
    if (s->bytes->failed)
        return error_set(s->err, RC_FAIL, "the mail's file cannot be read");
    s->out->no_end |= s->n_open > 0;
    end_entities(s, 0, at);
    entity(s, 0)->end = at;
    return RC_OK;
}

enum rc mail_scan(struct mail_bytes *bytes, struct arena *arena, struct mail_skeleton *out,
                  struct error *err)
{
    struct scan s = { .bytes = bytes, .arena = arena, .out = out, .err = err };
    enum rc rc;

    *out = (struct mail_skeleton){ 0 };
    /* One less: a line of a file comes cut off at that length, and must be too long all the same.
     */
    buffer_init(&s.line, MAIL_SCAN_HEADER_MAX - 1);
    _Static_assert(MAIL_SCAN_HEADER_MAX <= MAIL_BYTES_STEP, "a cut line is too long a header");
    rc = scan_lines(&s);
    buffer_close(&s.line);
    return rc;
}

const char *mail_header_value(const struct mail_entity *e, const char *name)
{
    for (size_t i = 0; i < e->n_headers; i++) {
        if (!strcasecmp(e->headers[i].name, name))
            return e->headers[i].value;
    }
    return "";
}
