/* public_page.c - pages without scripts, pictures or anything of the request. */
#include "control/public_page.h"

#include <stdio.h>
#include <string.h>

#include "base/buffer.h"
#include "control/http.h"

#define PAGE_SIZE 2000
#define FORM_SIZE 200

/* Its sum stands in the policy, which lets no other in. */
#define STYLE                                                                   \
    "body{font:1.1em/1.4 sans-serif;max-width:40em;margin:0 auto;padding:.5em}" \
    "form{border-top:1px solid #bbb;padding:.3em 0}"                            \
    "h2{font-size:1.15em;margin:.4em 0}p{margin:.4em 0}"                        \
    "button,input,summary{font:inherit;padding:.45em .6em;margin:.15em 0}"      \
    "input{max-width:100%%;box-sizing:border-box}"                              \
    "summary{cursor:pointer}"
#define STYLE_SUM "prMICuqQfHrNg23w04F2Vl1nfdNgG51tt+0rtqv9cz8="

#define HEAD                                                                   \
    "<!DOCTYPE html><html><head><meta charset=\"utf-8\">"                      \
    "<meta name=\"viewport\" content=\"width=device-width\"><title>%s</title>" \
    "<style>" STYLE "</style></head><body>"
#define TAIL "</body></html>\n"

static void answer(struct http_call *call, int status, const char *type, const char *text)
{
    http_add_header(call, "Content-Security-Policy",
                    "default-src 'none'; style-src 'sha256-" STYLE_SUM
                    "'; form-action 'self'; frame-ancestors 'none'");
    http_add_header(call, "Referrer-Policy", "no-referrer");
    http_add_header(call, "X-Robots-Tag", "noindex, nofollow");
    http_add_header(call, "Connection", "close");
    http_answer(call, status, type, text, strlen(text));
}

static void page(struct http_call *call, int status, const char *sentence, const char *form)
{
    char text[PAGE_SIZE];

    snprintf(text, sizeof(text), HEAD "<p>%s</p>%s" TAIL, sentence, sentence, form);
    answer(call, status, "text/html; charset=utf-8", text);
}

void public_page(struct http_call *call, int status, const char *sentence)
{
    page(call, status, sentence, "");
}

enum public_act public_act(struct http_call *call, bool has_buttons, const char *sentence)
{
    const char *method = http_method(call);

    if (strcmp(method, "GET") == 0 || strcmp(method, "HEAD") == 0)
        return PUBLIC_LOOK;
    if (has_buttons && strcmp(method, "POST") == 0)
        return PUBLIC_PRESS;
    http_add_header(call, "Allow", has_buttons ? "GET, HEAD, POST" : "GET, HEAD");
    public_page(call, 405, sentence);
    return PUBLIC_NEITHER;
}

void public_button(struct http_call *call, const char *sentence, const char *name,
                   const char *words)
{
    char form[FORM_SIZE];

    snprintf(form, sizeof(form),
             "<form method=\"post\"><button name=\"%s\" value=\"1\">%s</button></form>", name,
             words);
    page(call, 200, sentence, form);
}

void public_add(struct buffer *html, const char *text)
{
    while (*text) {
        const size_t plain = strcspn(text, "&<>\"'");

        buffer_add(html, text, plain);
        text += plain;
        if (*text)
            buffer_printf(html, "&#%d;", *text++);
    }
}

void public_form(struct http_call *call, int status, const char *title, const char *html)
{
    struct buffer text;

    buffer_init(&text, strlen(html) + PAGE_SIZE);
    buffer_printf(&text, HEAD, title);
    buffer_add_text(&text, html);
    buffer_add_text(&text, TAIL);
    answer(call, text.full ? 503 : status, "text/html; charset=utf-8", buffer_text(&text));
    buffer_close(&text);
}

void public_text(struct http_call *call, int status, const char *text)
{
    answer(call, status, "text/plain; charset=utf-8", text);
}

void public_redirect(struct http_call *call, const char *url)
{
    http_add_header(call, "Location", url);
    answer(call, 302, "text/plain; charset=utf-8", "");
}
