/*
 * public_unsubscribe.h - /u/TOKEN: the end of promotions by mail, for whoever the token was given.
 *
 * Mail scanners open every link: GET shows a page with a button and changes nothing. A POST does,
 * if it is the button's or the mail program's (RFC 8058), and is answered when that is committed.
 * The work is done on a lane; a bounded number of callers wait for it.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct http_call;
struct lane_pool;
struct public_unsubscribe;

/* `key`: of the tokens (domain/mail_token.h); must outlive it, like the lanes. NULL: no memory. */
struct public_unsubscribe *public_unsubscribe_new(const uint8_t *key, struct lane_pool *lanes);
/* Answers the call, now or later. `token`: what stands behind "/u/". */
void public_unsubscribe_serve(struct public_unsubscribe *u, struct http_call *call,
                              const char *token);
bool public_unsubscribe_busy(const struct public_unsubscribe *u);
void public_unsubscribe_free(struct public_unsubscribe *u); /* NULL is fine */
