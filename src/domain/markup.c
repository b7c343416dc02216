/*
 * markup.c - reads a source line by line, and a line sign by sign.
 *
 * No recursion and no tree: a block is what consecutive lines of a kind make, and within a line
 * there are at most a link, bold and emphasis open. How far a sign looks for its partner is
 * bounded, so that the time is too.
 */
#include "domain/markup.h"

#include <stdio.h>
#include <string.h>

#include "base/buffer.h"
#include "domain/markup_write.h"
#include "domain/utf8.h"

#define DOUBT_SHOWN 30   /* bytes of what is doubtful */
#define REACH_MAX   1000 /* bytes from a sign to its partner */

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_word(char c)
{
    return is_digit(c) || is_letter(c) || (c & 0x80);
}

static bool begins(struct span s, const char *with)
{
    return s.len >= strlen(with) && memcmp(s.at, with, strlen(with)) == 0;
}

static struct span behind(struct span s, size_t n)
{
    return (struct span){ s.at + n, s.len - n };
}

static struct span trimmed(struct span s)
{
    while (s.len && s.at[0] == ' ')
        s = behind(s, 1);
    while (s.len && s.at[s.len - 1] == ' ')
        s.len--;
    return s;
}

static void complain(struct markup_writer *w, const char *at, const char *why)
{
    if (w->bad)
        return;
    w->bad = at;
    w->why = why;
}

/* "...: **hi [[ Voir": whoever wrote it finds it by its first characters. */
static void doubt(struct markup_writer *w, struct span rest, const char *why)
{
    char words[DOUBT_SHOWN + 160];
    const size_t shown = utf8_cut(rest.at, rest.len, DOUBT_SHOWN);

    if (!w->doubt)
        return;
    snprintf(words, sizeof(words), "'%.*s%s' %s", (int)shown, rest.at,
             shown < rest.len ? "..." : "", why);
    w->doubt(w->doubt_arg, words);
}

/* --- partners --- */

/* The bytes of a placeholder {{...}} at `at`; 0: there is none. It stands for words that are not
 * known yet, so whatever is in it means nothing. */
static size_t placeholder(struct span s, size_t at)
{
    const char *end = s.at + at;

    if (!begins(behind(s, at), "{{"))
        return 0;
    end = memchr(end, '}', s.len - at);
    return end && end + 1 < s.at + s.len && end[1] == '}' ? (size_t)(end + 2 - s.at) - at : 0;
}

/* How many bytes are one thing in the search for a partner. */
static size_t pass(struct span s, size_t at)
{
    const size_t hidden = placeholder(s, at);

    return hidden ? hidden : span_is_sign(s, at) ? 2 : 1;
}

static size_t reach(size_t from, size_t end)
{
    return end > from && end - from > REACH_MAX ? from + REACH_MAX : end;
}

/* The place of `close` from `at` on, pairs of `open` and `close` skipped; s.len: not near. */
static size_t find_close(struct span s, size_t at, char open, char close)
{
    const size_t end = reach(at, s.len);
    size_t depth = 0;

    for (; at < end; at += pass(s, at)) {
        if (s.at[at] == close && depth-- == 0)
            return at;
        if (s.at[at] == open)
            depth++;
    }
    return s.len;
}

/* [words](target), from its bracket on. */
struct bracket {
    struct span words, target;
    size_t after;
};

static bool read_bracket(struct span s, size_t at, struct bracket *b)
{
    const size_t end = find_close(s, at + 1, '[', ']');
    size_t close;

    if (end + 1 >= s.len || s.at[end + 1] != '(')
        return false;
    close = find_close(s, end + 2, '(', ')');
    if (close >= s.len)
        return false;
    b->words = (struct span){ s.at + at + 1, end - at - 1 };
    b->target = trimmed((struct span){ s.at + end + 2, close - end - 2 });
    b->after = close + 1;
    return true;
}

static size_t web_scheme(struct span url)
{
    return begins(url, "https://") ? 8 : begins(url, "http://") ? 7 : 0;
}

/* A customer's value may say where on a site, but not which site. */
static void check_host(struct markup_writer *w, struct span url)
{
    size_t at = web_scheme(url);

    while (at && at < url.len && url.at[at] > ' ' && !strchr("/?#\\<>[]\"^`|*", url.at[at])) {
        if (placeholder(url, at)) {
            complain(w, url.at + at,
                     "expected a / before it: what is filled in cannot be part of the host");
            return;
        }
        at++;
    }
}

/* Where somebody will be led to; a placeholder will be filled with such a thing. */
static bool check_target(struct markup_writer *w, struct span target)
{
    check_host(w, target);
    if (span_is_url(target) || placeholder(target, 0))
        return true;
    complain(w, target.at,
             "expected an address that begins with https://, http://, mailto: or tel:");
    return false;
}

/* --- within a line --- */

struct line {
    struct markup_writer *w;
    struct span s;
    size_t at;
    bool open[2];             /* which are open, in their order: true for bold */
    size_t n_open, n_outside; /* of these, opened before the link */
    bool linked;
    struct bracket link;
};

/* Where the words end that the place belongs to. */
static size_t scope_end(const struct line *l)
{
    return l->linked ? (size_t)(l->link.words.at - l->s.at) + l->link.words.len : l->s.len;
}

static void close_down_to(struct line *l, size_t n)
{
    while (l->n_open > n)
        write_emphasis(l->w, l->open[--l->n_open], false);
}

/* Does it stand before a word, and is there one like it behind another? */
static bool can_open(const struct line *l, size_t width)
{
    const size_t first = l->at + width, end = reach(first, scope_end(l));

    if (l->n_open == 2 || first >= end || l->s.at[first] == ' ')
        return false;
    for (size_t i = first; i < end;) {
        size_t run = 0;
        while (i + run < end && l->s.at[i + run] == '*')
            run++;
        if (run && l->s.at[i - 1] != ' ' && (run == width || run == 3))
            return true;
        i += run ? run : pass(l->s, i);
    }
    return false;
}

static size_t stars(const struct line *l)
{
    const size_t end = scope_end(l);
    size_t n = 0;

    while (l->at + n < end && l->s.at[l->at + n] == '*')
        n++;
    return n;
}

/* "2 * 3" and "prix*" are as they were meant. */
static void doubt_stars(const struct line *l, size_t width)
{
    const struct span rest = behind(l->s, l->at);
    const bool after_word = l->at && l->s.at[l->at - 1] != ' ';

    if (rest.len > width && rest.at[width] != ' ' && (width == 2 || !after_word))
        doubt(l->w, rest,
              width == 2 ? "is not bold: it is not closed by ** in its line"
                         : "is not emphasis: it is not closed by * in its line");
}

static void read_stars(struct line *l)
{
    const size_t run = stars(l);
    /* Three of them close both that are open, the inner one first. */
    const bool bold = run == 3 && l->n_open == 2 ? l->open[1] : run > 1;
    const size_t width = bold ? 2 : 1;
    size_t i = l->n_open;

    while (i > l->n_outside && l->open[i - 1] != bold)
        i--;
    if (i > l->n_outside) {
        close_down_to(l, i - 1);
    } else if (can_open(l, width)) {
        l->open[l->n_open++] = bold;
        write_emphasis(l->w, bold, true);
    } else {
        doubt_stars(l, width);
        write_text(l->w, l->s.at + l->at, width);
    }
    l->at += width;
}

static void end_link(struct line *l)
{
    close_down_to(l, l->n_outside);
    write_link_end(l->w, l->link.target, l->link.words);
    l->at = l->link.after;
    l->linked = false;
    l->n_outside = 0;
}

static bool read_link(struct line *l)
{
    struct bracket b;

    if (l->linked || !read_bracket(l->s, l->at, &b) || !check_target(l->w, b.target))
        return false;
    l->link = b;
    l->linked = true;
    l->n_outside = l->n_open;
    write_link_begin(l->w, b.target, false);
    l->at++;
    return true;
}

static void note_picture(struct markup_writer *w, struct span name)
{
    size_t i = 0;

    while (i < w->n_pictures &&
           (w->pictures[i].len != name.len || memcmp(w->pictures[i].at, name.at, name.len) != 0))
        i++;
    if (i == MARKUP_PICTURES_MAX)
        complain(w, name.at, "more than 8 different pictures");
    else if (i == w->n_pictures)
        w->pictures[w->n_pictures++] = name;
}

static bool read_picture(struct line *l)
{
    struct bracket b;

    if (l->at + 1 >= scope_end(l) || l->s.at[l->at + 1] != '[' ||
        !read_bracket(l->s, l->at + 1, &b) || b.after > scope_end(l))
        return false;
    if (!b.target.len || memchr(b.target.at, '/', b.target.len))
        complain(l->w, b.target.at,
                 "expected the name of a picture that is attached to the template");
    else
        note_picture(l->w, b.target);
    write_picture(l->w, b.words, b.target);
    l->at = b.after;
    return true;
}

/* As far as an address goes that stands by itself; not the stop or bracket behind it. Signs that a
 * backslash makes plain are its own. */
static size_t url_length(struct span s)
{
    size_t len = 0, kept = 0;

    while (len < s.len) {
        if (span_is_sign(s, len))
            kept = len += 2;
        else if (s.at[len] > ' ' && s.at[len] <= '~' && !strchr("\"<>[]\\^`{|}*", s.at[len]))
            len++;
        else
            break;
    }
    while (len > kept && strchr(".,;:!?')", s.at[len - 1]) &&
           !(s.at[len - 1] == ')' && memchr(s.at, '(', len)))
        len--;
    return len;
}

static bool read_url(struct line *l)
{
    struct span url = behind(l->s, l->at);

    if (l->linked || (l->at && is_word(l->s.at[l->at - 1])) || !web_scheme(url))
        return false;
    check_host(l->w, url);
    url.len = url_length(url);
    if (!span_is_url(url))
        return false;
    write_link_begin(l->w, url, false);
    write_address(l->w, url);
    write_link_end(l->w, url, url);
    l->at += url.len;
    return true;
}

/* Those that read_sign() looks at, and braces that may hide some. */
static bool may_mean(char c)
{
    return c == '\\' || c == '*' || c == '!' || c == '[' || c == 'h' || c == '{';
}

/* As far as nothing means anything. */
static void read_words(struct line *l)
{
    const size_t end = scope_end(l), hidden = placeholder(l->s, l->at);
    size_t to = l->at + (hidden ? hidden : 1);

    if (hidden && to > end)
        to = l->at + 1;
    while (to < end && !may_mean(l->s.at[to]))
        to++;
    write_text(l->w, l->s.at + l->at, to - l->at);
    l->at = to;
}

static void read_sign(struct line *l)
{
    const char c = l->s.at[l->at];

    if (span_is_sign(l->s, l->at) && l->at + 1 < scope_end(l)) {
        write_text(l->w, l->s.at + l->at + 1, 1);
        l->at += 2;
    } else if (c == '*') {
        read_stars(l);
    } else if (!(c == '!' && read_picture(l)) && !(c == '[' && read_link(l)) &&
               !(c == 'h' && read_url(l))) {
        read_words(l);
    }
}

/* What looks like a mark and is none within a line. */
static void doubt_line(struct markup_writer *w, struct span s)
{
    for (size_t i = 0; i + 2 < s.len; i += pass(s, i)) {
        const struct span rest = behind(s, i);

        if (begins(rest, "[["))
            doubt(w, rest, "is no button: it is not [[ words | address ]] on a line of its own");
        else if (rest.at[0] == '<' && (rest.at[1] == '/' || is_letter(rest.at[1])) &&
                 memchr(rest.at, '>', rest.len))
            doubt(w, rest, "is shown as it stands: HTML is not taken");
        else
            continue;
        return;
    }
}

static void read_line(struct markup_writer *w, struct span s)
{
    struct line l = { .w = w, .s = s };

    if (w->doubt)
        doubt_line(w, s);
    for (;;) {
        if (l.linked && l.at >= scope_end(&l))
            end_link(&l);
        if (l.at >= s.len)
            break;
        read_sign(&l);
    }
    close_down_to(&l, 0);
}

/* --- blocks --- */

/* A line: which block it is of, and what is left to read. */
struct kind {
    enum block block;
    struct span number, words, target;
};

/* [[ words | target ]] */
static bool is_button(struct markup_writer *w, struct span s, struct kind *k)
{
    size_t bar;

    if (s.len < 4 || !begins(s, "[[") || memcmp(s.at + s.len - 2, "]]", 2) != 0)
        return false;
    s = (struct span){ s.at + 2, s.len - 4 };
    bar = find_close(s, 0, '\0', '|');
    if (bar >= s.len) {
        complain(w, s.at, "expected a button's words, a | and an address");
        return false;
    }
    k->words = trimmed((struct span){ s.at, bar });
    k->target = trimmed(behind(s, bar + 1));
    return check_target(w, k->target);
}

static bool is_rule(struct span s)
{
    for (size_t i = 0; i < s.len; i++) {
        if (s.at[i] != '-')
            return false;
    }
    return s.len >= 3;
}

static size_t number_length(struct span s)
{
    size_t n = 0;

    while (n < s.len && n < 4 && is_digit(s.at[n]))
        n++;
    return n && n < 4 && begins(behind(s, n), ". ") ? n : 0;
}

static struct kind classify(struct markup_writer *w, struct span s)
{
    static const struct {
        const char *mark;
        enum block block;
    } marks[] = {
        { "# ", BLOCK_HEADING_1 }, { "## ", BLOCK_HEADING_2 }, { "### ", BLOCK_HEADING_3 },
        { "- ", BLOCK_ITEM },      { "> ", BLOCK_QUOTE },      { "~ ", BLOCK_SMALL },
    };
    struct kind k = { .block = BLOCK_PARAGRAPH, .words = trimmed(s) };
    const struct span line = k.words;
    const size_t digits = number_length(line);

    if (!line.len)
        return (struct kind){ .block = BLOCK_NONE };
    if (is_rule(line))
        return (struct kind){ .block = BLOCK_RULE };
    if (is_button(w, line, &k)) {
        k.block = BLOCK_BUTTON;
        return k;
    }
    if (digits)
        return (struct kind){ .block = BLOCK_NUMBER,
                              .number = { line.at, digits },
                              .words = trimmed(behind(line, digits + 2)) };
    for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++) {
        if (begins(line, marks[i].mark))
            return (struct kind){ .block = marks[i].block,
                                  .words = trimmed(behind(line, strlen(marks[i].mark))) };
    }
    return k;
}

static bool is_item(enum block b)
{
    return b == BLOCK_ITEM || b == BLOCK_NUMBER;
}

/* Is the line more of the block that is open? Items go on with lines that have no mark. */
static bool goes_on(enum block open, enum block next)
{
    if (next == BLOCK_PARAGRAPH)
        return open == BLOCK_PARAGRAPH || is_item(open);
    return open == next && (next == BLOCK_QUOTE || next == BLOCK_SMALL);
}

static void write_button(struct markup_writer *w, const struct kind *k)
{
    write_link_begin(w, k->target, true);
    read_line(w, k->words);
    write_link_end(w, k->target, k->words);
}

/* Returns what is open after it. */
static enum block write_line(struct markup_writer *w, enum block open, const struct kind *k)
{
    const bool next_item = is_item(k->block) && k->block == open;

    if (goes_on(open, k->block)) {
        write_block_break(w, open);
        read_line(w, k->words);
        return open;
    }
    if (open != BLOCK_NONE)
        write_block_end(w, open, !next_item);
    if (k->block == BLOCK_NONE)
        return BLOCK_NONE;
    write_block_begin(w, k->block, k->number, !next_item);
    if (k->block == BLOCK_BUTTON)
        write_button(w, k);
    else
        read_line(w, k->words);
    return k->block;
}

static void read_source(struct markup_writer *w, const char *source)
{
    enum block open = BLOCK_NONE;

    while (*source) {
        struct span s = { source, strcspn(source, "\n") };
        struct kind k;
        source += s.len + (source[s.len] == '\n');
        if (s.len && s.at[s.len - 1] == '\r')
            s.len--;
        k = classify(w, s);
        open = write_line(w, open, &k);
    }
    if (open != BLOCK_NONE)
        write_block_end(w, open, true);
}

/* --- for everybody --- */

enum rc markup_check(const char *source, struct error *err)
{
    struct markup_writer w = { .form = MARKUP_AS_NOTHING };

    if (strlen(source) > MARKUP_MAX)
        return error_set(err, RC_INVALID, "longer than %d bytes", MARKUP_MAX);
    read_source(&w, source);
    if (!w.bad)
        return RC_OK;
    return error_set(err, RC_INVALID, "at character %zu: %s",
                     utf8_length(source, (size_t)(w.bad - source)) + 1, w.why);
}

void markup_doubts(const char *source, void (*tell)(void *arg, const char *words), void *arg)
{
    struct markup_writer w = { .form = MARKUP_AS_NOTHING, .doubt = tell, .doubt_arg = arg };

    read_source(&w, source);
}

const char *markup_picture(const char *source, size_t nth, size_t *len)
{
    struct markup_writer w = { .form = MARKUP_AS_NOTHING };

    read_source(&w, source);
    if (nth >= w.n_pictures)
        return NULL;
    *len = w.pictures[nth].len;
    return w.pictures[nth].at;
}

void markup_text(struct buffer *out, const char *source)
{
    struct markup_writer w = { .form = MARKUP_AS_TEXT, .out = out };

    read_source(&w, source);
    write_document_end(&w);
}

void markup_html(struct buffer *out, const char *source, const struct markup_layout *layout)
{
    struct markup_writer w = { .form = MARKUP_AS_HTML, .out = out, .layout = layout };

    write_document_begin(&w);
    read_source(&w, source);
    write_document_end(&w);
}

/* --- values --- */

/* Could the sign mean something here, whatever stands around the value? */
static bool means_something(const char *value, size_t at)
{
    const char c = value[at], next = value[at + 1];

    switch (c) {
    case '-':
        return !next || next == ' ' || next == '-';
    case '.':
        return (!next || next == ' ') && at && is_digit(value[at - 1]);
    case ':':
        return !next || next == '/';
    case '!':
        return !next;
    default:
        return c && strchr("\\*[]()#>~|{", c);
    }
}

void markup_escape(struct buffer *out, const char *value)
{
    for (size_t i = 0; value[i]; i++) {
        const unsigned char c = (unsigned char)value[i];
        if (c < ' ' || c == 0x7f)
            buffer_add_text(out, " ");
        else if (means_something(value, i))
            buffer_add(out, (const char[]){ '\\', value[i] }, 2);
        else
            buffer_add(out, value + i, 1);
    }
}
