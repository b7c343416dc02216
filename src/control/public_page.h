/* public_page.h - what strangers are shown; every answer ends its connection. */
#pragma once

struct http_call;

/* A page with one sentence in it, a constant of ours: nothing of what was asked comes back. */
void public_page(struct http_call *call, int status, const char *sentence);
void public_text(struct http_call *call, int status, const char *text);
/* 302 to an address of ours. */
void public_redirect(struct http_call *call, const char *url);
