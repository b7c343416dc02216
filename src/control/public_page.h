/* public_page.h - what strangers are shown; every answer ends its connection. */
#pragma once

#include <stdbool.h>

struct buffer;
struct http_call;

/* What a caller does with a page: looks at it (GET, HEAD), or presses a button that it has (POST).
 */
enum public_act { PUBLIC_LOOK, PUBLIC_PRESS, PUBLIC_NEITHER };
/* PUBLIC_NEITHER: another method, which was answered with 405, those that there are, and
 * `sentence`. A page without buttons cannot be pressed. */
enum public_act public_act(struct http_call *call, bool has_buttons, const char *sentence);

/* A page with one sentence in it, a constant of ours: nothing of what was asked comes back. */
void public_page(struct http_call *call, int status, const char *sentence);
/* The same with a button below, which posts its field, "NAME=1", to the page's own address. */
void public_button(struct http_call *call, const char *sentence, const char *name,
                   const char *words);
/* A page of several forms: `html` is ours, and what came from elsewhere was put into it with
 * public_add(), which leaves no sign of HTML in it. */
void public_form(struct http_call *call, int status, const char *title, const char *html);
void public_add(struct buffer *html, const char *text);
void public_text(struct http_call *call, int status, const char *text);
/* 302 to an address of ours. */
void public_redirect(struct http_call *call, const char *url);
