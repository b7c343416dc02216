/*
 * automation.h - did a person write this mail? RFC 3834, and what mail systems do in its place.
 * Pure.
 */
#pragma once

#include <stdbool.h>

struct mail_signs {
    const char *envelope_from; /* "": the null path */
    const char *auto_submitted, *precedence, *list_id, *suppress, *x_loop, *feedback_type;
    const char *content_type, *subject, *from; /* from: the address */
};

enum automation {
    WRITTEN_BY_HAND,
    AUTOMATIC_REPLY, /* an absence, "we have received your message": of no consequence */
    AUTOMATIC_MAIL,  /* a report, a bounce, a robot */
    FROM_A_LIST,     /* a list, or bulk: many get it */
};
const char *automation_name(enum automation a); /* "", "reply", "mail", "list" */

/* Anything but WRITTEN_BY_HAND is never answered, and orders nothing but a refusal. */
enum automation automation_judge(const struct mail_signs *signs);
