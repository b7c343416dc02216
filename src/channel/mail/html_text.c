/* html_text.c - a tokenizer and a pen: the one finds tags, the other knows where lines break. */
#define _GNU_SOURCE /* memmem */
#include "channel/mail/html_text.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>

#include "base/buffer.h"
#include "channel/mail/html_entity.h"
#include "domain/utf8.h"

#define TAG_SIZE   16
#define BREAKS_MAX 2 /* one empty line at most */
#define QUOTES_MAX 5 /* ">" in front of a line; deeper ones look the same */
#define CHARSET_IN 1024U

enum tag_kind {
    TAG_INLINE, /* no effect */
    TAG_BREAK,
    TAG_BLOCK,     /* begins and ends on a line of its own */
    TAG_PARAGRAPH, /* with an empty line around it */
    TAG_CELL,
    TAG_ITEM,
    TAG_QUOTE,
    TAG_PRE,
    TAG_RAW, /* what is within is no text, up to its end tag */
};

static const struct {
    const char *name;
    enum tag_kind kind;
} tags[] = {
    { "br", TAG_BREAK },      { "div", TAG_BLOCK },    { "tr", TAG_BLOCK },
    { "table", TAG_BLOCK },   { "hr", TAG_BLOCK },     { "section", TAG_BLOCK },
    { "article", TAG_BLOCK }, { "header", TAG_BLOCK }, { "footer", TAG_BLOCK },
    { "address", TAG_BLOCK }, { "center", TAG_BLOCK }, { "form", TAG_BLOCK },
    { "dt", TAG_BLOCK },      { "dd", TAG_BLOCK },     { "body", TAG_BLOCK },
    { "caption", TAG_BLOCK }, { "p", TAG_PARAGRAPH },  { "h1", TAG_PARAGRAPH },
    { "h2", TAG_PARAGRAPH },  { "h3", TAG_PARAGRAPH }, { "h4", TAG_PARAGRAPH },
    { "h5", TAG_PARAGRAPH },  { "h6", TAG_PARAGRAPH }, { "ul", TAG_PARAGRAPH },
    { "ol", TAG_PARAGRAPH },  { "dl", TAG_PARAGRAPH }, { "td", TAG_CELL },
    { "th", TAG_CELL },       { "li", TAG_ITEM },      { "blockquote", TAG_QUOTE },
    { "pre", TAG_PRE },       { "script", TAG_RAW },   { "style", TAG_RAW },
    { "title", TAG_RAW },     { "template", TAG_RAW }, { "textarea", TAG_RAW },
    { "select", TAG_RAW },    { "noframes", TAG_RAW },
};

/* Tags without an end: they hide nothing. */
static const char *const empty_tags[] = { "area", "base",  "br",   "col",  "embed", "hr",
                                          "img",  "input", "link", "meta", "wbr" };

struct tag {
    char name[TAG_SIZE]; /* lower case, cut off */
    bool is_end;
    const char *attributes;
    size_t attributes_len;
};

struct pen {
    struct buffer *out;
    unsigned breaks; /* line ends owed to what comes next */
    bool space;      /* a blank owed */
    bool began;      /* something was written */
    bool at_margin;  /* nothing stands on this line yet */
    unsigned quotes, pre;
    /* Of what is hidden: the name of the outermost element, and how many of it are open. */
    char hidden[TAG_SIZE];
    unsigned hidden_open;
};

/* --- the pen --- */

static void owe_breaks(struct pen *p, unsigned n)
{
    if (p->breaks < n)
        p->breaks = n;
    p->space = false;
}

static void begin_line(struct pen *p)
{
    for (unsigned i = 0; p->began && i < p->breaks; i++)
        buffer_add(p->out, "\n", 1);
    if (p->breaks || !p->began) {
        for (unsigned i = 0; i < p->quotes && i < QUOTES_MAX; i++)
            buffer_add(p->out, "> ", 2);
        p->at_margin = true;
    }
    p->breaks = 0;
    p->began = true;
}

static void write_text(struct pen *p, const char *bytes, size_t n)
{
    if (p->hidden_open)
        return;
    begin_line(p);
    if (p->space && !p->at_margin)
        buffer_add(p->out, " ", 1);
    p->space = p->at_margin = false;
    buffer_add(p->out, bytes, n);
}

static void write_char(struct pen *p, uint32_t c)
{
    char bytes[UTF8_CHAR_MAX];

    if (p->pre && c == '\n') {
        p->breaks += p->breaks < BREAKS_MAX;
    } else if (c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == '\f' || c == 0xa0) {
        p->space = true;
    } else if (c != 0xad && c != 0x200b && c != 0x200c && c != 0x2060 && c != 0xfeff) {
        write_text(p, bytes, utf8_put(bytes, c)); /* those are no characters one sees */
    }
}

/* --- tags --- */

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == '\f';
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* Where the tag at `at` ends: behind its ">". Values in quotes may hold one. */
static size_t tag_end(const char *html, size_t len, size_t at)
{
    char quote = '\0';
    bool value = false; /* a quote opens only behind "=" */

    for (; at < len; at++) {
        const char c = html[at];
        if (quote) {
            quote = c == quote ? '\0' : quote;
        } else if (c == '>') {
            return at + 1;
        } else if ((c == '"' || c == '\'') && value) {
            quote = c;
            value = false;
        } else if (!is_space(c)) {
            value = c == '=';
        }
    }
    return len;
}

static size_t take_tag(const char *html, size_t len, size_t at, struct tag *tag)
{
    size_t n = 0, end;

    tag->is_end = html[at + 1] == '/';
    at += tag->is_end ? 2 : 1;
    for (; at < len && !is_space(html[at]) && html[at] != '>' && html[at] != '/'; at++) {
        if (n < TAG_SIZE - 1)
            tag->name[n++] =
                html[at] >= 'A' && html[at] <= 'Z' ? (char)(html[at] | 0x20) : html[at];
    }
    tag->name[n] = '\0';
    end = tag_end(html, len, at);
    tag->attributes = html + at;
    tag->attributes_len = end - at;
    return end;
}

static enum tag_kind tag_kind(const struct tag *tag)
{
    for (size_t i = 0; i < sizeof(tags) / sizeof(*tags); i++) {
        if (tag->name[0] == tags[i].name[0] && !strcmp(tag->name, tags[i].name))
            return tags[i].kind;
    }
    return TAG_INLINE;
}

static bool tag_is_empty(const struct tag *tag)
{
    for (size_t i = 0; i < sizeof(empty_tags) / sizeof(*empty_tags); i++) {
        if (!strcmp(tag->name, empty_tags[i]))
            return true;
    }
    return false;
}

/* "display: none" in the style attribute: previews, and words for filters. */
static bool tag_hides(const struct tag *tag)
{
    static const char display[] = "display", none[] = "none";
    const char *at = tag->attributes, *end = at + tag->attributes_len;

    for (; end - at > (ptrdiff_t)sizeof(display); at++) {
        if ((*at | 0x20) != 'd' || strncasecmp(at, display, sizeof(display) - 1) != 0)
            continue;
        at += sizeof(display) - 1;
        while (at < end && (is_space(*at) || *at == ':'))
            at++;
        return end - at >= (ptrdiff_t)sizeof(none) - 1 && !strncasecmp(at, none, sizeof(none) - 1);
    }
    return false;
}

/* Within something hidden only its own end counts. */
static void count_hidden(struct pen *p, const struct tag *tag)
{
    if (strcmp(tag->name, p->hidden) != 0)
        return;
    if (tag->is_end)
        p->hidden_open--;
    else
        p->hidden_open++;
}

static void apply_tag(struct pen *p, const struct tag *tag)
{
    switch (tag_kind(tag)) {
    case TAG_BREAK:
        p->breaks += p->breaks < BREAKS_MAX;
        p->space = false;
        break;
    case TAG_BLOCK:
        owe_breaks(p, 1);
        break;
    case TAG_PARAGRAPH:
        owe_breaks(p, BREAKS_MAX);
        break;
    case TAG_CELL:
        p->space = true;
        break;
    case TAG_ITEM:
        owe_breaks(p, 1);
        if (!tag->is_end)
            write_text(p, "- ", 2);
        break;
    case TAG_QUOTE:
        owe_breaks(p, BREAKS_MAX);
        if (!tag->is_end)
            p->quotes++;
        else if (p->quotes)
            p->quotes--;
        break;
    case TAG_PRE:
        owe_breaks(p, 1);
        if (!tag->is_end)
            p->pre++;
        else if (p->pre)
            p->pre--;
        break;
    case TAG_INLINE:
    case TAG_RAW:
        break;
    }
}

/* Behind "</name"; len: it never ends. */
static size_t skip_raw(const char *html, size_t len, size_t at, const char *name)
{
    const size_t n = strlen(name);

    while (at + n + 2 <= len) {
        const char *mark = memchr(html + at, '<', len - at);
        if (!mark)
            break;
        at = (size_t)(mark - html);
        if (at + n + 2 <= len && html[at + 1] == '/' && !strncasecmp(html + at + 2, name, n))
            return tag_end(html, len, at);
        at++;
    }
    return len;
}

/* Comments, doctypes, processing instructions. */
static size_t skip_declaration(const char *html, size_t len, size_t at)
{
    const char *end;

    if (len - at >= 4 && !memcmp(html + at, "<!--", 4)) {
        end = memmem(html + at + 4, len - at - 4, "-->", 3);
        return end ? (size_t)(end - html) + 3 : len;
    }
    end = memchr(html + at, '>', len - at);
    return end ? (size_t)(end - html) + 1 : len;
}

static bool begins_markup(const char *html, size_t len)
{
    return len > 1 && html[0] == '<' &&
           (is_letter(html[1]) || html[1] == '/' || html[1] == '!' || html[1] == '?');
}

static size_t take_markup(struct pen *p, const char *html, size_t len, size_t at)
{
    struct tag tag;
    size_t end;

    if (html[at + 1] == '!' || html[at + 1] == '?')
        return skip_declaration(html, len, at);
    end = take_tag(html, len, at, &tag);
    if (!tag.is_end && tag_kind(&tag) == TAG_RAW)
        return skip_raw(html, len, end, tag.name);
    if (p->hidden_open) {
        count_hidden(p, &tag);
    } else if (!tag.is_end && tag_hides(&tag) && !tag_is_empty(&tag)) {
        memcpy(p->hidden, tag.name, TAG_SIZE);
        p->hidden_open = 1;
    } else {
        apply_tag(p, &tag);
    }
    return end;
}

/* Most of every text: bytes that are themselves. */
static size_t plain_run(const char *html, size_t len)
{
    size_t n = 0;

    while (n < len && html[n] > ' ' && html[n] < 0x7f && html[n] != '<' && html[n] != '&')
        n++;
    return n;
}

void html_text(const char *html, size_t len, struct buffer *out)
{
    struct pen p = { .out = out };
    size_t at = 0;

    while (at < len && !out->full) {
        const size_t run = plain_run(html + at, len - at);
        size_t used = 0;
        uint32_t c;
        if (run) {
            write_text(&p, html + at, run);
            at += run;
            continue;
        }
        if (begins_markup(html + at, len - at)) {
            at = take_markup(&p, html, len, at);
            continue;
        }
        c = html[at] == '&' ? html_entity(html + at, len - at, &used) : 0;
        if (c) {
            at += used;
        } else {
            c = utf8_next(html, len, &at);
            at += c == UTF8_BAD;
        }
        write_char(&p, c);
    }
}

/* Within the first KB (HTML standard, 4.2.5.4). */
const char *html_charset(const char *html, size_t len, char *out, size_t size)
{
    static const char key[] = "charset=";
    const char *end = html + (len < CHARSET_IN ? len : CHARSET_IN);
    size_t n = 0;

    out[0] = '\0';
    for (const char *at = html; end - at > (ptrdiff_t)sizeof(key); at++) {
        if (strncasecmp(at, key, sizeof(key) - 1) != 0)
            continue;
        at += sizeof(key) - 1;
        at += *at == '"' || *at == '\'';
        while (at < end && n < size - 1 && *at && (is_letter(*at) || strchr("0123456789-_", *at)))
            out[n++] = *at++;
        break;
    }
    out[n] = '\0';
    return out;
}
