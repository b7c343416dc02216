/* mail_route.h - in which queue a mail waits. Pure. */
#pragma once

#include "domain/route.h"

#define MAIL_QUEUE      "mail"
#define MAIL_DOMAIN_MAX (QUEUE_NAME_MAX - sizeof(MAIL_QUEUE)) /* characters of one with a queue */

/* "mail", or "mail gmail.com" where the recipient's domain has a rate of its own. `t` NULL: none
 * has. `out` has QUEUE_NAME_MAX + 1 bytes. */
void mail_queue_name(const struct route_table *t, const char *address, char *out);
/* The domain that a queue of mails is for, in its name; NULL: it is the one for all others. */
const char *mail_queue_domain(const char *queue);
