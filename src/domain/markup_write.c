/* markup_write.c - text and HTML that every mail reader shows alike: no style sheet, no table. */
#include "domain/markup_write.h"

#include <stdint.h>
#include <string.h>

#include "base/buffer.h"

#define ACCENT "#0b5fff"
#define RULE   "----------------------------------------"

bool span_is_sign(struct span s, size_t at)
{
    static const char signs[] = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~";

    return s.at[at] == '\\' && at + 1 < s.len && s.at[at + 1] && strchr(signs, s.at[at + 1]);
}

/* --- addresses --- */

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

/* The bytes that `with` takes of it, signs made plain; 0: it begins otherwise. */
static size_t begins(struct span s, const char *with)
{
    size_t at = 0;

    for (; *with; with++) {
        if (at < s.len && span_is_sign(s, at))
            at++;
        if (at >= s.len || lower(s.at[at++]) != *with)
            return 0;
    }
    return at;
}

bool span_is_url(struct span url)
{
    static const char *const schemes[] = { "https://", "http://", "mailto:", "tel:" };

    for (size_t i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++) {
        const size_t n = begins(url, schemes[i]);
        if (n && n < url.len && !strchr("/?#.:", url.at[n]))
            return true;
    }
    return false;
}

/* What an address must not have is written as %XX (RFC 3986, 2.1). */
static void add_url(struct markup_writer *w, struct span url)
{
    static const char hex[] = "0123456789ABCDEF";

    for (size_t i = 0; i < url.len; i++) {
        unsigned char c;
        if (span_is_sign(url, i))
            i++;
        c = (unsigned char)url.at[i];
        if (c <= ' ' || c > '~' || strchr("\"<>\\^`{|}'", c))
            buffer_add(w->out, (const char[]){ '%', hex[c >> 4], hex[c & 15] }, 3);
        else if (c == '&' && w->form == MARKUP_AS_HTML)
            buffer_add_text(w->out, "&amp;");
        else
            buffer_add(w->out, url.at + i, 1);
    }
}

/* --- words --- */

static const char *entity(enum markup_form form, unsigned char c)
{
    if (c < ' ' || c == 0x7f)
        return " ";
    if (form != MARKUP_AS_HTML)
        return NULL;
    switch (c) {
    case '&':
        return "&amp;";
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '"':
        return "&quot;";
    default:
        return NULL;
    }
}

static void add_escaped(const struct markup_writer *w, const char *text, size_t len)
{
    size_t from = 0;

    for (size_t i = 0; i < len; i++) {
        const char *instead = entity(w->form, (unsigned char)text[i]);
        if (!instead)
            continue;
        buffer_add(w->out, text + from, i - from);
        buffer_add_text(w->out, instead);
        from = i + 1;
    }
    buffer_add(w->out, text + from, len - from);
}

void write_text(struct markup_writer *w, const char *text, size_t len)
{
    if (w->form != MARKUP_AS_NOTHING)
        add_escaped(w, text, len);
}

static void write_plain(struct markup_writer *w, struct span s)
{
    for (size_t i = 0; i < s.len; i++) {
        if (span_is_sign(s, i))
            i++;
        write_text(w, s.at + i, 1);
    }
}

static void tag(struct markup_writer *w, const char *html)
{
    if (w->form == MARKUP_AS_HTML)
        buffer_add_text(w->out, html);
}

void write_emphasis(struct markup_writer *w, bool bold, bool open)
{
    tag(w, bold ? (open ? "<strong>" : "</strong>") : (open ? "<em>" : "</em>"));
}

/* --- links and pictures --- */

void write_link_begin(struct markup_writer *w, struct span url, bool button)
{
    if (w->form != MARKUP_AS_HTML || !span_is_url(url))
        return;
    tag(w, "<a href=\"");
    add_url(w, url);
    if (button)
        buffer_printf(w->out,
                      "\" style=\"display:inline-block;padding:12px 24px;border-radius:4px;"
                      "background:%s;color:#ffffff;text-decoration:none;font-weight:bold\">",
                      w->accent);
    else
        buffer_printf(w->out, "\" style=\"color:%s\">", w->accent);
}

void write_link_end(struct markup_writer *w, struct span url, struct span words)
{
    const bool same = words.len == url.len && memcmp(words.at, url.at, url.len) == 0;

    if (!span_is_url(url))
        return;
    tag(w, "</a>");
    if (w->form != MARKUP_AS_TEXT || same)
        return;
    buffer_add_text(w->out, words.len ? " (" : "(");
    add_url(w, url);
    buffer_add_text(w->out, ")");
}

void write_address(struct markup_writer *w, struct span url)
{
    if (w->form != MARKUP_AS_NOTHING)
        add_url(w, url);
}

/* NULL: no picture of this name goes with the mail. */
static const char *picture_id(const struct markup_writer *w, struct span name)
{
    if (!w->layout || !w->layout->picture_ids)
        return NULL;
    for (size_t i = 0; i < w->n_pictures; i++) {
        if (w->pictures[i].len == name.len && memcmp(w->pictures[i].at, name.at, name.len) == 0)
            return w->layout->picture_ids[i];
    }
    return NULL;
}

void write_picture(struct markup_writer *w, struct span alt, struct span name)
{
    const char *id = picture_id(w, name);

    if (w->form != MARKUP_AS_HTML || !id) {
        write_plain(w, alt);
        return;
    }
    tag(w, "<img src=\"cid:");
    add_escaped(w, id, strlen(id));
    tag(w, "\" alt=\"");
    write_plain(w, alt);
    tag(w, "\" style=\"max-width:100%;height:auto;border:0\">");
}

/* --- blocks --- */

static const struct {
    const char *begin, *end;
} html[BLOCK_COUNT] = {
    [BLOCK_PARAGRAPH] = { "<p style=\"margin:0 0 16px\">", "</p>\n" },
    [BLOCK_HEADING_1] = { "<h1 style=\"margin:0 0 16px;font-size:24px;line-height:1.25\">",
                          "</h1>\n" },
    [BLOCK_HEADING_2] = { "<h2 style=\"margin:24px 0 12px;font-size:20px;line-height:1.25\">",
                          "</h2>\n" },
    [BLOCK_HEADING_3] = { "<h3 style=\"margin:16px 0 8px;font-size:16px;line-height:1.25\">",
                          "</h3>\n" },
    [BLOCK_ITEM] = { "<li style=\"margin:0 0 4px\">", "</li>\n" },
    [BLOCK_NUMBER] = { "<li style=\"margin:0 0 4px\">", "</li>\n" },
    [BLOCK_QUOTE] = { "<blockquote style=\"margin:0 0 16px;padding:0 0 0 12px;"
                      "border-left:3px solid #cccccc;color:#555555\">",
                      "</blockquote>\n" },
    [BLOCK_SMALL] = { "<p style=\"margin:0 0 8px;font-size:12px;color:#666666\">", "</p>\n" },
    [BLOCK_BUTTON] = { "<p style=\"margin:24px 0\">", "</p>\n" },
    [BLOCK_RULE] = { "<hr style=\"margin:24px 0;border:0;border-top:1px solid #dddddd\">\n", "" },
};

static void begin_text(struct markup_writer *w, enum block block, struct span number, bool first)
{
    if (w->begun)
        buffer_add_text(w->out, first ? "\n\n" : "\n");
    if (block == BLOCK_ITEM)
        buffer_add_text(w->out, "- ");
    if (block == BLOCK_QUOTE)
        buffer_add_text(w->out, "> ");
    if (block == BLOCK_RULE)
        buffer_add_text(w->out, RULE);
    if (block == BLOCK_NUMBER) {
        buffer_add(w->out, number.at, number.len);
        buffer_add_text(w->out, ". ");
    }
}

static void begin_html(struct markup_writer *w, enum block block, struct span number, bool first)
{
    if (first && block == BLOCK_ITEM)
        tag(w, "<ul style=\"margin:0 0 16px;padding:0 0 0 24px\">\n");
    if (first && block == BLOCK_NUMBER)
        buffer_printf(w->out, "<ol start=\"%.*s\" style=\"margin:0 0 16px;padding:0 0 0 24px\">\n",
                      (int)number.len, number.at);
    tag(w, html[block].begin);
}

void write_block_begin(struct markup_writer *w, enum block block, struct span number, bool first)
{
    if (w->form == MARKUP_AS_TEXT)
        begin_text(w, block, number, first);
    else if (w->form == MARKUP_AS_HTML)
        begin_html(w, block, number, first);
    w->begun = true;
}

void write_block_break(struct markup_writer *w, enum block block)
{
    tag(w, "<br>\n");
    if (w->form != MARKUP_AS_TEXT)
        return;
    buffer_add_text(w->out, block == BLOCK_QUOTE                           ? "\n> "
                            : block == BLOCK_ITEM || block == BLOCK_NUMBER ? "\n  "
                                                                           : "\n");
}

void write_block_end(struct markup_writer *w, enum block block, bool last)
{
    tag(w, html[block].end);
    if (last && block == BLOCK_ITEM)
        tag(w, "</ul>\n");
    if (last && block == BLOCK_NUMBER)
        tag(w, "</ol>\n");
}

/* --- the whole --- */

/* "#" and six digits: nothing else gets into a style. */
static bool is_colour(const char *text)
{
    return text && text[0] == '#' && strlen(text) == 7 &&
           strspn(text + 1, "0123456789abcdefABCDEF") == 6;
}

void write_document_begin(struct markup_writer *w)
{
    const struct markup_layout *l = w->layout;

    w->accent = is_colour(l->accent) ? l->accent : ACCENT;
    tag(w, "<!DOCTYPE html>\n<html");
    if (l->language) {
        tag(w, " lang=\"");
        add_escaped(w, l->language, strlen(l->language));
        tag(w, "\"");
    }
    tag(w, ">\n<head>\n<meta charset=\"utf-8\">\n"
           "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>");
    add_escaped(w, l->title, strlen(l->title));
    tag(w, "</title>\n</head>\n<body style=\"margin:0;padding:0;background:#f4f4f4\">\n"
           "<div style=\"max-width:600px;margin:0 auto;padding:24px;background:#ffffff;"
           "color:#222222;font-family:Arial,Helvetica,sans-serif;font-size:16px;"
           "line-height:1.5\">\n");
}

void write_document_end(struct markup_writer *w)
{
    tag(w, "</div>\n</body>\n</html>\n");
    if (w->form == MARKUP_AS_TEXT && w->begun)
        buffer_add_text(w->out, "\n");
}
