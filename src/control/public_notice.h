/*
 * public_notice.h - /n/TOKEN: what somebody of the house was reminded of, with buttons to say what
 * came of it, for whoever the token was given.
 *
 * Mail scanners open every link: GET shows, and changes nothing; a POST of one of its buttons does,
 * and is answered when that is committed, with what was done. What cannot be taken back is asked on
 * a second page. The token ends with what it is about. The work is done on a lane; a bounded number
 * of callers wait for it.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct http_call;
struct lane_pool;
struct public_notice;
struct staff_reply_rules;

struct public_notice_settings {
    const uint8_t *key; /* of the tokens (domain/mail_token.h) */
    const struct staff_reply_rules *rules;
    void (*stopped)(void *arg, const char *number); /* it gets no promotion any more */
    void *arg;
};

/* What the settings name must outlive it, like the lanes. NULL: no memory. */
struct public_notice *public_notice_new(const struct public_notice_settings *settings,
                                        struct lane_pool *lanes);
/* Answers the call, now or later. `token`: what stands behind "/n/". */
void public_notice_serve(struct public_notice *p, struct http_call *call, const char *token);
bool public_notice_busy(const struct public_notice *p);
void public_notice_free(struct public_notice *p); /* NULL is fine */
