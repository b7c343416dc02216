/* bounce_status.h - why a mail was not delivered, by its numbers (RFC 3463, RFC 5321). Pure. */
#pragma once

#include "channel/mail/bounce_words.h"

#define BOUNCE_STATUS_SIZE 12

/* Of "5.1.1" (RFC 3463). WHY_UNSAID: that one says nothing. */
enum bounce_why bounce_status_find(const char *status);
/* The reply codes in a folded text: the first status of class 4 or 5 that says anything ("" for
 * none), the first SMTP code (0). */
void bounce_numbers(const char *folded, char status[BOUNCE_STATUS_SIZE], unsigned *code);
