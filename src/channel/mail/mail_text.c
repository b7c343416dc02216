/* mail_text.c - alternatives, charsets, HTML: down to what a person would read. */
#include "channel/mail/mail_text.h"

#include <string.h>

#include "base/buffer.h"
#include "channel/mail/html_text.h"
#include "channel/mail/mail_body.h"
#include "channel/mail/mail_bytes.h"
#include "channel/mail/mail_scan.h"
#include "channel/mail/mail_value.h"
#include "domain/charset.h"
#include "domain/utf8.h"

#define RAW_MAX   ((size_t)1 << 20) /* bytes of a part that are looked at */
#define HTML_MORE 4                 /* HTML is so many times longer than its text */

static bool is_html(const struct mail_entity *e)
{
    return !strcmp(e->type, "text/html");
}

bool mail_text_is_shown(const struct mail_entity *e)
{
    /* A name makes a file of a part, but not of a whole mail. */
    return !e->is_attachment && (!*e->name || !e->level) &&
           (!strcmp(e->type, "text/plain") || is_html(e));
}

/* Adds as much as there is room for, up to the end of a character. */
static void add_cut(struct buffer *out, const char *text, size_t len, bool *cut)
{
    const size_t n = utf8_cut(text, len, out->limit - out->len);

    buffer_add(out, text, n);
    *cut |= n < len;
}

/* --- format=flowed (RFC 3676): lines that end with a blank go on in the next one --- */

/* "-- " ends with a blank and is a line of its own all the same (4.3). */
static bool goes_on(const char *line, size_t len)
{
    return len && line[len - 1] == ' ' && !(len == 3 && !memcmp(line, "-- ", 3));
}

/* What is quoted stays as it is: its marks are on every line. */
static void join_flowed(const char *text, size_t len, bool without_blank, struct buffer *out)
{
    const char *end = text + len;

    while (text < end) {
        const char *stop = memchr(text, '\n', (size_t)(end - text));
        const char *next = stop ? stop + 1 : end;
        size_t line = (size_t)((stop ? stop : end) - text);
        line -= line && text[line - 1] == '\r';
        if (line && *text == ' ') { /* it was put there (4.4) */
            text++;
            line--;
        }
        if (goes_on(text, line) && *text != '>' && next < end && *next != '>') {
            buffer_add(out, text, without_blank ? line - 1 : line);
        } else {
            buffer_add(out, text, line);
            buffer_add(out, "\n", 1);
        }
        text = next;
    }
}

/* --- a part --- */

/* As UTF-8; what is returned is one of the two buffers. */
static const struct buffer *read_part(struct mail_bytes *bytes, const struct mail_entity *e,
                                      struct buffer *text, struct buffer *other, size_t limit,
                                      struct mail_text_odd *odd)
{
    struct buffer raw;
    char named[48] = "";
    enum charset_note note;

    buffer_init(&raw, limit);
    if (!mail_body_gather(bytes, e, &raw))
        odd->cut = true;
    if (is_html(e) && !*e->charset)
        html_charset(buffer_text(&raw), raw.len, named, sizeof(named));
    note = charset_to_utf8(*named ? named : e->charset, buffer_text(&raw), raw.len, text);
    buffer_close(&raw);
    odd->guessed_charset |= note == CHARSET_GUESSED;
    odd->wrong_charset |= note == CHARSET_LIED || note == CHARSET_BROKEN;
    if (is_html(e)) {
        odd->from_html = true;
        html_text(buffer_text(text), text->len, other);
        return other;
    }
    if (e->is_flowed) {
        join_flowed(buffer_text(text), text->len, e->is_joined, other);
        return other;
    }
    return text;
}

void mail_text_part(struct mail_bytes *bytes, const struct mail_entity *e, struct buffer *out,
                    struct mail_text_odd *odd)
{
    const size_t room = (out->limit - out->len + 1) * (is_html(e) ? HTML_MORE : 1);
    const size_t limit = room < RAW_MAX ? room : RAW_MAX;
    struct buffer text, other, clean;
    const struct buffer *read;

    buffer_init(&text, limit * 3);
    buffer_init(&other, limit * 3);
    buffer_init(&clean, limit * 3);
    read = read_part(bytes, e, &text, &other, limit, odd);
    mail_value_clean(buffer_text(read), read->len, true, &clean);
    if (out->len && clean.len)
        add_cut(out, "\n\n", 2, &odd->cut);
    add_cut(out, buffer_text(&clean), clean.len, &odd->cut);
    buffer_close(&text);
    buffer_close(&other);
    buffer_close(&clean);
}

/* Blank, or nothing: some programs send an empty plain text beside their HTML. */
static bool has_words(struct mail_bytes *bytes, const struct mail_entity *e)
{
    struct buffer some;
    bool words;

    buffer_init(&some, 1024);
    mail_body_gather(bytes, e, &some);
    words = strspn(buffer_text(&some), " \t\r\n\xc2\xa0") < some.len;
    buffer_close(&some);
    return words;
}

/* --- which parts --- */

/* Of an alternative: its best text so far, and the branch that has it. */
struct choice {
    unsigned worth;
    size_t branch;
};

static bool is_alternative(const struct mail_skeleton *k, size_t i)
{
    return !strcmp(k->entities[i].type, "multipart/alternative");
}

static bool is_text_of_mail(const struct mail_entity *e)
{
    return !e->message && mail_text_is_shown(e);
}

/* Plain text before HTML, something before nothing; of equals the first. */
static void choose(struct mail_bytes *bytes, const struct mail_skeleton *k, struct choice *choices)
{
    for (size_t i = 0; i < k->n; i++) {
        const struct mail_entity *e = &k->entities[i];
        unsigned worth = 0;
        if (!is_text_of_mail(e))
            continue;
        for (size_t node = i; node; node = k->entities[node].parent) {
            const size_t parent = k->entities[node].parent;
            if (!is_alternative(k, parent))
                continue;
            if (!worth && !has_words(bytes, e))
                break;
            worth = is_html(e) ? 1 : 2;
            if (worth > choices[parent].worth)
                choices[parent] = (struct choice){ worth, node };
        }
    }
}

/* Is it in the branch that was chosen, all the way up? */
static bool is_chosen(const struct mail_skeleton *k, size_t i, const struct choice *choices)
{
    for (size_t node = i; node; node = k->entities[node].parent) {
        const size_t parent = k->entities[node].parent;
        if (is_alternative(k, parent) && choices[parent].branch != node)
            return false;
    }
    return true;
}

void mail_text_read(struct mail_bytes *bytes, const struct mail_skeleton *k, struct buffer *out,
                    struct mail_text_odd *odd)
{
    struct choice choices[MAIL_SCAN_PARTS] = { 0 };

    choose(bytes, k, choices);
    for (size_t i = 0; i < k->n; i++) {
        if (is_text_of_mail(&k->entities[i]) && is_chosen(k, i, choices))
            mail_text_part(bytes, &k->entities[i], out, odd);
    }
}
