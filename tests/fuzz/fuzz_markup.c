/* fuzz_markup.c - whatever the source, its HTML is well nested and has no tag and no attribute but
 * ours; a value that was escaped reads as itself. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "domain/markup.h"

#define DEPTH_MAX 20

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void hold(bool fact)
{
    if (!fact)
        abort();
}

static bool is_void(const char *name, size_t len)
{
    static const char *const names[] = { "!DOCTYPE", "meta", "br", "hr", "img" };

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (strlen(names[i]) == len && memcmp(names[i], name, len) == 0)
            return true;
    }
    return false;
}

/* The `>` that ends the tag: none stands in our attributes. */
static void check_tags(const char *html)
{
    const char *open[DEPTH_MAX];
    size_t n_open = 0;

    for (const char *at = html; (at = strchr(at, '<')) != NULL; at++) {
        const bool closing = at[1] == '/';
        const char *name = at + 1 + closing;
        const size_t len = strcspn(name, " >");
        const char *end = strchr(at, '>');
        size_t quotes = 0;
        hold(end && len > 0);
        for (const char *c = at; c < end; c++)
            quotes += *c == '"';
        hold(quotes % 2 == 0);
        if (closing) {
            hold(n_open > 0 && strncmp(open[n_open - 1], name, len) == 0);
            n_open--;
        } else if (!is_void(name, len)) {
            hold(n_open < DEPTH_MAX);
            open[n_open++] = name;
        }
        at = end;
    }
    hold(n_open == 0);
}

static void check_links(const char *html)
{
    for (const char *at = html; (at = strstr(at, "<a href=\"")) != NULL; at++) {
        at += 9;
        hold(strncmp(at, "http", 4) == 0 || strncmp(at, "HTTP", 4) == 0 || strchr("hHmMtT", *at));
        hold(!memchr(at, '<', strcspn(at, "\"")));
    }
}

static void check_value(const char *value)
{
    struct buffer escaped, text;
    char *plain = strdup(value);

    for (char *c = plain; *c; c++)
        *c = (unsigned char)*c < ' ' || *c == 0x7f ? ' ' : *c;
    buffer_init(&escaped, MARKUP_MAX);
    buffer_init(&text, MARKUP_HTML_MAX);
    buffer_add_text(&escaped, "A ");
    markup_escape(&escaped, value);
    buffer_add_text(&escaped, ".");
    if (!escaped.full) {
        markup_text(&text, buffer_text(&escaped));
        hold(text.len == strlen(plain) + 4);
        hold(memcmp(text.data + 2, plain, strlen(plain)) == 0);
    }
    buffer_close(&text);
    buffer_close(&escaped);
    free(plain);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const ids[MARKUP_PICTURES_MAX] = { "1@x", NULL, "3@x" };
    const struct markup_layout layout = { .language = "fr", .title = "T", .picture_ids = ids };
    char *source = malloc(size + 1);
    struct error err;
    struct buffer out;
    size_t len;

    if (size)
        memcpy(source, data, size);
    source[size] = '\0';
    if (strlen(source) > MARKUP_MAX)
        source[MARKUP_MAX] = '\0';
    buffer_init(&out, MARKUP_HTML_MAX);
    markup_html(&out, source, &layout);
    if (!out.full) {
        check_tags(buffer_text(&out));
        check_links(buffer_text(&out));
    }
    buffer_reset(&out);
    markup_text(&out, source);
    buffer_close(&out);
    (void)!markup_check(source, &err);
    (void)markup_picture(source, 1, &len);
    check_value(source);
    free(source);
    return 0;
}
